//! Durations as people write them: `90s`, `15min`, `2h30min`, `1w`, and ISO 8601 (`PT30M`).
//!
//! A bare `m` is refused: to some it is minutes, to others months, and the difference is what is deleted.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo, Unit};

/// A length of time to wait, in units that are always equally long.
pub(super) fn wait(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.starts_with(['P', 'p']) {
        let span: Span = text
            .parse()
            .map_err(|_| format!("{text:?} is no ISO 8601 duration, such as PT15M"))?;
        if span.get_years() != 0 || span.get_months() != 0 {
            return Err("months and years are not equally long; use days or weeks".to_owned());
        }
        let seconds = span
            .total((Unit::Second, SpanRelativeTo::days_are_24_hours()))
            .map_err(|error| error.to_string())?;
        return Duration::try_from_secs_f64(seconds)
            .map_err(|_| format!("{text:?} is no length of time"));
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let number: u64 = number
            .parse()
            .map_err(|_| format!("{text:?}: a number and a unit, such as 15min"))?;
        let length = number
            .checked_mul(milliseconds(unit)?)
            .map(Duration::from_millis)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(|| format!("{text:?} is too long"))?;
        total = length;
        rest = tail;
    }
    Ok(total)
}

fn milliseconds(unit: &str) -> Result<u64, String> {
    match unit {
        "ms" => Ok(1),
        "s" => Ok(1000),
        "min" => Ok(60_000),
        "h" => Ok(3_600_000),
        "d" => Ok(86_400_000),
        "w" => Ok(604_800_000),
        "m" => Err("\"m\" can be minutes or months: write min or mo".to_owned()),
        "mo" | "y" => Err("months and years are not equally long; use days or weeks".to_owned()),
        "" => Err("the unit is missing: s, min, h, d or w".to_owned()),
        _ => Err(format!("unknown unit {unit:?}: s, min, h, d or w")),
    }
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
