//! The values of flags and arguments that are worth a guess: what past runs saw, and files by their kind.
//!
//! They are added to the tree only when a shell asks, so that a command never pays for them.

use std::{
    ffi::OsStr,
    path::Path,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use clap::{Arg, Command};
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};

use crate::{
    backup::Provider,
    cli::help::{self, topics::TOPICS},
    environment::Environment,
    run::journal::{known::Known, place::Place},
    text::harmless,
};

/// A press of a key is not held up for longer than this by journals.
const LIMIT: Duration = Duration::from_millis(300);
/// No longer word is offered, in bytes.
const LONGEST: usize = 200;

/// What stands where a value is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// A part of a provider's scopes.
    Scope(Provider, &'static str),
    /// A run, or a file that ends so.
    Run(&'static [&'static str]),
    /// A file that ends so.
    File(&'static [&'static str]),
    /// A command or a topic.
    Help,
}

/// What an argument of a command wants, as far as there is more to say than its type does.
fn wanted(path: &[&str], argument: &str) -> Option<Wanted> {
    let scope = |provider, part| Some(Wanted::Scope(provider, part));
    match (path, argument) {
        (["aws", ..], "region") => scope(Provider::Aws, "region"),
        (["aws", ..], "vault") => scope(Provider::Aws, "vault"),
        (["zilliz", ..], "project") => scope(Provider::Zilliz, "project"),
        (["zilliz", ..], "cluster") => scope(Provider::Zilliz, "cluster"),
        (["aiven", ..], "project") => scope(Provider::Aiven, "project"),
        (["aiven", ..], "service") => scope(Provider::Aiven, "service"),
        (["aiven", ..], "region") => scope(Provider::Aiven, "region"),
        (["resume" | "verify"], "run") => Some(Wanted::Run(&["ndjson"])),
        (["report"], "subjects") => Some(Wanted::Run(&["ndjson", "json"])),
        (["plan"], "policy") => Some(Wanted::File(&["toml"])),
        (["apply"], "plan") => Some(Wanted::File(&["json"])),
        (["help"], help::WORDS) => Some(Wanted::Help),
        _ => None,
    }
}

/// The tree with the values.
pub(super) fn added(command: Command, environment: &Environment) -> Command {
    let commands = command.get_subcommands().map(of_command).collect();
    let values = Values {
        place: Place::of(environment).ok(),
        known: OnceLock::new(),
        commands,
    };
    below(command, &[], &Arc::new(values))
}

fn below(command: Command, path: &[&str], values: &Arc<Values>) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    let mut command = command.mut_args(|argument| match wanted(path, argument.get_id().as_str()) {
        Some(wanted) => with(argument, wanted, Arc::clone(values)),
        None => argument,
    });
    for name in &names {
        let path = [path, &[name.as_str()]].concat();
        command = command.mut_subcommand(name, |command| below(command, &path, values));
    }
    command
}

fn with(argument: Arg, wanted: Wanted, values: Arc<Values>) -> Arg {
    match wanted {
        Wanted::Scope(provider, part) => argument.add(ArgValueCandidates::new(move || {
            let known = values.known().scopes(provider, part);
            known
                .filter(|name| is_plain(name))
                .map(CompletionCandidate::new)
                .collect()
        })),
        Wanted::Run(endings) => argument.add(ArgValueCompleter::new(move |typed: &OsStr| {
            let mut fitting = values.runs();
            fitting.retain(|run| {
                let id = run.get_value().as_encoded_bytes();
                id.starts_with(typed.as_encoded_bytes())
            });
            fitting.extend(files(endings).complete(typed));
            fitting
        })),
        Wanted::File(endings) => argument.add(ArgValueCompleter::new(files(endings))),
        Wanted::Help => argument.add(ArgValueCandidates::new(move || {
            let topics = TOPICS.map(|topic| (topic.name().to_owned(), topic.about().to_owned()));
            let all = topics.iter().chain(&values.commands);
            all.map(|(name, about)| CompletionCandidate::new(name).help(Some(about.into())))
                .collect()
        })),
    }
}

