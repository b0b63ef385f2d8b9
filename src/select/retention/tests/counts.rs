//! How many: R1, R2, R3, R5, R9, R10.

use super::*;

const DAYS: [&str; 5] = [
    "2025-03-05T12:00:00Z",
    "2025-03-05T06:00:00Z",
    "2025-03-03T12:00:00Z",
    "2025-02-20T12:00:00Z",
    "2025-02-20T06:00:00Z",
];

fn days() -> Vec<Backup> {
    DAYS.map(made).to_vec()
}

#[test]
fn r1_rules_are_a_union_and_each_counts_by_itself_from_the_newest() {
    let rules = Rules {
        last: Some(Quota::AtMost(1)),
        count: PerPeriod {
            daily: Some(Quota::AtMost(2)),
            monthly: Some(Quota::AtMost(2)),
            ..PerPeriod::default()
        },
        ..Rules::default()
    };
    assert_eq!(
        lines(&days(), &rules),
        ["last 1, daily, monthly", "", "daily", "monthly", ""]
    );
}

#[test]
fn r1_each_group_has_quotas_of_its_own() {
    let backups = [
        in_group("a", made(DAYS[0])),
        in_group("b", made(DAYS[1])),
        in_group("a", made(DAYS[2])),
        in_group("b", made(DAYS[3])),
    ];
    assert_eq!(lines(&backups, &last(1)), ["last 1", "last 1", "", ""]);
}

#[test]
fn r2_of_a_bucket_the_newest_is_kept_and_empty_buckets_do_not_count() {
    for (period, kept) in [
        (Period::Hour, ["hourly", "hourly", "", "", ""]),
        (Period::Day, ["daily", "", "daily", "", ""]),
        (Period::IsoWeek, ["weekly", "", "", "weekly", ""]),
        (Period::Month, ["monthly", "", "", "monthly", ""]),
    ] {
        let rules = each(period, Quota::AtMost(2));
        assert_eq!(lines(&days(), &rules), kept, "{period:?}");
    }
}

#[test]
fn r2_keep_last_takes_any() {
    assert_eq!(
        lines(&days(), &last(4)),
        ["last 4", "last 4", "last 4", "last 4", ""]
    );
}

#[test]
fn r3_the_oldest_is_kept_while_quota_is_left() {
    for (count, kept) in [
        (1, ["daily", "", "", "", ""]),
        (2, ["daily", "", "daily", "", ""]),
        (3, ["daily", "", "daily", "daily", ""]),
        (4, ["daily", "", "daily", "daily", "oldest daily"]),
        (99, ["daily", "", "daily", "daily", "oldest daily"]),
    ] {
        let rules = each(Period::Day, Quota::AtMost(count));
        assert_eq!(lines(&days(), &rules), kept, "{count}");
    }
    assert_eq!(
        lines(&days(), &each(Period::Year, Quota::AtMost(2))),
        ["yearly", "", "", "", "oldest yearly"]
    );
}

#[test]
fn r3_the_oldest_of_its_own_bucket_is_not_called_oldest() {
    let backups = [made(DAYS[0]), made(DAYS[3])];
    let rules = each(Period::Month, Quota::AtMost(9));
    assert_eq!(lines(&backups, &rules), ["monthly", "monthly"]);
    assert_eq!(lines(&backups[..1], &rules), ["monthly"]);
}

#[test]
fn r5_unlimited_keeps_every_bucket_and_the_oldest() {
    assert_eq!(
        lines(&days(), &each(Period::Day, Quota::Unlimited)),
        ["daily", "", "daily", "daily", "oldest daily"]
    );
    let all = Rules {
        last: Some(Quota::Unlimited),
        ..Rules::default()
    };
    assert_eq!(lines(&days(), &all), ["last"; 5]);
}

