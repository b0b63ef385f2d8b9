//! What waits for something else: parts for their whole, and containers for everything in them.

use std::collections::HashSet;

use tokio::time::Instant;

use super::{Job, Run};
use crate::backup::{Backup, BackupId, Deletion, Outcome};

impl Run<'_> {
    pub(super) fn let_parts_go(&mut self, whole: &BackupId, outcome: Outcome) {
        for index in self.turns.held_by(whole) {
            let named = self.jobs.get(index).is_some_and(|job| {
                job.slots
                    .iter()
                    .any(|slot| self.named.contains(&slot.backup.id))
            });
            self.change(index, |job| {
                job.whole_settled(outcome, named, Instant::now());
            });
            self.report(index);
        }
    }

    /// Parts whose whole is not in this run wait for nothing.
    pub(in crate::run) fn release_parts_of_what_stays(&mut self) {
        let there: HashSet<&BackupId> = self
            .jobs
            .iter()
            .flat_map(|job| job.slots.iter().map(|slot| &slot.backup.id))
            .collect();
        let free: Vec<usize> = self
            .turns
            .wholes()
            .filter(|whole| !there.contains(whole))
            .flat_map(|whole| self.turns.held_by(whole))
            .collect();
        self.release(&free);
    }

    /// A whole that the provider is deleting already is read soon, if parts wait for it.
    pub(in crate::run) fn hasten_watched_wholes(&mut self) {
        let watched = self.jobs.iter().enumerate().filter(|(_, job)| {
            let mut wholes = job.slots.iter().map(|slot| &slot.backup.id);
            job.removal.is_none() && wholes.any(|whole| self.turns.is_waited_for(whole))
        });
        let indices: Vec<usize> = watched.map(|(index, _)| index).collect();
        for index in indices {
            self.change(index, Job::hasten);
        }
    }

    /// Nothing else can move any more: the turn of what is still held has come, of containers last.
    pub(super) fn release_held(&mut self) {
        let container = |index: &usize| self.jobs.get(*index).and_then(Job::container);
        let (containers, parts): (Vec<usize>, Vec<usize>) = self
            .turns
            .waiting()
            .into_iter()
            .partition(|index| container(index).is_some());
        if !parts.is_empty() {
            self.release(&parts);
            return;
        }
        for index in containers {
            let Some(container) = self.jobs.get(index).and_then(Job::container) else {
                continue;
            };
            let inside: Vec<Deletion> = self
                .jobs
                .iter()
                .flat_map(|job| &job.slots)
                .filter(|slot| is_inside(&slot.backup, container))
                .map(|slot| slot.result.clone())
                .collect();
            self.change(index, |job| job.contents_settled(inside.iter()));
            self.report(index);
        }
    }

    fn release(&mut self, held: &[usize]) {
        for index in held {
            self.change(*index, Job::release_unheld);
        }
    }
}

/// Whether it sits in this container: of the same name, account and region.
fn is_inside(backup: &Backup, container: &Backup) -> bool {
    let part = |name| backup.scope.part(name) == container.scope.part(name);
    backup.id != container.id
        && backup.id.provider() == container.id.provider()
        && backup.id.container() == container.id.container()
        && part("region")
        && part("account")
}
