//! A JSON schema of policy files, for editors: made of the keys, so that it takes what the reader takes.
//!
//! What follows from several keys at once (a scope, criteria, no contradictions) stays the reader's to say.

use serde_json::{Map, Value, json};

use super::{
    DEFAULTS, TARGET,
    error::without_dashes,
    keys::{Key, Keys, Kind, PROVIDER, PROVIDERS, TITLE},
};
use crate::backup::Provider;

/// The schema (draft 2020-12). A target's keys are those of its provider, which may stand in `[defaults]`.
#[must_use]
pub fn schema() -> Value {
    let keys = PROVIDERS.map(Keys::of);
    let mut definitions: Map<String, Value> = keys
        .iter()
        .map(|known| (known.provider.name().to_owned(), target(known, &keys)))
        .collect();
    definitions.insert(DEFAULTS.to_owned(), defaults(&keys));
    let of_its_provider: Vec<Value> = keys
        .iter()
        .map(|keys| if_provider(keys, json!({ "$ref": reference(keys) })))
        .collect();
    let providers = PROVIDERS.map(Provider::name);
    let of_the_default: Vec<Value> = keys
        .iter()
        .map(|keys| {
            let without = json!({ "not": { "required": [PROVIDER] } });
            let then = json!({ TARGET: { "items": { "if": without, "then": { "$ref": reference(keys) } } } });
            json!({
                "if": {
                    "required": [DEFAULTS],
                    "properties": { DEFAULTS: is_provider(keys) },
                },
                "then": { "properties": then },
            })
        })
        .collect();
    let no_default = json!({
        "if": {
            "required": [DEFAULTS],
            "properties": { DEFAULTS: { "required": [PROVIDER] } },
        },
        "else": { "properties": { TARGET: { "items": { "required": [PROVIDER] } } } },
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A policy of bkdel",
        "type": "object",
        "additionalProperties": false,
        "required": [TARGET],
        "properties": {
            DEFAULTS: { "$ref": format!("#/$defs/{DEFAULTS}") },
            TARGET: {
                "description": "Where to look, and what to choose there",
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "minProperties": 1,
                    "properties": { PROVIDER: { "enum": providers } },
                    "allOf": of_its_provider,
                },
            },
        },
        "allOf": of_the_default.into_iter().chain([no_default]).collect::<Vec<_>>(),
        "$defs": definitions,
    })
}

fn reference(keys: &Keys) -> String {
    format!("#/$defs/{}", keys.provider)
}

fn is_provider(keys: &Keys) -> Value {
    json!({
        "required": [PROVIDER],
        "properties": { PROVIDER: { "const": keys.provider.name() } },
    })
}

fn if_provider(keys: &Keys, then: Value) -> Value {
    let mut condition = Map::new();
    condition.insert("if".to_owned(), is_provider(keys));
    condition.insert("then".to_owned(), then);
    Value::Object(condition)
}

fn target(known: &Keys, all: &[Keys]) -> Value {
    let properties: Map<String, Value> = known
        .all()
        .map(|key| (key.name.to_owned(), property(&key, all)))
        .collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

/// The keys of all providers. Where they describe one differently, either will do.
fn defaults(all: &[Keys]) -> Value {
    let mut properties: Map<String, Value> = Map::new();
    for key in all
        .iter()
        .flat_map(Keys::all)
        .filter(|key| key.name != TITLE)
    {
        let property = property(&key, all);
        match properties.get_mut(key.name) {
            None => {
                properties.insert(key.name.to_owned(), property);
            }
            Some(known) if *known == property => {}
            Some(known) => *known = json!({ "anyOf": [known, property] }),
        }
    }
    json!({
        "description": "Keys for every target whose provider knows them; a target's own key replaces its default",
        "type": "object",
        "additionalProperties": false,
        "minProperties": 1,
        "properties": properties,
    })
}

fn property(key: &Key<'_>, all: &[Keys]) -> Value {
    let text = json!({ "type": "string", "pattern": "\\S" });
    let choices = key.choices();
    let one = match key.kind() {
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::Count => json!({ "anyOf": [{ "type": "integer", "minimum": -1 }, text] }),
        Kind::Time | Kind::Text if choices.is_empty() => text,
        Kind::Time | Kind::Text => json!({ "enum": choices }),
    };
    let mut property = if key.is_repeatable() {
        json!({ "anyOf": [one, { "type": "array", "minItems": 1, "items": one }] })
    } else {
        one
    };
    if let Value::Object(property) = &mut property {
        property.insert(
            "description".to_owned(),
            Value::String(without_dashes(&key.help(), all)),
        );
    }
    property
}
