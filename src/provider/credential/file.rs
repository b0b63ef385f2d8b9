//! `--token-file`: read once, because `<(…)` and `/dev/fd/N` give what they hold a single time.

use std::{io, path::Path, time::Duration};

use tokio::{fs::File, io::AsyncReadExt};

use super::{LIMIT, MAX_TOKEN, NoToken};

/// The file's text, as far as a token can be long.
///
/// # Errors
/// [`NoToken`] if it cannot be read, is no text, or is a pipe into which nobody writes.
pub(super) async fn read(path: &Path, source: &str) -> Result<String, NoToken> {
    read_within(LIMIT, path, source).await
}

async fn read_within(limit: Duration, path: &Path, source: &str) -> Result<String, NoToken> {
    let failed = |what: String, hint: Option<&str>| NoToken {
        message: format!("{source} {what}"),
        hint: hint.map(str::to_owned),
    };
    let bytes = tokio::time::timeout(limit, bytes(path))
        .await
        .map_err(|_| {
            failed(
                format!("gave nothing within {} s", limit.as_secs()),
                Some("it is a pipe: something must write the token into it, and close it"),
            )
        })?
        .map_err(|error| failed(format!("cannot be read: {error}"), None))?;
    String::from_utf8(bytes).map_err(|_| {
        failed(
            "is no UTF-8 text".to_owned(),
            Some("save the token as plain text; PowerShell's > writes UTF-16"),
        )
    })
}

async fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than a token can have, so that a longer file is seen to be no token: /dev/zero has no end.
    let most = u64::try_from(MAX_TOKEN)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    File::open(path)
        .await?
        .take(most)
        .read_to_end(&mut bytes)
        .await?;
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pipe_into_which_nobody_writes_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let reading = read_within(Duration::from_millis(50), &path, "--token-file pipe");
        let error = reading.await.unwrap_err();
        assert!(error.message.contains("gave nothing within"), "{error}");
        // Lets go of the thread that waits at the pipe.
        drop(std::fs::OpenOptions::new().write(true).open(&path));
    }
}
