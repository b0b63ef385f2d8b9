//! Looking up what was named, with all that protects it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use arcstr::ArcStr;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Aws,
    arn::Arn,
    error,
    filters::Filters,
    holds::Holds,
    list, notes,
    point::{Point, Words},
    region::{Patience, Region},
    tags, vault as itself,
    vaults::{Vault, Vaults, no_such_vault, permission},
};
use crate::{
    backup::{Backup, BackupId, Provider, Target},
    provider::{ErrorKind, Found, ProviderError},
};

/// The call that tells about one recovery point.
pub(super) const DESCRIBE: &str = "DescribeRecoveryPoint";

/// How many calls of one kind are under way at once.
pub(super) const AT_ONCE: usize = 10;

/// How many vaults are looked into at once.
const VAULTS_AT_ONCE: usize = 4;

/// From how many ids of one vault on listing it is considered.
const MANY: usize = 100;

/// Per vault, the ARNs that were named in it.
type Wanted = BTreeMap<String, Vec<String>>;

/// What a vault that is not there means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoVault {
    /// A slip in its name.
    Mistake,
    /// It was there, and could be deleted only once it was empty.
    Emptied,
}

pub(super) async fn find(
    aws: &Aws,
    targets: &[Target],
    no_vault: NoVault,
) -> Result<Found, ProviderError> {
    let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
    let mut asked = HashSet::new();
    let mut going_too: BTreeMap<String, Vec<&Target>> = BTreeMap::new();
    for target in targets {
        if let (Some(region), NoVault::Emptied) = (itself::region_of_target(target), no_vault) {
            going_too.entry(region.to_owned()).or_default().push(target);
            continue;
        }
        let (vault, region) = place(target)?;
        if asked.insert(target) {
            let vaults = wanted.entry(region.to_owned()).or_default();
            vaults
                .entry(vault.to_owned())
                .or_default()
                .push(target.name.clone());
        }
    }
    let mut found = Found::default();
    for (name, wanted) in &wanted {
        let region = aws
            .region(name)
            .await
            .map_err(|reason| error::own(DESCRIBE, ErrorKind::Refused, reason.to_string()))?;
        Box::pin(in_region(aws, &region, wanted, no_vault, &mut found)).await?;
    }
    sort(&mut found, targets);
    let notes = tags::fill(aws, found.backups.iter_mut().collect()).await?;
    found.notes.extend(notes);
    let chosen: Vec<&Backup> = found.backups.iter().collect();
    let notes = notes::on(&chosen, jiff::Timestamp::now());
    found.notes.extend(notes);
    for (name, targets) in going_too {
        let region = aws
            .region(&name)
            .await
            .map_err(|reason| error::own(DESCRIBE, ErrorKind::Refused, reason.to_string()))?;
        itself::find_again(&region, &targets, &mut found).await?;
    }
    Ok(found)
}

fn place(target: &Target) -> Result<(&str, &str), ProviderError> {
    let region = Arn::parse(&target.name)
        .filter(|arn| arn.store().is_some())
        .map(|arn| arn.region);
    match (target.container.as_deref(), region) {
        (Some(vault), Some(region)) => Ok((vault, region)),
        (None, _) | (_, None) => Err(error::own(
            DESCRIBE,
            ErrorKind::Refused,
            format!("{target} does not name one recovery point in one vault"),
        )),
    }
}

/// What was found in one vault.
struct InVault {
    vault: Arc<Vault>,
    backups: Vec<Backup>,
    absent: Vec<BackupId>,
    total: u64,
}

