//! What is odd: R12.

use jiff::ToSpan;

use super::*;
use crate::backup::State;

fn told(backups: &[Backup], rules: &Rules, now: &str) -> Vec<String> {
    let decision = decide(backups, rules, &GroupBy::default(), at(now));
    warnings(&decision).iter().map(Warning::to_string).collect()
}

/// A moment at which daily backups are in time.
const SOON: &str = "2025-06-15T13:00:00Z";

fn month() -> Vec<Backup> {
    daily("2025-06-15T12:00:00Z", 40)
}

#[test]
fn r12_rules_that_do_their_work_are_not_warned_about() {
    let rules = Rules {
        count: PerPeriod {
            daily: Some(Quota::AtMost(7)),
            weekly: Some(Quota::AtMost(4)),
            monthly: Some(Quota::AtMost(12)),
            ..PerPeriod::default()
        },
        ..Rules::default()
    };
    assert!(told(&month(), &rules, SOON).is_empty());
    assert!(told(&[], &rules, SOON).is_empty());
}

#[test]
fn r12_every_group_holds_exactly_one_backup() {
    let mut backups = month();
    for (index, backup) in backups.iter_mut().enumerate() {
        backup.group = index.to_string().into();
    }
    assert_eq!(
        told(&backups, &last(1), SOON),
        [
            "each of 40 groups holds exactly one backup: check --group-by",
            "the keep rules keep every backup (40)",
        ]
    );
    backups[1].group = "0".into();
    assert!(told(&backups, &last(1), SOON).is_empty());
    assert_eq!(
        told(&backups[..1], &last(1), SOON),
        ["the keep rules keep every backup (1)"],
        "one group is no sign of a wrong grouping"
    );
}

#[test]
fn r12_the_rules_delete_nothing() {
    assert_eq!(
        told(&month(), &last(40), SOON),
        ["the keep rules keep every backup (40)"]
    );
    assert!(told(&month(), &last(39), SOON).is_empty());
}

#[test]
fn r12_backups_seem_to_have_stopped() {
    let stopped = |backups: &[Backup], now| -> Option<String> {
        let mut warnings = told(backups, &last(1), now);
        warnings.retain(|warning| warning.contains("stopped"));
        assert!(warnings.len() < 2);
        warnings.pop()
    };
    assert_eq!(stopped(&month(), SOON), None);
    assert_eq!(
        stopped(&month(), "2025-06-16T12:00:00Z"),
        None,
        "in time to the second"
    );
    assert_eq!(
        stopped(&month(), "2025-06-20T12:00:00Z").unwrap(),
        "in01: backups seem to have stopped: the newest healthy one is 5d old, and the usual distance is 24h"
    );
    assert_eq!(
        stopped(&month()[..2], "2025-06-20T12:00:00Z"),
        None,
        "two have no usual distance"
    );
    assert!(stopped(&month()[..3], "2025-06-20T12:00:00Z").is_some());
    let mut damaged = month();
    for backup in &mut damaged[..4] {
        backup.state = State::Damaged;
    }
    assert!(
        stopped(&damaged, SOON).is_some(),
        "what cannot be restored from is no backup"
    );
}

#[test]
fn r12_the_usual_distance_is_the_median_of_different_moments() {
    // Two copies of each, and one long pause.
    let mut backups = daily("2025-06-15T12:00:00Z", 4);
    backups.extend(daily("2025-01-15T12:00:00Z", 4));
    let copies = backups.clone().into_iter().map(|copy| Backup {
        id: samples::id(&format!("copy of {}", copy.id.name())),
        ..copy
    });
    backups.extend(copies);
    let decision = decide(
        &backups,
        &last(1),
        &GroupBy::default(),
        at("2025-06-18T12:00:00Z"),
    );
    let day = jiff::SignedDuration::from_hours(24);
    assert_eq!(
        warnings(&decision),
        [Warning::Stopped {
            group: "in01".to_owned(),
            age: day * 3,
            usual: day,
        }]
    );
}

#[test]
fn r12_groups_that_stopped_are_told_by_name() {
    let mut backups = Vec::new();
    for group in ["b", "c", "a"] {
        let newest = if group == "c" {
            "2025-06-15T12:00:00Z"
        } else {
            "2025-03-01T12:00:00Z"
        };
        backups.extend(
            daily(newest, 9)
                .into_iter()
                .map(|backup| in_group(group, backup)),
        );
    }
    let told = told(&backups, &last(1), SOON);
    assert_eq!(told.len(), 2);
    assert!(told[0].starts_with("a: ") && told[1].starts_with("b: "));
}

#[test]
fn r12_a_rule_that_another_one_swallows() {
    let rules = Rules {
        within: Some(length(30.days())),
        ..each(Period::Day, Quota::AtMost(7))
    };
    assert_eq!(
        told(&month(), &rules, SOON),
        ["--keep-daily 7 keeps nothing that another rule does not keep already"]
    );
    // Where another group needs it, it is not swallowed.
    let mut backups = month();
    backups.extend(
        ["2025-06-15", "2025-04-15", "2025-02-15"]
            .map(|day| in_group("rare", made(&format!("{day}T12:00:00Z")))),
    );
    let told = told(&backups, &rules, SOON);
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn r12_of_two_rules_that_keep_the_same_only_one_can_be_left_out() {
    let rules = Rules {
        last: Some(Quota::AtMost(7)),
        ..each(Period::Day, Quota::AtMost(7))
    };
    assert_eq!(
        told(&month(), &rules, SOON),
        ["--keep-daily 7 keeps nothing that another rule does not keep already"]
    );
}

#[test]
fn r12_a_rule_that_has_room_left_is_not_swallowed_yet() {
    let yearly = |count| Rules {
        count: PerPeriod {
            monthly: Some(Quota::Unlimited),
            yearly: Some(Quota::AtMost(count)),
            ..PerPeriod::default()
        },
        ..last(2)
    };
    // The monthly rule keeps the same, but only because there is one year so far.
    assert!(told(&month(), &yearly(3), SOON).is_empty());
    assert_eq!(
        told(&month(), &yearly(1), SOON),
        ["--keep-yearly 1 keeps nothing that another rule does not keep already"]
    );
}

#[test]
fn r12_where_everything_is_kept_no_rule_is_called_swallowed() {
    let rules = Rules {
        last: Some(Quota::Unlimited),
        ..each(Period::Day, Quota::Unlimited)
    };
    assert_eq!(
        told(&month(), &rules, SOON),
        ["the keep rules keep every backup (40)"]
    );
}

#[test]
fn r12_a_rule_about_tags_swallows_and_is_never_called_swallowed() {
    let rules = Rules {
        tags: vec![("env".to_owned(), "prod".to_owned())],
        ..last(7)
    };
    for (tagged_ones, swallowed) in [(3, 0), (9, 1)] {
        let backups: Vec<Backup> = month()
            .into_iter()
            .enumerate()
            .map(|(index, backup)| {
                let tags: &[_] = if index < tagged_ones {
                    &[("env", "prod")]
                } else {
                    &[]
                };
                tagged(tags, backup)
            })
            .collect();
        let told = told(&backups, &rules, SOON);
        assert_eq!(told.len(), swallowed, "{told:?}");
        assert!(told.iter().all(|told| told.starts_with("--keep-last 7 ")));
    }
}
