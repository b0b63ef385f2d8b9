//! What a report attests of a deletion, and what it does not: the same words in every format.

use super::told::{Line, Told};
use crate::{
    backup::{Identity, Keeper},
    plan::Remaining,
    run::journal::entry::By,
};

/// What is attested.
pub(super) const ATTESTED: &str = "Each backup called deleted was asked for under the plan named above and then read back: \
    the provider's control plane, asked by the calls that are named with it, no longer knew it at the time given.";

/// What is not.
pub(super) const NOT_ATTESTED: [&str; 5] = [
    "It does not say that storage media were sanitised. When and how the provider overwrites or destroys what held a backup \
     is the provider's; clear, purge and destroy in the sense of NIST SP 800-88r2 are not attested.",
    "It does not speak of copies that were not looked at: exports, restored resources, other accounts. Copies that the plan \
     found and counts on are listed with each deletion.",
    "It does not speak of what was pending, unverified, unknown or failed: none of those is called deleted.",
    "The times are those of the machine that ran bkdel.",
    "The chain of digests shows a changed, missing or moved line. Whoever can write the whole journal can also write \
     another one: keep the head digest somewhere else, such as in the log of the job.",
];

/// Whoever acts, in a line.
pub(super) fn actor(identity: &Identity) -> String {
    let account = match (&identity.account, &identity.alias) {
        (Some(account), Some(alias)) => Some(format!("{account} ({alias})")),
        (Some(one), None) | (None, Some(one)) => Some(one.clone()),
        (None, None) => None,
    };
    let who = match (&identity.principal, account) {
        (Some(principal), Some(account)) => format!("{principal}, account {account}"),
        (Some(principal), None) => principal.clone(),
        (None, Some(account)) => format!("account {account}"),
        (None, None) => "unknown".to_owned(),
    };
    format!(
        "{who}, {}, credentials from {}",
        identity.provider.title(),
        identity.source
    )
}

/// On which machine, with which program, in a line.
pub(super) fn machine(by: &By) -> String {
    let user = by.user.as_deref().unwrap_or("unknown user");
    let host = by.host.as_deref().unwrap_or("unknown machine");
    format!("{user} on {host}, {}", by.tool)
}

/// The go in which it was asked for: a resumption may be another person's, elsewhere.
fn go<'a>(told: &Told<'a>, line: &Line<'_>) -> Option<&'a By> {
    let at = line.result?.sent_at?;
    let goes = &told.run?.history.goes;
    let go = goes
        .iter()
        .rfind(|go| go.what != "verify" && go.started_at <= at);
    Some(&go.or(goes.first())?.by)
}

/// Who performed a deletion, in a line; nobody did what was not sent.
pub(super) fn performer(told: &Told<'_>, line: &Line<'_>) -> Option<String> {
    let by = go(told, line)?;
    let planned = &told.section(line)?.identity;
    let acted = by.identities.iter().find(|identity| {
        identity.provider == planned.provider && identity.account == planned.account
    });
    Some(actor(acted.unwrap_or(planned)))
}

/// Where it was performed, in a line.
pub(super) fn place(told: &Told<'_>, line: &Line<'_>) -> Option<String> {
    go(told, line).map(machine)
}

/// How it was asked for, in a line: the request that did it.
pub(super) fn how(line: &Line<'_>) -> Option<String> {
    let intent = &line.request?.intent;
    Some(format!("{} {}", intent.method, intent.url))
}

/// Which reading showed it gone, in a line.
pub(super) fn confirmed(line: &Line<'_>) -> Option<String> {
    let result = line.result?;
    let at = result.verified_at?;
    let by = result.verified_by.as_deref();
    Some(by.map_or_else(|| format!("{at:.0}"), |by| format!("{at:.0} by {by}")))
}

/// What is known to remain of the same group: `None` where nobody could read it.
pub(super) fn remaining(remaining: Option<&Remaining>) -> Option<&[Keeper]> {
    remaining?.keepers.as_deref()
}
