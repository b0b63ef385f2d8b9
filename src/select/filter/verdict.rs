//! What a filter says about one backup, in words (R11): why it was chosen, or the first reason why it was not.

use std::{fmt, sync::Arc};

use serde::{Serialize, Serializer};

use super::word::{Tag, Word};
use crate::{
    glob::Glob,
    size::Size,
    time::{Age, Moment},
};

/// One filter that a backup fulfils; of several values, the one that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// `--older-than`.
    OlderThan(Age),
    /// `--newer-than`.
    NewerThan(Age),
    /// `--created-before`.
    CreatedBefore(Moment),
    /// `--created-after`.
    CreatedAfter(Moment),
    /// `--type`.
    Type(Word),
    /// `--resource`.
    Resource(Glob),
    /// `--name`.
    Name(Glob),
    /// `--status`.
    Status(Word),
    /// `--larger-than`.
    LargerThan(Size),
    /// `--expired`.
    Expired,
    /// `--tag`.
    Tag(Tag),
    /// `--resource-gone`.
    ResourceGone,
}

impl fmt::Display for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OlderThan(age) => write!(formatter, "older than {age}"),
            Self::NewerThan(age) => write!(formatter, "newer than {age}"),
            Self::CreatedBefore(moment) => write!(formatter, "created before {moment}"),
            Self::CreatedAfter(moment) => write!(formatter, "created after {moment}"),
            Self::Type(word) => write!(formatter, "type {word}"),
            Self::Resource(glob) => write!(formatter, "resource {glob}"),
            Self::Name(glob) => write!(formatter, "name {glob}"),
            Self::Status(word) => write!(formatter, "status {word}"),
            Self::LargerThan(size) => write!(formatter, "larger than {size}"),
            Self::Expired => formatter.write_str("expired"),
            Self::Tag(tag) => write!(formatter, "tag {tag}"),
            Self::ResourceGone => formatter.write_str("resource gone"),
        }
    }
}

/// The filters that chose a backup: every one that was given. Shown as `older than 90d, type EBS`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen(pub(super) Vec<Choice>);

impl Chosen {
    /// One by one.
    pub fn iter(&self) -> impl Iterator<Item = &Choice> {
        self.0.iter()
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(formatter, &self.0, ", ")
    }
}

impl Serialize for Chosen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The first filter that a backup does not fulfil. What is not known is a reason of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// It has no creation time.
    Undated,
    /// `--older-than`.
    NotOlder(Age),
    /// `--newer-than`.
    NotNewer(Age),
    /// `--created-before`.
    NotBefore(Moment),
    /// `--created-after`.
    NotAfter(Moment),
    /// `--type`.
    OtherType(Arc<[Word]>),
    /// Its type is not known.
    NoType,
    /// `--resource`.
    OtherResource(Arc<[Glob]>),
    /// What it is a backup of is not known.
    NoResource,
    /// `--name`.
    OtherName(Arc<[Glob]>),
    /// It has no name.
    NoName,
    /// `--status`.
    OtherStatus(Arc<[Word]>),
    /// It has no status.
    NoStatus,
    /// `--larger-than`.
    NotLarger(Size),
    /// Its size is not known.
    NoSize,
    /// `--expired`.
    NotExpired,
    /// `--expired`, and when it will expire is not known, or never.
    NoExpiry,
    /// `--tag`.
    OtherTag(Arc<[Tag]>),
    /// Its tags were not or could not be read.
    NoTags,
    /// `--resource-gone`.
    ResourceThere,
    /// Whether what it is a backup of is still there is not known.
    ResourceUnknown,
}

impl fmt::Display for Miss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undated => formatter.write_str("creation time unknown"),
            Self::NotOlder(age) => write!(formatter, "not older than {age}"),
            Self::NotNewer(age) => write!(formatter, "not newer than {age}"),
            Self::NotBefore(moment) => write!(formatter, "not created before {moment}"),
            Self::NotAfter(moment) => write!(formatter, "not created after {moment}"),
            Self::OtherType(words) => any(formatter, "not of type ", words),
            Self::NoType => formatter.write_str("type unknown"),
            Self::OtherResource(globs) => any(formatter, "resource does not match ", globs),
            Self::NoResource => formatter.write_str("resource unknown"),
            Self::OtherName(globs) => any(formatter, "name does not match ", globs),
            Self::NoName => formatter.write_str("no name"),
            Self::OtherStatus(words) => any(formatter, "status is not ", words),
            Self::NoStatus => formatter.write_str("status unknown"),
            Self::NotLarger(size) => write!(formatter, "not larger than {size}"),
            Self::NoSize => formatter.write_str("size unknown"),
            Self::NotExpired => formatter.write_str("not expired"),
            Self::NoExpiry => formatter.write_str("not expired, as far as is known"),
            Self::OtherTag(tags) => any(formatter, "no tag ", tags),
            Self::NoTags => formatter.write_str("tags unknown"),
            Self::ResourceThere => formatter.write_str("its resource is still there"),
            Self::ResourceUnknown => {
                formatter.write_str("unknown whether its resource is still there")
            }
        }
    }
}

impl Serialize for Miss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn any<T: fmt::Display>(
    formatter: &mut fmt::Formatter<'_>,
    before: &str,
    values: &[T],
) -> fmt::Result {
    formatter.write_str(before)?;
    list(formatter, values, " or ")
}

fn list<T: fmt::Display>(
    formatter: &mut fmt::Formatter<'_>,
    values: &[T],
    between: &str,
) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            formatter.write_str(between)?;
        }
        value.fmt(formatter)?;
    }
    Ok(())
}
