//! The operations that change nothing.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    failure::Failure,
    operation::Operation,
    page::Page,
    place::Place,
    quirk::{Quirk, Quirks},
    state::{Point, Region, Vault},
    wire,
};
use crate::sandbox::exchange::Answer;

/// What the reading operations see.
pub struct Reader<'a> {
    /// Where.
    pub place: &'a Place,
    /// What is there.
    pub region: &'a Region,
    /// What goes wrong.
    pub quirks: &'a Quirks,
    /// The query's pairs.
    pub query: &'a [(String, String)],
}

impl Reader<'_> {
    /// Answers an operation; those that change something, and those of other services, are not known here.
    pub fn answer(&self, operation: &Operation) -> Result<Answer, Failure> {
        match operation {
            Operation::ListBackupVaults => self.vaults(),
            Operation::DescribeBackupVault { vault } => {
                let found = self.vault(vault)?;
                let fields = wire::vault(self.place, vault, found);
                Ok(wire::answer_with_exponents(&Value::Object(fields)))
            }
            Operation::GetBackupVaultAccessPolicy { vault } => self.policy(vault),
            Operation::ListRecoveryPointsByBackupVault { vault } => self.points(vault),
            Operation::DescribeRecoveryPoint { vault, arn } => self.point(vault, arn),
            Operation::ListRecoveryPointsByResource { resource } => self.points_of(resource),
            Operation::ListLegalHolds => self.holds(),
            Operation::ListRecoveryPointsByLegalHold { hold } => self.held(hold),
            Operation::ListTags { arn } => self.tags(arn),
            Operation::DeleteBackupVault { .. }
            | Operation::DeleteRecoveryPoint { .. }
            | Operation::DisassociateRecoveryPoint { .. }
            | Operation::DisassociateRecoveryPointFromParent { .. }
            | Operation::ListRegions
            | Operation::Query { .. }
            | Operation::Unknown => Err(Failure::unknown_operation()),
        }
    }

    fn asked(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    fn time_asked(&self, name: &str) -> Result<Option<Timestamp>, Failure> {
        let Some(text) = self.asked(name) else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .map_err(|_| Failure::invalid_parameter(format!("Invalid {name}: {text}")))
    }

    fn vault(&self, name: &str) -> Result<&Vault, Failure> {
        self.region
            .vaults
            .get(name)
            .ok_or_else(Failure::no_such_vault)
    }

    fn vaults(&self) -> Result<Answer, Failure> {
        let page = Page::of(self.query)?;
        let kind = self.asked("vaultType");
        let items = self
            .region
            .vaults
            .iter()
            .filter(|(name, vault)| {
                page.after.as_deref().is_none_or(|after| &***name > after)
                    && kind.is_none_or(|kind| vault.kind.wire() == kind)
            })
            .map(|(name, vault)| {
                let fields = wire::vault(self.place, name, vault);
                (name.to_string(), Value::Object(fields))
            });
        Ok(wire::answer(&page.body(
            "BackupVaultList",
            items,
            self.quirks,
        )))
    }

    fn policy(&self, name: &str) -> Result<Answer, Failure> {
        let policy = self.vault(name)?.policy.as_ref().ok_or_else(|| {
            Failure::not_found(format!("Backup vault {name} has no associated policy."))
        })?;
        Ok(wire::answer(&json!({
            "BackupVaultName": name,
            "BackupVaultArn": self.place.vault_arn(name),
            "Policy": policy,
        })))
    }

    fn points(&self, name: &str) -> Result<Answer, Failure> {
        let vault = self.vault(name)?;
        let page = Page::of(self.query)?.within(name);
        let before = self.time_asked("createdBefore")?;
        let after = self.time_asked("createdAfter")?;
        let fits = |point: &Point| {
            let equals = |asked: Option<&str>, has: Option<&str>| {
                asked.is_none_or(|asked| has == Some(asked))
            };
            equals(self.asked("resourceArn"), point.resource.as_deref())
                && equals(self.asked("resourceType"), point.resource_type.as_deref())
                && equals(self.asked("backupPlanId"), point.plan.as_deref())
                && equals(
                    self.asked("parentRecoveryPointArn"),
                    point.parent.as_deref(),
                )
                && before.is_none_or(|before| point.created.is_some_and(|at| at < before))
                && after.is_none_or(|after| point.created.is_some_and(|at| at > after))
        };
        let items = vault
            .points_after(page.after.as_deref())
            .filter(|(_, point)| fits(point))
            .map(|(arn, point)| {
                let fields = wire::point(self.place, name, vault, arn, point);
                (arn.to_string(), Value::Object(fields))
            });
        Ok(wire::answer(&page.body(
            "RecoveryPoints",
            items,
            self.quirks,
        )))
    }

    fn point(&self, name: &str, arn: &str) -> Result<Answer, Failure> {
        let vault = self.vault(name)?;
        let point = vault
            .points
            .get(arn)
            .or_else(|| vault.tombstones.get(arn))
            .ok_or_else(|| no_such_point(arn))?;
        let fields = wire::point(self.place, name, vault, arn, point);
        Ok(wire::answer_with_exponents(&wire::describe(fields, point)))
    }

    fn points_of(&self, resource: &str) -> Result<Answer, Failure> {
        if !resource.starts_with("arn:") {
            return Err(Failure::invalid_parameter(format!(
                "Invalid resource ARN: {resource}"
            )));
        }
        let page = Page::of(self.query)?;
        let last = page
            .after
            .as_deref()
            .and_then(|key| key.split_once('\u{0}'));
        let last = last.map(|(vault, arn)| (Arc::from(vault), Arc::from(arn)));
        let unnamed = self.quirks.has(&Quirk::NullVault);
        let items = self
            .region
            .points_of(resource, last)
            .map(|(name, vault, arn, point)| {
                let named = (!unnamed).then_some(&**name);
                let value = wire::point_of_resource(self.place, named, vault, arn, point);
                (format!("{name}\u{0}{arn}"), value)
            });
        Ok(wire::answer(&page.body(
            "RecoveryPoints",
            items,
            self.quirks,
        )))
    }

    fn holds(&self) -> Result<Answer, Failure> {
        let page = Page::of(self.query)?;
        let items = self
            .region
            .holds
            .iter()
            .filter(|(id, _)| page.after.as_ref().is_none_or(|after| *id > after))
            .map(|(id, hold)| (id.clone(), wire::hold(self.place, id, hold)));
        Ok(wire::answer(&page.body("LegalHolds", items, self.quirks)))
    }

    fn held(&self, id: &str) -> Result<Answer, Failure> {
        let hold = self.region.holds.get(id).ok_or_else(|| {
            Failure::invalid_parameter(format!("Legal hold {id} does not exist."))
        })?;
        let page = Page::of(self.query)?;
        let key = |vault: &str, arn: &str| format!("{vault}\u{0}{arn}");
        let items = hold
            .points
            .iter()
            .filter(|(vault, arn)| {
                page.after
                    .as_deref()
                    .is_none_or(|after| key(vault, arn).as_str() > after)
            })
            .map(|(vault, arn)| {
                let point = self.region.point(vault, arn);
                let value = json!({
                    "RecoveryPointArn": **arn,
                    "ResourceArn": point.and_then(|point| point.resource.as_deref()),
                    "ResourceType": point.and_then(|point| point.resource_type.as_deref()),
                    "BackupVaultName": **vault,
                });
                (key(vault, arn), value)
            });
        Ok(wire::answer(&page.body(
            "RecoveryPoints",
            items,
            self.quirks,
        )))
    }

    /// Only what AWS Backup manages wholly has its tags there; an EBS snapshot's are EC2's.
    fn tags(&self, arn: &str) -> Result<Answer, Failure> {
        let service = arn.split(':').nth(2);
        if service != Some("backup") {
            return Err(if self.quirks.has(&Quirk::TagsNotFound) {
                Failure::not_found(format!("Resource {arn} not found."))
            } else {
                Failure::invalid_parameter(format!("Invalid ARN: {arn}"))
            });
        }
        if let Some((_, name)) = arn.split_once(":backup-vault:") {
            self.vault(name)
                .map_err(|_| Failure::not_found("Backup vault not found."))?;
            return Ok(wire::answer(&json!({"Tags": {}})));
        }
        let point = self
            .region
            .vaults
            .values()
            .find_map(|vault| vault.points.get(arn))
            .ok_or_else(|| no_such_point(arn))?;
        Ok(wire::answer(&json!({"Tags": point.tags})))
    }
}

/// What a recovery point that is not there is answered with.
pub fn no_such_point(arn: &str) -> Failure {
    Failure::not_found(format!("Recovery point {arn} does not exist."))
}
