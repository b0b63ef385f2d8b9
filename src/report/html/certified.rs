//! The certificate: what is attested and what is not, and the particulars of each deletion for paper and for readers without
//! a script. With one they open from the table.

use std::io;

use super::{parts::listed, text::Page};
use crate::{
    backup::Keeper,
    report::{
        amount::{count, size},
        certificate::{self, ATTESTED, NOT_ATTESTED},
        told::{Line, Told},
    },
};

/// So many deletions have their particulars here.
const CERTIFIED: usize = 1000;

/// Writes the certificate of a run; a plan has none.
pub(super) fn write(told: &Told<'_>, page: &mut Page<'_>) -> io::Result<()> {
    if told.run.is_none() {
        return Ok(());
    }
    page.raw("<section aria-labelledby=\"certificate\"><h2 id=\"certificate\">Certificate of deletion</h2><p>")?;
    page.text(ATTESTED)?;
    page.raw("</p><h3>What it does not say</h3><ul>")?;
    for line in NOT_ATTESTED {
        page.raw("<li>")?;
        page.text(line)?;
        page.raw("</li>")?;
    }
    page.raw("</ul>")?;
    let all = told.deleted().count();
    page.raw("<p class=\"screen-only with-script\">")?;
    page.text(&format!(
        "{} deleted. The particulars of each open from its row in the table of every backup; paper has them here.",
        count(all, "backup")
    ))?;
    page.raw("</p><div class=\"static\"><h3>")?;
    page.text(&format!("{} deleted", count(all, "backup")))?;
    page.raw("</h3><ol class=\"certified\">")?;
    let keepers = told.keepers_by_group();
    for line in told.deleted().take(CERTIFIED) {
        let group = line.item.and_then(|item| keepers.get(&item.group).copied());
        page.raw("<li>")?;
        certified(told, line, certificate::remaining(group), page)?;
        page.raw("</li>")?;
    }
    page.raw("</ol>")?;
    let more = all.saturating_sub(CERTIFIED);
    if more > 0 {
        page.raw("<p>")?;
        page.text(&format!(
            "And {more} more: bkdel report RUN -o json has the particulars of all of them."
        ))?;
        page.raw("</p>")?;
    }
    page.raw("</div></section>")
}

/// What, why, how, by whom, confirmed when and by which reading.
fn certified(
    told: &Told<'_>,
    line: &Line<'_>,
    remaining: Option<&[Keeper]>,
    page: &mut Page<'_>,
) -> io::Result<()> {
    page.raw("<code>")?;
    page.text(&line.id())?;
    page.raw("</code>")?;
    let known = |text: Option<String>| text.unwrap_or_else(|| "not known".to_owned());
    let of = line.resource().unwrap_or("an unknown resource");
    let created = line.created_at().map(|at| format!("{at:.0}"));
    let result = line.result;
    let sent = result.and_then(|result| result.sent_at);
    let requests = result.map(|result| result.request_ids.join(", "));
    for (term, value) in [
        (
            "What",
            format!(
                "a backup of {of}, created {}, {}",
                known(created),
                size(line.size_bytes())
            ),
        ),
        ("Why", line.reasons().join("; ")),
        ("How", known(certificate::how(line))),
        ("Asked for", known(sent.map(|at| format!("{at:.0}")))),
        ("By", known(certificate::performer(told, line))),
        ("On", known(certificate::place(told, line))),
        ("Read back as gone", known(certificate::confirmed(line))),
        ("Request ids", known(requests.filter(|ids| !ids.is_empty()))),
        (
            "Copies that the plan counts on",
            match remaining {
                None => "not known".to_owned(),
                Some([]) => "none that the plan found".to_owned(),
                Some(keepers) => listed(keepers.iter().map(|keeper| keeper.id.as_str())),
            },
        ),
    ] {
        page.raw(" · <b>")?;
        page.raw(term)?;
        page.raw(":</b> ")?;
        page.text(&value)?;
    }
    Ok(())
}
