//! The configuration file: settings that hold where neither a flag nor a variable says otherwise, and named sets of them.
//!
//! A key is the name of a flag that has a variable too: a setting, and never an id, a filter or consent. The file is read
//! as if its settings had been typed, so a value is checked as its flag's is.

mod file;
mod keys;
mod settings;
mod show;
#[cfg(test)]
mod tests;

use std::{ffi::OsString, path::PathBuf};

use clap::{ArgMatches, Command, parser::ValueSource};

pub(super) use self::show::Config;
use self::{
    file::{File, Layer},
    keys::Keys,
    settings::{leaf, typed},
};
use super::{filled, tree};
use crate::{environment::Environment, fatal::Fatal};

/// The file of the README, and of `bkdel help settings`.
pub(super) const EXAMPLE: &str = include_str!("example.toml");

/// Where it is, and what counts first.
pub(super) const WHERE: &str = "The configuration file is bkdel/config.toml in $XDG_CONFIG_HOME or ~/.config, or the one of \
    --config. A key is a flag that has a variable; ids, filters, scopes and consent are none. Flags and variables come first, \
    then the context (--context, BKDEL_CONTEXT, or `context` in the file), then the provider's table, then [defaults]. \
    `bkdel config show` shows what holds.";

/// The tables and their keys, for their help.
pub(super) fn keys_of_all() -> Vec<(String, Vec<String>)> {
    let mut tree = tree::command();
    tree.build();
    Keys::of(&tree)
        .tables()
        .map(|(table, keys)| (table.to_owned(), keys.iter().cloned().collect()))
        .collect()
}

/// Commands that have no settings, and must work where the file is broken.
const WITHOUT: [&str; 4] = ["completions", "man", "sandbox", "config"];

/// Which file, and which of its contexts.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Chosen {
    /// The configuration file, instead of `bkdel/config.toml` in the folder for configurations
    #[arg(long, global = true, value_name = "FILE", value_parser = super::file, env = "BKDEL_CONFIG", hide_env_values = true, hide_short_help = true)]
    config: Option<PathBuf>,
    /// The set of settings in the configuration file that counts
    #[arg(long, global = true, value_name = "NAME", value_parser = filled, env = "BKDEL_CONTEXT", hide_env_values = true, hide_short_help = true)]
    context: Option<String>,
}

/// What the file adds to a command line.
#[derive(Debug)]
pub(super) struct Added {
    /// The whole command line.
    pub(super) arguments: Vec<OsString>,
    /// Which context is used, for people; `None` without one.
    pub(super) told: Option<String>,
    file: String,
}

impl Added {
    /// What clap said of the whole line: what was typed was good, so it is about the file.
    pub(super) fn wrong(&self, error: &clap::Error) -> Fatal {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or("it cannot be used");
        Fatal::usage_with(
            format!("{}: {}", self.file, line.trim_start_matches("error: ")),
            "correct it there; `bkdel config show` shows where each setting comes from",
        )
    }
}

/// The context that was asked for, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    name: String,
    /// On the command line itself.
    typed: bool,
}

/// What the file adds to what was typed; `None` where there is no file, or nothing for this command in it.
///
/// # Errors
/// Usage, for a file that cannot be read or understood, or a context that is not there.
pub(super) fn add(
    matches: &ArgMatches,
    arguments: &[OsString],
    environment: &Environment,
) -> Result<Option<Added>, Fatal> {
    let (path, of_command) = leaf(matches);
    let first = path.first().map(String::as_str);
    if first.is_none_or(|word| WITHOUT.contains(&word)) {
        return Ok(None);
    }
    let asked = asked(of_command);
    let Some(file) = File::find(of_command, environment, asked.is_some())? else {
        return Ok(None);
    };
    let mut tree = tree::command();
    tree.build();
    file.check(&Keys::of(&tree))?;
    let layers = file.layers(asked.as_ref(), keys::provider_of(&path))?;
    let command = below(&tree, &path);
    let added = typed(command, of_command, &layers, asked.as_ref())?;
    let told = file
        .context(asked.as_ref())
        .map(|context| format!("context {context} ({})", file.name()));
    Ok(Some(Added {
        arguments: with(arguments, added),
        told,
        file: file.name(),
    }))
}

/// The context: by flag, or by variable.
fn asked(matches: &ArgMatches) -> Option<Asked> {
    let name = matches.try_get_one::<String>("context").ok().flatten()?;
    Some(Asked {
        name: name.clone(),
        typed: matches.value_source("context") == Some(ValueSource::CommandLine),
    })
}

fn below<'a>(tree: &'a Command, path: &[String]) -> &'a Command {
    path.iter().fold(tree, |command, word| {
        command.find_subcommand(word).unwrap_or(command)
    })
}

/// Behind what was typed, but before what belongs to another program.
fn with(arguments: &[OsString], added: Vec<OsString>) -> Vec<OsString> {
    let end = arguments
        .iter()
        .position(|argument| argument == "--")
        .unwrap_or(arguments.len());
    let (before, behind) = arguments.split_at_checked(end).unwrap_or((arguments, &[]));
    before
        .iter()
        .cloned()
        .chain(added)
        .chain(behind.iter().cloned())
        .collect()
}
