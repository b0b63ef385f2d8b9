//! The course of a run: one loop over three things, requests under way, one reading of everything that awaits one, and the
//! reason to stop.

mod held;
mod reading;

use std::collections::{HashSet, VecDeque};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use jiff::Timestamp;
use tokio::{
    task::yield_now,
    time::{Instant, sleep_until},
};

use reading::{A_BITE, Place, ReadingUnderWay};

use super::{
    execute::News,
    fleet::Fleet,
    job::{Job, Phase},
    journal::{Ledger, writer::Lost},
    record::Ended,
    rounds::{Round, Rounds},
    stop::{Reason as StopReason, Stop},
    turns::Turns,
};
use crate::{
    backup::{BackupId, Outcome},
    provider::{Accepted, ErrorKind, ProviderError, Reading, Sent},
    transport::Armed,
};

/// What is said of what could not be sent any more.
const ENDED: &str = "the run ended before it could be sent";

/// What is said of what could not be sent because it could not be written down.
const UNRECORDED: &str = "the journal could not be written any more, so it was not sent";

/// A run on its way.
pub(super) struct Run<'a> {
    pub(super) fleet: &'a Fleet<'a>,
    /// Changed through [`Run::change`] alone, which keeps `turns` up with them.
    pub(super) jobs: Vec<Job>,
    pub(super) turns: Turns,
    pub(super) rounds: Rounds,
    /// The open gate; closed as soon as nothing more may leave.
    pub(super) armed: Option<Armed>,
    /// What will be withheld needs no pace.
    pub(super) rehearsal: bool,
    /// What was asked for by its own id.
    pub(super) named: HashSet<&'a BackupId>,
    pub(super) on_news: &'a mut (dyn FnMut(News<'_>) + Send),
    pub(super) ledger: Ledger<'a>,
    pub(super) ended: Option<Ended>,
    pub(super) stopping: bool,
}

/// What a job among those under way has come to.
enum Step {
    /// It may leave.
    Turn,
    /// It may not: the last look before shows that it does not fit any more.
    Unfit(ProviderError),
    /// The provider answered, or did not.
    Answer(u64, Result<Accepted, ProviderError>),
    /// It did not leave, because it could not be written down (S20).
    Unrecorded(Lost),
}

/// The jobs under way.
type UnderWay<'a> = FuturesUnordered<BoxFuture<'a, (usize, Step)>>;

impl<'a> Run<'a> {
    /// Carries out until everything has its result, or the run is to end.
    pub(super) async fn until_done(&mut self, stop: &Stop) {
        let mut sending: UnderWay<'a> = FuturesUnordered::new();
        let mut reading: Option<ReadingUnderWay<'a>> = None;
        // What a reading has shown, and nobody has looked at yet.
        let mut shown: Option<(Round, VecDeque<(Place, Reading)>)> = None;
        loop {
            if !self.stopping
                && let Some(reason) = stop.asked().now_or_never()
            {
                self.stop(reason);
                reading = None;
                self.rounds.at_once(Instant::now());
            }
            if let Some((round, mut readings)) = shown.take() {
                let rest = readings.split_off(readings.len().min(A_BITE));
                self.read_back(readings);
                if rest.is_empty() {
                    self.rounds.done(round, !sending.is_empty(), Instant::now());
                } else {
                    shown = Some((round, rest));
                }
            }
            self.start_requests(&mut sending);
            let reads = reading.is_some() || shown.is_some();
            // What still waits for its pace when the run has ended is dropped with its future: nothing has left.
            if self.turns.all_done() && (self.stopping || sending.is_empty()) && !reads {
                return;
            }
            if sending.is_empty() && !reads && self.turns.only_held() {
                self.release_held();
                continue;
            }
            if !self.turns.awaits_reading() {
                self.rounds.nothing_awaits(Instant::now());
            } else if !reads {
                let now = Instant::now();
                let idle = sending.is_empty() && self.turns.next_turn(now).is_none();
                let idle = idle || self.stopping;
                if let Some(round) = self.rounds.due(self.turns.presses(), idle, now) {
                    reading = Some(self.read(round, idle));
                }
            }
            // Where all places are taken, the next turn comes when a request ends, not when a clock does.
            let turn = self.turns.next_turn(Instant::now());
            let reads = reading.is_some() || shown.is_some();
            let wake = [self.rounds.next().filter(|_| !reads), turn]
                .into_iter()
                .flatten()
                .min();
            tokio::select! {
                // In this order: nothing is begun once the run is to end, and reading is not starved by sending.
                biased;
                reason = stop.asked(), if !self.stopping => {
                    self.stop(reason);
                    // What could have waited is read with the rest, for the last time.
                    reading = None;
                    self.rounds.at_once(Instant::now());
                }
                (round, readings) = async { match reading.as_mut() {
                    Some(reading) => reading.await,
                    None => std::future::pending().await,
                } } => {
                    reading = None;
                    shown = Some((round, readings));
                }
                Some((index, came_to)) = sending.next(), if !sending.is_empty() => {
                    match came_to {
                        Step::Turn => self.send(index, &sending),
                        Step::Unfit(error) => self.unfit(index, error),
                        Step::Answer(request, answer) => self.answered(index, request, answer),
                        Step::Unrecorded(lost) => self.unrecorded(index, &lost),
                    }
                    let only_reading_left =
                        sending.is_empty() && self.turns.next_turn(Instant::now()).is_none();
                    if only_reading_left && reading.is_none() && shown.is_none() {
                        self.rounds.at_once(Instant::now());
                    }
                }
                lost = self.ledger.lost(), if !self.stopping => self.lose(&lost),
                () = yield_now(), if shown.is_some() => {}
                () = async { match wake {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                } } => {}
            }
        }
    }

