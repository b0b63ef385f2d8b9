//! How a provider is reached: an endpoint, and where a token comes from. The same on the command line and in a policy.

use std::path::PathBuf;

use super::{file, filled};
use crate::provider::credential::TokenRequest;

/// Where requests go.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Endpoint {
    /// The provider's endpoint, instead of its own
    #[arg(long, global = true, value_name = "URL", value_parser = filled, env = "BKDEL_ENDPOINT_URL", hide_env_values = true, hide_short_help = true)]
    endpoint_url: Option<String>,
}

/// Where a token comes from. A provider without tokens leaves it out.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Token {
    /// A file that holds the token (Zilliz, Aiven)
    #[arg(long, global = true, value_name = "F", value_parser = file, env = "BKDEL_TOKEN_FILE", hide_env_values = true, hide_short_help = true)]
    token_file: Option<PathBuf>,
    /// A command that prints the token, run by `sh -c` or `cmd /C` (Zilliz, Aiven)
    #[arg(long, global = true, value_name = "CMD", value_parser = filled, conflicts_with = "token_file", env = "BKDEL_TOKEN_COMMAND", hide_env_values = true, hide_short_help = true)]
    token_command: Option<String>,
}

impl Endpoint {
    pub(super) fn is_given(&self) -> bool {
        self.endpoint_url.is_some()
    }
}

impl Token {
    pub(super) fn is_given(&self) -> bool {
        self.token_file.is_some() || self.token_command.is_some()
    }
}

/// What every scope needs besides its own flags.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    pub(super) endpoint_url: Option<String>,
    token: TokenRequest,
}

impl Reach {
    pub(super) fn new(endpoint: Endpoint, token: Token) -> Self {
        Self {
            endpoint_url: endpoint.endpoint_url,
            token: TokenRequest {
                file: token.token_file,
                command: token.token_command,
            },
        }
    }

    /// Whether nothing was said about it.
    pub(super) fn is_default(&self) -> bool {
        self.endpoint_url.is_none() && self.token == TokenRequest::default()
    }

    pub(super) fn token(&self) -> TokenRequest {
        self.token.clone()
    }
}
