//! What is printed, and to whom (S28).

use std::{fs::File, io::Read, process::Stdio};

use serde_json::{Value, json};

use crate::{
    subjects::{ALL, AWS},
    world::{World, run},
};

#[test]
fn list_prints_every_format_and_the_backup_has_every_field_of_the_contract() {
    for subject in ALL {
        let world = World::new();
        let document = world.bkdel(&[subject.provider, "list", "-o", "json"]);
        document.exits(0);
        let document = document.json();
        assert!(document["schema"].is_string());
        let backups = document["backups"].as_array().unwrap();
        assert!(backups.len() >= 10, "{}", backups.len());
        for backup in backups {
            for field in [
                "provider",
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
                "attributes",
            ] {
                assert!(backup.get(field).is_some(), "{field}: {backup}");
            }
            assert_eq!(backup["schema"], "bkdel.backup/v1");
            assert_eq!(backup["provider"], subject.provider);
        }
        let lines = world.bkdel(&[subject.provider, "list", "-o", "ndjson"]);
        assert_eq!(lines.out.lines().count(), backups.len());
        for line in lines.out.lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
        let ids = world.bkdel(&[subject.provider, "list", "-o", "ids"]);
        let expected: Vec<&str> = backups
            .iter()
            .map(|backup| backup["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids.out.lines().collect::<Vec<_>>(), expected);
        let csv = world.bkdel(&[subject.provider, "list", "-o", "csv"]);
        assert_eq!(csv.out.lines().count(), backups.len() + 1);
        let human = world.bkdel(&[subject.provider, "list"]);
        assert!(
            human.out.contains(subject.deletable[0]),
            "ids can be copied: {human:?}"
        );
    }
}

#[test]
fn ndjson_of_a_run_is_one_result_a_line_for_every_item() {
    for subject in ALL {
        let world = World::new();
        let ran = world.bkdel(&[
            subject.provider,
            "delete",
            "--yes",
            "--skip-refused",
            "-o",
            "ndjson",
            subject.deletable[0],
            subject.absent,
            subject.protected,
        ]);
        ran.exits(3);
        let mut outcomes: Vec<String> = ran
            .out
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|result| {
                assert_eq!(result["schema"], "bkdel.result/v1");
                result["outcome"].as_str().unwrap().to_owned()
            })
            .collect();
        outcomes.sort();
        assert_eq!(outcomes, ["already_absent", "deleted", "skipped"]);
    }
}

#[test]
fn a_closed_pipe_is_a_quiet_end_and_does_not_stop_what_was_approved() {
    for subject in ALL {
        let world = World::new();
        for arguments in [
            &[subject.provider, "list"][..],
            &[subject.provider, "list", "-o", "json"],
            &[
                subject.provider,
                "delete",
                "--yes",
                "-q",
                "-o",
                "ndjson",
                subject.deletable[0],
            ],
        ] {
            let mut command = world.command(arguments);
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let output = command
                .stdout(writer)
                .stderr(Stdio::piped())
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        }
        assert!(!world.has(subject.provider, subject.deletable[0]));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_with_1_and_the_run_goes_to_its_end() {
    let world = World::new();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let list = run_into(world.command(&["aws", "list", "-o", "json"]).stdout(full()));
    assert_eq!(list.0, Some(1));
    assert!(list.1.contains("standard output"), "{}", list.1);
    for words in [&["--help"][..], &["help", "json"], &["man"], &["--version"]] {
        let text = run_into(world.command(words).stdout(full()));
        assert_eq!(text.0, Some(1), "{words:?}");
        assert!(text.1.contains("standard output"), "{words:?}: {}", text.1);
    }
    let delete = run_into(
        world
            .command(&["aws", "delete", "--yes", "-o", "json", AWS.deletable[0]])
            .stdout(full()),
    );
    assert_eq!(delete.0, Some(1));
    assert!(!world.has("aws", AWS.deletable[0]));
}

#[cfg(target_os = "linux")]
fn run_into(command: &mut std::process::Command) -> (Option<i32>, String) {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut text = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    (child.wait().unwrap().code(), text)
}

#[test]
fn colours_follow_the_flag_and_the_customs() {
    let world = World::new();
    let colored = |command: &mut std::process::Command| run(command).out.contains('\u{1b}');
    let delete = ["aws", "delete", "-n", AWS.deletable[0]];
    assert!(!colored(&mut world.command(&delete)), "no terminal");
    assert!(colored(world.command(&delete).args(["--color", "always"])));
    assert!(colored(world.command(&delete).env("CLICOLOR_FORCE", "1")));
    assert!(!colored(
        world
            .command(&delete)
            .env("CLICOLOR_FORCE", "1")
            .env("NO_COLOR", "1")
    ));
    assert!(!colored(
        world
            .command(&delete)
            .env("CLICOLOR_FORCE", "1")
            .env("TERM", "dumb")
    ));
    assert!(!colored(
        world
            .command(&delete)
            .env("CLICOLOR_FORCE", "1")
            .args(["--color", "never"])
    ));
}

#[test]
fn s28_hostile_names_are_harmless_everywhere() {
    let hostile = "x\u{1b}[2J\u{1b}]0;owned\u{7}\r\n::error::pwned\u{202e}=cmd()";
    for subject in ALL {
        let world = World::new();
        if subject.provider == "aiven" {
            // A region has no name of its own; the service's type is text that is shown as it came.
            let service = subject.deletable[0].rsplit_once('/').unwrap().0;
            world.change(
                &json!({"provider": "aiven", "id": service, "set": {"service_type": hostile}}),
            );
        } else {
            let id = subject.deletable[0];
            world
                .change(&json!({"provider": subject.provider, "id": id, "set": {"name": hostile}}));
        }
        for arguments in [
            &[subject.provider, "list"][..],
            &[subject.provider, "list", "-o", "csv"],
            &[subject.provider, "list", "-o", "ndjson"],
            &[subject.provider, "delete", "-n", subject.deletable[0]],
            &[subject.provider, "delete", "--yes", subject.deletable[0]],
        ] {
            let ran = world.bkdel(arguments);
            ran.exits(0);
            for text in [&ran.out, &ran.err] {
                assert!(
                    !text.contains(['\u{1b}', '\u{7}', '\r']),
                    "{arguments:?}: {text:?}"
                );
                assert!(
                    !text.lines().any(|line| line.trim_start().starts_with("::")),
                    "{arguments:?}: {text:?}"
                );
            }
        }
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    let world = World::new();
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["aws", "--help"],
        &["aws", "delete", "--help"],
        &["sandbox", "--help"],
    ] {
        let ran = world.bkdel(arguments);
        ran.exits(0);
        assert!(ran.out.contains("Usage:"), "{ran:?}");
        assert_eq!(ran.err, "");
    }
    assert!(world.bkdel(&["--version"]).out.starts_with("bkdel "));
    world.bkdel(&[]).exits(2);
}
