//! `bkdel config show`: every setting, and who says so.

use std::collections::BTreeSet;

use clap::{Arg, ArgMatches, Command, parser::ValueSource};
use toml::Value;

use super::{
    Layer, asked,
    file::File,
    keys::{DEFAULTS, Keys, PROVIDERS, setting},
    settings::{is_given, texts},
};
use crate::{
    backup::Provider,
    commands::Command as Request,
    environment::Environment,
    fatal::Fatal,
    report::{Setting, Settings},
};

/// The settings of the configuration file, the environment and the built-in ones
///
/// A key of the configuration file is a flag that has a variable. Flags and variables come first, then the context, then
/// the provider's table, then [defaults]. `bkdel help settings` shows a file.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Config {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ConfigCommand {
    /// Shows every setting with its value, and where that comes from
    Show,
}

impl Config {
    /// What holds, for everything that has settings.
    pub(in crate::cli) fn request(
        &self,
        matches: &ArgMatches,
        environment: &Environment,
    ) -> Result<Request, Fatal> {
        let ConfigCommand::Show = self.command;
        let (_, matches) = super::leaf(matches);
        let asked = asked(matches);
        let file = File::find(matches, environment, asked.is_some())?;
        let mut tree = super::tree::command();
        tree.build();
        let keys = Keys::of(&tree);
        let mut settings = Vec::new();
        if let Some(file) = &file {
            file.check(&keys)?;
        }
        let tables = [None].into_iter().chain(PROVIDERS.map(Some));
        for provider in tables {
            let layers = match &file {
                Some(file) => file.layers(asked.as_ref(), provider)?,
                None => Vec::new(),
            };
            let table = provider.map_or(DEFAULTS, Provider::name);
            let known = keys.table(table).cloned().unwrap_or_default();
            let shared = keys.table(DEFAULTS).cloned().unwrap_or_default();
            settings.extend(
                all(&tree, provider, &known)
                    .into_iter()
                    .map(|argument| one(argument, provider, matches, &layers, environment))
                    // What holds for all is not said again for each.
                    .filter(|setting| {
                        provider.is_none() || setting.of_provider || !shared.contains(&setting.key)
                    }),
            );
        }
        Ok(Request::Config(Settings {
            file: file.as_ref().map(File::name),
            context: file
                .as_ref()
                .and_then(|file| file.context(asked.as_ref()))
                .map(ToOwned::to_owned),
            settings,
        }))
    }
}

/// The definitions of these keys, by their names.
fn all<'a>(tree: &'a Command, provider: Option<Provider>, keys: &BTreeSet<String>) -> Vec<&'a Arg> {
    let top = provider.and_then(|provider| tree.find_subcommand(provider.name()));
    let mut found: Vec<&Arg> = Vec::new();
    collect(top.unwrap_or(tree), keys, &mut found);
    found.sort_by_key(|argument| argument.get_long());
    found.dedup_by_key(|argument| argument.get_long());
    found
}

fn collect<'a>(command: &'a Command, keys: &BTreeSet<String>, found: &mut Vec<&'a Arg>) {
    found.extend(
        command
            .get_arguments()
            .filter(|argument| setting(argument).is_some_and(|name| keys.contains(name))),
    );
    for below in command.get_subcommands() {
        collect(below, keys, found);
    }
}

fn one(
    argument: &Arg,
    provider: Option<Provider>,
    matches: &ArgMatches,
    layers: &[Layer<'_>],
    environment: &Environment,
) -> Setting {
    let key = argument.get_long().unwrap_or_default().to_owned();
    let variable = argument.get_env().and_then(|name| name.to_str());
    let typed = is_given(matches, argument)
        && matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine);
    let of_variable = variable.and_then(|name| Some((name, environment.text(name)?)));
    let of_file = layers
        .iter()
        .find_map(|layer| Some((layer, layer.table.get(&key)?)));
    let of_provider =
        of_file.is_some_and(|(layer, _)| provider.is_some_and(|one| layer.is_of(one)));
    let (value, from) = match (typed, of_variable, of_file) {
        (true, _, _) => (raw(matches, argument), format!("--{key}")),
        (false, Some((name, text)), _) => (Some(text.to_owned()), name.to_owned()),
        (false, None, Some((layer, value))) => (Some(shown(value)), layer.heading()),
        (false, None, None) => {
            let defaults: Vec<_> = argument
                .get_default_values()
                .iter()
                .map(|value| value.to_string_lossy())
                .collect();
            if defaults.is_empty() {
                (None, "not set".to_owned())
            } else {
                (Some(defaults.join(", ")), "built in".to_owned())
            }
        }
    };
    // A command can hold what it is to fetch.
    let value = if key == "token-command" {
        value.map(|command| program(&command))
    } else {
        value
    };
    Setting {
        provider,
        key,
        value,
        from,
        of_provider,
    }
}

fn raw(matches: &ArgMatches, argument: &Arg) -> Option<String> {
    let values = matches.try_get_raw(argument.get_id().as_str()).ok()??;
    let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
    Some(values.join(", "))
}

fn shown(value: &Value) -> String {
    match (texts(value), value) {
        (Some(texts), _) => texts.join(", "),
        (None, Value::Boolean(on)) => on.to_string(),
        // No flag takes it, which its command says.
        (None, _) => "?".to_owned(),
    }
}

/// The program of a command, without what it is given.
fn program(command: &str) -> String {
    let mut words = command.split_whitespace();
    let program = words.next().unwrap_or_default();
    if words.next().is_some() {
        format!("{program} …")
    } else {
        program.to_owned()
    }
}
