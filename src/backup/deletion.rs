//! The one deletion result, the same for every provider.

use std::{borrow::Cow, sync::Arc};

use arcstr::ArcStr;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use serde_json::{Map, Value};

use super::{Backup, BackupId, ErrorKind, Provider, Scope, subject_entry};

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

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<str>::deserialize(deserializer)?;
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.word() == word)
            .ok_or_else(|| de::Error::custom(format!("there is no outcome {word:?}")))
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
    pub target: Option<ArcStr>,
    /// What it was a backup of.
    pub resource: Option<ArcStr>,
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
    /// The provider's names for the calls that showed it gone.
    pub verified_by: Option<Cow<'static, str>>,
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

    /// Has in common with the one before it what is the same: results that were read from a file are alike.
    pub fn share_with(&mut self, before: &Self) {
        if self.scope == before.scope {
            self.scope.clone_from(&before.scope);
        }
        if self.resource == before.resource {
            self.resource.clone_from(&before.resource);
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
            verified_by: None,
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
        subject_entry(&self.id, &mut map)?;
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
        map.serialize_entry("verified_by", &self.verified_by)?;
        map.serialize_entry("size_bytes", &self.size_bytes)?;
        map.end()
    }
}

/// A result as a journal holds it.
#[derive(Deserialize)]
struct Recorded {
    provider: Provider,
    id: String,
    scope: Option<Map<String, Value>>,
    resource: Option<ArcStr>,
    target: Option<ArcStr>,
    outcome: Outcome,
    kind: Option<ErrorKind>,
    code: Option<String>,
    message: Option<String>,
    hint: Option<String>,
    request_ids: Vec<String>,
    attempts: u32,
    sent_at: Option<Timestamp>,
    verified_at: Option<Timestamp>,
    verified_by: Option<String>,
    size_bytes: Option<u64>,
}

impl<'de> Deserialize<'de> for Deletion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let recorded = Recorded::deserialize(deserializer)?;
        let id = BackupId::of_record(recorded.provider, &recorded.id);
        let scope = recorded.scope.map(|parts| {
            let parts = parts
                .into_iter()
                .map(|(key, value)| (key, value.as_str().map(ToOwned::to_owned)));
            Arc::new(Scope::of(id.container(), parts))
        });
        Ok(Self {
            id,
            scope,
            target: recorded.target,
            resource: recorded.resource,
            outcome: recorded.outcome,
            kind: recorded.kind,
            code: recorded.code,
            message: recorded.message,
            hint: recorded.hint,
            request_ids: recorded.request_ids,
            attempts: recorded.attempts,
            sent_at: recorded.sent_at,
            verified_at: recorded.verified_at,
            verified_by: recorded.verified_by.map(Cow::Owned),
            size_bytes: recorded.size_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read_as_it_was_written() {
        for (provider, container, name) in [
            (
                Provider::Aws,
                "prod/eu",
                "arn:aws:ec2:eu-central-1::snapshot/snap-1",
            ),
            (Provider::Zilliz, "in01-a", "backup1"),
            (Provider::Zilliz, "", "backup1"),
            (Provider::Aiven, "acme/pg", "aws-eu-west-1"),
        ] {
            for outcome in Outcome::ALL {
                let mut result =
                    Deletion::absent(BackupId::new(provider, container, name), outcome);
                result.kind = Some(ErrorKind::Kept);
                result.request_ids = vec!["r-1".to_owned()];
                result.verified_at = Some(Timestamp::UNIX_EPOCH);
                result.verified_by = Some("Describe".into());
                result.size_bytes = Some(7);
                result.scope = Some(Arc::new(Scope::of(
                    container,
                    [("vault".to_owned(), Some("prod".to_owned()))],
                )));
                let text = serde_json::to_string(&result).unwrap();
                let read: Deletion = serde_json::from_str(&text).unwrap();
                assert_eq!(read.id, result.id);
                assert_eq!(serde_json::to_string(&read).unwrap(), text);
            }
        }
    }
}
