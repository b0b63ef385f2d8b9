//! The errors that end a command, all of them, and the exit code of each.

use serde_json::{Value, json};
use thiserror::Error;

use crate::{
    plan::consent::Refusal,
    provider::{ErrorKind, ProviderError},
    run::journal::{place::Nowhere, writer::Unopened},
};

/// Why a command ended before its results could speak.
#[derive(Debug, Error)]
pub enum Fatal {
    /// Wrong arguments, settings, files, ids: 2.
    #[error("{message}")]
    Usage {
        /// What is wrong, with its name.
        message: String,
        /// The way out.
        hint: Option<String>,
    },
    /// No credentials, not accepted, or without the right; no delete was sent: 4.
    #[error("{message}")]
    Credentials {
        /// `credentials` or `permission`.
        kind: ErrorKind,
        /// What is missing, and every place that was looked in.
        message: String,
        /// The way out.
        hint: Option<String>,
    },
    /// A guard, or a person; no delete was sent: 5.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What is there is not what was planned; no delete was sent: 6.
    #[error("{message}")]
    Drift {
        /// What changed.
        message: String,
        /// The way out.
        hint: Option<String>,
    },
    /// What is there could not be read completely; no delete was sent: 7.
    #[error("{message}")]
    Inventory {
        /// What kind.
        kind: ErrorKind,
        /// What could not be read.
        message: String,
        /// The way out.
        hint: Option<String>,
    },
    /// Another process is at the same run; nothing was sent: 5.
    #[error("{0}")]
    Busy(String),
    /// The journal cannot be written, so nothing may be sent: 1.
    #[error("{0}")]
    Unrecorded(String),
    /// A signal, before anything was sent: 130 or 143.
    #[error("interrupted; no delete was sent")]
    Interrupted {
        /// 130 for SIGINT, 143 for SIGTERM.
        code: u8,
    },
    /// bkdel itself: 1.
    #[error("{0:#}")]
    Unexpected(#[from] anyhow::Error),
}

impl Fatal {
    /// A usage error.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: None,
        }
    }

    /// A usage error with the way out.
    pub fn usage_with(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// The contract's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unexpected(_) | Self::Unrecorded(_) => 1,
            Self::Usage { .. } => 2,
            Self::Credentials { .. } => 4,
            Self::Refused(_) | Self::Busy(_) => 5,
            Self::Drift { .. } => 6,
            Self::Inventory { .. } => 7,
            Self::Interrupted { code } => *code,
        }
    }

    /// The stable word for JSON.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unexpected(_) => "unexpected",
            Self::Usage { .. } => "usage",
            Self::Credentials { kind, .. } | Self::Inventory { kind, .. } => kind.word(),
            Self::Refused(refusal) => match refusal {
                Refusal::Guarded(_) => "guard",
                Refusal::Unexpected { .. } | Refusal::LastNeedsExpect => "expect",
                Refusal::TooMany { .. } | Refusal::TooMuch { .. } => "limit",
                Refusal::NoTerminal(_) => "no_terminal",
                Refusal::Declined => "declined",
                Refusal::Terminal(_) => "terminal",
            },
            Self::Drift { .. } => "drift",
            Self::Busy(_) => "busy",
            Self::Unrecorded(_) => "journal",
            Self::Interrupted { .. } => "interrupted",
        }
    }

    /// The way out, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. }
            | Self::Credentials { hint, .. }
            | Self::Drift { hint, .. }
            | Self::Inventory { hint, .. } => hint.clone(),
            Self::Refused(refusal) => refusal.hint(),
            Self::Busy(_) => Some("wait until it has ended".to_owned()),
            Self::Unrecorded(_) => Some(
                "nothing is sent that cannot be written down: name another place with --journal or BKDEL_STATE_DIR"
                    .to_owned(),
            ),
            Self::Interrupted { .. } | Self::Unexpected(_) => None,
        }
    }

    /// The contract's error document.
    #[must_use]
    pub fn document(&self) -> Value {
        json!({
            "schema": "bkdel.error/v1",
            "code": self.exit_code(),
            "kind": self.kind(),
            "message": self.to_string(),
            "hint": self.hint(),
        })
    }
}

/// A journal that cannot be begun or gone on with.
impl From<Unopened> for Fatal {
    fn from(error: Unopened) -> Self {
        let message = error.to_string();
        match error {
            Unopened::Exists(name) => Self::usage_with(
                message,
                format!("name another file, or go on with: bkdel resume {name}"),
            ),
            Unopened::Locked(_) => Self::Busy(message),
            Unopened::Io { .. } => Self::Unrecorded(message),
        }
    }
}

/// No journal of that name, or no folder for one.
impl From<Nowhere> for Fatal {
    fn from(error: Nowhere) -> Self {
        let message = error.to_string();
        match error {
            Nowhere::NoFolder | Nowhere::Unusable { .. } => Self::Unrecorded(message),
            Nowhere::Empty(_) => Self::usage_with(
                message,
                "BKDEL_STATE_DIR and --journal may have put it elsewhere; name its journal",
            ),
            Nowhere::NoRun { .. } => Self::usage_with(message, "`bkdel runs` lists them"),
            Nowhere::Several { .. } => Self::usage_with(message, "give more of its id"),
        }
    }
}

/// A provider's error before anything was sent.
impl From<ProviderError> for Fatal {
    fn from(error: ProviderError) -> Self {
        let message = error.to_string();
        let hint = error.hint;
        match error.kind {
            ErrorKind::Credentials | ErrorKind::Permission => Self::Credentials {
                kind: error.kind,
                message,
                hint,
            },
            ErrorKind::NoSuchScope | ErrorKind::Setup | ErrorKind::Gate => {
                Self::Usage { message, hint }
            }
            ErrorKind::Drift => Self::Drift { message, hint },
            ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Protected
            | ErrorKind::Refused
            | ErrorKind::Kept
            | ErrorKind::Throttled
            | ErrorKind::Server
            | ErrorKind::Network
            | ErrorKind::Certificate
            | ErrorKind::Timeout
            | ErrorKind::Malformed
            | ErrorKind::Incomplete
            | ErrorKind::Guard
            | ErrorKind::Rehearsed
            | ErrorKind::Interrupted => Self::Inventory {
                kind: error.kind,
                message,
                hint,
            },
        }
    }
}
