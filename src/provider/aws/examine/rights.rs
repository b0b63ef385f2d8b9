//! What these credentials may, by asking for something small under each right that reads.
//!
//! Deleting cannot be tried without doing it, so it is said to be unknown, with what it takes.

use std::sync::Arc;

use aws_sdk_backup::types::RecoveryPointByBackupVault;

use super::super::{
    Aws, Request, account,
    arn::Arn,
    find::{self, DESCRIBE},
    holds,
    list::LIST,
    region::{Patience, Region},
    vaults::{LIST_VAULTS, Vault, Vaults, no_such_vault, permission},
};
use crate::{
    backup::Protection,
    provider::{Check, ErrorKind, Need, ProviderError, Standing},
};

/// The smallest page: of points of an RDS resource AWS gives no smaller one.
const FEW: i32 = 20;

const BY_RESOURCE: &str = "ListRecoveryPointsByResource";
const TAGS: &str = "ListTags";

// What is less without a right.
const LAST_COPY: &str = "without it every backup counts as the last of its resource";
const HOLDS: &str = "without it legal holds are not seen, and AWS alone refuses what one holds";

const NOT_TRIED: &str = "not tried: what goes before it does not work";

/// Tries every right in every region that is meant.
pub(super) async fn probe(aws: &Aws, request: &Request) -> Vec<Check> {
    let mut checks = Vec::new();
    let regions = match aws.regions().await {
        Ok((regions, left_out)) => {
            if request.all_regions {
                let found = format!("allowed; regions that may be used: {}", regions.len());
                checks.push(Check::right(account::RIGHT, Need::Must, Ok(found)));
            }
            checks.extend(left_out.map(|note| Check::new("region", Standing::Note, note)));
            regions
        }
        Err(error) => {
            checks.push(Check::right(account::RIGHT, Need::Must, Err(&error)));
            return checks;
        }
    };
    let mut looked_in = Vec::new();
    for region in &regions {
        let (found, vaults) = in_region(aws, region).await;
        let place = |check: Check| {
            let account = aws.account();
            let check = check.with("region", region.name.as_str());
            check.with("account", account)
        };
        checks.extend(found.into_iter().map(place));
        looked_in.extend(vaults.map(|vaults| (region.name.as_str(), vaults)));
    }
    if looked_in.len() == regions.len() {
        let looked_in: Vec<(&str, &Vaults)> = looked_in
            .iter()
            .map(|(name, vaults)| (*name, vaults.as_ref()))
            .collect();
        for name in aws.names.unmatched(&looked_in) {
            let error = no_such_vault(name, aws.account(), &looked_in);
            let check = Check::failed("vaults", &error).about(name);
            checks.push(if request.roles.len() > 1 {
                // Another account may have it.
                let standing = Standing::Note;
                Check { standing, ..check }
            } else {
                check
            });
        }
    }
    let takes = "nothing shows it but deleting: see `bkdel doctor aws --print-policy`";
    checks.push(Check::untried("backup:DeleteRecoveryPoint", takes));
    checks
}

/// The rights in one region, and its vaults where they may be listed.
async fn in_region(aws: &Aws, region: &Region) -> (Vec<Check>, Option<Arc<Vaults>>) {
    let mut checks = Vec::new();
    let vaults = Vaults::read(region).await;
    let found = vaults.as_ref().map(|vaults| {
        format!(
            "allowed in {}; vaults: {}",
            region.name,
            vaults.iter().count()
        )
    });
    checks.push(Check::right(&right(LIST_VAULTS), Need::Must, found));
    let Ok(vaults) = vaults else {
        for name in [LIST, DESCRIBE] {
            checks.push(Check::untried(&right(name), NOT_TRIED));
        }
        return (checks, None);
    };
    let wanted: Vec<&Arc<Vault>> = vaults
        .iter()
        .filter(|vault| aws.names.admits(&vault.name))
        .collect();
    checks.extend(locked(&wanted));
    let tried: Vec<&Arc<Vault>> = if aws.names.is_any() {
        // Whoever names no vault wants to know about the account: one that holds something shows that.
        let fullest = wanted.iter().copied().max_by_key(|vault| vault.points);
        fullest.into_iter().collect()
    } else {
        wanted
    };
    let mut point = None;
    for vault in tried {
        let answer = first_point(region, vault).await;
        let found = answer
            .as_ref()
            .map(|_| format!("allowed on vault {} in {}", vault.name, region.name));
        checks.push(Check::right(&right(LIST), Need::Must, found));
        if let Ok(Some(found)) = answer {
            point.get_or_insert((vault, found));
        }
    }
    match &point {
        Some((vault, point)) => checks.extend(of_point(region, vault, point).await),
        None => checks.push(Check::untried(
            &right(DESCRIBE),
            format!("not tried: no recovery point was seen in {}", region.name),
        )),
    }
    checks.extend(of_holds(region).await);
    (checks, Some(vaults))
}

