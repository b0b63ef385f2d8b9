//! What the other sides' clocks say: the `Date` of each host's last answer, beside this machine's own time.
//!
//! Only noted here, which every answer pays for; read where somebody asks why signatures are refused.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use http::{HeaderMap, HeaderValue, header::DATE, uri::Authority};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimeParser};

/// A host's last `Date`, and when it came.
#[derive(Debug, Default)]
pub(super) struct Clocks(Mutex<HashMap<Authority, (HeaderValue, Timestamp)>>);

impl Clocks {
    /// Notes what an answer says. One without a date says nothing.
    pub(super) fn note(&self, host: &Authority, headers: &HeaderMap, now: Timestamp) {
        let Some(date) = headers.get(DATE) else {
            return;
        };
        let mut clocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match clocks.get_mut(host) {
            Some(known) => *known = (date.clone(), now),
            None => {
                clocks.insert(host.clone(), (date.clone(), now));
            }
        }
    }

    /// How far a clock is ahead of this machine's, by the last answer of one of `hosts`; negative where it is behind. To
    /// the second, as dates are.
    pub(super) fn ahead(&self, hosts: impl Fn(&Authority) -> bool) -> Option<SignedDuration> {
        let clocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, (date, at)) = clocks
            .iter()
            .filter(|(host, _)| hosts(host))
            .max_by_key(|(_, (_, at))| *at)?;
        let there = DateTimeParser::new()
            .parse_timestamp(date.to_str().ok()?.trim())
            .ok()?;
        // A date is cut to its second, so half a second more is nearer to the truth.
        let there = there
            .saturating_add(SignedDuration::from_millis(500))
            .ok()?;
        Some(SignedDuration::from_secs(
            there.duration_since(*at).as_secs(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_told_by_the_last_date_of_its_host() {
        let clocks = Clocks::default();
        let now: Timestamp = "2026-01-01T00:10:00.2Z".parse().unwrap();
        let dated =
            |text: &'static str| HeaderMap::from_iter([(DATE, HeaderValue::from_static(text))]);
        let ahead = |host| {
            clocks
                .ahead(|known| known == host)
                .map(|ahead| ahead.as_secs())
        };
        assert_eq!(ahead("a"), None);
        for (date, expected) in [
            ("Thu, 01 Jan 2026 00:10:00 GMT", Some(0)),
            ("Thu, 01 Jan 2026 00:15:00 GMT", Some(300)),
            ("Thu, 01 Jan 2026 00:08:00 GMT", Some(-119)),
            ("yesterday", None),
        ] {
            clocks.note(&Authority::from_static("a"), &dated(date), now);
            assert_eq!(ahead("a"), expected, "{date}");
        }
        clocks.note(&Authority::from_static("b"), &HeaderMap::new(), now);
        assert_eq!(ahead("b"), None);
    }
}
