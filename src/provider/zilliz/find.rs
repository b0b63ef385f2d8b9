//! Finding in an organisation what was named.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{Zilliz, api::Patience, error, id, notes, snapshot::Snapshot, wire::BackupRow};
use crate::{
    backup::{Backup, BackupId, Provider, Target},
    provider::{ErrorKind, Found, ProviderError},
};
use futures_util::{StreamExt, stream};

/// Up to so many backups are described one by one, for what the list does not say.
const FEW: usize = 20;

/// Descriptions under way at once.
const AT_ONCE: usize = 8;

impl Zilliz {
    pub(super) async fn find_targets(&self, targets: &[Target]) -> Result<Found, ProviderError> {
        let named_in_full = targets.iter().all(|target| target.container.is_some());
        let asked: HashSet<&str> = targets.iter().map(|target| target.name.as_str()).collect();
        let named = |row: &BackupRow| row.id.as_deref().is_some_and(|id| asked.contains(id));
        let (snapshot, unlisted_because) = match self.snapshot(&named).await {
            Ok(snapshot) => {
                self.keep(&snapshot);
                (snapshot, None)
            }
            // What is named in full can be described without the list; that it is the last one, nobody can rule out then.
            Err(error) if error.kind == ErrorKind::Permission && named_in_full => {
                let directory = self.directory(None).await?;
                let nothing = Snapshot::of(Vec::new(), directory, None);
                (Arc::new(nothing), Some(error))
            }
            Err(error) => return Err(error),
        };
        let mut rows = Vec::new();
        let mut unlisted = Vec::new();
        let mut seen = HashSet::new();
        let mut found = Found {
            totals: snapshot.totals(),
            ..Found::default()
        };
        let places = places(&snapshot);
        for target in targets {
            match place(&places, target)? {
                Some(index) => {
                    if seen.insert(index) {
                        let row = snapshot.rows.get(index).cloned();
                        rows.extend(row.zip(snapshot.backups.get(index).cloned()));
                    }
                }
                None => unlisted.push(target),
            }
        }
        let few = rows.len() <= FEW;
        let described: Vec<Result<Backup, ProviderError>> = stream::iter(rows)
            .map(|(row, backup)| {
                let snapshot = &snapshot;
                async move {
                    let described = if few {
                        self.described(&backup.id).await?
                    } else {
                        None
                    };
                    Ok(described.map_or(backup, |described| {
                        snapshot.join(&row.described_as(described))
                    }))
                }
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        found.backups = described.into_iter().collect::<Result<_, _>>()?;
        self.find_unlisted(&snapshot, unlisted, unlisted_because.as_ref(), &mut found)
            .await?;
        self.wanted.check(&snapshot.directory, &snapshot.backups)?;
        if let Some(outside) = found
            .backups
            .iter()
            .find(|backup| !self.wanted.takes(backup))
        {
            return Err(ProviderError::new(
                Provider::Zilliz,
                "find",
                ErrorKind::NoSuchScope,
                format!(
                    "{} is not in the scope that was named beside it",
                    outside.id
                ),
            )
            .with_hint(
                "leave out --project, --cluster, --method and --orphaned where full ids are given",
            ));
        }
        found.notes.clone_from(&self.notes);
        found.notes.extend(notes::deleting(found.backups.iter()));
        found
            .notes
            .extend(notes::listed(&snapshot.directory, &found.backups));
        Ok(found)
    }

    /// What the list does not have is described before it is called absent: a list may lag behind. Without the list (it is
    /// denied, and why), nothing is called absent.
    async fn find_unlisted(
        &self,
        snapshot: &Snapshot,
        targets: Vec<&Target>,
        denied: Option<&ProviderError>,
        found: &mut Found,
    ) -> Result<(), ProviderError> {
        let mut seen = HashSet::new();
        let ids = targets.into_iter().map(|target| {
            let container = target.container.as_deref().unwrap_or_default();
            BackupId::new(Provider::Zilliz, container, target.name.as_str())
        });
        let ids: Vec<BackupId> = ids.filter(|id| seen.insert(id.clone())).collect();
        let answers: Vec<_> = stream::iter(ids)
            .map(|id| async move {
                let answer = if id.container().is_empty() {
                    None
                } else {
                    Some(self.api.describe(&id, Patience::Usual).await)
                };
                (id, answer)
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        for (id, answer) in answers {
            let absent = match &answer {
                None => true,
                Some(Ok(row)) => row.is_deleted(),
                Some(Err(error)) => error::may_mean_absent(error),
            };
            match (answer, denied) {
                (_, Some(denied)) if absent => return Err(denied.clone()),
                (_, None) if absent => found.absent.push(id),
                (Some(Ok(mut row)), _) => {
                    row.cluster.get_or_insert_with(|| id.container().to_owned());
                    let backup = snapshot.join(&row);
                    // The exact number in that cluster is not known: the list lacks at least this one.
                    found.totals.remove(&backup.scope);
                    found.backups.push(backup);
                }
                (Some(Err(error)), _) => return Err(error),
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// What describing says beyond the list; nothing, where it may not be described or is not found under its cluster: the
    /// list has it, and is believed.
    async fn described(&self, id: &BackupId) -> Result<Option<BackupRow>, ProviderError> {
        if !id::is_id(id.container()) || !id::is_id(id.name()) {
            return Ok(None);
        }
        match self.api.describe(id, Patience::Usual).await {
            Ok(row) => Ok(Some(row)),
            Err(error)
                if matches!(
                    error.kind,
                    ErrorKind::Permission | ErrorKind::NotFound | ErrorKind::Refused
                ) =>
            {
                tracing::info!(%error, "the list is believed");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Where the backups of each id are in the list.
fn places(snapshot: &Snapshot) -> HashMap<&str, Vec<(usize, &Backup)>> {
    let mut places: HashMap<&str, Vec<(usize, &Backup)>> = HashMap::new();
    for (index, backup) in snapshot.backups.iter().enumerate() {
        let place = places.entry(backup.id.name()).or_default();
        place.push((index, backup));
    }
    places
}

/// Where a target is in the list.
///
/// # Errors
/// [`ErrorKind::NoSuchScope`] for a backup of another cluster, or one of several.
fn place(
    places: &HashMap<&str, Vec<(usize, &Backup)>>,
    target: &Target,
) -> Result<Option<usize>, ProviderError> {
    let Some(places) = places.get(target.name.as_str()) else {
        return Ok(None);
    };
    let wrong = |what: &str| {
        let ids: Vec<String> = places
            .iter()
            .map(|(_, backup)| backup.id.to_string())
            .collect();
        let what = format!("{target} {what}: {}", ids.join(", "));
        ProviderError::new(Provider::Zilliz, "find", ErrorKind::NoSuchScope, what)
            .with_hint("name each backup as `bkdel zilliz list -o ids` prints it")
    };
    let own = match &target.container {
        Some(container) => places
            .iter()
            .find(|(_, backup)| backup.id.container() == container)
            .ok_or_else(|| wrong("is a backup of another cluster"))?,
        None => match places.as_slice() {
            [only] => only,
            _ => return Err(wrong("is the id of several backups")),
        },
    };
    Ok(Some(own.0))
}
