//! The process around a command: runtime, signals, streams, settings from the environment.

use std::{
    ffi::OsString,
    io::{self, IsTerminal, Write},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    cli::{self, Invocation, NoInvocation, completions},
    commands::{self, Context, Limits, Talk},
    environment::Environment,
    fatal::Fatal,
    report::{self, Look},
    run::{
        signals::Signals,
        stop::{Reason, Stop},
    },
    text::harmless,
    transport::{self, CaFile, Transport},
};

/// Runs the program. The exit code.
#[must_use]
pub fn main() -> u8 {
    let mut err = io::stderr();
    let mut out = io::BufWriter::new(io::stdout());
    let environment = Environment::of_process();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if let Some(shell) = completions::asked(&arguments, &environment) {
        let folder = std::env::current_dir().ok();
        let candidates = completions::answer(shell, &arguments, folder.as_deref(), &environment);
        return match candidates {
            Ok(text) => plain(&text, &environment, &mut out, &mut err),
            // A shell would show it in the middle of a line.
            Err(_) => 1,
        };
    }
    let invocation = match cli::parse(&arguments, &environment) {
        Ok(invocation) => invocation,
        Err(NoInvocation::Text(text)) => {
            return plain(&text, &environment, &mut out, &mut err);
        }
        Err(NoInvocation::Help(text)) => {
            err.write_all(text.as_bytes()).ok();
            return 2;
        }
        Err(NoInvocation::Error { error, machine }) => {
            let look = look(
                None,
                &environment,
                io::stderr().is_terminal(),
                Timestamp::now(),
            );
            report::fatal(machine, &error, &look, &mut err).ok();
            return error.exit_code();
        }
    };
    let talk = invocation.talk;
    let now = Timestamp::now();
    let look_err = look(talk.color, &environment, err.is_terminal(), now);
    let result = run(invocation, &environment, now, &mut out, &mut err);
    let result = match (out.flush(), result) {
        (Err(error), Ok(_)) if error.kind() != io::ErrorKind::BrokenPipe => Err(Fatal::Unexpected(
            anyhow::Error::new(error).context("failed to write to standard output"),
        )),
        (_, result) => result,
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            report::fatal(talk.format.is_machine(), &error, &look_err, &mut err).ok();
            error.exit_code()
        }
    }
}

/// Text for standard output, whole. A closed pipe is a quiet end.
fn plain(text: &str, environment: &Environment, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let error = Fatal::Unexpected(
                anyhow::Error::new(error).context("failed to write to standard output"),
            );
            let terminal = io::stderr().is_terminal();
            let look = look(None, environment, terminal, Timestamp::now());
            report::fatal(false, &error, &look, err).ok();
            error.exit_code()
        }
        Err(_) | Ok(()) => 0,
    }
}

fn run(
    invocation: Invocation,
    environment: &Environment,
    now: Timestamp,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> Result<u8, Fatal> {
    let talk = invocation.talk;
    trace(talk);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| anyhow::Error::new(error).context("failed to start the runtime"))?;
    // The sandbox passes signals on to the command that it accompanies, ends by itself, and asks nobody anything.
    let alone = matches!(invocation.command, commands::Command::Sandbox(_));
    let settings = if alone || !asks_somebody(&invocation.command) {
        transport::Settings::default()
    } else {
        settings(invocation.limits, environment)?
    };
    let result = runtime.block_on(async {
        let (stop, sender) = Stop::new(invocation.limits.timeout);
        if !alone {
            hear_signals(sender);
        }
        let mut context = Context {
            environment,
            transport: Transport::new(settings),
            talk,
            look: look(talk.color, environment, io::stdout().is_terminal(), now),
            look_err: look(talk.color, environment, io::stderr().is_terminal(), now),
            stop,
            now,
            out,
            err,
        };
        if let Some(told) = &invocation.told {
            context.say(told);
        }
        commands::run(invocation.command, &mut context).await
    });
    // A thread that still waits at a prompt must not keep the process.
    runtime.shutdown_background();
    result
}

