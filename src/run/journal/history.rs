//! What a journal tells, put together from its lines.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use jiff::Timestamp;
use serde::Serialize;

use super::{
    chain::Head,
    entry::{Answer, Begin, By, End, Event, Intent, Reached},
    lines::{Lines, Torn, Unfit},
};
use crate::{
    backup::{BackupId, Deletion, Outcome},
    plan::{Verdict, saved::SavedItem},
};

/// A request that was to be sent, and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Request {
    /// What was to be sent.
    #[serde(flatten)]
    pub intent: Intent,
    /// When it was about to leave.
    pub intended_at: Timestamp,
    /// Whether it did not leave after all.
    pub withheld: bool,
    /// What came back, if anything did.
    pub answer: Option<Answer>,
    /// When that came.
    pub answered_at: Option<Timestamp>,
}

/// One go at a run: the first, a resumption, or a later look at what it had deleted.
#[derive(Debug, Clone, Serialize)]
pub struct Go {
    /// What it was: `begin`, `resume` or `verify`.
    pub what: &'static str,
    /// Who, where.
    #[serde(flatten)]
    pub by: By,
    /// When it began.
    pub started_at: Timestamp,
    /// How it ended; `None` if the process was killed, or goes on.
    pub end: Option<End>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// What a journal tells.
#[derive(Debug)]
pub struct History {
    /// The run, and its plan.
    pub begin: Begin,
    /// When it began.
    pub started_at: Timestamp,
    /// The plan's items: all that go, and what stays of the same groups.
    pub items: Vec<SavedItem>,
    /// Every request, by its number.
    pub requests: Vec<Request>,
    /// How often readings back were written down; a long list is taken in bit by bit.
    pub readings: u64,
    /// Each go at it.
    pub goes: Vec<Go>,
    /// How far the chain reaches.
    pub head: Head,
    /// A last line that was cut off, by a crash or a full disk.
    pub torn: Option<Torn>,
    /// Where the last whole line ends, in bytes.
    pub end: u64,
    results: Vec<Deletion>,
    places: HashMap<BackupId, usize>,
    shown: HashMap<String, String>,
}

impl History {
    /// Reads a journal from a file.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn open(path: &Path) -> Result<Self, Unfit> {
        Self::read(BufReader::with_capacity(1 << 17, File::open(path)?))
    }

