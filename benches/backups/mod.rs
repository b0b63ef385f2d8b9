//! Backups of one vault, as a list brings them: what the benchmarks are given.

use std::sync::Arc;

use arcstr::ArcStr;
use bkdel::{
    backup::{Attributes, Backup, BackupId, Provider, Scope, State},
    shared::Shared,
};
use jiff::{SignedDuration, Timestamp};

const GROUPS: u64 = 20_000;

/// So many, in no order: as a vault's pages come. One every two minutes until [`end`], each of the next of 20,000 volumes.
pub(crate) fn backups(count: u64) -> Vec<Backup> {
    let scope = Arc::new(Scope::new("prod").with("vault", Some("prod")));
    let groups: Vec<ArcStr> = (0..GROUPS)
        .map(|number| {
            format!("arn:aws:ec2:eu-central-1:123456789012:volume/vol-{number:017x}").into()
        })
        .collect();
    let container: ArcStr = "prod".into();
    let kind: ArcStr = "EBS".into();
    // A prime that divides no length here goes through all numbers once.
    (0..count)
        .map(|step| (step * 7_368_787 + 12_345) % count)
        .map(|number| {
            let group = &groups[usize::try_from(number % GROUPS).unwrap()];
            let minutes = i64::try_from(number).unwrap() * 2;
            Backup {
                id: BackupId::new(
                    Provider::Aws,
                    container.clone(),
                    format!("arn:aws:ec2:eu-central-1::snapshot/snap-{number:017x}"),
                ),
                scope: Arc::clone(&scope),
                resource: Some(group.clone()),
                group: group.clone(),
                kind: Some(kind.clone()),
                name: None,
                created_at: Some(end() - SignedDuration::from_mins(minutes)),
                timeless: false,
                expires_at: None,
                size_bytes: Some(number << 20),
                status: Some("COMPLETED".into()),
                state: State::Healthy,
                protection: Shared::default(),
                side_effect: None,
                parent: None,
                tags: None,
                attributes: Attributes::default(),
            }
        })
        .collect()
}

/// When the last one was made.
pub(crate) fn end() -> Timestamp {
    "2025-06-15T12:00:00Z".parse().unwrap()
}
