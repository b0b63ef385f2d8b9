//! Reading back: whether what was asked to go is gone (S22). Nothing is repeated here.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use futures_util::{StreamExt, stream};

use super::{
    Aws,
    arn::Arn,
    error,
    filters::Filters,
    find::{AT_ONCE, DESCRIBE, describe},
    list,
    mutate::region_of,
    point::Point,
    region::{ON_A_PAGE, Patience, Region},
    vault as itself,
    vaults::{LIST_VAULTS, Vault, Vaults},
};
use crate::{
    backup::{Backup, Subject},
    provider::{Effort, ErrorKind, ProviderError, Reading},
};

/// How many vaults are read at once.
const VAULTS_AT_ONCE: usize = 4;

/// How many of one vault are described for [`Effort::Moment`].
const DESCRIBED: usize = 500;

type Place<'a> = (String, &'a str);

pub(super) async fn many(aws: &Aws, backups: &[&Backup]) -> Vec<Reading> {
    let mut readings: Vec<Option<Reading>> = vec![None; backups.len()];
    let known = in_places(aws, backups, None).await;
    for (index, reading) in known.into_iter().chain(vaults(aws, backups).await) {
        if let Some(place) = readings.get_mut(index) {
            *place = Some(reading);
        }
    }
    readings
        .into_iter()
        .map(|reading| reading.unwrap_or_else(nowhere))
        .collect()
}

fn nowhere() -> Reading {
    Reading::unreadable(error::own(
        DESCRIBE,
        ErrorKind::Setup,
        "its region was not set up",
    ))
}

/// As many of them as the effort says.
pub(super) async fn some(aws: &Aws, backups: &[&Backup], effort: Effort) -> Vec<(usize, Reading)> {
    let mut readings = in_places(aws, backups, Some(effort)).await;
    readings.extend(vaults(aws, backups).await);
    let homeless = |backup: &Backup| region_of(aws, backup).is_none();
    let homeless = backups.iter().enumerate().filter(|(_, one)| homeless(one));
    readings.extend(homeless.map(|(index, _)| (index, nowhere())));
    readings
}

/// `effort`: `None` reads all of them, however long it takes.
async fn in_places(
    aws: &Aws,
    backups: &[&Backup],
    effort: Option<Effort>,
) -> Vec<(usize, Reading)> {
    let mut places: BTreeMap<Place<'_>, Vec<(usize, &Backup)>> = BTreeMap::new();
    for (index, backup) in backups.iter().enumerate() {
        match (backup.id.subject(), region_of(aws, backup)) {
            (Subject::Backup, Some(region)) => places
                .entry((region.name.clone(), backup.id.container()))
                .or_default()
                .push((index, backup)),
            (Subject::Backup | Subject::Vault, _) => {}
        }
    }
    let mut jobs = Vec::new();
    for ((region, vault), mut backups) in places {
        let Some(region) = aws.known_region(&region) else {
            continue;
        };
        let known = region.known_vaults();
        let points = known.and_then(|vaults| Some(vaults.find(vault)?.points));
        let worth_a_list = points.is_none_or(|points| worth_a_list(points, backups.len()));
        if effort == Some(Effort::Sparing) && !worth_a_list {
            backups = sample(backups);
        }
        jobs.push(in_vault(region, vault.to_owned(), backups, effort));
    }
    let mut answers = stream::iter(jobs).buffer_unordered(VAULTS_AT_ONCE);
    let mut readings = Vec::new();
    while let Some(vault) = answers.next().await {
        readings.extend(vault);
    }
    readings
}

/// The vaults themselves.
async fn vaults(aws: &Aws, backups: &[&Backup]) -> Vec<(usize, Reading)> {
    let mut regions: BTreeMap<String, (Vec<usize>, Vec<&Backup>)> = BTreeMap::new();
    for (index, backup) in backups.iter().enumerate() {
        if let (Subject::Vault, Some(region)) = (backup.id.subject(), region_of(aws, backup)) {
            let (places, vaults) = regions.entry(region.name.clone()).or_default();
            places.push(index);
            vaults.push(backup);
        }
    }
    let mut readings = Vec::new();
    for (region, (places, vaults)) in regions {
        if let Some(region) = aws.known_region(&region) {
            let of_region = itself::read_back(&region, &vaults).await;
            readings.extend(places.into_iter().zip(of_region));
        }
    }
    readings
}

/// Whether a list of a vault tells about enough, while more of it is still to go: when it was counted last it held so many
/// points, and so many await a reading. What goes at once is not on the list any more, so one is made when as much awaits it
/// as is left to be listed: after half of a vault, half of the rest, and so on. All of them together take about one call for
/// each page that the vault had, and more where deleting takes a while. One page is nothing to save.
fn worth_a_list(points: u64, awaiting: usize) -> bool {
    let awaiting = u64::try_from(awaiting).unwrap_or(u64::MAX);
    let left = points.saturating_sub(awaiting).max(ON_A_PAGE);
    points <= ON_A_PAGE || awaiting >= left
}

