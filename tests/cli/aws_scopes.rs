//! AWS Backup over many scopes: all regions of an account, all vaults, and other accounts through a role.

use std::process::Command;

use serde_json::Value;

use crate::world::{Ran, World, run};

const ROLE: &str = "arn:aws:iam::444455556666:role/bkdel";
const THIRD: &str = "arn:aws:iam::777788889999:role/bkdel";
const STAGING: &str = "staging/arn:aws:ec2:eu-central-1::snapshot/snap-07f9a2c6e4d1b8001";
const ARCHIVED: &str = "staging-archive/arn:aws:backup:us-east-1:444455556666:recovery-point:5b7c1e90-42d8-4f6a-9b03-d81e6f2a7001";
const TOOLING: &str = "tooling/arn:aws:backup:eu-central-1:777788889999:recovery-point:5b7c1e90-42d8-4f6a-9b03-d81e6f2a7001";

/// `aws list -o ids`, with more.
fn ids(world: &World, more: &[&str]) -> Vec<String> {
    let ran = list(world, more);
    ran.exits(0);
    ran.out.lines().map(str::to_owned).collect()
}

fn list(world: &World, more: &[&str]) -> Ran {
    world.bkdel(&[&["aws", "list", "-o", "ids"], more].concat())
}

/// How often the sandbox was asked for this.
fn asked(world: &World, path: &str) -> usize {
    let requests = world.requests();
    requests
        .iter()
        .filter(|request| request["path"] == path)
        .count()
}

fn is_mutating(request: &Value) -> bool {
    request["mutates"] == true
}

#[test]
fn all_regions_are_those_that_the_account_may_use_and_the_others_are_told() {
    let world = World::new();
    let here = ids(&world, &[]);
    let there = ids(&world, &["--region", "us-east-1"]);
    let ran = list(&world, &["--all-regions"]);
    ran.exits(0);
    ran.says("af-south-1 (not opted in)");
    let mut everywhere: Vec<&str> = ran.out.lines().collect();
    let mut expected: Vec<&str> = here.iter().chain(&there).map(String::as_str).collect();
    everywhere.sort_unstable();
    expected.sort_unstable();
    assert_eq!(everywhere, expected);
    assert_eq!(asked(&world, "/listRegions"), 1);
    assert!(!world.requests().iter().any(is_mutating));
}

#[test]
fn all_regions_are_read_over_short_pages_and_a_repeated_token_is_no_end() {
    let short = World::with(&["aws:short-page=2"]);
    assert!(!ids(&short, &["--all-regions"]).is_empty());
    assert_eq!(asked(&short, "/listRegions"), 3);
    let circle = World::with(&["aws:repeated-token"]);
    let ran = list(&circle, &["--all-regions"]);
    ran.exits(7).says("ListRegions");
    assert_eq!(ran.out, "");
}

#[test]
fn an_account_that_does_not_tell_its_regions_ends_it_with_the_way_out() {
    let world = World::with(&["aws:deny=ListRegions"]);
    let ran = list(&world, &["--all-regions"]);
    ran.exits(4)
        .says("account:ListRegions")
        .says("name regions with --region");
    assert_eq!(asked(&world, "/backup-vaults/"), 0);
    list(&world, &["--region", "us-east-1"]).exits(0);
}

#[test]
fn the_account_is_asked_where_the_settings_say() {
    let world = World::new();
    let base = world.variable("AWS_ENDPOINT_URL");
    let list_regions = |change: &dyn Fn(&mut Command)| {
        let mut command = world.command(&["aws", "list", "--all-regions", "-o", "ids"]);
        change(&mut command);
        run(&mut command)
    };
    // Its own variable goes before the common one.
    list_regions(&|command| {
        command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        command.env("AWS_ENDPOINT_URL_ACCOUNT", &base);
        command.env("AWS_ENDPOINT_URL_BACKUP", &base);
    })
    .exits(0);
    // A profile's `services` do as well, and a flag for AWS Backup on loopback takes the account along.
    let config = world.home().join("config");
    let services = format!(
        "[default]\nservices = local\n[services local]\nbackup =\n  endpoint_url = {base}\naccount =\n  endpoint_url = {base}\n"
    );
    std::fs::write(&config, services).unwrap();
    list_regions(&|command| {
        command.env_remove("AWS_ENDPOINT_URL");
        command.env("AWS_CONFIG_FILE", &config);
    })
    .exits(0);
    list_regions(&|command| {
        command.env_remove("AWS_ENDPOINT_URL");
        command.args(["--endpoint-url", &base]);
    })
    .exits(0);
    list_regions(&|command| {
        command.env("AWS_ENDPOINT_URL_ACCOUNT", "http://account.example");
    })
    .exits(2)
    .says("AWS_ENDPOINT_URL_ACCOUNT");
}

#[test]
fn all_regions_need_no_region_of_the_session() {
    let world = World::new();
    let mut command = world.command(&["aws", "list", "--all-regions", "-o", "ids"]);
    command.env_remove("AWS_REGION");
    command.env_remove("AWS_DEFAULT_REGION");
    let ran = run(&mut command);
    ran.exits(0);
    assert_eq!(
        ran.out.lines().count(),
        ids(&world, &["--all-regions"]).len()
    );
}

