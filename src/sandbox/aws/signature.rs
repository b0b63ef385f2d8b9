//! AWS Signature Version 4, the verifying side, for signatures in the `Authorization` header.
//!
//! Verified for real, because an SDK that signs wrongly (a path encoded once in place of twice, a header changed on
//! the way) works against a sandbox that does not look, and fails at AWS.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::sandbox::{exchange::Incoming, secret::hex};

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The same within a path.
const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');
const MOST_SKEW: SignedDuration = SignedDuration::from_mins(15);

/// Why a signature is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// No credentials at all.
    Missing,
    /// Credentials that cannot be read; the text tells what is missing.
    Incomplete(String),
    /// Nobody has that access key, or its session token is another.
    UnknownKey,
    /// The session is over.
    ExpiredToken,
    /// Wrong, too old, too new, or for something else; the text tells.
    Invalid(String),
}

/// What an `Authorization` header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The access key's id.
    pub key_id: String,
    /// The region that the caller means.
    pub region: String,
    /// The service that the caller means: `backup`, `sts`, `iam`.
    pub service: String,
    day: String,
    time: String,
    headers: Vec<String>,
    signature: String,
}

impl Signed {
    /// Reads the header, and verifies nothing.
    pub fn read(headers: &HeaderMap) -> Result<Self, Rejection> {
        let Some(header) = headers.get("authorization") else {
            return Err(Rejection::Missing);
        };
        let incomplete =
            |what: &str| Rejection::Incomplete(format!("Authorization header requires {what}."));
        let header = header.to_str().map_err(|_| incomplete("printable text"))?;
        let fields = header
            .strip_prefix("AWS4-HMAC-SHA256")
            .ok_or_else(|| incomplete("the algorithm AWS4-HMAC-SHA256"))?;
        let field = |name: &str| {
            fields
                .split(',')
                .filter_map(|field| field.trim().split_once('='))
                .find_map(|(key, value)| (key == name).then_some(value))
        };
        let credential = field("Credential").ok_or_else(|| incomplete("'Credential' parameter"))?;
        let signed_headers =
            field("SignedHeaders").ok_or_else(|| incomplete("'SignedHeaders' parameter"))?;
        let signature = field("Signature").ok_or_else(|| incomplete("'Signature' parameter"))?;
        let mut parts = credential.split('/');
        let (Some(key_id), Some(day), Some(region), Some(service), Some("aws4_request"), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(Rejection::Incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term."
                    .to_owned(),
            ));
        };
        let time = headers
            .get("x-amz-date")
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| incomplete("existence of either a 'X-Amz-Date' or a 'Date' header"))?;
        Ok(Self {
            key_id: key_id.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            day: day.to_owned(),
            time: time.to_owned(),
            headers: signed_headers.split(';').map(str::to_owned).collect(),
            signature: signature.to_owned(),
        })
    }

    /// Verifies time, scope and signature.
    pub fn verify(
        &self,
        request: &Incoming,
        secret: &str,
        services: &[&str],
        now: Timestamp,
    ) -> Result<(), Rejection> {
        self.verify_time(now)?;
        if !services.contains(&self.service.as_str()) {
            return Err(Rejection::Invalid(format!(
                "Credential should be scoped to correct service: '{}'. ",
                services.join("' or '")
            )));
        }
        if !self.headers.iter().any(|name| name == "host") {
            return Err(Rejection::Invalid(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
                    .to_owned(),
            ));
        }
        if self.signature_of(request, secret) == self.signature {
            return Ok(());
        }
        Err(Rejection::Invalid(
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. Consult the service \
             documentation for details."
                .to_owned(),
        ))
    }

    fn verify_time(&self, now: Timestamp) -> Result<(), Rejection> {
        let time: Timestamp = self.time.parse().map_err(|_| {
            Rejection::Incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{}'.",
                self.time
            ))
        })?;
        if !self.time.starts_with(&self.day) {
            return Err(Rejection::Invalid(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{}' != '{}'.",
                self.day, self.time
            )));
        }
        let age = now.duration_since(time);
        let here = basic(now);
        if age > MOST_SKEW {
            let bound = basic(now.saturating_sub(MOST_SKEW).unwrap_or(now));
            return Err(Rejection::Invalid(format!(
                "Signature expired: {} is now earlier than {bound} ({here} - 15 min.)",
                self.time
            )));
        }
        if age < SignedDuration::from_mins(-15) {
            let bound = basic(now.saturating_add(MOST_SKEW).unwrap_or(now));
            return Err(Rejection::Invalid(format!(
                "Signature not yet current: {} is still later than {bound} ({here} + 15 min.)",
                self.time
            )));
        }
        Ok(())
    }

    fn signature_of(&self, request: &Incoming, secret: &str) -> String {
        let scope = format!("{}/{}/{}/aws4_request", self.day, self.region, self.service);
        let canonical = hex(&Sha256::digest(self.canonical(request)));
        let to_sign = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{canonical}", self.time);
        let mut key = hmac(format!("AWS4{secret}").as_bytes(), self.day.as_bytes());
        for part in [
            self.region.as_str(),
            &self.service,
            "aws4_request",
            &to_sign,
        ] {
            key = hmac(&key, part.as_bytes());
        }
        hex(&key)
    }

    /// Signs a request as a client does, for tests of what comes after the signature.
    #[cfg(test)]
    pub fn sign(
        mut request: Incoming,
        key_id: &str,
        secret: &str,
        region: &str,
        service: &str,
        now: Timestamp,
    ) -> anyhow::Result<Incoming> {
        request.headers.insert("host", "127.0.0.1".parse()?);
        request.headers.insert("x-amz-date", basic(now).parse()?);
        let mut signed = Self {
            key_id: key_id.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            day: now.strftime("%Y%m%d").to_string(),
            time: basic(now),
            headers: vec!["host".to_owned(), "x-amz-date".to_owned()],
            signature: String::new(),
        };
        signed.signature = signed.signature_of(&request, secret);
        let header = format!(
            "AWS4-HMAC-SHA256 Credential={key_id}/{}/{region}/{service}/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={}",
            signed.day, signed.signature
        );
        request.headers.insert("authorization", header.parse()?);
        Ok(request)
    }

    fn canonical(&self, request: &Incoming) -> String {
        let mut headers = String::new();
        for name in &self.headers {
            let values: Vec<String> = request
                .headers
                .get_all(name)
                .iter()
                .map(|value| {
                    let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    text.split_whitespace().collect::<Vec<_>>().join(" ")
                })
                .collect();
            headers.push_str(name);
            headers.push(':');
            headers.push_str(&values.join(","));
            headers.push('\n');
        }
        format!(
            "{}\n{}\n{}\n{headers}\n{}\n{}",
            request.method,
            canonical_path(&request.path),
            canonical_query(&request.query),
            self.headers.join(";"),
            hex(&Sha256::digest(&request.body)),
        )
    }
}

