//! The flags of every command.

use std::time::Duration;

use clap::{ValueEnum, builder::BoolishValueParser};

use super::{config, duration, reach};
use crate::{
    commands::{Limits, Talk, report_on::Form},
    fatal::Fatal,
    report::Format,
};

/// How long a request that fails in passing is repeated, unless somebody says otherwise.
pub(super) const RETRY_FOR: Duration = Duration::from_secs(30);

/// Flags of every command.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub(super) struct Everywhere {
    /// What standard output carries
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value = "human",
        env = "BKDEL_OUTPUT",
        hide_env_values = true
    )]
    pub(super) output: Output,
    /// Say nothing but results and errors
    #[arg(
        short,
        long,
        global = true,
        env = "BKDEL_QUIET", value_parser = BoolishValueParser::new(),
        hide_env_values = true
    )]
    quiet: bool,
    /// Say more on standard error; again for every request. Never a secret
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Colours on a terminal
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        env = "BKDEL_COLOR",
        hide_env_values = true,
        hide_short_help = true
    )]
    color: Color,
    /// Ask nothing: what would need an answer is refused
    #[arg(long, global = true, env = "BKDEL_NO_INPUT", value_parser = BoolishValueParser::new(), hide_env_values = true, hide_short_help = true)]
    no_input: bool,
    /// The longest the whole command may take
    #[arg(long, global = true, value_name = "D", value_parser = duration::wait, env = "BKDEL_TIMEOUT", hide_env_values = true, hide_short_help = true)]
    timeout: Option<Duration>,
    /// The longest one attempt of one request may take
    #[arg(long, global = true, value_name = "D", default_value = "30s", value_parser = duration::wait, env = "BKDEL_ATTEMPT_TIMEOUT", hide_env_values = true, hide_short_help = true)]
    attempt_timeout: Duration,
    /// How long a request that fails in passing is repeated [default: 30s; doctor: 3s]
    #[arg(long, global = true, value_name = "D", value_parser = duration::wait, env = "BKDEL_RETRY_FOR", hide_env_values = true, hide_short_help = true)]
    retry_for: Option<Duration>,
    #[command(flatten)]
    pub(super) endpoint: reach::Endpoint,
    #[command(flatten)]
    pub(super) token: reach::Token,
    #[command(flatten)]
    chosen: config::Chosen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    Human,
    Json,
    Ndjson,
    Csv,
    Ids,
    /// `report` alone
    Html,
    /// `report` alone
    Markdown,
    /// `report` alone
    Junit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl Everywhere {
    /// How to talk.
    pub(super) fn talk(&self) -> Talk {
        Talk {
            format: match self.output {
                // Only `report` takes these, and it has forms of its own.
                Output::Human | Output::Html | Output::Markdown | Output::Junit => Format::Human,
                Output::Json => Format::Json,
                Output::Ndjson => Format::Ndjson,
                Output::Csv => Format::Csv,
                Output::Ids => Format::Ids,
            },
            quiet: self.quiet,
            verbose: self.verbose,
            color: match self.color {
                Color::Auto => None,
                Color::Always => Some(true),
                Color::Never => Some(false),
            },
            no_input: self.no_input,
        }
    }

    /// What a report is written in: Markdown, unless something else is asked for.
    pub(super) fn form(&self) -> Result<Form, Fatal> {
        match self.output {
            Output::Human | Output::Markdown => Ok(Form::Markdown),
            Output::Html => Ok(Form::Html),
            Output::Json => Ok(Form::Json),
            Output::Csv => Ok(Form::Csv),
            Output::Junit => Ok(Form::Junit),
            Output::Ndjson | Output::Ids => Err(Fatal::usage_with(
                "report writes html, markdown, json, csv or junit",
                "give one of them with -o",
            )),
        }
    }

    /// The form that only a report has, if it was asked for.
    pub(super) fn only_for_reports(&self) -> Option<&'static str> {
        match self.output {
            Output::Html => Some("html"),
            Output::Markdown => Some("markdown"),
            Output::Junit => Some("junit"),
            Output::Human | Output::Json | Output::Ndjson | Output::Csv | Output::Ids => None,
        }
    }

    /// The limits of the command, one of which has a default of the command's own.
    pub(super) fn limits(&self, retry_for: Duration, rate: Option<f64>) -> Limits {
        Limits {
            timeout: self.timeout,
            attempt_timeout: self.attempt_timeout,
            retry_for: self.retry_for.unwrap_or(retry_for),
            rate,
        }
    }
}
