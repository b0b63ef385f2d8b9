//! One plan over several machines: `--shard K/N`.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::world::{World, run};

const POLICY: &str = r#"
[[target]]
name = "recovery points"
provider = "aws"
all-regions = true
all-vaults = true
keep-last = 1

[[target]]
name = "clusters that are gone"
provider = "zilliz"
orphaned = true
older-than = "90d"
keep-last = 1

[[target]]
name = "no third cloud"
provider = "aiven"
project = "acme-prod"
service = "search-*"
region = "azure-westeurope"
all = true
"#;

fn policy(world: &World) -> String {
    let path = world.home().join("policy.toml");
    fs::write(&path, POLICY).unwrap();
    path.to_str().unwrap().to_owned()
}

fn with_verdict<'a>(plan: &'a Value, verdict: &str) -> Vec<&'a Value> {
    let items = plan["items"].as_array().unwrap();
    items
        .iter()
        .filter(|item| item["verdict"] == verdict)
        .collect()
}

fn to_delete(plan: &Value) -> BTreeSet<String> {
    with_verdict(plan, "delete")
        .into_iter()
        .map(|item| item["backup"]["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Without the list of regions, which AWS has asked for by POST.
fn changes(world: &World) -> Vec<(String, String)> {
    let mut changes = world.changes();
    changes.retain(|(_, path)| path != "/listRegions");
    changes
}

#[test]
fn the_shards_of_a_plan_are_disjoint_and_together_the_whole() {
    let world = World::new();
    let policy = policy(&world);
    let whole = world.bkdel(&["plan", &policy, "-o", "json"]).json();
    let all = to_delete(&whole);
    assert!(all.len() > 5, "{all:?}");
    for of in [1, 2, 3, 8] {
        let mut seen = BTreeSet::new();
        let mut quotas: Vec<BTreeSet<String>> = Vec::new();
        for number in 1..=of {
            let shard = format!("{number}/{of}");
            let ran = world.bkdel(&["plan", &policy, "--shard", &shard, "-o", "json"]);
            ran.exits(0);
            let plan = ran.json();
            for section in plan["sections"].as_array().unwrap() {
                assert_eq!(section["selection"]["shard"], shard);
            }
            let part = to_delete(&plan);
            assert!(part.is_disjoint(&seen), "{shard}");
            seen.extend(part);
            quotas.push(
                with_verdict(&plan, "delete")
                    .into_iter()
                    .map(|item| {
                        let scope = &item["backup"]["scope"];
                        let account = &scope["account"];
                        format!("{}{account}{}", item["backup"]["provider"], scope["region"])
                    })
                    .collect(),
            );
            let others = with_verdict(&plan, "keep")
                .into_iter()
                .filter(|item| {
                    let reasons = item["reasons"].as_array().unwrap();
                    let last = reasons.last().unwrap().as_str().unwrap();
                    last.starts_with("another shard (")
                })
                .count();
            assert_eq!(others + to_delete(&plan).len(), all.len(), "{shard}");
        }
        assert_eq!(seen, all, "{of}");
        for (number, quota) in quotas.iter().enumerate() {
            let others = quotas.iter().skip(number + 1).flatten();
            assert!(others.clone().all(|other| !quota.contains(other)));
        }
        let busy = quotas.iter().filter(|quota| !quota.is_empty()).count();
        assert!(of < 3 || busy > 1, "{of} shards, and {busy} has anything");
    }
    assert_eq!(changes(&world), []);
}

#[test]
fn s9_shards_that_are_planned_together_and_applied_in_turn_delete_the_whole_and_no_last_copy() {
    let world = World::new();
    let policy = policy(&world);
    let whole = world.bkdel(&["plan", &policy, "-o", "json"]).json();
    let mut deleted = BTreeSet::new();
    // One vault of the demo data denies it, by its access policy.
    let mut denied = BTreeSet::new();
    for number in 1..=3 {
        let shard = format!("{number}/3");
        let out = format!("{number}.json");
        world
            .bkdel(&["plan", &policy, "--shard", &shard, "--out", &out])
            .exits(0);
    }
    for number in 1..=3 {
        let out = format!("{number}.json");
        let ran = world.bkdel(&["apply", &out, "--yes", "-o", "json"]);
        for result in ran.json()["results"].as_array().unwrap() {
            let id = result["id"].as_str().unwrap().to_owned();
            if result["outcome"] == "deleted" {
                assert!(deleted.insert(id), "{result}");
            } else {
                assert_eq!(result["code"], "AccessDeniedException", "{result}");
                assert!(denied.insert(id), "{result}");
            }
        }
    }
    assert!(deleted.is_disjoint(&denied));
    let all: BTreeSet<String> = deleted.union(&denied).cloned().collect();
    assert_eq!(all, to_delete(&whole));
    let after = world.bkdel(&["plan", &policy, "-o", "json"]).json();
    assert_eq!(to_delete(&after), denied);
}

#[test]
fn one_providers_deletion_is_split_alike_and_says_so() {
    let world = World::new();
    let arguments = |shard: &'static str| {
        [
            "aws",
            "delete",
            "--vault",
            "prod",
            "--type",
            "EBS",
            "--keep-last",
            "3",
            "--dry-run",
            "--shard",
            shard,
            "-o",
            "json",
        ]
    };
    let plans: Vec<Value> = ["1/2", "2/2"]
        .into_iter()
        .map(|shard| world.bkdel(&arguments(shard)).json())
        .collect();
    let counts: Vec<usize> = plans.iter().map(|plan| to_delete(plan).len()).collect();
    // All of it is one account's in one region.
    assert!(counts.contains(&0) && counts.iter().any(|count| *count > 0));
    for (plan, count) in plans.iter().zip(counts) {
        let told = plan["notes"].to_string().contains("the other shards");
        assert_eq!(told, count == 0, "{plan}");
    }
    assert_ne!(plans[0]["sha256"], plans[1]["sha256"]);
}

#[test]
fn an_index_comes_from_the_job_and_a_wrong_shard_is_a_usage_error() {
    let world = World::new();
    let policy = policy(&world);
    let with = |shard: &str, variables: &[(&str, &str)]| {
        let mut command = world.command(&["plan", &policy, "-o", "json"]);
        command.env("BKDEL_SHARD", shard);
        for (name, value) in variables {
            command.env(name, value);
        }
        run(&mut command)
    };
    for name in ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"] {
        let ran = with("index/2", &[(name, "1")]);
        ran.exits(0);
        assert_eq!(ran.json()["sections"][0]["selection"]["shard"], "2/2");
        with("index/2", &[(name, "2")]).exits(2).says(name);
    }
    let neither = with("index/2", &[]);
    neither.exits(2).says("JOB_COMPLETION_INDEX");
    neither.says("AWS_BATCH_JOB_ARRAY_INDEX");
    for wrong in ["0/4", "5/4", "a/b", "1/0", "", " ", "2"] {
        with(wrong, &[]).exits(2);
        world.bkdel(&["plan", &policy, "--shard", wrong]).exits(2);
    }
    // A plan is of one shard already.
    world
        .bkdel(&["apply", "plan.json", "--shard", "1/2"])
        .exits(2);
    assert_eq!(changes(&world), []);
}
