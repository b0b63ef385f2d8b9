//! The journal: what a run was to do, what it sent, what it was told and what it read back (S20, S26).
//!
//! One file a run, NDJSON, readable by its owner alone. It begins whole, with the plan, and then only grows: each request
//! before it is sent, its answer, the readings, the outcomes, the end. Every line carries the digest of the one before and
//! its own. [`writer`] writes it, [`history`] reads it, [`place`] knows where it lies.

pub mod chain;
pub mod entry;
pub mod glance;
pub mod history;
pub mod known;
mod ledger;
pub mod lines;
pub mod place;
pub mod prune;
#[cfg(test)]
mod tests;
pub mod writer;

pub use entry::{Entry, Event};
pub use history::History;
pub use ledger::Ledger;
pub use lines::Unfit;
pub use writer::Journal;

/// The journal's schema: the first line names it.
pub const SCHEMA: &str = "bkdel.journal/v1";
