//! What Zilliz sends, read leniently: numbers as texts, fields that are missing, texts that are blank.
//!
//! Leniency ends at ids and counts: whoever needs one checks for it.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// An object's fields.
struct Fields<'a>(&'a Map<String, Value>);

impl Fields<'_> {
    /// A text that is not blank.
    fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::String(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        }
    }

    fn whole(&self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(number)?.try_into().ok()
    }

    /// RFC 3339, or the time since 1970 in seconds or milliseconds. Anything before the year 2000 is a zero value of some
    /// language, and no time.
    fn time(&self, name: &str) -> Option<Timestamp> {
        const YEAR_2000: i64 = 946_684_800;
        /// As seconds, this is the year 5138; as milliseconds, 1973.
        const LEAST_MILLISECONDS: i64 = 100_000_000_000;
        let value = self.0.get(name)?;
        let time = match number(value) {
            Some(stamp) if stamp >= LEAST_MILLISECONDS => Timestamp::from_millisecond(stamp).ok(),
            Some(stamp) => Timestamp::from_second(stamp).ok(),
            None => value.as_str()?.trim().parse().ok(),
        };
        time.filter(|time| time.as_second() >= YEAR_2000)
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What every answer is wrapped in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Envelope {
    pub(super) code: Option<i64>,
    pub(super) message: Option<String>,
    pub(super) data: Value,
}

impl Envelope {
    /// `None` where it is no object.
    pub(super) fn of(value: Value) -> Option<Self> {
        let Value::Object(mut object) = value else {
            return None;
        };
        let data = object.remove("data").unwrap_or(Value::Null);
        let fields = Fields(&object);
        Some(Self {
            code: object.get("code").and_then(number),
            message: fields.text("message"),
            data,
        })
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Page {
    /// How many entries all pages hold.
    pub(super) count: u64,
    /// The page's number as the answer has it.
    pub(super) current: Option<u64>,
    /// Entries a page, as the answer has it.
    pub(super) size: Option<u64>,
    pub(super) rows: Vec<Value>,
    /// The provider's clock.
    pub(super) at: Option<Timestamp>,
}

impl Page {
    /// The page whose entries are under `name`; `None` without entries or without a count.
    pub(super) fn of(data: Value, name: &str, at: Option<Timestamp>) -> Option<Self> {
        let Value::Object(mut object) = data else {
            return None;
        };
        let rows = object.remove(name);
        let fields = Fields(&object);
        let count = fields.whole("count")?;
        let rows = match rows {
            Some(Value::Array(rows)) => rows,
            // An empty list is null in some languages.
            Some(Value::Null) if count == 0 => Vec::new(),
            Some(_) | None => return None,
        };
        Some(Self {
            count,
            current: fields.whole("currentPage"),
            size: fields.whole("pageSize"),
            rows,
            at,
        })
    }
}

/// A backup, from a list or described.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct BackupRow {
    pub(super) id: Option<String>,
    pub(super) cluster: Option<String>,
    pub(super) cluster_name: Option<String>,
    pub(super) project: Option<String>,
    /// Only when described.
    pub(super) region: Option<String>,
    pub(super) name: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) method: Option<String>,
    pub(super) status: Option<String>,
    pub(super) size: Option<u64>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
}

impl BackupRow {
    /// `None` where it is no object.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let fields = Fields(value.as_object()?);
        Some(Self {
            id: fields.text("backupId"),
            cluster: fields.text("clusterId"),
            cluster_name: fields.text("clusterName"),
            project: fields.text("projectId"),
            region: fields.text("regionId"),
            name: fields.text("backupName"),
            kind: fields.text("backupType"),
            method: fields.text("creationMethod"),
            status: fields.text("status"),
            size: fields.whole("size"),
            created_at: fields.time("createTime"),
            expires_at: fields.time("expireTime"),
        })
    }

    /// What the list said, completed by what describing says: that is the later word on the status. What a plan's
    /// fingerprint rests on is the list's, however many were described.
    pub(super) fn described_as(self, described: Self) -> Self {
        Self {
            id: self.id.or(described.id),
            cluster: self.cluster.or(described.cluster),
            cluster_name: self.cluster_name.or(described.cluster_name),
            project: self.project.or(described.project),
            region: described.region.or(self.region),
            name: self.name.or(described.name),
            kind: self.kind.or(described.kind),
            method: self.method.or(described.method),
            status: described.status.or(self.status),
            size: self.size.filter(|size| *size > 0).or(described.size),
            created_at: self.created_at.or(described.created_at),
            expires_at: self.expires_at.or(described.expires_at),
        }
    }

    /// Whether the API says itself that it is gone.
    pub(super) fn is_deleted(&self) -> bool {
        self.status.as_deref() == Some("DELETED")
    }
}

/// A cluster.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ClusterRow {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) region: Option<String>,
    pub(super) status: Option<String>,
    pub(super) plan: Option<String>,
}

impl ClusterRow {
    /// `None` where it is no object.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let fields = Fields(value.as_object()?);
        Some(Self {
            id: fields.text("clusterId"),
            name: fields.text("clusterName"),
            region: fields.text("regionId"),
            status: fields.text("status"),
            plan: fields.text("plan"),
        })
    }
}

/// A project.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ProjectRow {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) created_at: Option<Timestamp>,
}

impl ProjectRow {
    /// `None` where it is no object, or has no id.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let fields = Fields(value.as_object()?);
        Some(Self {
            id: fields.text("projectId")?,
            name: fields.text("projectName"),
            created_at: fields
                .time("createTime")
                .or_else(|| fields.time("createTimeMilli")),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_numbers_and_times_in_every_form_that_they_come_in() {
        let row = |size: Value, time: Value| {
            BackupRow::of(&json!({"size": size, "createTime": time})).unwrap()
        };
        let at: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
        for time in [
            json!("2026-05-01T00:00:00Z"),
            json!("2026-05-01T02:00:00+02:00"),
            json!(1_777_593_600),
            json!(1_777_593_600_000_i64),
            json!("1777593600000"),
        ] {
            assert_eq!(row(json!("5"), time).created_at, Some(at));
        }
        for time in [
            json!(null),
            json!(""),
            json!(0),
            json!("0001-01-01T00:00:00Z"),
            json!("1970-01-01T00:00:00Z"),
            json!("2026-05-01T00:00:00"),
            json!("yesterday"),
            json!({}),
        ] {
            assert_eq!(row(json!(5), time.clone()).created_at, None, "{time}");
        }
        for (size, bytes) in [
            (json!(5), Some(5)),
            (json!("5"), Some(5)),
            (json!(-1), None),
            (json!(null), None),
        ] {
            assert_eq!(row(size, json!(null)).size, bytes);
        }
    }

    #[test]
    fn s3_a_page_without_its_entries_or_its_count_is_no_page() {
        for data in [
            json!(null),
            json!([]),
            json!({"backups": []}),
            json!({"count": 1}),
            json!({"count": 1, "backups": null}),
            json!({"count": 1, "backups": {}}),
        ] {
            assert_eq!(Page::of(data.clone(), "backups", None), None, "{data}");
        }
        assert!(Page::of(json!({"count": "0", "backups": null}), "backups", None).is_some());
    }
}
