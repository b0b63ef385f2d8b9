//! What a person must know before saying yes.

use jiff::Timestamp;

use super::{
    backup::POWERED_OFF,
    find::Look,
    holdings::{Held, Paused},
};

/// What holds for every region that is removed.
pub(super) fn general() -> [String; 3] {
    [
        "regions are removed from the service; when Aiven erases the copies in them is not documented".to_owned(),
        "adding a region again does not bring its history back, and the region can be changed only once in 24 h".to_owned(),
        "backup to another region is of limited availability: it may not be granted again".to_owned(),
    ]
}

/// What goes and what stays of one service.
pub(super) fn of(container: &str, look: &Look, regions: &[String]) -> Vec<String> {
    let Look { service, holdings } = look;
    let mut notes = Vec::new();
    for region in regions {
        let held = holdings.held(service, region);
        notes.push(format!("{container}/{region} holds {}", contents(&held)));
    }
    let cloud = service.cloud_name.as_deref().unwrap_or("its own region");
    notes.push(match holdings.primaries(service).map(|list| list.len()) {
        _ if service.state == POWERED_OFF => {
            format!(
                "{container} is powered off: its primary backups do not count as a copy that stays"
            )
        }
        None => format!("whether {container} has primary backups could not be read"),
        Some(0) => format!("{container} lists no primary backup"),
        Some(1) => format!("1 primary backup of {container} in {cloud} stays"),
        Some(count) => format!("{count} primary backups of {container} in {cloud} stay"),
    });
    if !holdings.complete {
        notes.push(format!(
            "{container} may hold more copies than are listed here: the token may not read its list of backups (service:configuration:write)"
        ));
    }
    notes
}

fn contents(held: &Held) -> String {
    let mut text = match held.copies {
        None => "an unknown number of copies".to_owned(),
        Some(0) => "no copy yet".to_owned(),
        Some(1) => format!("1 copy{}", span(held.newest, held.newest)),
        Some(count) => format!("{count} copies{}", span(held.oldest, held.newest)),
    };
    if held.paused != Paused::No {
        text.push_str(", paused");
        if let Some(reason) = &held.pause_reason {
            text.push_str(": ");
            text.push_str(reason);
        }
    }
    text
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
