//! The Zilliz half of the sandbox's demonstration data: one backup for each case that a person meets sooner or later.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::sandbox::seed::Seed;
use crate::sandbox::zilliz::ClusterSeed;

const PROJECT: &str = "proj-7c1f0a9be3d2";
const STAGING: &str = "proj-2e84d6b05fa1";
/// A production cluster with daily backups.
const SEARCH: &str = "in01-3f9a1c7be2d4650";
/// A suspended staging cluster; its backups cost all the same.
const EMBEDDINGS: &str = "in01-82d0e4f61b7c395";
/// Dropped last spring; what was made by hand is still there.
const DROPPED: &str = "in01-c05b9e12a7f8d43";

struct Row {
    cluster: &'static str,
    id: &'static str,
    name: &'static str,
    type_: &'static str,
    method: &'static str,
    status: &'static str,
    hours: i64,
    /// Days from the making to the expiry.
    retention: Option<i64>,
    size: u64,
}

const fn row(
    cluster: &'static str,
    id: &'static str,
    name: &'static str,
    hours: i64,
    size: u64,
) -> Row {
    Row {
        cluster,
        id,
        name,
        type_: "CLUSTER",
        method: "MANUAL",
        status: "AVAILABLE",
        hours,
        retention: None,
        size,
    }
}

const fn auto(
    cluster: &'static str,
    id: &'static str,
    name: &'static str,
    hours: i64,
    size: u64,
) -> Row {
    let mut row = row(cluster, id, name, hours, size);
    row.method = "AUTO";
    row.retention = Some(7);
    row
}

const fn with_type(mut row: Row, type_: &'static str) -> Row {
    row.type_ = type_;
    row
}

const fn with_status(mut row: Row, status: &'static str) -> Row {
    row.status = status;
    row
}

const BACKUPS: [Row; 15] = [
    auto(
        SEARCH,
        "backup0_8f21c6d09a4e",
        "search-prod_auto_1",
        6,
        48_318_382_080,
    ),
    auto(
        SEARCH,
        "backup0_8f21c6d09a4f",
        "search-prod_auto_2",
        30,
        48_103_636_992,
    ),
    auto(
        SEARCH,
        "backup0_8f21c6d09a50",
        "search-prod_auto_3",
        54,
        47_888_891_904,
    ),
    auto(
        SEARCH,
        "backup0_8f21c6d09a51",
        "search-prod_auto_4",
        78,
        47_674_146_816,
    ),
    row(
        SEARCH,
        "backup1_17be03c95d2a",
        "before-v2-migration",
        24 * 41,
        41_875_931_136,
    ),
    row(
        SEARCH,
        "backup1_2f6a90d4e7b8",
        "before-v3-migration",
        24 * 9,
        47_244_640_256,
    ),
    row(
        SEARCH,
        "backup1_5c3d81fa0e96",
        "quarter-end-2025Q4",
        24 * 250,
        38_654_705_664,
    ),
    // Under way: never a candidate.
    with_status(
        row(SEARCH, "backup1_9a0e77bb41cd", "before-v4-migration", 0, 0),
        "CREATING",
    ),
    with_type(
        row(
            SEARCH,
            "backup2_31d5e8a06c7f",
            "products-collection",
            24 * 20,
            2_147_483_648,
        ),
        "COLLECTION",
    ),
    auto(
        EMBEDDINGS,
        "backup0_c4409be2d1f7",
        "embeddings-staging_auto_1",
        24 * 3,
        5_368_709_120,
    ),
    row(
        EMBEDDINGS,
        "backup1_d81f26a5c0b3",
        "loadtest-baseline",
        24 * 130,
        5_153_960_755,
    ),
    // Available and of unknown size, which is not the same as free.
    row(
        EMBEDDINGS,
        "backup1_e09c57b34af2",
        "loadtest-after",
        24 * 129,
        0,
    ),
    // The forgotten cost: their cluster is gone, nothing will ever expire.
    row(
        DROPPED,
        "backup1_60b2f9d8c1e4",
        "recs-final",
        24 * 220,
        21_474_836_480,
    ),
    row(
        DROPPED,
        "backup1_60b2f9d8c1e5",
        "recs-before-drop",
        24 * 221,
        21_474_836_480,
    ),
    with_type(
        row(
            DROPPED,
            "backup2_60b2f9d8c1e6",
            "recs-users-collection",
            24 * 300,
            734_003_200,
        ),
        "COLLECTION",
    ),
];

/// The backups.
#[must_use]
pub fn demo_zilliz(now: Timestamp) -> Vec<Seed> {
    // The API shows whole seconds.
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    BACKUPS.iter().map(|row| seed(row, now)).collect()
}

/// The clusters without backups, of plans that can have none and of one that could.
#[must_use]
pub fn demo_zilliz_clusters() -> Vec<ClusterSeed> {
    [
        ("in03-b71c2d9e04fa685", "playground", "Free", "RUNNING"),
        ("in05-4d8e60a1c93b7f2", "docs-qa", "Serverless", "RUNNING"),
        (
            "in01-f2a6c8e09d1b374",
            "analytics-dev",
            "Standard",
            "SUSPENDED",
        ),
    ]
    .into_iter()
    .map(|(id, name, plan, status)| ClusterSeed {
        id: id.to_owned(),
        name: name.to_owned(),
        project: STAGING.to_owned(),
        project_name: "acme-staging".to_owned(),
        region: "aws-us-west-2".to_owned(),
        plan: plan.to_owned(),
        status: status.to_owned(),
    })
    .collect()
}

fn seed(row: &Row, now: Timestamp) -> Seed {
    let ago = |hours: i64| {
        now.saturating_sub(SignedDuration::from_hours(hours))
            .unwrap_or(now)
    };
    let created = ago(row.hours);
    let (project, project_name) = if row.cluster == EMBEDDINGS {
        (STAGING, "acme-staging")
    } else {
        (PROJECT, "acme-prod")
    };
    let (name, status, region) = match row.cluster {
        SEARCH => ("search-prod", json!("RUNNING"), "aws-eu-central-1"),
        EMBEDDINGS => ("embeddings-staging", json!("SUSPENDED"), "aws-us-west-2"),
        _ => ("recommendations", Value::Null, "aws-eu-central-1"),
    };
    let collections = if row.type_ == "COLLECTION" {
        json!([{"dbName": "default", "collections": [{"collectionName": "products", "description": "", "status": "LOADED"}]}])
    } else {
        json!([])
    };
    Seed {
        provider: "zilliz".to_owned(),
        id: format!("{}/{}", row.cluster, row.id),
        scope: [("project", project), ("cluster", row.cluster)]
            .into_iter()
            .map(|(key, value)| (key.to_owned(), json!(value)))
            .collect(),
        resource: Some(row.cluster.to_owned()),
        type_: Some(row.type_.to_owned()),
        name: Some(row.name.to_owned()),
        created_at: Some(created),
        expires_at: row
            .retention
            .and_then(|days| SignedDuration::from_hours(24).checked_mul(i32::try_from(days).ok()?))
            .and_then(|span| created.checked_add(span).ok()),
        size_bytes: Some(row.size),
        status: Some(row.status.to_owned()),
        attributes: [
            ("creation_method", json!(row.method)),
            ("cluster_name", json!(name)),
            ("cluster_status", status),
            ("region_id", json!(region)),
            ("project_name", json!(project_name)),
            ("plan", json!("Enterprise")),
            ("db_collections", collections),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect(),
        ..Seed::default()
    }
}
