//! One page: clap's account of a command, and what else belongs into a manual.

use std::collections::BTreeMap;

use clap::{Arg, Command};
use clap_mangen::{
    Man,
    roff::{Roff, bold, italic, roman},
};

use crate::{
    cli::{
        examples,
        help::{EXIT_CODES, topics::TOPICS},
    },
    fatal::Fatal,
};

/// Variables that no flag has, and what they are for.
const VARIABLES: [(&str, &str); 11] = [
    (
        "AWS_*",
        "Credentials, profiles, regions and endpoints of AWS, as in every AWS SDK.",
    ),
    (
        "ZILLIZ_API_KEY, ZILLIZCLOUD_API_KEY, ZILLIZ_CLOUD_TOKEN",
        "The key for Zilliz Cloud, if no token file or command is given.",
    ),
    (
        "AIVEN_AUTH_TOKEN, AIVEN_TOKEN",
        "The token for Aiven, if no token file or command is given.",
    ),
    ("BKDEL_STATE_DIR", "The folder of the journals."),
    (
        "XDG_STATE_HOME",
        "Where bkdel/runs is the folder of the journals, if BKDEL_STATE_DIR is not set.",
    ),
    (
        "HTTPS_PROXY, NO_PROXY",
        "The proxy, and what goes without it.",
    ),
    (
        "SSL_CERT_FILE",
        "Certificates to trust instead of the machine's.",
    ),
    (
        "AWS_CA_BUNDLE, AIVEN_CA_CERT",
        "Certificates to trust besides the machine's.",
    ),
    ("NO_COLOR", "No colours, if it is not empty."),
    (
        "CLICOLOR_FORCE",
        "Colours without a terminal, if it is not empty and not 0.",
    ),
    ("TERM", "No colours, if it is dumb."),
];

const FILES: [(&str, &str); 5] = [
    (
        "~/.config/bkdel/config.toml",
        "Settings and contexts, see bkdel help settings. See XDG_CONFIG_HOME and --config.",
    ),
    (
        "~/.local/state/bkdel/runs/RUN.ndjson",
        "The journal of a run, readable by its owner alone. See XDG_STATE_HOME and BKDEL_STATE_DIR.",
    ),
    (
        "~/.aws/config, ~/.aws/credentials",
        "Profiles and credentials of AWS.",
    ),
    ("~/.zilliz/credentials", "Keys of Zilliz Cloud."),
    (
        "~/.config/aiven/aiven-credentials.json",
        "The token that avn has stored.",
    ),
];

/// What the page of a command is called; `path` are the words behind `bkdel`.
pub(super) fn name(path: &[&str]) -> String {
    [&["bkdel"], path].concat().join("-")
}

