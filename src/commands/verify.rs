//! `verify`: the journal's chain, and then the providers: is what the run called deleted still gone?

use std::{collections::HashMap, path::Path, sync::Arc};

use tokio::time::{Instant, sleep};

use super::{
    Context,
    accounts::{self, Account, Reach, Source, target},
    look::side_by_side,
    recorded, recording, stopped, written,
};
use crate::{
    backup::{Backup, BackupId, Deletion},
    fatal::Fatal,
    plan::saved::SavedItem,
    provider::Reading,
    report,
    run::{
        journal::{
            Event, History, Journal,
            entry::{By, Verified},
            writer::{self, Unopened},
        },
        record::Record,
        verify::{Checked, Finding, Verification, is_to_be_checked, judge},
    },
    text::harmless,
    transport::retry::{Pauses, is_passing},
};

/// What to verify.
#[derive(Debug)]
pub struct Request {
    /// A run's id, the beginning of one, `last`, or a journal.
    pub run: String,
    /// How the providers are reached.
    pub reach: Reach,
}

/// Verifies a run.
pub(super) async fn run(request: Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let (path, history) = recorded::open(&request.run, context.environment)?;
    refuse_if_busy(&path)?;
    let results: HashMap<BackupId, Deletion> = history
        .accounted()
        .into_iter()
        .map(|result| (result.id.clone(), result))
        .collect();
    let wanted = |item: &&SavedItem| {
        results
            .get(&item.id())
            .is_some_and(|result| is_to_be_checked(result.outcome))
    };
    let source = Source {
        name: format!("run {}", history.begin.run_id),
        reach: request.reach,
    };
    let progress = context.progress();
    progress.reading("what the run called deleted");
    let looking = async {
        let mut jobs = Vec::new();
        for (number, section) in history.begin.plan.sections.iter().enumerate() {
            let items: Vec<&SavedItem> = history
                .to_delete()
                .filter(|item| item.section == number)
                .filter(wanted)
                .collect();
            if items.is_empty() {
                continue;
            }
            let (source, results, context) = (&source, &results, &*context);
            jobs.push(async move {
                let (account, _) = accounts::connect(section, &items, source, context).await?;
                let checked = check(&account, &items, results, context).await?;
                Ok::<_, Fatal>((checked, account.identity))
            });
        }
        let mut checked = Vec::new();
        let mut identities = Vec::new();
        for (more, identity) in side_by_side(jobs).await? {
            checked.extend(more);
            identities.push(identity);
        }
        Ok::<_, Fatal>((checked, identities))
    };
    let outcome = context.stop.or(looking).await;
    progress.clear();
    let (checked, identities) = outcome.map_err(stopped)??;
    let mut verification = Verification {
        run_id: history.begin.run_id.clone(),
        journal: path.display().to_string(),
        lines: history.head.lines,
        head_sha256: history.head.sha256.clone(),
        torn: history.torn,
        finished: history.is_finished(),
        verified_at: context.now,
        not_checked: results.len().saturating_sub(checked.len()),
        checked,
    };
    append(&path, &mut verification, recording::by(identities, context)).await?;
    if !verification.finished {
        context.say(&format!(
            "the run did not come to its end; go on with: bkdel resume {}",
            harmless(&request.run)
        ));
    }
    written(report::verification(
        context.talk.format,
        &verification,
        &context.look,
        context.out,
    ))?;
    Ok(verification.exit_code())
}

/// A run that goes on is not there to be verified yet. A journal that may not be written can be.
fn refuse_if_busy(path: &Path) -> Result<(), Fatal> {
    match writer::open_locked(path) {
        Err(locked @ Unopened::Locked(_)) => Err(locked.into()),
        Err(Unopened::Io { .. } | Unopened::Exists(_)) | Ok(_) => Ok(()),
    }
}

