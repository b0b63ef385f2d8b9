//! The ids that were named: as arguments, in files, on standard input. Read once, and digested (S6).

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::stopped;
use crate::{
    backup::Target, fatal::Fatal, plan::hex, provider::Request, run::stop::Stop, text::harmless,
};

/// The longest line that is an id or a backup's JSON.
const MAX_LINE: usize = 1024 * 1024;

/// The most that is read from one place: a million backups as NDJSON, and something that never ends is told from it.
const MAX_BYTES: u64 = 2 << 30;

/// What was named.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Each once, in the order in which they were first named.
    pub(super) targets: Vec<Target>,
    /// As they were given.
    pub(super) texts: Vec<String>,
    /// Where they were read from, besides the arguments.
    pub(super) from: Vec<String>,
    /// The digest of what was read there.
    pub(super) sha256: Option<String>,
}

/// Reads everything that was named, and checks each id's form. Reading may take as long as what writes into the pipe, and
/// ends with the command.
pub(super) async fn read(
    provider: &Request,
    ids: &[String],
    from: &[PathBuf],
    stop: &Stop,
) -> Result<Inputs, Fatal> {
    let mut inputs = Inputs::default();
    let mut known = HashSet::new();
    for id in ids {
        inputs.add(provider, id, "", &mut known)?;
    }
    let mut digest = Sha256::new();
    for path in from {
        let (name, text) = contents(path.clone(), stop).await?;
        digest.update(text.as_bytes());
        let before = inputs.texts.len();
        for (number, line) in text.lines().enumerate() {
            let place = format!("{name}, line {}: ", number.saturating_add(1));
            let id = id_of_line(provider, line, &place)?;
            inputs.add(provider, &id, &place, &mut known)?;
        }
        if inputs.texts.len() == before && text.trim().is_empty() {
            return Err(Fatal::usage_with(
                format!("{name} is empty: no id was read"),
                "a list that should not be empty often means that an earlier command failed",
            ));
        }
        inputs.from.push(name);
    }
    if !from.is_empty() {
        inputs.sha256 = Some(hex(&digest.finalize()));
    }
    Ok(inputs)
}

impl Inputs {
    fn add(
        &mut self,
        provider: &Request,
        id: &str,
        place: &str,
        known: &mut HashSet<Target>,
    ) -> Result<(), Fatal> {
        let target = provider.parse(id).map_err(|error| error.at(place))?;
        if known.insert(target.clone()) {
            self.targets.push(target);
            self.texts.push(id.trim().to_owned());
        }
        Ok(())
    }
}

async fn contents(path: PathBuf, stop: &Stop) -> Result<(String, String), Fatal> {
    let name = if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    // A pipe blocks for as long as nobody writes, and signals and --timeout must be heard meanwhile.
    let reading = tokio::task::spawn_blocking(move || {
        if path == Path::new("-") {
            bounded(io::stdin().lock(), MAX_BYTES)
        } else {
            bounded(File::open(&path)?, MAX_BYTES)
        }
    });
    let text = stop
        .or(reading)
        .await
        .map_err(stopped)?
        .map_err(anyhow::Error::from)?
        .map_err(|error| Fatal::usage(format!("--from: {name} cannot be read: {error}")))?;
    Ok((name, text))
}

fn bounded(source: impl Read, limit: u64) -> io::Result<String> {
    let mut text = String::new();
    source
        .take(limit.saturating_add(1))
        .read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > limit) {
        return Err(io::Error::other(format!("it is longer than {limit} bytes")));
    }
    Ok(text)
}

/// What a line of NDJSON must tell.
#[derive(Deserialize)]
struct Line {
    id: Option<String>,
    provider: Option<String>,
}

fn id_of_line(provider: &Request, line: &str, place: &str) -> Result<String, Fatal> {
    if line.len() > MAX_LINE {
        return Err(Fatal::usage(format!("{place}longer than any id")));
    }
    if line.trim().is_empty() {
        return Err(Fatal::usage_with(
            format!("{place}blank"),
            "a blank line often is a variable that was empty; leave it out if it is meant",
        ));
    }
    if !line.trim_start().starts_with('{') {
        return Ok(line.to_owned());
    }
    let parsed: Line = serde_json::from_str(line).map_err(|error| {
        Fatal::usage_with(
            format!("{place}not one whole JSON object: {error}"),
            "--from reads one id a line, or what `list -o ndjson` prints",
        )
    })?;
    if let Some(named) = parsed.provider
        && named != provider.provider().name()
    {
        return Err(Fatal::usage(format!(
            "{place}a backup of {}, but this command is for {}",
            harmless(&named),
            provider.provider().name()
        )));
    }
    parsed
        .id
        .ok_or_else(|| Fatal::usage(format!("{place}a JSON object without an \"id\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ends_is_not_read_for_ever() {
        let error = bounded(io::repeat(b'a'), 1000).unwrap_err();
        assert!(error.to_string().contains("1000 bytes"));
        assert_eq!(bounded(&b"aws"[..], 3).unwrap(), "aws");
    }
}
