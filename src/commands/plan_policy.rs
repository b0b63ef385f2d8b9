//! `plan`: every target of a policy file, over all providers, in one plan.

use std::path::PathBuf;

use super::{
    Context, act,
    acting::Acting,
    look::{self, Aim, Asked},
    policy::Target,
};
use crate::{fatal::Fatal, select::shard::Wanted};

/// What to plan.
#[derive(Debug)]
pub struct Request {
    /// The policy file, as messages call it.
    pub file: PathBuf,
    /// Its targets.
    pub targets: Vec<Target>,
    /// How: always a dry run.
    pub act: Acting,
    /// `--shard`: a part of the plan.
    pub shard: Option<Wanted>,
}

/// Makes the plan, and shows or saves it.
pub(super) async fn run(request: Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let shard = request
        .shard
        .map(|wanted| wanted.resolve(context.environment))
        .transpose()?;
    let mut aims = Vec::new();
    for target in &request.targets {
        aims.push(Aim {
            name: Some(target.name.clone()),
            asked: Asked::read(&target.provider, &target.select, context).await?,
            include_continuous: target.include_continuous,
            // A policy runs unattended, and a vault is deleted on purpose.
            delete_emptied: false,
            must_match: target.must_match,
        });
    }
    let whole = request.act.consent.max_delete_percent.is_some();
    let looked = look::plan(&aims, false, whole, shard, context).await?;
    let zone = request
        .targets
        .first()
        .map(|target| target.select.criteria.rules.zone.clone());
    act::rehearse(&request.act, &looked, zone.as_ref(), context).await
}
