//! The rules by their numbers, restic's algorithm written out slowly beside them, and laws that hold by chance too.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "times and counts in tests are small, and an overflow would fail the test"
)]

mod buckets;
mod counts;
mod groups;
mod laws;
mod restic;
mod uncounted;
mod warnings;
mod within;

use jiff::{Span, Timestamp, tz::TimeZone};

use super::*;
use crate::backup::{Backup, samples};

/// Later than every sample.
const NOW: &str = "2030-01-01T00:00:00Z";

fn at(text: &str) -> Timestamp {
    samples::at(text)
}

/// A healthy backup whose id is its time.
fn made(time: &str) -> Backup {
    Backup {
        created_at: Some(at(time)),
        ..samples::backup(time)
    }
}

fn in_group(group: &str, backup: Backup) -> Backup {
    Backup {
        group: group.into(),
        ..backup
    }
}

fn tagged(tags: &[(&str, &str)], backup: Backup) -> Backup {
    let tags = tags
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    Backup {
        tags: Some(Box::new(tags)),
        ..backup
    }
}

/// One a day at noon in UTC, the newest first.
fn daily(newest: &str, count: i64) -> Vec<Backup> {
    (0..count)
        .map(|day| made(&(at(newest) - jiff::SignedDuration::from_hours(24 * day)).to_string()))
        .collect()
}

fn last(count: u64) -> Rules {
    Rules {
        last: Some(Quota::AtMost(count)),
        ..Rules::default()
    }
}

fn each(period: Period, quota: Quota) -> Rules {
    let mut count = PerPeriod::default();
    *slot(&mut count, period) = Some(quota);
    Rules {
        count,
        ..Rules::default()
    }
}

fn each_within(period: Period, span: Span) -> Rules {
    let mut count_within = PerPeriod::default();
    *slot(&mut count_within, period) = Some(length(span));
    Rules {
        count_within,
        ..Rules::default()
    }
}

fn slot<T>(values: &mut PerPeriod<T>, period: Period) -> &mut T {
    match period {
        Period::Hour => &mut values.hourly,
        Period::Day => &mut values.daily,
        Period::IsoWeek => &mut values.weekly,
        Period::Month => &mut values.monthly,
        Period::Year => &mut values.yearly,
    }
}

fn length(span: Span) -> Length {
    Length::new(span).unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn decided(backups: &[Backup], rules: &Rules) -> Decision {
    decide(backups, rules, &GroupBy::default(), at(NOW))
}

/// The reasons of each backup, in words.
fn words(backups: &[Backup], rules: &Rules) -> Vec<Vec<String>> {
    let decision = decided(backups, rules);
    assert_eq!(decision.len(), backups.len());
    (0..backups.len())
        .map(|index| {
            let words: Vec<String> = decision
                .reasons(index)
                .map(|kept| kept.to_string())
                .collect();
            assert_eq!(decision.keeps(index), !words.is_empty());
            words
        })
        .collect()
}

/// The same as one line a backup.
fn lines(backups: &[Backup], rules: &Rules) -> Vec<String> {
    let words = words(backups, rules);
    words.into_iter().map(|words| words.join(", ")).collect()
}
