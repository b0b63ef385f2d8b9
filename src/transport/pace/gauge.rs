//! A gauge: how many happened a second, lately.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// Things are counted in slots of this length.
const SLOT: Duration = Duration::from_millis(50);

/// As many slots are kept.
const SLOTS: usize = 40;

/// Counts, slot by slot.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    /// When each slot began, and how many fell into it; the newest last.
    slots: VecDeque<(Instant, u32)>,
}

impl Gauge {
    /// One more.
    pub(super) fn count(&mut self, now: Instant) {
        if let Some((began, number)) = self.slots.back_mut()
            && now.saturating_duration_since(*began) < SLOT
        {
            *number = number.saturating_add(1);
            return;
        }
        if self.slots.len() >= SLOTS {
            self.slots.pop_front();
        }
        self.slots.push_back((now, 1));
    }

    /// How many a second there were in the time before `now`.
    pub(super) fn a_second(&self, now: Instant, over: Duration) -> f64 {
        let number: u32 = self
            .slots
            .iter()
            .rev()
            .take_while(|(began, _)| now.saturating_duration_since(*began) < over)
            .map(|(_, number)| number)
            .sum();
        f64::from(number) / over.as_secs_f64()
    }
}
