//! The pace: how many requests a second leave on one limit (S24).
//!
//! What a provider grants is written down nowhere, differs between accounts and changes while a run goes on. A limiter finds
//! it by itself: it grows as fast as answers tell how it goes, until the first refusal; then it holds just under what is
//! really granted, which [`known`] tells, and tries a little more every now and then. A wait that the provider names is kept.
//! One limiter a limit, shared by reading, deleting and reading back.

mod gauge;
mod known;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use gauge::Gauge;
use known::{HELD, Known, REMEMBERED, UnderWay};

/// Where a limiter starts and how far it may go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Requests a second at the start.
    pub start: f64,
    /// Requests that may leave at once after a rest.
    pub burst: f64,
    /// The most requests a second, where the provider documents a limit.
    pub ceiling: Option<f64>,
}

/// The lowest rate to which refusals push it: one request in ten seconds.
const FLOOR: f64 = 0.1;

/// The longest wait that a provider may name: a day would be a mistake of somebody's.
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// Until the first refusal, the rate doubles in the time of so many answers: how the last doubling went is then known.
const DOUBLING: f64 = 1.75;

/// It doubles in no less and in no more time than this, in seconds; in the longest as long as no answer has come.
const DOUBLES: (f64, f64) = (0.0175, 0.35);

/// But no single answer adds more than this share of the rate: the first few come together, and tell little.
const ONE: f64 = 0.8;

/// No refusal takes away more than this leaves: what was granted lately may be little for other reasons.
const LEAST_LEFT: f64 = 0.7;

/// Once the limit is known, the rate grows by this share a second, and by no more than [`PROBE`] a request: what a try costs
/// stays small at every rate.
const GROWTH: f64 = 0.01;
const PROBE: f64 = 0.0002;

/// Without a refusal for so long, in seconds, growth doubles: the limit may have been raised.
const CALM: f64 = 5.0;

/// The pauses after refusals in a row: a window of the provider's may have to pass.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

/// Over this time it is measured what is granted. Providers count by the second.
const MEASURE: Duration = Duration::from_secs(1);

/// Well below what was granted before, the rate grows by this share a second: pauses make what was granted look like less.
const RECOVERY: f64 = 0.2;

/// The pace of one limit.
#[derive(Debug)]
pub struct Limiter {
    state: Mutex<State>,
    /// Who waits for a turn waits in line, so that only the first one looks at the clock.
    line: tokio::sync::Mutex<()>,
    /// The rate has grown: the first in line need not wait as long as it thought.
    grown: Notify,
}

#[derive(Debug)]
struct State {
    rate: f64,
    burst: f64,
    ceiling: f64,
    tokens: f64,
    counted_at: Instant,
    closed_until: Option<Instant>,
    /// Once something was refused: when the last time was that it counted as news.
    known: Option<Known>,
    granted: Gauge,
    /// Turns taken, and answers that came: the difference is under way.
    turns: u64,
    answers: u64,
    /// Refusals since the last grant.
    in_a_row: u32,
    /// How long answers take of late, in seconds, where that is measured.
    latency: Option<f64>,
}

impl Limiter {
    fn new(rate: Rate, cap: Option<f64>) -> Self {
        let ceiling = rate
            .ceiling
            .unwrap_or(f64::INFINITY)
            .min(cap.unwrap_or(f64::INFINITY));
        let burst = if cap.is_some() {
            rate.burst.min(ceiling).max(1.0)
        } else {
            rate.burst.max(1.0)
        };
        Self {
            line: tokio::sync::Mutex::default(),
            grown: Notify::new(),
            state: Mutex::new(State {
                rate: rate.start.min(ceiling),
                burst,
                ceiling,
                tokens: burst,
                counted_at: Instant::now(),
                closed_until: None,
                known: None,
                granted: Gauge::default(),
                turns: 0,
                answers: 0,
                in_a_row: 0,
                latency: None,
            }),
        }
    }

    /// Waits for a turn. Dropping the future gives the turn back to nobody: a turn is only taken when this returns.
    pub async fn turn(&self) {
        let _first = self.line.lock().await;
        loop {
            let Some(at) = self.try_turn(Instant::now()) else {
                return;
            };
            tokio::select! {
                () = sleep_until(at) => {}
                () = self.grown.notified() => {}
            }
        }
    }

    /// Takes a turn, or tells when to ask again.
    fn try_turn(&self, now: Instant) -> Option<Instant> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = state.closed_until {
            if now < until {
                return Some(until);
            }
            state.go_on(now);
        }
        let earned = now
            .saturating_duration_since(state.counted_at)
            .as_secs_f64()
            * state.rate;
        state.tokens = (state.tokens + earned).min(state.allowance());
        state.counted_at = now;
        if state.tokens >= 1.0 {
            state.tokens -= 1.0;
            state.turns = state.turns.saturating_add(1);
            return None;
        }
        let missing = Duration::from_secs_f64((1.0 - state.tokens) / state.rate);
        Some(
            now.checked_add(missing.max(Duration::from_millis(1)))
                .unwrap_or(now),
        )
    }

    /// The provider granted a request, in this time.
    pub fn granted_within(&self, took: Duration) {
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let before = state.latency.unwrap_or(took.as_secs_f64());
            state.latency = Some(before.mul_add(0.8, took.as_secs_f64() * 0.2));
        }
        self.granted();
    }

    /// The provider granted a request.
    pub fn granted(&self) {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.answers = state.answers.saturating_add(1);
        state.in_a_row = 0;
        state.granted.count(now);
        state.count(true);
        let step = state.growth(now);
        state.rate = (state.rate + step).min(state.ceiling);
        drop(state);
        self.grown.notify_one();
    }

    /// The provider refused a request as one too many, and perhaps named a wait.
    pub fn refused(&self, wait: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.answers = state.answers.saturating_add(1);
        if state.is_news(now) {
            state.take_back(now);
        } else {
            state.count(false);
        }
        state.tokens = state.tokens.min(0.0);
        if let Some(wait) = wait {
            state.close(now, wait.min(LONGEST_WAIT));
        }
    }
}

