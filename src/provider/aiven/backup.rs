//! One additional region of a service, as a [`Backup`].
//!
//! A region holds many copies and goes as a whole, so it is as old as the newest of them: "older than 30 days" is a region
//! to which nothing was copied for 30 days, and no newer copy goes along unseen. By the oldest, every region that keeps
//! copies that long would be chosen, that of last night too.

use std::sync::Arc;

use arcstr::ArcStr;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    holdings::{Held, Holdings, Paused},
    id,
    wire::{REGIONS, Service},
};
use crate::backup::{Attributes, Backup, Protection, Scope, State};
use crate::shared::Shared;

/// The state in which a service lists no primary backup that could be restored from.
pub(super) const POWERED_OFF: &str = "POWEROFF";

/// Whether a service's state is one that is known; in every other it is kept (S7). None is waited for: a service that is
/// powered off never runs.
pub(super) fn is_known_state(state: &str) -> bool {
    matches!(
        state,
        POWERED_OFF | "REBALANCING" | "REBUILDING" | "RUNNING"
    )
}

/// The container of a service's regions.
pub(super) fn scope(project: &str, service: &str) -> Arc<Scope> {
    Arc::new(
        Scope::new(format!("{project}/{service}"))
            .with("project", Some(project))
            .with("service", Some(service)),
    )
}

/// One region of a service.
pub(super) fn backup(
    project: &str,
    service: &Service,
    holdings: &Holdings,
    region: &str,
    scope: &Arc<Scope>,
) -> Backup {
    let held = holdings.held(service, region);
    // In a part of the list, the newest copy need not be the newest.
    let created_at = held.newest.filter(|_| holdings.complete);
    let resource: ArcStr = ArcStr::from(scope.name());
    Backup {
        id: id::full(project, &service.name, region),
        scope: Arc::clone(scope),
        resource: Some(resource.clone()),
        group: resource,
        kind: Some(ArcStr::from(service.kind.as_str())),
        name: None,
        created_at,
        timeless: created_at.is_none() && !held.undated,
        expires_at: None,
        // The sizes are those before compression: not what deleting frees.
        size_bytes: None,
        status: Some(ArcStr::from(service.state.as_str())),
        state: state(service, &held),
        protection: if service.termination_protection {
            [Protection::TerminationProtection].into()
        } else {
            Shared::default()
        },
        side_effect: None,
        parent: None,
        tags: service.tags.clone().map(Box::new),
        attributes: attributes(service, holdings, &held),
    }
}

/// What cannot be read counts as healthy: then the last-copy rule looks after it. It counts as nobody's keeper.
fn state(service: &Service, held: &Held) -> State {
    if !is_known_state(&service.state) {
        return State::Unknown;
    }
    match (held.copies, held.paused) {
        (Some(0), _) | (_, Paused::Yes) => State::Damaged,
        (Some(_) | None, Paused::No | Paused::Partly) => State::Healthy,
    }
}

fn attributes(service: &Service, holdings: &Holdings, held: &Held) -> Attributes {
    let time = |at: Option<Timestamp>| at.map_or(Value::Null, |at| json!(at));
    let primaries = holdings.primaries(service).map(|primaries| primaries.len());
    Attributes::default()
        .with("service_type", service.kind.as_str())
        .with("plan", service.plan.clone())
        .with("cloud_name", service.cloud_name.clone())
        .with("state", service.state.as_str())
        .with("copies", held.copies)
        .with("copies_complete", holdings.complete)
        .with("oldest", time(held.oldest))
        .with("newest", time(held.newest))
        .with("paused", held.copies.map(|_| held.paused != Paused::No))
        .with("pause_reason", held.pause_reason.clone())
        .with(
            "pitr",
            held.pitr
                .as_ref()
                .map(|(start, end)| json!({"start": start, "end": end})),
        )
        .with("primary_backups", primaries)
        .with("data_size_before_compression", held.data_size)
        // The whole list as it was read: a removal is the list without some of it, and must fit what consent saw.
        .with(REGIONS, service.regions().to_vec())
}

/// The service's whole list of regions as the backup was read, and so as it was approved.
pub(super) fn planned_regions(backup: &Backup) -> Option<Vec<String>> {
    backup
        .attributes
        .find(REGIONS)?
        .as_array()?
        .iter()
        .map(|region| region.as_str().map(ToOwned::to_owned))
        .collect()
}
