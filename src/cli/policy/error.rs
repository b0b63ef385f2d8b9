//! What is wrong with a policy, in TOML's words: `older-than`, where the command line says `--older-than`.

use std::error::Error;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::keys::Keys;
use crate::fatal::Fatal;

/// What is wrong, before it is said where.
#[derive(Debug)]
pub(super) struct Problem {
    message: String,
    hint: Option<String>,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// The error, and where it is.
    pub(super) fn at(self, place: &str) -> Fatal {
        Fatal::Usage {
            message: format!("{place}: {}", self.message),
            hint: self.hint,
        }
    }
}

/// What clap found.
pub(super) fn refused(error: &clap::Error) -> Problem {
    let keys = |kind| texts(error, kind).map(name_of).collect::<Vec<_>>();
    let named = keys(ContextKind::InvalidArg).join(", ");
    let kind = error.kind();
    if kind == ErrorKind::ValueValidation {
        let why = error.source().map(ToString::to_string).unwrap_or_default();
        Problem::new(format!("{named}: {why}"))
    } else if kind == ErrorKind::InvalidValue {
        let given = texts(error, ContextKind::InvalidValue).collect::<Vec<_>>();
        let choices = texts(error, ContextKind::ValidValue).collect::<Vec<_>>();
        Problem::new(format!(
            "{named}: {:?} is none of {}",
            given.join(" "),
            choices.join(", ")
        ))
    } else if kind == ErrorKind::ArgumentConflict {
        let others = keys(ContextKind::PriorArg).join(", ");
        Problem::new(format!("{named} contradicts {others}"))
            .hint("leave one of them out; what comes from [defaults] too")
    } else if kind == ErrorKind::MissingRequiredArgument {
        Problem::new(format!(
            "{named} is missing, which another of the keys needs"
        ))
    } else {
        // No other kind is known to come up; clap's first line says what it is.
        let text = error.to_string();
        let line = text.lines().next().unwrap_or("it cannot be read");
        Problem::new(line.trim_start_matches("error: "))
    }
}

/// Whether a value is wrong by itself, whatever other keys there are.
pub(super) fn is_about_a_value(error: &clap::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue
    )
}

/// A near name of a key that is none, by clap's measure.
pub(super) fn near(keys: &Keys, unknown: &str) -> Option<String> {
    let error = keys.matches(&[format!("--{unknown}")]).err()?;
    texts(&error, ContextKind::SuggestedArg)
        .next()
        .map(|flag| flag.trim_start_matches("--").to_owned())
}

/// What a check behind the command line found, which speaks of flags.
pub(super) fn in_toml(error: Fatal, place: &str, keys: &[Keys]) -> Fatal {
    let Fatal::Usage { message, hint } = error else {
        return error;
    };
    Fatal::Usage {
        message: format!("{place}: {}", without_dashes(&message, keys)),
        hint: hint.map(|hint| without_dashes(&hint, keys)),
    }
}

/// Flags that are keys, called so. A flag that is none keeps its dashes: it is one of the command line.
pub(super) fn without_dashes(text: &str, keys: &[Keys]) -> String {
    let is_name = |sign: char| sign.is_ascii_alphanumeric() || sign == '-';
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let Some(name) = word.strip_prefix("--") else {
                return word.to_owned();
            };
            let end = name.find(|sign| !is_name(sign)).unwrap_or(name.len());
            let (name, rest) = name.split_at_checked(end).unwrap_or((name, ""));
            if keys.iter().any(|keys| keys.key(name).is_some()) {
                format!("`{name}`{rest}")
            } else {
                word.to_owned()
            }
        })
        .collect()
}

/// `--older-than <D>` is the key `older-than`.
fn name_of(flag: &str) -> String {
    let name = flag
        .split([' ', '='])
        .next()
        .unwrap_or(flag)
        .trim_start_matches("--");
    format!("`{name}`")
}

fn texts(error: &clap::Error, kind: ContextKind) -> impl Iterator<Item = &str> {
    let (one, many) = match error.get(kind) {
        Some(ContextValue::String(text)) => (Some(text.as_str()), &[][..]),
        Some(ContextValue::Strings(texts)) => (None, texts.as_slice()),
        Some(_) | None => (None, &[][..]),
    };
    one.into_iter().chain(many.iter().map(String::as_str))
}
