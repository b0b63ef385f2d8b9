//! Changes that come from outside while a run is under way, as if another person had made them.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::seed::Seed;
use super::service::{Region, Service, copies_of};

/// Applies `{"id":…, "set":{…}}`, `{"remove": id}` or `{"add": seed}`. An id of two parts is a service's.
pub(super) fn apply(
    services: &mut Vec<Service>,
    change: &Value,
    now: Timestamp,
) -> Result<(), String> {
    if let Some(seed) = change.get("add") {
        let seed = Seed::deserialize(seed).map_err(|error| error.to_string())?;
        return add(services, &seed, now);
    }
    if let Some(id) = change.get("remove").and_then(Value::as_str) {
        return match parts(id)? {
            (project, service, Some(region)) => {
                let service = find(services, project, service)?;
                let before = service.regions.len();
                service.regions.retain(|known| known.cloud != region);
                if service.regions.len() == before {
                    return Err(format!("there is no region {id}"));
                }
                service.list_regions();
                Ok(())
            }
            (project, name, None) => {
                find(services, project, name)?;
                services.retain(|known| !(known.project == project && known.name == name));
                Ok(())
            }
        };
    }
    let id = change.get("id").and_then(Value::as_str);
    let set = change.get("set").and_then(Value::as_object);
    let (Some(id), Some(set)) = (id, set) else {
        return Err(
            "a change is {\"id\":…, \"set\":{…}}, {\"remove\": id} or {\"add\": seed}".to_owned(),
        );
    };
    let (project, service, region) = parts(id)?;
    let service = find(services, project, service)?;
    match region {
        Some(region) => {
            let region = service
                .regions
                .iter_mut()
                .find(|known| known.cloud == region && known.removed_at.is_none())
                .ok_or_else(|| format!("there is no region {id}"))?;
            set_region(region, set)
        }
        None => set_service(service, set),
    }
}

/// Adds a region, and its service where it is not there yet.
pub(super) fn add(services: &mut Vec<Service>, seed: &Seed, now: Timestamp) -> Result<(), String> {
    let (project, name, region) = parts(&seed.id)?;
    let region = region.ok_or_else(|| format!("{:?} is not PROJECT/SERVICE/REGION", seed.id))?;
    if find(services, project, name).is_err() {
        services.push(Service::new(project, name, a_year_before(now)));
    }
    let service = find(services, project, name)?;
    service.describe_by(seed);
    service.add_region(seed, region);
    Ok(())
}

/// When a service was made that is there from the start.
pub(super) fn a_year_before(now: Timestamp) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * 365))
        .unwrap_or(now)
}

fn parts(id: &str) -> Result<(&str, &str, Option<&str>), String> {
    let mut parts = id.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(project), Some(service), region, None)
            if !project.is_empty() && !service.is_empty() && region != Some("") =>
        {
            Ok((project, service, region))
        }
        _ => Err(format!("{id:?} is not PROJECT/SERVICE[/REGION]")),
    }
}

fn find<'a>(
    services: &'a mut [Service],
    project: &str,
    name: &str,
) -> Result<&'a mut Service, String> {
    services
        .iter_mut()
        .find(|service| service.project == project && service.name == name)
        .ok_or_else(|| format!("there is no service {project}/{name}"))
}

fn set_region(region: &mut Region, set: &Map<String, Value>) -> Result<(), String> {
    for (key, value) in set {
        match key.as_str() {
            "paused" => region.paused = value.as_bool().ok_or("paused is no boolean")?,
            "pause_reason" => region.pause_reason = value.as_str().map(str::to_owned),
            "copies" => region.copies = copies_of(value),
            _ => return Err(format!("a region has no {key} to set")),
        }
    }
    Ok(())
}

fn set_service(service: &mut Service, set: &Map<String, Value>) -> Result<(), String> {
    for (key, value) in set {
        let text = || {
            value
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| format!("{key} is no text"))
        };
        match key.as_str() {
            "state" => service.state = text()?,
            "plan" => service.plan = text()?,
            "cloud_name" => service.cloud = text()?,
            "service_type" => service.type_ = text()?,
            "termination_protection" => {
                service.termination_protection = value.as_bool().ok_or("no boolean")?;
            }
            "primary_backups" => service.primary = copies_of(value),
            _ => return Err(format!("a service has no {key} to set")),
        }
    }
    Ok(())
}
