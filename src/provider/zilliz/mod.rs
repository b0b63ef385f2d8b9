//! Zilliz Cloud: backups of clusters, over its REST API.
//!
//! An organisation has one list of backups, which outlive their clusters; it is read whole, and joined with the lists of
//! clusters and projects. Deleting is one call a backup, whose answer proves nothing: reading back does.

mod api;
mod credentials;
mod error;
mod examine;
mod find;
mod id;
mod listing;
mod notes;
mod orphans;
mod paging;
mod reading;
mod scope;
mod setup;
mod snapshot;
mod survey;
#[cfg(test)]
mod tests;
mod wire;

pub use examine::{examine, least_privilege};
pub use id::parse;
pub use setup::connect;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::Uri;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::{sync::OnceCell, time::Instant};

use super::{
    Accepted, Census, Delete, ErrorKind, Found, Identity, Inventory, Keeper, Keepers, Progress,
    ProviderError, Reading, Removal, Sent, Survey, Wants, credential::TokenRequest,
};
use crate::{
    backup::{Backup, BackupId, Provider, Target},
    plan::{Approved, Body, Warrant},
};
use api::Api;
use scope::Wanted;
use snapshot::Snapshot;
use wire::ProjectRow;

/// Removals under way at once. The limiter sets the pace; this hides the answers' time.
const CONCURRENCY: usize = 4;

/// Which of Zilliz' two clouds, which share nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// `cloud.zilliz.com`.
    Global,
    /// `cloud.zilliz.com.cn`: the regions `ali-*` and `tc-*`.
    Cn,
}

/// How a backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// By a person; kept for ever, also after its cluster is dropped.
    Manual,
    /// By a policy; goes at the end of its retention, or with its cluster.
    Auto,
}

impl Method {
    /// Zilliz' word.
    fn word(self) -> &'static str {
        match self {
            Self::Manual => "MANUAL",
            Self::Auto => "AUTO",
        }
    }
}

/// What was asked of Zilliz, before anything is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Request {
    /// Ids, names or globs of projects; empty means all.
    pub projects: Vec<String>,
    /// Ids, names or globs of clusters, those that exist no more included; empty means all.
    pub clusters: Vec<String>,
    /// The section of zilliz-cli's file that the key is taken from.
    pub org: Option<String>,
    /// Which cloud, where no endpoint is named.
    pub cloud: Option<Cloud>,
    /// How the backups were made.
    pub method: Option<Method>,
    /// Only backups whose cluster exists no more.
    pub orphaned: bool,
    /// `--endpoint-url`.
    #[serde(skip)]
    pub endpoint: Option<String>,
    /// Where the key is to come from.
    #[serde(skip)]
    pub token: TokenRequest,
}

/// One organisation of Zilliz Cloud, as one key sees it.
#[derive(Debug)]
pub struct Zilliz {
    api: Api,
    wanted: Wanted,
    source: String,
    notes: Vec<String>,
    organization: Option<String>,
    overridden: bool,
    projects: OnceCell<Result<Vec<ProjectRow>, ProviderError>>,
    /// The organisation as it was just read, for the one question that follows.
    fresh: Mutex<Option<(Instant, Arc<Snapshot>)>>,
}

#[async_trait]
impl Inventory for Zilliz {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        let projects = self.projects().await?;
        let projects = projects.as_deref().unwrap_or_default();
        Ok(Identity {
            provider: Provider::Zilliz,
            account: self.organization.clone().or_else(|| account(projects)),
            alias: alias(projects),
            principal: None,
            source: self.source.clone(),
            endpoint: self.api.base().to_owned(),
            endpoint_overridden: self.overridden,
        })
    }

    async fn survey(&self, wants: &Wants, progress: Progress<'_>) -> Result<Survey, ProviderError> {
        self.survey_scope(wants, progress).await
    }

    async fn find(&self, targets: &[Target]) -> Result<Found, ProviderError> {
        self.find_targets(targets).await
    }

    async fn census(&self, backups: &[&Backup]) -> Result<Census, ProviderError> {
        let snapshot = match self.just_read() {
            Some(snapshot) => Ok(snapshot),
            None => self.snapshot(&|_| false).await,
        };
        let snapshot = match snapshot {
            Ok(snapshot) => snapshot,
            Err(error) if error.kind == ErrorKind::Credentials => return Err(error),
            Err(error) => {
                let unreadable = Keepers::Unreadable(error.to_string());
                return Ok(backups
                    .iter()
                    .map(|backup| (backup.group.clone(), unreadable.clone()))
                    .collect());
            }
        };
        Ok(backups
            .iter()
            .map(|backup| {
                let keepers = keepers(&snapshot, &backup.group);
                (backup.group.clone(), Keepers::Known(keepers))
            })
            .collect())
    }

    fn notes_on(&self, chosen: &[&Backup], _now: Timestamp) -> Vec<String> {
        notes::deleting(chosen.iter().copied())
    }

    async fn read_back(&self, backups: &[&Backup]) -> Vec<Reading> {
        reading::read_back(&self.api, backups).await
    }
}

