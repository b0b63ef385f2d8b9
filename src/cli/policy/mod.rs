//! Policy files: TOML, each target of which is read as a command line would be.
//!
//! The keys of a target are its provider's flags without the dashes. What is there is chosen when a plan is made, so a
//! policy holds no ids; and it takes nothing from `BKDEL_*` variables, so it means the same everywhere.

mod error;
mod keys;
mod schema;
#[cfg(test)]
mod tests;
mod unknown;
mod value;

use std::collections::BTreeMap;

use toml::{Table, Value};

pub use self::schema::schema;
use self::{
    error::{Problem, in_toml, is_about_a_value, refused},
    keys::{Keys, PROVIDER, PROVIDERS, TITLE},
};
use crate::{backup::Provider, commands::policy::Target, fatal::Fatal};

/// The largest policy that is read, in bytes: what is larger is a wrong file.
pub const LARGEST: usize = 1024 * 1024;

/// The policy of the README, and of `bkdel help policy`.
pub(super) const EXAMPLE: &str = include_str!("example.toml");

const DEFAULTS: &str = "defaults";
const TARGET: &str = "target";

/// Reads a policy. `file` is what messages call it.
///
/// # Errors
/// [`Fatal::Usage`] with the file, the target and the key, for the first thing that is wrong (S4).
pub fn read(text: &str, file: &str) -> Result<Vec<Target>, Fatal> {
    if text.len() > LARGEST {
        return Err(Problem::new(format!(
            "it is larger than {} KiB, and no policy",
            LARGEST / 1024
        ))
        .at(file));
    }
    let Document { defaults, targets } = document(text, file)?;
    let keys = PROVIDERS.map(Keys::of);
    let targets = targets
        .into_iter()
        .enumerate()
        .map(|(place, table)| Draft::new(place, table, &defaults, file))
        .collect::<Result<Vec<_>, _>>()?;
    different_names(&targets, file)?;
    check_defaults(&defaults, &targets, &keys)
        .map_err(|problem| problem.at(&format!("{file}: [defaults]")))?;
    targets
        .into_iter()
        .map(|target| target.read(&defaults, &keys, file))
        .collect()
}

/// The keys of each provider's targets, for their help.
pub(super) fn keys_of_all() -> [(&'static str, Vec<String>); 3] {
    PROVIDERS.map(|provider| {
        let keys = Keys::of(provider);
        let names = keys.all().map(|key| key.name.to_owned()).collect();
        (provider.name(), names)
    })
}

/// A file, cut into its tables.
struct Document {
    defaults: Table,
    targets: Vec<Table>,
}

fn document(text: &str, file: &str) -> Result<Document, Fatal> {
    let mut table: Table = toml::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| syntax(&error, text, file))?;
    let defaults = match table.remove(DEFAULTS) {
        None => Table::new(),
        Some(Value::Table(defaults)) if !defaults.is_empty() => defaults,
        Some(Value::Table(_)) => {
            return Err(Problem::new("[defaults] is empty")
                .hint("leave it out, or give it keys")
                .at(file));
        }
        Some(other) => {
            return Err(Problem::new(format!(
                "`{DEFAULTS}` is a table, not {}",
                value::called(&other)
            ))
            .hint("write [defaults], and its keys below")
            .at(file));
        }
    };
    let targets = table.remove(TARGET);
    if let Some(unknown) = table.keys().next() {
        return Err(unknown::outside(unknown).at(file));
    }
    let no_target = |what: &str| {
        Problem::new(what)
            .hint("write [[target]], in two pairs of brackets, and its keys below")
            .at(file)
    };
    let Some(targets) = targets else {
        return Err(no_target("it has no target"));
    };
    let Value::Array(values) = targets else {
        return Err(no_target(&format!(
            "`{TARGET}` is a list of tables, not {}",
            value::called(&targets)
        )));
    };
    if values.is_empty() {
        return Err(no_target("`target` is an empty list"));
    }
    let targets = values
        .into_iter()
        .map(|value| {
            let Value::Table(table) = value else {
                return Err(no_target(&format!(
                    "a target is a table, not {}",
                    value::called(&value)
                )));
            };
            Ok(table)
        })
        .collect::<Result<_, _>>()?;
    Ok(Document { defaults, targets })
}

/// The parser's message with its place. Not the line itself: whoever pastes a token into a policy should not see it in a
/// log (S27).
fn syntax(error: &toml::de::Error, text: &str, file: &str) -> Fatal {
    let place = error.span().and_then(|span| text.get(..span.start));
    let place = place.map_or_else(
        || file.to_owned(),
        |before| {
            let line = before.lines().count().max(1);
            let line = if before.ends_with('\n') {
                line.saturating_add(1)
            } else {
                line
            };
            let last = before.rsplit('\n').next().unwrap_or_default();
            let column = last.chars().count().saturating_add(1);
            format!("{file}:{line}:{column}")
        },
    );
    Problem::new(error.message().replace('\n', "; ")).at(&place)
}

