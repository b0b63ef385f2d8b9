//! Faults: what a sandbox does wrong on purpose, from `--fault PROVIDER:KIND[=VALUE]` or at run time.
//!
//! The kinds that any HTTP service can have are here, and the server applies them around the API. Kinds that only one
//! provider's API can have are [`Kind::Own`]; that API alone knows them ([`Api::fault`](super::exchange::Api::fault)).

use std::{fmt, str::FromStr, time::Duration};

use http::StatusCode;
use jiff::SignedDuration;

use super::exchange::Refusal;

/// A fault as asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// `aws`, `zilliz`, `aiven`.
    pub provider: String,
    /// What goes wrong.
    pub kind: Kind,
    /// Which requests it goes wrong with.
    pub aim: Aim,
    /// How many more requests it goes wrong with; `None` is all of them.
    pub left: Option<u32>,
}

/// The requests that a fault concerns: the suffix `-delete` or `-read` of its kind, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// Every request.
    All,
    /// Requests that change something (`-delete`).
    Mutating,
    /// Requests that change nothing (`-read`).
    Reading,
}

/// What goes wrong. "Applied" means that the change which the request asks for happens all the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `throttle=N/s` (or `N/min`): a token bucket per limit of the API, which answers "too many requests".
    Throttle(f64),
    /// `latency=DURATION`: answers come that long after their requests, which are decided about half-way.
    Latency(Duration),
    /// `clock=DURATION`, `clock=-DURATION`: the `Date` of answers is that much ahead, or behind; applied.
    Clock(SignedDuration),
    /// `error-500`, `error-502`, `error-503`: the API's own failure, not applied.
    Error(StatusCode),
    /// `unauthorized`, `forbidden`, `not-found`, `conflict`: in the provider's own words, not applied.
    Refused(Refusal),
    /// `reset-before`: the connection is reset, not applied.
    ResetBefore,
    /// `reset-after`: applied, then the connection is reset.
    ResetAfter,
    /// `hang`: never answers, not applied.
    Hang,
    /// `hang-after`: applied, never answers.
    HangAfter,
    /// `html`: 200 with a page, as from a captive portal; not applied.
    Html,
    /// `html-502`: a proxy's error page, not applied.
    Html502,
    /// `empty`: applied, then 200 with no body.
    Empty,
    /// `truncated`: applied, then half of the JSON with a length that fits the half.
    Truncated,
    /// `huge`: 200 with 100 MB of JSON, not applied.
    Huge,
    /// `nested`: 200 with JSON 100,000 levels deep, not applied.
    Nested,
    /// `redirect`: 307 to another path of the same server, not applied.
    Redirect,
    /// A kind that only the provider's API knows.
    Own {
        /// The kind, with everything before the `=`.
        kind: String,
        /// What follows the `=`.
        value: Option<String>,
    },
}

/// The generic kinds, as the help and the message about an unknown one list them.
pub const KINDS: &[&str] = &[
    "throttle=N/s",
    "latency=DURATION",
    "clock=[-]DURATION",
    "error-500",
    "error-502",
    "error-503",
    "unauthorized",
    "forbidden",
    "not-found",
    "conflict",
    "reset-before",
    "reset-after",
    "hang",
    "hang-after",
    "html",
    "html-502",
    "empty",
    "truncated",
    "huge",
    "nested",
    "redirect",
];

/// Why a text is no fault.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FaultError {
    /// There is no `PROVIDER:KIND` in it.
    #[error(
        "{0:?} is no fault: write PROVIDER:KIND or PROVIDER:KIND=VALUE, such as aws:throttle=5/s"
    )]
    Form(String),
    /// The sandbox has no such provider.
    #[error("no provider {0:?} in the sandbox: there are {1}")]
    Provider(String, String),
    /// Neither the server nor the API has such a fault, or not with such a value.
    #[error(
        "no fault {fault:?} (or not with that value): every provider has {} (each also with -delete or -read, and most with =N \
         for the first N requests); {provider} has {own}",
        KINDS.join(", ")
    )]
    Kind {
        /// What was asked for.
        fault: String,
        /// Of whom.
        provider: String,
        /// The kinds that this provider has beside the generic ones.
        own: String,
    },
    /// A generic kind with a value that it cannot have.
    #[error("{0:?} is no value for the fault {1}: {2}")]
    Value(String, String, &'static str),
}