/// The page.
///
/// # Errors
/// None that can come up: it is written to memory.
pub(super) fn text(command: &Command, path: &[&str]) -> Result<String, Fatal> {
    let mut command = command.clone();
    let usage = command.render_usage().to_string();
    let command = command
        // Not a page of brackets with every flag in it.
        .override_usage(usage.trim_start_matches("Usage: ").to_owned())
        .subcommand_help_heading("COMMANDS")
        .mut_args(whole);
    let page = Man::new(command.clone())
        .title(name(path).to_uppercase())
        .source(format!("bkdel {}", env!("CARGO_PKG_VERSION")))
        // An argument that is left out would move those behind it.
        .date("\"\"")
        .manual("bkdel");
    let mut out = Vec::new();
    let written = page
        .render_title(&mut out)
        .and_then(|()| page.render_name_section(&mut out))
        .and_then(|()| page.render_synopsis_section(&mut out))
        .and_then(|()| page.render_description_section(&mut out))
        .and_then(|()| {
            if command.has_subcommands() {
                page.render_subcommands_section(&mut out)
            } else {
                Ok(())
            }
        })
        .and_then(|()| page.render_options_section(&mut out));
    written.map_err(anyhow::Error::from)?;
    let mut roff = Roff::default();
    examples(&mut roff, path);
    if path.is_empty() {
        exit_status(&mut roff);
        environment(&mut roff, &command);
        entries(&mut roff, "FILES", &FILES);
    }
    see_also(&mut roff, &command, path);
    roff.to_writer(&mut out).map_err(anyhow::Error::from)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// A flag with all that belongs here, in its text. `clap_mangen` leaves out what `-h` does, and makes a list over half a
/// page of values.
fn whole(flag: Arg) -> Arg {
    let flag = flag.hide_short_help(false);
    if !flag.get_action().takes_values() && flag.get_env().is_none() {
        return flag;
    }
    let about = flag.get_long_help().or(flag.get_help());
    let mut text = about
        .map(|about| about.to_string().replace("\n\n", ". "))
        .unwrap_or_default();
    let values: Vec<String> = flag
        .get_possible_values()
        .iter()
        .filter(|value| flag.get_action().takes_values() && !value.is_hide_set())
        .map(|value| match value.get_help() {
            Some(help) => format!("{} ({help})", value.get_name()),
            None => value.get_name().to_owned(),
        })
        .collect();
    if !values.is_empty() {
        text = format!("{text}: {}", values.join(", "));
    }
    if let Some(variable) = flag.get_env() {
        text = format!("{text} [env: {}]", variable.display());
    }
    flag.hide_possible_values(true)
        .help(text)
        .long_help(None::<&str>)
}

fn examples(roff: &mut Roff, path: &[&str]) {
    let examples = examples::of(path);
    if examples.is_empty() {
        return;
    }
    roff.control("SH", ["EXAMPLES"]);
    for (place, example) in examples.iter().enumerate() {
        if place > 0 {
            roff.control("PP", []);
        }
        roff.text([roman(format!("{}:", example.title))]);
        roff.control("PP", []);
        roff.control("RS", ["4"]);
        roff.control("nf", []);
        roff.text([roman(example.line)]);
        roff.control("fi", []);
        roff.control("RE", []);
    }
}

fn exit_status(roff: &mut Roff) {
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXIT_CODES {
        roff.control("TP", []);
        roff.text([bold(code)]);
        roff.text([roman(meaning.replace('`', ""))]);
    }
}

/// The variables that flags have, and those that no flag has.
fn environment(roff: &mut Roff, command: &Command) {
    let mut variables = BTreeMap::new();
    of_flags(command, &mut variables);
    roff.control("SH", ["ENVIRONMENT"]);
    for (variable, flag) in &variables {
        roff.control("TP", []);
        roff.text([bold(variable)]);
        roff.text([roman("The same as "), bold(format!("--{flag}")), roman(".")]);
    }
    for (variable, meaning) in VARIABLES {
        roff.control("TP", []);
        roff.text([bold(variable)]);
        roff.text([roman(meaning)]);
    }
}

fn of_flags(command: &Command, variables: &mut BTreeMap<String, String>) {
    for flag in command.get_arguments() {
        if let (Some(variable), Some(long)) = (flag.get_env(), flag.get_long()) {
            variables.insert(variable.to_string_lossy().into_owned(), long.to_owned());
        }
    }
    for command in command.get_subcommands() {
        of_flags(command, variables);
    }
}

fn entries(roff: &mut Roff, title: &str, entries: &[(&str, &str)]) {
    roff.control("SH", [title]);
    for (name, meaning) in entries {
        roff.control("TP", []);
        roff.text([italic(*name)]);
        roff.text([roman(*meaning)]);
    }
}

/// The command above, those below, and the topics.
fn see_also(roff: &mut Roff, command: &Command, path: &[&str]) {
    roff.control("SH", ["SEE ALSO"]);
    let above = path.split_last().map(|(_, above)| name(above));
    let below = command
        .get_subcommands()
        .filter(|command| path.is_empty() || command.get_name() != "help")
        .map(|command| name(&[path, &[command.get_name()]].concat()));
    let mut first = true;
    let mut line = Vec::new();
    for page in above.into_iter().chain(below) {
        if !first {
            line.push(roman(", "));
        }
        first = false;
        line.push(bold(page));
        line.push(roman("(1)"));
    }
    roff.text(line);
    if path.is_empty() {
        let topics: Vec<String> = TOPICS
            .iter()
            .map(|topic| format!("bkdel help {}", topic.name()))
            .collect();
        roff.control("PP", []);
        roff.text([roman(format!("More in: {}.", topics.join(", ")))]);
    }
}
