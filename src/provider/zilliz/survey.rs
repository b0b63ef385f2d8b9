//! Everything in the scope, for choosing from it.
//!
//! Zilliz can filter by itself, which saves pages. It is asked for whole clusters, unless the caller says that a part will
//! do: how many backups a cluster holds, and which of them is the last, can only be told of what was read whole. Every
//! filter is applied here once more, and one that Zilliz refuses is done without.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    Zilliz, id,
    listing::{Clusters, Filters, unless_denied},
    notes, orphans,
    snapshot::{Directory, Snapshot},
};
use crate::{
    backup::Backup,
    provider::{ErrorKind, Narrow, Progress, ProviderError, Seen, Survey, Wants},
};

/// How much is read at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The organisation.
    Everything,
    /// Whole clusters.
    Clusters,
    /// A part of what clusters hold.
    Parts,
}

/// What Zilliz is asked for.
struct Question {
    filters: Filters,
    /// The clusters, where they had to be read to ask.
    clusters: Option<Clusters>,
    reach: Reach,
}

impl Zilliz {
    pub(super) async fn survey_scope(
        &self,
        wants: &Wants,
        progress: Progress<'_>,
    ) -> Result<Survey, ProviderError> {
        let question = self.question(&wants.narrow).await?;
        let (snapshot, reach) = self.answer(question, progress).await?;
        let Snapshot {
            directory,
            backups: all,
            ..
        } = &snapshot;
        self.wanted.check(directory, all)?;
        let mut survey = Survey {
            notes: self.notes.clone(),
            ..Survey::default()
        };
        if self.wanted.orphaned {
            let in_scope = all.iter().filter(|backup| self.wanted.is_about(backup));
            for (cluster, error) in orphans::unclear(directory, in_scope) {
                if !wants.skip_unreadable {
                    return Err(orphans::undecided(cluster, error));
                }
                survey.unread.push(orphans::left_out(cluster, error));
            }
        }
        let taken = all.iter().filter(|backup| self.wanted.takes(backup));
        survey.backups = taken.cloned().collect();
        survey
            .notes
            .extend(notes::listed(directory, &survey.backups));
        if reach != Reach::Parts {
            survey.totals = snapshot.totals();
        }
        let scopes = clusters_of(&survey.backups);
        progress(Seen {
            scopes_done: scopes,
            scopes,
            backups: survey.backups.len(),
        });
        // A census rests on all of it; what was narrowed must not pass for that (S9).
        if reach == Reach::Everything {
            self.keep(&Arc::new(snapshot));
        }
        Ok(survey)
    }

    /// Reads what was asked for; or everything, where Zilliz takes a filter amiss, or a name might only be found elsewhere.
    async fn answer(
        &self,
        question: Question,
        progress: Progress<'_>,
    ) -> Result<(Snapshot, Reach), ProviderError> {
        let Question {
            filters,
            clusters,
            reach,
        } = question;
        let narrowed = self.read(&filters, clusters, &|_| true, progress).await;
        let again = !filters.is_empty()
            && match &narrowed {
                Ok(snapshot) => self
                    .wanted
                    .check(&snapshot.directory, &snapshot.backups)
                    .is_err_and(|error| error.kind == ErrorKind::NoSuchScope),
                Err(error) => matches!(error.kind, ErrorKind::Refused | ErrorKind::NotFound),
            };
        if !again {
            return narrowed.map(|snapshot| (snapshot, reach));
        }
        let all = self
            .read(&Filters::new(), None, &|_| true, progress)
            .await?;
        Ok((all, Reach::Everything))
    }

    async fn question(&self, narrow: &Narrow) -> Result<Question, ProviderError> {
        let mut filters = Filters::new();
        let mut clusters = None;
        // A filter for something that Zilliz does not list any more may be answered with an error, or with nothing; so only
        // what is listed is filtered for there.
        if let Some(cluster) = self.one_cluster(narrow) {
            let listed = unless_denied(self.clusters().await)?;
            if listed.as_ref().is_ok_and(|rows| rows.contains_key(cluster)) {
                filters.push(("clusterId", cluster.to_owned()));
            }
            clusters = Some(listed).filter(|_| !filters.is_empty());
        }
        if !self.wanted.projects.is_empty() {
            let directory = Directory::of(self.projects().await?.clone(), Ok(BTreeMap::new()));
            if let Some(project) = self.wanted.one_project(&directory) {
                filters.push(("projectId", project));
            }
        }
        let mut reach = if filters.is_empty() {
            Reach::Everything
        } else {
            Reach::Clusters
        };
        // Whoever narrows looks at no whole cluster; then the method narrows too.
        if *narrow != Narrow::default() {
            let before = filters.len();
            filters.extend(parts(narrow));
            if let Some(method) = self.wanted.method {
                filters.push(("creationMethod", method.word().to_owned()));
            }
            if filters.len() > before {
                reach = Reach::Parts;
            }
        }
        Ok(Question {
            filters,
            clusters,
            reach,
        })
    }

    /// The one cluster that is asked for by its id.
    fn one_cluster<'a>(&'a self, narrow: &'a Narrow) -> Option<&'a str> {
        let wanted = match self.wanted.clusters.as_slice() {
            [] => narrow.resource.as_deref(),
            [cluster] => Some(cluster.as_str()),
            _ => None,
        };
        wanted.filter(|cluster| id::is_cluster(cluster) && id::is_id(cluster))
    }
}

/// The filters that leave out a part of a cluster. Whether Zilliz' edges of a time are inclusive is not documented.
fn parts(narrow: &Narrow) -> Filters {
    const MARGIN: SignedDuration = SignedDuration::from_secs(1);
    let time = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let start = narrow
        .created_after
        .and_then(|at| at.checked_sub(MARGIN).ok())
        .map(|at| ("start", time(at)));
    let end = narrow
        .created_before
        .and_then(|at| at.checked_add(MARGIN).ok())
        .map(|at| ("end", time(at)));
    let kind = narrow
        .kind
        .as_ref()
        .map(|kind| kind.to_ascii_uppercase())
        .filter(|kind| matches!(kind.as_str(), "CLUSTER" | "COLLECTION"))
        .map(|kind| ("backupType", kind));
    [start, end, kind].into_iter().flatten().collect()
}

fn clusters_of(backups: &[Backup]) -> usize {
    let clusters: HashSet<&str> = backups.iter().map(|backup| backup.id.container()).collect();
    clusters.len()
}
