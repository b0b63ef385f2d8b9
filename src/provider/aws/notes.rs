//! What a person must know before saying yes, one sentence each.

use jiff::Timestamp;

use crate::backup::Backup;

/// The vault that AWS makes for EFS, whose policy denies deletion to everybody.
pub(super) const EFS_VAULT: &str = "aws/efs/automatic-backup-vault";

pub(super) fn on(chosen: &[&Backup], now: Timestamp) -> Vec<String> {
    let attribute = |backup: &Backup, name: &str| {
        backup
            .attributes
            .find(name)
            .and_then(|value| value.as_str().map(ToOwned::to_owned))
    };
    let count =
        |fits: &dyn Fn(&Backup) -> bool| chosen.iter().filter(|backup| fits(backup)).count();
    let cold = count(&|backup| attribute(backup, "storage_class").as_deref() == Some("COLD"));
    let late = count(&|backup| backup.expires_at.is_some_and(|at| at < now));
    let copies = count(&|backup| attribute(backup, "source_backup_vault_arn").is_some());
    let nested = count(&|backup| backup.parent.is_some());
    let volumes = count(&|backup| backup.kind.as_deref() == Some("EBS"));
    let efs = count(&|backup| backup.id.container() == EFS_VAULT);
    let notes = [
        (
            cold,
            format!(
                "{cold} in cold storage: AWS charges at least 90 days of it, also where it is deleted earlier"
            ),
        ),
        (
            late,
            format!(
                "{late} past the end of their lifecycle: AWS deletes these by itself within about 8 hours"
            ),
        ),
        (
            copies,
            format!(
                "{copies} are copies: what they were copied from, and copies in other vaults, stay"
            ),
        ),
        (
            nested,
            format!(
                "{nested} are parts of a composite recovery point: the whole goes first, and may take its parts along"
            ),
        ),
        (
            volumes,
            format!(
                "{volumes} are EBS snapshots, which are incremental: their sizes are upper bounds of what is freed"
            ),
        ),
        (
            efs,
            format!(
                "the access policy that AWS gives {EFS_VAULT} denies deletion to everybody: it must be changed first (`aws backup put-backup-vault-access-policy`)"
            ),
        ),
    ];
    notes
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(_, note)| note)
        .collect()
}
