//! Recovery points: from AWS' words into ours.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use arcstr::ArcStr;
use aws_sdk_backup::{
    operation::describe_recovery_point::DescribeRecoveryPointOutput,
    primitives::DateTime,
    types::{CalculatedLifecycle, RecoveryPointByBackupVault, RecoveryPointCreator},
};
use jiff::Timestamp;

use super::{arn::is_continuous, holds::Holds, vaults::Vault};
use crate::backup::{Attributes, Backup, BackupId, Protection, Provider, SideEffect, State};

/// What the two calls that tell about recovery points have in common.
#[derive(Debug, Default)]
pub(super) struct Point {
    pub(super) arn: String,
    pub(super) status: Option<String>,
    pub(super) status_message: Option<String>,
    pub(super) storage_class: Option<String>,
    pub(super) is_parent: bool,
    resource_arn: Option<String>,
    resource_type: Option<String>,
    resource_name: Option<String>,
    vault_arn: Option<String>,
    source_vault_arn: Option<String>,
    iam_role_arn: Option<String>,
    encryption_key_arn: Option<String>,
    parent_arn: Option<String>,
    member: Option<String>,
    creator: Option<RecoveryPointCreator>,
    created_at: Option<DateTime>,
    lifecycle: Option<CalculatedLifecycle>,
    size: Option<i64>,
}

impl Point {
    /// Of one entry of a vault's list; `None` without an ARN.
    pub(super) fn listed(point: RecoveryPointByBackupVault) -> Option<Self> {
        Some(Self {
            arn: point.recovery_point_arn.filter(|arn| !arn.is_empty())?,
            status: point.status.map(|status| status.as_str().to_owned()),
            status_message: point.status_message,
            storage_class: None,
            is_parent: point.is_parent,
            resource_arn: point.resource_arn,
            resource_type: point.resource_type,
            resource_name: point.resource_name,
            vault_arn: point.backup_vault_arn,
            source_vault_arn: point.source_backup_vault_arn,
            iam_role_arn: point.iam_role_arn,
            encryption_key_arn: point.encryption_key_arn,
            parent_arn: point.parent_recovery_point_arn,
            member: point.composite_member_identifier,
            creator: point.created_by,
            created_at: point.creation_date,
            lifecycle: point.calculated_lifecycle,
            size: point.backup_size_in_bytes,
        })
    }

    /// Of a description of `arn`.
    pub(super) fn described(arn: &str, point: DescribeRecoveryPointOutput) -> Self {
        Self {
            arn: arn.to_owned(),
            status: point.status.map(|status| status.as_str().to_owned()),
            status_message: point.status_message,
            storage_class: point.storage_class.map(|class| class.as_str().to_owned()),
            is_parent: point.is_parent,
            resource_arn: point.resource_arn,
            resource_type: point.resource_type,
            resource_name: point.resource_name,
            vault_arn: point.backup_vault_arn,
            source_vault_arn: point.source_backup_vault_arn,
            iam_role_arn: point.iam_role_arn,
            encryption_key_arn: point.encryption_key_arn,
            parent_arn: point.parent_recovery_point_arn,
            member: point.composite_member_identifier,
            creator: point.created_by,
            created_at: point.creation_date,
            lifecycle: point.calculated_lifecycle,
            size: point.backup_size_in_bytes,
        }
    }

    /// Whether AWS still tells about it although it is gone.
    pub(super) fn is_gone(&self) -> bool {
        self.storage_class.as_deref() == Some("DELETED")
    }

    /// Whether it is a part of that composite recovery point.
    pub(super) fn is_nested_in(&self, parent: &str) -> bool {
        self.parent_arn.as_deref() == Some(parent)
    }

    /// The backup, with what its vault and the legal holds say about it.
    pub(super) fn backup(mut self, vault: &Vault, holds: &Holds, words: &mut Words) -> Backup {
        let delete_at = self
            .lifecycle
            .as_ref()
            .and_then(|lifecycle| lifecycle.delete_at.as_ref())
            .and_then(timestamp);
        let attributes = words.share_set(self.attributes(vault));
        let arn: ArcStr = self.arn.into();
        let id = BackupId::new(Provider::Aws, vault.name.clone(), arn.clone());
        let resource = self
            .resource_arn
            .filter(|resource| !resource.is_empty())
            .map(|resource| words.share(&resource));
        let group = resource.clone().unwrap_or_else(|| id.to_string().into());
        let mut protection = vault.protection.clone();
        protection.extend(holds.on(&arn));
        Backup {
            scope: Arc::clone(&vault.scope),
            resource,
            group,
            kind: self.resource_type.map(|kind| words.share(&kind)),
            name: self
                .resource_name
                .filter(|name| !name.is_empty())
                .map(Into::into),
            created_at: self.created_at.as_ref().and_then(timestamp),
            timeless: false,
            expires_at: delete_at,
            size_bytes: self.size.and_then(|size| u64::try_from(size).ok()),
            state: state(self.status.as_deref()),
            status: self.status.map(|status| words.share(&status)),
            protection,
            side_effect: is_continuous(&arn).then_some(SideEffect::StopsContinuousBackup),
            parent: self
                .parent_arn
                .filter(|parent| !parent.is_empty() && **parent != *arn)
                .map(|parent| Box::new(BackupId::new(Provider::Aws, vault.name.clone(), parent))),
            tags: None,
            attributes,
            id,
        }
    }

