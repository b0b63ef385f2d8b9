//! What `resume` refuses, and what it leaves alone (S20, S21, S26).

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    ordeal::Ordeal,
    world::{Ran, World, run},
};

/// A run over AWS that was killed with its first request under way.
fn killed() -> Ordeal {
    let faults = ["aws:latency-delete=60s"];
    let ordeal = Ordeal::of(&["aws"], Duration::ZERO, &faults, &["--concurrency", "1"]);
    let mut child = ordeal.begin();
    wait_until(|| ordeal.arrived() == 1);
    child.kill().unwrap();
    child.wait().unwrap();
    ordeal.world.control("DELETE", "fault", "");
    ordeal
}

fn resume(ordeal: &Ordeal, run: &str, more: &[&str]) -> Ran {
    let arguments = [&["resume", run, "--yes", "-o", "json"], more].concat();
    ordeal.world.bkdel(&arguments)
}

/// What a file holds, and that a resumption changes nothing of it and sends nothing.
#[track_caller]
fn refuses(ordeal: &Ordeal, name: &str, journal: &[u8], code: i32, says: &str) {
    let arrived = ordeal.arrived();
    let path = ordeal.world.home().join(format!("{name}.ndjson"));
    fs::write(&path, journal).unwrap();
    let ran = resume(ordeal, path.to_str().unwrap(), &[]);
    assert_eq!(ran.code, Some(code), "{name}: {ran:?}");
    ran.says(says).says(&path.display().to_string());
    assert_eq!(fs::read(&path).unwrap(), journal, "{name}");
    assert_eq!(ordeal.arrived(), arrived, "{name}");
}

#[test]
fn s26_a_journal_that_was_edited_cut_reordered_or_is_none_is_refused_and_left_as_it_is() {
    let ordeal = killed();
    let journal = fs::read_to_string(ordeal.journal().unwrap()).unwrap();
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    let last = lines.len() - 1;
    let edited = journal.replacen("snap-0a51c7e94d2b3f031", "snap-0a51c7e94d2b3f001", 1);
    let mut swapped = lines.clone();
    swapped.swap(1, 2);
    let without = [&lines[..last - 1], &lines[last..]].concat().concat();
    let newer = journal.replacen("bkdel.journal/v1", "bkdel.journal/v9", 1);
    let half = &journal[..lines[..3].concat().len() + 9];
    for (name, text, code, says) in [
        ("edited", edited.as_str(), 6, "the chain breaks at line"),
        ("reordered", &swapped.concat(), 6, "line 2"),
        ("without-a-line", &without, 6, "the chain breaks at line"),
        ("newer", &newer, 6, "bkdel.journal/v9"),
        ("half-a-plan", half, 6, "the chain breaks at line"),
        ("half-a-line", &lines[0][..40], 6, "cut"),
        ("empty", "", 2, "it is empty"),
        ("text", "hello\n", 2, "it is no journal"),
        (
            "plan",
            "{\"schema\":\"bkdel.plan/v1\"}\n",
            2,
            "bkdel.plan/v1",
        ),
    ] {
        refuses(&ordeal, name, text.as_bytes(), code, says);
    }
    refuses(
        &ordeal,
        "bytes",
        &[0xFF, 0xFE, 0, 0x80],
        2,
        "it is no journal",
    );
    // What is behind a torn line cannot be told from what was put there.
    let torn_within = format!(
        "{}{}{}",
        lines[..last].concat(),
        &lines[last][..20],
        lines[last]
    );
    refuses(
        &ordeal,
        "torn-within",
        torn_within.as_bytes(),
        6,
        "the chain breaks",
    );
    // And what it was all about still works.
    ordeal.ends_well();
    assert!(ordeal.all_gone());
}

#[test]
fn a_run_that_is_not_there_cannot_be_read_or_is_not_the_only_one_is_2() {
    let ordeal = killed();
    let path = ordeal.journal().unwrap();
    let other = path.with_file_name("20991231T235959Z-000000.ndjson");
    fs::copy(&path, &other).unwrap();
    for (name, says) in [
        ("20", "fits several runs"),
        ("1999", "there is no run"),
        ("", "value"),
        ("nowhere/run.ndjson", "cannot be read"),
        (".", "there is no run"),
    ] {
        let ran = resume(&ordeal, name, &[]);
        assert_eq!(ran.code, Some(2), "{name:?}: {ran:?}");
        ran.says(says);
    }
    let folder = path.parent().unwrap().to_str().unwrap();
    resume(&ordeal, folder, &[]).exits(2).says("cannot be read");
    assert_eq!(ordeal.arrived(), 1);
}

