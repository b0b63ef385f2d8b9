//! A later look at what a run had called deleted: is it still gone, and is what was pending gone by now?
//!
//! Pure: the readings are passed in.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::journal::lines::Torn;
use crate::{
    backup::{Backup, BackupId, Deletion, Outcome},
    provider::Reading,
};

/// What a later look shows of one backup.
#[derive(Debug, Clone)]
pub enum Finding {
    /// It was called gone, and is.
    Gone,
    /// It was called gone, and another backup, made since, has come to its id.
    Recreated {
        /// From when on that one holds data.
        began: Timestamp,
    },
    /// It was called gone, and is there.
    Back {
        /// The provider's status.
        status: Option<String>,
    },
    /// What became of it was open, and now is known.
    Settled(Box<Deletion>),
    /// What became of it was open, and is: it is still there.
    Open {
        /// The provider's status, or that it is being deleted.
        status: Option<String>,
    },
    /// It cannot be read.
    Unreadable {
        /// Why.
        why: String,
    },
}

impl Finding {
    /// The stable word for JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Recreated { .. } => "recreated",
            Self::Back { .. } => "back",
            Self::Settled(_) => "settled",
            Self::Open { .. } => "still_there",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    /// What a person is told besides.
    #[must_use]
    pub fn details(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Gone => None,
            Self::Recreated { began } => Some(
                format!("another backup has its id now, made from {began} on: after the deletion")
                    .into(),
            ),
            Self::Back { status } | Self::Open { status } => status.as_deref().map(Cow::Borrowed),
            Self::Settled(result) => Some(
                match &result.message {
                    Some(message) => format!("{}: {message}", result.outcome.word()),
                    None => result.outcome.word().to_owned(),
                }
                .into(),
            ),
            Self::Unreadable { why } => Some(why.into()),
        }
    }
}

/// One backup that was looked for again.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Which.
    pub id: BackupId,
    /// What the record says of it.
    pub recorded: Outcome,
    /// What is there.
    pub finding: Finding,
}

impl Serialize for Checked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", "bkdel.checked/v1")?;
        map.serialize_entry("provider", &self.id.provider())?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("recorded", &self.recorded)?;
        map.serialize_entry("finding", self.finding.word())?;
        map.serialize_entry("details", &self.finding.details())?;
        map.end()
    }
}

/// What a whole look came to.
#[derive(Debug, Clone)]
pub struct Verification {
    /// The run.
    pub run_id: String,
    /// The journal.
    pub journal: String,
    /// Its lines, all of which were checked.
    pub lines: u64,
    /// The digest of its last line.
    pub head_sha256: String,
    /// A last line that was cut off.
    pub torn: Option<Torn>,
    /// Whether the run came to its own end.
    pub finished: bool,
    /// When it was looked.
    pub verified_at: Timestamp,
    /// Each backup that was looked for.
    pub checked: Vec<Checked>,
    /// Backups for which nothing was sent, or which stayed: there is nothing to verify.
    pub not_checked: usize,
}

impl Verification {
    /// How many came to that word.
    #[must_use]
    pub fn count(&self, word: &str) -> usize {
        self.checked
            .iter()
            .filter(|checked| checked.finding.word() == word)
            .count()
    }

    /// 3 if something is back or still there, else 7 if something could not be read, else 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let any = |wanted: fn(&Finding) -> bool| {
            self.checked.iter().any(|checked| wanted(&checked.finding))
        };
        let there = any(|finding| match finding {
            Finding::Back { .. } | Finding::Open { .. } => true,
            Finding::Settled(result) => result.outcome == Outcome::Failed,
            Finding::Gone | Finding::Recreated { .. } | Finding::Unreadable { .. } => false,
        });
        if there {
            3
        } else if any(|finding| matches!(finding, Finding::Unreadable { .. })) {
            7
        } else {
            0
        }
    }
}

impl Serialize for Verification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Journal<'a> {
            file: &'a str,
            lines: u64,
            head_sha256: &'a str,
            torn: Option<Torn>,
        }
        #[derive(Serialize)]
        struct Summary {
            gone: usize,
            recreated: usize,
            back: usize,
            settled: usize,
            still_there: usize,
            unreadable: usize,
            not_checked: usize,
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", "bkdel.verification/v1")?;
        map.serialize_entry("run_id", &self.run_id)?;
        map.serialize_entry(
            "journal",
            &Journal {
                file: &self.journal,
                lines: self.lines,
                head_sha256: &self.head_sha256,
                torn: self.torn,
            },
        )?;
        map.serialize_entry("finished", &self.finished)?;
        map.serialize_entry("verified_at", &self.verified_at)?;
        map.serialize_entry(
            "summary",
            &Summary {
                gone: self.count("gone"),
                recreated: self.count("recreated"),
                back: self.count("back"),
                settled: self.count("settled"),
                still_there: self.count("still_there"),
                unreadable: self.count("unreadable"),
                not_checked: self.not_checked,
            },
        )?;
        map.serialize_entry("checked", &self.checked)?;
        map.end()
    }
}

/// Whether there is anything to look for: something was called gone, or is open.
#[must_use]
pub fn is_to_be_checked(outcome: Outcome) -> bool {
    called_gone(outcome) || is_open(outcome)
}

fn called_gone(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Deleted | Outcome::AlreadyAbsent => true,
        Outcome::Pending
        | Outcome::Unverified
        | Outcome::Unknown
        | Outcome::Failed
        | Outcome::Skipped
        | Outcome::NotAttempted
        | Outcome::WouldDelete => false,
    }
}

