//! `bkdel sandbox`

use std::{ffi::OsString, path::PathBuf, time::Duration};

use super::duration;
use crate::{
    commands::{Command, sandbox},
    fatal::Fatal,
};

/// The three providers' APIs on loopback, with data, for trying out and rehearsing.
///
/// Without a command it prints the variables that point bkdel and the official clients at it, and stays until Ctrl-C.
/// With one it runs that command with these variables set, and passes its exit code on.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bkdel sandbox -- bkdel aws list\n  bkdel sandbox --fault aws:throttle=5/s -- sh -c \
    'bkdel aws list -o ids --vault prod'\n  bkdel aws list -o json > copy.json && bkdel sandbox --data copy.json -- $SHELL"
)]
pub(super) struct Sandbox {
    /// Backups to start with: what `list -o json` or `-o ndjson` printed
    #[arg(long, value_name = "FILE", value_parser = super::file)]
    data: Option<PathBuf>,
    /// What goes wrong: PROVIDER:KIND[=VALUE]; repeatable. An unknown kind lists them all
    #[arg(long, value_name = "FAULT")]
    fault: Vec<String>,
    /// How long a deletion takes after it was accepted
    #[arg(long, value_name = "D", default_value = "2s", value_parser = duration::wait)]
    lag: Duration,
    /// The port on 127.0.0.1; 0 takes any free one
    #[arg(long, value_name = "N", default_value = "0")]
    port: u16,
    /// The command to run in it
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Sandbox {
    pub(super) fn request(self) -> Result<Command, Fatal> {
        let faults = self
            .fault
            .iter()
            .map(|fault| {
                fault
                    .parse()
                    .map_err(|error| Fatal::usage(format!("--fault {fault}: {error}")))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Command::Sandbox(sandbox::Request {
            data: self.data,
            faults,
            lag: self.lag,
            port: self.port,
            command: (!self.command.is_empty()).then_some(self.command),
        }))
    }
}
