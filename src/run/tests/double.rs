//! A provider that follows a script, and remembers what it was asked.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use http::Method;
use tokio::time::{Instant, sleep};

use crate::{
    backup::{Backup, Provider, Subject, Target},
    plan::{Approved, Body, Warrant},
    provider::{
        Accepted, Census, Delete, Effort, ErrorKind, Found, Identity, Inventory, Progress,
        ProviderError, Reading, Removal, Sent, Survey, Wants,
    },
};

/// What it says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Say {
    /// Accepted.
    Yes,
    /// There is nothing to delete.
    Absent,
    /// There is nothing to delete, found out without sending anything.
    AbsentUnasked,
    /// An error.
    No(ErrorKind, Sent),
}

/// What a reading shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    Gone,
    Deleting,
    Present(&'static str),
    Kept,
    Unreadable(ErrorKind),
}

/// One backup's script; the last word of each list is repeated.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) say: VecDeque<Say>,
    pub(super) show: VecDeque<Show>,
}

pub(super) fn script(say: &[Say], show: &[Show]) -> Script {
    Script {
        say: say.iter().copied().collect(),
        show: show.iter().copied().collect(),
    }
}

/// What it saw of one backup.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// When it was called upon to delete it.
    pub(super) calls: Vec<Instant>,
    /// How many of the calls sent a request.
    pub(super) sent: u32,
    /// Whether a reading showed it as gone.
    pub(super) gone: bool,
    /// When it was read back.
    pub(super) readings: Vec<Instant>,
}

#[derive(Debug)]
pub(super) struct Double {
    scripts: Mutex<HashMap<String, Script>>,
    seen: Mutex<BTreeMap<String, Seen>>,
    under_way: Mutex<(usize, usize)>,
    rounds: Mutex<usize>,
    /// How long an answer and a reading take.
    pub(super) latency: Duration,
    /// One request for all backups of a container, as at Aiven.
    pub(super) together: bool,
    /// How many readings each call to read back leaves out.
    pub(super) readings_missing: usize,
    /// It reads back fifty at once, and only the first of those beside which more is to go.
    pub(super) sparing: bool,
    /// A backup for which no request is made.
    pub(super) forgets: Option<&'static str>,
    /// A limit on which a turn takes a second.
    pub(super) slow: Option<&'static str>,
    /// What the last look at a container shows, from the first on; nothing against it where there is no more.
    pub(super) unfit: Mutex<VecDeque<Option<ErrorKind>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

/// Takes the next word; the last one stays.
fn next<T: Copy>(words: &mut VecDeque<T>) -> T {
    if words.len() > 1 {
        words.pop_front().unwrap()
    } else {
        *words.front().unwrap()
    }
}

pub(super) fn error(operation: &'static str, kind: ErrorKind, sent: Sent) -> ProviderError {
    ProviderError {
        sent,
        request_id: (sent == Sent::Answered).then(|| "refused-1".to_owned()),
        ..ProviderError::new(Provider::Zilliz, operation, kind, "no")
    }
}

impl Double {
    pub(super) fn new(scripts: impl IntoIterator<Item = (String, Script)>) -> Self {
        Self {
            scripts: Mutex::new(scripts.into_iter().collect()),
            seen: Mutex::default(),
            under_way: Mutex::default(),
            rounds: Mutex::default(),
            latency: Duration::from_millis(50),
            together: false,
            readings_missing: 0,
            sparing: false,
            forgets: None,
            slow: None,
            unfit: Mutex::default(),
        }
    }

    pub(super) fn one(say: &[Say], show: &[Show]) -> Self {
        Self::new([("a".to_owned(), script(say, show))])
    }

    pub(super) fn rewrite(&self, name: &str, script: Script) {
        lock(&self.scripts).insert(name.to_owned(), script);
    }

    pub(super) fn seen(&self, name: &str) -> Seen {
        lock(&self.seen).get(name).cloned().unwrap_or_default()
    }

    /// The most requests that were under way at once.
    pub(super) fn most_at_once(&self) -> usize {
        lock(&self.under_way).1
    }

    /// How often it was asked to read back.
    pub(super) fn rounds(&self) -> usize {
        *lock(&self.rounds)
    }

    pub(super) fn last_call(&self) -> Option<Instant> {
        lock(&self.seen)
            .values()
            .flat_map(|seen| seen.calls.iter().copied())
            .max()
    }

    fn say(&self, removal: &Removal) -> Say {
        let first = removal.items().first().unwrap().id.name();
        let say = next(&mut lock(&self.scripts).get_mut(first).unwrap().say);
        let sent = match say {
            Say::Yes | Say::Absent => true,
            Say::AbsentUnasked => false,
            Say::No(_, sent) => sent != Sent::No,
        };
        let mut all = lock(&self.seen);
        for item in removal.items() {
            let seen = all.entry(item.id.name().to_owned()).or_default();
            seen.calls.push(Instant::now());
            seen.sent = seen.sent.saturating_add(u32::from(sent));
        }
        say
    }

