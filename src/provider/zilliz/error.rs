//! Zilliz' codes, turned once into the shared error.
//!
//! The published codes are not a closed list, and most come with HTTP 200. A code that nobody published says "no" without
//! saying what became of the request, so it is marked [`Sent::Perhaps`]: only reading back tells (S22, S23).

use serde_json::Value;

use super::wire::Envelope;
use crate::provider::{ErrorKind, ProviderError, Sent, rest::Answer};

/// "Cluster not found". Alone it says nothing about a backup, which may outlive its cluster.
pub(super) const NO_CLUSTER: i64 = 96018;

/// The answer's `data`, if it is a success: HTTP below 400 and the code 0, or 200, which official clients take too.
///
/// # Errors
/// What was answered instead.
pub(super) fn judge(answer: &Answer) -> Result<Value, ProviderError> {
    let value: Value = answer.json()?;
    let Some(envelope) = Envelope::of(value) else {
        return Err(answer.error("answered with JSON of an unknown form"));
    };
    let status = answer.status.as_u16();
    match envelope.code {
        Some(0 | 200) if status < 400 => Ok(envelope.data),
        None if status < 400 => Err(answer.error("answered without a code")),
        Some(0) | None => {
            Err(answer.error(envelope.message.unwrap_or_else(|| format!("HTTP {status}"))))
        }
        Some(code) => Err(refused(answer, code, envelope.message)),
    }
}

fn refused(answer: &Answer, code: i64, message: Option<String>) -> ProviderError {
    let text = message.unwrap_or_else(|| format!("refused with code {code}"));
    let (kind, sent) = kind(answer.status.as_u16(), code, &text);
    let mut error = answer.error_of(kind, sent, text);
    error.code = Some(code.to_string());
    match hint(kind, code) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

fn kind(status: u16, code: i64, message: &str) -> (ErrorKind, Sent) {
    let message = message.to_ascii_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
    match code {
        21119 | 80001 => return (ErrorKind::Credentials, Sent::Answered),
        96012..=96016 | 96027 => return (ErrorKind::Permission, Sent::Answered),
        NO_CLUSTER => return (ErrorKind::NotFound, Sent::Answered),
        _ => {}
    }
    if status == 429 || says(&["rate limit", "too many requests"]) {
        return (ErrorKind::Throttled, Sent::Answered);
    }
    if is_published(code) {
        return (ErrorKind::Refused, Sent::Answered);
    }
    match status {
        401 => return (ErrorKind::Credentials, Sent::Answered),
        403 => return (ErrorKind::Permission, Sent::Answered),
        404 | 410 => return (ErrorKind::NotFound, Sent::Answered),
        408 => return (ErrorKind::Timeout, Sent::Perhaps),
        409 => return (ErrorKind::Conflict, Sent::Answered),
        500.. => return (ErrorKind::Server, Sent::Perhaps),
        _ => {}
    }
    if says(&["in progress", "another operation"]) {
        return (ErrorKind::Conflict, Sent::Answered);
    }
    if says(&[
        "not exist",
        "not found",
        "no such",
        "doesn't exist",
        "been deleted",
    ]) {
        (ErrorKind::NotFound, Sent::Answered)
    } else if says(&[
        "internal",
        "server error",
        "timeout",
        "timed out",
        "unavailable",
        "try again",
        "busy",
    ]) {
        (ErrorKind::Server, Sent::Perhaps)
    } else {
        (ErrorKind::Refused, Sent::Perhaps)
    }
}

/// Codes that the reference publishes for something that was wrong with the request, and not with the backup: bad project,
/// time, page, type, method, range, cluster id, and the plans that have no backups.
fn is_published(code: i64) -> bool {
    matches!(
        code,
        96005 | 96007..=96009 | 96021 | 96022 | 96025 | 96029 | 96030 | 96035 | 96036
    )
}

fn hint(kind: ErrorKind, code: i64) -> Option<&'static str> {
    if matches!(code, 96021 | 96022) {
        return Some("only dedicated clusters have backups");
    }
    if kind == ErrorKind::Credentials {
        return Some(
            "check the key; keys of cloud.zilliz.com.cn need --cloud cn, and all others --cloud global",
        );
    }
    (kind == ErrorKind::Permission).then_some(
        "the key needs Project Admin, Organization Owner, or a custom role with `backup: manage`",
    )
}

/// Whether an error to a description is what an absent backup can look like. Which code that has, nobody publishes.
pub(super) fn may_mean_absent(error: &ProviderError) -> bool {
    error.kind == ErrorKind::NotFound
        || (error.kind == ErrorKind::Refused && error.sent == Sent::Perhaps)
}

/// Whether Zilliz itself says of a thing that it does not exist. A gateway's 404 does not, nor a refusal with a code that
/// nobody published.
pub(super) fn says_absent(error: &ProviderError) -> bool {
    error.kind == ErrorKind::NotFound && error.code.is_some()
}

/// Whether an error is about the cluster, and so says nothing about its backups.
pub(super) fn is_no_cluster(error: &ProviderError) -> bool {
    error.code.as_deref() == Some("96018")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s22_every_code_has_a_meaning_and_an_unpublished_one_is_read_back() {
        use ErrorKind::{Conflict, Credentials, NotFound, Permission, Refused, Server, Throttled};
        use Sent::{Answered, Perhaps};
        for (status, code, message, expected) in [
            (401, 21119, "The apikey is illegal", (Credentials, Answered)),
            (200, 80001, "The token is illegal", (Credentials, Answered)),
            (200, 96012, "You have no permission", (Permission, Answered)),
            (200, 96016, "", (Permission, Answered)),
            (200, 96027, "", (Permission, Answered)),
            (
                200,
                96018,
                "The cluster does not exist",
                (NotFound, Answered),
            ),
            (200, 96021, "Free", (Refused, Answered)),
            (200, 96025, "Invalid", (Refused, Answered)),
            (429, 1, "slow down", (Throttled, Answered)),
            (
                200,
                1,
                "denied due to Rate Limit exceeded",
                (Throttled, Answered),
            ),
            (404, 40013, "", (NotFound, Answered)),
            (409, 40013, "", (Conflict, Answered)),
            (500, 500, "", (Server, Perhaps)),
            (403, 1, "", (Permission, Answered)),
            (
                200,
                40013,
                "The backup cannot be deleted",
                (Refused, Perhaps),
            ),
            (400, 63104, "Something", (Refused, Perhaps)),
            (
                200,
                96390,
                "The backup does not exist",
                (NotFound, Answered),
            ),
            (200, 40013, "Internal error", (Server, Perhaps)),
            (
                200,
                96409,
                "Another operation is in progress",
                (Conflict, Answered),
            ),
        ] {
            assert_eq!(
                kind(status, code, message),
                expected,
                "{status} {code} {message}"
            );
        }
    }
}
