//! `list`: what there is.

use std::path::PathBuf;

use super::{Context, inputs, only, stopped, written};
use crate::{
    fatal::Fatal,
    provider::{self, Wants},
    report,
    select::standing,
    text::harmless,
};

/// What to list.
#[derive(Debug)]
pub struct Request {
    /// Where.
    pub provider: provider::Request,
    /// These alone, if any are named.
    pub ids: Vec<String>,
    /// And those in these files.
    pub from: Vec<PathBuf>,
}

/// Lists everything in the scope, or what is named.
pub(super) async fn run(request: Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let inputs = inputs::read(
        &request.provider,
        &request.ids,
        &request.from,
        &context.stop,
    )
    .await?;
    let named = !inputs.targets.is_empty();
    let progress = context.progress();
    progress.reading(request.provider.provider().title());

    let reading = async {
        let provider = only(
            request
                .provider
                .connect(&context.transport, context.environment, &inputs.targets)
                .await?,
        )?;
        let seen = |seen| progress.seen(seen);
        if named {
            let found = provider.find(&inputs.targets).await?;
            Ok::<_, Fatal>((found.backups, found.absent, found.notes))
        } else {
            let survey = provider.survey(&Wants::default(), &seen).await?;
            Ok((survey.backups, Vec::new(), survey.notes))
        }
    };
    let outcome = context.stop.or(reading).await;
    progress.clear();
    let (mut backups, absent, notes) = outcome.map_err(stopped)??;
    for backup in &mut backups {
        standing::complete(backup, context.now);
    }
    for note in notes {
        context.say(&format!("note: {}", harmless(&note)));
    }
    for id in absent {
        context.say(&format!("not there: {}", harmless(&id.to_string())));
    }
    written(report::backups(
        context.talk.format,
        &backups,
        &context.look,
        context.out,
    ))?;
    Ok(0)
}
