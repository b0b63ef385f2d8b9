//! The settings of one command: what is taken from the file, as it would have been typed.

use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};
use toml::Value;

use super::{
    Asked, Layer,
    keys::{PROJECT, setting},
};
use crate::fatal::Fatal;

/// The words of the command, and what was said to it.
pub(super) fn leaf(matches: &ArgMatches) -> (Vec<String>, &ArgMatches) {
    let mut path = Vec::new();
    let mut matches = matches;
    while let Some((name, below)) = matches.subcommand() {
        path.push(name.to_owned());
        matches = below;
    }
    (path, matches)
}

/// What the file says that nobody typed and no variable holds, as flags.
pub(super) fn typed(
    command: &Command,
    matches: &ArgMatches,
    layers: &[Layer<'_>],
    asked: Option<&Asked>,
) -> Result<Vec<OsString>, Fatal> {
    let by_flag = asked.is_some_and(|asked| asked.typed);
    let mut added = Vec::new();
    for argument in command.get_arguments() {
        let chooses = argument.get_long() == Some(PROJECT) && by_flag;
        let Some(name) = setting(argument).or(chooses.then_some(PROJECT)) else {
            continue;
        };
        let contradicted = command
            .get_arg_conflicts_with(argument)
            .iter()
            .any(|other| is_given(matches, other));
        if is_given(matches, argument) || contradicted {
            continue;
        }
        let found = layers
            .iter()
            .filter(|layer| !chooses || layer.of_context)
            .find_map(|layer| Some((layer, layer.table.get(name)?)));
        if let Some((layer, value)) = found {
            added.extend(flags(argument, name, value, &layer.place(name))?);
        }
    }
    Ok(added)
}

/// Whether a flag or a variable says it.
pub(super) fn is_given(matches: &ArgMatches, argument: &Arg) -> bool {
    let id = argument.get_id().as_str();
    // An argument of another command is not known here.
    if matches.try_contains_id(id).is_err() {
        return false;
    }
    match matches.value_source(id) {
        Some(ValueSource::CommandLine | ValueSource::EnvVariable) => true,
        Some(_) | None => false,
    }
}

/// A value as it would be typed.
fn flags(argument: &Arg, name: &str, value: &Value, place: &str) -> Result<Vec<OsString>, Fatal> {
    let is_switch = matches!(
        argument.get_action(),
        ArgAction::SetTrue | ArgAction::SetFalse
    );
    if let (true, Value::Boolean(on)) = (is_switch, value) {
        return Ok(if *on {
            vec![format!("--{name}").into()]
        } else {
            Vec::new()
        });
    }
    if is_switch {
        return Err(Fatal::usage_with(
            format!("{place}: it is true or false, without quotes"),
            "correct it in the configuration file",
        ));
    }
    let texts = texts(value).ok_or_else(|| {
        Fatal::usage_with(
            format!("{place}: it is a text, a number or a list of them"),
            "correct it in the configuration file",
        )
    })?;
    if texts.len() != 1 && !matches!(argument.get_action(), ArgAction::Append) {
        return Err(Fatal::usage_with(
            format!("{place}: it is one value, not {}", texts.len()),
            "correct it in the configuration file",
        ));
    }
    Ok(texts
        .into_iter()
        .map(|text| format!("--{name}={text}").into())
        .collect())
}

/// The texts of a value, each of one flag.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Integer(number) => Some(vec![number.to_string()]),
        Value::Float(number) => Some(vec![number.to_string()]),
        Value::Array(values) => {
            let texts: Vec<_> = values.iter().map(texts).collect::<Option<_>>()?;
            Some(texts.into_iter().flatten().collect())
        }
        Value::Boolean(_) | Value::Datetime(_) | Value::Table(_) => None,
    }
}