async fn in_region(
    aws: &Aws,
    region: &Region,
    wanted: &Wanted,
    no_vault: NoVault,
    found: &mut Found,
) -> Result<(), ProviderError> {
    let (vaults, holds) = tokio::try_join!(Vaults::read(region), Holds::read(region))?;
    found.notes.extend(holds.note.clone());
    // Every vault is checked before the first point is read: AWS says "access denied" of a vault that is not there.
    let mut jobs = Vec::new();
    for (name, arns) in wanted {
        if let Some(vault) = vaults.find(name) {
            jobs.push(in_vault(region, Arc::clone(vault), &holds, arns));
            continue;
        }
        // An ARN that names no account is looked for in each of several: only where none has the vault it is a mistake.
        let place = format!("{}/{name}", region.name);
        let named = match no_vault {
            NoVault::Mistake => arns.iter().any(|arn| names_account(arn)),
            NoVault::Emptied => arns.iter().any(|arn| !aws.may_own(arn)),
        };
        let missing = no_such_vault(name, aws.account(), &[(&region.name, &vaults)]);
        if named {
            return Err(missing);
        }
        let nowhere = aws.names.nowhere(&place, aws.held.account_key(), missing);
        if let (Some(nowhere), NoVault::Mistake) = (nowhere, no_vault) {
            return Err(nowhere);
        }
        let name: ArcStr = name.as_str().into();
        let absent = arns
            .iter()
            .map(|arn| BackupId::new(Provider::Aws, name.clone(), arn.as_str()));
        found.absent.extend(absent);
    }
    let parts: Vec<InVault> = stream::iter(jobs)
        .buffered(VAULTS_AT_ONCE)
        .try_collect()
        .await?;
    for part in parts {
        found
            .totals
            .insert(Arc::clone(&part.vault.scope), part.total);
        found.backups.extend(part.backups);
        found.absent.extend(part.absent);
    }
    Ok(())
}

async fn in_vault(
    region: &Region,
    vault: Arc<Vault>,
    holds: &Holds,
    arns: &[String],
) -> Result<InVault, ProviderError> {
    let calls = u64::try_from(arns.len()).unwrap_or(u64::MAX);
    let (mut there, total) = if arns.len() > MANY && vault.pages() < calls {
        by_list(region, &vault, arns).await?
    } else {
        (by_description(region, &vault, arns).await?, vault.points)
    };
    let mut part = InVault {
        vault: Arc::clone(&vault),
        backups: Vec::new(),
        absent: Vec::new(),
        total,
    };
    let mut words = Words::default();
    let mut parents = Vec::new();
    for arn in arns {
        if let Some(point) = there.remove(arn) {
            if point.is_parent {
                parents.push(arn.clone());
            }
            part.backups.push(point.backup(&vault, holds, &mut words));
        } else {
            same_account(&vault, arn)?;
            part.absent.push(BackupId::new(
                Provider::Aws,
                vault.name.clone(),
                arn.as_str(),
            ));
        }
    }
    let mut seen: HashSet<BackupId> = part
        .backups
        .iter()
        .map(|backup| backup.id.clone())
        .collect();
    for nested in members(region, &vault, &parents).await? {
        let backup = nested.backup(&vault, holds, &mut words);
        if seen.insert(backup.id.clone()) {
            part.backups.push(backup);
        }
    }
    Ok(part)
}

fn names_account(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| !arn.account.is_empty())
}

/// Many accounts have a vault of the same name: what is not in this account's is not gone, if its ARN is another's.
fn same_account(vault: &Vault, arn: &str) -> Result<(), ProviderError> {
    let owner = Arn::parse(arn)
        .map(|arn| arn.account)
        .filter(|account| !account.is_empty());
    match (owner, vault.scope.part("account")) {
        (Some(owner), Some(here)) if owner != here => Err(error::own(
            DESCRIBE,
            ErrorKind::NoSuchScope,
            format!(
                "{}/{arn} belongs to account {owner}, and these credentials are of {here}",
                vault.name
            ),
        )
        .with_hint(
            "name the profile of that account with --profile, or a role in it with --role-arn",
        )),
        _ => Ok(()),
    }
}

