//! A length of time that is counted back over the calendar: `--older-than 90d`, `--keep-within 1y6mo`.

use std::{fmt, str::FromStr, sync::Arc};

use jiff::{Span, Timestamp, tz::TimeZone};
use serde::{Serialize, Serializer};

use super::length::{Purpose, span};

/// A length of time to count back, which remembers how it was written: that is how messages and plans show it.
///
/// Zero is allowed. `--older-than 0s` is written on purpose and has one meaning, everything made up to now; where a zero
/// would be nonsense, ask [`Age::is_zero`]. Two ages are equal when they are written alike.
#[derive(Debug, Clone)]
pub struct Age {
    text: Arc<str>,
    span: Span,
}

impl Age {
    /// The time that lies this long before `at`; `None` where there are no dates any more.
    ///
    /// Years, months, weeks and days are the calendar's, in `zone`: a day across a change of the clocks has 23 or 25 hours
    /// (R6), and 31 March less a month is the last of February (R7). Hours and less are exact.
    #[must_use]
    pub fn before(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        at.to_zoned(zone.clone())
            .checked_sub(self.span)
            .ok()
            .map(|zoned| zoned.timestamp())
    }

    /// Whether it is no time at all.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.span.is_zero()
    }
}

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self {
            span: span(text, Purpose::Age)?,
            text: text.trim().into(),
        })
    }
}

impl PartialEq for Age {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Age {}

impl fmt::Display for Age {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for Age {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::backup::samples::at;

