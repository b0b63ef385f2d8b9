//! Reading lists whole, and joining them to an organisation or a part of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{
    Zilliz,
    api::{List, Patience},
    paging::{self, PAGE},
    snapshot::{Directory, Snapshot},
    wire::{BackupRow, ClusterRow, ProjectRow},
};
use crate::provider::{ErrorKind, Progress, ProviderError, Seen};

/// How long a reading of the whole organisation answers the question that follows it.
pub(super) const FRESH: Duration = Duration::from_secs(30);

/// Pauses before a list that did not fit is read again. Backups come and go by themselves; a list that never fits is one
/// that cannot be believed.
const READ_AGAIN: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];

/// What Zilliz is to leave out of a list, as parameters of its own.
pub(super) type Filters = Vec<(&'static str, String)>;

/// The clusters by their ids, or why they may not be listed.
pub(super) type Clusters = Result<BTreeMap<String, ClusterRow>, ProviderError>;

impl Zilliz {
    /// The whole organisation, whatever was asked for. Whether clusters that are not listed still exist is only found out
    /// for the backups that `judged` is about.
    pub(super) async fn snapshot(
        &self,
        judged: &(dyn Fn(&BackupRow) -> bool + Sync),
    ) -> Result<Arc<Snapshot>, ProviderError> {
        self.read(&[], None, judged, &|_| {}).await.map(Arc::new)
    }

    /// Backups first and clusters after them, so that the backup of a cluster that was just made is no orphan.
    pub(super) async fn read(
        &self,
        filters: &[(&'static str, String)],
        clusters: Option<Clusters>,
        judged: &(dyn Fn(&BackupRow) -> bool + Sync),
        progress: Progress<'_>,
    ) -> Result<Snapshot, ProviderError> {
        let (rows, at) = self.whole(List::Backups, filters, progress).await?;
        let rows: Vec<BackupRow> = rows.iter().filter_map(BackupRow::of).collect();
        let mut directory = self.directory(clusters).await?;
        let judged: Vec<&BackupRow> = rows.iter().filter(|row| judged(row)).collect();
        self.look_for_unlisted(&mut directory, judged.into_iter())
            .await?;
        Ok(Snapshot::of(rows, directory, at))
    }

    /// The projects, and the clusters unless they were read before.
    pub(super) async fn directory(
        &self,
        clusters: Option<Clusters>,
    ) -> Result<Directory, ProviderError> {
        let clusters = match clusters {
            Some(clusters) => clusters,
            None => unless_denied(self.clusters().await)?,
        };
        Ok(Directory::of(self.projects().await?.clone(), clusters))
    }

    pub(super) async fn clusters(&self) -> Clusters {
        let (rows, _) = self.whole(List::Clusters, &[], &|_| {}).await?;
        let rows = rows.iter().filter_map(ClusterRow::of);
        Ok(rows
            .filter_map(|row| Some((row.id.clone()?, row)))
            .collect())
    }

    /// A whole list, and the provider's clock when it was read.
    async fn whole(
        &self,
        list: List,
        filters: &[(&'static str, String)],
        progress: Progress<'_>,
    ) -> Result<(Vec<Value>, Option<Timestamp>), ProviderError> {
        let at = Mutex::new(None);
        let mut pauses = READ_AGAIN.iter();
        loop {
            let seen = |backups| {
                progress(Seen {
                    backups,
                    ..Seen::default()
                });
            };
            let read = paging::forwards(list.operation(), key(list), &seen, |number| {
                let query = query(filters, number);
                let at = &at;
                async move {
                    let page = self.api.page(list, &query, Patience::Usual).await?;
                    *at.lock().unwrap_or_else(PoisonError::into_inner) = page.at;
                    Ok(page)
                }
            })
            .await;
            match (read, pauses.next()) {
                (Err(error), Some(pause)) if error.kind == ErrorKind::Incomplete => {
                    tracing::info!(%error, "reading the list again");
                    sleep(*pause).await;
                }
                (read, _) => {
                    let at = at.into_inner().unwrap_or_else(PoisonError::into_inner);
                    return read.map(|rows| (rows, at));
                }
            }
        }
    }

    pub(super) fn keep(&self, snapshot: &Arc<Snapshot>) {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        *fresh = Some((Instant::now(), Arc::clone(snapshot)));
    }

    /// The projects, read once; or that this key may not list them.
    pub(super) async fn projects(
        &self,
    ) -> Result<&Result<Vec<ProjectRow>, ProviderError>, ProviderError> {
        self.projects
            .get_or_try_init(|| async { unless_denied(self.api.projects().await) })
            .await
    }

    /// Hands out what was read a moment ago, once.
    pub(super) fn just_read(&self) -> Option<Arc<Snapshot>> {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, snapshot) = fresh.take()?;
        (read_at.elapsed() < FRESH).then_some(snapshot)
    }
}

/// The query of one page.
pub(super) fn query(
    filters: &[(&'static str, String)],
    number: u64,
) -> Vec<(&'static str, String)> {
    let page = [
        ("pageSize", PAGE.to_string()),
        ("currentPage", number.to_string()),
    ];
    filters.iter().cloned().chain(page).collect()
}

/// What tells the entries of a list apart.
pub(super) fn key(list: List) -> paging::Key {
    match list {
        List::Backups => |value| {
            let row = BackupRow::of(value)?;
            Some(format!("{}/{}", row.cluster.unwrap_or_default(), row.id?))
        },
        List::Clusters => |value| ClusterRow::of(value)?.id,
    }
}

/// A key may see backups and neither projects nor clusters; that is no reason to stop, but it is remembered.
pub(super) fn unless_denied<T>(
    result: Result<T, ProviderError>,
) -> Result<Result<T, ProviderError>, ProviderError> {
    match result {
        Err(error) if error.kind != ErrorKind::Permission => Err(error),
        result => Ok(result),
    }
}
