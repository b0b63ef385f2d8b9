//! What a person must know: what a list leaves open, and what goes and what stays when regions are removed.
//!
//! Told from the backups alone, so that what was named and what filters chose is told alike.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::backup::POWERED_OFF;
use crate::backup::Backup;

/// So many regions are told one by one; of more, only what is out of the ordinary.
const FEW: usize = 10;

/// So many services are named in one sentence.
const NAMED: usize = 5;

/// What holds for every region that is removed.
fn general() -> [String; 3] {
    [
        "regions are removed from the service; when Aiven erases the copies in them is not documented".to_owned(),
        "adding a region again does not bring its history back, and the region can be changed only once in 24 h".to_owned(),
        "backup to another region is of limited availability: it may not be granted again".to_owned(),
    ]
}

/// What a list cannot tell of services whose backups may not be read.
pub(super) fn listed(partly: &[String]) -> Option<String> {
    (!partly.is_empty()).then(|| {
        format!(
            "the regions of {} may hold more copies than are listed here, and newer ones: the token may not read the list of backups (service:configuration:write)",
            several(partly)
        )
    })
}

/// What goes and what stays where these are removed.
pub(super) fn deleting<'a>(chosen: impl Iterator<Item = &'a Backup>) -> Vec<String> {
    let mut services: BTreeMap<&str, Vec<&Backup>> = BTreeMap::new();
    let mut count = 0_usize;
    for backup in chosen {
        count = count.saturating_add(1);
        services
            .entry(backup.scope.name())
            .or_default()
            .push(backup);
    }
    if count == 0 {
        return Vec::new();
    }
    let mut notes = if count <= FEW {
        services
            .iter()
            .flat_map(|(name, regions)| of_service(name, regions))
            .collect()
    } else {
        of_many(&services)
    };
    notes.extend(general());
    notes
}

fn of_service(container: &str, regions: &[&Backup]) -> Vec<String> {
    let mut notes: Vec<String> = regions
        .iter()
        .map(|backup| format!("{} holds {}", backup.id, contents(backup)))
        .collect();
    // What is told of the service is the same in each of its regions.
    let Some(first) = regions.first() else {
        return notes;
    };
    let cloud = text(first, "cloud_name").unwrap_or("its own region");
    notes.push(match primaries(first) {
        Primaries::Off => {
            format!(
                "{container} is powered off: its primary backups do not count as a copy that stays"
            )
        }
        Primaries::Unknown => format!("whether {container} has primary backups could not be read"),
        Primaries::Some(0) => format!("{container} lists no primary backup"),
        Primaries::Some(1) => format!("1 primary backup of {container} in {cloud} stays"),
        Primaries::Some(count) => format!("{count} primary backups of {container} in {cloud} stay"),
    });
    if !is_complete(first) {
        notes.push(format!(
            "{container} may hold more copies than are listed here: the token may not read its list of backups (service:configuration:write)"
        ));
    }
    notes
}

fn of_many(services: &BTreeMap<&str, Vec<&Backup>>) -> Vec<String> {
    let named = |fits: &dyn Fn(&Backup) -> bool| -> Vec<String> {
        services
            .iter()
            .filter(|(_, regions)| regions.first().is_some_and(|backup| fits(backup)))
            .map(|(name, _)| (*name).to_owned())
            .collect()
    };
    let groups = [
        (
            named(&|backup| matches!(primaries(backup), Primaries::Off)),
            "powered off, so that their primary backups do not count as a copy that stays",
        ),
        (
            named(&|backup| matches!(primaries(backup), Primaries::Some(0))),
            "without a primary backup",
        ),
        (
            named(&|backup| matches!(primaries(backup), Primaries::Unknown)),
            "such that whether they have primary backups could not be read",
        ),
        (
            named(&|backup| !is_complete(backup)),
            "such that they may hold more copies than are listed here: the token may not read their lists of backups (service:configuration:write)",
        ),
    ];
    let told = groups
        .iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, what)| {
            format!(
                "{} of the services are {what}: {}",
                names.len(),
                several(names)
            )
        });
    let staying = named(&|backup| matches!(primaries(backup), Primaries::Some(1..)));
    let stays = format!(
        "the primary backups of {} of the {} services stay",
        staying.len(),
        services.len()
    );
    told.chain([stays]).collect()
}

/// The primary backups of a service.
enum Primaries {
    Off,
    Unknown,
    Some(u64),
}

fn primaries(backup: &Backup) -> Primaries {
    if text(backup, "state") == Some(POWERED_OFF) {
        return Primaries::Off;
    }
    number(backup, "primary_backups").map_or(Primaries::Unknown, Primaries::Some)
}

fn contents(backup: &Backup) -> String {
    let (oldest, newest) = (time(backup, "oldest"), time(backup, "newest"));
    let mut words = match number(backup, "copies") {
        None => "an unknown number of copies".to_owned(),
        Some(0) => "no copy yet".to_owned(),
        Some(1) => format!("1 copy{}", span(newest, newest)),
        Some(count) => format!("{count} copies{}", span(oldest, newest)),
    };
    if flag(backup, "paused") {
        words.push_str(", paused");
        if let Some(reason) = text(backup, "pause_reason") {
            words.push_str(": ");
            words.push_str(reason);
        }
    }
    words
}

fn span(oldest: Option<Timestamp>, newest: Option<Timestamp>) -> String {
    match (oldest, newest) {
        (Some(oldest), Some(newest)) if oldest == newest => format!(" of {newest:.0}"),
        (Some(oldest), Some(newest)) => {
            format!(", the oldest of {oldest:.0}, the newest of {newest:.0}")
        }
        (Some(_) | None, Some(_) | None) => String::new(),
    }
}

/// A few names, and how many there are beside them.
fn several(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn is_complete(backup: &Backup) -> bool {
    flag(backup, "copies_complete")
}

fn text<'a>(backup: &'a Backup, name: &str) -> Option<&'a str> {
    backup.attributes.find(name).and_then(Value::as_str)
}

fn number(backup: &Backup, name: &str) -> Option<u64> {
    backup.attributes.find(name).and_then(Value::as_u64)
}

fn flag(backup: &Backup, name: &str) -> bool {
    backup.attributes.find(name).and_then(Value::as_bool) == Some(true)
}

fn time(backup: &Backup, name: &str) -> Option<Timestamp> {
    text(backup, name)?.parse().ok()
}
