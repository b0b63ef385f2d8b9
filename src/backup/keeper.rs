//! What can be restored from once something goes: the facts of the last-copy rule (S9).

use std::collections::HashMap;

use arcstr::ArcStr;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A backup that can be restored from and is not about to go: what a last-copy rule counts on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeper {
    /// Its full id, or what the provider gives instead (Aiven's primary backups have no id of ours).
    pub id: String,
    /// Where it sits.
    pub place: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// All that can be restored from of one group, over every scope that can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keepers {
    /// Everything was read.
    Known(Vec<Keeper>),
    /// It could not be read; for the last-copy rule that means "none" (S9).
    Unreadable(String),
}

/// Per group (see [`Backup::group`](super::Backup::group)), what can be restored from.
pub type Census = HashMap<ArcStr, Keepers>;
