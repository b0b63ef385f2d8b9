//! The length of a within rule, counted back on the calendar.

use std::fmt;

use jiff::{Span, SpanFieldwise, Timestamp, tz::TimeZone};

/// A length of time that is not negative: `30d`, `1y6mo`. None at all is as if the rule were not given (R5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length(SpanFieldwise);

impl Length {
    /// Takes a span as it was given; its units stay as they are, since a month is no number of days.
    pub fn new(span: Span) -> Result<Self, String> {
        if span.is_negative() {
            return Err("a length of time cannot be negative".to_owned());
        }
        Ok(Self(span.fieldwise()))
    }

    /// Whether it comes to nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.0.is_zero()
    }

    /// The time that lies this long before another: first on the calendar, where a month clamps (R7), then on the clock.
    ///
    /// What would lie before all time is the beginning of time: then everything is within.
    pub(super) fn before(self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        at.to_zoned(zone.clone())
            .checked_sub(self.0.0)
            .map_or(Timestamp::MIN, |zoned| zoned.timestamp())
    }
}

/// In the units and the spelling in which people give it.
impl fmt::Display for Length {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = self.0.0;
        if span.is_zero() {
            return formatter.write_str("0s");
        }
        for (count, unit) in [
            (i64::from(span.get_years()), "y"),
            (i64::from(span.get_months()), "mo"),
            (i64::from(span.get_weeks()), "w"),
            (i64::from(span.get_days()), "d"),
            (i64::from(span.get_hours()), "h"),
            (span.get_minutes(), "min"),
            (span.get_seconds(), "s"),
            (span.get_milliseconds(), "ms"),
            (span.get_microseconds(), "us"),
            (span.get_nanoseconds(), "ns"),
        ] {
            if count != 0 {
                write!(formatter, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::backup::samples::at;

    fn before(span: Span, time: &str, zone: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        Length::new(span)
            .unwrap()
            .before(at(time), &zone)
            .to_string()
    }

    #[test]
    fn r7_a_month_back_from_the_31st_is_the_last_of_the_month() {
        for (span, from, to) in [
            (1.month(), "2025-03-31T12:00:00Z", "2025-02-28T12:00:00Z"),
            (1.month(), "2024-03-31T12:00:00Z", "2024-02-29T12:00:00Z"),
            (1.month(), "2025-05-31T12:00:00Z", "2025-04-30T12:00:00Z"),
            (1.month(), "2025-07-31T12:00:00Z", "2025-06-30T12:00:00Z"),
            (1.month(), "2025-01-31T12:00:00Z", "2024-12-31T12:00:00Z"),
            (13.months(), "2025-03-30T12:00:00Z", "2024-02-29T12:00:00Z"),
            (1.year(), "2024-02-29T12:00:00Z", "2023-02-28T12:00:00Z"),
            (
                1.year().months(1),
                "2025-03-31T12:00:00Z",
                "2024-02-29T12:00:00Z",
            ),
            // The clamp comes first, the days after it.
            (
                1.month().days(1),
                "2025-03-31T12:00:00Z",
                "2025-02-27T12:00:00Z",
            ),
        ] {
            assert_eq!(before(span, from, "UTC"), to, "{from} - {span}");
        }
    }

    #[test]
    fn r7_the_month_is_that_of_the_zone() {
        // In Berlin it is 31 March already: the end of February is then the end of Berlin's February.
        assert_eq!(
            before(1.month(), "2025-03-30T22:30:00Z", "Europe/Berlin"),
            "2025-02-27T23:30:00Z"
        );
        assert_eq!(
            before(1.month(), "2025-03-30T22:30:00Z", "UTC"),
            "2025-02-28T22:30:00Z"
        );
    }

    #[test]
    fn r6_a_day_back_over_a_change_of_the_clock_has_23_or_25_hours() {
        for (span, from, to) in [
            (1.day(), "2025-03-30T22:00:00Z", "2025-03-29T23:00:00Z"),
            (24.hours(), "2025-03-30T22:00:00Z", "2025-03-29T22:00:00Z"),
            (1.day(), "2025-10-26T23:00:00Z", "2025-10-25T22:00:00Z"),
            (24.hours(), "2025-10-26T23:00:00Z", "2025-10-25T23:00:00Z"),
        ] {
            assert_eq!(before(span, from, "Europe/Berlin"), to, "{from} - {span}");
        }
    }

    #[test]
    fn what_lies_before_all_time_is_the_beginning_of_time() {
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        let length = Length::new(19_000.years()).unwrap();
        for from in [at("2025-01-01T00:00:00Z"), Timestamp::MIN, Timestamp::MAX] {
            assert!(length.before(from, &zone) <= at("-001000-01-01T00:00:00Z"));
        }
        assert_eq!(length.before(Timestamp::MIN, &zone), Timestamp::MIN);
    }

    #[test]
    fn r11_a_length_reads_as_it_was_given() {
        for (span, text) in [
            (30.days(), "30d"),
            (8.weeks(), "8w"),
            (1.year().months(6), "1y6mo"),
            (2.hours().minutes(30), "2h30min"),
            (90.seconds(), "90s"),
            (250.milliseconds(), "250ms"),
            (Span::new(), "0s"),
        ] {
            assert_eq!(Length::new(span).unwrap().to_string(), text);
        }
    }

    #[test]
    fn s4_a_negative_length_is_refused() {
        assert!(Length::new(-1.day()).is_err());
        assert!(Length::new(Span::new()).is_ok_and(Length::is_zero));
    }
}
