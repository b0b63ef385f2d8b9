//! `sandbox`: the three APIs on loopback.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use super::Context;
use crate::{
    fatal::Fatal,
    sandbox::{self, Options, fault::Fault, seed},
};

/// What to serve, and what to run in it.
#[derive(Debug)]
pub struct Request {
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--fault`.
    pub faults: Vec<Fault>,
    /// `--lag`.
    pub lag: Duration,
    /// `--port`.
    pub port: u16,
    /// What to run; without it the sandbox stays.
    pub command: Option<Vec<OsString>>,
}

/// Serves the sandbox.
pub(super) async fn run(request: Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let data = match &request.data {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Fatal::usage(format!("--data {} cannot be read: {error}", path.display()))
            })?;
            Some(
                seed::parse(&text)
                    .map_err(|error| Fatal::usage(format!("--data {}: {error}", path.display())))?,
            )
        }
        None => None,
    };
    let options = Options {
        port: request.port,
        lag: request.lag,
        data,
        faults: request.faults,
    };
    Ok(sandbox::command::run(options, request.command, context.out).await?)
}
