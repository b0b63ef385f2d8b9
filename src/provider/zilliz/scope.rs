//! Which part of an organisation was asked for: filters on what was listed, and the complaint about a name that nothing has.

use super::{Method, snapshot::Directory};
use crate::{
    backup::{Backup, Provider},
    glob::Glob,
    provider::{ErrorKind, ProviderError, near::near},
};

/// The most names that a complaint offers.
const OFFERED: usize = 5;

/// The scope of a request. Empty means everything.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Ids, names or globs of either.
    pub(super) projects: Vec<Glob>,
    /// Ids, names or globs of either.
    pub(super) clusters: Vec<Glob>,
    pub(super) method: Option<Method>,
    pub(super) orphaned: bool,
}

impl Wanted {
    /// Whether a backup is in it. What is not known is not in a scope that asks for it: an orphan is one that was seen to
    /// be one.
    pub(super) fn takes(&self, backup: &Backup) -> bool {
        let orphaned = backup.attributes.find("orphaned");
        self.is_about(backup)
            && (!self.orphaned || orphaned.and_then(serde_json::Value::as_bool) == Some(true))
    }

    /// The same, whether its cluster exists or not.
    pub(super) fn is_about(&self, backup: &Backup) -> bool {
        let attribute = |name| backup.attributes.find(name);
        let text = |name| attribute(name).and_then(|value| value.as_str());
        let project = backup.scope.part("project");
        let in_project = self.projects.is_empty()
            || self.projects.iter().any(|wanted| {
                [project, text("project_name")]
                    .into_iter()
                    .flatten()
                    .any(|name| wanted.is_match(name))
            });
        let in_cluster = self.clusters.is_empty()
            || self.clusters.iter().any(|wanted| {
                [Some(backup.id.container()), text("cluster_name")]
                    .into_iter()
                    .flatten()
                    .any(|name| wanted.is_match(name))
            });
        let by_method = self
            .method
            .is_none_or(|method| text("creation_method") == Some(method.word()));
        in_project && in_cluster && by_method
    }

    /// The one project, by the id that the directory knows.
    pub(super) fn one_project(&self, directory: &Directory) -> Option<String> {
        // A glob may also mean projects that only backups tell of.
        let [wanted] = self.projects.as_slice() else {
            return None;
        };
        let mut ids = directory
            .projects()
            .filter(|(id, name)| [Some(*id), *name].contains(&Some(wanted.as_str())))
            .map(|(id, _)| id.to_owned());
        ids.next().filter(|_| ids.next().is_none())
    }

    /// Complains about the first name that neither the directory nor any of `backups` has (S4).
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchScope`]; or why the directory could not be read, where it might have known.
    pub(super) fn check(
        &self,
        directory: &Directory,
        backups: &[Backup],
    ) -> Result<(), ProviderError> {
        let mut projects: Vec<&str> = directory
            .projects()
            .flat_map(|(id, name)| name.into_iter().chain([id]))
            .chain(
                backups
                    .iter()
                    .filter_map(|backup| backup.scope.part("project")),
            )
            .collect();
        for wanted in &self.projects {
            if !projects.iter().any(|name| wanted.is_match(name)) {
                directory.projects_known()?;
                return Err(unknown("project", wanted.as_str(), &mut projects));
            }
        }
        let mut clusters: Vec<&str> = directory
            .clusters()
            .flat_map(|(id, cluster)| cluster.name.as_deref().into_iter().chain([id]))
            .chain(backups.iter().flat_map(|backup| {
                let name = backup.attributes.find("cluster_name");
                name.and_then(|name| name.as_str())
                    .into_iter()
                    .chain([backup.id.container()])
            }))
            .collect();
        for wanted in &self.clusters {
            if !clusters.iter().any(|name| wanted.is_match(name)) {
                directory.clusters_known()?;
                return Err(unknown("cluster", wanted.as_str(), &mut clusters));
            }
        }
        // Without both lists no orphan can be told, and none found would look like none there.
        if self.orphaned {
            directory.clusters_known()?;
            directory.projects_known()?;
        }
        Ok(())
    }
}

fn unknown(what: &str, wanted: &str, known: &mut Vec<&str>) -> ProviderError {
    known.retain(|name| !name.is_empty());
    known.sort_unstable();
    known.dedup();
    let mut names = near(wanted, known.iter().copied());
    let others = known.iter().filter(|name| !names.contains(name));
    let others: Vec<&str> = others.copied().collect();
    names.extend(others);
    names.truncate(OFFERED);
    let error = ProviderError::new(
        Provider::Zilliz,
        "find",
        ErrorKind::NoSuchScope,
        format!("no {what} {wanted:?} where this key looks"),
    );
    if names.is_empty() {
        error.with_hint(format!(
            "this key sees no {what} at all: is it the right organisation's?"
        ))
    } else {
        let more = known.len().saturating_sub(names.len());
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        error.with_hint(format!("there is {}{more}", names.join(", ")))
    }
}
