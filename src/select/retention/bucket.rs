//! Which hour, day, week, month or year a time falls into, on the clock of a zone (R6).

use jiff::{
    Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};

use super::Period;

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// A time on the clock of a zone. Reading the clock is what costs, so it is read once for all rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct Local {
    /// Whole seconds since 1970 as the zone's clock shows them.
    second: i64,
    offset: Offset,
    date: Date,
}

impl Local {
    pub(super) fn new(at: Timestamp, zone: &TimeZone) -> Self {
        let offset = zone.to_offset(at);
        // Before 1970 the fraction is negative, and `as_second` rounds towards 1970.
        let whole = match at.subsec_nanosecond() {
            ..0 => at.as_second().saturating_sub(1),
            0.. => at.as_second(),
        };
        Self {
            second: whole.saturating_add(i64::from(offset.seconds())),
            offset,
            date: offset.to_datetime(at).date(),
        }
    }

    /// The number of its bucket: the same for all times in it, and lower for every earlier bucket.
    pub(super) fn bucket(self, period: Period) -> i64 {
        let year = i64::from(self.date.year());
        match period {
            // When the clock is put back an hour comes twice, and both are hours: they start at different instants.
            Period::Hour => self
                .second
                .saturating_sub(self.second.rem_euclid(HOUR))
                .saturating_sub(i64::from(self.offset.seconds())),
            Period::Day => self.day(),
            // Weeks from Monday to Sunday are in one-to-one correspondence with ISO years and weeks, and 1 January 1970
            // was a Thursday.
            Period::IsoWeek => self.day().saturating_add(3).div_euclid(7),
            Period::Month => year
                .saturating_mul(12)
                .saturating_add(i64::from(self.date.month())),
            Period::Year => year,
        }
    }

    fn day(self) -> i64 {
        self.second.div_euclid(DAY)
    }
}
