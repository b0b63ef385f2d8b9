//! `doctor`: what it finds where all is well and where it is not, what it ends with, and that it only looks.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::{
    subjects::{ALL, Subject},
    world::{Ran, World, run},
};

/// `doctor` as JSON, with more.
pub(crate) fn doctor(world: &World, arguments: &[&str]) -> Ran {
    world.bkdel(&[&["doctor", "-o", "json"], arguments].concat())
}

/// The same without some variables and with others.
pub(crate) fn doctor_with(
    world: &World,
    arguments: &[&str],
    without: &[&str],
    with: &[(&str, &str)],
) -> Ran {
    let mut command = world.command(&[&["doctor", "-o", "json"], arguments].concat());
    for name in without {
        command.env_remove(name);
    }
    command.envs(with.iter().copied());
    run(&mut command)
}

pub(crate) fn of<'a>(document: &'a Value, provider: &str) -> &'a Value {
    let mut all = document["providers"].as_array().unwrap().iter();
    all.find(|one| one["provider"] == provider).unwrap()
}

/// A provider's checks of one name.
pub(crate) fn checks<'a>(document: &'a Value, provider: &str, name: &str) -> Vec<&'a Value> {
    let all = of(document, provider)["checks"].as_array().unwrap().iter();
    all.filter(|check| check["check"] == name).collect()
}

#[track_caller]
pub(crate) fn check<'a>(document: &'a Value, provider: &str, name: &str) -> &'a Value {
    let found = checks(document, provider, name);
    assert!(!found.is_empty(), "no {name} of {provider} in {document:#}");
    found[0]
}

#[track_caller]
pub(crate) fn right<'a>(document: &'a Value, provider: &str, name: &str) -> &'a Value {
    let rights = checks(document, provider, "right");
    let found = rights.into_iter().find(|right| right["subject"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {document:#}"))
}

pub(crate) fn machine<'a>(document: &'a Value, name: &str) -> &'a Value {
    let mut all = document["machine"].as_array().unwrap().iter();
    all.find(|check| check["check"] == name).unwrap()
}

/// Every standing of a provider.
fn standings<'a>(document: &'a Value, provider: &str) -> Vec<&'a str> {
    let all = of(document, provider)["checks"].as_array().unwrap().iter();
    all.map(|check| check["standing"].as_str().unwrap())
        .collect()
}

/// Every request was one that reads.
#[track_caller]
pub(crate) fn only_looked(world: &World) {
    let requests = world.requests();
    for request in &requests {
        let (method, path) = (&request["method"], request["path"].as_str().unwrap());
        let reads = method == "GET" || (method == "POST" && matches!(path, "/" | "/listRegions"));
        assert!(reads && request["mutates"] == false, "{request}");
        let action = request["body"].as_str().unwrap();
        if path == "/" {
            let known = ["GetCallerIdentity", "AssumeRole", "ListAccountAliases"];
            assert!(known.iter().any(|name| action.contains(name)), "{request}");
        }
    }
}

