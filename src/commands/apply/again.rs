//! What a saved plan wants deleted, read again and compared (S17).

use std::collections::{HashMap, HashSet};

use arcstr::ArcStr;
use jiff::Timestamp;

use super::{Drift, survivors};
use crate::{
    backup::{Backup, BackupId, State, Subject},
    commands::look::{self, DELETE_EMPTY_VAULT, Looked, add_container},
    fatal::Fatal,
    plan::{
        Reason, Verdict, fingerprint,
        saved::{Saved, SavedItem, SavedSection},
    },
    provider::Found,
    select::{
        guards::{Candidate, Draft, Wish, Wishes},
        standing,
    },
};

/// What was read again.
#[derive(Default)]
pub(super) struct Again {
    candidates: Vec<Candidate>,
    drifts: Vec<Drift>,
    wishes: Wishes,
    absent: Vec<BackupId>,
    notes: Vec<String>,
    /// Vaults that were to go themselves, and the section of each.
    vaults: Vec<(usize, Backup)>,
}

impl Again {
    /// Takes what was found again of a section.
    pub(super) fn take(
        &mut self,
        section: usize,
        saved: &SavedSection,
        items: &[&SavedItem],
        found: Found,
        now: Timestamp,
    ) {
        if saved.allowed("--include-continuous") {
            self.wishes.continuous_in.insert(section);
        }
        self.wishes.allow_last |= saved.allowed("--allow-last");
        let planned: HashMap<&str, &SavedItem> = items
            .iter()
            .map(|item| (item.backup.id.as_str(), *item))
            .collect();
        self.wishes.totals.extend(found.totals);
        self.notes.extend(found.notes);
        self.absent.extend(found.absent);
        for mut backup in found.backups {
            standing::complete(&mut backup, now);
            if backup.id.subject() == Subject::Vault {
                self.compare_vault(saved, section, planned.get(&*backup.id.to_string()), backup);
                continue;
            }
            let wish = match planned.get(backup.id.to_string().as_str()) {
                Some(item) => match self.compare(item, &backup) {
                    Some(why) => {
                        self.drifts.push(Drift {
                            id: backup.id.clone(),
                            why: why.clone(),
                        });
                        Wish::Left([Reason::KeptByRule(why.as_str().into())].into())
                    }
                    None => Wish::Chosen([Reason::Chosen(first(&item.reasons))].into()),
                },
                // Part of something planned, and new: what was never reviewed is not deleted.
                None => Wish::Left([Reason::KeptByRule("not in the plan".into())].into()),
            };
            self.candidates.push(Candidate {
                backup,
                wish,
                section,
            });
        }
    }

    /// A vault goes only where the plan wants it, was allowed it, and nothing about it has changed.
    fn compare_vault(
        &mut self,
        saved: &SavedSection,
        section: usize,
        planned: Option<&&SavedItem>,
        vault: Backup,
    ) {
        let why = match planned {
            Some(item) if saved.allowed(DELETE_EMPTY_VAULT) => self.compare(item, &vault),
            Some(_) | None => Some(format!("the plan was made without {DELETE_EMPTY_VAULT}")),
        };
        match why {
            Some(why) => self.drifts.push(Drift {
                id: vault.id.clone(),
                why,
            }),
            None => self.vaults.push((section, vault)),
        }
    }

    /// What changed since the plan, if anything that it rested on did.
    #[allow(clippy::unused_self, reason = "it reads as a step of the others")]
    fn compare(&self, item: &SavedItem, backup: &Backup) -> Option<String> {
        // Somebody is deleting it already: there is nothing to send, and its end is waited for.
        if backup.state == State::Deleting && backup.created_at == item.backup.created_at {
            return None;
        }
        if fingerprint(backup) == item.fingerprint {
            return None;
        }
        let mut changes = Vec::new();
        if backup.created_at != item.backup.created_at {
            changes.push("it was made at another time".to_owned());
        }
        let protections: Vec<String> = backup
            .protection
            .iter()
            .filter(|protection| {
                !item
                    .backup
                    .protection
                    .iter()
                    .any(|known| known == protection.word())
            })
            .map(ToString::to_string)
            .collect();
        if !protections.is_empty() {
            changes.push(format!("protected since: {}", protections.join(", ")));
        }
        if backup.status.as_deref() != item.backup.status.as_deref() {
            changes.push(format!(
                "it was {} and is {}",
                item.backup.status.as_deref().unwrap_or("without a status"),
                backup.status.as_deref().unwrap_or("without a status")
            ));
        }
        if changes.is_empty() {
            changes.push("it changed since it was planned".to_owned());
        }
        Some(changes.join(", "))
    }

    pub(super) async fn decide(
        mut self,
        saved: &Saved,
        mut looked: Looked,
        now: Timestamp,
    ) -> Result<(Looked, Vec<Drift>), Fatal> {
        self.wishes.now = now;
        let planned: HashSet<&str> = saved
            .to_delete()
            .map(|item| item.backup.id.as_str())
            .collect();
        let draft = Draft::of(self.candidates, &self.wishes);
        let census = look::count_all(&looked.members, &draft).await?;
        let lost = survivors::lost(saved, &looked.members, &draft, &census, now).await?;
        let mut decision = draft.decide(&census, &self.wishes);
        let told: HashSet<BackupId> = self.drifts.iter().map(|drift| drift.id.clone()).collect();
        for item in &mut decision.items {
            let id = &item.backup.id;
            if item.verdict == Verdict::Delete && lost.contains(&item.backup.group) {
                item.verdict = Verdict::Keep;
                self.drifts.push(Drift {
                    id: id.clone(),
                    why:
                        "none of the backups that the plan counts on is there and healthy any more"
                            .to_owned(),
                });
            } else if item.verdict == Verdict::Keep
                && planned.contains(id.to_string().as_str())
                && !told.contains(id)
            {
                self.drifts.push(Drift {
                    id: id.clone(),
                    why: item.decisive(),
                });
            }
        }
        decision
            .items
            .retain(|item| item.verdict == Verdict::Delete);
        decision
            .remaining
            .retain(|remaining| !lost.contains(&remaining.group));
        for (section, vault) in self.vaults {
            add_container(vault, section, &mut decision, now);
        }
        looked.plan.items = decision.items;
        looked.plan.remaining = decision.remaining;
        looked.plan.grave = decision.grave;
        looked.plan.absent = self.absent;
        looked.plan.notes = self.notes;
        Ok((looked, self.drifts))
    }
}

fn first(reasons: &[String]) -> ArcStr {
    reasons
        .first()
        .map_or_else(|| "planned".into(), |reason| reason.as_str().into())
}
