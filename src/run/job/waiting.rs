//! What waits for something else: a part for its whole, a container for everything in it.

use tokio::time::Instant;

use super::{Belief, Job, Phase, is_container};
use crate::{
    backup::{Backup, Deletion, Outcome},
    provider::ErrorKind,
};

impl Job {
    /// The container that the request deletes, if it is one.
    pub(in crate::run) fn container(&self) -> Option<&Backup> {
        let slot = self.slots.first().filter(|slot| is_container(slot))?;
        Some(&slot.backup)
    }

    /// Everything that was to go out of the container has its result: its turn comes once all of it is gone, or never.
    /// `inside`: those results.
    pub(in crate::run) fn contents_settled<'a>(
        &mut self,
        inside: impl Iterator<Item = &'a Deletion>,
    ) {
        let (mut kept, mut unconfirmed, mut unattempted) = (0_usize, 0_usize, 0_usize);
        for result in inside {
            let count = match result.outcome {
                Outcome::Deleted | Outcome::AlreadyAbsent | Outcome::WouldDelete => continue,
                Outcome::Pending | Outcome::Unverified => &mut unconfirmed,
                Outcome::Failed | Outcome::Unknown | Outcome::Skipped => &mut kept,
                Outcome::NotAttempted => &mut unattempted,
            };
            *count = count.saturating_add(1);
        }
        let (kind, why) = match (kept, unconfirmed, unattempted) {
            (0, 0, 0) => {
                self.phase = Phase::Queued(None);
                return;
            }
            (0, 0, _) => {
                self.give_up("the run ended before everything in it was gone");
                return;
            }
            (0, number, _) => (
                ErrorKind::Conflict,
                format!("not sent: {number} of what is in it was not yet read back as gone"),
            ),
            (number, _, _) => (
                ErrorKind::Guard,
                format!("not sent: {number} of what is in it was not deleted"),
            ),
        };
        for slot in self.unsettled() {
            slot.say(kind, why.as_str());
            slot.result.hint =
                Some("give the same command again once nothing is left in it".to_owned());
        }
        self.settle(Outcome::Skipped);
    }

    /// The whole that it is a part of has its result, so it can be its turn. `named`: it was asked for by itself too.
    pub(in crate::run) fn whole_settled(&mut self, whole: Outcome, named: bool, now: Instant) {
        match whole {
            Outcome::WouldDelete => self.phase = Phase::Queued(None),
            Outcome::Deleted
            | Outcome::AlreadyAbsent
            | Outcome::Pending
            | Outcome::Unverified
            | Outcome::Unknown => self.begin_reading(Belief::Unsent, now),
            Outcome::Failed | Outcome::Skipped if named => {
                self.phase = Phase::Queued(None);
            }
            Outcome::NotAttempted => self.give_up("the run ended before its turn"),
            Outcome::Failed | Outcome::Skipped => {
                for slot in self.unsettled() {
                    slot.say(
                        ErrorKind::Guard,
                        "the backup that it is a part of was not deleted",
                    );
                }
                self.settle(Outcome::Skipped);
            }
        }
    }
}
