//! `bkdel zilliz …`

use clap::{Args, Subcommand, ValueEnum};

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
    provider::{Request, zilliz},
};

#[derive(Debug, Subcommand)]
pub(super) enum Zilliz {
    /// List backups
    List(List),
    /// Delete backups: by their ids, `CLUSTER/BACKUP_ID`, or those that filters and keep rules choose
    Delete(Delete),
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Scope")]
pub(super) struct Scope {
    /// Project, by id, name or glob; repeatable
    #[arg(long, value_name = "P", value_parser = filled)]
    project: Vec<String>,
    /// Cluster, by id, name or glob; repeatable
    #[arg(long, value_name = "C", value_parser = filled)]
    cluster: Vec<String>,
    #[command(flatten)]
    place: Place,
    /// Backups that were made by hand, or by policy
    #[arg(long, value_enum, hide_short_help = true)]
    method: Option<Method>,
    /// Backups whose cluster is gone
    #[arg(long)]
    orphaned: bool,
}

/// Which organisation, and where it is.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Scope")]
pub(super) struct Place {
    /// Organisation whose key the credentials file holds
    #[arg(long, value_name = "O", value_parser = filled, env = "BKDEL_ORG", hide_env_values = true, hide_short_help = true)]
    org: Option<String>,
    /// Which of the two separate clouds
    #[arg(
        long,
        value_enum,
        env = "BKDEL_CLOUD",
        hide_env_values = true,
        hide_short_help = true
    )]
    cloud: Option<Cloud>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Cloud {
    Global,
    Cn,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Method {
    Manual,
    Auto,
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
    #[command(flatten)]
    act: Act,
    #[command(flatten)]
    sharding: Sharding,
    #[command(flatten)]
    recording: Recording,
}

impl Scope {
    /// Everything that a key at a place sees.
    pub(super) fn of(place: Place) -> Self {
        Self {
            place,
            ..Self::default()
        }
    }

    pub(super) fn request(self, everywhere: &Reach) -> Request {
        Request::Zilliz(zilliz::Request {
            projects: self.project,
            clusters: self.cluster,
            org: self.place.org,
            cloud: self.place.cloud.map(|cloud| match cloud {
                Cloud::Global => zilliz::Cloud::Global,
                Cloud::Cn => zilliz::Cloud::Cn,
            }),
            method: self.method.map(|method| match method {
                Method::Manual => zilliz::Method::Manual,
                Method::Auto => zilliz::Method::Auto,
            }),
            orphaned: self.orphaned,
            endpoint: everywhere.endpoint_url.clone(),
            token: everywhere.token(),
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

    pub(super) fn request(self, everywhere: &Reach) -> Result<Command, Fatal> {
        delete_of(
            self.scope.request(everywhere),
            self.select,
            &self.act,
            self.recording.journal,
            self.sharding.shard,
            Words::default(),
        )
    }
}
