//! The decision: for every backup the reasons why the rules keep it.

use std::{ops::Range, sync::Arc};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    GroupBy, Kept, Member, NotCounted, Rule, Rules,
    pace::{self, Stopped},
    tally::{Answer, Clock, Tally},
};
use crate::backup::Backup;

/// What the rules keep, and why. Backups are known by their index in the list that was decided about.
#[derive(Debug)]
pub struct Decision {
    pub(super) rules: Vec<Arc<Rule>>,
    /// Of each rule, whether there was a backup anywhere that it did not reach. Rules about tags have no reach.
    pub(super) limited: Vec<bool>,
    /// How many backups each group holds.
    pub(super) sizes: Vec<usize>,
    pub(super) stopped: Vec<Stopped>,
    // One list for all, since a million small ones would cost more than the decision.
    marks: Vec<Mark>,
    places: Vec<Range<usize>>,
}

/// A reason as short as it can be; `usize` is a rule's index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Mark {
    By(usize),
    Oldest(usize),
    NotCounted(NotCounted),
    TagsUnread,
}

/// Decides by the rules that come to something (R1–R4, R8–R10); see [`Rules::check`] for those that do not.
///
/// `now` serves only to tell what lies in the future, and which groups seem to get no backups any more.
pub fn decide<'a>(
    backups: impl IntoIterator<Item = &'a Backup>,
    rules: &Rules,
    group_by: &GroupBy,
    now: Timestamp,
) -> Decision {
    let groups = group_by.groups(backups);
    let rules_given: Vec<_> = rules.effective().into_iter().map(Arc::new).collect();
    let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
    let mut decision = Decision {
        limited: vec![false; rules_given.len()],
        rules: rules_given,
        stopped: Vec::new(),
        marks: Vec::new(),
        places: vec![0..0; sizes.iter().sum()],
        sizes,
    };
    let mut counted = Vec::new();
    for group in &groups {
        counted.clear();
        decision.set_aside(group, now, &mut counted);
        newest_first(&mut counted);
        decision.count(&counted, &rules.zone);
        if let Some((newest, rest)) = counted.split_first() {
            let times = rest.iter().map(|counted| counted.at);
            let name = || group_by.name(newest.member.backup);
            decision
                .stopped
                .extend(pace::stopped(newest.at, times, now, name));
        }
    }
    decision.stopped.sort();
    decision
}

/// A backup that rules count, with its time.
struct Counted<'a> {
    at: Timestamp,
    member: Member<'a>,
}

/// Newest first, then by id; so the order in which backups come does not matter (R9).
fn newest_first(counted: &mut [Counted<'_>]) {
    counted.sort_unstable_by(|one, other| {
        other
            .at
            .cmp(&one.at)
            .then_with(|| one.member.backup.id.cmp(&other.member.backup.id))
    });
}

impl Decision {
    /// How many backups were decided about.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there was nothing to decide about.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether the rules keep a backup. One that was not decided about is kept.
    #[must_use]
    pub fn keeps(&self, index: usize) -> bool {
        self.places.get(index).is_none_or(|place| !place.is_empty())
    }

    /// Why the rules keep a backup: all reasons, in the order of the flags. None means that they do not.
    pub fn reasons(&self, index: usize) -> impl Iterator<Item = Kept> {
        self.marks(index).iter().filter_map(|mark| match *mark {
            Mark::By(rule) => self.rules.get(rule).cloned().map(Kept::By),
            Mark::Oldest(rule) => self.rules.get(rule).cloned().map(Kept::Oldest),
            Mark::NotCounted(why) => Some(Kept::NotCounted(why)),
            Mark::TagsUnread => Some(Kept::TagsUnread),
        })
    }

    pub(super) fn marks(&self, index: usize) -> &[Mark] {
        let place = self.places.get(index).cloned();
        place
            .and_then(|place| self.marks.get(place))
            .unwrap_or_default()
    }

    /// Keeps what no rule counts (R8), and finds the rest.
    fn set_aside<'a>(
        &mut self,
        group: &[Member<'a>],
        now: Timestamp,
        counted: &mut Vec<Counted<'a>>,
    ) {
        for &member in group {
            let start = self.marks.len();
            let why = NotCounted::of(member.backup, now);
            self.marks.extend(why.map(Mark::NotCounted));
            match member.backup.created_at {
                Some(at) if self.marks.len() == start => counted.push(Counted { at, member }),
                Some(_) | None => {
                    self.keep_tagged(member.backup);
                    self.close(member.index, start);
                }
            }
        }
    }

    /// Lets each rule count through a group, newest first. All rules see all backups: they are a union (R1).
    fn count(&mut self, counted: &[Counted<'_>], zone: &TimeZone) {
        let Some(newest) = counted.first() else {
            return;
        };
        let mut tallies: Vec<(usize, Tally)> = self
            .rules
            .iter()
            .enumerate()
            .filter_map(|(index, rule)| Some((index, Tally::begin(rule, newest.at, zone)?)))
            .collect();
        let tags = tallies.len() < self.rules.len();
        let mut rest = counted.iter();
        while let Some(Counted { at, member }) = rest.next() {
            let oldest = rest.len() == 0;
            let start = self.marks.len();
            let mut clock = Clock::new(*at, zone);
            let mut reached = false;
            for (rule, tally) in &mut tallies {
                let answer = tally.next(&mut clock, oldest);
                reached |= answer != Answer::BeyondReach;
                match answer {
                    Answer::Keep => self.marks.push(Mark::By(*rule)),
                    Answer::KeepOldest => self.marks.push(Mark::Oldest(*rule)),
                    Answer::Pass => {}
                    Answer::BeyondReach => {
                        if let Some(limited) = self.limited.get_mut(*rule) {
                            *limited = true;
                        }
                    }
                }
            }
            if tags {
                self.keep_tagged(member.backup);
            } else if !reached {
                // What is older is beyond every rule's reach too.
                return;
            }
            self.close(member.index, start);
        }
    }

    /// Keeps what carries a tag. Tags that were not read may hold it.
    fn keep_tagged(&mut self, backup: &Backup) {
        let mut unread = false;
        for (index, rule) in self.rules.iter().enumerate() {
            let Rule::Tag { key, value } = &**rule else {
                continue;
            };
            match &backup.tags {
                Some(tags) if tags.get(key) == Some(value) => self.marks.push(Mark::By(index)),
                Some(_) => {}
                None => unread = true,
            }
        }
        if unread {
            self.marks.push(Mark::TagsUnread);
        }
    }

    fn close(&mut self, index: usize, start: usize) {
        if let Some(place) = self.places.get_mut(index) {
            *place = start..self.marks.len();
        }
    }
}