impl FromStr for Fault {
    type Err = FaultError;

    /// Kinds that are not generic are taken as the provider's own; only its API can tell whether it has them.
    fn from_str(text: &str) -> Result<Self, FaultError> {
        let form = || FaultError::Form(text.to_owned());
        let (provider, rest) = text.trim().split_once(':').ok_or_else(form)?;
        let (kind, value) = match rest.split_once('=') {
            Some((kind, value)) => (kind, Some(value)),
            None => (rest, None),
        };
        if provider.is_empty() || kind.is_empty() || value == Some("") {
            return Err(form());
        }
        let (stem, aim) = if let Some(stem) = kind.strip_suffix("-delete") {
            (stem, Aim::Mutating)
        } else if let Some(stem) = kind.strip_suffix("-read") {
            (stem, Aim::Reading)
        } else {
            (kind, Aim::All)
        };
        let wrong =
            |hint| FaultError::Value(value.unwrap_or_default().to_owned(), kind.to_owned(), hint);
        let mut left = None;
        let kind = match (stem, value) {
            ("throttle", value) => Kind::Throttle(
                value
                    .and_then(rate)
                    .ok_or_else(|| wrong("such as 5/s or 30/min"))?,
            ),
            ("latency", value) => Kind::Latency(
                value
                    .and_then(duration)
                    .ok_or_else(|| wrong("such as 300ms or 2s"))?,
            ),
            ("clock", value) => Kind::Clock(
                value
                    .and_then(offset)
                    .ok_or_else(|| wrong("such as 10min or -10min"))?,
            ),
            (stem, value) => {
                // AWS has a fault of its own that is called `nested`, and takes words.
                let own =
                    stem == "nested" && value.is_some_and(|value| value.parse::<u32>().is_err());
                let Some(generic) = generic(stem).filter(|_| !own) else {
                    return Ok(Self {
                        provider: provider.to_owned(),
                        kind: Kind::Own {
                            kind: kind.to_owned(),
                            value: value.map(str::to_owned),
                        },
                        aim: Aim::All,
                        left: None,
                    });
                };
                left = match value {
                    None => None,
                    Some(count) => Some(
                        count
                            .parse()
                            .map_err(|_| wrong("how many requests it concerns, such as 3"))?,
                    ),
                };
                generic
            }
        };
        Ok(Self {
            provider: provider.to_owned(),
            kind,
            aim,
            left,
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.provider)?;
        formatter.write_str(self.kind.name())?;
        formatter.write_str(self.aim.suffix())?;
        if let Kind::Throttle(rate) = self.kind {
            write!(formatter, "={rate}/s")?;
        } else if let Kind::Latency(latency) = self.kind {
            write!(formatter, "={}ms", latency.as_millis())?;
        } else if let Kind::Clock(ahead) = self.kind {
            write!(formatter, "={}s", ahead.as_secs())?;
        } else if let Kind::Own {
            value: Some(value), ..
        } = &self.kind
        {
            write!(formatter, "={value}")?;
        }
        match self.left {
            Some(left) => write!(formatter, "={left}"),
            None => Ok(()),
        }
    }
}

impl Fault {
    /// Whether the fault concerns this request, which uses up one of its `=N`.
    pub fn strikes(&mut self, mutates: bool) -> bool {
        let aimed = match self.aim {
            Aim::All => true,
            Aim::Mutating => mutates,
            Aim::Reading => !mutates,
        };
        match (aimed, self.left.as_mut()) {
            (false, _) | (true, Some(0)) => false,
            (true, None) => true,
            (true, Some(left)) => {
                *left = left.saturating_sub(1);
                true
            }
        }
    }
}

impl Aim {
    fn suffix(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Mutating => "-delete",
            Self::Reading => "-read",
        }
    }
}

impl Kind {
    /// The kind's word, without aim and value.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Throttle(_) => "throttle",
            Self::Latency(_) => "latency",
            Self::Clock(_) => "clock",
            Self::Error(status) => match status.as_u16() {
                502 => "error-502",
                503 => "error-503",
                _ => "error-500",
            },
            Self::Refused(Refusal::Unauthorized) => "unauthorized",
            Self::Refused(Refusal::Forbidden) => "forbidden",
            Self::Refused(Refusal::NotFound) => "not-found",
            Self::Refused(Refusal::Conflict) => "conflict",
            Self::ResetBefore => "reset-before",
            Self::ResetAfter => "reset-after",
            Self::Hang => "hang",
            Self::HangAfter => "hang-after",
            Self::Html => "html",
            Self::Html502 => "html-502",
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::Huge => "huge",
            Self::Nested => "nested",
            Self::Redirect => "redirect",
            Self::Own { kind, .. } => kind,
        }
    }
}

