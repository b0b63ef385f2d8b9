//! What Aiven's refusals mean.
//!
//! `{"errors":[{"message","status"}],"message"}` mostly; a page of a gateway's at times; and a 200 with `{"error":…}`.

use std::time::Duration;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::provider::{ErrorKind, ProviderError, Sent, rest::Answer};

/// The longest wait that a message is believed to ask for.
const MAX_WAIT: Duration = Duration::from_hours(1);

/// What to do about an answer that Aiven did not give.
const FOREIGN: &str = "check the endpoint, and what lies between: this is no answer of Aiven's API";

/// Where a failing answer says why. Every field is taken as it comes: a refusal of an unknown form is a refusal still.
#[derive(Debug, Default, Deserialize)]
struct Said {
    error: Option<Value>,
    errors: Option<Value>,
    message: Option<Value>,
}

impl Said {
    fn first(&self) -> Option<&Value> {
        self.errors.as_ref()?.as_array()?.first()
    }

    fn failed(&self) -> bool {
        self.error.as_ref().is_some_and(|error| !error.is_null()) || self.first().is_some()
    }

    fn message(&self) -> Option<&str> {
        self.first()
            .and_then(|first| first.get("message"))
            .or(self.message.as_ref())
            .or(self.error.as_ref())
            .and_then(Value::as_str)
            .filter(|message| !message.trim().is_empty())
    }

    fn code(&self) -> Option<String> {
        self.first()?
            .get("error_code")?
            .as_str()
            .map(ToOwned::to_owned)
    }
}

/// The body of an answer, or what it refused.
pub(super) fn body<T: DeserializeOwned>(answer: &Answer) -> Result<T, ProviderError> {
    if !answer.status.is_success() {
        return Err(refusal(answer));
    }
    // A success can carry an error. Whether the request was carried out then is anybody's guess.
    if let Ok(said) = answer.json::<Said>()
        && said.failed()
    {
        let message = said.message().unwrap_or("an error without a message");
        return Err(ProviderError {
            code: said.code(),
            ..answer.error_of(ErrorKind::Server, Sent::Perhaps, message)
        });
    }
    answer.json().map_err(|error| error.with_hint(FOREIGN))
}

fn refusal(answer: &Answer) -> ProviderError {
    let status = answer.status.as_u16();
    let said = match answer.json::<Said>() {
        Ok(said) if said.first().is_some() || said.message().is_some() => said,
        Ok(_) => return foreign(answer, answer.error("answered without a reason")),
        Err(error) => return foreign(answer, error),
    };
    let message = said.message().unwrap_or("no reason given");
    let lower = message.to_ascii_lowercase();
    let mut error = match status {
        403 if is_protection(&lower) => {
            answer.error_of(ErrorKind::Protected, Sent::Answered, message)
        }
        403 if is_about_token(&lower) => {
            answer.error_of(ErrorKind::Credentials, Sent::Answered, message)
        }
        // Aiven's own 404 has the whole shape; another's says nothing about a service.
        404 | 410 if said.first().is_none() => {
            answer.error_of(ErrorKind::Malformed, Sent::Perhaps, message)
        }
        404 if lower.contains("project") && !lower.contains("service") => {
            answer.error_of(ErrorKind::NoSuchScope, Sent::Answered, message)
        }
        _ => answer.error(message),
    };
    error.code = said.code();
    if error.kind == ErrorKind::Throttled && error.wait.is_none() {
        error.wait = wait_of(message);
    }
    hinted(error)
}

/// An answer that is not of Aiven's making: a gateway's or a proxy's. What it says about the service is no evidence.
fn foreign(answer: &Answer, error: ProviderError) -> ProviderError {
    match answer.status.as_u16() {
        401 | 408 | 429 | 500.. => hinted(error),
        _ => ProviderError {
            kind: ErrorKind::Malformed,
            sent: Sent::Perhaps,
            ..error
        }
        .with_hint(FOREIGN),
    }
}

