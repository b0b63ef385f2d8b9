//! One document a command.

use std::io::{self, Write};

use serde::Serialize;

use super::{escape::pretty, recorded::Recorded};
use crate::{backup::Backup, plan::Plan, run::record::Record};

/// Writes any document as `-o json` does: over several lines, safe to look at.
pub fn document<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    pretty(value, out)
}

#[derive(Serialize)]
struct Runs<'a, 'b> {
    schema: &'static str,
    runs: &'a [Recorded<'b>],
}

/// Several runs, each as its own document.
///
/// # Errors
/// Those of `out`.
pub fn runs(runs: &[Recorded<'_>], out: &mut dyn Write) -> io::Result<()> {
    let schema = "bkdel.reports/v1";
    document(&Runs { schema, runs }, out)
}

#[derive(Serialize)]
struct Backups<'a> {
    schema: &'static str,
    backups: &'a [Backup],
}

pub(super) fn backups(backups: &[Backup], out: &mut dyn Write) -> io::Result<()> {
    let schema = "bkdel.backups/v1";
    document(&Backups { schema, backups }, out)
}

pub(super) fn plan(plan: &Plan, dry_run: bool, out: &mut dyn Write) -> io::Result<()> {
    document(&plan.document(dry_run)?, out)
}

pub(super) fn record(record: &Record, out: &mut dyn Write) -> io::Result<()> {
    document(record, out)
}