fn files(endings: &'static [&'static str]) -> PathCompleter {
    let fits = |path: &Path| {
        let ending = path.extension().and_then(OsStr::to_str);
        ending.is_some_and(|ending| endings.contains(&ending)) && path.is_file()
    };
    PathCompleter::any().filter(fits)
}

/// A command's name, and what it is for.
fn of_command(command: &Command) -> (String, String) {
    let about = command.get_about().map(ToString::to_string);
    (command.get_name().to_owned(), about.unwrap_or_default())
}

/// What journals hold, read at most once.
struct Values {
    place: Option<Place>,
    known: OnceLock<Known>,
    commands: Vec<(String, String)>,
}

impl Values {
    fn known(&self) -> &Known {
        self.known.get_or_init(|| {
            let began = Instant::now();
            match &self.place {
                Some(place) => Known::of(place, || began.elapsed() > LIMIT),
                None => Known::default(),
            }
        })
    }

    fn runs(&self) -> Vec<CompletionCandidate> {
        let runs = &self.known().runs;
        let last = runs
            .first()
            .map(|_| CompletionCandidate::new("last").help(Some("the newest run".into())));
        let all = runs.iter().filter(|run| is_plain(&run.id)).map(|run| {
            let about = run
                .about
                .as_deref()
                .map(|about| harmless(about).into_owned());
            CompletionCandidate::new(&run.id).help(about.map(Into::into))
        });
        last.into_iter().chain(all).collect()
    }
}

/// Whether a word means itself in every shell. Names come from providers (S28), and bash puts them into the line as they
/// are.
fn is_plain(word: &str) -> bool {
    !word.starts_with('-') && !word.is_empty() && word.len() <= LONGEST && is_harmless(word)
}

/// Whether all of a word means itself in bash.
pub(super) fn is_harmless(word: &str) -> bool {
    word.chars()
        .all(|sign| sign.is_alphanumeric() || "-_./@+%,=".contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tree;

    fn each(command: &Command, path: &[&str], see: &mut impl FnMut(&[&str], &Arg)) {
        for argument in command.get_arguments() {
            see(path, argument);
        }
        for command in command.get_subcommands() {
            each(command, &[path, &[command.get_name()]].concat(), see);
        }
    }

    #[test]
    fn every_value_that_is_wanted_belongs_to_an_argument() {
        let mut found = Vec::new();
        each(&tree::command(), &[], &mut |path, argument| {
            if let Some(wanted) = wanted(path, argument.get_id().as_str()) {
                found.push(format!("{} {wanted:?}", path.join(" ")));
            }
        });
        // Seven parts of scopes, each of `list` and of `delete`; two runs, a report, a policy, a plan, and help.
        assert_eq!(found.len(), 2 * 7 + 6, "{found:#?}");
    }

    #[test]
    fn s27_nothing_is_offered_for_what_is_a_secret_or_leads_to_one() {
        let tree = added(tree::command(), &Environment::default());
        each(&tree, &[], &mut |_, argument| {
            if argument.get_id() == "token_command" {
                assert!(argument.get::<ArgValueCandidates>().is_none());
                assert!(argument.get::<ArgValueCompleter>().is_none());
                assert_eq!(argument.get_value_hint(), clap::ValueHint::Unknown);
            }
        });
    }

    #[test]
    fn s28_a_name_that_a_shell_would_not_take_as_it_is_is_not_offered() {
        for plain in [
            "prod",
            "aws/efs/automatic-backup-vault",
            "eu-central-1",
            "a@b.c",
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for odd in [
            "",
            "-rf",
            "a b",
            "$(id)",
            "`id`",
            "a;b",
            "a'b",
            "a\"b",
            "a\nb",
            "a*",
            "~",
            "a:b",
            "\u{1b}[1m",
        ] {
            assert!(!is_plain(odd), "{odd:?}");
        }
    }
}
