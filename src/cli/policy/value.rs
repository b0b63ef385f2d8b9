//! A TOML value as arguments.
//!
//! `--key=value`, so that a value which begins with a dash stays a value.

use toml::Value;

use super::{
    error::Problem,
    keys::{Key, Kind},
};

/// The arguments that say what the key and its value say.
pub(super) fn arguments(key: &Key<'_>, value: &Value) -> Result<Vec<String>, Problem> {
    if key.kind() == Kind::Switch {
        return match value {
            Value::Boolean(true) => Ok(vec![format!("--{}", key.name)]),
            Value::Boolean(false) => Ok(Vec::new()),
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Datetime(_)
            | Value::Array(_)
            | Value::Table(_) => Err(unfit(key, value)),
        };
    }
    let values = match value {
        Value::Array(values) if values.is_empty() => {
            return Err(Problem::new(format!("`{}` is an empty list", key.name))
                .hint("leave the key out, or list what is meant"));
        }
        Value::Array(values) if key.is_repeatable() => values.as_slice(),
        Value::Array(_)
        | Value::String(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Table(_) => std::slice::from_ref(value),
    };
    values
        .iter()
        .map(|value| Ok(format!("--{}={}", key.name, text(key, value)?)))
        .collect()
}

fn text(key: &Key<'_>, value: &Value) -> Result<String, Problem> {
    match (key.kind(), value) {
        (_, Value::String(text)) if text.trim().is_empty() => {
            Err(Problem::new(format!("`{}` is blank", key.name))
                .hint("leave the key out, or say what is meant"))
        }
        (Kind::Count | Kind::Time | Kind::Text, Value::String(text)) => Ok(text.clone()),
        (Kind::Count, Value::Integer(number)) => Ok(number.to_string()),
        (Kind::Time, Value::Datetime(time)) => Ok(time.to_string()),
        (
            _,
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_)
            | Value::Table(_),
        ) => Err(unfit(key, value)),
    }
}

/// A value of the wrong type.
fn unfit(key: &Key<'_>, value: &Value) -> Problem {
    let expected = match (key.kind(), key.is_repeatable()) {
        (Kind::Switch, _) => "true or false",
        (Kind::Count, _) => "a whole number",
        (Kind::Time, _) => "a date, or text",
        (Kind::Text, true) => "text, or a list of texts",
        (Kind::Text, false) => "text",
    };
    let problem = Problem::new(format!(
        "`{}` takes {expected}, not {}",
        key.name,
        called(value)
    ));
    match (key.kind(), value) {
        (Kind::Text, Value::Integer(number)) => {
            problem.hint(format!("put it in quotes: {} = \"{number}\"", key.name))
        }
        (Kind::Switch, Value::String(text)) if matches!(text.as_str(), "true" | "false") => {
            problem.hint(format!("leave out the quotes: {} = {text}", key.name))
        }
        _ => problem,
    }
}

/// What a person calls such a value.
pub(super) fn called(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) => "a number",
        Value::Float(_) => "a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}
