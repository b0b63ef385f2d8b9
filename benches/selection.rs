//! Choosing from a million backups: filters alone, and with a keep rule (R10).
//!
//! `cargo bench --bench selection`. Nothing here passes or fails.
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
    select::{
        choose::choose,
        criteria::Criteria,
        filter::Filters,
        retention::{Quota, Rules},
    },
};
use divan::counter::ItemsCount;
use jiff::tz::TimeZone;

const BACKUPS: u64 = 1_000_000;

static LIST: LazyLock<Vec<Backup>> = LazyLock::new(|| backups(BACKUPS));

fn main() {
    LazyLock::force(&LIST);
    divan::main();
}

fn filters(name: &str) -> Filters {
    let none = Filters::default();
    match name {
        "none" => none,
        "older-than" => Filters {
            older_than: Some("30d".parse().unwrap()),
            ..none
        },
        "resource" => Filters {
            resources: vec!["*:volume/vol-*0".parse().unwrap()],
            ..none
        },
        // Each of them, and all of them fit: nothing ends the judging early.
        "all of them" => Filters {
            older_than: Some("30d".parse().unwrap()),
            created_before: Some("2025-05-01".parse().unwrap()),
            types: vec!["ebs".parse().unwrap()],
            resources: vec!["*:volume/vol-*".parse().unwrap()],
            statuses: vec!["completed".parse().unwrap()],
            larger_than: Some("1MiB".parse().unwrap()),
            ..none
        },
        _ => unreachable!("{name}"),
    }
}

fn chosen(bencher: divan::Bencher<'_, '_>, criteria: &Criteria) {
    let resolved = criteria.filters.resolve(end(), &TimeZone::UTC).unwrap();
    bencher
        .counter(ItemsCount::new(BACKUPS))
        .bench(|| choose(&LIST, black_box(criteria), &resolved, None, end()));
}

#[divan::bench(args = ["none", "older-than", "resource", "all of them"], sample_count = 5, sample_size = 1)]
fn by_filters(bencher: divan::Bencher<'_, '_>, name: &str) {
    let criteria = Criteria {
        filters: filters(name),
        ..Criteria::default()
    };
    chosen(bencher, &criteria);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn by_age_with_a_keep_rule(bencher: divan::Bencher<'_, '_>) {
    let criteria = Criteria {
        filters: filters("older-than"),
        rules: Rules {
            last: Some(Quota::AtMost(7)),
            ..Rules::default()
        },
        ..Criteria::default()
    };
    chosen(bencher, &criteria);
}
