//! Where journals lie, and which one is meant.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::environment::Environment;

const EXTENSION: &str = "ndjson";

/// No journal, or no folder for one.
#[derive(Debug, Error)]
pub enum Nowhere {
    /// Neither `BKDEL_STATE_DIR` nor a home folder.
    #[error(
        "there is no folder for journals: neither BKDEL_STATE_DIR, XDG_STATE_HOME nor HOME is set"
    )]
    NoFolder,
    /// The folder cannot be made or read.
    #[error("{folder} cannot be used for journals: {error}")]
    Unusable {
        /// The folder.
        folder: String,
        /// What went wrong.
        #[source]
        error: io::Error,
    },
    /// Nothing of that name.
    #[error("there is no run {name:?} in {folder}")]
    NoRun {
        /// What was given.
        name: String,
        /// Where was looked.
        folder: String,
    },
    /// Nothing at all.
    #[error("no run is recorded in {0}")]
    Empty(String),
    /// Several begin so.
    #[error("{name:?} fits several runs: {}", .runs.join(", "))]
    Several {
        /// What was given.
        name: String,
        /// What it fits.
        runs: Vec<String>,
    },
}

/// The folder of the journals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(PathBuf);

impl Place {
    /// `$BKDEL_STATE_DIR`, else `bkdel/runs` below `$XDG_STATE_HOME`, which is `~/.local/state` where it is not set.
    ///
    /// # Errors
    /// [`Nowhere::NoFolder`].
    pub fn of(environment: &Environment) -> Result<Self, Nowhere> {
        if let Some(folder) = environment.path("BKDEL_STATE_DIR") {
            return Ok(Self(folder));
        }
        let state = environment
            .path("XDG_STATE_HOME")
            // The specification has relative paths ignored.
            .filter(|path| path.is_absolute())
            .or_else(|| environment.path("LOCALAPPDATA").filter(|_| cfg!(windows)))
            .or_else(|| environment.home(".local/state"))
            .ok_or(Nowhere::NoFolder)?;
        Ok(Self(state.join("bkdel").join("runs")))
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Makes the folder if need be, and checks that a file can be written there: before anybody is asked anything.
    ///
    /// # Errors
    /// [`Nowhere::Unusable`].
    pub fn prepare(&self) -> Result<(), Nowhere> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&self.0)
            .and_then(|()| tempfile::tempfile_in(&self.0))
            .map(drop)
            .map_err(|error| self.unusable(error))
    }

    /// How it is, without making it: a folder, or the one that it would be made in.
    ///
    /// # Errors
    /// [`Nowhere::Unusable`] where no journal could be written.
    pub fn state(&self) -> Result<Folder, Nowhere> {
        let unusable = |error| self.unusable(error);
        let mut path = self.0.as_path();
        loop {
            match fs::metadata(path) {
                Ok(metadata) => {
                    // What is no folder fails here, too.
                    tempfile::tempfile_in(path).map(drop).map_err(unusable)?;
                    let is_there = path == self.0;
                    return Ok(Folder {
                        mode: mode(&metadata).filter(|_| is_there),
                        is_there,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => match path.parent() {
                    Some(parent) if !parent.as_os_str().is_empty() => path = parent,
                    Some(_) | None => path = Path::new("."),
                },
                Err(error) => return Err(unusable(error)),
            }
        }
    }

    /// The journal of a run.
    #[must_use]
    pub fn journal(&self, run_id: &str) -> PathBuf {
        self.0.join(format!("{run_id}.{EXTENSION}"))
    }

    /// The journals, newest first: a run's id begins with its time.
    ///
    /// # Errors
    /// [`Nowhere::Unusable`]. A folder that is not there holds none.
    pub fn journals(&self) -> Result<Vec<PathBuf>, Nowhere> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.unusable(error)),
        };
        let mut journals = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| self.unusable(error))?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == EXTENSION)
            {
                journals.push(path);
            }
        }
        journals.sort_unstable_by(|one, other| other.cmp(one));
        Ok(journals)
    }

    /// The run with this id, the only one whose id begins so, or `last`.
    ///
    /// # Errors
    /// [`Nowhere`].
    pub fn find(&self, name: &str) -> Result<PathBuf, Nowhere> {
        let journals = self.journals()?;
        let none = || Nowhere::NoRun {
            name: name.to_owned(),
            folder: self.0.display().to_string(),
        };
        if name == "last" {
            let empty = || Nowhere::Empty(self.0.display().to_string());
            return journals.into_iter().next().ok_or_else(empty);
        }
        if name.is_empty() {
            return Err(none());
        }
        let exact = self.journal(name);
        if journals.contains(&exact) {
            return Ok(exact);
        }
        let mut fitting: Vec<PathBuf> = journals
            .into_iter()
            .filter(|path| run_id(path).is_some_and(|id| id.starts_with(name)))
            .collect();
        match (fitting.pop(), fitting.is_empty()) {
            (Some(only), true) => Ok(only),
            (Some(first), false) => {
                fitting.push(first);
                Err(Nowhere::Several {
                    name: name.to_owned(),
                    runs: fitting
                        .iter()
                        .filter_map(|path| run_id(path).map(ToOwned::to_owned))
                        .collect(),
                })
            }
            (None, _) => Err(none()),
        }
    }

    fn unusable(&self, error: io::Error) -> Nowhere {
        Nowhere::Unusable {
            folder: self.0.display().to_string(),
            error,
        }
    }
}

