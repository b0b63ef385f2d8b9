//! Writing a journal.
//!
//! A thread of its own writes and flushes, so that the disk holds up nobody but whoever must know that a line is on it.
//! Everything that came in while it flushed goes out with the next flush: at the pace that providers grant that is a line
//! or two, and at full speed some hundred. What nobody waits for is written at once, where a killed process cannot take it
//! back, and flushed a moment later.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use jiff::Timestamp;
use serde::Serialize;
use tempfile::NamedTempFile;
use thiserror::Error;
use tokio::sync::{oneshot, watch};

use super::{
    chain::Head,
    entry::{Begin, Entry, Event, Noted},
};
use crate::plan::Item;

/// The journal can no longer be written: the run has to end before its next request (S20).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the journal {path} can no longer be written: {why}")]
pub struct Lost {
    /// The file.
    pub path: String,
    /// What went wrong.
    pub why: String,
}

/// A journal that cannot be begun, or gone on with.
#[derive(Debug, Error)]
pub enum Unopened {
    /// It exists already.
    #[error("{0} exists already, and no record is written over")]
    Exists(String),
    /// Somebody else is writing it.
    #[error("{0} is being written by another process")]
    Locked(String),
    /// The file system's own words.
    #[error("the journal {path} cannot be written: {error}")]
    Io {
        /// The file.
        path: String,
        /// What went wrong.
        #[source]
        error: io::Error,
    },
}

impl Unopened {
    fn io(path: &Path, error: io::Error) -> Self {
        Self::Io {
            path: path.display().to_string(),
            error,
        }
    }
}

/// So long what is written may wait for a flush that nobody else asks for.
const LATEST: Duration = Duration::from_millis(100);

/// A line for the thread, and who waits for it.
struct Line {
    object: String,
    on_disk: Option<oneshot::Sender<Result<(), Lost>>>,
}

/// A journal that is being written. Dropping it waits until all of it is on disk, and lets go of its lock.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// `None` only while it is dropped.
    lines: Option<mpsc::Sender<Line>>,
    lost: watch::Receiver<Option<Lost>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Journal {
    fn drop(&mut self) {
        drop(self.lines.take());
        if let Some(thread) = self.thread.take() {
            // It does not panic; and if it had, there would be nothing left to wait for.
            thread.join().ok();
        }
    }
}

impl Journal {
    /// Begins a journal: whole with its plan, or not at all. `items` are those of the plan that belong into it.
    ///
    /// # Errors
    /// [`Unopened`]; nothing is left behind then.
    pub fn begin<'a>(
        path: &Path,
        at: Timestamp,
        begin: Begin,
        items: impl Iterator<Item = &'a Item>,
    ) -> Result<Self, Unopened> {
        let failed = |error| Unopened::io(path, error);
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            Some(_) | None => Path::new("."),
        };
        let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
        lock(file.as_file(), path)?;
        let mut head = Head::default();
        let written = (|| {
            let mut out = BufWriter::new(&mut file);
            let first = Entry {
                event: Event::Begin(Box::new(begin)),
                at,
            };
            out.write_all(head.seal(&text(&first)?).as_bytes())?;
            for item in items {
                let at = At {
                    noted: Noted(item),
                    at,
                };
                out.write_all(head.seal(&text(&at)?).as_bytes())?;
            }
            out.flush()
        })();
        written.map_err(failed)?;
        let file = file.persist_noclobber(path).map_err(|error| {
            if error.error.kind() == io::ErrorKind::AlreadyExists {
                Unopened::Exists(path.display().to_string())
            } else {
                Unopened::io(path, error.error)
            }
        })?;
        Self::over(path, file, head, Some(folder.to_owned()))
    }

    /// Goes on with a journal that was read to `head`. `end` is where its last whole line ends: what a crash has left
    /// behind it is cut off.
    ///
    /// # Errors
    /// [`Unopened`].
    pub fn resume(path: &Path, file: File, head: Head, end: u64) -> Result<Self, Unopened> {
        let whole = (|| {
            let mut file = &file;
            if file.metadata()?.len() > end {
                file.set_len(end)?;
            }
            file.seek(SeekFrom::Start(end.saturating_sub(1)))?;
            let mut last = [0];
            io::Read::read_exact(&mut file, &mut last)?;
            // The line feed alone may be missing.
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
            file.sync_all()
        })();
        whole.map_err(|error| Unopened::io(path, error))?;
        Self::over(path, file, head, None)
    }

    /// `folder`: where a new name is not on disk yet.
    fn over(
        path: &Path,
        file: File,
        head: Head,
        folder: Option<PathBuf>,
    ) -> Result<Self, Unopened> {
        let (lines, incoming) = mpsc::channel();
        let (tell, lost) = watch::channel(None);
        let mut writing = Writing {
            path: path.to_owned(),
            file,
            head,
            dirty: folder.is_some(),
            folder,
        };
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writing.run(&incoming, &tell))
            .map_err(|error| Unopened::io(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            lines: Some(lines),
            lost,
            thread: Some(thread),
        })
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a line with the next flush.
    pub fn note(&self, event: Event) {
        self.send(event, None);
    }

    /// Writes a line, and tells when it is on disk.
    pub fn on_disk(&self, event: Event) -> impl Future<Output = Result<(), Lost>> + use<> {
        let (sender, receiver) = oneshot::channel();
        self.send(event, Some(sender));
        let path = self.path.display().to_string();
        async move {
            receiver.await.unwrap_or_else(|_| {
                Err(Lost {
                    path,
                    why: "its thread has ended".to_owned(),
                })
            })
        }
    }

    /// Waits until the journal can no longer be written; for ever, if all goes well.
    pub async fn lost(&self) -> Lost {
        let mut lost = self.lost.clone();
        let told = lost
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|lost| lost.clone());
        match told {
            Some(lost) => lost,
            None => std::future::pending().await,
        }
    }

    fn send(&self, event: Event, on_disk: Option<oneshot::Sender<Result<(), Lost>>>) {
        let entry = Entry {
            event,
            at: Timestamp::now(),
        };
        match text(&entry) {
            // A thread that has gone drops whoever waits, who learns of it by that.
            Ok(object) => {
                if let Some(lines) = &self.lines {
                    lines.send(Line { object, on_disk }).ok();
                }
            }
            Err(error) => {
                if let Some(waiting) = on_disk {
                    let path = self.path.display().to_string();
                    let why = error.to_string();
                    waiting.send(Err(Lost { path, why })).ok();
                }
            }
        }
    }
}

