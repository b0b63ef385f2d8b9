//! Acting: guards, consent, waiting, pace.

use std::{path::PathBuf, time::Duration};

use super::{duration, filled};
use crate::{
    commands::acting::Acting,
    fatal::Fatal,
    plan::consent::{Consent, Percent},
    run::execute::Manner,
    select::shard::Wanted,
};

/// How long a run waits until everything is verified, if nobody says otherwise.
const WAIT: Duration = Duration::from_mins(15);

/// Flags of every command that deletes.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag that a person gives or does not"
)]
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Acting")]
pub(super) struct Act {
    /// Show what would be deleted, and send no mutating request
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// With --dry-run: save the plan, to be reviewed and applied
    #[arg(long, value_name = "PLAN.json", value_parser = super::file)]
    out: Option<PathBuf>,
    /// With --dry-run: give the reasons of all, kept ones too
    #[arg(long, hide_short_help = true)]
    explain: bool,
    /// With --dry-run: end with 10 where there is something to delete
    #[arg(long, env = "BKDEL_DETAILED_EXITCODE", value_parser = clap::builder::BoolishValueParser::new(), hide_env_values = true, hide_short_help = true)]
    detailed_exitcode: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Refuse unless exactly this many would be deleted
    #[arg(long, value_name = "N")]
    expect: Option<usize>,
    /// Refuse to delete more than this many [default with --yes and a filter: 100]
    #[arg(
        long,
        value_name = "N",
        env = "BKDEL_MAX_DELETE",
        hide_env_values = true
    )]
    max_delete: Option<usize>,
    /// Refuse to delete more than this share of any resource's backups
    #[arg(
        long,
        value_name = "P",
        env = "BKDEL_MAX_DELETE_PERCENT",
        hide_env_values = true,
        hide_short_help = true
    )]
    max_delete_percent: Option<Percent>,
    /// Allow deleting the last healthy backup of a resource; with --yes it needs --expect
    #[arg(long)]
    pub(super) allow_last: bool,
    /// Delete the others where a guard refuses some; the run then ends with 3
    #[arg(long, hide_short_help = true)]
    skip_refused: bool,
    /// Wait at most this long until everything is verified as gone [default: 15min]
    #[arg(long, value_name = "D", value_parser = duration::wait, conflicts_with = "no_wait", env = "BKDEL_WAIT", hide_env_values = true, hide_short_help = true)]
    wait: Option<Duration>,
    /// Read back once, and do not wait
    #[arg(long, env = "BKDEL_NO_WAIT", value_parser = clap::builder::BoolishValueParser::new(), hide_env_values = true, hide_short_help = true)]
    no_wait: bool,
    /// At most this many requests a second, such as 5/s
    #[arg(long, value_name = "N/s", value_parser = rate, env = "BKDEL_RATE", hide_env_values = true, hide_short_help = true)]
    pub(super) rate: Option<f64>,
    /// At most this many requests at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), env = "BKDEL_CONCURRENCY", hide_env_values = true, hide_short_help = true)]
    concurrency: Option<u16>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", value_parser = filled, env = "BKDEL_REASON", hide_env_values = true)]
    reason: Option<String>,
}

/// Where a run is written down. Not for `resume`, whose journal is there already.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Acting")]
pub(super) struct Recording {
    /// Write the run's journal to this new file, not to the state folder
    #[arg(long, value_name = "FILE", value_parser = super::file, env = "BKDEL_JOURNAL", hide_env_values = true, hide_short_help = true)]
    pub(super) journal: Option<PathBuf>,
}

/// A part of a plan. Not for what goes on with a plan: it is one of a shard already.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Acting")]
pub(super) struct Sharding {
    /// Delete only the Kth of N parts, split by account and region: 2/8; or index/N, with K from the job's index
    #[arg(long, value_name = "K/N", value_parser = Wanted::read, env = "BKDEL_SHARD", hide_env_values = true, hide_short_help = true)]
    pub(super) shard: Option<Wanted>,
}

impl Act {
    /// `selected`: filters or keep rules choose, not ids.
    pub(super) fn acting(&self, selected: bool, journal: Option<PathBuf>) -> Result<Acting, Fatal> {
        Ok(Acting {
            manner: self.manner(),
            consent: self.consent(selected)?,
            dry_run: self.dry_run,
            explain: self.explain,
            detailed_exitcode: self.detailed_exitcode,
            out: self.out.clone(),
            reason: self.reason.clone(),
            journal,
        })
    }

    fn manner(&self) -> Manner {
        let wait = if self.no_wait {
            Duration::ZERO
        } else {
            self.wait.unwrap_or(WAIT)
        };
        Manner {
            wait,
            concurrency: self.concurrency.map(usize::from),
        }
    }

    fn consent(&self, selected: bool) -> Result<Consent, Fatal> {
        for (given, flag) in [
            (self.explain, "--explain"),
            (self.detailed_exitcode, "--detailed-exitcode"),
            (self.out.is_some(), "--out"),
        ] {
            if given && !self.dry_run {
                return Err(Fatal::usage_with(
                    format!("{flag} says something about a dry run"),
                    "give --dry-run with it",
                ));
            }
        }
        if self.yes && self.dry_run {
            return Err(Fatal::usage_with(
                "--yes and --dry-run contradict each other",
                "give one of them",
            ));
        }
        Ok(Consent {
            yes: self.yes,
            expect: self.expect,
            skip_refused: self.skip_refused,
            max_delete: self.max_delete,
            max_delete_percent: self.max_delete_percent,
            selected,
        })
    }
}

/// `5/s`, `0.5/s`; the unit is part of it, so that nobody has to remember it.
fn rate(text: &str) -> Result<f64, String> {
    let number = text
        .strip_suffix("/s")
        .ok_or("a rate is written like 5/s")?;
    let rate: f64 = number
        .parse()
        .map_err(|_| format!("{number:?} is no number"))?;
    if rate.is_finite() && (0.01..=100_000.0).contains(&rate) {
        Ok(rate)
    } else {
        Err("a rate is between 0.01/s and 100000/s".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_its_unit_and_is_positive() {
        assert_eq!(rate("5/s"), Ok(5.0));
        assert_eq!(rate("0.5/s"), Ok(0.5));
        for wrong in ["", "5", "0/s", "-1/s", "inf/s", "NaN/s", "/s", "5/min"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
