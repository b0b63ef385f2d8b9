//! A vault itself, where it is to go too: as something that can be planned, looked at a last time, and deleted.
//!
//! AWS deletes only an empty vault, and counts points for a while that are gone already; so what it refuses for its
//! contents is asked again, after another look at them. Whether it is gone, `ListBackupVaults` tells.

use std::sync::Arc;

use super::{
    Aws,
    arn::Arn,
    endpoint, error,
    filters::Filters,
    list,
    mutate::{self, own_fault, region_of},
    region::{Patience, Region},
    vaults::{LIST_VAULTS, Vault, Vaults, permission},
};
use crate::{
    backup::{Attributes, Backup, BackupId, Provider, State, Subject, Target},
    plan::Approved,
    provider::{Accepted, ErrorKind, Found, ProviderError, Reading, Removal, Sent},
};

pub(super) const DELETE: &str = "DeleteBackupVault";

/// What AWS says of a vault that is not empty, or that it takes for that.
const NOT_EMPTY: &str = "contains recovery points";

/// How many points of a vault that is not empty are named.
const NAMED: usize = 3;

impl Vault {
    /// The vault as what can go itself; `None` where AWS does not tell its ARN.
    pub(super) fn itself(&self) -> Option<Backup> {
        let arn = self.arn.as_deref()?;
        Some(Backup {
            id: BackupId::new(Provider::Aws, self.name.clone(), arn),
            scope: Arc::clone(&self.scope),
            resource: None,
            group: arn.into(),
            kind: Some("Vault".into()),
            name: None,
            created_at: self.created_at,
            timeless: false,
            expires_at: None,
            size_bytes: None,
            status: None,
            state: State::Damaged,
            protection: self.protection.clone(),
            side_effect: None,
            parent: None,
            tags: None,
            attributes: Attributes::default(),
        })
    }
}

/// The vaults in scope.
pub(super) async fn in_scope(aws: &Aws) -> Result<Vec<Backup>, ProviderError> {
    let (regions, _) = aws.regions().await?;
    let mut found = Vec::new();
    for region in regions {
        let vaults = Vaults::read(&region).await?;
        for vault in vaults.iter().filter(|one| aws.names.admits(&one.name)) {
            let itself = vault.itself().ok_or_else(|| {
                error::own(
                    LIST_VAULTS,
                    ErrorKind::Malformed,
                    format!("vault {} without an ARN", vault.name),
                )
            })?;
            found.push(itself);
        }
    }
    Ok(found)
}

/// The vault of this very ARN, if the region has it.
pub(super) fn of_target<'a>(vaults: &'a Vaults, target: &Target) -> Option<&'a Arc<Vault>> {
    vaults
        .find(target.container.as_deref()?)
        .filter(|vault| vault.arn.as_deref() == Some(&*target.name))
}

/// The region of a vault that is meant itself: nobody names one by its id, but a record does.
pub(super) fn region_of_target(target: &Target) -> Option<&str> {
    let id = BackupId::new(
        Provider::Aws,
        target.container.as_deref()?,
        target.name.as_str(),
    );
    match id.subject() {
        Subject::Backup => None,
        Subject::Vault => Arn::parse(&target.name).map(|arn| arn.region),
    }
}

/// Vaults that were to go themselves, as they are now.
pub(super) async fn find_again(
    region: &Region,
    targets: &[&Target],
    found: &mut Found,
) -> Result<(), ProviderError> {
    let vaults = Vaults::read(region).await?;
    for target in targets {
        match of_target(&vaults, target).and_then(|vault| vault.itself()) {
            Some(vault) => found.backups.push(vault),
            None => found.absent.push(BackupId::new(
                Provider::Aws,
                target.container.as_deref().unwrap_or_default(),
                target.name.as_str(),
            )),
        }
    }
    Ok(())
}

/// The one request that deletes the vault.
pub(super) fn removal(
    aws: &Aws,
    approved: &Approved,
    vault: &Arc<Backup>,
) -> Result<Removal, ProviderError> {
    let path = endpoint::vault_path(vault.id.container());
    mutate::removal(aws, approved, vault, (DELETE, &path))
}

