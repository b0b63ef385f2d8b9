//! Trouble before and after the change, and answers that are none (S3, S22, S23, S28).

use crate::{
    subjects::{AIVEN, AWS, Subject, ZILLIZ},
    world::World,
};

/// One attempt may take this long: hanging answers are given up after it.
const ATTEMPT: &str = "700ms";

fn s23_trouble_on_the_way_to_the_change_or_back_ends_in_a_deletion_that_was_read_back(
    subject: Subject,
) {
    for kind in [
        "error-500-delete=1",
        "error-502-delete=1",
        "error-503-delete=2",
        "reset-before-delete=1",
        "reset-after-delete=1",
        "hang-delete=1",
        "hang-after-delete=1",
        "html-delete=1",
        "html-502-delete=1",
        "empty-delete=1",
        "truncated-delete=1",
        "huge-delete=1",
        "nested-delete=1",
        "conflict-delete=1",
    ] {
        let world = World::with(&[&format!("{}:{kind}", subject.provider)]);
        let ran = world.bkdel(&[
            subject.provider,
            "delete",
            "--yes",
            "--attempt-timeout",
            ATTEMPT,
            "-o",
            "json",
            subject.deletable[0],
        ]);
        assert_eq!(ran.code, Some(0), "{} {kind}: {ran:?}", subject.provider);
        let outcome = ran.outcomes();
        assert_eq!(outcome, ["deleted"], "{} {kind}", subject.provider);
        assert!(
            !world.has(subject.provider, subject.deletable[0]),
            "{} {kind}",
            subject.provider
        );
    }
}

#[test]
fn s23_trouble_on_the_way_to_the_change_or_back_ends_in_a_deletion_that_was_read_back_at_aws() {
    s23_trouble_on_the_way_to_the_change_or_back_ends_in_a_deletion_that_was_read_back(AWS);
}

#[test]
fn s23_trouble_on_the_way_to_the_change_or_back_ends_in_a_deletion_that_was_read_back_at_zilliz() {
    s23_trouble_on_the_way_to_the_change_or_back_ends_in_a_deletion_that_was_read_back(ZILLIZ);
}

#[test]
fn s23_trouble_on_the_way_to_the_change_or_back_ends_in_a_deletion_that_was_read_back_at_aiven() {
    s23_trouble_on_the_way_to_the_change_or_back_ends_in_a_deletion_that_was_read_back(AIVEN);
}

fn s22_a_change_that_never_succeeds_is_a_failure_and_the_backup_is_there(subject: Subject) {
    for kind in [
        "error-500-delete",
        "html-502-delete",
        "not-found-delete",
        "conflict-delete",
    ] {
        let world = World::with(&[&format!("{}:{kind}", subject.provider)]);
        let ran = world.bkdel(&[
            subject.provider,
            "delete",
            "--yes",
            "--retry-for",
            "500ms",
            "--wait",
            "700ms",
            "-o",
            "json",
            subject.deletable[0],
        ]);
        assert_eq!(ran.code, Some(3), "{} {kind}: {ran:?}", subject.provider);
        assert_eq!(ran.outcomes(), ["failed"], "{} {kind}", subject.provider);
        assert!(
            ran.json()["results"][0]["kind"].is_string(),
            "{} {kind}",
            subject.provider
        );
        assert!(
            world.has(subject.provider, subject.deletable[0]),
            "{} {kind}",
            subject.provider
        );
    }
}

#[test]
fn s23_what_is_never_answered_and_stays_is_unknown() {
    for subject in [AWS, ZILLIZ, AIVEN] {
        for kind in ["reset-before-delete", "hang-delete"] {
            let world = World::with(&[&format!("{}:{kind}", subject.provider)]);
            let ran = world.bkdel(&[
                subject.provider,
                "delete",
                "--yes",
                "--attempt-timeout",
                ATTEMPT,
                "--retry-for",
                "300ms",
                "--wait",
                "900ms",
                "-o",
                "json",
                subject.deletable[0],
            ]);
            assert_eq!(ran.code, Some(3), "{} {kind}: {ran:?}", subject.provider);
            assert_eq!(ran.outcomes(), ["unknown"], "{} {kind}", subject.provider);
            assert!(world.has(subject.provider, subject.deletable[0]));
        }
    }
}

#[test]
fn s22_a_change_that_never_succeeds_is_a_failure_and_the_backup_is_there_at_aws() {
    s22_a_change_that_never_succeeds_is_a_failure_and_the_backup_is_there(AWS);
}

