//! Whose turn it is: where every job stands, by its index, so that an event costs what it touches and not a walk over all.

use std::collections::{BTreeSet, HashMap, HashSet};

use tokio::time::Instant;

use super::{
    fleet::Lanes,
    job::{Haste, Job, Phase},
    rounds::Round,
};
use crate::backup::BackupId;

/// What waits on one limit, and how much is under way on it.
#[derive(Debug, Default)]
struct Lane {
    ready: BTreeSet<usize>,
    later: BTreeSet<(Instant, usize)>,
    under_way: usize,
    most: usize,
}

/// The jobs of each phase, and how many are under way.
#[derive(Debug)]
pub(super) struct Turns {
    /// The lane of each job.
    places: Vec<usize>,
    lanes: Vec<Lane>,
    at_once: usize,
    under_way: usize,
    held: HashMap<BackupId, BTreeSet<usize>>,
    reading: BTreeSet<usize>,
    pressing: BTreeSet<usize>,
    /// The container of each job, and how many requests are still to be answered there.
    containers: Vec<usize>,
    to_go: Vec<usize>,
    open: usize,
}

/// What is to be read back, by job.
#[derive(Debug, Default)]
pub(super) struct ToRead {
    /// Now.
    pub(super) needed: Vec<usize>,
    /// As far as it is worth its calls: more is about to go from the same container.
    pub(super) early: Vec<usize>,
}

