//! A run as its journal tells it: the record, and what a report says beyond that.

use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::run::{
    journal::{History, glance::State, lines::Torn},
    record::Record,
};

/// What people must know of a run's state before they read on.
pub(super) fn words(state: State) -> &'static str {
    match state {
        State::Finished => "finished",
        State::EndedEarly => "ended early: what was left has not been attempted",
        State::Interrupted => {
            "interrupted: its journal has no end, and what was asked for last may have been carried out"
        }
        State::GoingOn => "still going on: these are the figures so far, and it has no end yet",
    }
}

/// A run as its journal tells it.
#[derive(Debug)]
pub struct Recorded<'a> {
    /// What the journal holds.
    pub history: &'a History,
    /// One result a backup.
    pub record: Record,
    /// How far it is.
    pub state: State,
    /// The journal's file, to be shown.
    pub file: String,
}

impl<'a> Recorded<'a> {
    /// Of a journal, and of whether somebody is writing it.
    #[must_use]
    pub fn new(history: &'a History, file: String, is_written: bool) -> Self {
        let state = match history.ended() {
            Some(_) if history.is_finished() => State::Finished,
            Some(_) => State::EndedEarly,
            // A later look at what it had deleted is not the run.
            None if is_written && history.goes.last().is_some_and(|go| go.what != "verify") => {
                State::GoingOn
            }
            None => State::Interrupted,
        };
        let mut record = Record::of_history(history);
        if state == State::GoingOn {
            for result in &mut record.results {
                if history.result(&result.id).is_none() {
                    result.message = Some("the run is still going on".to_owned());
                }
            }
        }
        Self {
            history,
            record,
            state,
            file,
        }
    }

    /// When it ended.
    #[must_use]
    pub fn finished_at(&self) -> Option<Timestamp> {
        self.history.finished_at()
    }

    /// Why it ended early.
    #[must_use]
    pub fn ended(&self) -> Option<&str> {
        self.history.ended()?.ended.as_deref()
    }

    /// A last line that a crash cut off. While somebody writes, half a line is nothing to tell.
    #[must_use]
    pub fn torn(&self) -> Option<Torn> {
        self.history.torn.filter(|_| self.state != State::GoingOn)
    }
}

#[derive(Serialize)]
struct Journal<'a> {
    file: &'a str,
    lines: u64,
    head_sha256: &'a str,
    torn: Option<Torn>,
}

impl Serialize for Recorded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let history = self.history;
        let mut map = serializer.serialize_map(None)?;
        self.record.fields(self.finished_at(), &mut map)?;
        map.serialize_entry("state", self.state.word())?;
        map.serialize_entry("ended", &self.ended())?;
        map.serialize_entry("exit_code", &history.ended().map(|end| end.exit_code))?;
        map.serialize_entry("host", &history.begin.by.host)?;
        map.serialize_entry("user", &history.begin.by.user)?;
        map.serialize_entry("tool", &history.begin.by.tool)?;
        map.serialize_entry("plan", &history.begin.plan)?;
        map.serialize_entry("items", &history.items)?;
        map.serialize_entry("requests", &history.requests)?;
        map.serialize_entry("readings", &history.readings)?;
        map.serialize_entry("goes", &history.goes)?;
        let journal = Journal {
            file: &self.file,
            lines: history.head.lines,
            head_sha256: &history.head.sha256,
            torn: self.torn(),
        };
        map.serialize_entry("journal", &journal)?;
        map.end()
    }
}
