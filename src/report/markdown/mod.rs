//! GitHub's Markdown: a plan for a pull request, short enough for a comment, and a run ([`run`]) for a job's summary.
//!
//! Whoever reads it decides by it, so what is lost comes before what is deleted, and what was left out is counted. All
//! that was not written here is code ([`code`]), because providers, plan files and people may write anything (S28).

mod code;
mod run;
mod runs;
mod tables;

pub use run::run;
pub use runs::runs;

use std::io::{self, Write};

use serde_json::Value;

use self::{
    code::{code, codes},
    tables::{groups, items, totals},
};
use super::amount::{count, total};
use crate::{
    backup::Identity,
    plan::{Plan, Reason, Section, Verdict},
};

/// Where each part must end, in bytes from the start, so that a long one leaves room for those behind it. GitHub takes
/// 65,536 characters; the last few thousand are for what a workflow puts around this.
const SELECTION_ENDS: usize = 12_000;
const WARNINGS_END: usize = 20_000;
const GROUPS_END: usize = 32_000;
const DELETED_ENDS: usize = 50_000;
const KEPT_ENDS: usize = 60_000;
/// So many texts of one list are shown.
const LISTED: usize = 5;
const ALL: &str = "`bkdel report PLAN.json -o json` has them all";

/// Writes a plan as Markdown.
///
/// # Errors
/// Those of `out`.
pub fn plan(plan: &Plan, sha256: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(ALL);
    title(plan, &mut page);
    facts(plan, sha256, &mut page)?;
    warnings(plan, &mut page);
    totals(plan, &mut page);
    groups(plan, &mut page);
    items(plan, Verdict::Delete, DELETED_ENDS, &mut page);
    items(plan, Verdict::Keep, KEPT_ENDS, &mut page);
    writeln!(out, "{}", page.text.trim_end())?;
    out.flush()
}

/// What has been written so far.
#[derive(Debug)]
struct Page {
    text: String,
    /// Where to find what was left out.
    all: &'static str,
    /// So many pages share the room.
    pages: usize,
}

impl Page {
    fn new(all: &'static str) -> Self {
        let text = String::new();
        let pages = 1;
        Self { text, all, pages }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// The lines up to the first one that would end behind this place, and how many they are.
    fn lines(&mut self, end: usize, lines: impl Iterator<Item = String>) -> usize {
        let end = end.checked_div(self.pages).unwrap_or(end);
        let mut written = 0_usize;
        for line in lines {
            let wanted = self.text.len().saturating_add(line.len());
            if wanted >= end {
                break;
            }
            self.line(&line);
            written = written.saturating_add(1);
        }
        written
    }

    /// Says how many were left out, if any were.
    fn left_out(&mut self, all: usize, written: usize) {
        if let Some(more) = all.checked_sub(written).filter(|more| *more > 0) {
            self.line("");
            self.line(&format!("… and {more} more; {}.", self.all));
        }
    }
}

fn title(plan: &Plan, page: &mut Page) {
    let summary = plan.summary();
    let what = if summary.delete == 0 {
        "nothing to delete".to_owned()
    } else {
        format!(
            "{} to delete ({})",
            count(summary.delete, "backup"),
            total(summary.delete_bytes, summary.delete_unsized)
        )
    };
    let too = match summary.delete_vaults {
        0 => String::new(),
        vaults => format!(", then {}", count(vaults, "vault")),
    };
    page.line(&format!("## bkdel plan: {what}{too}"));
    page.line("");
}

fn facts(plan: &Plan, sha256: &str, page: &mut Page) -> io::Result<()> {
    for section in &plan.sections {
        if let Some(target) = &section.target {
            page.line(&format!("- **Target:** {}", code(target)));
        }
        who(&section.identity, page);
    }
    page.line(&format!("- **Made:** {:.0}", plan.created_at));
    page.line(&format!("- **SHA-256:** {}", code(sha256)));
    for section in &plan.sections {
        selection(section, page)?;
    }
    page.line("");
    Ok(())
}

fn who(identity: &Identity, page: &mut Page) {
    page.line(&format!("- **Provider:** {}", identity.provider.title()));
    let account = match (&identity.account, &identity.alias) {
        (Some(account), Some(alias)) => format!("{} ({})", code(account), code(alias)),
        (Some(one), None) | (None, Some(one)) => code(one),
        (None, None) => "unknown".to_owned(),
    };
    page.line(&format!("- **Account:** {account}"));
    if let Some(principal) = &identity.principal {
        page.line(&format!("- **As:** {}", code(principal)));
    }
    page.line(&format!("- **Credentials:** {}", code(&identity.source)));
    page.line(&format!("- **Endpoint:** {}", code(&identity.endpoint)));
}

fn selection(section: &Section, page: &mut Page) -> io::Result<()> {
    // By its own keys, so that what a selection comes to hold shows without a change here.
    let selection = serde_json::to_value(&section.selection)?;
    let of = section
        .target
        .as_deref()
        .map(|target| format!(" of {}", code(target)))
        .unwrap_or_default();
    let lines = selection
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| {
            let value = selected(value)?;
            Some(format!("- **Selection**{of}, {}: {value}", code(key)))
        });
    let lines: Vec<String> = lines.collect();
    let written = page.lines(SELECTION_ENDS, lines.iter().cloned());
    page.left_out(lines.len(), written);
    Ok(())
}

/// A value of the selection; none for one that says nothing.
fn selected(value: &Value) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    };
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Array(values) if values.is_empty() => None,
        Value::Object(values) if values.is_empty() => None,
        Value::Array(values) => Some(codes(values.iter().map(text), LISTED)),
        Value::Bool(true) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Some(code(&text(value)))
        }
    }
}

fn warnings(plan: &Plan, page: &mut Page) {
    let mut warnings = Vec::new();
    if plan
        .sections
        .iter()
        .any(|section| section.identity.endpoint_overridden)
    {
        warnings.push("**The endpoint is overridden**: it is not the provider's own.".to_owned());
    }
    let with = |wanted: &dyn Fn(&Reason) -> bool| {
        let items = plan.to_delete();
        items.filter(|item| item.reasons.iter().any(wanted)).count()
    };
    let last = with(&|reason| *reason == Reason::LastHealthyAllowed);
    if last > 0 {
        warnings.push(format!(
            "**Last copies**: {} after which nothing of its resource can be restored.",
            count(last, "backup")
        ));
    }
    for item in plan.vaults_to_delete() {
        warnings.push(format!(
            "**The vault itself**: {}, once it is verified empty.",
            code(item.backup.id.container())
        ));
    }
    let besides = with(&|reason| matches!(reason, Reason::SideEffectAllowed(_)));
    if besides > 0 {
        warnings.push(format!(
            "**Continuous**: {} whose deletion ends point-in-time recovery.",
            count(besides, "backup")
        ));
    }
    if !plan.grave.is_empty() {
        let names = codes(plan.grave.iter(), LISTED);
        warnings.push(format!(
            "**To be typed before a run**, because a last copy, a continuous backup or all in it goes: {names}."
        ));
    }
    if warnings.is_empty() && plan.notes.is_empty() {
        return;
    }
    page.line("### Before you approve");
    page.line("");
    let all = warnings.len().saturating_add(plan.notes.len());
    let warnings = warnings.iter().map(|warning| format!("- {warning}"));
    let notes = plan.notes.iter().map(|note| format!("- {}", code(note)));
    let written = page.lines(WARNINGS_END, warnings.chain(notes));
    page.left_out(all, written);
    page.line("");
}
