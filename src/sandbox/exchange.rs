//! What one request and one answer look like inside the sandbox, and what each of the three APIs must be able to do.
//!
//! The server reads HTTP, keeps the log of requests, applies faults and throttling, and hands an [`Incoming`] to the
//! [`Api`] that owns the path. An API holds state and rules alone: no sockets, no clock of its own, no waiting.

use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

/// A request as it arrived. `path` is still percent-encoded: split on `/` before decoding, because ids hold `/`.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The HTTP method.
    pub method: Method,
    /// The path as sent, percent-encoded, without the query.
    pub path: String,
    /// The query as sent, without the `?`; empty when there is none.
    pub query: String,
    /// The headers as sent.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

/// An answer on its way out.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// Headers beside `content-length`, which the server adds.
    pub headers: Vec<(&'static str, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// The ways to turn a request away that every provider has, each in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The credentials are not good.
    Unauthorized,
    /// The credentials are good, and may not do this.
    Forbidden,
    /// What the request names does not exist.
    NotFound,
    /// What the request names is busy.
    Conflict,
}

impl Refusal {
    /// The HTTP status of a provider that has nothing of its own to say.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict => StatusCode::CONFLICT,
        }
    }
}

/// One provider's API: its state and its rules.
///
/// The methods with a body are extensions that an API may leave out: it then has no faults of its
/// own, words refusals like failures, and cannot be changed from outside.
pub trait Api: Send {
    /// The name that `--fault` and the control routes use: `aws`, `zilliz`, `aiven`.
    fn name(&self) -> &'static str;
    /// Whether the path belongs to this API.
    fn owns(&self, request: &Incoming) -> bool;
    /// Whether the request would change something: what `reset-after`, `hang` and their like apply to.
    fn mutates(&self, request: &Incoming) -> bool;
    /// The limit that the request counts against, such as `eu-central-1/DeleteRecoveryPoint`.
    fn limit(&self, request: &Incoming) -> String;
    /// How this API says "too many requests"; `wait` is in whole seconds.
    fn throttled(&self, request: &Incoming, wait: u64) -> Answer;
    /// How this API says that it failed by itself.
    fn broken(&self, request: &Incoming, status: StatusCode) -> Answer;
    /// Answers and, where asked to, changes the state.
    fn answer(&mut self, request: &Incoming, now: Timestamp) -> Answer;
    /// The whole state as JSON, for tests and for people who look: `GET /_sandbox/state`.
    fn state(&mut self, now: Timestamp) -> Value;

    /// How this API turns a request away: the faults `unauthorized`, `forbidden`, `not-found` and `conflict`.
    fn refused(&self, request: &Incoming, refusal: Refusal) -> Answer {
        self.broken(request, refusal.status())
    }
    /// The faults that only this API has, for the message about an unknown one.
    fn fault_kinds(&self) -> &'static [&'static str] {
        &[]
    }
    /// Switches on a fault of its own (`--fault aws:deny=ListTags`: kind `deny`, value `ListTags`). `false`: there
    /// is no such fault, or the value makes no sense.
    fn fault(&mut self, _kind: &str, _value: Option<&str>) -> bool {
        false
    }
    /// Switches all faults of its own off.
    fn clear_faults(&mut self) {}
    /// A change by somebody else (`POST /_sandbox/change`): `{"id":…,"set":{…}}`, `{"remove":id}` or
    /// `{"add":{a backup}}`. The error says what is wrong with it.
    fn change(&mut self, _change: &Value, _now: Timestamp) -> Result<(), String> {
        Err(format!(
            "the {} sandbox takes no changes from outside",
            self.name()
        ))
    }
}