/// Whether settings of connections matter to the command.
fn asks_somebody(command: &commands::Command) -> bool {
    !matches!(
        command,
        commands::Command::Text(_) | commands::Command::Man(_) | commands::Command::Config(_)
    )
}

/// Signals are heard on a thread of their own: a reader who does not read holds up this one.
fn hear_signals(sender: Arc<watch::Sender<Option<Reason>>>) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build();
        if let Ok(runtime) = runtime {
            runtime.block_on(listen(sender));
        }
    });
}

/// The first signal asks for an end, the second is one (S25).
async fn listen(sender: Arc<watch::Sender<Option<Reason>>>) {
    let Ok(mut signals) = Signals::new() else {
        return;
    };
    let Some(code) = signals.next().await else {
        return;
    };
    sender.send(Some(Reason::Signal(code))).ok();
    if let Some(code) = signals.next().await {
        #[allow(
            clippy::exit,
            reason = "a second signal ends it at once; there is nothing left to unwind"
        )]
        std::process::exit(i32::from(code));
    }
}

/// Log lines of our own modules alone: what libraries log is theirs to word, and could hold anything (S27).
fn trace(talk: Talk) {
    use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};
    let level = match talk.verbose {
        0 => return,
        1 => tracing::Level::INFO,
        2 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    tracing_subscriber::registry()
        .with(
            tracing_subscriber::fmt::layer()
                .with_writer(|| OneLine)
                .with_ansi(false)
                .without_time(),
        )
        .with(Targets::new().with_target("bkdel", level))
        .init();
}

/// Standard error for log lines. An event is written at once, and may quote what a provider said: whatever it holds, it
/// stays one harmless line (S28).
struct OneLine;

impl Write for OneLine {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = harmless(text.trim_end_matches('\n')).into_owned();
        io::stderr().write_all(format!("{line}\n").as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn settings(limits: Limits, environment: &Environment) -> Result<transport::Settings, Fatal> {
    let file = |variable: &'static str| {
        environment
            .path(variable)
            .map(|path| CaFile { variable, path })
    };
    let settings = transport::Settings {
        attempt_timeout: limits.attempt_timeout.max(Duration::from_millis(1)),
        retry_for: limits.retry_for,
        rate: limits.rate,
        roots: file("SSL_CERT_FILE"),
        extra_roots: ["AWS_CA_BUNDLE", "AIVEN_CA_CERT"]
            .into_iter()
            .filter_map(file)
            .collect(),
        credential_hosts: credential_hosts(environment),
    };
    for file in settings.roots.iter().chain(&settings.extra_roots) {
        if let Err(error) = file.read() {
            return Err(Fatal::usage_with(
                error.to_string(),
                format!("unset {}, or name a PEM file", file.variable),
            ));
        }
    }
    Ok(settings)
}

/// Hosts that the environment names for AWS credentials.
fn credential_hosts(environment: &Environment) -> Vec<String> {
    [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_IAM",
        "AWS_ENDPOINT_URL_SSO",
        "AWS_ENDPOINT_URL_SSO_OIDC",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    ]
    .iter()
    .filter_map(|name| environment.filled(name))
    .filter_map(|text| text.parse::<http::Uri>().ok())
    .filter_map(|uri| uri.host().map(str::to_ascii_lowercase))
    .collect()
}

/// How text looks on one of the two streams.
fn look(color: Option<bool>, environment: &Environment, terminal: bool, now: Timestamp) -> Look {
    let width = terminal
        .then(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
        .flatten()
        .or_else(|| {
            environment
                .filled("COLUMNS")
                .filter(|_| terminal)
                .and_then(|columns| columns.parse().ok())
        });
    Look {
        color: report::wants_color(color, environment, terminal).0,
        width,
        now,
        terminal,
    }
}
