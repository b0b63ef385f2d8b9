//! A policy's targets, as plain requests: where to look, and what to choose there.
//!
//! Reading the file is the command line's, which knows the keys; what follows from a target is the plan's.

use super::selecting::Selecting;
use crate::{fatal::Fatal, provider::Request};

/// One target of a policy.
#[derive(Debug)]
pub struct Target {
    /// What it is called, in messages and reports; no other target of the file is called so.
    pub name: String,
    /// `must-match`: that nothing is chosen is an error.
    pub must_match: bool,
    /// Where to look.
    pub provider: Request,
    /// What to choose there; never ids.
    pub select: Selecting,
    /// `include-continuous` (S11).
    pub include_continuous: bool,
}

impl Target {
    /// Refuses what cannot be meant: what `delete` refuses, and a target without a scope or without criteria (S4).
    ///
    /// # Errors
    /// [`Fatal::Usage`] in the words of the flags, without the target's name.
    pub fn check(&self) -> Result<(), Fatal> {
        self.select.check(&self.provider)?;
        if self.select.criteria.is_empty() {
            return Err(Fatal::usage_with(
                "it says where, but not what",
                "add a filter such as --older-than, a keep rule such as --keep-last, or --all",
            ));
        }
        if !self.provider.has_scope() {
            return Err(Fatal::usage_with(
                "it says what, but not where",
                format!("add {}", self.provider.scope_flags()),
            ));
        }
        Ok(())
    }
}