#[test]
fn tells_who_where_and_by_which_credentials_where_all_is_well() {
    let world = World::new();
    let before = world.state();
    for (subject, account, source, rights) in [
        (
            ALL[0],
            "111122223333",
            "environment",
            &[
                "backup:ListBackupVaults",
                "backup:ListRecoveryPointsByBackupVault",
                "backup:DescribeRecoveryPoint",
                "backup:ListRecoveryPointsByResource",
                "backup:ListTags",
                "backup:ListLegalHolds",
                "backup:ListRecoveryPointsByLegalHold",
            ][..],
        ),
        (
            ALL[1],
            "",
            "ZILLIZ_API_KEY",
            &[
                "ListProjects",
                "ListClusters",
                "ListBackups",
                "DescribeBackup",
            ],
        ),
        (
            ALL[2],
            "sandbox@example.com",
            "AIVEN_AUTH_TOKEN",
            &["ProjectList", "ServiceList", "ServiceBackupsGet"],
        ),
    ] {
        let provider = subject.provider;
        let ran = doctor(&world, &[provider]);
        ran.exits(0);
        assert_eq!(ran.err, "");
        let document = ran.json();
        assert_eq!(document["schema"], "bkdel.doctor/v1");
        assert_eq!(document["exit_code"], 0);
        assert_eq!(document["providers"].as_array().unwrap().len(), 1);
        assert_eq!(of(&document, provider)["verdict"], "ready");
        let identity = check(&document, provider, "identity");
        let told = identity["details"]["account"].as_str().unwrap();
        assert!(told == account || (account.is_empty() && !told.is_empty()));
        let credentials = check(&document, provider, "credentials");
        assert_eq!(credentials["details"]["source"], source);
        let endpoint = &check(&document, provider, "endpoint")["details"];
        assert_eq!(endpoint["url"], world.variable(subject.endpoint));
        assert_eq!(endpoint["by"], subject.endpoint);
        let clock = &check(&document, provider, "clock")["details"]["ahead_seconds"];
        assert!((-2..=2).contains(&clock.as_i64().unwrap()), "{clock}");
        for name in rights {
            assert_eq!(right(&document, provider, name)["standing"], "ok", "{name}");
        }
        assert_eq!(*standings(&document, provider).last().unwrap(), "unknown");
        for word in standings(&document, provider) {
            assert!(matches!(word, "ok" | "note" | "unknown"), "{document:#}");
        }
    }
    let aws = doctor(&world, &["aws"]).json();
    let identity = &check(&aws, "aws", "identity")["details"];
    assert_eq!(identity["alias"], "example-production");
    assert_eq!(
        identity["principal"],
        "arn:aws:iam::111122223333:user/sandbox"
    );
    assert_eq!(
        check(&aws, "aws", "region")["found"],
        "eu-central-1, from AWS_REGION"
    );
    assert_eq!(
        right(&aws, "aws", "backup:DeleteRecoveryPoint")["standing"],
        "unknown"
    );
    let aiven = doctor(&world, &["aiven"]).json();
    assert_eq!(
        check(&aiven, "aiven", "organisations")["found"],
        "Acme (org4b2c0d1e9f8)"
    );
    only_looked(&world);
    assert_eq!(world.state(), before);
}

#[test]
fn without_a_name_all_three_are_looked_at_and_who_is_not_set_up_is_no_error() {
    let world = World::new();
    let ran = doctor(&world, &[]);
    ran.exits(0);
    assert_eq!(ran.json()["providers"].as_array().unwrap().len(), 3);
    let mut missing: Vec<&str> = Vec::new();
    for (number, subject) in ALL.iter().enumerate() {
        missing.extend(subject.credentials);
        let ran = doctor_with(&world, &[], &missing, &[]);
        ran.exits(if number == 2 { 4 } else { 0 });
        for (place, other) in ALL.iter().enumerate() {
            let document = ran.json();
            let verdict = &of(&document, other.provider)["verdict"];
            let expected = if place <= number {
                "not_set_up"
            } else {
                "ready"
            };
            assert_eq!(verdict, expected, "{}", other.provider);
        }
    }
    only_looked(&world);
}

#[test]
fn the_proxy_is_told_without_its_password() {
    let world = World::new();
    let proxy = [("HTTPS_PROXY", "http://somebody:hunter2@127.0.0.1:1")];
    for subject in ALL {
        let provider = subject.provider;
        let ran = doctor_with(&world, &[provider], &[], &proxy);
        ran.exits(0);
        let document = ran.json();
        let found = check(&document, provider, "proxy");
        assert_eq!(found["standing"], "note", "plain http takes none");
        assert_eq!(found["details"]["by"], "HTTPS_PROXY");

        let elsewhere = [
            "-vvv",
            provider,
            "--retry-for",
            "0s",
            "--endpoint-url",
            "https://api.example.invalid",
        ];
        let ran = doctor_with(&world, &elsewhere, &[], &proxy);
        ran.exits(7);
        let document = ran.json();
        let found = &check(&document, provider, "proxy")["details"];
        assert_eq!(found["url"], "http://127.0.0.1:1");
        let endpoint = &check(&document, provider, "endpoint")["details"];
        assert_eq!(endpoint["by"], "--endpoint-url");
        assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"));
    }
}

