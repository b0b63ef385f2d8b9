//! The exit code, by the contract's table and in its order.

use super::*;
use crate::{
    plan::samples::identity,
    provider::ErrorKind,
    run::record::{Ended, Record},
};

fn record(outcomes: &[(Outcome, u32, Option<ErrorKind>)], ended: Option<Ended>) -> Record {
    let results = outcomes
        .iter()
        .map(|(outcome, attempts, kind)| Deletion {
            attempts: *attempts,
            kind: *kind,
            ..Deletion::of(&backup("a"), *outcome)
        })
        .collect();
    Record {
        run_id: "run".to_owned(),
        dry_run: false,
        plan_sha256: String::new(),
        identities: vec![identity()],
        reason: None,
        started_at: jiff::Timestamp::UNIX_EPOCH,
        finished_at: jiff::Timestamp::UNIX_EPOCH,
        results,
        ended,
    }
}

fn code(outcomes: &[Outcome]) -> u8 {
    let results: Vec<_> = outcomes.iter().map(|outcome| (*outcome, 1, None)).collect();
    record(&results, None).exit_code()
}

#[test]
fn each_outcome_has_its_exit_code() {
    for (outcome, wanted) in [
        (Outcome::Deleted, 0),
        (Outcome::AlreadyAbsent, 0),
        (Outcome::Pending, 8),
        (Outcome::Unverified, 8),
        (Outcome::Failed, 3),
        (Outcome::Unknown, 3),
        (Outcome::Skipped, 3),
        (Outcome::NotAttempted, 3),
    ] {
        assert_eq!(code(&[outcome]), wanted, "{outcome:?}");
    }
    assert_eq!(code(&[]), 0, "there was nothing to do");
}

#[test]
fn of_several_the_worst_decides_wherever_it_stands() {
    use Outcome::{Deleted, Failed, Pending};
    for (outcomes, wanted) in [
        ([Deleted, Pending, Deleted], 8),
        ([Pending, Failed, Deleted], 3),
        ([Failed, Pending, Deleted], 3),
        ([Deleted, Deleted, Failed], 3),
    ] {
        assert_eq!(code(&outcomes), wanted, "{outcomes:?}");
    }
}

#[test]
fn a_vault_that_waits_for_its_contents_is_no_worse_than_they_are() {
    let of_vault = |kind| Deletion {
        kind: Some(kind),
        ..Deletion::of(&crate::backup::samples::vault("prod"), Outcome::Skipped)
    };
    for (inside, kind, wanted) in [
        (Outcome::Pending, ErrorKind::Conflict, 8),
        (Outcome::Unverified, ErrorKind::Conflict, 8),
        (Outcome::Pending, ErrorKind::Guard, 3),
        (Outcome::Failed, ErrorKind::Conflict, 3),
        // By now they are gone, and the vault is there.
        (Outcome::Deleted, ErrorKind::Conflict, 3),
    ] {
        let mut record = record(&[(inside, 1, None)], None);
        record.results.push(of_vault(kind));
        assert_eq!(record.exit_code(), wanted, "{inside:?} {kind:?}");
    }
}

#[test]
fn s25_a_signal_comes_before_everything() {
    for outcome in Outcome::ALL {
        for signal in [130, 143] {
            let record = record(&[(outcome, 1, None)], Some(Ended::Signal(signal)));
            assert_eq!(record.exit_code(), signal, "{outcome:?}");
        }
    }
}

#[test]
fn four_and_six_are_for_runs_that_sent_nothing() {
    let lost = || Some(Ended::Credentials("expired".to_owned()));
    let unsent = (Outcome::NotAttempted, 0, Some(ErrorKind::Interrupted));
    let drifted = (Outcome::Skipped, 0, Some(ErrorKind::Drift));
    let guarded = (Outcome::Skipped, 0, Some(ErrorKind::Guard));
    let deleted = (Outcome::Deleted, 1, None);
    let absent = (Outcome::AlreadyAbsent, 0, None);
    for (results, ended, wanted) in [
        (vec![unsent, unsent], lost(), 4),
        (vec![deleted, unsent], lost(), 3),
        (vec![drifted], None, 6),
        (vec![drifted, absent], None, 6),
        (vec![drifted, guarded], None, 3),
        (vec![drifted, deleted], None, 3),
        (vec![guarded], None, 3),
        (vec![unsent], Some(Ended::Timeout), 3),
        (vec![deleted], Some(Ended::Timeout), 0),
        (vec![absent], None, 0),
    ] {
        assert_eq!(
            record(&results, ended.clone()).exit_code(),
            wanted,
            "{results:?} {ended:?}"
        );
    }
}

#[test]
fn bytes_are_those_that_were_read_back_as_gone() {
    let record = record(
        &[
            (Outcome::Deleted, 1, None),
            (Outcome::Pending, 1, None),
            (Outcome::AlreadyAbsent, 1, None),
        ],
        None,
    );
    assert_eq!(record.bytes(), 1024);
    let counts = record.counts();
    assert_eq!(counts.len(), Outcome::ALL.len());
    assert_eq!(counts.values().sum::<usize>(), 3);
}
