//! Sizes, ages and counts, as people read them.

use jiff::Timestamp;

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// Bytes in binary units with one decimal; `-` for what is not known.
pub(super) fn size(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "-".to_owned(), bytes_in_units)
}

/// Bytes in binary units with one decimal.
pub(super) fn bytes_in_units(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // In whole tenths: a float would be off where it matters least and still need a rule for rounding.
    let mut tenths = u128::from(bytes).saturating_mul(10);
    let mut text = String::new();
    for unit in UNITS {
        tenths = tenths.saturating_add(512) / 1024;
        text = format!("{}.{} {unit}", tenths / 10, tenths % 10);
        if tenths < 10_240 {
            break;
        }
    }
    text
}

/// A sum of sizes of which some may be unknown.
pub(super) fn total(bytes: u64, of_unknown_size: usize) -> String {
    match of_unknown_size {
        0 => bytes_in_units(bytes),
        unknown if bytes == 0 => format!("{unknown} of unknown size"),
        unknown => format!("{}, {unknown} of unknown size", bytes_in_units(bytes)),
    }
}

/// How long ago: `3d`, `5mo`, `2y`; `-` for what is not known. Rounded down, with the unit that leaves at least two.
pub(super) fn age(created_at: Option<Timestamp>, now: Timestamp) -> String {
    let Some(created_at) = created_at else {
        return "-".to_owned();
    };
    let seconds = now.duration_since(created_at).as_secs();
    // Hours of the mean Gregorian month and year: 30.44 and 365.25 days.
    let (length, unit) = match seconds {
        i64::MIN..0 => return "future".to_owned(),
        0..120 => (1, "s"),
        120..7_200 => (60, "min"),
        7_200..172_800 => (3_600, "h"),
        172_800..5_259_600 => (86_400, "d"),
        5_259_600..63_115_200 => (2_629_800, "mo"),
        63_115_200.. => (31_557_600, "y"),
    };
    format!("{}{unit}", seconds.checked_div(length).unwrap_or(seconds))
}

/// `1 backup`, `2 backups`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_binary_units_and_unknown_is_not_zero() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1_048_575, "1.0 MiB"),
            (4_509_715_660, "4.2 GiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(size(Some(bytes)), text);
        }
        assert_eq!(size(None), "-");
        assert_eq!(total(0, 2), "2 of unknown size");
        assert_eq!(total(2048, 1), "2.0 KiB, 1 of unknown size");
    }

    #[test]
    fn ages_are_relative_to_the_time_that_is_passed_in() {
        let now: Timestamp = "2025-06-15T12:00:00Z".parse().unwrap();
        for (at, text) in [
            ("2025-06-15T11:59:01Z", "59s"),
            ("2025-06-15T11:30:00Z", "30min"),
            ("2025-06-14T12:00:00Z", "24h"),
            ("2025-06-12T11:00:00Z", "3d"),
            ("2025-01-10T00:00:00Z", "5mo"),
            ("2023-05-01T00:00:00Z", "2y"),
            ("2025-06-15T12:00:01Z", "future"),
        ] {
            assert_eq!(age(Some(at.parse().unwrap()), now), text, "{at}");
        }
        assert_eq!(age(None, now), "-");
        assert_eq!(age(Some(Timestamp::MAX), Timestamp::MIN), "future");
        assert_eq!(age(Some(Timestamp::MIN), Timestamp::MAX), "19998y");
    }
}
