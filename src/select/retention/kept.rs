//! Why the rules keep a backup: one value for tables, JSON and messages (R11).

use std::{fmt, sync::Arc};

use jiff::Timestamp;

use super::Rule;
use crate::backup::{Backup, State};

/// One reason to keep a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// A rule keeps it.
    By(Arc<Rule>),
    /// A rule keeps it as the oldest of its group: its bucket is taken, but there is room left (R3).
    Oldest(Arc<Rule>),
    /// It is none of those that rules count (R8).
    NotCounted(NotCounted),
    /// There is a rule about tags, and its tags were not read: it may have the one that keeps.
    TagsUnread,
}

impl fmt::Display for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By(rule) => rule.reason(formatter),
            Self::Oldest(rule) => {
                formatter.write_str("oldest ")?;
                rule.reason(formatter)
            }
            Self::NotCounted(why) => why.fmt(formatter),
            Self::TagsUnread => formatter.write_str("tags were not read"),
        }
    }
}

/// Why a backup is kept without being counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotCounted {
    /// It is being made.
    InProgress,
    /// It cannot be restored from.
    Unhealthy,
    /// The provider is deleting it already: neither a keeper nor ours to delete.
    Deleting,
    /// Its state is not known.
    UnknownState,
    /// It has no creation time.
    Undated,
    /// Its creation time lies in the future.
    Future,
}

impl NotCounted {
    /// All reasons not to count a backup: at most one from its state and one from its time.
    pub(super) fn of(backup: &Backup, now: Timestamp) -> impl Iterator<Item = Self> {
        let state = match backup.state {
            State::Healthy => None,
            State::Damaged => Some(Self::Unhealthy),
            State::InProgress => Some(Self::InProgress),
            State::Deleting => Some(Self::Deleting),
            State::Unknown => Some(Self::UnknownState),
        };
        let time = match backup.created_at {
            None => Some(Self::Undated),
            Some(at) if at > now => Some(Self::Future),
            Some(_) => None,
        };
        [state, time].into_iter().flatten()
    }
}

impl fmt::Display for NotCounted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::InProgress => "in progress: not counted",
            Self::Unhealthy => "unhealthy: not counted",
            Self::Deleting => "being deleted already: not counted",
            Self::UnknownState => "unknown state: not counted",
            Self::Undated => "undated: not counted",
            Self::Future => "future creation time: not counted",
        })
    }
}
