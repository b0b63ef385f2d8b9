//! Saved plans (S16–S19): applied exactly, refused when they no longer fit, and reported on.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use crate::{
    subjects::{AIVEN, ALL, AWS, ZILLIZ},
    world::{Ran, World},
};

const SNAPSHOTS: [&str; 2] = AWS.deletable;

/// Saves a plan of these arguments, and gives its path.
fn saved(world: &World, arguments: &[&str]) -> PathBuf {
    let path = world.home().join("plan.json");
    let out = path.to_str().unwrap().to_owned();
    world
        .bkdel(&[arguments, &["-n", "-q", "--out", &out]].concat())
        .exits(0);
    path
}

fn apply(world: &World, plan: &std::path::Path, more: &[&str]) -> Ran {
    let plan = plan.to_str().unwrap();
    world.bkdel(&[&["apply", plan, "--yes", "-o", "json"], more].concat())
}

fn document(plan: &std::path::Path) -> Value {
    serde_json::from_str(&fs::read_to_string(plan).unwrap()).unwrap()
}

fn two(world: &World) -> PathBuf {
    saved(world, &[&["aws", "delete"], &SNAPSHOTS[..]].concat())
}

#[test]
fn s17_s19_a_plan_is_applied_exactly_and_twice_does_nothing_more() {
    for subject in ALL {
        let world = World::new();
        let plan = saved(&world, &[subject.provider, "delete", subject.deletable[0]]);
        assert_eq!(world.changes(), []);
        let ran = apply(&world, &plan, &[]);
        ran.exits(0);
        assert_eq!(ran.outcomes(), ["deleted"]);
        assert_eq!(ran.json()["plan_sha256"], document(&plan)["sha256"]);
        assert_eq!(world.changes().len(), 1);
        let again = apply(&world, &plan, &[]);
        again.exits(0);
        assert_eq!(again.outcomes(), ["already_absent"]);
        assert_eq!(world.changes().len(), 1, "{}", subject.provider);
    }
}

#[test]
fn two_at_the_same_time_delete_each_backup_once_and_both_end_well() {
    let world = World::lagging(std::time::Duration::from_millis(300), &[]);
    let plan = two(&world);
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| apply(&world, &plan, &[]));
        let other = scope.spawn(|| apply(&world, &plan, &[]));
        (one.join().unwrap(), other.join().unwrap())
    });
    for ran in [one, other] {
        ran.exits(0);
        assert!(
            ran.outcomes()
                .iter()
                .all(|outcome| outcome == "deleted" || outcome == "already_absent")
        );
    }
    assert!(!world.has("aws", SNAPSHOTS[0]));
}

#[test]
fn s17_what_is_new_since_the_plan_stays() {
    let world = World::new();
    let plan = saved(
        &world,
        &["aws", "delete", "--vault", "prod", "--keep-last", "2"],
    );
    let planned = document(&plan)["summary"]["delete"].as_u64().unwrap();
    let new = "prod/arn:aws:ec2:eu-central-1::snapshot/snap-00000000000000aaa";
    world.change(&json!({"add": {
        "provider": "aws", "id": new, "type": "EBS", "status": "COMPLETED",
        "scope": {"account": "111122223333", "region": "eu-central-1", "vault": "prod"},
        "resource": "arn:aws:ec2:eu-central-1:111122223333:volume/vol-0f3a9c2d7e5b81460",
        "created_at": "2024-01-01T00:00:00Z",
    }}));
    let ran = apply(&world, &plan, &[]);
    ran.exits(0);
    assert_eq!(ran.outcomes().len() as u64, planned);
    assert!(world.has("aws", new));
}

