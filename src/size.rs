//! An amount of bytes as people write it: `--larger-than 10GiB`.
//!
//! Read here and not by a crate: bytesize takes `5m` for five megabytes and `5G` for one of two things, and turns what is
//! too large into the largest there is, where a filter must say that it is wrong (S4).

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Serialize, Serializer};

/// An amount of bytes, which remembers how it was written. Two are equal when they are written alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    text: Arc<str>,
    bytes: u64,
}

impl Size {
    /// The bytes. A fraction of one is left out: a whole number is larger than `1.0001KB` exactly if it is larger than 1000.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        Ok(Self {
            bytes: bytes(text)?,
            text: text.into(),
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

const EXAMPLES: &str = "such as 500MB, 10GiB or 1.5TB";

fn bytes(text: &str) -> Result<u64, String> {
    if text.is_empty() {
        return Err(format!("it is empty: write a size, {EXAMPLES}"));
    }
    if text.starts_with('-') {
        return Err(format!("{text:?} is negative: write a size, {EXAMPLES}"));
    }
    let wrong = || format!("{text:?} is no size: a number and a unit, {EXAMPLES}");
    let (whole, rest) = digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => digits(rest),
        None => ("0", rest),
    };
    if whole.is_empty() || fraction.is_empty() {
        return Err(wrong());
    }
    let unit = rest.strip_prefix(' ').unwrap_or(rest);
    let scale = scale(text, unit)?;
    if scale == 1 && rest.len() < text.len().saturating_sub(whole.len()) {
        return Err(format!("{text:?}: there are no parts of a byte"));
    }
    amount(whole, fraction, scale).ok_or_else(|| format!("{text:?} is too large, or too exact"))
}

/// The digits that a text begins with, and what follows.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

/// In whole numbers: a float would be off where it matters, at the edge.
fn amount(whole: &str, fraction: &str, scale: u128) -> Option<u64> {
    let whole = whole.parse::<u128>().ok()?.checked_mul(scale)?;
    let parts = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part = fraction
        .parse::<u128>()
        .ok()?
        .checked_mul(scale)?
        .checked_div(parts)?;
    u64::try_from(whole.checked_add(part)?).ok()
}

fn scale(text: &str, unit: &str) -> Result<u128, String> {
    match unit.to_ascii_lowercase().as_str() {
        "" | "b" => Ok(1),
        "kb" => Ok(1_000),
        "mb" => Ok(1_000_000),
        "gb" => Ok(1_000_000_000),
        "tb" => Ok(1_000_000_000_000),
        "pb" => Ok(1_000_000_000_000_000),
        "eb" => Ok(1_000_000_000_000_000_000),
        "kib" => Ok(1 << 10),
        "mib" => Ok(1 << 20),
        "gib" => Ok(1 << 30),
        "tib" => Ok(1 << 40),
        "pib" => Ok(1 << 50),
        "eib" => Ok(1 << 60),
        "k" | "m" | "g" | "t" | "p" | "e" => {
            let letter = unit.to_ascii_uppercase();
            Err(format!(
                "{text:?}: {unit:?} can count in thousands or in 1024s: write {letter}B or {letter}iB"
            ))
        }
        _ => Err(format!(
            "{text:?}: unknown unit {unit:?}: B, KB, MB, GB, TB, PB, EB, or KiB, MiB, GiB, TiB, PiB, EiB"
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("0", 0),
            ("512", 512),
            ("512B", 512),
            ("500MB", 500_000_000),
            ("500mb", 500_000_000),
            ("1kB", 1_000),
            ("10GiB", 10_737_418_240),
            ("1.5TB", 1_500_000_000_000),
            ("0.5KiB", 512),
            ("1.0001KB", 1_000),
            // As our own tables show them.
            ("4.2 GiB", 4_509_715_660),
            (" 1TiB\n", 1_099_511_627_776),
            ("18446744073709551615", u64::MAX),
            ("9007199254740993B", 9_007_199_254_740_993),
        ] {
            let size: Size = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(size.bytes(), bytes, "{text}");
            assert_eq!(size.to_string(), text.trim());
        }
    }

    #[test]
    fn s4_what_is_no_size_is_refused_and_the_text_is_named() {
        for text in [
            "MB",
            "-5GB",
            "+5",
            "+5GB",
            "1e3",
            "1e3GB",
            "5GB5",
            "5 5GB",
            "5G",
            "5m",
            "5K",
            "5Gb/s",
            ".5GB",
            "5.GB",
            "1..5GB",
            "1.5.5GB",
            "1,5GB",
            "1_000",
            "1.5",
            "1.5B",
            "0.0B",
            "٣GB",
            "５GB",
            "5\u{a0}GB",
            "5  GB",
            "5\tGB",
            "0x10",
            "5XB",
            "5KBs",
            "inf",
            "NaN",
            "18446744073709551616",
            "16EiB",
            "99999999999999PB",
            "0.0000000000000000000000000000000000000001EB",
            "340282366920938463463374607431768211456B",
        ] {
            let error = text.parse::<Size>().unwrap_err();
            assert!(error.contains(&format!("{text:?}")), "{text}: {error}");
        }
        for text in ["", " ", "\n"] {
            assert!(text.parse::<Size>().unwrap_err().contains("empty"));
        }
        let error = "10G".parse::<Size>().unwrap_err();
        assert!(error.contains("write GB or GiB"), "{error}");
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in "\\PC{0,12}|[0-9]{1,40}(\\.[0-9]{0,60})?[a-zA-Z]{0,3}") {
            if let Ok(size) = text.parse::<Size>() {
                prop_assert_eq!(size.to_string().parse::<Size>(), Ok(size));
            }
        }

        #[test]
        fn whole_bytes_come_back_as_they_are(bytes: u64) {
            let size: Size = bytes.to_string().parse().unwrap();
            prop_assert_eq!(size.bytes(), bytes);
        }
    }
}
