//! Settings, and who says so.

use std::io::{self, BufWriter, Write};

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    Format, Look, csv, escape, json,
    layout::{Row, rows, words},
    paint::Tint,
};
use crate::{backup::Provider, text::harmless};

/// All settings, as they were put together.
#[derive(Debug)]
pub struct Settings {
    /// The configuration file, where there is one.
    pub file: Option<String>,
    /// The context that counts.
    pub context: Option<String>,
    /// One by one: those of all, then those of each provider.
    pub settings: Vec<Setting>,
}

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Whose commands it is for; `None` for all.
    pub provider: Option<Provider>,
    /// Its name: the flag's.
    pub key: String,
    /// Its value; `None` where there is none.
    pub value: Option<String>,
    /// A flag, a variable, a table of the file, or that it is built in.
    pub from: String,
    /// Whether the provider's own table says so.
    pub of_provider: bool,
}

impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("provider", &self.provider)?;
        map.serialize_entry("key", &self.key)?;
        map.serialize_entry("value", &self.value)?;
        map.serialize_entry("from", &self.from)?;
        map.end()
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    file: Option<&'a str>,
    context: Option<&'a str>,
    settings: &'a [Setting],
}

/// Writes them.
///
/// # Errors
/// Those of `out`.
pub fn settings(
    format: Format,
    settings: &Settings,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        Format::Human => human(settings, look, &mut out)?,
        Format::Json => {
            let document = Document {
                schema: "bkdel.config/v1",
                file: settings.file.as_deref(),
                context: settings.context.as_deref(),
                settings: &settings.settings,
            };
            json::document(&document, &mut out)?;
        }
        Format::Ndjson => {
            for setting in &settings.settings {
                escape::line(setting, &mut out)?;
            }
        }
        Format::Csv => {
            csv::texts(&["provider", "key", "value", "from"], &mut out)?;
            for setting in &settings.settings {
                let fields = [
                    setting.provider.map_or("", Provider::name),
                    &setting.key,
                    setting.value.as_deref().unwrap_or_default(),
                    &setting.from,
                ];
                csv::texts(&fields, &mut out)?;
            }
        }
        Format::Ids => {
            for setting in &settings.settings {
                writeln!(out, "{}", harmless(&setting.key))?;
            }
        }
    }
    out.flush()
}

fn human(settings: &Settings, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    match &settings.file {
        Some(file) => writeln!(out, "file     {}", harmless(file))?,
        None => writeln!(out, "file     none")?,
    }
    let context = settings.context.as_deref().map(harmless);
    writeln!(out, "context  {}\n", context.as_deref().unwrap_or("none"))?;
    let columns = [words("FOR"), words("KEY"), words("VALUE"), words("FROM")];
    let listed = || {
        settings.settings.iter().map(|setting| Row {
            tint: Tint::Plain,
            cells: vec![
                setting.provider.map_or("all", Provider::name).to_owned(),
                setting.key.clone(),
                harmless(setting.value.as_deref().unwrap_or("-")).into_owned(),
                harmless(&setting.from).into_owned(),
            ],
        })
    };
    rows(&columns, 1, listed, look, out)
}
