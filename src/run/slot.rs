//! One backup on its way out: what each reading makes of it. Pure: the clock is passed in.

use std::{borrow::Cow, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::earlier::Asked;
use crate::{
    backup::{Backup, Deletion, Outcome, State},
    provider::{ErrorKind, ProviderError, Reading, Sent},
    transport::retry,
};

/// How long a backup that was damaged before may look unchanged after its deletion was accepted. AWS takes a moment from
/// EXPIRED to DELETING; one that stays EXPIRED was kept.
const UNCHANGED: Duration = Duration::from_mins(1);

/// What is known of the request whose effect is read back.
#[derive(Debug, Clone)]
pub(super) enum Belief {
    /// Nothing was sent for it yet: the whole that it is a part of went, or the provider was at it already.
    Unsent,
    /// The provider accepted it; and whether it said that there was nothing to delete.
    Accepted {
        /// It said so.
        absent: bool,
    },
    /// It may or may not have been carried out.
    Unclear(Box<ProviderError>),
    /// The provider is busy with it.
    Busy(Box<ProviderError>),
}

impl Belief {
    /// What it comes to when the run ends before more is known: a request that left and that nobody answered may yet be
    /// carried out, whatever was read meanwhile. `None`: nothing went wrong with it.
    pub(super) fn failure(&self) -> Option<(Outcome, &ProviderError)> {
        match self {
            Self::Unsent | Self::Accepted { .. } => None,
            Self::Busy(error) => Some((Outcome::Failed, error)),
            Self::Unclear(error) => {
                let unanswered = error.sent == Sent::Perhaps
                    && error.status.is_none()
                    && matches!(error.kind, ErrorKind::Timeout | ErrorKind::Network);
                let outcome = if unanswered {
                    Outcome::Unknown
                } else {
                    Outcome::Failed
                };
                Some((outcome, error))
            }
        }
    }
}

/// The circumstances of a reading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    /// The time.
    pub(super) now: Timestamp,
    /// How long ago the request was accepted or went unanswered.
    pub(super) waited: Duration,
    /// There will be no other reading: the wait is over, or the run ends.
    pub(super) last: bool,
    /// The request may be sent (again).
    pub(super) may_send: bool,
    /// Some attempt may have been carried out, so "not there" is its doing.
    pub(super) perhaps_done: bool,
}

/// What follows from a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It has its result.
    Settled,
    /// It has to be read again.
    ReadAgain,
    /// Nothing happened to it, and nothing will: send (again).
    Send,
}

/// One backup, and its result so far.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) backup: Arc<Backup>,
    pub(super) result: Deletion,
    pub(super) settled: bool,
    pub(super) reported: bool,
    seen_deleting: bool,
    sent_before: Option<Timestamp>,
}

impl Slot {
    pub(super) fn new(backup: Arc<Backup>) -> Self {
        let result = Deletion::of(&backup, Outcome::NotAttempted);
        let seen_deleting = backup.state == State::Deleting;
        Self {
            backup,
            result,
            settled: false,
            reported: false,
            seen_deleting,
            sent_before: None,
        }
    }

    /// What an earlier go at this run had sent for it.
    pub(super) fn asked_before(&mut self, asked: &Asked) {
        self.result.attempts = asked.attempts;
        self.result.sent_at = asked.sent_at;
        self.result.request_ids.clone_from(&asked.request_ids);
    }

    /// A request for it is about to leave.
    pub(super) fn sending(&mut self, now: Timestamp) {
        self.result.attempts = self.result.attempts.saturating_add(1);
        self.sent_before = self.result.sent_at.replace(now);
    }

    /// The request that was about to leave has not.
    pub(super) fn unsent(&mut self) {
        self.result.attempts = self.result.attempts.saturating_sub(1);
        self.result.sent_at = self.sent_before.take();
    }

    pub(super) fn settle(&mut self, outcome: Outcome) -> Next {
        self.result.outcome = outcome;
        self.settled = true;
        Next::Settled
    }

    pub(super) fn fail(&mut self, outcome: Outcome, error: &ProviderError) -> Next {
        self.result.kind = Some(error.kind);
        self.result.code.clone_from(&error.code);
        self.result.message = Some(error.message.clone());
        self.result.hint.clone_from(&error.hint);
        self.settle(outcome)
    }

    pub(super) fn say(&mut self, kind: ErrorKind, message: impl Into<String>) {
        self.result.kind = Some(kind);
        self.result.message = Some(message.into());
    }