#[test]
fn places_that_were_not_used_are_told_and_a_profile_that_loses_is_a_warning() {
    let world = World::new();
    let token = world.variable("AIVEN_AUTH_TOKEN");
    fs::write(world.home().join("token"), &token).unwrap();
    let ran = doctor(&world, &["aiven", "--token-file", "token"]);
    ran.exits(0);
    let document = ran.json();
    let credentials = check(&document, "aiven", "credentials");
    assert_eq!(credentials["details"]["source"], "--token-file token");
    let not_used = check(&document, "aiven", "not_used");
    assert_eq!(not_used["details"]["source"], "AIVEN_AUTH_TOKEN");

    let several = [("ZILLIZ_CLOUD_TOKEN", "another")];
    let document = doctor_with(&world, &["zilliz"], &[], &several).json();
    let not_used = check(&document, "zilliz", "not_used");
    assert_eq!(not_used["details"]["source"], "ZILLIZ_CLOUD_TOKEN");
    assert_eq!(
        check(&document, "zilliz", "settings")["standing"],
        "warning"
    );

    fs::write(
        world.home().join("profiles"),
        "[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = of-work\n",
    )
    .unwrap();
    let profiles = ("AWS_SHARED_CREDENTIALS_FILE", "profiles");
    let named = [profiles, ("AWS_PROFILE", "work")];
    let ran = doctor_with(&world, &["aws"], &[], &named);
    ran.exits(0);
    let document = ran.json();
    assert_eq!(
        check(&document, "aws", "credentials")["details"]["source"],
        "environment"
    );
    let loses = check(&document, "aws", "not_used");
    assert_eq!(loses["standing"], "warning");
    assert_eq!(loses["details"]["source"], "profile work");

    let ran = doctor_with(&world, &["aws", "--profile", "work"], &[], &[profiles]);
    ran.exits(4);
    let document = ran.json();
    let credentials = check(&document, "aws", "credentials");
    assert_eq!(credentials["details"]["source"], "profile work");
    assert_eq!(credentials["details"]["key_end"], "WORK");
    assert_eq!(check(&document, "aws", "not_used")["standing"], "note");
    assert!(!ran.out.contains("of-work") && !ran.out.contains("AKIAWORK"));

    let ran = doctor_with(&world, &["aws", "--profile", "nowhere"], &[], &[profiles]);
    ran.exits(4);
    assert_eq!(of(&ran.json(), "aws")["verdict"], "broken");
}

#[cfg(unix)]
#[test]
fn a_state_folder_that_others_can_write_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let folder = world.home().join("runs");
    fs::create_dir(&folder).unwrap();
    for (mode, standing) in [(0o700, "ok"), (0o777, "warning")] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        let with = [("BKDEL_STATE_DIR", folder.to_str().unwrap())];
        let ran = doctor_with(&world, &["aiven"], &[], &with);
        ran.exits(0);
        let document = ran.json();
        let state = machine(&document, "state");
        assert_eq!(state["standing"], standing);
        assert_eq!(state["details"]["mode"], format!("{mode:04o}"));
    }
}

#[test]
fn the_machine_says_its_version_and_why_there_are_colours() {
    let world = World::new();
    for (with, color, by) in [
        (&[][..], false, "it is no terminal"),
        (&[("NO_COLOR", "1")], false, "NO_COLOR"),
        (&[("CLICOLOR_FORCE", "1")], true, "CLICOLOR_FORCE"),
        (
            &[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")],
            false,
            "TERM=dumb",
        ),
        (&[("BKDEL_COLOR", "always")], true, "--color or BKDEL_COLOR"),
    ] {
        let document = doctor_with(&world, &["zilliz"], &[], with).json();
        let terminal = &machine(&document, "terminal")["details"];
        assert_eq!(terminal["terminal"], false);
        assert_eq!(terminal["color"], color);
        assert_eq!(terminal["color_by"], by);
    }
    let document = doctor(&world, &["zilliz"]).json();
    assert_eq!(
        machine(&document, "version")["details"]["version"],
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_person_reads_the_same_with_and_without_colours() {
    let world = World::with(&["aws:deny=ListTags", "zilliz:list-denied"]);
    let plain = world.bkdel(&["doctor"]);
    plain.exits(4);
    for mark in [
        "AWS Backup: ready",
        "Zilliz Cloud: cannot work",
        "Aiven: ready",
        "This machine",
        "\n  ok      identity      account 111122223333 (example-production), ",
        "\n  WARNING right         backup:ListTags: ",
        "\n  BROKEN  right         ListBackups: ",
        "\n                        hint: allow backup:ListTags: ",
        "\n  ?       right         backup:DeleteRecoveryPoint: ",
    ] {
        assert!(plain.out.contains(mark), "{mark:?} is not in {}", plain.out);
    }
    let colored = world.bkdel(&["doctor", "--color", "always"]);
    assert!(colored.out.contains("\u{1b}[31mBROKEN\u{1b}[0m"));
    let mut bare = colored.out;
    for code in [
        "\u{1b}[0m",
        "\u{1b}[1m",
        "\u{1b}[31m",
        "\u{1b}[32m",
        "\u{1b}[33m",
    ] {
        bare = bare.replace(code, "");
    }
    // Request ids and the end of a lease differ from run to run; the lines and their marks do not.
    let marks = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.chars().take(22).collect())
            .collect()
    };
    assert_eq!(marks(&bare), marks(&plain.out));
}

#[test]
fn a_check_has_the_same_fields_wherever_it_is_printed() {
    let world = World::with(&["aiven:backups-denied"]);
    let document = doctor(&world, &[]).json();
    let fields = [
        "check", "details", "found", "hint", "kind", "standing", "subject",
    ];
    let of_providers = document["providers"].as_array().unwrap().iter();
    let all: Vec<&Value> = of_providers
        .flat_map(|one| one["checks"].as_array().unwrap())
        .chain(document["machine"].as_array().unwrap())
        .collect();
    for check in &all {
        let mut names: Vec<&str> = check
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(names, fields);
    }
    let lines = world.bkdel(&["doctor", "-o", "ndjson"]);
    lines.exits(0);
    let lines: Vec<Value> = lines
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), all.len());
    for line in &lines {
        assert_eq!(line["schema"], "bkdel.check/v1");
    }
    let mut providers: Vec<&Value> = lines.iter().map(|line| &line["provider"]).collect();
    providers.dedup();
    assert_eq!(
        providers,
        ["aws", "zilliz", "aiven", ""]
            .map(|name| {
                if name.is_empty() {
                    Value::Null
                } else {
                    name.into()
                }
            })
            .iter()
            .collect::<Vec<_>>()
    );
}

