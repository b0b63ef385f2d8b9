//! Filters, keep rules and limits over whole scopes (S4, S7–S10, R1–R12): what is chosen, what stays, and what is sent.

use std::time::Duration;

use bkdel::sandbox::seed;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    subjects::ALL,
    world::{Ran, World},
};

const VAULT: &str = "prod";

/// An EBS snapshot of a volume in the vault `prod`, so many days old.
fn snapshot(volume: &str, number: usize, days: i64) -> Value {
    let created_at = Timestamp::now()
        .checked_sub(SignedDuration::from_hours(24 * days + 1))
        .unwrap();
    json!({
        "provider": "aws",
        "id": format!("{VAULT}/arn:aws:ec2:eu-central-1::snapshot/snap-{volume}{number:013x}"),
        "scope": {"account": "111122223333", "region": "eu-central-1", "vault": VAULT},
        "resource": format!("arn:aws:ec2:eu-central-1:111122223333:volume/vol-{volume}"),
        "type": "EBS",
        "created_at": created_at.to_string(),
        "size_bytes": 1_000_000_000_u64 * (number as u64 + 1),
        "status": "COMPLETED",
    })
}

fn world_of(seeds: &[Value], faults: &[&str]) -> World {
    let text = Value::from(seeds.to_vec()).to_string();
    World::of(
        Duration::ZERO,
        faults,
        Some(seed::parse(&text).expect("seeds")),
    )
}

/// A snapshot a day of one volume, the newest an hour old.
fn daily(volume: &str, days: usize) -> Vec<Value> {
    (0..days)
        .map(|day| snapshot(volume, day, i64::try_from(day).unwrap()))
        .collect()
}

fn delete(world: &World, more: &[&str]) -> Ran {
    world.bkdel(&[&["aws", "delete", "--vault", VAULT, "-o", "json"], more].concat())
}

fn dry(world: &World, more: &[&str]) -> Value {
    let ran = delete(world, &[&["-n"], more].concat());
    ran.exits(0);
    ran.json()
}

