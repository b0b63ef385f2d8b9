//! The operations that change something, and everything that AWS has against it.
//!
//! A deletion that passes is only accepted: the point is DELETING until the lag is over, and what it comes to then may
//! be EXPIRED in place of gone.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    failure::Failure,
    place::Place,
    quirk::{Nested, Quirk, Quirks, Refused},
    read::no_such_point,
    state::{End, OnDelete, Point, Region, Vault, VaultKind, World},
    wire,
};
use crate::sandbox::exchange::Answer;

const EXPIRED: &str = "Unable to delete the recovery point because the IAM role \
    arn:aws:iam::aws:role/AWSBackupDefaultServiceRole used to create it no longer exists or has \
    insufficient permissions to perform this action. Delete the recovery point manually.";

/// What the changing operations work on.
pub struct Writer<'a> {
    /// Who asks, for messages.
    pub caller: &'a str,
    /// Where.
    pub place: &'a Place,
    /// Everything.
    pub world: &'a mut World,
    /// What goes wrong.
    pub quirks: &'a mut Quirks,
    /// How long a deletion takes.
    pub lag: Duration,
    /// The sandbox's time.
    pub now: Timestamp,
}

impl Writer<'_> {
    /// `DeleteRecoveryPoint`.
    pub fn delete(&mut self, vault: &str, arn: &str) -> Result<Answer, Failure> {
        let region = self.region()?;
        let kept = region
            .vaults
            .get(vault)
            .ok_or_else(Failure::no_such_vault)?;
        self.permitted(kept, arn)?;
        if let Some(message) = not_deletable(kept, vault) {
            return Err(message);
        }
        let point = kept.points.get(arn).ok_or_else(|| no_such_point(arn))?;
        if kept.lock.is_some() {
            return Err(self.locked(vault));
        }
        if point.on_delete == Some(OnDelete::Denied) {
            return Err(Failure::denied(""));
        }
        if let Some(hold) = region.hold_on(vault, arn) {
            return Err(held(arn, hold));
        }
        busy(point, arn)?;
        self.nested_allowed(region, vault, point)?;
        if self.quirks.strikes(|quirk| {
            if let Quirk::HoldLate(count) = quirk {
                Some(count)
            } else {
                None
            }
        }) {
            let now = self.now;
            let region = self.region_mut()?;
            region.hold("Put while you were looking", vault, arn, now);
            return Err(held(arn, region.hold_on(vault, arn).unwrap_or_default()));
        }
        self.begin(vault, arn);
        Ok(wire::nothing())
    }

    /// `DeleteBackupVault`: only when it is empty, and nothing locks it.
    pub fn delete_vault(&mut self, vault: &str) -> Result<Answer, Failure> {
        let Some(kept) = self.region()?.vaults.get(vault) else {
            return if self.quirks.has(&Quirk::AbsentVault) {
                Ok(wire::nothing())
            } else {
                Err(Failure::no_such_vault())
            };
        };
        if policy_denies(kept, "backup:DeleteBackupVault") {
            return Err(self.denied_by_policy("backup:DeleteBackupVault", vault));
        }
        let (empty, locked) = (kept.points.is_empty(), kept.lock.is_some());
        let counted_late = self.quirks.strikes(|quirk| {
            if let Quirk::LateCount(count) = quirk {
                Some(count)
            } else {
                None
            }
        });
        if !empty || counted_late {
            return Err(Failure::invalid_request(
                "Backup vault cannot be deleted because it contains recovery points.",
            ));
        }
        if locked {
            return Err(Failure::invalid_request(format!(
                "Backup vault {vault} is locked and cannot be deleted."
            )));
        }
        self.region_mut()?.vaults.remove(vault);
        Ok(wire::nothing())
    }

    /// `DisassociateRecoveryPoint`: a continuous point goes back to its service, or stops.
    pub fn disassociate(&mut self, vault: &str, arn: &str) -> Result<Answer, Failure> {
        let region = self.region_mut()?;
        let kept = region
            .vaults
            .get(vault)
            .ok_or_else(Failure::no_such_vault)?;
        if kept.lock.is_some() {
            return Err(self.locked(vault));
        }
        let point = region
            .point_mut(vault, arn)
            .ok_or_else(|| no_such_point(arn))?;
        busy(point, arn)?;
        if !Point::is_continuous(arn) {
            return Err(Failure::invalid_request(
                "Only continuous recovery points can be disassociated.",
            ));
        }
        if matches!(point.resource_type.as_deref(), Some("RDS" | "Aurora")) {
            region.remove(vault, arn);
        } else {
            "STOPPED".clone_into(&mut point.status);
        }
        Ok(wire::nothing())
    }

    /// `DisassociateRecoveryPointFromParent`: a nested point stands alone from here on.
    pub fn leave_parent(&mut self, vault: &str, arn: &str) -> Result<Answer, Failure> {
        let region = self.region_mut()?;
        if !region.vaults.contains_key(vault) {
            return Err(Failure::no_such_vault());
        }
        let point = region
            .point_mut(vault, arn)
            .ok_or_else(|| no_such_point(arn))?;
        if point.parent.take().is_none() {
            return Err(Failure::invalid_request(
                "The recovery point has no parent.",
            ));
        }
        Ok(wire::nothing())
    }

    fn region(&self) -> Result<&Region, Failure> {
        self.world
            .regions
            .get(self.place)
            .ok_or_else(Failure::no_such_vault)
    }

    fn region_mut(&mut self) -> Result<&mut Region, Failure> {
        self.world
            .regions
            .get_mut(self.place)
            .ok_or_else(Failure::no_such_vault)
    }

    fn permitted(&self, vault: &Vault, arn: &str) -> Result<(), Failure> {
        if self.quirks.has(&Quirk::DenyDeleteMessageEmpty) {
            return Err(Failure::denied(""));
        }
        if self.quirks.has(&Quirk::DenyResourcePolicy)
            || policy_denies(vault, "backup:DeleteRecoveryPoint")
        {
            return Err(self.denied_by_policy("backup:DeleteRecoveryPoint", arn));
        }
        Ok(())
    }

    fn denied_by_policy(&self, action: &str, subject: &str) -> Failure {
        Failure::denied(format!(
            "User: {} is not authorized to perform: {action} on resource: {subject} with an \
             explicit deny in a resource-based policy",
            self.caller
        ))
    }

    fn locked(&self, vault: &str) -> Failure {
        let refused = self.quirks.find(|quirk| {
            if let Quirk::LockError(refused) = quirk {
                Some(*refused)
            } else {
                None
            }
        });
        match refused.unwrap_or(Refused::Invalid) {
            Refused::Invalid => Failure::invalid_request(format!(
                "Backup vault {vault} is locked: recovery points in it cannot be deleted."
            )),
            Refused::Denied => Failure::denied("Insufficient privileges to perform this action."),
        }
    }

    fn nested(&self) -> Nested {
        let nested = self.quirks.find(|quirk| {
            if let Quirk::Nested(nested) = quirk {
                Some(*nested)
            } else {
                None
            }
        });
        nested.unwrap_or(Nested::Refuse)
    }

    fn nested_allowed(&self, region: &Region, vault: &str, point: &Point) -> Result<(), Failure> {
        if self.nested() != Nested::Refuse {
            return Ok(());
        }
        let Some(parent) = &point.parent else {
            return Ok(());
        };
        // A parent that is on its way out holds its nested points no more.
        match region.point(vault, parent) {
            Some(found) if found.status != "DELETING" => Err(Failure::invalid_request(format!(
                "Recovery point is a member of the composite recovery point {parent}. Delete the \
                 composite recovery point or disassociate it from its parent first."
            ))),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, vault: &str, arn: &str) {
        let stuck = self.quirks.strikes(|quirk| {
            if let Quirk::Stuck(count) = quirk {
                Some(count)
            } else {
                None
            }
        });
        let expired = self.quirks.strikes(|quirk| {
            if let Quirk::Expired(count) = quirk {
                Some(count)
            } else {
                None
            }
        });
        let cascade = self.nested() == Nested::Cascade;
        let tombstone = self.quirks.has(&Quirk::Tombstone);
        let due = self.due();
        let Some(region) = self.world.regions.get_mut(self.place) else {
            return;
        };
        let Some(point) = region.point_mut(vault, arn) else {
            return;
        };
        "DELETING".clone_into(&mut point.status);
        point.status_message = None;
        let is_parent = point.is_parent;
        let side_effect = side_effect(arn, point);
        let end = match &point.on_delete {
            Some(OnDelete::Stuck) => None,
            _ if stuck => None,
            Some(OnDelete::Expired(message)) => Some(End::Expired(message.clone())),
            _ if expired => Some(End::Expired(EXPIRED.to_owned())),
            _ if tombstone => Some(End::Tombstone),
            Some(OnDelete::Denied) | None => Some(End::Gone),
        };
        let children: Vec<Arc<str>> = if is_parent && cascade {
            let all = region
                .vaults
                .get(vault)
                .into_iter()
                .flat_map(|kept| &kept.points);
            all.filter(|(_, point)| {
                point.parent.as_deref() == Some(arn) && point.status != "DELETING"
            })
            .map(|(arn, _)| Arc::clone(arn))
            .collect()
        } else {
            Vec::new()
        };
        self.world.side_effects.extend(side_effect);
        if let Some(end) = end {
            self.world.schedule(due, self.place, vault, arn, end);
        }
        for child in children {
            self.begin(vault, &child);
        }
        self.world.settle(self.now);
    }

    fn due(&self) -> Timestamp {
        let lag = if self.quirks.has(&Quirk::NoLag) {
            Duration::ZERO
        } else {
            self.lag
        };
        let lag = SignedDuration::try_from(lag).unwrap_or(SignedDuration::MAX);
        self.now.saturating_add(lag).unwrap_or(Timestamp::MAX)
    }
}

