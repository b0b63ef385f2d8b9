//! How AWS Backup says no: a type in `x-amzn-ErrorType`, and one of two bodies.
//!
//! Errors of the service's own model carry `Code`, `Message`, `Type` and `Context`; what is refused in front of the
//! service (signatures, throttling) carries `message` alone.

use http::StatusCode;
use serde_json::{Value, json};

use super::{signature::Rejection, wire};
use crate::sandbox::exchange::Answer;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// 400, 403, 500.
    pub status: StatusCode,
    /// The type, such as `ResourceNotFoundException`.
    pub kind: &'static str,
    /// The message; `None` leaves it out.
    pub message: Option<String>,
    code: Option<&'static str>,
}

impl Failure {
    /// `ResourceNotFoundException`, 400.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::modelled("ResourceNotFoundException", "ERROR_4004", message)
    }

    /// `InvalidParameterValueException`, 400.
    pub fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::modelled("InvalidParameterValueException", "ERROR_1200", message)
    }

    /// `InvalidRequestException`, 400.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::modelled("InvalidRequestException", "ERROR_9101", message)
    }

    /// `InvalidResourceStateException`, 400.
    pub fn invalid_state(message: impl Into<String>) -> Self {
        Self::modelled("InvalidResourceStateException", "ERROR_3600", message)
    }

    /// `AccessDeniedException`, 403; an empty message occurs.
    pub fn denied(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            kind: "AccessDeniedException",
            message: Some(message.into()),
            code: None,
        }
    }

    /// What a vault that is not there is answered with: AWS does not tell "no such vault" from "not yours".
    pub fn no_such_vault() -> Self {
        Self::denied("Insufficient privileges to perform this action.")
    }

    /// `ValidationException`, 400: the Account service's word for a parameter that is wrong.
    pub fn validation(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "ValidationException",
            message: Some(message.into()),
            code: None,
        }
    }

    /// `ThrottlingException`, 400; in no model.
    pub fn throttled() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "ThrottlingException",
            message: Some("Rate exceeded".to_owned()),
            code: None,
        }
    }

    /// The service's own failure. AWS Backup's is `ServiceUnavailableException` with 500; what stands in front of it
    /// has the other statuses.
    pub fn broken(status: StatusCode) -> Self {
        let (kind, message) = match status {
            StatusCode::BAD_GATEWAY => ("BadGatewayException", "Bad gateway"),
            _ => (
                "ServiceUnavailableException",
                "The request failed due to a temporary failure of the server.",
            ),
        };
        Self {
            status,
            kind,
            message: Some(message.to_owned()),
            code: (status == StatusCode::INTERNAL_SERVER_ERROR).then_some("ERROR_5000"),
        }
    }

    /// An operation that this sandbox does not have.
    pub fn unknown_operation() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            kind: "UnknownOperationException",
            message: None,
            code: None,
        }
    }

    /// An error that only the query services have, 400.
    pub fn of_query(kind: &'static str, message: impl Into<String>) -> Self {
        Self::modelled(kind, "", message)
    }

    fn modelled(kind: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind,
            message: Some(message.into()),
            code: Some(code),
        }
    }

    /// As REST-JSON.
    pub fn json(&self) -> Answer {
        let body: Value = match (&self.code, &self.message) {
            (Some(code), message) => {
                json!({"Code": code, "Message": message, "Context": null, "Type": null})
            }
            (None, Some(message)) if self.kind == "AccessDeniedException" => {
                json!({"Message": message})
            }
            (None, Some(message)) => json!({"message": message}),
            (None, None) => json!({}),
        };
        let mut answer = wire::answer(&body);
        answer.status = self.status;
        answer
            .headers
            .push(("x-amzn-errortype", self.kind.to_owned()));
        answer
    }

    /// As the query protocol of STS and IAM.
    pub fn xml(&self) -> Answer {
        let fault = if self.status.is_server_error() {
            "Receiver"
        } else {
            "Sender"
        };
        // The query services call some of the same things by other names.
        let kind = match self.kind {
            "AccessDeniedException" => "AccessDenied",
            "ThrottlingException" => "Throttling",
            "UnrecognizedClientException" => "InvalidClientTokenId",
            "InvalidSignatureException" => "SignatureDoesNotMatch",
            "ExpiredTokenException" => "ExpiredToken",
            "MissingAuthenticationTokenException" => "MissingAuthenticationToken",
            "IncompleteSignatureException" => "IncompleteSignature",
            "ServiceUnavailableException" => "ServiceUnavailable",
            kind => kind,
        };
        let mut answer = wire::xml(&format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
             <Type>{fault}</Type><Code>{kind}</Code><Message>{}</Message></Error>\
             <RequestId>{}</RequestId></ErrorResponse>",
            wire::escape(self.message.as_deref().unwrap_or_default()),
            wire::REQUEST_ID,
        ));
        answer.status = self.status;
        answer
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        let (kind, message) = match rejection {
            Rejection::Missing => (
                "MissingAuthenticationTokenException",
                "Missing Authentication Token".to_owned(),
            ),
            Rejection::Incomplete(message) => ("IncompleteSignatureException", message),
            Rejection::UnknownKey => (
                "UnrecognizedClientException",
                "The security token included in the request is invalid.".to_owned(),
            ),
            Rejection::ExpiredToken => (
                "ExpiredTokenException",
                "The security token included in the request is expired".to_owned(),
            ),
            Rejection::Invalid(message) => ("InvalidSignatureException", message),
        };
        Self {
            status: StatusCode::FORBIDDEN,
            kind,
            message: Some(message),
            code: None,
        }
    }
}
