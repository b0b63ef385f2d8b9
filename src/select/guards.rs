//! The guards on what was named: protections, side effects, families, and the last healthy backup (S7–S9, S11).
//!
//! A guard never drops an item in silence: it keeps it, says why, and marks it as refused, so that the run can be refused
//! as a whole (or, with `--skip-refused`, go on without it).

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use arcstr::ArcStr;
use jiff::Timestamp;

use crate::{
    backup::{Backup, BackupId, Census, Keeper, Keepers, Scope, State},
    plan::{Item, Reason, Remaining, Verdict, fingerprint},
    shared::Shared,
};

#[cfg(test)]
mod tests;

/// Which guards were lifted, and what is known besides the backups.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// The backups that were named.
    pub named: HashSet<BackupId>,
    /// `--allow-last`.
    pub allow_last: bool,
    /// `--include-continuous`.
    pub include_continuous: bool,
    /// The same for some sections of the plan only.
    pub continuous_in: HashSet<usize>,
    /// How many backups each scope holds, where that is known: emptying one needs its name (S13).
    pub totals: HashMap<Arc<Scope>, u64>,
    /// The time: what is to expire by now is no keeper.
    pub now: Timestamp,
}

/// What is wanted of a backup before the guards have looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// It was asked for by its own id: where a guard keeps it, that is a refusal.
    Named,
    /// A selection chose it: where a guard keeps it, it is just kept.
    Chosen(Shared<Reason>),
    /// It goes with the whole that it is a part of.
    Part(Box<BackupId>),
    /// It stays, and why.
    Left(Shared<Reason>),
}

/// A backup, what is wanted of it, and the section of the plan that it belongs to.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The backup.
    pub backup: Backup,
    /// What is wanted of it.
    pub wish: Wish,
    /// The section.
    pub section: usize,
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
    let named = backups
        .into_iter()
        .map(|backup| {
            let wish = match &backup.parent {
                Some(parent) if !wishes.named.contains(&backup.id) => Wish::Part(parent.clone()),
                Some(_) | None => Wish::Named,
            };
            Candidate {
                backup,
                wish,
                section: 0,
            }
        })
        .collect();
    Draft::of(named, wishes).decide(census, wishes)
}

/// Verdicts by everything but the last-copy rule, which needs to know what else there is.
#[derive(Debug)]
pub struct Draft {
    items: Vec<Item>,
}

impl Draft {
    /// Looks at protections, side effects and families.
    #[must_use]
    pub fn of(candidates: Vec<Candidate>, wishes: &Wishes) -> Self {
        let mut items: Vec<Item> = candidates
            .into_iter()
            .map(|candidate| judge(candidate, wishes))
            .collect();
        refuse_families(&mut items, wishes);
        Self { items }
    }

    /// All that was looked at.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.iter()
    }

    /// What would go.
    pub fn going(&self) -> impl Iterator<Item = &Backup> {
        self.items
            .iter()
            .filter(|item| item.verdict == Verdict::Delete)
            .map(|item| &*item.backup)
    }

    /// Of what would go, that for whose group no keeper is seen here: a census must tell whether there is one elsewhere.
    /// What was named is always counted, so that people see what stays.
    pub fn unsure(&self, now: Timestamp) -> impl Iterator<Item = &Item> {
        let kept: HashSet<&ArcStr> = self
            .items
            .iter()
            .filter(|item| item.verdict == Verdict::Keep && lasts(&item.backup, now))
            .map(|item| &item.backup.group)
            .collect();
        self.items.iter().filter(move |item| {
            let named = matches!(
                item.reasons.first(),
                Some(Reason::Named | Reason::PartOf(_))
            );
            named || (item.verdict == Verdict::Delete && !kept.contains(&item.backup.group))
        })
    }

    /// The last healthy backup of each group stays, and the verdicts are final.
    #[must_use]
    pub fn decide(self, census: &Census, wishes: &Wishes) -> Decision {
        let mut items = self.items;
        keep_the_last(&mut items, census, wishes);
        refuse_families(&mut items, wishes);
        let remaining = remaining(&items, census, wishes.now);
        let grave = grave(&items, wishes);
        Decision {
            items,
            remaining,
            grave,
        }
    }
}