/// A target before its keys are read.
struct Draft {
    name: String,
    provider: Provider,
    table: Table,
}

impl Draft {
    fn new(place: usize, table: Table, defaults: &Table, file: &str) -> Result<Self, Fatal> {
        let name = match table.get(TITLE) {
            Some(Value::String(title)) if !title.trim().is_empty() => title.clone(),
            // Of a wrong name, more below, where all keys are read.
            _ => format!("target {}", place.saturating_add(1)),
        };
        let here = |problem: Problem| problem.at(&place_of(file, &name));
        if table.is_empty() {
            return Err(here(
                Problem::new("it is empty").hint("give it keys, or leave it out"),
            ));
        }
        let Some(provider) = table.get(PROVIDER).or_else(|| defaults.get(PROVIDER)) else {
            return Err(here(
                Problem::new("it has no `provider`")
                    .hint(format!("add provider = {}", providers())),
            ));
        };
        let known = PROVIDERS
            .into_iter()
            .find(|known| provider.as_str() == Some(known.name()));
        let Some(provider) = known else {
            let shown = provider.as_str().map_or_else(
                || value::called(provider).to_owned(),
                |text| format!("{text:?}"),
            );
            return Err(here(
                Problem::new(format!("`provider` is {shown}, and none that is known"))
                    .hint(format!("write provider = {}", providers())),
            ));
        };
        Ok(Self {
            name,
            provider,
            table,
        })
    }

    fn read(self, defaults: &Table, keys: &[Keys], file: &str) -> Result<Target, Fatal> {
        let place = place_of(file, &self.name);
        let known = keys
            .iter()
            .find(|keys| keys.provider == self.provider)
            .ok_or_else(|| Problem::new("its provider has no keys").at(&place))?;
        let arguments = self
            .arguments(defaults, known, keys)
            .map_err(|problem| problem.at(&place))?;
        let target = known
            .target(self.name, &arguments)
            .map_err(|error| refused(&error).at(&place))?;
        target
            .check()
            .map_err(|error| in_toml(error, &place, keys))?;
        Ok(target)
    }

    fn arguments(
        &self,
        defaults: &Table,
        known: &Keys,
        keys: &[Keys],
    ) -> Result<Vec<String>, Problem> {
        let mut merged: BTreeMap<&str, &Value> = defaults
            .iter()
            .filter(|(name, _)| known.key(name).is_some())
            .map(|(name, value)| (name.as_str(), value))
            .collect();
        merged.extend(
            self.table
                .iter()
                .map(|(name, value)| (name.as_str(), value)),
        );
        let mut arguments = Vec::new();
        for (name, value) in merged {
            let key = known
                .key(name)
                .ok_or_else(|| unknown::in_target(name, known, keys))?;
            arguments.extend(value::arguments(&key, value)?);
        }
        Ok(arguments)
    }
}

fn place_of(file: &str, name: &str) -> String {
    format!("{file}: target {name:?}")
}

fn providers() -> String {
    PROVIDERS
        .map(|provider| format!("\"{provider}\""))
        .join(" or ")
}

fn different_names(targets: &[Draft], file: &str) -> Result<(), Fatal> {
    let mut names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    names.sort_unstable();
    let twice = names.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(*one),
        _ => None,
    });
    match twice {
        Some(name) => Err(Problem::new(format!("two targets are called {name:?}"))
            .hint("give each a `name` of its own")
            .at(file)),
        None => Ok(()),
    }
}

/// Every default must be a key of some target, and its value one that the key takes: also where no target uses it.
fn check_defaults(defaults: &Table, targets: &[Draft], keys: &[Keys]) -> Result<(), Problem> {
    for (name, value) in defaults {
        if name == TITLE {
            return Err(Problem::new("`name` is each target's own").hint("write it in [[target]]"));
        }
        let used: Vec<&Keys> = keys
            .iter()
            .filter(|keys| {
                targets
                    .iter()
                    .any(|target| target.provider == keys.provider)
            })
            .collect();
        let mut known = false;
        for keys in &used {
            let Some(key) = keys.key(name) else { continue };
            known = true;
            let arguments = value::arguments(&key, value)?;
            if let Err(error) = keys.matches(&arguments)
                && is_about_a_value(&error)
            {
                return Err(refused(&error));
            }
        }
        if !known {
            return Err(unknown::in_defaults(name, &used, keys));
        }
    }
    Ok(())
}
