//! The command line: clap's types, turned once into plain requests. Nothing behind this folder knows clap.

mod act;
mod aiven;
mod aws;
pub mod completions;
mod config;
mod doctor;
mod duration;
mod everywhere;
mod examples;
mod help;
mod man;
mod mistake;
mod plan;
pub mod policy;
mod reach;
mod runs;
mod sandbox;
mod select;
mod tree;
mod version;
mod zilliz;

use std::{ffi::OsString, path::PathBuf};

use clap::{ArgMatches, FromArgMatches, Parser, Subcommand};

use self::{
    everywhere::{Everywhere, RETRY_FOR},
    reach::Reach,
};
use crate::{
    commands::{Command, Limits, Talk, delete, list},
    environment::Environment,
    fatal::Fatal,
    provider::Request,
    select::shard::Wanted,
};

/// Deletes cloud backups on purpose, and reads back that they are gone.
///
/// Plans before it acts, asks with the facts, sends nothing that was not approved, and calls a backup deleted only after
/// reading back that it is gone.
#[derive(Debug, Parser)]
#[command(
    name = "bkdel",
    // Whatever the file is called: help, manual and completions speak of one name.
    bin_name = "bkdel",
    version,
    arg_required_else_help = true,
    propagate_version = true,
    // There is one with topics.
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Subcommands,
    #[command(flatten)]
    everywhere: Everywhere,
    /// With --version: as JSON
    #[arg(long, hide = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// AWS Backup: recovery points in vaults
    #[command(subcommand)]
    Aws(aws::Aws),
    /// Zilliz Cloud: backups of clusters
    #[command(subcommand)]
    Zilliz(zilliz::Zilliz),
    /// Aiven: the secondary regions of a service's backups
    #[command(subcommand)]
    Aiven(aiven::Aiven),
    /// Plans what every target of a policy file would delete, over all providers
    Plan(plan::Plan),
    /// Deletes what a saved plan lists and is still there as it was, and nothing else
    Apply(plan::Apply),
    /// Goes on with an interrupted run: reads back what was asked for, and sends what was not
    Resume(plan::Resume),
    /// Lists past runs, newest first
    Runs(runs::Runs),
    /// Checks a run's record, and that everything it calls deleted is still gone
    Verify(runs::Verify),
    /// Runs or a saved plan, for those who review it: -o html (of one), markdown, json, csv or junit
    Report(plan::Report),
    Doctor(doctor::Doctor),
    Config(config::Config),
    /// The three providers' APIs on loopback, with data, for trying out and rehearsing
    Sandbox(sandbox::Sandbox),
    /// A script that completes bkdel's commands, flags and values in a shell
    Completions(completions::Completions),
    /// Pages of the manual
    Man(man::Man),
}

/// Everything that was asked for, without clap.
#[derive(Debug)]
pub struct Invocation {
    /// What to do.
    pub command: Command,
    /// How to talk.
    pub talk: Talk,
    /// Limits of the whole command.
    pub limits: Limits,
    /// What must be said first: which context is used.
    pub told: Option<String>,
}

/// Arguments that are no command: help and version, or a usage error.
#[derive(Debug)]
pub enum NoInvocation {
    /// Text for standard output; the command succeeded.
    Text(String),
    /// Help that nobody asked for, because a command is missing: for standard error, and a usage error.
    Help(String),
    /// A usage error, and whether it is to be told in JSON.
    Error {
        /// The error.
        error: Fatal,
        /// Whether the arguments asked for JSON.
        machine: bool,
    },
}

/// Reads the arguments.
///
/// # Errors
/// [`NoInvocation`] where they are no command.
pub fn parse(
    arguments: &[OsString],
    environment: &Environment,
) -> Result<Invocation, NoInvocation> {
    let machine = asks_for_json(arguments, environment);
    let wrong = |error: clap::Error| mistake::told(&error, arguments, machine);
    let matches = tree::command()
        .try_get_matches_from(arguments)
        .map_err(wrong)?;
    if let Some(words) = help::asked(&matches) {
        return Err(match help::text(&words) {
            Ok(text) => NoInvocation::Text(text),
            Err(error) => NoInvocation::Error { error, machine },
        });
    }
    let failed = |error| NoInvocation::Error { error, machine };
    let added = config::add(&matches, arguments, environment).map_err(failed)?;
    let matches = match &added {
        None => matches,
        Some(added) => tree::command()
            .try_get_matches_from(&added.arguments)
            .map_err(|error| failed(added.wrong(&error)))?,
    };
    let cli = Cli::from_arg_matches(&matches).map_err(wrong)?;
    let mut invocation = cli.invocation(&matches, environment).map_err(failed)?;
    invocation.told = added.and_then(|added| added.told);
    Ok(invocation)
}

