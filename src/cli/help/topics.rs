//! The topics of `bkdel help`: what scripts and policies rely on, as the README has it.

use super::tables::{EXIT_CODES, KEYS, NDJSON, OUTCOMES, OUTPUT, SCHEMAS};
use crate::{
    cli::{config, policy},
    report::broken,
};

/// A topic stays readable on any terminal, and in a pipe.
const WIDTH: usize = 80;

/// What there is help on besides commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Topic {
    ExitCodes,
    Json,
    Policy,
    Settings,
}

/// All of them.
pub(in crate::cli) const TOPICS: [Topic; 4] = [
    Topic::ExitCodes,
    Topic::Json,
    Topic::Policy,
    Topic::Settings,
];

/// Their names, for a sentence.
pub(super) fn names() -> String {
    TOPICS.map(Topic::name).join(", ")
}

impl Topic {
    pub(super) fn named(name: &str) -> Option<Self> {
        TOPICS.into_iter().find(|topic| topic.name() == name)
    }

    pub(in crate::cli) fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::ExitCodes => "exit-codes",
            Self::Json => "json",
            Self::Policy => "policy",
        }
    }

    /// What it is about, in a line.
    pub(in crate::cli) fn about(self) -> &'static str {
        match self {
            Self::Settings => "How the configuration file is written",
            Self::ExitCodes => "What a command's exit code tells",
            Self::Json => "The documents of -o json and -o ndjson",
            Self::Policy => "How a policy file is written",
        }
    }

    pub(super) fn text(self) -> String {
        let mut text = format!("{}\n\n", self.about());
        match self {
            Self::Settings => {
                paragraph(&mut text, config::WHERE);
                for (table, keys) in config::keys_of_all() {
                    lines(&mut text, &format!("Keys of [{table}]:"), "");
                    lines(&mut text, &format!("    {}", keys.join(", ")), "    ");
                    text.push('\n');
                }
                example(&mut text, config::EXAMPLE);
            }
            Self::ExitCodes => {
                list(&mut text, &EXIT_CODES);
                paragraph(
                    &mut text,
                    "Of several, the first that applies in the order 130 or 143, 1, 3, 8, 0.",
                );
            }
            Self::Json => {
                paragraph(&mut text, OUTPUT);
                for (schema, fields) in SCHEMAS {
                    lines(&mut text, schema, "");
                    lines(&mut text, &format!("    {fields}"), "    ");
                    text.push('\n');
                }
                paragraph(&mut text, NDJSON);
                text.push_str("What became of a backup (outcome):\n\n");
                list(&mut text, &OUTCOMES);
            }
            Self::Policy => {
                paragraph(&mut text, KEYS);
                for (provider, keys) in policy::keys_of_all() {
                    lines(&mut text, &format!("Keys of {provider} targets:"), "");
                    lines(&mut text, &format!("    {}", keys.join(", ")), "    ");
                    text.push('\n');
                }
                example(&mut text, policy::EXAMPLE);
            }
        }
        text
    }
}

/// A file, as it is written.
fn example(text: &mut String, file: &str) {
    text.push_str("For example:\n\n");
    for line in file.lines() {
        text.push_str(format!("    {line}").trim_end());
        text.push('\n');
    }
}

/// Words and what they mean, beside each other.
fn list(text: &mut String, rows: &[(&str, &str)]) {
    let width = rows.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
    let indent = " ".repeat(width.saturating_add(4));
    for (word, meaning) in rows {
        lines(text, &format!("  {word:width$}  {meaning}"), &indent);
    }
    text.push('\n');
}

fn paragraph(text: &mut String, sentences: &str) {
    lines(text, sentences, "");
    text.push('\n');
}

/// Text without its backticks, in lines.
fn lines(text: &mut String, line: &str, indent: &str) {
    for line in broken(&line.replace('`', ""), WIDTH, indent) {
        text.push_str(&line);
        text.push('\n');
    }
}