#[test]
fn s17_a_changed_fingerprint_refuses_the_whole_plan_or_is_left_out() {
    let world = World::new();
    let plan = two(&world);
    world.change(&json!({
        "provider": "aws", "id": SNAPSHOTS[0], "set": {"protection": ["legal_hold"]},
    }));
    apply(&world, &plan, &[]).exits(6).says("legal hold");
    assert_eq!(world.changes(), []);
    let ran = apply(&world, &plan, &["--on-drift", "skip"]);
    ran.exits(3);
    let mut outcomes = ran.outcomes();
    outcomes.sort();
    assert_eq!(outcomes, ["deleted", "skipped"]);
    assert!(world.has("aws", SNAPSHOTS[0]));
    assert!(!world.has("aws", SNAPSHOTS[1]));
}

#[test]
fn s8_a_lock_on_the_vault_since_the_plan_protects_everything_in_it() {
    let world = World::new();
    let plan = two(&world);
    world.change(&json!({"provider": "aws", "id": "prod", "set": {"lock": "governance"}}));
    apply(&world, &plan, &[]).exits(6).says("vault locked");
    let skipped = apply(&world, &plan, &["--on-drift", "skip"]);
    skipped.exits(6);
    assert_eq!(skipped.outcomes(), ["skipped"; 2]);
    assert_eq!(world.changes(), []);
}

#[test]
fn s17_what_is_gone_since_the_plan_was_already_absent() {
    let world = World::new();
    let plan = two(&world);
    world.change(&json!({"provider": "aws", "remove": SNAPSHOTS[1]}));
    let ran = apply(&world, &plan, &[]);
    ran.exits(0);
    let mut outcomes = ran.outcomes();
    outcomes.sort();
    assert_eq!(outcomes, ["already_absent", "deleted"]);
}

