//! The one reader of lengths of time: `90d`, `1y6mo`, `2h30min`, and ISO 8601 (`P90D`, `PT30M`).
//!
//! A bare `m` is refused: to some it is minutes, to others months, and the difference is what is deleted. So is whatever
//! else could be meant in two ways: a unit given twice, or after a shorter one.

use jiff::{Span, fmt::temporal::SpanParser};

/// What a length is for. That decides which units it can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Waiting: units that are always equally long, down to milliseconds.
    Wait,
    /// The age of a backup: calendar units too, and nothing below a second.
    Age,
}

impl Purpose {
    /// The units, for a message.
    fn units(self) -> &'static str {
        match self {
            Self::Wait => "s, min, h, d or w",
            Self::Age => "s, min, h, d, w, mo or y",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Wait => "15min or PT15M",
            Self::Age => "90d, 1y6mo or P90D",
        }
    }
}

/// A unit, the longest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// Reads a length. It is never negative; whether it may be zero is the caller's to say.
///
/// # Errors
/// What is wrong with the text, and the way out.
pub(crate) fn span(text: &str, purpose: Purpose) -> Result<Span, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(format!(
            "it is empty: write a length of time, such as {}",
            purpose.example()
        ));
    }
    if let Some(length) = text.strip_prefix('-') {
        return Err(format!(
            "{text:?} is negative: a length of time has no direction, write {length:?}"
        ));
    }
    let span = if text.starts_with(['P', 'p']) {
        iso(text)?
    } else {
        words(text, purpose)?
    };
    if purpose == Purpose::Wait && (span.get_years() != 0 || span.get_months() != 0) {
        return Err(UNEQUAL.to_owned());
    }
    Ok(span)
}

const UNEQUAL: &str = "months and years are not equally long; use days or weeks";

fn iso(text: &str) -> Result<Span, String> {
    // jiff also takes `P1m`; but whoever writes a small m may mean a minute.
    let wrong =
        || format!("{text:?} is no ISO 8601 duration: in capitals, such as P90D, P1Y6M or PT30M");
    if text.contains(|letter: char| letter.is_ascii_lowercase()) {
        return Err(wrong());
    }
    let span = SpanParser::new().parse_span(text).map_err(|_| wrong())?;
    if span.is_negative() {
        return Err(wrong());
    }
    Ok(span)
}

fn words(text: &str, purpose: Purpose) -> Result<Span, String> {
    let mut span = Span::new();
    let mut shortest: Option<Unit> = None;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, tail) = split(rest, |letter| !letter.is_ascii_digit());
        let (word, tail) = split(tail, |letter| letter.is_ascii_digit());
        if number.is_empty() {
            return Err(format!(
                "{text:?} is no length of time: a whole number and a unit, such as {}",
                purpose.example()
            ));
        }
        let unit = unit(text, number, word, purpose)?;
        if shortest.is_some_and(|shortest| unit >= shortest) {
            return Err(format!(
                "{text:?}: {word:?} comes too late; each unit once, the longest first"
            ));
        }
        shortest = Some(unit);
        span = number
            .parse()
            .ok()
            .and_then(|number| add(span, unit, number))
            .ok_or_else(|| format!("{text:?} is too long"))?;
        rest = tail;
    }
    Ok(span)
}

/// The text up to the first letter of that sort, and from it on.
fn split(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

fn unit(text: &str, number: &str, word: &str, purpose: Purpose) -> Result<Unit, String> {
    let units = purpose.units();
    match (word, purpose) {
        ("ms", Purpose::Wait) => Ok(Unit::Millisecond),
        ("s", _) => Ok(Unit::Second),
        ("min", _) => Ok(Unit::Minute),
        ("h", _) => Ok(Unit::Hour),
        ("d", _) => Ok(Unit::Day),
        ("w", _) => Ok(Unit::Week),
        ("mo", Purpose::Age) => Ok(Unit::Month),
        ("y", Purpose::Age) => Ok(Unit::Year),
        ("mo" | "y", Purpose::Wait) => Err(UNEQUAL.to_owned()),
        ("m" | "M", Purpose::Wait) => Err(format!(
            "{text:?}: {word:?} can be minutes or months: write {number}min"
        )),
        ("m" | "M", Purpose::Age) => Err(format!(
            "{text:?}: {word:?} can be minutes or months: write {number}min or {number}mo"
        )),
        ("", _) => Err(format!("{text:?}: the unit is missing: {units}")),
        (word, _) if word.starts_with(['.', ',']) => Err(format!(
            "{text:?}: numbers are whole: write 1h30min instead of 1.5h"
        )),
        (word, _) => Err(format!("{text:?}: unknown unit {word:?}: {units}")),
    }
}

/// The span with so many more of that unit; `None` where that is more than a calendar holds.
fn add(span: Span, unit: Unit, number: i64) -> Option<Span> {
    match unit {
        Unit::Year => span.try_years(number),
        Unit::Month => span.try_months(number),
        Unit::Week => span.try_weeks(number),
        Unit::Day => span.try_days(number),
        Unit::Hour => span.try_hours(number),
        Unit::Minute => span.try_minutes(number),
        Unit::Second => span.try_seconds(number),
        Unit::Millisecond => span.try_milliseconds(number),
    }
    .ok()
}
