//! What AWS Backup's nouns look like on the wire, and how a body is written.
//!
//! Times are epoch seconds as floats. The service is written in Java, whose doubles turn to `1.767225600123E9`; both
//! ways occur, so lists print plain numbers and single things print exponents.

use std::io;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json, ser::Formatter};

use super::{
    place::Place,
    state::{Hold, Lock, Point, Vault},
};
use crate::sandbox::exchange::Answer;

/// Stands in a body for the request id, which is made once, when the answer leaves.
pub const REQUEST_ID: &str = "{request-id}";

/// A 200 with JSON, times as plain numbers.
pub fn answer(body: &Value) -> Answer {
    Answer {
        status: StatusCode::OK,
        headers: vec![("content-type", "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

/// A 200 with JSON, times with exponents.
pub fn answer_with_exponents(body: &Value) -> Answer {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Exponents);
    // Writing a `Value` to memory has no way to fail.
    body.serialize(&mut serializer).ok();
    Answer {
        body: bytes,
        ..answer(&Value::Null)
    }
}

/// A 200 without a body, as deletions are answered.
pub fn nothing() -> Answer {
    Answer {
        body: Vec::new(),
        ..answer(&Value::Null)
    }
}

/// A 200 with XML.
pub fn xml(body: &str) -> Answer {
    Answer {
        status: StatusCode::OK,
        headers: vec![("content-type", "text/xml".to_owned())],
        body: body.as_bytes().to_vec(),
    }
}

/// Text for between two tags.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Epoch seconds to the millisecond.
pub fn epoch(time: Timestamp) -> Value {
    let seconds = time.as_duration().as_secs_f64();
    json!((seconds * 1000.0).round() / 1000.0)
}

/// A vault, as lists and `DescribeBackupVault` give it.
pub fn vault(place: &Place, name: &str, vault: &Vault) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |key: &str, value: Value| {
        fields.insert(key.to_owned(), value);
    };
    put("BackupVaultName", json!(name));
    put("BackupVaultArn", json!(place.vault_arn(name)));
    put("VaultType", json!(vault.kind.wire()));
    put("VaultState", json!("AVAILABLE"));
    put("CreationDate", epoch(vault.created));
    put("EncryptionKeyArn", json!(place.key_arn()));
    put("EncryptionKeyType", json!("CUSTOMER_MANAGED_KMS_KEY"));
    put("CreatorRequestId", Value::Null);
    put("NumberOfRecoveryPoints", json!(vault.points.len()));
    put("Locked", json!(vault.lock.is_some()));
    let lock_date = match vault.lock {
        Some(Lock::Compliance { from }) => epoch(from),
        Some(Lock::Governance) | None => Value::Null,
    };
    put("LockDate", lock_date);
    put(
        "MinRetentionDays",
        json!(vault.retention.map(|(least, _)| least)),
    );
    put(
        "MaxRetentionDays",
        json!(vault.retention.map(|(_, most)| most)),
    );
    fields
}

/// A recovery point, as `ListRecoveryPointsByBackupVault` gives it.
pub fn point(
    place: &Place,
    vault_name: &str,
    vault: &Vault,
    arn: &str,
    point: &Point,
) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |key: &str, value: Value| {
        fields.insert(key.to_owned(), value);
    };
    put("RecoveryPointArn", json!(arn));
    put("BackupVaultName", json!(vault_name));
    put("BackupVaultArn", json!(place.vault_arn(vault_name)));
    put("SourceBackupVaultArn", json!(point.source_vault));
    put("ResourceArn", json!(point.resource.as_deref()));
    put("ResourceType", json!(point.resource_type.as_deref()));
    put("ResourceName", json!(point.resource_name));
    let created_by = point.plan.as_ref().map_or(Value::Null, |plan| {
        json!({
            "BackupPlanId": plan,
            "BackupPlanArn": place.arn(&format!("backup-plan:{plan}")),
            "BackupPlanVersion": "MWEyYjNjNGQtNWU2Zi03YTgx",
            "BackupRuleId": "5f0cd1a8-7d1b-4a0e-9c34-1f0b52a3d6f1",
        })
    });
    put("CreatedBy", created_by);
    put("IamRoleArn", json!(place.role_arn()));
    put("Status", json!(point.status));
    put("StatusMessage", json!(point.status_message));
    put("CreationDate", point.created.map_or(Value::Null, epoch));
    put("InitiationDate", point.created.map_or(Value::Null, epoch));
    put("CompletionDate", point.completed.map_or(Value::Null, epoch));
    put("BackupSizeInBytes", json!(point.size));
    put("CalculatedLifecycle", lifecycle(point));
    put("Lifecycle", retention(point));
    put("EncryptionKeyArn", json!(place.key_arn()));
    put("EncryptionKeyType", json!("CUSTOMER_MANAGED_KMS_KEY"));
    put("IsEncrypted", json!(true));
    put("LastRestoreTime", Value::Null);
    put("ParentRecoveryPointArn", json!(point.parent));
    put("CompositeMemberIdentifier", Value::Null);
    put("IsParent", json!(point.is_parent));
    put("VaultType", json!(vault.kind.wire()));
    fields
}

/// What `DescribeRecoveryPoint` alone adds.
pub fn describe(mut fields: Map<String, Value>, point: &Point) -> Value {
    fields.insert("StorageClass".to_owned(), json!(point.storage_class));
    Value::Object(fields)
}

/// A recovery point, as `ListRecoveryPointsByResource` gives it: `None` for the vault is `null`.
pub fn point_of_resource(
    place: &Place,
    vault_name: Option<&str>,
    vault: &Vault,
    arn: &str,
    point: &Point,
) -> Value {
    json!({
        "RecoveryPointArn": arn,
        "BackupVaultName": vault_name,
        "CreationDate": point.created.map_or(Value::Null, epoch),
        "Status": point.status,
        "StatusMessage": point.status_message,
        "EncryptionKeyArn": place.key_arn(),
        "BackupSizeBytes": point.size,
        "IsParent": point.is_parent,
        "ParentRecoveryPointArn": point.parent,
        "ResourceName": point.resource_name,
        "VaultType": vault.kind.wire(),
    })
}

/// A legal hold, as `ListLegalHolds` gives it.
pub fn hold(place: &Place, id: &str, hold: &Hold) -> Value {
    json!({
        "Title": hold.title,
        "Status": hold.status,
        "Description": hold.title,
        "LegalHoldId": id,
        "LegalHoldArn": place.arn(&format!("legal-hold:{id}")),
        "CreationDate": epoch(hold.created),
        "CancellationDate": null,
    })
}

fn lifecycle(point: &Point) -> Value {
    if point.delete_at.is_none() && point.cold_at.is_none() {
        return Value::Null;
    }
    json!({
        "DeleteAt": point.delete_at.map_or(Value::Null, epoch),
        "MoveToColdStorageAt": point.cold_at.map_or(Value::Null, epoch),
    })
}

fn retention(point: &Point) -> Value {
    let days = |until: Option<Timestamp>| {
        until
            .zip(point.created)
            .map(|(until, created)| until.duration_since(created))
            .and_then(|kept: SignedDuration| kept.as_hours().checked_div(24))
    };
    if point.delete_at.is_none() && point.cold_at.is_none() {
        return Value::Null;
    }
    json!({"DeleteAfterDays": days(point.delete_at), "MoveToColdStorageAfterDays": days(point.cold_at)})
}

/// Every float that AWS Backup sends is a time.
struct Exponents;

impl Formatter for Exponents {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        write!(writer, "{value:E}")
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::{answer, answer_with_exponents, epoch};

    #[test]
    fn writes_times_both_ways() -> anyhow::Result<()> {
        let time: Timestamp = "2020-01-09T12:00:34.253Z".parse()?;
        let body = json!({"CreationDate": epoch(time), "Size": 5});
        assert_eq!(
            answer(&body).body,
            br#"{"CreationDate":1578571234.253,"Size":5}"#
        );
        assert_eq!(
            answer_with_exponents(&body).body,
            br#"{"CreationDate":1.578571234253E9,"Size":5}"#
        );
        Ok(())
    }
}
