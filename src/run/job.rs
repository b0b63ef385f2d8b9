//! One mutating request on its way, and what its answers make of it. Pure: the clock is passed in.

mod waiting;

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    earlier::{Asked, CameTo},
    slot::{Belief, Circumstances, Next, Slot},
};
use crate::{
    backup::{Backup, BackupId, Outcome, Subject},
    provider::{Accepted, ErrorKind, ProviderError, Reading, Removal, Sent},
    transport::retry::{AfterChange, Pauses, after_change, is_perhaps_done},
};

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its turn has not come, or not before this.
    Queued(Option<Instant>),
    /// It waits for the whole that it is a part of.
    Held(Box<BackupId>),
    /// It has a place, and waits for the provider's pace; nothing has left.
    Pacing,
    /// It is under way.
    Sending,
    /// It is read back.
    Reading(Haste),
    /// Every item has its result.
    Done,
}

/// How soon it is to be read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Haste {
    /// It is in doubt, or something waits for it.
    Pressing,
    /// It was accepted, and is on its way.
    None,
}

/// How patient the run is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// How long to wait until it is verified; zero for `--no-wait`.
    pub(super) wait: Duration,
    /// How long to repeat a request that fails in passing.
    pub(super) retry_for: Duration,
}

/// One request, and the backups that it removes.
#[derive(Debug)]
pub(super) struct Job {
    /// The request; `None` where the provider is deleting it already, and nothing is to be sent.
    pub(super) removal: Option<Arc<Removal>>,
    pub(super) slots: Vec<Slot>,
    pub(super) phase: Phase,
    /// Whether it was told that it was accepted.
    pub(super) told_accepted: bool,
    belief: Belief,
    perhaps_done: bool,
    first_failure: Option<Instant>,
    read_since: Option<Instant>,
    pauses: Pauses,
    patience: Patience,
}

impl Job {
    /// A request to send.
    pub(super) fn to_send(removal: Removal, patience: Patience) -> Self {
        let parent = removal
            .items()
            .first()
            .and_then(|backup| backup.parent.clone());
        let slots: Vec<Slot> = removal.items().iter().cloned().map(Slot::new).collect();
        let container = slots.first().filter(|slot| is_container(slot));
        // A container waits for no whole, but for everything in it: it is held under its own id.
        let phase = match (container, parent) {
            (Some(slot), _) => Phase::Held(Box::new(slot.backup.id.clone())),
            (None, Some(parent)) => Phase::Held(parent),
            (None, None) => Phase::Queued(None),
        };
        Self::new(Some(Arc::new(removal)), slots, phase, patience)
    }

    /// A backup that the provider is deleting already.
    pub(super) fn to_watch(backup: Arc<Backup>, patience: Patience) -> Self {
        let slots = vec![Slot::new(backup)];
        Self::new(None, slots, Phase::Reading(Haste::None), patience)
    }

    /// Takes up what an earlier go at this run had sent: reading back tells what became of it, before anything is sent
    /// again (S21).
    pub(super) fn asked_before(&mut self, earlier: &HashMap<BackupId, Asked>) {
        for slot in &mut self.slots {
            let Some(asked) = earlier.get(&slot.backup.id) else {
                continue;
            };
            slot.asked_before(asked);
            self.perhaps_done |= asked.perhaps_done;
            self.phase = Phase::Reading(Haste::Pressing);
            // Of several backups in one request, what is not known of one is not known of the request.
            if matches!(self.belief, Belief::Unclear(_)) {
                continue;
            }
            self.belief = match &asked.came_to {
                CameTo::Accepted { absent } => Belief::Accepted { absent: *absent },
                CameTo::Unclear(error) => Belief::Unclear(error.clone().into()),
                CameTo::Busy(error) => Belief::Busy(error.clone().into()),
            };
        }
    }

    fn new(
        removal: Option<Arc<Removal>>,
        slots: Vec<Slot>,
        phase: Phase,
        patience: Patience,
    ) -> Self {
        Self {
            removal,
            slots,
            phase,
            told_accepted: false,
            belief: Belief::Unsent,
            perhaps_done: false,
            first_failure: None,
            read_since: None,
            pauses: Pauses::default(),
            patience,
        }
    }

