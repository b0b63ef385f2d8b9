//! Completion, in the shells themselves.

use std::{fs, process::Stdio, time::Duration};

use expectrl::{Expect, Session, session::OsSession};

use crate::{
    subjects::ALL,
    tools::{beside_bkdel, is_installed},
    world::{Ran, World, run},
};

/// A world in which each provider has seen a run.
fn world() -> World {
    let world = World::new();
    for subject in ALL {
        let id = subject.deletable[0];
        let mut arguments = vec![subject.provider, "delete", "--yes", id];
        arguments.extend(["--reason", "INC-4711 | tidy"]);
        world.bkdel(&arguments).exits(0);
    }
    for file in ["policy.toml", "plan.json", "run.ndjson", "notes.txt"] {
        fs::write(world.home().join(file), "").unwrap();
    }
    world
}

fn newest(world: &World) -> String {
    let runs = world.bkdel(&["runs", "-o", "ids"]).out;
    runs.lines().next().unwrap().to_owned()
}

/// What bash offers for the words, the last of which is being typed. bash parts them at `=` and `:`.
fn bash(world: &World, words: &[&str]) -> Vec<String> {
    const ASK: &str = r#"
        eval "$(bkdel completions bash)" || exit
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=9
        word=${COMP_WORDS[COMP_CWORD]}
        [ "$word" != = ] || word=
        _clap_complete_bkdel bkdel "$word" "${COMP_WORDS[COMP_CWORD-1]}"
        [ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut command = beside_bkdel(world, "bash");
    command
        .args(["--norc", "-c", ASK, "bash", "bkdel"])
        .args(words);
    let ran = run(&mut command);
    assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{ran:?}");
    ran.out.lines().map(ToOwned::to_owned).collect()
}

#[test]
fn bash_is_offered_commands_flags_and_their_values() {
    let world = world();
    let offered = |words: &[&str]| bash(&world, words);
    assert_eq!(offered(&["ver"]), ["verify"]);
    assert_eq!(offered(&["aws", "del"]), ["delete"]);
    assert_eq!(offered(&["aws", "delete", "--older"]), ["--older-than"]);
    assert_eq!(offered(&["-o", "nd"]), ["ndjson"]);
    assert_eq!(offered(&["help", "exit"]), ["exit-codes"]);
    assert_eq!(offered(&["completions", "fi"]), ["fish"]);
    assert_eq!(offered(&["runs", ""])[..2], ["prune", "help"]);
    assert_eq!(offered(&["nothing", "such", "x"]), [""; 0]);
}

#[test]
fn bash_is_offered_what_past_runs_saw() {
    let world = world();
    let offered = |words: &[&str]| bash(&world, words);
    assert_eq!(offered(&["aws", "list", "--vault", "pr"]), ["prod"]);
    assert_eq!(offered(&["aws", "list", "--vault", "=", "pr"]), ["prod"]);
    assert_eq!(offered(&["aws", "list", "--vault", "="]), ["prod"]);
    assert_eq!(
        offered(&["aws", "list", "--region", "eu-central-1,eu"]),
        ["eu-central-1,eu-central-1"]
    );
    assert_eq!(
        offered(&["zilliz", "delete", "--cluster", ""]),
        ["in01-3f9a1c7be2d4650"]
    );
    assert_eq!(offered(&["aiven", "list", "--project", "a"]), ["acme-prod"]);
    assert_eq!(offered(&["aiven", "list", "--service", "o"]), ["orders-pg"]);
    assert_eq!(
        offered(&["aiven", "delete", "--region", "aws"]),
        ["aws-eu-central-1"]
    );
    // Of another provider.
    assert_eq!(offered(&["zilliz", "list", "--project", "acme"]), [""; 0]);
    let run = newest(&world);
    assert_eq!(offered(&["verify", &run[..run.len() - 2]]), [&*run]);
    assert_eq!(offered(&["resume", "la"]), ["last"]);
    assert_eq!(offered(&["report", "last", "run"]), ["run.ndjson"]);
}

#[test]
fn bash_is_offered_the_files_that_fit() {
    let world = world();
    fs::write(world.home().join("a plan; $(id).json"), "").unwrap();
    let offered = |words: &[&str]| bash(&world, words);
    assert_eq!(offered(&["plan", "p"]), ["policy.toml"]);
    assert_eq!(offered(&["apply", "p"]), ["plan.json"]);
    assert_eq!(offered(&["aws", "delete", "--from", "n"]), ["notes.txt"]);
    // bash would put it into the line as it is; its own completion of files does better.
    assert_eq!(offered(&["apply", "a"]), [""; 0]);
}

#[test]
fn s27_completion_asks_nobody_and_offers_no_secret() {
    let world = world();
    let asked = world.requests().len();
    for words in [
        &["aws", "list", "--vault", ""][..],
        &["zilliz", "list", "--token-command", ""],
        &["zilliz", "list", "--token-file", ""],
        &["aws", "list", "--endpoint-url", ""],
        &["aiven", "list", ""],
    ] {
        let offered = bash(&world, words).join("\n");
        for secret in world.secrets() {
            assert!(!offered.contains(&secret), "{words:?}");
        }
    }
    assert_eq!(
        bash(&world, &["zilliz", "list", "--token-command", ""]),
        [""; 0]
    );
    assert_eq!(world.requests().len(), asked);
}

#[test]
fn what_is_wrong_with_the_records_is_no_trouble_to_completion() {
    let world = world();
    let runs = world.home().join(".local/state/bkdel/runs");
    fs::write(runs.join("99990101T000000000Z-no.ndjson"), "no journal").unwrap();
    fs::write(runs.join("99990101T000000000Z-$(id).ndjson"), "").unwrap();
    fs::create_dir(runs.join("99990101T000000000Z-dir.ndjson")).unwrap();
    run(beside_bkdel(&world, "mkfifo").arg(runs.join("99990101T000000000Z-pipe.ndjson"))).exits(0);
    assert_eq!(bash(&world, &["aws", "list", "--vault", "p"]), ["prod"]);
    let offered = bash(&world, &["verify", "9999"]);
    assert!(offered.iter().all(|id| !id.contains('$')), "{offered:?}");
    fs::remove_dir_all(&runs).unwrap();
    fs::write(&runs, "a file").unwrap();
    assert_eq!(bash(&world, &["aws", "list", "--vault", "p"]), [""; 0]);
}

#[test]
fn no_more_of_the_records_is_read_than_takes_no_time() {
    let world = world();
    let run = newest(&world);
    let runs = world.home().join(".local/state/bkdel/runs");
    let large = "no journal ".repeat(100_000);
    for number in 0..8 {
        let name = format!("99990101T00000000{number}Z-no.ndjson");
        fs::write(runs.join(name), &large).unwrap();
    }
    assert_eq!(bash(&world, &["aws", "list", "--vault", "p"]), [""; 0]);
    // Their names cost nothing.
    assert_eq!(bash(&world, &["verify", &run[..run.len() - 2]]), [&*run]);
    assert_eq!(bash(&world, &["verify", "9999"]).len(), 8);
}

#[test]
fn the_variable_alone_keeps_no_command_from_its_work() {
    let world = World::new();
    let mut command = world.command(&["aws", "list", "--vault", "prod", "-o", "ids"]);
    let ran = run(command.env("BKDEL_COMPLETE", "bash"));
    ran.exits(0);
    assert!(ran.out.starts_with("prod/"), "{ran:?}");
    let mut none = world.command(&["--", "bkdel"]);
    run(none.env("BKDEL_COMPLETE", "tcsh")).exits(2);
    world.bkdel(&["--", "bkdel"]).exits(2);
}

#[test]
fn every_shell_has_a_script_and_another_is_a_usage_error_that_names_them() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = world.bkdel(&["completions", shell]);
        ran.exits(0);
        assert!(ran.out.contains("BKDEL_COMPLETE"), "{ran:?}");
    }
    for wrong in [
        &["completions"][..],
        &["completions", ""],
        &["completions", "tcsh"],
    ] {
        let ran = world.bkdel(wrong);
        ran.exits(2);
        assert_eq!(ran.out, "");
    }
    world
        .bkdel(&["completions", "tcsh"])
        .says("bash, zsh, fish, powershell, elvish");
    // Settings that it has no use for are no reason to fail.
    let mut command = world.command(&["completions", "bash"]);
    run(command.env("SSL_CERT_FILE", "/nowhere")).exits(0);
}

