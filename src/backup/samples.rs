//! Backups for tests: one that nothing forbids to delete, to be changed field by field.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Attributes, Backup, BackupId, Provider, Scope, State};
use crate::shared::Shared;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn id(name: &str) -> BackupId {
    BackupId::new(Provider::Zilliz, "in01", name)
}

pub(crate) fn backup(name: &str) -> Backup {
    Backup {
        id: id(name),
        scope: Arc::new(Scope::new("in01").with("cluster", Some("in01"))),
        resource: Some("in01".into()),
        group: "in01".into(),
        kind: Some("CLUSTER".into()),
        name: None,
        created_at: Some(at("2025-01-01T00:00:00Z")),
        timeless: false,
        expires_at: None,
        size_bytes: Some(1024),
        status: Some("AVAILABLE".into()),
        state: State::Healthy,
        protection: Shared::default(),
        side_effect: None,
        parent: None,
        tags: None,
        attributes: Attributes::default(),
    }
}

/// A backup in an AWS vault.
pub(crate) fn in_vault(vault: &str, name: &str) -> Backup {
    let scope = Scope::new(vault).with("region", Some("eu-central-1"));
    Backup {
        id: BackupId::new(Provider::Aws, vault, name),
        scope: Arc::new(scope.with("vault", Some(vault))),
        ..backup(name)
    }
}

/// The vault itself.
pub(crate) fn vault(name: &str) -> Backup {
    let arn = format!("arn:aws:backup:eu-central-1:111122223333:backup-vault:{name}");
    Backup {
        resource: None,
        group: arn.as_str().into(),
        size_bytes: None,
        status: None,
        state: State::Damaged,
        ..in_vault(name, &arn)
    }
}

/// Numbers that look like chance, and are the same every time (xorshift).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let bound = u64::try_from(bound).unwrap();
        usize::try_from(self.0.checked_rem(bound).unwrap()).unwrap()
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            list.swap(end, self.below(end.saturating_add(1)));
        }
    }
}
