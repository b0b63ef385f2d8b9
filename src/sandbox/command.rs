//! `bkdel sandbox [-- COMMAND…]`: serves until it is interrupted or terminated, or for as long as a command runs.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::Write,
    process::ExitStatus,
};

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

use super::{Options, Sandbox, start};
use crate::run::signals::Signals;

/// The exit code of a process that SIGTERM ended.
const TERMINATED: u8 = 143;

/// Variables that would lead clients past the sandbox, or past its credentials.
const LEAD_ASTRAY: &[&str] = &[
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ENDPOINT_URL_BACKUP",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_ACCOUNT",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "ZILLIZCLOUD_API_KEY",
    "ZILLIZ_CLOUD_TOKEN",
    "AIVEN_TOKEN",
    "AIVEN_PROJECT",
    "AIVEN_CREDENTIALS_FILE",
    "AIVEN_CLIENT_CONFIG",
    "BKDEL_ENDPOINT_URL",
    "BKDEL_TOKEN_FILE",
    "BKDEL_TOKEN_COMMAND",
    "BKDEL_PROFILE",
    "BKDEL_CONTEXT",
];

/// Without a command: prints `export NAME='value'` lines to `out` and serves until interrupted. With one: runs it with
/// those variables and returns its exit code, 128 and the signal where a signal ended it.
pub async fn run(
    options: Options,
    command: Option<Vec<OsString>>,
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let sandbox = start(options)
        .await
        .context("failed to start the sandbox")?;
    let mut signals = Signals::new().context("failed to listen to signals")?;
    match command {
        None => serve(&sandbox, &mut signals, out).await,
        Some(command) => accompany(&sandbox, &mut signals, &command).await,
    }
}

async fn serve(
    sandbox: &Sandbox,
    signals: &mut Signals,
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let mut lines = String::new();
    for name in LEAD_ASTRAY {
        if env::var_os(name).is_some() {
            lines.extend(["unset ", name, "\n"]);
        }
    }
    for (name, value) in sandbox.environment() {
        // No value holds a quote: they are addresses, paths and letters.
        lines.extend(["export ", name, "='", &value, "'\n"]);
    }
    out.write_all(lines.as_bytes())
        .context("failed to print the variables")?;
    out.flush().context("failed to print the variables")?;
    match signals.next().await {
        Some(TERMINATED) => Ok(TERMINATED),
        // Ctrl-C is how it is meant to end.
        Some(_) | None => Ok(0),
    }
}

async fn accompany(
    sandbox: &Sandbox,
    signals: &mut Signals,
    command: &[OsString],
) -> anyhow::Result<u8> {
    let Some((program, arguments)) = command.split_first() else {
        bail!("failed to run the command: it is empty");
    };
    let mut prepared = Command::new(program);
    prepared.args(arguments).kill_on_drop(true);
    for name in LEAD_ASTRAY {
        prepared.env_remove(name);
    }
    for (name, value) in sandbox.environment() {
        prepared.env(name, value);
    }
    // Settings of the person's own could lead away as well.
    prepared.env(
        "BKDEL_CONFIG",
        if cfg!(windows) { "NUL" } else { "/dev/null" },
    );
    if let Some(path) = own_folder_first(env::var_os("PATH").as_deref()) {
        prepared.env("PATH", path);
    }
    let mut child = prepared
        .spawn()
        .with_context(|| format!("failed to run {}", program.to_string_lossy()))?;
    loop {
        tokio::select! {
            status = child.wait() => {
                return Ok(code(status.context("failed to wait for the command")?));
            }
            // The terminal has sent Ctrl-C to the command as well; a plain kill reached this process alone. Either way,
            // what becomes of it is the command's decision.
            signal = signals.next() => if signal == Some(TERMINATED) {
                terminate(&child).await;
            },
        }
    }
}

/// Passes SIGTERM on. The system's own `kill` does it, because sending a signal takes unsafe code.
async fn terminate(child: &Child) {
    if let Some(id) = child.id() {
        Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()
            .await
            .ok();
    }
}

/// So that `bkdel sandbox -- sh -c 'bkdel …'` runs the same bkdel, installed or not.
fn own_folder_first(path: Option<&OsStr>) -> Option<OsString> {
    let own = env::current_exe().ok()?;
    let folder = own.parent()?.to_owned();
    let rest = path.map(env::split_paths).into_iter().flatten();
    env::join_paths(std::iter::once(folder).chain(rest)).ok()
}

fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            return u8::try_from(signal.saturating_add(128)).unwrap_or(u8::MAX);
        }
    }
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(u8::MAX)
}
