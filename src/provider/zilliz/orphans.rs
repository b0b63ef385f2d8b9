//! Whether the clusters of backups still exist, where the list of clusters does not have them.
//!
//! What a key may not see looks like what is gone: how a restricted key's lists show that is documented nowhere. So each
//! cluster that is not listed is asked for by its id, and only "there is none", in a project that the key sees, makes
//! its backups orphans. Everything else is not known, and never chosen.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};

use super::{Zilliz, error, id, snapshot::Directory, wire::BackupRow};
use crate::{
    backup::{Backup, Provider},
    provider::{ErrorKind, ProviderError, Unread},
};

/// Clusters asked for at once.
const AT_ONCE: usize = 8;

impl Zilliz {
    /// Asks for the clusters of these backups that the directory does not have, and puts down what became of them.
    ///
    /// # Errors
    /// Of the key alone: what cannot be told of a cluster is put down as well.
    pub(super) async fn look_for_unlisted(
        &self,
        directory: &mut Directory,
        rows: impl Iterator<Item = &BackupRow>,
    ) -> Result<(), ProviderError> {
        let Ok(clusters) = &mut directory.clusters else {
            return Ok(());
        };
        let unlisted: BTreeMap<String, Option<String>> = rows
            .filter_map(|row| Some((row.cluster.clone()?, row.project.clone())))
            .filter(|(cluster, _)| id::is_id(cluster) && !clusters.contains_key(cluster))
            .collect();
        let projects = directory.projects.as_deref().unwrap_or_default();
        let answers: Vec<_> = stream::iter(unlisted)
            .map(|(cluster, project)| async move {
                let answer = self.api.cluster(&cluster).await;
                (cluster, project, answer)
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        for (cluster, project, answer) in answers {
            match answer {
                Ok(row) => {
                    clusters.insert(cluster, row);
                }
                Err(error) if error.kind == ErrorKind::Credentials => return Err(error),
                Err(error) if error::says_absent(&error) => {
                    if projects.iter().any(|row| Some(&row.id) == project.as_ref()) {
                        directory.gone.insert(cluster);
                    } else {
                        directory
                            .unclear
                            .insert(cluster, unseen(project.as_deref()));
                    }
                }
                Err(error) => {
                    directory.unclear.insert(cluster, error);
                }
            }
        }
        Ok(())
    }
}

/// A cluster that is not there, in a project that is not there either.
fn unseen(project: Option<&str>) -> ProviderError {
    let project = project.unwrap_or("that is not named");
    ProviderError::new(
        Provider::Zilliz,
        "DescribeCluster",
        ErrorKind::Permission,
        format!("this key does not see its project {project}"),
    )
}

/// The clusters of `backups` of which nobody can tell whether they exist, each with the reason.
///
/// A backup whose cluster's id is none is not among them: that one is kept for its own sake (S7).
pub(super) fn unclear<'a>(
    directory: &'a Directory,
    backups: impl Iterator<Item = &'a Backup>,
) -> BTreeMap<&'a str, &'a ProviderError> {
    backups
        .filter_map(|backup| directory.unclear.get_key_value(backup.id.container()))
        .map(|(cluster, error)| (cluster.as_str(), error))
        .collect()
}

/// The error for a cluster that `--orphaned` cannot judge.
pub(super) fn undecided(cluster: &str, error: &ProviderError) -> ProviderError {
    ProviderError {
        message: format!(
            "whether cluster {cluster} still exists is not known: {}",
            error.message
        ),
        hint: None,
        ..error.clone()
    }
    .with_hint("use a key that sees all projects, or leave out --orphaned and name the backups")
}

/// The same where it is left out.
pub(super) fn left_out(cluster: &str, error: &ProviderError) -> Unread {
    Unread {
        scope: cluster.to_owned(),
        why: format!("whether it still exists is not known: {error}"),
    }
}
