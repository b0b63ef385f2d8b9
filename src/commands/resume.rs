//! `resume`: goes on with an interrupted run, under the same plan, as the same account, with consent of its own (S21).

use std::collections::HashSet;

use super::{
    Context,
    accounts::{Reach, Source},
    act,
    acting::Acting,
    apply::{self, Drift, OnDrift},
    look::Looked,
    recorded,
    recording::{self, Again},
    written,
};
use crate::{
    backup::BackupId,
    fatal::Fatal,
    report,
    run::{earlier::Left, journal::History, record::Record},
    text::harmless,
};

/// What to go on with, and how.
#[derive(Debug)]
pub struct Request {
    /// A run's id, the beginning of one, `last`, or a journal.
    pub run: String,
    /// How.
    pub act: Acting,
    /// `--on-drift`.
    pub on_drift: OnDrift,
    /// How the providers are reached.
    pub reach: Reach,
}

/// Goes on with a run.
pub(super) async fn run(request: Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let (path, history) = recorded::open(&request.run, context.environment)?;
    if history.is_finished() && Left::of(&history).open.is_empty() {
        return nothing_left(&history, context);
    }
    // Whoever had the lock may have finished it meanwhile.
    let mut again = recorded::take(path)?;
    let left = Left::of(&again.history);
    if left.open.is_empty() {
        if again.history.is_finished() || request.act.dry_run {
            return nothing_left(&again.history, context);
        }
        return end(again, context).await;
    }
    if let Some(torn) = again.history.torn {
        context.say(&format!(
            "line {} of the journal was cut off after {} bytes; no request had left on the strength of it",
            torn.line, torn.bytes
        ));
    }
    let open: HashSet<BackupId> = left.open.iter().cloned().collect();
    let saved = recorded::plan(&again.history, |item| open.contains(&item.id()));
    let source = Source {
        name: format!("run {}", again.history.begin.run_id),
        reach: request.reach,
    };
    let (mut looked, drifts) = apply::look_again(&source, &saved, context).await?;
    let drifts = take_up(left, &mut again, &mut looked, drifts);
    let skipped = apply::left_out(drifts, request.on_drift)?;
    if request.act.dry_run {
        apply::tell_left_out(&skipped, context);
        return act::rehearse(&request.act, &looked, None, context).await;
    }
    act::run(&request.act, &looked, skipped, Some(again), context).await
}

/// Puts what was asked for before where it is settled by reading back. What has drifted may have done so because of it, and
/// what is gone may be gone because of it. A run that came to its end is only looked at.
fn take_up(left: Left, again: &mut Again, looked: &mut Looked, drifts: Vec<Drift>) -> Vec<Drift> {
    let (asked, drifts): (Vec<Drift>, Vec<Drift>) = drifts
        .into_iter()
        .partition(|drift| left.asked.contains_key(&drift.id));
    let mut watched: HashSet<BackupId> = asked.into_iter().map(|drift| drift.id).collect();
    looked.plan.absent.retain(|id| {
        let keep = !left.asked.contains_key(id);
        if !keep {
            watched.insert(id.clone());
        }
        keep
    });
    if again.history.is_finished() {
        watched.extend(left.open);
        looked.plan.items.clear();
    }
    again.earlier.watched = again
        .history
        .to_delete()
        .filter(|item| watched.contains(&item.id()))
        .map(|item| (item.shown().backup, item.section))
        .collect();
    again.earlier.asked = left.asked;
    drifts
}

/// Every backup had its result, and the run died before it could end: what it came to is told now (S23).
async fn end(again: Again, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let record = recording::end(again, context).await?;
    let run_id = harmless(&record.run_id).into_owned();
    context.say(&format!(
        "run {run_id} had come to the end of its plan: nothing to do"
    ));
    written(report::record(
        context.talk.format,
        &record,
        &context.look,
        context.out,
    ))?;
    Ok(record.exit_code())
}

fn nothing_left(history: &History, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let run_id = harmless(&history.begin.run_id).into_owned();
    context.say(&format!("run {run_id} is finished: nothing to do"));
    let record = Record::of_history(history);
    written(report::record(
        context.talk.format,
        &record,
        &context.look,
        context.out,
    ))?;
    Ok(0)
}
