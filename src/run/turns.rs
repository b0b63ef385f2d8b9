//! Whose turn it is: where every job stands, by its index, so that an event costs what it touches and not a walk over all.

use std::collections::{BTreeSet, HashMap};

use tokio::time::Instant;

use super::job::{Job, Phase};
use crate::backup::BackupId;

/// The jobs of each phase but those under way.
#[derive(Debug, Default)]
pub(super) struct Turns {
    ready: BTreeSet<usize>,
    later: BTreeSet<(Instant, usize)>,
    held: HashMap<BackupId, BTreeSet<usize>>,
    reading: BTreeSet<usize>,
    open: usize,
}

impl Turns {
    pub(super) fn of(jobs: &[Job]) -> Self {
        let mut turns = Self::default();
        for (index, job) in jobs.iter().enumerate() {
            turns.enter(index, &job.phase);
        }
        turns
    }

    /// A job has changed its phase, or has stayed in it.
    pub(super) fn moved(&mut self, index: usize, from: &Phase, to: &Phase) {
        if from != to {
            self.leave(index, from);
            self.enter(index, to);
        }
    }

    /// The first job, in the plan's order, that may be sent by now.
    pub(super) fn next_due(&mut self, now: Instant) -> Option<usize> {
        self.ready.first().copied().or_else(|| {
            let (at, index) = *self.later.first()?;
            (at <= now).then_some(index)
        })
    }

    /// When the next job may be sent; the past where it is waiting for a place alone.
    pub(super) fn next_turn(&self, now: Instant) -> Option<Instant> {
        if self.ready.is_empty() {
            self.later.first().map(|(at, _)| *at)
        } else {
            Some(now)
        }
    }

    /// Those that are to be sent, now, later, or after their whole.
    pub(super) fn waiting(&self) -> Vec<usize> {
        let mut waiting: Vec<usize> = self
            .ready
            .iter()
            .copied()
            .chain(self.later.iter().map(|(_, index)| *index))
            .chain(self.held.values().flatten().copied())
            .collect();
        waiting.sort_unstable();
        waiting
    }

    /// Those that wait for this whole.
    pub(super) fn held_by(&self, whole: &BackupId) -> Vec<usize> {
        self.held
            .get(whole)
            .map(|parts| parts.iter().copied().collect())
            .unwrap_or_default()
    }

    /// Every whole that something waits for.
    pub(super) fn wholes(&self) -> impl Iterator<Item = &BackupId> {
        self.held.keys()
    }

    /// Those that are to be read back.
    pub(super) fn reading(&self) -> impl Iterator<Item = usize> {
        self.reading.iter().copied()
    }

    pub(super) fn awaits_reading(&self) -> bool {
        !self.reading.is_empty()
    }

    /// Whether nothing can move any more but what waits for a whole.
    pub(super) fn only_held(&self) -> bool {
        self.ready.is_empty()
            && self.later.is_empty()
            && self.reading.is_empty()
            && !self.held.is_empty()
    }

    /// Whether every job has its result.
    pub(super) fn all_done(&self) -> bool {
        self.open == 0
    }

    fn enter(&mut self, index: usize, phase: &Phase) {
        match phase {
            Phase::Queued(None) => {
                self.ready.insert(index);
            }
            Phase::Queued(Some(at)) => {
                self.later.insert((*at, index));
            }
            Phase::Held(whole) => {
                self.held.entry(whole.clone()).or_default().insert(index);
            }
            Phase::Reading => {
                self.reading.insert(index);
            }
            Phase::Pacing | Phase::Sending => {}
            Phase::Done => return,
        }
        self.open = self.open.saturating_add(1);
    }

    fn leave(&mut self, index: usize, phase: &Phase) {
        match phase {
            Phase::Queued(None) => {
                self.ready.remove(&index);
            }
            Phase::Queued(Some(at)) => {
                self.later.remove(&(*at, index));
            }
            Phase::Held(whole) => {
                if let Some(parts) = self.held.get_mut(whole) {
                    parts.remove(&index);
                    if parts.is_empty() {
                        self.held.remove(whole);
                    }
                }
            }
            Phase::Reading => {
                self.reading.remove(&index);
            }
            Phase::Pacing | Phase::Sending => {}
            Phase::Done => return,
        }
        self.open = self.open.saturating_sub(1);
    }
}