#[test]
fn r5_a_zero_is_as_if_it_were_not_given() {
    let rules = Rules {
        count: PerPeriod {
            daily: Some(Quota::AtMost(0)),
            ..PerPeriod::default()
        },
        within: Some(length(Span::new())),
        ..last(1)
    };
    assert_eq!(rules.check(), Ok(()));
    assert_eq!(rules.effective(), last(1).effective());
    assert_eq!(lines(&days(), &rules), lines(&days(), &last(1)));
}

#[test]
fn r5_rules_that_come_to_nothing_are_refused() {
    let nothing = [
        last(0),
        each(Period::Day, Quota::AtMost(0)),
        each_within(Period::Day, Span::new()),
        Rules {
            within: Some(length(Span::new())),
            ..last(0)
        },
    ];
    for rules in nothing {
        assert!(rules.is_empty() && rules.check().is_err(), "{rules:?}");
    }
    let none = Rules::default();
    assert!(
        none.is_empty() && none.check().is_ok(),
        "there is no rule to refuse"
    );
    for rules in [last(1), each(Period::Year, Quota::Unlimited)] {
        assert!(!rules.is_empty() && rules.check().is_ok(), "{rules:?}");
    }
}

#[test]
fn s4_a_tag_to_keep_has_a_key() {
    for key in ["", " "] {
        let rules = Rules {
            tags: vec![(key.to_owned(), "prod".to_owned())],
            ..last(1)
        };
        assert!(rules.check().is_err(), "{key:?}");
    }
}

#[test]
fn r9_of_one_moment_the_lower_id_comes_first_in_whatever_order() {
    let moment = |name: &str| Backup {
        created_at: Some(at(DAYS[0])),
        ..samples::backup(name)
    };
    let backups = ["c", "a", "d", "b"].map(moment);
    assert_eq!(lines(&backups, &last(2)), ["", "last 2", "", "last 2"]);
    // The highest id is the oldest of the group.
    assert_eq!(
        lines(&backups, &each(Period::Day, Quota::AtMost(2))),
        ["", "daily", "oldest daily", ""]
    );
}

#[test]
fn r9_a_fraction_of_a_second_is_newer() {
    let backups = [made(DAYS[0]), made("2025-03-05T12:00:00.000000001Z")];
    assert_eq!(lines(&backups, &last(1)), ["", "last 1"]);
}

#[test]
fn r10_what_a_decision_does_not_know_is_kept() {
    let decision = decided(&days(), &last(1));
    assert!(decision.keeps(0) && !decision.keeps(1) && decision.keeps(5));
    assert_eq!(decision.reasons(5).count(), 0);
    assert!(decided(&[], &last(1)).is_empty());
}

/// The example of restic's manual: a backup every day for a hundred years.
#[test]
fn r2_a_hundred_years_are_kept_as_restics_manual_says() {
    let backups = daily("2099-12-31T12:00:00Z", 36_525);
    let rules = Rules {
        count: PerPeriod {
            daily: Some(Quota::AtMost(7)),
            weekly: Some(Quota::AtMost(5)),
            monthly: Some(Quota::AtMost(12)),
            yearly: Some(Quota::AtMost(75)),
            ..PerPeriod::default()
        },
        ..Rules::default()
    };
    let decision = decide(
        &backups,
        &rules,
        &GroupBy::default(),
        at("2100-01-01T00:00:00Z"),
    );
    let kept_by = |word: &str| {
        (0..backups.len())
            .filter(|index| {
                decision
                    .reasons(*index)
                    .any(|kept| kept.to_string() == word)
            })
            .count()
    };
    assert_eq!(
        ["daily", "weekly", "monthly", "yearly"].map(kept_by),
        [7, 5, 12, 75]
    );
    let kept = (0..backups.len()).filter(|index| decision.keeps(*index));
    // Shared: 31 December by three rules, the Sunday before it by two, the other Decembers' ends by the year's rule alone.
    assert_eq!(kept.count(), 7 + (5 - 2) + (12 - 1) + (75 - 1));
}
