//! The axis that all lines share: which period one cell stands for, and which cell a time falls into.

use jiff::{
    Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};

use super::glyphs::Glyphs;

/// What one cell stands for. Each is cut in the zone, as the keep rules' buckets are (R6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Period {
    /// A day has 23 or 25 of them when clocks change.
    Hour,
    Day,
    /// From Monday.
    Week,
    /// So many calendar months: a quarter, a year, a decade.
    Months(i64),
}

/// From the finest to one that the whole calendar fits into with three cells: a creation time may be any.
const PERIODS: [Period; 10] = [
    Period::Hour,
    Period::Day,
    Period::Week,
    Period::Months(1),
    Period::Months(3),
    Period::Months(12),
    Period::Months(120),
    Period::Months(1_200),
    Period::Months(12_000),
    Period::Months(120_000),
];

impl Period {
    /// The number of the period that the time falls into.
    fn number(self, at: Timestamp, offset: Offset) -> i64 {
        let seconds = at.as_second();
        let shift = i64::from(offset.seconds());
        let days = seconds.saturating_add(shift).div_euclid(86_400);
        match self {
            // Of the offset only what is no whole hour counts, or the hour that a clock repeats would be one with the
            // hour before.
            Self::Hour => seconds
                .saturating_add(shift.rem_euclid(3_600))
                .div_euclid(3_600),
            Self::Day => days,
            // The first day of 1970 was a Thursday.
            Self::Week => days.saturating_add(3).div_euclid(7),
            Self::Months(several) => {
                let date = offset.to_datetime(at).date();
                let years = i64::from(date.year()).saturating_mul(12);
                let months = years.saturating_add(i64::from(date.month()).saturating_sub(1));
                months.checked_div_euclid(several).unwrap_or(months)
            }
        }
    }

    fn words(self) -> String {
        match self {
            Self::Hour => "an hour".to_owned(),
            Self::Day => "a day".to_owned(),
            Self::Week => "an ISO week".to_owned(),
            Self::Months(1) => "a month".to_owned(),
            Self::Months(3) => "a quarter".to_owned(),
            Self::Months(12) => "a year".to_owned(),
            Self::Months(several) => format!("{} years", several / 12),
        }
    }

    /// A time, as exactly as this period is worth.
    fn date(self, at: Timestamp, offset: Offset) -> String {
        let local = offset.to_datetime(at);
        let date: Date = local.date();
        match self {
            Self::Hour => format!("{date} {:02}:00", local.hour()),
            Self::Day | Self::Week => date.to_string(),
            Self::Months(1 | 3) => format!("{:04}-{:02}", date.year(), date.month()),
            Self::Months(_) => format!("{:04}", date.year()),
        }
    }
}

/// So many periods, from that of the oldest to that of the newest.
#[derive(Debug, Clone)]
pub(super) struct Axis<'a> {
    zone: &'a TimeZone,
    period: Period,
    first: i64,
    oldest: Timestamp,
    newest: Timestamp,
    /// How many there are.
    pub(super) cells: usize,
}

impl<'a> Axis<'a> {
    /// The finest axis that fits the room; none where there is no time.
    pub(super) fn of(
        times: impl Iterator<Item = Timestamp>,
        zone: &'a TimeZone,
        room: usize,
    ) -> Option<Self> {
        let (oldest, newest) = times.fold(None, |ends, at| match ends {
            None => Some((at, at)),
            Some((oldest, newest)) => Some((at.min(oldest), at.max(newest))),
        })?;
        let axes = PERIODS.map(|period| {
            let first = period.number(oldest, zone.to_offset(oldest));
            let last = period.number(newest, zone.to_offset(newest));
            let cells = last.saturating_sub(first).saturating_add(1).max(1);
            Self {
                zone,
                period,
                first,
                oldest,
                newest,
                cells: usize::try_from(cells).unwrap_or(usize::MAX),
            }
        });
        axes.into_iter().find(|axis| axis.cells <= room)
    }

    /// The cell that a time between the ends falls into.
    pub(super) fn cell(&self, at: Timestamp) -> usize {
        let number = self.period.number(at, self.zone.to_offset(at));
        let cell = usize::try_from(number.saturating_sub(self.first)).unwrap_or(0);
        // A zone that set its clock back may number a later time lower.
        cell.min(self.cells.saturating_sub(1))
    }

    /// The dates at both ends, over the cells where these are wide enough.
    pub(super) fn ends(&self, glyphs: Glyphs) -> String {
        let date = |at| self.period.date(at, self.zone.to_offset(at));
        let (from, to) = (date(self.oldest), date(self.newest));
        if from == to {
            return from;
        }
        let taken = from.len().saturating_add(to.len()).saturating_add(2);
        match self.cells.checked_sub(taken) {
            Some(between) if between > 0 => {
                format!("{from} {} {to}", glyphs.rule().repeat(between))
            }
            Some(_) | None => format!("{from} to {to}"),
        }
    }

