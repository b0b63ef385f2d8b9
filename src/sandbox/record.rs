//! The record of requests, for tests that ask what was sent and for people who look.
//!
//! Bounded, and without anything secret: headers come from a list of harmless ones, and of `authorization` only the
//! scheme is kept.

use std::collections::{BTreeMap, VecDeque};

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;

use super::exchange::Incoming;

const MOST_REQUESTS: usize = 50_000;
const MOST_BODY: usize = 64 * 1024;
const HEADERS: &[&str] = &[
    "accept",
    "content-length",
    "content-type",
    "host",
    "idempotency-key",
    "user-agent",
    "x-amz-date",
    "x-amz-user-agent",
    "x-request-id",
];

/// The requests so far, oldest first.
#[derive(Debug, Default)]
pub struct Record {
    entries: VecDeque<Entry>,
    next: u64,
    dropped: u64,
    counts: BTreeMap<String, u64>,
}

/// One request.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Counts from 0; a gap at the front means that the record was cut or cleared.
    pub number: u64,
    /// When it had arrived completely.
    pub at: Timestamp,
    /// Whose it is; `null` for one that no API owns.
    pub provider: Option<&'static str>,
    /// The limit it counts against, such as `eu-central-1/DeleteRecoveryPoint`.
    pub limit: Option<String>,
    /// Whether it asks for a change.
    pub mutates: bool,
    /// The method.
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// The query as sent.
    pub query: String,
    /// The harmless headers.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
    /// The status answered; `null` while there is none, or for ever after a reset or a hang.
    pub status: Option<u16>,
    /// The fault that it met.
    pub fault: Option<String>,
}

impl Record {
    /// Notes a request and returns its number.
    pub fn note(
        &mut self,
        request: &Incoming,
        at: Timestamp,
        owner: Option<(&'static str, String, bool)>,
    ) -> u64 {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        if self.entries.len() >= MOST_REQUESTS {
            self.entries.pop_front();
            self.dropped = self.dropped.saturating_add(1);
        }
        if let Some((provider, limit, _)) = &owner {
            let count = self
                .counts
                .entry(format!("{provider}/{limit}"))
                .or_default();
            *count = count.saturating_add(1);
        }
        let (provider, limit, mutates) = match owner {
            Some((provider, limit, mutates)) => (Some(provider), Some(limit), mutates),
            None => (None, None, false),
        };
        let body = request.body.get(..MOST_BODY).unwrap_or(&request.body);
        self.entries.push_back(Entry {
            number,
            at,
            provider,
            limit,
            mutates,
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: harmless(&request.headers),
            body: String::from_utf8_lossy(body).into_owned(),
            status: None,
            fault: None,
        });
        number
    }

    /// Notes what a request met or was answered.
    pub fn settle(&mut self, number: u64, status: Option<StatusCode>, fault: Option<String>) {
        // Recent ones are asked for, so look from the end.
        if let Some(entry) = self
            .entries
            .iter_mut()
            .rev()
            .find(|entry| entry.number == number)
        {
            entry.status = status.map(|status| status.as_u16()).or(entry.status);
            entry.fault = fault.or(entry.fault.take());
        }
    }

    /// The requests, oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How many fell off the front.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many there were of each limit, such as `aws/eu-central-1/DeleteRecoveryPoint`, those that fell off included.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    /// Forgets them all; numbers go on.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.counts.clear();
        self.dropped = 0;
    }
}

fn harmless(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut kept: Vec<(String, String)> = headers
        .iter()
        .filter(|(name, _)| HEADERS.contains(&name.as_str()))
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    if let Some(value) = headers.get("authorization") {
        let scheme = value
            .to_str()
            .unwrap_or_default()
            .split(' ')
            .next()
            .unwrap_or_default();
        kept.push(("authorization".to_owned(), format!("{scheme} …")));
    }
    kept
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    #[test]
    fn what_fell_off_the_front_is_counted_all_the_same() {
        let mut record = Record::default();
        let request = Incoming {
            method: Method::GET,
            path: "/".to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        };
        for _ in 0..MOST_REQUESTS + 3 {
            let owner = Some(("aws", "eu-west-1/ListTags".to_owned(), false));
            record.note(&request, Timestamp::UNIX_EPOCH, owner);
        }
        record.note(&request, Timestamp::UNIX_EPOCH, None);
        assert_eq!(record.dropped(), 4);
        let all = u64::try_from(MOST_REQUESTS + 3).unwrap();
        assert_eq!(record.counts().get("aws/eu-west-1/ListTags"), Some(&all));
        assert_eq!(record.counts().len(), 1);
        record.clear();
        assert!(record.counts().is_empty());
    }
}
