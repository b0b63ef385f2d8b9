//! `bkdel help`: a command's help, or a topic that belongs to no command alone.
//!
//! clap has a `help` of its own, which knows no topics; this one stands in its place.

mod tables;
#[cfg(test)]
mod tests;
pub(super) mod topics;

use clap::{Arg, ArgMatches, Command};

pub(super) use self::{tables::EXIT_CODES, topics::Topic};
use super::tree;
use crate::fatal::Fatal;

const NAME: &str = "help";
/// Its words.
pub(super) const WORDS: &str = "words";

/// `help` below the command whose words are `path`. Topics are for the topmost.
pub(super) fn command(path: &[&str]) -> Command {
    let topics = path.is_empty().then(topics::names);
    let (about, of) = match &topics {
        Some(topics) => (
            format!("The help of a command, or on a topic: {topics}"),
            "COMMAND|TOPIC",
        ),
        None => ("The help of a command".to_owned(), "COMMAND"),
    };
    let command = Command::new(NAME).about(about).arg(
        Arg::new(WORDS)
            .value_name(of)
            .num_args(0..)
            .help("The words of a command; without any, all commands"),
    );
    match super::examples::text(&[path, &[NAME]].concat()) {
        Some(text) => command.after_long_help(text),
        None => command,
    }
}

/// What `help` was asked for, if it was: the words of a command, or a topic.
pub(super) fn asked(matches: &ArgMatches) -> Option<Vec<String>> {
    let mut path = Vec::new();
    let mut matches = matches;
    while let Some((name, below)) = matches.subcommand() {
        matches = below;
        if name == NAME {
            let words = below.get_many::<String>(WORDS).into_iter().flatten();
            path.extend(words.cloned());
            return Some(path);
        }
        path.push(name.to_owned());
    }
    None
}

/// The text that was asked for.
///
/// # Errors
/// Usage where there is no such command or topic.
pub(super) fn text(words: &[String]) -> Result<String, Fatal> {
    if let [word] = words
        && let Some(topic) = Topic::named(word)
    {
        return Ok(topic.text());
    }
    let mut root = tree::command();
    root.build();
    let mut command = &mut root;
    for word in words {
        let names: Vec<String> = command
            .get_subcommands()
            .map(|command| command.get_name().to_owned())
            .collect();
        let above = command
            .get_bin_name()
            .unwrap_or(command.get_name())
            .to_owned();
        command = command
            .find_subcommand_mut(word)
            .ok_or_else(|| unknown(words, &above, &names))?;
    }
    Ok(command.render_long_help().to_string())
}

fn unknown(words: &[String], above: &str, below: &[String]) -> Fatal {
    let words = words.join(" ");
    let message = format!("there is no help on {words:?}");
    let names = below.join(", ");
    let hint = if below.is_empty() {
        format!("`{above} --help` is all that there is of it")
    } else {
        format!("the commands of {above} are {names}")
    };
    Fatal::usage_with(
        message,
        format!("the topics are {}; {hint}", topics::names()),
    )
}
