//! The lines of a journal.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::{
    backup::{Backup, Deletion, ErrorKind, Identity, ProviderError, Sent},
    plan::{
        Item, Remaining, Summary, Verdict,
        saved::{SavedItem, SavedSection},
    },
    provider::{Accepted, Reading},
};

/// A line: when, and what.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// When.
    pub at: Timestamp,
}

/// What a line tells.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first line: the run, and its plan without the items.
    Begin(Box<Begin>),
    /// One backup of the plan as it was before anything was sent.
    Item(Box<SavedItem>),
    /// A request is about to leave. On disk before it does (S20).
    Intent(Intent),
    /// It did not leave after all.
    Withheld {
        /// Which.
        request: u64,
    },
    /// What came back.
    Answer(Answer),
    /// One reading back of everything that awaits one.
    Reading(ReadBack),
    /// What became of a backup.
    Outcome {
        /// The result.
        result: Box<Deletion>,
    },
    /// The run ended, or this part of it.
    End(End),
    /// The run is gone on with.
    Resume(By),
    /// What was open was looked for again, and some of it is settled.
    Verify(Verified),
    /// A line that a later version writes.
    #[serde(other)]
    Unknown,
}

/// Who does something with a run, and where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct By {
    /// The program and its version.
    pub tool: String,
    /// The machine's name, where it is known.
    pub host: Option<String>,
    /// The operating system's user, where it is known.
    pub user: Option<String>,
    /// As whom, at the providers.
    pub identities: Vec<Identity>,
}

/// A later look that has settled something.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verified {
    /// Who looked.
    #[serde(flatten)]
    pub by: By,
    /// How many results each outcome has by now.
    pub summary: Map<String, Value>,
    /// The exit code of the look.
    pub exit_code: u8,
}

/// The beginning of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begin {
    /// [`super::SCHEMA`].
    pub schema: String,
    /// The run's id.
    pub run_id: String,
    /// Who, where.
    #[serde(flatten)]
    pub by: By,
    /// `--reason`.
    pub reason: Option<String>,
    /// How many items follow.
    pub items: usize,
    /// The plan, without its items.
    pub plan: Outline,
}

/// A plan without its items.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outline {
    /// The digest of the plan that was approved: of the saved one where one was applied.
    pub sha256: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Where was looked, as whom, for what.
    pub sections: Vec<SavedSection>,
    /// What it counts on.
    pub keepers: Vec<Remaining>,
    /// Scopes whose names had to be typed.
    pub grave: Vec<String>,
    /// What was named, and was not there.
    pub absent: Vec<String>,
    /// What was said of it.
    pub notes: Vec<String>,
    /// Its totals.
    pub summary: Summary,
}

/// A request that is about to leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Its number in this run.
    pub request: u64,
    /// What it removes, by full ids.
    pub ids: Vec<String>,
    /// The method.
    pub method: String,
    /// Scheme, host and path. No call of ours has a query.
    pub url: String,
}

/// What came back for a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which request.
    pub request: u64,
    /// Whether the provider accepted it.
    pub accepted: bool,
    /// Whether it said that there was nothing to delete.
    pub absent: bool,
    /// Whether it can have reached the provider: `no`, `answered` or `perhaps`.
    pub sent: Reached,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// The kind of failure.
    pub kind: Option<ErrorKind>,
    /// The provider's own code.
    pub code: Option<String>,
    /// The provider's message, or what went wrong on the way; never a raw body.
    pub message: Option<String>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
}

/// [`Sent`], in a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// It certainly did not leave.
    No,
    /// It was answered.
    Answered,
    /// It left, and nobody knows.
    Perhaps,
}

impl From<Sent> for Reached {
    fn from(sent: Sent) -> Self {
        match sent {
            Sent::No => Self::No,
            Sent::Answered => Self::Answered,
            Sent::Perhaps => Self::Perhaps,
        }
    }
}

