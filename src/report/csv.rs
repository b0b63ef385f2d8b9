//! Comma-separated values for spreadsheets: RFC 4180 with `\n`, one record a line.
//!
//! A spreadsheet runs a cell that begins like a formula, so such a cell gets a `'` in front (S28). Together with the
//! replaced control characters that makes CSV the format that is not lossless; `-o json` is.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use jiff::Timestamp;

use crate::text::harmless;
use crate::{
    backup::{Backup, Deletion, Outcome, Protection, Scope},
    plan::{Plan, Verdict},
    run::record::Record,
};

pub(super) fn backups(backups: &[Backup], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "provider,id,scope,resource,type,name,created_at,expires_at,size_bytes,status,healthy,protected,protection,tags"
    )?;
    for backup in backups {
        let protection: Vec<&str> = backup.protection.iter().map(Protection::word).collect();
        let tags = backup.tags.as_ref().map(|tags| {
            let pairs = tags.iter().map(|(key, value)| format!("{key}={value}"));
            pairs.collect::<Vec<_>>().join(";")
        });
        let cells = [
            some(backup.id.provider().name()),
            some(backup.id.to_string()),
            some(place(&backup.scope)),
            backup.resource.as_deref().map(Cow::from),
            backup.kind.as_deref().map(Cow::from),
            backup.name.as_deref().map(Cow::from),
            time(backup.created_at),
            time(backup.expires_at),
            number(backup.size_bytes),
            backup.status.as_deref().map(Cow::from),
            some(backup.healthy().to_string()),
            some(backup.protected().to_string()),
            some(protection.join(";")),
            tags.map(Cow::from),
        ];
        row(&cells, out)?;
    }
    Ok(())
}

pub(super) fn plan(plan: &Plan, dry_run: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "provider,id,scope,resource,type,name,created_at,size_bytes,status,verdict,refused,reasons,outcome,dry_run"
    )?;
    for item in &plan.items {
        let backup = &item.backup;
        let (verdict, outcome) = match item.verdict {
            Verdict::Delete => ("delete", Some(Outcome::WouldDelete)),
            Verdict::Keep => ("keep", None),
        };
        let reasons: Vec<String> = item.reasons.iter().map(ToString::to_string).collect();
        let cells = [
            some(backup.id.provider().name()),
            some(backup.id.to_string()),
            some(place(&backup.scope)),
            backup.resource.as_deref().map(Cow::from),
            backup.kind.as_deref().map(Cow::from),
            backup.name.as_deref().map(Cow::from),
            time(backup.created_at),
            number(backup.size_bytes),
            backup.status.as_deref().map(Cow::from),
            some(verdict),
            some(item.refused.to_string()),
            some(reasons.join("; ")),
            outcome.map(|outcome| Cow::from(outcome.word())),
            some(dry_run.to_string()),
        ];
        row(&cells, out)?;
    }
    for id in &plan.absent {
        let mut cells = [const { None }; 14];
        let [provider, full_id, .., outcome, rehearsed] = &mut cells;
        *provider = some(id.provider().name());
        *full_id = some(id.to_string());
        *outcome = some(Outcome::AlreadyAbsent.word());
        *rehearsed = some(dry_run.to_string());
        row(&cells, out)?;
    }
    Ok(())
}

const RESULTS: &str = "provider,id,scope,resource,outcome,kind,code,message,hint,request_ids,attempts,sent_at,verified_at,size_bytes,dry_run";

pub(super) fn record(record: &Record, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{RESULTS}")?;
    for result in &record.results {
        row(&result_cells(result, record.dry_run), out)?;
    }
    Ok(())
}

/// Several runs in one table: a column more tells which.
///
/// # Errors
/// Those of `out`.
pub fn records<'a>(
    records: impl Iterator<Item = &'a Record>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{RESULTS},run_id")?;
    for record in records {
        for result in &record.results {
            let mut cells = result_cells(result, record.dry_run).to_vec();
            cells.push(some(record.run_id.as_str()));
            row(&cells, out)?;
        }
    }
    out.flush()
}

