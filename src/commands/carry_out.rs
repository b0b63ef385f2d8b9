//! Carrying out what was approved, with its journal: the same for a new run and for one that is gone on with.

use std::{
    collections::HashSet,
    io::Write,
    pin::pin,
    time::{Duration, Instant},
};

use tokio::time::MissedTickBehavior;

use super::{
    Context,
    acting::Acting,
    look::Looked,
    recording::{Again, Recording, by},
    written,
};
use crate::{
    backup::{BackupId, Deletion, Outcome},
    fatal::Fatal,
    plan::Approved,
    report::{self, progress::Progress},
    run::{
        execute::{Finished, News, Orders, execute},
        journal::{Event, Ledger},
        record::{Ended, Record},
    },
    text::harmless,
};

/// Deletes, reads back, writes down and reports.
pub(super) async fn run(
    acting: &Acting,
    looked: &Looked,
    approved: &Approved,
    before: Vec<Deletion>,
    again: Option<Again>,
    context: &mut Context<'_>,
) -> Result<u8, Fatal> {
    let plan = &looked.plan;
    let by = by(plan.identities().into_iter().cloned().collect(), context);
    let recording = match again {
        None => Recording::begin(acting, looked, by.clone(), context)?,
        Some(again) => Recording::again(again, by.clone())?,
    };
    let journal = &recording.journal;
    let fleet = looked.fleet(&recording.earlier);
    let progress = context.progress();
    progress.deleting(plan.to_delete().count(), Instant::now());
    let format = context.talk.format;
    let mut failed_writing = None;
    let finished = {
        let out = &mut *context.out;
        let err = &mut *context.err;
        let mut news = |news: News<'_>| {
            let result = match news {
                News::Accepted => return progress.accepted(Instant::now()),
                News::Settled { result, accepted } => {
                    progress.settled(result, accepted, Instant::now());
                    result
                }
            };
            // A reader who has gone does not stop what was approved; that it could not be told is told at the end.
            if failed_writing.is_none() {
                let result = looked.with_target(result.clone());
                failed_writing = report::result(format, &result, out).err();
            }
        };
        let orders = Orders {
            plan,
            approved,
            manner: acting.manner,
            earlier: &recording.earlier,
        };
        let ledger = match &recording.history {
            Some(history) => Ledger::after(history, journal),
            None => Ledger::new(journal),
        };
        let executing = execute(
            &fleet,
            &context.transport,
            orders,
            ledger,
            &context.stop,
            &mut news,
        );
        telling(executing, &progress, err).await
    };
    progress.clear();
    let Finished { mut results, ended } = finished?;
    // What never ran has neither streamed by nor been written down: what a guard refused, and what was not there.
    let ran: HashSet<BackupId> = plan
        .to_delete()
        .map(|item| &item.backup)
        .chain(recording.earlier.watched.iter().map(|(backup, _)| backup))
        .map(|backup| backup.id.clone())
        .collect();
    results.extend(before);
    results = results
        .into_iter()
        .map(|result| looked.with_target(result))
        .collect();
    for result in results.iter().filter(|result| !ran.contains(&result.id)) {
        journal.note(Event::Outcome {
            result: Box::new(result.clone()),
        });
        if failed_writing.is_none() {
            failed_writing = report::result(format, result, context.out).err();
        }
    }
    let name = recording.name.clone();
    let record = recording.close(by.identities, results, ended).await?;
    let told = match failed_writing {
        Some(error) => Err(error),
        None => report::record(format, &record, &context.look, context.out),
    };
    tell_how_to_go_on(&record, &name, context);
    let code = record.exit_code();
    match written(told) {
        // An interrupted run stays an interrupted run; of the rest, a failure of ours comes first.
        Err(fatal) if !matches!(record.ended, Some(Ended::Signal(_))) => Err(fatal),
        Err(_) | Ok(()) => Ok(code),
    }
}

/// Tells how far it is while it goes on. Talk that cannot be written is no reason to fail.
async fn telling<T>(
    executing: impl Future<Output = T>,
    progress: &Progress,
    err: &mut (dyn Write + Send),
) -> T {
    let mut executing = pin!(executing);
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            finished = &mut executing => return finished,
            _ = seconds.tick() => {
                if let Some(line) = progress.tick(Instant::now()) {
                    writeln!(err, "{line}").ok();
                }
            }
        }
    }
}

/// Why it ended early, and the command that goes on.
fn tell_how_to_go_on(record: &Record, name: &str, context: &mut Context<'_>) {
    let name = harmless(name).into_owned();
    match &record.ended {
        Some(Ended::Credentials(why) | Ended::Journal(why)) => {
            context.say(&format!("the run ended early: {}", harmless(why)));
        }
        Some(Ended::Signal(_) | Ended::Timeout) | None => {}
    }
    let open = |outcomes: &[Outcome]| {
        record
            .results
            .iter()
            .any(|result| outcomes.contains(&result.outcome))
    };
    let unsettled = [Outcome::Pending, Outcome::Unverified, Outcome::Unknown];
    if record.ended.is_some()
        && (open(&unsettled) || open(&[Outcome::NotAttempted, Outcome::Failed]))
    {
        context.say(&format!("go on with: bkdel resume {name}"));
    } else if open(&unsettled) {
        context.say(&format!("look again with: bkdel verify {name}"));
    }
}
