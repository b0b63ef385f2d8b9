//! What only AWS Backup does.

use std::{
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    subjects::AWS,
    world::{Ran, World, run},
};

const SNAPSHOT: &str = AWS.deletable[0];
const OTHER_REGION: &str =
    "disaster-recovery/arn:aws:ec2:us-east-1::snapshot/snap-0d13b8f52e6c7a001";
const TABLE: &str =
    "prod/arn:aws:dynamodb:eu-central-1:111122223333:table/sessions/backup/01764201600000-8c1d7f3a";
const DATABASE: &str = "prod/arn:aws:rds:eu-central-1:111122223333:snapshot:awsbackup:job-3f7c81d2-94ab-4e05-b6d8-0c2e5a91f002";
const OF_EFS: &str = "aws/efs/automatic-backup-vault/arn:aws:backup:eu-central-1:111122223333:recovery-point:e91f3a67-d0c8-45b2-87e4-2f5d6b90a1c3";
const EXPIRED: &str = "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0e8d21f6b7a4c9001";
const EXPIRED_FOR_EVER: &str = "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0e8d21f6b7a4c9002";
const CONTINUOUS: &str =
    "prod/arn:aws:backup:eu-central-1:111122223333:recovery-point:continuous:orders-5d1c8a07";
const PARENT: &str = "prod/arn:aws:backup:eu-central-1:111122223333:recovery-point:d60f2b94-8c1e-4753-b9a8-e5c7d3f01a26";
const NESTED: [&str; 2] = [
    "prod/arn:aws:backup:eu-central-1:111122223333:recovery-point:a17d5e3c-90b4-4f82-b6c1-3e8f2d7a5904",
    "prod/arn:aws:ec2:eu-central-1::snapshot/snap-09c4d7e1a2f8b5630",
];
const KEPT: &str = "prod/arn:aws:backup:eu-central-1:111122223333:recovery-point:4d8e1b72-a5c0-4f93-b6e7-c21f09d3a584";
const KEPT_UNTIL: &str = "prod/arn:aws:backup:eu-central-1:111122223333:recovery-point:f3a6d910-7b2e-48c5-91d4-0e5b8c7f2a63";
const TAGGED: &str = "prod/arn:aws:backup:eu-central-1:111122223333:recovery-point:82c5f07e-3d19-4ba6-8e0f-d4a7b1952c6e";

/// `aws delete --yes -o json`, with more.
fn delete(world: &World, more: &[&str]) -> Ran {
    world.bkdel(&[&["aws", "delete", "--yes", "-o", "json"], more].concat())
}

/// The one result of a run.
#[track_caller]
fn result(ran: &Ran) -> Value {
    let run = ran.json();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 1, "{run}");
    results[0].clone()
}

/// The point in the server's state, or null.
fn there(world: &World, region: &str, id: &str) -> Value {
    let (vault, arn) = id.split_once("/arn:").unwrap();
    world.state()["aws"]["vaults"][format!("111122223333/{region}/{vault}")]["points"]
        [format!("arn:{arn}")]
    .clone()
}

fn is_there(world: &World, id: &str) -> bool {
    !there(world, "eu-central-1", id).is_null()
}

#[track_caller]
fn has(value: &Value, text: &str) {
    let found = value.as_str().unwrap_or_default();
    assert!(found.contains(text), "{text:?} is not in {value}");
}

#[test]
fn ids_over_several_vaults_and_regions_go_in_one_call_and_each_to_the_region_of_its_arn() {
    let world = World::new();
    let ran = delete(&world, &[SNAPSHOT, OTHER_REGION, TABLE]);
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted", "deleted", "deleted"]);
    assert!(!is_there(&world, SNAPSHOT) && !is_there(&world, TABLE));
    assert!(there(&world, "us-east-1", OTHER_REGION).is_null());
    let limits: Vec<String> = world
        .requests()
        .iter()
        .filter(|request| request["mutates"] == true)
        .map(|request| request["limit"].as_str().unwrap().to_owned())
        .collect();
    for (region, count) in [("eu-central-1", 2), ("us-east-1", 1)] {
        let limit = format!("{region}/DeleteRecoveryPoint");
        assert_eq!(limits.iter().filter(|one| **one == limit).count(), count);
    }
    // Two regions are two scopes, and both are named before anything goes.
    ran.says("region us-east-1, vault disaster-recovery");
}

