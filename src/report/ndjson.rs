//! One line a backup, an item or a result, written as it comes: no document is held in memory.

use std::io::{self, Write};

use serde::Serialize;

use super::escape::line;
use crate::{
    backup::{Backup, BackupId, Deletion, Outcome, Provider},
    plan::{Item, Plan, Verdict},
};

pub(super) fn backups(backups: &[Backup], out: &mut dyn Write) -> io::Result<()> {
    backups.iter().try_for_each(|backup| line(backup, out))
}

/// A plan's item. `outcome` is what a run would bring, in a word that no run uses (S19).
#[derive(Serialize)]
struct Planned<'a> {
    schema: &'static str,
    dry_run: bool,
    outcome: Option<Outcome>,
    #[serde(flatten)]
    item: &'a Item,
}

/// What was named and is not there has neither a backup nor a verdict, so it is not an item.
#[derive(Serialize)]
struct Absent<'a> {
    schema: &'static str,
    dry_run: bool,
    outcome: Outcome,
    provider: Provider,
    id: &'a BackupId,
}

pub(super) fn plan(plan: &Plan, dry_run: bool, out: &mut dyn Write) -> io::Result<()> {
    for item in &plan.items {
        let outcome = match item.verdict {
            Verdict::Delete => Some(Outcome::WouldDelete),
            Verdict::Keep => None,
        };
        let planned = Planned {
            schema: "bkdel.item/v1",
            dry_run,
            outcome,
            item,
        };
        line(&planned, out)?;
    }
    for id in &plan.absent {
        let absent = Absent {
            schema: "bkdel.absent/v1",
            dry_run,
            outcome: Outcome::AlreadyAbsent,
            provider: id.provider(),
            id,
        };
        line(&absent, out)?;
    }
    Ok(())
}

/// Flushed at once: whoever reads along learns of it while the run goes on.
pub(super) fn result(deletion: &Deletion, out: &mut dyn Write) -> io::Result<()> {
    line(deletion, out)?;
    out.flush()
}
