//! From criteria to wishes: which backups are candidates, and which of these the keep rules leave to go (R10, R11).

use std::collections::{HashMap, HashSet};

use arcstr::ArcStr;
use jiff::Timestamp;

use super::{
    criteria::Criteria,
    filter::Resolved,
    guards::{Candidate, Wish},
    retention::{self, Warning},
};
use crate::{
    backup::{Backup, BackupId},
    plan::Reason,
    shared::Shared,
};

/// What the criteria want of each backup, in the order of the input.
#[derive(Debug, Default)]
pub struct Chosen {
    /// One a backup.
    pub wishes: Vec<Wish>,
    /// What is odd about the rules (R12).
    pub warnings: Vec<Warning>,
}

/// Texts, and lists of reasons, that many backups share.
#[derive(Debug, Default)]
struct Texts {
    known: HashMap<String, ArcStr>,
    lists: HashSet<Shared<Reason>>,
}

impl Texts {
    fn list(&mut self, reasons: Vec<Reason>) -> Shared<Reason> {
        let reasons = reasons.into();
        if let Some(known) = self.lists.get(&reasons) {
            return known.clone();
        }
        self.lists.insert(reasons.clone());
        reasons
    }

    fn share(&mut self, text: &impl ToString) -> ArcStr {
        let text = text.to_string();
        if let Some(known) = self.known.get(&text) {
            return known.clone();
        }
        let shared: ArcStr = text.as_str().into();
        self.known.insert(text, shared.clone());
        shared
    }
}

/// Decides by filters and rules. `named`: what was asked for by its id, and only has to fit the filters.
#[must_use]
pub fn choose(
    backups: &[Backup],
    criteria: &Criteria,
    filters: &Resolved,
    named: Option<&dyn Fn(&BackupId) -> bool>,
    now: Timestamp,
) -> Chosen {
    let mut texts = Texts::default();
    let mut warnings = Vec::new();
    let decision = (!criteria.rules.is_empty()).then(|| {
        let decision = retention::decide(backups, &criteria.rules, &criteria.groups(), now);
        warnings = retention::warnings(&decision);
        decision
    });
    let mut wishes = Vec::with_capacity(backups.len());
    for (index, backup) in backups.iter().enumerate() {
        let kept: Vec<Reason> = decision
            .iter()
            .flat_map(|decision| decision.reasons(index))
            .map(|kept| Reason::KeptByRule(texts.share(&kept)))
            .collect();
        let judged = filters.judge(backup);
        wishes.push(match (judged, kept.is_empty()) {
            (Err(miss), _) => {
                let mut reasons = vec![Reason::NotChosen(texts.share(&miss))];
                reasons.extend(kept);
                Wish::Left(texts.list(reasons))
            }
            (Ok(_), false) => Wish::Left(texts.list(kept)),
            (Ok(chosen), true) => match (named, &backup.parent) {
                (Some(named), Some(whole)) if !named(&backup.id) => Wish::Part(whole.clone()),
                (Some(_), _) => Wish::Named,
                (None, _) => {
                    let reason = reason(criteria, &chosen.to_string(), &mut texts);
                    Wish::Chosen(texts.list(vec![reason]))
                }
            },
        });
    }
    follow_wholes(backups, &mut wishes);
    Chosen { wishes, warnings }
}

fn reason(criteria: &Criteria, chosen: &str, texts: &mut Texts) -> Reason {
    if !chosen.is_empty() {
        return Reason::Chosen(texts.share(&chosen));
    }
    if criteria.rules.is_empty() {
        Reason::Everything
    } else {
        Reason::Chosen(texts.share(&"kept by no rule"))
    }
}

/// Deleting a whole may take its parts along: what no filter chose goes with it, unless a rule keeps it.
fn follow_wholes(backups: &[Backup], wishes: &mut [Wish]) {
    if backups.iter().all(|backup| backup.parent.is_none()) {
        return;
    }
    loop {
        let going: std::collections::HashSet<&BackupId> = backups
            .iter()
            .zip(wishes.iter())
            .filter(|(_, wish)| !matches!(wish, Wish::Left(_)))
            .map(|(backup, _)| &backup.id)
            .collect();
        let mut moved = false;
        let followers: Vec<(usize, Box<BackupId>)> = backups
            .iter()
            .zip(wishes.iter())
            .enumerate()
            .filter_map(|(index, (backup, wish))| {
                let parent = backup.parent.as_ref()?;
                let follows = match wish {
                    Wish::Left(reasons) => reasons
                        .iter()
                        .all(|reason| matches!(reason, Reason::NotChosen(_))),
                    Wish::Named | Wish::Chosen(_) | Wish::Part(_) => false,
                };
                (follows && going.contains(&**parent)).then(|| (index, parent.clone()))
            })
            .collect();
        for (index, parent) in followers {
            if let Some(wish) = wishes.get_mut(index) {
                *wish = Wish::Part(parent);
                moved = true;
            }
        }
        if !moved {
            return;
        }
    }
}

/// One candidate a backup, where several sections have read it: what one keeps by a rule stays, and what one chose goes if
/// none keeps it. That a filter did not choose it claims nothing.
#[must_use]
pub fn once(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut places: HashMap<BackupId, usize> = HashMap::with_capacity(candidates.len());
    let mut merged: Vec<Candidate> = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let known = places
            .get(&candidate.backup.id)
            .and_then(|place| merged.get_mut(*place));
        if let Some(known) = known {
            claim(known, candidate);
        } else {
            places.insert(candidate.backup.id.clone(), merged.len());
            merged.push(candidate);
        }
    }
    merged
}

fn claim(known: &mut Candidate, other: Candidate) {
    let kept = |wish: &Wish| match wish {
        Wish::Left(reasons) => reasons
            .iter()
            .any(|reason| matches!(reason, Reason::KeptByRule(_))),
        Wish::Named | Wish::Chosen(_) | Wish::Part(_) => false,
    };
    let left = |wish: &Wish| matches!(wish, Wish::Left(_));
    let wins = match (&known.wish, &other.wish) {
        (one, _) if kept(one) => false,
        (_, two) if kept(two) => true,
        (one, two) => left(one) && !left(two),
    };
    if wins {
        *known = other;
    }
}
