//! Several runs: a table over all, then each run's own part, in the room that one run has.

use std::io::{self, Write};

use super::{Page, code::code, run};
use crate::report::{
    amount::count,
    recorded::words,
    told::{Fate, Told},
};

/// Where the table must end, and where the parts must, in bytes from the start.
const TABLE_ENDS: usize = 200_000;
const PARTS_END: usize = 890_000;
const ALL: &str = "`bkdel report RUN` has its own";

/// Writes several runs as Markdown.
///
/// # Errors
/// Those of `out`.
pub fn runs(tolds: &[Told<'_>], out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(ALL);
    page.line(&format!("## bkdel: {}", count(tolds.len(), "run")));
    page.line("");
    totals(tolds, &mut page);
    table(tolds, &mut page);
    let mut written = 0_usize;
    for told in tolds {
        let Some(part) = run::part(told, tolds.len()) else {
            continue;
        };
        if page.text.len().saturating_add(part.len()) >= PARTS_END {
            break;
        }
        page.line("");
        page.line(part.trim_end());
        written = written.saturating_add(1);
    }
    page.left_out(tolds.len(), written);
    writeln!(out, "{}", page.text.trim_end())?;
    out.flush()
}

fn totals(tolds: &[Told<'_>], page: &mut Page) {
    page.line("| Outcome | Backups |");
    page.line("|---|---:|");
    for fate in Fate::ALL {
        let number = tolds
            .iter()
            .flat_map(|told| &told.lines)
            .filter(|line| line.fate == fate)
            .count();
        if number > 0 {
            page.line(&format!("| {} | {number} |", fate.word()));
        }
    }
    page.line("");
}

/// What has to be looked at comes first.
fn table(tolds: &[Told<'_>], page: &mut Page) {
    page.line("| Run | State | From | To | Exit code | Came to |");
    page.line("|---|---|---|---|---:|---|");
    let mut sorted: Vec<&Told<'_>> = tolds.iter().collect();
    sorted.sort_by_key(|told| std::cmp::Reverse(told.trouble().len()));
    let rows = sorted.iter().filter_map(|told| {
        let run = told.run?;
        let finished_at = run.finished_at();
        Some(format!(
            "| {} | {} | {:.0} | {} | {} | {} |",
            code(&run.record.run_id),
            words(run.state),
            run.record.started_at,
            finished_at.map_or_else(String::new, |at| format!("{at:.0}")),
            run::exit_code(run),
            told.came_to(),
        ))
    });
    let written = page.lines(TABLE_ENDS, rows);
    page.left_out(tolds.len(), written);
}