fn result_cells(result: &Deletion, dry_run: bool) -> [Cell<'_>; 15] {
    [
        some(result.id.provider().name()),
        some(result.id.to_string()),
        result.scope.as_deref().map(|scope| place(scope).into()),
        result.resource.as_deref().map(Cow::from),
        some(result.outcome.word()),
        result.kind.map(|kind| kind.word().into()),
        result.code.as_deref().map(Cow::from),
        result.message.as_deref().map(Cow::from),
        result.hint.as_deref().map(Cow::from),
        some(result.request_ids.join(";")),
        some(result.attempts.to_string()),
        time(result.sent_at),
        time(result.verified_at),
        number(result.size_bytes),
        some(dry_run.to_string()),
    ]
}

/// A scope's known parts, as `account=…;region=…;vault=…`.
fn place(scope: &Scope) -> String {
    let parts = scope.parts();
    parts
        .filter_map(|(key, value)| value.map(|value| format!("{key}={value}")))
        .collect::<Vec<_>>()
        .join(";")
}

type Cell<'a> = Option<Cow<'a, str>>;

#[expect(
    clippy::unnecessary_wraps,
    reason = "a cell that is always known stands among cells that may be unknown"
)]
fn some<'a>(text: impl Into<Cow<'a, str>>) -> Cell<'a> {
    Some(text.into())
}

fn time(at: Option<Timestamp>) -> Cell<'static> {
    at.map(|at| at.to_string().into())
}

fn number(number: Option<u64>) -> Cell<'static> {
    number.map(|number| number.to_string().into())
}

/// A line of texts.
pub(super) fn texts(texts: &[&str], out: &mut dyn Write) -> io::Result<()> {
    let cells: Vec<Cell<'_>> = texts.iter().map(|text| some(*text)).collect();
    row(&cells, out)
}

/// What is not known is an empty cell.
fn row(cells: &[Cell<'_>], out: &mut dyn Write) -> io::Result<()> {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        out.write_all(quoted(cell.as_deref().unwrap_or_default()).as_bytes())?;
    }
    out.write_all(b"\n")
}

fn quoted(text: &str) -> String {
    let clean = harmless(text);
    let mark = if runs(text) || runs(&clean) { "'" } else { "" };
    let cell = format!("{mark}{clean}");
    // A cell with a space at its end loses it in some readers unless it is quoted.
    if cell.contains(['"', ',', '\n', '\r']) || cell.trim() != cell {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

/// Whether a spreadsheet would take the cell for a formula: by its first character, also behind spaces and in full width.
fn runs(text: &str) -> bool {
    text.starts_with(['\t', '\r'])
        || text
            .trim_start()
            .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::odd_texts;

    #[test]
    fn quotes_as_rfc_4180_says() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("a \"b\""), "\"a \"\"b\"\"\"");
        assert_eq!(quoted(" a"), "\" a\"");
        assert_eq!(quoted("a\nb"), "a⏎b");
    }

    #[test]
    fn s28_a_cell_that_begins_like_a_formula_is_quoted() {
        assert_eq!(quoted("=cmd()"), "'=cmd()");
        assert_eq!(quoted("+1"), "'+1");
        assert_eq!(quoted("-1,2"), "\"'-1,2\"");
        assert_eq!(quoted("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(quoted("\t=1"), "'\u{FFFD}=1");
        assert_eq!(quoted("\r=1"), "'\u{FFFD}=1");
        assert_eq!(quoted("  =1"), "'  =1");
        assert_eq!(quoted("＝1"), "'＝1");
    }

    #[test]
    fn s28_a_record_is_one_line_whatever_its_cells_hold() {
        for text in odd_texts() {
            let mut out = Vec::new();
            row(&[some("aws"), some(text.as_str()), None], &mut out).unwrap();
            let line = String::from_utf8(out).unwrap();
            assert_eq!(line.lines().count(), 1, "{text:?} → {line:?}");
            let cell = quoted(&text);
            let read = cell.strip_prefix('"').unwrap_or(&cell);
            assert!(!runs(read), "{text:?} → {cell:?}");
            assert!(!cell.contains('\u{1b}'), "{text:?} → {cell:?}");
        }
    }
}
