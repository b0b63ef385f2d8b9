//! The real process, killed at every line of its journal, and gone on with: nothing is lost (S20–S22, S26).

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use bkdel::run::journal::History;

use crate::ordeal::{self, Kill, Ordeal};

/// So many at once: most of the time is spent waiting.
const AT_ONCE: usize = 4;

/// A journal's lines in these runs; a point behind the last one is a run that is not killed.
const MOST_LINES: usize = 60;

const ALL: [&str; 3] = ["aws", "zilliz", "aiven"];

/// Tries every point, until one lies behind the end: the points are lines after the plan's.
fn at_every_line(trial: impl Fn(usize) -> Passed + Sync) {
    let (next, last) = (AtomicUsize::new(0), AtomicUsize::new(MOST_LINES));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let point = next.fetch_add(1, Ordering::Relaxed);
                    if point > last.load(Ordering::Relaxed) {
                        return;
                    }
                    if matches!(trial(point), Passed::Unhindered) {
                        last.fetch_min(point, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(
        last.into_inner() < MOST_LINES,
        "no run came to its end before it was killed"
    );
}

/// What a trial came to.
enum Passed {
    /// It was killed.
    Killed,
    /// It was over before the point.
    Unhindered,
}

/// Kills the run at the first of these lines, its resumption at the second, and so on; and then lets it end.
#[track_caller]
fn kill_and_go_on(ordeal: &Ordeal, lines: &[usize]) -> Passed {
    let mut passed = Passed::Unhindered;
    for line in lines {
        if ordeal.go(Kill::AtLine(*line)).is_none() {
            passed = Passed::Killed;
        }
        ordeal.holds();
    }
    ordeal.ends_well();
    passed
}

/// Time enough between two lines to kill in.
fn slowed(providers: &[&str]) -> Vec<String> {
    providers
        .iter()
        .map(|provider| format!("{provider}:latency=15ms"))
        .collect()
}

fn s21_killed_at_any_line_it_is_finished_by_a_resumption(provider: &str) {
    at_every_line(|line| {
        let faults = slowed(&[provider]);
        let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
        let ordeal = Ordeal::of(
            &[provider],
            Duration::ZERO,
            &faults,
            &["--concurrency", "1"],
        );
        kill_and_go_on(&ordeal, &[line])
    });
}

#[test]
fn s21_killed_at_any_line_it_is_finished_by_a_resumption_at_aws() {
    s21_killed_at_any_line_it_is_finished_by_a_resumption("aws");
}

#[test]
fn s21_killed_at_any_line_it_is_finished_by_a_resumption_at_zilliz() {
    s21_killed_at_any_line_it_is_finished_by_a_resumption("zilliz");
}

#[test]
fn s21_killed_at_any_line_it_is_finished_by_a_resumption_at_aiven() {
    s21_killed_at_any_line_it_is_finished_by_a_resumption("aiven");
}

/// What the provider did with a request is not always what it said, or when.
#[test]
fn s21_killed_at_any_line_and_again_under_faults_it_is_finished_over_all_three() {
    at_every_line(|line| {
        let mut faults = slowed(&ALL);
        faults.extend(
            [
                "aws:error-503-delete=1",
                "zilliz:reset-after-delete=1",
                "zilliz:lag-list=50ms",
                "aiven:reset-before-delete=1",
            ]
            .map(str::to_owned),
        );
        let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
        let ordeal = Ordeal::of(&ALL, Duration::from_millis(150), &faults, &[]);
        kill_and_go_on(&ordeal, &[line, 2 + line % 4])
    });
}

/// Credentials that run out are no answer to what was asked for later, with good ones.
#[test]
fn s21_what_was_accepted_after_credentials_had_run_out_is_not_sent_again() {
    for provider in ALL {
        let faults = [
            format!("{provider}:unauthorized-delete=1"),
            format!("{provider}:latency=80ms"),
        ];
        let faults = faults.each_ref().map(String::as_str);
        let ordeal = Ordeal::of(
            &[provider],
            Duration::ZERO,
            &faults,
            &["--concurrency", "1"],
        );
        ordeal.go(Kill::Never).unwrap().exits(3);
        // The resumption, a request, its answer.
        assert!(ordeal.go(Kill::AtLine(3)).is_none(), "{provider}");
        ordeal.holds();
        ordeal.ends_well();
        assert!(ordeal.all_gone(), "{provider}");
    }
}

#[test]
fn s21_what_was_refused_for_want_of_credentials_is_asked_for_again_though_nobody_noted_its_outcome()
{
    for provider in ALL {
        let fault = format!("{provider}:unauthorized-delete=1");
        let ordeal = Ordeal::of(
            &[provider],
            Duration::ZERO,
            &[&fault],
            &["--concurrency", "1"],
        );
        ordeal.go(Kill::Never).unwrap().exits(3);
        while ordeal.told().unwrap().outcomes() > 0 {
            ordeal.lose_the_last_line();
        }
        ordeal.ends_well();
        assert!(ordeal.all_gone(), "{provider}");
    }
}

#[test]
fn s21_what_the_provider_was_too_busy_for_is_asked_for_again() {
    for provider in ALL {
        let faults = [
            format!("{provider}:conflict-delete=1"),
            format!("{provider}:latency-read=80ms"),
        ];
        let faults = faults.each_ref().map(String::as_str);
        let ordeal = Ordeal::of(
            &[provider],
            Duration::ZERO,
            &faults,
            &["--concurrency", "1"],
        );
        assert!(ordeal.go(Kill::AtLine(2)).is_none(), "{provider}");
        ordeal.ends_well();
        assert!(ordeal.all_gone(), "{provider}");
    }
}

/// Nobody has seen its exit code yet.
#[test]
fn s23_killed_before_its_end_a_run_that_failed_is_told_as_one_by_its_resumption() {
    for provider in ALL {
        let fault = format!("{provider}:forbidden-delete");
        let ordeal = Ordeal::of(&[provider], Duration::ZERO, &[&fault], &[]);
        ordeal.go(Kill::Never).unwrap().exits(3);
        ordeal.lose_the_last_line();
        let arrived = ordeal.arrived();
        ordeal.ends_well();
        assert_eq!(ordeal.arrived(), arrived, "{provider}");
    }
}

#[test]
fn s21_a_finished_run_stays_finished_though_a_later_look_at_it_is_killed() {
    let faults = [
        "aws:error-503-delete",
        "zilliz:lag-list=60s",
        "zilliz:latency-read=60ms",
    ];
    let manner = ["--no-wait", "--retry-for", "200ms"];
    let ordeal = Ordeal::of(&["aws", "zilliz"], Duration::ZERO, &faults, &manner);
    ordeal.go(Kill::Never).unwrap().exits(3);
    assert!(ordeal.told().unwrap().finished);
    let arrived = ordeal.arrived();
    assert!(ordeal.go(Kill::AtLine(1)).is_none());
    ordeal.world.control("DELETE", "fault", "");
    ordeal.go(Kill::Never).unwrap().exits(3);
    assert_eq!(ordeal.arrived(), arrived, "what had failed stays failed");
}

/// A crash can take everything that was not flushed with it; what the provider did stays done.
#[test]
fn s21_cut_anywhere_a_journal_leads_to_the_same_end_and_nothing_is_sent_for_what_is_gone() {
    let ordeal = Ordeal::of(&ALL, Duration::ZERO, &[], &[]);
    ordeal.go(Kill::Never).unwrap().exits(0);
    let arrived = ordeal.arrived();
    let journal = fs::read(ordeal.journal().unwrap()).unwrap();
    let plan: usize = journal
        .split_inclusive(|byte| *byte == b'\n')
        .take_while(|line| ordeal::of_the_plan(line))
        .map(<[u8]>::len)
        .sum();
    let path = ordeal.world.home().join("cut.ndjson");
    // A stride that meets lines at their beginnings, ends and middles.
    for length in (0..journal.len()).step_by(397).chain([plan, plan + 1]) {
        fs::write(&path, &journal[..length]).unwrap();
        let ran = ordeal
            .world
            .bkdel(&["resume", path.to_str().unwrap(), "--yes", "-o", "json"]);
        if length < plan {
            assert!(matches!(ran.code, Some(2 | 6)), "{length}: {ran:?}");
            assert_eq!(fs::read(&path).unwrap(), &journal[..length]);
            continue;
        }
        ran.exits(0);
        let outcomes = ran.outcomes();
        assert_eq!(outcomes.len(), ordeal.planned.len(), "{length}");
        assert!(
            outcomes
                .iter()
                .all(|outcome| outcome == "deleted" || outcome == "already_absent"),
            "{length}: {outcomes:?}"
        );
        History::open(&path).unwrap();
    }
    assert_eq!(ordeal.arrived(), arrived);
}
