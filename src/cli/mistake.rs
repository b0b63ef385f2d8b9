//! What clap makes of arguments that are no command, in the words of this program: help, version, or a usage error with
//! the way out.

use std::ffi::OsString;

use clap::{
    Command,
    error::{
        ContextKind, ContextValue,
        ErrorKind::{
            DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion,
            InvalidSubcommand,
        },
    },
};

use super::{NoInvocation, tree, version};
use crate::fatal::Fatal;

pub(super) fn told(error: &clap::Error, arguments: &[OsString], machine: bool) -> NoInvocation {
    if error.kind() == DisplayVersion && (machine || has_json_flag(arguments)) {
        return NoInvocation::Text(format!("{}\n", version::document()));
    }
    let text = error.render().to_string();
    if matches!(error.kind(), DisplayHelp | DisplayVersion) {
        return NoInvocation::Text(text);
    }
    if error.kind() == DisplayHelpOnMissingArgumentOrSubcommand && !machine {
        return NoInvocation::Help(text);
    }
    // clap writes a paragraph: what is wrong, a tip, the usage. The first is the message, the rest the way out.
    let mut lines = text
        .trim_end()
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let mut message = lines
        .next()
        .unwrap_or("wrong arguments")
        .trim_start_matches("error: ")
        .to_owned();
    let mut hint: Vec<String> = elsewhere(error, arguments).into_iter().collect();
    let mut over = false;
    for line in lines {
        over |=
            line.starts_with("tip:") || line.starts_with("Usage:") || line.starts_with("For more");
        if over {
            hint.push(line.trim_start_matches("tip: ").to_owned());
        } else {
            message.push(' ');
            message.push_str(line);
        }
    }
    NoInvocation::Error {
        error: Fatal::usage_with(message, hint.join("; ")),
        machine,
    }
}

/// `--version --json`, as other programs have it.
fn has_json_flag(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--json")
}

/// What belongs here instead, or this elsewhere: `bkdel delete aws` is `bkdel aws delete`.
fn elsewhere(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    if let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg)
        && flag == "--json"
    {
        return Some("write -o json".to_owned());
    }
    if error.kind() != InvalidSubcommand {
        return None;
    }
    let Some(ContextValue::String(wanted)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let root = tree::command();
    let mut paths = Vec::new();
    places(&root, root.get_name(), wanted, &mut paths);
    let meant = paths.iter().find(|path| {
        let mut parents = path.split(' ').skip(1).filter(|word| word != wanted);
        parents.all(|parent| arguments.iter().any(|argument| argument == parent))
    });
    match (meant, paths.as_slice()) {
        (Some(path), _) => Some(format!("did you mean `{path}`?")),
        // clap itself tells what is spelt alike.
        (None, []) if error.get(ContextKind::SuggestedSubcommand).is_some() => None,
        (None, []) => Some(format!("it is one of {}", known(&root, wanted, arguments))),
        (None, paths) => Some(format!("did you mean `{}`?", paths.join("` or `"))),
    }
}

/// The commands where an unknown one stands.
fn known(root: &Command, wanted: &str, arguments: &[OsString]) -> String {
    let before = arguments.iter().take_while(|argument| *argument != wanted);
    let command = before.fold(root, |command, argument| {
        command.find_subcommand(argument).unwrap_or(command)
    });
    let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
    let names: Vec<&str> = shown.map(Command::get_name).collect();
    names.join(", ")
}

fn places(command: &Command, path: &str, wanted: &str, found: &mut Vec<String>) {
    for command in command.get_subcommands() {
        let path = format!("{path} {}", command.get_name());
        if command.get_name() == wanted {
            found.push(path.clone());
        }
        places(command, &path, wanted, found);
    }
}
