//! `bkdel aws …`

use clap::{Args, Subcommand};

use super::{
    Words,
    act::{Act, Recording, Sharding},
    delete_of, filled, list_of,
    reach::Reach,
    select::Select,
};
use crate::{
    commands::Command,
    fatal::Fatal,
    provider::{Request, aws},
};

#[derive(Debug, Subcommand)]
pub(super) enum Aws {
    /// List recovery points
    List(List),
    /// Delete recovery points: by their ids, VAULT/ARN, or those that filters and keep rules choose
    Delete(Delete),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Scope")]
pub(super) struct Scope {
    /// Region; repeatable
    ///
    /// Without it: the session's, and the ARNs' own
    #[arg(long, value_name = "R", value_parser = filled, env = "BKDEL_REGION", value_delimiter = ',', hide_env_values = true)]
    region: Vec<String>,
    /// Every region that the account may use; says which were left out. Needs account:ListRegions
    #[arg(long, conflicts_with = "region", hide_short_help = true)]
    all_regions: bool,
    /// Vault, by name or glob; repeatable
    ///
    /// As the AWS CLI calls it: --backup-vault-name
    #[arg(long, alias = "backup-vault-name", value_name = "V", value_parser = filled)]
    vault: Vec<String>,
    /// Every vault: what `list` does anyway, as a word of its own for `delete`
    #[arg(long, conflicts_with = "vault")]
    all_vaults: bool,
    /// A profile of the AWS configuration
    #[arg(long, value_name = "P", value_parser = filled, env = "BKDEL_PROFILE", hide_env_values = true, hide_short_help = true)]
    profile: Option<String>,
    /// A role to assume, one an account; repeatable
    #[arg(long, value_name = "ARN", value_parser = filled, env = "BKDEL_ROLE_ARN", value_delimiter = ',', hide_env_values = true)]
    role_arn: Vec<String>,
    /// What the roles' trust policies want to be told
    #[arg(long, value_name = "X", value_parser = filled, requires = "role_arn", env = "BKDEL_EXTERNAL_ID", hide_env_values = true, hide_short_help = true)]
    external_id: Option<String>,
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
    #[arg(
        long,
        value_name = "ARN",
        help_heading = "Selecting",
        hide_short_help = true
    )]
    recovery_point_arn: Vec<String>,
    #[command(flatten)]
    continuous: Continuous,
    /// Delete the one --vault itself too, once everything in it (--all) is gone and it is read as empty
    #[arg(
        long = "delete-empty-vault",
        help_heading = "Acting",
        hide_short_help = true
    )]
    vault_itself: bool,
    #[command(flatten)]
    act: Act,
    #[command(flatten)]
    sharding: Sharding,
    #[command(flatten)]
    recording: Recording,
}

/// The word for what only AWS Backup has (S11).
#[derive(Debug, Args)]
pub(super) struct Continuous {
    /// Allow deleting continuous recovery points, which stops point-in-time recovery of their resource
    #[arg(long, help_heading = "Acting", hide_short_help = true)]
    pub(super) include_continuous: bool,
}

impl Scope {
    pub(super) fn request(self, everywhere: &Reach) -> Request {
        Request::Aws(aws::Request {
            regions: self.region,
            all_regions: self.all_regions,
            vaults: self.vault,
            all_vaults: self.all_vaults,
            profile: self.profile,
            roles: self.role_arn,
            external_id: self.external_id,
            endpoint: everywhere.endpoint_url.clone(),
        })
    }
}

impl List {
    pub(super) fn request(self, everywhere: &Reach) -> Command {
        list_of(self.scope.request(everywhere), self.select)
    }
}

impl Delete {
    pub(super) fn rate(&self) -> Option<f64> {
        self.act.rate
    }

    pub(super) fn request(mut self, everywhere: &Reach) -> Result<Command, Fatal> {
        self.select.ids.append(&mut self.recovery_point_arn);
        delete_of(
            self.scope.request(everywhere),
            self.select,
            &self.act,
            self.recording.journal,
            self.sharding.shard,
            Words {
                include_continuous: self.continuous.include_continuous,
                delete_empty_vault: self.vault_itself,
            },
        )
    }
}
