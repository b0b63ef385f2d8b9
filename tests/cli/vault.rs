//! `--delete-empty-vault`: a vault goes once everything in it is gone, it is read as empty, and somebody wanted just that.

use std::{
    fs,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::{Ran, World};

/// A vault of two copies, of whose volume others are left elsewhere.
const COPIES: [&str; 2] = [
    "disaster-recovery/arn:aws:ec2:us-east-1::snapshot/snap-0d13b8f52e6c7a001",
    "disaster-recovery/arn:aws:ec2:us-east-1::snapshot/snap-0d13b8f52e6c7a002",
];
const VAULT: &str =
    "disaster-recovery/arn:aws:backup:us-east-1:111122223333:backup-vault:disaster-recovery";
const OF_IT: [&str; 5] = [
    "--region",
    "us-east-1",
    "--vault",
    "disaster-recovery",
    "--delete-empty-vault",
];
/// A vault that is empty from the start.
const EMPTY: [&str; 3] = ["--vault", "old-project", "--delete-empty-vault"];
const EMPTY_ID: &str =
    "old-project/arn:aws:backup:eu-central-1:111122223333:backup-vault:old-project";

fn empty_it(world: &World, more: &[&str]) -> Ran {
    let start = ["aws", "delete", "--all", "--yes", "-o", "json"];
    world.bkdel(&[&start[..], &OF_IT, more].concat())
}

fn is_there(world: &World, region: &str, vault: &str) -> bool {
    !world.state()["aws"]["vaults"][format!("111122223333/{region}/{vault}")].is_null()
}

/// The requests for deleting a vault that arrived.
fn asked(world: &World) -> usize {
    world
        .changes()
        .iter()
        .filter(|(_, path)| {
            path.starts_with("/backup-vaults/") && !path.contains("recovery-points")
        })
        .count()
}

/// The last of the results, which is the vault's.
#[track_caller]
fn of_vault(ran: &Ran) -> Value {
    let run = ran.json();
    let result = run["results"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(result["subject"], "vault", "{run}");
    result
}

#[track_caller]
fn stays(world: &World, ran: &Ran, code: i32, says: &str) -> Value {
    ran.exits(code);
    let result = of_vault(ran);
    assert_eq!(result["outcome"], "skipped", "{result}");
    assert_eq!(result["attempts"], 0);
    let message = result["message"].as_str().unwrap();
    assert!(message.contains(says), "{message}");
    assert_eq!(asked(world), 0);
    assert!(is_there(world, "us-east-1", "disaster-recovery"));
    result
}

#[test]
fn a_vault_goes_after_everything_in_it_and_is_read_back_and_written_down() {
    let world = World::lagging(Duration::from_millis(300), &[]);
    let ran = empty_it(&world, &["--journal", "run.ndjson"]);
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted", "deleted", "deleted"]);
    let result = of_vault(&ran);
    assert_eq!(result["id"], VAULT);
    assert_eq!(result["resource"], Value::Null);
    assert_eq!(result["scope"]["region"], "us-east-1");
    assert_eq!(result["attempts"], 1);
    assert_eq!(result["verified_by"], "ListBackupVaults");
    let run = ran.json();
    assert!(run["results"][0].get("subject").is_none(), "{run}");
    assert!(!is_there(&world, "us-east-1", "disaster-recovery"));
    assert!(is_there(&world, "us-east-1", "prod"));
    // Every point is asked for before, and the whole vault is listed right before it goes.
    let requests: Vec<(String, String)> = world
        .requests()
        .iter()
        .map(|request| {
            let text = |key: &str| request[key].as_str().unwrap().to_owned();
            (text("method"), text("path"))
        })
        .collect();
    let at = |method: &str, path: &str| {
        let wanted = (method.to_owned(), path.to_owned());
        requests.iter().rposition(|request| *request == wanted)
    };
    let gone = at("DELETE", "/backup-vaults/disaster-recovery").unwrap();
    let listed = at("GET", "/backup-vaults/disaster-recovery/recovery-points/")
        .or(at(
            "GET",
            "/backup-vaults/disaster-recovery/recovery-points",
        ))
        .unwrap();
    assert_eq!(listed + 1, gone, "{requests:#?}");
    let last_point = requests
        .iter()
        .rposition(|(method, path)| method == "DELETE" && path.contains("recovery-points"))
        .unwrap();
    assert!(last_point < listed);
    // The journal has the vault in its plan, the intent ahead of the answer, and the outcome.
    let journal = fs::read_to_string(world.home().join("run.ndjson")).unwrap();
    let events: Vec<Value> = journal
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line.to_string().contains(VAULT))
        .collect();
    let events: Vec<&str> = events
        .iter()
        .filter_map(|one| one["event"].as_str())
        .collect();
    assert_eq!(events, ["item", "intent", "reading", "outcome"]);
    let report = world.bkdel(&["report", "run.ndjson", "-o", "json"]);
    assert!(report.exits(0).out.contains(VAULT));
    for format in ["markdown", "csv", "junit", "html"] {
        let report = world.bkdel(&["report", "run.ndjson", "-o", format]);
        assert!(
            report
                .exits(0)
                .out
                .contains("backup-vault:disaster-recovery"),
            "{format}"
        );
    }
    let verified = world.bkdel(&["verify", "run.ndjson", "-o", "json"]);
    verified.exits(0);
    assert_eq!(verified.json()["summary"]["gone"], 3);
    world.bkdel(&["resume", "run.ndjson", "--yes"]).exits(0);
    assert_eq!(asked(&world), 1);
}

#[test]
fn an_empty_vault_needs_no_all_and_one_that_is_not_empty_does() {
    let world = World::new();
    let ran = world.bkdel(&[&["aws", "delete", "--yes", "-o", "json"], &EMPTY[..]].concat());
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted"]);
    assert_eq!(of_vault(&ran)["id"], EMPTY_ID);
    assert!(!is_there(&world, "eu-central-1", "old-project"));
    let before = world.changes();
    world
        .bkdel(&[&["aws", "delete", "--yes"], &OF_IT[..]].concat())
        .exits(2)
        .says("it holds 2")
        .says("--all");
    assert_eq!(world.changes(), before);
}

#[test]
fn s4_s5_what_could_leave_something_or_is_not_one_named_vault_is_a_usage_error() {
    let world = World::new();
    let id = "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f010";
    for (arguments, says) in [
        (&[][..], "name exactly one"),
        (&["--all-vaults", "--all"], "name exactly one"),
        (
            &["--vault", "prod", "--vault", "old-project", "--all"],
            "name exactly one",
        ),
        (&["--vault", "pro*", "--all"], "is a pattern"),
        (
            &["--vault", "aws/efs/automatic-backup-vault", "--all"],
            "lets nobody delete",
        ),
        (
            &["--vault", "prod", "--all-regions", "--all"],
            "name its region",
        ),
        (
            &["--vault", "prod", "--older-than", "3d"],
            "filters may leave",
        ),
        (
            &["--vault", "prod", "--keep-last", "1"],
            "keep rules may leave",
        ),
        (&["--vault", "prod", id], "ids may leave"),
        (
            &["--vault", "prod", "--all", "--shard", "1/2"],
            "--shard may leave",
        ),
        (
            &["--vault", "prod", "--all", "--skip-unreadable"],
            "--skip-unreadable may leave",
        ),
        (&["--vault", "", "--all"], "--vault"),
        (&["--vault", "nowhere", "--all"], "there is no vault"),
    ] {
        let start = ["aws", "delete", "--yes", "--delete-empty-vault"];
        let ran = world.bkdel(&[&start[..], arguments].concat());
        ran.exits(2).says(says);
    }
    for provider in ["zilliz", "aiven"] {
        world
            .bkdel(&[provider, "delete", "--delete-empty-vault"])
            .exits(2);
    }
    // Its id is no backup's.
    world.bkdel(&["aws", "delete", "--yes", EMPTY_ID]).exits(2);
    assert_eq!(world.changes(), []);
}

#[test]
fn s8_s9_a_vault_in_which_something_stays_or_that_is_locked_is_refused_with_the_rest() {
    let world = World::new();
    let prod = [
        "aws",
        "delete",
        "--all",
        "--yes",
        "--delete-empty-vault",
        "--region",
        "us-east-1",
    ];
    // The one backup of its table stays, and with it the vault.
    let run = [&prod[..], &["--vault", "prod"]].concat();
    world
        .bkdel(&run)
        .exits(5)
        .says("1 recovery point would stay in it");
    assert_eq!(world.changes(), []);
    let ran = world.bkdel(&[&run[..], &["--skip-refused", "-o", "json"]].concat());
    ran.exits(3);
    assert_eq!(of_vault(&ran)["outcome"], "skipped");
    assert_eq!(of_vault(&ran)["kind"], "guard");
    assert_eq!(world.changes(), []);
    world.change(&json!({"provider": "aws", "id": "old-project", "set": {"lock": "governance"}}));
    world
        .bkdel(&[&["aws", "delete", "--yes"], &EMPTY[..]].concat())
        .exits(5)
        .says("vault locked");
    world
        .bkdel(&[&run[..], &["--allow-last", "--expect", "1"]].concat())
        .exits(0);
    assert!(!is_there(&world, "us-east-1", "prod") && is_there(&world, "eu-central-1", "prod"));
    assert_eq!(asked(&world), 1);
}

#[test]
fn s13_s14_without_yes_nothing_goes_and_expect_counts_backups() {
    let world = World::new();
    world
        .bkdel(&[&["aws", "delete"], &EMPTY[..]].concat())
        .exits(5)
        .says("--yes");
    empty_it(&world, &["--expect", "3"]).exits(5);
    empty_it(&world, &["--max-delete", "1"]).exits(5);
    assert_eq!(world.changes(), []);
    empty_it(&world, &["--expect", "2", "--max-delete", "2"])
        .exits(0)
        .says("THE VAULT    disaster-recovery itself");
}

#[test]
fn s22_nothing_is_sent_for_a_vault_in_which_a_point_was_kept() {
    let world = World::with(&["aws:expired=1"]);
    let result = stays(
        &world,
        &empty_it(&world, &[]),
        3,
        "1 of what is in it was not deleted",
    );
    assert_eq!(result["kind"], "guard");
}

#[test]
fn s22_nothing_is_sent_for_a_vault_whose_points_are_not_yet_gone() {
    for more in [&["--wait", "1s"], &["--no-wait"][..]] {
        let world = World::lagging(Duration::from_mins(1), &[]);
        let result = stays(
            &world,
            &empty_it(&world, more),
            8,
            "not yet read back as gone",
        );
        assert_eq!(result["kind"], "conflict");
    }
    // With a failure beside it the failure counts.
    let world = World::new();
    for (id, end) in [(COPIES[0], "stuck"), (COPIES[1], "expired: no role")] {
        world.change(&json!({"provider": "aws", "id": id, "set": {"on_delete": end}}));
    }
    let ran = empty_it(&world, &["--wait", "1s"]);
    stays(&world, &ran, 3, "1 of what is in it was not deleted");
}

#[track_caller]
fn until(happened: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !happened() {
        assert!(Instant::now() < end, "it never happened");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Begins emptying a vault, changes something once its points are on their way, and waits for the end.
fn meanwhile(change: impl FnOnce(&World)) -> (World, Ran) {
    let world = World::lagging(Duration::from_secs(2), &[]);
    let start = ["aws", "delete", "--all", "--yes", "-o", "json"];
    let mut command = world.command(&[&start[..], &OF_IT].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    until(|| world.changes().len() == 2);
    change(&world);
    let ran = Ran::of(&child.wait_with_output().unwrap());
    (world, ran)
}

#[test]
fn s17_nothing_is_sent_for_a_vault_into_which_something_came_meanwhile() {
    let newer = "disaster-recovery/arn:aws:ec2:us-east-1::snapshot/snap-0d13b8f52e6c7a999";
    let (world, ran) = meanwhile(|world| {
        world.change(&json!({"add": {
            "provider": "aws",
            "id": newer,
            "scope": {"account": "111122223333", "region": "us-east-1", "vault": "disaster-recovery"},
            "status": "COMPLETED",
        }}));
    });
    stays(&world, &ran, 3, "snap-0d13b8f52e6c7a999");
    assert_eq!(ran.outcomes(), ["deleted", "deleted", "skipped"]);
    let points =
        &world.state()["aws"]["vaults"]["111122223333/us-east-1/disaster-recovery"]["points"];
    assert_eq!(points.as_object().unwrap().len(), 1);
}

#[test]
fn s8_nothing_is_sent_for_a_vault_that_was_locked_meanwhile() {
    let (world, ran) = meanwhile(|world| {
        world.change(
            &json!({"provider": "aws", "id": "disaster-recovery", "set": {"lock": "immutable"}}),
        );
    });
    let result = stays(&world, &ran, 3, "the vault is protected by now");
    assert_eq!(result["kind"], "protected");
}

#[test]
fn a_vault_that_somebody_else_deletes_first_is_gone_whatever_aws_says() {
    for (fault, outcome) in [
        // AWS calls an absent vault a matter of rights, or says nothing of it.
        ("aws:late-count=0", "already_absent"),
        ("aws:absent-vault", "deleted"),
    ] {
        let world = World::with(&[fault, "aws:latency-delete=1s"]);
        let start = ["aws", "delete", "--yes", "-o", "json"];
        let mut command = world.command(&[&start[..], &EMPTY].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        until(|| asked(&world) == 1);
        world.change(&json!({"provider": "aws", "remove": "old-project"}));
        let ran = Ran::of(&child.wait_with_output().unwrap());
        ran.exits(0);
        assert_eq!(of_vault(&ran)["outcome"], outcome, "{fault}");
    }
}

#[test]
fn s24_a_vault_that_aws_takes_for_full_a_while_longer_is_asked_for_again() {
    let world = World::with(&["aws:late-count=2"]);
    let ran = empty_it(&world, &[]);
    ran.exits(0);
    assert_eq!(of_vault(&ran)["outcome"], "deleted");
    assert_eq!(of_vault(&ran)["attempts"], 3);
    let world = World::with(&["aws:late-count"]);
    let ran = empty_it(&world, &["--wait", "2s"]);
    ran.exits(3);
    let result = of_vault(&ran);
    assert_eq!(result["outcome"], "failed");
    assert_eq!(result["kind"], "conflict");
    assert_eq!(result["code"], "InvalidRequestException");
    assert!(is_there(&world, "us-east-1", "disaster-recovery"));
}

#[test]
fn s23_trouble_on_the_way_to_a_vault_or_back_ends_in_a_deletion_that_was_read_back() {
    for kind in [
        "error-500-delete=1",
        "reset-before-delete=1",
        "reset-after-delete=1",
        "hang-delete=1",
        "hang-after-delete=1",
        "empty-delete=1",
    ] {
        let world = World::with(&[&format!("aws:{kind}")]);
        let start = [
            "aws",
            "delete",
            "--yes",
            "-o",
            "json",
            "--attempt-timeout",
            "700ms",
        ];
        let ran = world.bkdel(&[&start[..], &EMPTY].concat());
        assert_eq!(ran.code, Some(0), "{kind}: {ran:?}");
        assert_eq!(ran.outcomes(), ["deleted"], "{kind}");
        assert!(!is_there(&world, "eu-central-1", "old-project"), "{kind}");
    }
}

#[test]
fn a_missing_right_and_a_denying_policy_are_failures_that_say_what_to_allow() {
    let world = World::with(&["aws:deny=DeleteBackupVault"]);
    let ran = world.bkdel(&[&["aws", "delete", "--yes", "-o", "json"], &EMPTY[..]].concat());
    ran.exits(3);
    let result = of_vault(&ran);
    assert_eq!(
        (&result["outcome"], &result["kind"]),
        (&json!("failed"), &json!("permission"))
    );
    let hint = result["hint"].as_str().unwrap();
    assert!(
        hint.contains("backup:DeleteBackupVault on arn:aws:backup:"),
        "{hint}"
    );
    let world = World::new();
    let deny = json!({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "backup:*", "Resource": "*"}]});
    world.change(
        &json!({"provider": "aws", "id": "old-project", "set": {"policy": deny.to_string()}}),
    );
    let ran = world.bkdel(&[&["aws", "delete", "--yes", "-o", "json"], &EMPTY[..]].concat());
    ran.exits(3);
    let hint = of_vault(&ran)["hint"].to_string();
    assert!(
        hint.contains("access policy of vault old-project"),
        "{hint}"
    );
}

#[test]
fn s19_a_dry_run_sends_nothing_and_its_plan_holds_the_vault_apart_from_the_backups() {
    let world = World::new();
    let dry = ["aws", "delete", "--all", "--dry-run"];
    let with = world.bkdel(&[&dry[..], &OF_IT, &["-o", "json"]].concat());
    let plan = with.exits(0).json();
    assert_eq!(plan["summary"]["delete"], 2);
    assert_eq!(plan["summary"]["delete_vaults"], 1);
    assert_eq!(plan["grave"], json!(["disaster-recovery"]));
    assert_eq!(
        plan["selection"]["allowed"],
        json!(["--delete-empty-vault"])
    );
    let item = plan["items"].as_array().unwrap().last().unwrap();
    assert_eq!(item["backup"]["id"], VAULT);
    assert_eq!(item["backup"]["subject"], "vault");
    assert_eq!(item["verdict"], "delete");
    let without = world.bkdel(&[&dry[..], &OF_IT[..4], &["-o", "json"]].concat());
    assert!(without.json()["summary"].get("delete_vaults").is_none());
    assert_ne!(without.json()["sha256"], plan["sha256"]);
    let ids = world.bkdel(&[&dry[..], &OF_IT, &["-o", "ids"]].concat());
    assert_eq!(ids.out.lines().collect::<Vec<_>>(), COPIES);
    let human = world.bkdel(&[&dry[..], &OF_IT].concat());
    assert!(
        human
            .out
            .contains("2 would be deleted (80.0 GiB), then 1 vault"),
        "{human:?}"
    );
    assert!(!human.err.contains("a run would"), "{human:?}");
    assert_eq!(world.changes(), []);
}

/// Saves a plan that empties and deletes the vault.
fn planned(world: &World) {
    let dry = [
        "aws",
        "delete",
        "--all",
        "--dry-run",
        "-q",
        "--out",
        "plan.json",
    ];
    world.bkdel(&[&dry[..], &OF_IT].concat()).exits(0);
}

fn apply(world: &World, more: &[&str]) -> Ran {
    world.bkdel(&[&["apply", "plan.json", "--yes", "-o", "json"], more].concat())
}

#[test]
fn s17_apply_deletes_the_planned_vault_and_only_as_it_was_planned() {
    let world = World::new();
    planned(&world);
    apply(&world, &[]).exits(0);
    assert!(!is_there(&world, "us-east-1", "disaster-recovery"));
    let again = apply(&world, &[]);
    again.exits(0);
    assert_eq!(again.outcomes(), ["already_absent"; 3]);

    let world = World::new();
    planned(&world);
    world.change(
        &json!({"provider": "aws", "id": "disaster-recovery", "set": {"lock": "governance"}}),
    );
    apply(&world, &[]).exits(6).says("vault locked");
    assert_eq!(world.changes(), []);

    // Another point has come in: what was planned goes, and the vault stays.
    let world = World::new();
    planned(&world);
    world.change(&json!({"add": {
        "provider": "aws",
        "id": "disaster-recovery/arn:aws:ec2:us-east-1::snapshot/snap-0d13b8f52e6c7a999",
        "scope": {"account": "111122223333", "region": "us-east-1", "vault": "disaster-recovery"},
        "status": "COMPLETED",
    }}));
    let ran = apply(&world, &[]);
    stays(&world, &ran, 3, "snap-0d13b8f52e6c7a999");

    // One of the planned is left out, and so the vault is.
    let world = World::new();
    planned(&world);
    world.change(
        &json!({"provider": "aws", "id": COPIES[0], "set": {"protection": ["legal_hold"]}}),
    );
    apply(&world, &[]).exits(6);
    let ran = apply(&world, &["--on-drift", "skip"]);
    ran.exits(3);
    assert_eq!(asked(&world), 0);
    assert!(is_there(&world, "us-east-1", "disaster-recovery"));
}

#[test]
fn s16_a_plan_that_was_not_allowed_the_vault_does_not_delete_it_whatever_it_lists() {
    let world = World::new();
    planned(&world);
    let path = world.home().join("plan.json");
    let mut plan: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    plan["selection"]["allowed"] = json!([]);
    plan["sections"][0]["selection"]["allowed"] = json!([]);
    // Put together by somebody who knows how the digest is made.
    let body = plan.as_object_mut().unwrap();
    body.remove("sha256");
    body.remove("dry_run");
    let digest = Sha256::digest(serde_json::to_vec(&body).unwrap());
    let digits: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    body.insert("sha256".to_owned(), json!(digits.concat()));
    fs::write(&path, plan.to_string()).unwrap();
    apply(&world, &[])
        .exits(6)
        .says("without --delete-empty-vault");
    assert_eq!(world.changes(), []);
    let ran = apply(&world, &["--on-drift", "skip"]);
    ran.exits(3);
    assert_eq!(asked(&world), 0);
    assert!(is_there(&world, "us-east-1", "disaster-recovery"));
}

#[test]
fn s21_a_run_that_ended_before_the_vault_goes_on_to_it() {
    let world = World::lagging(Duration::from_secs(4), &[]);
    let ran = empty_it(&world, &["--timeout", "2s", "--journal", "run.ndjson"]);
    ran.exits(3);
    assert_eq!(ran.outcomes(), ["pending", "pending", "not_attempted"]);
    assert_eq!(asked(&world), 0);
    let resumed = world.bkdel(&["resume", "run.ndjson", "--yes", "-o", "json"]);
    resumed.exits(0);
    assert!(
        resumed
            .outcomes()
            .iter()
            .all(|outcome| outcome == "deleted"),
        "{resumed:?}"
    );
    assert_eq!(asked(&world), 1);
    assert!(!is_there(&world, "us-east-1", "disaster-recovery"));
}

#[test]
fn s21_a_run_that_was_killed_with_the_vaults_request_under_way_is_settled_by_reading_back() {
    for (fault, requests) in [
        ("aws:latency-delete=60s", 2),
        ("aws:hang-after-delete=1", 1),
    ] {
        let world = World::with(&[fault]);
        let start = ["aws", "delete", "--yes", "--journal", "run.ndjson"];
        let mut command = world.command(&[&start[..], &EMPTY].concat());
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until(|| asked(&world) == 1);
        child.kill().unwrap();
        child.wait().unwrap();
        world.control("DELETE", "fault", "");
        let resumed = world.bkdel(&["resume", "run.ndjson", "--yes", "-o", "json"]);
        resumed.exits(0);
        assert_eq!(resumed.outcomes(), ["deleted"], "{fault}");
        assert_eq!(asked(&world), requests, "{fault}");
        assert!(!is_there(&world, "eu-central-1", "old-project"), "{fault}");
    }
}

#[test]
fn verify_finds_a_vault_that_was_made_again() {
    let world = World::new();
    let arguments = ["aws", "delete", "--yes", "--journal", "run.ndjson"];
    world.bkdel(&[&arguments[..], &EMPTY].concat()).exits(0);
    thread::sleep(Duration::from_millis(1100));
    world.change(&json!({"add": {
        "provider": "aws",
        "id": "old-project/arn:aws:ec2:eu-central-1::snapshot/snap-0d13b8f52e6c7a998",
        "scope": {"account": "111122223333", "region": "eu-central-1", "vault": "old-project"},
        "status": "COMPLETED",
    }}));
    let verified = world.bkdel(&["verify", "run.ndjson", "-o", "json"]);
    verified.exits(0);
    assert_eq!(verified.json()["checked"][0]["finding"], "recreated");
}