fn not_deletable(vault: &Vault, name: &str) -> Option<Failure> {
    match vault.kind {
        VaultKind::Backup => None,
        VaultKind::AirGapped => Some(Failure::invalid_request(format!(
            "Recovery points in the logically air-gapped vault {name} cannot be deleted."
        ))),
        VaultKind::RestoreAccess => Some(Failure::invalid_request(format!(
            "The operation is not supported for the restore access backup vault {name}."
        ))),
    }
}

fn held(arn: &str, hold: &str) -> Failure {
    Failure::invalid_request(format!(
        "Recovery point {arn} cannot be deleted because it is under active legal hold(s): {hold}"
    ))
}

fn busy(point: &Point, arn: &str) -> Result<(), Failure> {
    match point.status.as_str() {
        "DELETING" | "CREATING" => Err(Failure::invalid_state(format!(
            "Recovery point {arn} is in the state {} and cannot be changed until that is done.",
            point.status
        ))),
        _ => Ok(()),
    }
}

/// What AWS does to the resource when its continuous point goes.
fn side_effect(arn: &str, point: &Point) -> Option<String> {
    if !Point::is_continuous(arn) {
        return None;
    }
    let resource = point.resource.as_deref().unwrap_or("its resource");
    Some(match point.resource_type.as_deref() {
        Some("RDS") => format!("rebooted {resource}: point-in-time recovery is off"),
        Some("Aurora") => format!("set the retention of {resource} to 1 day"),
        _ => format!("stopped continuous backup of {resource}"),
    })
}

/// Whether a vault's policy denies an action to everybody. No more of the policy language than the policies here use.
fn policy_denies(vault: &Vault, action: &str) -> bool {
    let Some(policy) = &vault.policy else {
        return false;
    };
    let Ok(policy) = serde_json::from_str::<Value>(policy) else {
        return false;
    };
    let has = |value: Option<&Value>, fits: &dyn Fn(&str) -> bool| match value {
        Some(Value::String(text)) => fits(text),
        Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).any(fits),
        _ => false,
    };
    let everybody = |principal: Option<&Value>| {
        let principal = principal.map(|value| value.get("AWS").unwrap_or(value));
        has(principal, &|text| text == "*")
    };
    let statements = policy.get("Statement").and_then(Value::as_array);
    statements.into_iter().flatten().any(|statement| {
        statement.get("Effect").and_then(Value::as_str) == Some("Deny")
            && everybody(statement.get("Principal"))
            && has(statement.get("Action"), &|text| {
                text == action || text == "*" || text == "backup:*"
            })
    })
}
