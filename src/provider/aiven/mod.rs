//! Aiven: the secondary regions of a service's backups.
//!
//! There is no call that deletes a backup. A region's copies go away when the region leaves one list in the service's
//! settings, so a removal is one `PUT` of that list, and nothing else of the service is ever sent.

mod api;
mod backup;
mod census;
mod config;
mod delete;
mod error;
mod examine;
mod find;
mod holdings;
mod id;
mod notes;
mod read_back;
mod scope;
mod survey;
#[cfg(test)]
mod tests;
mod wire;

pub use examine::{examine, least_privilege};
pub use id::parse;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{
    Accepted, Census, Delete, Found, Identity, Inventory, Progress, ProviderError, Reading,
    Removal, SetupError, Survey, Wants, credential::TokenRequest, rest::Rest,
};
use crate::{
    backup::{Backup, Provider, Target},
    environment::Environment,
    plan::Approved,
    transport::{
        Transport,
        pace::{Limiter, Rate},
    },
};
use config::{Config, Wanted};
use find::Look;

/// 120 requests a minute are granted to a token.
const RATE: Rate = Rate {
    start: 2.0,
    burst: 20.0,
    ceiling: Some(2.0),
};

/// What is asked of Aiven, before anything was looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Request {
    /// `--project`, each one's name.
    pub projects: Vec<String>,
    /// `--service`, names or globs.
    pub services: Vec<String>,
    /// `--region`.
    pub regions: Vec<String>,
    /// `--all-regions`.
    pub all_regions: bool,
    /// `--endpoint-url`.
    #[serde(skip)]
    pub endpoint: Option<String>,
    /// `--token-file` and `--token-command`.
    #[serde(skip)]
    pub token: TokenRequest,
}

/// Aiven, as one token sees it.
#[derive(Debug)]
pub struct Aiven {
    rest: Rest,
    limiter: Arc<Limiter>,
    token_source: String,
    /// What a person should know about the token, whatever is listed or deleted with it.
    notes: Vec<String>,
    overridden: bool,
    /// Empty for every project that the token reaches.
    projects: Vec<String>,
    services: Vec<Wanted>,
    regions: Vec<String>,
    all_regions: bool,
    /// What was just read of a service, so that a census that follows at once does not read it again.
    seen: Mutex<HashMap<String, (Instant, Look)>>,
}

/// Makes out the token, the project and the endpoint. Asks Aiven nothing.
///
/// # Errors
/// [`SetupError::Usage`] for a scope or a setting that is wrong or blank, [`SetupError::Credentials`] without a token.
pub async fn connect(
    transport: &Transport,
    environment: &Environment,
    request: &Request,
) -> Result<Aiven, SetupError> {
    let config = Config::of(environment, request).await?;
    Ok(Aiven {
        limiter: transport.limiter(&format!("aiven/{}", config.token.source), RATE),
        rest: Rest {
            transport: transport.clone(),
            base: config.base,
            token: config.token.secret.clone(),
            provider: Provider::Aiven,
        },
        token_source: config.token.told("token"),
        notes: config.token.note("tokens").into_iter().collect(),
        overridden: config.overridden,
        projects: config.projects,
        services: config.services,
        regions: config.regions,
        all_regions: config.all_regions,
        seen: Mutex::default(),
    })
}

impl Aiven {
    /// What the request's scope names for deletion: its regions, or with `--all-regions` all that are listed, of its
    /// services. A region that is named of a service that is named is a target whether or not it is there.
    ///
    /// # Errors
    /// [`super::ErrorKind::NoSuchScope`] without a project or a service, or where one that is named is not there; or what
    /// reading failed with.
    pub async fn targets_of_scope(&self) -> Result<Vec<Target>, ProviderError> {
        self.scope_targets().await
    }
}

#[async_trait]
impl Inventory for Aiven {
    async fn named_by_scope(&self) -> Result<Vec<Target>, ProviderError> {
        self.targets_of_scope().await
    }

    async fn identity(&self) -> Result<Identity, ProviderError> {
        // Who the token belongs to is worth showing, and not worth failing for.
        let user = self.me().await;
        let email = user.as_ref().and_then(|user| user.user.clone());
        let projects = (!self.projects.is_empty()).then(|| self.projects.join(","));
        Ok(Identity {
            provider: Provider::Aiven,
            account: email.clone().or(projects),
            alias: user.and_then(|user| user.real_name),
            principal: email,
            source: self.token_source.clone(),
            endpoint: self.rest.base.clone(),
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
        self.take_census(backups).await
    }

    fn notes_on(&self, chosen: &[&Backup], _now: Timestamp) -> Vec<String> {
        notes::deleting(chosen.iter().copied())
    }

    /// A region that is added again has copies again, all of them newer; its newest one says nothing.
    fn began(&self, backup: &Backup) -> Option<Timestamp> {
        backup
            .attributes
            .find("oldest")
            .and_then(|oldest| oldest.as_str()?.parse().ok())
            .or(backup.created_at)
    }

    async fn read_back(&self, backups: &[&Backup]) -> Vec<Reading> {
        self.read_regions_back(backups).await
    }
}

#[async_trait]
impl Delete for Aiven {
    fn removals(&self, approved: &Approved) -> Result<Vec<Removal>, ProviderError> {
        self.plan_removals(approved)
    }

    async fn turn(&self, _removal: &Removal) {
        self.limiter.turn().await;
    }

    async fn delete(&self, removal: &Removal) -> Result<Accepted, ProviderError> {
        self.remove(removal).await
    }

    fn concurrency(&self) -> usize {
        4
    }
}
