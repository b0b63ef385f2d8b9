//! How the demo's AWS backups are written down: short calls that say only what is special.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::sandbox::{
    aws::{HOME_ACCOUNT, HOME_REGION},
    seed::Seed,
};

const PLAN: &str = "7c2f9a1e-5b64-4f0d-8e3a-91d2c6b7f045";
const GIB: u64 = 1 << 30;

/// A complete recovery point of the home account and region.
pub(super) fn point(
    vault: &str,
    arn: &str,
    kind: &str,
    resource: &str,
    name: &str,
    created: Timestamp,
    gib: u64,
) -> Seed {
    let seed = Seed {
        provider: "aws".to_owned(),
        id: format!("{vault}/{arn}"),
        resource: Some(resource.to_owned()),
        type_: Some(kind.to_owned()),
        name: Some(name.to_owned()),
        created_at: Some(created),
        size_bytes: Some(gib.saturating_mul(GIB)),
        status: Some("COMPLETED".to_owned()),
        scope: BTreeMap::from([("vault".to_owned(), json!(vault))]),
        attributes: BTreeMap::from([("backup_plan_id".to_owned(), json!(PLAN))]),
        ..Seed::default()
    };
    within(seed, HOME_ACCOUNT, HOME_REGION)
}

/// The same in another account or region.
pub(super) fn within(mut seed: Seed, account: &str, region: &str) -> Seed {
    seed.scope.insert("account".to_owned(), json!(account));
    seed.scope.insert("region".to_owned(), json!(region));
    seed
}

/// The same with an attribute.
pub(super) fn with(mut seed: Seed, attribute: &str, value: Value) -> Seed {
    seed.attributes.insert(attribute.to_owned(), value);
    seed
}

/// The same with a protection.
pub(super) fn protected(mut seed: Seed, word: &str) -> Seed {
    seed.protection.push(word.to_owned());
    seed
}

/// The same with a tag.
pub(super) fn tagged(mut seed: Seed, key: &str, value: &str) -> Seed {
    seed.tags
        .get_or_insert_default()
        .insert(key.to_owned(), value.to_owned());
    seed
}

/// So many days and hours before `now`; negative ones lie ahead. To the second, as AWS' times mostly are.
pub(super) fn ago(now: Timestamp, days: i64, hours: i64) -> Timestamp {
    let span = SignedDuration::from_hours(days.saturating_mul(24).saturating_add(hours));
    let time = now.saturating_sub(span).unwrap_or(now);
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
