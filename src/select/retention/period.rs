//! The five lengths of a bucket.

/// What a bucket is as long as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// An hour of the zone's clock.
    Hour,
    /// A day of the zone's calendar.
    Day,
    /// A week from Monday to Sunday: its year is the ISO year, which begins with the week that holds 4 January.
    IsoWeek,
    /// A month.
    Month,
    /// A year from January to December.
    Year,
}

impl Period {
    /// All of them, the shortest first.
    pub const ALL: [Self; 5] = [
        Self::Hour,
        Self::Day,
        Self::IsoWeek,
        Self::Month,
        Self::Year,
    ];

    /// The word of the rule: the `daily` of `--keep-daily`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hour => "hourly",
            Self::Day => "daily",
            Self::IsoWeek => "weekly",
            Self::Month => "monthly",
            Self::Year => "yearly",
        }
    }
}

/// A value for each period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerPeriod<T> {
    /// For [`Period::Hour`].
    pub hourly: T,
    /// For [`Period::Day`].
    pub daily: T,
    /// For [`Period::IsoWeek`].
    pub weekly: T,
    /// For [`Period::Month`].
    pub monthly: T,
    /// For [`Period::Year`].
    pub yearly: T,
}

impl<T: Copy> PerPeriod<T> {
    /// The value for one period.
    #[must_use]
    pub fn of(&self, period: Period) -> T {
        match period {
            Period::Hour => self.hourly,
            Period::Day => self.daily,
            Period::IsoWeek => self.weekly,
            Period::Month => self.monthly,
            Period::Year => self.yearly,
        }
    }

    /// Each period with its value, the shortest first.
    pub fn iter(&self) -> impl Iterator<Item = (Period, T)> {
        Period::ALL
            .map(|period| (period, self.of(period)))
            .into_iter()
    }
}
