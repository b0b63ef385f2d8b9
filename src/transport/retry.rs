//! What is tried again, and when: the one place that decides (S23, S24).
//!
//! Reading repeats what passing trouble broke, for a bounded time. A changing request is never repeated here; the
//! executor asks [`after_change`] what follows from its failure.

use std::{
    collections::hash_map::RandomState,
    future::Future,
    hash::{BuildHasher, Hasher},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::pace::Limiter;
use crate::backup::{ErrorKind, ProviderError, Sent};

/// The first pause between repeats, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Pauses that double from a fifth of a second to five, each with some chance in it, so that many do not come back at once.
#[derive(Debug, Clone)]
pub struct Pauses {
    next: Duration,
    longest: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self {
            next: PAUSES.0,
            longest: PAUSES.1,
        }
    }
}

impl Pauses {
    /// Pauses from `first`, doubling to `longest`.
    #[must_use]
    pub fn between(first: Duration, longest: Duration) -> Self {
        Self {
            next: first,
            longest,
        }
    }

    /// The next pause: between half and all of its nominal length.
    pub fn advance(&mut self) -> Duration {
        let nominal = self.next;
        self.next = nominal.saturating_mul(2).min(self.longest);
        let chance = RandomState::new().build_hasher().finish() % 1000;
        nominal.mul_f64(0.5 + f64::from(u16::try_from(chance).unwrap_or(0)) / 2000.0)
    }
}

/// Whether what failed in this way may be tried again as it stands.
#[must_use]
pub fn is_passing(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Throttled
        | ErrorKind::Server
        | ErrorKind::Network
        | ErrorKind::Timeout
        | ErrorKind::Malformed => true,
        ErrorKind::Credentials
        | ErrorKind::Permission
        | ErrorKind::NotFound
        | ErrorKind::NoSuchScope
        | ErrorKind::Conflict
        | ErrorKind::Protected
        | ErrorKind::Refused
        | ErrorKind::Kept
        | ErrorKind::Incomplete
        | ErrorKind::Drift
        | ErrorKind::Guard
        | ErrorKind::Gate
        | ErrorKind::Rehearsed
        | ErrorKind::Setup
        | ErrorKind::Certificate
        | ErrorKind::Interrupted => false,
    }
}

/// Makes a reading call until it succeeds, fails for good, or `patience` is used up.
///
/// Waits that the provider names, and the limiter's own, do not count against the patience.
///
/// # Errors
/// The last error, with the number of attempts.
pub async fn reading<T, F, Fut>(
    limiter: &Limiter,
    patience: Duration,
    mut call: F,
) -> Result<T, ProviderError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, ProviderError>>,
{
    let mut pauses = Pauses::default();
    let mut attempts = 0_u32;
    let mut first_failure = None;
    let mut granted_wait = Duration::ZERO;
    loop {
        limiter.turn().await;
        attempts = attempts.saturating_add(1);
        let started = Instant::now();
        let mut error = match call().await {
            Ok(answer) => {
                limiter.granted_within(started.elapsed());
                return Ok(answer);
            }
            Err(error) => error,
        };
        error.attempts = attempts;
        if error.kind == ErrorKind::Throttled {
            limiter.refused(error.wait);
        } else if error.sent == Sent::Answered {
            limiter.granted();
        }
        let waited = Instant::now()
            .saturating_duration_since(*first_failure.get_or_insert_with(Instant::now));
        if !is_passing(error.kind) || waited.saturating_sub(granted_wait) >= patience {
            return Err(error);
        }
        tracing::info!(%error, "reading again");
        if error.kind == ErrorKind::Throttled {
            granted_wait = granted_wait.saturating_add(error.wait.unwrap_or_default());
            continue;
        }
        // Only who throttles may stretch the patience; who fails may name a pause within it.
        let pause = error.wait.unwrap_or_else(|| pauses.advance());
        sleep(pause.min(patience.saturating_sub(waited))).await;
    }
}

/// Whether a changing request that failed in this way may have been carried out all the same.
#[must_use]
pub fn is_perhaps_done(error: &ProviderError) -> bool {
    match error.sent {
        Sent::Perhaps => true,
        // A failure of the provider's own does not tell how far it had come.
        Sent::Answered => is_passing(error.kind),
        Sent::No => false,
    }
}