fn hinted(error: ProviderError) -> ProviderError {
    match error.kind {
        ErrorKind::Credentials => error.with_hint(
            "log in with avn user login, or put a valid token into AIVEN_AUTH_TOKEN or --token-file",
        ),
        ErrorKind::Permission => error.with_hint(
            "the token needs project:services:read to list, and service:configuration:write to remove regions",
        ),
        ErrorKind::Protected => error.with_hint("take the service's termination protection off first"),
        ErrorKind::NotFound
        | ErrorKind::NoSuchScope
        | ErrorKind::Conflict
        | ErrorKind::Refused
        | ErrorKind::Kept
        | ErrorKind::Throttled
        | ErrorKind::Server
        | ErrorKind::Network
            | ErrorKind::Certificate
        | ErrorKind::Timeout
        | ErrorKind::Malformed
        | ErrorKind::Incomplete
        | ErrorKind::Drift
        | ErrorKind::Guard
        | ErrorKind::Gate
        | ErrorKind::Rehearsed
        | ErrorKind::Setup
        | ErrorKind::Interrupted => error,
    }
}

/// Whether a 403 is about membership: what a project that does not exist looks like, too.
pub(super) fn is_about_membership(error: &ProviderError) -> bool {
    error.kind == ErrorKind::Permission
        && error
            .message
            .to_ascii_lowercase()
            .contains("project member")
}

fn is_protection(message: &str) -> bool {
    message.contains("protected against") || message.contains("termination protection")
}

/// A token that is not accepted is a 401 or a 403, depending on what is wrong with it.
fn is_about_token(message: &str) -> bool {
    message.contains("authentication")
        || (message.contains("token")
            && ["invalid", "expired", "revoked"]
                .iter()
                .any(|word| message.contains(word)))
}

/// The wait in "… Rate limit 120 exceeded - try again in 28s".
fn wait_of(message: &str) -> Option<Duration> {
    let lower = message.to_ascii_lowercase();
    let mut rest = ["again in", "retry in", "retry after"]
        .iter()
        .find_map(|marker| lower.split_once(marker))?
        .1;
    let mut total: Option<f64> = None;
    loop {
        rest = rest.trim_start();
        let end = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at_checked(end)?;
        // A full stop after the number ends the sentence.
        let Ok(number) = number.trim_end_matches('.').parse::<f64>() else {
            break;
        };
        let after = after.trim_start();
        let end = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end)?;
        let seconds = match unit {
            "ms" | "millis" | "milliseconds" => 0.001,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3600.0,
            _ => 1.0,
        };
        total = Some(total.unwrap_or(0.0) + number * seconds);
        rest = after;
    }
    total.map(|seconds| {
        Duration::try_from_secs_f64(seconds).map_or(MAX_WAIT, |wait| wait.min(MAX_WAIT))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s24_the_wait_is_read_out_of_the_message() {
        for (message, seconds) in [
            (
                "Request denied: Rate limit 120 exceeded - try again in 28s",
                Some(28.0),
            ),
            ("try again in 28 seconds.", Some(28.0)),
            ("Try Again In 1m 5s", Some(65.0)),
            ("try again in 2 minutes", Some(120.0)),
            ("try again in 1.5s", Some(1.5)),
            ("try again in 500ms", Some(0.5)),
            ("try again in 28.", Some(28.0)),
            ("retry after 3", Some(3.0)),
            ("try again in 0s", Some(0.0)),
            ("try again in 99999999999999999999999h", Some(3600.0)),
            ("try again in a moment", None),
            ("try again in ", None),
            ("try again in ...", None),
            ("try again in -5s", None),
            ("Rate limit 120 exceeded", None),
            ("", None),
        ] {
            let wait = wait_of(message);
            assert_eq!(wait, seconds.map(Duration::from_secs_f64), "{message:?}");
        }
    }
}
