//! Help: what is printed of each command and topic, and that its examples are true.
//!
//! The expected texts are in `help/`; `SNAPSHOTS=overwrite cargo test --test cli help` writes them anew.

use std::{fs, path::Path};

use snapbox::{Assert, Data, assert::DEFAULT_ACTION_ENV, data::DataFormat};

use crate::{subjects::AWS, world::World};

const TOPICS: [&str; 4] = ["exit-codes", "json", "policy", "settings"];
/// The most lines that `-h` may have.
const SCREEN: usize = 50;

/// The words behind `bkdel` of every command, by what the binary's own help lists.
pub(crate) fn commands() -> Vec<Vec<String>> {
    let world = World::new();
    let mut all = Vec::new();
    let mut open = vec![Vec::new()];
    while let Some(path) = open.pop() {
        let help = short(&world, &path);
        for name in listed(&help) {
            // Below another command it is only a way to the same.
            if name != "help" || path.is_empty() {
                open.push([path.as_slice(), &[name]].concat());
            }
        }
        all.push(path);
    }
    assert!(all.len() >= 21, "{all:?}");
    all
}

fn listed(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split(' ').next().map(ToOwned::to_owned))
        .collect()
}

fn short(world: &World, path: &[String]) -> String {
    said(world, path, "-h")
}

fn said(world: &World, path: &[String], last: &str) -> String {
    let mut words: Vec<&str> = path.iter().map(String::as_str).collect();
    words.push(last);
    let ran = world.bkdel(&words);
    ran.exits(0);
    assert_eq!(ran.err, "");
    ran.out
}

#[track_caller]
fn is_as_expected(file: &str, text: String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cli/help")
        .join(file);
    let expected = Data::read_from(&path, Some(DataFormat::Text)).raw();
    Assert::new()
        .action_env(DEFAULT_ACTION_ENV)
        .eq(text, expected);
}

fn file(path: &[String], kind: &str) -> String {
    format!(
        "{}.{kind}.txt",
        [&["bkdel".to_owned()], path].concat().join("-")
    )
}

#[test]
fn the_help_of_every_command_is_as_expected() {
    let world = World::new();
    for path in commands() {
        is_as_expected(&file(&path, "short"), short(&world, &path));
        is_as_expected(&file(&path, "long"), said(&world, &path, "--help"));
    }
}

#[test]
fn the_help_of_every_topic_is_as_expected() {
    let world = World::new();
    for topic in TOPICS {
        let text = said(&world, &["help".to_owned()], topic);
        is_as_expected(&format!("topic-{topic}.txt"), text);
    }
}

#[test]
fn no_expected_text_is_left_over() {
    let mut expected: Vec<String> = commands()
        .iter()
        .flat_map(|path| [file(path, "short"), file(path, "long")])
        .chain(TOPICS.map(|topic| format!("topic-{topic}.txt")))
        .collect();
    expected.sort();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/help");
    let mut found: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_short_help_fits_a_screen() {
    let world = World::new();
    for path in commands() {
        let help = short(&world, &path);
        assert!(help.lines().count() <= SCREEN, "{path:?}\n{help}");
        assert!(
            help.lines().all(|line| line.chars().count() <= 100),
            "{help}"
        );
    }
}

#[test]
fn help_by_its_command_is_help_by_its_flag() {
    let world = World::new();
    for path in commands() {
        let long = said(&world, &path, "--help");
        let words = [&["help".to_owned()], path.as_slice()].concat();
        let (last, before) = words.split_last().unwrap();
        assert_eq!(said(&world, before, last), long, "{path:?}");
    }
    let nested = said(&world, &["aws".to_owned(), "help".to_owned()], "delete");
    assert_eq!(
        nested,
        said(&world, &["aws".to_owned(), "delete".to_owned()], "--help")
    );
}

#[test]
fn an_unknown_topic_is_a_usage_error_that_names_the_topics() {
    let world = World::new();
    for words in [
        &["help", "exitcodes"][..],
        &["help", ""],
        &["help", "aws", "json"],
        &["aws", "help", "json"],
    ] {
        let ran = world.bkdel(words);
        ran.exits(2).says("exit-codes, json, policy, settings");
        assert_eq!(ran.out, "");
    }
}

#[test]
fn what_was_mistyped_is_told_as_it_is_written() {
    let world = World::new();
    for (words, expected) in [
        (&["awz"][..], "'aws'"),
        (&["aws", "delet"], "'delete'"),
        (&["aws", "delete", "--older-then", "3d"], "'--older-than'"),
        (&["zilliz", "list", "--clustr", "x"], "'--cluster'"),
        (&["runs", "prunee"], "'prune'"),
        (&["delete", "aws"], "`bkdel aws delete`"),
        (&["-q", "list", "zilliz"], "`bkdel zilliz list`"),
        (&["prune"], "`bkdel runs prune`"),
        (
            &["delete"],
            "`bkdel aws delete` or `bkdel zilliz delete` or `bkdel aiven delete`",
        ),
        (&["doctor", "gcp"], "it is one of aws, zilliz, aiven"),
        (&["aws", "frobnicate"], "it is one of list, delete"),
    ] {
        world.bkdel(words).exits(2).says(expected);
    }
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn a_closed_pipe_is_a_quiet_end_of_help_too() {
    let world = World::new();
    for words in [
        &["--help"][..],
        &["help", "json"],
        &["man"],
        &["completions", "zsh"],
        &["--version", "--json"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = world.command(words).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        assert!(output.stderr.is_empty(), "{words:?}");
    }
}

/// The examples of a command: the shell that is meant, and the line.
#[cfg(unix)]
fn examples(help: &str) -> Vec<(&'static str, String)> {
    let mut shell = "bash";
    let mut found = Vec::new();
    for line in help.lines().skip_while(|line| *line != "Examples:").skip(1) {
        let line = line.trim_start();
        if let Some(title) = line.strip_prefix("# ") {
            shell = ["zsh", "fish"]
                .into_iter()
                .find(|name| title.starts_with(&format!("{name}:")))
                .unwrap_or("bash");
        } else {
            found.push((shell, line.to_owned()));
        }
    }
    found
}

#[cfg(unix)]
#[test]
fn the_examples_of_every_command_are_true() {
    use crate::{
        tools::{beside_bkdel, is_installed},
        world::run,
    };
    let policy = include_str!("../../src/cli/policy/example.toml");
    for path in commands() {
        let world = World::new();
        fs::write(world.home().join("policy.toml"), policy).unwrap();
        world
            .bkdel(&["aws", "delete", "--yes", AWS.deletable[1]])
            .exits(0);
        world
            .bkdel(&["plan", "policy.toml", "--out", "plan.json"])
            .exits(0);
        let help = said(&world, &path, "--help");
        let examples = examples(&help);
        assert!(!examples.is_empty(), "{path:?} has no examples");
        for (shell, line) in examples {
            if !is_installed(shell) {
                continue;
            }
            let line = if shell == "zsh" {
                format!("autoload -U compinit; compinit -D; {line}")
            } else {
                line
            };
            let ran = run(beside_bkdel(&world, shell).args(["-c", &line]));
            assert_eq!(ran.code, Some(0), "{path:?}: {line}\n{ran:?}");
        }
    }
}
