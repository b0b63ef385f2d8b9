//! Accounts side by side: none waits for the one before it, and results and errors come in the order of the flags all the
//! same.

use std::sync::{Mutex, PoisonError};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{provider::Seen, report::progress::Progress};

/// How many accounts are read at once. Each has limits of its own, so what bounds them is this machine's memory and sockets.
const AT_ONCE: usize = 8;

/// Does all of these, some at a time. Of several errors it is the first in their order, not in time.
///
/// # Errors
/// The first of theirs.
pub(in crate::commands) async fn side_by_side<T, E>(
    jobs: Vec<impl Future<Output = Result<T, E>>>,
) -> Result<Vec<T>, E> {
    stream::iter(jobs).buffered(AT_ONCE).try_collect().await
}

/// How far several readings have come, as one.
pub(in crate::commands) struct Together<'a> {
    progress: &'a Progress,
    seen: Mutex<Vec<Seen>>,
}

impl<'a> Together<'a> {
    /// Of so many.
    pub(in crate::commands) fn of(readings: usize, progress: &'a Progress) -> Self {
        Self {
            progress,
            seen: Mutex::new(vec![Seen::default(); readings]),
        }
    }

    /// How far one of them has come.
    pub(in crate::commands) fn seen(&self, reading: usize, seen: Seen) {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get_mut(reading) {
            *known = seen;
        }
        self.progress.seen(sum(&all));
    }
}

fn sum(all: &[Seen]) -> Seen {
    all.iter().fold(Seen::default(), |sum, one| Seen {
        scopes_done: sum.scopes_done.saturating_add(one.scopes_done),
        scopes: sum.scopes.saturating_add(one.scopes),
        backups: sum.backups.saturating_add(one.backups),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    async fn job(number: u64, milliseconds: u64, works: bool) -> Result<u64, u64> {
        sleep(Duration::from_millis(milliseconds)).await;
        if works { Ok(number) } else { Err(number) }
    }

    #[tokio::test(start_paused = true)]
    async fn many_accounts_take_the_time_of_a_few_and_keep_their_order() {
        let started = Instant::now();
        let done = side_by_side((0..50).map(|number| job(number, 100, true)).collect()).await;
        assert_eq!(done, Ok((0..50).collect()));
        assert!(started.elapsed() < Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn of_several_errors_the_first_in_order_is_told_however_late_it_comes() {
        let jobs = vec![job(0, 10, true), job(1, 500, false), job(2, 1, false)];
        assert_eq!(side_by_side(jobs).await, Err(1));
    }

    #[test]
    fn what_all_have_seen_is_one_figure() {
        let one = |scopes_done, scopes, backups| Seen {
            scopes_done,
            scopes,
            backups,
        };
        assert_eq!(sum(&[one(1, 2, 30), one(0, 4, 5)]), one(1, 6, 35));
    }
}
