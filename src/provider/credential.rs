//! Tokens: where they come from, in which order, without ever being shown (S27).
//!
//! AWS has its own chain in its SDK; this is for the providers that take a bearer token.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use secrecy::SecretString;
use thiserror::Error;

use crate::environment::Environment;

/// How long a token command may take; it may have to ask a person for a fingerprint.
const COMMAND_LIMIT: Duration = Duration::from_mins(2);

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
            .filter(|name| environment.text(name).is_some())
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
        let text = text.trim();
        let problem = if text.is_empty() {
            "is empty"
        } else if text.len() > MAX_TOKEN || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            "does not hold one token on one line"
        } else {
            return Ok(Self {
                secret: SecretString::from(text.to_owned()),
                source,
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
            let text = tokio::fs::read_to_string(path)
                .await
                .map_err(|error| NoToken {
                    message: format!("{source} cannot be read: {error}"),
                    hint: None,
                })?;
            return Self::new(&text, source).map(Some);
        }
        let Some(command) = &request.command else {
            return Ok(None);
        };
        let text = output(command).await?;
        Self::new(&text, COMMAND).map(Some)
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
        for name in variables {
            if let Some(text) = environment.text(name) {
                return Self::new(text, *name).map(Some).map_err(|error| NoToken {
                    hint: Some(format!("unset {name}, or give it a token")),
                    ..error
                });
            }
        }
        Ok(None)
    }
}

/// What a command prints. Its standard error goes to the person; what it prints is shown nowhere.
async fn output(command: &str) -> Result<String, NoToken> {
    let failed = |what: String| NoToken {
        message: format!("--token-command {what}"),
        hint: None,
    };
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let child = tokio::process::Command::new(shell)
        .args([flag, command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(COMMAND_LIMIT, child)
        .await
        .map_err(|_| failed(format!("did not end within {} s", COMMAND_LIMIT.as_secs())))?
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed: {}", output.status)));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| failed("printed something that is no text".to_owned()))
}
