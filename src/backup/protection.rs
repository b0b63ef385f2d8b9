//! What forbids deleting a backup.

use std::{borrow::Cow, fmt};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// One reason why a backup may not be deleted. Protections always win (S8).
///
/// JSON carries the short word of [`Protection::word`]; the long form is for people.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Protection {
    /// An AWS vault lock, with the mode and, where it has one, the date from which it cannot be removed.
    VaultLock {
        /// `governance`, `compliance, in grace time` or `compliance`.
        mode: &'static str,
        /// The lock date.
        since: Option<Timestamp>,
    },
    /// A legal hold, by its title.
    LegalHold(String),
    /// A vault of a type from which nothing can be deleted, in the provider's own word.
    VaultType(String),
    /// Aiven's termination protection of the service.
    TerminationProtection,
    /// It is being made.
    InProgress,
    /// A status that this version does not know.
    UnknownState(Option<String>),
    /// No creation time, or one in the future (S7).
    Undated(Option<Timestamp>),
    /// The tag `bkdel:keep` or `bkdel:keep-until`.
    KeepTag(Cow<'static, str>),
}

impl Protection {
    /// The stable word for JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::VaultLock { .. } => "vault_lock",
            Self::LegalHold(_) => "legal_hold",
            Self::VaultType(_) => "vault_type",
            Self::TerminationProtection => "termination_protection",
            Self::InProgress => "in_progress",
            Self::UnknownState(_) => "unknown_state",
            Self::Undated(_) => "undated",
            Self::KeepTag(_) => "keep_tag",
        }
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VaultLock {
                mode,
                since: Some(since),
            } => write!(formatter, "vault locked ({mode}, {since:.0})"),
            Self::VaultLock { mode, since: None } => write!(formatter, "vault locked ({mode})"),
            Self::LegalHold(title) => write!(formatter, "legal hold \"{title}\""),
            Self::VaultType(kind) => write!(
                formatter,
                "nothing can be deleted from a vault of type {kind}"
            ),
            Self::TerminationProtection => formatter.write_str("termination protection"),
            Self::InProgress => formatter.write_str("still being made"),
            Self::UnknownState(Some(status)) => write!(formatter, "unknown status {status:?}"),
            Self::UnknownState(None) => formatter.write_str("no status"),
            Self::Undated(Some(at)) => write!(formatter, "created in the future ({at:.0})"),
            Self::Undated(None) => formatter.write_str("no creation time"),
            Self::KeepTag(tag) => write!(formatter, "tag {tag}"),
        }
    }
}

impl Serialize for Protection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}
