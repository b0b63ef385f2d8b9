//! Who acts, where.

use serde::{Deserialize, Serialize};

use super::Provider;

/// Who acts, where: shown before asking, recorded in every plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The provider's name.
    pub provider: Provider,
    /// The account, organisation or user: what a plan made as somebody else does not fit.
    pub account: Option<String>,
    /// Its name for people: an AWS account alias, an organisation's name.
    pub alias: Option<String>,
    /// The acting principal: a role's ARN, a user.
    pub principal: Option<String>,
    /// Where the credentials came from, such as `AIVEN_AUTH_TOKEN`; never their value.
    pub source: String,
    /// The endpoint, and whether it is the provider's own.
    pub endpoint: String,
    /// Whether somebody set the endpoint.
    pub endpoint_overridden: bool,
}

impl Identity {
    /// Before the provider was asked.
    #[must_use]
    pub fn unknown(provider: Provider) -> Self {
        Self {
            provider,
            account: None,
            alias: None,
            principal: None,
            source: String::new(),
            endpoint: String::new(),
            endpoint_overridden: false,
        }
    }
}
