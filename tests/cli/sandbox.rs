//! The `sandbox` command itself.

use std::{fs, net::TcpListener, process::Stdio};

use serde_json::Value;

use crate::world::{Ran, World, run};

const BKDEL: &str = env!("CARGO_BIN_EXE_bkdel");

/// `bkdel sandbox`, with more.
fn sandbox(world: &World, more: &[&str]) -> Ran {
    world.bkdel(&[&["sandbox"], more].concat())
}

#[cfg(unix)]
#[test]
fn runs_a_command_passes_its_code_on_and_is_first_in_its_path() {
    let world = World::new();
    for (script, code) in [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)] {
        sandbox(&world, &["--", "sh", "-c", script]).exits(code);
    }
    let ran = sandbox(&world, &["--", "sh", "-c", "command -v bkdel"]);
    ran.exits(0);
    assert_eq!(ran.out.trim_end(), BKDEL);
    let inside = sandbox(&world, &["--", "bkdel", "aiven", "list", "-o", "ids"]);
    inside.exits(0);
    assert_eq!(inside.out.lines().count(), 12);
    sandbox(
        &world,
        &["--", "bkdel", "aws", "list", "--vault", "nowhere"],
    )
    .exits(2);
    sandbox(&world, &["--", "no-such-program"])
        .exits(1)
        .says("no-such-program");
}

#[cfg(unix)]
#[test]
fn what_would_lead_past_the_sandbox_is_taken_out_of_the_environment() {
    let world = World::new();
    let script = "env | grep -E '^(AWS_PROFILE|AIVEN_TOKEN|BKDEL_ENDPOINT_URL|AWS_ENDPOINT_URL_BACKUP)=' || true";
    let mut command = world.command(&["sandbox", "--", "sh", "-c", script]);
    for name in [
        "AWS_PROFILE",
        "AIVEN_TOKEN",
        "BKDEL_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_BACKUP",
    ] {
        command.env(name, "https://example.com");
    }
    let ran = run(&mut command);
    ran.exits(0);
    assert_eq!(ran.out, "");
}

#[cfg(unix)]
#[test]
fn without_a_command_it_prints_variables_and_stays_until_it_is_told_to_end() {
    use std::{
        io::{BufRead, BufReader},
        process::Command,
    };

    for signal in ["-INT", "-TERM"] {
        let world = World::new();
        let mut child = world
            .command(&["sandbox"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let exports: Vec<String> = lines
            .by_ref()
            .map(Result::unwrap)
            .skip_while(|line| line.starts_with("unset "))
            .take(14)
            .collect();
        assert!(
            exports
                .iter()
                .all(|line| line.starts_with("export ") && line.ends_with('\'')),
            "{exports:?}"
        );
        // What they say is enough for another process.
        let script = format!("{}\n{BKDEL} zilliz list -o ids", exports.join("\n"));
        let listed = run(world
            .command(&[])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default()));
        assert_ne!(listed.code, Some(0), "nothing is said without arguments");
        let listed = run(Command::new("sh")
            .args(["-c", &script])
            .env("HOME", world.home()));
        listed.exits(0);
        assert_eq!(listed.out.lines().count(), 15);
        let folder = exports
            .iter()
            .find_map(|line| line.strip_prefix("export ZILLIZ_CONFIG_DIR='"))
            .unwrap()
            .trim_end_matches('\'')
            .to_owned();
        assert!(std::path::Path::new(&folder).exists());
        let id = child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        // Ctrl-C is how it is meant to end; being killed is told as such.
        let code = if signal == "-INT" { 0 } else { 143 };
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        assert!(
            !std::path::Path::new(&folder).exists(),
            "{signal}: {folder}"
        );
    }
}

/// What a list must give again; times of the provider's own making and what its API cannot carry are not among it.
fn comparable(document: &Value) -> Vec<Value> {
    let mut backups: Vec<Value> = document["backups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|backup| {
            let mut kept = serde_json::Map::new();
            for field in [
                "id",
                "scope",
                "resource",
                "type",
                "name",
                "created_at",
                "expires_at",
                "size_bytes",
                "status",
                "healthy",
                "protected",
                "protection",
                "tags",
            ] {
                kept.insert(field.to_owned(), backup[field].clone());
            }
            for attribute in [
                "storage_class",
                "status_message",
                "parent_recovery_point_arn",
                "is_parent",
                "vault_type",
                "lock_date",
                "source_backup_vault_arn",
                "backup_plan_id",
                "move_to_cold_storage_at",
                "creation_method",
                "cluster_name",
                "cluster_status",
                "cluster_region_id",
                "project_name",
                "orphaned",
                "plan",
                "cloud_name",
                "state",
                "copies",
                "oldest",
                "newest",
                "paused",
                "pause_reason",
                "primary_backups",
                "data_size_before_compression",
                "additional_backup_regions",
            ] {
                kept.insert(
                    attribute.to_owned(),
                    backup["attributes"][attribute].clone(),
                );
            }
            Value::Object(kept)
        })
        .collect();
    backups.sort_by_key(|backup| backup["id"].to_string());
    backups
}

