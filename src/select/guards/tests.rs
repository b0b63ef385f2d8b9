//! Every guard, whatever the order in which backups come.

use super::*;
use crate::backup::{
    Protection, SideEffect,
    samples::{Chance, at, backup, id},
};

fn made(name: &str, created_at: &str) -> Backup {
    Backup {
        created_at: Some(at(created_at)),
        ..backup(name)
    }
}

fn damaged(name: &str) -> Backup {
    Backup {
        state: State::Damaged,
        status: Some("EXPIRED".into()),
        ..backup(name)
    }
}

fn in_group(group: &str, backup: Backup) -> Backup {
    Backup {
        group: group.into(),
        resource: Some(group.into()),
        ..backup
    }
}

fn part_of(whole: &str, backup: Backup) -> Backup {
    Backup {
        parent: Some(id(whole).into()),
        ..backup
    }
}

fn locked(backup: Backup) -> Backup {
    Backup {
        protection: [Protection::LegalHold("case 7".to_owned())].into(),
        ..backup
    }
}

fn keeper(name: &str) -> Keeper {
    Keeper {
        id: id(name).to_string(),
        place: "elsewhere".to_owned(),
        created_at: None,
    }
}

/// The census that a provider would give: the healthy ones of each group, and `others` for the group `in01`.
fn census(backups: &[Backup], others: &[&str]) -> Census {
    let mut census = Census::new();
    for backup in backups {
        let entry = census
            .entry(backup.group.clone())
            .or_insert_with(|| Keepers::Known(Vec::new()));
        if let (true, Keepers::Known(keepers)) = (backup.healthy(), entry) {
            keepers.push(keeper(backup.id.name()));
        }
    }
    if let Some(Keepers::Known(keepers)) = census.get_mut("in01") {
        keepers.extend(others.iter().map(|name| keeper(name)));
    }
    census
}

fn all_named(backups: &[Backup]) -> Wishes {
    Wishes {
        named: backups.iter().map(|backup| backup.id.clone()).collect(),
        ..Wishes::default()
    }
}

/// Decides in many orders, which must not matter, and gives the verdicts by name.
fn decided(
    backups: &[Backup],
    census: &Census,
    wishes: &Wishes,
) -> BTreeMap<String, (Verdict, bool, Vec<Reason>)> {
    let mut chance = Chance::from_seed(1);
    let mut backups = backups.to_vec();
    let mut first = None;
    for _ in 0..50 {
        let decision = decide(backups.clone(), census, wishes);
        let verdicts: BTreeMap<_, _> = decision
            .items
            .into_iter()
            .map(|item| {
                assert_eq!(
                    item.refused,
                    item.verdict == Verdict::Keep,
                    "what was named stays only when it is refused"
                );
                (
                    item.backup.id.name().to_owned(),
                    (item.verdict, item.refused, item.reasons.to_vec()),
                )
            })
            .collect();
        let seen = (verdicts, decision.remaining, decision.grave);
        if let Some(first) = &first {
            assert_eq!(&seen, first, "the order of input must not matter");
        } else {
            first = Some(seen);
        }
        chance.shuffle(&mut backups);
    }
    first.unwrap().0
}

