//! Several accounts and providers as one: every request and every reading goes to the one whose backup it is about.

use std::collections::HashMap;

use futures_util::future::join_all;

use super::earlier::Earlier;
use crate::{
    backup::{Backup, BackupId},
    plan::{Approved, Plan, Removal},
    provider::{Accepted, Delete, Effort, ErrorKind, ProviderError, Reading, Sent},
};

/// Limits that do not wait for each other: an account's, a region's.
#[derive(Debug)]
pub(super) struct Lanes {
    /// The lane of each request.
    pub(super) of: Vec<usize>,
    /// How many requests of each lane may be under way at once.
    pub(super) most: Vec<usize>,
    /// How many of all lanes together, where that is said.
    pub(super) at_once: Option<usize>,
}

/// A member, and what is its own of a list: the places in it, and the backups.
type Share<'a, 'b> = (&'a dyn Delete, Vec<usize>, Vec<&'b Backup>);

/// The providers of a run, and which backup belongs to which.
pub struct Fleet<'a> {
    members: Vec<&'a dyn Delete>,
    /// What is not in here is the first one's.
    places: HashMap<BackupId, usize>,
}

impl<'a> Fleet<'a> {
    /// One provider for everything.
    #[must_use]
    pub fn one(provider: &'a dyn Delete) -> Self {
        Self {
            members: vec![provider],
            places: HashMap::new(),
        }
    }

    /// One provider for each section of a plan, in their order.
    #[must_use]
    pub fn of(members: Vec<&'a dyn Delete>, plan: &Plan, earlier: &Earlier) -> Self {
        let planned = plan.to_delete().map(|item| (&item.backup.id, item.section));
        let watched = earlier
            .watched
            .iter()
            .map(|(backup, section)| (&backup.id, *section));
        let places = planned
            .chain(watched)
            .filter(|(_, section)| *section > 0)
            .map(|(id, section)| (id.clone(), section))
            .collect();
        Self { members, places }
    }

    fn place(&self, id: &BackupId) -> usize {
        self.places.get(id).copied().unwrap_or(0)
    }

    fn member(&self, id: &BackupId) -> Result<&'a dyn Delete, ProviderError> {
        self.members
            .get(self.place(id))
            .copied()
            .ok_or_else(|| ProviderError {
                sent: Sent::No,
                ..ProviderError::new(
                    id.provider(),
                    "delete",
                    ErrorKind::Gate,
                    "no account was set up for it",
                )
            })
    }

    /// The requests of all, taken in turns, so that the pace of one does not hold up the others.
    pub(super) fn removals(&self, approved: &Approved) -> Result<Vec<Removal>, ProviderError> {
        let mut queues = Vec::new();
        for (number, member) in self.members.iter().enumerate() {
            let part = approved.part(|id| self.place(id) == number);
            queues.push(member.removals(&part)?.into_iter());
        }
        let mut removals = Vec::new();
        loop {
            let before = removals.len();
            removals.extend(queues.iter_mut().filter_map(Iterator::next));
            if removals.len() == before {
                return Ok(removals);
            }
        }
    }

    pub(super) async fn turn(&self, removal: &Removal) {
        if let Some(Ok(member)) = removal.items().first().map(|item| self.member(&item.id)) {
            member.turn(removal).await;
        }
    }

    /// The last look before it may leave.
    pub(super) async fn still_fits(&self, removal: &Removal) -> Result<(), ProviderError> {
        match removal.items().first() {
            Some(item) => self.member(&item.id)?.still_fits(removal).await,
            None => Ok(()),
        }
    }

    pub(super) async fn delete(&self, removal: &Removal) -> Result<Accepted, ProviderError> {
        match removal.items().first() {
            Some(item) => self.member(&item.id)?.delete(removal).await,
            // A removal is never empty.
            None => Ok(Accepted {
                request_id: None,
                status: None,
                absent: true,
                sent: false,
            }),
        }
    }

    /// Reads back, all members at once; each with its place among `backups`. See
    /// [`crate::provider::Inventory::read_some_back`].
    pub(super) async fn read_back(
        &self,
        backups: &[&Backup],
        effort: Effort,
    ) -> Vec<(usize, Reading)> {
        let shares = self.shares(backups);
        let jobs = shares.iter().map(|(member, places, share)| async move {
            let readings = member.read_some_back(share, effort).await;
            let placed = readings.into_iter();
            placed
                .filter_map(|(index, reading)| Some((*places.get(index)?, reading)))
                .collect::<Vec<_>>()
        });
        join_all(jobs).await.into_iter().flatten().collect()
    }

    /// What each member has of these, and where it stands among them.
    fn shares<'b>(&self, backups: &[&'b Backup]) -> Vec<Share<'a, 'b>> {
        let mut shares: Vec<Share<'_, '_>> = self
            .members
            .iter()
            .map(|member| (*member, Vec::new(), Vec::new()))
            .collect();
        for (index, backup) in backups.iter().enumerate() {
            if let Some((_, places, share)) = shares.get_mut(self.place(&backup.id)) {
                places.push(index);
                share.push(*backup);
            }
        }
        shares.retain(|(_, places, _)| !places.is_empty());
        shares
    }

    /// The limit on which each of these requests goes. What is only watched goes on none, and is counted to the first.
    pub(super) fn lanes<'r>(
        &self,
        removals: impl Iterator<Item = Option<&'r Removal>>,
        at_once: Option<usize>,
    ) -> Lanes {
        let mut known: HashMap<(usize, String), usize> = HashMap::new();
        let mut lanes = Lanes {
            of: Vec::new(),
            most: Vec::new(),
            at_once,
        };
        for removal in removals {
            let first = removal.and_then(|removal| Some((removal, removal.items().first()?)));
            let lane = first.and_then(|(removal, item)| {
                let place = self.place(&item.id);
                let member = self.members.get(place)?;
                let next = known.len();
                Some(
                    *known
                        .entry((place, member.limit(removal)))
                        .or_insert_with(|| {
                            let most = at_once.unwrap_or_else(|| member.concurrency());
                            lanes.most.push(most.max(1));
                            next
                        }),
                )
            });
            lanes.of.push(lane.unwrap_or(0));
        }
        lanes
    }
}
