//! What a run that was interrupted had come to with each backup, as its journal tells it (S21).

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use super::journal::{
    History,
    entry::{Answer, Reached},
    history::Request,
};
use crate::{
    backup::{Backup, BackupId, Deletion, ErrorKind, Outcome, ProviderError, Sent},
    transport::retry::{AfterChange, after_change, is_passing, is_perhaps_done},
};

/// What is known of the requests that were sent for a backup, and that nobody has read back.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What the last one came to that can have come to anything.
    pub(super) came_to: CameTo,
    /// Whether any of them may have been carried out without a word.
    pub(super) perhaps_done: bool,
    /// How many were sent.
    pub(super) attempts: u32,
    /// When the last one left.
    pub(super) sent_at: Option<Timestamp>,
    /// The provider's ids of them.
    pub(super) request_ids: Vec<String>,
}

/// What the last request came to.
#[derive(Debug, Clone)]
pub(super) enum CameTo {
    /// It was accepted.
    Accepted {
        /// The provider said that there was nothing to delete.
        absent: bool,
    },
    /// It may have been carried out.
    Unclear(ProviderError),
    /// The provider was busy with the backup.
    Busy(ProviderError),
}

/// What is to be taken up where it was left.
#[derive(Debug, Default)]
pub struct Earlier {
    /// What was asked for and not read back.
    pub asked: HashMap<BackupId, Asked>,
    /// Of it, what is to be read back alone, with the section that it belongs to: nothing more may be sent for it.
    pub watched: Vec<(Arc<Backup>, usize)>,
}

impl Asked {
    /// What a journal tells of a backup; `None` if no request for it can have come to anything.
    fn of(requests: &[&Request], id: &BackupId) -> Option<Self> {
        let mut came_to: Vec<CameTo> = requests
            .iter()
            .filter_map(|request| CameTo::of(request, id))
            .collect();
        let perhaps_done = came_to
            .iter()
            .any(|one| matches!(one, CameTo::Unclear(error) if is_perhaps_done(error)));
        Some(Self {
            came_to: came_to.pop()?,
            perhaps_done,
            attempts: u32::try_from(requests.len()).unwrap_or(u32::MAX),
            sent_at: requests.last().map(|request| request.intended_at),
            request_ids: requests
                .iter()
                .filter_map(|request| request.answer.as_ref()?.request_id.clone())
                .collect(),
        })
    }
}

impl CameTo {
    /// `None` for what was turned away before anything was done, for want of credentials or for its pace: that is sent
    /// anew.
    fn of(request: &Request, id: &BackupId) -> Option<Self> {
        let answer = request.answer.as_ref();
        if let Some(answer) = answer.filter(|answer| answer.accepted) {
            return Some(Self::Accepted {
                absent: answer.absent,
            });
        }
        let error = error(id, answer);
        match after_change(&error) {
            AfterChange::Wait => Some(Self::Busy(error)),
            AfterChange::ReadBack | AfterChange::Refused | AfterChange::Skip => {
                Some(Self::Unclear(error))
            }
            AfterChange::Requeue | AfterChange::EndRun | AfterChange::Rehearsed => {
                (error.sent == Sent::Perhaps).then_some(Self::Unclear(error))
            }
        }
    }
}

/// A failed request's error; of one that was never answered, that.
fn error(id: &BackupId, answer: Option<&Answer>) -> ProviderError {
    let unanswered = "it was asked for, and the run was interrupted before an answer came";
    let mut error = ProviderError::new(
        id.provider(),
        "delete",
        ErrorKind::Network,
        answer
            .and_then(|answer| answer.message.clone())
            .unwrap_or_else(|| unanswered.to_owned()),
    );
    error.sent = Sent::Perhaps;
    if let Some(answer) = answer {
        error.kind = answer.kind.unwrap_or(ErrorKind::Network);
        error.code.clone_from(&answer.code);
        error.status = answer.status;
        error.sent = match answer.sent {
            Reached::No => Sent::No,
            Reached::Answered => Sent::Answered,
            Reached::Perhaps => Sent::Perhaps,
        };
    }
    error
}

/// What is left to do of a run.
#[derive(Debug, Default)]
pub struct Left {
    /// What was asked for and is to be read back first.
    pub asked: HashMap<BackupId, Asked>,
    /// What is to be gone on with, asked for or not, by full ids.
    pub open: Vec<BackupId>,
}

impl Left {
    /// What an interrupted run has left; of a finished one only what is to be read back.
    #[must_use]
    pub fn of(history: &History) -> Self {
        let mut requests: HashMap<&str, Vec<_>> = HashMap::new();
        for request in history.requests.iter().filter(|request| request.left()) {
            for id in &request.intent.ids {
                requests.entry(id).or_default().push(request);
            }
        }
        let finished = history.is_finished();
        let mut left = Self::default();
        for item in history.to_delete() {
            let id = item.id();
            let result = history.result(&id);
            if !is_open(result, finished) {
                continue;
            }
            let asked = requests
                .get(item.backup.id.as_str())
                .and_then(|requests| Asked::of(requests, &id));
            if let Some(asked) = asked {
                left.asked.insert(id.clone(), asked);
            }
            left.open.push(id);
        }
        left
    }
}

/// Whether a result is one to go on from. What a run that came to its end has failed at stays failed (S21).
fn is_open(result: Option<&Deletion>, finished: bool) -> bool {
    let Some(result) = result else { return true };
    match result.outcome {
        Outcome::Deleted | Outcome::AlreadyAbsent | Outcome::Skipped | Outcome::WouldDelete => {
            false
        }
        Outcome::Pending | Outcome::Unverified | Outcome::Unknown => true,
        Outcome::NotAttempted => !finished,
        Outcome::Failed => {
            let passing = result
                .kind
                .is_some_and(|kind| kind == ErrorKind::Credentials || is_passing(kind));
            passing && !finished
        }
    }
}
