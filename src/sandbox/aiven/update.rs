//! Aiven's PUT on a service: `user_config` is merged by key, and everything else in the body changes the service.
//!
//! The rules are kept where a wrong body would do harm, so that the state shows it: `plan`, `cloud`, `powered`, retention
//! and persistence do what they do at Aiven.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::super::rest::Faults;
use super::answer::{Refusal, refused};
use super::service::{REGIONS, Service};

/// The settings whose schema is an array, and so may not be `null`.
const ARRAYS: &[&str] = &[REGIONS, "ip_filter", "static_ips"];

/// Applies a body to the service; the service is unchanged when the body is refused.
pub(super) fn apply(
    service: &mut Service,
    body: &Map<String, Value>,
    faults: &Faults,
    now: Timestamp,
) -> Result<(), Refusal> {
    let mut next = service.clone();
    for (key, value) in body {
        match key.as_str() {
            "user_config" => {
                let Value::Object(changes) = value else {
                    return Err(invalid("user_config", "not of type 'object'"));
                };
                check_regions(service, changes, faults)?;
                merge(&mut next.user_config, changes)?;
                next.follow_setting(now);
                trim(&mut next, changes);
            }
            "plan" => {
                let plan = text(key, value)?;
                if plan != next.plan {
                    next.plan = plan;
                    "REBALANCING".clone_into(&mut next.state);
                }
            }
            "cloud" => {
                let cloud = text(key, value)?;
                if cloud != next.cloud {
                    next.cloud = cloud;
                    "REBALANCING".clone_into(&mut next.state);
                }
            }
            "powered" => match value.as_bool() {
                Some(false) if service.termination_protection => return Err(protected()),
                Some(false) => "POWEROFF".clone_into(&mut next.state),
                Some(true) if next.state == "POWEROFF" => {
                    "REBUILDING".clone_into(&mut next.state);
                }
                Some(true) => {}
                None => return Err(invalid(key, "not of type 'boolean'")),
            },
            "termination_protection" => {
                next.termination_protection = value
                    .as_bool()
                    .ok_or_else(|| invalid(key, "not of type 'boolean'"))?;
            }
            _ => {
                next.settings.insert(key.clone(), value.clone());
            }
        }
    }
    next.updated_at = now;
    next.puts = next.puts.saturating_add(1);
    *service = next;
    Ok(())
}

/// The refusal to delete or power off a protected service.
pub(super) fn protected() -> Refusal {
    refused(
        StatusCode::FORBIDDEN,
        "Service is protected against termination and shutdown. Remove termination protection first.",
    )
}

fn invalid(key: &str, why: &str) -> Refusal {
    refused(StatusCode::BAD_REQUEST, format!("Invalid '{key}': {why}"))
}

fn text(key: &str, value: &Value) -> Result<String, Refusal> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| invalid(key, "not of type 'string'"))
}

/// Objects merge, everything else is replaced; a key that is left out stays as it is.
fn merge(into: &mut Map<String, Value>, changes: &Map<String, Value>) -> Result<(), Refusal> {
    for (key, value) in changes {
        let is_array = ARRAYS.contains(&key.as_str()) || into.get(key).is_some_and(Value::is_array);
        if is_array && !value.is_array() {
            return Err(invalid(
                "user_config",
                &format!("'{key}' is not of type 'array'"),
            ));
        }
        match (into.get_mut(key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new)?,
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
    Ok(())
}

fn check_regions(
    service: &Service,
    changes: &Map<String, Value>,
    faults: &Faults,
) -> Result<(), Refusal> {
    let Some(Value::Array(wanted)) = changes.get(REGIONS) else {
        return Ok(());
    };
    let names = [service.name.as_str()];
    let listed = service.listed();
    for region in wanted {
        let fits = region.as_str().is_some_and(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        });
        if !fits {
            return Err(invalid(
                "user_config",
                &format!("'{REGIONS}': {region} does not match '^[a-z0-9-]+$'"),
            ));
        }
    }
    // The schema allows one; a service that already has several must still be able to get rid of one, as far as known.
    let shrinks = wanted.iter().all(|region| {
        region
            .as_str()
            .is_some_and(|name| listed.iter().any(|known| known == name))
    });
    let many = wanted.len() > 1
        && !faults.on_for("limit-many", &names)
        && (!shrinks || faults.on_for("limit-one", &names));
    if many {
        return Err(invalid(
            "user_config",
            &format!("'{REGIONS}' has too many items, at most 1 is allowed"),
        ));
    }
    let same = wanted.len() == listed.len() && shrinks;
    if same && faults.on_for("put-twice-400", &names) {
        return Err(invalid("user_config", "nothing to change"));
    }
    Ok(())
}

/// Settings that throw primary backups away.
fn trim(service: &mut Service, changes: &Map<String, Value>) {
    let off = changes
        .iter()
        .any(|(key, value)| key.ends_with("_persistence") && value == "off");
    if off {
        service.primary.clear();
    }
    if let Some(days) = changes.get("backup_retention_days").and_then(Value::as_u64) {
        let keep = usize::try_from(days).unwrap_or(usize::MAX);
        service
            .primary
            .sort_by_key(|copy| std::cmp::Reverse(copy.time));
        service.primary.truncate(keep);
    }
}