impl Decision {
    /// Keeps what goes elsewhere, for the reason that is given.
    ///
    /// To be done last: what another shard deletes must not count as the copy that stays, or each of two would take the
    /// other's for it and both would go (S9). So the keepers of [`Self::remaining`] are those of the whole.
    pub fn leave(&mut self, wishes: &Wishes, elsewhere: impl Fn(&Item) -> Option<Reason>) {
        let mut groups: HashSet<ArcStr> = HashSet::new();
        for item in &mut self.items {
            if item.verdict == Verdict::Keep {
                continue;
            }
            if let Some(reason) = elsewhere(item) {
                item.verdict = Verdict::Keep;
                item.reasons.push(reason);
            } else {
                groups.insert(item.backup.group.clone());
            }
        }
        self.remaining
            .retain(|remaining| groups.contains(&remaining.group));
        self.grave = grave(&self.items, wishes);
    }
}

/// Whether it can be restored from, and the provider is not about to delete it by itself.
fn lasts(backup: &Backup, now: Timestamp) -> bool {
    backup.healthy() && backup.expires_at.is_none_or(|end| end > now)
}

fn judge(candidate: Candidate, wishes: &Wishes) -> Item {
    let Candidate {
        backup,
        wish,
        section,
    } = candidate;
    let (mut reasons, named, mut stays) = match wish {
        Wish::Named => ([Reason::Named].into(), true, false),
        // Of a selection no part was asked for by name, nor was its whole.
        Wish::Part(whole) => (
            [Reason::PartOf(whole)].into(),
            !wishes.named.is_empty(),
            false,
        ),
        Wish::Chosen(reasons) => (reasons, false, false),
        Wish::Left(reasons) => (reasons, false, true),
    };
    for protection in &backup.protection {
        reasons.push(Reason::Protected(Box::new(protection.clone())));
        stays = true;
    }
    if let Some(effect) = backup.side_effect {
        if wishes.include_continuous || wishes.continuous_in.contains(&section) {
            reasons.push(Reason::SideEffectAllowed(effect));
        } else {
            reasons.push(Reason::SideEffect(effect));
            stays = true;
        }
    }
    if backup.state == State::Deleting && !stays {
        reasons.push(Reason::DeletingAlready);
    }
    let verdict = if stays {
        Verdict::Keep
    } else {
        Verdict::Delete
    };
    Item {
        fingerprint: fingerprint(&backup),
        backup: Arc::new(backup),
        verdict,
        reasons,
        refused: stays && named,
        section,
    }
}

/// A whole does not go while one of its parts must stay: deleting the whole may take its parts along.
fn refuse_families(items: &mut [Item], wishes: &Wishes) {
    while refuse_wholes(items, wishes) | refuse_parts(items, wishes) {}
}

/// Refuses the wholes of what stays; tells whether there was one.
fn refuse_wholes(items: &mut [Item], wishes: &Wishes) -> bool {
    // Of several parts that stay the first by id is named, whatever the order in which they were read.
    let mut stays: HashMap<BackupId, BackupId> = HashMap::new();
    for item in items.iter().filter(|item| item.verdict == Verdict::Keep) {
        let Some(parent) = item.backup.parent.as_deref() else {
            continue;
        };
        let member = stays
            .entry(parent.clone())
            .or_insert_with(|| item.backup.id.clone());
        if item.backup.id < *member {
            member.clone_from(&item.backup.id);
        }
    }
    refuse_where(items, wishes, |item| {
        stays.get(&item.backup.id).cloned().map(Box::new)
    })
}

/// Refuses what was to go as a part of something that stays; tells whether there was one.
fn refuse_parts(items: &mut [Item], wishes: &Wishes) -> bool {
    // Most backups are part of nothing: only what is somebody's whole is looked up.
    let wholes: HashSet<BackupId> = items
        .iter()
        .filter_map(|item| item.backup.parent.as_deref().cloned())
        .collect();
    let kept: HashSet<BackupId> = items
        .iter()
        .filter(|item| item.verdict == Verdict::Keep && wholes.contains(&item.backup.id))
        .map(|item| item.backup.id.clone())
        .collect();
    refuse_where(items, wishes, |item| {
        // What was named by itself goes by itself.
        let alone = matches!(item.reasons.first(), Some(Reason::Named));
        let parent = item.backup.parent.clone().filter(|_| !alone)?;
        kept.contains(&parent).then_some(parent)
    })
}

