//! `delete`: look, plan, ask, delete, read back, report.

use super::{
    Context, act,
    acting::Acting,
    look::{self, Aim, Asked},
    recording,
    selecting::Selecting,
};
use crate::{fatal::Fatal, provider, select::shard::Wanted};

/// What to delete, and how.
#[derive(Debug)]
pub struct Request {
    /// Where.
    pub provider: provider::Request,
    /// What.
    pub select: Selecting,
    /// How.
    pub act: Acting,
    /// `--allow-last`.
    pub allow_last: bool,
    /// `--include-continuous`.
    pub include_continuous: bool,
    /// `--delete-empty-vault`: the one vault goes too.
    pub delete_empty_vault: bool,
    /// `--shard`: a part of the plan.
    pub shard: Option<Wanted>,
}

/// Deletes what was named or chosen.
pub(super) async fn run(request: Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let shard = request
        .shard
        .map(|wanted| wanted.resolve(context.environment))
        .transpose()?;
    let asked = Asked::read(&request.provider, &request.select, context).await?;
    if request.delete_empty_vault {
        request.provider.check_container()?;
        check_emptying(&request)?;
    }
    if !asked.by_id() {
        if request.select.criteria.is_empty() && !request.delete_empty_vault {
            return Err(nothing_named(&request));
        }
        if !request.provider.has_scope() {
            return Err(no_scope(&request));
        }
    }
    recording::prepare(&request.act, context)?;
    let whole = request.act.consent.max_delete_percent.is_some();
    let selected = !request.select.criteria.is_empty();
    let zone = request.select.criteria.rules.zone.clone();
    let aim = Aim {
        name: None,
        asked,
        include_continuous: request.include_continuous,
        delete_emptied: request.delete_empty_vault,
        must_match: false,
    };
    let looked = look::plan(&[aim], request.allow_last, whole, shard, context).await?;
    if request.act.dry_run {
        let picture = selected.then_some(&zone);
        return act::rehearse(&request.act, &looked, picture, context).await;
    }
    act::run(&request.act, &looked, Vec::new(), None, context).await
}

/// Refuses everything beside `--delete-empty-vault` that would leave something in the vault, or leave it unread.
fn check_emptying(request: &Request) -> Result<(), Fatal> {
    let criteria = &request.select.criteria;
    let contradicting = if request.select.has_ids() {
        "ids"
    } else if !criteria.filters.is_empty() {
        "filters"
    } else if !criteria.rules.is_empty() {
        "keep rules"
    } else if request.shard.is_some() {
        "--shard"
    } else if request.select.skip_unreadable {
        "--skip-unreadable"
    } else {
        return Ok(());
    };
    Err(Fatal::usage_with(
        format!(
            "--delete-empty-vault deletes a vault that is empty, and {contradicting} may leave something in it"
        ),
        "give --all, which empties the vault, or nothing else for one that is empty",
    ))
}

fn nothing_named(request: &Request) -> Fatal {
    let noun = request.provider.provider().noun();
    let name = request.provider.provider().name();
    Fatal::usage_with(
        format!(
            "nothing to delete was named: no {noun} id, no --from, no filter, no keep rule, no --all"
        ),
        format!(
            "`bkdel {name} list -o ids` prints ids; name those that are to go, or choose with --older-than 90d"
        ),
    )
}

fn no_scope(request: &Request) -> Fatal {
    let name = request.provider.provider().name();
    Fatal::usage_with(
        format!(
            "no scope: deleting by filter or rule needs {}",
            request.provider.scope_flags()
        ),
        format!("see what there is with `bkdel {name} list`"),
    )
}
