//! Reading back: whether what was asked to go is gone (S22). Nothing is repeated here.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use futures_util::{StreamExt, stream};

use super::{
    Aws,
    arn::Arn,
    delete::region_of,
    error,
    filters::Filters,
    find::{AT_ONCE, DESCRIBE, describe},
    list,
    point::Point,
    region::{Patience, Region},
    vault as itself,
    vaults::{LIST_VAULTS, Vault, Vaults},
};
use crate::{
    backup::{Backup, Subject},
    provider::{ErrorKind, ProviderError, Reading},
};

/// How many vaults are read at once.
const VAULTS_AT_ONCE: usize = 4;

type Place<'a> = (String, &'a str);

pub(super) async fn many(aws: &Aws, backups: &[&Backup]) -> Vec<Reading> {
    let mut places: BTreeMap<Place<'_>, Vec<(usize, &Backup)>> = BTreeMap::new();
    let mut readings: Vec<Option<Reading>> = vec![None; backups.len()];
    let mut vaults: BTreeMap<String, Vec<(usize, &Backup)>> = BTreeMap::new();
    for (index, backup) in backups.iter().enumerate() {
        let Some(region) = region_of(aws, backup) else {
            continue;
        };
        match backup.id.subject() {
            Subject::Vault => vaults
                .entry(region.name.clone())
                .or_default()
                .push((index, backup)),
            Subject::Backup => places
                .entry((region.name.clone(), backup.id.container()))
                .or_default()
                .push((index, backup)),
        }
    }
    for (region, vaults) in vaults {
        let Some(region) = aws.known_region(&region) else {
            continue;
        };
        let (indices, vaults): (Vec<usize>, Vec<&Backup>) = vaults.into_iter().unzip();
        for (index, reading) in indices
            .into_iter()
            .zip(itself::read_back(&region, &vaults).await)
        {
            if let Some(place) = readings.get_mut(index) {
                *place = Some(reading);
            }
        }
    }
    let mut jobs = Vec::new();
    for ((region, vault), backups) in places {
        if let Some(region) = aws.known_region(&region) {
            jobs.push(in_vault(region, vault.to_owned(), backups));
        }
    }
    let mut answers = stream::iter(jobs).buffer_unordered(VAULTS_AT_ONCE);
    while let Some(vault) = answers.next().await {
        for (index, reading) in vault {
            if let Some(place) = readings.get_mut(index) {
                *place = Some(reading);
            }
        }
    }
    readings
        .into_iter()
        .map(|reading| {
            reading.unwrap_or_else(|| {
                Reading::Unreadable(error::own(
                    DESCRIBE,
                    ErrorKind::Setup,
                    "its region was not set up",
                ))
            })
        })
        .collect()
}

/// Reads one vault's back: the vault's list where that takes fewer calls, else one by one.
async fn in_vault(
    region: Arc<Region>,
    name: String,
    backups: Vec<(usize, &Backup)>,
) -> Vec<(usize, Reading)> {
    let vault = match vault(&region, &name).await {
        Ok(Some(vault)) => vault,
        // A vault can be deleted only once it is empty.
        Ok(None) => {
            return backups
                .into_iter()
                .map(|(index, _)| (index, Reading::Gone(LIST_VAULTS)))
                .collect();
        }
        Err(error) => {
            return backups
                .into_iter()
                .map(|(index, _)| (index, Reading::Unreadable(error.clone())))
                .collect();
        }
    };
    let calls = u64::try_from(backups.len()).unwrap_or(u64::MAX);
    let mut readings = Vec::new();
    let mut unsettled = backups;
    if calls > vault.pages() {
        match by_list(&region, &vault, &unsettled).await {
            Ok(settled) => {
                let known: HashSet<usize> = settled.iter().map(|(index, _)| *index).collect();
                unsettled.retain(|(index, _)| !known.contains(index));
                readings = settled;
            }
            // Describing is another right.
            Err(error) if error.kind == ErrorKind::Permission => {}
            Err(error) => {
                return unsettled
                    .into_iter()
                    .map(|(index, _)| (index, Reading::Unreadable(error.clone())))
                    .collect();
            }
        }
    }
    let jobs: Vec<_> = unsettled
        .into_iter()
        .map(|(index, backup)| by_description(&region, &vault, index, backup))
        .collect();
    let described: Vec<_> = stream::iter(jobs).buffer_unordered(AT_ONCE).collect().await;
    readings.extend(described);
    readings
}

