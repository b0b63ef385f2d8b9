//! `man --out`: the pages of the manual, as files.

use std::{fs, path::PathBuf};

use anyhow::Context as _;

use super::Context;
use crate::{fatal::Fatal, file};

/// Which pages go where.
#[derive(Debug)]
pub struct Request {
    /// `--out`: the folder, which is made if need be.
    pub folder: PathBuf,
    /// The pages.
    pub pages: Vec<Page>,
}

/// A page of the manual.
#[derive(Debug)]
pub struct Page {
    /// What its file is called.
    pub file: String,
    /// Its text, as roff.
    pub text: String,
}

/// Writes the pages.
pub(super) fn run(request: &Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let folder = &request.folder;
    fs::create_dir_all(folder)
        .with_context(|| format!("failed to make the folder {}", folder.display()))?;
    for page in &request.pages {
        file::write_for_all(&folder.join(&page.file), page.text.as_bytes())
            .with_context(|| format!("failed to write {} in {}", page.file, folder.display()))?;
    }
    context.say(&format!(
        "{} pages written to {}",
        request.pages.len(),
        folder.display()
    ));
    Ok(0)
}
