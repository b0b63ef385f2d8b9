//! Tokens: where they come from, in which order, without ever being shown (S27).
//!
//! AWS has its own chain in its SDK; this is for the providers that take a bearer token.

mod command;
mod file;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::SecretString;
use thiserror::Error;

use crate::environment::Environment;

/// How long a token may take to come; a command may have to ask a person for a fingerprint.
const LIMIT: Duration = Duration::from_mins(2);

const COMMAND: &str = "--token-command";

/// The longest token that is believed, in bytes: what is longer is a wrong file.
const MAX_TOKEN: usize = 16 * 1024;

/// Where a token was asked to come from, before the provider's own places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenRequest {
    /// `--token-file`.
    pub file: Option<PathBuf>,
    /// `--token-command`, run by the shell.
    pub command: Option<String>,
}

/// A token, and the place that it came from.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token. It cannot be printed.
    pub secret: SecretString,
    /// The place, for people: a variable's name, a file's path.
    pub source: String,
    /// Variables that hold other tokens than this one.
    pub others: Vec<String>,
}

/// No token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct NoToken {
    /// What was looked for, and where.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
}

impl TokenRequest {
    /// The places that are filled, in the order in which they count: the flags', then those of `variables` that are set.
    #[must_use]
    pub fn places(&self, environment: &Environment, variables: &[&str]) -> Vec<String> {
        let file = self.file.as_ref();
        let flags = [
            file.map(PathBuf::as_path).map(of_file),
            self.command.as_ref().map(|_| COMMAND.to_owned()),
        ];
        let set = variables
            .iter()
            .filter(|name| environment.is_set(name))
            .map(|&name| name.to_owned());
        flags.into_iter().flatten().chain(set).collect()
    }
}

fn of_file(path: &Path) -> String {
    format!("--token-file {}", path.display())
}

impl Token {
    /// A token of `text`, which must be one line of visible ASCII: it goes into a header.
    ///
    /// # Errors
    /// [`NoToken`] if it is blank or cannot be a token.
    pub fn new(text: &str, source: impl Into<String>) -> Result<Self, NoToken> {
        let source = source.into();
        // Windows' editors put a mark in front.
        let text = text.trim_start_matches('\u{feff}').trim();
        let problem = if text.is_empty() {
            "is empty"
        } else if text.lines().count() > 1 {
            "has several lines, and a token is one"
        } else if text.len() > MAX_TOKEN || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            "holds no token: one word of at most 16 KiB"
        } else {
            return Ok(Self {
                secret: SecretString::from(text.to_owned()),
                source,
                others: Vec::new(),
            });
        };
        Err(NoToken {
            message: format!("{source} {problem}"),
            hint: None,
        })
    }

    /// The token of `--token-file` or `--token-command`, where one of them was given.
    ///
    /// # Errors
    /// [`NoToken`] if the file cannot be read, or the command fails, or either brings no token.
    pub async fn requested(request: &TokenRequest) -> Result<Option<Self>, NoToken> {
        if let Some(path) = &request.file {
            let source = of_file(path);
            let text = file::read(path, &source).await?;
            return Self::new(&text, source).map(Some);
        }
        let Some(command) = &request.command else {
            return Ok(None);
        };
        let text = command::output(command).await?;
        let token = Self::new(&text, "what --token-command prints").map_err(|error| NoToken {
            hint: Some("it must print the token and nothing else".to_owned()),
            ..error
        })?;
        Ok(Some(Self {
            source: COMMAND.to_owned(),
            ..token
        }))
    }

    /// The token of the first of `variables` that is set. One that is set and blank is an error: falling through to the
    /// next place could be another organisation's (S4).
    ///
    /// # Errors
    /// [`NoToken`] for a variable that is blank or cannot be a token.
    pub fn of_variables(
        environment: &Environment,
        variables: &[&str],
    ) -> Result<Option<Self>, NoToken> {
        let Some(name) = variables.iter().find(|name| environment.is_set(name)) else {
            return Ok(None);
        };
        let wrong = |error: NoToken| NoToken {
            hint: Some(format!("unset {name}, or give it a token")),
            ..error
        };
        let text = environment.text(name).ok_or_else(|| {
            wrong(NoToken {
                message: format!("{name} holds no text"),
                hint: None,
            })
        })?;
        let token = Self::new(text, *name).map_err(wrong)?;
        let others = variables
            .iter()
            .filter(|other| *other != name)
            .filter(|other| {
                environment
                    .filled(other)
                    .is_some_and(|value| value.trim() != text.trim())
            });
        Ok(Some(Self {
            others: others.map(|&other| other.to_owned()).collect(),
            ..token
        }))
    }

    /// Where it is from, and which variables say something else. `word` is what the provider calls a token.
    #[must_use]
    pub fn told(&self, word: &str) -> String {
        match self.others.as_slice() {
            [] => self.source.clone(),
            others => format!(
                "{} ({} {} another {word})",
                self.source,
                others.join(" and "),
                if others.len() == 1 { "holds" } else { "hold" }
            ),
        }
    }

    /// What must be said before anything is deleted with it: another one could be another organisation's.
    #[must_use]
    pub fn note(&self, words: &str) -> Option<String> {
        (!self.others.is_empty()).then(|| {
            format!(
                "several variables hold different {words}: {} was used, {} was not",
                self.source,
                self.others.join(" and ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn what_editors_and_windows_put_around_a_token_is_no_part_of_it() {
        for text in ["tok", " tok\n", "tok\r\n", "\u{feff}tok\r\n", "\n\ntok\n\n"] {
            let token = Token::new(text, "a file").unwrap();
            assert_eq!(token.secret.expose_secret(), "tok", "{text:?}");
        }
        for (text, said) in [
            ("", "is empty"),
            (" \r\n", "is empty"),
            ("\u{feff}\n", "is empty"),
            ("tok\nlogin: a", "several lines"),
            ("to k", "no token"),
            ("t\u{f6}k", "no token"),
            ("\u{201c}tok\u{201d}", "no token"),
            (&"t".repeat(MAX_TOKEN + 1), "no token"),
        ] {
            let error = Token::new(text, "a file").unwrap_err();
            assert!(error.message.contains(said), "{text:?}: {error}");
            assert!(!error.message.contains("tok\n") && !error.message.contains("login"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn s4_a_variable_that_is_no_text_is_an_error_and_not_the_next_variable() {
        use std::{ffi::OsString, os::unix::ffi::OsStringExt};
        let garbled = OsString::from_vec(vec![0xff, 0x74]);
        let environment: Environment = [
            (OsString::from("FIRST"), garbled),
            (OsString::from("SECOND"), OsString::from("tok")),
        ]
        .into_iter()
        .collect();
        let error = Token::of_variables(&environment, &["FIRST", "SECOND"]).unwrap_err();
        assert!(error.message.contains("FIRST"), "{error}");
    }

    #[test]
    fn variables_that_say_something_else_are_told() {
        let environment = Environment::of(&[("A", "one"), ("B", " one "), ("C", "two"), ("D", "")]);
        let token = Token::of_variables(&environment, &["A", "B", "C", "D"]);
        let token = token.unwrap().unwrap();
        assert_eq!(token.others, ["C"]);
        assert_eq!(token.told("key"), "A (C holds another key)");
        assert_eq!(
            token.note("keys").unwrap(),
            "several variables hold different keys: A was used, C was not"
        );
    }
}
