//! `bkdel man`: the manual, made of what the help is made of.

mod page;

use std::path::PathBuf;

use clap::ValueHint;

use super::tree;
use crate::{
    commands::{
        Command,
        man::{Page, Request},
    },
    fatal::Fatal,
};

/// Pages of the manual
///
/// The main page goes to standard output; with --out, those of all commands go to a folder.
#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// Write the pages of all commands to this folder
    #[arg(long, value_name = "DIR", value_parser = super::file, value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn request(self) -> Result<Command, Fatal> {
        let mut tree = tree::command();
        tree.build();
        let Some(folder) = self.out else {
            return Ok(Command::Text(page::text(&tree, &[])?));
        };
        let mut pages = Vec::new();
        all(&tree, &[], &mut pages)?;
        Ok(Command::Man(Request { folder, pages }))
    }
}

fn all(command: &clap::Command, path: &[&str], pages: &mut Vec<Page>) -> Result<(), Fatal> {
    // Below `aws`, `help` is only another way to its help.
    if matches!(path, [_, .., "help"]) {
        return Ok(());
    }
    pages.push(Page {
        file: format!("{}.1", page::name(path)),
        text: page::text(command, path)?,
    });
    for command in command.get_subcommands() {
        let path = [path, &[command.get_name()]].concat();
        all(command, &path, pages)?;
    }
    Ok(())
}
