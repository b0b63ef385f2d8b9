//! The configuration file and its contexts: what counts first, what is no key, and what is said.

use std::{fs, path::PathBuf, time::Duration};

use serde_json::Value;

use crate::world::{Ran, World, run};

const EXAMPLE: &str = include_str!("../../src/cli/config/example.toml");

/// A file at the usual place.
fn written(world: &World, text: &str) -> PathBuf {
    let folder = world.home().join(".config/bkdel");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("config.toml");
    fs::write(&path, text).unwrap();
    path
}

fn with(world: &World, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    run(world.command(arguments).envs(variables.iter().copied()))
}

/// A setting as `config show` has it: its value, and who says so.
fn setting(ran: &Ran, provider: Option<&str>, key: &str) -> (Value, String) {
    let document = ran.json();
    let settings = document["settings"].as_array().unwrap();
    let found: Vec<_> = settings
        .iter()
        .filter(|one| one["provider"].as_str() == provider && one["key"] == key)
        .collect();
    assert_eq!(found.len(), 1, "{key} of {provider:?}: {found:?}");
    let from = found[0]["from"].as_str().unwrap().to_owned();
    (found[0]["value"].clone(), from)
}

fn said(value: &str, from: &str) -> (Value, String) {
    (value.into(), from.to_owned())
}

#[test]
fn a_flag_counts_before_a_variable_a_context_a_providers_table_and_the_defaults() {
    let world = World::new();
    let show = ["config", "show", "-o", "json"];
    let reason = |text: &str| written(&world, text);
    let wait = |ran: &Ran| setting(ran, None, "timezone");
    world.bkdel(&show).exits(0);
    assert_eq!(
        wait(&world.bkdel(&show)),
        (Value::Null, "not set".to_owned())
    );
    reason(
        "[defaults]\ntimezone = \"Europe/Berlin\"\n[contexts.a.defaults]\ntimezone = \"Asia/Tokyo\"\n",
    );
    assert_eq!(
        wait(&world.bkdel(&show)),
        said("Europe/Berlin", "[defaults]")
    );
    let in_context = [&show[..], &["--context", "a"]].concat();
    assert_eq!(
        wait(&world.bkdel(&in_context)),
        said("Asia/Tokyo", "[contexts.a.defaults]")
    );
    let variable = [("BKDEL_TIMEZONE", "UTC")];
    assert_eq!(
        wait(&with(&world, &in_context, &variable)),
        said("UTC", "BKDEL_TIMEZONE")
    );
    let typed = [&show[..], &["--retry-for", "7s"]].concat();
    assert_eq!(
        setting(&world.bkdel(&typed), None, "retry-for"),
        said("7s", "--retry-for")
    );
    reason("[aws]\nregion = [\"eu-central-1\", \"eu-west-1\"]\n");
    assert_eq!(
        setting(&world.bkdel(&show), Some("aws"), "region"),
        said("eu-central-1, eu-west-1", "[aws]")
    );
}

#[test]
fn a_setting_of_the_file_is_as_if_it_had_been_typed() {
    let world = World::new();
    let list = ["aws", "list", "-o", "ids"];
    let here = world.bkdel(&list);
    here.exits(0);
    written(&world, "[aws]\nregion = [\"eu-west-1\"]\n");
    let there = world.bkdel(&list);
    there.exits(0);
    assert_eq!(
        there.out,
        world
            .bkdel(&["aws", "list", "-o", "ids", "--region", "eu-west-1"])
            .out
    );
    let typed = world.bkdel(&["aws", "list", "-o", "ids", "--region", "eu-central-1"]);
    assert_eq!(typed.out, here.out, "a flag counts first");
    let variable = with(&world, &list, &[("BKDEL_REGION", "eu-central-1")]);
    assert_eq!(variable.out, here.out, "and then a variable");
    written(&world, "[defaults]\noutput = \"json\"\n");
    assert_eq!(
        world.bkdel(&["aws", "list"]).json()["schema"],
        "bkdel.backups/v1"
    );
}

#[test]
fn what_contradicts_what_was_typed_does_not_count() {
    let world = World::lagging(Duration::from_mins(10), &[]);
    written(
        &world,
        "[defaults]\nwait = \"1h\"\n[aiven]\ntoken-command = \"false\"\n",
    );
    let id = "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f010";
    world
        .bkdel(&["aws", "delete", "--yes", "--no-wait", id])
        .exits(8);
    let token = world.home().join("token");
    fs::write(&token, world.secrets()[0].clone()).unwrap();
    let ran = world.bkdel(&["aiven", "list", "--token-file", token.to_str().unwrap()]);
    assert!(!ran.err.contains("--token-command"), "{}", ran.err);
}

#[test]
fn s10_a_limit_of_the_file_holds_for_yes() {
    let world = World::new();
    written(&world, "[defaults]\nmax-delete = 1\n");
    world
        .bkdel(&["aws", "delete", "--vault", "prod", "--type", "EBS", "--yes"])
        .exits(5)
        .says("--max-delete 1");
    assert_eq!(world.changes(), []);
}

