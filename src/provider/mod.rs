//! The two traits that every provider implements, and what they exchange.
//!
//! [`Inventory`] reads and cannot delete (S1). [`Delete`] takes only a [`Removal`], which can only be made from what
//! consent approved. Wire types and wire errors stay private to each provider's folder.

pub mod aiven;
pub mod aws;
pub mod credential;
pub mod examination;
mod near;
mod request;
mod rest;
mod setup;
pub mod zilliz;

pub use crate::{
    backup::{Census, ErrorKind, Identity, Keeper, Keepers, ProviderError, Sent},
    plan::Removal,
};
pub use examination::{Check, Examination, LeastPrivilege, Need, Standing, Verdict};
pub use near::near;
pub use request::Request;
pub use setup::SetupError;

use std::{collections::HashMap, sync::Arc};

use crate::{
    backup::{Backup, BackupId, Scope, Target},
    plan::Approved,
};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

/// What looking up named backups brought.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// What is there.
    pub backups: Vec<Backup>,
    /// What is not there.
    pub absent: Vec<BackupId>,
    /// What a person must know before saying yes, one sentence each.
    pub notes: Vec<String>,
    /// How many backups a scope holds, where that is known.
    pub totals: HashMap<Arc<Scope>, u64>,
}

/// What reading one backup back showed.
#[derive(Debug, Clone)]
pub enum Reading {
    /// Positively gone; the provider's names for the calls that showed it.
    Gone(&'static str),
    /// The provider is deleting it.
    Deleting,
    /// Still there, as if nothing had been asked; with the provider's status.
    Present(Option<String>),
    /// Still there in the state that it had before, which is one that a deletion can also end in: what it means if it
    /// stays so. The code is that state.
    Unchanged(Box<ProviderError>),
    /// Still there, and the provider says that it will stay: why.
    Kept(Box<ProviderError>),
    /// It could not be read.
    Unreadable(Box<ProviderError>),
}

impl Reading {
    /// Of a backup that nobody has read, although it was asked for.
    #[must_use]
    pub fn unread(backup: &Backup) -> Self {
        Self::unreadable(ProviderError::new(
            backup.id.provider(),
            "read back",
            ErrorKind::Incomplete,
            "not read",
        ))
    }

    /// It could not be read, and why.
    #[must_use]
    pub fn unreadable(why: ProviderError) -> Self {
        Self::Unreadable(Box::new(why))
    }
}

/// How much is read back at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// As much as takes no longer than a list or some hundred calls; something at least.
    Moment,
    /// What saves calls by being read now, while more that lies beside it is still to go; and a few that show whether
    /// deleting works.
    Sparing,
}

/// What a provider said to a mutating request that it did not refuse.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// The HTTP status, where one was answered.
    pub status: Option<u16>,
    /// Whether it said that there was nothing (any more) to delete.
    pub absent: bool,
    /// Whether a request left at all: a provider that looks first may find nothing to ask for.
    pub sent: bool,
}

/// What the reading of a scope may leave out, and what it may go on without.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wants {
    /// What is not looked for, where the provider can be told so. Only to save reading: whoever asks filters again.
    pub narrow: Narrow,
    /// Go on without a scope that cannot be read, and tell which (`--skip-unreadable`).
    pub skip_unreadable: bool,
}

/// Filters that a provider may apply by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrow {
    /// Nothing that was made after this.
    pub created_before: Option<Timestamp>,
    /// Nothing that was made before this.
    pub created_after: Option<Timestamp>,
    /// This kind alone, in the provider's own word.
    pub kind: Option<String>,
    /// This resource alone.
    pub resource: Option<String>,
}

/// A scope as it was read: whole, but for what is told as unread.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// What is there.
    pub backups: Vec<Backup>,
    /// What a person must know, one sentence each.
    pub notes: Vec<String>,
    /// How many backups a scope holds, where that is known.
    pub totals: HashMap<Arc<Scope>, u64>,
    /// Scopes that could not be read, and were left out because `--skip-unreadable` was given.
    pub unread: Vec<Unread>,
}

/// A scope that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Its name.
    pub scope: String,
    /// Why.
    pub why: String,
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Scopes that were read to their end.
    pub scopes_done: usize,
    /// Scopes to be read, as far as they are known by now.
    pub scopes: usize,
    /// Backups seen so far.
    pub backups: usize,
}

