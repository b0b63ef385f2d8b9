//! Policy files: one plan over all providers, saved, reviewed and applied.

use std::{fs, path::PathBuf};

use serde_json::Value;

use crate::world::World;

const EXAMPLE: &str = include_str!("../../src/cli/policy/example.toml");

fn write(world: &World, text: &str) -> PathBuf {
    let path = world.home().join("policy.toml");
    fs::write(&path, text).unwrap();
    path
}

/// The plan of a policy.
fn planned(world: &World, text: &str) -> Value {
    let path = write(world, text);
    let ran = world.bkdel(&["plan", path.to_str().unwrap(), "-o", "json"]);
    ran.exits(0);
    ran.json()
}

fn verdict(plan: &Value, id: &str) -> (String, Vec<String>) {
    let items: Vec<&Value> = plan["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["backup"]["id"].as_str().unwrap().ends_with(id))
        .collect();
    assert_eq!(items.len(), 1, "one verdict each: {items:?}");
    let reasons = items[0]["reasons"].as_array().unwrap();
    (
        items[0]["verdict"].as_str().unwrap().to_owned(),
        reasons
            .iter()
            .map(|reason| reason.as_str().unwrap().to_owned())
            .collect(),
    )
}

#[test]
fn one_file_drives_all_three_providers_from_plan_to_deletion() {
    let world = World::new();
    let policy = write(&world, EXAMPLE);
    let policy = policy.to_str().unwrap();
    let saved = world.home().join("plan.json");
    let out = saved.to_str().unwrap();
    world.bkdel(&["plan", policy, "--out", out]).exits(0);
    assert_eq!(world.changes(), []);
    let plan: Value = serde_json::from_str(&fs::read_to_string(&saved).unwrap()).unwrap();
    let sections = plan["sections"].as_array().unwrap();
    let providers: Vec<_> = sections
        .iter()
        .map(|section| section["identity"]["provider"].as_str().unwrap())
        .collect();
    assert_eq!(providers, ["aws", "zilliz", "aiven"]);
    assert_eq!(plan["identity"], Value::Null, "there is no one identity");
    let wanted = plan["summary"]["delete"].as_u64().unwrap();
    assert!(wanted >= 3, "{plan}");

    let ran = world.bkdel(&["apply", out, "--yes", "-o", "json"]);
    ran.exits(0);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes.len() as u64, wanted);
    assert!(outcomes.iter().all(|outcome| outcome == "deleted"));
    let document = ran.json();
    let targets: std::collections::BTreeSet<_> = document["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["target"].as_str().unwrap())
        .collect();
    assert_eq!(targets.len(), 3, "{targets:?}");
    // People see them one target after the other.
    let again = world.bkdel(&["apply", out]);
    again.exits(0);
    for target in targets {
        let heading = format!("{target}:");
        let headings = again.out.lines().filter(|line| **line == heading).count();
        assert_eq!(headings, 1, "{target}: {again:?}");
    }
    let methods: Vec<_> = world
        .changes()
        .into_iter()
        .map(|(method, _)| method)
        .collect();
    assert!(methods.contains(&"PUT".to_owned()) && methods.contains(&"DELETE".to_owned()));
    assert_eq!(methods.len() as u64, wanted);
}

#[test]
fn two_targets_that_claim_the_same_backup_delete_it_only_if_neither_keeps_it() {
    let world = World::new();
    let snapshot = |number: &str| format!("snap-0a51c7e94d2b3f{number}");
    let target = |name: &str, more: &str| {
        format!(
            "[[target]]\nname = \"{name}\"\nprovider = \"aws\"\nvault = \"prod\"\ntype = \"EBS\"\n{more}\n"
        )
    };
    let plan = planned(
        &world,
        &format!(
            "{}{}",
            target("few", "keep-last = 2"),
            target("many", "keep-last = 4")
        ),
    );
    // The first lets the third go, and the second keeps it.
    let (kept, why) = verdict(&plan, &snapshot("003"));
    assert_eq!(
        (kept.as_str(), why.as_slice()),
        ("keep", &["last 4".to_owned()][..])
    );
    assert_eq!(verdict(&plan, &snapshot("005")).0, "delete");
    // That a filter does not choose it claims nothing.
    let plan = planned(
        &world,
        &format!(
            "{}{}",
            target("old", "older-than = \"20d\""),
            target("all", "keep-last = 2")
        ),
    );
    assert_eq!(verdict(&plan, &snapshot("005")).0, "delete");
    assert_eq!(verdict(&plan, &snapshot("002")).0, "keep");
}

#[test]
fn s4_what_is_wrong_with_a_policy_is_told_with_its_target_and_key() {
    let world = World::new();
    for (text, says) in [
        ("", "no target"),
        ("[[target]]\nprovider = \"aws\"\n", "target"),
        (
            "[[target]]\nname = \"n\"\nprovider = \"aws\"\nvault = \"prod\"\nolder-then = \"90d\"\n",
            "older-then",
        ),
        (
            "[[target]]\nname = \"n\"\nprovider = \"aws\"\nvault = \"\"\nall = true\n",
            "vault",
        ),
        (
            "[[target]]\nname = \"n\"\nprovider = \"aws\"\nvault = \"prod\"\nkeep-last = 0\n",
            "keep",
        ),
        (
            "[[target]]\nname = \"n\"\nprovider = \"aws\"\nvault = \"nomatch*\"\nall = true\n",
            "nomatch*",
        ),
        ("not toml", "policy.toml"),
    ] {
        let path = write(&world, text);
        world
            .bkdel(&["plan", path.to_str().unwrap()])
            .exits(2)
            .says(says);
    }
    world.bkdel(&["plan", "nowhere.toml"]).exits(2);
    world.bkdel(&["plan"]).exits(2);
    assert_eq!(world.changes(), []);
}

#[test]
fn a_target_that_matches_nothing_is_told_and_refused_where_it_must_match() {
    let world = World::new();
    let target =
        "[[target]]\nname = \"typo\"\nprovider = \"aws\"\nvault = \"prod\"\ntype = \"EBSS\"\n";
    let path = write(&world, target);
    let path = path.to_str().unwrap();
    let ran = world.bkdel(&["plan", path, "--detailed-exitcode"]);
    ran.exits(0);
    assert!(ran.out.contains("matches nothing"), "{ran:?}");
    write(&world, &format!("{target}must-match = true\n"));
    world
        .bkdel(&["plan", path])
        .exits(2)
        .says("target \"typo\" matches nothing");
    // What rules keep did match.
    write(
        &world,
        "[[target]]\nname = \"n\"\nprovider = \"aws\"\nvault = \"prod\"\nkeep-last = -1\nmust-match = true\n",
    );
    world.bkdel(&["plan", path, "--detailed-exitcode"]).exits(0);
    write(
        &world,
        "[[target]]\nname = \"n\"\nprovider = \"aws\"\nvault = \"prod\"\nkeep-last = 1\n",
    );
    world
        .bkdel(&["plan", path, "--detailed-exitcode"])
        .exits(10);
}

#[test]
fn the_schema_is_for_editors() {
    let world = World::new();
    let ran = world.bkdel(&["plan", "--print-schema"]);
    ran.exits(0);
    let schema = ran.json();
    assert!(schema["$schema"].as_str().unwrap().contains("2020-12"));
    assert!(schema["$defs"]["aws"]["properties"]["older-than"].is_object());
}
