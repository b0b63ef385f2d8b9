//! Vaults: which there are, which were meant, and what locks them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use arcstr::ArcStr;
use aws_sdk_backup::types::{BackupVaultListMember, VaultType};
use jiff::Timestamp;

use super::{
    arn::Arn,
    error, id,
    point::timestamp,
    region::{ON_A_PAGE, PAGE, Pages, Patience, Region},
};
use crate::{
    backup::{Protection, Scope},
    glob::{self, Glob},
    provider::{ErrorKind, ProviderError, SetupError, near::near},
    shared::Shared,
};

pub(super) const LIST_VAULTS: &str = "ListBackupVaults";

/// The one vault type from which something can be deleted.
const DELETABLE: &str = "BACKUP_VAULT";

/// The type of a vault that is a view on another account's.
pub(super) const RESTORE_ACCESS: &str = "RESTORE_ACCESS_BACKUP_VAULT";

/// One vault.
#[derive(Debug)]
pub(super) struct Vault {
    pub(super) name: ArcStr,
    pub(super) arn: Option<String>,
    pub(super) scope: Arc<Scope>,
    /// What forbids deleting anything from it.
    pub(super) protection: Shared<Protection>,
    /// How many recovery points AWS says it holds; an approximation.
    pub(super) points: u64,
    pub(super) created_at: Option<Timestamp>,
}

impl Vault {
    fn of(member: BackupVaultListMember, region: &str, now: Timestamp) -> Option<Self> {
        let name = member.backup_vault_name.filter(|name| !name.is_empty())?;
        let account = member
            .backup_vault_arn
            .as_deref()
            .and_then(Arn::parse)
            .map(|arn| arn.account.to_owned())
            .filter(|account| !account.is_empty());
        let scope = Scope::new(name.clone())
            .with("account", account)
            .with("region", Some(region))
            .with("vault", Some(name.clone()));
        let mut protection = Shared::default();
        if member.locked == Some(true) {
            let date = member.lock_date.and_then(|at| timestamp(&at));
            protection.push(lock(date, now));
        }
        if let Some(kind) = member
            .vault_type
            .as_ref()
            .map(VaultType::as_str)
            .filter(|kind| *kind != DELETABLE)
        {
            protection.push(Protection::VaultType(error::clean(kind)));
        }
        Some(Self {
            name: name.into(),
            arn: member.backup_vault_arn,
            scope: Arc::new(scope),
            protection,
            points: u64::try_from(member.number_of_recovery_points).unwrap_or(0),
            created_at: member.creation_date.and_then(|at| timestamp(&at)),
        })
    }

    /// Whether a list of so many can be the whole vault. AWS' count is an approximation; a list that was cut is not near.
    pub(super) fn fits(&self, listed: usize) -> bool {
        let listed = u64::try_from(listed).unwrap_or(u64::MAX);
        self.points.saturating_sub(listed) <= (self.points / 10).max(5)
    }

    /// How many calls it takes to list it.
    pub(super) fn pages(&self) -> u64 {
        self.points.div_ceil(ON_A_PAGE).max(1)
    }

    pub(super) fn locked(&self) -> Option<&Protection> {
        self.protection
            .iter()
            .find(|protection| matches!(protection, Protection::VaultLock { .. }))
    }
}

/// The lock's mode follows from its date: none, ahead, or past.
fn lock(date: Option<Timestamp>, now: Timestamp) -> Protection {
    let mode = match date {
        None => "governance",
        Some(date) if date > now => "compliance, in grace time",
        Some(_) => "compliance",
    };
    Protection::VaultLock { mode, since: date }
}

/// All vaults of one region.
#[derive(Debug, Default)]
pub(super) struct Vaults {
    all: Vec<Arc<Vault>>,
}

impl Vaults {
    /// Reads them all, and remembers them for diagnosing.
    pub(super) async fn read(region: &Region) -> Result<Arc<Self>, ProviderError> {
        Self::read_with(region, Patience::Repeat).await
    }