/// Tells a person how far reading has come.
pub type Progress<'a> = &'a (dyn Fn(Seen) + Send + Sync);

/// Reads. There is no way from here to a deletion.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// Who acts, where.
    async fn identity(&self) -> Result<Identity, ProviderError>;

    /// Everything in the scope: complete, or an error (S3).
    async fn survey(&self, wants: &Wants, progress: Progress<'_>) -> Result<Survey, ProviderError>;

    /// Reads the tags of these where they are read apart from the rest; what a person must know of those that could not be
    /// read.
    async fn read_tags(&self, _backups: Vec<&mut Backup>) -> Result<Vec<String>, ProviderError> {
        Ok(Vec::new())
    }

    /// The named ones, with all that protects them. A target that names a container is no target (S5); the form was
    /// checked before.
    async fn find(&self, targets: &[Target]) -> Result<Found, ProviderError>;

    /// The same for what was there before: a container that is gone by now has taken its backups along, where [`Self::find`]
    /// takes it for a slip in its name.
    async fn find_again(&self, targets: &[Target]) -> Result<Found, ProviderError> {
        self.find(targets).await
    }

    /// From when on it holds data; what began after a deletion is another backup that came to the same id.
    fn began(&self, backup: &Backup) -> Option<Timestamp> {
        backup.created_at
    }

    /// Whether the named one can be here at all: an AWS account holds nothing that names another account. Asks nobody.
    fn may_hold(&self, _target: &Target) -> bool {
        true
    }

    /// What a person must know before saying yes to these, one sentence each. [`Self::find`] tells it by itself.
    fn notes_on(&self, _chosen: &[&Backup], _now: Timestamp) -> Vec<String> {
        Vec::new()
    }

    /// What the scope's flags name by themselves: Aiven's `--region` and `--all-regions`.
    async fn named_by_scope(&self) -> Result<Vec<Target>, ProviderError> {
        Ok(Vec::new())
    }

    /// The containers that the scope names, as what can go itself once it is empty; whether it is, is not looked at. None
    /// where the provider module deletes no containers.
    async fn containers(&self) -> Result<Vec<Backup>, ProviderError> {
        Ok(Vec::new())
    }

    /// What can be restored from, for every group that `backups` belong to, themselves included.
    ///
    /// What cannot be looked up is [`Keepers::Unreadable`], not an error: the last-copy rule knows what to make of it.
    async fn census(&self, backups: &[&Backup]) -> Result<Census, ProviderError>;

    /// Reads many back at once, in the order given. Repeats nothing: the executor decides about that.
    async fn read_back(&self, backups: &[&Backup]) -> Vec<Reading>;

    /// Reads back as many of them as the effort says, each with its place among them. What is left out is asked for again;
    /// all of them are read where a few calls tell of all.
    async fn read_some_back(&self, backups: &[&Backup], _: Effort) -> Vec<(usize, Reading)> {
        let readings = self.read_back(backups).await;
        readings.into_iter().enumerate().collect()
    }
}

/// Deletes what was approved.
#[async_trait]
pub trait Delete: Inventory {
    /// The mutating requests that remove what was approved, in the order in which they should go: a part after the whole.
    fn removals(&self, approved: &Approved) -> Result<Vec<Removal>, ProviderError>;

    /// Waits until the provider's pace lets the request leave. Apart from sending it, so that a run that ends meanwhile
    /// ends at once; nothing has left when this is given up.
    async fn turn(&self, removal: &Removal);

    /// The last look before the request may leave, at what it rests on: a container that is to go is empty. What does not
    /// fit any more is an error, and nothing is sent; one that is gone already is `NotFound`. Changes nothing.
    async fn still_fits(&self, _removal: &Removal) -> Result<(), ProviderError> {
        Ok(())
    }

    /// Sends one request once, without waiting for its turn. Whether to send it again is the executor's decision.
    async fn delete(&self, removal: &Removal) -> Result<Accepted, ProviderError>;

    /// The limit that the removal counts against, where a provider has several: removals on different ones do not wait for
    /// each other.
    fn limit(&self, _removal: &Removal) -> String {
        String::new()
    }

    /// How many removals may be under way at once on one limit.
    fn concurrency(&self) -> usize;
}
