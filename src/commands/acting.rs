//! How a command acts: what every command that deletes is told besides what to delete.

use std::path::PathBuf;

use crate::{plan::consent::Consent, run::execute::Manner};

/// How to act.
#[derive(Debug)]
pub struct Acting {
    /// How to carry it out.
    pub manner: Manner,
    /// How consent may be had.
    pub consent: Consent,
    /// Show, and send nothing.
    pub dry_run: bool,
    /// With `dry_run`: the reasons of all.
    pub explain: bool,
    /// With `dry_run`: end with 10 where there is something to delete.
    pub detailed_exitcode: bool,
    /// With `dry_run`: where to save the plan.
    pub out: Option<PathBuf>,
    /// `--reason`.
    pub reason: Option<String>,
    /// `--journal`; `None` for the state folder.
    pub journal: Option<PathBuf>,
}