fn right(operation: &str) -> String {
    format!("backup:{operation}")
}

/// The vaults from which nothing can be deleted, in one line.
fn locked(vaults: &[&Arc<Vault>]) -> Option<Check> {
    const SHOWN: usize = 5;
    let mut locked = Vec::new();
    for vault in vaults {
        if let Some(Protection::VaultLock { mode, .. }) = vault.locked() {
            locked.push(format!("{} ({mode})", vault.name));
        }
    }
    let more = match locked.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown: Vec<&str> = locked.iter().take(SHOWN).map(String::as_str).collect();
    let found = format!(
        "{} of {} locked, nothing in them can be deleted: {}{more}",
        locked.len(),
        vaults.len(),
        shown.join(", ")
    );
    let check = Check::new("vaults", Standing::Note, found);
    (!locked.is_empty()).then(|| check.with("locked", locked))
}

async fn first_point(
    region: &Region,
    vault: &Vault,
) -> Result<Option<RecoveryPointByBackupVault>, ProviderError> {
    let call = || {
        region
            .client
            .list_recovery_points_by_backup_vault()
            .backup_vault_name(&*vault.name)
            .max_results(FEW)
            .send()
    };
    let page = region
        .read(LIST, Patience::Repeat, call)
        .await
        .map_err(|error| permission(error, &format!("{} on vault {}", right(LIST), vault.name)))?;
    // One of AWS Backup's own tells its tags, which the others need not.
    let mut points = page.recovery_points.unwrap_or_default();
    points.sort_by_key(|point| {
        let arn = point.recovery_point_arn.as_deref().and_then(Arn::parse);
        arn.is_none_or(|arn| arn.service != "backup")
    });
    Ok(points.into_iter().next())
}

/// The rights that need a recovery point to be asked about.
async fn of_point(
    region: &Region,
    vault: &Vault,
    point: &RecoveryPointByBackupVault,
) -> Vec<Check> {
    let mut checks = Vec::new();
    let arn = point.recovery_point_arn.as_deref().unwrap_or_default();
    let described = find::describe(region, vault, arn, Patience::Repeat).await;
    let found = described.as_ref().map(|_| format!("allowed on {arn}"));
    checks.push(Check::right(&right(DESCRIBE), Need::Must, found));
    if let Some(resource) = &point.resource_arn {
        let call = || {
            region
                .client
                .list_recovery_points_by_resource()
                .resource_arn(resource)
                .max_results(FEW)
                .send()
        };
        let answer = region.read(BY_RESOURCE, Patience::Repeat, call).await;
        checks.push(should(BY_RESOURCE, &answer.map(drop), LAST_COPY));
    }
    let call = || {
        region
            .client
            .list_tags()
            .resource_arn(arn)
            .max_results(FEW)
            .send()
    };
    let answer = match region.read(TAGS, Patience::Repeat, call).await {
        // The point is another service's, whose tags AWS Backup does not know; it was allowed to ask.
        Err(error) if matches!(error.kind, ErrorKind::Refused | ErrorKind::NotFound) => Ok(()),
        answer => answer.map(drop),
    };
    checks.push(should(
        TAGS,
        &answer,
        "without it a bkdel:keep tag is not seen",
    ));
    checks
}

/// A right without which less is seen: what that is.
fn should(operation: &str, answer: &Result<(), ProviderError>, without: &str) -> Check {
    let name = right(operation);
    let answer = answer.as_ref().map(|()| "allowed".to_owned());
    let mut check = Check::right(&name, Need::Should, answer);
    if check.kind == Some(ErrorKind::Permission) {
        check.hint = Some(format!("allow {name}: {without}"));
    }
    check
}

async fn of_holds(region: &Region) -> Vec<Check> {
    let listed = holds::list(region).await;
    let answer = listed.as_ref().map(drop).map_err(Clone::clone);
    let mut checks = vec![should(holds::LIST, &answer, HOLDS)];
    if let Ok(listed) = listed
        && let Some((id, _)) = listed.first()
    {
        let call = || {
            region
                .client
                .list_recovery_points_by_legal_hold()
                .legal_hold_id(id)
                .max_results(FEW)
                .send()
        };
        let answer = region.read(holds::MEMBERS, Patience::Repeat, call).await;
        checks.push(should(holds::MEMBERS, &answer.map(drop), HOLDS));
    }
    checks
}
