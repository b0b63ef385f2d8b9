//! What people read: rows, and under them a line that sums up.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use super::{
    Look, Shown,
    amount::{age, count, size, total},
    layout::{Row, amounts, folded, rows, words},
    paint::{Tint, paint},
};
use crate::{
    backup::{Backup, BackupId, Deletion, Outcome, Subject},
    plan::{Item, Plan, Reason, Verdict},
    run::record::{Ended, Record},
    text::harmless,
};

pub(super) fn backups(backups: &[Backup], look: &Look, out: &mut dyn Write) -> io::Result<()> {
    if backups.is_empty() {
        return writeln!(out, "no backups");
    }
    let columns = [
        words("ID"),
        amounts("AGE"),
        amounts("SIZE"),
        words("STATUS"),
        words("TYPE"),
        words("OF"),
        words("NAME"),
        words("IN"),
        words("PROTECTION"),
    ];
    let listed = || {
        backups.iter().map(|backup| {
            let protection: Vec<String> =
                backup.protection.iter().map(ToString::to_string).collect();
            let [age, size] = age_and_size(backup, look);
            Row {
                tint: Tint::Plain,
                cells: vec![
                    shown(&backup.id),
                    age,
                    size,
                    optional(backup.status.as_deref()),
                    optional(backup.kind.as_deref()),
                    optional(backup.resource.as_deref()),
                    optional(backup.name.as_deref()),
                    surroundings(backup),
                    harmless(&protection.join("; ")).into_owned(),
                ],
            }
        })
    };
    rows(&columns, 1, listed, look, out)?;
    let bytes = backups
        .iter()
        .filter_map(|backup| backup.size_bytes)
        .fold(0, u64::saturating_add);
    let of_unknown_size = backups.iter().filter(|one| one.size_bytes.is_none());
    let total = total(bytes, of_unknown_size.count());
    let number = count(backups.len(), "backup");
    let sum = match backups.iter().filter(|backup| backup.protected()).count() {
        0 => format!("{number} ({total})"),
        protected => format!("{number} ({total}), {protected} of them protected"),
    };
    writeln!(out, "\n{}", folded(&sum, look, "  "))
}

pub(super) fn plan(plan: &Plan, shown: Shown, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let Shown { dry_run, explain } = shown;
    let tells = |item: &&Item| explain || !item.was_left();
    if plan.items.iter().any(|item| tells(&item)) || !plan.absent.is_empty() {
        let items = || {
            let kept = plan.items.iter().filter(tells);
            let absent = plan.absent.iter();
            kept.map(|item| item_row(item, dry_run, look))
                .chain(absent.map(absent_row))
        };
        items_table(items, look, out)?;
        writeln!(out)?;
    }
    for note in &plan.notes {
        let note = format!("note: {}", harmless(note));
        writeln!(out, "{}", folded(&note, look, "  "))?;
    }
    writeln!(out, "{}", folded(&plan_sum(plan, dry_run), look, "  "))
}

/// The rows of a plan, under its headings.
pub(super) fn items_table<I: Iterator<Item = Row>>(
    items: impl Fn() -> I,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let columns = [
        words("VERDICT"),
        words("ID"),
        amounts("AGE"),
        amounts("SIZE"),
        words("OF"),
        words("IN"),
        words("WHY"),
    ];
    rows(&columns, 2, items, look, out)
}

/// One item of a plan. Capitals do without colour what colour does.
pub(super) fn item_row(item: &Item, dry_run: bool, look: &Look) -> Row {
    let (verdict, tint) = match item.verdict {
        Verdict::Delete if dry_run => ("would delete", Tint::Yellow),
        Verdict::Delete => ("delete", Tint::Yellow),
        Verdict::Keep if item.refused => ("REFUSED", Tint::Red),
        Verdict::Keep if item.backup.protected() => ("PROTECTED", Tint::Red),
        Verdict::Keep => ("keep", Tint::Plain),
    };
    let [age, size] = age_and_size(&item.backup, look);
    Row {
        tint,
        cells: vec![
            verdict.to_owned(),
            shown(&item.backup.id),
            age,
            size,
            optional(item.backup.resource.as_deref()),
            surroundings(&item.backup),
            why(item),
        ],
    }
}

