//! Chance decides over the providers, what goes wrong, and when the process dies (S20–S22, S26).
//!
//! A handful of schedules with every `cargo test`; `tests/long/run` tries many.

use std::time::Duration;

use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy},
    prop_oneof,
    sample::{select, subsequence},
    test_runner::{Config, TestRunner},
};

use crate::ordeal::{Kill, Ordeal};

const PROVIDERS: [&str; 3] = ["aws", "zilliz", "aiven"];

/// How many schedules are tried if nobody says.
const CASES: u32 = 6;

/// What can go wrong, each a few times. What AWS does not find, and lists, is waited for a minute: not here.
const FAULTS: [&str; 17] = [
    "error-500-delete",
    "error-502-delete",
    "error-503-delete",
    "reset-before-delete",
    "reset-after-delete",
    "hang-delete",
    "hang-after-delete",
    "html-delete",
    "html-502-delete",
    "empty-delete",
    "truncated-delete",
    "conflict-delete",
    "unauthorized-delete",
    "forbidden-delete",
    "error-500-read",
    "reset-after-read",
    "truncated-read",
];

/// What goes wrong all the time.
const WAYS: [&str; 3] = ["latency=20ms", "throttle=15/s", "latency-read=60ms"];

/// One of the things that a machine can do to a run.
#[derive(Debug, Clone)]
struct Schedule {
    providers: Vec<&'static str>,
    faults: Vec<String>,
    lag: u64,
    concurrency: Option<u8>,
    blows: Vec<Blow>,
}

/// One end before the end.
#[derive(Debug, Clone)]
struct Blow {
    kill: Kill,
    /// How much of what was written since the last request stays on disk: of that, nobody had waited for a flush.
    stays: Option<f64>,
}

fn blow() -> impl Strategy<Value = Blow> {
    let kill = prop_oneof![
        3 => (0..14_usize).prop_map(Kill::AtLine),
        1 => (0..600_u64).prop_map(|delay| Kill::After(Duration::from_millis(delay))),
    ];
    (kill, option::weighted(0.4, 0.0..1.0)).prop_map(|(kill, stays)| Blow { kill, stays })
}

fn fault() -> impl Strategy<Value = String> {
    let counted =
        (select(&FAULTS[..]), 1..3_u8).prop_map(|(kind, times)| format!("{kind}={times}"));
    let kind = prop_oneof![3 => counted, 1 => select(&WAYS[..]).prop_map(ToOwned::to_owned)];
    let own = select(&["zilliz:lag-list=200ms", "aws:expired=1", "aws:short-page=3"][..]);
    prop_oneof![
        8 => (select(&PROVIDERS[..]), kind).prop_map(|(provider, kind)| format!("{provider}:{kind}")),
        1 => own.prop_map(ToOwned::to_owned),
    ]
}

fn schedule() -> impl Strategy<Value = Schedule> {
    (
        subsequence(&PROVIDERS[..], 1..=3),
        vec(fault(), 0..5),
        prop_oneof![Just(0), 0..400_u64],
        option::of(1..4_u8),
        vec(blow(), 1..5),
    )
        .prop_map(|(providers, faults, lag, concurrency, blows)| Schedule {
            providers,
            faults,
            lag,
            concurrency,
            blows,
        })
}

/// What must hold, whatever happens.
fn try_one(schedule: &Schedule) {
    let faults: Vec<&str> = schedule.faults.iter().map(String::as_str).collect();
    let concurrency = schedule.concurrency.map(|number| number.to_string());
    let mut manner = vec!["--attempt-timeout", "700ms"];
    if let Some(concurrency) = &concurrency {
        manner.extend(["--concurrency", concurrency]);
    }
    let lag = Duration::from_millis(schedule.lag);
    let ordeal = Ordeal::of(&schedule.providers, lag, &faults, &manner);
    for blow in &schedule.blows {
        let ran = ordeal.go(blow.kill);
        ordeal.holds();
        if ran.is_none()
            && let Some(stays) = blow.stays
        {
            ordeal.lose_what_was_not_flushed(stays);
            ordeal.holds();
        }
    }
    ordeal.ends_well();
}

#[test]
fn s21_killed_at_any_time_under_any_faults_nothing_is_lost() {
    let cases = std::env::var("BKDEL_TEST_CASES")
        .ok()
        .map_or(CASES, |cases| cases.parse().unwrap());
    let mut runner = TestRunner::new(Config {
        cases,
        max_shrink_iters: 20,
        // A schedule is printed whole, and a file of seeds in the sources helps nobody.
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&schedule(), |schedule| {
            try_one(&schedule);
            Ok(())
        })
        .unwrap();
}
