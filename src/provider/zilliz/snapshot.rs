//! An organisation as it was read: its backups joined with the clusters and projects that they belong to.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use arcstr::ArcStr;
use jiff::Timestamp;

use super::{
    id::is_id,
    wire::{BackupRow, ClusterRow, ProjectRow},
};
use crate::{
    backup::{Attributes, Backup, BackupId, Provider, Scope, State},
    provider::ProviderError,
    shared::Shared,
};

/// The projects and clusters of an organisation. A key that may not list them can still list backups.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    pub(super) projects: Result<Vec<ProjectRow>, ProviderError>,
    pub(super) clusters: Result<BTreeMap<String, ClusterRow>, ProviderError>,
    /// Clusters that are not listed, and are known to exist no more.
    pub(super) gone: BTreeSet<String>,
    /// Clusters that are not listed, and why it is not known whether they exist.
    pub(super) unclear: BTreeMap<String, ProviderError>,
}

impl Directory {
    /// What was listed; nothing else is known yet.
    pub(super) fn of(
        projects: Result<Vec<ProjectRow>, ProviderError>,
        clusters: Result<BTreeMap<String, ClusterRow>, ProviderError>,
    ) -> Self {
        Self {
            projects,
            clusters,
            gone: BTreeSet::new(),
            unclear: BTreeMap::new(),
        }
    }

    /// Every project that is known, with its name.
    pub(super) fn projects(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let rows = self.projects.as_deref().unwrap_or_default();
        rows.iter()
            .map(|row| (row.id.as_str(), row.name.as_deref()))
    }

    /// Every cluster that is known, with its id.
    pub(super) fn clusters(&self) -> impl Iterator<Item = (&str, &ClusterRow)> {
        let rows = self.clusters.as_ref().ok();
        rows.into_iter()
            .flatten()
            .map(|(id, row)| (id.as_str(), row))
    }

    pub(super) fn projects_known(&self) -> Result<(), ProviderError> {
        self.projects.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    pub(super) fn clusters_known(&self) -> Result<(), ProviderError> {
        self.clusters.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    fn cluster(&self, id: &str) -> Option<&ClusterRow> {
        self.clusters.as_ref().ok()?.get(id)
    }

    /// Whether a cluster exists no more; `None` where that was not asked or cannot be told.
    fn is_gone(&self, cluster: &str) -> Option<bool> {
        match self.cluster(cluster) {
            Some(row) => Some(row.status.as_deref() == Some("DELETED")),
            None => self.gone.contains(cluster).then_some(true),
        }
    }
}

/// Every backup of the organisation, or of the part that was asked for.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) directory: Directory,
    pub(super) backups: Vec<Backup>,
    /// The rows that the backups were made of, in the same order.
    pub(super) rows: Vec<BackupRow>,
    /// The provider's clock.
    pub(super) at: Option<Timestamp>,
}

impl Snapshot {
    /// Joins what was listed. What the list itself calls deleted is not there.
    pub(super) fn of(rows: Vec<BackupRow>, directory: Directory, at: Option<Timestamp>) -> Self {
        let mut scopes = HashMap::new();
        let rows: Vec<BackupRow> = rows.into_iter().filter(|row| !row.is_deleted()).collect();
        let backups = rows
            .iter()
            .map(|row| backup(row, &directory, &mut scopes))
            .collect();
        Self {
            directory,
            backups,
            rows,
            at,
        }
    }

    /// One more backup, in the same terms.
    pub(super) fn join(&self, row: &BackupRow) -> Backup {
        let known = self
            .backups
            .iter()
            .find(|backup| Some(backup.id.container()) == row.cluster.as_deref())
            .map(|backup| (backup.id.container().to_owned(), Arc::clone(&backup.scope)));
        backup(row, &self.directory, &mut known.into_iter().collect())
    }

    /// How many backups each scope holds.
    pub(super) fn totals(&self) -> HashMap<Arc<Scope>, u64> {
        let mut totals: HashMap<Arc<Scope>, u64> = HashMap::new();
        for backup in &self.backups {
            let count = totals.entry(Arc::clone(&backup.scope)).or_default();
            *count = count.saturating_add(1);
        }
        totals
    }
}

type Scopes = HashMap<String, Arc<Scope>>;

fn backup(row: &BackupRow, directory: &Directory, scopes: &mut Scopes) -> Backup {
    let id = row.id.as_deref().unwrap_or_default();
    let container = row.cluster.as_deref().unwrap_or_default();
    let cluster = directory.cluster(container);
    let cluster_name = cluster
        .and_then(|cluster| cluster.name.clone())
        .or_else(|| row.cluster_name.clone());
    let project = row.project.as_deref();
    let project_name = directory
        .projects()
        .find(|(id, _)| Some(*id) == project)
        .and_then(|(_, name)| name);
    // The same cluster is the same scope, even if its backups remember other names of it.
    let scope = scopes.entry(container.to_owned()).or_insert_with(|| {
        let name = cluster_name.as_deref().unwrap_or(container);
        Arc::new(
            Scope::new(name)
                .with("project", project)
                .with("cluster", Some(container)),
        )
    });
    let kind = row.kind.as_deref().unwrap_or("unknown");
    Backup {
        id: BackupId::new(Provider::Zilliz, container, id),
        scope: Arc::clone(scope),
        resource: row.cluster.as_deref().map(ArcStr::from),
        // A collection's backup does not bring a cluster back.
        group: format!("{container}/{kind}").into(),
        kind: row.kind.as_deref().map(ArcStr::from),
        name: row.name.as_deref().map(ArcStr::from),
        created_at: row.created_at,
        timeless: false,
        expires_at: row.expires_at,
        // Zilliz says 0 where it does not know; that is not free.
        size_bytes: row.size.filter(|size| *size > 0),
        status: row.status.as_deref().map(ArcStr::from),
        state: state(row),
        protection: Shared::default(),
        side_effect: None,
        parent: None,
        tags: None,
        attributes: Attributes::default()
            .with("creation_method", row.method.clone())
            .with("cluster_name", cluster_name)
            .with(
                "cluster_status",
                cluster.and_then(|cluster| cluster.status.clone()),
            )
            .with("region_id", row.region.clone())
            .with(
                "cluster_region_id",
                cluster.and_then(|cluster| cluster.region.clone()),
            )
            .with("project_name", project_name)
            .with("plan", cluster.and_then(|cluster| cluster.plan.clone()))
            .with("orphaned", directory.is_gone(container)),
    }
}

/// What a status means. An id that no request could be made of is not understood either, and kept (S7).
fn state(row: &BackupRow) -> State {
    let sound = [&row.id, &row.cluster]
        .into_iter()
        .all(|id| id.as_deref().is_some_and(is_id));
    match row.status.as_deref() {
        Some("AVAILABLE") if sound => State::Healthy,
        Some("CREATING") => State::InProgress,
        Some("DELETED") => State::Deleting,
        Some(_) | None => State::Unknown,
    }
}
