//! The container that a backup sits in.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

/// Where a backup sits: AWS account, region and vault; Zilliz project and cluster; Aiven project and service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    name: String,
    parts: Vec<(Cow<'static, str>, Option<String>)>,
}

impl Scope {
    /// A scope with the name that a person must type before it is emptied (S13).
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            parts: Vec::new(),
        }
    }

    /// A scope with parts that were read somewhere.
    pub fn of(
        name: impl Into<String>,
        parts: impl IntoIterator<Item = (String, Option<String>)>,
    ) -> Self {
        Self {
            name: name.into(),
            parts: parts
                .into_iter()
                .map(|(key, value)| (Cow::Owned(key), value))
                .collect(),
        }
    }

    /// Adds a part, from the outermost to the innermost; `None` is a part that is not known.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: Option<impl Into<String>>) -> Self {
        self.parts.push((Cow::Borrowed(key), value.map(Into::into)));
        self
    }

    /// The name that stands for it in a prompt.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of one part, where it is known.
    #[must_use]
    pub fn part(&self, key: &str) -> Option<&str> {
        self.parts
            .iter()
            .find(|(name, _)| name == key)
            .and_then(|(_, value)| value.as_deref())
    }

    /// The parts, from the outermost to the innermost.
    pub fn parts(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.parts
            .iter()
            .map(|(key, value)| (key.as_ref(), value.as_deref()))
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.parts.iter().map(|(key, value)| (key, value)))
    }
}