#[test]
fn s16_a_plan_that_was_edited_cut_or_never_was_one_is_refused() {
    let world = World::new();
    let plan = two(&world);
    let text = fs::read_to_string(&plan).unwrap();
    let write = |name: &str, text: &str| {
        let path = world.home().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let other_schema = text.replace("bkdel.plan/v1", "bkdel.plan/v2");
    let edited = text.replacen("snap-0a51c7e94d2b3f010", "snap-0a51c7e94d2b3f003", 1);
    let without = {
        let mut value: Value = serde_json::from_str(&text).unwrap();
        value["items"].as_array_mut().unwrap().pop();
        value.to_string()
    };
    for (name, text, code) in [
        ("edited", edited.as_str(), 6),
        ("without", &without, 6),
        ("schema", &other_schema, 6),
        ("cut", &text[..text.len() / 2], 2),
        ("empty", "", 2),
        ("blank", "  \n", 2),
        ("list", "[]", 2),
        ("other", "{\"a\": 1}", 2),
        ("html", "<html></html>", 2),
    ] {
        let path = write(name, text);
        let ran = apply(&world, &path, &[]);
        assert_eq!(ran.code, Some(code), "{name}: {ran:?}");
        let report = world.bkdel(&["report", path.to_str().unwrap()]);
        assert_eq!(report.code, Some(code), "{name}: {report:?}");
    }
    apply(&world, &world.home().join("nowhere"), &[]).exits(2);
    assert_eq!(world.changes(), []);
    // White space is not part of a plan.
    let pretty = write("compact", &document(&plan).to_string());
    apply(&world, &pretty, &[]).exits(0);
}

#[test]
fn s16_the_reviewed_digest_and_the_age_are_held() {
    let world = World::new();
    let plan = two(&world);
    let sha256 = document(&plan)["sha256"].as_str().unwrap().to_owned();
    apply(&world, &plan, &["--plan-sha256", &"0".repeat(64)])
        .exits(6)
        .says(&sha256);
    apply(&world, &plan, &["--plan-sha256", "abc"]).exits(2);
    apply(&world, &plan, &["--max-plan-age", "0s"])
        .exits(6)
        .says("--max-plan-age");
    assert_eq!(world.changes(), []);
    apply(
        &world,
        &plan,
        &["--plan-sha256", &sha256, "--max-plan-age", "1h"],
    )
    .exits(0);
}

#[test]
fn s16_a_plan_for_another_account_or_endpoint_is_refused() {
    let world = World::new();
    let plan = two(&world);
    let elsewhere = World::new();
    let ran = apply(&elsewhere, &plan, &[]);
    ran.exits(6).says("made for");
    let role = saved(
        &world,
        &[
            "aws",
            "delete",
            "--all-vaults",
            "--keep-last",
            "1",
            "--role-arn",
            "arn:aws:iam::444455556666:role/bkdel",
        ],
    );
    // The plan knows its role, and not who plays it.
    let ran = apply(&world, &role, &[]);
    ran.exits(0);
    assert_eq!(ran.json()["identity"]["account"], "444455556666");
}

#[test]
fn s18_a_group_whose_keepers_are_gone_is_refused() {
    let world = World::new();
    let plan = saved(
        &world,
        &[
            "aws",
            "delete",
            "--vault",
            "prod",
            "--keep-last",
            "1",
            "--resource",
            "*vol-0f3a9c2d7e5b81460",
        ],
    );
    let kept: Vec<String> = document(&plan)["keepers"][0]["keepers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|keeper| keeper["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    world.change(&json!({"provider": "aws", "remove": kept[0]}));
    apply(&world, &plan, &[]).exits(6).says("counts on");
    assert_eq!(world.changes(), []);
    // What is left out is skipped, and nothing is sent.
    apply(&world, &plan, &["--on-drift", "skip"]).exits(6);
    assert_eq!(world.changes(), []);
}

#[test]
fn s14_applying_needs_consent_too() {
    let world = World::new();
    let plan = two(&world);
    let path = plan.to_str().unwrap();
    world
        .bkdel(&["apply", path, "-o", "json"])
        .exits(5)
        .says("--yes");
    apply(&world, &plan, &["--expect", "3"]).exits(5);
    apply(&world, &plan, &["--allow-last"]).exits(2);
    assert_eq!(world.changes(), []);
    let rehearsed = world.bkdel(&["apply", path, "-n", "--detailed-exitcode", "-o", "ids"]);
    rehearsed.exits(10);
    assert_eq!(rehearsed.out.lines().count(), 2);
    assert_eq!(world.changes(), []);
}

#[test]
fn s13_the_last_copy_that_a_plan_allowed_is_still_asked_for_by_its_number() {
    let world = World::new();
    let plan = saved(&world, &["aws", "delete", AWS.last, "--allow-last"]);
    apply(&world, &plan, &[]).exits(5).says("--expect");
    assert_eq!(world.changes(), []);
    apply(&world, &plan, &["--expect", "1"]).exits(0);
    assert!(!world.has("aws", AWS.last));
}

#[test]
fn a_report_is_markdown_or_the_plan_itself() {
    let world = World::new();
    let plan = two(&world);
    let path = plan.to_str().unwrap();
    let markdown = world.bkdel(&["report", path, "-o", "markdown"]);
    markdown.exits(0);
    assert!(
        markdown
            .out
            .starts_with("## bkdel plan: 2 backups to delete")
    );
    assert!(
        markdown
            .out
            .contains(document(&plan)["sha256"].as_str().unwrap())
    );
    let json = world.bkdel(&["report", path, "-o", "json"]);
    json.exits(0);
    assert_eq!(json.json(), document(&plan));
    let out = world.home().join("report.md");
    world
        .bkdel(&["report", path, "--out", out.to_str().unwrap()])
        .exits(0);
    assert_eq!(fs::read_to_string(out).unwrap(), markdown.out);
    world.bkdel(&["report", path, "-o", "ids"]).exits(2);
    world.bkdel(&["aws", "list", "-o", "markdown"]).exits(2);
}

#[test]
fn s27_no_secret_is_in_a_plan() {
    let world = World::new();
    for (provider, id) in [
        ("aws", AWS.deletable[0]),
        ("zilliz", ZILLIZ.deletable[0]),
        ("aiven", AIVEN.deletable[0]),
    ] {
        let plan = saved(&world, &[provider, "delete", id]);
        let text = fs::read_to_string(plan).unwrap();
        for secret in world.secrets() {
            assert!(!text.contains(&secret));
        }
    }
}
