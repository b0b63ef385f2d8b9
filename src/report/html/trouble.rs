//! What did not go, or is not known to be gone: what failed alike stands together, with what to do about it.

use std::{collections::HashMap, io};

use super::{parts::mark, text::Page};
use crate::{
    backup::ErrorKind,
    report::{
        amount::count,
        told::{Line, Told},
    },
};

/// So many kinds stand on top of the page, with so many backups of each; the table has all.
const KINDS: usize = 50;
const NAMED: usize = 10;

/// Writes them, if there are any.
pub(super) fn write(told: &Told<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let trouble = told.trouble();
    if trouble.is_empty() {
        return Ok(());
    }
    page.raw("<section aria-labelledby=\"trouble\"><h2 id=\"trouble\">Not gone, or not known to be</h2><ol class=\"trouble\">")?;
    let alike = alike(&trouble);
    for lines in alike.iter().take(KINDS) {
        page.raw("<li>")?;
        of_one_kind(lines, page)?;
        page.raw("</li>")?;
    }
    page.raw("</ol>")?;
    let more = alike.len().saturating_sub(KINDS);
    if more > 0 {
        page.raw("<p>")?;
        page.text(&format!(
            "And {more} more kinds; the table of every backup begins with all of them."
        ))?;
        page.raw("</p>")?;
    }
    page.raw("</section>")
}

/// What failed for the same reason stands together, or the same hint would be there a thousand times.
fn alike<'a, 'b>(trouble: &'b [&'b Line<'a>]) -> Vec<Vec<&'b Line<'a>>> {
    let mut alike: Vec<Vec<&Line<'a>>> = Vec::new();
    let mut places = HashMap::new();
    for line in trouble {
        let result = line.result;
        let kind = result.and_then(|result| result.kind);
        let code = result.and_then(|result| result.code.as_deref());
        let hint = result.and_then(|result| result.hint.as_deref());
        let place = *places
            .entry((line.fate, kind, code, hint, line.why()))
            .or_insert_with(|| {
                alike.push(Vec::new());
                alike.len().saturating_sub(1)
            });
        if let Some(lines) = alike.get_mut(place) {
            lines.push(line);
        }
    }
    alike
}

fn of_one_kind(lines: &[&Line<'_>], page: &mut Page<'_>) -> io::Result<()> {
    let Some(first) = lines.first() else {
        return Ok(());
    };
    mark(first.fate, page)?;
    page.raw(" <b>")?;
    page.text(&count(lines.len(), "backup"))?;
    page.raw("</b><p>")?;
    let kind = first.result.and_then(|result| result.kind);
    let code = first.result.and_then(|result| result.code.as_deref());
    let facts = [kind.map(ErrorKind::word), code];
    let facts: Vec<&str> = facts.into_iter().flatten().collect();
    if !facts.is_empty() {
        page.text(&format!("{}: ", facts.join(", ")))?;
    }
    page.text(&first.why())?;
    page.raw("</p>")?;
    if let Some(hint) = first.result.and_then(|result| result.hint.as_ref()) {
        page.raw("<p class=\"hint\">What to do: ")?;
        page.text(hint)?;
        page.raw("</p>")?;
    }
    page.raw("<ul>")?;
    for line in lines.iter().take(NAMED) {
        page.raw("<li><code>")?;
        page.text(&line.id())?;
        page.raw("</code>")?;
        let ids = line.result.map_or(&[][..], |result| &result.request_ids);
        if !ids.is_empty() {
            page.raw(" <span class=\"small\">request ")?;
            page.text(&ids.join(", "))?;
            page.raw("</span>")?;
        }
        page.raw("</li>")?;
    }
    let more = lines.len().saturating_sub(NAMED);
    if more > 0 {
        page.raw("<li>")?;
        page.text(&format!("and {more} more, in the table of every backup"))?;
        page.raw("</li>")?;
    }
    page.raw("</ul>")
}
