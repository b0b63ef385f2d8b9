//! AWS Backup: recovery points in vaults, over the AWS SDK.
//!
//! The SDK signs and parses; pace, repeats, paging and the reading of errors are ours. A 200 from `DeleteRecoveryPoint`
//! is no deletion: AWS may keep the point and call it EXPIRED, so only reading back tells.

mod account;
mod alias;
mod arn;
mod census;
mod check;
mod connect;
mod credentials;
mod delete;
mod endpoint;
mod error;
mod examine;
mod filters;
mod find;
mod held;
mod holds;
mod id;
mod identity;
mod least_privilege;
mod list;
mod missing;
mod mutate;
mod notes;
mod origin;
mod point;
mod profile;
mod read_back;
mod region;
mod roles;
mod session_region;
mod signing;
mod sound;
mod survey;
mod tags;
#[cfg(test)]
mod tests;
mod vault;
mod vaults;

pub use connect::{Aws, connect};
pub use examine::examine;
pub use id::parse;
pub use least_privilege::least_privilege;
pub use roles::narrow_to;

use arn::Arn;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Accepted, Census, Delete, Effort, Found, Identity, Inventory, Progress, ProviderError, Reading,
    Removal, SetupError, Survey, Wants,
};
use crate::{
    backup::{Backup, Target},
    glob::is_pattern,
    plan::Approved,
};

/// Where to look, and as whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Request {
    /// `--region`; none means those of the ids, or the session's own.
    pub regions: Vec<String>,
    /// `--all-regions`: those that the account may use.
    pub all_regions: bool,
    /// `--vault`: names or globs; none means every vault.
    pub vaults: Vec<String>,
    /// `--all-vaults`: every vault, said in so many words.
    pub all_vaults: bool,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--role-arn`: roles to be assumed, one an account; none means the session's own credentials.
    pub roles: Vec<String>,
    /// `--external-id`: what the roles' trust policies want to be told.
    pub external_id: Option<String>,
    /// `--endpoint-url`.
    #[serde(skip)]
    pub endpoint: Option<String>,
}

impl Request {
    /// Whether exactly one vault of one account is named, and one that AWS lets anybody delete.
    ///
    /// # Errors
    /// [`SetupError::Usage`] for everything else: a pattern must not choose vaults that go.
    pub fn check_container(&self) -> Result<(), SetupError> {
        let [vault] = self.vaults.as_slice() else {
            return Err(SetupError::usage_with(
                "--delete-empty-vault deletes the one vault that --vault names",
                "name exactly one, with --vault",
            ));
        };
        if is_pattern(vault) {
            return Err(SetupError::usage_with(
                format!("--delete-empty-vault takes a vault's name, and {vault:?} is a pattern"),
                "`bkdel aws list` shows the vaults' names",
            ));
        }
        if vault == notes::EFS_VAULT {
            return Err(SetupError::usage_with(
                format!("AWS lets nobody delete {vault}: EFS keeps its automatic backups there"),
                "leave out --delete-empty-vault",
            ));
        }
        if self.all_regions || self.roles.len() > 1 {
            return Err(SetupError::usage_with(
                "--delete-empty-vault deletes a vault of one account, in the regions that are named",
                "name its region with --region, and at most one --role-arn",
            ));
        }
        Ok(())
    }
}

impl Aws {
    /// Whether the account can own what this ARN names; not every ARN names one.
    fn may_own(&self, arn: &str) -> bool {
        let owner = Arn::parse(arn).map_or("", |arn| arn.account);
        owner.is_empty() || self.account().is_none_or(|account| account == owner)
    }
}

#[async_trait]
impl Inventory for Aws {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        self.identity
            .get_or_try_init(|| identity::read(self))
            .await
            .cloned()
    }

    async fn survey(&self, wants: &Wants, progress: Progress<'_>) -> Result<Survey, ProviderError> {
        survey::all(self, wants, progress).await
    }

    async fn read_tags(&self, backups: Vec<&mut Backup>) -> Result<Vec<String>, ProviderError> {
        tags::fill(self, backups).await
    }

    async fn find(&self, targets: &[Target]) -> Result<Found, ProviderError> {
        Box::pin(find::find(self, targets, find::NoVault::Mistake)).await
    }

    async fn find_again(&self, targets: &[Target]) -> Result<Found, ProviderError> {
        Box::pin(find::find(self, targets, find::NoVault::Emptied)).await
    }

    fn may_hold(&self, target: &Target) -> bool {
        self.may_own(&target.name)
    }

    fn notes_on(&self, chosen: &[&Backup], now: Timestamp) -> Vec<String> {
        notes::on(chosen, now)
    }

    async fn containers(&self) -> Result<Vec<Backup>, ProviderError> {
        vault::in_scope(self).await
    }

    async fn census(&self, backups: &[&Backup]) -> Result<Census, ProviderError> {
        census::take(self, backups).await
    }

    async fn read_back(&self, backups: &[&Backup]) -> Vec<Reading> {
        read_back::many(self, backups).await
    }

    async fn read_some_back(&self, backups: &[&Backup], effort: Effort) -> Vec<(usize, Reading)> {
        read_back::some(self, backups, effort).await
    }
}

#[async_trait]
impl Delete for Aws {
    fn removals(&self, approved: &Approved) -> Result<Vec<Removal>, ProviderError> {
        delete::removals(self, approved)
    }

    async fn turn(&self, removal: &Removal) {
        delete::turn(self, removal).await;
    }

    async fn still_fits(&self, removal: &Removal) -> Result<(), ProviderError> {
        delete::still_fits(self, removal).await
    }

    async fn delete(&self, removal: &Removal) -> Result<Accepted, ProviderError> {
        delete::one(self, removal).await
    }

    /// Every region counts by itself.
    fn limit(&self, removal: &Removal) -> String {
        removal
            .items()
            .first()
            .and_then(|backup| Arn::parse(backup.id.name()))
            .map(|arn| arn.region.to_owned())
            .unwrap_or_default()
    }

    /// The pace decides how many leave; this is only enough for several hundred a second, each taking a quarter of one.
    fn concurrency(&self) -> usize {
        128
    }
}
