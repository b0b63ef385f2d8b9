//! The demo's AWS vaults: one of every kind and every lock, and what a backup alone does not tell about them.

use jiff::Timestamp;

use super::build::ago;
use crate::sandbox::aws::{
    HOME_ACCOUNT, HOME_REGION,
    state::{Lock, VaultKind},
};

/// A second account, for roles to be assumed in.
pub const SECOND_ACCOUNT: &str = "444455556666";
/// A third one.
pub const THIRD_ACCOUNT: &str = "777788889999";
/// The roles that can be assumed in each account.
pub const ROLES: [&str; 2] = ["Backup", "bkdel"];
/// The region beside the home region.
pub(super) const OTHER_REGION: &str = "us-east-1";
/// Where EFS puts its automatic backups.
pub(super) const EFS_VAULT: &str = "aws/efs/automatic-backup-vault";
/// As AWS makes it for the vault of EFS' automatic backups.
const EFS_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["backup:DeleteBackupVault","backup:DeleteBackupVaultAccessPolicy","backup:DeleteRecoveryPoint","backup:StartCopyJob","backup:StartRestoreJob","backup:UpdateRecoveryPointLifecycle"],"Resource":"*"}]}"#;

/// What is to be known about a vault beside its points.
#[derive(Debug, Clone)]
pub struct VaultFacts {
    /// Whose.
    pub account: &'static str,
    /// Where.
    pub region: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What sort of vault.
    pub kind: VaultKind,
    /// What locks it.
    pub lock: Option<Lock>,
    /// Least and most days that its points are kept.
    pub retention: Option<(u32, u32)>,
    /// Its access policy.
    pub policy: Option<&'static str>,
    /// When it was made.
    pub created: Timestamp,
}

/// The demo's vaults.
#[must_use]
pub fn demo_aws_vaults(now: Timestamp) -> Vec<VaultFacts> {
    let plain = |name, region| VaultFacts {
        account: HOME_ACCOUNT,
        region,
        name,
        kind: VaultKind::Backup,
        lock: None,
        retention: None,
        policy: None,
        created: ago(now, 900, 0),
    };
    let locked = |name, from: Option<Timestamp>| VaultFacts {
        lock: Some(from.map_or(Lock::Governance, |from| Lock::Compliance { from })),
        retention: Some((30, 2555)),
        ..plain(name, HOME_REGION)
    };
    vec![
        plain("prod", HOME_REGION),
        plain("old-project", HOME_REGION),
        VaultFacts {
            policy: Some(EFS_POLICY),
            ..plain(EFS_VAULT, HOME_REGION)
        },
        locked("finance-governance", None),
        locked("payroll-grace", Some(ago(now, -2, 0))),
        locked("audit-compliance", Some(ago(now, 300, 0))),
        VaultFacts {
            kind: VaultKind::AirGapped,
            ..locked("airgap", Some(ago(now, 120, 0)))
        },
        VaultFacts {
            kind: VaultKind::RestoreAccess,
            ..plain("restore-access", HOME_REGION)
        },
        plain("prod", OTHER_REGION),
        plain("disaster-recovery", OTHER_REGION),
        VaultFacts {
            account: SECOND_ACCOUNT,
            ..plain("staging", HOME_REGION)
        },
        VaultFacts {
            account: SECOND_ACCOUNT,
            ..plain("staging-archive", OTHER_REGION)
        },
        VaultFacts {
            account: THIRD_ACCOUNT,
            ..plain("tooling", HOME_REGION)
        },
    ]
}
