//! One result for everything that was named: what ran, what was left out, and what was not there.

use std::collections::HashMap;

use jiff::Timestamp;

use super::job::Job;
use crate::{
    backup::{BackupId, Deletion, ErrorKind, Outcome},
    plan::{Item, Plan, Reason},
};

/// One result an item: what ran, what a guard refused, and what was absent from the start.
pub(super) fn of(plan: &Plan, jobs: Vec<Job>) -> Vec<Deletion> {
    let mut ran: Vec<Option<Deletion>> = jobs
        .into_iter()
        .flat_map(|job| job.slots)
        .map(|slot| Some(slot.result))
        .collect();
    let places: HashMap<BackupId, usize> = ran
        .iter()
        .flatten()
        .enumerate()
        .map(|(place, result)| (result.id.clone(), place))
        .collect();
    let mut results = Vec::with_capacity(ran.len());
    for item in &plan.items {
        let place = places.get(&item.backup.id);
        let result = place.and_then(|place| ran.get_mut(*place)?.take());
        if let Some(result) = result {
            results.push(result);
        } else if item.refused {
            results.push(skipped(item));
        }
    }
    // What was only read back is in no plan any more.
    results.extend(ran.into_iter().flatten());
    results.extend(plan.absent.iter().map(|id| absent(id, plan.created_at)));
    results
}

/// The result of what a guard refused, with `--skip-refused`.
#[must_use]
fn skipped(item: &Item) -> Deletion {
    let mut result = Deletion::of(&item.backup, Outcome::Skipped);
    let protected = item
        .reasons
        .iter()
        .any(|reason| matches!(reason, Reason::Protected(_)));
    result.kind = Some(if protected {
        ErrorKind::Protected
    } else {
        ErrorKind::Guard
    });
    result.message = Some(item.decisive());
    result
}

/// The result of what was named and not there.
#[must_use]
fn absent(id: &BackupId, at: Timestamp) -> Deletion {
    let mut result = Deletion::absent(id.clone(), Outcome::AlreadyAbsent);
    result.verified_at = Some(at);
    result
}
