//! The parts of the page that stand in it as HTML: readable without a script, and on paper.

use std::io;

use super::{
    certified,
    look::{shape, tone},
    text::Page,
    trouble,
};
use crate::{
    backup::Provider,
    report::{
        certificate,
        recorded::{Recorded, words},
        told::{Fate, Told},
    },
    run::journal::glance::State,
};

/// So many texts of one list are shown.
const LISTED: usize = 20;

/// The names of all parts.
#[cfg(test)]
pub(super) const NAMES: [&str; 9] = [
    "title",
    "kind",
    "headline",
    "notes",
    "facts",
    "totals",
    "trouble",
    "certificate",
    "foot",
];

/// Writes the part of this name.
pub(super) fn write(name: &str, told: &Told<'_>, page: &mut Page<'_>) -> io::Result<()> {
    match name {
        "title" => page.text(&format!("{}: {}", kind(told), told.came_to())),
        "kind" => page.text(&kind(told)),
        "headline" => page.text(&told.came_to()),
        "notes" => notes(told, page),
        "facts" => facts(told, page),
        "totals" => totals(told, page),
        "trouble" => trouble::write(told, page),
        "certificate" => certified::write(told, page),
        "foot" => page.text(concat!("bkdel ", env!("CARGO_PKG_VERSION"))),
        _ => Ok(()),
    }
}

fn kind(told: &Told<'_>) -> String {
    match told.run {
        Some(run) => format!("bkdel run {}", run.record.run_id),
        None => "bkdel plan; nothing was sent".to_owned(),
    }
}

fn notes(told: &Told<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let mut notes = Vec::new();
    if let Some(run) = told.run {
        match run.state {
            State::Finished => {}
            State::GoingOn => notes.push(format!("This run is {}.", words(run.state))),
            State::EndedEarly | State::Interrupted => {
                let was = if run.state == State::Interrupted {
                    "was "
                } else {
                    ""
                };
                let why = run.ended().map(|why| format!(" ({why})"));
                notes.push(format!(
                    "This run {was}{}{}. Go on with it: bkdel resume {}",
                    words(run.state),
                    why.unwrap_or_default(),
                    run.record.run_id
                ));
            }
        }
        if let Some(torn) = run.torn() {
            notes.push(format!(
                "Line {} of the journal was cut off after {} bytes, by a crash or a full disk; the chain holds up to it.",
                torn.line, torn.bytes
            ));
        }
    }
    let identities = told.identities();
    for identity in identities.iter().filter(|one| one.endpoint_overridden) {
        notes.push(format!(
            "The endpoint is not {}'s own: {}",
            identity.provider.title(),
            identity.endpoint
        ));
    }
    if notes.is_empty() {
        return Ok(());
    }
    page.raw("<ul class=\"notes\">")?;
    for note in notes {
        page.raw("<li>")?;
        page.text(&note)?;
        page.raw("</li>")?;
    }
    page.raw("</ul>")
}

fn facts(told: &Told<'_>, page: &mut Page<'_>) -> io::Result<()> {
    page.raw("<dl class=\"facts\">")?;
    if let Some(run) = told.run {
        of_run(run, page)?;
    }
    for identity in told.identities() {
        fact("By", &certificate::actor(identity), page)?;
        if identity.provider != Provider::Aws || identity.endpoint_overridden {
            fact("Endpoint", &identity.endpoint, page)?;
        }
    }
    fact("Plan made", &format!("{:.0}", told.created_at), page)?;
    fact("Plan's SHA-256", told.sha256, page)?;
    let targets = told.sections.iter();
    let targets: Vec<&str> = targets
        .filter_map(|section| section.target.as_deref())
        .collect();
    if !targets.is_empty() {
        fact("Targets", &listed(targets.into_iter()), page)?;
    }
    for section in told.sections {
        let mut asked: Vec<String> = Vec::new();
        asked.extend(section.selection.ids.iter().take(LISTED).cloned());
        let more = section.selection.ids.len().saturating_sub(LISTED);
        if more > 0 {
            asked.push(format!("and {more} more ids"));
        }
        let criteria = section.selection.criteria.iter();
        asked.extend(
            criteria
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| format!("{key}: {value}")),
        );
        asked.extend(section.selection.allowed.iter().cloned());
        if !asked.is_empty() {
            fact("Asked for", &asked.join(", "), page)?;
        }
    }
    if !told.absent.is_empty() {
        let absent = told.absent.iter().map(String::as_str);
        fact("Named and not there", &listed(absent), page)?;
    }
    for note in told.notes.iter().take(LISTED) {
        fact("Note", note, page)?;
    }
    if let Some(run) = told.run {
        let head = &run.history.head;
        fact(
            "Journal",
            &format!("{}, {} lines", run.file, head.lines),
            page,
        )?;
        fact("Head of its chain, SHA-256", &head.sha256, page)?;
    }
    page.raw("</dl>")
}

