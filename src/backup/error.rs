//! The shared error: what a provider, or the way to it, answered instead of what was asked for.
//!
//! Each provider turns its own wire errors into this once, at its edge. What is repeated, what ends a run and which exit
//! code follows is decided from [`ErrorKind`] and [`Sent`] alone.

use std::{borrow::Cow, fmt, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Provider;

/// What kind of failure it is. Closed on purpose: every `match` on it is exhaustive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// No credentials, or they are expired, malformed or not accepted.
    Credentials,
    /// The credentials are good, but may not do this.
    Permission,
    /// It is not there.
    NotFound,
    /// A vault, a project or a service that was named and does not exist where these credentials look.
    NoSuchScope,
    /// Something else is under way on it.
    Conflict,
    /// A lock, a hold or a protection of the provider's.
    Protected,
    /// The provider refused the request as such.
    Refused,
    /// The provider accepted the deletion and then kept the backup (AWS: 200, then EXPIRED).
    Kept,
    /// Too many requests.
    Throttled,
    /// The provider failed by itself (5xx).
    Server,
    /// No connection, or it broke.
    Network,
    /// The other side's certificate is not trusted.
    Certificate,
    /// No answer in time.
    Timeout,
    /// An answer that cannot be understood: HTML, cut, too large, too deep, without a field that must be there.
    Malformed,
    /// A list that is provably not whole: a repeated token, a short page, a count that does not fit (S3).
    Incomplete,
    /// What is there is no longer what was planned.
    Drift,
    /// A guard of bkdel's kept it.
    Guard,
    /// bkdel's own gate refused to let the request out (S2).
    Gate,
    /// A dry run: the gate would have let it out, and withheld it (S19).
    Rehearsed,
    /// The way out could not be set up: a CA file, a setting.
    Setup,
    /// A person or a signal ended the run, or `--timeout` did.
    Interrupted,
}

impl ErrorKind {
    /// The stable word for JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Permission => "permission",
            Self::NotFound => "not_found",
            Self::NoSuchScope => "no_such_scope",
            Self::Conflict => "conflict",
            Self::Protected => "protected",
            Self::Refused => "refused",
            Self::Kept => "kept",
            Self::Throttled => "throttled",
            Self::Server => "server",
            Self::Network => "network",
            Self::Certificate => "certificate",
            Self::Timeout => "timeout",
            Self::Malformed => "malformed",
            Self::Incomplete => "incomplete",
            Self::Drift => "drift",
            Self::Guard => "guard",
            Self::Gate => "gate",
            Self::Rehearsed => "rehearsed",
            Self::Setup => "setup",
            Self::Interrupted => "interrupted",
        }
    }
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 21] = [
        Self::Credentials,
        Self::Permission,
        Self::NotFound,
        Self::NoSuchScope,
        Self::Conflict,
        Self::Protected,
        Self::Refused,
        Self::Kept,
        Self::Throttled,
        Self::Server,
        Self::Network,
        Self::Certificate,
        Self::Timeout,
        Self::Malformed,
        Self::Incomplete,
        Self::Drift,
        Self::Guard,
        Self::Gate,
        Self::Rehearsed,
        Self::Setup,
        Self::Interrupted,
    ];
}

impl<'de> Deserialize<'de> for ErrorKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<str>::deserialize(deserializer)?;
        Self::ALL
            .into_iter()
            .find(|kind| kind.word() == word)
            .ok_or_else(|| de::Error::custom(format!("there is no kind {word:?}")))
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// Whether the request can have reached the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It certainly did not: refused at the gate, no connection.
    No,
    /// The provider answered.
    Answered,
    /// It left, and no answer came that could be read: only reading back tells (S23).
    Perhaps,
}

/// A failed call to a provider.
#[derive(Debug, Clone)]
pub struct ProviderError {
    /// Whose.
    pub provider: Provider,
    /// The provider's name for the call, such as `DeleteRecoveryPoint`.
    pub operation: &'static str,
    /// What kind.
    pub kind: ErrorKind,
    /// Whether the request can have been carried out.
    pub sent: Sent,
    /// The provider's own code.
    pub code: Option<String>,
    /// The provider's own message, or what went wrong on the way. Untrusted text; never a raw body.
    pub message: String,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// What to do about it.
    pub hint: Option<String>,
    /// How long the provider asks to wait.
    pub wait: Option<Duration>,
    /// How often it was tried.
    pub attempts: u32,
}

impl ProviderError {
    /// An error with the least that must be known; the fields are public to say more.
    pub fn new(
        provider: Provider,
        operation: &'static str,
        kind: ErrorKind,
        message: impl Into<String>,
    ) -> Self {
        Self {
            provider,
            operation,
            kind,
            sent: Sent::Answered,
            code: None,
            message: message.into(),
            request_id: None,
            status: None,
            hint: None,
            wait: None,
            attempts: 1,
        }
    }

    /// The error of one scope among several that are read together: whatever it is to that scope, the inventory is not whole
    /// (S3).
    #[must_use]
    pub fn of_one_among(mut self, scopes: usize) -> Self {
        if scopes > 1 && self.kind == ErrorKind::Permission {
            self.kind = ErrorKind::Incomplete;
        }
        self
    }

    /// The same with a hint, unless it has one.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        if self.hint.is_none() {
            self.hint = Some(hint.into());
        }
        self
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {}: {}",
            self.provider.title(),
            self.operation,
            self.message
        )?;
        let mut facts = Vec::new();
        if let Some(code) = self
            .code
            .as_deref()
            .filter(|code| !self.message.contains(code))
        {
            facts.push(code.to_owned());
        }
        if let Some(status) = self.status {
            facts.push(format!("HTTP {status}"));
        }
        if let Some(request_id) = &self.request_id {
            facts.push(format!("request {request_id}"));
        }
        if self.attempts > 1 {
            facts.push(format!("{} attempts", self.attempts));
        }
        if facts.is_empty() {
            Ok(())
        } else {
            write!(formatter, " ({})", facts.join(", "))
        }
    }
}

impl std::error::Error for ProviderError {}