#[test]
fn s21_a_run_that_goes_on_elsewhere_is_busy_and_two_resumptions_at_once_are_one() {
    let ordeal = killed();
    ordeal.world.fault("aws:latency-delete=60s");
    let arrived = ordeal.arrived();
    let mut first = ordeal.begin();
    wait_until(|| ordeal.arrived() > arrived);
    let journal = ordeal.journal().unwrap();
    let before = fs::read(&journal).unwrap();
    let asked = ordeal.world.requests().len();
    resume(&ordeal, "last", &[])
        .exits(5)
        .says("by another process")
        .says(&journal.display().to_string());
    resume(&ordeal, "last", &["--wait", "1s"]).exits(5);
    assert_eq!(ordeal.world.requests().len(), asked);
    assert_eq!(fs::read(&journal).unwrap(), before);
    // The lock ends with the process.
    first.kill().unwrap();
    first.wait().unwrap();
    ordeal.world.control("DELETE", "fault", "");
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(|| resume(&ordeal, "last", &[]));
        let other = scope.spawn(|| resume(&ordeal, "last", &[]));
        (one.join().unwrap(), other.join().unwrap())
    });
    let mut codes = [one.code, other.code];
    codes.sort_unstable();
    assert!(
        codes == [Some(0), Some(5)] || codes == [Some(0); 2],
        "{one:?} {other:?}"
    );
    ordeal.holds();
    ordeal.is_finished();
    assert!(ordeal.all_gone());
}

#[test]
fn s19_a_rehearsed_resumption_writes_and_sends_nothing() {
    let ordeal = killed();
    let journal = ordeal.journal().unwrap();
    let torn = [&fs::read(&journal).unwrap()[..], b"{\"event\":\"ans"].concat();
    fs::write(&journal, &torn).unwrap();
    let ran = ordeal.world.bkdel(&["resume", "last", "-n", "-o", "ids"]);
    ran.exits(0).says("cut off");
    assert_eq!(ran.out.lines().count(), 2, "{ran:?}");
    assert_eq!(fs::read(&journal).unwrap(), torn);
    assert_eq!(ordeal.arrived(), 1);
    ordeal
        .world
        .bkdel(&["resume", "last", "-o", "json"])
        .exits(5);
    assert_eq!(fs::read(&journal).unwrap(), torn);
    ordeal.ends_well();
    assert!(ordeal.all_gone());
}

/// What is changed from outside, about this backup.
type Change = fn(&str) -> Value;

#[test]
fn s17_what_changed_since_the_plan_refuses_the_resumption_or_is_left_out() {
    let changes: [(Change, &str); 3] = [
        (
            |_| json!({"provider": "aws", "id": "prod", "set": {"lock": "governance"}}),
            "vault locked",
        ),
        (
            |id| json!({"provider": "aws", "id": id, "set": {"protection": ["legal_hold"]}}),
            "legal hold",
        ),
        (
            |id| json!({"provider": "aws", "id": id, "set": {"created_at": "2026-01-01T00:00:00Z"}}),
            "at another time",
        ),
    ];
    for (change, says) in changes {
        let ordeal = killed();
        // The first was asked for, and is settled by what is read; the other was not.
        let untouched = ordeal.planned.iter().next_back().unwrap();
        let journal = fs::read(ordeal.journal().unwrap()).unwrap();
        let other = ordeal.planned.iter().next().unwrap();
        let asked =
            String::from_utf8_lossy(&journal).contains(&format!("\"ids\":[\"{untouched}\"]"));
        let open = if asked { other } else { untouched };
        ordeal.world.change(&change(open));
        resume(&ordeal, "last", &[]).exits(6).says(says);
        assert_eq!(fs::read(ordeal.journal().unwrap()).unwrap(), journal);
        assert_eq!(ordeal.arrived(), 1);
        let ran = resume(&ordeal, "last", &["--on-drift", "skip", "--wait", "500ms"]);
        let result = ran.json()["results"]
            .as_array()
            .unwrap()
            .iter()
            .find(|result| result["id"] == **open)
            .cloned();
        assert_eq!(result.unwrap()["outcome"], "skipped", "{says}: {ran:?}");
        ran.exits(3);
        assert!(crate::ordeal::present(&ordeal.world.state()).contains(open));
    }
}

