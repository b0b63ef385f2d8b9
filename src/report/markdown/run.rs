//! A run for a job's summary or a pull request: what failed comes first, what is attested comes with what is not.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Write},
};

use super::{
    Page,
    code::{UNKNOWN, code, codes},
    tables::{Stays, time},
    who,
};
use crate::{
    report::{
        amount::{count, size},
        certificate::{self, ATTESTED, NOT_ATTESTED},
        recorded::{Recorded, words},
        told::{Fate, Line, Told},
    },
    run::journal::glance::State,
};

/// Where each part must end, in bytes from the start. GitHub takes a mebibyte for the summary of a step.
const NOTES_END: usize = 100_000;
const TROUBLE_ENDS: usize = 300_000;
const GROUPS_END: usize = 450_000;
const DELETED_ENDS: usize = 800_000;
const KEPT_ENDS: usize = 890_000;
/// So many texts of one list are shown.
const LISTED: usize = 5;
const ALL: &str = "`bkdel report RUN -o json` has them all";

/// Writes a run as Markdown.
///
/// # Errors
/// Those of `out`.
pub fn run(told: &Told<'_>, run: &Recorded<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = page(told, run, 1);
    writeln!(out, "{}", page.text.trim_end())?;
    out.flush()
}

/// The same as one part of so many; none of what is no run.
pub(super) fn part(told: &Told<'_>, parts: usize) -> Option<String> {
    Some(page(told, told.run?, parts).text)
}

fn page(told: &Told<'_>, run: &Recorded<'_>, pages: usize) -> Page {
    let mut page = Page::new(ALL);
    page.pages = pages;
    page.line(&format!("## bkdel run: {}", told.came_to()));
    page.line("");
    facts(told, run, &mut page);
    notes(told, run, &mut page);
    totals(told, &mut page);
    trouble(told, &mut page);
    groups(told, &mut page);
    attested(told, &mut page);
    kept(told, &mut page);
    page
}

fn facts(told: &Told<'_>, run: &Recorded<'_>, page: &mut Page) {
    let record = &run.record;
    let history = run.history;
    page.line(&format!("- **Run:** {}", code(&record.run_id)));
    page.line(&format!("- **State:** {}", words(run.state)));
    let reason = record.reason.as_deref().map_or("none given".into(), code);
    page.line(&format!("- **Reason:** {reason}"));
    let started = record.started_at;
    let finished = run.finished_at().map_or("no end yet".to_owned(), |at| {
        format!("{at:.0} (exit code {})", exit_code(run))
    });
    page.line(&format!("- **From:** {started:.0}"));
    page.line(&format!("- **To:** {finished}"));
    for go in history.goes.iter().take(LISTED) {
        let machine = code(&certificate::machine(&go.by));
        let line = match go.what {
            "resume" => format!("- **Resumed:** {:.0} by {machine}", go.started_at),
            "verify" => format!("- **Verified:** {:.0} by {machine}", go.started_at),
            _ => format!("- **On:** {machine}"),
        };
        page.line(&line);
    }
    for identity in told.identities() {
        who(identity, page);
    }
    page.line(&format!(
        "- **Plan:** SHA-256 {}, made {:.0}",
        code(told.sha256),
        told.created_at
    ));
    page.line(&format!(
        "- **Journal:** {} lines, the last one's SHA-256 {}",
        history.head.lines,
        code(&history.head.sha256)
    ));
    page.line("");
}

pub(super) fn exit_code(run: &Recorded<'_>) -> String {
    let end = run.history.ended();
    end.map_or_else(String::new, |end| end.exit_code.to_string())
}

