//! The plan's document, and the digests in it.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Plan;
use crate::backup::{Backup, Protection};

/// The format of a plan's document.
pub(super) const SCHEMA: &str = "bkdel.plan/v1";

/// A digest of what must not change between looking at a backup and deleting it.
///
/// Ids and creation time tell a re-created backup from the one that was planned; resource, health and protections are
/// what the decision rested on. Sizes, names and tags may change without it.
#[must_use]
pub fn fingerprint(backup: &Backup) -> String {
    let mut facts = Sha256::new();
    let created_at = backup.created_at.map(|at| at.to_string());
    let words: Vec<&str> = backup.protection.iter().map(Protection::word).collect();
    for fact in [
        Some(backup.id.provider().name()),
        Some(&*backup.id.to_string()),
        created_at.as_deref(),
        backup.resource.as_deref(),
        backup.kind.as_deref(),
        backup.status.as_deref(),
        Some(&*words.join(",")),
    ] {
        // Lengths keep neighbouring facts apart.
        facts.update(
            fact.map_or(u64::MAX, |text| {
                u64::try_from(text.len()).unwrap_or(u64::MAX)
            })
            .to_be_bytes(),
        );
        facts.update(fact.unwrap_or_default());
    }
    hex(&facts.finalize())
}

pub(super) fn document(plan: &Plan, dry_run: bool) -> serde_json::Result<Value> {
    let mut body = body(plan)?;
    let sha256 = digest_of(&body)?;
    body.insert("dry_run".to_owned(), Value::Bool(dry_run));
    body.insert("sha256".to_owned(), Value::String(sha256));
    Ok(Value::Object(body))
}

pub(super) fn sha256(plan: &Plan) -> serde_json::Result<String> {
    digest_of(&body(plan)?)
}

pub(super) fn digest_of(body: &Map<String, Value>) -> serde_json::Result<String> {
    Ok(hex(&Sha256::digest(serde_json::to_vec(body)?)))
}

fn body(plan: &Plan) -> serde_json::Result<Map<String, Value>> {
    // A map of serde_json keeps its keys in order, so the same plan is the same text.
    let mut body = Map::new();
    body.insert("schema".to_owned(), json!(SCHEMA));
    body.insert("created_at".to_owned(), json!(plan.created_at));
    body.insert(
        "tool".to_owned(),
        json!(format!("bkdel {}", env!("CARGO_PKG_VERSION"))),
    );
    // Of one section what people look for stands at the top; of several there is no one answer.
    let only = match plan.sections.as_slice() {
        [section] => Some(section),
        _ => None,
    };
    let endpoint = only.map(|section| &section.identity.endpoint);
    body.insert(
        "identity".to_owned(),
        serde_json::to_value(only.map(|section| &section.identity))?,
    );
    body.insert("endpoint".to_owned(), json!(endpoint));
    body.insert(
        "selection".to_owned(),
        serde_json::to_value(only.map(|section| &section.selection))?,
    );
    body.insert("sections".to_owned(), serde_json::to_value(&plan.sections)?);
    let complete = plan
        .sections
        .iter()
        .all(|section| section.selection.unread.is_empty());
    body.insert("complete".to_owned(), json!(complete));
    body.insert("items".to_owned(), serde_json::to_value(&plan.items)?);
    // What the plan counts on: it is read again before anything of its group goes (S18).
    body.insert("keepers".to_owned(), serde_json::to_value(&plan.remaining)?);
    body.insert("grave".to_owned(), serde_json::to_value(&plan.grave)?);
    body.insert("absent".to_owned(), serde_json::to_value(&plan.absent)?);
    body.insert("notes".to_owned(), serde_json::to_value(&plan.notes)?);
    body.insert("summary".to_owned(), serde_json::to_value(plan.summary())?);
    let id = digest_of(&body)?;
    body.insert(
        "id".to_owned(),
        json!(format!("plan-{}", id.get(..12).unwrap_or(&id))),
    );
    Ok(body)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a string cannot fail.
            write!(text, "{byte:02x}").ok();
            text
        })
}