/// The numbers of those with this verdict.
fn with(plan: &Value, verdict: &str) -> Vec<usize> {
    let mut numbers: Vec<usize> = plan["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["verdict"] == verdict)
        .map(|item| number(item["backup"]["id"].as_str().unwrap()))
        .collect();
    numbers.sort_unstable();
    numbers
}

fn number(id: &str) -> usize {
    let digits = &id[id.len() - 13..];
    usize::from_str_radix(digits, 16).unwrap()
}

fn reasons(plan: &Value, number_of_it: usize) -> Vec<String> {
    let items = plan["items"].as_array().unwrap();
    let item = items
        .iter()
        .find(|item| number(item["backup"]["id"].as_str().unwrap()) == number_of_it)
        .unwrap();
    item["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| reason.as_str().unwrap().to_owned())
        .collect()
}

fn there(world: &World) -> usize {
    let ran = world.bkdel(&["aws", "list", "--vault", VAULT, "-o", "ids"]);
    ran.exits(0);
    ran.out.lines().count()
}

#[test]
fn r2_r10_what_is_older_goes_unless_a_rule_keeps_it_and_each_has_its_reasons() {
    let world = world_of(&daily("aaaa", 30), &[]);
    let plan = dry(&world, &["--older-than", "7d", "--keep-weekly", "3"]);
    let kept = with(&plan, "keep");
    assert_eq!(kept[..7], [0, 1, 2, 3, 4, 5, 6], "younger than the filter");
    assert!(kept.len() > 7, "and a weekly one or two: {kept:?}");
    assert_eq!(kept.len() + with(&plan, "delete").len(), 30);
    assert_eq!(reasons(&plan, 29), ["older than 7d"]);
    assert!(reasons(&plan, 3)[0].contains("not older than 7d"));
    assert!(
        kept.iter()
            .filter(|number| **number > 6)
            .all(|number| reasons(&plan, *number).contains(&"weekly".to_owned()))
    );
    assert_eq!(plan["selection"]["older-than"], "7d");
    assert_eq!(plan["selection"]["timezone"], "UTC");
    assert_eq!(plan["summary"]["delete"], with(&plan, "delete").len());
    assert_eq!(world.changes(), []);
}

#[test]
fn what_was_chosen_is_deleted_and_nothing_else() {
    let world = world_of(&daily("aaaa", 12), &[]);
    let plan = dry(&world, &["--keep-last", "5"]);
    assert_eq!(with(&plan, "delete"), (5..12).collect::<Vec<_>>());
    let ran = delete(&world, &["--keep-last", "5", "--yes"]);
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted"; 7]);
    assert_eq!(world.changes().len(), 7);
    assert_eq!(there(&world), 5);
    // Again there is nothing to do, and so nobody to ask.
    let again = delete(&world, &["--keep-last", "5"]);
    again.exits(0);
    assert!(again.outcomes().is_empty());
    assert_eq!(world.changes().len(), 7);
}

#[test]
fn s9_r5_a_filter_never_takes_the_last_healthy_backup_of_a_resource() {
    let mut seeds = daily("aaaa", 3);
    seeds.extend(daily("bbbb", 1));
    let world = world_of(&seeds, &[]);
    let ran = delete(&world, &["--older-than", "0s", "--yes"]);
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted"; 2]);
    assert_eq!(there(&world), 2);
    let plan = dry(&world, &["--all"]);
    assert_eq!(plan["summary"]["delete"], 0);
    assert_eq!(
        plan["summary"]["refused"], 0,
        "kept, not refused: nobody named it"
    );
    let last = plan["items"][0]["reasons"].as_array().unwrap();
    assert!(
        last.last()
            .unwrap()
            .as_str()
            .unwrap()
            .contains("last healthy")
    );
    // With its word it goes, and --yes needs the number.
    delete(&world, &["--all", "--allow-last", "--yes"])
        .exits(5)
        .says("--expect");
    delete(&world, &["--all", "--allow-last", "--yes", "--expect", "2"]).exits(0);
    assert_eq!(there(&world), 0);
}

#[test]
fn s10_yes_and_a_filter_stop_at_a_hundred() {
    let world = world_of(&daily("aaaa", 103), &[]);
    delete(&world, &["--keep-last", "1", "--yes"])
        .exits(5)
        .says("--max-delete 102");
    delete(
        &world,
        &["--keep-last", "1", "--yes", "--max-delete", "101"],
    )
    .exits(5)
    .says("more than --max-delete 101");
    assert_eq!(world.changes(), []);
    delete(&world, &["--keep-last", "3", "--yes"]).exits(0);
    assert_eq!(there(&world), 3);
}

#[test]
fn s10_a_share_is_counted_for_each_resource() {
    let mut seeds = daily("aaaa", 10);
    seeds.extend(daily("bbbb", 2));
    let world = world_of(&seeds, &[]);
    // Of aaaa a tenth goes, of bbbb a half.
    let older = ["--older-than", "9d", "--yes", "--max-delete-percent"];
    delete(&world, &[&older[..], &["9"]].concat())
        .exits(5)
        .says("vol-aaaa (1 of 10)");
    assert_eq!(world.changes(), []);
    let share = delete(
        &world,
        &["--older-than", "1d", "--yes", "--max-delete-percent", "50"],
    );
    share.exits(5).says("vol-aaaa (9 of 10)");
    assert!(!share.err.contains("vol-bbbb"), "{share:?}");
    delete(&world, &[&older[..], &["10"]].concat()).exits(0);
    assert_eq!(there(&world), 11);
}

#[test]
fn s8_a_tag_protects_what_a_filter_chose() {
    let mut seeds = daily("aaaa", 4);
    seeds[3]["id"] = json!(format!(
        "{VAULT}/arn:aws:backup:eu-central-1:111122223333:recovery-point:00000000-0000-0000-0000-000000000003"
    ));
    seeds[3]["tags"] = json!({"bkdel:keep": "true"});
    let world = world_of(&seeds, &[]);
    let ran = delete(&world, &["--keep-last", "1", "--yes"]);
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted"; 2]);
    assert_eq!(there(&world), 2);
}

#[test]
fn s4_a_tag_filter_reads_tags_and_chooses_by_them() {
    let mut seeds = daily("aaaa", 4);
    for (number, seed) in seeds.iter_mut().enumerate() {
        seed["id"] = json!(format!(
            "{VAULT}/arn:aws:backup:eu-central-1:111122223333:recovery-point:00000000-0000-0000-0000-00000000000{number}"
        ));
        seed["tags"] = json!({"env": if number > 1 { "dev" } else { "prod" }});
    }
    let world = world_of(&seeds, &[]);
    let ran = delete(&world, &["--tag", "env=dev", "--yes"]);
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted"; 2]);
    let listed = world.bkdel(&["aws", "list", "--tag", "env=prod", "-o", "ids"]);
    listed.exits(0);
    assert_eq!(listed.out.lines().count(), 2);
    let kept = dry(&world, &["--older-than", "0s", "--keep-tag", "env=prod"]);
    assert_eq!(kept["summary"]["delete"], 0);
}

#[test]
fn s4_what_cannot_be_meant_is_a_usage_error_and_never_all() {
    let world = World::new();
    for (arguments, says) in [
        (&["--keep-last", "0"][..], "keep"),
        (&["--keep-last", "0", "--keep-daily", "0"], "keep"),
        (&["--keep-last", "-2"], "-2"),
        (&["--keep-last", ""], "--keep-last"),
        (&["--older-than", ""], "--older-than"),
        (&["--older-than", "1m"], "mo"),
        (&["--older-than", "-5d"], "--older-than"),
        (&["--newer-than", "30d", "--older-than", "90d"], "no time"),
        (&["--older-than", "90d", "--timezone", "Mars"], "Mars"),
        (&["--created-before", "yesterday"], "yesterday"),
        (&["--larger-than", "5m"], "--larger-than"),
        (&["--tag", "env"], "--tag"),
        (&["--tag", "env="], "--tag"),
        (&["--type", ""], "--type"),
        (&["--resource", " "], "--resource"),
        (&["--all", "--older-than", "90d"], "--all"),
        (&["--group-by", "resource", "--all"], "--group-by"),
        (&["--keep-last", "3", "--group-by", "planet"], "planet"),
        (&["--max-delete-percent", "101", "--all"], "100"),
        (&["--explain", "--all"], "--dry-run"),
        (&["--detailed-exitcode", "--all"], "--dry-run"),
        (&["--yes"], "nothing to delete was named"),
    ] {
        world
            .bkdel(&[&["aws", "delete", "--vault", "prod"], arguments].concat())
            .exits(2)
            .says(says);
    }
    for provider in ["aws", "zilliz", "aiven"] {
        world
            .bkdel(&[provider, "delete", "--older-than", "90d", "--yes"])
            .exits(2)
            .says("no scope");
    }
    // Keep rules look at all backups of a resource.
    for subject in ALL {
        world
            .bkdel(&[
                subject.provider,
                "delete",
                subject.deletable[0],
                "--keep-last",
                "3",
            ])
            .exits(2)
            .says("ids");
    }
    assert_eq!(world.changes(), []);
}

#[test]
fn s4_a_filter_that_a_provider_cannot_honour_says_so() {
    let world = World::new();
    for (arguments, says) in [
        (
            &["zilliz", "delete", "--orphaned", "--tag", "a=b"][..],
            "Zilliz",
        ),
        (&["zilliz", "list", "--tag", "a=b"], "--tag"),
        (&["zilliz", "list", "--keep-tag", "a=b"], "--keep-tag"),
        (
            &["aiven", "delete", "--project", "acme-prod", "--expired"],
            "Aiven",
        ),
        (
            &["aiven", "delete", "--project", "p", "--larger-than", "5GB"],
            "--larger-than",
        ),
    ] {
        world.bkdel(arguments).exits(2).says(says);
    }
    assert_eq!(world.changes(), []);
}

#[test]
fn filters_fit_ids_too() {
    let world = world_of(&daily("aaaa", 6), &[]);
    let ids = world.bkdel(&["aws", "list", "-o", "ids", "--vault", VAULT]);
    let ran = world.bkdel_reading(
        &ids.out,
        &[
            "aws",
            "delete",
            "--from",
            "-",
            "--older-than",
            "3d",
            "--yes",
            "-o",
            "json",
        ],
    );
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted"; 3]);
    assert_eq!(there(&world), 3);
}

#[test]
fn the_list_shows_what_a_selection_would_take() {
    let world = world_of(&daily("aaaa", 8), &[]);
    let list = |more: &[&str]| {
        let ran = world.bkdel(&[&["aws", "list", "-o", "ids"], more].concat());
        ran.exits(0);
        ran.out.lines().count()
    };
    assert_eq!(list(&[]), 8);
    assert_eq!(list(&["--older-than", "5d"]), 3);
    assert_eq!(list(&["--newer-than", "5d"]), 5);
    assert_eq!(list(&["--keep-last", "2"]), 6);
    assert_eq!(list(&["--larger-than", "5GB", "--type", "ebs"]), 3);
    assert_eq!(list(&["--type", "RDS"]), 0);
    assert_eq!(list(&["--resource", "*vol-aaaa"]), 8);
    assert_eq!(list(&["--status", "expired"]), 0);
}

#[test]
fn the_detailed_exit_code_tells_whether_there_is_something() {
    let world = world_of(&daily("aaaa", 4), &[]);
    delete(&world, &["-n", "--keep-last", "1", "--detailed-exitcode"]).exits(10);
    delete(&world, &["-n", "--keep-last", "4", "--detailed-exitcode"]).exits(0);
    assert_eq!(world.changes(), []);
}

#[test]
fn people_see_a_timeline_and_with_explain_what_stays() {
    let world = world_of(&daily("aaaa", 20), &[]);
    let plain = |more: &[&str]| {
        let ran = world.bkdel(
            &[
                &["aws", "delete", "--vault", VAULT, "-n", "--keep-last", "4"],
                more,
            ]
            .concat(),
        );
        ran.exits(0);
        ran.out
    };
    let short = plain(&[]);
    assert!(short.contains("xxxxxxxx"), "{short}");
    assert!(short.contains("keep, x delete"), "{short}");
    assert_eq!(short.matches("would delete").count(), 16, "{short}");
    assert!(!short.contains("last 4"), "{short}");
    let long = plain(&["--explain"]);
    assert_eq!(long.matches("last 4").count(), 4, "{long}");
}

#[test]
fn s3_a_vault_that_cannot_be_read_ends_a_selection_with_7_before_anything_is_sent() {
    let world = world_of(&daily("aaaa", 4), &["aws:short-page"]);
    let ran = delete(&world, &["--keep-last", "1", "--yes"]);
    assert_eq!(ran.code, Some(0), "short pages are followed: {ran:?}");
    let world = world_of(&daily("aaaa", 4), &["aws:repeated-token"]);
    delete(&world, &["--keep-last", "1", "--yes"]).exits(7);
    assert_eq!(world.changes(), []);
}

#[test]
fn s3_a_scope_that_cannot_be_read_ends_with_7_or_is_left_as_it_is() {
    let world = World::with(&["aws:deny-vault=prod"]);
    let select = ["--all-vaults", "--keep-last", "1"];
    let delete = |more: &[&str]| {
        world.bkdel(&[&["aws", "delete", "-o", "json"], &select[..], more].concat())
    };
    let denied = delete(&["-n"]);
    denied.exits(7).says("prod");
    let plan = delete(&["-n", "--skip-unreadable"]);
    plan.exits(0);
    let plan = plan.json();
    assert_eq!(plan["complete"], false);
    let unread = plan["selection"]["unread"].as_array().unwrap();
    assert!(unread[0].as_str().unwrap().contains("prod"), "{unread:?}");
    // Nothing at all is no empty list.
    world
        .bkdel(&["aws", "list", "--vault", "prod", "--skip-unreadable"])
        .exits(7)
        .says("nothing was read");
    assert_eq!(world.changes(), []);
}

#[test]
fn s13_emptying_a_cluster_by_a_filter_needs_its_name() {
    let world = World::new();
    // The last of each kind stays unless its word is given; with it everything of this cluster goes.
    let plan = world.bkdel(&[
        "zilliz",
        "delete",
        "--cluster",
        "in01-c05b9e12a7f8d43",
        "--older-than",
        "0s",
        "--allow-last",
        "-n",
        "-o",
        "json",
    ]);
    plan.exits(0);
    let grave = plan.json()["grave"].clone();
    assert!(!grave.as_array().unwrap().is_empty(), "{grave}");
}

#[test]
fn zilliz_and_aiven_choose_by_the_same_flags() {
    let world = World::new();
    let ran = world.bkdel(&[
        "zilliz",
        "delete",
        "--cluster",
        "*",
        "--older-than",
        "30d",
        "--keep-last",
        "1",
        "--yes",
        "-o",
        "json",
    ]);
    ran.exits(0);
    assert!(!ran.outcomes().is_empty());
    assert!(ran.outcomes().iter().all(|outcome| outcome == "deleted"));
    let ran = world.bkdel(&[
        "aiven",
        "delete",
        "--project",
        "acme-prod",
        "--type",
        "pg",
        "-n",
        "-o",
        "json",
    ]);
    ran.exits(0);
    let plan = ran.json();
    assert!(plan["summary"]["delete"].as_u64().unwrap() > 0, "{plan}");
    assert!(
        plan["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["verdict"] == "delete")
            .all(|item| item["backup"]["type"] == "pg")
    );
}
