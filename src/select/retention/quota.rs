//! How many a count rule keeps.

use std::{fmt, str::FromStr};

/// The number of a count rule. None at all, as in `--keep-daily 0`, is as if the rule were not given (R5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// So many, and no more.
    AtMost(u64),
    /// All of them.
    Unlimited,
}

impl Quota {
    /// Whether it comes to nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        match self {
            Self::AtMost(count) => count == 0,
            Self::Unlimited => false,
        }
    }
}

impl FromStr for Quota {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "-1" | "unlimited" => return Ok(Self::Unlimited),
            _ if text.trim().is_empty() => return Err("it is empty".to_owned()),
            _ => {}
        }
        // The standard library would also take a plus sign, which nobody writes on purpose.
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!(
                "{text:?} is no number of backups: 0, 1, 2, … or \"unlimited\" (-1)"
            ));
        }
        text.parse()
            .map(Self::AtMost)
            .map_err(|_| format!("{text} is too large; all of them is \"unlimited\""))
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(count) => count.fmt(formatter),
            Self::Unlimited => formatter.write_str("unlimited"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r5_a_count_is_a_number_or_all() {
        for (text, quota) in [
            ("0", Quota::AtMost(0)),
            ("7", Quota::AtMost(7)),
            ("007", Quota::AtMost(7)),
            ("18446744073709551615", Quota::AtMost(u64::MAX)),
            ("-1", Quota::Unlimited),
            ("unlimited", Quota::Unlimited),
        ] {
            assert_eq!(text.parse(), Ok(quota), "{text}");
            assert_eq!(
                quota.to_string().parse(),
                Ok(quota),
                "what is shown can be read"
            );
        }
    }

    #[test]
    fn s4_what_is_no_count_is_refused() {
        for text in [
            "",
            " ",
            "\t",
            "-2",
            "-0",
            "- 1",
            "+7",
            " 7",
            "7 ",
            "1.5",
            "1e3",
            "0x7",
            "all",
            "Unlimited",
            "١",
            "18446744073709551616",
        ] {
            assert!(text.parse::<Quota>().is_err(), "{text:?}");
        }
        assert_eq!("".parse::<Quota>(), Err("it is empty".to_owned()));
    }
}
