//! Changes by somebody else: what `POST /_sandbox/change` does to AWS's state, and how that state is shown.
//!
//! A recovery point is named by `VAULT/ARN` or its ARN alone, a vault by its name. Points take `status`,
//! `status_message`, `created_at`, `expires_at`, `size_bytes`, `name`, `tags`, `storage_class`, `on_delete`
//! and `protection` (with `hold` in it: put under a legal hold; without: taken out of all); vaults take `lock`
//! (`none`, `governance`, `grace`, `immutable`), `policy` and `type`.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    load::split_id,
    place::Place,
    state::{Lock, OnDelete, Point, Region, VaultKind, World},
};
use crate::sandbox::seed::Seed;

impl World {
    /// Applies one change.
    pub fn change(&mut self, change: &Value, now: Timestamp) -> Result<(), String> {
        if let Some(seed) = change.get("add") {
            let seed: Seed =
                serde_json::from_value(seed.clone()).map_err(|error| error.to_string())?;
            return self.load(&seed, now);
        }
        if let Some(id) = change.get("remove").and_then(Value::as_str) {
            if let Ok((place, vault, arn)) = self.find(id) {
                let region = self.regions.get_mut(&place);
                region.and_then(|region| region.remove(&vault, &arn));
                return Ok(());
            }
            let mut removed = false;
            for region in self.regions.values_mut() {
                removed |= region.vaults.remove(id).is_some();
            }
            return if removed {
                Ok(())
            } else {
                Err(format!("there is no {id:?}"))
            };
        }
        let id = change.get("id").and_then(Value::as_str).unwrap_or_default();
        let set = change
            .get("set")
            .and_then(Value::as_object)
            .ok_or("a change has \"add\", \"remove\", or \"id\" and \"set\"")?;
        if split_id(id).is_none() {
            return self.change_vault(id, set, now);
        }
        let (place, vault, arn) = self.find(id)?;
        let region = self.regions.get_mut(&place).ok_or("no such region")?;
        for (key, value) in set {
            if key == "protection" {
                protect(region, &vault, &arn, value, now);
                continue;
            }
            let point = region.point_mut(&vault, &arn).ok_or("no such point")?;
            change_point(point, key, value)?;
        }
        Ok(())
    }

    fn find(&self, id: &str) -> Result<(Place, Arc<str>, Arc<str>), String> {
        let (vault, arn) = split_id(id).ok_or_else(|| format!("{id:?} is no recovery point"))?;
        self.regions
            .iter()
            .find_map(|(place, region)| {
                region.vaults.iter().find_map(|(name, kept)| {
                    if vault.is_some_and(|vault| vault != &**name) {
                        return None;
                    }
                    let (arn, _) = kept.points.get_key_value(arn)?;
                    Some((place.clone(), Arc::clone(name), Arc::clone(arn)))
                })
            })
            .ok_or_else(|| format!("there is no recovery point {id:?}"))
    }

    fn change_vault(
        &mut self,
        name: &str,
        set: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<(), String> {
        let mut found = false;
        for vault in self
            .regions
            .values_mut()
            .filter_map(|region| region.vaults.get_mut(name))
        {
            found = true;
            for (key, value) in set {
                match (key.as_str(), value.as_str()) {
                    ("lock", Some(word)) => vault.lock = lock(word, now)?,
                    ("policy", policy) => vault.policy = policy.map(str::to_owned),
                    ("type", Some(kind)) => {
                        vault.kind =
                            VaultKind::from_wire(kind).ok_or(format!("no vault type {kind:?}"))?;
                    }
                    _ => return Err(format!("a vault has no {key:?} that could be {value}")),
                }
            }
        }
        if found {
            Ok(())
        } else {
            Err(format!("there is no vault {name:?}"))
        }
    }

    /// Everything, for people and tests.
    pub fn show(&self) -> Value {
        let mut vaults = Map::new();
        let mut holds = Map::new();
        for (place, region) in &self.regions {
            for (name, vault) in &region.vaults {
                let points: Map<String, Value> = vault
                    .points
                    .iter()
                    .map(|(arn, point)| (arn.to_string(), show(point)))
                    .collect();
                let lock = match vault.lock {
                    None => json!("none"),
                    Some(Lock::Governance) => json!("governance"),
                    Some(Lock::Compliance { from }) => json!(format!("compliance from {from}")),
                };
                let shown = json!({"type": vault.kind.wire(), "lock": lock, "points": points});
                vaults.insert(format!("{}/{}/{name}", place.account, place.region), shown);
            }
            for (id, hold) in &region.holds {
                let points: Vec<String> = hold
                    .points
                    .iter()
                    .map(|(vault, arn)| format!("{vault}/{arn}"))
                    .collect();
                let shown = json!({"title": hold.title, "status": hold.status, "points": points});
                holds.insert(id.clone(), shown);
            }
        }
        json!({"vaults": vaults, "legal_holds": holds, "side_effects": self.side_effects})
    }
}

/// A lock by its word.
pub fn lock(word: &str, now: Timestamp) -> Result<Option<Lock>, String> {
    let month = SignedDuration::from_hours(30 * 24);
    Ok(match word {
        "none" => None,
        "governance" => Some(Lock::Governance),
        "grace" => Some(Lock::Compliance {
            from: now.saturating_add(month).unwrap_or(now),
        }),
        "immutable" => Some(Lock::Compliance {
            from: now.saturating_sub(month).unwrap_or(now),
        }),
        _ => {
            return Err(format!(
                "no lock {word:?}: none, governance, grace, immutable"
            ));
        }
    })
}

fn protect(region: &mut Region, vault: &str, arn: &str, value: &Value, now: Timestamp) {
    let words = value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    if words.into_iter().any(|word| word.contains("hold")) {
        region.hold("Put from outside", vault, arn, now);
    } else {
        let pair = (Arc::from(vault), Arc::from(arn));
        for hold in region.holds.values_mut() {
            hold.points.remove(&pair);
        }
    }
}

fn change_point(point: &mut Point, key: &str, value: &Value) -> Result<(), String> {
    let wrong = || format!("a recovery point has no {key:?} that could be {value}");
    let text = value.as_str();
    let time = || match text {
        None => Ok(None),
        Some(text) => text.parse::<Timestamp>().map(Some).map_err(|_| wrong()),
    };
    match key {
        "status" => text.ok_or_else(wrong)?.clone_into(&mut point.status),
        "status_message" => point.status_message = text.map(str::to_owned),
        "created_at" => point.created = time()?,
        "expires_at" => point.delete_at = time()?,
        "size_bytes" => point.size = value.as_u64(),
        "name" => point.resource_name = text.map(str::to_owned),
        "storage_class" => text.ok_or_else(wrong)?.clone_into(&mut point.storage_class),
        "tags" => point.tags = serde_json::from_value(value.clone()).map_err(|_| wrong())?,
        "on_delete" => {
            point.on_delete = match text {
                None => None,
                Some("stuck") => Some(OnDelete::Stuck),
                Some("denied") => Some(OnDelete::Denied),
                Some(text) => {
                    let message = text.strip_prefix("expired:").ok_or_else(wrong)?;
                    Some(OnDelete::Expired(message.trim().to_owned()))
                }
            }
        }
        _ => return Err(wrong()),
    }
    Ok(())
}

fn show(point: &Point) -> Value {
    json!({
        "status": point.status,
        "status_message": point.status_message,
        "resource": point.resource.as_deref(),
        "type": point.resource_type.as_deref(),
        "created_at": point.created,
        "size_bytes": point.size,
        "parent": point.parent,
    })
}
