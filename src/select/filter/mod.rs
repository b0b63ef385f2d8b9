//! Filters: which backups are candidates for deletion (R10), and why each of them is or is not.
//!
//! Every kind of filter that is given must be fulfilled; of several values of one kind, one must be. What is not known
//! never fulfils a filter (S7). That nothing at all was given is for the caller to refuse ([`Filters::is_empty`]).

mod judge;
mod resolve;
mod support;
#[cfg(test)]
mod tests;
mod verdict;
mod word;

pub use judge::{RESOURCE_GONE, Resolved};
pub use resolve::{Narrow, Unresolvable};
pub use support::Unsupported;
pub use verdict::{Choice, Chosen, Miss};
pub use word::{Tag, Word};

use std::ops::Not;

use serde::Serialize;

use crate::{
    glob::Glob,
    size::Size,
    time::{Age, Moment},
};

/// The filters that were given, as they were written. The names in JSON are the flags', and a policy file's keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Filters {
    /// Created at that distance from now, or before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub older_than: Option<Age>,
    /// Created after that distance from now: exactly what `older_than` leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_than: Option<Age>,
    /// Created before that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_before: Option<Moment>,
    /// Created at that time or after: exactly what `created_before` leaves, so a day given as a date is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_after: Option<Moment>,
    /// The provider's word for the kind of backup, in any case.
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<Word>,
    /// What it is a backup of.
    #[serde(rename = "resource", skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Glob>,
    /// The name that people gave.
    #[serde(rename = "name", skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Glob>,
    /// The provider's status, in any case.
    #[serde(rename = "status", skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<Word>,
    /// More bytes than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub larger_than: Option<Size>,
    /// Past the time at which the provider was to delete it, or left over when it failed to.
    #[serde(skip_serializing_if = "Not::not")]
    pub expired: bool,
    /// Tags. Values of one key are alternatives; several keys must all fit, so that one more `--tag` never chooses more
    /// kinds of backups than were meant.
    #[serde(rename = "tag", skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// What it is a backup of exists no more.
    #[serde(skip_serializing_if = "Not::not")]
    pub resource_gone: bool,
}

/// One kind of filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    OlderThan,
    NewerThan,
    CreatedBefore,
    CreatedAfter,
    Type,
    Resource,
    Name,
    Status,
    LargerThan,
    Expired,
    Tag,
    ResourceGone,
}

impl Kind {
    fn flag(self) -> &'static str {
        match self {
            Self::OlderThan => "--older-than",
            Self::NewerThan => "--newer-than",
            Self::CreatedBefore => "--created-before",
            Self::CreatedAfter => "--created-after",
            Self::Type => "--type",
            Self::Resource => "--resource",
            Self::Name => "--name",
            Self::Status => "--status",
            Self::LargerThan => "--larger-than",
            Self::Expired => "--expired",
            Self::Tag => "--tag",
            Self::ResourceGone => "--resource-gone",
        }
    }
}

impl Filters {
    /// Whether none was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.given().next().is_none()
    }

    /// Whether the tags of every backup must be read, which costs AWS a call each.
    #[must_use]
    pub fn needs_tags(&self) -> bool {
        !self.tags.is_empty()
    }

    /// The kinds that were given. Takes itself apart, so that none that is added can be forgotten.
    fn given(&self) -> impl Iterator<Item = Kind> {
        let Self {
            older_than,
            newer_than,
            created_before,
            created_after,
            types,
            resources,
            names,
            statuses,
            larger_than,
            expired,
            tags,
            resource_gone,
        } = self;
        [
            (older_than.is_some(), Kind::OlderThan),
            (newer_than.is_some(), Kind::NewerThan),
            (created_before.is_some(), Kind::CreatedBefore),
            (created_after.is_some(), Kind::CreatedAfter),
            (!types.is_empty(), Kind::Type),
            (!resources.is_empty(), Kind::Resource),
            (!names.is_empty(), Kind::Name),
            (!statuses.is_empty(), Kind::Status),
            (larger_than.is_some(), Kind::LargerThan),
            (*expired, Kind::Expired),
            (!tags.is_empty(), Kind::Tag),
            (*resource_gone, Kind::ResourceGone),
        ]
        .into_iter()
        .filter_map(|(given, kind)| given.then_some(kind))
    }
}