/// The vault as it is known; `None` if the region's whole list does not have it any more.
async fn vault(region: &Region, name: &str) -> Result<Option<Arc<Vault>>, ProviderError> {
    let known = region
        .known_vaults()
        .and_then(|vaults| vaults.find(name).cloned());
    if let Some(vault) = known {
        return Ok(Some(vault));
    }
    Ok(Vaults::read_once(region).await?.find(name).cloned())
}

/// What the vault's list settles. Not being on it means "gone" only where the list is as long as the vault is said to be:
/// one that was cut must not look like a deletion.
async fn by_list(
    region: &Region,
    vault: &Vault,
    backups: &[(usize, &Backup)],
) -> Result<Vec<(usize, Reading)>, ProviderError> {
    let mut there: HashMap<String, Point> = HashMap::new();
    let mut listed = 0_u64;
    let wanted: HashSet<&str> = backups.iter().map(|(_, backup)| backup.id.name()).collect();
    list::points(
        region,
        vault,
        &Filters::default(),
        Patience::Once,
        &mut |page| {
            listed = listed.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX));
            there.extend(
                page.into_iter()
                    .filter(|point| wanted.contains(point.arn.as_str()))
                    .map(|point| (point.arn.clone(), point)),
            );
        },
    )
    .await?;
    let some_are_gone = there.len() < wanted.len();
    let whole = some_are_gone
        && Vaults::read_once(region)
            .await?
            .find(&vault.name)
            .is_some_and(|now| listed >= now.points);
    let mut readings = Vec::new();
    for (index, backup) in backups {
        match there.get(backup.id.name()) {
            Some(point) => readings.push((*index, judge(point, backup))),
            None if whole => readings.push((*index, Reading::Gone(list::LIST))),
            None => {}
        }
    }
    Ok(readings)
}

async fn by_description(
    region: &Region,
    vault: &Vault,
    index: usize,
    backup: &Backup,
) -> (usize, Reading) {
    let reading = match describe(region, vault, backup.id.name(), Patience::Once).await {
        Ok(Some(point)) => judge(&point, backup),
        Ok(None) => Reading::Gone(DESCRIBE),
        Err(error) => Reading::Unreadable(error),
    };
    (index, reading)
}

/// What a point that is still told of means.
fn judge(point: &Point, planned: &Backup) -> Reading {
    match point.status.as_deref() {
        Some("DELETING") => Reading::Deleting,
        // One that was EXPIRED before may simply not have changed yet.
        Some("EXPIRED") if planned.status.as_deref() == Some("EXPIRED") => {
            Reading::Unchanged(kept(point, planned))
        }
        Some("EXPIRED") => Reading::Kept(kept(point, planned)),
        status => Reading::Present(status.map(error::clean)),
    }
}

fn kept(point: &Point, planned: &Backup) -> ProviderError {
    let reason = point
        .status_message
        .as_deref()
        .map(error::clean)
        .filter(|reason| !reason.is_empty())
        .map_or_else(String::new, |reason| format!(": {reason}"));
    let mut error = error::own(
        DESCRIBE,
        ErrorKind::Kept,
        format!("AWS accepted the deletion, and then kept the recovery point as EXPIRED{reason}"),
    );
    error.code = Some("EXPIRED".to_owned());
    let action = Arn::parse(&point.arn)
        .and_then(|arn| arn.store())
        .and_then(super::arn::Store::action)
        .unwrap_or("backup:DeleteRecoveryPoint");
    let role = planned
        .attributes
        .find("iam_role_arn")
        .and_then(|role| role.as_str())
        .map_or_else(
            || "the role of the recovery point".to_owned(),
            |role| format!("the role {role}"),
        );
    let also = if action.starts_with("ec2:") {
        "; an EBS snapshot lock, or an AMI made from the snapshot, keeps it too"
    } else {
        ""
    };
    error.with_hint(format!(
        "{role}, or who deletes, lacks {action} through AWS Backup (aws:CalledVia = backup.amazonaws.com){also}; it still costs money"
    ))
}
