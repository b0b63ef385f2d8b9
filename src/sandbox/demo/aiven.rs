//! The Aiven half of the sandbox's demonstration data: services in every state, and what makes a region the last copy.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::sandbox::aiven::ServiceSeed;
use crate::sandbox::seed::Seed;

struct Row {
    project: &'static str,
    service: &'static str,
    type_: &'static str,
    plan: &'static str,
    cloud: &'static str,
    state: &'static str,
    region: &'static str,
    protected: bool,
    paused: bool,
    /// How many daily copies the region holds.
    copies: i64,
    /// How many primary backups the service holds.
    primary: i64,
    gigabytes: u64,
}

const fn row(
    project: &'static str,
    service: &'static str,
    type_: &'static str,
    region: &'static str,
    copies: i64,
) -> Row {
    Row {
        project,
        service,
        type_,
        plan: "business-8",
        cloud: "aws-eu-west-1",
        state: "RUNNING",
        region,
        protected: false,
        paused: false,
        copies,
        primary: 14,
        gigabytes: 96,
    }
}

/// The additional regions.
#[must_use]
pub fn demo_aiven(now: Timestamp) -> Vec<Seed> {
    const PROD: &str = "acme-prod";
    const STAGING: &str = "acme-staging";
    [
        row(PROD, "orders-pg", "pg", "aws-eu-central-1", 14),
        Row {
            protected: true,
            gigabytes: 410,
            ..row(PROD, "billing-mysql", "mysql", "aws-eu-north-1", 14)
        },
        // More than the schema's one, as a service may have from an earlier time.
        Row {
            gigabytes: 220,
            ..row(PROD, "search-os", "opensearch", "aws-eu-central-1", 3)
        },
        Row {
            gigabytes: 220,
            ..row(PROD, "search-os", "opensearch", "google-europe-west4", 3)
        },
        Row {
            gigabytes: 220,
            ..row(PROD, "search-os", "opensearch", "azure-westeurope", 2)
        },
        Row {
            state: "REBALANCING",
            gigabytes: 4,
            ..row(PROD, "sessions-valkey", "valkey", "aws-eu-central-1", 7)
        },
        // Copying was stopped: what is there is old, and no healthy copy.
        Row {
            paused: true,
            copies: 2,
            ..row(PROD, "dashboards", "grafana", "aws-eu-central-1", 2)
        },
        // Powered off: the region is the last copy.
        Row {
            state: "POWEROFF",
            primary: 0,
            gigabytes: 58,
            ..row(PROD, "archive-pg", "pg", "aws-eu-north-1", 5)
        },
        // Running, but without one primary backup: the region is the last copy, too.
        Row {
            primary: 0,
            gigabytes: 12,
            ..row(STAGING, "reports-pg", "pg", "aws-us-east-1", 3)
        },
        Row {
            state: "REBUILDING",
            cloud: "aws-us-east-2",
            plan: "startup-4",
            gigabytes: 9,
            ..row(STAGING, "orders-pg", "pg", "aws-us-east-1", 6)
        },
        // On a type where the setting is deprecated it can still hold a region.
        Row {
            cloud: "aws-us-east-2",
            plan: "startup-4",
            gigabytes: 2,
            primary: 2,
            ..row(STAGING, "queue-redis", "redis", "aws-us-east-1", 1)
        },
        // Added an hour ago: nothing has been copied yet.
        Row {
            cloud: "aws-us-east-2",
            primary: 6,
            ..row(STAGING, "catalog-mysql", "mysql", "google-us-east1", 0)
        },
    ]
    .iter()
    .map(|row| seed(row, now))
    .collect()
}

/// The services without an additional region: a read replica, one that never had the setting, one where it is empty.
#[must_use]
pub fn demo_aiven_services(now: Timestamp) -> Vec<ServiceSeed> {
    let service = |name: &str, replica_of: Option<&str>, primary: i64, config: Value| ServiceSeed {
        project: "acme-prod".to_owned(),
        name: name.to_owned(),
        service_type: "pg".to_owned(),
        plan: "business-8".to_owned(),
        cloud_name: "aws-eu-west-1".to_owned(),
        state: "RUNNING".to_owned(),
        read_replica_of: replica_of.map(str::to_owned),
        primary_backups: copies(primary, 32, now),
        user_config: match config {
            Value::Object(config) => config,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Map::new(),
        },
    };
    vec![
        service(
            "orders-pg-replica",
            Some("orders-pg"),
            0,
            json!({"ip_filter": ["0.0.0.0/0"]}),
        ),
        service(
            "inventory-pg",
            None,
            14,
            json!({"ip_filter": ["10.0.0.0/8"]}),
        ),
        service(
            "audit-pg",
            None,
            14,
            json!({"additional_backup_regions": []}),
        ),
    ]
}

fn seed(row: &Row, now: Timestamp) -> Seed {
    let copies_there = copies(row.copies, row.gigabytes, now);
    let newest = copies_there
        .as_array()
        .and_then(|copies| copies.first())
        .and_then(|copy| copy.get("backup_time"))
        .and_then(Value::as_str)
        .and_then(|time| time.parse().ok());
    Seed {
        provider: "aiven".to_owned(),
        id: format!("{}/{}/{}", row.project, row.service, row.region),
        scope: [("project", row.project), ("service", row.service)]
            .into_iter()
            .map(|(key, value)| (key.to_owned(), json!(value)))
            .collect(),
        resource: Some(row.service.to_owned()),
        type_: Some(row.type_.to_owned()),
        name: Some(row.region.to_owned()),
        created_at: newest,
        status: Some(if row.paused { "PAUSED" } else { "ACTIVE" }.to_owned()),
        attributes: [
            ("service_type", json!(row.type_)),
            ("plan", json!(row.plan)),
            ("cloud_name", json!(row.cloud)),
            ("state", json!(row.state)),
            ("termination_protection", json!(row.protected)),
            ("paused", json!(row.paused)),
            (
                "pause_reason",
                if row.paused {
                    json!("storage quota exceeded")
                } else {
                    Value::Null
                },
            ),
            ("copies", copies_there),
            ("primary_backups", copies(row.primary, row.gigabytes, now)),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect(),
        ..Seed::default()
    }
}

/// Daily backups, newest first; those of the same day have the same name wherever they lie.
fn copies(days: i64, gigabytes: u64, now: Timestamp) -> Value {
    (0..days)
        .filter_map(|day| {
            let hours = day.checked_mul(24)?.checked_add(3)?;
            let time = now.checked_sub(SignedDuration::from_hours(hours)).ok()?;
            Some(json!({
                "backup_name": format!("{}_0.00000000.pghoard", time.strftime("%Y-%m-%d_%H-%M")),
                "backup_time": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                "data_size": gigabytes.saturating_mul(1_073_741_824),
            }))
        })
        .collect()
}