/// The folder of the journals, as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folder {
    /// Whether it has been made.
    pub is_there: bool,
    /// Its permissions, where the system has such.
    pub mode: Option<u32>,
}

/// A folder's permissions, where the system has such.
#[allow(
    clippy::unnecessary_wraps,
    unused_variables,
    reason = "a system without permissions has none to tell"
)]
fn mode(metadata: &fs::Metadata) -> Option<u32> {
    #[cfg(unix)]
    return Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777);
    #[cfg(not(unix))]
    None
}

/// The run that a journal's name tells of.
#[must_use]
pub fn run_id(path: &Path) -> Option<&str> {
    path.file_stem()?.to_str()
}

/// A journal by its path, or by what [`Place::find`] knows. What has a separator or is there as a file is a path.
///
/// # Errors
/// [`Nowhere`].
pub fn find(name: &str, environment: &Environment) -> Result<PathBuf, Nowhere> {
    let path = Path::new(name);
    if path.components().count() > 1 || name.ends_with(".ndjson") || path.is_file() {
        return Ok(path.to_owned());
    }
    Place::of(environment)?.find(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(names: &[&str]) -> (tempfile::TempDir, Place) {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let place = Place(folder.path().to_owned());
        (folder, place)
    }

    #[test]
    fn a_run_is_found_by_its_id_a_prefix_that_fits_one_or_as_the_last() {
        let (_folder, place) = place(&[
            "20260101T000000Z-aa.ndjson",
            "20260102T000000Z-ab.ndjson",
            "x.json",
        ]);
        let found = |name: &str| {
            place
                .find(name)
                .map(|path| run_id(&path).unwrap().to_owned())
        };
        assert_eq!(found("20260101T000000Z-aa").unwrap(), "20260101T000000Z-aa");
        assert_eq!(found("20260102").unwrap(), "20260102T000000Z-ab");
        assert_eq!(found("last").unwrap(), "20260102T000000Z-ab");
        let several = found("2026").unwrap_err().to_string();
        assert!(
            several.contains("-aa") && several.contains("-ab"),
            "{several}"
        );
        for none in ["2027", "", "x", "../x"] {
            assert!(matches!(found(none), Err(Nowhere::NoRun { .. })), "{none}");
        }
    }

    #[test]
    fn the_folder_is_looked_at_without_being_made() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place(folder.path().join("a").join("b"));
        assert!(!place.state().unwrap().is_there);
        assert!(!place.folder().exists());
        place.prepare().unwrap();
        let state = place.state().unwrap();
        assert!(state.is_there);
        #[cfg(unix)]
        assert_eq!(state.mode, Some(0o700));
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for unusable in [file.clone(), file.join("below")] {
            assert!(Place(unusable).state().is_err());
        }
    }

    #[test]
    fn the_folder_is_where_the_variables_say() {
        let of = |variables: &[(&str, &str)]| {
            Place::of(&Environment::of(variables)).map(|place| place.0.display().to_string())
        };
        assert_eq!(
            of(&[("BKDEL_STATE_DIR", "/s"), ("HOME", "/h")]).unwrap(),
            "/s"
        );
        assert_eq!(
            of(&[("XDG_STATE_HOME", "/x"), ("HOME", "/h")]).unwrap(),
            "/x/bkdel/runs"
        );
        assert_eq!(
            of(&[("XDG_STATE_HOME", "x"), ("HOME", "/h")]).unwrap(),
            "/h/.local/state/bkdel/runs"
        );
        assert!(matches!(of(&[]), Err(Nowhere::NoFolder)));
    }
}
