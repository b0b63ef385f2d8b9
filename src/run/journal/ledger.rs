//! What the executor has to tell the journal; nothing, in a dry run.

use std::collections::HashMap;

use super::{
    Event, History, Journal,
    entry::{Answer, Intent, ReadBack, Shown},
    writer::Lost,
};
use crate::{
    backup::{BackupId, Deletion, ProviderError},
    provider::{Accepted, Reading, Removal},
};

/// Numbers requests and readings, and writes them down.
#[derive(Debug)]
pub struct Ledger<'a> {
    journal: Option<&'a Journal>,
    requests: u64,
    readings: u64,
    /// What the last reading showed of each backup that is not settled.
    shown: HashMap<BackupId, Shown>,
}

impl<'a> Ledger<'a> {
    /// For a dry run: nothing leaves, and nothing is written down.
    #[must_use]
    pub fn none() -> Self {
        Self {
            journal: None,
            requests: 0,
            readings: 0,
            shown: HashMap::new(),
        }
    }

    /// The first page of a new journal.
    #[must_use]
    pub fn new(journal: &'a Journal) -> Self {
        Self {
            journal: Some(journal),
            ..Self::none()
        }
    }

    /// The next page of a journal that is gone on with.
    #[must_use]
    pub fn after(history: &History, journal: &'a Journal) -> Self {
        Self {
            requests: u64::try_from(history.requests.len()).unwrap_or(u64::MAX),
            readings: history.readings,
            ..Self::new(journal)
        }
    }

    /// A request is about to leave. It may once this is on disk (S20).
    pub(in crate::run) fn intend(
        &mut self,
        removal: &Removal,
    ) -> (u64, impl Future<Output = Result<(), Lost>> + use<>) {
        let request = self.requests;
        self.requests = self.requests.saturating_add(1);
        let on_disk = self.journal.map(|journal| {
            let warrant = removal.warrant();
            journal.on_disk(Event::Intent(Intent {
                request,
                ids: removal
                    .items()
                    .iter()
                    .map(|item| item.id.to_string())
                    .collect(),
                method: warrant.method().to_string(),
                url: warrant.url(),
            }))
        });
        let on_disk = async move {
            match on_disk {
                Some(on_disk) => on_disk.await,
                None => Ok(()),
            }
        };
        (request, on_disk)
    }

    /// It did not leave after all.
    pub(in crate::run) fn withheld(&self, request: u64) {
        self.note(|| Event::Withheld { request });
    }

    /// What came back.
    pub(in crate::run) fn answered(&self, request: u64, answer: &Result<Accepted, ProviderError>) {
        self.note(|| Event::Answer(Answer::of(request, answer)));
    }

    /// What readings back showed, as many as were taken in together.
    pub(in crate::run) fn read<'r>(
        &mut self,
        readings: impl Iterator<Item = (&'r BackupId, &'r Reading)>,
    ) {
        if self.journal.is_none() {
            return;
        }
        let mut shows = Vec::new();
        let mut unchanged = 0_usize;
        for (id, reading) in readings {
            let now = Shown::of(id.to_string(), reading);
            if self.shown.get(id) == Some(&now) {
                unchanged = unchanged.saturating_add(1);
            } else {
                shows.push(now.clone());
                self.shown.insert(id.clone(), now);
            }
        }
        if shows.is_empty() && unchanged == 0 {
            return;
        }
        let reading = self.readings;
        self.readings = self.readings.saturating_add(1);
        self.note(|| {
            Event::Reading(ReadBack {
                reading,
                shows,
                unchanged,
            })
        });
    }

    /// What became of a backup.
    pub(in crate::run) fn settled(&mut self, result: &Deletion) {
        self.shown.remove(&result.id);
        self.note(|| Event::Outcome {
            result: Box::new(result.clone()),
        });
    }

    /// Waits until nothing can be written down any more.
    pub(in crate::run) async fn lost(&self) -> Lost {
        match self.journal {
            Some(journal) => journal.lost().await,
            None => std::future::pending().await,
        }
    }

    fn note(&self, event: impl FnOnce() -> Event) {
        if let Some(journal) = self.journal {
            journal.note(event());
        }
    }
}
