//! Why a backup goes or stays: one value for tables, JSON and messages.

use std::fmt;

use arcstr::ArcStr;
use serde::{Serialize, Serializer};

use crate::backup::{BackupId, Protection, SideEffect};

/// One reason for a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Its id was given.
    Named,
    /// Filters chose it: which, in words. Shared, because one selection says the same of many.
    Chosen(ArcStr),
    /// Everything in the scope was asked for.
    Everything,
    /// Filters did not choose it: why, in words.
    NotChosen(ArcStr),
    /// A keep rule keeps it: which, in words.
    KeptByRule(ArcStr),
    /// It goes with the whole that it is a part of.
    PartOf(Box<BackupId>),
    /// The provider is deleting it already: nothing is sent, its end is waited for.
    DeletingAlready,
    /// It is protected.
    Protected(Box<Protection>),
    /// It is the last of its resource that can be restored from.
    LastHealthy,
    /// The same, and `--allow-last` was given.
    LastHealthyAllowed,
    /// Whether others of its resource can be restored from could not be read: why.
    OthersUnreadable(ArcStr),
    /// Deleting it does more than that.
    SideEffect(SideEffect),
    /// The same, and its word was given.
    SideEffectAllowed(SideEffect),
    /// It belongs together with something that is refused.
    FamilyRefused(Box<BackupId>),
    /// Another shard of the same plan deletes it: which, as `K/N`.
    AnotherShard(ArcStr),
    /// A container that goes once it is verified empty, after everything in it.
    OnceEmpty,
    /// A container in which so many backups stay.
    NotEmptied(usize),
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named => formatter.write_str("named"),
            Self::Chosen(words) | Self::NotChosen(words) | Self::KeptByRule(words) => {
                formatter.write_str(words)
            }
            Self::Everything => formatter.write_str("everything in the scope"),
            Self::PartOf(parent) => write!(formatter, "member of {}", parent.name()),
            Self::DeletingAlready => {
                formatter.write_str("being deleted already; nothing will be sent")
            }
            Self::Protected(protection) => protection.fmt(formatter),
            Self::LastHealthy => {
                formatter.write_str("last healthy backup of its resource (--allow-last)")
            }
            Self::LastHealthyAllowed => {
                formatter.write_str("last healthy backup of its resource, allowed")
            }
            Self::OthersUnreadable(why) => {
                write!(
                    formatter,
                    "counts as the last healthy backup: others could not be read: {why}"
                )
            }
            Self::SideEffect(SideEffect::StopsContinuousBackup) => formatter.write_str(
                "continuous: deleting it stops point-in-time recovery (--include-continuous)",
            ),
            Self::SideEffectAllowed(SideEffect::StopsContinuousBackup) => {
                formatter.write_str("continuous, stops point-in-time recovery, allowed")
            }
            Self::FamilyRefused(member) => write!(
                formatter,
                "belongs together with {}, which is refused",
                member.name()
            ),
            Self::AnotherShard(shard) => write!(formatter, "another shard ({shard})"),
            Self::OnceEmpty => formatter.write_str("the vault itself, once it is verified empty"),
            Self::NotEmptied(1) => {
                formatter.write_str("1 recovery point would stay in it, so it cannot go")
            }
            Self::NotEmptied(number) => {
                write!(
                    formatter,
                    "{number} recovery points would stay in it, so it cannot go"
                )
            }
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
