//! Which keys there are: by the very definitions of the command line, so that a new setting is a new key.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Arg, Command};

use crate::backup::Provider;

/// The providers, each of which has a table.
pub(super) const PROVIDERS: [Provider; 3] = [Provider::Aws, Provider::Zilliz, Provider::Aiven];

/// The table that counts for all of them.
pub(super) const DEFAULTS: &str = "defaults";

/// What a context may choose although it is no setting: it counts only where the context is named by a flag.
pub(super) const PROJECT: &str = "project";

/// What says which file or context counts cannot be said in the file, and what is whose credentials' or goes where they
/// are sent cannot be the same for all three.
const NEVER: [&str; 2] = ["config", "context"];
const OF_ONE: [&str; 3] = ["endpoint-url", "token-file", "token-command"];

/// The keys of each table.
#[derive(Debug)]
pub(super) struct Keys(BTreeMap<String, BTreeSet<String>>);

impl Keys {
    /// Those that the command line has.
    pub(super) fn of(tree: &Command) -> Self {
        let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for provider in PROVIDERS {
            let mut keys = BTreeSet::new();
            if let Some(command) = tree.find_subcommand(provider.name()) {
                collect(command, &mut keys);
            }
            if provider == Provider::Aws {
                // Tokens are flags of every command, and nothing to AWS.
                keys.retain(|key| !key.starts_with("token-"));
            }
            tables.insert(provider.name().to_owned(), keys);
        }
        let mut all = BTreeSet::new();
        collect(tree, &mut all);
        let of_one = |key: &String| {
            let having = PROVIDERS.iter().filter(|provider| {
                tables
                    .get(provider.name())
                    .is_some_and(|keys| keys.contains(key))
            });
            matches!(having.count(), 1 | 2) || OF_ONE.contains(&key.as_str())
        };
        let shared = all.iter().filter(|key| !of_one(key)).cloned().collect();
        tables.insert(DEFAULTS.to_owned(), shared);
        Self(tables)
    }

    /// The tables, and the keys of each.
    pub(super) fn tables(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.0.iter().map(|(table, keys)| (table.as_str(), keys))
    }

    pub(super) fn table(&self, name: &str) -> Option<&BTreeSet<String>> {
        self.0.get(name)
    }
}

/// The name of a setting's flag; `None` for what is none.
pub(super) fn setting(argument: &Arg) -> Option<&str> {
    let name = argument.get_long()?;
    (argument.get_env().is_some() && !NEVER.contains(&name)).then_some(name)
}

fn collect(command: &Command, keys: &mut BTreeSet<String>) {
    keys.extend(
        command
            .get_arguments()
            .filter_map(setting)
            .map(ToOwned::to_owned),
    );
    for below in command.get_subcommands() {
        collect(below, keys);
    }
}

/// Whose command it is: `aws list`, `doctor aws`.
pub(super) fn provider_of(path: &[String]) -> Option<Provider> {
    path.iter()
        .find_map(|word| PROVIDERS.into_iter().find(|one| one.name() == word))
}
