//! `bkdel aiven …`

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
    provider::{Request, aiven},
};

#[derive(Debug, Subcommand)]
pub(super) enum Aiven {
    /// List the secondary regions of services' backups
    List(List),
    /// Remove secondary regions from services: PROJECT/SERVICE/REGION, or --region and --all-regions
    Delete(Delete),
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Scope")]
pub(super) struct Scope {
    /// Project; repeatable
    #[arg(long, value_name = "P", value_parser = filled)]
    project: Vec<String>,
    /// Service, by name or glob; repeatable
    #[arg(long, value_name = "S", value_parser = filled)]
    service: Vec<String>,
    /// Secondary region, such as aws-eu-central-1; repeatable
    #[arg(long, value_name = "R", value_parser = filled)]
    region: Vec<String>,
    /// Every secondary region
    #[arg(long, conflicts_with = "region")]
    all_regions: bool,
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
    /// Everything in these projects.
    pub(super) fn of(project: Vec<String>) -> Self {
        Self {
            project,
            ..Self::default()
        }
    }

    pub(super) fn request(self, everywhere: &Reach) -> Request {
        Request::Aiven(aiven::Request {
            projects: self.project,
            services: self.service,
            regions: self.region,
            all_regions: self.all_regions,
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