fn notes(told: &Told<'_>, run: &Recorded<'_>, page: &mut Page) {
    let mut notes = Vec::new();
    match run.state {
        State::Finished => {}
        State::GoingOn => notes.push("**Going on**: these are the figures so far.".to_owned()),
        State::Interrupted | State::EndedEarly => {
            let why = run.ended().map(|why| format!(" ({})", code(why)));
            notes.push(format!(
                "**Not whole**: {}{}. `bkdel resume RUN` goes on with it.",
                words(run.state),
                why.unwrap_or_default(),
            ));
        }
    }
    if let Some(torn) = run.torn() {
        notes.push(format!(
            "**Torn**: line {} of the journal was cut off after {} bytes, by a crash or a full disk.",
            torn.line, torn.bytes
        ));
    }
    if told
        .identities()
        .iter()
        .any(|identity| identity.endpoint_overridden)
    {
        notes.push("**The endpoint is overridden**: it is not the provider's own.".to_owned());
    }
    notes.extend(told.notes.iter().map(|note| code(note)));
    if notes.is_empty() {
        return;
    }
    let all = notes.len();
    let written = page.lines(NOTES_END, notes.into_iter().map(|note| format!("- {note}")));
    page.left_out(all, written);
    page.line("");
}

fn totals(told: &Told<'_>, page: &mut Page) {
    page.line("| Outcome | Backups | Size | Meaning |");
    page.line("|---|---:|---:|---|");
    for (fate, counted) in told.counts() {
        let (number, size) = (counted.backups, counted.size());
        let (word, meaning) = (fate.word(), fate.meaning());
        page.line(&format!("| {word} | {number} | {size} | {meaning} |"));
    }
    page.line("");
    if !told.absent.is_empty() {
        let absent = codes(told.absent.iter(), LISTED);
        page.line(&format!("Named and not there when planned: {absent}"));
        page.line("");
    }
}

fn trouble(told: &Told<'_>, page: &mut Page) {
    let trouble = told.trouble();
    if trouble.is_empty() {
        return;
    }
    page.line("### Not gone, or not known to be");
    page.line("");
    page.line("| ID | Outcome | Why | What to do | Request ids |");
    page.line("|---|---|---|---|---|");
    let all = trouble.len();
    let rows = trouble.into_iter().map(|line| {
        let result = line.result;
        let hint = result.and_then(|result| result.hint.as_deref());
        let kind = result.and_then(|result| result.kind);
        let kind = kind.map_or(String::new(), |kind| format!(" ({})", kind.word()));
        format!(
            "| {} | {}{kind} | {} | {} | {} |",
            code(&line.id()),
            line.fate.word(),
            code(&line.why()),
            hint.map_or_else(|| UNKNOWN.to_owned(), code),
            requests(line),
        )
    });
    let written = page.lines(TROUBLE_ENDS, rows);
    page.left_out(all, written);
    page.line("");
}

#[derive(Default)]
struct Group {
    deleted: usize,
    trouble: usize,
    kept: usize,
    other: usize,
}

fn groups(told: &Told<'_>, page: &mut Page) {
    let mut stays: HashMap<&str, Stays> = HashMap::new();
    for remaining in told.keepers {
        let found = Stays::of(remaining);
        let worst = stays.entry(&remaining.resource).or_insert(found);
        *worst = found.min(*worst);
    }
    let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
    for line in &told.lines {
        let group = groups.entry(line.resource().unwrap_or("unknown resource"));
        let group = group.or_default();
        let count = match line.fate {
            Fate::Deleted => &mut group.deleted,
            Fate::Kept | Fate::Protected => &mut group.kept,
            Fate::AlreadyAbsent | Fate::ToDelete => &mut group.other,
            Fate::Failed
            | Fate::Unknown
            | Fate::Unverified
            | Fate::Pending
            | Fate::Refused
            | Fate::Skipped
            | Fate::NotAttempted => &mut group.trouble,
        };
        *count = count.saturating_add(1);
    }
    if groups.is_empty() {
        return;
    }
    page.line("### By resource");
    page.line("");
    page.line("| Of | Deleted | Not gone, or not known to be | Kept | What the plan counts on |");
    page.line("|---|---:|---:|---:|---|");
    let mut rows: Vec<(&str, Group)> = groups.into_iter().collect();
    rows.sort_by_key(|(_, group)| std::cmp::Reverse((group.trouble, group.deleted)));
    let all = rows.len();
    let rows = rows.into_iter().map(|(name, group)| {
        let stays = stays.get(name).copied();
        format!(
            "| {} | {} | {} | {} | {} |",
            code(name),
            group.deleted,
            group.trouble,
            group.kept,
            stays.map_or_else(|| UNKNOWN.to_owned(), Stays::words),
        )
    });
    let written = page.lines(GROUPS_END, rows);
    page.left_out(all, written);
    page.line("");
}

