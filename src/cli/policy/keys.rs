//! The keys of a target: the flags of its provider, by the very definitions of the command line.
//!
//! So a key is read, checked and described as its flag is, and a new flag is a new key. Only what a flag takes from
//! outside the file is taken away: variables, and the comma that parts a variable's values.

use std::any::TypeId;

use clap::{
    Arg, ArgAction, Args, Command, FromArgMatches,
    builder::{PossibleValuesParser, Resettable},
};

use super::super::{
    aiven, aws, filled,
    reach::{Endpoint, Reach, Token},
    select::Choosing,
    zilliz,
};
use crate::{backup::Provider, commands::policy::Target, select::retention::Quota, time::Moment};

/// The providers, in the order of the documentation.
pub(super) const PROVIDERS: [Provider; 3] = [Provider::Aws, Provider::Zilliz, Provider::Aiven];

/// What a target is called. The flag of that name is the filter, which is called [`BACKUP_NAME`] here.
pub(super) const TITLE: &str = "name";
/// The filter by a backup's own name.
pub(super) const BACKUP_NAME: &str = "backup-name";
/// Whose backups it is about.
pub(super) const PROVIDER: &str = "provider";

/// What a target has besides its provider's flags.
#[derive(Debug, Args)]
struct Own {
    /// What the target is called in messages and reports; no two are called the same [default: target N]
    #[arg(long = "name", value_name = "TEXT", value_parser = filled)]
    title: Option<String>,
    /// Whose backups
    #[arg(long, value_parser = PossibleValuesParser::new(PROVIDERS.map(Provider::name)))]
    provider: Option<String>,
    /// That nothing is chosen is an error, and not nothing to do
    #[arg(long)]
    must_match: bool,
}

#[derive(Debug, Args)]
struct Aws {
    #[command(flatten)]
    own: Own,
    #[command(flatten)]
    scope: aws::Scope,
    #[command(flatten)]
    choosing: Choosing,
    #[command(flatten)]
    continuous: aws::Continuous,
    #[command(flatten)]
    endpoint: Endpoint,
}

#[derive(Debug, Args)]
struct Zilliz {
    #[command(flatten)]
    own: Own,
    #[command(flatten)]
    scope: zilliz::Scope,
    #[command(flatten)]
    choosing: Choosing,
    #[command(flatten)]
    endpoint: Endpoint,
    #[command(flatten)]
    token: Token,
}

#[derive(Debug, Args)]
struct Aiven {
    #[command(flatten)]
    own: Own,
    #[command(flatten)]
    scope: aiven::Scope,
    #[command(flatten)]
    choosing: Choosing,
    #[command(flatten)]
    endpoint: Endpoint,
    #[command(flatten)]
    token: Token,
}

/// The keys of one provider's targets.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) provider: Provider,
    command: Command,
}

impl Keys {
    pub(super) fn of(provider: Provider) -> Self {
        let command = Command::new("policy")
            .no_binary_name(true)
            .disable_help_flag(true)
            .disable_version_flag(true);
        let command = match provider {
            Provider::Aws => Aws::augment_args(command),
            Provider::Zilliz => Zilliz::augment_args(command),
            Provider::Aiven => Aiven::augment_args(command),
        };
        // A target has a name of its own.
        let command = command.mut_arg("names", |flag| flag.long(BACKUP_NAME));
        let mut command = command.mut_args(|flag| {
            flag.env(Resettable::Reset)
                .value_delimiter(Resettable::Reset)
        });
        command.build();
        Self { provider, command }
    }

    /// All of them, in the order of the help.
    pub(super) fn all(&self) -> impl Iterator<Item = Key<'_>> {
        self.command
            .get_arguments()
            .filter_map(|flag| flag.get_long().map(|name| Key { name, flag }))
    }

    pub(super) fn key(&self, name: &str) -> Option<Key<'_>> {
        self.all().find(|key| key.name == name)
    }

    /// The key that the command line also calls so.
    pub(super) fn called_otherwise(&self, name: &str) -> Option<&str> {
        self.all()
            .find(|key| {
                key.flag
                    .get_all_aliases()
                    .is_some_and(|aliases| aliases.contains(&name))
            })
            .map(|key| key.name)
    }

    /// What clap makes of arguments.
    pub(super) fn matches(&self, arguments: &[String]) -> Result<clap::ArgMatches, clap::Error> {
        self.command.clone().try_get_matches_from(arguments)
    }

    /// The target that the arguments make; `name` is its name unless they hold one.
    pub(super) fn target(&self, name: String, arguments: &[String]) -> Result<Target, clap::Error> {
        let matches = self.matches(arguments)?;
        let (own, provider, choosing, include_continuous) = match self.provider {
            Provider::Aws => {
                let target = Aws::from_arg_matches(&matches)?;
                let reach = Reach::new(target.endpoint, Token::default());
                (
                    target.own,
                    target.scope.request(&reach),
                    target.choosing,
                    target.continuous.include_continuous,
                )
            }
            Provider::Zilliz => {
                let target = Zilliz::from_arg_matches(&matches)?;
                let reach = Reach::new(target.endpoint, target.token);
                (
                    target.own,
                    target.scope.request(&reach),
                    target.choosing,
                    false,
                )
            }
            Provider::Aiven => {
                let target = Aiven::from_arg_matches(&matches)?;
                let reach = Reach::new(target.endpoint, target.token);
                (
                    target.own,
                    target.scope.request(&reach),
                    target.choosing,
                    false,
                )
            }
        };
        Ok(Target {
            name: own.title.unwrap_or(name),
            must_match: own.must_match,
            provider,
            select: choosing.request(),
            include_continuous,
        })
    }
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) name: &'a str,
    flag: &'a Arg,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `true` or `false`.
    Switch,
    /// A number of backups, or a word for all of them.
    Count,
    /// A point in time.
    Time,
    /// Text.
    Text,
}

impl Key<'_> {
    pub(super) fn kind(&self) -> Kind {
        let type_id = self.flag.get_value_parser().type_id();
        if matches!(self.flag.get_action(), ArgAction::SetTrue) {
            Kind::Switch
        } else if type_id == TypeId::of::<Quota>() {
            Kind::Count
        } else if type_id == TypeId::of::<Moment>() {
            Kind::Time
        } else {
            Kind::Text
        }
    }

    /// Whether it takes a list.
    pub(super) fn is_repeatable(&self) -> bool {
        matches!(self.flag.get_action(), ArgAction::Append)
    }

    /// The only values that it takes, if there are such.
    pub(super) fn choices(&self) -> Vec<String> {
        if self.kind() == Kind::Switch {
            return Vec::new();
        }
        self.flag
            .get_possible_values()
            .iter()
            .map(|value| value.get_name().to_owned())
            .collect()
    }

    /// What it is for.
    pub(super) fn help(&self) -> String {
        self.flag
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}
