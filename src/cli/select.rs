//! Selecting: ids, filters and keep rules.

use std::path::PathBuf;

use jiff::tz::TimeZone;

use super::filled;
use crate::{
    commands::selecting::Selecting,
    glob::Glob,
    select::{
        criteria::Criteria,
        filter::{Filters, Tag, Word},
        retention::{GroupBy, Length, PerPeriod, Quota, Rules},
    },
    size::Size,
    time::{Age, Moment, Purpose, span, zone},
};

/// Ids, as arguments and from files, and whatever chooses without them.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Selecting")]
pub(super) struct Select {
    /// Full ids, as `list -o ids` prints them; with flags for the scope, the last part
    #[arg(value_name = "ID")]
    pub(super) ids: Vec<String>,
    /// Read ids from a file or `-`: one a line, or what `list -o ndjson` prints
    ///
    /// `-` is standard input.
    #[arg(long, value_name = "FILE", value_parser = super::file)]
    pub(super) from: Vec<PathBuf>,
    #[command(flatten)]
    choosing: Choosing,
}

/// Whatever chooses without ids: all that a policy's target can hold of it.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Selecting")]
pub(super) struct Choosing {
    /// Everything in the scope
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    keep: Keep,
    /// Go on without a scope that cannot be read, and leave it as it is
    #[arg(long, help_heading = "Selecting", env = "BKDEL_SKIP_UNREADABLE", value_parser = clap::builder::BoolishValueParser::new(), hide_env_values = true, hide_short_help = true)]
    skip_unreadable: bool,
}

/// Which backups are candidates: all that fit every kind of filter that is given.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Filters")]
struct Filter {
    /// Created that long ago, or longer: 90d, 6mo, 1y
    #[arg(long, value_name = "D", allow_hyphen_values = true)]
    older_than: Option<Age>,
    /// Created since then
    #[arg(
        long,
        value_name = "D",
        allow_hyphen_values = true,
        hide_short_help = true
    )]
    newer_than: Option<Age>,
    /// Created before a time: 2026-01-31, or RFC 3339
    #[arg(long, value_name = "T", hide_short_help = true)]
    created_before: Option<Moment>,
    /// Created at that time or after
    #[arg(long, value_name = "T", hide_short_help = true)]
    created_after: Option<Moment>,
    /// The provider's own word for the kind, such as EBS; repeatable
    #[arg(long = "type", value_name = "T")]
    types: Vec<Word>,
    /// What it is a backup of, by name or glob; repeatable
    #[arg(long = "resource", value_name = "GLOB")]
    resources: Vec<Glob>,
    /// The backup's name, or a glob; repeatable
    #[arg(long = "name", value_name = "GLOB", hide_short_help = true)]
    names: Vec<Glob>,
    /// The provider's own status, such as EXPIRED; repeatable
    #[arg(long = "status", value_name = "S")]
    statuses: Vec<Word>,
    /// Larger than that: 500MB, 10GiB
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    larger_than: Option<Size>,
    /// Past its end, or left over when the provider failed to delete it
    #[arg(long)]
    expired: bool,
    /// With this tag (AWS); repeatable
    #[arg(long = "tag", value_name = "K=V")]
    tags: Vec<Tag>,
}

