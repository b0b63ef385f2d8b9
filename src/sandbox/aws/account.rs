//! The Account service, as far as it tells which regions an account may use.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{failure::Failure, page::Page, quirk::Quirks, state::World, wire};
use crate::sandbox::exchange::{Answer, Incoming};

/// A few of AWS' regions; whatever else an account has something in is enabled too.
const REGIONS: [(&str, &str); 5] = [
    ("af-south-1", "DISABLED"),
    ("eu-central-1", "ENABLED_BY_DEFAULT"),
    ("eu-south-1", "ENABLED"),
    ("eu-west-1", "ENABLED_BY_DEFAULT"),
    ("us-east-1", "ENABLED_BY_DEFAULT"),
];

/// The most regions on a page.
const MOST: u64 = 50;

/// Whether nobody is let in there: AWS then knows no key at all.
#[must_use]
pub fn is_disabled(region: &str) -> bool {
    REGIONS
        .iter()
        .any(|(name, status)| *name == region && *status == "DISABLED")
}

/// Answers `ListRegions`.
pub fn list_regions(
    world: &World,
    account: &str,
    request: &Incoming,
    quirks: &Quirks,
) -> Result<Answer, Failure> {
    let asked = asked(request)?;
    let wanted: BTreeSet<&str> = asked
        .get("RegionOptStatusContains")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut regions: BTreeMap<&str, &str> = world
        .regions
        .keys()
        .filter(|place| place.account == account)
        .map(|place| (place.region.as_str(), "ENABLED"))
        .collect();
    regions.extend(REGIONS);
    let page = page(&asked)?;
    let items = regions
        .into_iter()
        .filter(|(name, status)| {
            page.after.as_deref().is_none_or(|after| *name > after)
                && (wanted.is_empty() || wanted.contains(status))
        })
        .map(|(name, status)| {
            let item = json!({"RegionName": name, "RegionOptStatus": status});
            (name.to_owned(), item)
        });
    Ok(wire::answer(&page.body("Regions", items, quirks)))
}

fn asked(request: &Incoming) -> Result<Value, Failure> {
    serde_json::from_slice(&request.body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| Failure::validation("The request body is no JSON object."))
}

/// The page is asked for in the body, not in the query.
fn page(asked: &Value) -> Result<Page, Failure> {
    let size = match asked.get("MaxResults") {
        None | Some(Value::Null) => MOST,
        Some(size) => size
            .as_u64()
            .filter(|size| (1..=MOST).contains(size))
            .ok_or_else(|| {
                Failure::validation(format!(
                    "Value at 'maxResults' must be between 1 and {MOST}."
                ))
            })?,
    };
    let mut query = vec![("maxResults".to_owned(), size.to_string())];
    if let Some(token) = asked.get("NextToken").and_then(Value::as_str) {
        query.push(("nextToken".to_owned(), token.to_owned()));
    }
    Page::of(&query).map_err(|_| Failure::validation("The NextToken is not valid."))
}
