//! `sandbox`: the three APIs on loopback.

use std::{ffi::OsString, io, path::PathBuf, time::Duration};

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
    let port = options.port;
    sandbox::command::run(options, request.command, context.out)
        .await
        .map_err(|error| {
            let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
            match kind {
                // A fault that no API has: its message lists those that there are.
                Some(io::ErrorKind::InvalidInput) => {
                    Fatal::usage(format!("--fault: {}", error.root_cause()))
                }
                Some(io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied) if port != 0 => {
                    Fatal::usage(format!("--port {port}: {}", error.root_cause()))
                }
                _ => error.into(),
            }
        })
}