#[test]
fn several_accounts_and_regions_are_looked_at_one_by_one() {
    let world = World::new();
    let roles = ["444455556666", "777788889999"].map(|id| format!("arn:aws:iam::{id}:role/bkdel"));
    let ran = doctor(
        &world,
        &[
            "aws",
            "--role-arn",
            &roles[0],
            "--role-arn",
            &roles[1],
            "--all-regions",
        ],
    );
    ran.exits(0);
    let document = ran.json();
    let accounts: Vec<&str> = checks(&document, "aws", "identity")
        .iter()
        .map(|check| check["details"]["account"].as_str().unwrap())
        .collect();
    assert_eq!(accounts, ["444455556666", "777788889999"]);
    let rights = checks(&document, "aws", "right");
    let of_regions = rights
        .iter()
        .filter(|right| right["subject"] == "account:ListRegions");
    assert_eq!(of_regions.count(), 2);
    let of_vaults = rights
        .iter()
        .filter(|right| right["subject"] == "backup:ListBackupVaults");
    let accounts: BTreeSet<&str> = of_vaults
        .map(|right| right["details"]["account"].as_str().unwrap())
        .collect();
    assert_eq!(accounts.len(), 2);
    assert!(
        rights
            .iter()
            .any(|right| right["details"]["region"] == "us-east-1")
    );
    only_looked(&world);

    let denied = doctor(
        &world,
        &["aws", "--role-arn", "arn:aws:iam::444455556666:role/nobody"],
    );
    denied.exits(4);
    let document = denied.json();
    let hint = check(&document, "aws", "credentials")["hint"]
        .as_str()
        .unwrap();
    assert!(hint.contains("sts:AssumeRole"), "{hint}");
}

#[test]
fn s27_no_secret_is_in_what_doctor_says() {
    for fault in ["", "unauthorized", "html", "error-500"] {
        for Subject { provider, .. } in ALL {
            let fault = format!("{provider}:{fault}");
            let faults: &[&str] = if fault.ends_with(':') { &[] } else { &[&fault] };
            let world = World::with(faults);
            let mut secrets = world.secrets();
            assert_eq!(secrets.len(), 3);
            secrets.push("AVNS_SandboxSecret".to_owned());
            secrets.extend(["Signature=", "Bearer ", "aivenv1 "].map(str::to_owned));
            secrets.push(world.variable("AWS_ACCESS_KEY_ID"));
            for format in ["human", "json", "ndjson"] {
                let mut command =
                    world.command(&["doctor", "-vvv", "-o", format, "--retry-for", "0s"]);
                let ran = run(command.env("RUST_LOG", "trace"));
                for secret in &secrets {
                    assert!(
                        !ran.out.contains(secret) && !ran.err.contains(secret),
                        "{secret}"
                    );
                }
            }
            only_looked(&world);
        }
    }
}

#[test]
fn s28_what_providers_call_things_is_harmless_on_a_terminal() {
    let world = World::new();
    let mut command = world.command(&["doctor", "aws", "--vault", "\u{1b}[31m::error::"]);
    let ran = run(&mut command);
    ran.exits(2);
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'));
}
