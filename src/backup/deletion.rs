//! The one deletion result, the same for every provider.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{Backup, BackupId, ErrorKind, Scope};

/// What became of one backup that was asked to go. The contract's table says what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Asked for, and read back as gone.
    Deleted,
    /// Was not there.
    AlreadyAbsent,
    /// Accepted, but still listed when the wait ended.
    Pending,
    /// Accepted, but it may not be read back.
    Unverified,
    /// The provider refused or kept it.
    Failed,
    /// Sent, no answer, and reading back did not settle it.
    Unknown,
    /// Not sent: a guard, a protection or drift.
    Skipped,
    /// The run ended before its turn.
    NotAttempted,
    /// A dry run stopped the request at the gate; in a run it would have been sent. Never in a run's record (S19).
    WouldDelete,
}

impl Outcome {
    /// Every outcome that a run can have, in the order in which summaries list them.
    pub const ALL: [Self; 8] = [
        Self::Deleted,
        Self::AlreadyAbsent,
        Self::Pending,
        Self::Unverified,
        Self::Failed,
        Self::Unknown,
        Self::Skipped,
        Self::NotAttempted,
    ];

    /// The contract's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::AlreadyAbsent => "already_absent",
            Self::Pending => "pending",
            Self::Unverified => "unverified",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
            Self::NotAttempted => "not_attempted",
            Self::WouldDelete => "would_delete",
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// The common deletion result.
#[derive(Debug, Clone)]
pub struct Deletion {
    /// The full id.
    pub id: BackupId,
    /// The container; `None` where the backup was not there to tell.
    pub scope: Option<Arc<Scope>>,
    /// The target of a policy that it belongs to.
    pub target: Option<Arc<str>>,
    /// What it was a backup of.
    pub resource: Option<Arc<str>>,
    /// What became of it.
    pub outcome: Outcome,
    /// The kind of failure or refusal; `None` where there was none.
    pub kind: Option<ErrorKind>,
    /// The provider's own error code.
    pub code: Option<String>,
    /// What happened, for people; never a raw service body.
    pub message: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The provider's ids of the requests that were sent for it, in order.
    pub request_ids: Vec<String>,
    /// How many mutating requests were sent for it.
    pub attempts: u32,
    /// When the last mutating request left.
    pub sent_at: Option<Timestamp>,
    /// When it was read back as gone.
    pub verified_at: Option<Timestamp>,
    /// Bytes, as the backup's own `size_bytes`.
    pub size_bytes: Option<u64>,
}

impl Deletion {
    /// A result for a backup to which nothing has happened yet.
    #[must_use]
    pub fn of(backup: &Backup, outcome: Outcome) -> Self {
        Self {
            scope: Some(Arc::clone(&backup.scope)),
            resource: backup.resource.clone(),
            size_bytes: backup.size_bytes,
            ..Self::absent(backup.id.clone(), outcome)
        }
    }

    /// A result for an id behind which nothing was found.
    #[must_use]
    pub fn absent(id: BackupId, outcome: Outcome) -> Self {
        Self {
            id,
            scope: None,
            target: None,
            resource: None,
            outcome,
            kind: None,
            code: None,
            message: None,
            hint: None,
            request_ids: Vec::new(),
            attempts: 0,
            sent_at: None,
            verified_at: None,
            size_bytes: None,
        }
    }
}

impl Serialize for Deletion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", "bkdel.result/v1")?;
        map.serialize_entry("provider", &self.id.provider())?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("scope", &self.scope.as_deref())?;
        map.serialize_entry("resource", &self.resource)?;
        if let Some(target) = &self.target {
            map.serialize_entry("target", target)?;
        }
        map.serialize_entry("outcome", &self.outcome)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("code", &self.code)?;
        map.serialize_entry("message", &self.message)?;
        map.serialize_entry("hint", &self.hint)?;
        map.serialize_entry("request_ids", &self.request_ids)?;
        map.serialize_entry("attempts", &self.attempts)?;
        map.serialize_entry("sent_at", &self.sent_at)?;
        map.serialize_entry("verified_at", &self.verified_at)?;
        map.serialize_entry("size_bytes", &self.size_bytes)?;
        map.end()
    }
}
