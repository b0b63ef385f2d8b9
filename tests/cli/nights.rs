//! The examples of docs/ci.md that are for a shell, run as they stand: what GitLab and a nightly timer would do.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, time::Duration};

use serde_json::Value;

use crate::{
    tools::beside_bkdel,
    world::{Ran, World, run},
};

const PAGE: &str = include_str!("../../docs/ci.md");
const POLICY: &str = include_str!("../../src/cli/policy/example.toml");

/// The block of the page whose first line is this.
fn block(start: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("```{start}\n")).unwrap();
    rest.split_once("\n```").unwrap().0
}

/// Runs the nightly script, and gives what it kept: the plan and the run's journal.
fn night(world: &World, variables: &[(&str, &str)]) -> Ran {
    let script = world.home().join("nightly");
    fs::write(&script, block("sh nightly")).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(world.home().join("policy.toml"), POLICY).unwrap();
    fs::create_dir_all(world.home().join("state")).unwrap();
    let mut command = beside_bkdel(world, script.to_str().unwrap());
    for (name, value) in variables {
        if value.is_empty() {
            command.env_remove(name);
        } else {
            command.env(name, value);
        }
    }
    run(command.args(["policy.toml", "state"]))
}

/// The outcomes of the one run in the nightly script's folder, each with its provider.
fn outcomes(world: &World) -> BTreeSet<(String, String)> {
    let state = fs::read_dir(world.home().join("state")).unwrap();
    let journals: Vec<String> = state
        .map(|entry| entry.unwrap().path().display().to_string())
        .filter(|path| path.ends_with(".ndjson"))
        .collect();
    let [journal] = journals.as_slice() else {
        panic!("{journals:?}")
    };
    let run: Value = world.bkdel(&["report", journal, "-o", "json"]).json();
    let results = run["results"].as_array().unwrap().iter();
    results
        .map(|result| {
            ["provider", "outcome"].map(|field| result[field].as_str().unwrap().to_owned())
        })
        .map(|[provider, outcome]| (provider, outcome))
        .collect()
}

#[test]
fn a_night_deletes_what_the_policy_no_longer_keeps_with_tokens_from_files() {
    let world = World::new();
    let tokens = world.home().join("credentials");
    fs::create_dir_all(&tokens).unwrap();
    for (file, variable) in [("zilliz", "ZILLIZ_API_KEY"), ("aiven", "AIVEN_AUTH_TOKEN")] {
        fs::write(tokens.join(file), world.variable(variable) + "\n").unwrap();
    }
    night(
        &world,
        &[
            ("CREDENTIALS_DIRECTORY", tokens.to_str().unwrap()),
            ("ZILLIZ_API_KEY", ""),
            ("AIVEN_AUTH_TOKEN", ""),
        ],
    )
    .exits(0);
    let all =
        ["aiven", "aws", "zilliz"].map(|provider| (provider.to_owned(), "deleted".to_owned()));
    assert_eq!(outcomes(&world), BTreeSet::from(all));
}

#[test]
fn a_night_looks_again_at_what_was_not_confirmed_in_time() {
    let world = World::lagging(Duration::from_secs(4), &[]);
    let ran = night(&world, &[("BKDEL_WAIT", "100ms")]);
    ran.exits(0);
    assert!(
        outcomes(&world)
            .iter()
            .all(|(_, outcome)| outcome == "deleted"),
        "{ran:?}"
    );
}

#[test]
fn a_night_that_fails_or_cannot_plan_ends_as_bkdel_did() {
    let world = World::with(&["aws:expired"]);
    night(&world, &[]).exits(3);
    let world = World::with(&["aws:deny=ListRecoveryPointsByBackupVault"]);
    night(&world, &[]).exits(7);
    assert_eq!(world.changes(), []);
}

#[test]
fn the_pipeline_for_gitlab_applies_the_plan_of_its_first_job() {
    let world = World::new();
    fs::write(world.home().join("policy.toml"), POLICY).unwrap();
    let lines = block("yaml gitlab")
        .lines()
        .filter_map(|line| line.strip_prefix("    - "))
        .filter(|line| line.starts_with("bkdel ") || line.starts_with("test "));
    let mut lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 5, "{lines:?}");
    // GitLab hands a job's dotenv report to the jobs that need it, as variables.
    lines.insert(3, ". ./plan.env");
    let script = format!("set -eu\n{}", lines.join("\n"));
    run(beside_bkdel(&world, "sh").args(["-c", &script])).exits(0);
    assert!(!world.changes().is_empty());
    let junit = fs::read_to_string(world.home().join("run.xml")).unwrap();
    assert!(junit.contains("<testsuite"));
    assert!(world.home().join("plan.html").exists());
}
