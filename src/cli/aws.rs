//! `bkdel aws …`

use clap::{Args, Subcommand};

use super::{Everywhere, act::Act, delete_of, filled, list_of, select::Select};
use crate::{
    commands::Command,
    fatal::Fatal,
    provider::{Request, aws},
};

#[derive(Debug, Subcommand)]
pub(super) enum Aws {
    /// List recovery points
    List(List),
    /// Delete recovery points that are named by their ids, VAULT/ARN
    Delete(Delete),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Scope")]
struct Scope {
    /// Region; repeatable. Without it: the session's, and the ARNs' own
    #[arg(long, value_name = "R", value_parser = filled, env = "BKDEL_REGION", value_delimiter = ',', hide_env_values = true)]
    region: Vec<String>,
    /// Vault, by name or glob; repeatable. As the AWS CLI calls it: --backup-vault-name
    #[arg(long, alias = "backup-vault-name", value_name = "V", value_parser = filled)]
    vault: Vec<String>,
    /// A profile of the AWS configuration
    #[arg(long, value_name = "P", value_parser = filled, env = "BKDEL_PROFILE", hide_env_values = true)]
    profile: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    select: Select,
}

#[derive(Debug, Args)]
pub(super) struct Delete {
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    select: Select,
    /// A recovery point's ARN, as the AWS CLI calls it; the same as an id
    #[arg(long, value_name = "ARN", help_heading = "Selecting")]
    recovery_point_arn: Vec<String>,
    /// Allow deleting continuous recovery points, which stops point-in-time recovery of their resource
    #[arg(long, help_heading = "Acting")]
    include_continuous: bool,
    #[command(flatten)]
    act: Act,
}

impl Scope {
    fn request(self, everywhere: &Everywhere) -> Request {
        Request::Aws(aws::Request {
            regions: self.region,
            vaults: self.vault,
            profile: self.profile,
            endpoint: everywhere.endpoint_url.clone(),
        })
    }
}

impl List {
    pub(super) fn request(self, everywhere: &Everywhere) -> Command {
        list_of(self.scope.request(everywhere), self.select)
    }
}

impl Delete {
    pub(super) fn rate(&self) -> Option<f64> {
        self.act.rate
    }

    pub(super) fn request(mut self, everywhere: &Everywhere) -> Result<Command, Fatal> {
        self.select.ids.append(&mut self.recovery_point_arn);
        delete_of(
            self.scope.request(everywhere),
            self.select,
            &self.act,
            self.include_continuous,
        )
    }
}
