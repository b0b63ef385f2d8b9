//! What a service's regions hold, made out of the lists of its backups.
//!
//! Which list says what is only half documented, so every rule here leans to the side that keeps: a copy counts as a
//! primary backup only where that is said, and what could not be read is not nothing.

use std::collections::HashSet;

use jiff::Timestamp;

use super::wire::{self, Backups, Copy, Pitr, Service};

/// The lists of a service's backups, as far as they could be read.
#[derive(Debug, Clone)]
pub(super) struct Holdings {
    copies: Vec<Copy>,
    pitr: Option<Pitr>,
    /// Whether this is the list of all backups. The service's own list stands in for it where the token may not read it.
    pub(super) complete: bool,
}

/// What one additional region holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Held {
    /// How many copies; `None` where that could not be read.
    pub(super) copies: Option<usize>,
    /// When the oldest was made.
    pub(super) oldest: Option<Timestamp>,
    /// When the newest was made.
    pub(super) newest: Option<Timestamp>,
    /// Whether it holds copies of which none says when it was made.
    pub(super) undated: bool,
    /// Whether copying to it is paused.
    pub(super) paused: Paused,
    /// Why.
    pub(super) pause_reason: Option<String>,
    /// The copies' sizes before compression, in bytes.
    pub(super) data_size: Option<u64>,
    /// From and to which moment the service can be taken back from it.
    pub(super) pitr: Option<(Option<String>, Option<String>)>,
}

/// Whether copying to a region is paused. It is said of each copy, and copies can disagree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Paused {
    /// No copy says so.
    #[default]
    No,
    /// Some do: neither is it sure to be restorable, nor sure not to be.
    Partly,
    /// All do.
    Yes,
}

/// A backup in the service's own region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Primary {
    pub(super) name: Option<String>,
    pub(super) at: Option<Timestamp>,
}

impl Holdings {
    /// From the list of all backups.
    pub(super) fn all(backups: Backups) -> Self {
        Self {
            copies: backups.backups,
            pitr: backups.pitr,
            complete: true,
        }
    }

    /// From the service's own list, where the other one may not be read.
    pub(super) fn of_service(service: &Service) -> Self {
        Self {
            copies: service.backups.clone().unwrap_or_default(),
            pitr: None,
            complete: false,
        }
    }

    /// What one of the service's additional regions holds.
    pub(super) fn held(&self, service: &Service, region: &str) -> Held {
        let here: Vec<&Copy> = self
            .copies
            .iter()
            .filter(|copy| carries(copy, region, service.cloud_name.as_deref()))
            .collect();
        if here.is_empty() && !self.complete {
            return Held::default();
        }
        let times: Vec<Timestamp> = here.iter().filter_map(|copy| time(copy)).collect();
        let places: Vec<_> = here
            .iter()
            .filter_map(|copy| place(copy, region))
            .filter(|place| place.paused == Some(true))
            .collect();
        Held {
            copies: Some(here.len()),
            oldest: times.iter().min().copied(),
            newest: times.iter().max().copied(),
            undated: times.is_empty() && !here.is_empty(),
            paused: match places.len() {
                0 => Paused::No,
                some if some < here.len() => Paused::Partly,
                _ => Paused::Yes,
            },
            pause_reason: places.iter().find_map(|place| place.pause_reason.clone()),
            data_size: here
                .iter()
                .map(|copy| copy.data_size.as_ref().and_then(serde_json::Number::as_u64))
                .try_fold(0_u64, |sum, size| sum.checked_add(size?)),
            pitr: self.pitr.as_ref().and_then(|pitr| {
                let range = pitr.additional_regions.as_ref()?.iter().find(|range| {
                    wire::is_region(region, range.cloud.as_deref(), range.region.as_deref())
                })?;
                Some((range.start.clone(), range.end.clone()))
            }),
        }
    }

    /// Whether any listed backup still carries the region.
    pub(super) fn carry(&self, service: &Service, region: &str) -> bool {
        self.copies
            .iter()
            .any(|copy| carries(copy, region, service.cloud_name.as_deref()))
    }

