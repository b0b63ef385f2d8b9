//! What a Zilliz id looks like, and what a person may name (S5).
//!
//! `DELETE /v2/clusters/{id}/drop` drops a cluster and all that is in it, and `policy` and `create` are siblings of a
//! backup's id, so an id is checked here before it comes near a path, and once more when a request is made of it.

use super::Request;
use crate::{backup::Target, provider::SetupError};

/// Longer than any id; a text longer than this is a wrong paste.
const MAX_LENGTH: usize = 128;

/// Routes that sit where an id sits, and path segments with a meaning of their own.
const RESERVED: [&str; 5] = ["drop", "policy", "create", ".", ".."];

/// Whether the text can be a cluster's or a backup's id.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_LENGTH
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether the text has the form of a cluster's id: `in01-3f9a1c7be2d4650`.
pub(super) fn is_cluster(text: &str) -> bool {
    let Some((head, tail)) = text.split_once('-') else {
        return false;
    };
    let number = head.get(..2).filter(|word| word.eq_ignore_ascii_case("in"));
    number.is_some()
        && head
            .get(2..)
            .is_some_and(|digits| digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit()))
        && !tail.is_empty()
}

fn is_project(text: &str) -> bool {
    text.get(..5)
        .is_some_and(|head| head.eq_ignore_ascii_case("proj-"))
}

/// What a person named: `CLUSTER/BACKUP_ID`, or `BACKUP_ID` alone.
///
/// The cluster of the latter is the one of `request`, where that is one id and no glob; else it is looked up.
///
/// # Errors
/// A usage error for everything that cannot be a backup's id, a container's id first of all.
pub fn parse(text: &str, request: &Request) -> Result<Target, SetupError> {
    const FORM: &str =
        "name a backup as CLUSTER/BACKUP_ID, as `bkdel zilliz list -o ids` prints it";
    let shown: String = text.chars().take(MAX_LENGTH).collect();
    let wrong = |what: &str| Err(SetupError::usage_with(format!("{shown:?} {what}"), FORM));
    if text.trim().is_empty() {
        return Err(SetupError::usage_with("an empty backup id", FORM));
    }
    let (container, name) = match text.split_once('/') {
        None => (None, text),
        Some((cluster, name)) => (Some(cluster), name),
    };
    if name.contains('/') {
        return wrong("has more than one slash");
    }
    for part in container.into_iter().chain([name]) {
        if part.is_empty() {
            return Err(SetupError::usage_with(
                format!("{shown:?} lacks a part"),
                format!("{FORM}; for all backups of a cluster: --cluster CLUSTER --all"),
            ));
        }
        if !is_id(part) {
            return wrong("cannot be an id: letters, digits, - and _ alone, and no route's name");
        }
    }
    if is_cluster(name) {
        return Err(SetupError::usage_with(
            format!("{shown:?} names a cluster, not a backup"),
            format!("{FORM}; for all backups of a cluster: --cluster {name} --all"),
        ));
    }
    if is_project(name) || container.is_some_and(is_project) {
        return Err(SetupError::usage_with(
            format!("{shown:?} names a project, not a backup of a cluster"),
            FORM,
        ));
    }
    let container = container.or_else(|| match request.clusters.as_slice() {
        [only] if is_cluster(only) && is_id(only) => Some(only),
        _ => None,
    });
    Ok(Target {
        container: container.map(ToOwned::to_owned),
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, clusters: &[&str]) -> Result<String, SetupError> {
        let request = Request {
            clusters: clusters.iter().map(ToString::to_string).collect(),
            ..Request::default()
        };
        parse(text, &request).map(|target| target.to_string())
    }

    #[test]
    fn takes_full_ids_and_backup_ids_alone() {
        for (text, clusters, target) in [
            ("in01-ab/backup1_c", &[][..], "in01-ab/backup1_c"),
            ("backup1_c", &[], "backup1_c"),
            ("backup1_c", &["in01-ab"], "in01-ab/backup1_c"),
            ("in02-x/backup1_c", &["in01-ab"], "in02-x/backup1_c"),
            ("backup1_c", &["in01-*"], "backup1_c"),
            ("backup1_c", &["search-prod"], "backup1_c"),
            ("backup1_c", &["in01-ab", "in01-cd"], "backup1_c"),
        ] {
            assert_eq!(parsed(text, clusters).as_deref(), Ok(target), "{text}");
        }
    }

    #[test]
    fn s5_refuses_what_is_no_backups_id() {
        for text in [
            "",
            " ",
            "in01-ab/",
            "/backup1",
            "/",
            "in01-ab/drop",
            "in01-ab/DROP",
            "in01-ab/policy",
            "in01-ab/create",
            "in01-ab/.",
            "in01-ab/..",
            "../backup1",
            "drop",
            "..",
            "in01-ab/backups/backup1",
            "in01-ab//backup1",
            "in01-ab%2fbackup1",
            "a%2fb",
            "in01-ab/a b",
            " backup1",
            "backup1\n",
            "backup1\u{1b}[2J",
            "bäckup1",
            "backup1?x=y",
            "backup1#x",
            "*",
        ] {
            let error = parsed(text, &[]).unwrap_err();
            assert!(
                matches!(error, SetupError::Usage { hint: Some(_), .. }),
                "{text:?}"
            );
            assert!(!error.to_string().contains('\u{1b}'));
        }
        assert!(parsed(&"a".repeat(129), &[]).is_err());
    }

    #[test]
    fn s5_refuses_a_containers_id_in_a_backups_place() {
        for text in [
            "in01-3f9a1c7be2d4650",
            "in05-4d8e60a1c93b7f2",
            "IN01-3f9a",
            "in01-ab/in01-cd",
            "proj-7c1f0a9be3d2",
            "proj-7c1f0a9be3d2/backup1",
        ] {
            assert!(
                parsed(text, &[])
                    .unwrap_err()
                    .to_string()
                    .contains("names a"),
                "{text}"
            );
        }
    }
}
