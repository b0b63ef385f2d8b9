//! Runs that were recorded: found by what people call them, and believed only where their chain holds.

use std::{
    fs,
    io::BufReader,
    path::{Path, PathBuf},
};

use super::recording::Again;
use crate::{
    environment::Environment,
    fatal::Fatal,
    plan::saved::{Saved, SavedItem},
    run::{
        earlier::Earlier,
        journal::{History, Unfit, place, writer},
    },
};

/// Finds a run by its id, the beginning of one, `last` or its journal's path, and reads its journal.
///
/// # Errors
/// Usage where there is no such run or no journal; drift where the journal is not what it was.
pub(super) fn open(name: &str, environment: &Environment) -> Result<(PathBuf, History), Fatal> {
    let path = place::find(name, environment)?;
    let history = read(&path)?;
    Ok((path, history))
}

/// Reads a journal.
pub(super) fn read(path: &Path) -> Result<History, Fatal> {
    History::open(path).map_err(|unfit| refused(path, &unfit))
}

/// Whether the file is longer than what was read of it: it grew since.
pub(super) fn has_grown(path: &Path, history: &History) -> bool {
    let torn = history.torn.map_or(0, |torn| torn.bytes);
    fs::metadata(path).is_ok_and(|file| file.len() > history.end.saturating_add(torn))
}

/// The same once more, to go on with it: locked, so that nobody else does, and read again under the lock.
pub(super) fn take(path: PathBuf) -> Result<Again, Fatal> {
    let file = writer::open_locked(&path)?;
    let history = History::read(BufReader::new(&file)).map_err(|unfit| refused(&path, &unfit))?;
    Ok(Again {
        path,
        file,
        history,
        earlier: Earlier::default(),
    })
}

/// The plan of a run, as if it had been saved; of its items those that are wanted.
pub(super) fn plan(history: &History, wanted: impl Fn(&SavedItem) -> bool) -> Saved {
    let outline = history.begin.plan.clone();
    Saved {
        created_at: outline.created_at,
        sha256: outline.sha256,
        sections: outline.sections,
        items: history
            .to_delete()
            .filter(|item| wanted(item))
            .cloned()
            .collect(),
        keepers: outline.keepers,
        absent: Vec::new(),
        notes: outline.notes,
        document: serde_json::Map::new(),
    }
}

pub(super) fn refused(path: &Path, unfit: &Unfit) -> Fatal {
    let message = format!("{}: {unfit}", path.display());
    match unfit {
        Unfit::Unreadable(_) => Fatal::usage_with(
            message,
            "a journal is a file that its owner alone may read; `bkdel runs` lists them",
        ),
        Unfit::NotOurs(_) => Fatal::usage_with(
            message,
            "a run's journal is RUN.ndjson in the folder of runs; `bkdel runs` lists them",
        ),
        Unfit::Schema(_) => Fatal::Drift {
            message,
            hint: Some(
                "read it with the version of bkdel that wrote it, or a newer one".to_owned(),
            ),
        },
        Unfit::Broken { .. } => Fatal::Drift {
            message,
            hint: Some(
                "it is not the journal that was written: nothing is taken from it. Look for a copy of it".to_owned(),
            ),
        },
    }
}
