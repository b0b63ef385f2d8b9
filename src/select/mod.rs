//! What goes and what stays: pure functions of (backups, wishes, now). No clock, no network, no terminal (R13).

pub mod choose;
pub mod criteria;
pub mod filter;
pub mod guards;
pub mod retention;
pub mod shard;
pub mod standing;
