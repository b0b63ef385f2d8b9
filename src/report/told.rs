//! What a report tells of: a saved plan, or a run under one. Every backup stands in it once, with its verdict, what was
//! sent for it and what became of it, so that every format counts the same.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use arcstr::ArcStr;
use jiff::Timestamp;

use super::{amount::total, recorded::Recorded};
use crate::{
    backup::{BackupId, Deletion, Identity, Outcome, Provider},
    plan::{
        Remaining, Verdict,
        saved::{Saved, SavedItem, SavedSection},
    },
    run::journal::history::Request,
};

/// What is told of one backup. In this order: what somebody has to look at comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Fate {
    Failed,
    Unknown,
    Unverified,
    Pending,
    Refused,
    Skipped,
    NotAttempted,
    ToDelete,
    Deleted,
    AlreadyAbsent,
    Protected,
    Kept,
}

impl Fate {
    pub(super) const ALL: [Self; 12] = [
        Self::Failed,
        Self::Unknown,
        Self::Unverified,
        Self::Pending,
        Self::Refused,
        Self::Skipped,
        Self::NotAttempted,
        Self::ToDelete,
        Self::Deleted,
        Self::AlreadyAbsent,
        Self::Protected,
        Self::Kept,
    ];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Unverified => "unverified",
            Self::Pending => "pending",
            Self::Refused => "refused by a guard",
            Self::Skipped => "skipped",
            Self::NotAttempted => "not attempted",
            Self::ToDelete => "to delete",
            Self::Deleted => "deleted",
            Self::AlreadyAbsent => "already absent",
            Self::Protected => "protected",
            Self::Kept => "kept",
        }
    }

    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Failed => "the provider refused it or kept it",
            Self::Unknown => "sent, no answer, and reading back did not settle it",
            Self::Unverified => "accepted, and it may not be read back",
            Self::Pending => "accepted, and still listed when the wait ended",
            Self::Refused => "named, and kept by a guard; nothing was sent",
            Self::Skipped => "not sent: a guard, a protection or drift",
            Self::NotAttempted => "its turn did not come",
            Self::ToDelete => "planned; nothing was sent",
            Self::Deleted => "asked for, and read back as gone",
            Self::AlreadyAbsent => "was not there",
            Self::Protected => "kept: it may not be deleted",
            Self::Kept => "kept by the plan",
        }
    }

    /// Whether somebody wanted it gone and it is not known to be.
    pub(super) fn is_trouble(self) -> bool {
        match self {
            Self::Failed
            | Self::Unknown
            | Self::Unverified
            | Self::Pending
            | Self::Refused
            | Self::Skipped
            | Self::NotAttempted => true,
            Self::ToDelete | Self::Deleted | Self::AlreadyAbsent | Self::Protected | Self::Kept => {
                false
            }
        }
    }

    fn of_outcome(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Deleted => Self::Deleted,
            Outcome::AlreadyAbsent => Self::AlreadyAbsent,
            Outcome::Pending => Self::Pending,
            Outcome::Unverified => Self::Unverified,
            Outcome::Failed => Self::Failed,
            Outcome::Unknown => Self::Unknown,
            Outcome::Skipped => Self::Skipped,
            Outcome::NotAttempted => Self::NotAttempted,
            Outcome::WouldDelete => Self::ToDelete,
        }
    }

    fn of_plan(item: &SavedItem) -> Self {
        match item.verdict {
            Verdict::Delete => Self::ToDelete,
            Verdict::Keep if item.refused => Self::Refused,
            Verdict::Keep if !item.backup.protection.is_empty() => Self::Protected,
            Verdict::Keep => Self::Kept,
        }
    }
}

/// One backup.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) fate: Fate,
    /// What the plan says; nothing of what was named and not there.
    pub(super) item: Option<&'a SavedItem>,
    /// What became of it.
    pub(super) result: Option<&'a Deletion>,
    /// The last request for it that left.
    pub(super) request: Option<&'a Request>,
}

impl<'a> Line<'a> {
    pub(super) fn id(&self) -> Cow<'a, str> {
        match (self.item, self.result) {
            (Some(item), _) => Cow::Borrowed(&item.backup.id),
            (None, Some(result)) => Cow::Owned(result.id.to_string()),
            (None, None) => Cow::Borrowed(""),
        }
    }

    /// The id of what it sits in.
    pub(super) fn container(&self) -> String {
        match (self.item, self.result) {
            (Some(item), _) => item.id().container().to_owned(),
            (None, Some(result)) => result.id.container().to_owned(),
            (None, None) => String::new(),
        }
    }

    pub(super) fn provider(&self) -> Option<Provider> {
        let planned = self.item.map(|item| item.backup.provider);
        planned.or_else(|| self.result.map(|result| result.id.provider()))
    }

    pub(super) fn resource(&self) -> Option<&'a str> {
        let planned = self.item.and_then(|item| item.backup.resource.as_deref());
        planned.or_else(|| self.result.and_then(|result| result.resource.as_deref()))
    }

    pub(super) fn created_at(&self) -> Option<Timestamp> {
        self.item.and_then(|item| item.backup.created_at)
    }

    pub(super) fn size_bytes(&self) -> Option<u64> {
        let planned = self.item.and_then(|item| item.backup.size_bytes);
        planned.or_else(|| self.result.and_then(|result| result.size_bytes))
    }

    /// Why the plan wants of it what it wants.
    pub(super) fn reasons(&self) -> &'a [String] {
        self.item.map_or(&[], |item| &item.reasons)
    }

    /// What happened, in a line: the message, or the plan's reasons where nothing did.
    pub(super) fn why(&self) -> String {
        match self.result.and_then(|result| result.message.as_deref()) {
            Some(message) => message.to_owned(),
            None => self.reasons().join("; "),
        }
    }
}