    fn show(&self, backup: &Backup) -> Reading {
        let name = backup.id.name();
        let show = next(&mut lock(&self.scripts).get_mut(name).unwrap().show);
        let mut all = lock(&self.seen);
        let seen = all.entry(name.to_owned()).or_default();
        seen.readings.push(Instant::now());
        seen.gone |= show == Show::Gone;
        match show {
            Show::Gone => Reading::Gone("Describe"),
            Show::Deleting => Reading::Deleting,
            Show::Present(status) => Reading::Present(Some(status.into())),
            Show::Kept => Reading::Kept(Box::new(error(
                "read back",
                ErrorKind::Kept,
                Sent::Answered,
            ))),
            Show::Unreadable(kind) => Reading::unreadable(error("read back", kind, Sent::Answered)),
        }
    }
}

#[async_trait]
impl Inventory for Double {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        Ok(crate::plan::samples::identity())
    }

    async fn survey(&self, _: &Wants, _: Progress<'_>) -> Result<Survey, ProviderError> {
        Ok(Survey::default())
    }

    async fn find(&self, _: &[Target]) -> Result<Found, ProviderError> {
        Ok(Found::default())
    }

    async fn census(&self, _: &[&Backup]) -> Result<Census, ProviderError> {
        Ok(Census::new())
    }

    async fn read_back(&self, backups: &[&Backup]) -> Vec<Reading> {
        sleep(self.latency).await;
        {
            let mut rounds = lock(&self.rounds);
            *rounds = rounds.saturating_add(1);
        }
        let given = backups.len().saturating_sub(self.readings_missing);
        backups
            .iter()
            .take(given)
            .map(|backup| self.show(backup))
            .collect()
    }

    async fn read_some_back(&self, backups: &[&Backup], effort: Effort) -> Vec<(usize, Reading)> {
        let some = match effort {
            Effort::Sparing if self.sparing => 1,
            Effort::Moment if self.sparing => 50,
            Effort::Sparing | Effort::Moment => backups.len(),
        };
        let worth: Vec<&Backup> = backups.iter().copied().take(some).collect();
        let readings = self.read_back(&worth).await;
        readings.into_iter().enumerate().collect()
    }
}

#[async_trait]
impl Delete for Double {
    fn removals(&self, approved: &Approved) -> Result<Vec<Removal>, ProviderError> {
        let mut requests: Vec<Vec<Arc<Backup>>> = Vec::new();
        for backup in approved.items() {
            if Some(backup.id.name()) == self.forgets {
                continue;
            }
            match requests.last_mut() {
                Some(request) if self.together => request.push(backup.clone()),
                Some(_) | None => requests.push(vec![backup.clone()]),
            }
        }
        let removal = |items: Vec<Arc<Backup>>| {
            let ids: Vec<_> = items.iter().map(|item| item.id.clone()).collect();
            let url = format!("http://127.0.0.1:9/{}", ids[0].name());
            let warrant =
                Warrant::new(Method::DELETE, &url.parse().unwrap(), Body::Empty, ids).unwrap();
            approved.removal(items, warrant).unwrap()
        };
        Ok(requests.into_iter().map(removal).collect())
    }

    async fn turn(&self, removal: &Removal) {
        if self.slow.is_some_and(|slow| self.limit(removal) == slow) {
            sleep(Duration::from_secs(1)).await;
        }
    }

    async fn still_fits(&self, removal: &Removal) -> Result<(), ProviderError> {
        if removal.items()[0].id.subject() == Subject::Backup {
            return Ok(());
        }
        match lock(&self.unfit).pop_front().flatten() {
            Some(kind) => Err(error("look again", kind, Sent::No)),
            None => Ok(()),
        }
    }

    /// What stands before the dash in a name.
    fn limit(&self, removal: &Removal) -> String {
        let name = removal.items()[0].id.name();
        let (limit, _) = name.split_once('-').unwrap_or_default();
        limit.to_owned()
    }

    async fn delete(&self, removal: &Removal) -> Result<Accepted, ProviderError> {
        let say = self.say(removal);
        {
            let mut under_way = lock(&self.under_way);
            under_way.0 = under_way.0.saturating_add(1);
            under_way.1 = under_way.1.max(under_way.0);
        }
        sleep(self.latency).await;
        {
            let mut under_way = lock(&self.under_way);
            under_way.0 = under_way.0.saturating_sub(1);
        }
        let accepted = |absent, sent: bool| Accepted {
            request_id: sent.then(|| "request-1".to_owned()),
            status: Some(200),
            absent,
            sent,
        };
        match say {
            Say::Yes => Ok(accepted(false, true)),
            Say::Absent => Ok(accepted(true, true)),
            Say::AbsentUnasked => Ok(accepted(true, false)),
            Say::No(kind, sent) => Err(error("delete", kind, sent)),
        }
    }

    fn concurrency(&self) -> usize {
        4
    }
}
