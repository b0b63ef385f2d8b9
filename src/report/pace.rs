//! How fast deletions are granted, and how long the rest will take: figures for people, of a clock that is passed in.

use std::{collections::VecDeque, time::Duration};

/// The rate is of so many seconds: short enough to show that a provider slows down, long enough not to flicker.
const WINDOW: u64 = 15;
const MINUTE: Duration = Duration::from_mins(1);

/// Deletions as they are accepted and settle. Every time is counted from the beginning, and none lies before the one that was
/// given last.
#[derive(Debug, Default)]
pub(super) struct Pace {
    total: u64,
    done: u64,
    failed: u64,
    /// Accepted, and not yet read back.
    accepted: u64,
    /// Of the last seconds in which something was granted, or settled without: which, and how many.
    seconds: VecDeque<(u64, u64)>,
    lines: u64,
}

impl Pace {
    pub(super) fn of(total: u64) -> Self {
        Self {
            total,
            ..Self::default()
        }
    }

    /// One more was accepted, and is to be read back.
    pub(super) fn accepted(&mut self, at: Duration) {
        self.accepted = self.accepted.saturating_add(1);
        self.got_through(at);
    }

    /// One more has its result; `accepted`: it was accepted before.
    pub(super) fn settled(&mut self, failed: bool, accepted: bool, at: Duration) {
        self.done = self.done.saturating_add(1);
        self.failed = self.failed.saturating_add(u64::from(failed));
        if accepted {
            self.accepted = self.accepted.saturating_sub(1);
        } else {
            self.got_through(at);
        }
    }

    fn got_through(&mut self, at: Duration) {
        let second = at.as_secs();
        match self.seconds.back_mut() {
            Some((last, count)) if *last == second => *count = count.saturating_add(1),
            Some(_) | None => self.seconds.push_back((second, 1)),
        }
        self.forget(at);
    }

    /// `1200 of 9000 done, 2400 to be read back, 3 failed, 20/s, 5min left`.
    pub(super) fn told(&mut self, at: Duration) -> String {
        let more = self.more(at);
        format!("{} of {} done{more}", self.done, self.total)
    }

    /// What stands behind the bar, which shows how many there are by itself.
    pub(super) fn more(&mut self, at: Duration) -> String {
        self.forget(at);
        let accepted = match self.accepted {
            0 => String::new(),
            some => format!(", {some} to be read back"),
        };
        let failed = match self.failed {
            0 => String::new(),
            some => format!(", {some} failed"),
        };
        let recent = self
            .seconds
            .iter()
            .fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
        // At the beginning the window is not yet full.
        let window = at.as_secs().clamp(1, WINDOW);
        let tenths = recent.saturating_mul(10).checked_div(window).unwrap_or(0);
        let rate = a_second(tenths);
        let open = self
            .total
            .saturating_sub(self.done)
            .saturating_sub(self.accepted);
        // At no rate there is no telling; nor how long the provider takes for what it has accepted.
        let left = match open.saturating_mul(window).checked_div(recent) {
            Some(seconds) if open > 0 => format!(", {} left", length(seconds)),
            Some(_) | None => String::new(),
        };
        format!("{accepted}{failed}, {rate}{left}")
    }

    /// The line of a minute that is over, once.
    pub(super) fn line(&mut self, at: Duration) -> Option<String> {
        let minutes = at.as_secs().checked_div(MINUTE.as_secs()).unwrap_or(0);
        if minutes <= self.lines {
            return None;
        }
        self.lines = minutes;
        Some(format!("deleting: {}", self.told(at)))
    }

    fn forget(&mut self, at: Duration) {
        let oldest = at.as_secs().saturating_sub(WINDOW);
        // The second that is under way is part of the window, and so the one that began it is not.
        while self
            .seconds
            .front()
            .is_some_and(|(second, _)| at.as_secs() >= WINDOW && *second <= oldest)
        {
            self.seconds.pop_front();
        }
    }
}

