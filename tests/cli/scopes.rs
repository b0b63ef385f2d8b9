//! Many projects, clusters and services: what a scope chooses, and what an unreadable one does to the exit code.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::world::{Ran, World};

/// Not for long: an error that stays is repeated for half a minute else.
fn list(world: &World, provider: &str, more: &[&str]) -> Ran {
    let patience = [provider, "list", "-o", "json", "--retry-for", "300ms"];
    world.bkdel(&[&patience, more].concat())
}

/// The containers of what is listed, without the last part of each id.
#[track_caller]
fn containers(ran: &Ran) -> BTreeSet<String> {
    ran.exits(0);
    let document = ran.json();
    let backups = document["backups"].as_array().unwrap();
    backups
        .iter()
        .map(|backup| backup["id"].as_str().unwrap())
        .map(|id| id.rsplit_once('/').unwrap().0.to_owned())
        .collect()
}

/// The error on standard error.
#[track_caller]
fn error(ran: &Ran) -> Value {
    let line = ran.err.lines().find(|line| line.starts_with('{'));
    serde_json::from_str(line.unwrap_or_else(|| panic!("{ran:?}"))).unwrap()
}

#[track_caller]
fn fails(ran: &Ran, code: i32, kind: &str, names: &str) {
    ran.exits(code);
    assert_eq!(ran.out, "", "an error is never an empty list");
    let error = error(ran);
    assert_eq!(error["code"], code);
    assert_eq!(error["kind"], kind, "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(names), "{names}: {message}");
}

#[test]
fn aiven_lists_every_project_and_every_service_that_has_a_region() {
    let world = World::new();
    let all = containers(&list(&world, "aiven", &[]));
    assert_eq!(all.len(), 10, "{all:?}");
    for (scope, expected) in [
        (
            &["--service", "orders-*"][..],
            &["acme-prod/orders-pg", "acme-staging/orders-pg"][..],
        ),
        (
            &["--service", "orders-*", "--project", "acme-staging"],
            &["acme-staging/orders-pg"],
        ),
        (
            &["--service", "orders-pg", "--service", "{archive,reports}-*"],
            &[
                "acme-prod/archive-pg",
                "acme-prod/orders-pg",
                "acme-staging/orders-pg",
                "acme-staging/reports-pg",
            ],
        ),
        (
            &["--region", "google-europe-west4"],
            &["acme-prod/search-os"],
        ),
        (
            &["--all-regions", "--service", "search-*"],
            &["acme-prod/search-os"],
        ),
    ] {
        let found = containers(&list(&world, "aiven", scope));
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, expected, "{scope:?}");
    }
    assert_eq!(world.changes(), []);
}

#[test]
fn s3_an_aiven_project_or_service_that_cannot_be_read_is_an_error_that_names_it() {
    for (fault, code, kind, names) in [
        (
            "not-a-member=acme-staging",
            7,
            "incomplete",
            "acme-staging: ",
        ),
        (
            "services-denied=acme-staging",
            7,
            "incomplete",
            "acme-staging: ",
        ),
        ("services-error=acme-prod", 7, "server", "acme-prod: "),
        (
            "backups-error=queue-redis",
            7,
            "server",
            "acme-staging/queue-redis: ",
        ),
        (
            "backups-error=acme-prod/orders-pg",
            7,
            "server",
            "acme-prod/orders-pg: ",
        ),
    ] {
        let world = World::with(&[&format!("aiven:{fault}")]);
        fails(&list(&world, "aiven", &[]), code, kind, names);
    }
}

#[test]
fn an_aiven_scope_beside_the_unreadable_one_is_read_all_the_same() {
    let world = World::with(&[
        "aiven:not-a-member=acme-staging",
        "aiven:backups-error=acme-prod/orders-pg",
    ]);
    let scope = ["--project", "acme-prod", "--service", "search-os"];
    let found = containers(&list(&world, "aiven", &scope));
    assert_eq!(found, BTreeSet::from(["acme-prod/search-os".to_owned()]));
}

