//! `config show`: what holds, and who says so.

use super::{Context, written};
use crate::{
    fatal::Fatal,
    report::{self, Settings},
};

/// Shows them.
pub(super) fn run(settings: &Settings, context: &mut Context<'_>) -> Result<u8, Fatal> {
    written(report::settings(
        context.talk.format,
        settings,
        &context.look,
        context.out,
    ))?;
    Ok(0)
}
