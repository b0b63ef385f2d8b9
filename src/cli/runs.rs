//! `bkdel runs` and `bkdel verify`

use super::{filled, plan::again, reach::Reach};
use crate::{
    commands::{
        Command,
        runs::{self, Prune},
        verify,
    },
    fatal::Fatal,
    time::Age,
};

/// Lists past runs, newest first
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Runs {
    #[command(subcommand)]
    command: Option<RunsCommand>,
}

#[derive(Debug, clap::Subcommand)]
enum RunsCommand {
    /// Removes the records of old runs; what they deleted can then no longer be verified
    Prune(PruneArguments),
}

#[derive(Debug, clap::Args)]
struct PruneArguments {
    /// Remove the records of runs that began longer ago
    #[arg(long, value_name = "D")]
    older_than: Age,
    /// Of runs that never came to their end, too
    #[arg(long)]
    unfinished: bool,
    /// Show what would be removed
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Runs {
    pub(super) fn request(self) -> Result<Command, Fatal> {
        let request = match self.command {
            None => runs::Request::List,
            Some(RunsCommand::Prune(prune)) => {
                if prune.older_than.is_zero() {
                    return Err(Fatal::usage_with(
                        "--older-than 0 would remove every record",
                        "say how long records are kept, such as --older-than 1y",
                    ));
                }
                runs::Request::Prune(Prune {
                    older_than: prune.older_than,
                    unfinished: prune.unfinished,
                    dry_run: prune.dry_run,
                })
            }
        };
        Ok(Command::Runs(request))
    }
}

/// Checks a run's record, and that everything it calls deleted is still gone
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// The run: its id, the beginning of it, `last`, or a journal
    #[arg(value_name = "RUN", value_parser = filled)]
    run: String,
}

impl Verify {
    pub(super) fn request(self, reach: &Reach) -> Command {
        Command::Verify(verify::Request {
            run: self.run,
            reach: again(reach),
        })
    }
}
