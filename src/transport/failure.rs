//! Why a request brought no answer.
//!
//! A failure names the request without its secrets: the query's values never appear (signatures, tokens), nor does a
//! user name in the URL.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use tokio::time::Instant;

use super::Refusal;
use crate::backup::{ErrorKind, Provider, ProviderError, Sent};

/// What went wrong on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureKind {
    /// The gate did not let it out.
    Gate(Refusal),
    /// A dry run: the gate would have let it out.
    Rehearsed,
    /// The client could not be set up: a CA file that cannot be read.
    Setup(String),
    /// No connection came about: name, route, refusal, TLS.
    Connect(String),
    /// The other side's certificate is not trusted.
    Certificate(String),
    /// The connection broke after the request may have left.
    Broken(String),
    /// No whole answer in time; the limit.
    Timeout(Duration),
    /// A redirect, which is never followed; the status.
    Redirected(u16),
    /// An answer over the bound, in bytes.
    TooLarge(usize),
    /// An answer nested too deeply.
    TooDeep,
}

/// A request that brought no answer.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The method.
    pub method: Method,
    /// The URL without user information and query values.
    pub url: String,
    /// What went wrong.
    pub kind: FailureKind,
    /// The status, where there was one.
    pub status: Option<u16>,
    /// The provider's id of the request, where there was one.
    pub request_id: Option<String>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Failure {
    pub(super) fn with_answer(mut self, headers: &HeaderMap) -> Self {
        self.request_id = request_id(headers);
        self
    }

    /// The shared error: what became of a request that brought no answer.
    #[must_use]
    pub fn as_error(&self, provider: Provider, operation: &'static str) -> ProviderError {
        ProviderError {
            sent: self.sent(),
            status: self.status,
            request_id: self.request_id.clone(),
            hint: self.hint(),
            ..ProviderError::new(provider, operation, self.error_kind(), self.to_string())
        }
    }

    /// The shared kind.
    #[must_use]
    pub fn error_kind(&self) -> ErrorKind {
        match &self.kind {
            FailureKind::Gate(_) => ErrorKind::Gate,
            FailureKind::Rehearsed => ErrorKind::Rehearsed,
            FailureKind::Setup(_) => ErrorKind::Setup,
            FailureKind::Certificate(_) => ErrorKind::Certificate,
            FailureKind::Connect(_) | FailureKind::Broken(_) => ErrorKind::Network,
            FailureKind::Timeout(_) => ErrorKind::Timeout,
            FailureKind::Redirected(_) | FailureKind::TooLarge(_) | FailureKind::TooDeep => {
                ErrorKind::Malformed
            }
        }
    }

    /// Whether the other side can have carried it out.
    #[must_use]
    pub fn sent(&self) -> Sent {
        match &self.kind {
            FailureKind::Gate(_)
            | FailureKind::Rehearsed
            | FailureKind::Setup(_)
            | FailureKind::Certificate(_)
            | FailureKind::Connect(_) => Sent::No,
            FailureKind::Broken(_)
            | FailureKind::Timeout(_)
            | FailureKind::Redirected(_)
            | FailureKind::TooLarge(_)
            | FailureKind::TooDeep => Sent::Perhaps,
        }
    }

    /// What to do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match &self.kind {
            FailureKind::Connect(_) => {
                Some("check the network, the endpoint, and HTTPS_PROXY or NO_PROXY".to_owned())
            }
            FailureKind::Certificate(_) => Some(
                "name the authority's PEM file with SSL_CERT_FILE, AWS_CA_BUNDLE or AIVEN_CA_CERT"
                    .to_owned(),
            ),
            FailureKind::Redirected(_) => {
                Some("name the endpoint that the provider redirects to".to_owned())
            }
            FailureKind::Gate(Refusal::PlainHttp) => {
                Some("use https://; plain http is for loopback alone".to_owned())
            }
            FailureKind::Gate(_)
            | FailureKind::Rehearsed
            | FailureKind::Setup(_)
            | FailureKind::Broken(_)
            | FailureKind::Timeout(_)
            | FailureKind::TooLarge(_)
            | FailureKind::TooDeep => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FailureKind::Gate(refusal) => write!(formatter, "the gate refused it: {refusal}")?,
            FailureKind::Rehearsed => formatter.write_str("withheld: this is a dry run")?,
            FailureKind::Setup(reason) => formatter.write_str(reason)?,
            FailureKind::Certificate(reason) => {
                write!(formatter, "its certificate is not trusted: {reason}")?;
            }
            FailureKind::Connect(reason) => write!(formatter, "no connection: {reason}")?,
            FailureKind::Broken(reason) => write!(formatter, "the connection broke: {reason}")?,
            FailureKind::Timeout(limit) => write!(formatter, "no answer within {limit:?}")?,
            FailureKind::Redirected(status) => write!(
                formatter,
                "answered with a redirect ({status}), never followed"
            )?,
            FailureKind::TooLarge(bytes) => {
                write!(formatter, "answered with more than {bytes} bytes")?;
            }
            FailureKind::TooDeep => {
                formatter.write_str("answered with JSON that is nested too deeply")?;
            }
        }
        write!(formatter, ": {} {}", self.method, self.url)
    }
}

impl std::error::Error for Failure {}

/// What is remembered of a request, so that its failure can name it.
pub(super) struct Trace {
    method: Method,
    url: String,
}

impl Trace {
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        Self {
            method: request.method().clone(),
            url: redacted(request.uri()),
        }
    }

    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn failure(&self, kind: FailureKind, started: Instant) -> Failure {
        let status = match &kind {
            FailureKind::Redirected(status) => Some(*status),
            FailureKind::Gate(_)
            | FailureKind::Rehearsed
            | FailureKind::Setup(_)
            | FailureKind::Certificate(_)
            | FailureKind::Connect(_)
            | FailureKind::Broken(_)
            | FailureKind::Timeout(_)
            | FailureKind::TooLarge(_)
            | FailureKind::TooDeep => None,
        };
        let failure = Failure {
            method: self.method.clone(),
            url: self.url.clone(),
            kind,
            status,
            request_id: None,
            elapsed: started.elapsed(),
        };
        tracing::debug!(%failure, "no answer");
        failure
    }
}

/// The URL as it may be shown: origin and path, and the names of the query's parameters.
fn redacted(uri: &http::Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or("");
    let host = uri.host().unwrap_or("");
    let port = uri
        .port_u16()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let mut url = format!("{scheme}://{host}{port}{}", uri.path());
    if let Some(query) = uri.query() {
        let names: Vec<&str> = query
            .split('&')
            .filter_map(|pair| pair.split('=').next())
            .collect();
        url.push('?');
        url.push_str(&names.join("&"));
    }
    url
}

/// The id under which the provider knows the request: AWS `x-amzn-RequestId`, Zilliz `requestid`, others' usual names.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    [
        "x-amzn-requestid",
        "x-amz-request-id",
        "requestid",
        "x-request-id",
    ]
    .iter()
    .find_map(|name| headers.get(*name))
    .and_then(|value| value.to_str().ok())
    .map(|value| {
        value
            .chars()
            .filter(char::is_ascii_graphic)
            .take(128)
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s27_a_failure_shows_no_query_values_and_no_user() {
        let uri = "https://user:pass@host.example:8443/a%2Fb?X-Amz-Signature=abc&token=secret"
            .parse()
            .unwrap();
        assert_eq!(
            redacted(&uri),
            "https://host.example:8443/a%2Fb?X-Amz-Signature&token"
        );
    }
}
