//! From backups as bkdel lists them to vaults and recovery points.
//!
//! Attributes are found whether they are called `ParentRecoveryPointArn` or `parent_recovery_point_arn`. What vaults
//! are like follows from what their points say about being protected.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    HOME_ACCOUNT, HOME_REGION,
    place::Place,
    state::{Lock, OnDelete, Point, VaultKind, World},
};
use crate::sandbox::seed::Seed;

impl World {
    /// Puts a backup where it says that it is. The error says why that cannot be.
    pub fn load(&mut self, seed: &Seed, now: Timestamp) -> Result<(), String> {
        let (vault, arn) = split_id(&seed.id)
            .ok_or_else(|| format!("the id {:?} is no VAULT/ARN of a recovery point", seed.id))?;
        let vault = vault
            .or_else(|| seed.scope_text("vault"))
            .ok_or_else(|| format!("the backup {:?} names no vault", seed.id))?;
        let place = place(seed, arn);
        let region = self.regions.entry(place).or_default();
        region.insert(vault, arn, point(seed, now), now);
        for word in &seed.protection {
            protect(region, vault, arn, seed, word, now);
        }
        if let Some(kept) = region.vaults.get_mut(vault) {
            if let Some(kind) = text(seed, "vaulttype").or_else(|| seed.scope_text("vault_type")) {
                kept.kind = VaultKind::from_wire(kind).unwrap_or(kept.kind);
            }
            if let Some(from) = text(seed, "lockdate").and_then(|text| text.parse().ok()) {
                kept.lock = Some(Lock::Compliance { from });
            } else if find(seed, "locked").and_then(Value::as_bool) == Some(true)
                && kept.lock.is_none()
            {
                kept.lock = Some(Lock::Governance);
            }
        }
        Ok(())
    }
}

/// A vault's name, where there is one, and the ARN: both may hold `/`.
pub fn split_id(id: &str) -> Option<(Option<&str>, &str)> {
    if id.starts_with("arn:") {
        return Some((None, id));
    }
    let at = id.find("/arn:")?;
    let (vault, rest) = id.split_at_checked(at)?;
    Some((Some(vault), rest.strip_prefix('/')?)).filter(|(vault, _)| *vault != Some(""))
}

fn place(seed: &Seed, arn: &str) -> Place {
    let part = |index: usize| arn.split(':').nth(index).filter(|part| !part.is_empty());
    let region = seed
        .scope_text("region")
        .or_else(|| part(3))
        .unwrap_or(HOME_REGION);
    let account = seed
        .scope_text("account")
        .or_else(|| seed.scope_text("account_id"));
    let account = account.or_else(|| part(4)).unwrap_or(HOME_ACCOUNT);
    Place {
        account: account.to_owned(),
        region: region.to_owned(),
    }
}

fn point(seed: &Seed, now: Timestamp) -> Point {
    let status = seed
        .status
        .clone()
        .unwrap_or_else(|| "COMPLETED".to_owned());
    let created = seed.created_at;
    let minutes = SignedDuration::from_mins(7);
    let completed = match status.as_str() {
        "CREATING" => None,
        _ => created.and_then(|at| at.saturating_add(minutes).ok()),
    };
    let on_delete = text(seed, "ondelete").and_then(|word| match word.split_once(':') {
        Some(("expired", message)) => Some(OnDelete::Expired(message.trim().to_owned())),
        None if word == "stuck" => Some(OnDelete::Stuck),
        None if word == "denied" => Some(OnDelete::Denied),
        _ => None,
    });
    Point {
        resource: seed.resource.as_deref().map(Arc::from),
        resource_type: seed.type_.as_deref().map(Arc::from),
        resource_name: seed.name.clone(),
        status,
        status_message: owned(seed, "statusmessage"),
        created,
        completed: completed.map(|at| at.min(now)),
        size: seed.size_bytes,
        delete_at: seed.expires_at,
        cold_at: text(seed, "movetocoldstorageat").and_then(|text| text.parse().ok()),
        storage_class: owned(seed, "storageclass").unwrap_or_else(|| "WARM".to_owned()),
        is_parent: find(seed, "isparent")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        parent: owned(seed, "parentrecoverypointarn").or_else(|| owned(seed, "parent")),
        source_vault: owned(seed, "sourcebackupvaultarn"),
        tags: seed.tags.clone().unwrap_or_default(),
        plan: owned(seed, "backupplanid").or_else(|| owned(seed, "plan")),
        on_delete,
    }
}

fn protect(
    region: &mut super::state::Region,
    vault: &str,
    arn: &str,
    seed: &Seed,
    word: &str,
    now: Timestamp,
) {
    let word = word.to_lowercase();
    if word.contains("hold") {
        let title = text(seed, "legalhold").unwrap_or("Litigation 2026-17");
        region.hold(title, vault, arn, now);
        return;
    }
    let Some(kept) = region.vaults.get_mut(vault) else {
        return;
    };
    if word.contains("air") && word.contains("gap") {
        kept.kind = VaultKind::AirGapped;
        kept.lock = kept.lock.or(Some(Lock::Compliance { from: now }));
    } else if word.contains("restore") {
        kept.kind = VaultKind::RestoreAccess;
    } else if word.contains("lock") && !word.contains("snapshot") && kept.lock.is_none() {
        let week = SignedDuration::from_hours(7 * 24);
        kept.lock = Some(if word.contains("grace") {
            Lock::Compliance {
                from: now.saturating_add(week).unwrap_or(now),
            }
        } else if word.contains("compliance") || word.contains("immutable") {
            Lock::Compliance {
                from: now.saturating_sub(week).unwrap_or(now),
            }
        } else {
            Lock::Governance
        });
    }
}

fn find<'a>(seed: &'a Seed, name: &str) -> Option<&'a Value> {
    let plain = |key: &str| key.replace(['_', '-'], "").to_lowercase();
    seed.attributes
        .iter()
        .find_map(|(key, value)| (plain(key) == name && !value.is_null()).then_some(value))
}

fn text<'a>(seed: &'a Seed, name: &str) -> Option<&'a str> {
    find(seed, name).and_then(Value::as_str)
}

fn owned(seed: &Seed, name: &str) -> Option<String> {
    text(seed, name).map(str::to_owned)
}
