//! One call of a JSON API with a bearer token, over the transport; and what its HTTP status means by itself.
//!
//! What a provider says inside an answer (codes, error lists) is its own module's business, and so is whether and when to
//! call again. Nothing here ever shows a body.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, RETRY_AFTER, USER_AGENT},
};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::{Value, error::Category};
use url::{Host, Url};

use super::{ErrorKind, ProviderError, Sent, SetupError};
use crate::{
    backup::Provider,
    transport::{Lane, Transport, request_id},
};

/// What RFC 3986 calls unreserved stays as it is in a path; everything else is encoded, `/` and `%` first of all.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The longest wait that is taken from a provider in one go; asking again after it does no harm.
const MAX_WAIT: Duration = Duration::from_hours(1);

/// The most of a provider's message that is kept, in characters.
const MAX_MESSAGE: usize = 500;

/// One API: where it is, and the token for it. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    /// The way out.
    pub(super) transport: Transport,
    /// Scheme, host and perhaps a path; no slash at its end. See [`base`].
    pub(super) base: String,
    /// The token. It cannot be printed.
    pub(super) token: SecretString,
    /// Whose API, for errors.
    pub(super) provider: Provider,
}

/// An answer of any HTTP status; redirects never come this far. Without `Debug`, which would show the body (S27).
#[derive(Clone)]
pub(super) struct Answer {
    provider: Provider,
    operation: &'static str,
    /// The HTTP status.
    pub(super) status: StatusCode,
    /// The provider's id of the request.
    pub(super) request_id: Option<String>,
    /// How long the provider asks to wait.
    pub(super) wait: Option<Duration>,
    /// The provider's own clock.
    pub(super) at: Option<Timestamp>,
    html: bool,
    /// The whole body. Never to be shown.
    pub(super) body: Bytes,
}

impl Rest {
    /// Sends one request once. `path` begins with a slash and is percent-encoded already (see [`segment`]).
    ///
    /// # Errors
    /// What became of a request that brought no answer. An HTTP status is no error here.
    pub(super) async fn call(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Answer, ProviderError> {
        let request = self.request(operation, method, path, query, body)?;
        let answer = self
            .transport
            .exchange(Lane::Control, request)
            .await
            .map_err(|failure| failure.as_error(self.provider, operation))?;
        let (parts, body) = answer.into_parts();
        Ok(Answer {
            provider: self.provider,
            operation,
            status: parts.status,
            request_id: request_id(&parts.headers),
            wait: wait(&parts.headers),
            at: date(&parts.headers, DATE),
            html: is_html(&parts.headers, &body),
            body,
        })
    }

    /// The URL of a path, as it goes into a warrant.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Request<Bytes>, ProviderError> {
        let refused = |kind, what: String| ProviderError {
            sent: Sent::No,
            ..ProviderError::new(self.provider, operation, kind, what)
        };
        // A client may resolve these on its own, encoded or not, and then another path leaves than the one that was checked.
        if path.split('/').skip(1).any(is_dots_or_empty) {
            return Err(refused(
                ErrorKind::Gate,
                "a path with an empty or a dot segment is never sent".to_owned(),
            ));
        }
        let mut url = self.url(path);
        if !query.is_empty() {
            url.push('?');
            url.push_str(
                &url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(query)
                    .finish(),
            );
        }
        let mut token = HeaderValue::try_from(format!("Bearer {}", self.token.expose_secret()))
            .map_err(|_| {
                refused(
                    ErrorKind::Credentials,
                    "the token cannot go into a header".to_owned(),
                )
            })?;
        token.set_sensitive(true);
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header(AUTHORIZATION, token)
            .header(ACCEPT, "application/json")
            // Both providers' own clients send it with every request, those without a body included.
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("bkdel/", env!("CARGO_PKG_VERSION")));
        let mut bytes = Bytes::new();
        if let Some(body) = body {
            bytes = serde_json::to_vec(body)
                .map_err(|error| refused(ErrorKind::Setup, error.to_string()))?
                .into();
        }
        request
            .body(bytes)
            .map_err(|error| refused(ErrorKind::Setup, format!("no request: {error}")))
    }
}

