//! Ids by files and pipes, and arguments that are wrong (S4, S6).

use std::fs;

use crate::{
    subjects::{AIVEN, ALL, AWS},
    world::{Ran, World},
};

#[test]
fn what_list_prints_delete_takes() {
    for subject in ALL {
        for format in ["ids", "ndjson"] {
            let world = World::new();
            let listed =
                world.bkdel(&[subject.provider, "list", "-o", format, subject.deletable[0]]);
            listed.exits(0);
            let ran = world.bkdel_reading(
                &listed.out,
                &[
                    subject.provider,
                    "delete",
                    "--yes",
                    "-o",
                    "json",
                    "--from",
                    "-",
                ],
            );
            ran.exits(0);
            assert_eq!(ran.outcomes(), ["deleted"], "{} {format}", subject.provider);
        }
    }
}

#[test]
fn ids_come_from_several_places_each_once() {
    let world = World::new();
    let [first, second] = AWS.deletable;
    fs::write(world.home().join("ids"), format!("{first}\r\n{second}\n")).unwrap();
    let ran = world.bkdel(&["aws", "delete", "-n", "-o", "json", first, "--from", "ids"]);
    ran.exits(0);
    let plan = ran.json();
    assert_eq!(plan["summary"]["delete"], 2);
    assert_eq!(plan["selection"]["from"][0], "ids");
    assert_eq!(
        plan["selection"]["inputs_sha256"].as_str().unwrap().len(),
        64
    );
}

#[test]
fn s4_an_empty_input_is_a_usage_error_and_never_everything() {
    for subject in ALL {
        for (text, said) in [
            ("", "empty"),
            ("\n", "blank"),
            ("  \n", "blank"),
            ("\n\n", "blank"),
            ("{\n  \"id\": 1\n}", "JSON"),
            ("{}", "\"id\""),
            ("{\"id\":\"\"}", "line 1"),
            ("{\"provider\":\"nobody\",\"id\":\"a/b\"}", "nobody"),
            ("\u{0}\u{1}", ""),
        ] {
            let world = World::new();
            let ran =
                world.bkdel_reading(text, &[subject.provider, "delete", "--yes", "--from", "-"]);
            assert_eq!(ran.code, Some(2), "{} {text:?}: {ran:?}", subject.provider);
            ran.says(said);
            assert_eq!(world.requests().len(), 0);
        }
    }
}