#[test]
fn a_context_is_said_on_standard_error_and_nothing_else_is() {
    let world = World::new();
    let path = written(&world, "[contexts.there.aws]\nregion = \"eu-west-1\"\n");
    let list = ["aws", "list", "-o", "ids"];
    let silent = world.bkdel(&list);
    assert!(!silent.err.contains("context"), "{}", silent.err);
    let flag = [&list[..], &["--context", "there"]].concat();
    let told = format!("context there ({})", path.display());
    world.bkdel(&flag).exits(0).says(&told);
    with(&world, &list, &[("BKDEL_CONTEXT", "there")])
        .exits(0)
        .says(&told);
    let quiet = world.bkdel(&[&flag[..], &["-q"]].concat());
    assert_eq!(quiet.err, "");
    written(
        &world,
        "context = \"there\"\n[contexts.there.aws]\nregion = \"eu-west-1\"\n",
    );
    world.bkdel(&list).exits(0).says("context there");
}

#[test]
fn s5_the_projects_of_a_context_are_a_scope_only_where_the_flag_names_it() {
    let world = World::new();
    let file = "context = \"acme\"\n[contexts.acme.aiven]\nproject = \"acme-prod\"\n";
    written(&world, file);
    let delete = ["aiven", "delete", "--all", "--dry-run", "-o", "ids"];
    world.bkdel(&delete).exits(2).says("no scope");
    with(&world, &delete, &[("BKDEL_CONTEXT", "acme")])
        .exits(2)
        .says("no scope");
    let named = world.bkdel(&[&delete[..], &["--context", "acme"]].concat());
    named.exits(0);
    assert!(named.out.lines().count() > 0);
    assert!(named.out.lines().all(|id| id.starts_with("acme-prod/")));
}

#[test]
fn s4_what_is_wrong_in_the_file_is_told_by_its_place_before_anything_is_asked() {
    let world = World::new();
    for (text, told) in [
        ("x = 1", "no table `x`"),
        ("[zilli]", "no table `zilli`"),
        (
            "[defaults]\nregon = \"a\"",
            "[defaults]: there is no key `regon`",
        ),
        ("[defaults]\nyes = true", "no key `yes`"),
        (
            "[defaults]\nendpoint-url = \"http://127.0.0.1:1\"",
            "no key `endpoint-url`",
        ),
        ("[aiven]\nproject = \"a\"", "only a context names projects"),
        (
            "[contexts.a.aws]\nvault = \"prod\"",
            "[contexts.a.aws]: there is no key `vault`",
        ),
        ("[contexts.a]\naws = 1", "`contexts.a.aws` is a table"),
        ("context = \"b\"\n[contexts.a.aws]\n", "no context \"b\""),
        ("context = 1", "`context` is a context's name"),
        ("[aws]\nregion = true", "[aws] region: it is a text"),
        ("[aws]\nregion = \"\"", "--region"),
        ("[aws]\nrate = \"10/m\"", "a rate is written like 5/s"),
        ("[aws]\nprofile = [\"a\", \"b\"]", "it is one value, not 2"),
        ("[defaults]\nquiet = \"yes\"", "true or false"),
        ("[defaults]\n\nwait = ", "line 3"),
        ("[defaults]\nwait = \"5m\"", "--wait"),
    ] {
        let path = written(&world, text);
        let ran = world.bkdel(&[
            "aws",
            "delete",
            "--yes",
            "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f010",
        ]);
        ran.exits(2).says(told).says(path.to_str().unwrap());
    }
    assert_eq!(world.changes(), []);
    assert!(world.requests().is_empty());
}

#[test]
fn a_file_or_context_that_is_not_there_is_an_error_where_it_was_asked_for() {
    let world = World::new();
    world.bkdel(&["aws", "list"]).exits(0);
    world
        .bkdel(&["aws", "list", "--config", "nowhere.toml"])
        .exits(2)
        .says("--config nowhere.toml cannot be read");
    with(
        &world,
        &["aws", "list"],
        &[("BKDEL_CONFIG", "nowhere.toml")],
    )
    .exits(2)
    .says("BKDEL_CONFIG nowhere.toml cannot be read");
    world
        .bkdel(&["aws", "list", "--config", "/"])
        .exits(2)
        .says("cannot be read");
    world
        .bkdel(&["aws", "list", "--context", "a"])
        .exits(2)
        .says("config.toml");
    written(&world, "[contexts.a.aws]\nregion = \"eu-west-1\"\n");
    world
        .bkdel(&["aws", "list", "--context", "b"])
        .exits(2)
        .says("it holds a");
    // What has no settings works where the file is broken.
    written(&world, "broken");
    world.bkdel(&["completions", "bash"]).exits(0);
    world.bkdel(&["help", "settings"]).exits(0);
    world.bkdel(&["--version"]).exits(0);
    world.bkdel(&["config", "show"]).exits(2).says("line 1");
}

#[test]
fn s27_a_token_command_is_shown_by_its_program_alone() {
    let world = World::new();
    written(&world, "[aiven]\ntoken-command = \"printf hunter2\"\n");
    let ran = world.bkdel(&["config", "show"]);
    ran.exits(0);
    assert!(ran.out.contains("printf …"), "{}", ran.out);
    assert!(!ran.out.contains("hunter2"));
}

#[test]
fn the_example_holds_and_is_the_readmes() {
    let world = World::new();
    written(&world, EXAMPLE);
    let show = world.bkdel(&["config", "show", "--context", "staging", "-o", "json"]);
    show.exits(0);
    assert_eq!(
        setting(&show, Some("aws"), "profile"),
        said("staging", "[contexts.staging.aws]")
    );
    let readme = include_str!("../../README.md");
    assert!(readme.contains(EXAMPLE), "the README shows another file");
}
