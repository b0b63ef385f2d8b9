//! The facts that a person sees before being asked (S12). The question itself is `plan::consent`'s.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{
    Look,
    amount::{age, count, total},
    human::{item_row, items_table},
    layout::folded,
    paint::{Tint, paint},
};
use crate::{
    backup::{Backup, Identity, Scope, SideEffect},
    plan::{Plan, Reason, Remaining},
    text::harmless,
};

/// Up to this many items are shown; of more, the first [`FIRST`].
const ALL: usize = 40;
const FIRST: usize = 20;
/// As many groups of which something stays, and as many scopes, are shown; where nothing stays, all are.
const GROUPS: usize = 20;
const LABEL: usize = 12;

/// Writes who acts, where, what goes, and what stays.
///
/// # Errors
/// Those of `out`.
pub fn facts(plan: &Plan, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    summary(plan, look, out)?;
    items(plan, look, out)
}

/// The same without the items, where these are shown elsewhere.
///
/// # Errors
/// Those of `out`.
pub fn summary(plan: &Plan, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    who(plan, look, out)?;
    places(plan, look, out)?;
    what(plan, look, out)?;
    what_stays(plan, look, out)?;
    for note in &plan.notes {
        fact("Note", Tint::Plain, note, look, out)?;
    }
    writeln!(out)
}

fn who(plan: &Plan, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    for section in &plan.sections {
        if let Some(target) = &section.target {
            fact("Target", Tint::Plain, target, look, out)?;
        }
        identity(&section.identity, look, out)?;
    }
    Ok(())
}