/// Reads everything back, and looks up what is there after all: only its time tells whether it is the same.
async fn check(
    account: &Account,
    items: &[&SavedItem],
    results: &HashMap<BackupId, Deletion>,
    context: &Context<'_>,
) -> Result<Vec<Checked>, Fatal> {
    let provider = account.provider.as_ref();
    let backups: Vec<Arc<Backup>> = items.iter().map(|item| item.shown().backup).collect();
    let readings = read(account, &backups, context).await;
    let there: Vec<&BackupId> = backups
        .iter()
        .zip(&readings)
        .filter(|(_, reading)| !matches!(reading, Reading::Gone(_) | Reading::Unreadable(_)))
        .map(|(backup, _)| &backup.id)
        .collect();
    let mut found: HashMap<BackupId, Backup> = HashMap::new();
    if !there.is_empty() {
        let asked = account.asked.as_ref();
        let targets = there
            .iter()
            .map(|id| target(asked, id))
            .collect::<Result<Vec<_>, _>>()?;
        let looked = provider.find_again(&targets).await?;
        found.extend(
            looked
                .backups
                .into_iter()
                .map(|backup| (backup.id.clone(), backup)),
        );
    }
    Ok(backups
        .iter()
        .zip(readings)
        .filter_map(|(backup, reading)| {
            let result = results.get(&backup.id)?;
            let there = found
                .get(&backup.id)
                .map(|there| (there, provider.began(there)));
            Some(Checked {
                id: backup.id.clone(),
                recorded: result.outcome,
                finding: judge(result, reading, there, context.now),
            })
        })
        .collect())
}

/// Reads back, and again for a while what fails in passing.
async fn read(account: &Account, backups: &[Arc<Backup>], context: &Context<'_>) -> Vec<Reading> {
    let mut readings: Vec<Option<Reading>> = vec![None; backups.len()];
    let mut pauses = Pauses::default();
    let end = Instant::now().checked_add(context.transport.retry_for());
    loop {
        let again = |reading: &Option<Reading>| match reading {
            None => true,
            Some(Reading::Unreadable(error)) => is_passing(error.kind),
            Some(
                Reading::Gone(_)
                | Reading::Deleting
                | Reading::Present(_)
                | Reading::Unchanged(_)
                | Reading::Kept(_),
            ) => false,
        };
        let open: Vec<(usize, &Backup)> = backups
            .iter()
            .map(AsRef::as_ref)
            .enumerate()
            .filter(|(place, _)| readings.get(*place).is_some_and(again))
            .collect();
        let over = end.is_some_and(|end| Instant::now() >= end);
        let first = readings.iter().any(Option::is_none);
        if open.is_empty() || (over && !first) {
            break;
        }
        if !first {
            sleep(pauses.advance()).await;
        }
        let wanted: Vec<&Backup> = open.iter().map(|(_, backup)| *backup).collect();
        let fresh = account.provider.read_back(&wanted).await;
        for ((place, backup), reading) in open.iter().zip(
            fresh
                .into_iter()
                .map(Some)
                .chain(std::iter::repeat_with(|| None)),
        ) {
            if let Some(slot) = readings.get_mut(*place) {
                *slot = Some(reading.unwrap_or_else(|| Reading::unread(backup)));
            }
        }
    }
    backups
        .iter()
        .zip(readings)
        .map(|(backup, reading)| reading.unwrap_or_else(|| Reading::unread(backup)))
        .collect()
}

/// Adds what was settled to the journal. Where nothing was, it stays as it is.
async fn append(path: &Path, verification: &mut Verification, by: By) -> Result<(), Fatal> {
    let settled: Vec<&Deletion> = verification
        .checked
        .iter()
        .filter_map(|checked| match &checked.finding {
            Finding::Settled(result) => Some(&**result),
            Finding::Gone
            | Finding::Recreated { .. }
            | Finding::Back { .. }
            | Finding::Open { .. }
            | Finding::Unreadable { .. } => None,
        })
        .collect();
    if settled.is_empty() {
        return Ok(());
    }
    let again = recorded::take(path.to_owned())?;
    let mut history = again.history;
    let journal = Journal::resume(path, again.file, history.head.clone(), history.end)?;
    for result in settled {
        journal.note(Event::Outcome {
            result: Box::new(result.clone()),
        });
        history.settle(result.clone());
    }
    let event = Event::Verify(Verified {
        by,
        summary: Record::of_history(&history).summary(),
        exit_code: verification.exit_code(),
    });
    journal
        .on_disk(event)
        .await
        .map_err(|lost| Fatal::Unrecorded(lost.to_string()))?;
    drop(journal);
    let head = History::open(path)
        .map_err(|unfit| recorded::refused(path, &unfit))?
        .head;
    verification.lines = head.lines;
    verification.head_sha256 = head.sha256;
    Ok(())
}
