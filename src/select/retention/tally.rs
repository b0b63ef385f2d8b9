//! One rule on its way through one group, from the newest backup to the oldest.

use jiff::{Timestamp, tz::TimeZone};

use super::{Period, Quota, Rule, bucket::Local};

/// How far a rule reaches, and which bucket it took last.
#[derive(Debug)]
pub(super) struct Tally {
    limit: Limit,
    period: Option<Period>,
    taken: Option<i64>,
}

#[derive(Debug)]
enum Limit {
    Unlimited,
    Left(u64),
    /// What is younger than that (R4).
    After(Timestamp),
}

/// What a rule says to one backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It keeps it.
    Keep,
    /// It keeps it as the oldest, though its bucket is taken (R3).
    KeepOldest,
    /// A newer one of its bucket is kept.
    Pass,
    /// It reaches neither this one nor anything older.
    BeyondReach,
}

/// The clock at one time, read when a rule first asks.
pub(super) struct Clock<'a> {
    at: Timestamp,
    zone: &'a TimeZone,
    local: Option<Local>,
}

impl<'a> Clock<'a> {
    pub(super) fn new(at: Timestamp, zone: &'a TimeZone) -> Self {
        Self {
            at,
            zone,
            local: None,
        }
    }

    fn bucket(&mut self, period: Period) -> i64 {
        self.local
            .get_or_insert_with(|| Local::new(self.at, self.zone))
            .bucket(period)
    }
}

impl Tally {
    /// Begins a group, which is known by its newest backup that counts. A rule about tags counts nothing.
    pub(super) fn begin(rule: &Rule, newest: Timestamp, zone: &TimeZone) -> Option<Self> {
        let (limit, period) = match rule {
            Rule::Last(quota) => (Limit::of(*quota), None),
            Rule::Each(period, quota) => (Limit::of(*quota), Some(*period)),
            Rule::Within(length) => (Limit::After(length.before(newest, zone)), None),
            Rule::EachWithin(period, length) => {
                (Limit::After(length.before(newest, zone)), Some(*period))
            }
            Rule::Tag { .. } => return None,
        };
        Some(Self {
            limit,
            period,
            taken: None,
        })
    }

    /// Takes or passes the next backup, which is not newer than the one before.
    pub(super) fn next(&mut self, clock: &mut Clock<'_>, oldest: bool) -> Answer {
        let reaches = match self.limit {
            Limit::Unlimited => true,
            Limit::Left(count) => count > 0,
            Limit::After(bound) => clock.at > bound,
        };
        if !reaches {
            return Answer::BeyondReach;
        }
        let answer = match self.period {
            None => Answer::Keep,
            Some(period) => {
                let bucket = clock.bucket(period);
                // "Earlier", not "another": where the clock is put back over midnight a day comes twice.
                if self.taken.is_none_or(|taken| bucket < taken) {
                    self.taken = Some(bucket);
                    Answer::Keep
                } else if oldest {
                    Answer::KeepOldest
                } else {
                    return Answer::Pass;
                }
            }
        };
        if let Limit::Left(count) = &mut self.limit {
            *count = count.saturating_sub(1);
        }
        answer
    }
}

impl Limit {
    fn of(quota: Quota) -> Self {
        match quota {
            Quota::AtMost(count) => Self::Left(count),
            Quota::Unlimited => Self::Unlimited,
        }
    }
}