#[test]
fn s22_a_change_that_never_succeeds_is_a_failure_and_the_backup_is_there_at_zilliz() {
    s22_a_change_that_never_succeeds_is_a_failure_and_the_backup_is_there(ZILLIZ);
}

#[test]
fn s22_a_change_that_never_succeeds_is_a_failure_and_the_backup_is_there_at_aiven() {
    s22_a_change_that_never_succeeds_is_a_failure_and_the_backup_is_there(AIVEN);
}

fn s3_an_answer_that_cannot_be_read_is_never_an_empty_list(subject: Subject) {
    for kind in [
        "error-500-read",
        "error-503-read",
        "reset-before-read",
        "reset-after-read",
        "hang-read",
        "html-read",
        "html-502-read",
        "empty-read",
        "truncated-read",
        "huge-read",
        "nested-read",
        "redirect-read",
    ] {
        let world = World::with(&[&format!("{}:{kind}", subject.provider)]);
        let limits = ["--attempt-timeout", ATTEMPT, "--retry-for", "300ms"];
        let list = world.bkdel(&[&[subject.provider, "list", "-o", "ids"], &limits[..]].concat());
        assert_eq!(list.code, Some(7), "{} {kind}: {list:?}", subject.provider);
        assert_eq!(list.out, "", "{} {kind}", subject.provider);
        let delete = world.bkdel(
            &[
                &[subject.provider, "delete", "--yes", subject.deletable[0]],
                &limits[..],
            ]
            .concat(),
        );
        assert_eq!(
            delete.code,
            Some(7),
            "{} {kind}: {delete:?}",
            subject.provider
        );
        assert_eq!(world.changes(), [], "{} {kind}", subject.provider);
    }
}

#[test]
fn s3_an_answer_that_cannot_be_read_is_never_an_empty_list_at_aws() {
    s3_an_answer_that_cannot_be_read_is_never_an_empty_list(AWS);
}

#[test]
fn s3_an_answer_that_cannot_be_read_is_never_an_empty_list_at_zilliz() {
    s3_an_answer_that_cannot_be_read_is_never_an_empty_list(ZILLIZ);
}

#[test]
fn s3_an_answer_that_cannot_be_read_is_never_an_empty_list_at_aiven() {
    s3_an_answer_that_cannot_be_read_is_never_an_empty_list(AIVEN);
}

fn s23_reading_survives_what_passes(subject: Subject) {
    for kind in [
        "error-500-read=2",
        "reset-before-read=1",
        "hang-read=1",
        "html-502-read=1",
        "truncated-read=1",
    ] {
        let world = World::with(&[&format!("{}:{kind}", subject.provider)]);
        let ran = world.bkdel(&[
            subject.provider,
            "delete",
            "--yes",
            "--attempt-timeout",
            ATTEMPT,
            "-o",
            "json",
            subject.deletable[0],
        ]);
        assert_eq!(ran.code, Some(0), "{} {kind}: {ran:?}", subject.provider);
    }
}

#[test]
fn s23_reading_survives_what_passes_at_aws() {
    s23_reading_survives_what_passes(AWS);
}

#[test]
fn s23_reading_survives_what_passes_at_zilliz() {
    s23_reading_survives_what_passes(ZILLIZ);
}

#[test]
fn s23_reading_survives_what_passes_at_aiven() {
    s23_reading_survives_what_passes(AIVEN);
}

fn s2_a_redirect_of_the_change_is_not_followed(subject: Subject) {
    let world = World::with(&[&format!("{}:redirect-delete", subject.provider)]);
    let ran = world.bkdel(&[
        subject.provider,
        "delete",
        "--yes",
        "--retry-for",
        "300ms",
        "--wait",
        "500ms",
        "-o",
        "json",
        subject.deletable[0],
    ]);
    ran.exits(3);
    assert_eq!(ran.outcomes(), ["failed"]);
    let paths: Vec<String> = world.changes().into_iter().map(|(_, path)| path).collect();
    assert!(paths.windows(2).all(|pair| pair[0] == pair[1]), "{paths:?}");
    assert!(world.has(subject.provider, subject.deletable[0]));
}

#[test]
fn s2_a_redirect_of_the_change_is_not_followed_at_aws() {
    s2_a_redirect_of_the_change_is_not_followed(AWS);
}

#[test]
fn s2_a_redirect_of_the_change_is_not_followed_at_zilliz() {
    s2_a_redirect_of_the_change_is_not_followed(ZILLIZ);
}

#[test]
fn s2_a_redirect_of_the_change_is_not_followed_at_aiven() {
    s2_a_redirect_of_the_change_is_not_followed(AIVEN);
}
