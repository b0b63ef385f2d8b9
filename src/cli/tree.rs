//! The whole command line as clap's tree: what the types say, with what only the whole can have, which is examples and
//! `help` at each command that has commands.

use clap::{Command, CommandFactory};

use super::{Cli, examples, help};

/// The command line.
pub(super) fn command() -> Command {
    dressed(Cli::command(), &[])
}

/// A command of which `path` are the words behind `bkdel`.
fn dressed(command: Command, path: &[&str]) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    let mut command = command;
    if let Some(text) = examples::text(path) {
        command = command.after_long_help(text);
    }
    for name in &names {
        let below = [path, &[name.as_str()]].concat();
        command = command.mut_subcommand(name, |command| dressed(command, &below));
    }
    if names.is_empty() {
        command
    } else {
        command.subcommand(help::command(path))
    }
}
