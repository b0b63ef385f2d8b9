//! Signals that ask for an end: SIGINT and SIGTERM, or Ctrl-C where there are none.

use std::io;

/// Hears them from its making on, also while nobody waits.
#[cfg(unix)]
#[derive(Debug)]
pub struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// What the system says where signals cannot be heard.
    pub fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next signal: its exit code, 130 or 143.
    pub async fn next(&mut self) -> Option<u8> {
        tokio::select! {
            heard = self.interrupt.recv() => heard.map(|()| 130),
            heard = self.terminate.recv() => heard.map(|()| 143),
        }
    }
}

/// Hears them from its making on, also while nobody waits.
#[cfg(windows)]
#[derive(Debug)]
pub struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// What the system says where signals cannot be heard.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
    }

    /// Waits for the next signal: its exit code, 130 or 143.
    pub async fn next(&mut self) -> Option<u8> {
        self.interrupt.recv().await.map(|()| 130)
    }
}
