//! What `doctor` finds at one provider: one check after the other, each with where it stands and what to do about it.
//!
//! A provider finds out by reading alone; nothing here can arm the gate. No check holds a secret, nor a part of one (S27).

mod way;

pub(crate) use way::{Signatures, clock, clock_at, endpoint, host_of, named_by, proxy};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use super::{ErrorKind, ProviderError, SetupError};
use crate::backup::Provider;

/// Where a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As it should be.
    Ok,
    /// Worth knowing, neither good nor bad.
    Note,
    /// Works, but not for everything, or not for long.
    Warning,
    /// Does not work.
    Broken,
    /// Cannot be found out without doing harm, or was not come to.
    Unknown,
}

impl Standing {
    /// Of where credentials came from: that is only good where they are accepted.
    pub(crate) fn of(accepted: bool) -> Self {
        if accepted { Self::Ok } else { Self::Note }
    }

    /// The stable word for JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What: `credentials`, `clock`, `right`.
    pub name: &'static str,
    /// Which of several: a right's name.
    pub subject: Option<String>,
    /// Where it stands.
    pub standing: Standing,
    /// What was found, for people.
    pub found: String,
    /// What kind of failure it is, where it is one.
    pub kind: Option<ErrorKind>,
    /// The way out.
    pub hint: Option<String>,
    /// The same facts for programs.
    pub details: Map<String, Value>,
}

impl Check {
    /// A check that found this.
    pub fn new(name: &'static str, standing: Standing, found: impl Into<String>) -> Self {
        Self {
            name,
            subject: None,
            standing,
            found: found.into(),
            kind: None,
            hint: None,
            details: Map::new(),
        }
    }

    /// Something that a provider, or the way to it, refused.
    #[must_use]
    pub fn failed(name: &'static str, error: &ProviderError) -> Self {
        Self {
            kind: Some(error.kind),
            hint: error.hint.clone(),
            ..Self::new(name, Standing::Broken, error.to_string())
        }
    }

    /// Something that was wrong before anything was asked.
    #[must_use]
    pub fn unset(error: SetupError) -> Self {
        let (name, kind, message, hint) = match error {
            SetupError::Usage { message, hint } => ("settings", ErrorKind::Setup, message, hint),
            SetupError::Credentials { message, hint } => {
                ("credentials", ErrorKind::Credentials, message, hint)
            }
        };
        Self {
            kind: Some(kind),
            hint,
            ..Self::new(name, Standing::Broken, message)
        }
    }

    /// A right, by what asking for something harmless under it brought.
    #[must_use]
    pub fn right(name: &str, need: Need, answer: Result<String, &ProviderError>) -> Self {
        let check = match (answer, need) {
            (Ok(found), _) => Self::new("right", Standing::Ok, found),
            (Err(error), Need::Should) if error.kind != ErrorKind::Credentials => Self {
                standing: Standing::Warning,
                ..Self::failed("right", error)
            },
            (Err(error), Need::Must | Need::Should) => Self::failed("right", error),
        };
        check.about(name)
    }

    /// A right that cannot be found out, and why.
    #[must_use]
    pub fn untried(name: &str, why: impl Into<String>) -> Self {
        Self::new("right", Standing::Unknown, why).about(name)
    }

    /// Rights that were not tried, and why.
    pub(crate) fn no_rights_tried(why: &str) -> Vec<Self> {
        let found = format!("not tried: {why}");
        vec![Self::new("right", Standing::Unknown, found)]
    }

    /// The same check of one of several.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The same with a way out.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with a fact for programs.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("check", self.name)?;
        map.serialize_entry("subject", &self.subject)?;
        map.serialize_entry("standing", self.standing.word())?;
        map.serialize_entry("found", &self.found)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("hint", &self.hint)?;
        map.serialize_entry("details", &self.details)?;
        map.end()
    }
}

/// Whether there is any sense in trying rights, as far as asking who the credentials are shows; else why there is none.
pub(crate) fn let_in(asked: Option<&ProviderError>) -> Result<(), &'static str> {
    match asked.map(|error| error.kind) {
        Some(ErrorKind::Credentials) => Err("the credentials are not accepted"),
        Some(ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Certificate) => {
            Err("the provider cannot be reached")
        }
        // What else was wrong with that one call is another's right.
        Some(_) | None => Ok(()),
    }
}

/// The place that a token came from, and the others that hold one. The winner is the first.
pub(crate) fn tokens(source: &str, let_in: bool, places: &[String]) -> Vec<Check> {
    let from = Check::new("credentials", Standing::of(let_in), source).with("source", source);
    let mut checks = vec![from];
    checks.extend(not_used(places.get(1..).unwrap_or_default()));
    checks
}

/// Places that hold a token which was not used.
fn not_used(places: &[String]) -> impl Iterator<Item = Check> {
    places.iter().map(|place| {
        Check::new("not_used", Standing::Note, place.as_str()).with("source", place.as_str())
    })
}

/// How much hangs on a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing works without it.
    Must,
    /// Less is seen, or less can be proven, without it.
    Should,
}

/// What the checks of one provider come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It works, as far as can be seen.
    Ready,
    /// There are no credentials, and nobody named any.
    NotSetUp,
    /// It cannot work.
    Broken,
}

impl Verdict {
    /// The stable word for JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotSetUp => "not_set_up",
            Self::Broken => "broken",
        }
    }
}

/// One provider, as it was found.
#[derive(Debug, Clone)]
pub struct Examination {
    /// Whose.
    pub provider: Provider,
    /// Whether there is anything to work with: credentials, or a place that was named for them.
    pub set_up: bool,
    /// The checks, in the order in which a person would make them.
    pub checks: Vec<Check>,
}

impl Examination {
    /// One that ended before anything was asked; `places` hold a token all the same.
    pub(crate) fn not_set_up(provider: Provider, why: SetupError, places: &[String]) -> Self {
        let mut checks = vec![Check::unset(why)];
        checks.extend(not_used(places));
        Self {
            provider,
            set_up: !places.is_empty(),
            checks,
        }
    }

    /// What it comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.set_up, self.failures().next()) {
            (false, _) => Verdict::NotSetUp,
            (true, Some(_)) => Verdict::Broken,
            (true, None) => Verdict::Ready,
        }
    }

    /// The kinds of what is broken.
    pub fn failures(&self) -> impl Iterator<Item = ErrorKind> {
        self.checks
            .iter()
            .filter(|check| check.standing == Standing::Broken)
            .map(|check| check.kind.unwrap_or(ErrorKind::Setup))
    }
}

impl Serialize for Examination {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("provider", &self.provider)?;
        map.serialize_entry("verdict", self.verdict().word())?;
        map.serialize_entry("checks", &self.checks)?;
        map.end()
    }
}

/// What bkdel must be allowed at a provider, and nothing more.
#[derive(Debug, Clone, PartialEq)]
pub enum LeastPrivilege {
    /// In a form that the provider takes.
    Policy {
        /// The policy itself, as JSON over several lines.
        document: String,
        /// What a person must know about it, one sentence each.
        notes: Vec<String>,
    },
    /// In words, where the provider takes no policy. One sentence each.
    Words(Vec<String>),
}
