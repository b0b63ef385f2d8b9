//! What protects a backup by its own facts: its state, its dates, its tags (S7, S8).
//!
//! Providers add what only they know (locks, holds, termination protection); this is the same for all.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::backup::{Backup, Protection, State};

/// The tag that keeps a backup, and the one that keeps it for a time.
const KEEP: &str = "bkdel:keep";
const KEEP_UNTIL: &str = "bkdel:keep-until";

/// Adds to a backup's protections those that follow from its own facts.
pub fn complete(backup: &mut Backup, now: Timestamp) {
    let mut found = Vec::new();
    match backup.state {
        State::InProgress => found.push(Protection::InProgress),
        State::Unknown => {
            found.push(Protection::UnknownState(
                backup.status.as_deref().map(ToOwned::to_owned),
            ));
        }
        State::Healthy | State::Damaged | State::Deleting => {}
    }
    match backup.created_at {
        Some(at) if at > now => found.push(Protection::Undated(Some(at))),
        None if !backup.timeless => found.push(Protection::Undated(None)),
        Some(_) | None => {}
    }
    found.extend(keep_tag(backup, now));
    for protection in found {
        if !backup.protection.contains(&protection) {
            backup.protection.push(protection);
        }
    }
}

/// A tag that keeps the backup. One that cannot be understood protects (S8); only a plain `false` does not.
fn keep_tag(backup: &Backup, now: Timestamp) -> Option<Protection> {
    let tags = backup.tags.as_ref()?;
    if let Some(value) = tags.get(KEEP)
        && !value.trim().eq_ignore_ascii_case("false")
    {
        return Some(Protection::KeepTag(Cow::Owned(format!("{KEEP}={value}"))));
    }
    let value = tags.get(KEEP_UNTIL)?;
    let passed = instant(value.trim()).is_some_and(|until| until <= now);
    (!passed).then(|| Protection::KeepTag(Cow::Owned(format!("{KEEP_UNTIL}={value}"))))
}

/// RFC 3339, or a date: then its end in UTC, so that the day itself is covered.
fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    let end = date.tomorrow().ok()?;
    end.to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}