#[test]
fn s4_scopes_that_contradict_each_other_or_cannot_be_are_usage_errors() {
    let world = World::new();
    for arguments in [
        &["--all-regions", "--region", "us-east-1"][..],
        &["--all-vaults", "--vault", "prod"],
        &["--role-arn", ""],
        &["--role-arn", "arn:aws:iam::444455556666:user/bkdel"],
        &["--role-arn", "arn:aws:iam::444455556666:role/"],
        &["--role-arn", "bkdel"],
        &[
            "--role-arn",
            ROLE,
            "--role-arn",
            "arn:aws:iam::444455556666:role/Backup",
        ],
        &["--external-id", "tango"],
        &["--external-id", "", "--role-arn", ROLE],
        &["--external-id", "a b", "--role-arn", ROLE],
        // An id of an account that no role is in.
        &["--role-arn", THIRD, ARCHIVED],
    ] {
        list(&world, arguments).exits(2);
    }
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn all_vaults_are_what_a_list_reads_anyway() {
    let world = World::new();
    assert_eq!(ids(&world, &["--all-vaults"]), ids(&world, &[]));
}

#[test]
fn a_vault_or_a_glob_that_means_nothing_in_any_region_is_an_error() {
    let world = World::new();
    for name in ["nowhere", "nowhere-*"] {
        let ran = list(&world, &["--all-regions", "--vault", name]);
        assert_ne!(ran.code, Some(0), "{ran:?}");
        ran.says(name);
    }
    // One that is in another region than the session's is found.
    let found = ids(&world, &["--all-regions", "--vault", "disaster-*"]);
    assert_eq!(found.len(), 2);
}

#[test]
fn s3_a_region_or_a_vault_that_cannot_be_read_ends_it_and_is_named() {
    for (fault, code, scope) in [
        ("aws:deny-region=us-east-1", 7, "us-east-1"),
        (
            "aws:deny-vault=disaster-recovery",
            7,
            "111122223333/us-east-1/disaster-recovery",
        ),
        (
            "aws:repeated-token=disaster-recovery",
            7,
            "111122223333/us-east-1/disaster-recovery",
        ),
    ] {
        let world = World::with(&[fault]);
        let ran = list(&world, &["--all-regions"]);
        ran.exits(code).says(scope);
        assert_eq!(ran.out, "", "half a list is none");
    }
    // The only scope is no part of anything: that it may not be read is what it is.
    let world = World::with(&["aws:deny-vault=prod"]);
    list(&world, &["--vault", "prod"]).exits(4).says("prod");
}

#[test]
fn a_role_opens_the_account_that_it_is_in() {
    let world = World::new();
    let staging = ids(&world, &["--role-arn", ROLE]);
    assert_eq!(staging.len(), 2);
    assert!(staging.contains(&STAGING.to_owned()));
    let everywhere = ids(&world, &["--role-arn", ROLE, "--all-regions"]);
    assert_eq!(everywhere.len(), 4);
    assert!(everywhere.contains(&ARCHIVED.to_owned()));
    assert_eq!(ids(&world, &["--role-arn", THIRD]), [TOOLING]);
    let mut command = world.command(&["aws", "list", "-o", "ids"]);
    command.env("BKDEL_ROLE_ARN", THIRD);
    assert_eq!(run(&mut command).out.trim_end(), TOOLING);
}

#[test]
fn a_point_of_another_account_is_deleted_through_its_role_and_nothing_beside_it() {
    let world = World::new();
    let ran = world.bkdel(&[
        "aws",
        "delete",
        "--yes",
        "--allow-last",
        "--expect",
        "1",
        "--role-arn",
        ROLE,
        "-o",
        "json",
        STAGING,
    ]);
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted"]);
    ran.says("444455556666");
    assert_eq!(ids(&world, &["--role-arn", ROLE]).len(), 1);
    let changes: Vec<Value> = world.requests().into_iter().filter(is_mutating).collect();
    assert_eq!(changes.len(), 1);
    assert_eq!(
        changes[0]["limit"],
        "444455556666/eu-central-1/DeleteRecoveryPoint"
    );
}

#[test]
fn a_role_that_may_not_be_assumed_ends_it_before_anything_is_read() {
    let wants = "aws:external-id=tango";
    for (fault, arguments) in [
        ("aws:deny=AssumeRole", &["--role-arn", ROLE][..]),
        (
            "aws:no-lag",
            &["--role-arn", "arn:aws:iam::444455556666:role/nobody"],
        ),
        (
            "aws:no-lag",
            &["--role-arn", "arn:aws:iam::000000000000:role/bkdel"],
        ),
        (wants, &["--role-arn", ROLE]),
        (wants, &["--role-arn", ROLE, "--external-id", "foxtrot"]),
    ] {
        let world = World::with(&[fault]);
        let ran = list(&world, arguments);
        ran.exits(4)
            .says(arguments[1])
            .says("trust policy")
            .says("sts:AssumeRole")
            .says("--external-id");
        assert_eq!(asked(&world, "/backup-vaults/"), 0);
        assert!(
            !world
                .secrets()
                .iter()
                .any(|secret| ran.err.contains(secret))
        );
    }
    let world = World::with(&[wants]);
    let found = ids(&world, &["--role-arn", ROLE, "--external-id", "tango"]);
    assert_eq!(found.len(), 2);
}

#[test]
fn several_roles_are_assumed_each_once_before_anything_is_read() {
    let world = World::new();
    let ran = list(
        &world,
        &["--role-arn", ROLE, "--role-arn", THIRD, "--role-arn", ROLE],
    );
    ran.exits(0);
    let assumed: Vec<usize> = [ROLE, THIRD]
        .iter()
        .map(|role| {
            let account = &role[13..25];
            let requests = world.requests();
            let of_role = requests.iter().filter(|request| {
                let body = request["body"].as_str().unwrap_or_default();
                body.contains("Action=AssumeRole") && body.contains(account)
            });
            of_role.count()
        })
        .collect();
    assert_eq!(assumed, [1, 1]);
    // One that cannot be assumed ends it for all of them.
    let nobody = "arn:aws:iam::111122223333:role/nobody";
    let ran = list(&world, &["--role-arn", ROLE, "--role-arn", nobody]);
    ran.exits(4).says(nobody);
}