impl Answer {
    /// The body as JSON of the wanted form.
    ///
    /// # Errors
    /// Of the kind that the status means; [`ErrorKind::Malformed`] where the status says that all is well.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, ProviderError> {
        if self.body.is_empty() {
            return Err(self.unreadable("no content"));
        }
        if self.html {
            return Err(self.unreadable("a web page instead of JSON"));
        }
        // serde_json's own words can quote the body.
        serde_json::from_slice(&self.body).map_err(|error| {
            self.unreadable(match error.classify() {
                Category::Eof => "JSON that is cut short",
                Category::Syntax => "something that is no JSON",
                Category::Data => "JSON of an unknown form",
                Category::Io => "something that cannot be read",
            })
        })
    }

    /// An error of the kind that the status means by itself.
    pub(super) fn error(&self, message: impl Into<String>) -> ProviderError {
        let (kind, sent) = meaning(self.status);
        self.error_of(kind, sent, message)
    }

    /// An error of another kind than the status'; the provider's own words know better.
    pub(super) fn error_of(
        &self,
        kind: ErrorKind,
        sent: Sent,
        message: impl Into<String>,
    ) -> ProviderError {
        ProviderError {
            sent,
            request_id: self.request_id.clone(),
            status: Some(self.status.as_u16()),
            wait: self.wait,
            ..ProviderError::new(self.provider, self.operation, kind, clipped(message.into()))
        }
    }

    fn unreadable(&self, what: &str) -> ProviderError {
        self.error(format!("answered with {what}"))
    }
}

/// What an HTTP status means where the body says nothing more, and whether the request can have been carried out.
fn meaning(status: StatusCode) -> (ErrorKind, Sent) {
    match status.as_u16() {
        401 => (ErrorKind::Credentials, Sent::Answered),
        403 => (ErrorKind::Permission, Sent::Answered),
        404 | 410 => (ErrorKind::NotFound, Sent::Answered),
        408 => (ErrorKind::Timeout, Sent::Perhaps),
        409 => (ErrorKind::Conflict, Sent::Answered),
        429 => (ErrorKind::Throttled, Sent::Answered),
        500.. => (ErrorKind::Server, Sent::Perhaps),
        400..500 => (ErrorKind::Refused, Sent::Answered),
        // Success, with a body that cannot be understood.
        ..400 => (ErrorKind::Malformed, Sent::Perhaps),
    }
}

/// One path segment. Dot segments cannot be encoded; [`Rest::call`] refuses them.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

fn is_dots_or_empty(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    matches!(plain.as_str(), "" | "." | "..")
}

/// An endpoint that a person or a variable named, as a [`Rest::base`]: https, or http to this machine (S2).
///
/// # Errors
/// A usage error that names `source`, for everything that is blank, plain http, or more than an address (S4).
pub(super) fn base(source: &str, text: &str) -> Result<String, SetupError> {
    let wrong = |what: &str| {
        Err(SetupError::usage_with(
            format!("{source} {what}"),
            "give an address such as https://api.example.com",
        ))
    };
    let text = text.trim();
    if text.is_empty() {
        return wrong("is empty");
    }
    let Ok(url) = Url::parse(text) else {
        return wrong("is not a web address");
    };
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return wrong("names no host"),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return wrong("is plain http, which is for loopback alone: use https://"),
        _ => return wrong("is not a web address"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("holds a user name or a password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("holds more than an address");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// How long the provider asks to wait: seconds, or a date, which is held against the provider's own clock and not ours.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = text.parse::<u64>() {
        Duration::from_secs(seconds)
    } else {
        let until = date(headers, RETRY_AFTER)?;
        let since = date(headers, DATE)?;
        Duration::try_from(until.duration_since(since)).unwrap_or_default()
    };
    Some(wait.min(MAX_WAIT))
}

fn date(headers: &HeaderMap, name: http::HeaderName) -> Option<Timestamp> {
    let text = headers.get(name)?.to_str().ok()?;
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()
}

fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let declared = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.to_ascii_lowercase().contains("html"));
    declared || body.trim_ascii_start().starts_with(b"<")
}

