//! Zilliz' calls, each once or repeated for a bounded time, at the pace of its own limit.

use std::{sync::Arc, time::Duration};

use arcstr::ArcStr;
use http::Method;
use secrecy::SecretString;
use serde_json::Value;

use super::{
    error::judge,
    wire::{BackupRow, ClusterRow, Page, ProjectRow},
};
use crate::{
    backup::{BackupId, Provider},
    provider::{
        Accepted, ErrorKind, ProviderError, Sent,
        credential::Token,
        rest::{Answer, Rest, segment},
    },
    transport::{
        Transport,
        pace::{Limiter, Rate},
        retry,
    },
};

/// The call that deletes.
const DELETE: &str = "DeleteBackup";

/// The Chinese reference page grants 20 requests a second to a user and an API; Terraform holds itself to ten.
const RATE: Rate = Rate {
    start: 10.0,
    burst: 10.0,
    ceiling: Some(10.0),
};

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Backups,
    Clusters,
}

impl List {
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::Backups => "ListBackups",
            Self::Clusters => "ListClusters",
        }
    }

    /// The name of the entries, which is the path too.
    fn name(self) -> &'static str {
        match self {
            Self::Backups => "backups",
            Self::Clusters => "clusters",
        }
    }
}

/// Whether a reading call is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// For as long as the transport says.
    Usual,
    /// Not at all: somebody above repeats.
    Once,
}

/// The API of one organisation. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Api {
    rest: Rest,
    /// The place of the key: limits are a user's.
    user: ArcStr,
}

impl Api {
    pub(super) fn new(transport: &Transport, base: String, token: Token) -> Self {
        let secret: SecretString = token.secret;
        Self {
            rest: Rest {
                transport: transport.clone(),
                base,
                token: secret,
                provider: Provider::Zilliz,
            },
            user: token.source.into(),
        }
    }

    pub(super) fn base(&self) -> &str {
        &self.rest.base
    }

    /// The URL under which a backup is described and deleted.
    pub(super) fn url(&self, id: &BackupId) -> String {
        self.rest.url(&path(id))
    }

    pub(super) async fn projects(&self) -> Result<Vec<ProjectRow>, ProviderError> {
        self.read(
            "ListProjects",
            "/v2/projects",
            &[],
            Patience::Usual,
            |data, answer| {
                let rows = data
                    .as_array()
                    .map(|rows| rows.iter().map(ProjectRow::of).collect());
                rows.flatten()
                    .ok_or_else(|| answer.error("answered without a list of projects"))
            },
        )
        .await
    }

    pub(super) async fn page(
        &self,
        list: List,
        query: &[(&str, String)],
        patience: Patience,
    ) -> Result<Page, ProviderError> {
        let path = format!("/v2/{}", list.name());
        self.read(list.operation(), &path, query, patience, |data, answer| {
            Page::of(data, list.name(), answer.at)
                .ok_or_else(|| answer.error("answered without a list and its count"))
        })
        .await
    }

    /// One cluster. An answer about another one is an error.
    pub(super) async fn cluster(&self, id: &str) -> Result<ClusterRow, ProviderError> {
        let path = format!("/v2/clusters/{}", segment(id));
        let patience = Patience::Usual;
        self.read("DescribeCluster", &path, &[], patience, |data, answer| {
            ClusterRow::of(&data)
                .filter(|row| row.id.as_deref() == Some(id))
                .ok_or_else(|| answer.error("answered without the cluster that was asked for"))
        })
        .await
    }

    /// One backup. An answer about another one is an error.
    pub(super) async fn describe(
        &self,
        id: &BackupId,
        patience: Patience,
    ) -> Result<BackupRow, ProviderError> {
        self.read(
            "DescribeBackup",
            &path(id),
            &[],
            patience,
            |data, answer| {
                let row = BackupRow::of(&data)
                    .ok_or_else(|| answer.error("answered without a backup"))?;
                let differs = |field: &Option<String>, asked: &str| {
                    field.as_deref().is_some_and(|found| found != asked)
                };
                if row.id.as_deref() != Some(id.name()) || differs(&row.cluster, id.container()) {
                    return Err(answer.error("answered with another backup than the one asked for"));
                }
                Ok(row)
            },
        )
        .await
    }

    /// Waits for the pace of deletions.
    pub(super) async fn turn(&self) {
        self.limiter(DELETE).turn().await;
    }

    /// Asks once to delete. Only an answer that names the backup counts; every refusal that does not speak of the key
    /// itself has to be read back (S22).
    pub(super) async fn delete(&self, id: &BackupId) -> Result<Accepted, ProviderError> {
        let limiter = self.limiter(DELETE);
        let result = self.delete_once(DELETE, id).await;
        match &result {
            Ok(_) => limiter.granted(),
            Err(error) if error.kind == ErrorKind::Throttled => limiter.refused(error.wait),
            Err(error) if error.sent == Sent::Answered => limiter.granted(),
            Err(_) => {}
        }
        result
    }

    async fn delete_once(
        &self,
        operation: &'static str,
        id: &BackupId,
    ) -> Result<Accepted, ProviderError> {
        let answer = self
            .rest
            .call(operation, Method::DELETE, &path(id), &[], None)
            .await?;
        let data = judge(&answer).map_err(|mut error| {
            if error.kind == ErrorKind::Refused {
                error.sent = Sent::Perhaps;
            }
            error
        })?;
        match named(&data) {
            Some(name) if name == id.name() => Ok(Accepted {
                request_id: answer.request_id,
                status: Some(answer.status.as_u16()),
                absent: false,
                sent: true,
            }),
            Some(_) => Err(answer.error("answered with another backup than the one asked for")),
            None => Err(answer.error("answered without naming the backup")),
        }
    }

    async fn read<T: Send>(
        &self,
        operation: &'static str,
        path: &str,
        query: &[(&str, String)],
        patience: Patience,
        understand: impl Fn(Value, &Answer) -> Result<T, ProviderError> + Sync,
    ) -> Result<T, ProviderError> {
        let patience = match patience {
            Patience::Usual => self.rest.transport.retry_for(),
            Patience::Once => Duration::ZERO,
        };
        let understand = &understand;
        retry::reading(&self.limiter(operation), patience, || async move {
            let answer = self
                .rest
                .call(operation, Method::GET, path, query, None)
                .await?;
            understand(judge(&answer)?, &answer)
        })
        .await
    }

    fn limiter(&self, operation: &str) -> Arc<Limiter> {
        let limit = format!("zilliz/{}/{operation}", self.user);
        self.rest.transport.limiter(&limit, RATE)
    }
}

/// The path of a backup, which is never one of its siblings: `removals` and `parse` have checked both parts.
fn path(id: &BackupId) -> String {
    format!(
        "/v2/clusters/{}/backups/{}",
        segment(id.container()),
        segment(id.name())
    )
}

fn named(data: &Value) -> Option<String> {
    BackupRow::of(data)?.id
}
