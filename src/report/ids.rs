//! Full ids of backups, one a line, to be given back to `--from`. A vault's own id is none that anybody can give.

use std::io::{self, Write};

use crate::text::harmless;
use crate::{
    backup::{Backup, BackupId, Outcome, Subject},
    plan::Plan,
    run::record::Record,
};

pub(super) fn backups(backups: &[Backup], out: &mut dyn Write) -> io::Result<()> {
    write(|| backups.iter().map(|backup| &backup.id), out)
}

/// What goes, or would go.
pub(super) fn plan(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    write(|| plan.backups_to_delete().map(|item| &item.backup.id), out)
}

/// What was read back as gone; of a dry run, what would go.
pub(super) fn record(record: &Record, out: &mut dyn Write) -> io::Result<()> {
    let wanted = if record.dry_run {
        Outcome::WouldDelete
    } else {
        Outcome::Deleted
    };
    let ids = || {
        let results = record.results.iter();
        results
            .filter(|result| result.outcome == wanted && result.id.subject() == Subject::Backup)
            .map(|result| &result.id)
    };
    write(ids, out)
}

/// Ids cannot be made harmless, since they would name something else; one that is not harmless is no id, and then nothing
/// at all is written: half a list looks like a whole one.
fn write<'a, I: Iterator<Item = &'a BackupId>>(
    ids: impl Fn() -> I,
    out: &mut dyn Write,
) -> io::Result<()> {
    for id in ids() {
        let text = id.to_string();
        let shown = harmless(&text);
        if shown != text {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the id {shown} cannot be written as one line; use -o json"),
            ));
        }
    }
    ids().try_for_each(|id| writeln!(out, "{id}"))
}
