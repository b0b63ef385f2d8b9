//! How far a command has come: a line that is drawn over and over on a terminal's standard error, and elsewhere, where a
//! job's log is read later, a plain one a minute.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::pace::Pace;
use crate::{
    backup::{Deletion, Outcome},
    provider::Seen,
    text::harmless,
};

const READING: &str = "{spinner} {prefix}: {pos} backups seen{msg}";
const DELETING: &str = "deleting [{bar:30}] {pos}/{len}{msg}";

/// Whether progress is shown, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// On a terminal. Not where results are streamed to the same terminal, or lines of both would run into each other.
    Drawn,
    /// A plain line now and then, where there is no terminal.
    Lines,
    /// Quiet was asked for.
    Hidden,
}

/// How far a command has come.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    way: Way,
    deleting: Mutex<Option<(Instant, Pace)>>,
}

impl Progress {
    /// Nothing is shown before one of its stages begins.
    #[must_use]
    pub fn new(way: Way) -> Self {
        Self {
            bar: match way {
                Way::Drawn => ProgressBar::no_length(),
                Way::Lines | Way::Hidden => ProgressBar::hidden(),
            },
            way,
            deleting: Mutex::new(None),
        }
    }

    /// Reading begins; the label says of what.
    pub fn reading(&self, label: &str) {
        self.bar.reset();
        self.bar.unset_length();
        self.style(READING);
        self.bar.set_prefix(harmless(label).into_owned());
        self.bar.set_message("");
        self.draw();
    }

    /// How far reading has come.
    pub fn seen(&self, seen: Seen) {
        self.bar.set_position(as_u64(seen.backups));
        if seen.scopes > 1 {
            self.bar.set_message(format!(
                ", {} of {} scopes read",
                seen.scopes_done, seen.scopes
            ));
        }
    }

    /// Deleting begins.
    pub fn deleting(&self, total: usize, now: Instant) {
        self.bar.reset();
        self.bar.set_length(as_u64(total));
        self.style(DELETING);
        if let Ok(mut deleting) = self.deleting.lock() {
            *deleting = Some((now, Pace::of(as_u64(total))));
        }
        self.bar.set_message("");
        self.draw();
    }

    /// One more deletion was accepted, and is still to be read back.
    pub fn accepted(&self, now: Instant) {
        self.pace(now, Pace::accepted);
    }

    /// One deletion settled; whether it had been [`accepted`](Self::accepted) before.
    pub fn settled(&self, deletion: &Deletion, accepted: bool, now: Instant) {
        let failed = match deletion.outcome {
            Outcome::Failed | Outcome::Unknown => true,
            Outcome::Deleted
            | Outcome::AlreadyAbsent
            | Outcome::Pending
            | Outcome::Unverified
            | Outcome::Skipped
            | Outcome::NotAttempted
            | Outcome::WouldDelete => false,
        };
        self.pace(now, |pace, at| pace.settled(failed, accepted, at));
        self.bar.inc(1);
    }

    /// Time goes on, whether something settles or not: to be called every second. A line to be written, where one is due.
    #[must_use]
    pub fn tick(&self, now: Instant) -> Option<String> {
        match self.way {
            Way::Drawn => {
                let more = self.pace(now, Pace::more)?;
                self.bar.set_message(more);
                None
            }
            Way::Lines => self.pace(now, Pace::line)?,
            Way::Hidden => None,
        }
    }

    fn pace<T>(&self, now: Instant, of: impl FnOnce(&mut Pace, Duration) -> T) -> Option<T> {
        let mut deleting = self.deleting.lock().ok()?;
        let (begun, pace) = deleting.as_mut()?;
        Some(of(pace, now.saturating_duration_since(*begun)))
    }

    /// Takes the line away, before anything else is written to the terminal.
    pub fn clear(&self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
    }

    fn style(&self, template: &str) {
        // A template that cannot be parsed leaves the default, which shows less and breaks nothing.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
    }

    fn draw(&self) {
        if !self.bar.is_hidden() {
            self.bar.enable_steady_tick(Duration::from_millis(120));
        }
    }
}

fn as_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    fn shared<T: Send + Sync>(_: &T) {}

    #[test]
    fn counts_what_was_seen_and_what_settled() {
        let progress = Progress::new(Way::Drawn);
        shared(&progress);
        progress.reading("vault prod");
        progress.seen(Seen {
            scopes_done: 1,
            scopes: 2,
            backups: 3,
        });
        assert_eq!(progress.bar.position(), 3);
        let begun = Instant::now();
        progress.deleting(4, begun);
        assert_eq!(progress.bar.position(), 0);
        for result in &samples::record().results {
            progress.settled(result, false, begun);
        }
        assert_eq!(progress.bar.position(), 4);
        assert_eq!(progress.tick(begun), None);
        assert_eq!(progress.bar.message(), ", 2 failed, 4.0/s");
        progress.clear();
        progress.clear();
    }

    #[test]
    fn a_log_gets_a_plain_line_a_minute_and_quiet_gets_none() {
        for (way, lines) in [(Way::Lines, 2), (Way::Drawn, 0), (Way::Hidden, 0)] {
            let progress = Progress::new(way);
            let begun = Instant::now();
            assert_eq!(progress.tick(begun + Duration::from_secs(99)), None);
            progress.deleting(9, begun);
            let told =
                (0..150).filter_map(|second| progress.tick(begun + Duration::from_secs(second)));
            let told: Vec<String> = told.collect();
            assert_eq!(told.len(), lines, "{way:?}: {told:?}");
            progress.clear();
        }
    }

    #[test]
    fn s28_a_label_is_harmless() {
        let progress = Progress::new(Way::Hidden);
        progress.reading(samples::HOSTILE);
        assert!(!progress.bar.prefix().contains(['\u{1b}', '\n']));
    }

    #[test]
    fn templates_can_be_parsed() {
        for template in [READING, DELETING] {
            assert!(ProgressStyle::with_template(template).is_ok());
        }
    }
}