/// The path as sent, without empty and dot segments, and encoded once more: every service but S3 wants it twice.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let mut plain = format!("/{}", segments.join("/"));
    if path.ends_with('/') && plain.len() > 1 {
        plain.push('/');
    }
    utf8_percent_encode(&plain, RESERVED_IN_PATH).to_string()
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .map(|(key, value)| {
            let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
            (encode(&key), encode(&value))
        })
        .collect();
    pairs.sort();
    pairs
        .into_iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // A key of any length will do; an error would only mean a signature that fits nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn basic(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, Method};
    use jiff::{SignedDuration, Timestamp};

    use super::{Rejection, Signed, canonical_path};
    use crate::sandbox::exchange::Incoming;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn request(query: &str, headers: &[(&str, &str)]) -> anyhow::Result<Incoming> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name)?, HeaderValue::try_from(*value)?);
        }
        Ok(Incoming {
            method: Method::GET,
            path: "/".to_owned(),
            query: query.to_owned(),
            headers: map,
            body: Vec::new(),
        })
    }

    fn suite(query: &str, signature: &str) -> anyhow::Result<Incoming> {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={signature}"
        );
        request(
            query,
            &[
                ("host", "example.amazonaws.com"),
                ("x-amz-date", "20150830T123600Z"),
                ("authorization", &authorization),
            ],
        )
    }

    fn verify(request: &Incoming, now: &str) -> anyhow::Result<Result<(), Rejection>> {
        let now: Timestamp = now.parse()?;
        Ok(Signed::read(&request.headers)
            .and_then(|signed| signed.verify(request, SECRET, &["service", "iam"], now)))
    }

    /// `get-vanilla` and `get-vanilla-query-order-key-case` of AWS's Signature Version 4 test suite.
    #[test]
    fn agrees_with_the_published_test_suite() -> anyhow::Result<()> {
        let cases = [
            (
                "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "Param2=value2&Param1=value1",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
        ];
        for (query, signature) in cases {
            assert_eq!(
                verify(&suite(query, signature)?, "2015-08-30T12:36:00Z")?,
                Ok(()),
                "{query}"
            );
        }
        Ok(())
    }

    /// The example of the AWS General Reference ("Task 3: calculate the signature").
    #[test]
    fn agrees_with_the_published_iam_example() -> anyhow::Result<()> {
        let request = request(
            "Action=ListUsers&Version=2010-05-08",
            &[
                (
                    "content-type",
                    "application/x-www-form-urlencoded; charset=utf-8",
                ),
                ("host", "iam.amazonaws.com"),
                ("x-amz-date", "20150830T123600Z"),
                (
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
                     SignedHeaders=content-type;host;x-amz-date, \
                     Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
                ),
            ],
        )?;
        assert_eq!(verify(&request, "2015-08-30T12:36:00Z")?, Ok(()));
        Ok(())
    }

    #[test]
    fn refuses_what_was_changed_on_the_way() -> anyhow::Result<()> {
        let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        let request = suite("x=1", signature)?;
        assert!(matches!(
            verify(&request, "2015-08-30T12:36:00Z")?,
            Err(Rejection::Invalid(_))
        ));
        Ok(())
    }

    #[test]
    fn refuses_clocks_more_than_a_quarter_of_an_hour_apart() -> anyhow::Result<()> {
        let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        let request = suite("", signature)?;
        let made: Timestamp = "2015-08-30T12:36:00Z".parse()?;
        for (minutes, good) in [(-16, false), (-14, true), (14, true), (16, false)] {
            let now = made.checked_add(SignedDuration::from_mins(minutes))?;
            assert_eq!(
                verify(&request, &now.to_string())?.is_ok(),
                good,
                "{minutes}"
            );
        }
        Ok(())
    }

    #[test]
    fn tells_missing_from_unreadable_credentials() -> anyhow::Result<()> {
        let request = request("", &[])?;
        assert_eq!(Signed::read(&request.headers), Err(Rejection::Missing));
        let mut headers = request.headers;
        headers.insert(
            "authorization",
            HeaderValue::from_static("AWS4-HMAC-SHA256 Credential=a/b"),
        );
        assert!(matches!(
            Signed::read(&headers),
            Err(Rejection::Incomplete(_))
        ));
        Ok(())
    }

    #[test]
    fn encodes_a_path_twice_and_drops_empty_segments() {
        assert_eq!(
            canonical_path("//backup-vaults/a%2Fb/./recovery-points/"),
            "/backup-vaults/a%252Fb/recovery-points/"
        );
    }
}