    /// The backups in the service's own region, or `None` where that could not be read.
    pub(super) fn primaries(&self, service: &Service) -> Option<Vec<Primary>> {
        let own = service.backups.as_deref();
        if !self.complete && own.is_none_or(<[Copy]>::is_empty) {
            return None;
        }
        let secondary = |copy: &Copy| is_elsewhere(copy, service);
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        let listed = own
            .unwrap_or_default()
            .iter()
            .filter(|copy| !secondary(copy));
        let others = self.copies.iter().filter(|copy| {
            let said_here = copy
                .storage_location
                .as_deref()
                .zip(service.cloud_name.as_deref())
                .is_some_and(|(location, own)| is_location(location, own));
            let nowhere_else = copy.storage_location.is_none()
                && (own.is_none() || copy.additional_regions.as_ref().is_none_or(Vec::is_empty));
            self.complete && (said_here || nowhere_else)
        });
        for copy in listed.chain(others) {
            let primary = Primary {
                name: copy.backup_name.clone(),
                at: time(copy),
            };
            if seen.insert((primary.name.clone(), primary.at)) {
                found.push(primary);
            }
        }
        Some(found)
    }
}

fn time(copy: &Copy) -> Option<Timestamp> {
    copy.backup_time.as_deref()?.parse().ok()
}

fn place<'a>(copy: &'a Copy, region: &str) -> Option<&'a wire::Place> {
    copy.additional_regions
        .as_ref()?
        .iter()
        .find(|place| wire::is_region(region, place.cloud.as_deref(), place.region.as_deref()))
}

/// Whether a backup lies in the additional region: because it says so, or because it is stored there and nowhere else.
fn carries(copy: &Copy, region: &str, own_cloud: Option<&str>) -> bool {
    place(copy, region).is_some()
        || (own_cloud != Some(region)
            && copy
                .storage_location
                .as_deref()
                .is_some_and(|location| is_location(location, region)))
}

/// Whether a backup is stored in one of the additional regions alone. One that carries a region which has left the list
/// names it in its own places.
fn is_elsewhere(copy: &Copy, service: &Service) -> bool {
    let Some(location) = copy.storage_location.as_deref() else {
        return false;
    };
    if service.cloud_name.as_deref() == Some(location) {
        return false;
    }
    service
        .regions()
        .iter()
        .any(|region| is_location(location, region))
        || copy.additional_regions.iter().flatten().any(|place| {
            place.region.as_deref() == Some(location) || place.cloud.as_deref() == Some(location)
        })
}

