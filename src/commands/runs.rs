//! `runs`: what was recorded, newest first; and `runs prune`, which removes old records.

use jiff::tz::TimeZone;

use super::{Context, written};
use crate::{
    fatal::Fatal,
    report,
    run::journal::{
        glance::Glance,
        place::Place,
        prune::{Pruned, prune},
    },
    text::harmless,
    time::Age,
};

/// What to do with the records.
#[derive(Debug)]
pub enum Request {
    /// List them.
    List,
    /// Remove old ones.
    Prune(Prune),
}

/// Which records to remove.
#[derive(Debug)]
pub struct Prune {
    /// `--older-than`.
    pub older_than: Age,
    /// `--unfinished`: those of runs that never came to an end, too.
    pub unfinished: bool,
    /// `--dry-run`.
    pub dry_run: bool,
}

/// Lists or removes.
pub(super) fn run(request: &Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let place = Place::of(context.environment)?;
    let mut glances = Vec::new();
    let mut odd = Vec::new();
    for path in place.journals()? {
        match Glance::at(&path) {
            Ok(glance) => glances.push(glance),
            Err(unfit) => odd.push(format!("{}: {unfit}", path.display())),
        }
    }
    for odd in &odd {
        context.say(&format!("note: {}", harmless(odd)));
    }
    let format = context.talk.format;
    let told = match request {
        Request::List => report::runs(format, &glances, &context.look, context.out),
        Request::Prune(wanted) => {
            let pruned = remove(wanted, &glances, context)?;
            report::pruned(format, &pruned, context.out)
        }
    };
    written(told)?;
    Ok(0)
}

fn remove(request: &Prune, glances: &[Glance], context: &Context<'_>) -> Result<Pruned, Fatal> {
    let before = request
        .older_than
        .before(context.now, &TimeZone::UTC)
        .ok_or_else(|| Fatal::usage("--older-than reaches back before there were dates"))?;
    Ok(prune(glances, before, request.unfinished, request.dry_run)?)
}
