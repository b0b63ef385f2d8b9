//! Where buckets are cut: R6.

use jiff::{SignedDuration, tz};

use super::*;
use crate::select::retention::bucket::Local;

fn bucket(time: &str, zone_name: &str, period: Period) -> i64 {
    Local::new(at(time), &zone(zone_name)).bucket(period)
}

/// How many buckets there are from one time up to another, looking every five minutes.
fn buckets(from: &str, to: &str, zone_name: &str, period: Period) -> usize {
    let zone = zone(zone_name);
    let mut time = at(from);
    let mut found = Vec::new();
    while time < at(to) {
        found.push(Local::new(time, &zone).bucket(period));
        time += SignedDuration::from_mins(5);
    }
    assert!(found.is_sorted(), "later is never an earlier bucket");
    found.dedup();
    found.len()
}

#[test]
fn r6_weeks_are_iso_weeks_over_the_turn_of_the_year() {
    for (one, other, same) in [
        // 2020-W53 goes from 28 December to 3 January.
        ("2020-12-31", "2021-01-01", true),
        ("2020-12-28", "2021-01-03", true),
        ("2021-01-03", "2021-01-04", false),
        ("2020-12-27", "2020-12-28", false),
        // 2025-W01 begins on 30 December 2024.
        ("2024-12-30", "2025-01-05", true),
        ("2024-12-29", "2024-12-30", false),
        // The same number, but another year.
        ("2024-01-03", "2025-01-03", false),
        ("2020-12-31", "2015-12-31", false),
        ("1969-12-29", "1970-01-04", true),
        ("1969-12-28", "1969-12-29", false),
    ] {
        let [one, other] =
            [one, other].map(|day| bucket(&format!("{day}T12:00:00Z"), "UTC", Period::IsoWeek));
        assert_eq!(one == other, same, "{one} {other}");
    }
}

#[test]
fn r6_every_day_of_sixty_years_is_in_its_iso_week() {
    let mut time = at("1965-01-01T23:59:59Z");
    let mut before = None;
    while time < at("2026-01-01T00:00:00Z") {
        let week = tz::Offset::UTC.to_datetime(time).iso_week_date();
        let week = (week.year(), week.week());
        let bucket = Local::new(time, &TimeZone::UTC).bucket(Period::IsoWeek);
        if let Some((earlier_week, earlier_bucket)) = before {
            assert_eq!(week == earlier_week, bucket == earlier_bucket, "{time}");
            assert!(bucket >= earlier_bucket, "{time}");
        }
        before = Some((week, bucket));
        time += SignedDuration::from_hours(24);
    }
}

#[test]
fn r6_a_day_has_as_many_hours_as_its_clock_shows() {
    for (from, to, zone, hours) in [
        (
            "2025-03-29T23:00:00Z",
            "2025-03-30T22:00:00Z",
            "Europe/Berlin",
            23,
        ),
        (
            "2025-10-25T22:00:00Z",
            "2025-10-26T23:00:00Z",
            "Europe/Berlin",
            25,
        ),
        (
            "2025-06-14T22:00:00Z",
            "2025-06-15T22:00:00Z",
            "Europe/Berlin",
            24,
        ),
        (
            "2025-03-09T05:00:00Z",
            "2025-03-10T04:00:00Z",
            "America/New_York",
            23,
        ),
        (
            "2025-11-02T04:00:00Z",
            "2025-11-03T05:00:00Z",
            "America/New_York",
            25,
        ),
        ("2025-03-09T00:00:00Z", "2025-03-10T00:00:00Z", "UTC", 24),
        (
            "2025-01-14T18:30:00Z",
            "2025-01-15T18:30:00Z",
            "Asia/Kolkata",
            24,
        ),
        // Half an hour back: 25 hours, of which two are halves.
        (
            "2025-04-05T13:00:00Z",
            "2025-04-06T13:30:00Z",
            "Australia/Lord_Howe",
            25,
        ),
    ] {
        assert_eq!(buckets(from, to, zone, Period::Day), 1, "{from} {zone}");
        assert_eq!(
            buckets(from, to, zone, Period::Hour),
            hours,
            "{from} {zone}"
        );
    }
}