fn identity(identity: &Identity, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    fact(
        "Provider",
        Tint::Plain,
        identity.provider.title(),
        look,
        out,
    )?;
    let account = match (&identity.account, &identity.alias) {
        (Some(account), Some(alias)) => format!("{account} ({alias})"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => "unknown".to_owned(),
    };
    fact("Account", Tint::Plain, &account, look, out)?;
    if let Some(principal) = &identity.principal {
        fact("As", Tint::Plain, principal, look, out)?;
    }
    fact("Credentials", Tint::Plain, &identity.source, look, out)?;
    if identity.endpoint_overridden {
        let endpoint = format!("{} – OVERRIDDEN, not the provider's own", identity.endpoint);
        fact("ENDPOINT", Tint::Red, &endpoint, look, out)?;
    }
    Ok(())
}

fn places(plan: &Plan, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let mut scopes: BTreeMap<&Scope, usize> = BTreeMap::new();
    for item in plan.backups_to_delete() {
        let going = scopes.entry(&item.backup.scope).or_default();
        *going = going.saturating_add(1);
    }
    for (scope, going) in scopes.iter().take(GROUPS) {
        let parts: Vec<String> = scope
            .parts()
            .filter_map(|(key, value)| value.map(|value| format!("{key} {value}")))
            .collect();
        let text = format!("{}: {}", parts.join(", "), count(*going, "backup"));
        fact("In", Tint::Plain, &text, look, out)?;
    }
    if let Some(more) = scopes.len().checked_sub(GROUPS).filter(|more| *more > 0) {
        fact("In", Tint::Plain, &format!("{more} more"), look, out)?;
    }
    Ok(())
}

fn what(plan: &Plan, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let summary = plan.summary();
    let text = format!(
        "{} ({})",
        count(summary.delete, "backup"),
        total(summary.delete_bytes, summary.delete_unsized)
    );
    fact("Deletes", Tint::Yellow, &text, look, out)?;
    for item in plan.vaults_to_delete() {
        let text = format!(
            "{} itself, once it is verified empty",
            item.backup.id.container()
        );
        fact("THE VAULT", Tint::Red, &text, look, out)?;
    }
    let times = || {
        plan.backups_to_delete()
            .filter_map(|item| item.backup.created_at)
    };
    for (label, at) in [("Oldest", times().min()), ("Newest", times().max())] {
        if let Some(at) = at {
            let text = format!("{at:.0} ({})", age(Some(at), look.now));
            fact(label, Tint::Plain, &text, look, out)?;
        }
    }
    let with = |wanted: &dyn Fn(&Reason) -> bool| -> Vec<&Backup> {
        plan.to_delete()
            .filter(|item| item.reasons.iter().any(wanted))
            .map(|item| &*item.backup)
            .collect()
    };
    let last = with(&|reason| *reason == Reason::LastHealthyAllowed);
    if !last.is_empty() {
        let text = format!("{} the last of a resource", of(&last));
        fact("LAST COPY", Tint::Red, &text, look, out)?;
    }
    let continuous =
        with(&|reason| *reason == Reason::SideEffectAllowed(SideEffect::StopsContinuousBackup));
    if !continuous.is_empty() {
        let text = format!(
            "{} continuous: no more point-in-time recovery; RDS may reboot, Aurora falls to one day",
            of(&continuous)
        );
        fact("BESIDES", Tint::Red, &text, look, out)?;
    }
    let already = with(&|reason| *reason == Reason::DeletingAlready).len();
    if already > 0 {
        let text = format!("{already} of these, for which nothing will be sent");
        fact("Under way", Tint::Plain, &text, look, out)?;
    }
    if summary.refused > 0 {
        let text = format!("{}, not deleted", count(summary.refused, "backup"));
        fact("Refused", Tint::Yellow, &text, look, out)?;
    }
    if summary.absent > 0 {
        let text = count(summary.absent, "backup");
        fact("Not there", Tint::Plain, &text, look, out)?;
    }
    Ok(())
}

/// One by its id, several by their number.
fn of(backups: &[&Backup]) -> String {
    match backups {
        [backup] => format!("{} is", backup.id),
        several => format!("{} backups are", several.len()),
    }
}

/// Per group, the worst first.
fn what_stays(plan: &Plan, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    for Remaining {
        resource, keepers, ..
    } in &plan.remaining
    {
        let text = match keepers {
            Some(keepers) if keepers.is_empty() => {
                format!("NOTHING of {resource}: no backup that can be restored from is left")
            }
            Some(_) => continue,
            None => format!("COULD NOT BE READ for {resource}: perhaps nothing"),
        };
        fact("STAYS", Tint::Red, &text, look, out)?;
    }
    let staying = || {
        plan.remaining.iter().filter_map(|remaining| {
            let keepers = remaining.keepers.as_deref().unwrap_or_default();
            let newest = keepers.iter().max_by_key(|keeper| keeper.created_at)?;
            Some((remaining, keepers.len(), newest))
        })
    };
    for (remaining, number, newest) in staying().take(GROUPS) {
        let age = newest.created_at.map_or_else(
            || "of unknown age".to_owned(),
            |at| format!("{} old", age(Some(at), look.now)),
        );
        let text = format!(
            "{} of {}, the newest {age} in {}",
            count(number, "backup"),
            remaining.resource,
            newest.place
        );
        fact("Stays", Tint::Green, &text, look, out)?;
    }
    let more = staying().count().saturating_sub(GROUPS);
    if more > 0 {
        let text = format!("something of each of {more} more");
        fact("Stays", Tint::Green, &text, look, out)?;
    }
    Ok(())
}

fn items(plan: &Plan, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let going = plan.summary().delete;
    let shown = if going > ALL { FIRST } else { going };
    let first = || {
        plan.backups_to_delete()
            .take(shown)
            .chain(plan.vaults_to_delete())
    };
    items_table(
        || first().map(|item| item_row(item, false, look)),
        look,
        out,
    )?;
    if let Some(more) = going.checked_sub(shown).filter(|more| *more > 0) {
        writeln!(out, "… and {more} more; --dry-run shows all")?;
    }
    writeln!(out)
}

/// One line under a label, folded at the terminal's edge. The colour is the label's.
fn fact(label: &str, tint: Tint, text: &str, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let blanks = " ".repeat(LABEL.saturating_sub(label.len()).saturating_add(1));
    let line = format!("{label}{blanks}{}", harmless(text));
    let indent = " ".repeat(label.len().saturating_add(blanks.len()));
    let folded = folded(&line, look, &indent);
    let rest = folded.strip_prefix(label).unwrap_or(&folded);
    writeln!(out, "{}{rest}", paint(look, tint, label))
}
