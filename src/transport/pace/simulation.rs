//! How close the pace comes to limits of every kind, on a clock that does not wait (S24).
#![allow(
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "numbers of a simulation, which prints what it comes to for whoever asks with --nocapture"
)]

use std::{cell::RefCell, rc::Rc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, sleep};

use super::{Limiter, Rate};

/// As it starts at AWS.
const START: Rate = Rate {
    start: 5.0,
    burst: 5.0,
    ceiling: None,
};

/// Decides, by the second since the start, whether one more request is granted.
type Limit = Box<dyn FnMut(f64) -> bool>;

/// A bucket that holds `seconds` worth of its rate.
fn bucket(rate: impl Fn(f64) -> f64 + 'static, seconds: f64) -> Limit {
    let mut tokens = (rate(0.0) * seconds).max(1.0);
    let mut before = 0.0;
    Box::new(move |now| {
        let rate = rate(now);
        tokens = (tokens + (now - before) * rate).min((rate * seconds).max(1.0));
        before = now;
        let granted = tokens >= 1.0;
        if granted {
            tokens -= 1.0;
        }
        granted
    })
}

/// So many in each second of the clock.
fn window(rate: f64) -> Limit {
    let mut second = 0.0;
    let mut taken = 0.0;
    Box::new(move |now| {
        if now.floor() > second {
            second = now.floor();
            taken = 0.0;
        }
        let granted = taken < rate;
        if granted {
            taken += 1.0;
        }
        granted
    })
}

/// So many in any second.
fn sliding(rate: usize) -> Limit {
    let mut granted = std::collections::VecDeque::new();
    Box::new(move |now| {
        while granted.front().is_some_and(|at| now - at >= 1.0) {
            granted.pop_front();
        }
        let free = granted.len() < rate;
        if free {
            granted.push_back(now);
        }
        free
    })
}

/// What a simulated run came to.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Its time, in times of what the limit leaves to somebody who loses nothing.
    over: f64,
    /// How many in a hundred requests were refused.
    refused: f64,
}

/// A limit, and how close to it the pace is to come.
struct Case {
    name: String,
    limit: Limit,
    count: usize,
    /// How long an answer takes, in milliseconds; each a tenth more or less.
    latency: u64,
    /// When the last is granted to somebody who loses nothing, in seconds.
    ideal: f64,
    bar: Run,
}

impl Case {
    async fn run(self) {
        let name = format!("{}, {} ms", self.name, self.latency);
        let bar = self.bar;
        let ran = self.sent().await;
        println!(
            "{name:>36}: {:.3} of the ideal time, {:.1} % refused",
            ran.over, ran.refused
        );
        assert!(ran.over <= bar.over, "{name}: {ran:?}, but {bar:?}");
        assert!(ran.refused <= bar.refused, "{name}: {ran:?}, but {bar:?}");
    }

    /// Sends until all are granted.
    async fn sent(mut self) -> Run {
        let limiter = Limiter::new(START, None);
        let started = Instant::now();
        let mut answers = FuturesUnordered::new();
        let mut left = self.count;
        let mut sent = 0_u32;
        let mut chance = 12_345_u64;
        let limit = Rc::new(RefCell::new(move |now: f64| (self.limit)(now)));
        while left > 0 || !answers.is_empty() {
            tokio::select! {
                biased;
                Some((granted, took)) = answers.next(), if !answers.is_empty() => {
                    if granted {
                        limiter.granted_within(took);
                    } else {
                        limiter.refused(None);
                        left += 1;
                    }
                }
                () = limiter.turn(), if left > 0 => {
                    left -= 1;
                    sent += 1;
                    chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let there = Duration::from_micros(self.latency * (450 + (chance >> 33) % 100));
                    let limit = Rc::clone(&limit);
                    answers.push(async move {
                        sleep(there).await;
                        let now = started.elapsed().as_secs_f64();
                        let granted = (limit.borrow_mut())(now);
                        sleep(there).await;
                        (granted, there * 2)
                    });
                }
            }
        }
        let refused = f64::from(sent) - f64::from(u32::try_from(self.count).unwrap());
        Run {
            over: started.elapsed().as_secs_f64() / self.ideal,
            refused: 100.0 * refused / f64::from(sent),
        }
    }
}

const fn bar(over: f64, refused: f64) -> Run {
    Run { over, refused }
}

#[tokio::test(start_paused = true)]
async fn s24_the_pace_comes_close_to_every_kind_of_limit() {
    for rate in [10_u32, 100, 500] {
        let at = f64::from(rate);
        let whole = usize::try_from(rate).unwrap();
        for latency in [50, 75, 100] {
            let limits: [(&str, Limit, f64, Run); 4] = [
                (
                    "bucket of a second",
                    bucket(move |_| at, 1.0),
                    29.0,
                    bar(1.05, 3.0),
                ),
                (
                    "bucket of half a second",
                    bucket(move |_| at, 0.5),
                    29.5,
                    bar(1.05, 3.0),
                ),
                // What leaves in the wrong half of a second waits for the next, and it depends on chance how much does.
                ("window", window(at), 29.0, bar(1.15, 5.0)),
                ("sliding window", sliding(whole), 29.0, bar(1.16, 3.5)),
            ];
            for (name, limit, ideal, bar) in limits {
                let name = format!("{name}, {rate}/s");
                let count = whole * 30;
                Case {
                    name,
                    limit,
                    count,
                    latency,
                    ideal,
                    bar,
                }
                .run()
                .await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s24_a_limit_that_halves_or_doubles_is_noticed() {
    for latency in [50, 75, 100] {
        Case {
            name: "halves".to_owned(),
            limit: bucket(|now| if now < 20.0 { 100.0 } else { 50.0 }, 1.0),
            count: 4_000,
            latency,
            ideal: 58.0,
            bar: bar(1.05, 3.0),
        }
        .run()
        .await;
        Case {
            name: "doubles".to_owned(),
            limit: bucket(|now| if now < 20.0 { 50.0 } else { 100.0 }, 1.0),
            count: 5_000,
            latency,
            ideal: 59.5,
            bar: bar(1.15, 3.0),
        }
        .run()
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn s24_others_on_the_same_limit_leave_the_rest() {
    for latency in [50, 75, 100] {
        // Somebody else takes forty a second of a hundred, for ten seconds out of twenty.
        let mut all = bucket(|_| 100.0, 1.0);
        let mut others = 0.0;
        let limit: Limit = Box::new(move |now| {
            let due = (now / 20.0).floor() * 400.0 + ((now % 20.0).min(10.0)) * 40.0;
            while others < due {
                all(now);
                others += 1.0;
            }
            all(now)
        });
        Case {
            name: "others".to_owned(),
            limit,
            count: 4_800,
            latency,
            ideal: 59.0,
            bar: bar(1.23, 3.0),
        }
        .run()
        .await;
    }
}
