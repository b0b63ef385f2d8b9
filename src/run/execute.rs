//! The executor: sends what was approved, reads it back, and accounts for every item.
//!
//! One loop over three things: requests under way, one reading of everything that awaits one, and the reason to stop. A
//! dry run goes through here too, over a gate that withholds (S19).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use super::{
    job::{Job, Patience, Phase},
    record::Ended,
    stop::{Reason as StopReason, Stop},
};
use crate::{
    backup::{Backup, BackupId, Deletion, Outcome},
    fatal::Fatal,
    plan::{Approved, Plan, Reason},
    provider::{Accepted, Delete, ErrorKind, ProviderError, Reading},
    transport::{Transport, retry::Pauses},
};

/// Pauses between readings: the first, and the longest.
const READING_PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// While requests are still leaving, readings are at least this far apart: one reading then tells about many.
const GATHERING: Duration = Duration::from_secs(1);

/// How to carry out.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// How long to wait until a deletion is verified; zero reads back once.
    pub wait: Duration,
    /// How many requests may be under way at once; `None` leaves it to the provider module.
    pub concurrency: Option<usize>,
}

/// What became of everything that was named.
#[derive(Debug)]
pub struct Finished {
    /// One result an item: in the plan's order, then what was absent from the start.
    pub results: Vec<Deletion>,
    /// Why it ended early, if it did.
    pub ended: Option<Ended>,
}

/// Carries out what was approved.
///
/// # Errors
/// [`Fatal`] if not even the first request could be prepared; nothing was sent then.
pub async fn execute(
    provider: &dyn Delete,
    transport: &Transport,
    plan: &Plan,
    approved: &Approved,
    manner: Manner,
    stop: &Stop,
    on_result: &mut (dyn FnMut(&Deletion) + Send),
) -> Result<Finished, Fatal> {
    let removals = provider.removals(approved)?;
    let armed = transport.arm(approved, &removals).map_err(|refusal| {
        Fatal::Unexpected(anyhow::anyhow!("the gate cannot be armed: {refusal}"))
    })?;
    let patience = Patience {
        wait: manner.wait,
        retry_for: transport.retry_for(),
    };
    let mut jobs: Vec<Job> = removals
        .into_iter()
        .map(|removal| Job::to_send(removal, patience))
        .collect();
    for item in plan
        .to_delete()
        .filter(|item| item.reasons.contains(&Reason::DeletingAlready))
    {
        jobs.push(Job::to_watch(item.backup.clone(), patience));
    }
    let concurrency = manner
        .concurrency
        .unwrap_or_else(|| provider.concurrency())
        .max(1);
    let mut run = Run {
        provider,
        plan,
        jobs,
        on_result,
        ended: None,
        stopping: false,
    };
    run.release_parts_of_what_stays();
    run.until_done(concurrency, stop).await;
    drop(armed);
    let Run { jobs, ended, .. } = run;
    Ok(Finished {
        results: results(plan, jobs),
        ended,
    })
}

struct Run<'a> {
    provider: &'a dyn Delete,
    plan: &'a Plan,
    jobs: Vec<Job>,
    on_result: &'a mut (dyn FnMut(&Deletion) + Send),
    ended: Option<Ended>,
    stopping: bool,
}

/// A reading under way: which slots, and what they show.
type ReadingUnderWay<'a> = BoxFuture<'a, (Vec<(usize, usize)>, Vec<Reading>)>;