fn generic(name: &str) -> Option<Kind> {
    Some(match name {
        "error-500" => Kind::Error(StatusCode::INTERNAL_SERVER_ERROR),
        "error-502" => Kind::Error(StatusCode::BAD_GATEWAY),
        "error-503" => Kind::Error(StatusCode::SERVICE_UNAVAILABLE),
        "unauthorized" => Kind::Refused(Refusal::Unauthorized),
        "forbidden" => Kind::Refused(Refusal::Forbidden),
        "not-found" => Kind::Refused(Refusal::NotFound),
        "conflict" => Kind::Refused(Refusal::Conflict),
        "reset-before" => Kind::ResetBefore,
        "reset-after" => Kind::ResetAfter,
        "hang" => Kind::Hang,
        "hang-after" => Kind::HangAfter,
        "html" => Kind::Html,
        "html-502" => Kind::Html502,
        "empty" => Kind::Empty,
        "truncated" => Kind::Truncated,
        "huge" => Kind::Huge,
        "nested" => Kind::Nested,
        "redirect" => Kind::Redirect,
        _ => return None,
    })
}

/// Requests a second from `5`, `5/s` or `30/min`.
fn rate(text: &str) -> Option<f64> {
    let (number, seconds) = match text.split_once('/') {
        None | Some((_, "s")) => (text.trim_end_matches("/s"), 1.0),
        Some((number, "min")) => (number, 60.0),
        Some(_) => return None,
    };
    let number: f64 = number.parse().ok()?;
    (number.is_finite() && number > 0.0).then_some(number / seconds)
}

/// A short time from `300ms`, `1.5s`, `2min` or `1h`. A bare number has no unit and is none.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let split = text.find(|character: char| character.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at_checked(split)?;
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let number: f64 = number.trim().parse().ok()?;
    Duration::try_from_secs_f64(number * seconds).ok()
}

/// How far a clock is ahead, from `10min`; behind, from `-10min`.
fn offset(text: &str) -> Option<SignedDuration> {
    let (text, behind) = match text.strip_prefix('-') {
        Some(text) => (text, true),
        None => (text, false),
    };
    let ahead = SignedDuration::try_from(duration(text)?).ok()?;
    if behind {
        ahead.checked_neg()
    } else {
        Some(ahead)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Aim, Fault, FaultError, Kind, duration};

    #[test]
    fn reads_kind_aim_and_count_and_writes_them_again() -> Result<(), FaultError> {
        for text in [
            "aws:error-500-delete=3",
            "zilliz:hang-read",
            "aws:deny=ListTags",
            "aws:html-502",
            "aws:nested=1",
            "aws:nested=cascade",
            "aws:throttle=5/s",
            "zilliz:clock=-600s",
        ] {
            assert_eq!(text.parse::<Fault>()?.to_string(), text);
        }
        let fault: Fault = "aws:reset-after-delete=2".parse()?;
        assert_eq!(
            (fault.kind, fault.aim, fault.left),
            (Kind::ResetAfter, Aim::Mutating, Some(2))
        );
        Ok(())
    }

    #[test]
    fn refuses_blanks_and_values_without_sense() {
        for text in [
            "",
            "aws",
            "aws:",
            ":hang",
            "aws:hang=",
            "aws:hang=x",
            "aws:throttle",
            "aws:throttle=0/s",
            "aws:latency=5",
            "aws:clock",
            "aws:clock=10",
            "aws:clock=--1s",
        ] {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }

    #[test]
    fn strikes_as_often_as_asked_and_only_where_aimed() -> Result<(), FaultError> {
        let mut fault: Fault = "aws:error-503-delete=1".parse()?;
        assert!(!fault.strikes(false));
        assert!(fault.strikes(true));
        assert!(!fault.strikes(true));
        Ok(())
    }

    #[test]
    fn a_duration_needs_its_unit() {
        assert_eq!(duration("300ms"), Some(Duration::from_millis(300)));
        assert_eq!(duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(duration("5"), None);
        assert_eq!(duration("5m"), None);
    }
}
