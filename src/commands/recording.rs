//! What of a run is written down: the journal from its first line to its last, and the record that comes of it.

use std::{collections::HashSet, fs::File, path::PathBuf};

use jiff::Timestamp;

use super::{Context, acting::Acting, look::Looked};
use crate::{
    backup::{BackupId, Deletion, Identity},
    fatal::Fatal,
    plan::{Item, Plan, Verdict, saved::SavedSection},
    run::{
        earlier::Earlier,
        journal::{
            Event, History, Journal, SCHEMA,
            entry::{Begin, By, End, Outline},
            place::{self, Place},
            writer::Unopened,
        },
        record::{Ended, Record},
    },
};

/// A run that is gone on with.
pub(super) struct Again {
    /// Its journal's path.
    pub(super) path: PathBuf,
    /// Its journal, locked.
    pub(super) file: File,
    /// What it tells.
    pub(super) history: History,
    /// What is to be taken up where it was left.
    pub(super) earlier: Earlier,
}

/// Makes sure, before anything is read or asked, that a run could be written down (S20).
pub(super) fn prepare(acting: &Acting, context: &Context<'_>) -> Result<(), Fatal> {
    if acting.dry_run {
        return Ok(());
    }
    let Some(path) = &acting.journal else {
        return Ok(Place::of(context.environment)?.prepare()?);
    };
    if path.symlink_metadata().is_ok() {
        let name = path.display().to_string();
        return Err(Unopened::Exists(name).into());
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), ToOwned::to_owned);
    match tempfile::tempfile_in(&folder) {
        Ok(_) => Ok(()),
        Err(error) => Err(Unopened::Io {
            path: path.display().to_string(),
            error,
        }
        .into()),
    }
}

/// An open journal, and what it already holds.
pub(super) struct Recording {
    pub(super) journal: Journal,
    /// What `resume` and its like know the run by.
    pub(super) name: String,
    run_id: String,
    started_at: Timestamp,
    plan_sha256: String,
    reason: Option<String>,
    /// What it holds already.
    pub(super) history: Option<History>,
    /// What is to be taken up where it was left.
    pub(super) earlier: Earlier,
}

impl Recording {
    pub(super) fn begin(
        acting: &Acting,
        looked: &Looked,
        by: By,
        context: &Context<'_>,
    ) -> Result<Self, Fatal> {
        let plan = &looked.plan;
        let started_at = Timestamp::now();
        let run_id = run_id(started_at);
        let plan_sha256 = match &looked.of_plan {
            Some(sha256) => sha256.clone(),
            None => plan.sha256().map_err(anyhow::Error::from)?,
        };
        let (path, name) = if let Some(path) = &acting.journal {
            (path.clone(), path.display().to_string())
        } else {
            let path = Place::of(context.environment)?.journal(&run_id);
            (path, run_id.clone())
        };
        let items: Vec<&Item> = worth_noting(looked).collect();
        let begin = Begin {
            schema: SCHEMA.to_owned(),
            run_id: run_id.clone(),
            by,
            reason: acting.reason.clone(),
            items: items.len(),
            plan: outline(plan, &plan_sha256),
        };
        let journal = Journal::begin(&path, started_at, begin, items.into_iter())?;
        Ok(Self {
            journal,
            name,
            run_id,
            started_at,
            plan_sha256,
            reason: acting.reason.clone(),
            history: None,
            earlier: Earlier::default(),
        })
    }

    pub(super) fn again(again: Again, by: By) -> Result<Self, Fatal> {
        let Again {
            path,
            file,
            history,
            earlier,
        } = again;
        let journal = Journal::resume(&path, file, history.head.clone(), history.end)?;
        journal.note(Event::Resume(by));
        let begin = &history.begin;
        let name = match place::run_id(&path) {
            Some(id) if id == begin.run_id => id.to_owned(),
            Some(_) | None => path.display().to_string(),
        };
        Ok(Self {
            journal,
            name,
            run_id: begin.run_id.clone(),
            started_at: history.started_at,
            plan_sha256: begin.plan.sha256.clone(),
            reason: begin.reason.clone(),
            history: Some(history),
            earlier,
        })
    }