fn absent_row(id: &BackupId) -> Row {
    let mut cells = vec!["absent".to_owned(), shown(id)];
    cells.extend(["-", "-", "", "", "not there"].map(str::to_owned));
    Row {
        tint: Tint::Plain,
        cells,
    }
}

/// Every reason; that it was named goes without saying once there is another.
fn why(item: &Item) -> String {
    let telling: Vec<String> = item
        .reasons
        .iter()
        .filter(|reason| item.reasons.len() == 1 || **reason != Reason::Named)
        .map(ToString::to_string)
        .collect();
    harmless(&telling.join("; ")).into_owned()
}

fn plan_sum(plan: &Plan, dry_run: bool) -> String {
    let summary = plan.summary();
    let mut parts = Vec::new();
    let goes = if dry_run {
        "would be deleted"
    } else {
        "to delete"
    };
    match (summary.delete, summary.delete_vaults) {
        (0, 0) => parts.push("nothing to delete".to_owned()),
        (0, vaults) => parts.push(format!("{} {goes}", count(vaults, "vault"))),
        (backups, vaults) => {
            let total = total(summary.delete_bytes, summary.delete_unsized);
            parts.push(format!("{backups} {goes} ({total})"));
            if vaults > 0 {
                parts.push(format!("then {}", count(vaults, "vault")));
            }
        }
    }
    match (summary.keep, summary.refused) {
        (0, _) => {}
        (keep, 0) => parts.push(format!("{keep} kept")),
        (keep, refused) if keep == refused => parts.push(format!("{refused} refused")),
        (keep, refused) => parts.push(format!("{keep} kept, {refused} of them refused")),
    }
    if summary.absent > 0 {
        parts.push(format!("{} not there", summary.absent));
    }
    let parts = parts.join(", ");
    if dry_run {
        format!("dry run: {parts}; nothing was sent")
    } else {
        format!("plan: {parts}")
    }
}

pub(super) fn record(record: &Record, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    for target in targets(record) {
        if let Some(target) = target {
            writeln!(out, "{}:", harmless(target))?;
        }
        let columns = [words("OUTCOME"), words("ID"), amounts("SIZE"), words("WHY")];
        let results = || {
            let of_target = record.results.iter();
            of_target
                .filter(|result| result.target.as_deref() == target)
                .map(result_row)
        };
        rows(&columns, 2, results, look, out)?;
        writeln!(out)?;
    }
    // A cause that is common to many results has one way out.
    let hints: BTreeSet<&str> = record
        .results
        .iter()
        .filter_map(|result| result.hint.as_deref())
        .collect();
    for hint in hints {
        let word = paint(look, Tint::Yellow, "hint:");
        writeln!(out, "{word} {}", harmless(hint))?;
    }
    if let Some(ended) = &record.ended {
        let why = match ended {
            Ended::Signal(code) => format!("interrupted by a signal ({code})"),
            Ended::Timeout => "ended by --timeout".to_owned(),
            Ended::Credentials(said) => format!("ended, the credentials no longer do: {said}"),
            Ended::Journal(said) => said.clone(),
        };
        writeln!(out, "{}", paint(look, Tint::Red, &harmless(&why)))?;
    }
    writeln!(out, "{}", folded(&record_sum(record), look, "  "))?;
    if !record.dry_run
        && record.ended.is_none()
        && record
            .results
            .iter()
            .any(|result| result.outcome == Outcome::Failed)
    {
        let advice =
            "to try again, give the same command again: what is gone by then is passed over";
        writeln!(out, "{}", folded(advice, look, "  "))?;
    }
    Ok(())
}