/// The first, which has waited longest, and one from the middle: they show soon whether what was accepted goes.
fn sample<T>(backups: Vec<T>) -> Vec<T> {
    let middle = backups.len() / 2;
    backups
        .into_iter()
        .enumerate()
        .filter(|(place, _)| [0, middle].contains(place))
        .map(|(_, backup)| backup)
        .collect()
}

/// Reads one vault's back: the vault's list where that takes fewer calls, else one by one.
async fn in_vault(
    region: Arc<Region>,
    name: String,
    backups: Vec<(usize, &Backup)>,
    effort: Option<Effort>,
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
                .map(|(index, _)| (index, Reading::unreadable(error.clone())))
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
                    .map(|(index, _)| (index, Reading::unreadable(error.clone())))
                    .collect();
            }
        }
    }
    // What a list leaves open, because it may have been cut, can be most of the vault.
    if calls > vault.pages() {
        unsettled = match effort {
            None => unsettled,
            Some(Effort::Moment) => unsettled.into_iter().take(DESCRIBED).collect(),
            Some(Effort::Sparing) => sample(unsettled),
        };
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
/// one that was cut must not look like a deletion. Nor may one on which points are passed over because others go while it is
/// read; AWS' tokens are taken for places in the order of what is listed, not for numbers of points.
async fn by_list(
    region: &Region,
    vault: &Vault,
    backups: &[(usize, &Backup)],
) -> Result<Vec<(usize, Reading)>, ProviderError> {
    let mut there: HashMap<&str, Reading> = HashMap::new();
    let mut listed = 0_u64;
    let wanted: HashMap<&str, &Backup> = backups
        .iter()
        .map(|(_, backup)| (backup.id.name(), *backup))
        .collect();
    // Of many pages, one that fails in passing does not undo the others.
    let patience = if vault.pages() > 1 {
        Patience::Briefly
    } else {
        Patience::Once
    };
    list::points(region, vault, &Filters::default(), patience, &mut |page| {
        listed = listed.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX));
        there.extend(page.iter().filter_map(|point| {
            let (name, planned) = wanted.get_key_value(point.arn.as_str())?;
            Some((*name, judge(point, planned)))
        }));
    })
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
            Some(reading) => readings.push((*index, reading.clone())),
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
        Err(error) => Reading::unreadable(error),
    };
    (index, reading)
}

/// What a point that is still told of means.
fn judge(point: &Point, planned: &Backup) -> Reading {
    match point.status.as_deref() {
        Some("DELETING") => Reading::Deleting,
        // One that was EXPIRED before may simply not have changed yet.
        Some("EXPIRED") if planned.status.as_deref() == Some("EXPIRED") => {
            Reading::Unchanged(Box::new(kept(point, planned)))
        }
        Some("EXPIRED") => Reading::Kept(Box::new(kept(point, planned))),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The lists that are made while a vault is emptied, and the pages of all of them.
    fn emptied(vault: usize) -> (u64, u64) {
        let (mut lists, mut pages) = (0_u64, 0_u64);
        let (mut points, mut awaiting) = (u64::try_from(vault).unwrap(), 0_usize);
        for _ in 0..vault {
            awaiting = awaiting.saturating_add(1);
            if worth_a_list(points, awaiting) {
                points = points.saturating_sub(u64::try_from(awaiting).unwrap());
                awaiting = 0;
                lists = lists.saturating_add(1);
                pages = pages.saturating_add(points.div_ceil(ON_A_PAGE).max(1));
                if points <= ON_A_PAGE {
                    break;
                }
            }
        }
        (lists, pages)
    }

    #[test]
    fn a_vault_that_is_emptied_is_listed_about_once_in_all() {
        for (vault, lists, pages) in [
            (1_001, 1, 1),
            (3_000, 2, 3),
            (15_000, 4, 15),
            (100_000, 7, 102),
            (1_000_000, 10, 1_001),
        ] {
            assert_eq!(emptied(vault), (lists, pages), "{vault}");
        }
    }

    #[test]
    fn what_takes_one_page_is_listed_whenever_it_is_asked_for_and_what_stays_counts() {
        assert!(worth_a_list(1_000, 1));
        assert!(!worth_a_list(1_001, 999));
        // Ten thousand out of a million.
        assert!(!worth_a_list(1_000_000, 10_000));
    }

    #[test]
    fn a_sample_is_the_oldest_and_one_from_the_middle() {
        assert_eq!(sample((0..9).collect()), [0, 4]);
        assert_eq!(sample(vec![7]), [7]);
        assert_eq!(sample(Vec::<u8>::new()), [] as [u8; 0]);
    }
}
