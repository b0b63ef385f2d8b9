//! Lengths of time to wait: `90s`, `15min`, `2h30min`, `1w`, and ISO 8601 (`PT30M`).
//!
//! Read as all lengths are ([`crate::time`]), but for months and years, which are not equally long.

use std::time::Duration;

use jiff::SpanRelativeTo;

use crate::time::{Purpose, span};

/// A length of time to wait, in units that are always equally long.
pub(super) fn wait(text: &str) -> Result<Duration, String> {
    span(text, Purpose::Wait)?
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .ok()
        .and_then(|length| Duration::try_from(length).ok())
        .ok_or_else(|| format!("{text:?} is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("90s", 90),
            ("15min", 900),
            ("2h30min", 9000),
            ("1d", 86_400),
            ("1w", 604_800),
            ("PT15M", 900),
            ("P1DT1H", 90_000),
            ("0s", 0),
        ] {
            assert_eq!(wait(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(wait("250ms"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn s4_a_bare_m_and_everything_unclear_is_refused() {
        for text in [
            "",
            " ",
            "5m",
            "5",
            "min",
            "1mo",
            "1y",
            "P1M",
            "-5s",
            "5 s",
            "1e3s",
            "99999999999999999999s",
            "5sec",
        ] {
            assert!(wait(text).is_err(), "{text}");
        }
        assert!(wait("5m").unwrap_err().contains("minutes or months"));
    }
}