/// The named points by their ARNs, from the vault's whole list, and how many it holds.
async fn by_list(
    region: &Region,
    vault: &Vault,
    arns: &[String],
) -> Result<(HashMap<String, Point>, u64), ProviderError> {
    let mut there = HashMap::new();
    let mut total = 0_u64;
    let names: HashSet<&str> = arns.iter().map(String::as_str).collect();
    list::points(
        region,
        vault,
        &Filters::default(),
        Patience::Repeat,
        &mut |page| {
            total = total.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX));
            there.extend(
                page.into_iter()
                    .filter(|point| names.contains(point.arn.as_str()))
                    .map(|point| (point.arn.clone(), point)),
            );
        },
    )
    .await?;
    if total < vault.points {
        // What is not on a list that may be cut is not proven absent.
        let missing: Vec<String> = arns
            .iter()
            .filter(|arn| !there.contains_key(*arn))
            .cloned()
            .collect();
        there.extend(by_description(region, vault, &missing).await?);
    }
    Ok((there, total.max(vault.points)))
}

/// The named points by their ARNs, one by one.
async fn by_description(
    region: &Region,
    vault: &Vault,
    arns: &[String],
) -> Result<HashMap<String, Point>, ProviderError> {
    let jobs: Vec<_> = arns
        .iter()
        .map(|arn| describe(region, vault, arn, Patience::Repeat))
        .collect();
    let points: Vec<Option<Point>> = stream::iter(jobs)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(points
        .into_iter()
        .flatten()
        .map(|point| (point.arn.clone(), point))
        .collect())
}

/// What AWS tells about one recovery point of a vault that is there; `None` where there is none.
pub(super) async fn describe(
    region: &Region,
    vault: &Vault,
    arn: &str,
    patience: Patience,
) -> Result<Option<Point>, ProviderError> {
    let call = || {
        region
            .client
            .describe_recovery_point()
            .backup_vault_name(&*vault.name)
            .recovery_point_arn(arn)
            .send()
    };
    let answer = match region.read(DESCRIBE, patience, call).await {
        Ok(answer) => answer,
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(permission(
                error,
                &format!("backup:DescribeRecoveryPoint on {arn}"),
            ));
        }
    };
    // An answer about another point must not decide about this one.
    let other = answer
        .recovery_point_arn
        .as_deref()
        .is_some_and(|told| told != arn)
        || answer
            .backup_vault_name
            .as_deref()
            .is_some_and(|told| told != &*vault.name);
    if other {
        return Err(error::own(
            DESCRIBE,
            ErrorKind::Malformed,
            format!(
                "asked about {}/{arn}, and AWS answered about another",
                vault.name
            ),
        ));
    }
    let point = Point::described(arn, answer);
    Ok((!point.is_gone()).then_some(point))
}

/// What is nested in composite recovery points.
pub(super) async fn members(
    region: &Region,
    vault: &Vault,
    parents: &[String],
) -> Result<Vec<Point>, ProviderError> {
    let jobs: Vec<_> = parents
        .iter()
        .map(|parent| members_of(region, vault, parent))
        .collect();
    let members: Vec<Vec<Point>> = stream::iter(jobs).buffered(AT_ONCE).try_collect().await?;
    Ok(members.into_iter().flatten().collect())
}

async fn members_of(
    region: &Region,
    vault: &Vault,
    parent: &str,
) -> Result<Vec<Point>, ProviderError> {
    let mut members = Vec::new();
    list::points(
        region,
        vault,
        &Filters::nested_in(parent),
        Patience::Repeat,
        &mut |page| {
            members.extend(page);
        },
    )
    .await?;
    // A server that does not know the filter sends everything.
    members.retain(|point| point.is_nested_in(parent));
    Ok(members)
}

/// In the order in which they were named, each parent before what is nested in it.
fn sort(found: &mut Found, targets: &[Target]) {
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    for (place, target) in targets.iter().enumerate() {
        let vault = target.container.as_deref().unwrap_or("");
        places.entry((vault, &target.name)).or_insert(place);
    }
    let place = |id: &BackupId| places.get(&(id.container(), id.name())).copied();
    found.backups.sort_by_cached_key(|backup| {
        let own = place(&backup.id);
        let family = own.or_else(|| backup.parent.as_deref().and_then(&place));
        (family, own.is_none())
    });
    found.absent.sort_by_cached_key(|id| place(id));
}
