//! Runs that were recorded: found by what people call them, and believed only where their chain holds.

use std::{
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

/// The journal of a run, and what it tells.
pub(super) fn open(name: &str, environment: &Environment) -> Result<(PathBuf, History), Fatal> {
    let path = place::find(name, environment)?;
    let history = History::open(&path).map_err(|unfit| refused(&path, &unfit))?;
    Ok((path, history))
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
        Unfit::Unreadable(_) | Unfit::NotOurs(_) => {
            Fatal::usage_with(message, "`bkdel runs` lists the runs that are recorded")
        }
        Unfit::Schema(_) => Fatal::Drift {
            message,
            hint: Some("use the version of bkdel that wrote it".to_owned()),
        },
        Unfit::Broken { .. } => Fatal::Drift {
            message,
            hint: Some("the record was changed after it was written; nothing in it from there on can be relied on".to_owned()),
        },
    }
}