    /// The same without repeating what fails.
    pub(super) async fn read_once(region: &Region) -> Result<Arc<Self>, ProviderError> {
        Self::read_with(region, Patience::Once).await
    }

    async fn read_with(region: &Region, patience: Patience) -> Result<Arc<Self>, ProviderError> {
        let now = Timestamp::now();
        let mut all = Vec::new();
        let mut pages = Pages::of(LIST_VAULTS);
        while pages.more() {
            let page = region
                .read(LIST_VAULTS, patience, || {
                    region
                        .client
                        .list_backup_vaults()
                        .max_results(PAGE)
                        .set_next_token(pages.token())
                        .send()
                })
                .await
                .map_err(|error| permission(error, "backup:ListBackupVaults"))?;
            let members = page.backup_vault_list.ok_or_else(|| {
                error::own(
                    LIST_VAULTS,
                    ErrorKind::Malformed,
                    "an answer without a list",
                )
            })?;
            for member in members {
                let vault = Vault::of(member, &region.name, now).ok_or_else(|| {
                    error::own(LIST_VAULTS, ErrorKind::Malformed, "a vault without a name")
                })?;
                all.push(Arc::new(vault));
            }
            pages.turn(page.next_token)?;
        }
        let vaults = Arc::new(Self { all });
        region.remember(Arc::clone(&vaults));
        Ok(vaults)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Vault>> {
        self.all.iter()
    }

    pub(super) fn find(&self, name: &str) -> Option<&Arc<Vault>> {
        self.all.iter().find(|vault| &*vault.name == name)
    }

    /// Names that could have been meant.
    pub(super) fn near(&self, name: &str) -> Vec<String> {
        near(name, self.all.iter().map(|vault| &*vault.name))
            .into_iter()
            .map(ToOwned::to_owned)
            .collect()
    }
}

/// A permission error that names the missing action; other errors as they are.
pub(super) fn permission(error: ProviderError, action: &str) -> ProviderError {
    if error.kind == ErrorKind::Permission {
        error.with_hint(format!(
            "allow {action} to these credentials, then try again"
        ))
    } else {
        error
    }
}

/// A vault that is nowhere where it was looked for.
pub(super) fn no_such_vault(
    name: &str,
    account: Option<&str>,
    looked_in: &[(&str, &Vaults)],
) -> ProviderError {
    let regions: Vec<&str> = looked_in.iter().map(|(region, _)| *region).collect();
    let whose = account.map_or_else(String::new, |account| format!(" of account {account}"));
    let error = error::own(
        LIST_VAULTS,
        ErrorKind::NoSuchScope,
        format!(
            "there is no vault {name:?} in {}{whose}",
            regions.join(", ")
        ),
    );
    let near: Vec<String> = looked_in
        .iter()
        .flat_map(|(region, vaults)| {
            vaults
                .near(name)
                .into_iter()
                .map(move |near| format!("{near} ({region})"))
        })
        .collect();
    if near.is_empty() {
        error.with_hint(
            "a vault belongs to one account and one region: check --region and --profile; `bkdel aws list` shows those of this region",
        )
    } else {
        error.with_hint(format!("did you mean {}?", near.join(" or ")))
    }
}

/// The vaults that were named: literal names and globs.
#[derive(Debug, Clone)]
pub(super) struct Names {
    globs: Vec<Glob>,
    /// How many accounts are looked into.
    accounts: usize,
    /// What was not found, and in whose account. Shared by all of them: a vault need not be in each.
    missed: Arc<Mutex<HashMap<String, BTreeMap<String, ProviderError>>>>,
}

impl Names {
    pub(super) fn of(names: &[String]) -> Result<Self, SetupError> {
        let names = names.iter().map(|name| {
            if name.trim().is_empty() {
                return Err(SetupError::usage_with(
                    "--vault is empty",
                    "name a vault, or leave --vault out",
                ));
            }
            if !glob::is_pattern(name) {
                id::check_vault_name(name)?;
            }
            name.parse()
                .map_err(|error| SetupError::usage(format!("--vault: {error}")))
        });
        Ok(Self {
            globs: names.collect::<Result<_, _>>()?,
            accounts: 1,
            missed: Arc::default(),
        })
    }

