//! What a person must know of an organisation's backups: when they are listed, and before they go.

use serde_json::Value;

use super::snapshot::Directory;
use crate::backup::Backup;

/// What cannot be told of those that are listed.
pub(super) fn listed(directory: &Directory, backups: &[Backup]) -> Option<String> {
    let unknown = count(backups.iter(), "orphaned", &Value::Null);
    if unknown == 0 {
        return None;
    }
    Some(if directory.clusters.is_err() {
        "this key may not list clusters: whether a cluster still exists is not known".to_owned()
    } else if directory.projects.is_err() {
        format!(
            "this key may not list projects: whether the clusters of {unknown} still exist is not known"
        )
    } else {
        format!(
            "whether the clusters of {unknown} still exist is not known: this key does not see them"
        )
    })
}

/// What it means that these go.
pub(super) fn deleting<'a>(chosen: impl Iterator<Item = &'a Backup> + Clone) -> Vec<String> {
    if chosen.clone().next().is_none() {
        return Vec::new();
    }
    let mut notes = vec![
        "Zilliz Cloud has no undelete: what is deleted can never be restored from again".to_owned(),
        "copies that a backup policy made in other regions are not looked at, and may stay"
            .to_owned(),
    ];
    let manual = count(chosen.clone(), "creation_method", &Value::from("MANUAL"));
    if manual > 0 {
        notes.push(format!(
            "{manual} made by hand: such backups are kept for ever, also when their cluster is gone"
        ));
    }
    let orphans = count(chosen, "orphaned", &Value::from(true));
    if orphans > 0 {
        notes.push(format!(
            "{orphans} of clusters that no longer exist: nothing can make them again"
        ));
    }
    notes
}

fn count<'a>(backups: impl Iterator<Item = &'a Backup>, name: &str, value: &Value) -> usize {
    backups
        .filter(|backup| backup.attributes.find(name) == Some(value))
        .count()
}
