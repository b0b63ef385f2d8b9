//! What consent makes: the only thing that can be carried out.

use std::{collections::HashSet, sync::Arc};

use super::{
    Plan,
    warrant::{NoWarrant, Warrant},
};
use crate::backup::{Backup, BackupId};

/// The backups that were approved, and whether for real.
#[derive(Debug)]
pub struct Approved {
    items: Vec<Arc<Backup>>,
    ids: HashSet<BackupId>,
    rehearsal: bool,
}

impl Approved {
    /// What the plan wants deleted. For [`super::consent`] alone, once it has the consent.
    pub(super) fn by_consent(plan: &Plan) -> Self {
        Self::of(plan, false)
    }

    /// The same for a dry run: it opens no gate, and so needs no consent (S19).
    #[must_use]
    pub fn rehearsal(plan: &Plan) -> Self {
        Self::of(plan, true)
    }

    fn of(plan: &Plan, rehearsal: bool) -> Self {
        let items: Vec<Arc<Backup>> = plan
            .to_send()
            .map(|item| Arc::clone(&item.backup))
            .collect();
        let ids = items.iter().map(|backup| backup.id.clone()).collect();
        Self {
            items,
            ids,
            rehearsal,
        }
    }

    /// The same consent for some of what was approved: narrower, never wider.
    #[must_use]
    pub fn part(&self, wanted: impl Fn(&BackupId) -> bool) -> Self {
        let items: Vec<Arc<Backup>> = self
            .items
            .iter()
            .filter(|backup| wanted(&backup.id))
            .cloned()
            .collect();
        let ids = items.iter().map(|backup| backup.id.clone()).collect();
        Self {
            items,
            ids,
            rehearsal: self.rehearsal,
        }
    }

    /// The same consent in parts of at most so many, in the plan's order.
    pub fn parts(&self, most: usize) -> impl Iterator<Item = Self> {
        self.items.chunks(most.max(1)).map(|items| Self {
            items: items.to_vec(),
            ids: items.iter().map(|backup| backup.id.clone()).collect(),
            rehearsal: self.rehearsal,
        })
    }

    /// The backups for which a request may be sent.
    #[must_use]
    pub fn items(&self) -> &[Arc<Backup>] {
        &self.items
    }

    /// Whether the backup was approved.
    #[must_use]
    pub fn covers(&self, id: &BackupId) -> bool {
        self.ids.contains(id)
    }

    /// Whether this is a dry run.
    #[must_use]
    pub fn is_rehearsal(&self) -> bool {
        self.rehearsal
    }

    /// A mutating request for some of what was approved.
    ///
    /// # Errors
    /// [`NoWarrant::NotApproved`] if consent does not cover all of `items`, or the warrant names others.
    pub fn removal(&self, items: Vec<Arc<Backup>>, warrant: Warrant) -> Result<Removal, NoWarrant> {
        // Compared as sets, and without doubles: one that is there twice must not hide one that nobody approved.
        let warranted: HashSet<&BackupId> = warrant.ids().iter().collect();
        let removed: HashSet<&BackupId> = items.iter().map(|item| &item.id).collect();
        let covered = !items.is_empty()
            && removed.len() == items.len()
            && removed == warranted
            && removed.iter().all(|id| self.covers(id));
        if covered {
            Ok(Removal {
                items,
                warrant: Arc::new(warrant),
            })
        } else {
            Err(NoWarrant::NotApproved)
        }
    }
}

/// One mutating request to come: what it removes and how it looks on the wire.
///
/// Only [`Approved::removal`] makes one, so no request can name a backup that nobody approved.
#[derive(Debug, Clone)]
pub struct Removal {
    items: Vec<Arc<Backup>>,
    warrant: Arc<Warrant>,
}

impl Removal {
    /// What goes. Never empty; several where one request removes several (Aiven's regions of one service).
    #[must_use]
    pub fn items(&self) -> &[Arc<Backup>] {
        &self.items
    }

    /// The request as the gate will know it.
    #[must_use]
    pub fn warrant(&self) -> &Arc<Warrant> {
        &self.warrant
    }
}
