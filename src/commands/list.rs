//! `list`: what there is.

use super::{
    Context,
    look::{Asked, Selected, Together, side_by_side, told},
    selecting::Selecting,
    stopped, written,
};
use crate::{backup::Backup, fatal::Fatal, provider, report, select::guards::Wish, text::harmless};

/// What to list.
#[derive(Debug)]
pub struct Request {
    /// Where.
    pub provider: provider::Request,
    /// These alone, if any are named or chosen.
    pub select: Selecting,
}

/// Lists everything in the scope, or what is named or chosen. With keep rules: what they leave to go.
pub(super) async fn run(request: Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let asked = Asked::read(&request.provider, &request.select, context).await?;
    let progress = context.progress();
    progress.reading(request.provider.provider().title());
    let reading = async {
        let members = request
            .provider
            .connect(
                &context.transport,
                context.environment,
                &asked.inputs.targets,
            )
            .await?;
        let together = &Together::of(members.len(), &progress);
        let jobs = members
            .iter()
            .enumerate()
            .map(|(place, provider)| {
                let seen = move |seen| together.seen(place, seen);
                let (asked, now) = (&asked, context.now);
                async move { asked.list(provider.as_ref(), now, &seen).await }
            })
            .collect();
        side_by_side(jobs).await
    };
    let outcome = context.stop.or(reading).await;
    progress.clear();
    let all = outcome.map_err(stopped)??;
    let mut listed: Vec<Backup> = Vec::new();
    for selected in all {
        let more = tell(selected, context);
        if listed.is_empty() {
            listed = more;
        } else {
            listed.extend(more);
        }
    }
    written(report::backups(
        context.talk.format,
        &listed,
        &context.look,
        context.out,
    ))?;
    Ok(0)
}

/// Says what one account's reading brought besides backups, and gives those that were chosen.
fn tell(selected: Selected, context: &mut Context<'_>) -> Vec<Backup> {
    let Selected {
        backups,
        chosen,
        absent,
        notes,
        unread,
        ..
    } = selected;
    for note in notes {
        context.say(&format!("note: {}", harmless(&note)));
    }
    for warning in told(&chosen.warnings) {
        context.say(&format!("warning: {}", harmless(&warning)));
    }
    for scope in unread {
        context.say(&format!("not read: {}", harmless(&scope)));
    }
    for id in absent {
        context.say(&format!("not there: {}", harmless(&id.to_string())));
    }
    let mut wishes = chosen.wishes.iter();
    backups
        .into_iter()
        .filter(|_| !matches!(wishes.next(), Some(Wish::Left(_))))
        .collect()
}
