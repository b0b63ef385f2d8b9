//! Deletes cloud backups on purpose, and reads back that they are gone.
//!
//! Data flows one way: arguments → selection → inventory → plan → consent → execution → report. The library is the
//! program's own, for its binary, its benchmarks and its tests; what is stable is the command line.

pub mod backup;
pub mod cli;
pub mod commands;
pub mod environment;
pub mod fatal;
pub mod file;
pub mod glob;
pub mod plan;
pub mod program;
pub mod provider;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod select;
pub mod shared;
pub mod size;
pub mod text;
pub mod time;
pub mod transport;