    fn age(text: &str) -> Age {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn back(text: &str, from: &str, zone: &str) -> Option<String> {
        let zone = crate::time::zone(zone).unwrap();
        let found = age(text).before(at(from), &zone);
        found.map(|time| time.to_string())
    }

    #[test]
    fn ages_are_read_as_people_write_them_and_counted_back() {
        for (text, expected) in [
            ("0s", "2025-06-15T12:00:00Z"),
            ("90s", "2025-06-15T11:58:30Z"),
            ("15min", "2025-06-15T11:45:00Z"),
            ("2h30min", "2025-06-15T09:30:00Z"),
            ("90d", "2025-03-17T12:00:00Z"),
            ("2w", "2025-06-01T12:00:00Z"),
            ("6mo", "2024-12-15T12:00:00Z"),
            ("1y6mo", "2023-12-15T12:00:00Z"),
            ("1y2mo3w4d5h6min7s", "2024-03-21T06:53:53Z"),
            ("P90D", "2025-03-17T12:00:00Z"),
            ("P1Y6M", "2023-12-15T12:00:00Z"),
            ("PT30M", "2025-06-15T11:30:00Z"),
            ("P1W", "2025-06-08T12:00:00Z"),
            ("PT1.5H", "2025-06-15T10:30:00Z"),
            (" 90d\n", "2025-03-17T12:00:00Z"),
        ] {
            let found = back(text, "2025-06-15T12:00:00Z", "UTC");
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn s4_what_is_unclear_is_refused_and_the_text_is_named() {
        for text in [
            "m",
            "1m",
            "1M",
            "90",
            "d",
            "2d3",
            "1.5d",
            "1,5d",
            "1e3d",
            "-2d",
            "-P2D",
            "P-2D",
            "+2d",
            "−2d",
            "1 d",
            "1d 2h",
            "1d,2h",
            "1d1d",
            "6mo1y",
            "1h1d",
            "9０d",
            "９０d",
            "٣d",
            "90D",
            "90days",
            "5ms",
            "1yr",
            "1mon",
            "P",
            "PT",
            "P1",
            "P90",
            "p90d",
            "P1m",
            "PT5m",
            "P1H",
            "T1H",
            "1y P1D",
            "now",
            "null",
            "[]",
            "0x10d",
            "1_000d",
            "99999999999y",
            "99999999999999999999s",
            "P99999999999Y",
            "\u{1b}[31md",
            "1d\0",
        ] {
            let error = text.parse::<Age>().unwrap_err();
            let named = format!("{text:?}");
            assert!(error.contains(&named), "{text}: {error}");
        }
        for text in ["", " ", "\t\n", "\u{a0}"] {
            assert!(text.parse::<Age>().unwrap_err().contains("empty"));
        }
    }

    #[test]
    fn s4_the_message_says_what_to_write_instead() {
        for (text, way_out) in [
            ("90m", "write 90min or 90mo"),
            ("90", "s, min, h, d, w, mo or y"),
            ("-2d", "write \"2d\""),
            ("1.5h", "1h30min"),
            ("90days", "unknown unit \"days\""),
            ("", "90d"),
            ("6mo1y", "the longest first"),
            ("P1m", "in capitals"),
            ("99999999999y", "too long"),
        ] {
            let error = text.parse::<Age>().unwrap_err();
            assert!(error.contains(way_out), "{text}: {error}");
        }
    }

    #[test]
    fn r7_months_and_years_end_at_the_last_day_there_is() {
        for (text, from, expected) in [
            ("1mo", "2025-03-31T08:00:00Z", "2025-02-28T08:00:00Z"),
            ("1mo", "2024-03-31T08:00:00Z", "2024-02-29T08:00:00Z"),
            ("1mo", "2025-03-30T08:00:00Z", "2025-02-28T08:00:00Z"),
            ("1mo", "2025-07-31T08:00:00Z", "2025-06-30T08:00:00Z"),
            ("1y", "2024-02-29T08:00:00Z", "2023-02-28T08:00:00Z"),
            ("1y1mo", "2025-03-31T08:00:00Z", "2024-02-29T08:00:00Z"),
            ("12mo", "2025-03-31T08:00:00Z", "2024-03-31T08:00:00Z"),
            // The month first, and then the day.
            ("1mo1d", "2025-03-31T08:00:00Z", "2025-02-27T08:00:00Z"),
        ] {
            let found = back(text, from, "UTC");
            assert_eq!(found.as_deref(), Some(expected), "{from} - {text}");
        }
    }

    #[test]
    fn r6_days_are_the_zones_own_and_hours_are_exact() {
        let berlin = "Europe/Berlin";
        // In the night to 30 March 2025 an hour is left out, in that to 26 October one comes twice.
        for (text, from, expected) in [
            ("1d", "2025-03-30T10:00:00Z", "2025-03-29T11:00:00Z"),
            ("24h", "2025-03-30T10:00:00Z", "2025-03-29T10:00:00Z"),
            ("1d", "2025-10-26T11:00:00Z", "2025-10-25T10:00:00Z"),
            ("1w", "2025-10-26T11:00:00Z", "2025-10-19T10:00:00Z"),
            // 02:30 on the 31st less a day does not exist: the clock jumped over it.
            ("1d", "2025-03-31T00:30:00Z", "2025-03-30T01:30:00Z"),
            // A month back from the first by Berlin's calendar, which UTC still calls the last of the month before.
            ("1mo", "2025-06-30T22:30:00Z", "2025-05-31T22:30:00Z"),
        ] {
            let found = back(text, from, berlin);
            assert_eq!(found.as_deref(), Some(expected), "{from} - {text}");
        }
    }

    #[test]
    fn beyond_the_calendar_there_is_no_time() {
        assert_eq!(back("19000y", "2025-06-15T12:00:00Z", "UTC"), None);
        assert_eq!(back("19998y239976mo", "2025-06-15T12:00:00Z", "UTC"), None);
        assert!(back("9000y", "2025-06-15T12:00:00Z", "UTC").is_some());
    }

    #[test]
    fn an_age_is_shown_as_it_was_written() {
        assert_eq!(age("1y6mo").to_string(), "1y6mo");
        assert_eq!(serde_json::to_string(&age(" P90D ")).unwrap(), "\"P90D\"");
        assert_ne!(age("P90D"), age("90d"));
        assert!(age("0d").is_zero() && age("PT0S").is_zero() && !age("1s").is_zero());
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader_and_back_is_never_ahead(text in "\\PC{0,12}|P?T?[0-9]{1,6}[a-zA-Z]{1,3}([0-9]{1,3}[a-z]{1,2})?") {
            if let Ok(age) = text.parse::<Age>() {
                let now = at("2025-03-31T01:30:00Z");
                for zone in ["UTC", "Europe/Berlin", "America/Sao_Paulo"] {
                    let zone = crate::time::zone(zone).unwrap();
                    prop_assert!(age.before(now, &zone).is_none_or(|time| time <= now));
                }
                prop_assert_eq!(age.to_string().parse::<Age>(), Ok(age));
            }
        }
    }
}
