//! The schema takes what the reader takes.

use std::collections::BTreeSet;

use clap::CommandFactory;
use serde_json::{Value as Json, json};

use super::*;
use crate::cli::Cli;

/// The part of JSON Schema that the schema is made of. A word that is not known here fails the test.
fn fits(rules: &Json, value: &Json, root: &Json) -> bool {
    let Json::Object(words) = rules else {
        return rules == &json!(true);
    };
    let list = |rules: &'_ Json| rules.as_array().cloned().unwrap();
    words.iter().all(|(word, rule)| match word.as_str() {
        "$schema" | "$defs" | "title" | "description" | "then" | "else" => true,
        "$ref" => {
            let place = rule.as_str().unwrap().trim_start_matches('#');
            fits(root.pointer(place).unwrap(), value, root)
        }
        "type" => match rule.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            other => panic!("type {other}"),
        },
        "const" => rule == value,
        "enum" => list(rule).contains(value),
        "minimum" => value
            .as_i64()
            .is_none_or(|number| number >= rule.as_i64().unwrap()),
        "pattern" => {
            assert_eq!(rule, "\\S");
            value.as_str().is_none_or(|text| !text.trim().is_empty())
        }
        "anyOf" => list(rule).iter().any(|rules| fits(rules, value, root)),
        "allOf" => list(rule).iter().all(|rules| fits(rules, value, root)),
        "not" => !fits(rule, value, root),
        "if" => {
            let next = if fits(rule, value, root) {
                "then"
            } else {
                "else"
            };
            words.get(next).is_none_or(|rules| fits(rules, value, root))
        }
        "items" => value
            .as_array()
            .is_none_or(|values| values.iter().all(|value| fits(rule, value, root))),
        "minItems" => value.as_array().is_none_or(|values| !values.is_empty()),
        "minProperties" => value.as_object().is_none_or(|values| !values.is_empty()),
        "required" => value.as_object().is_none_or(|values| {
            list(rule)
                .iter()
                .all(|name| values.contains_key(name.as_str().unwrap()))
        }),
        "dependentRequired" => value.as_object().is_none_or(|values| {
            rule.as_object().unwrap().iter().all(|(name, others)| {
                !values.contains_key(name)
                    || list(others)
                        .iter()
                        .all(|other| values.contains_key(other.as_str().unwrap()))
            })
        }),
        "properties" => value.as_object().is_none_or(|values| {
            rule.as_object().unwrap().iter().all(|(name, rules)| {
                values
                    .get(name)
                    .is_none_or(|value| fits(rules, value, root))
            })
        }),
        "additionalProperties" => {
            assert_eq!(rule, &json!(false));
            let known = words.get("properties").and_then(Json::as_object).unwrap();
            value
                .as_object()
                .is_none_or(|values| values.keys().all(|name| known.contains_key(name)))
        }
        other => panic!("the schema has the word {other}, which this test does not know"),
    })
}

