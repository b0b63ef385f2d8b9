//! The commands: each reads top to bottom like the sentence that describes it.

pub mod accounts;
mod act;
pub mod acting;
pub mod apply;
mod carry_out;
mod config;
pub mod delete;
pub mod doctor;
mod inputs;
pub mod list;
mod look;
pub mod man;
pub mod plan_policy;
pub mod policy;
mod recorded;
mod recording;
pub mod report_on;
pub mod resume;
pub mod runs;
pub mod sandbox;
pub mod selecting;
mod terminal;
pub mod verify;

use std::{
    io::{self, Write},
    time::Duration,
};

use jiff::Timestamp;

use crate::{
    environment::Environment,
    fatal::Fatal,
    report::{
        Format, Look,
        progress::{Progress, Way},
    },
    run::stop::{Reason, Stop},
    transport::Transport,
};

/// What to do.
#[derive(Debug)]
pub enum Command {
    /// `list`.
    List(Box<list::Request>),
    /// `delete`.
    Delete(Box<delete::Request>),
    /// `plan`.
    Plan(Box<plan_policy::Request>),
    /// `plan --print-schema`.
    Schema(serde_json::Value),
    /// `apply`.
    Apply(Box<apply::Request>),
    /// `resume`.
    Resume(Box<resume::Request>),
    /// `verify`.
    Verify(verify::Request),
    /// `runs` and `runs prune`.
    Runs(runs::Request),
    /// `report`.
    Report(report_on::Request),
    /// `doctor`.
    Doctor(doctor::Request),
    /// `doctor PROVIDER --print-policy`.
    LeastPrivilege(Box<doctor::Rights>),
    /// `config show`.
    Config(crate::report::Settings),
    /// `sandbox`.
    Sandbox(sandbox::Request),
    /// What is to be printed as it stands: `completions`, and `man` without `--out`.
    Text(String),
    /// `man --out`.
    Man(man::Request),
}

/// How to talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Talk {
    /// What standard output carries.
    pub format: Format,
    /// `--quiet`.
    pub quiet: bool,
    /// How often `-v` was given.
    pub verbose: u8,
    /// `--color always` or `never`; `None` for auto.
    pub color: Option<bool>,
    /// `--no-input`.
    pub no_input: bool,
}

/// Limits of the whole command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--attempt-timeout`.
    pub attempt_timeout: Duration,
    /// `--retry-for`.
    pub retry_for: Duration,
    /// `--rate`.
    pub rate: Option<f64>,
}

/// What a command is given to work with.
pub struct Context<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The way out.
    pub transport: Transport,
    /// How to talk.
    pub talk: Talk,
    /// How text looks on standard output.
    pub look: Look,
    /// How text looks on standard error.
    pub look_err: Look,
    /// Why everything might have to end.
    pub stop: Stop,
    /// When the command began.
    pub now: Timestamp,
    /// Data.
    pub out: &'a mut (dyn Write + Send),
    /// Talk.
    pub err: &'a mut (dyn Write + Send),
}

impl Context<'_> {
    /// Whether a machine reads standard output.
    fn for_machine(&self) -> bool {
        self.talk.format.is_machine()
    }

    fn progress(&self) -> Progress {
        Progress::new(match (self.talk.quiet, self.look_err.terminal) {
            (true, _) => Way::Hidden,
            (false, true) => Way::Drawn,
            (false, false) => Way::Lines,
        })
    }

    /// Says something on standard error, unless told to be quiet. Talk that cannot be written is no reason to fail.
    pub(crate) fn say(&mut self, text: &str) {
        if !self.talk.quiet {
            writeln!(self.err, "{text}").ok();
        }
    }
}

/// Runs a command. Its exit code.
///
/// # Errors
/// What ended it.
pub async fn run(command: Command, context: &mut Context<'_>) -> Result<u8, Fatal> {
    match command {
        Command::List(request) => list::run(*request, context).await,
        Command::Delete(request) => delete::run(*request, context).await,
        Command::Plan(request) => plan_policy::run(*request, context).await,
        Command::Schema(schema) => {
            let text = serde_json::to_string_pretty(&schema).map_err(anyhow::Error::from)?;
            written(writeln!(context.out, "{text}").and_then(|()| context.out.flush()))?;
            Ok(0)
        }
        Command::Apply(request) => apply::run(*request, context).await,
        Command::Resume(request) => resume::run(*request, context).await,
        Command::Verify(request) => verify::run(request, context).await,
        Command::Runs(request) => runs::run(&request, context),
        Command::Report(request) => report_on::run(&request, context),
        Command::Doctor(request) => doctor::run(request, context).await,
        Command::LeastPrivilege(rights) => doctor::print_policy(&rights, context),
        Command::Config(settings) => config::run(&settings, context),
        Command::Sandbox(request) => sandbox::run(request, context).await,
        Command::Text(text) => {
            written(write!(context.out, "{text}").and_then(|()| context.out.flush()))?;
            Ok(0)
        }
        Command::Man(request) => man::run(&request, context),
    }
}

/// A command that was told to end while it was still reading.
fn stopped(reason: Reason) -> Fatal {
    match reason {
        Reason::Signal(code) => Fatal::Interrupted { code },
        Reason::Timeout => Fatal::Inventory {
            kind: crate::provider::ErrorKind::Timeout,
            message: "--timeout ended the command while it was reading; no delete was sent"
                .to_owned(),
            hint: Some("give it more time with --timeout, or name less".to_owned()),
        },
    }
}

/// Writing to standard output. A closed pipe is a quiet end; everything else that goes wrong is ours to tell.
fn written(result: io::Result<()>) -> Result<(), Fatal> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Fatal::Unexpected(
            anyhow::Error::new(error).context("failed to write to standard output"),
        )),
        Ok(()) => Ok(()),
    }
}
