//! Laws that hold for any backups and any rules.

use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::backup::{State, samples::Chance};

const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
];

/// The newest sample is not newer than this, and not much older.
const END: &str = "2025-11-10T00:00:00Z";

/// Minutes before [`END`]: some close together, some on one moment, some years apart.
fn ages() -> impl Strategy<Value = i64> {
    prop_oneof![
        0..3_000_i64,
        (0..72_i64).prop_map(|hours| hours * 60),
        0..60_000_i64,
        0..1_500_000_i64,
    ]
}

fn backups() -> impl Strategy<Value = Vec<Backup>> {
    let state = prop_oneof![
        8 => Just(State::Healthy),
        1 => Just(State::Damaged),
        1 => Just(State::InProgress),
    ];
    let one = (
        ages(),
        0..3_u8,
        state,
        prop::option::weighted(0.95, Just(())),
    );
    prop::collection::vec(one, 0..40).prop_map(|list| {
        let samples = list.into_iter().enumerate();
        samples
            .map(|(number, (age, group, state, dated))| Backup {
                state,
                created_at: dated.map(|()| before_end(age)),
                ..in_group(&group.to_string(), samples::backup(&number.to_string()))
            })
            .collect()
    })
}

fn before_end(minutes: i64) -> Timestamp {
    at(END) - SignedDuration::from_mins(minutes)
}

fn quotas() -> impl Strategy<Value = Option<Quota>> {
    prop_oneof![
        4 => Just(None),
        4 => (0..6_u64).prop_map(|count| Some(Quota::AtMost(count))),
        1 => Just(Some(Quota::Unlimited)),
    ]
}

fn lengths() -> impl Strategy<Value = Option<Length>> {
    let some = (0..4_u8, 0..40_i64).prop_map(|(unit, count)| {
        let span = match unit {
            0 => count.hours(),
            1 => count.days(),
            2 => count.months(),
            _ => count.weeks().hours(count),
        };
        Some(length(span))
    });
    prop_oneof![2 => Just(None), 1 => some]
}

fn per_period<T: std::fmt::Debug>(
    value: impl Fn() -> BoxedStrategy<T>,
) -> impl Strategy<Value = PerPeriod<T>> {
    (value(), value(), value(), value(), value()).prop_map(
        |(hourly, daily, weekly, monthly, yearly)| PerPeriod {
            hourly,
            daily,
            weekly,
            monthly,
            yearly,
        },
    )
}

fn rules() -> impl Strategy<Value = Rules> {
    (
        quotas(),
        per_period(|| quotas().boxed()),
        lengths(),
        per_period(|| lengths().boxed()),
        prop::sample::select(ZONES.to_vec()),
    )
        .prop_map(|(last, count, within, count_within, name)| Rules {
            last,
            count,
            within,
            count_within,
            tags: Vec::new(),
            zone: zone(name),
        })
}

fn kept(backups: &[Backup], rules: &Rules) -> Vec<bool> {
    let decision = decided(backups, rules);
    (0..backups.len())
        .map(|index| decision.keeps(index))
        .collect()
}

/// Whether everything that is kept there is kept here.
fn covers(here: &[bool], there: &[bool]) -> bool {
    here.iter().zip(there).all(|(here, there)| *here || !*there)
}

/// Each rule by itself.
fn alone(rules: &Rules) -> Vec<Rules> {
    let zone = || rules.zone.clone();
    rules
        .effective()
        .into_iter()
        .map(|rule| {
            let alone = match rule {
                Rule::Last(quota) => Rules {
                    last: Some(quota),
                    ..Rules::default()
                },
                Rule::Each(period, quota) => each(period, quota),
                Rule::Within(length) => Rules {
                    within: Some(length),
                    ..Rules::default()
                },
                Rule::EachWithin(period, length) => {
                    let mut rules = Rules::default();
                    *slot(&mut rules.count_within, period) = Some(length);
                    rules
                }
                Rule::Tag { .. } => unreachable!("no tags here"),
            };
            Rules {
                zone: zone(),
                ..alone
            }
        })
        .collect()
}

fn more(quota: Option<Quota>) -> Option<Quota> {
    match quota? {
        Quota::AtMost(count) => Some(Quota::AtMost(count + 1)),
        Quota::Unlimited => Some(Quota::Unlimited),
    }
}

