//! The file itself: found, read, and checked whole, so that a slip in a table that is not used is told too (S4).

use std::{io, path::PathBuf};

use clap::{ArgMatches, parser::ValueSource};
use toml::{Table, Value};

use super::{
    Asked,
    keys::{DEFAULTS, Keys, PROJECT},
};
use crate::{
    backup::Provider, environment::Environment, fatal::Fatal, provider::near, text::harmless,
};

/// The largest file that is read, in bytes: what is larger is a wrong one.
const LARGEST: u64 = 1024 * 1024;

const CONTEXT: &str = "context";
const CONTEXTS: &str = "contexts";

/// A configuration that was read.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    table: Table,
}

/// One table of settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layer<'a> {
    pub(super) table: &'a Table,
    /// Whether it belongs to the context.
    pub(super) of_context: bool,
    file: &'a File,
    context: Option<&'a str>,
    name: &'a str,
}

impl Layer<'_> {
    /// Whether it is a provider's own.
    pub(super) fn is_of(&self, provider: Provider) -> bool {
        self.name == provider.name()
    }

    /// Where a key of it stands.
    pub(super) fn place(&self, key: &str) -> String {
        format!("{}: {} {key}", self.file.name(), self.heading())
    }

    /// The table's heading, as it stands in the file.
    pub(super) fn heading(&self) -> String {
        match self.context {
            Some(context) => format!("[{CONTEXTS}.{context}.{}]", self.name),
            None => format!("[{}]", self.name),
        }
    }
}

