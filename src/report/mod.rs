//! Renderers: typed values in, text out. One small file a format, and one `match` to choose.
//!
//! Nothing here decides anything. What a provider wrote is made harmless on its way out ([`crate::text::harmless`], S28), and
//! what a dry run prints cannot be taken for what a run prints (S19).

mod amount;
mod certificate;
pub mod csv;
pub mod doctor;
mod escape;
mod fatal;
mod groups;
pub mod html;
mod human;
mod ids;
pub mod json;
pub mod junit;
mod layout;
pub mod markdown;
mod ndjson;
mod pace;
mod paint;
pub mod progress;
pub mod question;
pub mod recorded;
mod runs;
#[cfg(test)]
pub(crate) mod samples;
mod settings;
#[cfg(test)]
mod tests;
pub mod timeline;
pub(crate) mod told;
mod verification;

pub(crate) use amount::count;
pub use fatal::fatal;
pub(crate) use layout::broken;
pub use paint::wants_color;
pub use runs::{pruned, runs};
pub use settings::{Setting, Settings, settings};
pub use verification::verification;

use std::io::{self, BufWriter, Write};

use jiff::Timestamp;

use crate::{
    backup::{Backup, Deletion},
    plan::Plan,
    run::record::Record,
};

/// How results are written to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One document a command.
    Json,
    /// One line an item or event, as it comes.
    Ndjson,
    /// For spreadsheets.
    Csv,
    /// Full ids, one a line.
    Ids,
}

impl Format {
    /// Whether a program reads along, and errors are to be JSON too.
    #[must_use]
    pub fn is_machine(self) -> bool {
        match self {
            Self::Json | Self::Ndjson => true,
            Self::Human | Self::Csv | Self::Ids => false,
        }
    }
}

/// Where text for people goes. Found out once, by whoever has the streams.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Whether colours are wanted.
    pub color: bool,
    /// The columns of the terminal, where they are known. Only a terminal's count.
    pub width: Option<usize>,
    /// The time from which ages are counted.
    pub now: Timestamp,
    /// Whether it is a terminal.
    pub terminal: bool,
}

/// How much of a plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shown {
    /// It is marked as a dry run's.
    pub dry_run: bool,
    /// People see what stays, too. Programs always do.
    pub explain: bool,
}

/// Writes what `list` found.
///
/// # Errors
/// Those of `out`; [`io::ErrorKind::InvalidData`] where an id cannot be a line of [`Format::Ids`].
pub fn backups(
    format: Format,
    backups: &[Backup],
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        Format::Human => human::backups(backups, look, &mut out),
        Format::Json => json::backups(backups, &mut out),
        Format::Ndjson => ndjson::backups(backups, &mut out),
        Format::Csv => csv::backups(backups, &mut out),
        Format::Ids => ids::backups(backups, &mut out),
    }?;
    out.flush()
}

/// Writes a plan, marked as a dry run's or not.
///
/// # Errors
/// As [`backups`].
pub fn plan(
    format: Format,
    plan: &Plan,
    shown: Shown,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        Format::Human => human::plan(plan, shown, look, &mut out),
        Format::Json => json::plan(plan, shown.dry_run, &mut out),
        Format::Ndjson => ndjson::plan(plan, shown.dry_run, &mut out),
        Format::Csv => csv::plan(plan, shown.dry_run, &mut out),
        Format::Ids => ids::plan(plan, &mut out),
    }?;
    out.flush()
}

/// Writes the record of a run that ended. Of NDJSON nothing is left: [`result`] has written each line already.
///
/// # Errors
/// As [`backups`].
pub fn record(format: Format, record: &Record, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        Format::Human => human::record(record, look, &mut out),
        Format::Json => json::record(record, &mut out),
        Format::Ndjson => Ok(()),
        Format::Csv => csv::record(record, &mut out),
        Format::Ids => ids::record(record, &mut out),
    }?;
    out.flush()
}

/// Writes one result as soon as it has settled, where the format streams. To be called for every result of a run, those
/// that were skipped or not attempted too.
///
/// # Errors
/// Those of `out`.
pub fn result(format: Format, deletion: &Deletion, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Ndjson => ndjson::result(deletion, out),
        Format::Human | Format::Json | Format::Csv | Format::Ids => Ok(()),
    }
}
