//! How Zilliz Cloud answers: the envelope of code, data and message, and the codes.
//!
//! The codes are those of the REST reference, which most often come with HTTP 200. What the reference does not publish
//! (a backup that is not there) has an invented code here, so that nothing can be built on knowing it.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::exchange::Answer;
use super::super::rest;

/// An answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: i64,
    pub(super) message: String,
}

/// What a call comes to: the envelope's `data`, or a refusal.
pub(super) type Outcome = Result<Value, Refusal>;

/// A wrong key: the one refusal that is known to come with an HTTP status of its own.
pub(super) const ILLEGAL_KEY: i64 = 21119;
/// The older form of the same.
pub(super) const ILLEGAL_TOKEN: i64 = 80001;
pub(super) const BAD_PROJECT: i64 = 96005;
pub(super) const BAD_TIME: i64 = 96007;
pub(super) const BAD_PAGE_SIZE: i64 = 96008;
pub(super) const BAD_CURRENT_PAGE: i64 = 96009;
pub(super) const NO_PERMISSION: i64 = 96012;
pub(super) const NO_LIST_PERMISSION: i64 = 96013;
pub(super) const NO_CLUSTER: i64 = 96018;
pub(super) const FREE_HAS_NONE: i64 = 96021;
pub(super) const SERVERLESS_HAS_NONE: i64 = 96022;
pub(super) const BAD_CLUSTER_ID: i64 = 96025;
pub(super) const BAD_TYPE: i64 = 96029;
pub(super) const BAD_METHOD: i64 = 96030;
pub(super) const BAD_RANGE: i64 = 96035;
pub(super) const BAD_CLUSTER_FILTER: i64 = 96036;
/// Unpublished, and so invented.
pub(super) const NO_BACKUP: i64 = 96390;
/// Unpublished, and so invented.
pub(super) const BUSY: i64 = 96409;
/// Unpublished, and so invented.
pub(super) const TOO_MANY: i64 = 96429;

/// A refusal in the common form: HTTP 200 and a code.
pub(super) fn refused(code: i64, message: impl Into<String>) -> Refusal {
    Refusal {
        status: StatusCode::OK,
        code,
        message: message.into(),
    }
}

/// A refusal with an HTTP status.
pub(super) fn refused_with(status: StatusCode, code: i64, message: impl Into<String>) -> Refusal {
    Refusal {
        status,
        code,
        message: message.into(),
    }
}

/// The refusal for a route or a method that does not exist.
pub(super) fn no_route() -> Refusal {
    refused_with(StatusCode::NOT_FOUND, 404, "404 page not found")
}

/// The answer on the wire, with the header that support asks for. `success` is 0, or 200, which clients take for it too.
pub(super) fn render(outcome: &Outcome, success: i64, request_id: String) -> Answer {
    let mut answer = match outcome {
        Ok(data) => rest::json(StatusCode::OK, &json!({"code": success, "data": data})),
        Err(refusal) => rest::json(
            refusal.status,
            &json!({"code": refusal.code, "message": refusal.message}),
        ),
    };
    answer.headers.push(("requestid", request_id));
    answer
}
