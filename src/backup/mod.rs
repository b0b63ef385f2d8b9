//! The nouns: what a backup is, where it sits, what protects it, and what became of its deletion.
//!
//! No I/O and no provider's wire format. A provider fills these in; everything behind it reads only these.

mod deletion;
mod error;
mod id;
mod identity;
mod keeper;
mod protection;
#[cfg(test)]
pub(crate) mod samples;
mod scope;

pub use deletion::{Deletion, Outcome};
pub use error::{ErrorKind, ProviderError, Sent};
pub use id::{BackupId, Provider, Subject, Target};
pub use identity::Identity;
pub use keeper::{Census, Keeper, Keepers};
pub use protection::Protection;
pub use scope::Scope;

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use crate::shared::Shared;
use arcstr::ArcStr;
use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

/// What a provider's status means for us.
///
/// A status that is not known here becomes [`State::Unknown`], and what is unknown is never deleted (S7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Can be restored from.
    Healthy,
    /// There, but not to be restored from: expired, partial, stopped, paused or empty.
    Damaged,
    /// Being made.
    InProgress,
    /// The provider is deleting it already.
    Deleting,
    /// A status that this version does not know.
    Unknown,
}

/// What deleting a backup does beside deleting it; each needs a word of its own (S11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SideEffect {
    /// A continuous AWS recovery point: no more point-in-time recovery. RDS reboots, Aurora falls to one day.
    StopsContinuousBackup,
}

/// One thing that can be deleted, as its provider describes it.
///
/// A vault holds up to a million of them, and all are in memory at once: what is seldom there or shared by many is one
/// pointer (see the test of its size).
#[derive(Debug, Clone)]
pub struct Backup {
    /// The full id, unique within a provider.
    pub id: BackupId,
    /// The container it sits in. Shared, because a vault holds up to a million backups.
    pub scope: Arc<Scope>,
    /// What it is a backup of; `None` where the provider does not say.
    pub resource: Option<ArcStr>,
    /// What can stand in for it when it is gone: backups of one group are restored to the same place.
    /// Mostly the resource; finer where one kind of backup cannot replace another.
    pub group: ArcStr,
    /// The provider's own word for the kind of resource or backup.
    pub kind: Option<ArcStr>,
    /// A name that people gave.
    pub name: Option<ArcStr>,
    /// When the provider says that it was made.
    pub created_at: Option<Timestamp>,
    /// Whether it has no creation time by its nature: an Aiven region that holds no copy yet. Everything else without a
    /// creation time is suspicious, and kept (S7).
    pub timeless: bool,
    /// When the provider will delete it by itself; `None` for never or unknown.
    pub expires_at: Option<Timestamp>,
    /// Bytes as the provider counts them; not always bytes freed. `None` is unknown, never 0.
    pub size_bytes: Option<u64>,
    /// The provider's own status, verbatim.
    pub status: Option<ArcStr>,
    /// What that status means.
    pub state: State,
    /// All that forbids deleting it.
    pub protection: Shared<Protection>,
    /// What deleting it does besides.
    pub side_effect: Option<SideEffect>,
    /// The backup that it is a part of: that one goes first, and may take this one along.
    pub parent: Option<Box<BackupId>>,
    /// Tags, where they were read; `None` where they were not or cannot be.
    pub tags: Option<Box<BTreeMap<String, String>>>,
    /// The provider's own fields, in its vocabulary.
    pub attributes: Attributes,
}

impl Backup {
    /// Whether it can be restored from.
    #[must_use]
    pub fn healthy(&self) -> bool {
        match self.state {
            State::Healthy => true,
            State::Damaged | State::InProgress | State::Deleting | State::Unknown => false,
        }
    }

    /// Whether something forbids deleting it.
    #[must_use]
    pub fn protected(&self) -> bool {
        !self.protection.is_empty()
    }
}

impl Serialize for Backup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", "bkdel.backup/v1")?;
        map.serialize_entry("provider", &self.id.provider())?;
        map.serialize_entry("id", &self.id)?;
        subject_entry(&self.id, &mut map)?;
        map.serialize_entry("scope", &*self.scope)?;
        map.serialize_entry("resource", &self.resource)?;
        map.serialize_entry("type", &self.kind)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("expires_at", &self.expires_at)?;
        map.serialize_entry("size_bytes", &self.size_bytes)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("healthy", &self.healthy())?;
        map.serialize_entry("protected", &self.protected())?;
        map.serialize_entry("protection", &self.protection)?;
        map.serialize_entry("tags", &self.tags)?;
        map.serialize_entry("attributes", &self.attributes)?;
        map.end()
    }
}

/// Tells of what is no backup what it is. Of a backup that goes without saying.
fn subject_entry<M: SerializeMap>(id: &BackupId, map: &mut M) -> Result<(), M::Error> {
    match id.subject() {
        Subject::Backup => Ok(()),
        Subject::Vault => map.serialize_entry("subject", "vault"),
    }
}

/// A provider's own fields, in the order in which the provider module gave them. Shared: a backup is copied into its plan,
/// what was approved and its request, and these never change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attributes(Arc<Vec<(Cow<'static, str>, Value)>>);

impl Attributes {
    /// Adds a field; `null` stands for what is not known.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        Arc::make_mut(&mut self.0).push((Cow::Borrowed(name), value.into()));
        self
    }

    /// The field of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A million of them, with their ids' texts, fit into 320 MB (`benches/memory/run`).
    #[test]
    fn a_backup_stays_small() {
        assert!(size_of::<Backup>() <= 176, "{}", size_of::<Backup>());
    }
}