#[test]
fn s4_one_wrong_line_sends_nothing_and_is_named_by_its_number() {
    let world = World::new();
    let text = format!("{}\nnonsense\n", AWS.deletable[0]);
    world
        .bkdel_reading(&text, &["aws", "delete", "--yes", "--from", "-"])
        .exits(2)
        .says("line 2");
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn a_file_that_cannot_be_read_is_a_usage_error_that_names_it() {
    let world = World::new();
    world
        .bkdel(&["aws", "delete", "--yes", "--from", "nowhere.txt"])
        .exits(2)
        .says("nowhere.txt");
    fs::write(world.home().join("binary"), [0xff, 0xfe, 0x00]).unwrap();
    world
        .bkdel(&["aws", "delete", "--yes", "--from", "binary"])
        .exits(2)
        .says("binary");
}

#[test]
fn s4_blank_and_unknown_flags_are_usage_errors() {
    let world = World::new();
    let id = AWS.deletable[0];
    for arguments in [
        &["aws", "delete", "--yes", id, "--vault", ""][..],
        &["aws", "delete", "--yes", id, "--region", ""],
        &["aws", "delete", "--yes", id, "--profile", " "],
        &["aws", "delete", "--yes", id, "--from", ""],
        &["aws", "delete", "--yes", id, "--older-then", "3d"],
        &["aws", "delete", "--yes", id, "--wait", "5m"],
        &["aws", "delete", "--yes", id, "--wait", ""],
        &["aws", "delete", "--yes", id, "--wait", "5s", "--no-wait"],
        &["aws", "delete", "--yes", id, "--rate", "5"],
        &["aws", "delete", "--yes", id, "--rate", "0/s"],
        &["aws", "delete", "--yes", id, "--concurrency", "0"],
        &["aws", "delete", "--yes", id, "--expect", "-1"],
        &["aws", "delete", "--yes", "--dry-run", id],
        &["aws", "delete", "--yes", id, "--token-file", "x"],
        &["aws", "delete", "--yes", id, "-o", "xml"],
        &["aws", "delete", "--yes", id, "--endpoint-url", ""],
        &[
            "zilliz",
            "delete",
            "--yes",
            "--cluster",
            "",
            "backup1_17be03c95d2a",
        ],
        &["zilliz", "list", "--cloud", "mars"],
        &[
            "zilliz",
            "list",
            "--token-file",
            "a",
            "--token-command",
            "b",
        ],
        &["azure", "list"],
        &["aws", "purge"],
    ] {
        let ran = world.bkdel(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran:?}");
        assert!(!ran.err.is_empty());
    }
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn s4_a_blank_variable_is_an_error_too() {
    let world = World::new();
    for (name, arguments) in [
        ("BKDEL_REGION", &["aws", "list"][..]),
        ("BKDEL_PROFILE", &["aws", "list"]),
        ("BKDEL_ENDPOINT_URL", &["aws", "list"]),
        ("BKDEL_TOKEN_FILE", &["zilliz", "list"]),
        ("BKDEL_WAIT", &["aws", "delete", "-n", AWS.deletable[0]]),
    ] {
        let ran = crate::world::run(world.command(arguments).env(name, ""));
        assert_eq!(ran.code, Some(2), "{name}: {ran:?}");
    }
    for (name, provider) in [("AIVEN_AUTH_TOKEN", "aiven"), ("ZILLIZ_API_KEY", "zilliz")] {
        let ran = crate::world::run(world.command(&[provider, "list"]).env(name, ""));
        ran.exits(4).says(name);
    }
}

#[test]
fn settings_come_from_variables_too() {
    let world = World::new();
    let ran = crate::world::run(
        world
            .command(&["aws", "list", AWS.deletable[0]])
            .env("BKDEL_OUTPUT", "ids"),
    );
    ran.exits(0);
    assert_eq!(ran.out.trim_end(), AWS.deletable[0]);
}

#[test]
fn s4_aivens_region_cannot_be_blank_or_a_bracket() {
    let world = World::new();
    for region in ["", " ", "[]", "{}", "()", "\"\"", "*", "AWS-EU", "a b"] {
        let ran = world.bkdel(&[
            "aiven",
            "delete",
            "--yes",
            "--project",
            "acme-prod",
            "--service",
            "orders-pg",
            "--region",
            region,
        ]);
        assert_eq!(ran.code, Some(2), "{region:?}: {ran:?}");
    }
    world
        .bkdel(&[
            "aiven",
            "delete",
            "--yes",
            "--project",
            "acme-prod",
            "--service",
            "orders-pg",
        ])
        .exits(2);
    world
        .bkdel(&[
            "aiven",
            "delete",
            "--yes",
            "--project",
            "acme-prod",
            "--all-regions",
        ])
        .exits(2)
        .says("--service");
    assert_eq!(world.changes(), []);
    assert!(world.has("aiven", AIVEN.deletable[0]));
}

#[test]
fn an_error_in_the_arguments_is_json_where_json_was_asked_for() {
    let world = World::new();
    for flags in [
        &["-o", "json"][..],
        &["-ojson"],
        &["--output=ndjson"],
        &["--output", "ndjson"],
    ] {
        let ran = world.bkdel(&[&["aws", "delete"], flags].concat());
        ran.exits(2);
        let error: serde_json::Value =
            serde_json::from_str(&ran.err).unwrap_or_else(|_| panic!("{ran:?}"));
        assert_eq!(error["schema"], "bkdel.error/v1");
        assert_eq!(error["code"], 2);
        assert_eq!(error["kind"], "usage");
    }
    let ran = world.bkdel(&["aws", "list", "-o", "json", "--nonsense"]);
    ran.exits(2);
    let error: serde_json::Value =
        serde_json::from_str(&ran.err).unwrap_or_else(|_| panic!("{ran:?}"));
    assert!(
        error["message"].as_str().unwrap().contains("--nonsense"),
        "{error}"
    );
}

/// What writes into the pipe may hang: --timeout ends that too.
#[test]
fn a_pipe_into_which_nobody_writes_is_ended_by_the_time() {
    let world = World::new();
    let mut command = world.command(&[
        "aws",
        "delete",
        "--yes",
        "--from",
        "-",
        "--timeout",
        "300ms",
    ]);
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let open = child.stdin.take();
    let ran = Ran::of(&child.wait_with_output().unwrap());
    drop(open);
    ran.exits(7).says("--timeout");
    assert_eq!(world.changes(), []);
}

#[test]
fn s4_a_glob_that_matches_nothing_is_a_usage_error() {
    let world = World::new();
    for arguments in [
        &["aws", "list", "--vault", "nomatch*"][..],
        &["zilliz", "list", "--cluster", "nomatch*"],
        &["zilliz", "list", "--project", "nomatch*"],
        &["aiven", "list", "--service", "nomatch*"],
        &[
            "aiven",
            "delete",
            "--yes",
            "--project",
            "acme-prod",
            "--service",
            "nomatch*",
            "--all-regions",
        ],
    ] {
        world.bkdel(arguments).exits(2).says("nomatch*");
    }
    assert_eq!(world.changes(), []);
}