impl<'a> Run<'a> {
    async fn until_done(&mut self, concurrency: usize, stop: &Stop) {
        let mut sending: FuturesUnordered<BoxFuture<'a, (usize, Result<Accepted, ProviderError>)>> =
            FuturesUnordered::new();
        let mut reading: Option<ReadingUnderWay<'a>> = None;
        let mut pauses = Pauses::between(READING_PAUSES.0, READING_PAUSES.1);
        let mut next_reading: Option<Instant> = None;
        loop {
            self.start_requests(&mut sending, concurrency);
            if reading.is_none() && self.awaits_reading() {
                let idle = sending.is_empty() && self.next_turn().is_none();
                let now = Instant::now();
                let at = *next_reading.get_or_insert_with(|| {
                    if idle {
                        now
                    } else {
                        now.checked_add(GATHERING).unwrap_or(now)
                    }
                });
                if at <= now {
                    reading = Some(self.read_all());
                }
            }
            if sending.is_empty()
                && reading.is_none()
                && self.jobs.iter().all(|job| job.phase == Phase::Done)
            {
                return;
            }
            // With all places taken, the next turn comes when a request ends, not when a clock does.
            let turn = self.next_turn().filter(|_| sending.len() < concurrency);
            let wake = [next_reading.filter(|_| reading.is_none()), turn]
                .into_iter()
                .flatten()
                .min();
            tokio::select! {
                Some((index, answer)) = sending.next(), if !sending.is_empty() => {
                    self.answered(index, answer);
                    let only_reading_left = sending.is_empty() && self.next_turn().is_none();
                    if only_reading_left && reading.is_none() {
                        // Nothing is left to gather: what was just accepted can be read at once.
                        next_reading = Some(Instant::now());
                        pauses = Pauses::between(READING_PAUSES.0, READING_PAUSES.1);
                    }
                }
                (slots, readings) = async { match reading.as_mut() {
                    Some(reading) => reading.await,
                    None => std::future::pending().await,
                } } => {
                    reading = None;
                    self.read_back(&slots, readings);
                    let pause = if sending.is_empty() { pauses.advance() } else { GATHERING };
                    next_reading = Instant::now().checked_add(pause);
                }
                reason = stop.asked(), if !self.stopping => {
                    self.stop(reason);
                    next_reading = Some(Instant::now());
                }
                () = async { match wake {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                } } => {}
            }
        }
    }

    /// Fills the free places with jobs whose turn has come.
    fn start_requests(
        &mut self,
        sending: &mut FuturesUnordered<BoxFuture<'a, (usize, Result<Accepted, ProviderError>)>>,
        concurrency: usize,
    ) {
        let now = Instant::now();
        for (index, job) in self.jobs.iter_mut().enumerate() {
            if sending.len() >= concurrency {
                return;
            }
            let due = match &job.phase {
                Phase::Queued(not_before) => not_before.is_none_or(|at| at <= now),
                Phase::Held(_) | Phase::Sending | Phase::Reading | Phase::Done => false,
            };
            let Some(removal) = job.removal.as_ref().filter(|_| due).map(Arc::clone) else {
                continue;
            };
            job.sending(Timestamp::now());
            let provider = self.provider;
            sending.push(async move { (index, provider.delete(&removal).await) }.boxed());
        }
    }

    /// When the next queued job may start: now where its place is all that it waits for.
    fn next_turn(&self) -> Option<Instant> {
        self.jobs
            .iter()
            .filter_map(|job| match &job.phase {
                Phase::Queued(not_before) => Some(not_before.unwrap_or_else(Instant::now)),
                Phase::Held(_) | Phase::Sending | Phase::Reading | Phase::Done => None,
            })
            .min()
    }

    fn awaits_reading(&self) -> bool {
        self.jobs.iter().any(|job| job.phase == Phase::Reading)
    }