#[test]
fn takes_the_names_that_the_aws_cli_has_for_a_vault_and_a_recovery_point() {
    let arn = SNAPSHOT.strip_prefix("prod/").unwrap();
    for arguments in [
        &["--backup-vault-name", "prod", "--recovery-point-arn", arn][..],
        &["--vault", "prod", arn],
        &["--recovery-point-arn", SNAPSHOT],
    ] {
        let world = World::new();
        let ran = delete(&world, arguments);
        ran.exits(0);
        assert_eq!(result(&ran)["id"], SNAPSHOT);
        assert!(!is_there(&world, SNAPSHOT));
    }
}

#[test]
fn s4_a_bare_arn_without_a_vault_or_with_several_is_a_usage_error() {
    let world = World::new();
    let arn = SNAPSHOT.strip_prefix("prod/").unwrap();
    for arguments in [
        &[arn][..],
        &["--vault", "prod", "--vault", "old-project", arn],
        &["--vault", "pro*", arn],
        &["--vault", "old-project", SNAPSHOT],
    ] {
        delete(&world, arguments).exits(2);
    }
    assert_eq!(world.changes(), []);
}

#[test]
fn a_vault_whose_name_holds_slashes_is_one_label_and_its_policy_is_told_from_a_missing_right() {
    let world = World::new();
    let ran = delete(&world, &[OF_EFS]);
    ran.exits(3);
    ran.says("access policy that AWS gives aws/efs/automatic-backup-vault denies deletion");
    let result = result(&ran);
    assert_eq!(result["outcome"], "failed");
    assert_eq!(result["kind"], "permission");
    assert_eq!(result["code"], "AccessDeniedException");
    has(&result["message"], "resource-based policy");
    has(
        &result["hint"],
        "access policy of vault aws/efs/automatic-backup-vault",
    );
    let changes = world.changes();
    assert_eq!(changes.len(), 1, "a denial is not repeated");
    assert!(
        changes[0].1.starts_with(
            "/backup-vaults/aws%2Fefs%2Fautomatic-backup-vault/recovery-points/arn%3A"
        ),
        "{changes:?}"
    );
    assert!(is_there(&world, OF_EFS));

    world.change(&json!({"provider": "aws", "id": "aws/efs/automatic-backup-vault", "set": {"policy": null}}));
    delete(&world, &[OF_EFS]).exits(0);
    assert!(!is_there(&world, OF_EFS));
}

#[test]
fn s22_a_200_that_ends_in_expired_is_a_failure_that_names_the_right_that_is_missing() {
    for (id, right) in [
        (SNAPSHOT, "ec2:DeleteSnapshot"),
        (DATABASE, "rds:DeleteDBSnapshot"),
        (TABLE, "dynamodb:DeleteBackup"),
    ] {
        let world = World::with(&["aws:expired"]);
        let ran = delete(&world, &[id]);
        ran.exits(3);
        let result = result(&ran);
        assert_eq!(result["outcome"], "failed");
        assert_eq!(result["kind"], "kept");
        assert_eq!(result["code"], "EXPIRED");
        has(&result["message"], "insufficient permissions");
        has(&result["hint"], right);
        assert_eq!(result["verified_at"], Value::Null);
        assert_eq!(there(&world, "eu-central-1", id)["status"], "EXPIRED");
    }
}

