//! Which provider, and where at it: the one place that lists the providers.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Delete, Examination, LeastPrivilege, SetupError, aiven, aws, credential::TokenRequest, zilliz,
};
use crate::{
    backup::{Provider, Target},
    environment::Environment,
    transport::Transport,
};

/// What was asked of one provider.
#[derive(Debug, Clone)]
pub enum Request {
    /// AWS Backup.
    Aws(aws::Request),
    /// Zilliz Cloud.
    Zilliz(zilliz::Request),
    /// Aiven.
    Aiven(aiven::Request),
}

impl Request {
    /// The provider.
    #[must_use]
    pub fn provider(&self) -> Provider {
        match self {
            Self::Aws(_) => Provider::Aws,
            Self::Zilliz(_) => Provider::Zilliz,
            Self::Aiven(_) => Provider::Aiven,
        }
    }

    /// Reads an id. Nothing is asked of the provider.
    ///
    /// # Errors
    /// [`SetupError::Usage`] for what is no id of a backup here (S4, S5).
    pub fn parse(&self, text: &str) -> Result<Target, SetupError> {
        match self {
            Self::Aws(request) => aws::parse(text, request),
            Self::Zilliz(request) => zilliz::parse(text, request),
            Self::Aiven(request) => aiven::parse(text, request),
        }
    }

    /// Whether the scope's flags name backups by themselves.
    #[must_use]
    pub fn names_by_scope(&self) -> bool {
        match self {
            Self::Aws(_) | Self::Zilliz(_) => false,
            Self::Aiven(request) => request.all_regions || !request.regions.is_empty(),
        }
    }

    /// Whether flags say where to look: deleting by filter or rule needs that.
    #[must_use]
    pub fn has_scope(&self) -> bool {
        match self {
            Self::Aws(request) => !request.vaults.is_empty() || request.all_vaults,
            Self::Zilliz(request) => {
                !request.projects.is_empty()
                    || !request.clusters.is_empty()
                    || request.org.is_some()
                    || request.orphaned
            }
            Self::Aiven(request) => {
                !request.projects.is_empty()
                    || !request.services.is_empty()
                    || !request.regions.is_empty()
                    || request.all_regions
            }
        }
    }

    /// Whether the scope is one container that can go itself, by its name.
    ///
    /// # Errors
    /// [`SetupError::Usage`] for any other scope.
    pub fn check_container(&self) -> Result<(), SetupError> {
        match self {
            Self::Aws(request) => request.check_container(),
            Self::Zilliz(_) | Self::Aiven(_) => Err(SetupError::usage(
                "only AWS vaults are deleted, no clusters and no services",
            )),
        }
    }

    /// Where to look, by the flags' names, for a plan's record. Neither the endpoint nor where a token is from: a plan that
    /// somebody hands over must not choose where credentials are sent, nor a command that is run.
    #[must_use]
    pub fn recorded(&self) -> Value {
        let recorded = match self {
            Self::Aws(request) => serde_json::to_value(request),
            Self::Zilliz(request) => serde_json::to_value(request),
            Self::Aiven(request) => serde_json::to_value(request),
        };
        recorded.unwrap_or(Value::Null)
    }

    /// The request of a plan's record, with an endpoint and a token of this command's.
    ///
    /// # Errors
    /// A message for a record that this version does not understand.
    pub fn of_record(
        provider: Provider,
        record: &Value,
        endpoint: Option<String>,
        token: &TokenRequest,
    ) -> Result<Self, String> {
        let read = |error: serde_json::Error| format!("the scope cannot be read: {error}");
        Ok(match provider {
            Provider::Aws => Self::Aws(aws::Request {
                endpoint,
                ..aws::Request::deserialize(record).map_err(read)?
            }),
            Provider::Zilliz => Self::Zilliz(zilliz::Request {
                endpoint,
                token: token.clone(),
                ..zilliz::Request::deserialize(record).map_err(read)?
            }),
            Provider::Aiven => Self::Aiven(aiven::Request {
                endpoint,
                token: token.clone(),
                ..aiven::Request::deserialize(record).map_err(read)?
            }),
        })
    }

    /// The flags that say where to look, for people.
    #[must_use]
    pub fn scope_flags(&self) -> &'static str {
        match self {
            Self::Aws(_) => "--vault or --all-vaults",
            Self::Zilliz(_) => "--cluster, --project, --org or --orphaned",
            Self::Aiven(_) => "--project, --service, --region or --all-regions",
        }
    }

    /// Looks at everything that a command would need: credentials, endpoint, clock, rights. Changes nothing.
    pub async fn examine(
        &self,
        transport: &Transport,
        environment: &Environment,
        now: Timestamp,
    ) -> Examination {
        match self {
            Self::Aws(request) => aws::examine(transport, environment, request, now).await,
            Self::Zilliz(request) => zilliz::examine(transport, environment, request).await,
            Self::Aiven(request) => aiven::examine(transport, environment, request).await,
        }
    }

    /// What must be allowed, and nothing more; in these accounts, where the provider has any. Asks nobody.
    ///
    /// # Errors
    /// [`SetupError::Usage`] for a scope that cannot be.
    pub fn least_privilege(&self, accounts: &[String]) -> Result<LeastPrivilege, SetupError> {
        match self {
            Self::Aws(request) => aws::least_privilege(request, accounts),
            Self::Zilliz(_) => Ok(zilliz::least_privilege()),
            Self::Aiven(_) => Ok(aiven::least_privilege()),
        }
    }

    /// Leaves out what leads to other accounts than this one.
    pub fn narrow_to(&mut self, account: &str) {
        match self {
            Self::Aws(request) => aws::narrow_to(request, account),
            // One token, one account.
            Self::Zilliz(_) | Self::Aiven(_) => {}
        }
    }

    /// Finds credentials and endpoint, and makes the provider ready: one for each account that was asked for.
    ///
    /// # Errors
    /// [`SetupError`] without credentials, or with settings that contradict each other.
    pub async fn connect(
        &self,
        transport: &Transport,
        environment: &Environment,
        targets: &[Target],
    ) -> Result<Vec<Box<dyn Delete>>, SetupError> {
        Ok(match self {
            Self::Aws(request) => {
                let members =
                    aws::connect(transport, environment, request.clone(), targets).await?;
                members
                    .into_iter()
                    .map(|member| -> Box<dyn Delete> { Box::new(member) })
                    .collect()
            }
            Self::Zilliz(request) => {
                vec![Box::new(
                    zilliz::connect(transport, environment, request).await?,
                )]
            }
            Self::Aiven(request) => {
                vec![Box::new(
                    aiven::connect(transport, environment, request).await?,
                )]
            }
        })
    }
}
