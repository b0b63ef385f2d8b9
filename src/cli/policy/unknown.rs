//! Keys that are none, and the way out of each: what was meant is mostly a key's neighbour, or something for elsewhere.

use clap::CommandFactory;

use super::{
    super::Cli,
    DEFAULTS, TARGET,
    error::{Problem, near},
    keys::Keys,
};

/// What names single backups on the command line, or could.
const IDS: [&str; 5] = [
    "id",
    "ids",
    "from",
    "recovery-point-arn",
    "recovery-point-arns",
];

/// A key in a target.
pub(super) fn in_target(name: &str, known: &Keys, all: &[Keys]) -> Problem {
    let problem = Problem::new(format!(
        "{} is no key of {} targets",
        shown(name),
        known.provider
    ));
    problem.hint(way_out(name, &[known], all))
}

/// A key in `[defaults]` that no target's provider knows.
pub(super) fn in_defaults(name: &str, used: &[&Keys], all: &[Keys]) -> Problem {
    let providers: Vec<_> = used.iter().map(|keys| keys.provider.name()).collect();
    let problem = Problem::new(format!(
        "{} is no key of {} targets, and there are no others",
        shown(name),
        providers.join(" or ")
    ));
    problem.hint(way_out(name, used, all))
}

/// A key outside of all tables.
pub(super) fn outside(name: &str) -> Problem {
    Problem::new(format!("{} is outside of all targets", shown(name))).hint(format!(
        "a policy holds [{DEFAULTS}] and [[{TARGET}]], and their keys below them"
    ))
}

/// A key as it was written; one that is no bare key could hold anything.
fn shown(name: &str) -> String {
    let is_bare = |sign: char| sign.is_ascii_alphanumeric() || sign == '-' || sign == '_';
    if !name.is_empty() && name.chars().all(is_bare) {
        format!("`{name}`")
    } else {
        format!("{name:?}")
    }
}

fn way_out(name: &str, known: &[&Keys], all: &[Keys]) -> String {
    if IDS.contains(&name) {
        return "a policy chooses by filters and keep rules among what is there at its time; ids are for `delete`"
            .to_owned();
    }
    if let Some(key) = known.iter().find_map(|keys| keys.called_otherwise(name)) {
        return format!("write `{key}`");
    }
    let others: Vec<&str> = all
        .iter()
        .filter(|keys| keys.key(name).is_some())
        .map(|keys| keys.provider.name())
        .collect();
    if !others.is_empty() {
        return format!("it is a key of {} targets", others.join(" and "));
    }
    if is_flag(&Cli::command(), name) {
        return format!("--{name} is said on the command line, for all targets at once");
    }
    let mut nearest: Vec<String> = known.iter().filter_map(|keys| near(keys, name)).collect();
    nearest.sort_unstable();
    nearest.dedup();
    if !nearest.is_empty() {
        return format!("did you mean `{}`?", nearest.join("` or `"));
    }
    let mut names: Vec<&str> = known
        .iter()
        .flat_map(|keys| keys.all().map(|key| key.name))
        .collect();
    names.sort_unstable();
    names.dedup();
    format!("the keys are {}", names.join(", "))
}

/// Whether any command takes such a flag.
fn is_flag(command: &clap::Command, name: &str) -> bool {
    command
        .get_arguments()
        .any(|flag| flag.get_long() == Some(name))
        || command
            .get_subcommands()
            .any(|command| is_flag(command, name))
}
