//! What can be wrong before a provider is asked anything: ids, scopes, settings, credentials.

use thiserror::Error;

use super::credential::NoToken;

/// A provider that cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SetupError {
    /// A setting, a scope or an id that is wrong: a usage error.
    #[error("{message}")]
    Usage {
        /// What is wrong, with its name.
        message: String,
        /// The way out.
        hint: Option<String>,
    },
    /// No credentials.
    #[error("{message}")]
    Credentials {
        /// What was looked for, and everywhere it was looked for.
        message: String,
        /// The way out.
        hint: Option<String>,
    },
}

impl SetupError {
    /// A usage error.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: None,
        }
    }

    /// The same, with the place where what is wrong was found.
    #[must_use]
    pub fn at(self, place: &str) -> Self {
        match self {
            Self::Usage { message, hint } => Self::Usage {
                message: format!("{place}{message}"),
                hint,
            },
            Self::Credentials { message, hint } => Self::Credentials {
                message: format!("{place}{message}"),
                hint,
            },
        }
    }

    /// A usage error with the way out.
    pub fn usage_with(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }
}

impl From<NoToken> for SetupError {
    fn from(error: NoToken) -> Self {
        Self::Credentials {
            message: error.message,
            hint: error.hint,
        }
    }
}

impl From<SetupError> for crate::fatal::Fatal {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::Usage { message, hint } => Self::Usage { message, hint },
            SetupError::Credentials { message, hint } => Self::Credentials {
                kind: super::ErrorKind::Credentials,
                message,
                hint,
            },
        }
    }
}