impl Answer {
    /// Of a request's result.
    #[must_use]
    pub fn of(request: u64, answer: &Result<Accepted, ProviderError>) -> Self {
        match answer {
            Ok(accepted) => Self {
                request,
                accepted: true,
                absent: accepted.absent,
                sent: if accepted.sent {
                    Reached::Answered
                } else {
                    Reached::No
                },
                status: accepted.status,
                kind: None,
                code: None,
                message: None,
                request_id: accepted.request_id.clone(),
            },
            Err(error) => Self {
                request,
                accepted: false,
                absent: false,
                sent: error.sent.into(),
                status: error.status,
                kind: Some(error.kind),
                code: error.code.clone(),
                message: Some(error.message.clone()),
                request_id: error.request_id.clone(),
            },
        }
    }
}

/// One reading back. What it shows as the one before did is only counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBack {
    /// Its number in this run.
    pub reading: u64,
    /// What is new.
    pub shows: Vec<Shown>,
    /// How many backups are as the reading before showed them.
    pub unchanged: usize,
}

/// What a reading shows of one backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The full id.
    pub id: String,
    /// `gone`, `deleting`, `present`, `unchanged`, `kept` or `unreadable`.
    pub state: Cow<'static, str>,
    /// The calls that showed it gone, its status, or why it could not be read.
    pub by: Option<String>,
}

impl Shown {
    /// Of a reading.
    #[must_use]
    pub fn of(id: String, reading: &Reading) -> Self {
        let (state, by) = match reading {
            Reading::Gone(by) => ("gone", Some((*by).to_owned())),
            Reading::Deleting => ("deleting", None),
            Reading::Present(status) => ("present", status.clone()),
            Reading::Unchanged(error) => ("unchanged", error.code.clone()),
            Reading::Kept(error) => ("kept", Some(error.message.clone())),
            Reading::Unreadable(error) => ("unreadable", Some(error.message.clone())),
        };
        Self {
            id,
            state: Cow::Borrowed(state),
            by,
        }
    }
}

/// The end of a run, or of one go at it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct End {
    /// Why early: `signal`, `timeout`, `credentials`, `journal`; `None` where it came to its own end.
    pub ended: Option<String>,
    /// The exit code.
    pub exit_code: u8,
    /// How many results each outcome has, and the bytes of what is gone.
    pub summary: Map<String, Value>,
}

/// An item of a plan on its way into the journal: whole if it goes, and only what a report needs of what stays.
pub(super) struct Noted<'a>(pub(super) &'a Item);

impl Serialize for Noted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(item) = self;
        let going = item.verdict == Verdict::Delete;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event", "item")?;
        if going {
            map.serialize_entry("backup", &item.backup)?;
        } else {
            map.serialize_entry("backup", &Facts(&item.backup))?;
        }
        map.serialize_entry("verdict", &item.verdict)?;
        map.serialize_entry("reasons", &item.reasons)?;
        map.serialize_entry("fingerprint", &item.fingerprint)?;
        map.serialize_entry("refused", &item.refused)?;
        map.serialize_entry("section", &item.section)?;
        map.serialize_entry("group", &item.backup.group)?;
        map.end()
    }
}

/// A backup without its tags and its provider's own fields.
struct Facts<'a>(&'a Backup);

impl Serialize for Facts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(backup) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("provider", &backup.id.provider())?;
        map.serialize_entry("id", &backup.id)?;
        map.serialize_entry("scope", &*backup.scope)?;
        map.serialize_entry("resource", &backup.resource)?;
        map.serialize_entry("type", &backup.kind)?;
        map.serialize_entry("name", &backup.name)?;
        map.serialize_entry("created_at", &backup.created_at)?;
        map.serialize_entry("expires_at", &backup.expires_at)?;
        map.serialize_entry("size_bytes", &backup.size_bytes)?;
        map.serialize_entry("status", &backup.status)?;
        map.serialize_entry("healthy", &backup.healthy())?;
        map.serialize_entry("protection", &backup.protection)?;
        map.end()
    }
}
