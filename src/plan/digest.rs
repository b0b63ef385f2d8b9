//! The plan's document, and the digests in it.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    io::{self, BufWriter, Write},
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer, de,
    ser::{self, SerializeMap, SerializeSeq},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Item, Plan, Verdict};
use crate::backup::{Backup, Protection};

/// The format of a plan's document.
pub(super) const SCHEMA: &str = "bkdel.plan/v1";

/// A digest of what must not change between plan and deletion, see [`fingerprint`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        let digits = text.as_bytes().chunks_exact(2);
        if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(de::Error::custom("a fingerprint has 64 hexadecimal digits"));
        }
        for (byte, pair) in bytes.iter_mut().zip(digits) {
            *byte = str::from_utf8(pair)
                .ok()
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .ok_or_else(|| de::Error::custom("a fingerprint has 64 hexadecimal digits"))?;
        }
        Ok(Self(bytes))
    }
}

/// A digest of what must not change between looking at a backup and deleting it.
///
/// Ids and creation time tell a re-created backup from the one that was planned; resource, health and protections are
/// what the decision rested on. Sizes, names and tags may change without it.
#[must_use]
pub fn fingerprint(backup: &Backup) -> Fingerprint {
    let mut facts = Sha256::new();
    let created_at = backup.created_at.map(|at| at.to_string());
    let words: Vec<&str> = backup.protection.iter().map(Protection::word).collect();
    for fact in [
        Some(backup.id.provider().name()),
        Some(&*backup.id.to_string()),
        created_at.as_deref(),
        backup.resource.as_deref(),
        backup.kind.as_deref(),
        backup.status.as_deref(),
        Some(&*words.join(",")),
    ] {
        // Lengths keep neighbouring facts apart.
        facts.update(
            fact.map_or(u64::MAX, |text| {
                u64::try_from(text.len()).unwrap_or(u64::MAX)
            })
            .to_be_bytes(),
        );
        facts.update(fact.unwrap_or_default());
    }
    Fingerprint(facts.finalize().into())
}

/// A plan's document. Its items are put into words one by one while it is written: those of a million backups would be
/// gigabytes in memory.
#[derive(Debug)]
pub struct Document<'a> {
    /// Everything but the items, for which there is an empty place. In the order of their names, so that the same plan is
    /// the same text.
    parts: BTreeMap<&'static str, Value>,
    items: Items<'a>,
}

const ITEMS: &str = "items";

impl<'a> Document<'a> {
    /// The document without what is not digested.
    fn body(plan: &'a Plan) -> serde_json::Result<Self> {
        // Of one section what people look for stands at the top; of several there is no one answer.
        let only = match plan.sections.as_slice() {
            [section] => Some(section),
            _ => None,
        };
        let endpoint = only.map(|section| &section.identity.endpoint);
        let complete = plan
            .sections
            .iter()
            .all(|section| section.selection.unread.is_empty());
        let mut parts = BTreeMap::from([
            ("schema", json!(SCHEMA)),
            ("created_at", json!(plan.created_at)),
            (
                "tool",
                json!(format!("bkdel {}", env!("CARGO_PKG_VERSION"))),
            ),
            (
                "identity",
                serde_json::to_value(only.map(|section| &section.identity))?,
            ),
            ("endpoint", json!(endpoint)),
            (
                "selection",
                serde_json::to_value(only.map(|section| &section.selection))?,
            ),
            ("sections", serde_json::to_value(&plan.sections)?),
            ("complete", json!(complete)),
            // What the plan counts on: it is read again before anything of its group goes (S18).
            ("keepers", serde_json::to_value(&plan.remaining)?),
            ("grave", serde_json::to_value(&plan.grave)?),
            ("absent", serde_json::to_value(&plan.absent)?),
            ("notes", serde_json::to_value(&plan.notes)?),
            ("summary", serde_json::to_value(plan.summary())?),
            (ITEMS, Value::Null),
        ]);
        let id = id(&parts, &plan.items)?;
        parts.insert("id", json!(id));
        Ok(Self {
            parts,
            items: Items(&plan.items),
        })
    }

    /// The whole document.
    pub(super) fn of(plan: &'a Plan, dry_run: bool) -> serde_json::Result<Self> {
        let mut document = Self::body(plan)?;
        let sha256 = digest_of(&document)?;
        document.parts.insert("dry_run", json!(dry_run));
        document.parts.insert("sha256", json!(sha256));
        Ok(document)
    }
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.parts.len()))?;
        for (name, value) in &self.parts {
            if *name == ITEMS {
                map.serialize_entry(name, &self.items)?;
            } else {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

/// Items, each with its fields in the order of their names.
#[derive(Debug)]
struct Items<'a>(&'a [Item]);

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for item in self.0 {
            let item = serde_json::to_value(item).map_err(ser::Error::custom)?;
            list.serialize_element(&item)?;
        }
        list.end()
    }
}

/// The plan's name: the same for the same facts at the same time.
fn id(parts: &BTreeMap<&'static str, Value>, items: &[Item]) -> serde_json::Result<String> {
    let mut facts = Sha256::new();
    facts.update(serde_json::to_vec(parts)?);
    for item in items {
        facts.update(item.fingerprint.0);
        facts.update([u8::from(item.verdict == Verdict::Delete)]);
    }
    let digest = hex(&facts.finalize());
    Ok(format!("plan-{}", digest.get(..12).unwrap_or(&digest)))
}

pub(super) fn sha256(plan: &Plan) -> serde_json::Result<String> {
    digest_of(&Document::body(plan)?)
}

/// The digest of what is written compactly, its fields in the order of their names.
pub(super) fn digest_of(body: &impl Serialize) -> serde_json::Result<String> {
    let mut digesting = BufWriter::new(Digesting(Sha256::new()));
    serde_json::to_writer(&mut digesting, body)?;
    let Digesting(digest) = digesting
        .into_inner()
        .map_err(|error| serde_json::Error::io(error.into_error()))?;
    Ok(hex(&digest.finalize()))
}

/// Where what is written is digested, and not kept.
struct Digesting(Sha256);

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16);
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    text.extend(digits.filter_map(digit));
    text
}
