//! What exists: vaults with their recovery points, legal holds, and what deletions are under way.
//!
//! Built for a million points a vault: points are ordered by ARN so that a page starts where the last one ended, an
//! index by resource answers the last-copy question, and deletions that come due are found without a search.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

use jiff::Timestamp;

use super::place::Place;

/// Everything, by account and region.
#[derive(Debug, Default)]
pub struct World {
    /// The accounts' regions. A region without vaults is not listed.
    pub regions: BTreeMap<Place, Region>,
    /// What deletions did beside deleting, such as rebooting a database, in order.
    pub side_effects: Vec<String>,
    /// Deletions under way, by the time at which they come to their end.
    due: BTreeMap<(Timestamp, u64), Ending>,
    next: u64,
}

/// A deletion under way.
#[derive(Debug)]
struct Ending {
    place: Place,
    key: Key,
    end: End,
}

/// A recovery point by the names of its vault and of itself.
pub type Key = (Arc<str>, Arc<str>);

/// What a deletion under way comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The point is gone.
    Gone,
    /// The point is gone from lists, and `DescribeRecoveryPoint` still tells that it was.
    Tombstone,
    /// The point was not deleted after all, for the reason given.
    Expired(String),
}

/// One account's region.
#[derive(Debug, Default)]
pub struct Region {
    /// By name.
    pub vaults: BTreeMap<Arc<str>, Vault>,
    /// By id.
    pub holds: BTreeMap<String, Hold>,
    /// The points of each resource: vault and ARN.
    by_resource: BTreeMap<Arc<str>, BTreeSet<Key>>,
}

/// A vault.
#[derive(Debug)]
pub struct Vault {
    /// What sort of vault.
    pub kind: VaultKind,
    /// What locks it.
    pub lock: Option<Lock>,
    /// Least and most days that its points are kept.
    pub retention: Option<(u32, u32)>,
    /// Its access policy, as JSON text.
    pub policy: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// By ARN. Changed through [`Region`], which keeps its index in step.
    pub points: BTreeMap<Arc<str>, Point>,
    /// Points that are gone and can still be described.
    pub tombstones: BTreeMap<Arc<str>, Point>,
}

/// The three types of vaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VaultKind {
    /// An ordinary one: the only one that can be deleted from.
    #[default]
    Backup,
    /// Always locked.
    AirGapped,
    /// A view on another account's vault.
    RestoreAccess,
}

/// What locks a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Can be taken away with permission.
    Governance,
    /// Can be taken away until the time given, and by nobody from there on.
    Compliance {
        /// The `LockDate`.
        from: Timestamp,
    },
}

/// A legal hold.
#[derive(Debug)]
pub struct Hold {
    /// What it is called.
    pub title: String,
    /// CREATING, ACTIVE, CANCELING or CANCELED; the first three hold.
    pub status: String,
    /// When it was put.
    pub created: Timestamp,
    /// What it holds: vault and ARN.
    pub points: BTreeSet<Key>,
}

/// A recovery point.
#[derive(Debug, Clone, Default)]
pub struct Point {
    /// The resource's ARN.
    pub resource: Option<Arc<str>>,
    /// Such as `EBS`.
    pub resource_type: Option<Arc<str>>,
    /// The resource's name.
    pub resource_name: Option<String>,
    /// COMPLETED, PARTIAL, DELETING, EXPIRED, AVAILABLE, STOPPED, CREATING.
    pub status: String,
    /// Why, where it is not well.
    pub status_message: Option<String>,
    /// When it was begun.
    pub created: Option<Timestamp>,
    /// When it was complete.
    pub completed: Option<Timestamp>,
    /// Bytes.
    pub size: Option<u64>,
    /// When AWS deletes it.
    pub delete_at: Option<Timestamp>,
    /// When AWS moves it to cold storage.
    pub cold_at: Option<Timestamp>,
    /// WARM, COLD or DELETED.
    pub storage_class: String,
    /// Whether it groups others.
    pub is_parent: bool,
    /// The point that it is grouped under.
    pub parent: Option<String>,
    /// The vault that it was copied from.
    pub source_vault: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The backup plan that made it.
    pub plan: Option<String>,
    /// What deleting it comes to, where that is not being gone.
    pub on_delete: Option<OnDelete>,
}

/// What deleting one certain point comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnDelete {
    /// 200, and then EXPIRED for the reason given.
    Expired(String),
    /// DELETING for ever.
    Stuck,
    /// `AccessDeniedException`.
    Denied,
}

impl VaultKind {
    /// As AWS writes it.
    #[must_use]
    pub fn wire(self) -> &'static str {
        match self {
            Self::Backup => "BACKUP_VAULT",
            Self::AirGapped => "LOGICALLY_AIR_GAPPED_BACKUP_VAULT",
            Self::RestoreAccess => "RESTORE_ACCESS_BACKUP_VAULT",
        }
    }

    /// From what AWS writes.
    #[must_use]
    pub fn from_wire(text: &str) -> Option<Self> {
        [Self::Backup, Self::AirGapped, Self::RestoreAccess]
            .into_iter()
            .find(|kind| kind.wire() == text)
    }
}

impl Point {
    /// Continuous ones have it in their ARN.
    #[must_use]
    pub fn is_continuous(arn: &str) -> bool {
        arn.contains(":recovery-point:continuous:")
    }
}

impl Vault {
    /// An empty, ordinary vault.
    #[must_use]
    pub fn new(created: Timestamp) -> Self {
        Self {
            kind: VaultKind::Backup,
            lock: None,
            retention: None,
            policy: None,
            created,
            points: BTreeMap::new(),
            tombstones: BTreeMap::new(),
        }
    }

