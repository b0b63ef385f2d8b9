//! Reading back: gone is what describing does not find, and the organisation's list does not have.
//!
//! Neither alone is enough. Nobody publishes how a description of an absent backup is answered, and a list may lag, so one
//! that says "gone" alone is a deletion on its way.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};

use super::{
    api::{Api, List, Patience},
    error, id, listing, paging,
    wire::BackupRow,
};
use crate::{
    backup::{Backup, BackupId, Provider},
    provider::{ErrorKind, ProviderError, Reading},
};

/// Descriptions under way at once.
const AT_ONCE: usize = 8;

/// What shows that a backup is gone: both, in this order.
const SHOWN_BY: &str = "DescribeBackup, ListBackups";

/// What describing said.
#[derive(Debug, Clone)]
enum Described {
    /// It is gone, or not found.
    Gone,
    /// Refused in words that nobody published: perhaps because it is gone.
    Unclear(ProviderError),
    /// Its cluster is not found, which may be so for a backup that is there.
    NoCluster,
    /// It is there, with this status.
    There(Option<String>),
    /// Nothing that helps.
    Unreadable(ProviderError),
}

/// The status of everything that the list has, by full id.
type Listed = Result<HashMap<String, Option<String>>, ProviderError>;

/// Describes every backup and, where one seems gone, reads the organisation's list once for all of them. In that order: the
/// list is then the later witness.
pub(super) async fn read_back(api: &Api, backups: &[&Backup]) -> Vec<Reading> {
    let ids: Vec<BackupId> = backups.iter().map(|backup| backup.id.clone()).collect();
    let described: Vec<(BackupId, Described)> = stream::iter(ids)
        .map(|id| async move {
            let described = describe(api, &id).await;
            (id, described)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let seems_gone = described.iter().any(|(_, described)| {
        matches!(
            described,
            Described::Gone | Described::Unclear(_) | Described::NoCluster
        )
    });
    let listed = if seems_gone {
        list(api).await
    } else {
        Ok(HashMap::new())
    };
    described
        .into_iter()
        .map(|(id, described)| verdict(described, &listed, &id))
        .collect()
}

async fn describe(api: &Api, id: &BackupId) -> Described {
    if !id::is_id(id.container()) || !id::is_id(id.name()) {
        return Described::Unreadable(ProviderError::new(
            Provider::Zilliz,
            "DescribeBackup",
            ErrorKind::Gate,
            format!("{id} cannot be asked for"),
        ));
    }
    match api.describe(id, Patience::Once).await {
        Ok(row) if row.is_deleted() => Described::Gone,
        Ok(row) => Described::There(row.status),
        Err(error) if error::is_no_cluster(&error) => Described::NoCluster,
        Err(error) if error.kind == ErrorKind::NotFound => Described::Gone,
        Err(error) if error::may_mean_absent(&error) => Described::Unclear(error),
        Err(error) => Described::Unreadable(error),
    }
}

/// The list, read backwards: deletions of this very run may be under way.
async fn list(api: &Api) -> Listed {
    let list = List::Backups;
    let rows = paging::backwards(list.operation(), listing::key(list), |number| {
        let query = listing::query(&[], number);
        async move { api.page(list, &query, Patience::Once).await }
    })
    .await?;
    Ok(rows
        .iter()
        .filter_map(BackupRow::of)
        .filter(|row| !row.is_deleted())
        // By its own id alone: a row may have lost its cluster, and is there all the same.
        .filter_map(|row| Some((row.id?, row.status)))
        .collect())
}

fn verdict(described: Described, listed: &Listed, id: &BackupId) -> Reading {
    // A key that sees nothing at all any more may be refused everything; its list proves nothing.
    let sees_others = listed.as_ref().is_ok_and(|listed| !listed.is_empty());
    let listed = listed.as_ref().map(|listed| listed.get(id.name()));
    match (described, listed) {
        // Undocumented, and plain enough.
        (Described::There(Some(status)), _) if status == "DELETING" => Reading::Deleting,
        (Described::There(status), _) => Reading::Present(status),
        (Described::Gone | Described::Unclear(_) | Described::NoCluster, Err(error)) => {
            Reading::unreadable(error.clone())
        }
        (Described::Unclear(_), Ok(None)) if sees_others => Reading::Gone(SHOWN_BY),
        (Described::Unreadable(error), _) | (Described::Unclear(error), Ok(None)) => {
            Reading::unreadable(error)
        }
        (Described::Gone | Described::NoCluster, Ok(None)) => Reading::Gone(SHOWN_BY),
        (Described::Gone | Described::Unclear(_), Ok(Some(_))) => Reading::Deleting,
        (Described::NoCluster, Ok(Some(status))) => Reading::Present(status.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s22_only_both_witnesses_together_say_that_a_backup_is_gone() {
        let id = BackupId::new(Provider::Zilliz, "in01-a", "backup1");
        let error = |kind| ProviderError::new(Provider::Zilliz, "DescribeBackup", kind, "no");
        let shown = || {
            Ok(HashMap::from([(
                id.name().to_owned(),
                Some("AVAILABLE".to_owned()),
            )]))
        };
        let lacking = || Ok(HashMap::from([("backup2".to_owned(), None)]));
        let unread = || Err(error(ErrorKind::Incomplete));
        let there = || Described::There(Some("AVAILABLE".to_owned()));
        let unclear = || Described::Unclear(error(ErrorKind::Refused));
        let denied = || Described::Unreadable(error(ErrorKind::Permission));
        for (described, listed, expected) in [
            (Described::Gone, lacking(), "Gone"),
            (Described::Gone, shown(), "Deleting"),
            (Described::Gone, unread(), "Unreadable"),
            (unclear(), lacking(), "Gone"),
            (unclear(), Ok(HashMap::new()), "Unreadable"),
            (unclear(), shown(), "Deleting"),
            (unclear(), unread(), "Unreadable"),
            (Described::NoCluster, lacking(), "Gone"),
            (Described::NoCluster, shown(), "Present"),
            (Described::NoCluster, unread(), "Unreadable"),
            (there(), lacking(), "Present"),
            (there(), shown(), "Present"),
            (denied(), lacking(), "Unreadable"),
            (denied(), shown(), "Unreadable"),
        ] {
            let case = format!("{described:?} {listed:?}");
            let reading = format!("{:?}", verdict(described, &listed, &id));
            assert!(reading.starts_with(expected), "{case}: {reading}");
        }
    }
}
