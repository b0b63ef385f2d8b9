//! The tables of a plan: its totals, its groups, and its items behind a fold.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Display,
};

use jiff::Timestamp;

use super::{
    GROUPS_END, Page,
    code::{UNKNOWN, code, codes},
};
use crate::{
    backup::Scope,
    plan::{Item, Plan, Remaining, Verdict},
    report::{
        amount::{count, size, total},
        groups::{Group, by_loss, names},
    },
};

/// So many scopes of a group are named.
const SCOPES: usize = 3;
/// So many ids that are not there are named.
const ABSENT: usize = 5;

pub(super) fn totals(plan: &Plan, page: &mut Page) {
    let summary = plan.summary();
    page.line("| Delete | Keep | Of these refused | Not there | Size of what goes |");
    page.line("|---:|---:|---:|---:|---:|");
    page.line(&format!(
        "| {} | {} | {} | {} | {} |",
        summary.delete,
        summary.keep,
        summary.refused,
        summary.absent,
        total(summary.delete_bytes, summary.delete_unsized)
    ));
    page.line("");
    if !plan.absent.is_empty() {
        let ids = plan.absent.iter().map(ToString::to_string);
        page.line(&format!("Not there: {}", codes(ids, ABSENT)));
        page.line("");
    }
}

/// What stays of a resource, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stays {
    Nothing,
    Unread,
    Some(usize, Option<Timestamp>),
}

impl Stays {
    pub(super) fn of(remaining: &Remaining) -> Self {
        match remaining.keepers.as_deref() {
            None => Self::Unread,
            Some([]) => Self::Nothing,
            Some(keepers) => {
                let newest = keepers.iter().filter_map(|keeper| keeper.created_at).max();
                Self::Some(keepers.len(), newest)
            }
        }
    }

    pub(super) fn words(self) -> String {
        match self {
            Self::Nothing => "**NOTHING**".to_owned(),
            Self::Unread => "**COULD NOT BE READ**: perhaps nothing".to_owned(),
            Self::Some(number, None) => count(number, "backup"),
            Self::Some(number, Some(newest)) => {
                format!("{}, the newest of {newest:.0}", count(number, "backup"))
            }
        }
    }
}

/// What stays by resource. Where groups share a resource it is the worst of them: rather a warning too many.
fn staying(plan: &Plan) -> HashMap<&str, Stays> {
    let mut staying = HashMap::new();
    for remaining in &plan.remaining {
        let stays = Stays::of(remaining);
        let worst = staying.entry(&*remaining.resource).or_insert(stays);
        *worst = stays.min(*worst);
    }
    staying
}

pub(super) fn groups(plan: &Plan, page: &mut Page) {
    let staying = staying(plan);
    let groups = by_loss(plan);
    let stays = |group: &Group<'_>| {
        // As guards name what has no resource.
        let resource = group.resource().unwrap_or("unknown resource");
        let stays = staying.get(resource).copied();
        stays.filter(|_| group.going > 0)
    };
    let mut rows: Vec<(Option<Stays>, &Group<'_>, &str)> = groups
        .iter()
        .zip(names(&groups))
        .map(|(group, name)| (stays(group), group, name))
        .collect();
    // Of which nothing stays comes first, and is the last to be left out; the sort leaves all else in its order.
    rows.sort_by_key(|(stays, _, _)| match stays {
        Some(Stays::Nothing) => 0,
        Some(Stays::Unread) => 1,
        Some(Stays::Some(..)) | None => 2,
    });
    if rows.is_empty() {
        return;
    }
    page.line("### By resource");
    page.line("");
    page.line("| Of | In | Delete | Keep | Oldest to go | Newest to go | What stays |");
    page.line("|---|---|---:|---:|---|---|---|");
    let all = rows.len();
    let rows = rows.into_iter().map(|(stays, group, name)| {
        let times = || {
            let going = group.items.iter().filter(|item| goes(item));
            going.filter_map(|item| item.backup.created_at)
        };
        let stays = stays.map_or_else(|| UNKNOWN.to_owned(), Stays::words);
        format!(
            "| {} | {} | {} | {} | {} | {} | {stays} |",
            code(name),
            places(group),
            group.going,
            group.staying(),
            time(times().min()),
            time(times().max()),
        )
    });
    let written = page.lines(GROUPS_END, rows);
    page.left_out(all, written);
    page.line("");
}

/// Where a group's backups sit.
fn places(group: &Group<'_>) -> String {
    let scopes = group.items.iter().map(|item| &*item.backup.scope);
    let scopes: BTreeSet<&Scope> = scopes.collect();
    codes(scopes.into_iter().map(place), SCOPES)
}

/// A scope's known parts, from the outermost to the innermost.
fn place(scope: &Scope) -> String {
    let parts: Vec<&str> = scope.parts().filter_map(|(_, value)| value).collect();
    if parts.is_empty() {
        scope.name().to_owned()
    } else {
        parts.join("/")
    }
}

/// The items of one verdict, behind a fold.
pub(super) fn items(plan: &Plan, verdict: Verdict, end: usize, page: &mut Page) {
    let items = || plan.items.iter().filter(|item| item.verdict == verdict);
    let all = items().count();
    if all == 0 {
        return;
    }
    let title = match verdict {
        Verdict::Delete => "to delete",
        Verdict::Keep => "kept",
    };
    page.line("<details>");
    page.line(&format!(
        "<summary>{} {title}</summary>",
        count(all, "backup")
    ));
    // Markdown begins again behind an empty line.
    page.line("");
    page.line("| ID | Created | Size | Why |");
    page.line("|---|---|---:|---|");
    let written = page.lines(end, items().map(row));
    page.left_out(all, written);
    page.line("");
    page.line("</details>");
    page.line("");
}

fn row(item: &Item) -> String {
    let backup = &item.backup;
    let reasons: Vec<String> = item.reasons.iter().map(ToString::to_string).collect();
    let refused = if item.refused { "**refused**: " } else { "" };
    format!(
        "| {} | {} | {} | {refused}{} |",
        code(&backup.id.to_string()),
        time(backup.created_at),
        backup
            .size_bytes
            .map_or_else(|| UNKNOWN.to_owned(), |bytes| size(Some(bytes))),
        code(&reasons.join("; ")),
    )
}

fn goes(item: &Item) -> bool {
    match item.verdict {
        Verdict::Delete => true,
        Verdict::Keep => false,
    }
}

pub(super) fn time(at: Option<impl Display>) -> String {
    at.map_or_else(|| UNKNOWN.to_owned(), |at| format!("{at:.0}"))
}
