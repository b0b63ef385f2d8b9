//! A plan that was saved: read whole, and believed only where its digest holds (S16).
//!
//! What is in it serves to find the backups again and to compare them; nothing is ever deleted from what the file says,
//! only from what is read anew.

use std::sync::Arc;

use arcstr::ArcStr;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{Fingerprint, Item, Plan, Reason, Remaining, Section, Selection, Verdict, digest};
use crate::backup::{
    Attributes, Backup, BackupId, Deletion, Identity, Outcome, Provider, Scope, SideEffect, State,
};
use crate::shared::Shared;

/// How far ahead of ours the clock may be that made a plan.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);

/// A plan as it was saved.
#[derive(Debug)]
pub struct Saved {
    /// When it was made.
    pub created_at: Timestamp,
    /// Its digest.
    pub sha256: String,
    /// What was looked at.
    pub sections: Vec<SavedSection>,
    /// Every backup that was looked at.
    pub items: Vec<SavedItem>,
    /// What the plan counts on.
    pub keepers: Vec<Remaining>,
    /// What was named and was not there.
    pub absent: Vec<String>,
    /// What was said of it.
    pub notes: Vec<String>,
    /// The document itself.
    pub document: Map<String, Value>,
}

/// One section of a saved plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SavedSection {
    /// The target's name.
    pub target: Option<String>,
    /// Who looked, where.
    pub identity: Identity,
    /// Where was looked.
    pub scope: Value,
    /// What was asked for.
    pub selection: Selection,
}

impl SavedSection {
    /// Whether a word that lifts a guard was given.
    #[must_use]
    pub fn allowed(&self, word: &str) -> bool {
        self.selection.allowed.iter().any(|given| given == word)
    }
}

/// One backup of a saved plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SavedItem {
    /// The backup as `list` prints it.
    pub backup: SavedBackup,
    /// What the plan wants of it.
    pub verdict: Verdict,
    /// Why, in words.
    pub reasons: Vec<String>,
    /// What must not have changed.
    pub fingerprint: Fingerprint,
    /// Whether a guard refused it although it was named.
    pub refused: bool,
    /// Its section.
    pub section: usize,
    /// Its group.
    pub group: ArcStr,
}

impl SavedItem {
    /// Its full id.
    #[must_use]
    pub fn id(&self) -> BackupId {
        BackupId::of_record(self.backup.provider, &self.backup.id)
    }

    /// A result for it.
    #[must_use]
    pub fn deletion(&self, outcome: Outcome) -> Deletion {
        Deletion::of(&self.shown().backup, outcome)
    }

    /// The item as it was, to be shown and to be looked for.
    #[must_use]
    pub fn shown(&self) -> Item {
        let saved = &self.backup;
        let id = BackupId::of_record(saved.provider, &saved.id);
        let parts = saved.scope.iter().map(|(key, value)| {
            let value = value.as_str().map(ToOwned::to_owned);
            (key.clone(), value)
        });
        Item {
            backup: Arc::new(Backup {
                scope: Arc::new(Scope::of(id.container(), parts)),
                id,
                resource: saved.resource.as_deref().map(Into::into),
                group: self.group.clone(),
                kind: saved.kind.as_deref().map(Into::into),
                name: saved.name.as_deref().map(Into::into),
                created_at: saved.created_at,
                timeless: saved.created_at.is_none(),
                expires_at: saved.expires_at,
                size_bytes: saved.size_bytes,
                status: saved.status.as_deref().map(Into::into),
                state: if saved.healthy {
                    State::Healthy
                } else {
                    State::Damaged
                },
                protection: Shared::default(),
                side_effect: None,
                parent: None,
                tags: None,
                attributes: Attributes::default(),
            }),
            verdict: self.verdict,
            reasons: self.reasons.iter().map(|text| reason(text)).collect(),
            fingerprint: self.fingerprint,
            refused: self.refused,
            section: self.section,
        }
    }
}

/// A reason by its words. Those that people are warned of keep their meaning.
fn reason(text: &str) -> Reason {
    [
        Reason::LastHealthyAllowed,
        Reason::SideEffectAllowed(SideEffect::StopsContinuousBackup),
    ]
    .into_iter()
    .find(|known| known.to_string() == text)
    .unwrap_or_else(|| Reason::Chosen(text.into()))
}

/// Of a backup's document, what is shown and looked up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SavedBackup {
    /// The provider.
    pub provider: Provider,
    /// The full id.
    pub id: String,
    /// The container's parts. A plan has few containers, so that backups share them.
    pub scope: Arc<Map<String, Value>>,
    /// What it was a backup of.
    pub resource: Option<String>,
    /// The provider's word for its kind.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When the provider deletes it.
    pub expires_at: Option<Timestamp>,
    /// Bytes.
    pub size_bytes: Option<u64>,
    /// The provider's status.
    pub status: Option<String>,
    /// Whether it could be restored from.
    pub healthy: bool,
    /// What protected it.
    pub protection: Vec<String>,
    /// Its tags, where they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Map<String, Value>>,
    /// The provider's own fields.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub attributes: Arc<Map<String, Value>>,
}

fn is_nothing(fields: &Arc<Map<String, Value>>) -> bool {
    fields.is_empty()
}

