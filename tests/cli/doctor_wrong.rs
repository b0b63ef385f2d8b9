//! `doctor` where something is wrong: it is named, with the way out, and the exit code says what kind it is.

use std::fs;

use serde_json::Value;

use crate::{
    doctor::{check, checks, doctor, doctor_with, machine, of, only_looked, right},
    subjects::ALL,
    world::{World, run},
};

#[test]
fn who_is_named_and_has_no_credentials_is_4_with_every_place_that_was_looked_in() {
    let world = World::new();
    for subject in ALL {
        let ran = doctor_with(&world, &[subject.provider], subject.credentials, &[]);
        ran.exits(4);
        let document = ran.json();
        assert_eq!(of(&document, subject.provider)["verdict"], "not_set_up");
        let credentials = check(&document, subject.provider, "credentials");
        assert_eq!(credentials["standing"], "broken");
        assert_eq!(credentials["kind"], "credentials");
        let found = credentials["found"].as_str().unwrap();
        assert!(found.contains(subject.credentials[0]), "{found}");
        assert!(!credentials["hint"].as_str().unwrap().is_empty());
    }
    // Neither is there a region, which would be asked for next.
    let nothing = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ];
    let ran = doctor_with(&world, &["aws"], &nothing, &[]);
    ran.exits(4);
    let document = ran.json();
    let first = &of(&document, "aws")["checks"][0];
    assert_eq!(first["check"], "credentials");
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn credentials_that_are_not_accepted_are_4_and_nothing_is_tried_with_them() {
    let world = World::new();
    for subject in ALL {
        let secret = *subject.credentials.last().unwrap();
        for arguments in [&[subject.provider][..], &[]] {
            let ran = doctor_with(&world, arguments, &[], &[(secret, "a-wrong-one")]);
            ran.exits(4);
            let document = ran.json();
            assert_eq!(of(&document, subject.provider)["verdict"], "broken");
            let identity = check(&document, subject.provider, "identity");
            assert_eq!(identity["standing"], "broken");
            assert_eq!(identity["kind"], "credentials");
            let credentials = check(&document, subject.provider, "credentials");
            assert_eq!(credentials["standing"], "note");
            let rights = checks(&document, subject.provider, "right");
            assert_eq!(rights.len(), 1);
            assert_eq!(rights[0]["standing"], "unknown");
        }
    }
    for (provider, fault) in [
        ("aws", "aws:expired-token"),
        ("zilliz", "zilliz:unauthorized"),
        ("aiven", "aiven:unauthorized"),
    ] {
        let ran = doctor(&World::with(&[fault]), &[provider]);
        ran.exits(4);
        let document = ran.json();
        let identity = check(&document, provider, "identity");
        assert_eq!(identity["kind"], "credentials", "{fault}");
    }
    // A key that is not good can be answered with 200, too.
    let world = World::with(&["zilliz:auth-200"]);
    let wrong = [("ZILLIZ_API_KEY", "a-wrong-one")];
    doctor_with(&world, &["zilliz"], &[], &wrong).exits(4);
}