#[test]
fn s4_a_name_or_a_glob_that_nothing_has_is_2_and_never_nothing() {
    let world = World::new();
    for (provider, scope) in [
        ("aiven", ["--service", "orders-pgg"]),
        ("aiven", ["--service", "nope-*"]),
        ("aiven", ["--project", "acme-prodd"]),
        ("zilliz", ["--cluster", "search-prodd"]),
        ("zilliz", ["--cluster", "nope-*"]),
        ("zilliz", ["--project", "acme-prodd"]),
    ] {
        let ran = list(&world, provider, &scope);
        ran.exits(2);
        assert_eq!(ran.out, "", "{scope:?}");
        assert!(error(&ran)["hint"].is_string(), "{scope:?}");
    }
}

#[test]
fn a_region_whose_backups_may_not_be_listed_has_no_age_and_it_is_said() {
    let world = World::with(&["aiven:backups-denied=acme-prod/orders-pg"]);
    let ran = list(&world, "aiven", &["--project", "acme-prod"]);
    ran.exits(0).says("acme-prod/orders-pg may hold more");
    for backup in ran.json()["backups"].as_array().unwrap() {
        let known = backup["attributes"]["copies_complete"] == true;
        assert_eq!(known, !backup["created_at"].is_null(), "{backup}");
    }
}

const EMBEDDINGS: &str = "in01-82d0e4f61b7c395";
const DROPPED: &str = "in01-c05b9e12a7f8d43";
const SEARCH: &str = "in01-3f9a1c7be2d4650";

#[test]
fn zilliz_lists_the_organisation_by_project_and_cluster() {
    let world = World::new();
    for (scope, expected) in [
        (&[][..], &[SEARCH, EMBEDDINGS, DROPPED][..]),
        (&["--project", "acme-*"], &[SEARCH, EMBEDDINGS, DROPPED]),
        (&["--project", "acme-prod"], &[SEARCH, DROPPED]),
        (
            &["--cluster", "{search,embeddings}-*"],
            &[SEARCH, EMBEDDINGS],
        ),
        // No list of clusters has it any more.
        (&["--cluster", "recommend*"], &[DROPPED]),
        (&["--orphaned"], &[DROPPED]),
        (&["--orphaned", "--cluster", SEARCH], &[]),
    ] {
        let found = containers(&list(&world, "zilliz", scope));
        let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{scope:?}");
    }
}

#[test]
fn s7_orphans_that_cannot_be_told_are_an_error_and_never_all_or_none() {
    for (fault, names) in [
        ("clusters-denied", "permission"),
        ("projects-denied", "permission"),
        ("clusters-hidden=acme-staging", EMBEDDINGS),
        ("project-hidden=acme-staging", EMBEDDINGS),
    ] {
        let world = World::with(&[&format!("zilliz:{fault}")]);
        let ran = list(&world, "zilliz", &["--orphaned"]);
        fails(&ran, 4, "permission", names);
        // Everything can be listed all the same; of what is not known nothing is claimed.
        let ran = list(&world, "zilliz", &[]);
        ran.exits(0).says("not known");
        let document = ran.json();
        let backups = document["backups"].as_array().unwrap();
        assert_eq!(backups.len(), 15, "{fault}");
        let unknown = |backup: &&Value| backup["attributes"]["orphaned"].is_null();
        assert!(backups.iter().any(|backup| unknown(&backup)), "{fault}");
        let wrong = backups.iter().filter(|backup| {
            backup["scope"]["cluster"] != DROPPED && backup["attributes"]["orphaned"] == true
        });
        assert_eq!(wrong.count(), 0, "{fault}");
    }
}

#[test]
fn orphans_of_a_project_that_the_key_sees_are_told_although_another_is_hidden() {
    for fault in ["clusters-hidden", "project-hidden"] {
        let world = World::with(&[&format!("zilliz:{fault}=acme-staging")]);
        let scope = ["--orphaned", "--project", "acme-prod"];
        let found = containers(&list(&world, "zilliz", &scope));
        assert_eq!(found, BTreeSet::from([DROPPED.to_owned()]), "{fault}");
    }
}

#[test]
fn s3_a_zilliz_list_that_does_not_fit_is_7_in_every_scope() {
    for fault in ["wrong-count", "short-page", "list-data-null"] {
        let world = World::with(&[&format!("zilliz:{fault}")]);
        for scope in [&[][..], &["--orphaned"], &["--cluster", SEARCH]] {
            let ran = list(&world, "zilliz", scope);
            ran.exits(7);
            assert_eq!(ran.out, "", "{fault}");
        }
    }
}
