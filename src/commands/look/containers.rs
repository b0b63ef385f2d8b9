//! The containers that go themselves: a verdict on each, once everything in it has its own.

use jiff::Timestamp;

use super::{Aim, Read};
use crate::{
    backup::{Backup, Subject},
    fatal::Fatal,
    plan::{Item, Reason, Verdict, fingerprint},
    select::{guards::Decision, standing},
};

/// The word that a plan's record holds for it.
pub(in crate::commands) const DELETE_EMPTY_VAULT: &str = "--delete-empty-vault";

/// Refuses what would not empty the container: without `--all` only one that is empty already is meant.
pub(super) fn check(aims: &[Aim<'_>], reads: &[Read]) -> Result<(), Fatal> {
    for read in reads {
        let empty_only = aims
            .get(read.aim)
            .is_some_and(|aim| aim.delete_emptied && aim.asked.select.criteria.is_empty());
        let holds = read.selected.backups.len();
        if empty_only && holds > 0 {
            return Err(Fatal::usage_with(
                format!("the vault is not empty: it holds {holds}, and nothing says that they go"),
                "empty it with --all first, in the same command",
            ));
        }
    }
    Ok(())
}

/// A container goes if nothing stays in it and nothing protects it; what keeps it refuses it, for it was named.
///
/// What stays is seen by the items of the decision; in a record only those are, that go, and the last look before the
/// container could go sees the rest.
pub(in crate::commands) fn add(
    mut container: Backup,
    section: usize,
    decision: &mut Decision,
    now: Timestamp,
) {
    standing::complete(&mut container, now);
    // A whole scope goes: its name must be typed, also where nothing is in it (S13).
    let name = container.scope.name();
    if !decision.grave.iter().any(|known| known == name) {
        decision.grave.push(name.to_owned());
    }
    let staying = decision
        .items
        .iter()
        .filter(|item| item.verdict == Verdict::Keep && item.subject() == Subject::Backup)
        .filter(|item| item.backup.scope == container.scope)
        .count();
    let mut against = Vec::new();
    if staying > 0 {
        against.push(Reason::NotEmptied(staying));
    }
    against.extend(
        container
            .protection
            .iter()
            .map(|protection| Reason::Protected(Box::new(protection.clone()))),
    );
    let refused = !against.is_empty();
    let (verdict, more) = if refused {
        (Verdict::Keep, against)
    } else {
        (Verdict::Delete, vec![Reason::OnceEmpty])
    };
    decision.items.push(Item {
        fingerprint: fingerprint(&container),
        backup: container.into(),
        verdict,
        reasons: std::iter::once(Reason::Named).chain(more).collect(),
        refused,
        section,
    });
}
