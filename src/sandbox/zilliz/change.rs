//! Changes that come from outside while a run is under way, as if another person had made them.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::seed::Seed;
use super::organization::{Backup, Organization};

/// Applies `{"id":…, "set":{…}}`, `{"remove": id}` or `{"add": seed}`. An id without a `/` is a cluster's.
pub(super) fn apply(organization: &mut Organization, change: &Value) -> Result<(), String> {
    if let Some(seed) = change.get("add") {
        let seed = Seed::deserialize(seed).map_err(|error| error.to_string())?;
        return organization.add(&seed);
    }
    if let Some(id) = change.get("remove").and_then(Value::as_str) {
        return remove(organization, id);
    }
    let id = change.get("id").and_then(Value::as_str);
    let set = change.get("set").and_then(Value::as_object);
    let (Some(id), Some(set)) = (id, set) else {
        return Err(
            "a change is {\"id\":…, \"set\":{…}}, {\"remove\": id} or {\"add\": seed}".to_owned(),
        );
    };
    match id.split_once('/') {
        Some((cluster, backup)) => {
            let backup = organization
                .backup_mut(cluster, backup)
                .filter(|backup| backup.deleted_at.is_none())
                .ok_or_else(|| format!("there is no backup {id}"))?;
            set.iter()
                .try_for_each(|(key, value)| set_backup(backup, key, value))
        }
        None => set_cluster(organization, id, set),
    }
}

fn remove(organization: &mut Organization, id: &str) -> Result<(), String> {
    match id.split_once('/') {
        Some((cluster, backup)) => {
            let before = organization.backups.len();
            organization
                .backups
                .retain(|known| !(known.cluster == cluster && known.id == backup));
            if organization.backups.len() == before {
                return Err(format!("there is no backup {id}"));
            }
            Ok(())
        }
        None if organization.drop_cluster(id, Timestamp::UNIX_EPOCH) => Ok(()),
        None => Err(format!("there is no cluster {id}")),
    }
}

fn set_cluster(
    organization: &mut Organization,
    id: &str,
    set: &Map<String, Value>,
) -> Result<(), String> {
    let cluster = organization
        .clusters
        .iter_mut()
        .find(|cluster| cluster.id == id)
        .ok_or_else(|| format!("there is no cluster {id}"))?;
    for (key, value) in set {
        match key.as_str() {
            // Null drops it without touching its backups.
            "status" | "cluster_status" => cluster.status = value.as_str().map(str::to_owned),
            "name" | "cluster_name" => cluster.name = text(key, value)?,
            "plan" => cluster.plan = text(key, value)?,
            "region" | "region_id" => cluster.region = text(key, value)?,
            _ => return Err(format!("a cluster has no {key} to set")),
        }
    }
    Ok(())
}

fn set_backup(backup: &mut Backup, key: &str, value: &Value) -> Result<(), String> {
    match key {
        "status" => backup.status = text(key, value)?,
        "name" | "backupName" => backup.name = text(key, value)?,
        "type" | "backupType" => backup.type_ = text(key, value)?,
        "creation_method" | "creationMethod" => backup.method = text(key, value)?,
        "region_id" | "regionId" => backup.region = text(key, value)?,
        "size_bytes" | "size" => {
            backup.size = value.as_u64().ok_or_else(|| format!("{key} is no size"))?;
        }
        "created_at" | "createTime" => backup.created_at = time(key, value)?,
        "expires_at" | "expireTime" => backup.expires_at = time(key, value)?,
        _ => return Err(format!("a backup has no {key} to set")),
    }
    Ok(())
}

fn text(key: &str, value: &Value) -> Result<String, String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("{key} is no text"))
}

fn time(key: &str, value: &Value) -> Result<Option<Timestamp>, String> {
    Option::<Timestamp>::deserialize(value).map_err(|_| format!("{key} is no time"))
}