impl State {
    /// How many may leave at once. Once the limit is known they leave one by one.
    fn allowance(&self) -> f64 {
        if self.known.is_some() {
            (self.rate * 0.02).max(1.0)
        } else {
            self.burst.max(self.rate * 0.02)
        }
    }

    /// What one granted request adds to the rate.
    fn growth(&self, now: Instant) -> f64 {
        match self.known {
            // As many grants a second as the rate says: together they double it.
            None => self.doubling(),
            Some(known) => {
                let calm = now.saturating_duration_since(known.since).as_secs_f64() / CALM;
                // As many grants a second as the rate says: each adds its part of the share.
                let step = if self.rate < known.best * REMEMBERED {
                    RECOVERY
                } else {
                    GROWTH.min(self.rate * PROBE) * calm.exp2()
                };
                step.min(self.doubling())
            }
        }
    }

    /// What each granted request adds so that the rate doubles.
    fn doubling(&self) -> f64 {
        let time = self.latency.map_or(DOUBLES.1, |latency| {
            (latency * DOUBLING).clamp(DOUBLES.0, DOUBLES.1)
        });
        (std::f64::consts::LN_2 / time).min(self.rate * ONE)
    }

    fn is_news(&self, now: Instant) -> bool {
        self.known
            .is_none_or(|known| known.is_news(now, self.answers))
    }

    /// An answer that may be to what was under way at the first refusal.
    fn count(&mut self, granted: bool) {
        if let Some(known) = &mut self.known {
            known.count(self.answers, granted);
        }
    }

    /// A refusal that tells something new: the rate falls, and nothing leaves for a moment.
    fn take_back(&mut self, now: Instant) {
        let granted = self.granted.a_second(now, MEASURE);
        let left = (granted * HELD).clamp(self.rate * LEAST_LEFT, self.rate * HELD);
        let mut rest = PAUSES.0;
        let known = if let Some(known) = self.known {
            known.again(now, self.turns, granted)
        } else {
            // What was under way is waited for; but what left in the first moment was no rate.
            rest = rest.max(Duration::from_secs_f64(self.latency.unwrap_or(0.0)));
            let turns = f64::from(u32::try_from(self.turns).unwrap_or(u32::MAX));
            let under_way = (turns >= 2.0 * self.burst).then(|| UnderWay::new(self.rate, granted));
            Known::first(now, self.turns, granted, under_way)
        };
        // While nothing is granted at all, pauses wait for the window to pass; only they grow.
        if self.in_a_row == 0 || self.known.is_none() {
            self.rate = left.max(FLOOR);
        }
        self.known = Some(known);
        let doubled = 1_u32.checked_shl(self.in_a_row.min(10)).unwrap_or(1);
        // Three requests' worth: what is granted by the window has then gone on a little, also at low rates.
        let own = Duration::from_secs_f64((3.0 / self.rate).min(PAUSES.1.as_secs_f64()));
        let pause = rest.max(own).saturating_mul(doubled).min(PAUSES.1);
        self.close(now, pause);
        self.in_a_row = self.in_a_row.saturating_add(1);
    }

    /// The pause after a refusal is over. After the first one, what was under way has told the limit.
    fn go_on(&mut self, now: Instant) {
        self.closed_until = None;
        self.counted_at = now;
        self.tokens = self.tokens.min(1.0);
        if let Some(told) = self.known.as_mut().and_then(Known::told) {
            self.rate = told.max(FLOOR);
        }
    }

    fn close(&mut self, now: Instant, pause: Duration) {
        let until = now.checked_add(pause).unwrap_or(now);
        self.closed_until = Some(self.closed_until.map_or(until, |known| known.max(until)));
    }
}

/// All limiters of a transport, by the name of the limit.
#[derive(Debug, Default)]
pub(super) struct Paces {
    limiters: Mutex<HashMap<String, Arc<Limiter>>>,
    cap: Option<f64>,
}

impl Paces {
    pub(super) fn capped(cap: Option<f64>) -> Self {
        Self {
            limiters: Mutex::default(),
            cap,
        }
    }

    pub(super) fn limiter(&self, limit: &str, rate: Rate) -> Arc<Limiter> {
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = limiters.get(limit) {
            return Arc::clone(known);
        }
        let limiter = Arc::new(Limiter::new(rate, self.cap));
        limiters.insert(limit.to_owned(), Arc::clone(&limiter));
        limiter
    }
}