#[test]
fn an_expired_point_goes_where_aws_lets_it() {
    let world = World::new();
    let ran = delete(&world, &[EXPIRED]);
    ran.exits(0);
    assert_eq!(result(&ran)["outcome"], "deleted");
    assert!(!is_there(&world, EXPIRED));
}

#[test]
fn s22_an_expired_point_that_stays_expired_is_a_failure_with_the_reason_of_aws() {
    let world = World::new();
    let ran = delete(&world, &["--wait", "500ms", EXPIRED_FOR_EVER]);
    ran.exits(3);
    let result = result(&ran);
    assert_eq!(result["outcome"], "failed");
    assert_eq!(result["kind"], "kept");
    assert_eq!(result["code"], "EXPIRED");
    has(&result["message"], "EBS Snapshot Lock");
    has(&result["hint"], "ec2:DeleteSnapshot");
    assert!(is_there(&world, EXPIRED_FOR_EVER));
}

#[test]
fn s22_one_that_stays_deleting_is_pending_when_the_wait_ends() {
    let world = World::with(&["aws:stuck"]);
    let ran = delete(&world, &["--wait", "500ms", SNAPSHOT]);
    ran.exits(8);
    let first = result(&ran);
    assert_eq!(first["outcome"], "pending");
    assert_eq!(first["verified_at"], Value::Null);
    has(&first["message"], "still deleting");
    assert_eq!(
        there(&world, "eu-central-1", SNAPSHOT)["status"],
        "DELETING"
    );

    // Named again it is only watched: nothing is sent a second time, and so nobody need consent.
    let again = world.bkdel(&["aws", "delete", "-o", "json", "--wait", "300ms", SNAPSHOT]);
    again.exits(8);
    assert_eq!(result(&again)["outcome"], "pending");
    assert_eq!(world.changes().len(), 1);
}

#[test]
fn a_tombstone_is_gone() {
    let world = World::with(&["aws:tombstone"]);
    let ran = delete(&world, &[SNAPSHOT]);
    ran.exits(0);
    assert_eq!(result(&ran)["outcome"], "deleted");
    let again = delete(&world, &[SNAPSHOT]);
    again.exits(0);
    assert_eq!(result(&again)["outcome"], "already_absent");
    assert_eq!(world.changes().len(), 1);
}

#[test]
fn s8_locks_of_every_mode_vaults_of_other_types_and_holds_are_refused_before_anything_is_sent() {
    let world = World::new();
    let of_ledger = |vault: &str, number: u32| {
        format!(
            "{vault}/arn:aws:rds:eu-central-1:111122223333:snapshot:awsbackup:copyjob-d92a4f17-6c3b-4e80-a5d9-84b1e0f7c{number:03}"
        )
    };
    for (id, said) in [
        (
            of_ledger("finance-governance", 1),
            "vault locked (governance)",
        ),
        (
            of_ledger("payroll-grace", 2),
            "vault locked (compliance, in grace time,",
        ),
        (
            of_ledger("audit-compliance", 3),
            "vault locked (compliance, 20",
        ),
        (of_ledger("airgap", 4), "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"),
        (
            of_ledger("restore-access", 5),
            "RESTORE_ACCESS_BACKUP_VAULT",
        ),
        (AWS.protected.to_owned(), "legal hold"),
    ] {
        delete(&world, &[&id, "--allow-last", "--expect", "1"])
            .exits(5)
            .says(said)
            .says(&id);
        assert!(is_there(&world, &id));
    }
    assert_eq!(world.changes(), []);
}

#[test]
fn s8_a_hold_that_came_after_the_plan_is_a_failure_of_the_kind_protected() {
    let world = World::with(&["aws:hold-late"]);
    let ran = delete(&world, &[SNAPSHOT]);
    ran.exits(3);
    let result = result(&ran);
    assert_eq!(result["outcome"], "failed");
    assert_eq!(result["kind"], "protected");
    has(&result["message"], "legal hold");
    has(&result["hint"], "cancel");
    assert_eq!(world.changes().len(), 1);
    assert!(is_there(&world, SNAPSHOT));
}

