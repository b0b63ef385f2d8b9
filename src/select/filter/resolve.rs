//! Filters and a clock: thresholds, computed once, so that every backup is held against the same instant (R13).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use thiserror::Error;

use super::{Filters, Kind, judge::Resolved, word::Tag};
use crate::glob::Glob;

/// Filters that cannot be meant. A usage error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unresolvable {
    /// A time outside of the calendar.
    #[error("{0} lies beyond all dates")]
    BeyondDates(String),
    /// A time that is to be before another one that is not after it (S4).
    #[error("{0} and {1} leave no time between them")]
    NoTimeBetween(String, String),
}

/// What a provider may leave out when it reads, because no filter could choose it: hints, never more than that.
///
/// What is read with them is not everything: keep rules and the last-copy rule look at all backups of a group (R10, S9), so
/// they must not see a narrowed list. Every backup that was read is still to be judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Narrow<'a> {
    /// Nothing that was created later can be chosen. A second later than asked for: whether a provider's own edge is
    /// inclusive is mostly undocumented.
    pub created_before: Option<Timestamp>,
    /// Nothing that was created earlier can be chosen. A second earlier than asked for.
    pub created_after: Option<Timestamp>,
    /// The one type, as it was written. In any case: a provider that compares exactly must put it into its own spelling.
    pub kind: Option<&'a str>,
    /// The one resource.
    pub resource: Option<&'a str>,
}

/// How much wider than asked for a provider is to look.
const MARGIN: SignedDuration = SignedDuration::from_secs(1);

/// A threshold, and the flag it came from.
type Bound = (Timestamp, String);

impl Filters {
    /// Computes the thresholds: `now` is that of the whole command, and `zone` that in which days are cut (R6).
    ///
    /// # Errors
    /// [`Unresolvable`] for a time beyond the calendar, and for times that exclude each other.
    pub fn resolve(&self, now: Timestamp, zone: &TimeZone) -> Result<Resolved, Unresolvable> {
        let older_than = bound(Kind::OlderThan, self.older_than.as_ref(), |age| {
            age.before(now, zone)
        })?;
        let newer_than = bound(Kind::NewerThan, self.newer_than.as_ref(), |age| {
            age.before(now, zone)
        })?;
        let created_before = bound(Kind::CreatedBefore, self.created_before.as_ref(), |time| {
            time.at(zone)
        })?;
        let created_after = bound(Kind::CreatedAfter, self.created_after.as_ref(), |time| {
            time.at(zone)
        })?;
        let latest = [&newer_than, &created_after].into_iter().flatten().max();
        let earliest = [&older_than, &created_before].into_iter().flatten().min();
        if let (Some((from, after)), Some((until, before))) = (latest, earliest)
            && from >= until
        {
            return Err(Unresolvable::NoTimeBetween(after.clone(), before.clone()));
        }
        Ok(Resolved {
            now,
            earliest: latest.map(|(at, _)| *at),
            latest: earliest.map(|(at, _)| *at),
            older_than: self.older_than.clone().zip(instant(older_than)),
            newer_than: self.newer_than.clone().zip(instant(newer_than)),
            created_before: self.created_before.clone().zip(instant(created_before)),
            created_after: self.created_after.clone().zip(instant(created_after)),
            types: self.types.clone().into(),
            resources: self.resources.clone().into(),
            names: self.names.clone().into(),
            statuses: self.statuses.clone().into(),
            larger_than: self.larger_than.clone(),
            expired: self.expired,
            tags: by_key(&self.tags),
            resource_gone: self.resource_gone,
        })
    }
}

impl Resolved {
    /// What a provider may leave out when it reads.
    #[must_use]
    pub fn narrow(&self) -> Narrow<'_> {
        Narrow {
            created_before: self.latest.and_then(|at| at.checked_add(MARGIN).ok()),
            created_after: self.earliest.and_then(|at| at.checked_sub(MARGIN).ok()),
            kind: match &*self.types {
                [word] => Some(word.as_str()),
                _ => None,
            },
            resource: match &*self.resources {
                [glob] => Glob::literal(glob),
                _ => None,
            },
        }
    }
}

fn bound<T: std::fmt::Display>(
    kind: Kind,
    value: Option<&T>,
    at: impl Fn(&T) -> Option<Timestamp>,
) -> Result<Option<Bound>, Unresolvable> {
    let Some(value) = value else {
        return Ok(None);
    };
    let flag = format!("{} {value}", kind.flag());
    match at(value) {
        Some(at) => Ok(Some((at, flag))),
        None => Err(Unresolvable::BeyondDates(flag)),
    }
}

fn instant(bound: Option<Bound>) -> Option<Timestamp> {
    bound.map(|(at, _)| at)
}

/// The alternatives of each key, in the order in which the keys were given.
fn by_key(tags: &[Tag]) -> Vec<Arc<[Tag]>> {
    let mut groups: Vec<Vec<Tag>> = Vec::new();
    for tag in tags {
        let group = groups
            .iter_mut()
            .find(|group| group.iter().any(|known| known.key() == tag.key()));
        match group {
            Some(group) => group.push(tag.clone()),
            None => groups.push(vec![tag.clone()]),
        }
    }
    groups.into_iter().map(Into::into).collect()
}