/// The certificate.
fn attested(told: &Told<'_>, page: &mut Page) {
    page.line("### Certificate of deletion");
    page.line("");
    page.line(ATTESTED);
    page.line("");
    for line in NOT_ATTESTED {
        page.line(&format!("- {line}"));
    }
    page.line("");
    let all = told.deleted().count();
    if all == 0 {
        page.line("Nothing was deleted.");
        page.line("");
        return;
    }
    page.line("<details>");
    page.line(&format!(
        "<summary>{} deleted</summary>",
        count(all, "backup")
    ));
    page.line("");
    page.line("| What | Created | Size | Why | How | By | On | Asked for | Read back as gone | Request ids | Copies that the plan counts on |");
    page.line("|---|---|---:|---|---|---|---|---|---|---|---|");
    let keepers = told.keepers_by_group();
    let rows = told.deleted().map(|line| {
        let result = line.result;
        let group = line.item.and_then(|item| keepers.get(&item.group).copied());
        let remaining = match certificate::remaining(group) {
            None => UNKNOWN.to_owned(),
            Some([]) => "none".to_owned(),
            Some(keepers) => codes(keepers.iter().map(|keeper| &keeper.id), LISTED),
        };
        let known =
            |text: Option<String>| text.map_or_else(|| UNKNOWN.to_owned(), |text| code(&text));
        format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {remaining} |",
            code(&line.id()),
            time(line.created_at()),
            size(line.size_bytes()),
            code(&line.reasons().join("; ")),
            known(certificate::how(line)),
            known(certificate::performer(told, line)),
            known(certificate::place(told, line)),
            time(result.and_then(|result| result.sent_at)),
            known(certificate::confirmed(line)),
            requests(line),
        )
    });
    let written = page.lines(DELETED_ENDS, rows);
    page.left_out(all, written);
    page.line("");
    page.line("</details>");
    page.line("");
}

fn requests(line: &Line<'_>) -> String {
    let ids = line.result.map_or(&[][..], |result| &result.request_ids);
    if ids.is_empty() {
        UNKNOWN.to_owned()
    } else {
        codes(ids.iter(), LISTED)
    }
}

fn kept(told: &Told<'_>, page: &mut Page) {
    let kept = || {
        told.lines.iter().filter(|line| match line.fate {
            Fate::Kept | Fate::Protected => true,
            Fate::Failed
            | Fate::Unknown
            | Fate::Unverified
            | Fate::Pending
            | Fate::Refused
            | Fate::Skipped
            | Fate::NotAttempted
            | Fate::ToDelete
            | Fate::Deleted
            | Fate::AlreadyAbsent => false,
        })
    };
    let all = kept().count();
    if all == 0 {
        return;
    }
    page.line("<details>");
    page.line(&format!("<summary>{} kept</summary>", count(all, "backup")));
    page.line("");
    page.line("| ID | Created | Why |");
    page.line("|---|---|---|");
    let rows = kept().map(|line| {
        let reasons = code(&line.reasons().join("; "));
        format!(
            "| {} | {} | {reasons} |",
            code(&line.id()),
            time(line.created_at())
        )
    });
    let written = page.lines(KEPT_ENDS, rows);
    page.left_out(all, written);
    page.line("");
    page.line("</details>");
}