    /// AWS' own fields, and only those that are set: there may be a million of them.
    fn attributes(&mut self, vault: &Vault) -> Attributes {
        let creator = self.creator.take();
        let (plan, rule) = creator
            .map(|creator| (creator.backup_plan_id, creator.backup_rule_id))
            .unwrap_or_default();
        let cold_at = self
            .lifecycle
            .as_ref()
            .and_then(|lifecycle| lifecycle.move_to_cold_storage_at.as_ref())
            .and_then(timestamp)
            .map(|at| at.to_string());
        let mut attributes = Attributes::default();
        for (name, value) in [
            (
                "vault_arn",
                self.vault_arn.take().or_else(|| vault.arn.clone()),
            ),
            ("storage_class", self.storage_class.clone()),
            ("status_message", self.status_message.clone()),
            ("parent_recovery_point_arn", self.parent_arn.clone()),
            ("composite_member_identifier", self.member.take()),
            ("source_backup_vault_arn", self.source_vault_arn.take()),
            ("encryption_key_arn", self.encryption_key_arn.take()),
            ("iam_role_arn", self.iam_role_arn.take()),
            ("backup_plan_id", plan),
            ("backup_rule_id", rule),
            ("move_to_cold_storage_at", cold_at),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                attributes = attributes.with(name, value);
            }
        }
        if self.is_parent {
            attributes = attributes.with("is_parent", true);
        }
        for protection in &vault.protection {
            attributes = match protection {
                Protection::VaultType(kind) => attributes.with("vault_type", kind.as_str()),
                Protection::VaultLock {
                    since: Some(since), ..
                } => attributes.with("lock_date", since.to_string()),
                Protection::VaultLock { since: None, .. }
                | Protection::LegalHold(_)
                | Protection::TerminationProtection
                | Protection::InProgress
                | Protection::UnknownState(_)
                | Protection::Undated(_)
                | Protection::KeepTag(_) => attributes,
            };
        }
        attributes
    }
}

/// What AWS' status means. One that is not known here is never deleted (S7).
pub(super) fn state(status: Option<&str>) -> State {
    match status {
        Some("COMPLETED" | "AVAILABLE") => State::Healthy,
        Some("PARTIAL" | "EXPIRED" | "STOPPED") => State::Damaged,
        Some("CREATING") => State::InProgress,
        Some("DELETING") => State::Deleting,
        Some(_) | None => State::Unknown,
    }
}

/// AWS' time in ours; `None` for one that is out of any calendar's range.
pub(super) fn timestamp(at: &DateTime) -> Option<Timestamp> {
    let nanos = i32::try_from(at.subsec_nanos()).ok()?;
    Timestamp::new(at.secs(), nanos).ok()
}

/// Words that many recovery points share, kept once.
#[derive(Debug, Default)]
pub(super) struct Words {
    known: HashSet<ArcStr>,
    /// Points that were made by one rule have the same fields: these are the last sets of them.
    sets: VecDeque<Attributes>,
}

impl Words {
    /// So many sets of fields are remembered. Each new point is compared with all of them.
    const SETS: usize = 16;

    fn share(&mut self, word: &str) -> ArcStr {
        if let Some(known) = self.known.get(word) {
            return known.clone();
        }
        let word: ArcStr = word.into();
        self.known.insert(word.clone());
        word
    }

    fn share_set(&mut self, set: Attributes) -> Attributes {
        if let Some(known) = self.sets.iter().rev().find(|known| **known == set) {
            return known.clone();
        }
        if self.sets.len() >= Self::SETS {
            self.sets.pop_front();
        }
        self.sets.push_back(set.clone());
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s7_a_status_that_is_not_known_is_unknown() {
        for (status, expected) in [
            (Some("COMPLETED"), State::Healthy),
            (Some("AVAILABLE"), State::Healthy),
            (Some("PARTIAL"), State::Damaged),
            (Some("EXPIRED"), State::Damaged),
            (Some("STOPPED"), State::Damaged),
            (Some("CREATING"), State::InProgress),
            (Some("DELETING"), State::Deleting),
            (Some("SOMETHING_NEW"), State::Unknown),
            (Some("completed"), State::Unknown),
            (None, State::Unknown),
        ] {
            assert_eq!(state(status), expected, "{status:?}");
        }
    }

    #[test]
    fn times_are_kept_to_the_nanosecond_and_nonsense_is_no_time() {
        let at = DateTime::from_secs_and_nanos(1_578_560_834, 253_000_000);
        assert_eq!(
            timestamp(&at).unwrap().to_string(),
            "2020-01-09T09:07:14.253Z"
        );
        assert_eq!(timestamp(&DateTime::from_secs(i64::MAX)), None);
    }
}
