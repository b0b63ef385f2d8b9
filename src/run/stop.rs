//! Stopping: a signal, or the end of `--timeout`. Nothing new is sent; what is under way is finished (S25).

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

/// Why everything is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// SIGINT (130) or SIGTERM (143).
    Signal(u8),
    /// `--timeout`.
    Timeout,
}

/// Tells whether to stop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop {
    signal: watch::Receiver<Option<Reason>>,
    deadline: Option<Instant>,
    // Keeps the channel open where nobody listens to signals.
    _sender: Arc<watch::Sender<Option<Reason>>>,
}

impl Stop {
    /// A stop that `--timeout` alone can cause, and a sender for signals.
    #[must_use]
    pub fn new(timeout: Option<Duration>) -> (Self, Arc<watch::Sender<Option<Reason>>>) {
        let (sender, signal) = watch::channel(None);
        let sender = Arc::new(sender);
        let deadline = timeout.and_then(|limit| Instant::now().checked_add(limit));
        (
            Self {
                signal,
                deadline,
                _sender: Arc::clone(&sender),
            },
            sender,
        )
    }

    /// Waits until everything is to end.
    pub async fn asked(&self) -> Reason {
        let mut signal = self.signal.clone();
        let told = async move {
            match signal.wait_for(Option::is_some).await.map(|reason| *reason) {
                Ok(Some(reason)) => reason,
                // The sender lives as long as `self`.
                Ok(None) | Err(_) => std::future::pending().await,
            }
        };
        match self.deadline {
            Some(deadline) => tokio::select! {
                biased;
                reason = told => reason,
                () = tokio::time::sleep_until(deadline) => Reason::Timeout,
            },
            None => told.await,
        }
    }

    /// Finishes `work`, or tells why it was given up.
    ///
    /// # Errors
    /// The reason to stop.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, Reason> {
        tokio::select! {
            biased;
            reason = self.asked() => Err(reason),
            result = work => Ok(result),
        }
    }
}
