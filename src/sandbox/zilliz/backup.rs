//! Zilliz' calls on one backup, on a cluster's backup policy, and the siblings of a backup's route.
//!
//! What nobody documents is answered in one way here, and in the other through a fault.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::rest::Faults;
use super::answer::{
    BAD_CLUSTER_ID, BAD_TYPE, FREE_HAS_NONE, NO_BACKUP, NO_CLUSTER, NO_PERMISSION, Outcome,
    Refusal, SERVERLESS_HAS_NONE, refused, refused_with,
};
use super::organization::{Backup, Cluster, Organization};
use super::{expiry, is_id};

/// `GET /v2/clusters/{cluster}/backups/{id}`.
pub(super) fn describe(
    organization: &Organization,
    faults: &Faults,
    cluster: &str,
    id: &str,
) -> Outcome {
    if faults.on_for("describe-denied", &[id]) {
        return Err(refused(
            NO_PERMISSION,
            "You have no permission for this operation",
        ));
    }
    having_backups(organization, faults, cluster)?;
    let backup = organization
        .backup(cluster, id)
        .ok_or_else(|| absent(faults, id))?;
    if backup.deleted_at.is_none() {
        return Ok(expiry(faults, backup, backup.described()));
    }
    if !faults.on_for("describe-deleted", &[id]) {
        return Err(absent(faults, id));
    }
    let mut body = backup.described();
    if let Some(body) = body.as_object_mut() {
        body.insert("status".to_owned(), json!("DELETED"));
    }
    Ok(body)
}

/// `DELETE /v2/clusters/{cluster}/backups/{id}`: the one call this project is about.
pub(super) fn delete(
    organization: &mut Organization,
    faults: &Faults,
    cluster: &str,
    id: &str,
    now: Timestamp,
) -> Outcome {
    if faults.on_for("deny-delete", &[id]) {
        return Err(refused(
            NO_PERMISSION,
            "You have no permission for this operation",
        ));
    }
    if let Some(code) = faults.number_for("code", &[id]) {
        return Err(refused(code, "The backup cannot be deleted"));
    }
    having_backups(organization, faults, cluster)?;
    let missing = absent(faults, id);
    let Some(backup) = organization.backup_mut(cluster, id) else {
        return Err(missing);
    };
    if backup.deleted_at.is_some() {
        if !faults.on_for("twice-ok", &[id]) {
            return Err(missing);
        }
    } else if !faults.on_for("kept", &[id]) {
        backup.deleted_at = Some(now);
    }
    if let Some(code) = faults.number_for("code-after", &[id]) {
        return Err(refused(code, "Internal error"));
    }
    if faults.on_for("data-empty", &[id]) {
        return Ok(Value::Null);
    }
    let named = if faults.on_for("data-other", &[id]) {
        "backup-of-somebody-else"
    } else {
        id
    };
    Ok(json!({"backupId": named, "backupName": backup.name}))
}

/// `POST /v2/clusters/{cluster}/backups/create`: a sibling of a backup's route, which really makes one.
pub(super) fn create(
    organization: &mut Organization,
    cluster: &str,
    body: &Map<String, Value>,
    now: Timestamp,
) -> Outcome {
    let found = live(organization, cluster)?.clone();
    plan_with_backups(&found)?;
    let type_ = match body.get("backupType").and_then(Value::as_str) {
        None => "CLUSTER",
        Some(type_ @ ("CLUSTER" | "COLLECTION")) => type_,
        Some(other) => return Err(refused(BAD_TYPE, format!("Invalid backupType {other}"))),
    };
    let number = organization.backups.len().saturating_add(1);
    let backup = Backup {
        id: format!("backup-sandbox-{number:04}"),
        name: format!("{}_backup{number}", found.name),
        cluster: found.id,
        cluster_name: found.name,
        project: found.project,
        region: found.region,
        type_: type_.to_owned(),
        method: "MANUAL".to_owned(),
        status: "CREATING".to_owned(),
        size: 0,
        created_at: Some(now),
        expires_at: None,
        collections: body.get("dbCollections").cloned().unwrap_or(json!([])),
        deleted_at: None,
    };
    let answer = json!({
        "backupId": backup.id,
        "backupName": backup.name,
        "jobId": format!("job-sandbox-{number:04}"),
    });
    organization.backups.push(backup);
    Ok(answer)
}

/// `GET /v2/clusters/{cluster}/backups/policy`.
pub(super) fn policy(organization: &Organization, cluster: &str) -> Outcome {
    let found = live(organization, cluster)?;
    plan_with_backups(found)?;
    let mut body = found.policy.clone();
    if let Some(body) = body.as_object_mut() {
        body.insert("clusterId".to_owned(), json!(cluster));
    }
    Ok(body)
}

/// `POST` and `DELETE` on the same route. A client that takes `policy` for a backup's id ends here, and it shows.
pub(super) fn set_policy(
    organization: &mut Organization,
    cluster: &str,
    body: &Map<String, Value>,
) -> Outcome {
    live(organization, cluster)?;
    let found = organization
        .cluster_mut(cluster)
        .ok_or_else(|| no_cluster(cluster))?;
    if let Some(policy) = found.policy.as_object_mut() {
        for (key, value) in body {
            policy.insert(key.clone(), value.clone());
        }
        if let Some(enabled) = body.get("enabled").and_then(Value::as_bool) {
            let status = if enabled { "ENABLED" } else { "DISABLED" };
            policy.insert("status".to_owned(), json!(status));
        }
    }
    Ok(json!({"clusterId": cluster, "status": found.policy.get("status")}))
}

/// A cluster that exists and was not dropped.
pub(super) fn live<'a>(
    organization: &'a Organization,
    cluster: &str,
) -> Result<&'a Cluster, Refusal> {
    if !is_id(cluster) {
        return Err(refused(BAD_CLUSTER_ID, "Invalid cluster id"));
    }
    organization
        .cluster(cluster)
        .filter(|found| found.status.is_some())
        .ok_or_else(|| no_cluster(cluster))
}

fn having_backups(
    organization: &Organization,
    faults: &Faults,
    cluster: &str,
) -> Result<(), Refusal> {
    if !is_id(cluster) {
        return Err(refused(BAD_CLUSTER_ID, "Invalid cluster id"));
    }
    let found = organization
        .cluster(cluster)
        .ok_or_else(|| no_cluster(cluster))?;
    if found.status.is_none() && faults.on("orphan-96018") {
        return Err(no_cluster(cluster));
    }
    plan_with_backups(found)
}

fn plan_with_backups(cluster: &Cluster) -> Result<(), Refusal> {
    match cluster.plan.as_str() {
        "Free" => Err(refused(
            FREE_HAS_NONE,
            "Backups are not available on Free clusters",
        )),
        "Serverless" => Err(refused(
            SERVERLESS_HAS_NONE,
            "Backups are not available on Serverless clusters",
        )),
        _ => Ok(()),
    }
}

fn no_cluster(cluster: &str) -> Refusal {
    refused(NO_CLUSTER, format!("The cluster {cluster} does not exist"))
}

fn absent(faults: &Faults, id: &str) -> Refusal {
    let message = format!("The backup {id} does not exist");
    let code = faults
        .number_for("not-found-code", &[id])
        .unwrap_or(NO_BACKUP);
    if faults.on_for("not-found-404", &[id]) {
        refused_with(StatusCode::NOT_FOUND, code, message)
    } else {
        refused(code, message)
    }
}
