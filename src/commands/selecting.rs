//! What was asked for: ids, or criteria over a scope; checked before anything is read.

use std::path::PathBuf;

use crate::{
    fatal::Fatal,
    provider::Request,
    select::criteria::{Criteria, Meaningless},
};

/// What was asked for.
#[derive(Debug, Default)]
pub struct Selecting {
    /// Ids that were named.
    pub ids: Vec<String>,
    /// Files that hold more of them.
    pub from: Vec<PathBuf>,
    /// Filters and keep rules.
    pub criteria: Criteria,
    /// `--skip-unreadable`.
    pub skip_unreadable: bool,
}

impl Selecting {
    /// Whether ids were named, wherever they stand.
    pub(super) fn has_ids(&self) -> bool {
        !self.ids.is_empty() || !self.from.is_empty()
    }

    /// Refuses what cannot be meant.
    pub(super) fn check(&self, provider: &Request) -> Result<(), Fatal> {
        self.criteria
            .check(provider.provider(), self.has_ids())
            .map_err(|error| meaningless(&error))
    }
}

pub(super) fn meaningless(error: &Meaningless) -> Fatal {
    Fatal::Usage {
        message: error.to_string(),
        hint: error.hint(),
    }
}