/// Which of the candidates stay: restic's rules, by name and meaning. Whatever any rule keeps is kept.
#[allow(
    clippy::struct_field_names,
    reason = "the flags are called so, and clap calls them by the fields' names"
)]
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Keeping")]
struct Keep {
    /// The newest N of each group; -1 is all
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    keep_last: Option<Quota>,
    /// The newest of each of the last N hours that have one
    #[arg(
        long,
        value_name = "N",
        allow_hyphen_values = true,
        hide_short_help = true
    )]
    keep_hourly: Option<Quota>,
    /// The newest of each of the last N days that have one
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    keep_daily: Option<Quota>,
    /// The newest of each of the last N ISO weeks that have one
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    keep_weekly: Option<Quota>,
    /// The newest of each of the last N months that have one
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    keep_monthly: Option<Quota>,
    /// The newest of each of the last N years that have one
    #[arg(
        long,
        value_name = "N",
        allow_hyphen_values = true,
        hide_short_help = true
    )]
    keep_yearly: Option<Quota>,
    /// Everything within that time of the newest healthy one
    #[arg(long, value_name = "D", value_parser = length, allow_hyphen_values = true)]
    keep_within: Option<Length>,
    /// The newest of each hour within that time
    #[arg(long, value_name = "D", value_parser = length, allow_hyphen_values = true, hide_short_help = true)]
    keep_within_hourly: Option<Length>,
    /// The newest of each day within that time
    #[arg(long, value_name = "D", value_parser = length, allow_hyphen_values = true, hide_short_help = true)]
    keep_within_daily: Option<Length>,
    /// The newest of each ISO week within that time
    #[arg(long, value_name = "D", value_parser = length, allow_hyphen_values = true, hide_short_help = true)]
    keep_within_weekly: Option<Length>,
    /// The newest of each month within that time
    #[arg(long, value_name = "D", value_parser = length, allow_hyphen_values = true, hide_short_help = true)]
    keep_within_monthly: Option<Length>,
    /// The newest of each year within that time
    #[arg(long, value_name = "D", value_parser = length, allow_hyphen_values = true, hide_short_help = true)]
    keep_within_yearly: Option<Length>,
    /// Whatever carries this tag (AWS); repeatable
    #[arg(long, value_name = "K=V", hide_short_help = true)]
    keep_tag: Vec<Tag>,
    /// What the rules are applied to: resource, scope, type, name, several with commas, or none [default: resource]
    #[arg(
        long,
        value_name = "WHAT",
        env = "BKDEL_GROUP_BY",
        hide_env_values = true,
        hide_short_help = true
    )]
    group_by: Option<GroupBy>,
    /// The zone in which days are cut, such as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "TZ", value_parser = zone, env = "BKDEL_TIMEZONE", hide_env_values = true, hide_short_help = true)]
    timezone: Option<TimeZone>,
}

impl Select {
    pub(super) fn request(self) -> Selecting {
        Selecting {
            ids: self.ids,
            from: self.from,
            ..self.choosing.request()
        }
    }
}

impl Choosing {
    pub(super) fn request(self) -> Selecting {
        let Self {
            all,
            filter,
            keep,
            skip_unreadable,
        } = self;
        let rules = Rules {
            last: keep.keep_last,
            count: PerPeriod {
                hourly: keep.keep_hourly,
                daily: keep.keep_daily,
                weekly: keep.keep_weekly,
                monthly: keep.keep_monthly,
                yearly: keep.keep_yearly,
            },
            within: keep.keep_within,
            count_within: PerPeriod {
                hourly: keep.keep_within_hourly,
                daily: keep.keep_within_daily,
                weekly: keep.keep_within_weekly,
                monthly: keep.keep_within_monthly,
                yearly: keep.keep_within_yearly,
            },
            tags: keep
                .keep_tag
                .iter()
                .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
                .collect(),
            zone: keep.timezone.unwrap_or(TimeZone::UTC),
        };
        Selecting {
            criteria: Criteria {
                filters: filter.filters(),
                rules,
                group_by: keep.group_by,
                all,
            },
            skip_unreadable,
            ..Selecting::default()
        }
    }
}

impl Filter {
    fn filters(self) -> Filters {
        Filters {
            older_than: self.older_than,
            newer_than: self.newer_than,
            created_before: self.created_before,
            created_after: self.created_after,
            types: self.types,
            resources: self.resources,
            names: self.names,
            statuses: self.statuses,
            larger_than: self.larger_than,
            expired: self.expired,
            tags: self.tags,
            // No provider module can tell yet whether a resource is gone.
            resource_gone: false,
        }
    }
}

/// A length of time to look back.
fn length(text: &str) -> Result<Length, String> {
    filled(text)?;
    Length::new(span(text, Purpose::Age)?)
}
