//! What is one group: R1.

use std::sync::Arc;

use super::*;
use crate::backup::Scope;

fn sample(name: &str, group: &str, scope: &str, kind: Option<&str>) -> Backup {
    Backup {
        group: group.into(),
        // Grouping asks what a scope says, not which one it is in memory.
        scope: Arc::new(Scope::new(scope).with("vault", Some(scope))),
        kind: kind.map(Into::into),
        name: Some(name.into()).filter(|_| !name.is_empty()),
        ..samples::backup(name)
    }
}

fn backups() -> Vec<Backup> {
    vec![
        sample("n", "db", "east", Some("RDS")),
        sample("", "db", "west", Some("RDS")),
        sample("n", "disk", "east", Some("EBS")),
        sample("m", "disk", "east", None),
        sample("", "disk", "east", None),
    ]
}

/// How to group, the indices of each group, and its name.
type Expected = (
    &'static str,
    &'static [&'static [usize]],
    &'static [&'static str],
);

#[test]
fn r1_backups_that_agree_in_all_that_is_asked_are_one_group() {
    let backups = backups();
    let expected: [Expected; 7] = [
        ("resource", &[&[0, 1], &[2, 3, 4]], &["db", "disk"]),
        ("scope", &[&[0, 2, 3, 4], &[1]], &["east", "west"]),
        (
            "type",
            &[&[0, 1], &[2], &[3, 4]],
            &["RDS", "EBS", "without a type"],
        ),
        (
            "name",
            &[&[0, 2], &[1, 4], &[3]],
            &["n", "without a name", "m"],
        ),
        (
            "resource,type",
            &[&[0, 1], &[2], &[3, 4]],
            &["db, RDS", "disk, EBS", "disk, without a type"],
        ),
        (
            "scope,resource",
            &[&[0], &[1], &[2, 3, 4]],
            &["east, db", "west, db", "east, disk"],
        ),
        ("none", &[&[0, 1, 2, 3, 4]], &["all backups"]),
    ];
    for (text, groups, names) in expected {
        let group_by: GroupBy = text.parse().unwrap();
        let found = group_by.groups(&backups);
        let indices: Vec<Vec<usize>> = found
            .iter()
            .map(|group| group.iter().map(|member| member.index).collect())
            .collect();
        assert_eq!(indices, groups, "{text}");
        let found: Vec<String> = found
            .iter()
            .map(|group| group_by.name(group[0].backup))
            .collect();
        assert_eq!(found, names, "{text}");
        assert_eq!(group_by.to_string(), text);
    }
}

#[test]
fn r1_the_default_is_by_resource() {
    assert_eq!("resource".parse(), Ok(GroupBy::default()));
}

#[test]
fn r1_no_name_is_not_the_empty_name() {
    let mut backups = backups();
    backups.truncate(2);
    backups[0].name = Some(String::new().into());
    let group_by: GroupBy = "name".parse().unwrap();
    assert_eq!(group_by.groups(&backups).len(), 2);
}

#[test]
fn s4_what_is_no_grouping_is_refused() {
    for text in [
        "",
        " ",
        ",",
        "resource,",
        ",type",
        "resource,,type",
        "resource type",
        "resource, type",
        "Resource",
        "vault",
        "all",
        "none,resource",
        "resource,none",
        "type,type",
    ] {
        assert!(text.parse::<GroupBy>().is_err(), "{text:?}");
    }
    let refusal = "vault".parse::<GroupBy>().unwrap_err();
    assert!(refusal.contains("resource, scope, type, name"), "{refusal}");
}
