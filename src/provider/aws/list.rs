//! Listing: every recovery point of the vaults in scope, whole or not at all (S3).

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Aws, error,
    holds::Holds,
    point::{Point, Words},
    region::{PAGE, Pages, Patience, Region},
    vaults::{Vault, Vaults, no_such_vault, permission},
};
use crate::{
    backup::Backup,
    provider::{ErrorKind, Progress, ProviderError, Seen, Survey, Wants},
};

/// The call that lists a vault.
pub(super) const LIST: &str = "ListRecoveryPointsByBackupVault";

/// How many vaults, and how many regions, are read at once.
const AT_ONCE: usize = 8;

/// Everything in scope.
pub(super) async fn all(
    aws: &Aws,
    _wants: &Wants,
    progress: Progress<'_>,
) -> Result<Survey, ProviderError> {
    let regions: Vec<_> = aws.scope.iter().map(read_region).collect();
    let regions: Vec<(Arc<Region>, Arc<Vaults>, Arc<Holds>)> = stream::iter(regions)
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let looked_in: Vec<(&str, &Vaults)> = regions
        .iter()
        .map(|(region, vaults, _)| (region.name.as_str(), &**vaults))
        .collect();
    if let Some(name) = aws.names.unmatched(&looked_in) {
        return Err(no_such_vault(name, &looked_in));
    }
    let seen = AtomicUsize::new(0);
    let mut jobs = Vec::new();
    for (region, vaults, holds) in &regions {
        for vault in vaults.iter().filter(|vault| aws.names.admits(&vault.name)) {
            jobs.push(read_vault(region, vault, holds, &seen, progress));
        }
    }
    let vaults: Vec<Vec<Backup>> = stream::iter(jobs).buffered(AT_ONCE).try_collect().await?;
    Ok(Survey {
        backups: vaults.into_iter().flatten().collect(),
        notes: regions
            .iter()
            .filter_map(|(_, _, holds)| holds.note.clone())
            .collect(),
        ..Survey::default()
    })
}

async fn read_region(
    region: &Arc<Region>,
) -> Result<(Arc<Region>, Arc<Vaults>, Arc<Holds>), ProviderError> {
    let (vaults, holds) = tokio::try_join!(Vaults::read(region), Holds::read(region))?;
    Ok((Arc::clone(region), vaults, Arc::new(holds)))
}

async fn read_vault(
    region: &Region,
    vault: &Vault,
    holds: &Holds,
    seen: &AtomicUsize,
    progress: Progress<'_>,
) -> Result<Vec<Backup>, ProviderError> {
    let backups = read_pages(region, vault, holds, seen, progress).await?;
    if vault.fits(backups.len()) {
        return Ok(backups);
    }
    // Much may have gone since the vaults were counted; what is far off now is no whole list.
    let vaults = Vaults::read(region).await?;
    let now = vaults
        .find(&vault.name)
        .ok_or_else(|| no_such_vault(&vault.name, &[(&region.name, &vaults)]))?;
    if now.fits(backups.len()) {
        return Ok(backups);
    }
    Err(error::own(
        LIST,
        ErrorKind::Incomplete,
        format!(
            "the list is not whole: vault {} holds {} recovery points, and {} were listed",
            vault.name,
            now.points,
            backups.len()
        ),
    ))
}

async fn read_pages(
    region: &Region,
    vault: &Vault,
    holds: &Holds,
    seen: &AtomicUsize,
    progress: Progress<'_>,
) -> Result<Vec<Backup>, ProviderError> {
    let mut words = Words::default();
    let mut backups = Vec::new();
    points(region, vault, None, Patience::Repeat, &mut |page| {
        let before = seen.fetch_add(page.len(), Ordering::Relaxed);
        progress(Seen {
            backups: before.saturating_add(page.len()),
            ..Seen::default()
        });
        backups.extend(
            page.into_iter()
                .map(|point| point.backup(vault, holds, &mut words)),
        );
    })
    .await?;
    Ok(unique(backups))
}

/// A point that moves while pages are read can be on two of them.
fn unique(mut backups: Vec<Backup>) -> Vec<Backup> {
    let mut seen = HashSet::new();
    let first: Vec<bool> = backups
        .iter()
        .map(|backup| seen.insert(backup.id.name()))
        .collect();
    if first.contains(&false) {
        let mut first = first.into_iter();
        backups.retain(|_| first.next().unwrap_or(true));
    }
    backups
}

/// Reads a vault's list page by page; with `parent`, only what is nested in it.
pub(super) async fn points(
    region: &Region,
    vault: &Vault,
    parent: Option<&str>,
    patience: Patience,
    take: &mut (dyn FnMut(Vec<Point>) + Send),
) -> Result<(), ProviderError> {
    let mut pages = Pages::of(LIST);
    while pages.more() {
        let call = || {
            region
                .client
                .list_recovery_points_by_backup_vault()
                .backup_vault_name(&*vault.name)
                .set_by_parent_recovery_point_arn(parent.map(ToOwned::to_owned))
                .max_results(PAGE)
                .set_next_token(pages.token())
                .send()
        };
        let page = region.read(LIST, patience, call).await.map_err(|error| {
            permission(
                error,
                &format!(
                    "backup:ListRecoveryPointsByBackupVault on vault {}",
                    vault.name
                ),
            )
        })?;
        let points = page
            .recovery_points
            .ok_or_else(|| error::own(LIST, ErrorKind::Malformed, "an answer without a list"))?
            .into_iter()
            .map(Point::listed)
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                error::own(
                    LIST,
                    ErrorKind::Malformed,
                    format!("a recovery point without an ARN in vault {}", vault.name),
                )
            })?;
        take(points);
        pages.turn(page.next_token)?;
    }
    Ok(())
}