    /// The same for several accounts.
    pub(super) fn over(mut self, accounts: usize) -> Self {
        self.accounts = accounts;
        self
    }

    /// Notes that an account has no such vault. Once every account has said so, the first one's word for it, by number:
    /// accounts are read side by side, and which is the last is chance.
    pub(super) fn nowhere(
        &self,
        name: &str,
        account: &str,
        missing: ProviderError,
    ) -> Option<ProviderError> {
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        let told = missed.entry(name.to_owned()).or_default();
        told.insert(account.to_owned(), missing);
        let everywhere = told.len() >= self.accounts;
        let first = told.first_key_value().map(|(_, missing)| missing.clone());
        first.filter(|_| everywhere)
    }

    /// Whether none is named, and every vault is meant.
    pub(super) fn is_any(&self) -> bool {
        self.globs.is_empty()
    }

    pub(super) fn admits(&self, vault: &str) -> bool {
        self.globs.is_empty() || self.globs.iter().any(|glob| glob.is_match(vault))
    }

    /// The names that mean no vault at all: a typing error must not look like an empty vault.
    pub(super) fn unmatched(&self, looked_in: &[(&str, &Vaults)]) -> Vec<&str> {
        self.globs
            .iter()
            .filter(|glob| {
                !looked_in
                    .iter()
                    .any(|(_, vaults)| vaults.iter().any(|vault| glob.is_match(&vault.name)))
            })
            .map(Glob::as_str)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_named_by_its_date() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let at = |text: &str| Some(text.parse().unwrap());
        for (date, expected) in [
            (None, "governance"),
            (at("2026-01-02T00:00:00Z"), "compliance, in grace time"),
            (at("2025-12-31T00:00:00Z"), "compliance"),
        ] {
            let Protection::VaultLock { mode, .. } = lock(date, now) else {
                panic!("a lock is a lock");
            };
            assert_eq!(mode, expected);
        }
    }

    #[test]
    fn s3_a_count_may_be_near_but_not_far_off() {
        let vault = |points: i64| {
            let member = BackupVaultListMember::builder()
                .backup_vault_name("prod")
                .number_of_recovery_points(points)
                .build();
            Vault::of(member, "eu-central-1", Timestamp::UNIX_EPOCH).unwrap()
        };
        assert!(vault(0).fits(0) && vault(5).fits(0) && vault(3).fits(9));
        assert!(vault(1000).fits(950) && !vault(1000).fits(800));
        assert!(!vault(30).fits(3));
    }

    #[test]
    fn s4_a_blank_vault_is_refused_and_a_glob_crosses_slashes() {
        assert!(Names::of(&[" ".to_owned()]).is_err());
        let names = Names::of(&["aws*".to_owned()]).unwrap();
        assert!(names.admits("aws/efs/automatic-backup-vault"));
        assert!(!names.admits("prod"));
    }

    #[test]
    fn a_vault_is_nowhere_once_every_account_has_said_so_and_the_first_ones_word_is_told() {
        let missing = |account| no_such_vault("prod", Some(account), &[]);
        let names = Names::of(&[]).unwrap().over(2);
        let other = names.clone();
        assert!(names.nowhere("prod", "2", missing("2")).is_none());
        assert!(names.nowhere("prod", "2", missing("2")).is_none());
        assert!(other.nowhere("staging", "1", missing("1")).is_none());
        let told = other.nowhere("prod", "1", missing("1")).unwrap();
        assert!(told.message.ends_with("account 1"), "{told}");
        assert!(names.nowhere("staging", "2", missing("2")).is_some());
        let alone = Names::of(&[]).unwrap();
        assert!(alone.nowhere("prod", "1", missing("1")).is_some());
    }
}