fn is_open(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Pending | Outcome::Unverified | Outcome::Unknown => true,
        Outcome::Deleted
        | Outcome::AlreadyAbsent
        | Outcome::Failed
        | Outcome::Skipped
        | Outcome::NotAttempted
        | Outcome::WouldDelete => false,
    }
}

/// What a reading means for a result. `there`: the backup that has the id now, and from when on it holds data, where it was
/// looked up.
#[must_use]
pub fn judge(
    result: &Deletion,
    reading: Reading,
    there: Option<(&Backup, Option<Timestamp>)>,
    now: Timestamp,
) -> Finding {
    let open = is_open(result.outcome);
    match reading {
        Reading::Gone(by) if open => {
            let mut result = result.clone();
            result.outcome = Outcome::Deleted;
            result.kind = None;
            result.message = None;
            result.hint = None;
            result.verified_at = Some(now);
            result.verified_by = Some(Cow::Borrowed(by));
            Finding::Settled(Box::new(result))
        }
        Reading::Gone(_) => Finding::Gone,
        Reading::Kept(error) if open => {
            let mut result = result.clone();
            result.outcome = Outcome::Failed;
            result.kind = Some(error.kind);
            result.code = error.code;
            result.message = Some(error.message);
            result.hint = error.hint;
            Finding::Settled(Box::new(result))
        }
        Reading::Unreadable(error) => Finding::Unreadable {
            why: error.to_string(),
        },
        Reading::Deleting => still(
            result,
            open,
            there,
            Some("the provider is deleting it".to_owned()),
        ),
        Reading::Present(status) => still(result, open, there, status),
        Reading::Unchanged(error) | Reading::Kept(error) => still(result, open, there, error.code),
    }
}

fn still(
    result: &Deletion,
    open: bool,
    there: Option<(&Backup, Option<Timestamp>)>,
    status: Option<String>,
) -> Finding {
    // What began after the deletion was confirmed, or asked for, is another backup under the same id.
    let since = result.verified_at.or(result.sent_at);
    let began = there.and_then(|(_, began)| began);
    if let (Some(began), Some(since), false) = (began, since, open)
        && began > since
    {
        return Finding::Recreated { began };
    }
    let status = status.or_else(|| Some(there?.0.status.as_deref()?.to_owned()));
    if open {
        Finding::Open { status }
    } else {
        Finding::Back { status }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::{ErrorKind, Provider, ProviderError, samples::backup};

    const NOW: &str = "2026-06-01T00:00:00Z";

    fn error(kind: ErrorKind) -> ProviderError {
        ProviderError::new(Provider::Aws, "Describe", kind, "no")
    }

    fn found(outcome: Outcome, reading: Reading, began: Option<&str>) -> String {
        let mut result = Deletion::of(&backup("a"), outcome);
        result.sent_at = Some("2026-01-01T00:00:00Z".parse().unwrap());
        if outcome == Outcome::Deleted {
            result.verified_at = Some("2026-01-02T00:00:00Z".parse().unwrap());
        }
        let there = backup("a");
        let there = began.map(|began| (&there, Some(began.parse().unwrap())));
        let finding = judge(&result, reading, there, NOW.parse().unwrap());
        match &finding {
            Finding::Settled(result) => format!("settled {}", result.outcome.word()),
            Finding::Gone
            | Finding::Recreated { .. }
            | Finding::Back { .. }
            | Finding::Open { .. }
            | Finding::Unreadable { .. } => finding.word().to_owned(),
        }
    }

    #[test]
    fn s22_what_was_called_gone_is_gone_back_or_another_one() {
        let gone = || Reading::Gone("Describe");
        let there = || Reading::Present(Some("COMPLETED".to_owned()));
        for outcome in [Outcome::Deleted, Outcome::AlreadyAbsent] {
            assert_eq!(found(outcome, gone(), None), "gone");
            assert_eq!(
                found(outcome, there(), Some("2025-01-01T00:00:00Z")),
                "back"
            );
            assert_eq!(
                found(outcome, there(), Some("2026-02-01T00:00:00Z")),
                "recreated"
            );
            // Of unknown age it counts as the same.
            assert_eq!(found(outcome, there(), None), "back");
            assert_eq!(found(outcome, Reading::Deleting, None), "back");
            assert_eq!(
                found(
                    outcome,
                    Reading::Kept(Box::new(error(ErrorKind::Kept))),
                    None
                ),
                "back"
            );
            let unreadable = Reading::unreadable(error(ErrorKind::Permission));
            assert_eq!(found(outcome, unreadable, None), "unreadable");
        }
    }

    #[test]
    fn s22_what_was_open_is_settled_only_by_a_positive_answer() {
        for outcome in [Outcome::Pending, Outcome::Unverified, Outcome::Unknown] {
            assert!(is_to_be_checked(outcome));
            assert_eq!(
                found(outcome, Reading::Gone("Describe"), None),
                "settled deleted"
            );
            assert_eq!(found(outcome, Reading::Deleting, None), "still_there");
            let later = Some("2026-02-01T00:00:00Z");
            assert_eq!(found(outcome, Reading::Present(None), later), "still_there");
            let kept = Reading::Kept(Box::new(error(ErrorKind::Kept)));
            assert_eq!(found(outcome, kept, None), "settled failed");
            let unreadable = Reading::unreadable(error(ErrorKind::Timeout));
            assert_eq!(found(outcome, unreadable, None), "unreadable");
        }
        for outcome in [Outcome::Failed, Outcome::Skipped, Outcome::NotAttempted] {
            assert!(!is_to_be_checked(outcome));
        }
    }
}
