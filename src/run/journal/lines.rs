//! The lines of a journal, one after the other, each checked against the chain before it is believed (S26).

use std::io::{self, BufRead, Read};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use super::{
    SCHEMA,
    chain::Head,
    entry::{Entry, Event},
};

/// No line is longer: a plan's sections with a million ids come to a tenth of it.
const LONGEST: u64 = 1 << 30;

/// A file that is no journal, or not the journal that it was.
#[derive(Debug, Error)]
pub enum Unfit {
    /// It cannot be read at all.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// No journal of ours.
    #[error("it is no journal: {0}")]
    NotOurs(String),
    /// Of another version.
    #[error("its schema is {0:?}, and this version reads {SCHEMA}")]
    Schema(String),
    /// The chain does not hold.
    #[error("the chain breaks at line {line}: {why}")]
    Broken {
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
}

/// The end of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Torn {
    /// Which line was cut off, counted from 1.
    pub line: u64,
    /// How many bytes of it there are.
    pub bytes: u64,
}

/// The lines of a journal, each checked before it is believed.
pub(super) struct Lines<R> {
    input: R,
    line: Vec<u8>,
    /// How far the chain reaches.
    pub(super) head: Head,
    /// Where the last whole line ends, in bytes.
    pub(super) end: u64,
    /// A last line that was cut off.
    pub(super) torn: Option<Torn>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn of(input: R) -> Self {
        Self {
            input,
            line: Vec::new(),
            head: Head::default(),
            end: 0,
            torn: None,
        }
    }

    /// The next one; `None` at the end, and where it is torn.
    pub(super) fn next(&mut self) -> Result<Option<(Event, Timestamp)>, Unfit> {
        self.line.clear();
        let read = self
            .input
            .by_ref()
            .take(LONGEST)
            .read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        let number = self.head.lines.saturating_add(1);
        let whole = self.line.last() == Some(&b'\n');
        if whole {
            self.line.pop();
        }
        let first = self.head.lines == 0;
        if let Err(why) = self.head.check(&self.line) {
            let bytes = u64::try_from(read).unwrap_or(u64::MAX);
            if !whole && is_torn(&self.line) {
                self.torn = Some(Torn {
                    line: number,
                    bytes,
                });
                return Ok(None);
            }
            return Err(if first {
                foreign(&self.line)
            } else {
                Unfit::Broken {
                    line: number,
                    why: why.to_owned(),
                }
            });
        }
        if first {
            known(&self.line)?;
        }
        let entry: Entry = serde_json::from_slice(&self.line).map_err(|error| Unfit::Broken {
            line: number,
            why: format!("it cannot be understood: {error}"),
        })?;
        self.end = self
            .end
            .saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(Some((entry.event, entry.at)))
    }
}

/// Whether bytes at the end of a file are the beginning of a line that never got further. Zeros are what some file systems
/// leave after a power failure.
fn is_torn(bytes: &[u8]) -> bool {
    let written = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last.saturating_add(1));
    let Some(text) = bytes.get(..written).filter(|text| !text.is_empty()) else {
        return true;
    };
    serde_json::from_slice::<Value>(text).is_err_and(|error| error.is_eof())
}

/// Whether the first line is of a version that can be read.
fn known(line: &[u8]) -> Result<(), Unfit> {
    match schema(line) {
        Some(schema) if schema == SCHEMA => Ok(()),
        Some(schema) => Err(Unfit::Schema(schema)),
        None => Err(Unfit::NotOurs(
            "its first line has no \"schema\"".to_owned(),
        )),
    }
}

/// What a first line without a chain is: another file, or a journal that was changed.
fn foreign(line: &[u8]) -> Unfit {
    match schema(line) {
        Some(schema) if schema == SCHEMA => Unfit::Broken {
            line: 1,
            why: "it was changed: its own digest does not fit".to_owned(),
        },
        Some(schema) if schema.starts_with("bkdel.journal/") => Unfit::Schema(schema),
        Some(schema) => Unfit::NotOurs(format!("its schema is {schema:?}")),
        None => Unfit::NotOurs("its first line is none of a journal".to_owned()),
    }
}

fn schema(line: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(line).ok()?;
    Some(value.get("schema")?.as_str()?.to_owned())
}
