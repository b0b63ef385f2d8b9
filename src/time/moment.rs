//! A point in time as people write it: `--created-before 2026-01-31`.

use std::{fmt, str::FromStr, sync::Arc};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Serialize, Serializer};

/// A point in time: RFC 3339, or a date, which is the beginning of that day.
///
/// Where a day begins depends on the zone, which is known only when all arguments are: so it keeps what was written, and
/// [`Moment::at`] resolves it. Two moments are equal when they are written alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    text: Arc<str>,
    point: Point,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    Instant(Timestamp),
    Day(Date),
}

impl Moment {
    /// The instant that is meant; `None` for a day at the very end of the calendar. The zone only counts for a date, and
    /// where its clocks leave midnight out, the day begins later.
    #[must_use]
    pub fn at(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self.point {
            Point::Instant(at) => Some(at),
            Point::Day(date) => date
                .to_zoned(zone.clone())
                .and_then(|day| day.start_of_day())
                .ok()
                .map(|day| day.timestamp()),
        }
    }
}

const FORMS: &str = "a date such as 2026-01-31, or RFC 3339 such as 2026-01-31T18:00:00Z";

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err(format!("it is empty: write {FORMS}"));
        }
        let point = read(text).ok_or_else(|| {
            // A clock's time without its offset is the likeliest slip, and the one whose guess would delete.
            if read(&format!("{text}Z")).is_some() {
                format!("{text:?} does not say in which zone: add Z, or an offset such as +02:00")
            } else {
                format!("{text:?} is no point in time: write {FORMS}")
            }
        })?;
        Ok(Self {
            text: text.into(),
            point,
        })
    }
}

/// jiff reads much more than the two forms, and drops the time of `2026-01-31T18:00` where a date is asked for. So the
/// form is looked at first.
fn read(text: &str) -> Option<Point> {
    let (day, time) = text.split_at_checked("2026-01-31".len())?;
    let is_day = day.bytes().enumerate().all(|(place, byte)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if !is_day {
        return None;
    }
    if time.is_empty() {
        return day.parse().ok().map(Point::Day);
    }
    let clock = time.strip_prefix(['T', 't', ' '])?;
    let is_clock = clock.get(2..3) == Some(":")
        && clock
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b":.+-Zz".contains(&byte));
    if !is_clock {
        return None;
    }
    text.parse().ok().map(Point::Instant)
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str, zone: &str) -> Option<String> {
        let moment: Moment = text.parse().unwrap_or_else(|error| panic!("{error}"));
        let zone = crate::time::zone(zone).unwrap();
        moment.at(&zone).map(|time| time.to_string())
    }

    #[test]
    fn a_time_is_itself_in_every_zone() {
        for text in [
            "2026-01-31T18:00:00Z",
            "2026-01-31t18:00:00z",
            "2026-01-31 18:00:00Z",
            "2026-01-31T19:00:00+01:00",
            "2026-01-31T13:00:00.000-05:00",
            " 2026-01-31T18:00:00Z\n",
        ] {
            for zone in ["UTC", "Asia/Tokyo"] {
                assert_eq!(at(text, zone).as_deref(), Some("2026-01-31T18:00:00Z"));
            }
        }
    }

    #[test]
    fn r6_a_date_is_the_beginning_of_that_day_in_the_zone() {
        for (text, zone, expected) in [
            ("2026-01-31", "UTC", "2026-01-31T00:00:00Z"),
            ("2026-01-31", "Europe/Berlin", "2026-01-30T23:00:00Z"),
            ("2026-07-31", "Europe/Berlin", "2026-07-30T22:00:00Z"),
            ("2026-01-31", "America/New_York", "2026-01-31T05:00:00Z"),
            ("2024-02-29", "UTC", "2024-02-29T00:00:00Z"),
            // Midnight was left out: that day began at one.
            ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
            // Midnight came twice: the first one counts.
            ("2025-11-02", "America/Havana", "2025-11-02T04:00:00Z"),
        ] {
            assert_eq!(at(text, zone).as_deref(), Some(expected), "{text} {zone}");
        }
        assert_eq!(at("9999-12-31", "UTC"), None);
    }

    #[test]
    fn s4_what_is_no_point_in_time_is_refused_with_both_forms() {
        for text in [
            "",
            " ",
            "\n",
            "soon",
            "yesterday",
            "90d",
            "2026",
            "2026-01",
            "2026-1-31",
            "20260131",
            "2026-02-30",
            "2026-13-01",
            "2025-02-29",
            "31.01.2026",
            "01/31/2026",
            "2026/01/31",
            "2026-W05-6",
            "1769817600",
            "-2026-01-31",
            "+002026-01-31",
            "２026-01-31",
            "2026-01-31T",
            "2026-01-31Z",
            "2026-01-31T18Z",
            "2026-01-31T1800Z",
            "2026-01-31T25:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T18:00:00+99:00",
            "2026-01-31T18:00:00 CET",
            "2026-01-31T18:00:00+01:00[Europe/Berlin]",
            "2026-01-31T18:00:00ZZ",
            "2026-01-31\u{a0}18:00:00Z",
        ] {
            let error = text.parse::<Moment>().unwrap_err();
            for part in ["2026-01-31", "2026-01-31T18:00:00Z"] {
                assert!(error.contains(part), "{text}: {error}");
            }
            if !text.trim().is_empty() {
                assert!(error.contains(&format!("{text:?}")), "{text}: {error}");
            }
        }
    }

    #[test]
    fn s4_a_time_without_a_zone_is_refused_with_the_way_out() {
        for text in [
            "2026-01-31T18:00:00",
            "2026-01-31 18:00",
            "2026-01-31T18:00:00.5",
        ] {
            let error = text.parse::<Moment>().unwrap_err();
            assert!(error.contains("add Z"), "{text}: {error}");
        }
    }

    #[test]
    fn a_moment_is_shown_as_it_was_written() {
        let moment: Moment = "2026-01-31".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-01-31");
        assert_eq!(serde_json::to_string(&moment).unwrap(), "\"2026-01-31\"");
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in "\\PC{0,12}|[0-9]{4}-[0-9]{2}-[0-9]{2}\\PC{0,16}") {
            if let Ok(moment) = text.parse::<Moment>() {
                let found = moment.at(&TimeZone::UTC);
                prop_assert!(found.is_some() || text.trim().starts_with("9999"));
            }
        }
    }
}
