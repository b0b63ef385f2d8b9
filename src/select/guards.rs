//! The guards on what was named: protections, side effects, families, and the last healthy backup (S7–S9, S11).
//!
//! A guard never drops an item in silence: it keeps it, says why, and marks it as refused, so that the run can be refused
//! as a whole (or, with `--skip-refused`, go on without it).

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use crate::{
    backup::{Backup, BackupId, Census, Keeper, Keepers, Scope, State},
    plan::{Item, Reason, Remaining, Verdict, fingerprint},
};

#[cfg(test)]
mod tests;

/// What was asked for, and which guards were lifted.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// The backups that were named.
    pub named: HashSet<BackupId>,
    /// `--allow-last`.
    pub allow_last: bool,
    /// `--include-continuous`.
    pub include_continuous: bool,
    /// How many backups each scope holds, where that is known: emptying one needs its name (S13).
    pub totals: HashMap<Arc<Scope>, u64>,
}

/// Verdicts, and what follows from them for consent.
#[derive(Debug)]
pub struct Decision {
    /// Every backup with its verdict.
    pub items: Vec<Item>,
    /// What stays of each group.
    pub remaining: Vec<Remaining>,
    /// Names that must be typed.
    pub grave: Vec<String>,
}

/// Decides about backups that were named, with the members of their families.
#[must_use]
pub fn decide(backups: Vec<Backup>, census: &Census, wishes: &Wishes) -> Decision {
    let mut items: Vec<Item> = backups
        .into_iter()
        .map(|backup| judge(backup, wishes))
        .collect();
    refuse_families(&mut items);
    keep_the_last(&mut items, census, wishes);
    refuse_families(&mut items);
    let remaining = remaining(&items, census);
    let grave = grave(&items, wishes);
    Decision {
        items,
        remaining,
        grave,
    }
}

fn judge(backup: Backup, wishes: &Wishes) -> Item {
    let named = wishes.named.contains(&backup.id);
    let mut reasons = match &backup.parent {
        Some(parent) if !named => vec![Reason::PartOf(parent.clone())],
        Some(_) | None => vec![Reason::Named],
    };
    let mut refused = false;
    for protection in &backup.protection {
        reasons.push(Reason::Protected(protection.clone()));
        refused = true;
    }
    if let Some(effect) = backup.side_effect {
        if wishes.include_continuous {
            reasons.push(Reason::SideEffectAllowed(effect));
        } else {
            reasons.push(Reason::SideEffect(effect));
            refused = true;
        }
    }
    if backup.state == State::Deleting && !refused {
        reasons.push(Reason::DeletingAlready);
    }
    let verdict = if refused {
        Verdict::Keep
    } else {
        Verdict::Delete
    };
    Item {
        fingerprint: fingerprint(&backup),
        backup,
        verdict,
        reasons,
        refused,
    }
}

/// A whole does not go while one of its parts must stay: deleting the whole may take its parts along.
fn refuse_families(items: &mut [Item]) {
    while refuse_wholes(items) | refuse_parts(items) {}
}

/// Refuses the wholes of what stays; tells whether there was one.
fn refuse_wholes(items: &mut [Item]) -> bool {
    // Of several parts that stay the first by id is named, whatever the order in which they were read.
    let mut stays: HashMap<BackupId, BackupId> = HashMap::new();
    for item in items.iter().filter(|item| item.verdict == Verdict::Keep) {
        let Some(parent) = item.backup.parent.clone() else {
            continue;
        };
        let member = stays
            .entry(parent)
            .or_insert_with(|| item.backup.id.clone());
        if item.backup.id < *member {
            member.clone_from(&item.backup.id);
        }
    }
    refuse_where(items, |item| stays.get(&item.backup.id).cloned())
}

/// Refuses what was to go as a part of something that stays; tells whether there was one.
fn refuse_parts(items: &mut [Item]) -> bool {
    let kept: HashSet<BackupId> = items
        .iter()
        .filter(|item| item.verdict == Verdict::Keep)
        .map(|item| item.backup.id.clone())
        .collect();
    refuse_where(items, |item| {
        let only_as_part = matches!(item.reasons.first(), Some(Reason::PartOf(_)));
        let parent = item.backup.parent.clone().filter(|_| only_as_part)?;
        kept.contains(&parent).then_some(parent)
    })
}