/// What follows from a changing request that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterChange {
    /// Nothing happened; its turn comes again, as often as it takes.
    Requeue,
    /// It may or may not have happened: read back first.
    ReadBack,
    /// The provider is busy with it: read back, and wait.
    Wait,
    /// The provider said no.
    Refused,
    /// Nothing more can be sent with these credentials or settings: the run ends.
    EndRun,
    /// It does not fit what was planned: nothing was sent.
    Skip,
    /// A dry run withheld it.
    Rehearsed,
}

/// What follows from a changing request that failed in this way.
#[must_use]
pub fn after_change(error: &ProviderError) -> AfterChange {
    match error.kind {
        ErrorKind::Throttled => AfterChange::Requeue,
        ErrorKind::Credentials | ErrorKind::Setup | ErrorKind::Interrupted => AfterChange::EndRun,
        ErrorKind::Conflict => AfterChange::Wait,
        // NotFound is what an absent backup looks like, and what a wrong container looks like.
        ErrorKind::NotFound
        | ErrorKind::NoSuchScope
        | ErrorKind::Server
        | ErrorKind::Network
        | ErrorKind::Timeout
        | ErrorKind::Malformed
        | ErrorKind::Incomplete => AfterChange::ReadBack,
        // A refusal in words that nobody published does not tell what became of the request.
        ErrorKind::Refused if error.sent == Sent::Perhaps => AfterChange::ReadBack,
        ErrorKind::Permission | ErrorKind::Protected | ErrorKind::Refused | ErrorKind::Kept => {
            AfterChange::Refused
        }
        ErrorKind::Gate | ErrorKind::Certificate => AfterChange::Refused,
        ErrorKind::Drift | ErrorKind::Guard => AfterChange::Skip,
        ErrorKind::Rehearsed => AfterChange::Rehearsed,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::{
        backup::Provider,
        transport::pace::{Paces, Rate},
    };

    const PATIENCE: Duration = Duration::from_secs(30);

    async fn run(
        kind: ErrorKind,
        wait: Option<Duration>,
        failures: u32,
    ) -> (Result<(), ProviderError>, u32, Duration) {
        let limiter = Paces::default().limiter(
            "test",
            Rate {
                start: 1000.0,
                burst: 1000.0,
                ceiling: None,
            },
        );
        let calls = Cell::new(0_u32);
        let started = Instant::now();
        let result = reading(&limiter, PATIENCE, || async {
            calls.set(calls.get().saturating_add(1));
            if calls.get() <= failures {
                let mut error = ProviderError::new(Provider::Aws, "List", kind, "no");
                error.wait = wait;
                return Err(error);
            }
            Ok(())
        })
        .await;
        (result, calls.get(), started.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn s23_reading_repeats_passing_trouble_and_nothing_else() {
        for kind in [
            ErrorKind::Server,
            ErrorKind::Network,
            ErrorKind::Timeout,
            ErrorKind::Throttled,
        ] {
            let (result, calls, _) = run(kind, None, 3).await;
            assert!(result.is_ok() && calls == 4, "{kind:?}");
        }
        for kind in [
            ErrorKind::Permission,
            ErrorKind::Credentials,
            ErrorKind::NotFound,
            ErrorKind::Gate,
        ] {
            let (result, calls, _) = run(kind, None, 3).await;
            assert!(result.is_err() && calls == 1, "{kind:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn s23_reading_gives_up_after_half_a_minute_and_tells_how_often_it_tried() {
        let (result, calls, elapsed) = run(ErrorKind::Server, None, u32::MAX).await;
        assert_eq!(result.unwrap_err().attempts, calls);
        assert!(
            (PATIENCE..PATIENCE + Duration::from_secs(6)).contains(&elapsed),
            "{elapsed:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn s24_waits_that_the_provider_names_do_not_use_up_the_patience() {
        let (result, calls, elapsed) =
            run(ErrorKind::Throttled, Some(Duration::from_secs(28)), 4).await;
        assert!(result.is_ok() && calls == 5);
        assert!(elapsed >= Duration::from_secs(4 * 28));
    }
}
