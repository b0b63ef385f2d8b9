//! A glance at a journal: its first line and its last ones, so that a list of runs costs no reading of all they hold.
//!
//! Nothing is checked here but that it is a journal; `verify` does that.

use std::{
    fs::{File, TryLockError},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    History, SCHEMA, Unfit,
    entry::{Begin, End, Entry, Event},
};
use crate::run::record::Record;

/// So much is read of the end at first.
const TAIL: u64 = 64 << 10;

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It came to its own end.
    Finished,
    /// A signal, `--timeout`, the credentials or the journal ended it.
    EndedEarly,
    /// Its process was killed.
    Interrupted,
    /// It goes on.
    GoingOn,
}

impl State {
    /// The stable word for JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::EndedEarly => "ended_early",
            Self::Interrupted => "interrupted",
            Self::GoingOn => "going_on",
        }
    }
}

/// What a glance shows.
#[derive(Debug)]
pub struct Glance {
    /// The file.
    pub path: PathBuf,
    /// The run, and its plan.
    pub begin: Begin,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How it stands.
    pub state: State,
    /// How it ended.
    pub end: Option<End>,
    /// How many results each outcome has.
    pub summary: Map<String, Value>,
}

impl Glance {
    /// Looks at a journal.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn at(path: &Path) -> Result<Self, Unfit> {
        let mut file = File::open(path)?;
        let (begin, started_at) = first(&file)?;
        let busy = is_locked(&file);
        let (end, later) = last(&mut file)?;
        let (end, finished_at) = match end {
            Some((end, at)) if !busy => (Some(end), Some(at)),
            Some(_) | None => (None, None),
        };
        let state = match &end {
            _ if busy => State::GoingOn,
            Some(End { ended: None, .. }) => State::Finished,
            Some(_) => State::EndedEarly,
            None => State::Interrupted,
        };
        let summary = match (later, &end) {
            (Some(later), _) => later,
            (None, Some(end)) => end.summary.clone(),
            // Only its lines tell what an unfinished run has come to.
            (None, None) => Record::of_history(&History::open(path)?).summary(),
        };
        Ok(Self {
            path: path.to_owned(),
            begin,
            started_at,
            finished_at,
            state,
            end,
            summary,
        })
    }
}

/// Whether another process is writing the journal: it holds the lock for as long as it lives.
#[must_use]
pub fn is_written(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| is_locked(&file))
}

/// The lock is asked for as a reader, and given back at once.
fn is_locked(file: &File) -> bool {
    match file.try_lock_shared() {
        Ok(()) => {
            file.unlock().ok();
            false
        }
        Err(TryLockError::WouldBlock) => true,
        // Not every file system has locks.
        Err(TryLockError::Error(_)) => false,
    }
}

fn first(file: &File) -> Result<(Begin, Timestamp), Unfit> {
    let mut line = String::new();
    BufReader::new(file).read_line(&mut line).map_err(|error| {
        if error.kind() == io::ErrorKind::InvalidData {
            Unfit::NotOurs("it is no text".to_owned())
        } else {
            Unfit::Unreadable(error)
        }
    })?;
    match serde_json::from_str::<Entry>(&line) {
        Ok(Entry {
            event: Event::Begin(begin),
            at,
        }) if begin.schema == SCHEMA => Ok((*begin, at)),
        Ok(Entry {
            event: Event::Begin(begin),
            ..
        }) => Err(Unfit::Schema(begin.schema)),
        Ok(_) | Err(_) => Err(Unfit::NotOurs(
            "its first line does not begin a run".to_owned(),
        )),
    }
}

/// The end of a run, and when it was.
type Ending = Option<(End, Timestamp)>;

/// The last end, if nothing was done after it, and the summary of a later look.
fn last(file: &mut File) -> Result<(Ending, Option<Map<String, Value>>), Unfit> {
    let length = file.metadata()?.len();
    let mut window = TAIL;
    loop {
        let from = length.saturating_sub(window);
        file.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        file.take(window).read_to_end(&mut tail)?;
        let mut lines: Vec<&[u8]> = tail.split(|byte| *byte == b'\n').collect();
        // What follows the last line feed is empty, or torn; what comes before the first may be half a line.
        lines.pop();
        let skipped = usize::from(from > 0).min(lines.len());
        let mut later = None;
        for line in lines.iter().skip(skipped).rev() {
            let Ok(entry) = serde_json::from_slice::<Entry>(line) else {
                return Ok((None, None));
            };
            match entry.event {
                Event::Verify(verified) => {
                    later.get_or_insert(verified.summary);
                }
                Event::End(end) => return Ok((Some((end, entry.at)), later)),
                // A later look writes its results before it says so.
                Event::Outcome { .. } if later.is_some() => {}
                Event::Begin(_)
                | Event::Item(_)
                | Event::Intent(_)
                | Event::Withheld { .. }
                | Event::Answer(_)
                | Event::Reading(_)
                | Event::Outcome { .. }
                | Event::Resume(_)
                | Event::Unknown => return Ok((None, later)),
            }
        }
        if from == 0 {
            return Ok((None, later));
        }
        window = window.saturating_mul(4);
    }
}