/// The names of what goes.
fn going(backups: &[Backup], census: &Census, wishes: &Wishes) -> Vec<String> {
    decided(backups, census, wishes)
        .into_iter()
        .filter(|(_, (verdict, _, _))| *verdict == Verdict::Delete)
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn s8_what_is_protected_stays_whatever_words_are_given() {
    let backups = [locked(backup("held")), backup("free")];
    let wishes = Wishes {
        allow_last: true,
        include_continuous: true,
        ..all_named(&backups)
    };
    let census = census(&backups, &["other"]);
    let verdicts = decided(&backups, &census, &wishes);
    assert_eq!(verdicts["free"].0, Verdict::Delete);
    assert!(verdicts["held"].1);
    let Some(Reason::Protected(protection)) = verdicts["held"].2.last() else {
        panic!("{:?}", verdicts["held"]);
    };
    assert_eq!(protection.word(), "legal_hold");
}

#[test]
fn s9_the_last_healthy_backup_stays_and_of_several_the_newest() {
    let backups = [
        made("old", "2025-01-01T00:00:00Z"),
        made("new", "2025-03-01T00:00:00Z"),
        made("middle", "2025-02-01T00:00:00Z"),
    ];
    let verdicts = decided(&backups, &census(&backups, &[]), &all_named(&backups));
    assert_eq!(verdicts["new"].0, Verdict::Keep);
    assert_eq!(verdicts["new"].2, [Reason::Named, Reason::LastHealthy]);
    assert_eq!(verdicts["old"].0, Verdict::Delete);
    assert_eq!(verdicts["middle"].0, Verdict::Delete);
}

#[test]
fn s9_of_two_of_the_same_time_always_the_same_one_stays() {
    let backups = [backup("a"), backup("b")];
    assert_eq!(
        going(&backups, &census(&backups, &[]), &all_named(&backups)),
        ["a"]
    );
}

#[test]
fn s9_a_keeper_in_another_scope_counts() {
    let backups = [backup("a"), backup("b")];
    assert_eq!(
        going(
            &backups,
            &census(&backups, &["in another vault"]),
            &all_named(&backups)
        ),
        ["a", "b"]
    );
}

#[test]
fn s9_only_healthy_backups_are_keepers_and_only_they_are_the_last() {
    let backups = [
        made("healthy", "2024-01-01T00:00:00Z"),
        damaged("expired"),
        damaged("partial"),
    ];
    assert_eq!(
        going(&backups, &census(&backups, &[]), &all_named(&backups)),
        ["expired", "partial"],
        "newer damaged ones do not stand in for the healthy one"
    );
    let backups = [damaged("expired"), damaged("partial")];
    assert_eq!(
        going(&backups, &census(&backups, &[]), &all_named(&backups)),
        ["expired", "partial"],
        "damaged ones may go even when no healthy one is left"
    );
}

#[test]
fn s9_a_keeper_that_goes_itself_is_none_and_one_that_is_refused_is_one() {
    let backups = [backup("a"), locked(backup("held"))];
    assert_eq!(
        going(&backups, &census(&backups, &[]), &all_named(&backups)),
        ["a"],
        "what is held stays, so it is a keeper"
    );
}

#[test]
fn s9_what_cannot_be_looked_up_counts_as_none() {
    let backups = [
        made("old", "2025-01-01T00:00:00Z"),
        made("new", "2025-03-01T00:00:00Z"),
    ];
    let unreadable: Census = [("in01".into(), Keepers::Unreadable("denied".to_owned()))].into();
    for (census, why) in [
        (unreadable, "denied"),
        (Census::new(), "they were not looked up"),
    ] {
        let verdicts = decided(&backups, &census, &all_named(&backups));
        assert_eq!(verdicts["old"].0, Verdict::Delete);
        assert_eq!(
            verdicts["new"].2,
            [
                Reason::Named,
                Reason::OthersUnreadable(why.to_owned().into()),
                Reason::LastHealthy
            ]
        );
    }
}

#[test]
fn s9_allow_last_lifts_it_and_says_so() {
    let backups = [
        made("old", "2025-01-01T00:00:00Z"),
        made("new", "2025-03-01T00:00:00Z"),
    ];
    let wishes = Wishes {
        allow_last: true,
        ..all_named(&backups)
    };
    let verdicts = decided(&backups, &census(&backups, &[]), &wishes);
    assert_eq!(verdicts["old"].2, [Reason::Named]);
    assert_eq!(verdicts["new"].0, Verdict::Delete);
    assert_eq!(
        verdicts["new"].2,
        [Reason::Named, Reason::LastHealthyAllowed]
    );
}

#[test]
fn s9_groups_are_counted_apart() {
    let backups = [
        in_group("one", backup("a")),
        in_group("two", made("b", "2025-01-02T00:00:00Z")),
        in_group("two", backup("c")),
    ];
    assert_eq!(
        going(&backups, &census(&backups, &[]), &all_named(&backups)),
        ["c"]
    );
}

#[test]
fn s9_many_groups_are_decided_in_reasonable_time() {
    let backups: Vec<Backup> = (0..20_000)
        .flat_map(|number| {
            let group = format!("group{number}");
            [
                in_group(&group, backup(&format!("a{number}"))),
                in_group(&group, backup(&format!("b{number}"))),
            ]
        })
        .collect();
    let census = census(&backups, &[]);
    let wishes = all_named(&backups);
    let started = std::time::Instant::now();
    let decision = decide(backups, &census, &wishes);
    assert!(
        started.elapsed() < std::time::Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
    let refused = decision.items.iter().filter(|item| item.refused).count();
    assert_eq!(refused, 20_000);
}

#[test]
fn s11_a_continuous_one_needs_its_word() {
    let backups = [
        Backup {
            side_effect: Some(SideEffect::StopsContinuousBackup),
            ..backup("continuous")
        },
        backup("plain"),
    ];
    let census = census(&backups, &["other"]);
    let mut wishes = all_named(&backups);
    let verdicts = decided(&backups, &census, &wishes);
    assert_eq!(
        verdicts["continuous"].2,
        [
            Reason::Named,
            Reason::SideEffect(SideEffect::StopsContinuousBackup)
        ]
    );
    assert_eq!(verdicts["continuous"].0, Verdict::Keep);
    assert_eq!(verdicts["plain"].0, Verdict::Delete);
    wishes.allow_last = true;
    assert_eq!(going(&backups, &census, &wishes), ["plain"]);
    wishes.include_continuous = true;
    let verdicts = decided(&backups, &census, &wishes);
    assert_eq!(
        verdicts["continuous"].2,
        [
            Reason::Named,
            Reason::SideEffectAllowed(SideEffect::StopsContinuousBackup)
        ]
    );
    assert_eq!(verdicts["continuous"].0, Verdict::Delete);
}

#[test]
fn s7_what_the_provider_is_deleting_is_waited_for_unless_it_is_protected() {
    let deleting = Backup {
        state: State::Deleting,
        ..backup("deleting")
    };
    let held = locked(Backup {
        state: State::Deleting,
        ..backup("held")
    });
    let backups = [deleting, held];
    let verdicts = decided(&backups, &census(&backups, &[]), &all_named(&backups));
    assert_eq!(
        verdicts["deleting"].2,
        [Reason::Named, Reason::DeletingAlready]
    );
    assert_eq!(verdicts["held"].0, Verdict::Keep);
}

/// A whole with two parts, each a backup of a resource of its own.
fn family() -> Vec<Backup> {
    vec![
        in_group("whole", backup("whole")),
        part_of("whole", in_group("p1", backup("part1"))),
        part_of("whole", in_group("p2", backup("part2"))),
    ]
}

fn with_others(backups: &[Backup]) -> Census {
    let mut census = census(backups, &[]);
    for keepers in census.values_mut() {
        if let Keepers::Known(keepers) = keepers {
            keepers.push(keeper("elsewhere"));
        }
    }
    census
}

fn whole_named() -> Wishes {
    Wishes {
        named: [id("whole")].into(),
        ..Wishes::default()
    }
}

#[test]
fn s11_a_whole_brings_its_parts() {
    let backups = family();
    let verdicts = decided(&backups, &with_others(&backups), &whole_named());
    assert_eq!(verdicts["whole"].2, [Reason::Named]);
    for part in ["part1", "part2"] {
        assert_eq!(verdicts[part].0, Verdict::Delete);
        assert_eq!(verdicts[part].2, [Reason::PartOf(id("whole").into())]);
    }
}

#[test]
fn s8_a_protected_part_keeps_its_whole_and_the_others() {
    let mut backups = family();
    backups[2] = locked(backups[2].clone());
    let verdicts = decided(&backups, &with_others(&backups), &whole_named());
    assert_eq!(
        verdicts["whole"].2,
        [Reason::Named, Reason::FamilyRefused(id("part2").into())]
    );
    assert_eq!(
        verdicts["part1"].2,
        [
            Reason::PartOf(id("whole").into()),
            Reason::FamilyRefused(id("whole").into())
        ]
    );
    assert!(verdicts.values().all(|(_, refused, _)| *refused));
}

#[test]
fn s8_two_protected_parts_give_the_same_reason_in_every_order() {
    let mut backups = family();
    backups[1] = locked(backups[1].clone());
    backups[2] = locked(backups[2].clone());
    let verdicts = decided(&backups, &with_others(&backups), &whole_named());
    assert_eq!(
        verdicts["whole"].2,
        [Reason::Named, Reason::FamilyRefused(id("part1").into())]
    );
}

#[test]
fn s8_a_protected_whole_keeps_its_parts_but_those_that_were_named_themselves() {
    let mut backups = family();
    backups[0] = locked(backups[0].clone());
    let wishes = Wishes {
        named: [id("whole"), id("part2")].into(),
        ..Wishes::default()
    };
    assert_eq!(going(&backups, &with_others(&backups), &wishes), ["part2"]);
}

#[test]
fn s9_a_part_that_is_the_last_of_its_resource_keeps_its_whole() {
    let backups = family();
    let mut census = with_others(&backups);
    census.insert("p2".into(), Keepers::Known(vec![keeper("part2")]));
    let verdicts = decided(&backups, &census, &whole_named());
    assert_eq!(
        verdicts["part2"].2,
        [Reason::PartOf(id("whole").into()), Reason::LastHealthy]
    );
    assert!(verdicts.values().all(|(_, refused, _)| *refused));
}

#[test]
fn s8_a_protected_part_of_a_part_keeps_the_whole_line() {
    let mut backups = vec![
        in_group("g0", backup("g0")),
        part_of("g0", in_group("g1", backup("g1"))),
        part_of("g1", in_group("g2", backup("g2"))),
        part_of("g2", in_group("g3", backup("g3"))),
        locked(part_of("g3", in_group("g4", backup("g4")))),
        part_of("g0", in_group("side", backup("side"))),
        part_of("side", in_group("side2", backup("side2"))),
    ];
    backups.reverse();
    let wishes = Wishes {
        named: [id("g0")].into(),
        ..Wishes::default()
    };
    let verdicts = decided(&backups, &with_others(&backups), &wishes);
    assert!(
        verdicts.values().all(|(_, refused, _)| *refused),
        "{verdicts:?}"
    );
}

#[test]
fn a_part_named_alone_goes_alone() {
    let backups = [part_of("whole", in_group("p1", backup("part1")))];
    let verdicts = decided(&backups, &with_others(&backups), &all_named(&backups));
    assert_eq!(verdicts["part1"].2, [Reason::Named]);
}

fn grave_of(backups: &[Backup], wishes: &Wishes) -> Vec<String> {
    decide(backups.to_vec(), &with_others(backups), wishes).grave
}

#[test]
fn s13_a_whole_scope_a_last_copy_and_a_continuous_one_need_the_scopes_name() {
    let vault = |name: &str| Arc::new(Scope::new(name));
    let of = |name: &str, scope: &str| Backup {
        scope: vault(scope),
        ..backup(name)
    };
    let backups = [of("a", "x"), of("b", "x"), of("c", "y"), of("d", "y")];
    let wishes = |x: u64, y: u64| Wishes {
        totals: [(vault("x"), x), (vault("y"), y)].into(),
        ..all_named(&backups)
    };
    assert!(grave_of(&backups, &all_named(&backups)).is_empty());
    assert!(grave_of(&backups, &wishes(3, 3)).is_empty());
    assert_eq!(grave_of(&backups, &wishes(3, 2)), ["y"]);
    assert_eq!(grave_of(&backups, &wishes(2, 1)), ["x", "y"]);

    let continuous = Backup {
        side_effect: Some(SideEffect::StopsContinuousBackup),
        ..of("e", "z")
    };
    let backups = [of("a", "x"), continuous];
    let mut wishes = all_named(&backups);
    assert!(grave_of(&backups, &wishes).is_empty(), "it stays");
    wishes.include_continuous = true;
    assert_eq!(grave_of(&backups, &wishes), ["z"]);

    let backups = [of("a", "x")];
    let wishes = Wishes {
        allow_last: true,
        ..all_named(&backups)
    };
    let decision = decide(backups.to_vec(), &census(&backups, &[]), &wishes);
    assert_eq!(decision.grave, ["x"], "the last copy");
}

#[test]
fn s12_what_stays_is_told_for_each_group_from_which_something_goes() {
    let backups = [backup("a"), backup("b"), locked(backup("held"))];
    let decision = decide(
        backups.to_vec(),
        &census(&backups, &["other"]),
        &all_named(&backups),
    );
    let [remaining] = decision.remaining.as_slice() else {
        panic!("{:?}", decision.remaining);
    };
    assert_eq!(remaining.resource, "in01");
    assert_eq!(
        remaining.keepers,
        Some(vec![keeper("held"), keeper("other")])
    );
    let nothing = decide(
        vec![locked(backup("held"))],
        &Census::new(),
        &Wishes::default(),
    );
    assert!(nothing.remaining.is_empty());
}

#[test]
fn s9_what_another_shard_deletes_is_no_copy_that_stays() {
    let wishes = Wishes::default();
    let backups = [
        made("a", "2026-01-01T00:00:00Z"),
        made("b", "2026-01-02T00:00:00Z"),
        made("c", "2026-01-03T00:00:00Z"),
        in_group("other", made("d", "2026-01-03T00:00:00Z")),
        in_group("other", made("e", "2026-01-04T00:00:00Z")),
    ];
    let candidates = backups.iter().map(|backup| Candidate {
        backup: backup.clone(),
        wish: Wish::Chosen([Reason::Everything].into()),
        section: 0,
    });
    let mut decision =
        Draft::of(candidates.collect(), &wishes).decide(&census(&backups, &[]), &wishes);
    decision.leave(&wishes, |item| {
        let elsewhere = ["a", "d"].contains(&item.backup.id.name());
        elsewhere.then(|| Reason::AnotherShard("2/2".into()))
    });
    let going = decision
        .items
        .iter()
        .filter(|item| item.verdict == Verdict::Delete);
    let going: Vec<&str> = going.map(|item| item.backup.id.name()).collect();
    assert_eq!(going, ["b"]);
    let [remaining] = decision.remaining.as_slice() else {
        panic!("one group goes: {:?}", decision.remaining);
    };
    let keepers = remaining.keepers.as_deref().unwrap();
    let keepers: Vec<&str> = keepers.iter().map(|keeper| keeper.id.as_str()).collect();
    assert_eq!(keepers, [id("c").to_string()]);
    assert_eq!(
        decision.items[0].decisive(),
        "another shard (2/2)",
        "{:?}",
        decision.items[0]
    );
}