    /// What one cell is, and where its borders are.
    pub(super) fn scale(&self) -> String {
        let zone = self.zone.iana_name().map(ToOwned::to_owned).or_else(|| {
            let offset = self.zone.to_fixed_offset().ok()?;
            Some(format!("UTC{offset}"))
        });
        let zone = zone.unwrap_or_else(|| "local time".to_owned());
        format!("one cell is {}, {zone}", self.period.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::at;

    fn axis<'a>(zone: &'a TimeZone, times: &[&str], room: usize) -> Axis<'a> {
        Axis::of(times.iter().map(|text| at(text)), zone, room).unwrap()
    }

    #[test]
    fn takes_the_finest_period_that_fits() {
        let words = |newest: &str| {
            let utc = TimeZone::UTC;
            let axis = axis(&utc, &["2020-01-01T00:00:00Z", newest], 40);
            assert!(axis.cells <= 40, "{newest}");
            axis.period.words()
        };
        for (newest, period) in [
            ("2020-01-01T00:00:00Z", "an hour"),
            ("2020-01-02T15:59:59Z", "an hour"),
            ("2020-01-02T16:00:00Z", "a day"),
            ("2020-02-09T23:59:59Z", "a day"),
            ("2020-02-10T00:00:00Z", "an ISO week"),
            ("2020-10-04T23:59:59Z", "an ISO week"),
            ("2020-10-05T00:00:00Z", "a month"),
            ("2023-05-01T00:00:00Z", "a quarter"),
            ("2030-01-01T00:00:00Z", "a year"),
            ("2060-01-01T00:00:00Z", "10 years"),
        ] {
            assert_eq!(words(newest), period, "{newest}");
        }
        let (utc, ends) = (TimeZone::UTC, [Timestamp::MAX, Timestamp::MIN]);
        for room in [3, 10, 21, 400] {
            let axis = Axis::of(ends.into_iter(), &utc, room).unwrap();
            assert!(axis.cells <= room && axis.cell(Timestamp::MAX) == axis.cells - 1);
            assert_eq!(axis.cell(Timestamp::MIN), 0);
        }
        assert!(Axis::of(std::iter::empty(), &TimeZone::UTC, 40).is_none());
    }

    #[test]
    fn weeks_begin_on_monday_and_quarters_in_january() {
        let utc = TimeZone::UTC;
        let weeks = axis(&utc, &["2024-12-02T00:00:00Z", "2025-03-31T00:00:00Z"], 40);
        assert_eq!(weeks.period, Period::Week);
        let sunday = weeks.cell(at("2025-01-05T23:59:59Z"));
        assert_eq!(sunday, weeks.cell(at("2024-12-30T00:00:00Z")));
        assert_eq!(sunday + 1, weeks.cell(at("2025-01-06T00:00:00Z")));
        let quarters = axis(&utc, &["1969-11-01T00:00:00Z", "1975-03-31T00:00:00Z"], 40);
        assert_eq!(quarters.period, Period::Months(3));
        assert_eq!(quarters.cell(at("1969-12-31T23:59:59Z")), 0);
        assert_eq!(quarters.cell(at("1970-01-01T00:00:00Z")), 1);
        assert_eq!(quarters.cell(at("1970-04-01T00:00:00Z")), 2);
    }

    #[test]
    fn r6_days_are_cut_in_the_zone_and_a_repeated_hour_is_two() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let days = axis(
            &berlin,
            &["2025-06-01T21:59:59Z", "2025-06-30T00:00:00Z"],
            40,
        );
        assert_eq!(days.cell(at("2025-06-01T22:00:00Z")), 1);
        assert_eq!(days.ends(Glyphs::Ascii), "2025-06-01 -------- 2025-06-30");
        assert_eq!(days.scale(), "one cell is a day, Europe/Berlin");
        // 25 hours: 02:30 comes twice.
        let hours = axis(
            &berlin,
            &["2025-10-25T22:00:00Z", "2025-10-26T22:59:59Z"],
            40,
        );
        assert_eq!(hours.cells, 25);
        let twice = ["2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z"];
        assert_eq!(twice.map(|text| hours.cell(at(text))), [2, 3]);
        // Half-hour zones have their own full hours.
        let kolkata = TimeZone::get("Asia/Kolkata").unwrap();
        let hours = axis(
            &kolkata,
            &["2025-06-01T00:00:00Z", "2025-06-01T05:00:00Z"],
            40,
        );
        assert_eq!(hours.cell(at("2025-06-01T00:29:59Z")), 0);
        assert_eq!(hours.cell(at("2025-06-01T00:30:00Z")), 1);
        let fixed = TimeZone::fixed(jiff::tz::offset(-3));
        assert_eq!(
            axis(&fixed, &["2025-06-01T00:00:00Z"], 40).scale(),
            "one cell is an hour, UTC-03"
        );
    }

    #[test]
    fn the_ends_are_told_although_there_are_few_cells() {
        let utc = TimeZone::UTC;
        let days = axis(&utc, &["2025-06-01T00:00:00Z", "2025-06-04T00:00:00Z"], 10);
        assert_eq!(days.ends(Glyphs::Blocks), "2025-06-01 to 2025-06-04");
        let one = axis(&utc, &["2025-06-01T07:10:00Z", "2025-06-01T07:59:00Z"], 10);
        assert_eq!(one.ends(Glyphs::Blocks), "2025-06-01 07:00");
    }
}