/// A shell at a terminal.
fn interactive(world: &World, program: &str, arguments: &[&str]) -> OsSession {
    let mut command = beside_bkdel(world, program);
    command
        .args(arguments)
        .env("TERM", "dumb")
        .stdin(Stdio::inherit());
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(30)));
    session
}

// Neither `li` nor the vault `pr` is there: what is listed was completed.
#[test]
fn the_tabulator_key_works_in_bash() {
    let world = world();
    let mut session = interactive(&world, "bash", &["--norc", "-i"]);
    session
        .send_line("bind 'set bell-style none'; eval \"$(bkdel completions bash)\"; echo rea''dy")
        .unwrap();
    session.expect("ready").unwrap();
    session
        .send("bkdel aws li\t--vault=pr\t -o ids | head -n 1; echo do''ne\n")
        .unwrap();
    session.expect("prod/arn:aws:").unwrap();
    session.expect("done").unwrap();
}

#[test]
fn the_tabulator_key_works_in_zsh() {
    if !is_installed("zsh") {
        return;
    }
    let world = world();
    let mut session = interactive(&world, "zsh", &["-f", "-i"]);
    session
        .send_line(
            "unsetopt beep; autoload -U compinit; compinit -D; source <(bkdel completions zsh); echo rea''dy",
        )
        .unwrap();
    session.expect("ready").unwrap();
    session
        .send("bkdel aws li\t--vault pr\t-o ids | head -n 1; echo do''ne\n")
        .unwrap();
    session.expect("prod/arn:aws:").unwrap();
    session.expect("done").unwrap();
}

#[test]
fn fish_is_offered_the_same_with_what_it_is() {
    if !is_installed("fish") {
        return;
    }
    let world = world();
    let offered = |line: &str| {
        let mut command = beside_bkdel(&world, "fish");
        command.args([
            "--no-config",
            "-c",
            "bkdel completions fish | source; complete -C $argv[1]",
        ]);
        let ran: Ran = run(command.arg(line));
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{ran:?}");
        ran.out
    };
    assert_eq!(
        offered("bkdel ver"),
        "verify\tChecks a run's record, and that everything it calls deleted is still gone\n"
    );
    assert_eq!(offered("bkdel aws list --vault pr"), "prod\n");
    assert_eq!(offered("bkdel aws list --vault=pr"), "--vault=prod\n");
    let run = newest(&world);
    assert_eq!(
        offered(&format!("bkdel verify {}", &run[..run.len() - 2])),
        format!("{run}\tINC-4711 | tidy\n")
    );
    assert_eq!(offered("bkdel apply p"), "plan.json\n");
}