    fn read_all(&self) -> ReadingUnderWay<'a> {
        let mut slots = Vec::new();
        let mut backups: Vec<Arc<Backup>> = Vec::new();
        for (index, job) in self
            .jobs
            .iter()
            .enumerate()
            .filter(|(_, job)| job.phase == Phase::Reading)
        {
            for (number, slot) in job
                .slots
                .iter()
                .enumerate()
                .filter(|(_, slot)| !slot.settled)
            {
                slots.push((index, number));
                backups.push(Arc::clone(&slot.backup));
            }
        }
        let provider = self.provider;
        async move {
            let wanted: Vec<&Backup> = backups.iter().map(|backup| &**backup).collect();
            (slots, provider.read_back(&wanted).await)
        }
        .boxed()
    }

    fn answered(&mut self, index: usize, answer: Result<Accepted, ProviderError>) {
        let Some(job) = self.jobs.get_mut(index) else {
            return;
        };
        let ends = job.answered(answer, Instant::now());
        self.report(index);
        if let Some(error) = ends {
            self.end(
                Ended::Credentials(error.to_string()),
                "the credentials are no longer accepted",
            );
        }
        if self.stopping {
            self.give_up_queued("the run ended before it could be sent again");
        }
    }

    fn read_back(&mut self, slots: &[(usize, usize)], readings: Vec<Reading>) {
        let now = (Instant::now(), Timestamp::now());
        let mut readings = readings.into_iter();
        for (index, number) in slots {
            // A provider that gives fewer readings than it was asked for has not read the rest.
            let reading = readings.next().unwrap_or_else(|| {
                Reading::Unreadable(ProviderError::new(
                    self.plan.identity.provider,
                    "read back",
                    ErrorKind::Incomplete,
                    "not read",
                ))
            });
            let Some(job) = self.jobs.get_mut(*index) else {
                continue;
            };
            job.read_back(*number, reading, self.stopping, now);
            self.report(*index);
        }
        if self.stopping {
            self.give_up_queued("the run ended before it could be sent again");
        }
    }

    /// Hands out the results that are new, and lets parts go after their whole.
    fn report(&mut self, index: usize) {
        let Some(job) = self.jobs.get_mut(index) else {
            return;
        };
        let mut fresh: Vec<(BackupId, Outcome)> = Vec::new();
        for slot in job
            .slots
            .iter_mut()
            .filter(|slot| slot.settled && !slot.reported)
        {
            slot.reported = true;
            (self.on_result)(&slot.result);
            fresh.push((slot.backup.id.clone(), slot.result.outcome));
        }
        for (whole, outcome) in fresh {
            self.let_parts_go(&whole, outcome);
        }
    }

    fn let_parts_go(&mut self, whole: &BackupId, outcome: Outcome) {
        let held: Vec<usize> = self
            .jobs
            .iter()
            .enumerate()
            .filter(|(_, job)| matches!(&job.phase, Phase::Held(parent) if parent == whole))
            .map(|(index, _)| index)
            .collect();
        for index in held {
            let Some(job) = self.jobs.get_mut(index) else {
                continue;
            };
            let named = job
                .slots
                .iter()
                .any(|slot| is_named(self.plan, &slot.backup.id));
            job.whole_settled(outcome, named, Instant::now());
            self.report(index);
        }
    }

    /// Parts whose whole is not in this run wait for nothing.
    fn release_parts_of_what_stays(&mut self) {
        let wholes: HashSet<BackupId> = self
            .jobs
            .iter()
            .flat_map(|job| job.slots.iter().map(|slot| slot.backup.id.clone()))
            .collect();
        for job in &mut self.jobs {
            if matches!(&job.phase, Phase::Held(parent) if !wholes.contains(parent)) {
                job.release_unheld();
            }
        }
    }

    fn stop(&mut self, reason: StopReason) {
        match reason {
            StopReason::Signal(code) => self.end(
                Ended::Signal(code),
                "the run was interrupted before its turn",
            ),
            StopReason::Timeout => {
                self.end(Ended::Timeout, "--timeout ended the run before its turn");
            }
        }
    }

    fn end(&mut self, ended: Ended, why: &str) {
        self.ended.get_or_insert(ended);
        self.stopping = true;
        self.give_up_queued(why);
    }

    fn give_up_queued(&mut self, why: &str) {
        for index in 0..self.jobs.len() {
            let Some(job) = self.jobs.get_mut(index) else {
                continue;
            };
            if matches!(job.phase, Phase::Queued(_) | Phase::Held(_)) {
                job.give_up(why);
                self.report(index);
            }
        }
    }
}

fn is_named(plan: &Plan, id: &BackupId) -> bool {
    plan.items
        .iter()
        .any(|item| item.backup.id == *id && item.reasons.contains(&Reason::Named))
}

/// One result an item: what ran, what a guard refused, and what was absent from the start.
fn results(plan: &Plan, jobs: Vec<Job>) -> Vec<Deletion> {
    let mut ran: HashMap<BackupId, Deletion> = jobs
        .into_iter()
        .flat_map(|job| job.slots)
        .map(|slot| (slot.backup.id.clone(), slot.result))
        .collect();
    let mut results = Vec::new();
    for item in &plan.items {
        if let Some(result) = ran.remove(&item.backup.id) {
            results.push(result);
        } else if item.refused {
            results.push(skipped(item));
        }
    }
    results.extend(plan.absent.iter().map(|id| absent(id, plan.created_at)));
    results
}

/// The result of what a guard refused, with `--skip-refused`.
#[must_use]
pub fn skipped(item: &crate::plan::Item) -> Deletion {
    let mut result = Deletion::of(&item.backup, Outcome::Skipped);
    let protected = item
        .reasons
        .iter()
        .any(|reason| matches!(reason, Reason::Protected(_)));
    result.kind = Some(if protected {
        ErrorKind::Protected
    } else {
        ErrorKind::Guard
    });
    result.message = Some(item.decisive());
    result
}

/// The result of what was named and not there.
#[must_use]
pub fn absent(id: &BackupId, at: Timestamp) -> Deletion {
    let mut result = Deletion::absent(id.clone(), Outcome::AlreadyAbsent);
    result.verified_at = Some(at);
    result
}
