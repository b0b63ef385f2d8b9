//! What is known of a limit, from its first refusal on: what it grants, and which refusals tell something new.
//!
//! The first refusal comes late. Most providers save up for a burst, often a second's worth, and the rate goes on growing
//! until that is used up: what was granted before is then no measure. What was under way is: of it, the limit grants its own
//! rate.

use tokio::time::Instant;

use super::MEASURE;

/// So much of what was granted is held after a refusal.
pub(super) const HELD: f64 = 0.97;

/// With every refusal so much of what was granted at best is remembered: limits also fall.
pub(super) const REMEMBERED: f64 = 0.9;

/// From so many answers on, the share of those granted tells something.
const ENOUGH: u32 = 8;

/// At least so much of what was granted before is held where that share tells nothing.
const LEAST: f64 = 0.7;

/// What is known of a limit since it first refused something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// When it first refused something.
    met: Instant,
    /// When the rate was last taken back.
    pub(super) since: Instant,
    /// Answers to what was under way then are old news.
    news_after: u64,
    /// What was granted a second at best, as far as it is remembered.
    pub(super) best: f64,
    /// What was under way at the first refusal, until the rate is set by it.
    under_way: Option<UnderWay>,
}

impl Known {
    /// The limit is met for the first time. `under_way` may say nothing: a burst at the start is no rate.
    pub(super) fn first(
        now: Instant,
        turns: u64,
        granted: f64,
        under_way: Option<UnderWay>,
    ) -> Self {
        Self {
            met: now,
            since: now,
            news_after: turns,
            best: granted,
            under_way,
        }
    }

    /// It has refused something again, after so much was granted in the last second.
    pub(super) fn again(self, now: Instant, turns: u64, granted: f64) -> Self {
        let at_first = |at: Instant| at.saturating_duration_since(self.met) < MEASURE;
        // What was granted at first came out of what was saved up: it is forgotten once there is a second of what follows.
        let before = if at_first(self.since) && !at_first(now) {
            0.0
        } else {
            self.best * REMEMBERED
        };
        Self {
            since: now,
            news_after: turns,
            best: granted.max(before),
            under_way: None,
            ..self
        }
    }

    /// Whether a refusal, the last of so many answers, tells something new: it does not if it answers what was under way when
    /// the rate was last taken back. Answers that never come must not make everything old for ever.
    pub(super) fn is_news(&self, now: Instant, answers: u64) -> bool {
        answers > self.news_after || now.saturating_duration_since(self.since) >= MEASURE
    }

    /// The last of so many answers has come: what was under way at the first refusal is counted.
    pub(super) fn count(&mut self, answers: u64, granted: bool) {
        if let Some(under_way) = &mut self.under_way
            && answers <= self.news_after
        {
            let number = if granted {
                &mut under_way.granted
            } else {
                &mut under_way.refused
            };
            *number = number.saturating_add(1);
        }
    }

    /// The rate by what became of what was under way at the first refusal; once, and only if that is counted.
    pub(super) fn told(&mut self) -> Option<f64> {
        let told = self.under_way.take()?.told();
        self.best = self.best.max(told);
        Some(told)
    }
}

/// What was under way when the limit was met for the first time, and what became of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnderWay {
    /// The rate at which it was sent.
    rate: f64,
    /// What was granted in the second before.
    before: f64,
    granted: u32,
    refused: u32,
}

impl UnderWay {
    /// The first refusal is one of it.
    pub(super) fn new(rate: f64, before: f64) -> Self {
        Self {
            rate,
            before,
            granted: 0,
            refused: 1,
        }
    }

    /// The rate that it tells.
    fn told(self) -> f64 {
        let answers = self.granted.saturating_add(self.refused);
        // As if one more had been granted: none of eight is no rate.
        let share = (f64::from(self.granted) + 1.0) / (f64::from(answers) + 1.0);
        let told = self.rate * share * HELD;
        // Before, there was a second's worth more than the limit at most. Where less than half of that goes on being
        // granted, it is a window whose rest is refused.
        let tells = answers >= ENOUGH && told >= self.before / 2.0;
        let rate = if tells { told } else { self.before * LEAST };
        rate.min(self.rate * HELD)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The rate that is told by answers to what left at a thousand a second, of which the first was refused.
    fn told(before: f64, granted: usize, refused: usize) -> f64 {
        let mut known = Known::first(
            Instant::now(),
            100,
            before,
            Some(UnderWay::new(1_000.0, before)),
        );
        for granted in
            std::iter::repeat_n(true, granted).chain(std::iter::repeat_n(false, refused).skip(1))
        {
            known.count(1, granted);
        }
        let told = known.told().unwrap();
        assert!(known.told().is_none(), "it is told once");
        told
    }

    #[test]
    fn s24_a_limit_grants_its_own_rate_of_what_was_under_way() {
        // Twice as much had been granted before, out of what was saved up.
        let rate = told(500.0, 20, 60);
        assert!((230.0..270.0).contains(&rate), "{rate}");
        // Nothing was saved up, and hardly anything is refused.
        let rate = told(300.0, 75, 5);
        assert!((900.0..970.0).contains(&rate), "{rate}");
    }

    #[test]
    fn s24_the_rest_of_a_window_and_a_handful_do_not_tell_a_limit() {
        for (granted, refused) in [(0, 80), (5, 75), (0, 3)] {
            let rate = told(400.0, granted, refused);
            assert!((270.0..290.0).contains(&rate), "{rate}");
        }
    }

    #[test]
    fn s24_what_was_saved_up_is_forgotten_after_a_second() {
        let start = Instant::now();
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        let known = Known::first(start, 1, 900.0, None);
        let known = known.again(after(500), 2, 600.0);
        assert!((known.best - 810.0).abs() < 0.1, "{}", known.best);
        let known = known.again(after(1_500), 3, 500.0);
        assert!((known.best - 500.0).abs() < 0.1, "{}", known.best);
        let known = known.again(after(3_000), 4, 300.0);
        assert!((known.best - 450.0).abs() < 0.1, "{}", known.best);
    }
}