#[test]
fn what_list_printed_can_be_served_again_and_lists_the_same() {
    for provider in ["aws", "zilliz", "aiven"] {
        let world = World::new();
        for format in ["json", "ndjson"] {
            let listed = world.bkdel(&[provider, "list", "-o", "json"]);
            listed.exits(0);
            let copy = world.bkdel(&[provider, "list", "-o", format]);
            fs::write(world.home().join("copy"), &copy.out).unwrap();
            let again = sandbox(
                &world,
                &[
                    "--data", "copy", "--", "bkdel", provider, "list", "-o", "json",
                ],
            );
            again.exits(0);
            let (before, after) = (comparable(&listed.json()), comparable(&again.json()));
            assert_eq!(before.len(), after.len(), "{provider}");
            for (before, after) in before.iter().zip(&after) {
                assert_eq!(before, after, "{provider} {format}");
            }
        }
    }
}

#[test]
fn a_fault_that_nobody_has_is_a_usage_error_that_lists_those_that_there_are() {
    let world = World::new();
    for (fault, said) in [
        ("aws:nonsense", "hold-late"),
        ("aws:nested=sometimes", "nested=refuse|allow|cascade"),
        ("zilliz:nonsense", "orphan-96018"),
        ("zilliz:code=x", "code"),
        ("aiven:nonsense", "limit-one"),
        ("aiven:nonsense", "throttle=N/s"),
        ("nobody:hang", "aws, zilliz, aiven"),
        ("aws", "PROVIDER:KIND"),
        ("aws:throttle=fast", "5/s"),
        ("", "PROVIDER:KIND"),
    ] {
        sandbox(&world, &["--fault", fault, "--", BKDEL, "--version"])
            .exits(2)
            .says("--fault")
            .says(said);
    }
}

#[test]
fn data_that_is_none_is_a_usage_error_that_names_the_file() {
    let world = World::new();
    for text in [
        "",
        " \n",
        "nonsense",
        "{\"a\": 1}",
        "{\"backups\": 1}",
        "[1]",
        "[{\"provider\": \"aws\"}]",
    ] {
        fs::write(world.home().join("data"), text).unwrap();
        let ran = sandbox(&world, &["--data", "data", "--", BKDEL, "--version"]);
        assert_eq!(ran.code, Some(2), "{text:?}: {ran:?}");
        ran.says("--data data");
        assert_eq!(ran.out, "", "the command was not run");
    }
    sandbox(&world, &["--data", "nowhere", "--", BKDEL, "--version"])
        .exits(2)
        .says("--data nowhere");
    fs::write(world.home().join("data"), "{\"backups\": []}").unwrap();
    let nothing = sandbox(
        &world,
        &["--data", "data", "--", BKDEL, "aws", "list", "-o", "ids"],
    );
    nothing.exits(0);
    assert_eq!(nothing.out, "");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let world = World::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    sandbox(&world, &["--port", &port, "--", BKDEL, "--version"])
        .exits(2)
        .says(&format!("--port {port}"))
        .says("in use");
}

#[test]
fn lag_is_how_long_a_deletion_takes() {
    let world = World::new();
    let id = crate::subjects::AWS.deletable[0];
    for (lag, outcome) in [("0s", "deleted"), ("1h", "pending")] {
        let ran = sandbox(
            &world,
            &[
                "--lag",
                lag,
                "--",
                "bkdel",
                "aws",
                "delete",
                "--yes",
                "--no-wait",
                "-o",
                "ndjson",
                id,
            ],
        );
        assert!(
            ran.out.contains(&format!("\"outcome\":\"{outcome}\"")),
            "{lag}: {ran:?}"
        );
    }
    sandbox(&world, &["--lag", "5m", "--", "true"]).exits(2);
}
