//! The plan: every backup that was looked at, each with a verdict and its reasons.
//!
//! A plan is data. Deciding is `select`'s, consent is [`consent`]'s, and only what consent makes ([`Approved`]) can be
//! carried out.

mod approved;
pub mod consent;
mod digest;
mod reason;
#[cfg(test)]
pub(crate) mod samples;
pub mod saved;
#[cfg(test)]
mod tests;
mod warrant;

pub use approved::{Approved, Removal};
pub(crate) use digest::hex;
pub use digest::{Document, Fingerprint, fingerprint};
pub use reason::Reason;
pub(crate) use warrant::origin;
pub use warrant::{Body, NoWarrant, Warrant};

use std::sync::Arc;

use arcstr::ArcStr;
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use crate::backup::{Backup, BackupId, Identity, Keeper, Subject};
use crate::shared::Shared;

/// What a plan wants of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It goes.
    Delete,
    /// It stays.
    Keep,
}

/// One backup with its verdict.
#[derive(Debug, Clone)]
pub struct Item {
    /// The backup as it was read. Shared with what is approved and sent.
    pub backup: Arc<Backup>,
    /// What is to become of it.
    pub verdict: Verdict,
    /// Why, in the order in which it was found out.
    pub reasons: Shared<Reason>,
    /// A digest of what must not change between plan and deletion.
    pub fingerprint: Fingerprint,
    /// Whether a guard refused it although it was asked for by name.
    pub refused: bool,
    /// The section that it belongs to: an index into [`Plan::sections`].
    pub section: usize,
}

impl Item {
    /// Whether it is a backup, or the container of some.
    #[must_use]
    pub fn subject(&self) -> Subject {
        self.backup.id.subject()
    }

    /// Whether nobody asked for it here: no filter chose it, a keep rule keeps it, or another shard deletes it.
    #[must_use]
    pub fn was_left(&self) -> bool {
        matches!(
            self.reasons.first(),
            Some(Reason::NotChosen(_) | Reason::KeptByRule(_))
        ) || self.is_another_shards()
    }

    /// Whether another shard of the same plan deletes it.
    #[must_use]
    pub fn is_another_shards(&self) -> bool {
        matches!(self.reasons.last(), Some(Reason::AnotherShard(_)))
    }

    /// The reason that decided, in words: the last one that was found.
    #[must_use]
    pub fn decisive(&self) -> String {
        self.reasons
            .last()
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("backup", &self.backup)?;
        map.serialize_entry("verdict", &self.verdict)?;
        map.serialize_entry("reasons", &self.reasons)?;
        map.serialize_entry("fingerprint", &self.fingerprint)?;
        map.serialize_entry("refused", &self.refused)?;
        map.serialize_entry("section", &self.section)?;
        // A backup's own document does not have it: it says what can stand in for what.
        map.serialize_entry("group", &self.backup.group)?;
        map.end()
    }
}

/// What was asked for, as the plan records it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// The ids that were named, as they were given, each once.
    pub ids: Vec<String>,
    /// Where ids were read from besides the arguments: a file's name, `-`.
    pub from: Vec<String>,
    /// The digest of what was read there (S6).
    pub inputs_sha256: Option<String>,
    /// The words that lifted a guard, such as `--allow-last`.
    pub allowed: Vec<String>,
    /// The shard, as `K/N`, where the plan is one of several (`--shard`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Filters and keep rules, by their flags' names.
    #[serde(flatten)]
    pub criteria: serde_json::Map<String, Value>,
    /// Scopes that could not be read, and are left as they are (`--skip-unreadable`): which, and why.
    pub unread: Vec<String>,
}

/// One target, seen by one set of credentials.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// The target's name, where a policy file gives it one.
    pub target: Option<String>,
    /// Who looked, where.
    pub identity: Identity,
    /// Where was looked, by the flags' names.
    pub scope: Value,
    /// What was asked for.
    pub selection: Selection,
}

/// What stays of a group from which something goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remaining {
    /// The group, see [`Backup::group`].
    pub group: ArcStr,
    /// The resource.
    pub resource: String,
    /// What can still be restored from; `None` where that could not be read.
    pub keepers: Option<Vec<Keeper>>,
}

