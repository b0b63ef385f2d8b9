//! The JSON that Aiven answers: whole services, passwords and URIs included, and lists of backups.
//!
//! The secrets are fakes that all hold [`SECRET`], so that a test can search for it wherever nothing of a raw service body
//! may show.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::rest::{self, within};
use super::service::{Copy, Region, Service};

/// What every secret in a service body holds.
pub const SECRET: &str = "AVNS_SandboxSecret";

/// One service, as GET, PUT and the project's list show it.
pub(super) fn service(service: &Service) -> Value {
    let password = format!("{SECRET}-{}", service.name);
    let host = format!(
        "{}-{}.sandbox.aivencloud.com",
        service.name, service.project
    );
    let scheme = match service.type_.as_str() {
        "pg" => "postgres",
        "opensearch" | "grafana" | "clickhouse" => "https",
        other => other,
    };
    let uri = format!("{scheme}://avnadmin:{password}@{host}:12691/defaultdb?sslmode=require");
    let poweroff = service.state == "POWEROFF";
    let mut connection = serde_json::Map::new();
    connection.insert(service.type_.clone(), json!([uri]));
    let integrations: Vec<Value> = service
        .read_replica_of
        .iter()
        .map(|source| {
            json!({
                "integration_type": "read_replica",
                "source_service": source,
                "dest_service": service.name,
                "enabled": true,
                "active": true,
            })
        })
        .collect();
    let mut body = json!({
        "acl": [],
        "backups": service.primary.iter().map(Copy::to_json).collect::<Vec<_>>(),
        "cloud_description": "Sandbox",
        "cloud_name": service.cloud,
        "cloud_names": [service.cloud],
        "components": [{"component": service.type_, "host": host, "port": 12691, "route": "dynamic", "usage": "primary"}],
        "connection_info": connection,
        "connection_pools": [],
        "create_time": rest::time(service.created_at),
        "databases": ["defaultdb"],
        "disk_space_mb": 81920,
        "features": {},
        "group_list": ["default"],
        "maintenance": {"dow": "sunday", "time": "03:40:21", "updates": []},
        "metadata": {},
        "node_count": if poweroff { 0 } else { 2 },
        "node_states": [],
        "plan": service.plan,
        "powered": !poweroff,
        "project_vpc_id": null,
        "service_integrations": integrations,
        "service_name": service.name,
        "service_notifications": [],
        "service_type": service.type_,
        "service_uri": uri,
        "service_uri_params": {"dbname": "defaultdb", "host": host, "password": password, "port": "12691", "user": "avnadmin"},
        "state": service.state,
        "tags": {},
        "termination_protection": service.termination_protection,
        "update_time": rest::time(service.updated_at),
        "user_config": service.user_config,
        "users": [{
            "username": "avnadmin",
            "type": "primary",
            "password": password,
            "access_key": format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n"),
        }],
    });
    if let Some(body) = body.as_object_mut() {
        for (key, value) in &service.settings {
            body.insert(key.clone(), value.clone());
        }
    }
    body
}

/// `GET …/backups`: every backup once, with the additional regions that hold it.
pub(super) fn backups(service: &Service, lag: Duration, now: Timestamp) -> Value {
    let shown: Vec<&Region> = service
        .regions
        .iter()
        .filter(|region| {
            region
                .removed_at
                .is_none_or(|removed| within(removed, now, lag))
        })
        .collect();
    // By name, because the same backup lies in several places and is listed once.
    let mut rows: BTreeMap<&str, (&Copy, &str, Vec<Value>)> = BTreeMap::new();
    for copy in &service.primary {
        rows.insert(&copy.name, (copy, &service.cloud, Vec::new()));
    }
    for region in &shown {
        for copy in &region.copies {
            rows.entry(&copy.name)
                .or_insert((copy, &region.cloud, Vec::new()))
                .2
                .push(additional(region));
        }
    }
    let list: Vec<Value> = rows
        .into_values()
        .map(|(copy, location, regions)| {
            let mut row = copy.to_json();
            if let Some(row) = row.as_object_mut() {
                row.insert("storage_location".to_owned(), json!(location));
                if !regions.is_empty() {
                    row.insert("additional_regions".to_owned(), json!(regions));
                }
            }
            row
        })
        .collect();
    let mut body = json!({"backups": list});
    if matches!(service.type_.as_str(), "pg" | "mysql")
        && let Some(body) = body.as_object_mut()
        && let Some((start, end)) = range(&service.primary, now)
    {
        let regions: Vec<Value> = shown
            .iter()
            .filter_map(|region| {
                let (start, end) = range(&region.copies, now)?;
                Some(json!({
                    "cloud": region.cloud,
                    "region": short(&region.cloud),
                    "pitr_range_start": start,
                    "pitr_range_end": end,
                }))
            })
            .collect();
        body.insert(
            "pitr".to_owned(),
            json!({
                "primary_region": {"pitr_range_start": start, "pitr_range_end": end},
                "additional_regions": regions,
            }),
        );
    }
    body
}

fn additional(region: &Region) -> Value {
    let mut body = json!({"cloud": region.cloud, "region": short(&region.cloud)});
    if let Some(body) = body.as_object_mut()
        && region.paused
    {
        body.insert("paused".to_owned(), json!(true));
        body.insert("pause_reason".to_owned(), json!(region.pause_reason));
    }
    body
}

fn range(copies: &[Copy], now: Timestamp) -> Option<(String, String)> {
    let start = copies.iter().filter_map(|copy| copy.time).min()?;
    Some((rest::time(start), rest::time(now)))
}

/// The cloud provider's own name of a region, as in `eu-central-1` of `aws-eu-central-1`.
fn short(cloud: &str) -> &str {
    cloud.split_once('-').map_or(cloud, |(_, region)| region)
}