#[test]
fn s8_a_lock_that_came_after_the_plan_is_told_by_the_lock_and_not_by_the_words_of_aws() {
    for word in ["invalid", "denied"] {
        // The request arrives, and is looked at only when the vault is locked.
        let world = World::with(&["aws:latency-delete=600ms"]);
        world.fault(&format!("aws:lock-error={word}"));
        let child = world
            .command(&["aws", "delete", "--yes", "-o", "json", SNAPSHOT])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while world.changes().is_empty() {
            thread::sleep(Duration::from_millis(10));
        }
        world.change(&json!({"provider": "aws", "id": "prod", "set": {"lock": "governance"}}));
        let ran = Ran::of(&child.wait_with_output().unwrap());
        ran.exits(3);
        let result = result(&ran);
        assert_eq!(result["outcome"], "failed", "{word}");
        assert_eq!(result["kind"], "protected", "{word}");
        has(&result["message"], "vault locked (governance)");
        assert_eq!(world.changes().len(), 1, "{word}");
        assert!(is_there(&world, SNAPSHOT));
    }
}

#[test]
fn s11_a_continuous_point_needs_its_own_word() {
    let world = World::new();
    delete(&world, &[CONTINUOUS])
        .exits(5)
        .says("--include-continuous");
    assert_eq!(world.changes(), []);
    let ran = delete(&world, &["--include-continuous", CONTINUOUS]);
    ran.exits(0).says("no more point-in-time recovery");
    assert!(!is_there(&world, CONTINUOUS));
    let effects = world.state()["aws"]["side_effects"].clone();
    assert_eq!(effects.as_array().unwrap().len(), 1, "{effects}");
}

#[test]
fn s9_s11_a_continuous_point_that_is_the_last_needs_both_words() {
    let world = World::new();
    for number in 1..=4 {
        let id = format!("{}{number}", &DATABASE[..DATABASE.len() - 1]);
        world.change(&json!({"provider": "aws", "remove": id}));
    }
    delete(&world, &["--include-continuous", CONTINUOUS])
        .exits(5)
        .says("--allow-last");
    delete(&world, &["--allow-last", "--expect", "1", CONTINUOUS])
        .exits(5)
        .says("--include-continuous");
    assert_eq!(world.changes(), []);
    let both = [
        "--include-continuous",
        "--allow-last",
        "--expect",
        "1",
        CONTINUOUS,
    ];
    delete(&world, &both).exits(0);
    assert!(!is_there(&world, CONTINUOUS));
}

#[test]
fn s11_a_composite_point_brings_its_parts_into_the_plan_and_the_run() {
    // A part goes by a request of its own, with its whole, or before anybody could have asked.
    for nested in ["refuse", "allow", "cascade"] {
        let world = World::with(&[&format!("aws:nested={nested}")]);
        let refused = delete(&world, &[PARENT]);
        refused.exits(5);
        for id in [PARENT, NESTED[0], NESTED[1]] {
            refused.says(id);
        }
        assert_eq!(world.changes(), []);
        // The parts count: one is not what goes.
        delete(&world, &["--allow-last", "--expect", "1", PARENT]).exits(5);
        assert_eq!(world.changes(), []);

        let ran = delete(&world, &["--allow-last", "--expect", "3", PARENT]);
        ran.exits(0);
        assert_eq!(
            ran.outcomes(),
            ["deleted", "deleted", "deleted"],
            "{nested}"
        );
        for id in [PARENT, NESTED[0], NESTED[1]] {
            assert!(!is_there(&world, id), "{nested}: {id}");
        }
        let changes = world.changes();
        assert!(
            changes[0]
                .1
                .ends_with("d60f2b94-8c1e-4753-b9a8-e5c7d3f01a26"),
            "the whole goes first: {changes:?}"
        );
    }
}

