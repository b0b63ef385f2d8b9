//! The edges of every threshold, in time and against each other.

use proptest::prelude::*;

use super::*;

#[test]
fn the_edge_of_an_age_belongs_to_the_older_side() {
    let older = Filters {
        older_than: Some(read("90d")),
        ..Filters::default()
    };
    let newer = Filters {
        newer_than: Some(read("90d")),
        ..Filters::default()
    };
    for (time, is_older) in [
        ("2025-03-17T11:59:59.999999999Z", true),
        ("2025-03-17T12:00:00Z", true),
        ("2025-03-17T12:00:00.000000001Z", false),
        ("2025-06-15T12:00:00Z", false),
    ] {
        let (old, new) = if is_older {
            ("+ older than 90d", "- not newer than 90d")
        } else {
            ("- not older than 90d", "+ newer than 90d")
        };
        assert_eq!(says(&older, &created(time)), old, "{time}");
        assert_eq!(says(&newer, &created(time)), new, "{time}");
    }
    let zero = Filters {
        older_than: Some(read("0s")),
        ..Filters::default()
    };
    assert_eq!(says(&zero, &created(NOW)), "+ older than 0s");
    assert_eq!(
        says(&zero, &created("2025-06-15T12:00:01Z")),
        "- not older than 0s"
    );
}

#[test]
fn the_edge_of_a_given_time_belongs_to_the_later_side() {
    let before = Filters {
        created_before: Some(read("2025-01-31")),
        ..Filters::default()
    };
    let after = Filters {
        created_after: Some(read("2025-01-31")),
        ..Filters::default()
    };
    for (time, is_before) in [
        ("2025-01-30T23:59:59.999999999Z", true),
        ("2025-01-31T00:00:00Z", false),
        ("2025-01-31T23:00:00Z", false),
    ] {
        let (first, second) = if is_before {
            (
                "+ created before 2025-01-31",
                "- not created after 2025-01-31",
            )
        } else {
            (
                "- not created before 2025-01-31",
                "+ created after 2025-01-31",
            )
        };
        assert_eq!(says(&before, &created(time)), first, "{time}");
        assert_eq!(says(&after, &created(time)), second, "{time}");
    }
}

#[test]
fn r6_r7_thresholds_are_the_calendars_in_the_zone() {
    let filters = Filters {
        older_than: Some(read("1mo")),
        ..Filters::default()
    };
    let zone = crate::time::zone("Europe/Berlin").unwrap();
    let at_month_end = filters.resolve(at("2025-03-31T10:00:00Z"), &zone).unwrap();
    // Noon on 31 March, in summer, less a month: noon on 28 February, in winter.
    assert!(at_month_end.judge(&created("2025-02-28T11:00:00Z")).is_ok());
    assert!(
        at_month_end
            .judge(&created("2025-02-28T11:00:01Z"))
            .is_err()
    );
}

#[test]
fn expired_is_what_is_past_due_and_what_the_provider_failed_to_delete() {
    let expired = Filters {
        expired: true,
        ..Filters::default()
    };
    let with = |status: &str, expires_at: Option<&str>| {
        let backup = Backup {
            status: Some(status.into()),
            expires_at: expires_at.map(at),
            ..backup("a")
        };
        says(&expired, &backup)
    };
    assert_eq!(with("AVAILABLE", Some(NOW)), "+ expired");
    assert_eq!(
        with("AVAILABLE", Some("2025-06-15T12:00:01Z")),
        "- not expired"
    );
    assert_eq!(with("AVAILABLE", None), "- not expired, as far as is known");
    assert_eq!(with("EXPIRED", None), "+ expired");
    assert_eq!(with("EXPIRED", Some("2999-01-01T00:00:00Z")), "+ expired");
}

#[test]
fn s4_times_that_exclude_each_other_are_refused() {
    let error = |filters: Filters| filters.resolve(at(NOW), &TimeZone::UTC).unwrap_err();
    let window = error(Filters {
        older_than: Some(read("90d")),
        newer_than: Some(read("30d")),
        ..Filters::default()
    });
    assert_eq!(
        window.to_string(),
        "--newer-than 30d and --older-than 90d leave no time between them"
    );
    for (older, newer, before, after) in [
        (Some("30d"), Some("30d"), None, None),
        (None, None, Some("2025-01-31"), Some("2025-01-31")),
        (None, Some("1d"), Some("2025-01-31"), None),
        (Some("1y"), None, None, Some("2025-01-31")),
    ] {
        error(Filters {
            older_than: older.map(read),
            newer_than: newer.map(read),
            created_before: before.map(read),
            created_after: after.map(read),
            ..Filters::default()
        });
    }
    let far = error(Filters {
        older_than: Some(read("19000y")),
        ..Filters::default()
    });
    assert_eq!(far.to_string(), "--older-than 19000y lies beyond all dates");
    let late = error(Filters {
        created_after: Some(read("9999-12-31")),
        ..Filters::default()
    });
    assert_eq!(
        late.to_string(),
        "--created-after 9999-12-31 lies beyond all dates"
    );
}

#[test]
fn a_hint_is_wider_than_the_filters_and_only_for_one_plain_value() {
    let filters = Filters {
        older_than: Some(read("1d")),
        created_before: Some(read("2025-02-01")),
        newer_than: Some(read("1y")),
        types: all(&["EBS"]),
        resources: all(&["arn:aws:x/y"]),
        ..Filters::default()
    };
    let filters = resolved(&filters);
    assert_eq!(
        filters.narrow(),
        Narrow {
            created_before: Some(at("2025-02-01T00:00:01Z")),
            created_after: Some(at("2024-06-15T11:59:59Z")),
            kind: Some("EBS"),
            resource: Some("arn:aws:x/y"),
        }
    );
    let several = Filters {
        types: all(&["EBS", "EFS"]),
        resources: all(&["arn:*"]),
        names: all(&["a"]),
        expired: true,
        ..Filters::default()
    };
    assert_eq!(resolved(&several).narrow(), Narrow::default());
}

proptest! {
    #[test]
    fn an_age_parts_all_backups_in_two(seconds in -5_000_000_i64..5_000_000, days in 0_u16..60) {
        let made = at(NOW).checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        let backup = Backup { created_at: Some(made), ..backup("a") };
        let age: Age = read(&format!("{days}d"));
        let older = Filters { older_than: Some(age.clone()), ..Filters::default() };
        let newer = Filters { newer_than: Some(age), ..Filters::default() };
        let older = resolved(&older);
        prop_assert_ne!(older.judge(&backup).is_ok(), resolved(&newer).judge(&backup).is_ok());
        // What is chosen is never left out by a provider that follows the hint.
        if older.judge(&backup).is_ok() {
            prop_assert!(older.narrow().created_before.is_some_and(|before| made < before));
        }
    }
}