    /// Nothing waits for the whole any more: it is not part of this run.
    pub(super) fn release_unheld(&mut self) {
        self.phase = Phase::Queued(None);
    }

    /// The last look before it could leave shows that it may not.
    pub(super) fn unfit(&mut self, error: ProviderError, now: Instant) {
        match error.kind {
            ErrorKind::NotFound | ErrorKind::NoSuchScope => {
                self.begin_reading(Belief::Unclear(error.into()), now);
            }
            ErrorKind::Credentials
            | ErrorKind::Permission
            | ErrorKind::Conflict
            | ErrorKind::Protected
            | ErrorKind::Refused
            | ErrorKind::Kept
            | ErrorKind::Throttled
            | ErrorKind::Server
            | ErrorKind::Network
            | ErrorKind::Certificate
            | ErrorKind::Timeout
            | ErrorKind::Malformed
            | ErrorKind::Incomplete
            | ErrorKind::Drift
            | ErrorKind::Guard
            | ErrorKind::Gate
            | ErrorKind::Rehearsed
            | ErrorKind::Setup
            | ErrorKind::Interrupted => {
                // What was sent for before, and may have been carried out, is not made unsent by that.
                let sent = self.unsettled().any(|slot| slot.result.attempts > 0);
                let outcome = match self.belief.failure().filter(|_| sent) {
                    Some((outcome, _)) => outcome,
                    None => Outcome::Skipped,
                };
                self.fail(outcome, &error);
            }
        }
    }

    /// It has a place among those under way.
    pub(super) fn pacing(&mut self) {
        self.phase = Phase::Pacing;
    }

    /// The request is about to leave.
    pub(super) fn sending(&mut self, now: Timestamp) {
        self.phase = Phase::Sending;
        for slot in self.unsettled() {
            slot.sending(now);
        }
    }

    /// The provider answered, or did not. An error that ends the whole run is handed back.
    pub(super) fn answered(
        &mut self,
        answer: Result<Accepted, ProviderError>,
        now: Instant,
    ) -> Option<ProviderError> {
        let error = match answer {
            Ok(accepted) => {
                self.note_request(accepted.request_id);
                if !accepted.sent {
                    self.unsent();
                }
                // However long it took to be accepted, the wait for its end begins here.
                self.read_since = Some(now);
                self.begin_reading(
                    Belief::Accepted {
                        absent: accepted.absent,
                    },
                    now,
                );
                return None;
            }
            Err(error) => error,
        };
        self.note_request(error.request_id.clone());
        if error.sent == Sent::No {
            self.unsent();
        }
        match after_change(&error) {
            AfterChange::Requeue => self.phase = Phase::Queued(None),
            AfterChange::ReadBack => {
                self.perhaps_done |= is_perhaps_done(&error);
                self.first_failure.get_or_insert(now);
                self.begin_reading(Belief::Unclear(error.into()), now);
            }
            AfterChange::Wait => self.begin_reading(Belief::Busy(error.into()), now),
            AfterChange::Refused => self.fail(Outcome::Failed, &error),
            AfterChange::Skip => self.fail(Outcome::Skipped, &error),
            AfterChange::Rehearsed => self.settle(Outcome::WouldDelete),
            AfterChange::EndRun => {
                let outcome = if error.sent == Sent::No {
                    Outcome::NotAttempted
                } else {
                    Outcome::Failed
                };
                self.fail(outcome, &error);
                return Some(error);
            }
        }
        None
    }