/// A rate in tenths, with as many digits as mean something.
fn a_second(tenths: u64) -> String {
    if tenths == 0 || tenths >= 100 {
        format!("{}/s", tenths / 10)
    } else {
        format!("{}.{}/s", tenths / 10, tenths % 10)
    }
}

fn length(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    match (seconds, minutes) {
        (0..60, _) => format!("{}s", seconds.max(1)),
        (_, 0..60) => format!("{minutes}min"),
        (_, _) => format!("{}h {}min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// So many a second, from the first second until that one.
    fn paced(total: u64, a_second: u64, until: u64) -> Pace {
        let mut pace = Pace::of(total);
        for second in 0..until {
            for number in 0..a_second {
                pace.settled(second == 0 && number < 3, false, at(second));
            }
        }
        pace
    }

    #[test]
    fn tells_what_is_done_how_fast_and_what_is_left() {
        let mut pace = paced(9000, 20, 60);
        assert_eq!(
            pace.told(at(59)),
            "1200 of 9000 done, 3 failed, 20/s, 7min left"
        );
        let mut pace = paced(100, 2, 30);
        assert_eq!(
            pace.told(at(29)),
            "60 of 100 done, 2 failed, 2.0/s, 20s left"
        );
    }

    #[test]
    fn the_rate_is_of_the_last_seconds_alone() {
        let mut pace = paced(9000, 20, 60);
        assert_eq!(
            pace.told(at(67)),
            "1200 of 9000 done, 3 failed, 9.3/s, 14min left"
        );
        // Nothing settles, and there is no telling how long that will be so.
        assert_eq!(pace.told(at(200)), "1200 of 9000 done, 3 failed, 0/s");
        let mut first = Pace::of(2);
        first.settled(false, false, Duration::from_millis(300));
        assert_eq!(
            first.told(Duration::from_millis(400)),
            "1 of 2 done, 1.0/s, 1s left"
        );
        first.settled(false, false, Duration::from_millis(500));
        assert_eq!(first.told(Duration::from_millis(600)), "2 of 2 done, 2.0/s");
    }

    #[test]
    fn what_is_accepted_counts_for_the_rate_and_is_done_when_it_was_read_back() {
        let mut pace = Pace::of(100);
        for second in 0..15 {
            for _ in 0..4 {
                pace.accepted(at(second));
            }
        }
        assert_eq!(
            pace.told(at(14)),
            "0 of 100 done, 60 to be read back, 4.2/s, 9s left"
        );
        for number in 0..50 {
            pace.settled(number == 0, true, at(15));
        }
        assert_eq!(
            pace.told(at(15)),
            "50 of 100 done, 10 to be read back, 1 failed, 3.7/s, 10s left"
        );
        for _ in 0..40 {
            pace.accepted(at(16));
        }
        assert_eq!(
            pace.told(at(16)),
            "50 of 100 done, 50 to be read back, 1 failed, 6.1/s"
        );
    }

    #[test]
    fn there_is_one_line_a_minute_and_none_in_the_first() {
        let mut pace = Pace::of(9000);
        let lines: Vec<u64> = (0..240)
            .filter(|second| pace.line(at(*second)).is_some())
            .collect();
        assert_eq!(lines, [60, 120, 180]);
        // A machine that slept says it once.
        assert!(pace.line(at(3600)).is_some());
        assert_eq!(pace.line(at(3601)), None);
        assert_eq!(
            pace.line(at(3660)),
            Some("deleting: 0 of 9000 done, 0/s".to_owned())
        );
    }

    #[test]
    fn times_are_rounded_up_to_what_people_say() {
        for (seconds, told) in [
            (0, "1s"),
            (59, "59s"),
            (60, "1min"),
            (61, "2min"),
            (3540, "59min"),
            (3541, "1h 0min"),
            (9000, "2h 30min"),
        ] {
            assert_eq!(length(seconds), told);
        }
        assert_eq!(a_second(5), "0.5/s");
        assert_eq!(a_second(1234), "123/s");
    }
}
