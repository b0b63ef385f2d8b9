//! Removing old journals.

use std::fs;

use jiff::Timestamp;

use super::{
    glance::{Glance, State},
    place,
    writer::{Unopened, open_locked},
};

/// What was removed, and what was left although it is old enough.
#[derive(Debug, Default)]
pub struct Pruned {
    /// Runs whose records are gone, or would be.
    pub removed: Vec<String>,
    /// Runs whose records stay, and why.
    pub kept: Vec<(String, String)>,
    /// Nothing was removed.
    pub dry_run: bool,
}

/// Removes the journals of runs that began before `before`. `unfinished`: of those that never came to their end, too: their
/// journals alone tell what was sent.
///
/// # Errors
/// The first file that cannot be removed.
pub fn prune(
    glances: &[Glance],
    before: Timestamp,
    unfinished: bool,
    dry_run: bool,
) -> Result<Pruned, Unopened> {
    let mut pruned = Pruned {
        dry_run,
        ..Pruned::default()
    };
    for glance in glances.iter().filter(|glance| glance.started_at < before) {
        let name = place::run_id(&glance.path).unwrap_or_default().to_owned();
        let kept = match glance.state {
            State::GoingOn => Some("it goes on".to_owned()),
            State::Interrupted | State::EndedEarly if !unfinished => {
                Some("it never came to its end: resume it, or give --unfinished".to_owned())
            }
            State::Finished | State::Interrupted | State::EndedEarly if dry_run => None,
            State::Finished | State::Interrupted | State::EndedEarly => remove(glance)?,
        };
        match kept {
            Some(why) => pruned.kept.push((name, why)),
            None => pruned.removed.push(name),
        }
    }
    Ok(pruned)
}

/// Under its lock: nobody may begin to go on with it meanwhile. Why it was not removed, if somebody has.
fn remove(glance: &Glance) -> Result<Option<String>, Unopened> {
    match open_locked(&glance.path) {
        Ok(_locked) => {
            fs::remove_file(&glance.path).map_err(|error| Unopened::Io {
                path: glance.path.display().to_string(),
                error,
            })?;
            Ok(None)
        }
        Err(error @ Unopened::Locked(_)) => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}