#[test]
fn r6_a_half_hour_zone_cuts_its_hours_at_the_half() {
    let hour = |time| bucket(time, "Asia/Kolkata", Period::Hour);
    assert_eq!(hour("2025-01-15T10:30:00Z"), hour("2025-01-15T11:29:59Z"));
    assert_ne!(hour("2025-01-15T11:29:59Z"), hour("2025-01-15T11:30:00Z"));
    let day = |time| bucket(time, "Asia/Kolkata", Period::Day);
    assert_ne!(day("2025-01-15T18:29:59Z"), day("2025-01-15T18:30:00Z"));
}

#[test]
fn r6_the_zone_decides_which_day_month_and_year_it_is() {
    // In Berlin both are in 2025, in New York both are in 2024.
    let [one, other] = ["2024-12-31T23:30:00Z", "2025-01-01T00:30:00Z"];
    for period in [Period::Day, Period::Month, Period::Year] {
        for (zone, same) in [
            ("UTC", false),
            ("Europe/Berlin", true),
            ("America/New_York", true),
        ] {
            assert_eq!(
                bucket(one, zone, period) == bucket(other, zone, period),
                same,
                "{period:?} {zone}"
            );
        }
    }
    let backups = [other, one].map(made);
    let yearly = each(Period::Year, Quota::AtMost(1));
    assert_eq!(lines(&backups, &yearly), ["yearly", ""]);
    let yearly = each(Period::Year, Quota::AtMost(2));
    assert_eq!(lines(&backups, &yearly), ["yearly", "yearly"]);
    let berlin = Rules {
        zone: zone("Europe/Berlin"),
        ..yearly
    };
    assert_eq!(lines(&backups, &berlin), ["yearly", "oldest yearly"]);
}

#[test]
fn r6_the_last_and_the_first_moment_of_a_month_are_in_different_months() {
    for (end, begin) in [
        ("2024-02-29T23:59:59.999999999Z", "2024-03-01T00:00:00Z"),
        ("2025-02-28T23:59:59Z", "2025-03-01T00:00:00Z"),
        ("2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"),
        ("1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z"),
        ("1969-11-30T23:59:59.999999999Z", "1969-12-01T00:00:00Z"),
    ] {
        for period in [Period::Hour, Period::Day, Period::Month] {
            assert!(
                bucket(end, "UTC", period) < bucket(begin, "UTC", period),
                "{end} {period:?}"
            );
        }
    }
}

#[test]
fn r6_an_hour_that_comes_twice_is_two_hours() {
    // 02:30 in summer time, and 02:30 an hour later.
    let backups = ["2025-10-26T01:30:00Z", "2025-10-26T00:30:00Z"].map(made);
    let rules = Rules {
        zone: zone("Europe/Berlin"),
        ..each(Period::Hour, Quota::AtMost(2))
    };
    assert_eq!(lines(&backups, &rules), ["hourly", "hourly"]);
}

#[test]
fn r6_a_day_that_comes_back_after_midnight_is_one_day() {
    // At 00:01 on 29 October 2006 the clocks of Newfoundland went back to 23:01 on the 28th.
    let backups = [
        "2006-10-29T12:00:00Z",
        "2006-10-29T03:00:00Z",
        "2006-10-29T02:30:30Z",
        "2006-10-29T02:00:00Z",
        "2006-10-27T12:00:00Z",
    ]
    .map(made);
    let rules = Rules {
        zone: zone("America/St_Johns"),
        ..each(Period::Day, Quota::AtMost(3))
    };
    assert_eq!(lines(&backups, &rules), ["daily", "daily", "", "", "daily"]);
}