    /// What a reading makes of it.
    pub(super) fn read(
        &mut self,
        reading: Reading,
        belief: &Belief,
        around: Circumstances,
    ) -> Next {
        match reading {
            Reading::Gone(by) => self.gone(by, belief, around),
            Reading::Deleting => {
                self.seen_deleting = true;
                if !around.last {
                    return Next::ReadAgain;
                }
                self.result.message =
                    Some("the provider was still deleting it when the wait ended".to_owned());
                self.settle(Outcome::Pending)
            }
            Reading::Present(status) => {
                self.present(status.as_deref().unwrap_or("there"), belief, around)
            }
            Reading::Unchanged(error) => {
                let status = error.code.as_deref().unwrap_or("there");
                let next = self.present(status, belief, around);
                if self.settled && self.result.kind == Some(ErrorKind::Kept) {
                    return self.fail(Outcome::Failed, &error);
                }
                next
            }
            Reading::Kept(error) => self.fail(Outcome::Failed, &error),
            Reading::Unreadable(error) => self.unreadable(&error, belief, around),
        }
    }

    fn gone(&mut self, by: &'static str, belief: &Belief, around: Circumstances) -> Next {
        self.result.verified_at = Some(around.now);
        self.result.verified_by = Some(Cow::Borrowed(by));
        let not_found = match belief {
            Belief::Accepted { absent } => *absent,
            // Nor can what never left have removed it.
            Belief::Unclear(error) => {
                error.sent == Sent::No
                    || matches!(error.kind, ErrorKind::NotFound | ErrorKind::NoSuchScope)
            }
            Belief::Unsent | Belief::Busy(_) => false,
        };
        let was_gone = not_found && !around.perhaps_done && !self.seen_deleting;
        self.settle(if was_gone {
            Outcome::AlreadyAbsent
        } else {
            Outcome::Deleted
        })
    }

    fn present(&mut self, status: &str, belief: &Belief, around: Circumstances) -> Next {
        match belief {
            Belief::Unsent if around.may_send => Next::Send,
            // A part that its whole did not take along, and the run ends.
            Belief::Unsent if !self.seen_deleting => {
                self.say(
                    ErrorKind::Interrupted,
                    "the run ended before it could be sent",
                );
                self.settle(Outcome::NotAttempted)
            }
            Belief::Unsent => {
                self.say(
                    ErrorKind::Kept,
                    format!("the provider no longer deletes it: it is {status}"),
                );
                self.settle(Outcome::Failed)
            }
            // It said that there is nothing to delete, and there is: neither absent nor on its way.
            Belief::Accepted { absent: true } if around.last || around.waited >= UNCHANGED => {
                self.say(
                    ErrorKind::NotFound,
                    format!("the provider does not find it, but lists it as {status}"),
                );
                self.settle(Outcome::Failed)
            }
            Belief::Accepted { .. } => {
                let unchanged = self.backup.state == State::Damaged
                    && self.backup.status.as_deref() == Some(status)
                    && (around.last || around.waited >= UNCHANGED);
                if unchanged || (around.last && self.seen_deleting) {
                    self.say(ErrorKind::Kept, format!("accepted, but it stays {status}"));
                    return self.settle(Outcome::Failed);
                }
                if !around.last {
                    return Next::ReadAgain;
                }
                self.result.message =
                    Some(format!("accepted, but still {status} when the wait ended"));
                self.settle(Outcome::Pending)
            }
            Belief::Unclear(error) if around.may_send && retry::is_passing(error.kind) => {
                Next::Send
            }
            Belief::Busy(_) if around.may_send && !around.last => Next::Send,
            Belief::Unclear(error) | Belief::Busy(error) => {
                let outcome = belief
                    .failure()
                    .map_or(Outcome::Failed, |(outcome, _)| outcome);
                if outcome == Outcome::Unknown && !around.last {
                    return Next::ReadAgain;
                }
                self.fail(outcome, error)
            }
        }
    }

    fn unreadable(
        &mut self,
        error: &ProviderError,
        belief: &Belief,
        around: Circumstances,
    ) -> Next {
        let hopeless = match error.kind {
            ErrorKind::Permission | ErrorKind::Credentials | ErrorKind::Gate | ErrorKind::Setup => {
                true
            }
            ErrorKind::NotFound
            | ErrorKind::NoSuchScope
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
            | ErrorKind::Rehearsed
            | ErrorKind::Interrupted => false,
        };
        if !hopeless && !around.last {
            return Next::ReadAgain;
        }
        match belief {
            Belief::Accepted { .. } => {
                let error = ProviderError {
                    message: format!("accepted, but it could not be read back: {}", error.message),
                    ..error.clone()
                };
                self.fail(Outcome::Unverified, &error)
            }
            Belief::Unclear(first) => {
                let error = ProviderError {
                    message: format!(
                        "{}; and it could not be read back: {}",
                        first.message, error.message
                    ),
                    ..(**first).clone()
                };
                // What certainly never left is no mystery.
                let outcome = if first.sent == Sent::No && !around.perhaps_done {
                    Outcome::Failed
                } else {
                    Outcome::Unknown
                };
                self.fail(outcome, &error)
            }
            Belief::Busy(first) => self.fail(Outcome::Failed, first),
            Belief::Unsent => self.fail(Outcome::Unknown, error),
        }
    }
}
