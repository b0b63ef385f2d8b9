//! What a journal tells, read line by line as anybody could, and not by the code that wrote it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What a journal tells of a run.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// How many requests were to be sent to each path.
    pub(crate) intended: BTreeMap<String, usize>,
    /// What is called deleted.
    pub(crate) deleted: BTreeSet<String>,
    /// Whether the run came to its own end.
    pub(crate) finished: bool,
    backups: BTreeMap<String, Known>,
}

/// What is known of a backup, so far.
#[derive(Debug, Default)]
struct Known {
    /// The request that was last to be sent for it.
    request: Option<u64>,
    answer: Option<Value>,
    /// What the last reading showed of it in this go.
    shown: Option<String>,
    /// Whether it was read since that request.
    read_since: bool,
    outcome: Option<String>,
}

impl Told {
    /// Reads a journal, and checks on the way that nothing is sent twice that need not be. A last line that was cut off
    /// tells nothing.
    #[track_caller]
    pub(crate) fn by(journal: &str) -> Self {
        let mut told = Self::default();
        for line in journal.split_inclusive('\n') {
            let Some(line) = line.strip_suffix('\n') else {
                break;
            };
            told.take(&serde_json::from_str(line).unwrap());
        }
        told
    }

    /// How many backups have an outcome.
    pub(crate) fn outcomes(&self) -> usize {
        let known = self.backups.values();
        known.filter(|known| known.outcome.is_some()).count()
    }

    #[track_caller]
    fn take(&mut self, line: &Value) {
        let event = line["event"].as_str().unwrap();
        self.finished |= event == "end" && line["ended"].is_null();
        match event {
            "intent" => self.intend(line),
            "answer" | "withheld" => {
                let request = line["request"].as_u64();
                for known in self.backups.values_mut() {
                    if known.request == request {
                        known.answer = Some(line.clone());
                        known.read_since = false;
                    }
                }
            }
            "reading" => {
                for shown in line["shows"].as_array().unwrap() {
                    self.known(&shown["id"]).shown = Some(text(&shown["state"]));
                }
                for known in self.backups.values_mut() {
                    known.read_since |= known.shown.is_some();
                }
            }
            "outcome" => {
                let result = &line["result"];
                let outcome = text(&result["outcome"]);
                if outcome == "deleted" {
                    self.deleted.insert(text(&result["id"]));
                }
                self.known(&result["id"]).outcome = Some(outcome);
            }
            "resume" => {
                for known in self.backups.values_mut() {
                    known.shown = None;
                    known.read_since = false;
                }
            }
            "begin" | "item" | "end" => {}
            _ => panic!("{line}"),
        }
    }

    fn known(&mut self, id: &Value) -> &mut Known {
        self.backups.entry(text(id)).or_default()
    }

    /// A request is to be sent: is there a reason to?
    #[track_caller]
    fn intend(&mut self, line: &Value) {
        let url = text(&line["url"]);
        let path = url.splitn(4, '/').nth(3).unwrap();
        *self.intended.entry(format!("/{path}")).or_default() += 1;
        for id in line["ids"].as_array().unwrap() {
            let known = self.known(id);
            assert!(
                !matches!(known.outcome.as_deref(), Some("deleted" | "already_absent")),
                "{id} is sent for again, and it was called gone: {known:?}"
            );
            if known.request.is_some() {
                known.has_a_reason(id);
            }
            known.request = line["request"].as_u64();
            known.answer = None;
            known.read_since = false;
        }
    }
}

impl Known {
    #[track_caller]
    fn has_a_reason(&self, id: &Value) {
        let answer = self.answer.as_ref();
        assert!(
            answer.is_none_or(|answer| answer["accepted"] != true),
            "{id} is sent for again, and it was accepted: {self:?}"
        );
        // Of these it is known that nothing happened.
        let refused = answer.is_some_and(|answer| {
            answer["event"] == "withheld"
                || matches!(answer["kind"].as_str(), Some("throttled" | "credentials"))
        });
        let there = self.read_since
            && matches!(
                self.shown.as_deref(),
                Some("present" | "unchanged" | "kept")
            );
        assert!(
            refused || there,
            "{id} is sent for again, and nobody saw that it is still there: {self:?}"
        );
    }
}

/// A text, or nothing.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
