//! This machine, as far as a deletion hangs on it: where runs are recorded, which certificates count, what is shown.

use std::env::consts::{ARCH, OS};

use super::super::Context;
use crate::{
    provider::{Check, ErrorKind, Standing},
    report::{count, wants_color},
    run::journal::place::Place,
    transport::CaFile,
};

pub(super) fn examine(context: &Context<'_>) -> Vec<Check> {
    let version = env!("CARGO_PKG_VERSION");
    let found = format!("bkdel {version}, {OS} on {ARCH}");
    vec![
        Check::new("version", Standing::Ok, found)
            .with("version", version)
            .with("os", OS)
            .with("arch", ARCH),
        state(context),
        certificates(context),
        terminal(context),
    ]
}

/// Where runs are recorded: without it nothing is sent that deletes (S20).
fn state(context: &Context<'_>) -> Check {
    let broken = |error: String| {
        Check {
            kind: Some(ErrorKind::Setup),
            ..Check::new("state", Standing::Broken, error)
        }
        .hinted("nothing is deleted that cannot be written down: set BKDEL_STATE_DIR to a folder of yours")
    };
    let place = match Place::of(context.environment) {
        Ok(place) => place,
        Err(error) => return broken(error.to_string()),
    };
    let path = place.folder().display().to_string();
    let check = match place.state() {
        Err(error) => broken(error.to_string()),
        Ok(folder) if !folder.is_there => Check::new(
            "state",
            Standing::Ok,
            format!("{path} is not there yet, and can be made"),
        ),
        Ok(folder) => match folder.mode {
            // The journals are their owner's alone; their names and number are not, then.
            Some(mode) if mode & 0o022 != 0 => Check::new(
                "state",
                Standing::Warning,
                format!("{path} can be written, by others too (mode {mode:04o})"),
            )
            .hinted(format!("chmod 700 {path}"))
            .with("mode", format!("{mode:04o}")),
            Some(mode) => Check::new(
                "state",
                Standing::Ok,
                format!("{path} can be written (mode {mode:04o})"),
            )
            .with("mode", format!("{mode:04o}")),
            None => Check::new("state", Standing::Ok, format!("{path} can be written")),
        },
    };
    check.with("path", path)
}

fn certificates(context: &Context<'_>) -> Check {
    let (roots, extra) = context.transport.ca_files();
    let told = |file: &CaFile| {
        let path = file.path.display();
        match file.read() {
            Ok(certificates) => format!(
                "{} of {path} ({})",
                count(certificates.len(), "certificate"),
                file.variable
            ),
            Err(error) => error.to_string(),
        }
    };
    let first = roots.map_or_else(
        || "this machine's".to_owned(),
        |file| format!("{} in place of this machine's", told(file)),
    );
    let all: Vec<String> = std::iter::once(first)
        .chain(extra.iter().map(told))
        .collect();
    let files: Vec<String> = roots
        .into_iter()
        .chain(extra)
        .map(|file| format!("{}={}", file.variable, file.path.display()))
        .collect();
    Check::new("certificates", Standing::Ok, all.join(", and ")).with("files", files)
}

fn terminal(context: &Context<'_>) -> Check {
    let look = &context.look;
    let (color, why) = wants_color(context.talk.color, context.environment, look.terminal);
    let what = if look.terminal {
        let columns = look.width.map_or_else(
            || "of unknown width".to_owned(),
            |width| format!("{width} columns"),
        );
        format!("standard output is a terminal, {columns}")
    } else {
        "standard output is no terminal".to_owned()
    };
    let colors = if color { "colours" } else { "no colours" };
    Check::new("terminal", Standing::Ok, format!("{what}; {colors}: {why}"))
        .with("terminal", look.terminal)
        .with("width", look.width)
        .with("color", color)
        .with("color_by", why)
}