/// A fault, what it takes away, and a word of the hint.
type Missing = (&'static str, &'static str, &'static str);

/// Without these nothing works.
const MUST: [Missing; 7] = [
    (
        "aws:deny=ListBackupVaults",
        "backup:ListBackupVaults",
        "allow backup:ListBackupVaults",
    ),
    (
        "aws:deny=ListRecoveryPointsByBackupVault",
        "backup:ListRecoveryPointsByBackupVault",
        "on vault prod",
    ),
    (
        "aws:deny-vault=prod",
        "backup:ListRecoveryPointsByBackupVault",
        "on vault prod",
    ),
    (
        "aws:deny=DescribeRecoveryPoint",
        "backup:DescribeRecoveryPoint",
        "allow backup:DescribeRecoveryPoint",
    ),
    (
        "aws:deny=ListRegions",
        "account:ListRegions",
        "allow account:ListRegions",
    ),
    ("zilliz:list-denied", "ListBackups", "backup: manage"),
    (
        "aiven:services-denied=acme-prod",
        "ServiceList",
        "project:services:read in acme-prod",
    ),
];

/// Without these less is seen.
const SHOULD: [Missing; 8] = [
    (
        "aws:deny=ListRecoveryPointsByResource",
        "backup:ListRecoveryPointsByResource",
        "last of its resource",
    ),
    ("aws:deny=ListTags", "backup:ListTags", "bkdel:keep"),
    ("aws:deny=ListLegalHolds", "backup:ListLegalHolds", "holds"),
    (
        "aws:deny=ListRecoveryPointsByLegalHold",
        "backup:ListRecoveryPointsByLegalHold",
        "holds",
    ),
    ("zilliz:clusters-denied", "ListClusters", "Project Admin"),
    ("zilliz:projects-denied", "ListProjects", "Project Admin"),
    ("zilliz:describe-denied", "DescribeBackup", "Project Admin"),
    (
        "aiven:backups-denied",
        "ServiceBackupsGet",
        "service:configuration:write",
    ),
];

#[test]
fn a_right_that_is_missing_is_named_with_what_hangs_on_it() {
    let tables = [(&MUST[..], "broken", 4), (&SHOULD[..], "warning", 0)];
    for (table, standing, code) in tables {
        for (fault, name, hint) in table {
            eprintln!("-- {fault}");
            let world = World::with(&[fault]);
            let provider = fault.split(':').next().unwrap();
            let mut arguments = vec![provider];
            // What is not asked for is not tried.
            arguments.extend((*name == "account:ListRegions").then_some("--all-regions"));
            let ran = doctor(&world, &arguments);
            ran.exits(code);
            let document = ran.json();
            let found = right(&document, provider, name);
            assert_eq!(found["standing"], standing);
            assert_eq!(found["kind"], "permission");
            let told = found["hint"].as_str().unwrap();
            assert!(told.contains(hint), "{told}");
            only_looked(&world);
        }
    }
}

#[test]
fn what_only_names_people_may_be_denied() {
    for (fault, provider, name, standing, unknown) in [
        (
            "aws:deny=ListAccountAliases",
            "aws",
            "identity",
            "ok",
            "alias",
        ),
        (
            "aws:deny=GetCallerIdentity",
            "aws",
            "identity",
            "warning",
            "principal",
        ),
        (
            "aiven:organizations-denied",
            "aiven",
            "organisations",
            "note",
            "organizations",
        ),
    ] {
        let ran = doctor(&World::with(&[fault]), &[provider]);
        ran.exits(0);
        let document = ran.json();
        let found = check(&document, provider, name);
        assert_eq!(found["standing"], standing, "{fault}");
        assert_eq!(found["details"][unknown], Value::Null);
    }
}

#[test]
fn a_provider_that_cannot_be_reached_or_understood_is_7_and_the_way_to_it_is_told() {
    for subject in ALL {
        let provider = subject.provider;
        let world = World::new();
        let nowhere = [(subject.endpoint, "http://127.0.0.1:1")];
        let ran = doctor_with(&world, &[provider, "--retry-for", "0s"], &[], &nowhere);
        ran.exits(7);
        let document = ran.json();
        assert_eq!(of(&document, provider)["verdict"], "broken");
        let endpoint = &check(&document, provider, "endpoint")["details"];
        assert_eq!(endpoint["url"], "http://127.0.0.1:1");
        let clock = check(&document, provider, "clock");
        assert_eq!(clock["standing"], "unknown");
        let all = of(&document, provider)["checks"].as_array().unwrap();
        let mut broken = all.iter().filter(|check| check["standing"] == "broken");
        let first = broken.next().unwrap();
        assert_eq!(first["kind"], "network");
        assert!(first["hint"].as_str().unwrap().contains("HTTPS_PROXY"));
        assert_eq!(broken.count(), 0, "once is enough");
        // The others are as well as ever, and the code is the broken one's.
        doctor_with(&world, &["--retry-for", "0s"], &[], &nowhere).exits(7);

        let html = World::with(&[&format!("{provider}:html")]);
        doctor(&html, &[provider, "--retry-for", "0s"]).exits(7);
    }
}

#[test]
fn a_clock_that_is_off_is_told_in_seconds_and_from_this_machines_side() {
    for subject in ALL {
        let provider = subject.provider;
        for (fault, ahead) in [("clock=90s", -90), ("clock=-10min", 600)] {
            let world = World::with(&[&format!("{provider}:{fault}")]);
            let ran = doctor(&world, &[provider]);
            ran.exits(0);
            let document = ran.json();
            let clock = check(&document, provider, "clock");
            assert_eq!(clock["standing"], "warning", "{fault}");
            let seconds = clock["details"]["ahead_seconds"].as_i64().unwrap();
            assert!((ahead - 2..=ahead + 2).contains(&seconds), "{clock}");
            assert!(clock["hint"].as_str().unwrap().contains("clock"));
        }
        let near = World::with(&[&format!("{provider}:clock=30s")]);
        let document = doctor(&near, &[provider]).json();
        assert_eq!(check(&document, provider, "clock")["standing"], "ok");
    }
    for (fault, ahead) in [("aws:clock-skew", -3600), ("aws:clock-skew=behind", 3600)] {
        let ran = doctor(&World::with(&[fault]), &["aws"]);
        ran.exits(4);
        let document = ran.json();
        let clock = check(&document, "aws", "clock");
        assert_eq!(clock["standing"], "broken");
        let seconds = clock["details"]["ahead_seconds"].as_i64().unwrap();
        assert!((ahead - 2..=ahead + 2).contains(&seconds), "{clock}");
        let identity = check(&document, "aws", "identity");
        assert!(identity["hint"].as_str().unwrap().contains("clock"));

        let role = "arn:aws:iam::444455556666:role/bkdel";
        let ran = doctor(&World::with(&[fault]), &["aws", "--role-arn", role]);
        ran.exits(4);
        let document = ran.json();
        assert_eq!(check(&document, "aws", "clock")["standing"], "broken");
    }
}

#[test]
fn settings_that_are_wrong_are_2() {
    let world = World::new();
    for (arguments, without, with) in [
        (
            &["aws"][..],
            &["AWS_REGION", "AWS_DEFAULT_REGION"][..],
            None,
        ),
        (&["aws"], &[], Some(("AWS_REGION", "nowhere at all"))),
        (&["aws", "--vault", "nowhere"], &[], None),
        (&["zilliz"], &[], Some(("ZILLIZCLOUD_HOST_ADDRESS", " "))),
        (&["aiven"], &[], Some(("AIVEN_WEB_URL", "ftp://x"))),
    ] {
        let with: Vec<(&str, &str)> = with.into_iter().collect();
        let ran = doctor_with(&world, arguments, without, &with);
        ran.exits(2);
        assert_eq!(of(&ran.json(), arguments[0])["verdict"], "broken");
    }
    for wrong in [
        &["doctor", "nobody"][..],
        &["doctor", "-o", "csv"],
        &["doctor", "aws", "-o", "ids"],
        &["doctor", "-o", "html"],
        &["doctor", "--endpoint-url", "https://api.example.com"],
        &["doctor", "--token-file", "token"],
        &["doctor", "aws", "--token-file", "token"],
        &["doctor", "aws", "--region", ""],
        &["doctor", "aws", "--vault", " "],
        &["doctor", "aws", "--account", "111122223333"],
        &["doctor", "aiven", "--project", ""],
        &["doctor", "zilliz", "--vault", "prod"],
    ] {
        let ran = world.bkdel(wrong);
        ran.exits(2);
        assert_eq!(ran.out, "", "{wrong:?}");
    }
    let mut command = world.command(&["doctor"]);
    run(command.env("BKDEL_ENDPOINT_URL", "https://api.example.com")).exits(2);
    let mut command = world.command(&["doctor"]);
    run(command.env("SSL_CERT_FILE", "nowhere.pem"))
        .exits(2)
        .says("SSL_CERT_FILE");
}

#[test]
fn a_state_folder_in_which_nothing_can_be_written_is_1_and_none_is_made_by_looking() {
    let world = World::new();
    let ran = doctor(&world, &["aiven"]);
    ran.exits(0);
    let document = ran.json();
    let state = machine(&document, "state");
    assert_eq!(state["standing"], "ok");
    let path = state["details"]["path"].as_str().unwrap();
    assert!(path.starts_with(world.home().to_str().unwrap()));
    assert!(!world.home().join(".local").exists());

    fs::write(world.home().join("file"), "").unwrap();
    for unusable in ["file", "file/below"] {
        let ran = doctor_with(&world, &["aiven"], &[], &[("BKDEL_STATE_DIR", unusable)]);
        ran.exits(1);
        let document = ran.json();
        let state = machine(&document, "state");
        assert_eq!(state["standing"], "broken");
        assert!(state["hint"].as_str().unwrap().contains("BKDEL_STATE_DIR"));
        // What the provider says goes first.
        let wrong = [("BKDEL_STATE_DIR", unusable), ("AIVEN_AUTH_TOKEN", "wrong")];
        doctor_with(&world, &["aiven"], &[], &wrong).exits(4);
    }
}
