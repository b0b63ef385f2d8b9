//! How long: R3, R4, R7, R11.

use jiff::ToSpan;

use super::*;

fn within(span: Span) -> Rules {
    Rules {
        within: Some(length(span)),
        ..Rules::default()
    }
}

#[test]
fn r4_within_counts_back_from_the_newest_healthy_backup_not_from_now() {
    let backups = [
        "2020-01-31T12:00:00Z",
        "2020-01-30T12:00:00Z",
        "2020-01-29T12:00:01Z",
        "2020-01-29T12:00:00Z",
        "2020-01-01T12:00:00Z",
    ]
    .map(made);
    // What is exactly as old as that is no longer younger than that.
    assert_eq!(
        lines(&backups, &within(2.days())),
        ["within 2d", "within 2d", "within 2d", "", ""]
    );
}

#[test]
fn r4_neither_an_unhealthy_nor_a_future_backup_moves_the_end_of_within() {
    let backups = [
        made("2031-01-01T00:00:00Z"),
        Backup {
            state: crate::backup::State::Damaged,
            ..made("2025-06-01T00:00:00Z")
        },
        made("2025-01-02T00:00:00Z"),
        made("2025-01-01T12:00:00Z"),
    ];
    let lines = lines(&backups, &within(1.day()));
    assert_eq!(lines[2..], ["within 1d", "within 1d"]);
}

#[test]
fn r4_each_group_counts_back_from_its_own_newest() {
    let backups = [
        in_group("a", made("2025-06-01T00:00:00Z")),
        in_group("b", made("2021-06-01T00:00:00Z")),
        in_group("a", made("2025-05-01T00:00:00Z")),
        in_group("b", made("2021-05-31T00:00:01Z")),
    ];
    assert_eq!(
        lines(&backups, &within(1.day())),
        ["within 1d", "within 1d", "", "within 1d"]
    );
}

#[test]
fn r4_within_daily_keeps_the_newest_of_each_day_inside_it() {
    let backups = [
        "2025-03-10T12:00:00Z",
        "2025-03-10T06:00:00Z",
        "2025-03-09T12:00:00Z",
        "2025-03-08T13:00:00Z",
        "2025-03-08T11:00:00Z",
        "2025-03-07T12:00:00Z",
    ]
    .map(made);
    let daily = "daily within 2d";
    assert_eq!(
        lines(&backups, &each_within(Period::Day, 2.days())),
        [daily, "", daily, daily, "", ""]
    );
}

#[test]
fn r3_the_oldest_is_kept_while_a_within_rule_covers_it() {
    let backups = [
        "2025-03-10T12:00:00Z",
        "2025-03-10T06:00:00Z",
        "2025-03-10T05:00:00Z",
    ]
    .map(made);
    let rules = each_within(Period::IsoWeek, 8.weeks());
    let weekly = "weekly within 8w";
    assert_eq!(
        lines(&backups, &rules),
        [weekly, "", "oldest weekly within 8w"]
    );
    let rules = each_within(Period::IsoWeek, 7.hours());
    assert_eq!(
        lines(&backups, &rules),
        ["weekly within 7h", "", ""],
        "the oldest is as old as that"
    );
}

#[test]
fn r7_a_month_back_from_31_march_reaches_over_the_last_of_february() {
    let backups = [
        "2025-03-31T12:00:00Z",
        "2025-03-01T00:00:00Z",
        "2025-02-28T12:00:01Z",
        "2025-02-28T12:00:00Z",
    ]
    .map(made);
    assert_eq!(
        lines(&backups, &within(1.month())),
        ["within 1mo", "within 1mo", "within 1mo", ""]
    );
}

#[test]
fn r4_a_length_before_all_time_keeps_everything() {
    let backups = [
        made("2025-03-31T12:00:00Z"),
        made("-009999-01-02T02:00:00Z"),
    ];
    assert_eq!(
        lines(&backups, &within(19_998.years())),
        ["within 19998y"; 2]
    );
}

#[test]
fn r11_all_reasons_are_told_in_the_order_of_the_flags() {
    let rules = Rules {
        last: Some(Quota::AtMost(3)),
        count: PerPeriod {
            hourly: Some(Quota::AtMost(1)),
            daily: Some(Quota::AtMost(1)),
            weekly: Some(Quota::AtMost(1)),
            monthly: Some(Quota::AtMost(1)),
            yearly: Some(Quota::Unlimited),
        },
        within: Some(length(30.days())),
        count_within: PerPeriod {
            hourly: Some(length(1.hour())),
            daily: Some(length(1.day())),
            weekly: Some(length(1.week())),
            monthly: Some(length(1.month())),
            yearly: Some(length(1.year())),
        },
        tags: vec![("env".to_owned(), "prod".to_owned())],
        ..Rules::default()
    };
    let backups = [tagged(&[("env", "prod")], made("2025-01-01T00:00:00Z"))];
    assert_eq!(
        lines(&backups, &rules),
        [
            "last 3, hourly, daily, weekly, monthly, yearly, within 30d, hourly within 1h, daily within 1d, \
          weekly within 1w, monthly within 1mo, yearly within 1y, tag env=prod"
        ]
    );
    let flags: Vec<String> = rules.effective().iter().map(Rule::to_string).collect();
    assert_eq!(
        flags,
        [
            "--keep-last 3",
            "--keep-hourly 1",
            "--keep-daily 1",
            "--keep-weekly 1",
            "--keep-monthly 1",
            "--keep-yearly unlimited",
            "--keep-within 30d",
            "--keep-within-hourly 1h",
            "--keep-within-daily 1d",
            "--keep-within-weekly 1w",
            "--keep-within-monthly 1mo",
            "--keep-within-yearly 1y",
            "--keep-tag env=prod",
        ]
    );
}