impl File {
    /// The file that was named; else the one at its usual place, if it is there. `wanted`: something in it was asked for.
    pub(super) fn find(
        matches: &ArgMatches,
        environment: &Environment,
        wanted: bool,
    ) -> Result<Option<Self>, Fatal> {
        let named = matches.try_get_one::<PathBuf>("config").ok().flatten();
        let Some(path) = named.cloned().or_else(|| usual(environment)) else {
            return if wanted {
                Err(Fatal::usage_with(
                    "there is no configuration, and so no context",
                    "name a file with --config",
                ))
            } else {
                Ok(None)
            };
        };
        match read(&path) {
            Ok(text) => Self::of(path, &text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() && !wanted => {
                Ok(None)
            }
            Err(error) => {
                let by = match matches.value_source("config") {
                    Some(ValueSource::EnvVariable) => "BKDEL_CONFIG",
                    Some(_) => "--config",
                    None => "the configuration file",
                };
                Err(Fatal::usage_with(
                    format!("{by} {} cannot be read: {error}", path.display()),
                    "name a file that can be read, or leave it out",
                ))
            }
        }
    }

    fn of(path: PathBuf, text: &str) -> Result<Self, Fatal> {
        let table = toml::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
            let error: toml::de::Error = error;
            let line = error
                .span()
                .and_then(|span| text.get(..span.start))
                .map_or(1, |before| before.matches('\n').count().saturating_add(1));
            Fatal::usage_with(
                format!("{}: line {line}: {}", path.display(), error.message()),
                "it is TOML: `bkdel help settings` shows one",
            )
        })?;
        Ok(Self { path, table })
    }

    /// Its path, for people.
    pub(super) fn name(&self) -> String {
        harmless(&self.path.display().to_string()).into_owned()
    }

    /// The context that counts: the one asked for, or the file's own.
    pub(super) fn context<'a>(&'a self, asked: Option<&'a Asked>) -> Option<&'a str> {
        match asked {
            Some(asked) => Some(&asked.name),
            None => self.table.get(CONTEXT).and_then(Value::as_str),
        }
    }

    /// Refuses every table and key that is none, wherever it stands.
    pub(super) fn check(&self, keys: &Keys) -> Result<(), Fatal> {
        for (name, value) in &self.table {
            match name.as_str() {
                CONTEXT => {
                    let chosen = value
                        .as_str()
                        .ok_or_else(|| self.wrong("`context` is a context's name"))?;
                    self.named(chosen)?;
                }
                CONTEXTS => {
                    for (context, tables) in self.tables_of(name, value)? {
                        let place = format!("{CONTEXTS}.{context}");
                        for (name, value) in self.tables_of(&place, tables)? {
                            self.check_table(&format!("{place}.{name}"), name, value, keys, true)?;
                        }
                    }
                }
                table => self.check_table(table, table, value, keys, false)?,
            }
        }
        Ok(())
    }

    fn check_table(
        &self,
        place: &str,
        name: &str,
        value: &Value,
        keys: &Keys,
        in_context: bool,
    ) -> Result<(), Fatal> {
        let Some(known) = keys.table(name) else {
            let tables: Vec<&str> = keys.tables().map(|(table, _)| table).collect();
            return Err(Fatal::usage_with(
                format!("{}: there is no table `{}`", self.name(), harmless(place)),
                format!(
                    "the tables are {}, and contexts.NAME.TABLE",
                    tables.join(", ")
                ),
            ));
        };
        for key in self.tables_of(place, value)?.keys() {
            let chooses = in_context && key == PROJECT && is_project_of(name);
            if known.contains(key) || chooses {
                continue;
            }
            let near = near(key, known.iter().map(String::as_str));
            let hint = match (near.first(), key.as_str()) {
                (_, PROJECT) if is_project_of(name) => {
                    "only a context names projects, and counts then where it is named by --context"
                        .to_owned()
                }
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, _) => format!(
                    "a key is a flag that has a variable: {}",
                    known.iter().cloned().collect::<Vec<_>>().join(", ")
                ),
            };
            return Err(Fatal::usage_with(
                format!(
                    "{}: [{place}]: there is no key `{}`",
                    self.name(),
                    harmless(key)
                ),
                hint,
            ));
        }
        Ok(())
    }

    /// The tables that count, the first before the second.
    pub(super) fn layers<'a>(
        &'a self,
        asked: Option<&'a Asked>,
        provider: Option<Provider>,
    ) -> Result<Vec<Layer<'a>>, Fatal> {
        let mut layers = Vec::new();
        let names = provider.map(Provider::name).into_iter().chain([DEFAULTS]);
        if let Some(context) = self.context(asked) {
            let of_context = self.named(context)?;
            layers.extend(names.clone().filter_map(|name| {
                Some(Layer {
                    table: of_context.get(name)?.as_table()?,
                    of_context: true,
                    file: self,
                    context: Some(context),
                    name,
                })
            }));
        }
        layers.extend(names.filter_map(|name| {
            Some(Layer {
                table: self.table.get(name)?.as_table()?,
                of_context: false,
                file: self,
                context: None,
                name,
            })
        }));
        Ok(layers)
    }

    /// The context of that name.
    fn named(&self, context: &str) -> Result<&Table, Fatal> {
        let contexts = self.table.get(CONTEXTS).and_then(Value::as_table);
        let found = contexts.and_then(|contexts| contexts.get(context)?.as_table());
        found.ok_or_else(|| {
            let known: Vec<&str> = contexts
                .into_iter()
                .flat_map(Table::keys)
                .map(String::as_str)
                .collect();
            let hint = if known.is_empty() {
                "it holds none: a context is a table [contexts.NAME.aws]".to_owned()
            } else {
                format!("it holds {}", harmless(&known.join(", ")))
            };
            Fatal::usage_with(
                format!("{}: there is no context {context:?}", self.name()),
                hint,
            )
        })
    }

    fn tables_of<'a>(&self, place: &str, value: &'a Value) -> Result<&'a Table, Fatal> {
        value
            .as_table()
            .ok_or_else(|| self.wrong(&format!("`{}` is a table", harmless(place))))
    }

    fn wrong(&self, what: &str) -> Fatal {
        Fatal::usage_with(
            format!("{}: {what}", self.name()),
            "`bkdel help settings` shows one",
        )
    }
}

/// Whether a provider's table can name projects.
fn is_project_of(table: &str) -> bool {
    [Provider::Zilliz, Provider::Aiven]
        .iter()
        .any(|provider| provider.name() == table)
}

/// `bkdel/config.toml` below `$XDG_CONFIG_HOME`, which is `~/.config` where it is not set.
fn usual(environment: &Environment) -> Option<PathBuf> {
    let folder = environment
        .path("XDG_CONFIG_HOME")
        // The specification has relative paths ignored.
        .filter(|path| path.is_absolute())
        .or_else(|| environment.path("APPDATA").filter(|_| cfg!(windows)))
        .or_else(|| environment.home(".config"))?;
    Some(folder.join("bkdel").join("config.toml"))
}

fn read(path: &PathBuf) -> io::Result<String> {
    if std::fs::metadata(path)?.len() > LARGEST {
        return Err(io::Error::other(format!(
            "it is larger than {} KiB, and no configuration",
            LARGEST / 1024
        )));
    }
    std::fs::read_to_string(path)
}
