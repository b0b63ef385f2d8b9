//! What is compared as a whole: a provider's word (a type, a status), and a tag.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Serialize, Serializer};

/// A provider's own word, compared without regard to case: people write `ebs`, AWS writes `EBS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word(Arc<str>);

impl Word {
    /// Whether it is that word.
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        self.0.eq_ignore_ascii_case(word)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Word {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("it is empty: write the provider's word, as `list` shows it".to_owned());
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Word {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A tag with its value, compared exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    key: Arc<str>,
    value: Arc<str>,
}

impl Tag {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl FromStr for Tag {
    type Err = String;

    /// A blank value is refused too: in `--tag env=$ENV` the variable may be empty (S4).
    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("it is empty: write KEY=VALUE".to_owned());
        }
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| format!("{text:?} has no value: write KEY=VALUE"))?;
        if key.trim().is_empty() {
            return Err(format!("{text:?} has no key: write KEY=VALUE"));
        }
        if value.trim().is_empty() {
            return Err(format!("{text:?} has an empty value: write KEY=VALUE"));
        }
        Ok(Self {
            key: key.into(),
            value: value.into(),
        })
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.key, self.value)
    }
}

impl Serialize for Tag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s4_a_blank_word_is_refused() {
        for text in ["", " ", "\t\n", "\u{a0}"] {
            assert!(text.parse::<Word>().unwrap_err().contains("empty"));
        }
        let word: Word = " Storage Gateway ".parse().unwrap();
        assert_eq!(word.as_str(), "Storage Gateway");
        assert!(word.is("STORAGE GATEWAY") && !word.is("Storage") && !word.is(""));
    }

    #[test]
    fn s4_a_tag_needs_a_key_and_a_value() {
        for text in ["", " ", "env", "env=", "env= ", "=dev", " =dev", "="] {
            let error = text.parse::<Tag>().unwrap_err();
            assert!(error.contains("KEY=VALUE"), "{text}: {error}");
        }
        for (text, key, value) in [
            ("env=dev", "env", "dev"),
            ("a=b=c", "a", "b=c"),
            (
                "aws:cloudformation:stack=x",
                "aws:cloudformation:stack",
                "x",
            ),
            ("Owner=Ann Lee", "Owner", "Ann Lee"),
        ] {
            let tag: Tag = text.parse().unwrap();
            assert_eq!((tag.key(), tag.value()), (key, value));
            assert_eq!(tag.to_string(), text);
        }
    }
}
