//! `report`: a saved plan for those who review it.

use std::path::PathBuf;

use super::{Context, apply, written};
use crate::{fatal::Fatal, file, plan::saved::Saved, report::markdown};

/// What a report is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For a pull request.
    Markdown,
    /// For machines.
    Json,
}

/// What to report on.
#[derive(Debug)]
pub struct Request {
    /// The saved plan.
    pub file: PathBuf,
    /// What in.
    pub form: Form,
    /// Where to; `None` is standard output.
    pub out: Option<PathBuf>,
}

/// Writes the report. A plan that was changed is none to report on.
pub(super) fn run(request: &Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let saved = apply::read(&request.file)?;
    let text = render(&saved, request.form).map_err(anyhow::Error::from)?;
    match &request.out {
        Some(path) => file::write_whole(path, &text).map_err(|error| {
            Fatal::Unexpected(
                anyhow::Error::new(error).context(format!("failed to write {}", path.display())),
            )
        })?,
        None => written(
            context
                .out
                .write_all(&text)
                .and_then(|()| context.out.flush()),
        )?,
    }
    Ok(0)
}

fn render(saved: &Saved, form: Form) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    match form {
        Form::Markdown => markdown::plan(&saved.shown(), &saved.sha256, &mut text)?,
        Form::Json => {
            serde_json::to_writer_pretty(&mut text, &saved.document)?;
            text.push(b'\n');
        }
    }
    Ok(text)
}