#[test]
fn s16_another_account_or_endpoint_is_6_and_bad_credentials_are_4() {
    let ordeal = killed();
    let elsewhere = World::new();
    let journal = ordeal.journal().unwrap();
    let path = journal.to_str().unwrap();
    let before = fs::read(&journal).unwrap();
    elsewhere
        .bkdel(&["resume", path, "--yes", "-o", "json"])
        .exits(6)
        .says("was made for");
    assert_eq!(elsewhere.changes(), []);
    let mut command = ordeal.world.command(&["resume", path, "--yes"]);
    run(command.env("AWS_ACCESS_KEY_ID", "AKIAWRONGWRONGWRONG1")).exits(4);
    assert_eq!(fs::read(&journal).unwrap(), before);
    assert_eq!(ordeal.arrived(), 1);
}

#[test]
fn a_vault_that_is_gone_has_taken_its_recovery_points_along() {
    let ordeal = killed();
    ordeal
        .world
        .change(&json!({"provider": "aws", "remove": "prod"}));
    let ran = resume(&ordeal, "last", &[]);
    ran.exits(0);
    let mut outcomes = ran.outcomes();
    outcomes.sort();
    // What was asked for may have gone by that; the other went with the vault.
    assert_eq!(outcomes, ["already_absent", "deleted"]);
    assert_eq!(ordeal.arrived(), 1);
}

#[test]
fn s23_credentials_that_run_out_in_the_middle_leave_a_run_that_good_ones_finish() {
    for provider in ["aws", "zilliz", "aiven"] {
        let fault = format!("{provider}:latency-delete=400ms");
        let ordeal = Ordeal::of(
            &["aws", "zilliz", "aiven"],
            Duration::ZERO,
            &[&fault],
            &["--concurrency", "1"],
        );
        let child = ordeal.begin();
        wait_until(|| ordeal.asked_at(provider));
        // What is under way is told apart from what comes after it.
        ordeal.world.fault(&format!("{provider}:unauthorized"));
        let ran = Ran::of(&child.wait_with_output().unwrap());
        ran.exits(3).says("go on with: bkdel resume");
        ordeal.holds();
        assert_eq!(ran.outcomes().len(), ordeal.planned.len(), "{provider}");
        assert!(
            ran.outcomes().iter().all(|outcome| outcome != "unknown"),
            "{provider}: {ran:?}"
        );
        ordeal.world.control("DELETE", "fault", "");
        ordeal.ends_well();
        assert!(ordeal.all_gone(), "{provider}");
    }
}

#[test]
fn s25_interrupted_or_out_of_time_a_run_says_how_it_is_gone_on_with_and_is() {
    for (signal, code) in [(Some("-INT"), 130), (Some("-TERM"), 143), (None, 3)] {
        let faults = ["aws:latency-delete=3s"];
        let manner: &[&str] = if signal.is_none() {
            &["--concurrency", "1", "--timeout", "2s"]
        } else {
            &["--concurrency", "1"]
        };
        let mut ordeal = Ordeal::of(&["aws"], Duration::ZERO, &faults, manner);
        let child = ordeal.begin();
        wait_until(|| ordeal.arrived() > 0);
        if let Some(signal) = signal {
            let id = child.id().to_string();
            let kill = std::process::Command::new("kill")
                .args([signal, &id])
                .status();
            assert!(kill.unwrap().success());
        }
        let ran = Ran::of(&child.wait_with_output().unwrap());
        ran.exits(code);
        assert_eq!(ran.outcomes(), ["deleted", "not_attempted"], "{signal:?}");
        let journal = ordeal.journal().unwrap();
        let name = run_id(&journal);
        ran.says(&format!("go on with: bkdel resume {name}"));
        ordeal.manner.clear();
        ordeal.world.control("DELETE", "fault", "");
        let ran = resume(&ordeal, &name, &[]);
        ran.exits(0);
        assert_eq!(ran.outcomes(), ["deleted"; 2]);
        assert_eq!(ordeal.arrived(), 2);
        ordeal.is_finished();
    }
}

#[test]
fn s27_no_secret_is_in_a_journal_and_it_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let ordeal = killed();
    ordeal.ends_well();
    let journal = ordeal.journal().unwrap();
    let text = fs::read_to_string(&journal).unwrap();
    for secret in ordeal.world.secrets() {
        assert!(!text.contains(&secret));
    }
    let mode = fs::metadata(&journal).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let folder = fs::metadata(journal.parent().unwrap()).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
}

fn run_id(journal: &Path) -> String {
    journal.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn wait_until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it never happens"
        );
        thread::sleep(Duration::from_millis(5));
    }
}