/// Whether the arguments ask for JSON, told without clap: an error in them must be JSON too.
fn asks_for_json(arguments: &[OsString], environment: &Environment) -> bool {
    let texts: Vec<&str> = arguments
        .iter()
        // What follows `--` is the command that the sandbox runs.
        .take_while(|argument| *argument != "--")
        .filter_map(|argument| argument.to_str())
        .collect();
    let is_json = |value: &str| matches!(value, "json" | "ndjson");
    let inline = texts.iter().any(|text| {
        text.strip_prefix("--output=")
            .or_else(|| text.strip_prefix("-o"))
            .is_some_and(|value| is_json(value.trim_start_matches('=')))
    });
    let apart = texts.windows(2).any(|pair| match pair {
        [flag, value] => matches!(*flag, "-o" | "--output") && is_json(value),
        _ => false,
    });
    inline || apart || environment.text("BKDEL_OUTPUT").is_some_and(is_json)
}

impl Cli {
    fn invocation(
        self,
        matches: &ArgMatches,
        environment: &Environment,
    ) -> Result<Invocation, Fatal> {
        let Self {
            command,
            everywhere,
            json,
        } = self;
        if json {
            return Err(Fatal::usage_with(
                "--json goes with --version",
                "everywhere else it is -o json",
            ));
        }
        let reach = Reach::new(everywhere.endpoint.clone(), everywhere.token.clone());
        let mut rate = None;
        let mut retry_for = RETRY_FOR;
        let (command, takes_token) = match command {
            Subcommands::Aws(aws::Aws::List(list)) => (list.request(&reach), false),
            Subcommands::Aws(aws::Aws::Delete(delete)) => {
                rate = delete.rate();
                (delete.request(&reach)?, false)
            }
            Subcommands::Zilliz(zilliz::Zilliz::List(list)) => (list.request(&reach), true),
            Subcommands::Zilliz(zilliz::Zilliz::Delete(delete)) => {
                rate = delete.rate();
                (delete.request(&reach)?, true)
            }
            Subcommands::Aiven(aiven::Aiven::List(list)) => (list.request(&reach), true),
            Subcommands::Aiven(aiven::Aiven::Delete(delete)) => {
                rate = delete.rate();
                (delete.request(&reach)?, true)
            }
            Subcommands::Plan(plan) => (plan.request(&everywhere)?, true),
            Subcommands::Apply(apply) => {
                rate = apply.rate();
                (apply.request(&reach)?, true)
            }
            Subcommands::Resume(resume) => {
                rate = resume.rate();
                (resume.request(&reach)?, true)
            }
            Subcommands::Runs(runs) => (runs.request()?, false),
            Subcommands::Verify(verify) => (verify.request(&reach), true),
            Subcommands::Report(report) => (report.request(everywhere.form()?), true),
            Subcommands::Doctor(doctor) => {
                let takes_token = doctor.takes_token();
                retry_for = doctor::RETRY_FOR;
                (doctor.request(&reach, everywhere.output)?, takes_token)
            }
            Subcommands::Config(config) => (config.request(matches, environment)?, true),
            Subcommands::Sandbox(sandbox) => (sandbox.request()?, false),
            Subcommands::Completions(completions) => (completions.request()?, false),
            Subcommands::Man(man) => (man.request()?, false),
        };
        let reports = matches!(command, Command::Report(_));
        if let Some(form) = everywhere.only_for_reports().filter(|_| !reports) {
            return Err(Fatal::usage_with(
                format!("-o {form} is for `report`"),
                format!("`bkdel report last -o {form}`, or with a saved plan's file"),
            ));
        }
        if !takes_token && everywhere.token.is_given() {
            return Err(Fatal::usage_with(
                "--token-file and --token-command are for Zilliz and Aiven",
                "AWS credentials come from the environment, profiles and roles, as in every AWS SDK",
            ));
        }
        Ok(Invocation {
            told: None,
            command,
            talk: everywhere.talk(),
            limits: everywhere.limits(retry_for, rate),
        })
    }
}

/// A list of one provider.
fn list_of(provider: Request, select: select::Select) -> Command {
    Command::List(Box::new(list::Request {
        provider,
        select: select.request(),
    }))
}

/// The words for what only one provider has (S11).
#[derive(Debug, Clone, Copy, Default)]
struct Words {
    include_continuous: bool,
    delete_empty_vault: bool,
}

/// A deletion at one provider.
fn delete_of(
    provider: Request,
    select: select::Select,
    act: &act::Act,
    journal: Option<PathBuf>,
    shard: Option<Wanted>,
    words: Words,
) -> Result<Command, Fatal> {
    let select = select.request();
    Ok(Command::Delete(Box::new(delete::Request {
        provider,
        act: act.acting(!select.criteria.is_empty(), journal)?,
        select,
        allow_last: act.allow_last,
        include_continuous: words.include_continuous,
        delete_empty_vault: words.delete_empty_vault,
        shard,
    })))
}

/// A value that must not be blank (S4).
fn filled(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("it is empty".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// A file's path, which must not be blank (S4).
fn file(text: &str) -> Result<PathBuf, String> {
    filled(text).map(PathBuf::from)
}