    /// What the reading of one of its backups means. `last`: the run ends, there will be no other.
    pub(super) fn read_back(
        &mut self,
        slot: usize,
        reading: Reading,
        last: bool,
        now: (Instant, Timestamp),
    ) {
        let since = *self.read_since.get_or_insert(now.0);
        let waited = now.0.saturating_duration_since(since);
        let failing = self
            .first_failure
            .map_or(Duration::ZERO, |at| now.0.saturating_duration_since(at));
        let around = Circumstances {
            now: now.1,
            waited,
            last: last || waited >= self.patience.wait,
            may_send: self.removal.is_some() && !last && failing < self.patience.retry_for,
            perhaps_done: self.perhaps_done,
        };
        let Some(slot) = self.slots.get_mut(slot).filter(|slot| !slot.settled) else {
            return;
        };
        match slot.read(reading, &self.belief, around) {
            Next::Settled => {
                if self.slots.iter().all(|slot| slot.settled) {
                    self.phase = Phase::Done;
                }
            }
            Next::ReadAgain => {}
            Next::Send => {
                let pause = match &self.belief {
                    Belief::Unsent | Belief::Accepted { .. } => None,
                    Belief::Unclear(error) | Belief::Busy(error) => {
                        Some(error.wait.unwrap_or_else(|| self.pauses.advance()))
                    }
                };
                self.phase = Phase::Queued(pause.and_then(|pause| now.0.checked_add(pause)));
            }
        }
    }

    /// The run ended while it was about to leave, and it has not.
    pub(super) fn shut_out(&mut self, why: &str) {
        self.unsent();
        self.give_up(why);
    }

    /// The run ends before its turn. What was sent for before, and failed, says that instead.
    pub(super) fn give_up(&mut self, why: &str) {
        let sent = self.unsettled().any(|slot| slot.result.attempts > 0);
        if let Some((outcome, error)) = self.belief.failure().filter(|_| sent) {
            let error = ProviderError {
                message: format!("{}; {why}", error.message),
                ..error.clone()
            };
            self.fail(outcome, &error);
            return;
        }
        for slot in self.unsettled() {
            slot.say(ErrorKind::Interrupted, why);
        }
        self.settle(Outcome::NotAttempted);
    }

    /// Whether it is to be read back whatever that costs: half of its time has passed.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.read_since.is_some_and(|since| {
            now.saturating_duration_since(since).saturating_mul(2) >= self.patience.wait
        })
    }

    /// How many deletions the provider has accepted with it, once.
    pub(super) fn newly_accepted(&mut self) -> usize {
        match self.belief {
            Belief::Accepted { .. } if !self.told_accepted => {}
            Belief::Accepted { .. } | Belief::Unsent | Belief::Unclear(_) | Belief::Busy(_) => {
                return 0;
            }
        }
        self.told_accepted = true;
        self.unsettled().count()
    }

    fn begin_reading(&mut self, belief: Belief, now: Instant) {
        self.read_since.get_or_insert(now);
        let haste = match belief {
            Belief::Accepted { .. } => Haste::None,
            Belief::Unsent | Belief::Unclear(_) | Belief::Busy(_) => Haste::Pressing,
        };
        self.belief = belief;
        self.phase = Phase::Reading(haste);
    }

    /// Something waits for it.
    pub(super) fn hasten(&mut self) {
        if let Phase::Reading(haste) = &mut self.phase {
            *haste = Haste::Pressing;
        }
    }

    fn unsent(&mut self) {
        for slot in self.unsettled() {
            slot.unsent();
        }
    }

    fn note_request(&mut self, request_id: Option<String>) {
        let Some(request_id) = request_id else { return };
        for slot in self.unsettled() {
            // Mostly one, and room for four is what a list takes by itself.
            slot.result.request_ids.reserve_exact(1);
            slot.result.request_ids.push(request_id.clone());
        }
    }

    fn fail(&mut self, outcome: Outcome, error: &ProviderError) {
        for slot in self.unsettled() {
            slot.fail(outcome, error);
        }
        self.phase = Phase::Done;
    }

    fn settle(&mut self, outcome: Outcome) {
        for slot in self.unsettled() {
            slot.settle(outcome);
        }
        self.phase = Phase::Done;
    }

    fn unsettled(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.slots.iter_mut().filter(|slot| !slot.settled)
    }
}

fn is_container(slot: &Slot) -> bool {
    match slot.backup.id.subject() {
        Subject::Vault => true,
        Subject::Backup => false,
    }
}
