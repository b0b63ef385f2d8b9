//! Patterns for names and ARNs: `--resource`, `--name`, `--vault`, `--cluster`, `--service`.
//!
//! One meaning everywhere: case counts, and `*` goes over `/` and `:` too, because vaults' names and ARNs hold them.

use std::{fmt, str::FromStr, sync::Arc};

use globset::{GlobBuilder, GlobMatcher};
use serde::{Serialize, Serializer};

/// The longest pattern, and the most alternatives in it. More is nobody's; and globset panics where the expression that it
/// makes of a pattern is too large or nested too deep for its engine, which these bounds keep it far from.
const LONGEST: usize = 1024;
const MOST_ALTERNATIVES: usize = 32;

/// A pattern, which remembers how it was written. Two are equal when they are written alike.
#[derive(Clone)]
pub struct Glob {
    text: Arc<str>,
    matcher: Arc<GlobMatcher>,
}

impl Glob {
    /// Whether it is about that name. A name may hold what a pattern takes for a sign, so the text itself counts too.
    #[must_use]
    pub fn is_match(&self, name: &str) -> bool {
        *self.text == *name || self.matcher.is_match(name)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The one name that it means, if it holds no sign of a pattern.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        (!is_pattern(&self.text)).then_some(&*self.text)
    }
}

/// Whether a text means more than itself.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', ']', '{', '}', '\\'])
}

impl FromStr for Glob {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("it is empty: write a name or a pattern, such as db-*".to_owned());
        }
        if text.len() > LONGEST || text.matches('{').count() > MOST_ALTERNATIVES {
            let beginning: String = text.chars().take(32).collect();
            return Err(format!(
                "{beginning:?}… is too much for a pattern: at most {LONGEST} bytes, and {MOST_ALTERNATIVES} braces"
            ));
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(false)
            .case_insensitive(false)
            .backslash_escape(true)
            .build()
            .map_err(|error| format!("{text:?} is no pattern: {}", error.kind()))?;
        Ok(Self {
            text: text.into(),
            matcher: Arc::new(glob.compile_matcher()),
        })
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Glob {}

impl fmt::Debug for Glob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Glob").field(&self.text).finish()
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for Glob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        let glob: Glob = pattern.parse().unwrap_or_else(|error| panic!("{error}"));
        glob.is_match(name)
    }

    #[test]
    fn a_pattern_crosses_what_arns_and_vaults_are_parted_by() {
        for (pattern, name) in [
            ("*", "arn:aws:ec2:eu-central-1::snapshot/snap-1"),
            ("*:snapshot/*", "arn:aws:ec2:eu-central-1::snapshot/snap-1"),
            (
                "arn:aws:rds:*",
                "arn:aws:rds:eu-central-1:1:snapshot:awsbackup:job",
            ),
            ("aws*", "aws/efs/automatic-backup-vault"),
            ("*vault", "aws/efs/automatic-backup-vault"),
            ("**/vault", "a/b/vault"),
            ("*.gz", "a/b.c/d.gz"),
            ("*.", ".."),
            ("db-?", "db-1"),
            ("db-[0-9]", "db-1"),
            ("{db,web}-1", "web-1"),
            (r"db\*", "db*"),
            (" db", " db"),
            // The text itself, although a pattern would take it for something else.
            ("web [old]", "web [old]"),
            ("{a}", "{a}"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("db-*", "DB-1"),
            ("db", "db-1"),
            ("db", "my/db"),
            ("db-?", "db-"),
            ("db-[!0-9]", "db-1"),
            (r"db\*", "db-1"),
            ("*.gz", "gz"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn s4_blank_broken_and_boundless_patterns_are_refused() {
        for text in ["", " ", "\t\n"] {
            assert!(text.parse::<Glob>().unwrap_err().contains("empty"));
        }
        for text in ["a[", "[]", "[z-a]", "{a", "a}", "a\\"] {
            let error = text.parse::<Glob>().unwrap_err();
            assert!(error.contains(&format!("{text:?}")), "{text}: {error}");
        }
        let nested = |depth: usize| format!("{}a{}", "{".repeat(depth), "}".repeat(depth));
        assert!(nested(MOST_ALTERNATIVES).parse::<Glob>().is_ok());
        for depth in [MOST_ALTERNATIVES + 1, 300, LONGEST / 2] {
            assert!(nested(depth).parse::<Glob>().is_err());
        }
        assert!("*".repeat(LONGEST + 1).parse::<Glob>().is_err());
        for sign in ["?", "*", "[!a]", "ü", "**/"] {
            assert!(sign.repeat(LONGEST / sign.len()).parse::<Glob>().is_ok());
        }
    }

    #[test]
    fn what_holds_no_sign_means_one_name() {
        let literal = |text: &str| {
            let glob: Glob = text.parse().unwrap();
            glob.literal().map(ToOwned::to_owned)
        };
        assert_eq!(literal("arn:aws:x/y").as_deref(), Some("arn:aws:x/y"));
        for text in ["a*", "a?", "[a]", "{a,b}", r"a\*"] {
            assert_eq!(literal(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader_and_a_name_means_itself(text in "\\PC{0,20}|[a{},*?\\[\\]!\\\\/:.-]{0,20}") {
            if let Ok(glob) = text.parse::<Glob>() {
                prop_assert!(glob.is_match(&text));
            }
        }
    }
}
