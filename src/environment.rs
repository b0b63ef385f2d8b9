//! The environment, read once and passed in, so that nothing below reaches for it.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// The environment variables, and the home folder.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
}

impl Environment {
    /// The process's own.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os().collect()
    }

    /// A variable's text, where it is set; it may be empty. One that is no Unicode counts as not set.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.to_str()
    }

    /// Whether a variable is there at all, whatever it holds.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// A variable's text, where it is set and not blank.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|text| !text.trim().is_empty())
    }

    /// A variable as a path, where it is set and not empty.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables
            .get(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    /// A path below the home folder.
    #[must_use]
    pub fn home(&self, below: impl AsRef<Path>) -> Option<PathBuf> {
        let home = self.path("HOME").or_else(|| self.path("USERPROFILE"))?;
        Some(home.join(below))
    }
}

impl FromIterator<(OsString, OsString)> for Environment {
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(variables: I) -> Self {
        let variables = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        Self { variables }
    }
}

#[cfg(test)]
impl Environment {
    /// An environment of these variables alone.
    pub(crate) fn of(variables: &[(&str, &str)]) -> Self {
        variables
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .collect()
    }
}