fn refuse_where(
    items: &mut [Item],
    wishes: &Wishes,
    relative: impl Fn(&Item) -> Option<Box<BackupId>>,
) -> bool {
    let mut some = false;
    for item in items
        .iter_mut()
        .filter(|item| item.verdict == Verdict::Delete)
    {
        if let Some(relative) = relative(item) {
            refuse(item, Reason::FamilyRefused(relative), wishes);
            some = true;
        }
    }
    some
}

/// The last healthy backup of a group stays (S9): of those that would go, the newest.
fn keep_the_last(items: &mut [Item], census: &Census, wishes: &Wishes) {
    let mut groups: BTreeMap<ArcStr, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        if item.verdict == Verdict::Delete && item.backup.healthy() {
            groups
                .entry(item.backup.group.clone())
                .or_default()
                .push(index);
        }
    }
    // What is refused below is a keeper of its own group alone, which is not looked at again.
    let leaving = leaving(items);
    let kept: HashSet<ArcStr> = items
        .iter()
        .filter(|item| item.verdict == Verdict::Keep && lasts(&item.backup, wishes.now))
        .map(|item| item.backup.group.clone())
        .collect();
    for (group, going) in groups {
        if kept.contains(&group) {
            continue;
        }
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
            item.reasons.push(Reason::OthersUnreadable(why.into()));
        }
        if wishes.allow_last {
            item.reasons.push(Reason::LastHealthyAllowed);
        } else {
            refuse(item, Reason::LastHealthy, wishes);
        }
    }
}

fn refuse(item: &mut Item, reason: Reason, wishes: &Wishes) {
    item.verdict = Verdict::Keep;
    // What nobody named is just kept.
    item.refused = match item.reasons.first() {
        Some(Reason::Named) => true,
        Some(Reason::PartOf(_)) => !wishes.named.is_empty(),
        Some(_) | None => false,
    };
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

fn remaining(items: &[Item], census: &Census, now: Timestamp) -> Vec<Remaining> {
    let mut groups: BTreeMap<ArcStr, String> = BTreeMap::new();
    for item in items.iter().filter(|item| item.verdict == Verdict::Delete) {
        let resource = item
            .backup
            .resource
            .as_deref()
            .unwrap_or("unknown resource")
            .to_owned();
        groups.entry(item.backup.group.clone()).or_insert(resource);
    }
    let mut seen: HashMap<&str, BTreeMap<String, Keeper>> = HashMap::new();
    for item in items {
        let backup = &item.backup;
        if item.verdict == Verdict::Keep && lasts(backup, now) && groups.contains_key(&backup.group)
        {
            let id = backup.id.to_string();
            let keeper = Keeper {
                id: id.clone(),
                place: place(&backup.scope),
                created_at: backup.created_at,
            };
            seen.entry(&backup.group).or_default().insert(id, keeper);
        }
    }
    let leaving = leaving(items);
    groups
        .into_iter()
        .map(|(group, resource)| {
            let mut seen = seen.remove(&*group).unwrap_or_default();
            let keepers = match census.get(&group) {
                Some(Keepers::Known(keepers)) => {
                    for keeper in staying(keepers, &leaving) {
                        seen.insert(keeper.id.clone(), keeper.clone());
                    }
                    Some(newest_first(seen))
                }
                Some(Keepers::Unreadable(_)) | None if seen.is_empty() => None,
                Some(Keepers::Unreadable(_)) | None => Some(newest_first(seen)),
            };
            Remaining {
                group,
                resource,
                keepers,
            }
        })
        .collect()
}

/// Where a keeper sits, in words.
fn place(scope: &Scope) -> String {
    match scope.part("region") {
        Some(region) => format!("{} in {region}", scope.name()),
        None => scope.name().to_owned(),
    }
}

fn newest_first(keepers: BTreeMap<String, Keeper>) -> Vec<Keeper> {
    let mut keepers: Vec<Keeper> = keepers.into_values().collect();
    keepers.sort_by_key(|keeper| Reverse(keeper.created_at));
    keepers
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
