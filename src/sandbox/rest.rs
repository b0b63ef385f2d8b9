//! What the sandbox's REST APIs (Zilliz, Aiven) share: path segments, JSON answers, and the faults that are switched on.
//!
//! Nothing here knows a provider. Segments are split before they are decoded, so that an encoded `/` stays inside its id.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::exchange::{Answer, Incoming};

/// The path's segments, decoded one by one; `None` when one of them is no UTF-8.
pub(super) fn segments(path: &str) -> Option<Vec<String>> {
    path.strip_prefix('/')
        .unwrap_or(path)
        .split('/')
        .map(|segment| {
            percent_decode_str(segment)
                .decode_utf8()
                .ok()
                .map(std::borrow::Cow::into_owned)
        })
        .collect()
}

/// One value of the query. An empty value counts as absent, as it does for both providers' clients.
pub(super) fn parameter(request: &Incoming, name: &str) -> Option<String> {
    url::form_urlencoded::parse(request.query.as_bytes())
        .find(|(key, value)| key == name && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

/// The token behind one of the schemes that an API takes.
pub(super) fn token<'a>(request: &'a Incoming, schemes: &[&str]) -> Option<&'a str> {
    let header = request
        .headers
        .get(http::header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, token) = header.split_once(' ')?;
    schemes
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme))
        .then(|| token.trim())
}

/// The body as a JSON object; an empty body is an empty object.
pub(super) fn object(request: &Incoming) -> Option<Map<String, Value>> {
    if request.body.is_empty() {
        return Some(Map::new());
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(object)) => Some(object),
        Ok(_) | Err(_) => None,
    }
}

/// An answer of JSON.
pub(super) fn json(status: StatusCode, body: &Value) -> Answer {
    Answer {
        status,
        headers: vec![("content-type", "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

/// The page that a gateway in front of the API answers.
pub(super) fn html(status: StatusCode) -> Answer {
    Answer {
        status,
        headers: vec![("content-type", "text/html".to_owned())],
        body: format!(
            "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n"
        )
        .into_bytes(),
    }
}

/// Whether less than `span` has passed between `since` and `now`.
pub(super) fn within(since: Timestamp, now: Timestamp, span: Duration) -> bool {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    now.duration_since(since) < span
}

/// The provider-specific faults that are switched on, each with its value.
///
/// A value narrows a fault to one backup, service or region (`kept=backup-1`); a fault that needs a number takes both
/// (`code=40013@backup-1`).
#[derive(Debug, Default)]
pub(super) struct Faults(BTreeMap<String, Option<String>>);

impl Faults {
    /// Switches a fault on, or with the value `off` off. Answers whether the kind is one of `known` and, where it is one of
    /// `numbers`, whether the value is a number other than 0.
    pub(super) fn switch(
        &mut self,
        known: &[&str],
        numbers: &[&str],
        kind: &str,
        value: Option<&str>,
    ) -> bool {
        if !known.contains(&kind) {
            return false;
        }
        if numbers.contains(&kind)
            && value != Some("off")
            && value.and_then(number).is_none_or(|(number, _)| number == 0)
        {
            return false;
        }
        if value == Some("off") {
            self.0.remove(kind);
        } else {
            self.0.insert(kind.to_owned(), value.map(str::to_owned));
        }
        true
    }

    /// Switches all of them off.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether the fault is on at all.
    pub(super) fn on(&self, kind: &str) -> bool {
        self.0.contains_key(kind)
    }

    /// Whether the fault is on for a thing that goes by one of these names.
    pub(super) fn on_for(&self, kind: &str, names: &[&str]) -> bool {
        match self.0.get(kind) {
            None => false,
            Some(None) => true,
            Some(Some(value)) => names.contains(&value.as_str()),
        }
    }

    /// The number of a fault such as `code=N` or `code=N@ID`, where it is on for this thing.
    pub(super) fn number_for(&self, kind: &str, names: &[&str]) -> Option<i64> {
        let (number, name) = self.0.get(kind)?.as_deref().and_then(number)?;
        name.is_none_or(|name| names.contains(&name))
            .then_some(number)
    }

    /// How long a lag fault lasts: its own value (`500ms`, `2s`, `2`), else the sandbox's lag, else two seconds, because a
    /// fault that does nothing would let a test pass for the wrong reason.
    pub(super) fn lag(&self, kind: &str, general: Duration) -> Option<Duration> {
        let value = self.0.get(kind)?.as_deref();
        let own = value.and_then(|value| {
            if let Some(millis) = value.strip_suffix("ms") {
                return millis.parse().ok().map(Duration::from_millis);
            }
            let seconds = value.strip_suffix('s').unwrap_or(value);
            seconds.parse().ok().map(Duration::from_secs)
        });
        Some(own.unwrap_or(if general.is_zero() {
            Duration::from_secs(2)
        } else {
            general
        }))
    }
}

/// `N` or `N@ID`.
fn number(value: &str) -> Option<(i64, Option<&str>)> {
    let (number, name) = match value.split_once('@') {
        Some((number, name)) => (number, Some(name)),
        None => (value, None),
    };
    Some((number.parse().ok()?, name))
}

/// A time as both APIs write it, in whole seconds.
pub(super) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
pub(super) fn request(method: http::Method, target: &str, auth: &str, body: &str) -> Incoming {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = http::HeaderMap::new();
    headers.insert(http::header::AUTHORIZATION, auth.parse().unwrap());
    Incoming {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: body.as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Faults, segments};

    #[test]
    fn keeps_an_encoded_slash_inside_its_segment() {
        assert_eq!(
            segments("/v2/clusters/a%2Fdrop"),
            Some(vec![
                "v2".to_owned(),
                "clusters".to_owned(),
                "a/drop".to_owned()
            ])
        );
        assert_eq!(segments("/v2/%ff"), None);
    }

    #[test]
    fn narrows_a_fault_to_the_thing_it_names() {
        let mut faults = Faults::default();
        assert!(!faults.switch(&["kept"], &[], "other", None));
        assert!(faults.switch(&["kept"], &[], "kept", Some("backup-1")));
        assert!(faults.on_for("kept", &["backup-1"]) && !faults.on_for("kept", &["backup-2"]));
        assert!(faults.switch(&["code"], &["code"], "code", Some("7@backup-1")));
        assert_eq!(faults.number_for("code", &["backup-1"]), Some(7));
        assert_eq!(faults.number_for("code", &["backup-2"]), None);
        assert!(!faults.switch(&["code"], &["code"], "code", None));
        assert!(!faults.switch(&["code"], &["code"], "code", Some("0")));
        assert!(faults.switch(&["kept"], &[], "kept", Some("off")));
        assert!(!faults.on("kept"));
    }
}
