//! Names that this machine has seen: the runs of its newest journals, and the scopes of what they planned.
//!
//! For completion, which runs at every press of a key: only files are read, and no more of them than can be read in no
//! time. Nothing is checked here, and what cannot be read is left out.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use super::{
    entry::{Begin, Entry, Event},
    place::{Place, run_id},
};
use crate::{backup::Provider, plan::saved::SavedBackup};

/// So many runs are named.
const RUNS: usize = 200;
/// So much is read of the beginning of one journal, in bytes.
const OF_ONE: u64 = 256 << 10;
/// So much is read of all journals together, in bytes.
const OF_ALL: u64 = 2 << 20;

/// A run, by its id.
#[derive(Debug, PartialEq, Eq)]
pub struct KnownRun {
    /// The id.
    pub id: String,
    /// What it was for, or how much; `None` of one that was not read.
    pub about: Option<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Known {
    /// The runs, newest first.
    pub runs: Vec<KnownRun>,
    scopes: BTreeSet<(&'static str, String, String)>,
}

impl Known {
    /// Reads the newest journals, until `enough` says that it took long enough.
    #[must_use]
    pub fn of(place: &Place, enough: impl Fn() -> bool) -> Self {
        let mut known = Self::default();
        let mut left = OF_ALL;
        for path in place.journals().unwrap_or_default().iter().take(RUNS) {
            let Some(id) = run_id(path) else {
                continue;
            };
            let about = if left == 0 || enough() {
                None
            } else {
                known.read(path, &mut left)
            };
            known.runs.push(KnownRun {
                id: id.to_owned(),
                about,
            });
        }
        known
    }

    /// The values of a provider's scopes: its `vault`s, `region`s, `cluster`s, `project`s, `service`s.
    pub fn scopes(&self, provider: Provider, part: &str) -> impl Iterator<Item = &str> {
        self.scopes
            .iter()
            .filter(move |(of, name, _)| *of == provider.name() && name == part)
            .map(|(_, _, value)| value.as_str())
    }

    fn read(&mut self, path: &Path, left: &mut u64) -> Option<String> {
        // Opening a pipe would wait for somebody to write.
        if !path.is_file() {
            return None;
        }
        let limit = OF_ONE.min(*left);
        let mut input = BufReader::new(File::open(path).ok()?.take(limit));
        let mut about = None;
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = input.read_until(b'\n', &mut line).ok()?;
            *left = left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
            // The end, or the limit in the middle of a line.
            if line.last() != Some(&b'\n') {
                return about;
            }
            let Ok(entry) = serde_json::from_slice::<Entry>(&line) else {
                return about;
            };
            match entry.event {
                Event::Begin(begin) => about = Some(describe(&begin)),
                Event::Item(item) => self.note(&item.backup),
                Event::Intent(_)
                | Event::Withheld { .. }
                | Event::Answer(_)
                | Event::Reading(_)
                | Event::Outcome { .. }
                | Event::End(_)
                | Event::Resume(_)
                | Event::Verify(_)
                | Event::Unknown => return about,
            }
        }
    }

    fn note(&mut self, backup: &SavedBackup) {
        let provider = backup.provider.name();
        for (part, value) in &*backup.scope {
            if let Some(value) = value.as_str() {
                self.scopes
                    .insert((provider, part.clone(), value.to_owned()));
            }
        }
        // Aiven's region is the backup itself, not what it sits in.
        if backup.provider == Provider::Aiven
            && let Some((_, region)) = backup.id.rsplit_once('/')
        {
            self.scopes
                .insert((provider, "region".to_owned(), region.to_owned()));
        }
    }
}

fn describe(begin: &Begin) -> String {
    match (&begin.reason, begin.plan.summary.delete) {
        (Some(reason), _) => reason.clone(),
        (None, 1) => "1 backup".to_owned(),
        (None, number) => format!("{number} backups"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::environment::Environment;

    #[test]
    fn runs_are_named_newest_first_even_where_nothing_is_read() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["20260101T000000Z-aa", "20260102T000000Z-ab"] {
            fs::write(folder.path().join(format!("{name}.ndjson")), "{}\n").unwrap();
        }
        let folder = folder.path().to_str().unwrap();
        let place = Place::of(&Environment::of(&[("BKDEL_STATE_DIR", folder)])).unwrap();
        for enough in [true, false] {
            let known = Known::of(&place, || enough);
            let ids: Vec<&str> = known.runs.iter().map(|run| run.id.as_str()).collect();
            assert_eq!(ids, ["20260102T000000Z-ab", "20260101T000000Z-aa"]);
            assert!(known.runs.iter().all(|run| run.about.is_none()));
            assert_eq!(known.scopes(Provider::Aws, "vault").count(), 0);
        }
    }
}
