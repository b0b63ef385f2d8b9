//! The service types, as far as `avn service update -c` needs them: it turns its arguments into JSON by this schema.

use serde_json::{Value, json};

use super::service::REGIONS;

/// The types that take an additional region; on the others the key is deprecated, but can still hold one.
const LIVE: &[&str] = &["pg", "mysql", "opensearch", "valkey", "grafana"];
const DEPRECATED: &[&str] = &["redis", "kafka", "clickhouse", "cassandra"];

/// `GET …/service-types/{type}`; `None` for a type that does not exist.
pub(super) fn service_type(name: &str) -> Option<Value> {
    let deprecated = DEPRECATED.contains(&name);
    if !deprecated && !LIVE.contains(&name) {
        return None;
    }
    Some(json!({
        "name": name,
        "description": name,
        "default_version": null,
        "latest_available_version": null,
        "service_plans": [],
        "user_config_schema": {
            "type": "object",
            "title": format!("{name} settings"),
            "additionalProperties": false,
            "properties": {
                REGIONS: {
                    "title": "Additional Cloud Regions for Backup Replication",
                    "description": if deprecated { "Deprecated." } else { "" },
                    "type": "array",
                    "maxItems": 1,
                    "items": {"type": "string", "title": "Target cloud", "pattern": "^[a-z0-9-]+$"},
                },
                "backup_hour": {"title": "The hour of day when backups start", "type": ["integer", "null"]},
                "backup_retention_days": {"title": "Days to keep backups", "type": "integer"},
                "ip_filter": {"title": "IP filter", "type": "array", "items": {"type": "string", "title": "CIDR"}},
                "service_log": {"title": "Service logging", "type": ["boolean", "null"]},
            },
        },
    }))
}

/// `GET …/service_types`.
pub(super) fn service_types() -> Value {
    let types: serde_json::Map<String, Value> = LIVE
        .iter()
        .chain(DEPRECATED)
        .filter_map(|name| Some(((*name).to_owned(), service_type(name)?)))
        .collect();
    json!({"service_types": types})
}
