//! AWS errors, turned once into the shared error.
//!
//! Codes are strings and are always asked for by name: throttling is not in the service's model and arrives as an
//! unhandled variant, and what the model names today is not all that comes tomorrow.

use std::{error::Error, fmt, time::Duration};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_backup::{
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use bytes::Bytes;
use http::Response;
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use serde_json::Value;

use crate::{
    backup::Provider,
    provider::{ErrorKind, ProviderError, Sent},
    transport::{Failure, retry},
};

/// The longest message that is kept, in characters.
const MAX_MESSAGE: usize = 600;

/// How far a clock may be off before AWS refuses its signatures.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(4);

/// An error of bkdel's own about an AWS call.
pub(super) fn own(
    operation: &'static str,
    kind: ErrorKind,
    message: impl Into<String>,
) -> ProviderError {
    ProviderError::new(Provider::Aws, operation, kind, message)
}

/// What an SDK call brought instead of its answer.
pub(super) fn wire<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> ProviderError
where
    E: Error + ProvideErrorMetadata + 'static,
{
    if let Some(raw) = error.raw_response() {
        let answer = Answer {
            status: raw.status().as_u16(),
            code: error.code(),
            message: error.message(),
            request_id: error.request_id(),
            retry_after: raw.headers().get("retry-after"),
            date: raw.headers().get("date"),
        };
        return answer.error(operation, Timestamp::now());
    }
    unanswered(operation, error)
}

/// An answer to a call of our own that is an error. Its code is in a header, its message in a small body.
pub(super) fn answered(operation: &'static str, answer: &Response<Bytes>) -> ProviderError {
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .and_then(|text| text.to_str().ok())
    };
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let message = ["message", "Message"]
        .iter()
        .find_map(|name| body.get(name).and_then(Value::as_str));
    // Some services put a namespace in front, or an address behind.
    let code = header("x-amzn-errortype")
        .and_then(|text| text.split(':').next())
        .map(|text| text.rsplit('#').next().unwrap_or(text))
        .filter(|code| !code.is_empty());
    let request_id = crate::transport::request_id(answer.headers());
    let answer = Answer {
        status: answer.status().as_u16(),
        code,
        message,
        request_id: request_id.as_deref(),
        retry_after: header("retry-after"),
        date: header("date"),
    };
    answer.error(operation, Timestamp::now())
}

/// Credentials that could not be had, outside of an SDK call.
pub(super) fn no_credentials(operation: &'static str, reason: &CredentialsError) -> ProviderError {
    // The credentials could not be renewed because the way there is broken: that passes, and nothing was sent.
    if let Some(failure) = find_source::<Failure>(reason) {
        return ProviderError {
            sent: Sent::No,
            ..failure.as_error(Provider::Aws, operation)
        };
    }
    if let Some(renewing) = find_source::<ProviderError>(reason) {
        return not_renewed(operation, renewing);
    }
    ProviderError {
        sent: Sent::No,
        ..own(operation, ErrorKind::Credentials, reasons(reason))
    }
    .with_hint(LOG_IN)
}

/// A role that could not be assumed again. What passes by itself stays what it is: only the role's own refusal is about
/// credentials, and ends a run.
fn not_renewed(operation: &'static str, renewing: &ProviderError) -> ProviderError {
    let kind = if retry::is_passing(renewing.kind) {
        renewing.kind
    } else {
        ErrorKind::Credentials
    };
    ProviderError {
        sent: Sent::No,
        hint: renewing.hint.clone(),
        wait: renewing.wait,
        code: renewing.code.clone(),
        request_id: renewing.request_id.clone(),
        ..own(operation, kind, renewing.to_string())
    }
}

fn unanswered<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> ProviderError
where
    E: Error + 'static,
{
    let failure = find_source::<Failure>(error);
    if let Some(reason) = find_source::<CredentialsError>(error) {
        return no_credentials(operation, reason);
    }
    if let Some(failure) = failure {
        return failure.as_error(Provider::Aws, operation);
    }
    let (kind, sent) = match error {
        SdkError::ConstructionFailure(_) => (ErrorKind::Refused, Sent::No),
        SdkError::TimeoutError(_) => (ErrorKind::Timeout, Sent::Perhaps),
        SdkError::DispatchFailure(_) => (ErrorKind::Network, Sent::Perhaps),
        // The SDK's own type is open; whatever is added later may have left.
        SdkError::ResponseError(_) | SdkError::ServiceError(_) | _ => {
            (ErrorKind::Malformed, Sent::Perhaps)
        }
    };
    ProviderError {
        sent,
        ..own(operation, kind, reasons(error))
    }
}

/// What to do about credentials that are not accepted.
pub(super) const LOG_IN: &str =
    "log in again (`aws sso login --profile NAME`), or renew the keys (`aws configure`)";

/// An answer that is an error, as far as it is looked at.
struct Answer<'a> {
    status: u16,
    code: Option<&'a str>,
    message: Option<&'a str>,
    request_id: Option<&'a str>,
    retry_after: Option<&'a str>,
    date: Option<&'a str>,
}