fn clipped(message: String) -> String {
    if message.chars().count() <= MAX_MESSAGE {
        return message;
    }
    let mut short: String = message.chars().take(MAX_MESSAGE).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Settings;

    fn answer(status: u16, body: &'static str) -> Answer {
        let body = Bytes::from_static(body.as_bytes());
        Answer {
            provider: Provider::Zilliz,
            operation: "List",
            status: StatusCode::from_u16(status).unwrap(),
            request_id: Some("r-1".to_owned()),
            wait: None,
            at: None,
            html: is_html(&HeaderMap::new(), &body),
            body,
        }
    }

    fn rest() -> Rest {
        Rest {
            transport: Transport::new(Settings::default()),
            base: "https://api.example.com".to_owned(),
            token: "secret".into(),
            provider: Provider::Zilliz,
        }
    }

    #[test]
    fn a_status_says_what_kind_of_failure_it_is_and_whether_the_request_may_have_worked() {
        for (status, kind, sent) in [
            (401, ErrorKind::Credentials, Sent::Answered),
            (403, ErrorKind::Permission, Sent::Answered),
            (404, ErrorKind::NotFound, Sent::Answered),
            (408, ErrorKind::Timeout, Sent::Perhaps),
            (409, ErrorKind::Conflict, Sent::Answered),
            (422, ErrorKind::Refused, Sent::Answered),
            (429, ErrorKind::Throttled, Sent::Answered),
            (502, ErrorKind::Server, Sent::Perhaps),
            (200, ErrorKind::Malformed, Sent::Perhaps),
        ] {
            let error = answer(status, "<html>").json::<Value>().unwrap_err();
            assert_eq!((error.kind, error.sent), (kind, sent), "{status}");
            assert_eq!(error.request_id.as_deref(), Some("r-1"));
        }
    }

    #[test]
    fn s27_an_answer_that_cannot_be_read_is_never_quoted() {
        for body in [
            "",
            "<html>secret</html>",
            "{\"a\": \"secret",
            "secret",
            "\"secret\"",
        ] {
            let error = answer(200, body).json::<Vec<u8>>().unwrap_err();
            assert_eq!(error.kind, ErrorKind::Malformed, "{body}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn s27_the_token_is_in_one_header_that_is_not_shown() {
        let request = rest()
            .request("List", Method::GET, "/v2/a", &[("q", "x y&z".into())], None)
            .unwrap();
        assert_eq!(request.uri(), "https://api.example.com/v2/a?q=x+y%26z");
        assert!(!format!("{request:?} {:?}", rest()).contains("secret"));
        assert_eq!(
            request.headers().get(AUTHORIZATION).unwrap(),
            "Bearer secret"
        );
    }

    #[test]
    fn s5_a_path_that_a_client_could_shorten_is_not_sent() {
        for path in [
            "/v2/../a",
            "/v2/./a",
            "/v2//a",
            "/v2/%2e%2E/a",
            "/v2/.%2e",
            "/v2/",
        ] {
            let error = rest()
                .request("Delete", Method::DELETE, path, &[], None)
                .unwrap_err();
            assert_eq!((error.kind, error.sent), (ErrorKind::Gate, Sent::No));
        }
        assert_eq!(segment("a/b%2f c~-._"), "a%2Fb%252f%20c~-._");
    }

    #[test]
    fn s2_an_endpoint_is_https_or_this_machine() {
        for (text, base_url) in [
            ("https://api.example.com/", "https://api.example.com"),
            (
                " https://Api.Example.com:8443/x/ ",
                "https://api.example.com:8443/x",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:1/", "http://localhost:1"),
            ("http://[::1]:1", "http://[::1]:1"),
        ] {
            assert_eq!(base("--endpoint-url", text).as_deref(), Ok(base_url));
        }
        for text in [
            "",
            "  ",
            "api.example.com",
            "http://api.example.com",
            "http://127.0.0.1.example.com",
            "ftp://api.example.com",
            "https://user@api.example.com",
            "https://api.example.com?a=b",
            "https://api.example.com#a",
        ] {
            let error = base("--endpoint-url", text).unwrap_err();
            assert!(error.to_string().starts_with("--endpoint-url"), "{text}");
        }
    }

    #[test]
    fn s24_a_wait_is_read_in_seconds_and_as_a_date_of_the_providers_clock() {
        let headers = |pairs: &[(http::HeaderName, &'static str)]| -> HeaderMap {
            pairs
                .iter()
                .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
                .collect()
        };
        let now = (DATE, "Wed, 21 Oct 2015 07:28:00 GMT");
        for (value, seconds) in [
            ("28", Some(28)),
            ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30)),
            ("Wed, 21 Oct 2015 07:27:30 GMT", Some(0)),
            ("999999999999", Some(3600)),
            ("soon", None),
            ("-1", None),
        ] {
            let found = wait(&headers(&[now.clone(), (RETRY_AFTER, value)]));
            assert_eq!(found, seconds.map(Duration::from_secs), "{value}");
        }
        assert_eq!(
            wait(&headers(&[(RETRY_AFTER, "Wed, 21 Oct 2015 07:28:30 GMT")])),
            None
        );
    }
}
