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
    let mut order = Vec::new();
    let mut ran: HashMap<BackupId, Deletion> = HashMap::new();
    for slot in jobs.into_iter().flat_map(|job| job.slots) {
        order.push(slot.backup.id.clone());
        ran.insert(slot.backup.id.clone(), slot.result);
    }
    let mut results = Vec::new();
    for item in &plan.items {
        if let Some(result) = ran.remove(&item.backup.id) {
            results.push(result);
        } else if item.refused {
            results.push(skipped(item));
        }
    }
    // What was only read back is in no plan any more.
    results.extend(order.iter().filter_map(|id| ran.remove(id)));
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
