//! How far a command has come, on a terminal's standard error.
//!
//! Where there is no terminal, or quiet was asked for, everything here does nothing.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    backup::{Deletion, Outcome},
    provider::Seen,
    text::harmless,
};

const READING: &str = "{spinner} {prefix}: {pos} backups seen{msg}";
const DELETING: &str = "deleting [{bar:30}] {pos}/{len}{msg}";

/// One line that is drawn over and over.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    failed: AtomicUsize,
}

impl Progress {
    /// `visible`: standard error is a terminal, and nobody asked for quiet. Not where results are streamed to the same
    /// terminal, or lines of both would run into each other.
    #[must_use]
    pub fn new(visible: bool) -> Self {
        Self {
            bar: if visible {
                ProgressBar::no_length()
            } else {
                ProgressBar::hidden()
            },
            failed: AtomicUsize::new(0),
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
    pub fn deleting(&self, total: usize) {
        self.bar.reset();
        self.bar.set_length(as_u64(total));
        self.style(DELETING);
        self.failed.store(0, Ordering::Relaxed);
        self.bar.set_message("");
        self.draw();
    }

    /// One deletion settled.
    pub fn settled(&self, deletion: &Deletion) {
        let failed = match deletion.outcome {
            Outcome::Failed | Outcome::Unknown => 1,
            Outcome::Deleted
            | Outcome::AlreadyAbsent
            | Outcome::Pending
            | Outcome::Unverified
            | Outcome::Skipped
            | Outcome::NotAttempted
            | Outcome::WouldDelete => 0,
        };
        let before = self.failed.fetch_add(failed, Ordering::Relaxed);
        if failed > 0 {
            let failed = before.saturating_add(failed);
            self.bar.set_message(format!(", {failed} failed"));
        }
        self.bar.inc(1);
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
        let progress = Progress::new(false);
        shared(&progress);
        progress.reading("vault prod");
        progress.seen(Seen {
            scopes_done: 1,
            scopes: 2,
            backups: 3,
        });
        assert_eq!(progress.bar.position(), 3);
        progress.deleting(4);
        assert_eq!(progress.bar.position(), 0);
        for result in &samples::record().results {
            progress.settled(result);
        }
        assert_eq!(progress.bar.position(), 4);
        assert_eq!(progress.bar.message(), ", 2 failed");
        progress.clear();
        progress.clear();
    }

    #[test]
    fn s28_a_label_is_harmless() {
        let progress = Progress::new(false);
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
