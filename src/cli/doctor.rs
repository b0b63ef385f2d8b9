//! `bkdel doctor`

use std::time::Duration;

use clap::{Args, Command as Clap, FromArgMatches, Subcommand};

use super::{aiven, aws, everywhere::Output, filled, reach::Reach, zilliz};
use crate::{
    commands::{Command, doctor},
    fatal::Fatal,
    provider::Request,
};

/// Whoever asks what is wrong should not wait long for hearing that it is the network.
pub(super) const RETRY_FOR: Duration = Duration::from_secs(3);

/// Who am I, where, with which credentials, and what may I do
///
/// Reads alone, and says what cannot be found out by reading. Ends with 4 where a provider that is named, or set up,
/// lacks credentials or a right, and where none is set up; with 7 where one cannot be read, 2 where a setting is wrong, and
/// 1 where nothing can be recorded on this machine.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(subcommand)]
    provider: Option<Asked>,
}

#[derive(Debug, Subcommand)]
enum Asked {
    /// AWS Backup
    Aws(Aws),
    /// Zilliz Cloud
    Zilliz(Zilliz),
    /// Aiven
    Aiven(Aiven),
}

#[derive(Debug, Args)]
struct Aws {
    #[command(flatten)]
    scope: aws::Scope,
    /// Print the IAM policy that bkdel needs for the regions, vaults and accounts named, as JSON; asks nobody
    #[arg(long)]
    print_policy: bool,
    /// An account that the policy is for; repeatable
    #[arg(long, value_name = "ID", value_parser = filled, requires = "print_policy")]
    account: Vec<String>,
}

#[derive(Debug, Args)]
struct Zilliz {
    #[command(flatten)]
    place: zilliz::Place,
    /// Print the roles that bkdel needs, in words; asks nobody
    #[arg(long)]
    print_policy: bool,
}

#[derive(Debug, Args)]
struct Aiven {
    /// Project; repeatable
    #[arg(long, value_name = "P", value_parser = filled)]
    project: Vec<String>,
    /// Print the permissions that bkdel needs, in words; asks nobody
    #[arg(long)]
    print_policy: bool,
}

impl Doctor {
    /// Whether tokens can be named: not with AWS alone.
    pub(super) fn takes_token(&self) -> bool {
        !matches!(self.provider, Some(Asked::Aws(_)))
    }

    pub(super) fn request(self, reach: &Reach, output: Output) -> Result<Command, Fatal> {
        if matches!(output, Output::Csv | Output::Ids) {
            return Err(Fatal::usage_with(
                "doctor writes neither rows nor ids",
                "give -o human, json or ndjson",
            ));
        }
        let Some(asked) = self.provider else {
            return everywhere(reach);
        };
        let (provider, print_policy, accounts) = match asked {
            Asked::Aws(aws) => (aws.scope.request(reach), aws.print_policy, aws.account),
            Asked::Zilliz(zilliz) => {
                let request = zilliz::Scope::of(zilliz.place).request(reach);
                (request, zilliz.print_policy, Vec::new())
            }
            Asked::Aiven(aiven) => {
                let request = aiven::Scope::of(aiven.project).request(reach);
                (request, aiven.print_policy, Vec::new())
            }
        };
        Ok(if print_policy {
            Command::LeastPrivilege(Box::new(doctor::Rights { provider, accounts }))
        } else {
            Command::Doctor(doctor::Request {
                asked: vec![provider],
                named: true,
            })
        })
    }
}

/// All three, each as its own commands would find it. One endpoint or one token is not for all of them: it would send the
/// credentials of two to the third's address.
fn everywhere(reach: &Reach) -> Result<Command, Fatal> {
    if !reach.is_default() {
        return Err(Fatal::usage_with(
            "--endpoint-url, --token-file and --token-command (or their variables) are one provider's own",
            "name it: bkdel doctor aws, zilliz or aiven",
        ));
    }
    let asked: Vec<Request> = vec![
        of_variables::<aws::Scope>()?.request(reach),
        zilliz::Scope::of(of_variables::<zilliz::Place>()?).request(reach),
        aiven::Scope::of(Vec::new()).request(reach),
    ];
    Ok(Command::Doctor(doctor::Request {
        asked,
        named: false,
    }))
}

/// The flags as their variables alone set them.
fn of_variables<T: Args + FromArgMatches>() -> Result<T, Fatal> {
    let wrong = |error: clap::Error| {
        let text = error.render().to_string();
        let first = text.lines().next().unwrap_or("a variable is wrong");
        Fatal::usage(first.trim_start_matches("error: "))
    };
    let matches = T::augment_args(Clap::new("doctor"))
        .try_get_matches_from(["doctor"])
        .map_err(wrong)?;
    T::from_arg_matches(&matches).map_err(wrong)
}