/// A plan.
#[derive(Debug, Clone)]
pub struct Plan {
    /// When it was made.
    pub created_at: Timestamp,
    /// What was looked at, and as whom; several for several accounts, or the targets of a policy.
    pub sections: Vec<Section>,
    /// Every backup that was looked at, and behind them the vaults that are to go themselves.
    pub items: Vec<Item>,
    /// What was named and is not there.
    pub absent: Vec<BackupId>,
    /// What stays of each group from which something goes.
    pub remaining: Vec<Remaining>,
    /// Scopes that are emptied of their last backup, a last copy or a continuous one: their names must be typed (S13).
    pub grave: Vec<String>,
    /// What a person must know before saying yes.
    pub notes: Vec<String>,
}

/// Totals of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Backups that go.
    pub delete: usize,
    /// Backups that stay.
    pub keep: usize,
    /// Of those that stay: named, and refused by a guard.
    pub refused: usize,
    /// Named, and not there.
    pub absent: usize,
    /// Bytes of those that go, as far as they are known.
    pub delete_bytes: u64,
    /// How many of those that go have no known size.
    pub delete_unsized: usize,
    /// Vaults that go themselves, once they are empty; not counted among the backups.
    #[serde(skip_serializing_if = "is_none")]
    pub delete_vaults: usize,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_none(number: &usize) -> bool {
    *number == 0
}

impl Plan {
    /// What goes, backups and vaults.
    pub fn to_delete(&self) -> impl Iterator<Item = &Item> {
        self.items
            .iter()
            .filter(|item| item.verdict == Verdict::Delete)
    }

    /// The backups that go: what limits and `--expect` count.
    pub fn backups_to_delete(&self) -> impl Iterator<Item = &Item> {
        self.to_delete()
            .filter(|item| item.subject() == Subject::Backup)
    }

    /// The vaults that go themselves.
    pub fn vaults_to_delete(&self) -> impl Iterator<Item = &Item> {
        self.to_delete()
            .filter(|item| item.subject() == Subject::Vault)
    }

    /// Who acts, where there is only one.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        match self.sections.as_slice() {
            [section] => Some(&section.identity),
            _ => None,
        }
    }

    /// Everybody who acts, each once.
    #[must_use]
    pub fn identities(&self) -> Vec<&Identity> {
        let mut identities: Vec<&Identity> = Vec::new();
        for section in &self.sections {
            if !identities.contains(&&section.identity) {
                identities.push(&section.identity);
            }
        }
        identities
    }

    /// Of what goes, that for which something is to be sent.
    pub fn to_send(&self) -> impl Iterator<Item = &Item> {
        self.to_delete()
            .filter(|item| !item.reasons.contains(&Reason::DeletingAlready))
    }

    /// What was named and a guard refused.
    pub fn refused(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.refused)
    }

    /// The totals.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            absent: self.absent.len(),
            ..Summary::default()
        };
        for item in &self.items {
            match item.verdict {
                Verdict::Delete if item.subject() == Subject::Vault => {
                    summary.delete_vaults = summary.delete_vaults.saturating_add(1);
                }
                Verdict::Delete => {
                    summary.delete = summary.delete.saturating_add(1);
                    match item.backup.size_bytes {
                        Some(bytes) => {
                            summary.delete_bytes = summary.delete_bytes.saturating_add(bytes);
                        }
                        None => summary.delete_unsized = summary.delete_unsized.saturating_add(1),
                    }
                }
                Verdict::Keep => summary.keep = summary.keep.saturating_add(1),
            }
            summary.refused = summary.refused.saturating_add(usize::from(item.refused));
        }
        summary
    }

    /// The plan's document, with its digest. Two plans of the same facts differ in their time and nothing else.
    ///
    /// # Errors
    /// None in practice: every field can be written as JSON.
    pub fn document(&self, dry_run: bool) -> serde_json::Result<Document<'_>> {
        Document::of(self, dry_run)
    }

    /// The digest of the plan: SHA-256 over its document without the digest and the mark of a dry run.
    ///
    /// # Errors
    /// As [`Plan::document`].
    pub fn sha256(&self) -> serde_json::Result<String> {
        digest::sha256(self)
    }
}
