//! A million backups and the keep rules (R13): about a second is the promise.
//!
//! `cargo bench --bench retention`. Nothing here passes or fails.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run should say so and end"
)]

use std::{
    hint::black_box,
    sync::{Arc, LazyLock},
};

use arcstr::ArcStr;
use bkdel::{
    backup::{Attributes, Backup, BackupId, Provider, Scope, State},
    select::retention::{GroupBy, Length, PerPeriod, Quota, Rules, decide, warnings},
    shared::Shared,
};
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

const BACKUPS: u32 = 1_000_000;
const GROUPS: u32 = 20_000;

fn main() {
    LazyLock::force(&LIST);
    divan::main();
}

/// In no order: as a vault's pages come.
static LIST: LazyLock<Vec<Backup>> = LazyLock::new(|| {
    let scope = Arc::new(Scope::new("prod").with("vault", Some("prod")));
    let groups: Vec<ArcStr> = (0..GROUPS)
        .map(|number| {
            format!("arn:aws:ec2:eu-central-1:123456789012:volume/vol-{number:017x}").into()
        })
        .collect();
    let container: ArcStr = "prod".into();
    let kind: ArcStr = "EBS".into();
    // A prime that divides no length here goes through all numbers once.
    (0..u64::from(BACKUPS))
        .map(|step| (step * 7_368_787 + 12_345) % u64::from(BACKUPS))
        .map(|number| {
            let group = &groups[usize::try_from(number % u64::from(GROUPS)).unwrap()];
            let minutes = i64::try_from(number).unwrap() * 2;
            Backup {
                id: BackupId::new(
                    Provider::Aws,
                    container.clone(),
                    format!("arn:aws:ec2:eu-central-1::snapshot/snap-{number:017x}"),
                ),
                scope: Arc::clone(&scope),
                resource: Some(group.clone()),
                group: group.clone(),
                kind: Some(kind.clone()),
                name: None,
                created_at: Some(end() - SignedDuration::from_mins(minutes)),
                timeless: false,
                expires_at: None,
                size_bytes: None,
                status: None,
                state: State::Healthy,
                protection: Shared::default(),
                side_effect: None,
                parent: None,
                tags: None,
                attributes: Attributes::default(),
            }
        })
        .collect()
});

fn end() -> Timestamp {
    "2025-06-15T12:00:00Z".parse().unwrap()
}

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
