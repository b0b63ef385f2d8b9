//! Reading all that decides, and making the plan of it.
//!
//! [`asked`] reads one scope with one set of credentials and chooses there, [`beside`] has many of them read at once, and
//! [`decide`] puts all of it together.

mod asked;
mod beside;
mod containers;
mod decide;

pub(super) use asked::{Asked, Selected};
pub(super) use beside::{Together, side_by_side};
pub(super) use containers::{DELETE_EMPTY_VAULT, add as add_container};
pub(super) use decide::count_all;

use std::collections::HashMap;

use super::{Context, stopped};
use crate::{
    backup::{Backup, Deletion},
    fatal::Fatal,
    plan::{Item, Plan},
    provider::{Delete, Identity, Progress},
    run::{earlier::Earlier, fleet::Fleet},
    select::{retention::Warning, shard::Shard},
};
use arcstr::ArcStr;
use jiff::Timestamp;

use asked::read_protecting_tags;

/// One target: what was asked for, and the word that is given for it alone.
pub(super) struct Aim<'a> {
    /// The target's name in a policy file.
    pub(super) name: Option<String>,
    pub(super) asked: Asked<'a>,
    pub(super) include_continuous: bool,
    /// The containers go too, once they are empty (`--delete-empty-vault`).
    pub(super) delete_emptied: bool,
    /// That it chooses nothing is an error (`must-match` of a policy).
    pub(super) must_match: bool,
}

/// What was looked at: one provider a section of the plan, in that order.
pub(super) struct Looked {
    pub(super) members: Vec<Box<dyn Delete>>,
    pub(super) plan: Plan,
    /// The digest of the saved plan that is applied; otherwise it is this one's own.
    pub(super) of_plan: Option<String>,
    /// What stays, where the plan holds only what goes: of a saved one.
    pub(super) kept: Vec<Item>,
    /// Of a policy's plan: the target of each backup, by its full id.
    pub(super) targets: HashMap<String, ArcStr>,
}

impl Looked {
    /// The result with the target that it belongs to.
    pub(super) fn with_target(&self, mut result: Deletion) -> Deletion {
        if !self.targets.is_empty() {
            result.target = self.targets.get(&result.id.to_string()).cloned();
        }
        result
    }

    /// The providers, each for its section.
    pub(super) fn fleet(&self, earlier: &Earlier) -> Fleet<'_> {
        let members = self.members.iter().map(AsRef::as_ref).collect();
        Fleet::of(members, &self.plan, earlier)
    }
}

/// What one section brought.
struct Read {
    provider: Box<dyn Delete>,
    identity: Identity,
    selected: Selected,
    /// The containers that are to go too.
    containers: Vec<Backup>,
    aim: usize,
}

/// Connects, reads all that decides, and makes the plan.
pub(super) async fn plan(
    aims: &[Aim<'_>],
    allow_last: bool,
    whole: bool,
    shard: Option<Shard>,
    context: &mut Context<'_>,
) -> Result<Looked, Fatal> {
    let progress = context.progress();
    if let Some(aim) = aims.first() {
        progress.reading(aim.asked.provider.provider().title());
    }
    let now = context.now;
    let reading = async {
        let mut members = Vec::new();
        // One after the other: a command that gives a token may ask a person.
        for (number, aim) in aims.iter().enumerate() {
            let connected = connect(aim, context).await?;
            members.extend(connected.into_iter().map(|provider| (number, provider)));
        }
        let together = &Together::of(members.len(), &progress);
        let jobs = members
            .into_iter()
            .enumerate()
            .filter_map(|(place, (number, provider))| {
                let seen = move |seen| together.seen(place, seen);
                let aim = aims.get(number)?;
                Some(async move {
                    let read = read(&aim.asked, provider.as_ref(), whole, now, &seen).await?;
                    let (identity, selected) = read;
                    let containers = if aim.delete_emptied {
                        provider.containers().await?
                    } else {
                        Vec::new()
                    };
                    Ok::<_, Fatal>(Read {
                        provider,
                        identity,
                        selected,
                        containers,
                        aim: number,
                    })
                })
            })
            .collect();
        decide::decide(aims, side_by_side(jobs).await?, allow_last, shard, now).await
    };
    let outcome = context.stop.or(reading).await;
    progress.clear();
    outcome.map_err(stopped)?
}

/// The accounts of one target.
async fn connect(aim: &Aim<'_>, context: &Context<'_>) -> Result<Vec<Box<dyn Delete>>, Fatal> {
    let asked = &aim.asked;
    let members = asked
        .provider
        .connect(
            &context.transport,
            context.environment,
            &asked.inputs.targets,
        )
        .await?;
    Ok(members)
}

/// Reads one target with one of its accounts.
async fn read(
    asked: &Asked<'_>,
    provider: &dyn Delete,
    whole: bool,
    now: Timestamp,
    seen: Progress<'_>,
) -> Result<(Identity, Selected), Fatal> {
    let identity = async { provider.identity().await.map_err(Fatal::from) };
    let selecting = async {
        let mut selected = asked.select(provider, now, whole, seen).await?;
        read_protecting_tags(provider, &mut selected, now).await?;
        Ok(selected)
    };
    tokio::try_join!(identity, selecting)
}

/// Each warning (R12) in a sentence; of many groups in which backups seem to have stopped, the first few.
pub(super) fn told(warnings: &[Warning]) -> Vec<String> {
    const FEW: usize = 5;
    let (stopped, others): (Vec<_>, Vec<_>) = warnings
        .iter()
        .partition(|warning| matches!(warning, Warning::Stopped { .. }));
    let more = stopped.len().saturating_sub(FEW);
    let mut told: Vec<String> = others
        .into_iter()
        .chain(stopped.into_iter().take(FEW))
        .map(ToString::to_string)
        .collect();
    if more > 0 {
        told.push(format!(
            "in {more} more groups backups seem to have stopped"
        ));
    }
    told
}