    /// The record of the whole run, which is also its journal's last line.
    pub(super) async fn close(
        self,
        identities: Vec<Identity>,
        results: Vec<Deletion>,
        ended: Option<Ended>,
    ) -> Result<Record, Fatal> {
        let mut record = Record {
            run_id: self.run_id,
            dry_run: false,
            plan_sha256: self.plan_sha256,
            identities,
            reason: self.reason,
            started_at: self.started_at,
            finished_at: Timestamp::now(),
            results: match &self.history {
                Some(history) => together(history, results),
                None => results,
            },
            ended,
        };
        let end = End {
            ended: record.ended.as_ref().map(|ended| ended.word().to_owned()),
            exit_code: record.exit_code(),
            summary: record.summary(),
        };
        if let Err(lost) = self.journal.on_disk(Event::End(end)).await {
            record.ended.get_or_insert(Ended::Journal(lost.to_string()));
        }
        Ok(record)
    }
}

/// Writes down the end of a run that has a result for everything, and no end.
pub(super) async fn end(again: Again, context: &Context<'_>) -> Result<Record, Fatal> {
    let identities = again.history.begin.by.identities.clone();
    let by = by(identities.clone(), context);
    Recording::again(again, by)?
        .close(identities, Vec::new(), None)
        .await
}

/// The results of a whole run: the latest of each backup.
fn together(history: &History, results: Vec<Deletion>) -> Vec<Deletion> {
    let fresh: HashSet<BackupId> = results.iter().map(|result| result.id.clone()).collect();
    let mut all: Vec<Deletion> = history
        .accounted()
        .into_iter()
        .filter(|result| !fresh.contains(&result.id))
        .collect();
    all.extend(results);
    all
}

/// What of a plan belongs into the journal: all that goes, what stays of the same groups, and what was asked for and stays.
fn worth_noting(looked: &Looked) -> impl Iterator<Item = &Item> {
    let groups: HashSet<&str> = looked
        .plan
        .to_delete()
        .map(|item| &*item.backup.group)
        .collect();
    looked
        .plan
        .items
        .iter()
        .filter(|item| item.verdict == Verdict::Delete || !item.was_left())
        .chain(
            looked
                .plan
                .items
                .iter()
                .filter(|item| item.verdict == Verdict::Keep && item.was_left())
                .chain(&looked.kept)
                .filter(move |item| item.refused || groups.contains(&*item.backup.group)),
        )
}

/// A plan without its items.
fn outline(plan: &Plan, sha256: &str) -> Outline {
    Outline {
        sha256: sha256.to_owned(),
        created_at: plan.created_at,
        sections: plan
            .sections
            .iter()
            .map(|section| SavedSection {
                target: section.target.clone(),
                identity: section.identity.clone(),
                scope: section.scope.clone(),
                selection: section.selection.clone(),
            })
            .collect(),
        keepers: plan.remaining.clone(),
        grave: plan.grave.clone(),
        absent: plan.absent.iter().map(ToString::to_string).collect(),
        notes: plan.notes.clone(),
        summary: plan.summary(),
    }
}

/// Who carries it out.
pub(super) fn by(identities: Vec<Identity>, context: &Context<'_>) -> By {
    let user = ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| context.environment.filled(name));
    By {
        tool: format!("bkdel {}", env!("CARGO_PKG_VERSION")),
        host: Some(gethostname::gethostname().to_string_lossy().into_owned())
            .filter(|host| !host.is_empty()),
        user: user.map(ToOwned::to_owned),
        identities,
    }
}

/// The run's time, and some chance: sorts by time, and two at once differ.
fn run_id(at: Timestamp) -> String {
    use std::hash::{BuildHasher, Hasher};
    let chance = std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
        & 0xFF_FFFF;
    format!("{}-{chance:06x}", at.strftime("%Y%m%dT%H%M%S%3fZ"))
}
