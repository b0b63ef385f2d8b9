//! When to read back. What is in doubt, or waited for, soon; what was accepted only now and then while requests are still
//! leaving, because one reading can be the list of a whole vault, and tells about all that was accepted meanwhile. Which of
//! it is worth its calls by then, the provider module decides.

use std::time::Duration;

use tokio::time::Instant;

use crate::transport::retry::Pauses;

/// Pauses between readings once nothing leaves any more: the first, and the longest.
const AT_THE_END: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// While requests are still leaving, readings are at least this far apart. The first one soon shows whether deleting works.
const SOON: Duration = Duration::from_secs(1);

/// And of all that was accepted, at most this far: so often a long run shows whether deleting works.
const LONGEST: Duration = Duration::from_secs(15);

/// What to read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    /// What is in doubt, or waited for.
    Pressing,
    /// Everything that awaits it.
    All,
}

/// The times of the next readings.
#[derive(Debug)]
pub(super) struct Rounds {
    pressing: Option<Instant>,
    all: Option<Instant>,
    at_the_end: Pauses,
    between: Pauses,
    longest: Duration,
}

impl Rounds {
    /// `wait`: how long each deletion is waited for, and has several readings in.
    pub(super) fn new(wait: Duration) -> Self {
        let longest = wait.checked_div(10).unwrap_or(wait).clamp(SOON, LONGEST);
        Self {
            pressing: None,
            all: None,
            at_the_end: Pauses::between(AT_THE_END.0, AT_THE_END.1),
            between: Pauses::between(SOON, longest),
            longest,
        }
    }

    /// Nothing awaits a reading: a time that has passed would wake the run without end.
    pub(super) fn nothing_awaits(&mut self, now: Instant) {
        self.pressing = None;
        self.all = self.all.filter(|at| *at > now);
    }

    /// What to read by now. `idle`: nothing leaves that could be gathered.
    pub(super) fn due(&mut self, pressing: bool, idle: bool, now: Instant) -> Option<Round> {
        let soon = if idle {
            Some(now)
        } else {
            now.checked_add(SOON)
        }
        .unwrap_or(now);
        let all = *self.all.get_or_insert(soon);
        if all <= now {
            return Some(Round::All);
        }
        if !pressing {
            self.pressing = None;
            return None;
        }
        (*self.pressing.get_or_insert(soon) <= now).then_some(Round::Pressing)
    }

    /// When there is something to read at the latest.
    pub(super) fn next(&self) -> Option<Instant> {
        [self.pressing, self.all].into_iter().flatten().min()
    }

    /// Nothing is left to gather: what awaits a reading can be read at once.
    pub(super) fn at_once(&mut self, now: Instant) {
        self.all = Some(now);
        self.at_the_end = Pauses::between(AT_THE_END.0, AT_THE_END.1);
        self.between = Pauses::between(SOON, self.longest);
    }

    /// A reading is done.
    pub(super) fn done(&mut self, round: Round, still_leaving: bool, now: Instant) {
        if still_leaving {
            self.pressing = now.checked_add(SOON);
            if round == Round::All {
                self.all = now.checked_add(self.between.advance());
            }
        } else {
            self.pressing = None;
            self.all = now.checked_add(self.at_the_end.advance());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(15);

    /// The seconds at which everything is read of a run that goes on for so long, and how often the pressing is.
    fn read(wait: Duration, pressing: bool, seconds: u64) -> (Vec<u64>, usize) {
        let mut rounds = Rounds::new(wait);
        let start = Instant::now();
        let (mut all, mut soon) = (Vec::new(), 0_usize);
        let end = start.checked_add(Duration::from_secs(seconds)).unwrap();
        let mut now = start;
        while now < end {
            if let Some(round) = rounds.due(pressing, false, now) {
                match round {
                    Round::All => all.push(now.duration_since(start).as_secs()),
                    Round::Pressing => soon = soon.saturating_add(1),
                }
                rounds.done(round, true, now);
            }
            assert!(rounds.next().is_some_and(|at| at > now));
            now = now.checked_add(Duration::from_millis(100)).unwrap();
        }
        (all, soon)
    }

    #[test]
    fn a_long_run_is_read_soon_and_then_ever_more_rarely() {
        let (all, _) = read(LONG, false, 120);
        assert_eq!(all.first(), Some(&1));
        assert!(all.iter().filter(|at| **at < 10).count() >= 3, "{all:?}");
        assert!((10..=20).contains(&all.len()), "{all:?}");
        let gaps = all.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        assert!(gaps.max().is_some_and(|gap| gap <= 15), "{all:?}");
    }

    #[test]
    fn what_is_in_doubt_is_read_every_second() {
        let (all, soon) = read(LONG, true, 60);
        // Reading everything does not put it off.
        assert!(
            (50..=70).contains(&all.len().saturating_add(soon)),
            "{all:?} {soon}"
        );
    }

    #[test]
    fn a_short_wait_has_several_readings_in_it() {
        let (all, _) = read(Duration::from_secs(20), false, 60);
        let gaps = all.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        assert!(gaps.max().is_some_and(|gap| gap <= 3), "{all:?}");
        assert_eq!(Rounds::new(Duration::ZERO).longest, SOON);
    }

    #[test]
    fn what_is_left_at_the_end_is_read_at_once_and_a_time_that_passed_wakes_nobody() {
        let mut rounds = Rounds::new(LONG);
        let now = Instant::now();
        assert_eq!(rounds.due(false, true, now), Some(Round::All));
        rounds.done(Round::All, true, now);
        assert_eq!(rounds.due(false, false, now), None);
        rounds.at_once(now);
        assert_eq!(rounds.due(false, false, now), Some(Round::All));
        rounds.nothing_awaits(now);
        assert_eq!(rounds.next(), None);
    }
}