#[test]
fn s11_a_part_alone_is_refused_by_aws_and_its_whole_is_named() {
    let world = World::new();
    let ran = delete(&world, &["--allow-last", "--expect", "1", NESTED[1]]);
    ran.exits(3);
    let result = result(&ran);
    assert_eq!(result["outcome"], "failed");
    assert_eq!(result["kind"], "refused");
    has(&result["message"], PARENT.strip_prefix("prod/").unwrap());
    has(&result["hint"], PARENT);
    assert_eq!(world.changes().len(), 1);
    assert!(is_there(&world, NESTED[1]) && is_there(&world, PARENT));
}

#[test]
fn a_vault_that_is_not_there_is_2_with_the_names_that_are_near() {
    let world = World::new();
    let id = SNAPSHOT.replace("prod/", "prdo/");
    delete(&world, &[&id])
        .exits(2)
        .says("there is no vault")
        .says("did you mean prod (eu-central-1)?");
    world
        .bkdel(&["aws", "list", "--vault", "prdo"])
        .exits(2)
        .says("did you mean prod");
    // One of another region: AWS would say "access denied".
    world
        .bkdel(&["aws", "list", "--vault", "disaster-recovery"])
        .exits(2)
        .says("--region");
    world
        .bkdel(&[
            "aws",
            "list",
            "--vault",
            "disaster-recovery",
            "--region",
            "us-east-1",
        ])
        .exits(0);
    assert_eq!(world.changes(), []);
}