/// Whether the vault is still the one that was planned, unlocked, and empty to the last page of its list.
pub(super) async fn still_empty(aws: &Aws, planned: &Backup) -> Result<(), ProviderError> {
    let unfit = |kind, message: String| ProviderError {
        sent: Sent::No,
        ..error::own(list::LIST, kind, message)
    };
    let region = region_of(aws, planned)
        .ok_or_else(|| own_fault(DELETE, "a vault in a region that was not set up"))?;
    let vaults = Vaults::read(&region).await?;
    let name = planned.id.container();
    let Some(vault) = vaults.find(name) else {
        return Err(unfit(
            ErrorKind::NotFound,
            format!("there is no vault {name} any more"),
        ));
    };
    if vault.arn.as_deref() != Some(planned.id.name()) || vault.created_at != planned.created_at {
        return Err(unfit(
            ErrorKind::Drift,
            format!("not sent: another vault has the name {name} by now"),
        ));
    }
    if let Some(protection) = vault.protection.first() {
        return Err(unfit(
            ErrorKind::Protected,
            format!("not sent: the vault is protected by now: {protection}"),
        ));
    }
    let mut held = 0_usize;
    let mut named = Vec::new();
    list::points(
        &region,
        vault,
        &Filters::default(),
        Patience::Repeat,
        &mut |page| {
            held = held.saturating_add(page.len());
            let room = NAMED.saturating_sub(named.len());
            named.extend(page.into_iter().take(room).map(|point| point.arn));
        },
    )
    .await?;
    if held > 0 {
        let more = match held.saturating_sub(named.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = error::clean(named.join(", "));
        return Err(unfit(
            ErrorKind::Guard,
            format!("not sent: the vault holds {named}{more}"),
        )
        .with_hint("look at what came in, or stays, with `bkdel aws list --vault`"));
    }
    if !vault.fits(0) {
        return Err(unfit(
            ErrorKind::Incomplete,
            format!(
                "not sent: the vault's list is empty, but AWS counts {} recovery points in it",
                vault.points
            ),
        ));
    }
    Ok(())
}

/// Sends the request once.
pub(super) async fn delete(aws: &Aws, vault: &Backup) -> Result<Accepted, ProviderError> {
    let Some(region) = region_of(aws, vault) else {
        return Err(own_fault(DELETE, "a vault in a region that was not set up"));
    };
    let call = |status| {
        region
            .client
            .delete_backup_vault()
            .backup_vault_name(vault.id.container())
            .customize()
            .interceptor(status)
            .send()
    };
    match mutate::once(&region, DELETE, call).await {
        Ok(accepted) => Ok(accepted),
        Err(error) => Err(explain(&region, vault, error).await),
    }
}

/// Finds out what a refusal is about: an absent vault is "access denied" to AWS, and a lock's words are documented nowhere.
async fn explain(region: &Region, planned: &Backup, error: ProviderError) -> ProviderError {
    if !matches!(error.kind, ErrorKind::Permission | ErrorKind::Refused) {
        return error;
    }
    if error.kind == ErrorKind::Refused && error.message.contains(NOT_EMPTY) {
        return ProviderError {
            kind: ErrorKind::Conflict,
            ..error
        }
        .with_hint("AWS may count points for a while that are gone: give the same command again");
    }
    let name = planned.id.container();
    if let Some(vaults) = region.recent_vaults().await {
        match vaults.find(name) {
            None => {
                return ProviderError {
                    kind: ErrorKind::NoSuchScope,
                    ..error
                };
            }
            Some(vault) => {
                if let Some(lock) = vault.locked() {
                    return ProviderError {
                        kind: ErrorKind::Protected,
                        message: format!("{lock}: {}", error.message),
                        ..error
                    };
                }
            }
        }
    }
    if error.kind == ErrorKind::Permission && error.message.contains("resource-based policy") {
        return error.with_hint(format!(
            "the access policy of vault {name} denies it: `aws backup get-backup-vault-access-policy --backup-vault-name {name}`"
        ));
    }
    permission(error, &format!("{DELETE_ACTION} on {}", planned.id.name()))
}

const DELETE_ACTION: &str = "backup:DeleteBackupVault";

/// Whether the region still lists them.
pub(super) async fn read_back(region: &Region, vaults: &[&Backup]) -> Vec<Reading> {
    match Vaults::read_once(region).await {
        Ok(there) => vaults
            .iter()
            .map(|vault| match of_target(&there, &Target::of(&vault.id)) {
                Some(_) => Reading::Present(None),
                None => Reading::Gone(LIST_VAULTS),
            })
            .collect(),
        Err(error) => vaults
            .iter()
            .map(|_| Reading::unreadable(error.clone()))
            .collect(),
    }
}
