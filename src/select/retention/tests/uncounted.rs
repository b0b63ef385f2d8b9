//! What is kept without being counted, and what a tag keeps: R8.

use super::*;
use crate::backup::State;

fn in_state(state: State, time: &str) -> Backup {
    Backup {
        state,
        ..made(time)
    }
}

fn without_a_time(name: &str) -> Backup {
    Backup {
        created_at: None,
        ..samples::backup(name)
    }
}

fn keep_tag(key: &str, value: &str) -> Rules {
    Rules {
        tags: vec![(key.to_owned(), value.to_owned())],
        ..Rules::default()
    }
}

#[test]
fn r8_what_is_not_counted_is_kept_with_its_reason_and_uses_up_no_quota() {
    let backups = [
        in_state(State::InProgress, "2025-01-09T00:00:00Z"),
        in_state(State::Damaged, "2025-01-08T00:00:00Z"),
        in_state(State::Deleting, "2025-01-07T00:00:00Z"),
        in_state(State::Unknown, "2025-01-06T00:00:00Z"),
        without_a_time("undated"),
        made("2031-01-01T00:00:00Z"),
        made("2025-01-05T00:00:00Z"),
        made("2025-01-04T00:00:00Z"),
    ];
    for rules in [last(1), each(Period::Day, Quota::AtMost(1))] {
        let lines = lines(&backups, &rules);
        assert_eq!(
            lines[..6],
            [
                "in progress: not counted",
                "unhealthy: not counted",
                "being deleted already: not counted",
                "unknown state: not counted",
                "undated: not counted",
                "future creation time: not counted",
            ]
        );
        assert!(!lines[6].is_empty() && lines[7].is_empty());
    }
}

#[test]
fn r8_all_reasons_not_to_count_are_told() {
    let backups = [
        in_state(State::Damaged, "2031-01-01T00:00:00Z"),
        Backup {
            state: State::InProgress,
            timeless: true,
            ..without_a_time("a")
        },
    ];
    assert_eq!(
        lines(&backups, &last(1)),
        [
            "unhealthy: not counted, future creation time: not counted",
            "in progress: not counted, undated: not counted",
        ]
    );
}

#[test]
fn r8_this_very_moment_is_not_the_future() {
    let backups = [made(NOW), made("2030-01-01T00:00:00.000000001Z")];
    assert_eq!(
        lines(&backups, &last(1)),
        ["last 1", "future creation time: not counted"]
    );
}

#[test]
fn r8_an_unhealthy_oldest_does_not_stand_for_the_oldest() {
    let backups = [
        made("2025-01-05T03:00:00Z"),
        made("2025-01-05T02:00:00Z"),
        in_state(State::Damaged, "2025-01-05T01:00:00Z"),
    ];
    assert_eq!(
        lines(&backups, &each(Period::Year, Quota::AtMost(2))),
        ["yearly", "oldest yearly", "unhealthy: not counted"]
    );
}

#[test]
fn r8_a_group_with_nothing_to_count_is_kept() {
    let backups = [
        without_a_time("a"),
        in_state(State::Damaged, "2025-01-01T00:00:00Z"),
    ];
    let decision = decided(&backups, &last(1));
    assert!(decision.keeps(0) && decision.keeps(1));
}

#[test]
fn r1_a_tag_keeps_and_does_not_hinder_counting() {
    let backups = [
        tagged(&[("env", "prod")], made("2025-01-03T00:00:00Z")),
        tagged(&[("env", "test")], made("2025-01-02T00:00:00Z")),
        tagged(&[("env", "prod"), ("x", "")], made("2025-01-01T00:00:00Z")),
    ];
    let rules = Rules {
        tags: vec![
            ("env".to_owned(), "prod".to_owned()),
            ("x".to_owned(), String::new()),
        ],
        ..last(1)
    };
    assert_eq!(
        lines(&backups, &rules),
        ["last 1, tag env=prod", "", "tag env=prod, tag x="]
    );
}

#[test]
fn r1_a_tag_keeps_only_to_the_letter() {
    let tags: [&[(&str, &str)]; 5] = [
        &[("env", "prod")],
        &[("env", "Prod")],
        &[("Env", "prod")],
        &[("env", "prod ")],
        &[],
    ];
    let backups = tags.map(|tags| tagged(tags, made("2025-01-03T00:00:00Z")));
    assert_eq!(
        lines(&backups, &keep_tag("env", "prod")),
        ["tag env=prod", "", "", "", ""]
    );
}

#[test]
fn s7_tags_that_were_not_read_may_hold_the_one_that_keeps() {
    let backups = [made("2025-01-03T00:00:00Z"), made("2025-01-02T00:00:00Z")];
    assert_eq!(
        lines(&backups, &keep_tag("env", "prod")),
        ["tags were not read"; 2]
    );
    assert_eq!(
        lines(&backups, &last(1)),
        ["last 1", ""],
        "no rule asks for tags"
    );
}

#[test]
fn r11_a_tag_is_told_beside_the_reason_not_to_count() {
    let backups = [tagged(
        &[("env", "prod")],
        in_state(State::Damaged, "2025-01-01T00:00:00Z"),
    )];
    assert_eq!(
        lines(&backups, &keep_tag("env", "prod")),
        ["unhealthy: not counted, tag env=prod"]
    );
}
