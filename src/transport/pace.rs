//! The pace: how many requests a second leave on one limit (S24).
//!
//! A token bucket whose rate follows what the provider grants: it grows while everything is granted, falls back on a
//! refusal, and honours a wait that the provider names. One limiter a limit, shared by reading, deleting and reading back.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

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

/// How much a refusal takes away.
const BACK_OFF: f64 = 0.7;

/// How much a granted request adds before the first refusal: the limit is unknown, so the rate grows with the number of
/// grants, doubling about every second of its own pace.
const DISCOVERY: f64 = 0.07;

/// The pace of one limit.
#[derive(Debug)]
pub struct Limiter {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rate: f64,
    burst: f64,
    ceiling: f64,
    tokens: f64,
    counted_at: Instant,
    closed_until: Option<Instant>,
    refused_before: bool,
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
            state: Mutex::new(State {
                rate: rate.start.min(ceiling),
                burst,
                ceiling,
                tokens: burst,
                counted_at: Instant::now(),
                closed_until: None,
                refused_before: false,
            }),
        }
    }

    /// Waits for a turn. Dropping the future gives the turn back to nobody: a turn is only taken when this returns.
    pub async fn turn(&self) {
        loop {
            let Some(at) = self.try_turn(Instant::now()) else {
                return;
            };
            sleep_until(at).await;
        }
    }

    /// Takes a turn, or tells when to ask again.
    fn try_turn(&self, now: Instant) -> Option<Instant> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = state.closed_until {
            if now < until {
                return Some(until);
            }
            state.closed_until = None;
            state.counted_at = now;
            state.tokens = state.tokens.min(1.0);
        }
        let earned = now
            .saturating_duration_since(state.counted_at)
            .as_secs_f64()
            * state.rate;
        state.tokens = (state.tokens + earned).min(state.burst);
        state.counted_at = now;
        if state.tokens >= 1.0 {
            state.tokens -= 1.0;
            return None;
        }
        let missing = Duration::from_secs_f64((1.0 - state.tokens) / state.rate);
        Some(
            now.checked_add(missing.max(Duration::from_millis(1)))
                .unwrap_or(now),
        )
    }

    /// The provider granted a request.
    pub fn granted(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let step = if state.refused_before {
            0.2 / state.rate.max(1.0)
        } else {
            state.rate * DISCOVERY
        };
        state.rate = (state.rate + step).min(state.ceiling);
    }

    /// The provider refused a request as one too many, and perhaps named a wait.
    pub fn refused(&self, wait: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Refusals of requests that left together are one piece of news.
        let fresh = state.closed_until.is_none_or(|until| until <= now);
        if fresh {
            state.rate = (state.rate * BACK_OFF).max(FLOOR);
        }
        state.refused_before = true;
        state.tokens = 0.0;
        let own = Duration::from_secs_f64((1.0 / state.rate).min(5.0));
        let pause = wait.map_or(own, |wait| wait.min(LONGEST_WAIT));
        let until = now.checked_add(pause).unwrap_or(now);
        state.closed_until = Some(state.closed_until.map_or(until, |known| known.max(until)));
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

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        start: 5.0,
        burst: 2.0,
        ceiling: Some(10.0),
    };

    #[tokio::test(start_paused = true)]
    async fn s24_a_burst_leaves_at_once_and_the_rest_at_the_rate() {
        let limiter = Limiter::new(RATE, None);
        let started = Instant::now();
        for _ in 0..12 {
            limiter.turn().await;
        }
        let elapsed = started.elapsed().as_secs_f64();
        assert!((1.9..2.2).contains(&elapsed), "{elapsed}");
    }

    #[tokio::test(start_paused = true)]
    async fn s24_a_wait_that_the_provider_names_is_kept() {
        let limiter = Limiter::new(RATE, None);
        limiter.turn().await;
        limiter.refused(Some(Duration::from_secs(28)));
        let started = Instant::now();
        limiter.turn().await;
        assert!(started.elapsed() >= Duration::from_secs(28));
    }

    #[tokio::test(start_paused = true)]
    async fn s24_the_rate_grows_to_the_ceiling_and_falls_back_on_a_refusal() {
        let limiter = Limiter::new(RATE, None);
        for _ in 0..100 {
            limiter.turn().await;
            limiter.granted();
        }
        assert!((limiter.state.lock().unwrap().rate - 10.0).abs() < 0.01);
        limiter.refused(None);
        limiter.refused(None);
        assert!(
            (limiter.state.lock().unwrap().rate - 7.0).abs() < 0.01,
            "two refusals at once are one"
        );
    }
}
