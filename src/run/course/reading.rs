//! Reading back: what of it is asked for in a round, and what is made of the answers.

use std::{collections::VecDeque, sync::Arc};

use futures_util::{
    FutureExt,
    future::{BoxFuture, join},
};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{ENDED, Round, Run};
use crate::{
    backup::Backup,
    provider::{Effort, Reading},
};

/// A slot: the number of its job, and its own there.
pub(super) type Place = (usize, usize);

/// A reading under way: which, and what the slots show that were read.
pub(super) type ReadingUnderWay<'a> = BoxFuture<'a, (Round, VecDeque<(Place, Reading)>)>;

/// So many readings are taken in at once, before what else happens is looked at again.
pub(super) const A_BITE: usize = 100;

impl<'a> Run<'a> {
    /// Begins a reading of what is due in this round. `idle`: nothing leaves for which it could be put off.
    pub(super) fn read(&self, round: Round, idle: bool) -> ReadingUnderWay<'a> {
        let now = Instant::now();
        let is_overdue = |index: usize| {
            let job = self.jobs.get(index);
            job.is_some_and(|job| job.is_overdue(now))
        };
        let to_read = self.turns.to_read(round, idle, is_overdue);
        let (places, backups) = self.unsettled(&to_read.needed);
        let (early_places, early) = self.unsettled(&to_read.early);
        let fleet = self.fleet;
        async move {
            let backups: Vec<&Backup> = backups.iter().map(|backup| &**backup).collect();
            let early: Vec<&Backup> = early.iter().map(|backup| &**backup).collect();
            let (mut known, more) = join(
                fleet.read_back(&backups, Effort::Moment),
                fleet.read_back(&early, Effort::Sparing),
            )
            .await;
            // Nothing is asked for again of which nobody reads anything.
            if known.is_empty() {
                let unread = backups.iter().map(|backup| Reading::unread(backup));
                known = unread.enumerate().collect();
            }
            let needed = known
                .into_iter()
                .filter_map(|(index, reading)| Some((*places.get(index)?, reading)));
            // What could not be read early has time.
            let more = more
                .into_iter()
                .filter_map(|(index, reading)| match reading {
                    Reading::Unreadable(_) => None,
                    Reading::Gone(_)
                    | Reading::Deleting
                    | Reading::Present(_)
                    | Reading::Unchanged(_)
                    | Reading::Kept(_) => Some((*early_places.get(index)?, reading)),
                });
            (round, needed.chain(more).collect())
        }
        .boxed()
    }

    /// The slots of these jobs that have no result yet, and their backups.
    fn unsettled(&self, jobs: &[usize]) -> (Vec<Place>, Vec<Arc<Backup>>) {
        let slots = jobs.iter().filter_map(|index| {
            let job = self.jobs.get(*index)?;
            Some(job.slots.iter().enumerate().map(|slot| (*index, slot)))
        });
        slots
            .flatten()
            .filter(|(_, (_, slot))| !slot.settled)
            .map(|(index, (number, slot))| ((index, number), Arc::clone(&slot.backup)))
            .unzip()
    }

    /// Takes in what was read.
    pub(super) fn read_back(&mut self, readings: VecDeque<(Place, Reading)>) {
        let now = (Instant::now(), Timestamp::now());
        let jobs = &self.jobs;
        let shown = readings.iter().filter_map(|((index, number), reading)| {
            Some((&jobs.get(*index)?.slots.get(*number)?.backup.id, reading))
        });
        self.ledger.read(shown);
        for ((index, number), reading) in readings {
            let last = self.stopping;
            self.change(index, |job| job.read_back(number, reading, last, now));
            self.report(index);
        }
        if self.stopping {
            self.give_up_queued(ENDED);
        }
    }
}
