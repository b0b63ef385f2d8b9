//! `--token-command`: what a shell command prints, such as `op read`, `vault` or `pass`.
//!
//! The command talks to the person on standard error, which is passed on as it comes: it may say that a key wants to be
//! touched. What it prints is shown nowhere.

use std::{
    io::{self, Write},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
};

use super::{LIMIT, MAX_TOKEN, NoToken};
use crate::text::harmless;

/// How much of its standard error is kept for the message, in bytes, and in characters of one line.
const KEPT: usize = 4096;
const LINE: usize = 200;

#[cfg(not(windows))]
const BY_ITSELF: &str = "try the command by itself; it is run by `sh -c`, without standard input";
#[cfg(windows)]
const BY_ITSELF: &str = "try the command by itself; it is run by `cmd /C`, without standard input";

/// What the command prints.
///
/// # Errors
/// [`NoToken`] if it cannot be run, fails, or does not end.
pub(super) async fn output(command: &str) -> Result<String, NoToken> {
    output_within(LIMIT, command).await
}

async fn output_within(limit: Duration, command: &str) -> Result<String, NoToken> {
    let failed = |what: String| NoToken {
        message: format!("--token-command {what}"),
        hint: Some(BY_ITSELF.to_owned()),
    };
    let ended = tokio::time::timeout(limit, run(command))
        .await
        .map_err(|_| failed(format!("did not end within {} s", limit.as_secs())))?
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    let text = String::from_utf8(ended.out)
        .map_err(|_| failed("printed something that is no text".to_owned()))?;
    if !ended.status.success() {
        let last = last_line(&ended.err, text.trim());
        return Err(failed(format!("failed ({}){last}", ended.status)));
    }
    Ok(text)
}

struct Ended {
    status: ExitStatus,
    out: Vec<u8>,
    err: Vec<u8>,
}

async fn run(command: &str) -> io::Result<Ended> {
    let mut child = shell(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let out = child.stdout.take();
    let err = child.stderr.take();
    let (out, err) = tokio::try_join!(
        async {
            match out {
                Some(out) => first(out).await,
                None => Ok(Vec::new()),
            }
        },
        async {
            match err {
                Some(err) => pass_on(err).await,
                None => Ok(Vec::new()),
            }
        }
    )?;
    let status = child.wait().await?;
    Ok(Ended { status, out, err })
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

/// `cmd` takes its line as it stands, quotes and all, between the outermost two.
#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell
        .args(["/D", "/S", "/C"])
        .raw_arg(format!("\"{command}\""));
    shell
}

/// As much as a token can be long, and one byte more to see that it is longer; whatever follows has no reader.
async fn first(from: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_TOKEN)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    from.take(most).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

/// Passes everything on to the person, and keeps the end of it.
async fn pass_on(mut from: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let mut kept: Vec<u8> = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        let read = from.read(&mut chunk).await?;
        let bytes = chunk.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(kept);
        }
        // Nobody may be there to read it; the token is still worth having.
        io::stderr().write_all(bytes).ok();
        kept.extend_from_slice(bytes);
        let over = kept.len().saturating_sub(KEPT);
        kept.drain(..over);
    }
}

/// `: ` and the last line of what it said, unless the token is in it.
fn last_line(err: &[u8], token: &str) -> String {
    let text = String::from_utf8_lossy(err);
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    match line {
        Some(line) if token.is_empty() || !line.contains(token) => {
            let line: String = line.chars().take(LINE).collect();
            format!(": {}", harmless(&line))
        }
        Some(_) | None => String::new(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_that_never_ends_is_given_up() {
        let waiting = output_within(Duration::from_millis(50), "exec sleep 100");
        let error = waiting.await.unwrap_err();
        assert!(error.message.contains("did not end within"), "{error}");
    }

    #[test]
    fn s27_the_last_line_is_told_unless_it_holds_the_token() {
        assert_eq!(
            last_line(b"one\nvault: sealed\r\n\n", "tok"),
            ": vault: sealed"
        );
        assert_eq!(last_line(b"got tok\n", "tok"), "");
        assert_eq!(last_line(b"", "tok"), "");
        assert_eq!(last_line(&[b'x'; KEPT], "").chars().count(), LINE + 2);
    }
}