impl Answer<'_> {
    fn error(&self, operation: &'static str, now: Timestamp) -> ProviderError {
        let kind = self.kind();
        let malformed = kind == ErrorKind::Malformed;
        // Where something in between answered, nobody knows whether AWS saw the request.
        let sent = if malformed {
            Sent::Perhaps
        } else {
            Sent::Answered
        };
        let text = self.message.map(clean).filter(|text| !text.is_empty());
        let message = text.unwrap_or_else(|| {
            if malformed {
                "answered with something that is no AWS answer".to_owned()
            } else if kind == ErrorKind::Permission {
                "access denied, without a reason".to_owned()
            } else {
                self.code
                    .map_or_else(|| "failed without a reason".to_owned(), clean)
            }
        });
        let mut error = ProviderError {
            sent,
            code: self.code.map(clean),
            request_id: self.request_id.map(clean),
            status: Some(self.status),
            wait: self.retry_after.and_then(|text| wait(text, now)),
            ..own(operation, kind, message)
        };
        if kind == ErrorKind::Credentials {
            error.hint = Some(self.clock(now).unwrap_or_else(|| LOG_IN.to_owned()));
        }
        error
    }

    fn kind(&self) -> ErrorKind {
        let Some(code) = self.code else {
            return match self.status {
                429 => ErrorKind::Throttled,
                500.. => ErrorKind::Server,
                // AWS does send a 403 without a word; HTML of a proxy's has no request id of AWS'.
                401 | 403 if self.request_id.is_some() => ErrorKind::Permission,
                _ => ErrorKind::Malformed,
            };
        };
        let code = code.strip_suffix("Exception").unwrap_or(code);
        if self.status == 429 || is_throttling(code) {
            return ErrorKind::Throttled;
        }
        match code {
            "ExpiredToken"
            | "UnrecognizedClient"
            | "InvalidClientTokenId"
            | "InvalidSignature"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "InvalidAccessKeyId"
            | "InvalidToken"
            | "AuthFailure"
            | "RequestExpired"
            | "RequestTimeTooSkewed" => ErrorKind::Credentials,
            "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized" | "OptInRequired" => {
                ErrorKind::Permission
            }
            "ResourceNotFound" => ErrorKind::NotFound,
            "InvalidResourceState" | "Conflict" => ErrorKind::Conflict,
            "InvalidRequest" if self.speaks_of_a_hold() => ErrorKind::Protected,
            "ServiceUnavailable"
            | "InternalFailure"
            | "InternalServerError"
            | "InternalServer"
            | "DependencyFailure" => ErrorKind::Server,
            _ => match self.status {
                500.. => ErrorKind::Server,
                401 | 403 => ErrorKind::Permission,
                _ => ErrorKind::Refused,
            },
        }
    }

    fn speaks_of_a_hold(&self) -> bool {
        self.message
            .is_some_and(|text| text.to_ascii_lowercase().contains("legal hold"))
    }

    /// Says so where the reason is this machine's clock: by the answer's date, or by AWS' words.
    fn clock(&self, now: Timestamp) -> Option<String> {
        let off = self.date.and_then(http_date).map(|there| {
            let off = there.duration_since(now).unsigned_abs();
            (there, off)
        });
        if let Some((there, off)) = off.filter(|(_, off)| *off > CLOCK_TOLERANCE) {
            return Some(format!(
                "this machine's clock is {} s off from AWS' ({there:.0}): set it",
                off.as_secs()
            ));
        }
        let says_so = self.code == Some("RequestTimeTooSkewed")
            || self.message.is_some_and(|text| {
                text.starts_with("Signature expired") || text.starts_with("Signature not yet")
            });
        says_so.then(|| "this machine's clock and AWS' differ by minutes: set it".to_owned())
    }
}

fn is_throttling(code: &str) -> bool {
    [
        "Throttl",
        "TooManyRequests",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "BandwidthLimitExceeded",
    ]
    .iter()
    .any(|start| code.starts_with(start))
}

/// `Retry-After`: seconds, or a date.
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    http_date(text)?.duration_since(now).try_into().ok()
}

fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

/// Looks for an error of a type in the chain of sources.
pub(super) fn find_source<'a, T: Error + 'static>(
    error: &'a (dyn Error + 'static),
) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        next = current.source();
    }
    None
}

/// An error with the reasons below it, in one line, without the wrappers that say nothing.
pub(super) fn reasons(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(current) = next {
        let text = current.to_string();
        next = current.source();
        let hollow = [
            "an error occurred",
            "unexpected credentials error",
            "dispatch failure",
            "the credentials provider was not properly configured",
            "the credential provider was not enabled",
        ]
        .iter()
        .any(|start| text.starts_with(start));
        let known = texts.iter().any(|known| known.contains(&text));
        if !(known || (hollow && next.is_some())) {
            texts.push(text);
        }
    }
    clean(texts.join(": "))
}

/// The reason at the bottom of an error.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    clean(last)
}

/// Untrusted text in one line and of bounded length.
pub(super) fn clean(text: impl fmt::Display) -> String {
    text.to_string()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_MESSAGE)
        .collect::<String>()
        // What a credential process writes to its standard error can be anything.
        .split("Stderr:")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests;
