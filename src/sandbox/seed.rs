//! The data that a sandbox starts with: backups in the form in which `bkdel list -o json` prints them.
//!
//! One form for all providers, so that what was listed from a real account can be served again. Reading is lenient
//! (unknown fields are passed over, `null` counts as absent): what a [`Seed`] leaves out, the provider's API makes up.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One backup to start with. The fields are those of `bkdel.backup/v1`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Seed {
    /// `aws`, `zilliz` or `aiven`.
    pub provider: String,
    /// The full id: `VAULT/ARN`, `CLUSTER/BACKUP_ID`, `PROJECT/SERVICE/REGION`.
    pub id: String,
    /// The container: account, region and vault; project and cluster; project and service.
    #[serde(default, deserialize_with = "null_as_default")]
    pub scope: BTreeMap<String, Value>,
    /// What it is a backup of.
    #[serde(default)]
    pub resource: Option<String>,
    /// The provider's word for its kind.
    #[serde(default, rename = "type")]
    pub type_: Option<String>,
    /// Its name, or that of its resource.
    #[serde(default)]
    pub name: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// When the provider itself will delete it.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Its size in bytes.
    #[serde(default)]
    pub size_bytes: Option<u64>,
    /// The provider's word for its state.
    #[serde(default)]
    pub status: Option<String>,
    /// What keeps it from being deleted.
    #[serde(default, deserialize_with = "null_as_default")]
    pub protection: Vec<String>,
    /// Its tags; `None` when they were not read.
    #[serde(default)]
    pub tags: Option<BTreeMap<String, String>>,
    /// What only this provider knows about it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub attributes: BTreeMap<String, Value>,
}

impl Seed {
    /// Text from the scope: `seed.scope_text("vault")`. Numbers and the like are no text.
    #[must_use]
    pub fn scope_text(&self, key: &str) -> Option<&str> {
        self.scope.get(key).and_then(Value::as_str)
    }

    /// One of the provider's own attributes.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.get(key).filter(|value| !value.is_null())
    }

    /// Text from the provider's own attributes.
    #[must_use]
    pub fn attribute_text(&self, key: &str) -> Option<&str> {
        self.attribute(key).and_then(Value::as_str)
    }
}

#[derive(Deserialize)]
struct Document {
    backups: Vec<Seed>,
}

/// Reads a document `{"schema": …, "backups": […]}`, a bare array, or one backup a line (NDJSON).
pub fn parse(text: &str) -> anyhow::Result<Vec<Seed>> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('[') {
        return serde_json::from_str(text).context("the data is no array of backups");
    }
    // A document may be spread over lines or stand on one, so ask its content and not its layout.
    if let Ok(value) = serde_json::from_str::<Value>(text)
        && value.get("backups").is_some()
    {
        let document: Document =
            serde_json::from_value(value).context("the data is no document of backups")?;
        return Ok(document.backups);
    }
    let mut seeds = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let number = index.saturating_add(1);
        let seed: Seed = serde_json::from_str(line)
            .with_context(|| format!("line {number} of the data is no backup"))?;
        seeds.push(seed);
    }
    if seeds.is_empty() {
        bail!("the data is empty");
    }
    Ok(seeds)
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::parse;

    const LINE: &str = r#"{"provider":"aws","id":"prod/arn:aws:ec2:eu-central-1::snapshot/snap-1","scope":{"vault":"prod"},"resource":null,"type":"EBS","created_at":"2026-01-02T03:04:05Z","size_bytes":null,"protection":null,"tags":null,"attributes":null,"healthy":true,"later":1}"#;

    #[test]
    fn reads_a_document_an_array_and_lines_alike() -> anyhow::Result<()> {
        let lines = parse(&format!("{LINE}\n\n{LINE}\n"))?;
        assert_eq!(lines.len(), 2);
        let document = parse(&format!(
            "{{\"schema\":\"bkdel.backups/v1\",\n\"backups\":[{LINE},{LINE}]}}"
        ))?;
        let array = parse(&format!("[{LINE},{LINE}]"))?;
        assert_eq!(lines, document);
        assert_eq!(lines, array);
        Ok(())
    }

    #[test]
    fn takes_null_for_absent() -> anyhow::Result<()> {
        let seeds = parse(LINE)?;
        let seed = seeds.first().ok_or_else(|| anyhow::anyhow!("no seed"))?;
        assert_eq!(seed.scope_text("vault"), Some("prod"));
        assert_eq!(seed.size_bytes, None);
        assert!(seed.protection.is_empty() && seed.attributes.is_empty());
        Ok(())
    }

    #[test]
    fn s4_an_empty_file_is_no_data_and_an_empty_list_is() {
        for text in ["", "\n \n", "\u{feff}"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
        for text in ["[]", "{\"backups\":[]}"] {
            assert!(parse(text).is_ok_and(|seeds| seeds.is_empty()), "{text:?}");
        }
    }

    #[test]
    fn names_the_line_that_is_no_backup() {
        let message = parse(&format!("{LINE}\nnonsense")).map_err(|error| error.to_string());
        assert_eq!(
            message.err().as_deref(),
            Some("line 2 of the data is no backup")
        );
    }
}