#[test]
fn s4_an_arn_of_another_region_than_the_flag_is_a_usage_error() {
    let world = World::new();
    delete(&world, &["--region", "us-east-1", SNAPSHOT])
        .exits(2)
        .says("eu-central-1")
        .says("--region says us-east-1");
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn a_region_that_aws_does_not_have_is_named() {
    let world = World::new();
    let id = SNAPSHOT.replace("eu-central-1", "mars-central-1");
    delete(&world, &[&id]).exits(2).says("mars-central-1");
    let list = [
        "aws",
        "list",
        "--region",
        "mars-central-1",
        "--retry-for",
        "100ms",
    ];
    // Nothing is reached: neither AWS nor the proxy exists here.
    let mut command = world.command(&list);
    command
        .env_remove("AWS_ENDPOINT_URL")
        .env("HTTPS_PROXY", "http://127.0.0.1:9");
    run(&mut command)
        .exits(7)
        .says("backup.mars-central-1.amazonaws.com")
        .says("does AWS have no region \"mars-central-1\"?");
}

#[test]
fn a_profile_that_is_not_there_is_4_and_named() {
    let world = World::new();
    world
        .bkdel(&["aws", "delete", "--yes", "--profile", "nobody", SNAPSHOT])
        .exits(4)
        .says("nobody")
        .says("aws configure");
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn s23_a_session_that_is_over_before_the_first_reading_is_4() {
    let world = World::with(&["aws:expired-token"]);
    delete(&world, &[SNAPSHOT]).exits(4).says("aws sso login");
    assert_eq!(world.changes(), []);
}

#[test]
fn s23_a_session_that_ends_in_the_middle_of_deleting_is_3_and_the_rest_is_not_attempted() {
    let ids: Vec<String> = (5..=9)
        .map(|day| format!("prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f{day:03}"))
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    // So many requests look and plan; the session lasts for one more, the first deletion.
    let rehearsal = World::new();
    rehearsal
        .bkdel(&[&["aws", "delete", "-n"], &ids[..]].concat())
        .exits(0);
    let reading = rehearsal.requests().len();
    let world = World::with(&[&format!("aws:expired-token={}", reading + 1)]);
    let ran = delete(&world, &[&["--concurrency", "1"], &ids[..]].concat());
    ran.exits(3);
    let outcomes = ran.outcomes();
    assert!(
        ["unknown", "unverified"].contains(&outcomes[0].as_str()),
        "sent, and nobody can read it back: {outcomes:?}"
    );
    assert_eq!(outcomes[1], "failed");
    assert_eq!(outcomes[2..], ["not_attempted"; 3]);
    assert_eq!(ran.json()["results"][1]["kind"], "credentials");
    assert_eq!(world.changes().len(), 2);
    for id in &ids[1..] {
        assert!(is_there(&world, id), "{id}");
    }
}

#[test]
fn a_clock_that_is_far_off_is_4_with_a_hint_about_the_clock() {
    for fault in ["aws:clock-skew", "aws:clock-skew=behind"] {
        let world = World::with(&[fault]);
        delete(&world, &[SNAPSHOT]).exits(4).says("clock");
        assert_eq!(world.changes(), []);
    }
}

#[test]
fn s9_where_the_other_backups_of_a_resource_cannot_be_looked_up_it_counts_as_the_last() {
    let world = World::with(&["aws:deny=ListRecoveryPointsByResource"]);
    delete(&world, &[SNAPSHOT]).exits(5).says("--allow-last");
    assert_eq!(world.changes(), []);
    delete(&world, &["--allow-last", "--expect", "1", SNAPSHOT])
        .exits(0)
        .says("ListRecoveryPointsByResource");
}

#[test]
fn a_right_to_read_that_is_missing_is_4_and_named() {
    for action in ["DescribeRecoveryPoint", "ListBackupVaults"] {
        let world = World::with(&[&format!("aws:deny={action}")]);
        delete(&world, &[SNAPSHOT])
            .exits(4)
            .says(&format!("allow backup:{action}"));
        assert_eq!(world.changes(), []);
    }
}

#[test]
fn legal_holds_that_cannot_be_read_are_noted_and_aws_keeps_what_they_hold() {
    let world = World::with(&["aws:deny=ListLegalHolds"]);
    let ran = delete(&world, &[AWS.protected]);
    ran.exits(3).says("backup:ListLegalHolds");
    assert_eq!(result(&ran)["kind"], "protected");
    assert!(is_there(&world, AWS.protected));
}

#[test]
fn denials_of_deletion_are_told_apart() {
    for (fault, message, hint) in [
        (
            "deny-delete-message-empty",
            "without a reason",
            "allow backup:DeleteRecoveryPoint on arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f010, and ec2:DeleteSnapshot",
        ),
        (
            "deny-resource-policy",
            "resource-based policy",
            "the access policy of vault prod denies it",
        ),
        (
            "deny=DeleteRecoveryPoint",
            "identity-based policy",
            "allow backup:DeleteRecoveryPoint on",
        ),
    ] {
        let world = World::with(&[&format!("aws:{fault}")]);
        let ran = delete(&world, &[SNAPSHOT]);
        ran.exits(3);
        let result = result(&ran);
        assert_eq!(result["outcome"], "failed");
        assert_eq!(result["kind"], "permission", "{fault}");
        assert_eq!(result["code"], "AccessDeniedException");
        has(&result["message"], message);
        has(&result["hint"], hint);
        assert_eq!(world.changes().len(), 1, "never repeated: {fault}");
        assert!(is_there(&world, SNAPSHOT));
    }
}

#[test]
fn s3_a_list_that_is_not_whole_is_7() {
    for faults in [
        &["aws:repeated-token"][..],
        &["aws:short-page", "aws:repeated-token"],
        // The vaults fit on one page, the points of prod do not.
        &["aws:short-page=20", "aws:cut-list"],
    ] {
        let world = World::with(faults);
        let ran = world.bkdel(&["aws", "list", "-o", "ids", "--vault", "prod"]);
        assert_eq!(ran.code, Some(7), "{faults:?}: {ran:?}");
        assert_eq!(ran.out, "");
    }
    let world = World::with(&["aws:repeated-token"]);
    delete(&world, &[SNAPSHOT]).exits(7);
    assert_eq!(world.changes(), []);
}

#[test]
fn short_and_empty_pages_and_a_null_token_are_as_good_as_one_page() {
    let whole = World::new().bkdel(&["aws", "list", "-o", "ids"]).out;
    for fault in ["short-page", "short-page=1", "short-page=0", "null-token"] {
        let world = World::with(&[&format!("aws:{fault}")]);
        let ran = world.bkdel(&["aws", "list", "-o", "ids"]);
        ran.exits(0);
        assert_eq!(ran.out, whole, "{fault}");
    }
}

#[test]
fn s9_vaults_that_aws_does_not_name_do_not_make_a_point_its_own_keeper() {
    let world = World::with(&["aws:null-vault"]);
    delete(&world, &[AWS.last])
        .exits(5)
        .says("last healthy backup");
    delete(&world, &[SNAPSHOT]).exits(0);
    assert_eq!(world.changes().len(), 1);
}

#[test]
fn s8_the_tags_keep_and_keep_until_protect() {
    let world = World::new();
    for (id, tag) in [
        (KEPT, "bkdel:keep=true"),
        (KEPT_UNTIL, "bkdel:keep-until=20"),
    ] {
        delete(&world, &[id]).exits(5).says(tag);
    }
    let set = |value: &str| {
        world.change(
            &json!({"provider": "aws", "id": TAGGED, "set": {"tags": {"bkdel:keep-until": value}}}),
        );
    };
    // What cannot be read protects; a date that is past does not.
    set("soon");
    delete(&world, &[TAGGED]).exits(5).says("bkdel:keep-until");
    assert_eq!(world.changes(), []);
    set("2020-01-01");
    delete(&world, &[TAGGED]).exits(0);
    assert!(!is_there(&world, TAGGED));
}

#[test]
fn tags_that_may_not_be_read_are_noted_and_stop_nothing() {
    let world = World::with(&["aws:deny=ListTags"]);
    delete(&world, &[TAGGED]).exits(0).says("backup:ListTags");
    assert!(!is_there(&world, TAGGED));
    let world = World::with(&["aws:tags-error=not-found"]);
    delete(&world, &[SNAPSHOT, TAGGED]).exits(0);
    assert!(!is_there(&world, SNAPSHOT) && !is_there(&world, TAGGED));
}

#[test]
fn s24_a_provider_that_grants_two_requests_a_second_slows_a_run_and_does_not_fail_it() {
    let world = World::with(&["aws:throttle=2/s"]);
    let ids: Vec<String> = (5..=8)
        .map(|day| format!("prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f{day:03}"))
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let ran = delete(&world, &ids);
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted"; 4]);
    assert!(ids.iter().all(|id| !is_there(&world, id)));
}

#[test]
fn no_time_is_lost_on_the_metadata_of_a_machine_that_is_none() {
    let world = World::new();
    let list = |command: &mut Command| {
        let begun = Instant::now();
        run(command).exits(0);
        begun.elapsed()
    };
    let plain = list(&mut world.command(&["aws", "list", "-o", "ids"]));
    let mut command = world.command(&["aws", "list", "-o", "ids", "--region", "eu-central-1"]);
    for name in [
        "AWS_EC2_METADATA_DISABLED",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ] {
        command.env_remove(name);
    }
    let without = list(&mut command);
    // The SDK waits one second for credentials and three for a region; a busy machine alone may be slow in both.
    assert!(
        without < plain + Duration::from_millis(900),
        "{without:?}, with the metadata switched off {plain:?}"
    );
}

#[test]
fn what_belongs_to_another_account_is_not_absent_from_this_one() {
    let world = World::new();
    let id = "prod/arn:aws:backup:eu-central-1:999999999999:recovery-point:0c73b8e5-f94a-4d61-a2b7-58d1e6f3c90a";
    world
        .bkdel(&["aws", "delete", "--yes", id])
        .exits(2)
        .says("999999999999")
        .says("--profile");
    assert_eq!(world.changes(), []);
}
