//! What can be restored from, resource by resource, over all vaults of a region (S9).

use std::collections::{BTreeSet, HashMap};

use arcstr::ArcStr;
use aws_sdk_backup::types::RecoveryPointStatus;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::{
    Aws,
    arn::{Arn, is_region},
    error,
    find::AT_ONCE,
    point::{state, timestamp},
    region::{PAGE, Pages, Patience, Region},
    vaults::{RESTORE_ACCESS, permission},
};
use crate::{
    backup::{Backup, State},
    provider::{Census, ErrorKind, Keeper, Keepers, ProviderError},
};

const LIST: &str = "ListRecoveryPointsByResource";

/// What is asked about one group.
#[derive(Debug, Default)]
struct Group<'a> {
    resource: Option<ArcStr>,
    /// Where its known backups are.
    regions: BTreeSet<&'a str>,
    backups: Vec<&'a Backup>,
}

pub(super) async fn take(aws: &Aws, backups: &[&Backup]) -> Result<Census, ProviderError> {
    let mut groups: HashMap<ArcStr, Group<'_>> = HashMap::new();
    for backup in backups {
        let group = groups.entry(backup.group.clone()).or_default();
        group.resource = group.resource.take().or_else(|| backup.resource.clone());
        group.regions.extend(backup.scope.part("region"));
        group.backups.push(backup);
    }
    let jobs: Vec<_> = groups
        .into_iter()
        .map(|(name, group)| one(aws, name, group))
        .collect();
    stream::iter(jobs)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// The keepers of one group. What cannot be read is no error, unless nothing else could be read either.
async fn one(
    aws: &Aws,
    name: ArcStr,
    group: Group<'_>,
) -> Result<(ArcStr, Keepers), ProviderError> {
    let known: HashMap<&str, &Backup> = group
        .backups
        .iter()
        .map(|backup| (backup.id.name(), *backup))
        .collect();
    let mut keepers: HashMap<String, Keeper> = group
        .backups
        .iter()
        .filter(|backup| backup.healthy() && lasts(backup.expires_at))
        .map(|backup| {
            let region = backup.scope.part("region").unwrap_or_default();
            let keeper = Keeper {
                id: backup.id.to_string(),
                place: place(Some(backup.id.container()), region),
                created_at: backup.created_at,
            };
            (keeper.id.clone(), keeper)
        })
        .collect();
    let Some(resource) = &group.resource else {
        return Ok((name, Keepers::Known(sorted(keepers))));
    };
    let mut regions = group.regions.clone();
    let home = Arn::parse(resource)
        .map(|arn| arn.region)
        .filter(|region| is_region(region));
    regions.extend(home);
    for region_name in regions {
        let of_a_backup = group.regions.contains(region_name);
        let answer = match aws.region(region_name).await {
            Ok(region) => match in_region(&region, resource, &known).await {
                Ok(found) => lasting(&region, found, &known).await,
                Err(error) => Err(error),
            },
            Err(reason) => Err(error::own(LIST, ErrorKind::Refused, reason.to_string())),
        };
        match answer {
            Ok(found) => keepers.extend(found.into_iter().map(|k| (k.id.clone(), k))),
            Err(error) if error.kind == ErrorKind::Credentials => return Err(error),
            // The resource's own region may be one that these credentials do not reach; what is there keeps nothing then.
            Err(error) if !of_a_backup => {
                tracing::info!(%error, resource = %resource, "not counted");
            }
            Err(error) => {
                let hint = error
                    .hint
                    .as_deref()
                    .map_or_else(String::new, |hint| format!("; {hint}"));
                return Ok((name, Keepers::Unreadable(format!("{error}{hint}"))));
            }
        }
    }
    Ok((name, Keepers::Known(sorted(keepers))))
}

async fn in_region(
    region: &Region,
    resource: &str,
    known: &HashMap<&str, &Backup>,
) -> Result<Vec<Keeper>, ProviderError> {
    let mut keepers = Vec::new();
    let mut pages = Pages::of(LIST);
    while pages.more() {
        let page = region
            .read(LIST, Patience::Repeat, || {
                region
                    .client
                    .list_recovery_points_by_resource()
                    .resource_arn(resource)
                    .max_results(PAGE)
                    .set_next_token(pages.token())
                    .send()
            })
            .await
            .map_err(|error| permission(error, "backup:ListRecoveryPointsByResource"))?;
        for point in page.recovery_points.unwrap_or_default() {
            let arn = point.recovery_point_arn.filter(|arn| !arn.is_empty());
            let status = point.status.as_ref().map(RecoveryPointStatus::as_str);
            let elsewhere = point
                .vault_type
                .as_ref()
                .is_some_and(|kind| kind.as_str() == RESTORE_ACCESS);
            let (Some(arn), State::Healthy, false) = (arn, state(status), elsewhere) else {
                continue;
            };
            let vault = point.backup_vault_name.filter(|name| !name.is_empty());
            // One that was just looked at is counted by what was seen then, under the id that a plan has for it: AWS does
            // not always tell the vault, and a backup that goes must not count as one that stays.
            let id = match (known.get(arn.as_str()), &vault) {
                (Some(known), None) => {
                    if !known.healthy() {
                        continue;
                    }
                    known.id.to_string()
                }
                (Some(known), Some(vault)) if known.id.container() == vault && !known.healthy() => {
                    continue;
                }
                (Some(_) | None, Some(vault)) => format!("{vault}/{arn}"),
                (None, None) => arn,
            };
            keepers.push(Keeper {
                id,
                place: place(vault.as_deref(), &region.name),
                created_at: point.creation_date.as_ref().and_then(timestamp),
            });
        }
        pages.turn(page.next_token)?;
    }
    Ok(keepers)
}

/// The most points that are described to find one that stays.
const DESCRIBED: usize = 20;

/// Without those that AWS is about to delete by itself: the list does not tell their lifecycle, so the newest are described
/// until one is found that stays. Older ones are then taken as they are listed; what cannot be told keeps nothing (S9).
async fn lasting(
    region: &Region,
    mut found: Vec<Keeper>,
    known: &HashMap<&str, &Backup>,
) -> Result<Vec<Keeper>, ProviderError> {
    found.sort_by_key(|keeper| std::cmp::Reverse(keeper.created_at));
    let mut keepers = Vec::new();
    let mut described = 0_usize;
    let mut proven = false;
    for keeper in found {
        let Some(at) = keeper.id.find("/arn:") else {
            // AWS does not always tell the vault, and without it there is nothing to describe.
            keepers.push(keeper);
            continue;
        };
        let (vault, arn) = keeper.id.split_at(at);
        let arn = arn.trim_start_matches('/');
        if let Some(seen) = known.get(arn) {
            if lasts(seen.expires_at) {
                keepers.push(keeper);
            }
            continue;
        }
        if !proven {
            if described >= DESCRIBED {
                break;
            }
            described = described.saturating_add(1);
            let point = region
                .read("DescribeRecoveryPoint", Patience::Repeat, || {
                    region
                        .client
                        .describe_recovery_point()
                        .backup_vault_name(vault)
                        .recovery_point_arn(arn)
                        .send()
                })
                .await;
            let expires_at = match point {
                Ok(point) => point
                    .calculated_lifecycle
                    .and_then(|lifecycle| lifecycle.delete_at)
                    .as_ref()
                    .and_then(timestamp),
                Err(error) if error.kind == ErrorKind::Credentials => return Err(error),
                Err(error) => {
                    tracing::info!(%error, keeper = %keeper.id, "not counted");
                    continue;
                }
            };
            if !lasts(expires_at) {
                continue;
            }
            proven = true;
        }
        keepers.push(keeper);
    }
    Ok(keepers)
}

/// Whether it is not past the end of its lifecycle: from then on AWS deletes it within hours.
fn lasts(expires_at: Option<Timestamp>) -> bool {
    expires_at.is_none_or(|at| at > Timestamp::now())
}

fn place(vault: Option<&str>, region: &str) -> String {
    match vault {
        Some(vault) => format!("{vault} in {region}"),
        None => region.to_owned(),
    }
}

/// The newest first.
fn sorted(keepers: HashMap<String, Keeper>) -> Vec<Keeper> {
    let mut keepers: Vec<Keeper> = keepers.into_values().collect();
    keepers.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
    keepers
}