/// As editors show TOML to a schema: times are text.
fn json_of(value: &Value) -> Json {
    match value {
        Value::String(text) => json!(text),
        Value::Integer(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Boolean(truth) => json!(truth),
        Value::Datetime(time) => json!(time.to_string()),
        Value::Array(values) => values.iter().map(json_of).collect(),
        Value::Table(table) => table
            .iter()
            .map(|(name, value)| (name.clone(), json_of(value)))
            .collect(),
    }
}

fn takes(schema: &Json, text: &str) -> bool {
    let table: Table = toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    fits(schema, &json_of(&Value::Table(table)), schema)
}

#[test]
fn the_example_fits() {
    assert!(takes(&schema(), EXAMPLE));
}

#[test]
fn a_key_of_the_reader_is_one_of_the_schema_and_the_other_way_round() {
    let schema = schema();
    let all = PROVIDERS.map(Keys::of);
    let mut flags = BTreeSet::new();
    flags_of(&Cli::command(), &mut flags);
    for keys in &all {
        flags.extend(keys.all().map(|key| key.name.to_owned()));
    }
    assert!(flags.len() > 50, "{flags:?}");
    for provider in PROVIDERS {
        for name in &flags {
            // A value of a type that no key takes: so the reader says whether it knows the key.
            let message = message(&format!(
                "[[target]]\nprovider = \"{provider}\"\n{}{name} = 1.5\n",
                if name == TITLE { "" } else { "name = \"t\"\n" }
            ));
            let reads = !message.contains("is no key of") || name == PROVIDER;
            let described = schema.pointer(&format!("/$defs/{provider}/properties/{name}"));
            assert_eq!(
                reads || name == PROVIDER,
                described.is_some(),
                "{provider} {name}: {message}"
            );
            let help = described.map_or("x", |rules| rules["description"].as_str().unwrap());
            assert!(
                !help.is_empty() && !help.contains("--older-than"),
                "{name}: {help}"
            );
        }
    }
    // Every key may be a default, but for the title.
    let defaults = schema
        .pointer("/$defs/defaults/properties")
        .and_then(Json::as_object)
        .unwrap();
    let described: BTreeSet<&str> = defaults.keys().map(String::as_str).collect();
    let read: BTreeSet<&str> = all
        .iter()
        .flat_map(|keys| keys.all().map(|key| key.name))
        .filter(|name| *name != TITLE)
        .collect();
    assert_eq!(described, read);
}

fn flags_of(command: &clap::Command, flags: &mut BTreeSet<String>) {
    flags.extend(
        command
            .get_arguments()
            .filter_map(|flag| flag.get_long().map(ToOwned::to_owned)),
    );
    for command in command.get_subcommands() {
        flags_of(command, flags);
    }
}

#[test]
fn a_value_fits_where_the_reader_takes_its_type() {
    let schema = schema();
    for provider in PROVIDERS {
        for key in Keys::of(provider).all().filter(|key| key.name != PROVIDER) {
            let name = key.name;
            let choice = key
                .choices()
                .into_iter()
                .next()
                .unwrap_or_else(|| "1".to_owned());
            for value in [
                "true",
                "false",
                "7",
                "-1",
                "1.5",
                "2026-01-31",
                "\"\"",
                "\" \"",
                "[]",
                "{}",
                "[[\"1\"]]",
                "[1]",
                "[\"1\", \"\"]",
                "[\"1\", \"2\"]",
                &format!("\"{choice}\""),
                "{ a = 1 }",
            ] {
                let title = if name == TITLE { "" } else { "name = \"t\"\n" };
                let text =
                    format!("[[target]]\nprovider = \"{provider}\"\n{title}{name} = {value}\n");
                let reads = match read(&text, "p") {
                    Ok(_) => true,
                    // What a value means, and what goes together, is beyond the schema.
                    Err(error) => {
                        let message = error.to_string();
                        !message.contains("` takes ")
                            && !message.contains("is blank")
                            && !message.contains("empty list")
                    }
                };
                // A time in TOML is text to a schema, and a schema cannot tell it from a text that is wrong.
                let is_time = value == "2026-01-31" && key.kind() == keys::Kind::Text;
                if key.choices().is_empty()
                    && !is_time
                    && !(key.kind() == keys::Kind::Count && value == "2026-01-31")
                {
                    assert_eq!(takes(&schema, &text), reads, "{text}");
                }
            }
        }
    }
}

#[test]
fn a_provider_may_come_from_the_defaults() {
    let schema = schema();
    for (text, fitting) in [
        (
            "[defaults]\nprovider = \"aws\"\n[[target]]\nvault = \"v\"\n",
            true,
        ),
        (
            "[defaults]\nprovider = \"aws\"\n[[target]]\ncluster = \"v\"\n",
            false,
        ),
        (
            "[defaults]\nprovider = \"aws\"\n[[target]]\nprovider = \"zilliz\"\ncluster = \"v\"\n",
            true,
        ),
        (
            "[defaults]\nregion = \"r\"\n[[target]]\nvault = \"v\"\n",
            false,
        ),
        ("[[target]]\nvault = \"v\"\n", false),
        ("[[target]]\nprovider = \"azure\"\n", false),
        ("[[target]]\nprovider = \"zilliz\"\ncloud = \"cn\"\n", true),
        (
            "[[target]]\nprovider = \"zilliz\"\ncloud = \"mars\"\n",
            false,
        ),
        (
            "[[target]]\nprovider = \"aws\"\nbackup-name = \"n\"\n",
            true,
        ),
        (
            "[[target]]\nprovider = \"aws\"\nbackup-name = \"n\"\nname = \"t\"\n",
            true,
        ),
        ("[[target]]\nprovider = \"aws\"\nkeep-last = -2\n", false),
        ("[defaults]\nprovider = \"aws\"\n", false),
        ("[defaults]\n[[target]]\nprovider = \"aws\"\n", false),
        (
            "[defaults]\nname = \"t\"\n[[target]]\nprovider = \"aws\"\n",
            false,
        ),
        ("target = []\n", false),
        ("[[target]]\n", false),
        ("x = 1\n[[target]]\nprovider = \"aws\"\n", false),
    ] {
        assert_eq!(takes(&schema, text), fitting, "{text}");
    }
}
