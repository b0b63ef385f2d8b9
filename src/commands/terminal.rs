//! The terminal itself: prompts are read from it, not from standard input, so that ids may come by a pipe.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader},
};

use crate::{
    plan::{
        Approved, Plan,
        consent::{Question, Refusal},
    },
    run::stop::{Reason, Stop},
};

/// Asks on the terminal. A signal at the prompt is told apart from an answer.
pub(super) async fn ask(
    plan: &Plan,
    question: Question,
    stop: &Stop,
) -> Result<Result<Approved, Refusal>, Reason> {
    let Ok((input, output)) = open() else {
        return Ok(Err(Refusal::NoTerminal("there is no terminal")));
    };
    // Reading a line blocks, and signals must still be heard: the reading has a thread of its own, left behind if need be.
    let plan = plan.clone();
    let answer = tokio::task::spawn_blocking(move || {
        let mut output = output;
        plan.ask(&question, &mut BufReader::new(input), &mut output)
    });
    let answer = stop.or(answer).await?;
    Ok(answer.unwrap_or_else(|error| Err(Refusal::Terminal(error.to_string()))))
}

#[cfg(unix)]
fn open() -> io::Result<(File, File)> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    Ok((terminal.try_clone()?, terminal))
}

#[cfg(windows)]
fn open() -> io::Result<(File, File)> {
    let input = OpenOptions::new().read(true).write(true).open("CONIN$")?;
    let output = OpenOptions::new().read(true).write(true).open("CONOUT$")?;
    Ok((input, output))
}