fn refuse_where(items: &mut [Item], relative: impl Fn(&Item) -> Option<BackupId>) -> bool {
    let mut some = false;
    for item in items
        .iter_mut()
        .filter(|item| item.verdict == Verdict::Delete)
    {
        if let Some(relative) = relative(item) {
            refuse(item, Reason::FamilyRefused(relative));
            some = true;
        }
    }
    some
}

/// The last healthy backup of a group stays (S9): of those that would go, the newest.
fn keep_the_last(items: &mut [Item], census: &Census, wishes: &Wishes) {
    let mut groups: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        if item.verdict == Verdict::Delete && item.backup.healthy() {
            groups
                .entry(Arc::clone(&item.backup.group))
                .or_default()
                .push(index);
        }
    }
    // What is refused below is a keeper of its own group alone, which is not looked at again.
    let leaving = leaving(items);
    for (group, going) in groups {
        let unreadable = match census.get(&group) {
            Some(Keepers::Known(keepers)) if staying(keepers, &leaving).next().is_some() => {
                continue;
            }
            Some(Keepers::Known(_)) => None,
            Some(Keepers::Unreadable(why)) => Some(why.clone()),
            None => Some("they were not looked up".to_owned()),
        };
        let newest = going.iter().copied().max_by(|a, b| {
            let key = |index: usize| {
                items
                    .get(index)
                    .map(|item| (item.backup.created_at, &item.backup.id))
            };
            key(*a).cmp(&key(*b))
        });
        let Some(item) = newest.and_then(|index| items.get_mut(index)) else {
            continue;
        };
        if let Some(why) = unreadable {
            item.reasons.push(Reason::OthersUnreadable(why));
        }
        if wishes.allow_last {
            item.reasons.push(Reason::LastHealthyAllowed);
        } else {
            refuse(item, Reason::LastHealthy);
        }
    }
}

fn refuse(item: &mut Item, reason: Reason) {
    item.verdict = Verdict::Keep;
    item.refused = true;
    item.reasons.push(reason);
}

/// The full ids of what goes.
fn leaving(items: &[Item]) -> HashSet<String> {
    items
        .iter()
        .filter(|item| item.verdict == Verdict::Delete)
        .map(|item| item.backup.id.to_string())
        .collect()
}

/// The keepers that are not about to go themselves.
fn staying<'a>(
    keepers: &'a [Keeper],
    leaving: &'a HashSet<String>,
) -> impl Iterator<Item = &'a Keeper> {
    keepers
        .iter()
        .filter(|keeper| !leaving.contains(&keeper.id))
}

fn remaining(items: &[Item], census: &Census) -> Vec<Remaining> {
    let mut groups: BTreeMap<Arc<str>, String> = BTreeMap::new();
    for item in items.iter().filter(|item| item.verdict == Verdict::Delete) {
        let resource = item
            .backup
            .resource
            .as_deref()
            .unwrap_or("unknown resource")
            .to_owned();
        groups
            .entry(Arc::clone(&item.backup.group))
            .or_insert(resource);
    }
    let leaving = leaving(items);
    groups
        .into_iter()
        .map(|(group, resource)| {
            let keepers = match census.get(&group) {
                Some(Keepers::Known(keepers)) => {
                    Some(staying(keepers, &leaving).cloned().collect())
                }
                Some(Keepers::Unreadable(_)) | None => None,
            };
            Remaining { resource, keepers }
        })
        .collect()
}

/// The scopes whose names must be typed: a last copy, a continuous backup, or everything in it goes (S13).
fn grave(items: &[Item], wishes: &Wishes) -> Vec<String> {
    let mut names = Vec::new();
    let mut going: HashMap<&Scope, u64> = HashMap::new();
    for item in items.iter().filter(|item| item.verdict == Verdict::Delete) {
        let count = going.entry(&item.backup.scope).or_default();
        *count = count.saturating_add(1);
        let lifted = item.reasons.iter().any(|reason| {
            matches!(
                reason,
                Reason::LastHealthyAllowed | Reason::SideEffectAllowed(_)
            )
        });
        if lifted {
            names.push(item.backup.scope.name().to_owned());
        }
    }
    for (scope, count) in going {
        if wishes
            .totals
            .get(scope)
            .is_some_and(|total| count >= *total)
        {
            names.push(scope.name().to_owned());
        }
    }
    names.sort();
    names.dedup();
    names
}