    /// Reads a journal.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn read(input: impl BufRead) -> Result<Self, Unfit> {
        let mut lines = Lines::of(input);
        let Some((Event::Begin(begin), started_at)) = lines.next()? else {
            return Err(if let Some(torn) = lines.torn {
                Unfit::Broken {
                    line: torn.line,
                    why: "it is cut, and a journal begins whole".to_owned(),
                }
            } else {
                Unfit::NotOurs(if lines.head.lines == 0 {
                    "it is empty".to_owned()
                } else {
                    "its first line does not begin a run".to_owned()
                })
            });
        };
        let by = begin.by.clone();
        let mut history = Self {
            begin: *begin,
            started_at,
            items: Vec::new(),
            requests: Vec::new(),
            readings: 0,
            goes: vec![Go {
                what: "begin",
                by,
                started_at,
                end: None,
                finished_at: None,
            }],
            head: Head::default(),
            torn: None,
            end: 0,
            results: Vec::new(),
            places: HashMap::new(),
            shown: HashMap::new(),
        };
        while let Some((event, at)) = lines.next()? {
            history.take(event, at).map_err(|why| Unfit::Broken {
                line: lines.head.lines,
                why: why.to_owned(),
            })?;
        }
        // Its plan is written at once, so nothing that a crash can do leaves a part of it.
        if history.items.len() != history.begin.items {
            return Err(Unfit::Broken {
                line: lines.head.lines.saturating_add(1),
                why: format!(
                    "{} of the plan's {} backups are there",
                    history.items.len(),
                    history.begin.items
                ),
            });
        }
        history.head = lines.head;
        history.torn = lines.torn;
        history.end = lines.end;
        Ok(history)
    }

    fn take(&mut self, event: Event, at: Timestamp) -> Result<(), &'static str> {
        match event {
            Event::Begin(_) => return Err("another run begins in it"),
            Event::Item(mut item) => {
                if let Some(before) = self.items.last() {
                    item.backup.share_with(&before.backup);
                }
                self.items.push(*item);
            }
            Event::Intent(intent) => {
                let number = usize::try_from(intent.request).unwrap_or(usize::MAX);
                if number != self.requests.len() {
                    return Err("its request has another number");
                }
                self.requests.push(Request {
                    intent,
                    intended_at: at,
                    withheld: false,
                    answer: None,
                    answered_at: None,
                });
            }
            Event::Withheld { request } => self.request(request)?.withheld = true,
            Event::Answer(answer) => {
                let request = self.request(answer.request)?;
                request.answer = Some(answer);
                request.answered_at = Some(at);
            }
            Event::Reading(reading) => {
                self.readings = self.readings.saturating_add(1);
                for shown in reading.shows {
                    self.shown.insert(shown.id, shown.state.into_owned());
                }
            }
            Event::Outcome { mut result } => {
                if let Some(before) = self.results.last() {
                    result.share_with(before);
                }
                self.settle(*result);
            }
            Event::End(end) => {
                if let Some(go) = self.goes.last_mut() {
                    go.end = Some(end);
                    go.finished_at = Some(at);
                }
            }
            Event::Resume(by) => self.go("resume", by, at),
            Event::Verify(verified) => {
                self.go("verify", verified.by, at);
                if let Some(go) = self.goes.last_mut() {
                    go.end = Some(End {
                        ended: None,
                        exit_code: verified.exit_code,
                        summary: verified.summary,
                    });
                    go.finished_at = Some(at);
                }
            }
            Event::Unknown => {}
        }
        Ok(())
    }

    fn request(&mut self, number: u64) -> Result<&mut Request, &'static str> {
        usize::try_from(number)
            .ok()
            .and_then(|number| self.requests.get_mut(number))
            .ok_or("it tells of a request that was never to be sent")
    }

    fn go(&mut self, what: &'static str, by: By, at: Timestamp) {
        self.goes.push(Go {
            what,
            by,
            started_at: at,
            end: None,
            finished_at: None,
        });
    }

    /// A later result of the same backup stands in for an earlier one.
    pub fn settle(&mut self, result: Deletion) {
        if let Some(known) = self
            .places
            .get(&result.id)
            .and_then(|place| self.results.get_mut(*place))
        {
            *known = result;
        } else {
            self.places.insert(result.id.clone(), self.results.len());
            self.results.push(result);
        }
    }

    /// The last result of each backup, in the order in which they first had one.
    #[must_use]
    pub fn results(&self) -> &[Deletion] {
        &self.results
    }

    /// What became of a backup so far.
    #[must_use]
    pub fn result(&self, id: &BackupId) -> Option<&Deletion> {
        self.results.get(*self.places.get(id)?)
    }

    /// What the plan wants deleted.
    pub fn to_delete(&self) -> impl Iterator<Item = &SavedItem> {
        self.items
            .iter()
            .filter(|item| item.verdict == Verdict::Delete)
    }

    /// The last go that deleted: the run itself, or its last resumption.
    fn last_run(&self) -> Option<&Go> {
        self.goes.iter().rfind(|go| go.what != "verify")
    }

    /// How it ended, if it has an end: killed processes leave none.
    #[must_use]
    pub fn ended(&self) -> Option<&End> {
        self.last_run()?.end.as_ref()
    }

    /// When it ended.
    #[must_use]
    pub fn finished_at(&self) -> Option<Timestamp> {
        self.last_run()?.finished_at
    }

    /// Whether it ever came to its own end, neither killed nor ended early. What is done with it after that is looking.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.goes
            .iter()
            .filter(|go| go.what != "verify")
            .filter_map(|go| go.end.as_ref())
            .any(|end| end.ended.is_none())
    }

    /// Every result that there is, and for what has none the one that follows from the requests: what nothing was sent for
    /// was not attempted, and everything else is unknown.
    #[must_use]
    pub fn accounted(&self) -> Vec<Deletion> {
        let mut open: HashMap<&str, Vec<&Request>> = HashMap::new();
        for request in self.requests.iter().filter(|request| request.left()) {
            for id in &request.intent.ids {
                open.entry(id).or_default().push(request);
            }
        }
        let mut results = self.results.clone();
        for item in self.to_delete() {
            let id = item.id();
            if self.places.contains_key(&id) {
                continue;
            }
            let mut result = item.deletion(Outcome::NotAttempted);
            result.message = Some("the run ended before its turn".to_owned());
            if let Some(requests) = open.get(item.backup.id.as_str()) {
                result.outcome = Outcome::Unknown;
                result.message =
                    Some("it was asked for, and the run ended before it was read back".to_owned());
                result.attempts = u32::try_from(requests.len()).unwrap_or(u32::MAX);
                result.sent_at = requests.last().map(|request| request.intended_at);
                result.request_ids = requests
                    .iter()
                    .filter_map(|request| request.answer.as_ref()?.request_id.clone())
                    .collect();
            }
            results.push(result);
        }
        results
    }

    /// What the last reading showed of a backup.
    #[must_use]
    pub fn shown(&self, id: &str) -> Option<&str> {
        self.shown.get(id).map(String::as_str)
    }
}

impl Request {
    /// Whether it can have reached the provider.
    #[must_use]
    pub fn left(&self) -> bool {
        !self.withheld
            && self
                .answer
                .as_ref()
                .is_none_or(|answer| answer.sent != Reached::No)
    }
}
