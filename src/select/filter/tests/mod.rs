//! Filters against backups: why each is chosen or not, and what is not known.

mod given;
mod times;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::*;
use crate::backup::{
    Attributes, Backup,
    samples::{at, backup},
};

const NOW: &str = "2025-06-15T12:00:00Z";

fn read<T: std::str::FromStr<Err = String>>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn all<T: std::str::FromStr<Err = String>>(texts: &[&str]) -> Vec<T> {
    texts.iter().map(|text| read(text)).collect()
}

fn resolved(filters: &Filters) -> Resolved {
    filters
        .resolve(at(NOW), &TimeZone::UTC)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// What the filters say about a backup, in words: `+` chosen, `-` not.
fn says(filters: &Filters, backup: &Backup) -> String {
    match resolved(filters).judge(backup) {
        Ok(chosen) => format!("+ {chosen}"),
        Err(miss) => format!("- {miss}"),
    }
}

fn created(time: &str) -> Backup {
    Backup {
        created_at: Some(at(time)),
        ..backup("a")
    }
}

fn tagged(tags: &[(&str, &str)]) -> Backup {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    Backup {
        tags: Some(tags.iter().map(owned).collect::<BTreeMap<_, _>>().into()),
        ..backup("a")
    }
}

/// One filter of every kind, each of which the sample fulfils.
fn one_of_each() -> Vec<(&'static str, Filters)> {
    let none = Filters::default;
    vec![
        (
            "--older-than",
            Filters {
                older_than: Some(read("1d")),
                ..none()
            },
        ),
        (
            "--newer-than",
            Filters {
                newer_than: Some(read("1y")),
                ..none()
            },
        ),
        (
            "--created-before",
            Filters {
                created_before: Some(read("2025-02-01")),
                ..none()
            },
        ),
        (
            "--created-after",
            Filters {
                created_after: Some(read("2024-12-01")),
                ..none()
            },
        ),
        (
            "--type",
            Filters {
                types: all(&["cluster"]),
                ..none()
            },
        ),
        (
            "--resource",
            Filters {
                resources: all(&["in*"]),
                ..none()
            },
        ),
        (
            "--name",
            Filters {
                names: all(&["night*"]),
                ..none()
            },
        ),
        (
            "--status",
            Filters {
                statuses: all(&["available"]),
                ..none()
            },
        ),
        (
            "--larger-than",
            Filters {
                larger_than: Some(read("1000")),
                ..none()
            },
        ),
        (
            "--expired",
            Filters {
                expired: true,
                ..none()
            },
        ),
        (
            "--tag",
            Filters {
                tags: all(&["env=dev"]),
                ..none()
            },
        ),
        (
            "--resource-gone",
            Filters {
                resource_gone: true,
                ..none()
            },
        ),
    ]
}

fn fulfilling() -> Backup {
    Backup {
        name: Some("nightly".to_owned().into()),
        expires_at: Some(at("2025-06-01T00:00:00Z")),
        attributes: Attributes::default().with(RESOURCE_GONE, true),
        ..tagged(&[("env", "dev")])
    }
}

/// Nothing is known of it but its id.
fn unknown() -> Backup {
    Backup {
        resource: None,
        kind: None,
        created_at: None,
        size_bytes: None,
        status: None,
        ..backup("a")
    }
}

#[test]
fn s7_what_is_not_known_is_not_chosen_and_told_as_such() {
    let expected = [
        "creation time unknown",
        "creation time unknown",
        "creation time unknown",
        "creation time unknown",
        "type unknown",
        "resource unknown",
        "no name",
        "status unknown",
        "size unknown",
        "not expired, as far as is known",
        "tags unknown",
        "unknown whether its resource is still there",
    ];
    let kinds = one_of_each();
    assert_eq!(kinds.len(), expected.len());
    for ((flag, filters), expected) in kinds.iter().zip(expected) {
        assert_eq!(says(filters, &unknown()), format!("- {expected}"), "{flag}");
    }
    let any = Filters {
        names: all(&["*"]),
        ..Filters::default()
    };
    let blank = Backup {
        name: Some(" ".to_owned().into()),
        ..backup("a")
    };
    assert_eq!(says(&any, &blank), "- no name");
}

#[test]
fn r11_every_kind_says_why_it_chose() {
    let expected = [
        "older than 1d",
        "newer than 1y",
        "created before 2025-02-01",
        "created after 2024-12-01",
        "type cluster",
        "resource in*",
        "name night*",
        "status available",
        "larger than 1000",
        "expired",
        "tag env=dev",
        "resource gone",
    ];
    for ((flag, filters), expected) in one_of_each().iter().zip(expected) {
        assert_eq!(
            says(filters, &fulfilling()),
            format!("+ {expected}"),
            "{flag}"
        );
    }
}

#[test]
fn r11_every_kind_says_why_it_did_not_choose() {
    let other = Backup {
        name: Some("weekly".to_owned().into()),
        resource: Some("db-1".into()),
        kind: Some("COLLECTION".into()),
        status: Some("CREATING".into()),
        size_bytes: Some(1000),
        expires_at: Some(at("2025-06-15T12:00:00.000000001Z")),
        attributes: Attributes::default().with(RESOURCE_GONE, false),
        ..tagged(&[("env", "Dev"), ("Env", "dev")])
    };
    for (filters, expected) in [
        (
            Filters {
                types: all(&["CLUSTER", "x"]),
                ..Filters::default()
            },
            "not of type CLUSTER or x",
        ),
        (
            Filters {
                resources: all(&["in*", "DB-*"]),
                ..Filters::default()
            },
            "resource does not match in* or DB-*",
        ),
        (
            Filters {
                names: all(&["night*"]),
                ..Filters::default()
            },
            "name does not match night*",
        ),
        (
            Filters {
                statuses: all(&["AVAILABLE"]),
                ..Filters::default()
            },
            "status is not AVAILABLE",
        ),
        (
            Filters {
                larger_than: Some(read("1KB")),
                ..Filters::default()
            },
            "not larger than 1KB",
        ),
        (
            Filters {
                expired: true,
                ..Filters::default()
            },
            "not expired",
        ),
        (
            Filters {
                tags: all(&["env=dev"]),
                ..Filters::default()
            },
            "no tag env=dev",
        ),
        (
            Filters {
                resource_gone: true,
                ..Filters::default()
            },
            "its resource is still there",
        ),
    ] {
        assert_eq!(says(&filters, &other), format!("- {expected}"));
    }
}

#[test]
fn r10_every_kind_must_be_fulfilled_and_one_value_of_each() {
    let filters = Filters {
        older_than: Some(read("90d")),
        types: all(&["collection", "cluster"]),
        names: all(&["x", "night*", "*"]),
        ..Filters::default()
    };
    assert_eq!(
        says(&filters, &fulfilling()),
        "+ older than 90d, type cluster, name night*"
    );
    let young = Backup {
        created_at: Some(at("2025-06-01T00:00:00Z")),
        ..fulfilling()
    };
    assert_eq!(says(&filters, &young), "- not older than 90d");
    let other = Backup {
        kind: Some("x".into()),
        ..fulfilling()
    };
    assert_eq!(
        says(&filters, &other),
        "- not of type collection or cluster"
    );
}

#[test]
fn values_of_one_tag_are_alternatives_and_several_tags_must_all_fit() {
    let filters = Filters {
        tags: all(&["env=dev", "team=a", "env=test"]),
        ..Filters::default()
    };
    assert!(filters.needs_tags() && !Filters::default().needs_tags());
    for (tags, expected) in [
        (
            &[("env", "test"), ("team", "a")][..],
            "+ tag env=test, tag team=a",
        ),
        (
            &[("env", "dev"), ("team", "a"), ("x", "y")],
            "+ tag env=dev, tag team=a",
        ),
        (&[("env", "dev")], "- no tag team=a"),
        (
            &[("team", "a"), ("env", "prod")],
            "- no tag env=dev or env=test",
        ),
        (&[], "- no tag env=dev or env=test"),
    ] {
        assert_eq!(says(&filters, &tagged(tags)), expected);
    }
}
