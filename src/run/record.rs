//! The record of a run: who, when, under which plan, and what became of every item.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use super::journal::History;
use crate::{
    backup::{Deletion, Outcome, Subject},
    provider::{ErrorKind, Identity},
};

/// One execution of a plan.
#[derive(Debug, Clone)]
pub struct Record {
    /// The run's id: its time, then chance; sorts by time.
    pub run_id: String,
    /// Whether nothing was let through.
    pub dry_run: bool,
    /// The plan's digest.
    pub plan_sha256: String,
    /// Who ran it, where: one, or one an account.
    pub identities: Vec<Identity>,
    /// `--reason`.
    pub reason: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// One result an item, in the plan's order.
    pub results: Vec<Deletion>,
    /// Why it ended early, if it did.
    pub ended: Option<Ended>,
}

/// Why a run ended before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// A signal: 130 for SIGINT, 143 for SIGTERM.
    Signal(u8),
    /// `--timeout`.
    Timeout,
    /// The credentials ran out or were not accepted; what was said.
    Credentials(String),
    /// The journal could not be written any more; what was said.
    Journal(String),
}

impl Ended {
    /// The stable word for JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Signal(_) => "signal",
            Self::Timeout => "timeout",
            Self::Credentials(_) => "credentials",
            Self::Journal(_) => "journal",
        }
    }
}

impl Record {
    /// The record that a journal makes. One result a backup, also where the process was killed; a run without an end has
    /// its beginning for one ([`History::finished_at`] tells).
    #[must_use]
    pub fn of_history(history: &History) -> Self {
        Self {
            run_id: history.begin.run_id.clone(),
            dry_run: false,
            plan_sha256: history.begin.plan.sha256.clone(),
            identities: history.begin.by.identities.clone(),
            reason: history.begin.reason.clone(),
            started_at: history.started_at,
            finished_at: history.finished_at().unwrap_or(history.started_at),
            results: history.accounted(),
            ended: None,
        }
    }

    /// How many results each outcome has; every outcome of the contract is there, also with 0.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Outcome, usize> {
        let mut counts: BTreeMap<Outcome, usize> = Outcome::ALL
            .into_iter()
            .map(|outcome| (outcome, 0))
            .collect();
        for result in &self.results {
            let count = counts.entry(result.outcome).or_default();
            *count = count.saturating_add(1);
        }
        counts
    }

    /// [`Self::counts`] and [`Self::bytes`], as the contract writes them.
    #[must_use]
    pub fn summary(&self) -> Map<String, Value> {
        let mut summary: Map<String, Value> = self
            .counts()
            .into_iter()
            .map(|(outcome, count)| (outcome.word().to_owned(), Value::from(count)))
            .collect();
        summary.insert("bytes".to_owned(), Value::from(self.bytes()));
        summary
    }

    /// Bytes of what was read back as gone, as far as they are known.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.results
            .iter()
            .filter(|result| result.outcome == Outcome::Deleted)
            .filter_map(|result| result.size_bytes)
            .fold(0, u64::saturating_add)
    }

    /// Whether a mutating request left this machine.
    #[must_use]
    pub fn sent_anything(&self) -> bool {
        self.results.iter().any(|result| result.attempts > 0)
    }

    /// The contract's exit code: the first that applies in the order 130/143, 1, 3, 8, 0; and 4 or 6 where nothing was
    /// sent at all and that is the reason.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if let Some(Ended::Signal(code)) = &self.ended {
            return *code;
        }
        if let Some(Ended::Journal(_)) = &self.ended {
            return 1;
        }
        if !self.sent_anything() {
            let kinds = || self.results.iter().filter_map(|result| result.kind);
            if matches!(self.ended, Some(Ended::Credentials(_))) {
                return 4;
            }
            let skipped = |result: &&Deletion| result.outcome == Outcome::Skipped;
            if self.results.iter().any(|result| skipped(&result))
                && self.results.iter().filter(skipped).count() == kinds().count()
                && kinds().all(|kind| kind == ErrorKind::Drift)
            {
                return 6;
            }
        }
        let unconfirmed = |result: &Deletion| severity(result.outcome) == Severity::Unconfirmed;
        let waits = self.results.iter().any(unconfirmed);
        self.results
            .iter()
            .map(|result| {
                // A vault that waits for its recovery points is in no worse state than they are.
                if waits && awaits_its_contents(result) {
                    Severity::Unconfirmed
                } else {
                    severity(result.outcome)
                }
            })
            .max()
            .map_or(0, |worst| match worst {
                Severity::Fine => 0,
                Severity::Unconfirmed => 8,
                Severity::Failed => 3,
            })
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Fine,
    Unconfirmed,
    Failed,
}

/// Whether it is a container that was not sent because what is in it was not read as gone yet.
fn awaits_its_contents(result: &Deletion) -> bool {
    result.id.subject() == Subject::Vault
        && result.outcome == Outcome::Skipped
        && result.kind == Some(ErrorKind::Conflict)
}

fn severity(outcome: Outcome) -> Severity {
    match outcome {
        Outcome::Deleted | Outcome::AlreadyAbsent | Outcome::WouldDelete => Severity::Fine,
        Outcome::Pending | Outcome::Unverified => Severity::Unconfirmed,
        Outcome::Failed | Outcome::Unknown | Outcome::Skipped | Outcome::NotAttempted => {
            Severity::Failed
        }
    }
}

impl Record {
    /// Writes the document's fields into a map, which may get more behind them; `None` where the run has no end yet.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn fields<M: SerializeMap>(
        &self,
        finished_at: Option<Timestamp>,
        map: &mut M,
    ) -> Result<(), M::Error> {
        map.serialize_entry("schema", "bkdel.run/v1")?;
        map.serialize_entry("run_id", &self.run_id)?;
        map.serialize_entry("dry_run", &self.dry_run)?;
        map.serialize_entry("plan_sha256", &self.plan_sha256)?;
        // Of several accounts there is no one identity.
        let only = match self.identities.as_slice() {
            [identity] => Some(identity),
            _ => None,
        };
        map.serialize_entry("identity", &only)?;
        if only.is_none() {
            map.serialize_entry("identities", &self.identities)?;
        }
        map.serialize_entry("reason", &self.reason)?;
        map.serialize_entry("started_at", &self.started_at)?;
        map.serialize_entry("finished_at", &finished_at)?;
        map.serialize_entry("summary", &self.summary())?;
        map.serialize_entry("results", &self.results)
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.fields(Some(self.finished_at), &mut map)?;
        map.end()
    }
}
