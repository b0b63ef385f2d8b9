//! Naming what is meant.

use std::path::PathBuf;

/// Ids, as arguments and from files.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Selecting")]
pub(super) struct Select {
    /// Full ids as `list -o ids` prints them; where flags give the scope, the last part alone will do
    #[arg(value_name = "ID")]
    pub(super) ids: Vec<String>,
    /// Read ids from a file, `-` for standard input: one a line, or what `list -o ndjson` prints
    #[arg(long, value_name = "FILE", value_parser = super::file)]
    pub(super) from: Vec<PathBuf>,
}