    /// The points after the ARN given, in order.
    pub fn points_after(&self, last: Option<&str>) -> impl Iterator<Item = (&Arc<str>, &Point)> {
        let from = last.map_or(Bound::Unbounded, Bound::Excluded);
        self.points.range::<str, _>((from, Bound::Unbounded))
    }
}

impl Region {
    /// Puts a point into a vault, making the vault where there is none.
    pub fn insert(&mut self, vault: &str, arn: &str, mut point: Point, now: Timestamp) {
        let vault: Arc<str> = self
            .vaults
            .get_key_value(vault)
            .map_or_else(|| vault.into(), |(name, _)| Arc::clone(name));
        self.remove(&vault, arn);
        let arn: Arc<str> = arn.into();
        // One resource has many points: they share its name.
        if let Some(resource) = &mut point.resource {
            if let Some((known, _)) = self.by_resource.get_key_value(&**resource) {
                *resource = Arc::clone(known);
            }
            self.by_resource
                .entry(Arc::clone(resource))
                .or_default()
                .insert((Arc::clone(&vault), Arc::clone(&arn)));
        }
        self.vaults
            .entry(vault)
            .or_insert_with(|| Vault::new(now))
            .points
            .insert(arn, point);
    }

    /// Takes a point out of a vault, and out of the index and every hold.
    pub fn remove(&mut self, vault: &str, arn: &str) -> Option<Point> {
        let (name, kept) = self.vaults.get_key_value(vault)?;
        let (key, _) = kept.points.get_key_value(arn)?;
        let pair = (Arc::clone(name), Arc::clone(key));
        let point = self.vaults.get_mut(vault)?.points.remove(arn)?;
        for hold in self.holds.values_mut() {
            hold.points.remove(&pair);
        }
        if let Some(resource) = &point.resource
            && let Some(pairs) = self.by_resource.get_mut(resource)
        {
            pairs.remove(&pair);
            if pairs.is_empty() {
                self.by_resource.remove(resource);
            }
        }
        Some(point)
    }

    /// A point, where vault and point exist.
    #[must_use]
    pub fn point(&self, vault: &str, arn: &str) -> Option<&Point> {
        self.vaults.get(vault)?.points.get(arn)
    }

    /// A point, to be changed. Not its resource: that is in the index.
    pub fn point_mut(&mut self, vault: &str, arn: &str) -> Option<&mut Point> {
        self.vaults.get_mut(vault)?.points.get_mut(arn)
    }

    /// The points of a resource after the one given, ordered by vault and ARN.
    pub fn points_of(
        &self,
        resource: &str,
        last: Option<Key>,
    ) -> impl Iterator<Item = (&Arc<str>, &Vault, &Arc<str>, &Point)> {
        let from = last.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_resource
            .get(resource)
            .into_iter()
            .flat_map(move |pairs| pairs.range((from.clone(), Bound::Unbounded)))
            .filter_map(|(vault_name, arn)| {
                let vault = self.vaults.get(vault_name)?;
                Some((vault_name, vault, arn, vault.points.get(arn)?))
            })
    }

    /// The hold that keeps a point, if one does.
    #[must_use]
    pub fn hold_on(&self, vault: &str, arn: &str) -> Option<&str> {
        let pair = (Arc::from(vault), Arc::from(arn));
        self.holds
            .iter()
            .find(|(_, hold)| hold.status != "CANCELED" && hold.points.contains(&pair))
            .map(|(id, _)| id.as_str())
    }

    /// Puts points under a hold, making the hold where there is none of that title.
    pub fn hold(&mut self, title: &str, vault: &str, arn: &str, now: Timestamp) {
        let id = super::uuid(title);
        let hold = self.holds.entry(id).or_insert_with(|| Hold {
            title: title.to_owned(),
            status: "ACTIVE".to_owned(),
            created: now,
            points: BTreeSet::new(),
        });
        hold.points.insert((vault.into(), arn.into()));
    }
}

impl World {
    /// Lets a deletion come to its end at the time given.
    pub fn schedule(&mut self, at: Timestamp, place: &Place, vault: &str, arn: &str, end: End) {
        self.next = self.next.saturating_add(1);
        let ending = Ending {
            place: place.clone(),
            key: (vault.into(), arn.into()),
            end,
        };
        self.due.insert((at, self.next), ending);
    }

    /// Brings every deletion that is due by now to its end.
    pub fn settle(&mut self, now: Timestamp) {
        while let Some(entry) = self.due.first_entry()
            && entry.key().0 <= now
        {
            let Ending {
                place,
                key: (vault, arn),
                end,
            } = entry.remove();
            let Some(region) = self.regions.get_mut(&place) else {
                continue;
            };
            // Somebody may have changed or removed it meanwhile: then the deletion has nothing to end.
            if region
                .point(&vault, &arn)
                .is_none_or(|point| point.status != "DELETING")
            {
                continue;
            }
            match end {
                End::Gone => {
                    region.remove(&vault, &arn);
                }
                End::Tombstone => {
                    if let Some(mut point) = region.remove(&vault, &arn)
                        && let Some(vault) = region.vaults.get_mut(&vault)
                    {
                        "DELETED".clone_into(&mut point.storage_class);
                        vault.tombstones.insert(arn, point);
                    }
                }
                End::Expired(message) => {
                    if let Some(point) = region.point_mut(&vault, &arn) {
                        "EXPIRED".clone_into(&mut point.status);
                        point.status_message = Some(message);
                    }
                }
            }
        }
    }
}
