//! `bkdel plan`, `bkdel apply` and `bkdel report`

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
    time::Duration,
};

use clap::ValueEnum;

use super::{
    act::{Act, Recording, Sharding},
    duration,
    everywhere::Everywhere,
    policy,
    reach::Reach,
};
use crate::{
    commands::{
        Command, accounts, acting::Acting, apply, apply::OnDrift, plan_policy, report_on,
        report_on::Form, resume,
    },
    fatal::Fatal,
    plan::consent::Consent,
    run::execute::Manner,
};

/// How old a plan may be, if nobody says otherwise.
const MAX_AGE: Duration = Duration::from_hours(24);

/// Deletes what a saved plan lists and is still there as it was, and nothing else
#[derive(Debug, clap::Args)]
pub(super) struct Apply {
    /// The plan, as `delete --dry-run --out` saved it
    #[arg(value_name = "PLAN.json", value_parser = super::file)]
    plan: PathBuf,
    /// Refuse any other plan than the one with this digest
    #[arg(long, value_name = "X", value_parser = digest, help_heading = "Plan", hide_short_help = true)]
    plan_sha256: Option<String>,
    #[command(flatten)]
    drifting: Drifting,
    /// Refuse a plan that is older [default: 24h]
    #[arg(long, value_name = "D", value_parser = duration::wait, env = "BKDEL_MAX_PLAN_AGE", hide_env_values = true, help_heading = "Plan", hide_short_help = true)]
    max_plan_age: Option<Duration>,
    #[command(flatten)]
    act: Act,
    #[command(flatten)]
    recording: Recording,
}

/// What is looked at again may have changed.
#[derive(Debug, clap::Args)]
struct Drifting {
    /// What to do where a backup is no longer as it was planned
    #[arg(
        long,
        value_enum,
        default_value = "fail",
        env = "BKDEL_ON_DRIFT",
        hide_env_values = true,
        help_heading = "Plan"
    )]
    on_drift: Drift,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Drift {
    /// Refuse the whole plan, before anything is sent
    Fail,
    /// Leave those out, and end with 3
    Skip,
}

/// Plans what every target of a policy file would delete, over all providers
#[derive(Debug, clap::Args)]
pub(super) struct Plan {
    /// The policy file (TOML)
    #[arg(value_name = "POLICY.toml", value_parser = super::file, required_unless_present = "print_schema")]
    policy: Option<PathBuf>,
    /// Save the plan, to be reviewed and applied
    #[arg(long, value_name = "PLAN.json", value_parser = super::file)]
    out: Option<PathBuf>,
    /// Give the reasons of all, kept ones too
    #[arg(long)]
    explain: bool,
    /// End with 10 where there is something to delete
    #[arg(long, env = "BKDEL_DETAILED_EXITCODE", value_parser = clap::builder::BoolishValueParser::new(), hide_env_values = true, hide_short_help = true)]
    detailed_exitcode: bool,
    #[command(flatten)]
    sharding: Sharding,
    /// Print the JSON schema of policy files, for editors
    #[arg(long, conflicts_with_all = ["policy", "out", "explain"])]
    print_schema: bool,
}

impl Plan {
    pub(super) fn request(self, everywhere: &Everywhere) -> Result<Command, Fatal> {
        if self.print_schema {
            return Ok(Command::Schema(policy::schema()));
        }
        if everywhere.endpoint.is_given() || everywhere.token.is_given() {
            return Err(Fatal::usage_with(
                "--endpoint-url, --token-file and --token-command are each target's own",
                "write them in the policy: endpoint-url, token-file, token-command",
            ));
        }
        let file = self.policy.unwrap_or_default();
        let name = file.display().to_string();
        let text = (|| {
            let mut text = String::new();
            let limit = u64::try_from(policy::LARGEST).unwrap_or(u64::MAX);
            File::open(&file)?
                .take(limit.saturating_add(1))
                .read_to_string(&mut text)?;
            Ok::<_, io::Error>(text)
        })()
        .map_err(|error| Fatal::usage(format!("{name} cannot be read: {error}")))?;
        Ok(Command::Plan(Box::new(plan_policy::Request {
            targets: policy::read(&text, &name)?,
            file,
            act: Acting {
                manner: Manner {
                    wait: Duration::ZERO,
                    concurrency: None,
                },
                consent: Consent::default(),
                dry_run: true,
                explain: self.explain,
                detailed_exitcode: self.detailed_exitcode,
                out: self.out,
                reason: None,
                journal: None,
            },
            shard: self.sharding.shard,
        })))
    }
}

/// Runs or a saved plan, for those who review it: -o html (of one), markdown, json, csv or junit
#[derive(Debug, clap::Args)]
pub(super) struct Report {
    /// Runs, each by its id, the beginning of one, `last` or its journal's path; or one saved plan
    #[arg(value_name = "RUN|PLAN.json", required = true, value_parser = super::filled)]
    subjects: Vec<String>,
    /// Write to this file
    #[arg(long, value_name = "FILE", value_parser = super::file)]
    out: Option<PathBuf>,
}

impl Apply {
    pub(super) fn rate(&self) -> Option<f64> {
        self.act.rate
    }

    pub(super) fn request(self, reach: &Reach) -> Result<Command, Fatal> {
        if self.act.allow_last {
            return Err(allow_last("plan"));
        }
        Ok(Command::Apply(Box::new(apply::Request {
            file: self.plan,
            act: self.act.acting(false, self.recording.journal)?,
            plan_sha256: self.plan_sha256,
            on_drift: self.drifting.on_drift.into(),
            max_plan_age: self.max_plan_age.unwrap_or(MAX_AGE),
            reach: again(reach),
        })))
    }
}

/// How the providers of a record are reached.
pub(super) fn again(reach: &Reach) -> accounts::Reach {
    accounts::Reach {
        endpoint: reach.endpoint_url.clone(),
        token: reach.token(),
    }
}

/// Goes on with an interrupted run: reads back what was asked for, and sends what was not
#[derive(Debug, clap::Args)]
pub(super) struct Resume {
    /// The run: its id, the beginning of it, `last`, or a journal
    #[arg(value_name = "RUN", value_parser = super::filled)]
    run: String,
    #[command(flatten)]
    drifting: Drifting,
    #[command(flatten)]
    act: Act,
}

impl Resume {
    pub(super) fn rate(&self) -> Option<f64> {
        self.act.rate
    }

    pub(super) fn request(self, reach: &Reach) -> Result<Command, Fatal> {
        if self.act.allow_last {
            return Err(allow_last("run"));
        }
        Ok(Command::Resume(Box::new(resume::Request {
            run: self.run,
            act: self.act.acting(false, None)?,
            on_drift: self.drifting.on_drift.into(),
            reach: again(reach),
        })))
    }
}

impl From<Drift> for OnDrift {
    fn from(drift: Drift) -> Self {
        match drift {
            Drift::Fail => Self::Fail,
            Drift::Skip => Self::Skip,
        }
    }
}

fn allow_last(what: &str) -> Fatal {
    Fatal::usage_with(
        "--allow-last belongs to the plan: what it allowed is recorded there",
        format!("make a new {what} with --allow-last"),
    )
}

impl Report {
    pub(super) fn request(self, form: Form) -> Command {
        Command::Report(report_on::Request {
            subjects: self.subjects,
            form,
            out: self.out,
        })
    }
}

/// A SHA-256 in hexadecimal.
fn digest(text: &str) -> Result<String, String> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("a SHA-256 is 64 hexadecimal digits".to_owned())
    }
}