fn counted(backup: &Backup) -> bool {
    backup.healthy() && backup.created_at.is_some()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn r2_r3_r4_the_decision_is_restics(backups in backups(), rules in rules()) {
        let words = words(&backups, &rules);
        for group in GroupBy::default().groups(&backups) {
            let mut group: Vec<_> = group.into_iter().filter(|one| counted(one.backup)).collect();
            group.sort_by_key(|one| {
                (std::cmp::Reverse(one.backup.created_at), one.backup.id.clone())
            });
            if group.is_empty() {
                continue;
            }
            let times: Vec<_> = group.iter().filter_map(|one| one.backup.created_at).collect();
            let expected = restic::reasons(&times, &rules);
            for (one, expected) in group.iter().zip(expected) {
                prop_assert_eq!(&words[one.index], &expected, "{}", one.backup.id);
            }
        }
    }

    #[test]
    fn r9_the_order_of_the_input_does_not_matter(
        backups in backups(),
        rules in rules(),
        seed in any::<u64>(),
    ) {
        let reasons = |backups: &[Backup]| {
            let mut all: Vec<_> = backups
                .iter()
                .map(|backup| backup.id.clone())
                .zip(words(backups, &rules))
                .collect();
            all.sort();
            (all, super::super::warnings(&decided(backups, &rules)))
        };
        let mut shuffled = backups.clone();
        Chance::from_seed(seed).shuffle(&mut shuffled);
        prop_assert_eq!(reasons(&backups), reasons(&shuffled));
    }

    #[test]
    fn r1_all_rules_together_are_the_union_of_each_alone(backups in backups(), rules in rules()) {
        let together = words(&backups, &rules);
        let mut union = vec![Vec::new(); backups.len()];
        for rules in alone(&rules) {
            for ((union, words), backup) in union.iter_mut().zip(words(&backups, &rules)).zip(&backups) {
                if counted(backup) {
                    union.extend(words);
                }
            }
        }
        for ((together, union), backup) in together.iter().zip(&union).zip(&backups) {
            if counted(backup) {
                prop_assert_eq!(together, union);
            }
        }
    }

    #[test]
    fn r1_one_more_rule_never_takes_a_backup_away(backups in backups(), rules in rules(), more in rules()) {
        let added = Rules {
            last: rules.last.or(more.last),
            within: rules.within.or(more.within),
            count: PerPeriod {
                daily: rules.count.daily.or(more.count.daily),
                monthly: rules.count.monthly.or(more.count.monthly),
                ..rules.count
            },
            tags: vec![("env".to_owned(), "prod".to_owned())],
            ..rules.clone()
        };
        let before = kept(&backups, &rules);
        prop_assert!(covers(&kept(&backups, &added), &before));
    }

    #[test]
    fn r5_a_higher_count_never_takes_a_backup_away(backups in backups(), rules in rules()) {
        let raised = Rules {
            last: more(rules.last),
            count: PerPeriod {
                hourly: more(rules.count.hourly),
                daily: more(rules.count.daily),
                weekly: more(rules.count.weekly),
                monthly: more(rules.count.monthly),
                yearly: more(rules.count.yearly),
            },
            ..rules.clone()
        };
        prop_assert!(covers(&kept(&backups, &raised), &kept(&backups, &rules)));
    }

    #[test]
    fn r4_now_changes_nothing_while_nothing_lies_in_the_future(
        backups in backups(),
        rules in rules(),
        minutes in 0..10_000_000_i64,
    ) {
        let later = at(END) + SignedDuration::from_mins(minutes);
        let decision = decide(&backups, &rules, &GroupBy::default(), later);
        let at_end = decide(&backups, &rules, &GroupBy::default(), at(END));
        for index in 0..backups.len() {
            let reasons: Vec<_> = decision.reasons(index).collect();
            prop_assert_eq!(reasons, at_end.reasons(index).collect::<Vec<_>>());
        }
    }

    #[test]
    fn s9_the_newest_healthy_of_each_group_is_kept_by_any_rule(backups in backups(), rules in rules()) {
        prop_assume!(!rules.is_empty());
        let kept = kept(&backups, &rules);
        for group in GroupBy::default().groups(&backups) {
            let newest = group
                .iter()
                .filter(|one| counted(one.backup))
                .max_by_key(|one| {
                    (one.backup.created_at, std::cmp::Reverse(one.backup.id.clone()))
                });
            prop_assert!(newest.is_none_or(|newest| kept[newest.index]));
        }
    }

    /// What is run every night deletes nothing that the same rules kept a moment ago.
    #[test]
    fn r13_the_same_rules_keep_all_that_they_kept(backups in backups(), rules in rules()) {
        let kept_before = kept(&backups, &rules);
        let remaining: Vec<Backup> = backups
            .into_iter()
            .zip(kept_before)
            .filter_map(|(backup, kept)| kept.then_some(backup))
            .collect();
        prop_assert!(kept(&remaining, &rules).into_iter().all(|kept| kept));
    }

    /// It pushes others out, and never brings one back.
    #[test]
    fn r2_a_newer_backup_makes_no_older_one_kept(mut backups in backups(), rules in rules()) {
        let before = kept(&backups, &rules);
        backups.push(in_group("0", made("2025-11-10T00:30:00Z")));
        let mut after = kept(&backups, &rules);
        after.pop();
        prop_assert!(covers(&before, &after));
    }

    /// It can only be the oldest in place of another: buckets are taken from the newest.
    #[test]
    fn r3_an_older_backup_takes_no_bucket_away(mut backups in backups(), rules in rules()) {
        let by_bucket = |backups: &[Backup]| -> Vec<Vec<String>> {
            let mut words = words(backups, &rules);
            for words in &mut words {
                words.retain(|word| !word.starts_with("oldest "));
            }
            words
        };
        let newest_of_group = |backup: &Backup| &*backup.group == "0" && counted(backup);
        prop_assume!(backups.iter().any(newest_of_group));
        let before = by_bucket(&backups);
        backups.push(in_group("0", made("2015-01-01T00:00:00Z")));
        let mut after = by_bucket(&backups);
        after.pop();
        prop_assert_eq!(before, after);
    }

    #[test]
    fn r12_without_all_rules_that_are_called_swallowed_the_same_is_kept(
        backups in backups(),
        rules in rules(),
    ) {
        let mut fewer = rules.clone();
        let mut found = false;
        for warning in super::super::warnings(&decided(&backups, &rules)) {
            let Warning::Swallowed(rule) = warning else {
                continue;
            };
            found = true;
            match &*rule {
                Rule::Last(_) => fewer.last = None,
                Rule::Each(period, _) => *slot(&mut fewer.count, *period) = None,
                Rule::Within(_) => fewer.within = None,
                Rule::EachWithin(period, _) => *slot(&mut fewer.count_within, *period) = None,
                Rule::Tag { .. } => prop_assert!(false, "a rule about tags"),
            }
        }
        if found {
            prop_assert!(!fewer.is_empty());
            prop_assert_eq!(kept(&backups, &fewer), kept(&backups, &rules));
        }
    }
}
