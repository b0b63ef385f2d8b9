//! What becomes of each of AWS' codes, and of answers without one.

use super::*;

const NOW: &str = "2026-01-10T12:00:00Z";

fn error(status: u16, code: Option<&str>, message: Option<&str>) -> ProviderError {
    let answer = Answer {
        status,
        code,
        message,
        request_id: Some("r"),
        retry_after: None,
        date: None,
    };
    answer.error("Call", NOW.parse().unwrap())
}

#[test]
fn codes_decide_and_status_stands_in_for_those_that_are_not_known() {
    for (status, code, kind) in [
        (403, "AccessDeniedException", ErrorKind::Permission),
        (403, "AccessDenied", ErrorKind::Permission),
        (403, "SomethingNew", ErrorKind::Permission),
        (403, "ExpiredTokenException", ErrorKind::Credentials),
        (400, "ExpiredToken", ErrorKind::Credentials),
        (403, "UnrecognizedClientException", ErrorKind::Credentials),
        (403, "InvalidClientTokenId", ErrorKind::Credentials),
        (403, "InvalidSignatureException", ErrorKind::Credentials),
        (403, "SignatureDoesNotMatch", ErrorKind::Credentials),
        (400, "ResourceNotFoundException", ErrorKind::NotFound),
        (404, "UnknownOperationException", ErrorKind::Refused),
        (400, "InvalidResourceStateException", ErrorKind::Conflict),
        (400, "InvalidRequestException", ErrorKind::Refused),
        (400, "InvalidParameterValueException", ErrorKind::Refused),
        (400, "MissingParameterValueException", ErrorKind::Refused),
        (400, "ThrottlingException", ErrorKind::Throttled),
        (400, "Throttling", ErrorKind::Throttled),
        (400, "ThrottledException", ErrorKind::Throttled),
        (429, "SomethingNew", ErrorKind::Throttled),
        (503, "RequestLimitExceeded", ErrorKind::Throttled),
        (400, "TooManyRequestsException", ErrorKind::Throttled),
        (500, "ServiceUnavailableException", ErrorKind::Server),
        (400, "ServiceUnavailableException", ErrorKind::Server),
        (500, "InternalFailure", ErrorKind::Server),
        (503, "SomethingNew", ErrorKind::Server),
    ] {
        let error = error(status, Some(code), Some("m"));
        assert_eq!(error.kind, kind, "{status} {code}");
        assert_eq!(error.sent, Sent::Answered);
        assert_eq!(error.code.as_deref(), Some(code));
    }
}

#[test]
fn an_answer_without_a_code_goes_by_its_status() {
    for (status, kind) in [
        (403, ErrorKind::Permission),
        (429, ErrorKind::Throttled),
        (500, ErrorKind::Server),
        (200, ErrorKind::Malformed),
        (404, ErrorKind::Malformed),
    ] {
        assert_eq!(error(status, None, None).kind, kind, "{status}");
    }
    let proxy = Answer {
        status: 403,
        code: None,
        message: None,
        request_id: None,
        retry_after: None,
        date: None,
    };
    let error = proxy.error("Call", NOW.parse().unwrap());
    assert_eq!(
        (error.kind, error.sent),
        (ErrorKind::Malformed, Sent::Perhaps)
    );
}

#[test]
fn a_legal_hold_protects_and_an_empty_denial_has_words() {
    let held = error(
        400,
        Some("InvalidRequestException"),
        Some("has active Legal Hold(s)"),
    );
    assert_eq!(held.kind, ErrorKind::Protected);
    let silent = error(403, Some("AccessDeniedException"), Some(""));
    assert_eq!(silent.message, "access denied, without a reason");
}

#[test]
fn s24_a_named_wait_is_kept_in_seconds_or_as_a_date() {
    let now: Timestamp = NOW.parse().unwrap();
    assert_eq!(wait("28", now), Some(Duration::from_secs(28)));
    assert_eq!(
        wait("Sat, 10 Jan 2026 12:00:30 GMT", now),
        Some(Duration::from_secs(30))
    );
    assert_eq!(wait("Sat, 10 Jan 2026 11:00:00 GMT", now), None);
    assert_eq!(wait("soon", now), None);
}

#[test]
fn a_clock_that_is_off_is_told() {
    let answer = |date| Answer {
        status: 403,
        code: Some("InvalidSignatureException"),
        message: Some("Signature expired"),
        request_id: None,
        retry_after: None,
        date: Some(date),
    };
    let now: Timestamp = NOW.parse().unwrap();
    let hint = |date| answer(date).error("Call", now).hint.unwrap();
    assert!(hint("Sat, 10 Jan 2026 13:00:00 GMT").contains("clock is 3600 s off"));
    assert!(hint("nonsense").contains("clock and AWS' differ"));
    let expired = error(403, Some("ExpiredToken"), Some("expired"));
    assert!(expired.hint.unwrap().contains("aws sso login"));
}

#[test]
fn s28_messages_are_one_line_and_bounded() {
    let long = format!("a\n\u{1b}[2J{}", "x".repeat(5000));
    let error = error(400, Some("InvalidRequestException"), Some(&long));
    assert!(error.message.chars().count() <= MAX_MESSAGE);
    assert!(!error.message.contains(['\n', '\u{1b}']));
}

#[test]
fn an_answer_to_a_call_of_our_own_is_read_like_those_of_the_sdk() {
    let answer = |code: &str, body: &'static str| {
        let response = Response::builder()
            .status(403)
            .header("x-amzn-errortype", code)
            .header("x-amzn-requestid", "r")
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap();
        answered("Call", &response)
    };
    for code in [
        "AccessDeniedException",
        "AccessDeniedException:http://internal.amazon.com/x",
        "com.amazonaws.account#AccessDeniedException",
    ] {
        for body in [r#"{"message":"no"}"#, r#"{"Message":"no"}"#] {
            let error = answer(code, body);
            assert_eq!(error.kind, ErrorKind::Permission, "{code}");
            assert_eq!(error.message, "no");
            assert_eq!(error.code.as_deref(), Some("AccessDeniedException"));
        }
    }
    assert_eq!(answer("", "<html>").kind, ErrorKind::Permission);
}

#[test]
fn a_role_that_cannot_be_assumed_again_passes_where_its_reason_does() {
    for (reason, kind) in [
        (ErrorKind::Throttled, ErrorKind::Throttled),
        (ErrorKind::Network, ErrorKind::Network),
        (ErrorKind::Permission, ErrorKind::Credentials),
        (ErrorKind::Credentials, ErrorKind::Credentials),
        (ErrorKind::Gate, ErrorKind::Credentials),
    ] {
        let renewing = CredentialsError::provider_error(own("AssumeRole", reason, "m"));
        let error = no_credentials("Call", &renewing);
        assert_eq!((error.kind, error.sent), (kind, Sent::No), "{reason:?}");
        assert!(error.message.contains("AssumeRole"));
    }
}