/// An item with its time.
#[derive(Serialize)]
struct At<'a> {
    #[serde(flatten)]
    noted: Noted<'a>,
    at: Timestamp,
}

fn text(entry: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(entry)?)
}

/// Takes the lock that keeps two processes from writing one journal. It ends with the process (S21).
///
/// # Errors
/// [`Unopened::Locked`] if another one has it.
pub fn lock(file: &File, path: &Path) -> Result<(), Unopened> {
    // Somebody who lists the runs looks at the lock for a moment, and is no other writer.
    for _ in 0..5 {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::Error(error)) => return Err(Unopened::io(path, error)),
        }
    }
    Err(Unopened::Locked(path.display().to_string()))
}

/// Opens a journal to go on with it, and locks it.
///
/// # Errors
/// [`Unopened`].
pub fn open_locked(path: &Path) -> Result<File, Unopened> {
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .open(path)
        .map_err(|error| Unopened::io(path, error))?;
    lock(&file, path)?;
    Ok(file)
}

/// The thread's side.
struct Writing {
    path: PathBuf,
    file: File,
    head: Head,
    /// Something is written that is not flushed.
    dirty: bool,
    /// The folder of a new file, until its name is on disk too.
    folder: Option<PathBuf>,
}

impl Writing {
    fn run(&mut self, incoming: &mpsc::Receiver<Line>, tell: &watch::Sender<Option<Lost>>) {
        let mut lost: Option<Lost> = None;
        loop {
            let first = if self.dirty && lost.is_none() {
                incoming.recv_timeout(LATEST)
            } else {
                incoming.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            let first = match first {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let mut waiting = Vec::new();
            let mut group = String::new();
            let mut head = self.head.clone();
            for line in first.into_iter().chain(incoming.try_iter()) {
                if lost.is_none() {
                    group.push_str(&head.seal(&line.object));
                }
                waiting.extend(line.on_disk);
            }
            if lost.is_none() {
                let flush = !waiting.is_empty() || group.is_empty();
                match self.append(&group, flush) {
                    Ok(()) => self.head = head,
                    Err(error) => {
                        let error = Lost {
                            path: self.path.display().to_string(),
                            why: error.to_string(),
                        };
                        lost = Some(error.clone());
                        tell.send(Some(error)).ok();
                    }
                }
            }
            let result = lost.clone().map_or(Ok(()), Err);
            for waiting in waiting {
                waiting.send(result.clone()).ok();
            }
        }
        if self.dirty && lost.is_none() {
            // Whoever had to know has asked for it; there is nobody left to tell.
            self.flush().ok();
        }
    }

    /// Appends these lines, and waits for the disk if that is asked for.
    fn append(&mut self, group: &str, flush: bool) -> io::Result<()> {
        self.still_there()?;
        let before = self.file.metadata()?.len();
        self.dirty = true;
        let written = self
            .file
            .write_all(group.as_bytes())
            .and_then(|()| if flush { self.flush() } else { Ok(()) });
        if written.is_err() {
            // Half a line is worse than none. If that fails too, it is a torn line, which every reader knows.
            self.file.set_len(before).ok();
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        // The name is on disk only once its folder is.
        if let Some(folder) = self.folder.take()
            && cfg!(unix)
        {
            File::open(folder)?.sync_all()?;
        }
        self.dirty = false;
        Ok(())
    }

    /// A file that was removed or replaced would take every line, and keep none.
    fn still_there(&self) -> io::Result<()> {
        let there = std::fs::metadata(&self.path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let ours = self.file.metadata()?;
            if (there.dev(), there.ino()) != (ours.dev(), ours.ino()) {
                return Err(io::Error::other("another file is in its place"));
            }
        }
        #[cfg(not(unix))]
        drop(there);
        Ok(())
    }
}
