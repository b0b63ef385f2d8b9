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
#[derive(Debug)]
struct Run {
    seconds: f64,
    refused: usize,
}

/// Sends `count` requests until all are granted. Answers take 50 to 100 ms.
async fn run(limiter: &Limiter, mut limit: Limit, count: usize) -> Run {
    let started = Instant::now();
    let mut answers = FuturesUnordered::new();
    let mut left = count;
    let mut refused = 0;
    let mut chance = 12_345_u64;
    let limit = Rc::new(RefCell::new(move |now: f64| limit(now)));
    loop {
        if left == 0 && answers.is_empty() {
            let seconds = started.elapsed().as_secs_f64();
            return Run { seconds, refused };
        }
        tokio::select! {
            biased;
            Some((granted, took)) = answers.next(), if !answers.is_empty() => {
                if granted {
                    limiter.granted_within(took);
                } else {
                    limiter.refused(None);
                    refused += 1;
                    left += 1;
                }
            }
            () = limiter.turn(), if left > 0 => {
                left -= 1;
                chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let there = Duration::from_millis(25 + (chance >> 33) % 25);
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
}

async fn measured(name: &str, limit: Limit, count: usize, ideal: f64) -> (f64, f64) {
    let ran = run(&Limiter::new(START, None), limit, count).await;
    let over = ran.seconds / ideal;
    let share = 100.0 * f64::from(u32::try_from(ran.refused).unwrap())
        / f64::from(u32::try_from(count).unwrap());
    println!("{name:>28}: {over:.3} of the ideal time, {share:.1} % refused");
    (over, share)
}

#[tokio::test(start_paused = true)]
async fn s24_the_pace_comes_close_to_every_kind_of_limit() {
    for rate in [10_u32, 100, 500] {
        let count = usize::try_from(rate * 30).unwrap();
        let at = f64::from(rate);
        // How far from the ideal each may be, and how many in a hundred may be refused.
        let limits: [(&str, Limit, f64, f64); 4] = [
            ("bucket of a second", bucket(move |_| at, 1.0), 1.05, 3.0),
            (
                "bucket of half a second",
                bucket(move |_| at, 0.5),
                1.05,
                3.0,
            ),
            ("window", window(at), 1.10, 4.0),
            (
                "sliding window",
                sliding(usize::try_from(rate).unwrap()),
                1.12,
                4.0,
            ),
        ];
        for (name, limit, most, most_refused) in limits {
            let name = format!("{name}, {rate}/s");
            let (over, refused) = measured(&name, limit, count, 30.0).await;
            assert!(over <= most, "{name}: {over} of the ideal time");
            assert!(refused <= most_refused, "{name}: {refused} % refused");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s24_a_limit_that_halves_or_doubles_is_noticed() {
    let halves = bucket(|now| if now < 20.0 { 100.0 } else { 50.0 }, 1.0);
    let (over, refused) = measured("halves", halves, 4_000, 60.0).await;
    assert!(over <= 1.10 && refused <= 3.0);
    let doubles = bucket(|now| if now < 20.0 { 50.0 } else { 100.0 }, 1.0);
    let (over, refused) = measured("doubles", doubles, 5_000, 60.0).await;
    assert!(over <= 1.25 && refused <= 3.0);
}

#[tokio::test(start_paused = true)]
async fn s24_others_on_the_same_limit_leave_the_rest() {
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
    let (over, refused) = measured("others", limit, 4_800, 60.0).await;
    assert!(over <= 1.20 && refused <= 5.0);
}