impl SavedBackup {
    /// Has in common with the one before it what is the same: a map of a few fields takes more memory than all the rest.
    pub fn share_with(&mut self, before: &Self) {
        for (own, known) in [
            (&mut self.scope, &before.scope),
            (&mut self.attributes, &before.attributes),
        ] {
            if own == known {
                *own = Arc::clone(known);
            }
        }
    }
}

/// A file that is no plan, or not the plan that it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unfit {
    /// Not a plan at all: a usage error.
    #[error("{0}")]
    NoPlan(String),
    /// A plan of another version of the format.
    #[error("its schema is {0:?}, and this version reads bkdel.plan/v1")]
    Schema(String),
    /// The digest does not hold.
    #[error("its digest does not fit: it was changed, cut or put together by hand")]
    Changed,
    /// Another plan than the one that was reviewed.
    #[error("its digest is {found}, and --plan-sha256 says {wanted}")]
    AnotherPlan {
        /// The file's.
        found: String,
        /// The flag's.
        wanted: String,
    },
    /// Too old.
    #[error("it was made {0} ago, longer than --max-plan-age")]
    TooOld(String),
    /// Made after now.
    #[error("it was made at {0}, which is still to come: a clock goes wrong")]
    FromTheFuture(Timestamp),
}

#[derive(Deserialize)]
struct Body {
    created_at: Timestamp,
    sections: Vec<SavedSection>,
    items: Vec<SavedItem>,
    keepers: Vec<Remaining>,
    absent: Vec<String>,
    notes: Vec<String>,
}

impl Saved {
    /// Reads a plan's document.
    ///
    /// # Errors
    /// [`Unfit::NoPlan`], [`Unfit::Schema`] or [`Unfit::Changed`].
    pub fn read(text: &[u8]) -> Result<Self, Unfit> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(Unfit::NoPlan("it is empty".to_owned()));
        }
        let value: Value = serde_json::from_slice(text).map_err(|error| {
            Unfit::NoPlan(format!("it is not one whole JSON document: {error}"))
        })?;
        let Value::Object(document) = value else {
            return Err(Unfit::NoPlan("it is JSON, but no plan".to_owned()));
        };
        match document.get("schema").and_then(Value::as_str) {
            Some(digest::SCHEMA) => {}
            Some(other) => return Err(Unfit::Schema(other.to_owned())),
            None => return Err(Unfit::NoPlan("it has no \"schema\"".to_owned())),
        }
        let mut body = document.clone();
        let told = body.remove("sha256");
        body.remove("dry_run");
        let sha256 = digest::digest_of(&body).map_err(|_| Unfit::Changed)?;
        if told.as_ref().and_then(Value::as_str) != Some(&sha256) {
            return Err(Unfit::Changed);
        }
        let Body {
            created_at,
            sections,
            mut items,
            keepers,
            absent,
            notes,
        } = Body::deserialize(Value::Object(body))
            .map_err(|error| Unfit::NoPlan(format!("it cannot be understood: {error}")))?;
        if items.iter().any(|item| item.section >= sections.len()) {
            return Err(Unfit::NoPlan("an item without its section".to_owned()));
        }
        let mut rest = items.as_mut_slice();
        while let [before, after @ ..] = rest {
            if let Some(next) = after.first_mut() {
                next.backup.share_with(&before.backup);
            }
            rest = after;
        }
        Ok(Self {
            created_at,
            sha256,
            sections,
            items,
            keepers,
            absent,
            notes,
            document,
        })
    }

    /// Whether it may be applied now, as the plan that was reviewed.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(
        &self,
        wanted: Option<&str>,
        max_age: SignedDuration,
        now: Timestamp,
    ) -> Result<(), Unfit> {
        if let Some(wanted) = wanted
            && !wanted.eq_ignore_ascii_case(&self.sha256)
        {
            return Err(Unfit::AnotherPlan {
                found: self.sha256.clone(),
                wanted: wanted.to_owned(),
            });
        }
        let age = now.duration_since(self.created_at);
        if age > max_age {
            return Err(Unfit::TooOld(format!("{:#}", rounded(age))));
        }
        if age < -CLOCKS_DIFFER {
            return Err(Unfit::FromTheFuture(self.created_at));
        }
        Ok(())
    }

    /// The plan as it was, to be shown to people. Nothing may be made of it that deletes: what is in it was not read, but
    /// handed over.
    #[must_use]
    pub fn shown(&self) -> Plan {
        Plan {
            created_at: self.created_at,
            sections: self
                .sections
                .iter()
                .map(|section| Section {
                    target: section.target.clone(),
                    identity: section.identity.clone(),
                    scope: section.scope.clone(),
                    selection: section.selection.clone(),
                })
                .collect(),
            items: self.items.iter().map(SavedItem::shown).collect(),
            absent: Vec::new(),
            remaining: self.keepers.clone(),
            grave: Vec::new(),
            notes: self.notes.clone(),
        }
    }

    /// What it wants kept, to be shown.
    pub fn kept(&self) -> impl Iterator<Item = Item> {
        self.items
            .iter()
            .filter(|item| item.verdict == Verdict::Keep)
            .map(SavedItem::shown)
    }

    /// What it wants deleted.
    pub fn to_delete(&self) -> impl Iterator<Item = &SavedItem> {
        self.items
            .iter()
            .filter(|item| item.verdict == Verdict::Delete)
    }
}

/// In whole minutes, for people.
fn rounded(age: SignedDuration) -> SignedDuration {
    SignedDuration::from_mins(age.as_mins())
}