/// Whether a storage location is the region: by its full name, or without the cloud's.
fn is_location(location: &str, region: &str) -> bool {
    location == region
        || region
            .split_once('-')
            .is_some_and(|(_, short)| short == location)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const REGION: &str = "aws-eu-central-1";

    fn service(backups: &Value) -> Service {
        serde_json::from_value(json!({
            "service_name": "s", "service_type": "pg", "state": "RUNNING", "cloud_name": "aws-eu-west-1",
            "termination_protection": false,
            "user_config": {"additional_backup_regions": [REGION]},
            "backups": backups,
        }))
        .unwrap()
    }

    fn all(backups: &Value) -> Holdings {
        Holdings::all(serde_json::from_value(json!({"backups": backups})).unwrap())
    }

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    #[test]
    fn a_region_holds_the_copies_that_name_it_in_either_way() {
        let holdings = all(&json!([
            {"backup_name": "a", "backup_time": "2026-01-01T00:00:00Z", "data_size": 10, "additional_regions": [{"cloud": REGION}]},
            {"backup_name": "b", "backup_time": "2026-01-03T00:00:00Z", "data_size": 5, "storage_location": REGION},
            {"backup_name": "c", "backup_time": "2026-01-02T00:00:00Z", "data_size": 7, "additional_regions": [{"cloud": "aws", "region": "eu-central-1"}]},
            {"backup_name": "d", "backup_time": "2026-01-09T00:00:00Z", "data_size": 7},
        ]));
        let held = holdings.held(&service(&Value::Null), REGION);
        assert_eq!(
            (held.copies, held.oldest, held.newest, held.data_size),
            (
                Some(3),
                Some(at("2026-01-01T00:00:00Z")),
                Some(at("2026-01-03T00:00:00Z")),
                Some(22)
            )
        );
        assert!(holdings.carry(&service(&Value::Null), REGION));
        assert!(!holdings.carry(&service(&Value::Null), "aws-eu-north-1"));
    }

    #[test]
    fn an_empty_list_is_nothing_and_a_list_that_may_not_be_read_is_not() {
        let empty = all(&json!([]));
        let service_without = service(&json!([]));
        assert_eq!(empty.held(&service_without, REGION).copies, Some(0));
        assert_eq!(empty.primaries(&service_without), Some(Vec::new()));
        let unread = Holdings::of_service(&service_without);
        assert_eq!(unread.held(&service_without, REGION).copies, None);
        assert_eq!(unread.primaries(&service_without), None);
        let service_with = service(&json!([{"backup_name": "a"}]));
        let unread = Holdings::of_service(&service_with);
        assert_eq!(unread.held(&service_with, REGION).copies, None);
        assert_eq!(unread.primaries(&service_with).unwrap().len(), 1);
    }

    #[test]
    fn paused_is_what_all_copies_say_and_partly_what_some_do() {
        let place = |paused: Value| json!({"backup_name": paused.to_string(), "additional_regions": [{"cloud": REGION, "paused": paused, "pause_reason": "full"}]});
        for (list, paused) in [
            (json!([place(json!(false)), place(json!(null))]), Paused::No),
            (
                json!([place(json!(false)), place(json!(true))]),
                Paused::Partly,
            ),
            (json!([place(json!(true))]), Paused::Yes),
            (json!([]), Paused::No),
        ] {
            let held = all(&list).held(&service(&Value::Null), REGION);
            assert_eq!(held.paused, paused, "{list}");
        }
    }

    #[test]
    fn s9_only_what_is_said_to_lie_in_the_services_own_region_is_a_primary_backup() {
        let count = |own: &Value, list: &Value| all(list).primaries(&service(own)).unwrap().len();
        let here = json!([{"backup_name": "a", "storage_location": "aws-eu-west-1", "additional_regions": [{"cloud": REGION}]}]);
        let there = json!([{"backup_name": "a", "storage_location": REGION, "additional_regions": [{"cloud": REGION}]}]);
        let short = json!([{"backup_name": "a", "storage_location": "eu-central-1"}]);
        let left = json!([{"backup_name": "a", "storage_location": "aws-eu-north-1", "additional_regions": [{"cloud": "aws-eu-north-1"}]}]);
        let foreign = json!([{"backup_name": "a", "storage_location": "s3"}]);
        let unsaid = json!([{"backup_name": "a", "additional_regions": [{"cloud": REGION}]}]);
        let plain = json!([{"backup_name": "a"}]);
        let none = json!([]);
        for (own, list, primaries) in [
            (&none, &here, 1),
            (&none, &there, 0),
            (&none, &short, 0),
            (&none, &left, 0),
            (&none, &foreign, 0),
            (&plain, &foreign, 1),
            (&none, &unsaid, 0),
            (&Value::Null, &unsaid, 1),
            (&plain, &unsaid, 1),
            (&none, &plain, 1),
            (&plain, &none, 1),
            (&there, &none, 0),
        ] {
            assert_eq!(count(own, list), primaries, "{own} {list}");
        }
    }

    #[test]
    fn s7_copies_without_a_time_are_told_from_no_copies() {
        let list = json!([{"backup_name": "a", "backup_time": "yesterday", "additional_regions": [{"cloud": REGION}]}]);
        let held = all(&list).held(&service(&Value::Null), REGION);
        assert!(held.undated && held.newest.is_none());
        assert!(!all(&json!([])).held(&service(&Value::Null), REGION).undated);
    }
}