impl Turns {
    pub(super) fn of(jobs: &[Job], lanes: Lanes) -> Self {
        let mut turns = Self {
            places: lanes.of,
            lanes: lanes
                .most
                .into_iter()
                .map(|most| Lane {
                    most,
                    ..Lane::default()
                })
                .collect(),
            at_once: lanes.at_once.unwrap_or(usize::MAX).max(1),
            under_way: 0,
            held: HashMap::new(),
            reading: BTreeSet::new(),
            pressing: BTreeSet::new(),
            containers: Vec::with_capacity(jobs.len()),
            to_go: Vec::new(),
            open: 0,
        };
        // What is only watched needs no limit, but a place.
        if turns.lanes.is_empty() {
            turns.lanes.push(Lane::default());
        }
        let mut known = HashMap::new();
        for (index, job) in jobs.iter().enumerate() {
            // Nothing goes beside what is only watched.
            let sent = job.removal.as_ref().and_then(|_| job.slots.first());
            let key = sent.map(|slot| {
                let lane = turns.places.get(index).copied();
                (lane, slot.backup.id.container())
            });
            let next = known.len();
            turns.containers.push(*known.entry(key).or_insert_with(|| {
                turns.to_go.push(0);
                next
            }));
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

    /// The lanes on which there is room for one more request.
    fn open_lanes(&self) -> impl Iterator<Item = &Lane> {
        let room = self.under_way < self.at_once;
        self.lanes
            .iter()
            .filter(move |lane| room && lane.under_way < lane.most)
    }

    /// The first job, in the plan's order, that may be sent by now and has room.
    pub(super) fn next_due(&self, now: Instant) -> Option<usize> {
        self.open_lanes()
            .filter_map(|lane| {
                lane.ready.first().copied().or_else(|| {
                    let (at, index) = *lane.later.first()?;
                    (at <= now).then_some(index)
                })
            })
            .min()
    }

    /// When the next job for which there is room may be sent; the past where it is ready.
    pub(super) fn next_turn(&self, now: Instant) -> Option<Instant> {
        self.open_lanes()
            .filter_map(|lane| {
                if lane.ready.is_empty() {
                    lane.later.first().map(|(at, _)| *at)
                } else {
                    Some(now)
                }
            })
            .min()
    }

    /// Those that are to be sent, now, later, or after their whole.
    pub(super) fn waiting(&self) -> Vec<usize> {
        let mut waiting: Vec<usize> = self
            .lanes
            .iter()
            .flat_map(|lane| {
                let later = lane.later.iter().map(|(_, index)| *index);
                lane.ready.iter().copied().chain(later)
            })
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

    /// Whether anything waits for this whole.
    pub(super) fn is_waited_for(&self, whole: &BackupId) -> bool {
        self.held.contains_key(whole)
    }

    /// Every whole that something waits for.
    pub(super) fn wholes(&self) -> impl Iterator<Item = &BackupId> {
        self.held.keys()
    }

    /// Those that are to be read back in this round. `idle`: no request is leaving for which it could be put off. Where one
    /// is overdue, so is all that lies beside it: it is on the same list.
    pub(super) fn to_read(
        &self,
        round: Round,
        idle: bool,
        is_overdue: impl Fn(usize) -> bool,
    ) -> ToRead {
        let mut to_read = ToRead {
            needed: self.pressing.iter().copied().collect(),
            early: Vec::new(),
        };
        let at_leisure = match round {
            Round::Pressing => return to_read,
            Round::All => &self.reading,
        };
        let container = |index: &usize| self.containers.get(*index);
        let overdue: HashSet<&usize> = at_leisure
            .iter()
            .filter(|index| is_overdue(**index))
            .filter_map(container)
            .collect();
        for index in at_leisure {
            let due = container(index).is_none_or(|container| overdue.contains(container));
            if idle || due || !self.more_to_go_beside(*index) {
                to_read.needed.push(*index);
            } else {
                to_read.early.push(*index);
            }
        }
        to_read.needed.sort_unstable();
        to_read
    }

    /// Whether requests are still to be answered that are about the same container.
    fn more_to_go_beside(&self, index: usize) -> bool {
        let container = self.containers.get(index);
        container
            .and_then(|container| self.to_go.get(*container))
            .is_some_and(|to_go| *to_go > 0)
    }

    pub(super) fn awaits_reading(&self) -> bool {
        !self.reading.is_empty() || self.presses()
    }

    /// Whether something is to be read soon.
    pub(super) fn presses(&self) -> bool {
        !self.pressing.is_empty()
    }

    /// Whether nothing can move any more but what waits for a whole.
    pub(super) fn only_held(&self) -> bool {
        self.lanes
            .iter()
            .all(|lane| lane.ready.is_empty() && lane.later.is_empty())
            && !self.awaits_reading()
            && !self.held.is_empty()
    }

    /// Whether every job has its result.
    pub(super) fn all_done(&self) -> bool {
        self.open == 0
    }

    fn lane<T>(&mut self, index: usize, change: impl FnOnce(&mut Lane) -> T) -> Option<T> {
        let place = *self.places.get(index)?;
        self.lanes.get_mut(place).map(change)
    }

    /// One more, or one less, that is still to be answered.
    fn count_to_go(&mut self, index: usize, phase: &Phase, count: impl FnOnce(usize) -> usize) {
        match phase {
            Phase::Queued(_) | Phase::Pacing | Phase::Sending => {}
            // What waits for a whole may never leave.
            Phase::Held(_) | Phase::Reading(_) | Phase::Done => return,
        }
        let container = self.containers.get(index).copied();
        if let Some(to_go) = container.and_then(|container| self.to_go.get_mut(container)) {
            *to_go = count(*to_go);
        }
    }

    fn enter(&mut self, index: usize, phase: &Phase) {
        self.count_to_go(index, phase, |to_go| to_go.saturating_add(1));
        match phase {
            Phase::Queued(None) => {
                self.lane(index, |lane| lane.ready.insert(index));
            }
            Phase::Queued(Some(at)) => {
                self.lane(index, |lane| lane.later.insert((*at, index)));
            }
            Phase::Held(whole) => {
                self.held
                    .entry((**whole).clone())
                    .or_default()
                    .insert(index);
            }
            Phase::Reading(Haste::None) => {
                self.reading.insert(index);
            }
            Phase::Reading(Haste::Pressing) => {
                self.pressing.insert(index);
            }
            Phase::Pacing | Phase::Sending => {
                self.under_way = self.under_way.saturating_add(1);
                self.lane(index, |lane| {
                    lane.under_way = lane.under_way.saturating_add(1);
                });
            }
            Phase::Done => return,
        }
        self.open = self.open.saturating_add(1);
    }

    fn leave(&mut self, index: usize, phase: &Phase) {
        self.count_to_go(index, phase, |to_go| to_go.saturating_sub(1));
        match phase {
            Phase::Queued(None) => {
                self.lane(index, |lane| lane.ready.remove(&index));
            }
            Phase::Queued(Some(at)) => {
                self.lane(index, |lane| lane.later.remove(&(*at, index)));
            }
            Phase::Held(whole) => {
                if let Some(parts) = self.held.get_mut(whole) {
                    parts.remove(&index);
                    if parts.is_empty() {
                        self.held.remove(whole);
                    }
                }
            }
            Phase::Reading(Haste::None) => {
                self.reading.remove(&index);
            }
            Phase::Reading(Haste::Pressing) => {
                self.pressing.remove(&index);
            }
            Phase::Pacing | Phase::Sending => {
                self.under_way = self.under_way.saturating_sub(1);
                self.lane(index, |lane| {
                    lane.under_way = lane.under_way.saturating_sub(1);
                });
            }
            Phase::Done => return,
        }
        self.open = self.open.saturating_sub(1);
    }
}
