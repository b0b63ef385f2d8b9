//! Holding one backup against the filters.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    verdict::{Choice, Chosen, Miss},
    word::{Tag, Word},
};
use crate::{
    backup::Backup,
    glob::Glob,
    size::Size,
    time::{Age, Moment},
};

/// The attribute in which a provider tells whether a backup's resource exists no more: `true`, `false`, or left out.
pub const RESOURCE_GONE: &str = "resource_gone";

/// The status in which AWS leaves what it failed to delete.
const EXPIRED: &str = "EXPIRED";

/// Filters with their thresholds. Made by [`super::Filters::resolve`].
#[derive(Debug, Clone)]
pub struct Resolved {
    pub(super) now: Timestamp,
    /// All lower and all upper thresholds in one.
    pub(super) earliest: Option<Timestamp>,
    pub(super) latest: Option<Timestamp>,
    pub(super) older_than: Option<(Age, Timestamp)>,
    pub(super) newer_than: Option<(Age, Timestamp)>,
    pub(super) created_before: Option<(Moment, Timestamp)>,
    pub(super) created_after: Option<(Moment, Timestamp)>,
    pub(super) types: Arc<[Word]>,
    pub(super) resources: Arc<[Glob]>,
    pub(super) names: Arc<[Glob]>,
    pub(super) statuses: Arc<[Word]>,
    pub(super) larger_than: Option<Size>,
    pub(super) expired: bool,
    /// The alternatives of each key.
    pub(super) tags: Vec<Arc<[Tag]>>,
    pub(super) resource_gone: bool,
}

impl Resolved {
    /// Whether the filters choose a backup, and why; or the first reason why not. Without a filter nothing is missed, and
    /// nothing is named as the reason.
    ///
    /// # Errors
    /// [`Miss`].
    pub fn judge(&self, backup: &Backup) -> Result<Chosen, Miss> {
        let mut chosen = Vec::new();
        self.judge_time(backup, &mut chosen)?;
        self.judge_words(backup, &mut chosen)?;
        self.judge_facts(backup, &mut chosen)?;
        self.judge_tags(backup, &mut chosen)?;
        Ok(Chosen(chosen))
    }

    /// The edge of an age belongs to the older side, that of a given time to the later one.
    fn judge_time(&self, backup: &Backup, chosen: &mut Vec<Choice>) -> Result<(), Miss> {
        let created = || backup.created_at.ok_or(Miss::Undated);
        if let Some((age, edge)) = &self.older_than {
            if created()? > *edge {
                return Err(Miss::NotOlder(age.clone()));
            }
            chosen.push(Choice::OlderThan(age.clone()));
        }
        if let Some((age, edge)) = &self.newer_than {
            if created()? <= *edge {
                return Err(Miss::NotNewer(age.clone()));
            }
            chosen.push(Choice::NewerThan(age.clone()));
        }
        if let Some((moment, edge)) = &self.created_before {
            if created()? >= *edge {
                return Err(Miss::NotBefore(moment.clone()));
            }
            chosen.push(Choice::CreatedBefore(moment.clone()));
        }
        if let Some((moment, edge)) = &self.created_after {
            if created()? < *edge {
                return Err(Miss::NotAfter(moment.clone()));
            }
            chosen.push(Choice::CreatedAfter(moment.clone()));
        }
        Ok(())
    }

    fn judge_words(&self, backup: &Backup, chosen: &mut Vec<Choice>) -> Result<(), Miss> {
        if !self.types.is_empty() {
            let kind = known(backup.kind.as_deref()).ok_or(Miss::NoType)?;
            let found = find(&self.types, |word| word.is(kind), Miss::OtherType)?;
            chosen.push(Choice::Type(found));
        }
        if !self.resources.is_empty() {
            let resource = known(backup.resource.as_deref()).ok_or(Miss::NoResource)?;
            let fits = |glob: &Glob| glob.is_match(resource);
            let found = find(&self.resources, fits, Miss::OtherResource)?;
            chosen.push(Choice::Resource(found));
        }
        if !self.names.is_empty() {
            let name = known(backup.name.as_deref()).ok_or(Miss::NoName)?;
            let found = find(&self.names, |glob| glob.is_match(name), Miss::OtherName)?;
            chosen.push(Choice::Name(found));
        }
        if !self.statuses.is_empty() {
            let status = known(backup.status.as_deref()).ok_or(Miss::NoStatus)?;
            let found = find(&self.statuses, |word| word.is(status), Miss::OtherStatus)?;
            chosen.push(Choice::Status(found));
        }
        Ok(())
    }

    fn judge_facts(&self, backup: &Backup, chosen: &mut Vec<Choice>) -> Result<(), Miss> {
        if let Some(size) = &self.larger_than {
            if backup.size_bytes.ok_or(Miss::NoSize)? <= size.bytes() {
                return Err(Miss::NotLarger(size.clone()));
            }
            chosen.push(Choice::LargerThan(size.clone()));
        }
        if self.expired {
            let left_over = backup
                .status
                .as_deref()
                .is_some_and(|status| status.eq_ignore_ascii_case(EXPIRED));
            if !left_over && backup.expires_at.ok_or(Miss::NoExpiry)? > self.now {
                return Err(Miss::NotExpired);
            }
            chosen.push(Choice::Expired);
        }
        Ok(())
    }

    fn judge_tags(&self, backup: &Backup, chosen: &mut Vec<Choice>) -> Result<(), Miss> {
        for alternatives in &self.tags {
            let tags = backup.tags.as_ref().ok_or(Miss::NoTags)?;
            let fits = |tag: &Tag| {
                tags.get(tag.key())
                    .is_some_and(|value| value == tag.value())
            };
            chosen.push(Choice::Tag(find(alternatives, fits, Miss::OtherTag)?));
        }
        if self.resource_gone {
            let gone = backup.attributes.find(RESOURCE_GONE);
            match gone.and_then(Value::as_bool) {
                Some(true) => chosen.push(Choice::ResourceGone),
                Some(false) => return Err(Miss::ResourceThere),
                None => return Err(Miss::ResourceUnknown),
            }
        }
        Ok(())
    }
}

/// What is blank is not known either: `*` is to match a name, not the lack of one.
fn known(fact: Option<&str>) -> Option<&str> {
    fact.filter(|fact| !fact.trim().is_empty())
}

/// The first of several values that fits.
fn find<T: Clone>(
    asked: &Arc<[T]>,
    fits: impl Fn(&T) -> bool,
    miss: impl Fn(Arc<[T]>) -> Miss,
) -> Result<T, Miss> {
    asked
        .iter()
        .find(|value| fits(value))
        .cloned()
        .ok_or_else(|| miss(Arc::clone(asked)))
}
