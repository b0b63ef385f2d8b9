//! What the keep rules keep: restic's rules, by name and meaning, as a pure function of (backups, rules, now) (R13).
//!
//! Backups are grouped first, and every rule counts by itself, from the newest of its group; what any rule keeps is kept,
//! with all its reasons. Which backups are candidates, what protects one (S8) and that a group is never emptied (S9) is
//! decided elsewhere: here a rule can only keep.

mod bucket;
mod decide;
mod group;
mod kept;
mod length;
mod pace;
mod period;
mod quota;
mod rules;
mod tally;
#[cfg(test)]
mod tests;
mod warnings;

pub use decide::{Decision, decide};
pub use group::{GroupBy, Member};
pub use kept::{Kept, NotCounted};
pub use length::Length;
pub use period::{PerPeriod, Period};
pub use quota::Quota;
pub use rules::{Rule, Rules};
pub use warnings::{Warning, warnings};
