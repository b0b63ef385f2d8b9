//! `apply`: deletes what a saved plan lists, as far as it is still there as it was, and nothing else (S16–S18).

mod again;
mod survivors;

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use arcstr::ArcStr;
use jiff::SignedDuration;

use super::{
    Context,
    accounts::{self, Reach, Source},
    act,
    acting::Acting,
    look::{Looked, side_by_side},
    recording, stopped,
};
use crate::{
    backup::{BackupId, Deletion, Outcome},
    fatal::Fatal,
    plan::{
        Plan, Section,
        saved::{Saved, SavedItem, Unfit},
    },
    provider::{ErrorKind, Found},
    text::harmless,
};
use again::Again;

/// The largest plan that is read.
const MAX_BYTES: u64 = 2 << 30;

/// What to do with a backup that is no longer as it was planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDrift {
    /// Refuse the whole plan, before anything is sent.
    Fail,
    /// Leave it out, and tell.
    Skip,
}

/// What to apply, and how.
#[derive(Debug)]
pub struct Request {
    /// The saved plan.
    pub file: PathBuf,
    /// How.
    pub act: Acting,
    /// `--plan-sha256`.
    pub plan_sha256: Option<String>,
    /// `--on-drift`.
    pub on_drift: OnDrift,
    /// `--max-plan-age`.
    pub max_plan_age: Duration,
    /// How the providers are reached.
    pub reach: Reach,
}

/// A planned item that does not go, and why.
pub(super) struct Drift {
    pub(super) id: BackupId,
    pub(super) why: String,
}

/// Applies a plan.
pub(super) async fn run(request: Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    recording::prepare(&request.act, context)?;
    let saved = read(&request.file)?;
    let name = request.file.display().to_string();
    let max_age = SignedDuration::try_from(request.max_plan_age).unwrap_or(SignedDuration::MAX);
    saved
        .check(request.plan_sha256.as_deref(), max_age, context.now)
        .map_err(|unfit| refused(&name, &unfit))?;
    let source = Source {
        name,
        reach: request.reach,
    };
    let (looked, drifts) = look_again(&source, &saved, context).await?;
    let skipped = left_out(drifts, request.on_drift)?;
    if request.act.dry_run {
        tell_left_out(&skipped, context);
        return act::rehearse(&request.act, &looked, None, context).await;
    }
    act::run(&request.act, &looked, skipped, None, context).await
}

/// What no longer fits, as results of its own; or the refusal that it is.
pub(super) fn left_out(drifts: Vec<Drift>, on_drift: OnDrift) -> Result<Vec<Deletion>, Fatal> {
    if !drifts.is_empty() && on_drift == OnDrift::Fail {
        return Err(drifted(&drifts));
    }
    Ok(drifts.into_iter().map(skipped).collect())
}

/// Says what a dry run leaves out.
pub(super) fn tell_left_out(skipped: &[Deletion], context: &mut Context<'_>) {
    for result in skipped {
        let id = result.id.to_string();
        let why = result.message.clone().unwrap_or_default();
        context.say(&format!("left out: {}: {}", harmless(&id), harmless(&why)));
    }
}

/// Reads a saved plan.
pub(super) fn read(path: &Path) -> Result<Saved, Fatal> {
    let name = path.display().to_string();
    let bytes = (|| {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
        Ok::<_, io::Error>(bytes)
    })()
    .map_err(|error| Fatal::usage(format!("{name} cannot be read: {error}")))?;
    Saved::read(&bytes).map_err(|unfit| refused(&name, &unfit))
}

fn refused(name: &str, unfit: &Unfit) -> Fatal {
    let message = format!("{name}: {unfit}");
    match unfit {
        Unfit::NoPlan(_) => Fatal::Usage {
            message,
            hint: Some("a plan is made by `delete --dry-run --out PLAN.json`".to_owned()),
        },
        Unfit::Schema(_)
        | Unfit::Changed
        | Unfit::AnotherPlan { .. }
        | Unfit::TooOld(_)
        | Unfit::FromTheFuture(_) => Fatal::Drift {
            message,
            hint: Some("make a new plan, and review it".to_owned()),
        },
    }
}

fn drifted(drifts: &[Drift]) -> Fatal {
    const SHOWN: usize = 20;
    let mut told: Vec<String> = drifts
        .iter()
        .take(SHOWN)
        .map(|drift| format!("{}: {}", drift.id, drift.why))
        .collect();
    let more = drifts.len().saturating_sub(SHOWN);
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    Fatal::Drift {
        message: format!("the plan no longer fits what is there: {}", told.join("; ")),
        hint: Some("make a new plan, or delete what still fits with --on-drift skip".to_owned()),
    }
}

fn skipped(drift: Drift) -> Deletion {
    let mut result = Deletion::absent(drift.id, Outcome::Skipped);
    result.kind = Some(ErrorKind::Drift);
    result.message = Some(drift.why);
    result
}

/// Connects as the plan did, reads everything again that it wants deleted or counts on, and compares.
pub(super) async fn look_again(
    source: &Source,
    saved: &Saved,
    context: &Context<'_>,
) -> Result<(Looked, Vec<Drift>), Fatal> {
    let progress = context.progress();
    progress.reading("the plan's backups");
    let outcome = context.stop.or(read_again(source, saved, context)).await;
    progress.clear();
    let (mut looked, drifts) = outcome.map_err(stopped)??;
    looked.of_plan = Some(saved.sha256.clone());
    Ok((looked, drifts))
}

async fn read_again(
    source: &Source,
    saved: &Saved,
    context: &Context<'_>,
) -> Result<(Looked, Vec<Drift>), Fatal> {
    let mut looked = Looked {
        members: Vec::new(),
        plan: Plan {
            created_at: context.now,
            sections: Vec::new(),
            items: Vec::new(),
            absent: Vec::new(),
            remaining: Vec::new(),
            grave: Vec::new(),
            notes: Vec::new(),
        },
        of_plan: None,
        kept: saved.kept().collect(),
        targets: targets_of(saved),
    };
    let mut again = Again::default();
    let mut jobs = Vec::new();
    for (number, section) in saved.sections.iter().enumerate() {
        let items: Vec<&SavedItem> = saved
            .to_delete()
            .filter(|item| item.section == number)
            .collect();
        jobs.push(async move {
            let (account, targets) = accounts::connect(section, &items, source, context).await?;
            let found = if targets.is_empty() {
                Found::default()
            } else {
                account.provider.find_again(&targets).await?
            };
            Ok::<_, Fatal>((account, items, found))
        });
    }
    let read = side_by_side(jobs).await?;
    for (number, (section, (account, items, found))) in saved.sections.iter().zip(read).enumerate()
    {
        again.take(number, section, &items, found, context.now);
        looked.plan.sections.push(Section {
            target: section.target.clone(),
            identity: account.identity,
            scope: section.scope.clone(),
            selection: section.selection.clone(),
        });
        looked.members.push(account.provider);
    }
    again.decide(saved, looked, context.now).await
}

/// The targets of a policy, by the full ids of their backups.
fn targets_of(saved: &Saved) -> HashMap<String, ArcStr> {
    let names: Vec<Option<ArcStr>> = saved
        .sections
        .iter()
        .map(|section| section.target.as_deref().map(Into::into))
        .collect();
    saved
        .to_delete()
        .filter_map(|item| {
            let name = names.get(item.section)?.clone()?;
            Some((item.backup.id.clone(), name))
        })
        .collect()
}
