//! A target and a command line ask for the same, and a target listens to nothing else.

use std::{collections::BTreeSet, process};

use clap::CommandFactory;

use super::*;
use crate::{
    cli::{self, Cli, Invocation},
    commands::{Command, delete},
    environment::Environment,
};

/// The request and whatever else a target has, of a command line.
fn of_command_line(line: &[&str]) -> delete::Request {
    let arguments: Vec<std::ffi::OsString> = ["bkdel"].iter().chain(line).map(Into::into).collect();
    match cli::parse(&arguments, &Environment::default()) {
        Ok(Invocation {
            command: Command::Delete(request),
            ..
        }) => *request,
        other => panic!("{line:?}: {other:?}"),
    }
}

#[test]
fn a_target_asks_for_what_its_command_line_does() {
    for (provider, flags, keys) in [
        (
            "aws",
            &["--vault", "prod", "--older-than", "90d"][..],
            "vault = \"prod\"\nolder-than = \"90d\"",
        ),
        (
            "aws",
            &["--vault", "prod", "--vault", "dr-*", "--all"],
            "vault = [\"prod\", \"dr-*\"]\nall = true",
        ),
        (
            "aws",
            &["--vault=-odd", "--name=--all"],
            "vault = \"-odd\"\nbackup-name = \"--all\"\nname = \"t\"",
        ),
        (
            "aws",
            &["--vault=a,b", "--expired"],
            "vault = \"a,b\"\nexpired = true",
        ),
        (
            "aws",
            &["--vault=a = b", "--tag", "k=a=b", "--tag=k= c"],
            "vault = \"a = b\"\ntag = [\"k=a=b\", \"k= c\"]",
        ),
        (
            "aws",
            &["--region", "r1,r2", "--vault", "v", "--keep-last", "7"],
            "region = [\"r1\", \"r2\"]\nvault = \"v\"\nkeep-last = 7",
        ),
        (
            "aws",
            &[
                "--vault",
                "v",
                "--keep-daily",
                "-1",
                "--keep-weekly",
                "unlimited",
            ],
            "vault = \"v\"\nkeep-daily = -1\nkeep-weekly = \"unlimited\"",
        ),
        (
            "aws",
            &[
                "--vault",
                "v",
                "--keep-last",
                "0",
                "--keep-monthly",
                "12",
                "--keep-tag",
                "a=b",
            ],
            "vault = \"v\"\nkeep-last = 0\nkeep-monthly = 12\nkeep-tag = [\"a=b\"]",
        ),
        (
            "aws",
            &[
                "--vault",
                "v",
                "--keep-within",
                "2w",
                "--keep-within-daily",
                "P90D",
                "--timezone",
                "Europe/Berlin",
                "--group-by",
                "scope,type",
            ],
            "vault = \"v\"\nkeep-within = \"2w\"\nkeep-within-daily = \"P90D\"\ntimezone = \"Europe/Berlin\"\ngroup-by = \"scope,type\"",
        ),
        (
            "aws",
            &[
                "--vault",
                "v",
                "--created-before",
                "2026-01-31",
                "--created-after",
                "2025-01-31T10:00:00Z",
            ],
            "vault = \"v\"\ncreated-before = 2026-01-31\ncreated-after = 2025-01-31T10:00:00Z",
        ),
        (
            "aws",
            &[
                "--vault",
                "v",
                "--type",
                "EBS",
                "--status",
                "EXPIRED",
                "--resource",
                "*:volume/*",
                "--larger-than",
                "10GiB",
                "--newer-than",
                "1y",
            ],
            "vault = \"v\"\ntype = \"EBS\"\nstatus = \"EXPIRED\"\nresource = \"*:volume/*\"\nlarger-than = \"10GiB\"\nnewer-than = \"1y\"",
        ),
        (
            "aws",
            &[
                "--vault",
                "v",
                "--all",
                "--include-continuous",
                "--skip-unreadable",
                "--profile",
                "p",
                "--endpoint-url",
                "http://127.0.0.1:1",
            ],
            "vault = \"v\"\nall = true\ninclude-continuous = true\nskip-unreadable = true\nprofile = \"p\"\nendpoint-url = \"http://127.0.0.1:1\"",
        ),
        (
            "zilliz",
            &[
                "--project",
                "p",
                "--cluster",
                "c",
                "--org",
                "o",
                "--cloud",
                "cn",
                "--method",
                "manual",
                "--orphaned",
                "--older-than",
                "1mo",
                "--token-file",
                "f",
                "--endpoint-url",
                "u",
            ],
            "project = \"p\"\ncluster = \"c\"\norg = \"o\"\ncloud = \"cn\"\nmethod = \"manual\"\norphaned = true\nolder-than = \"1mo\"\ntoken-file = \"f\"\nendpoint-url = \"u\"",
        ),
        (
            "zilliz",
            &["--orphaned", "--all"],
            "orphaned = true\nall = true\nskip-unreadable = false",
        ),
        (
            "aiven",
            &[
                "--project",
                "p",
                "--service",
                "s-*",
                "--region",
                "r",
                "--region",
                "q",
                "--all",
                "--token-command",
                "pass show x, y",
            ],
            "project = \"p\"\nservice = \"s-*\"\nregion = [\"r\", \"q\"]\nall = true\ntoken-command = \"pass show x, y\"",
        ),
        (
            "aiven",
            &["--all-regions", "--older-than", "0s"],
            "all-regions = true\nolder-than = \"0s\"",
        ),
    ] {
        let line: Vec<&str> = [provider, "delete"].iter().chain(flags).copied().collect();
        let asked = of_command_line(&line);
        let target = one(&format!("[[target]]\nprovider = \"{provider}\"\n{keys}\n"));
        assert!(
            same(&asked.provider, &target.provider),
            "{line:?}: {:?} {:?}",
            asked.provider,
            target.provider
        );
        assert_eq!(asked.select.criteria, target.select.criteria, "{line:?}");
        assert_eq!(
            asked.select.skip_unreadable, target.select.skip_unreadable,
            "{line:?}"
        );
        assert_eq!(
            asked.include_continuous, target.include_continuous,
            "{line:?}"
        );
        assert!(target.select.ids.is_empty() && target.select.from.is_empty());
    }
}