/// How many backups, and how big.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) backups: usize,
    /// As far as it is known.
    pub(super) bytes: u64,
    pub(super) of_unknown_size: usize,
}

impl Count {
    /// Their size, for people.
    pub(super) fn size(self) -> String {
        total(self.bytes, self.of_unknown_size)
    }
}

/// A report's subject.
#[derive(Debug)]
pub struct Told<'a> {
    /// The run; none of a plan that is only planned.
    pub(super) run: Option<&'a Recorded<'a>>,
    pub(super) sha256: &'a str,
    pub(super) created_at: Timestamp,
    pub(super) sections: &'a [SavedSection],
    pub(super) keepers: &'a [Remaining],
    pub(super) absent: &'a [String],
    pub(super) notes: &'a [String],
    pub(super) lines: Vec<Line<'a>>,
}

impl<'a> Told<'a> {
    /// Of a saved plan.
    #[must_use]
    pub fn of_plan(saved: &'a Saved) -> Self {
        Self {
            run: None,
            sha256: &saved.sha256,
            created_at: saved.created_at,
            sections: &saved.sections,
            keepers: &saved.keepers,
            absent: &saved.absent,
            notes: &saved.notes,
            lines: saved
                .items
                .iter()
                .map(|item| Line {
                    fate: Fate::of_plan(item),
                    item: Some(item),
                    result: None,
                    request: None,
                })
                .collect(),
        }
    }

    /// Of a run.
    #[must_use]
    pub fn of_run(run: &'a Recorded<'a>) -> Self {
        let history = run.history;
        let mut results: HashMap<&BackupId, &Deletion> = run
            .record
            .results
            .iter()
            .map(|result| (&result.id, result))
            .collect();
        let mut requests: HashMap<&str, &Request> = HashMap::new();
        for request in history.requests.iter().filter(|request| request.left()) {
            for id in &request.intent.ids {
                requests.insert(id, request);
            }
        }
        let mut lines: Vec<Line<'a>> = history
            .items
            .iter()
            .map(|item| {
                let result = results.remove(&item.id());
                Line {
                    fate: result.map_or_else(
                        || Fate::of_plan(item),
                        |result| Fate::of_outcome(result.outcome),
                    ),
                    item: Some(item),
                    result,
                    request: requests.get(item.backup.id.as_str()).copied(),
                }
            })
            .collect();
        // What was named and was not there is in no plan's items.
        let others = run.record.results.iter();
        let others = others.filter(|result| results.contains_key(&result.id));
        lines.extend(others.map(|result| Line {
            fate: Fate::of_outcome(result.outcome),
            item: None,
            result: Some(result),
            request: requests.get(&*result.id.to_string()).copied(),
        }));
        let plan = &history.begin.plan;
        Self {
            run: Some(run),
            sha256: &plan.sha256,
            created_at: plan.created_at,
            sections: &plan.sections,
            keepers: &plan.keepers,
            absent: &plan.absent,
            notes: &plan.notes,
            lines,
        }
    }

    /// How many there are of each fate, and their sizes.
    pub(super) fn counts(&self) -> BTreeMap<Fate, Count> {
        let mut counts: BTreeMap<Fate, Count> = BTreeMap::new();
        for line in &self.lines {
            let count = counts.entry(line.fate).or_default();
            count.backups = count.backups.saturating_add(1);
            match line.size_bytes() {
                Some(bytes) => count.bytes = count.bytes.saturating_add(bytes),
                None => count.of_unknown_size = count.of_unknown_size.saturating_add(1),
            }
        }
        counts
    }

    /// The lines that somebody has to look at, the worst first.
    pub(super) fn trouble(&self) -> Vec<&Line<'a>> {
        let mut lines: Vec<&Line<'a>> = self.lines.iter().collect();
        lines.retain(|line| line.fate.is_trouble());
        lines.sort_by_key(|line| line.fate);
        lines
    }

    /// What was read back as gone.
    pub(super) fn deleted(&self) -> impl Iterator<Item = &Line<'a>> {
        let lines = self.lines.iter();
        lines.filter(|line| line.fate == Fate::Deleted)
    }

    /// The section of a backup.
    pub(super) fn section(&self, line: &Line<'_>) -> Option<&'a SavedSection> {
        self.sections.get(line.item?.section)
    }

    /// Everybody who acted, or would, each once.
    pub(super) fn identities(&self) -> Vec<&'a Identity> {
        let goes = self.run.map_or(&[][..], |run| &run.history.goes);
        let goes = goes.iter().filter(|go| go.what != "verify");
        let acted = goes.flat_map(|go| &go.by.identities);
        let planned = self.sections.iter().map(|section| &section.identity);
        let mut identities: Vec<&Identity> = Vec::new();
        for identity in acted.chain(planned) {
            if !identities.contains(&identity) {
                identities.push(identity);
            }
        }
        identities
    }

    /// What the plan counts on, by group.
    pub(super) fn keepers_by_group(&self) -> HashMap<&'a ArcStr, &'a Remaining> {
        let keepers = self.keepers.iter();
        keepers
            .map(|remaining| (&remaining.group, remaining))
            .collect()
    }

    /// What it all came to, in a line: `3 failed, 17 deleted`.
    pub(super) fn came_to(&self) -> String {
        let counts = self.counts();
        let parts = counts
            .iter()
            .filter(|(fate, _)| **fate != Fate::Kept && **fate != Fate::Protected)
            .map(|(fate, count)| format!("{} {}", count.backups, fate.word()));
        let parts: Vec<String> = parts.collect();
        if parts.is_empty() {
            "nothing to delete".to_owned()
        } else {
            parts.join(", ")
        }
    }
}
