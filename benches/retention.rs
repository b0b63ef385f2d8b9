//! A million backups and the keep rules (R13): about a second is the promise.
//!
//! `cargo bench --bench retention`. Nothing here passes or fails.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run should say so and end"
)]

mod backups;

use std::{hint::black_box, sync::LazyLock};

use backups::{backups, end};
use bkdel::{
    backup::Backup,
    select::retention::{GroupBy, Length, PerPeriod, Quota, Rules, decide, warnings},
};
use jiff::{ToSpan, tz::TimeZone};

const BACKUPS: u64 = 1_000_000;

fn main() {
    LazyLock::force(&LIST);
    divan::main();
}

static LIST: LazyLock<Vec<Backup>> = LazyLock::new(|| backups(BACKUPS));

/// Rules that ask about every backup in every way.
fn rules() -> Rules {
    let length = |span| Some(Length::new(span).unwrap());
    Rules {
        last: Some(Quota::AtMost(3)),
        count: PerPeriod {
            hourly: Some(Quota::AtMost(24)),
            daily: Some(Quota::AtMost(7)),
            weekly: Some(Quota::Unlimited),
            monthly: Some(Quota::Unlimited),
            yearly: Some(Quota::Unlimited),
        },
        within: length(30.days()),
        count_within: PerPeriod {
            daily: length(1.year()),
            ..PerPeriod::default()
        },
        tags: Vec::new(),
        zone: TimeZone::get("Europe/Berlin").unwrap(),
    }
}

#[divan::bench(args = ["resource", "none"], sample_count = 5, sample_size = 1)]
fn a_million_backups(bencher: divan::Bencher<'_, '_>, group_by: &str) {
    let group_by: GroupBy = group_by.parse().unwrap();
    let rules = rules();
    bencher.bench(|| decide(LIST.iter(), black_box(&rules), &group_by, end()));
}

/// Nothing can be left out, and everything is kept with its reasons.
#[divan::bench(args = ["resource", "none"], sample_count = 5, sample_size = 1)]
fn a_million_backups_that_are_all_kept(bencher: divan::Bencher<'_, '_>, group_by: &str) {
    let group_by: GroupBy = group_by.parse().unwrap();
    let rules = Rules {
        last: Some(Quota::Unlimited),
        ..rules()
    };
    bencher.bench(|| decide(LIST.iter(), black_box(&rules), &group_by, end()));
}

#[divan::bench(args = ["resource", "none"], sample_count = 5, sample_size = 1)]
fn warnings_about_a_million(bencher: divan::Bencher<'_, '_>, group_by: &str) {
    let group_by: GroupBy = group_by.parse().unwrap();
    let decision = decide(LIST.iter(), &rules(), &group_by, end());
    bencher.bench(|| warnings(black_box(&decision)));
}