#[async_trait]
impl Delete for Zilliz {
    fn removals(&self, approved: &Approved) -> Result<Vec<Removal>, ProviderError> {
        let refused = |id: &BackupId, why: &dyn std::fmt::Display| ProviderError {
            sent: Sent::No,
            ..ProviderError::new(
                Provider::Zilliz,
                "DeleteBackup",
                ErrorKind::Gate,
                format!("no request is made for {id}: {why}"),
            )
        };
        let mut removals = Vec::new();
        for item in approved.items() {
            let id = &item.id;
            if id.provider() != Provider::Zilliz
                || !id::is_id(id.container())
                || !id::is_id(id.name())
            {
                return Err(refused(id, &"it is not the id of a Zilliz Cloud backup"));
            }
            let url: Uri = self
                .api
                .url(id)
                .parse()
                .map_err(|error| refused(id, &error))?;
            let warrant = Warrant::new(http::Method::DELETE, &url, Body::Empty, vec![id.clone()])
                .map_err(|error| refused(id, &error))?;
            let removal = approved
                .removal(vec![item.clone()], warrant)
                .map_err(|error| refused(id, &error))?;
            removals.push(removal);
        }
        Ok(removals)
    }

    async fn turn(&self, _removal: &Removal) {
        self.api.turn().await;
    }

    async fn delete(&self, removal: &Removal) -> Result<Accepted, ProviderError> {
        let [item] = removal.items() else {
            return Err(ProviderError {
                sent: Sent::No,
                ..ProviderError::new(
                    Provider::Zilliz,
                    "DeleteBackup",
                    ErrorKind::Gate,
                    "one request deletes one backup",
                )
            });
        };
        self.api.delete(&item.id).await
    }

    fn concurrency(&self) -> usize {
        CONCURRENCY
    }
}

/// What stands for the organisation, which no call names: its oldest project. A project belongs to one organisation, and
/// the oldest does not change when others come.
fn account(projects: &[ProjectRow]) -> Option<String> {
    projects
        .iter()
        .min_by_key(|project| {
            (
                project.created_at.is_none(),
                project.created_at,
                &project.id,
            )
        })
        .map(|project| project.id.clone())
}

fn alias(projects: &[ProjectRow]) -> Option<String> {
    let mut names: Vec<&str> = projects
        .iter()
        .filter_map(|project| project.name.as_deref())
        .collect();
    names.sort_unstable();
    let shown: Vec<&str> = names.iter().take(3).copied().collect();
    let more = names.len().saturating_sub(shown.len());
    match (shown.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(shown.join(", ")),
        (false, more) => Some(format!("{} and {more} more projects", shown.join(", "))),
    }
}

/// What can be restored from, and has not expired by the provider's own clock.
fn keepers(snapshot: &Snapshot, group: &str) -> Vec<Keeper> {
    snapshot
        .backups
        .iter()
        .filter(|backup| &*backup.group == group && backup.healthy())
        .filter(|backup| match (backup.expires_at, snapshot.at) {
            (Some(end), Some(now)) => end > now,
            (Some(_) | None, _) => true,
        })
        .map(|backup| Keeper {
            id: backup.id.to_string(),
            place: backup.scope.name().to_owned(),
            created_at: backup.created_at,
        })
        .collect()
}