    /// Changes a job, and where it stands.
    fn change<T>(&mut self, index: usize, change: impl FnOnce(&mut Job) -> T) -> Option<T> {
        let job = self.jobs.get_mut(index)?;
        let before = job.phase.clone();
        let result = change(job);
        self.turns.moved(index, &before, &job.phase);
        Some(result)
    }

    /// Fills the free places with jobs whose turn has come.
    fn start_requests(&mut self, sending: &mut UnderWay<'a>) {
        let now = Instant::now();
        while !self.stopping {
            let Some(index) = self.turns.next_due(now) else {
                return;
            };
            let removal = self.change(index, |job| {
                job.pacing();
                job.removal.clone()
            });
            // What is only watched is never queued.
            let Some(removal) = removal.flatten() else {
                continue;
            };
            if self.rehearsal {
                self.send(index, sending);
                continue;
            }
            let fleet = self.fleet;
            sending.push(
                async move {
                    fleet.turn(&removal).await;
                    let step = match fleet.still_fits(&removal).await {
                        Ok(()) => Step::Turn,
                        Err(error) => Step::Unfit(error),
                    };
                    (index, step)
                }
                .boxed(),
            );
        }
    }

    /// Its turn has come: the request leaves, unless the run has ended meanwhile.
    fn send(&mut self, index: usize, sending: &UnderWay<'a>) {
        let removal = self.change(index, |job| {
            if job.phase != Phase::Pacing {
                return None;
            }
            job.sending(Timestamp::now());
            job.removal.clone()
        });
        let Some(removal) = removal.flatten() else {
            return;
        };
        let fleet = self.fleet;
        let (request, on_disk) = self.ledger.intend(&removal);
        sending.push(
            async move {
                let step = match on_disk.await {
                    Ok(()) => Step::Answer(request, fleet.delete(&removal).await),
                    Err(lost) => Step::Unrecorded(lost),
                };
                (index, step)
            }
            .boxed(),
        );
    }

    fn unfit(&mut self, index: usize, error: ProviderError) {
        self.change(index, |job| {
            // Given up meanwhile, it has its result.
            if job.phase == Phase::Pacing {
                job.unfit(error, Instant::now());
            }
        });
        self.report(index);
    }

    fn unrecorded(&mut self, index: usize, lost: &Lost) {
        self.change(index, |job| job.shut_out(UNRECORDED));
        self.report(index);
        self.lose(lost);
    }

    fn lose(&mut self, lost: &Lost) {
        self.end(Ended::Journal(lost.to_string()), UNRECORDED);
    }

    fn answered(&mut self, index: usize, request: u64, answer: Result<Accepted, ProviderError>) {
        // The gate was closed before it could leave, while the provider module was still looking.
        let shut = self.stopping
            && answer
                .as_ref()
                .is_err_and(|error| error.kind == ErrorKind::Gate && error.sent == Sent::No);
        if shut {
            self.ledger.withheld(request);
        } else {
            self.ledger.answered(request, &answer);
        }
        let ends = self
            .change(index, |job| {
                if shut {
                    job.shut_out(ENDED);
                    return None;
                }
                job.answered(answer, Instant::now())
            })
            .flatten();
        let waited_for = self.jobs.get(index).is_some_and(|job| {
            let mut wholes = job.slots.iter().map(|slot| &slot.backup.id);
            wholes.any(|whole| self.turns.is_waited_for(whole))
        });
        if waited_for {
            self.change(index, Job::hasten);
        }
        let accepted = self.jobs.get_mut(index).map_or(0, Job::newly_accepted);
        for _ in 0..accepted {
            (self.on_news)(News::Accepted);
        }
        self.report(index);
        if let Some(error) = ends {
            self.end(
                Ended::Credentials(error.to_string()),
                "the credentials are no longer accepted",
            );
        }
        if self.stopping {
            self.give_up_queued(ENDED);
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
            self.ledger.settled(&slot.result);
            (self.on_news)(News::Settled {
                result: &slot.result,
                accepted: job.told_accepted,
            });
            fresh.push((slot.backup.id.clone(), slot.result.outcome));
        }
        for (whole, outcome) in fresh {
            self.let_parts_go(&whole, outcome);
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
        // What has not passed the gate by now stays in.
        self.armed = None;
        for index in 0..self.jobs.len() {
            if self
                .jobs
                .get(index)
                .is_some_and(|job| job.phase == Phase::Pacing)
            {
                self.change(index, |job| job.give_up(why));
                self.report(index);
            }
        }
        self.give_up_queued(why);
    }

    fn give_up_queued(&mut self, why: &str) {
        for index in self.turns.waiting() {
            self.change(index, |job| {
                // Giving up a whole has given up its parts already.
                if matches!(job.phase, Phase::Queued(_) | Phase::Held(_)) {
                    job.give_up(why);
                }
            });
            self.report(index);
        }
    }
}