fn same(one: &Request, other: &Request) -> bool {
    match (one, other) {
        (Request::Aws(one), Request::Aws(other)) => one == other,
        (Request::Zilliz(one), Request::Zilliz(other)) => one == other,
        (Request::Aiven(one), Request::Aiven(other)) => one == other,
        (Request::Aws(_) | Request::Zilliz(_) | Request::Aiven(_), _) => false,
    }
}

#[test]
fn a_comma_in_one_text_parts_nothing() {
    let Request::Aws(request) = one(&format!("{AWS}all = true\nregion = \"r1,r2\"\n")).provider
    else {
        panic!()
    };
    assert_eq!(request.regions, ["r1,r2"]);
}

/// Set in the child, which has every variable that a flag listens to.
const CHILD: &str = "BKDEL_TEST_OF_POLICIES";

#[test]
fn no_variable_reaches_a_target() {
    if std::env::var_os(CHILD).is_some() {
        for (provider, scope) in [
            ("aws", "vault = \"v\""),
            ("zilliz", "orphaned = true"),
            ("aiven", "all-regions = true"),
        ] {
            let target = one(&format!(
                "[[target]]\nprovider = \"{provider}\"\n{scope}\nkeep-last = 1\n"
            ));
            assert!(!format!("{target:?}").contains("leak"), "{target:?}");
            assert!(!target.select.skip_unreadable);
        }
        return;
    }
    // No variable of this process is touched: other tests read them at the same time.
    let mut variables = BTreeSet::new();
    variables_of(&Cli::command(), &mut variables);
    assert!(variables.contains("BKDEL_REGION") && variables.contains("BKDEL_TOKEN_FILE"));
    let output = process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "cli::policy::tests::same::no_variable_reaches_a_target",
        ])
        .envs(variables.iter().map(|name| (name, "leak")))
        .env("BKDEL_SKIP_UNREADABLE", "true")
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

fn variables_of(command: &clap::Command, variables: &mut BTreeSet<String>) {
    let names = command.get_arguments().filter_map(clap::Arg::get_env);
    variables.extend(names.map(|name| name.to_string_lossy().into_owned()));
    for command in command.get_subcommands() {
        variables_of(command, variables);
    }
}
