//! Deleting: the requests that may be sent, sending one once, and what a refusal means.

use std::sync::Arc;

use super::{
    Aws,
    arn::Arn,
    endpoint,
    mutate::{self, own_fault, region_of},
    region::Region,
    vault,
    vaults::no_such_vault,
};
use crate::{
    backup::{Backup, Subject},
    plan::Approved,
    provider::{Accepted, ErrorKind, ProviderError, Removal},
};

pub(super) const DELETE: &str = "DeleteRecoveryPoint";

/// One request a recovery point, composite ones before what is nested in them; and then one a vault that goes itself.
pub(super) fn removals(aws: &Aws, approved: &Approved) -> Result<Vec<Removal>, ProviderError> {
    let (vaults, points): (Vec<&Arc<Backup>>, Vec<&Arc<Backup>>) = approved
        .items()
        .iter()
        .partition(|item| item.id.subject() == Subject::Vault);
    let (parts, wholes): (Vec<&Arc<Backup>>, Vec<&Arc<Backup>>) = points
        .into_iter()
        .partition(|backup| backup.parent.is_some());
    let points = wholes
        .into_iter()
        .chain(parts)
        .map(|backup| removal(aws, approved, backup));
    let vaults = vaults
        .into_iter()
        .map(|one| vault::removal(aws, approved, one));
    points.chain(vaults).collect()
}

fn removal(aws: &Aws, approved: &Approved, backup: &Arc<Backup>) -> Result<Removal, ProviderError> {
    let path = endpoint::path(backup.id.container(), backup.id.name());
    mutate::removal(aws, approved, backup, (DELETE, &path))
}

/// Sends one request once.
pub(super) async fn one(aws: &Aws, removal: &Removal) -> Result<Accepted, ProviderError> {
    let Some(backup) = removal.items().first() else {
        return Err(own_fault(DELETE, "a removal of nothing"));
    };
    match backup.id.subject() {
        Subject::Vault => return vault::delete(aws, backup).await,
        Subject::Backup => {}
    }
    let Some(region) = region_of(aws, backup) else {
        return Err(own_fault(
            DELETE,
            "a removal in a region that was not set up",
        ));
    };
    let call = |status| {
        region
            .client
            .delete_recovery_point()
            .backup_vault_name(backup.id.container())
            .recovery_point_arn(backup.id.name())
            .customize()
            .interceptor(status)
            .send()
    };
    let error = match mutate::once(&region, DELETE, call).await {
        Ok(accepted) => return Ok(accepted),
        Err(error) => error,
    };
    if error.kind == ErrorKind::NotFound {
        return Ok(Accepted {
            request_id: error.request_id,
            status: error.status,
            absent: true,
            sent: true,
        });
    }
    Err(explain(&region, backup, error).await)
}

/// Waits for the pace of deletions in the point's region.
pub(super) async fn turn(aws: &Aws, removal: &Removal) {
    let Some(item) = removal.items().first() else {
        return;
    };
    let operation = match item.id.subject() {
        Subject::Backup => DELETE,
        Subject::Vault => vault::DELETE,
    };
    if let Some(region) = region_of(aws, item) {
        region.limiter(operation).turn().await;
    }
}

/// The last look before it may leave.
pub(super) async fn still_fits(aws: &Aws, removal: &Removal) -> Result<(), ProviderError> {
    for item in removal.items() {
        match item.id.subject() {
            Subject::Backup => {}
            Subject::Vault => vault::still_empty(aws, item).await?,
        }
    }
    Ok(())
}

/// Finds out what a refusal is about. AWS says "access denied" of much that is no matter of rights.
async fn explain(region: &Region, backup: &Backup, error: ProviderError) -> ProviderError {
    match error.kind {
        ErrorKind::Permission | ErrorKind::Refused | ErrorKind::Protected => {}
        ErrorKind::Conflict => {
            return error.with_hint(
                "something is under way on it, such as a copy or a restore: try again when that has ended",
            );
        }
        ErrorKind::Credentials
        | ErrorKind::NotFound
        | ErrorKind::NoSuchScope
        | ErrorKind::Kept
        | ErrorKind::Throttled
        | ErrorKind::Server
        | ErrorKind::Network
        | ErrorKind::Certificate
        | ErrorKind::Timeout
        | ErrorKind::Malformed
        | ErrorKind::Incomplete
        | ErrorKind::Drift
        | ErrorKind::Guard
        | ErrorKind::Gate
        | ErrorKind::Rehearsed
        | ErrorKind::Setup
        | ErrorKind::Interrupted => return error,
    }
    let vault = backup.id.container();
    if let Some(vaults) = region.recent_vaults().await {
        match vaults.find(vault) {
            None => {
                return ProviderError {
                    request_id: error.request_id,
                    code: error.code,
                    status: error.status,
                    ..no_such_vault(vault, region.owner(), &[(&region.name, &vaults)])
                };
            }
            // The text of a lock's refusal is documented nowhere; the lock itself is.
            Some(vault) => {
                if let Some(lock) = vault.locked() {
                    return ProviderError {
                        kind: ErrorKind::Protected,
                        message: format!("{lock}: {}", error.message),
                        hint: Some("a locked vault keeps its recovery points to the end of their retention".to_owned()),
                        ..error
                    };
                }
            }
        }
    }
    if error.kind == ErrorKind::Protected {
        return error
            .with_hint("the legal hold must be cancelled first (`aws backup cancel-legal-hold`)");
    }
    if let (ErrorKind::Refused, Some(parent)) = (error.kind, &backup.parent) {
        return error.with_hint(format!(
            "it is a member of {parent}: delete that one, and its parts go with it"
        ));
    }
    if error.kind == ErrorKind::Permission {
        let hint = denied(&error.message, backup);
        return error.with_hint(hint);
    }
    error
}

/// Whose right is missing, as far as the message tells.
fn denied(message: &str, backup: &Backup) -> String {
    let vault = backup.id.container();
    let arn = backup.id.name();
    if message.contains("resource-based policy") {
        return format!(
            "the access policy of vault {vault} denies it: `aws backup get-backup-vault-access-policy --backup-vault-name {vault}`"
        );
    }
    if message.contains("service control policy") {
        return "a service control policy of the organisation denies it".to_owned();
    }
    let action = Arn::parse(arn)
        .and_then(|arn| arn.store())
        .and_then(super::arn::Store::action);
    let forwarded = |action: &str| {
        format!(
            "allow {action} too, with aws:CalledVia = backup.amazonaws.com: AWS Backup deletes it in your name"
        )
    };
    if let Some(named) = named_action(message) {
        if named == "backup:DeleteRecoveryPoint" {
            return format!("allow backup:DeleteRecoveryPoint on {arn}");
        }
        return forwarded(named);
    }
    match action {
        Some(action) => format!(
            "allow backup:DeleteRecoveryPoint on {arn}, and {action} with aws:CalledVia = backup.amazonaws.com; or the access policy of vault {vault} denies it"
        ),
        None => format!(
            "allow backup:DeleteRecoveryPoint on {arn}; or the access policy of vault {vault} denies it"
        ),
    }
}

/// The action in "… is not authorized to perform: ACTION on resource: …".
fn named_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("to perform")?;
    rest.split(|c: char| c.is_whitespace() || c == ',')
        .map(|word| word.trim_matches([':', '.', '"', '\'']))
        .find(|word| {
            word.split_once(':').is_some_and(|(service, action)| {
                !service.is_empty()
                    && service.bytes().all(|byte| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
                    })
                    && action.starts_with(|c: char| c.is_ascii_uppercase())
            })
        })
}