/// The targets of a policy among the results, in their order; one that is none where there are no targets.
fn targets(record: &Record) -> Vec<Option<&str>> {
    let mut targets: Vec<Option<&str>> = Vec::new();
    for result in &record.results {
        let target = result.target.as_deref();
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    targets
}

fn result_row(result: &Deletion) -> Row {
    let (word, tint) = match result.outcome {
        Outcome::Deleted => ("deleted", Tint::Green),
        Outcome::AlreadyAbsent => ("already absent", Tint::Green),
        Outcome::Pending => ("pending", Tint::Yellow),
        Outcome::Unverified => ("unverified", Tint::Yellow),
        Outcome::Failed => ("FAILED", Tint::Red),
        Outcome::Unknown => ("UNKNOWN", Tint::Red),
        Outcome::Skipped => ("SKIPPED", Tint::Red),
        Outcome::NotAttempted => ("not attempted", Tint::Yellow),
        Outcome::WouldDelete => ("would delete", Tint::Yellow),
    };
    let message = result.message.as_deref().unwrap_or_default();
    let mut facts = Vec::new();
    if let Some(code) = result
        .code
        .as_deref()
        .filter(|code| !message.contains(code))
    {
        facts.push(code.to_owned());
    }
    // Whoever reports a failure to the provider is asked for these.
    if matches!(result.outcome, Outcome::Failed | Outcome::Unknown) {
        let requests = result.request_ids.iter();
        facts.extend(requests.map(|request_id| format!("request {request_id}")));
    }
    let facts = facts.join(", ");
    let why = match (message, facts.as_str()) {
        (message, "") => message.to_owned(),
        ("", facts) => facts.to_owned(),
        (message, facts) => format!("{message} ({facts})"),
    };
    Row {
        tint,
        cells: vec![
            word.to_owned(),
            shown(&result.id),
            size(result.size_bytes),
            harmless(&why).into_owned(),
        ],
    }
}

fn record_sum(record: &Record) -> String {
    let deleted = |result: &&Deletion| result.outcome == Outcome::Deleted;
    let of_unknown_size = record
        .results
        .iter()
        .filter(deleted)
        .filter(|result| result.size_bytes.is_none() && result.id.subject() == Subject::Backup)
        .count();
    let mut parts = Vec::new();
    for (outcome, number) in record.counts() {
        match (outcome, number) {
            (_, 0) => {}
            (Outcome::Deleted, number) => {
                let total = total(record.bytes(), of_unknown_size);
                parts.push(format!("{number} deleted ({total})"));
            }
            (Outcome::WouldDelete, number) => parts.push(format!("{number} would be deleted")),
            (other, number) => {
                parts.push(format!("{number} {}", other.word().replace('_', " ")));
            }
        }
    }
    if parts.is_empty() {
        parts.push("nothing to do".to_owned());
    }
    let parts = parts.join(", ");
    if record.dry_run {
        format!("dry run: {parts}; nothing was sent")
    } else if record.results.iter().any(|result| deleted(&result)) {
        format!("{parts}; verified by reading back")
    } else {
        parts
    }
}

/// Whether asking again can still settle it.
fn shown(id: &BackupId) -> String {
    harmless(&id.to_string()).into_owned()
}

fn optional(text: Option<&str>) -> String {
    harmless(text.unwrap_or_default()).into_owned()
}

fn age_and_size(backup: &Backup, look: &Look) -> [String; 2] {
    [age(backup.created_at, look.now), size(backup.size_bytes)]
}

/// Where it sits: the parts of its scope that neither its id nor its resource shows already.
fn surroundings(backup: &Backup) -> String {
    let id = backup.id.to_string();
    let resource = backup.resource.as_deref().unwrap_or_default();
    let shown = |part: &str| {
        let mut segments = id.split([':', '/']).chain(resource.split([':', '/']));
        segments.any(|segment| segment == part)
    };
    let parts = backup.scope.parts().filter_map(|(_, part)| part);
    let parts: Vec<&str> = parts.filter(|part| !shown(part)).collect();
    harmless(&parts.join("/")).into_owned()
}