fn of_run(run: &Recorded<'_>, page: &mut Page<'_>) -> io::Result<()> {
    fact("Run", &run.record.run_id, page)?;
    fact("State", words(run.state), page)?;
    let reason = run.record.reason.as_deref().unwrap_or("none given");
    fact("Reason", reason, page)?;
    let started = run.record.started_at;
    let time = match run.finished_at() {
        Some(finished) => format!("{started:.0} to {finished:.0}"),
        None => format!("{started:.0}, no end yet"),
    };
    fact("When", &time, page)?;
    if let Some(end) = run.history.ended() {
        fact("Exit code", &end.exit_code.to_string(), page)?;
    }
    let begun = certificate::machine(&run.history.begin.by);
    fact("On", &begun, page)?;
    // The first go is the run itself.
    for go in run.history.goes.iter().skip(1).take(LISTED) {
        let end = go.end.as_ref().map(|end| end.exit_code.to_string());
        let end = end.unwrap_or_else(|| "none yet".to_owned());
        let by = certificate::machine(&go.by);
        let text = format!("{:.0} by {by}, exit code {end}", go.started_at);
        fact(
            if go.what == "verify" {
                "Verified"
            } else {
                "Resumed"
            },
            &text,
            page,
        )?;
    }
    Ok(())
}

pub(super) fn listed<'a>(mut texts: impl ExactSizeIterator<Item = &'a str>) -> String {
    let shown = texts.by_ref().take(LISTED);
    let mut shown: Vec<String> = shown.map(ToOwned::to_owned).collect();
    if texts.len() > 0 {
        shown.push(format!("and {} more", texts.len()));
    }
    shown.join(", ")
}

fn fact(term: &'static str, value: &str, page: &mut Page<'_>) -> io::Result<()> {
    page.raw("<div><dt>")?;
    page.raw(term)?;
    page.raw("</dt><dd>")?;
    page.text(value)?;
    page.raw("</dd></div>")
}

/// The totals, which are also the legend of the timelines.
fn totals(told: &Told<'_>, page: &mut Page<'_>) -> io::Result<()> {
    page.raw(
        "<table class=\"totals\"><thead><tr><th scope=\"col\">Outcome</th><th scope=\"col\" class=\"number\">Backups</th>\
         <th scope=\"col\" class=\"number\">Size</th><th scope=\"col\">Meaning</th></tr></thead><tbody>",
    )?;
    for (fate, counted) in told.counts() {
        page.raw("<tr><th scope=\"row\">")?;
        mark(fate, page)?;
        page.raw("</th><td class=\"number\">")?;
        page.text(&counted.backups.to_string())?;
        page.raw("</td><td class=\"number\">")?;
        page.text(&counted.size())?;
        page.raw("</td><td>")?;
        page.text(fate.meaning())?;
        page.raw("</td></tr>")?;
    }
    page.raw("</tbody></table>")
}

/// A fate's shape and word.
pub(super) fn mark(fate: Fate, page: &mut Page<'_>) -> io::Result<()> {
    page.raw("<span class=\"fate ")?;
    page.raw(tone(fate))?;
    page.raw("\"><svg class=\"shape\" viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path fill-rule=\"evenodd\" d=\"")?;
    page.raw(shape(fate))?;
    page.raw("\"/></svg>")?;
    page.raw(fate.word())?;
    page.raw("</span>")
}
