//! Finding what was named, counting keepers, and who acts.

use serde_json::json;

use super::super::{Cloud, Method, Request, Zilliz, parse};
use super::server::{Server, backup, small, with};
use crate::{
    backup::State,
    provider::{ErrorKind, Found, Inventory, Keepers, ProviderError, Wants},
};

async fn found(zilliz: &Zilliz, names: &[&str]) -> Result<Found, ProviderError> {
    let targets: Vec<_> = names
        .iter()
        .map(|name| parse(name, &Request::default()).unwrap())
        .collect();
    zilliz.find(&targets).await
}

#[tokio::test]
async fn finds_what_is_named_with_or_without_its_cluster() {
    let server = small().await;
    let zilliz = server.connect(Request::default()).await;
    let found = found(
        &zilliz,
        &["b1", "in01-a/b1", "in01-gone/b4", "b9", "in01-a/b8"],
    )
    .await
    .unwrap();
    let names: Vec<String> = found
        .backups
        .iter()
        .map(|backup| backup.id.to_string())
        .collect();
    assert_eq!(names, ["in01-a/b1", "in01-gone/b4"]);
    let absent: Vec<String> = found.absent.iter().map(ToString::to_string).collect();
    assert_eq!(absent, ["b9", "in01-a/b8"]);
    let first = &found.backups[0];
    assert_eq!(first.attributes.find("region_id"), Some(&json!("far-away")));
    assert_eq!(found.totals.get(&first.scope), Some(&2));
    assert!(found.notes.iter().any(|note| note.contains("no undelete")));
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("no longer exist"))
    );
}

#[tokio::test]
async fn s4_a_backup_of_another_cluster_or_outside_the_scope_is_refused() {
    let server = small().await;
    let zilliz = server.connect(Request::default()).await;
    let error = found(&zilliz, &["in01-b/b1"]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoSuchScope);
    assert!(error.message.contains("in01-a/b1"), "{error}");
    server.world().backups.push(backup("in01-b", "b1"));
    let error = found(&zilliz, &["b1"]).await.unwrap_err();
    assert!(error.message.contains("in01-a/b1, in01-b/b1"), "{error}");
    let request = Request {
        projects: vec!["staging".to_owned()],
        ..Request::default()
    };
    let zilliz = server.connect(request).await;
    assert_eq!(
        found(&zilliz, &["b2"]).await.unwrap_err().kind,
        ErrorKind::NoSuchScope
    );
    assert_eq!(found(&zilliz, &["b3"]).await.unwrap().backups.len(), 1);
}

#[tokio::test]
async fn s22_an_error_is_not_taken_for_an_absent_backup() {
    for (status, body, expected) in [
        (200, json!({"code": 99999, "message": "whatever"}), Ok(1)),
        (404, json!("<html>"), Ok(1)),
        (200, json!({"code": 96018, "message": "no cluster"}), Ok(1)),
        (
            200,
            json!({"code": 0, "data": with(backup("in01-a", "b9"), "status", "DELETED")}),
            Ok(1),
        ),
        // The list lags: it does not have it yet.
        (
            200,
            json!({"code": 0, "data": backup("in01-a", "b9")}),
            Ok(0),
        ),
        (
            200,
            json!({"code": 96012, "message": "no"}),
            Err(ErrorKind::Permission),
        ),
        (
            200,
            json!({"code": 80001, "message": "no"}),
            Err(ErrorKind::Credentials),
        ),
        (
            500,
            json!({"code": 500, "message": "no"}),
            Err(ErrorKind::Server),
        ),
        (
            200,
            json!({"code": 96025, "message": "no"}),
            Err(ErrorKind::Refused),
        ),
        (
            200,
            json!({"code": 0, "data": backup("in01-a", "b1")}),
            Err(ErrorKind::Malformed),
        ),
        (
            200,
            json!({"code": 0, "data": null}),
            Err(ErrorKind::Malformed),
        ),
    ] {
        let server = small().await;
        server.answer("GET /v2/clusters/in01-a/backups/b9", status, &body);
        let zilliz = server.connect(Request::default()).await;
        let absent = found(&zilliz, &["in01-a/b9"])
            .await
            .map(|found| found.absent.len());
        assert_eq!(absent.map_err(|error| error.kind), expected, "{body}");
    }
}

#[tokio::test]
async fn a_listed_backup_is_believed_where_describing_it_does_not_work() {
    for body in [
        json!({"code": 96012, "message": "no permission"}),
        json!({"code": 96018, "message": "no such cluster"}),
    ] {
        let server = small().await;
        server.answer("GET /v2/clusters/in01-gone/backups/b4", 200, &body);
        let zilliz = server.connect(Request::default()).await;
        let found = found(&zilliz, &["b4"]).await.unwrap();
        assert_eq!(found.backups[0].state, State::Healthy);
    }
}

#[tokio::test]
async fn s9_counts_what_can_be_restored_from_over_the_whole_organisation() {
    let server = Server::start(vec![
        backup("in01-a", "b1"),
        backup("in01-a", "b2"),
        with(backup("in01-a", "creating"), "status", "CREATING"),
        with(backup("in01-a", "odd"), "status", "ODD"),
        with(backup("in01-a", "collection"), "backupType", "COLLECTION"),
        // axum dates its answers, so the provider's clock is known.
        with(
            backup("in01-a", "expired"),
            "expireTime",
            "2001-01-01T00:00:00Z",
        ),
        backup("in01-b", "b3"),
    ])
    .await;
    let request = Request {
        method: Some(Method::Manual),
        ..Request::default()
    };
    let zilliz = server.connect(request).await;
    let list = zilliz
        .survey(&Wants::default(), &|_| {})
        .await
        .unwrap()
        .backups;
    let census = zilliz.census(&[&list[0], &list[6]]).await.unwrap();
    let keepers = |group: &str| match &census[group] {
        Keepers::Known(keepers) => keepers
            .iter()
            .map(|keeper| keeper.id.clone())
            .collect::<Vec<_>>(),
        Keepers::Unreadable(why) => panic!("{why}"),
    };
    assert_eq!(keepers("in01-a/CLUSTER"), ["in01-a/b1", "in01-a/b2"]);
    assert_eq!(keepers("in01-b/CLUSTER"), ["in01-b/b3"]);
    server.answer(
        "GET /v2/backups?",
        200,
        &json!({"code": 96013, "message": "no"}),
    );
    let census = zilliz.census(&[&list[0]]).await.unwrap();
    assert!(matches!(census["in01-a/CLUSTER"], Keepers::Unreadable(_)));
    server.answer(
        "GET /v2/backups?",
        401,
        &json!({"code": 21119, "message": "no"}),
    );
    assert_eq!(
        zilliz.census(&[&list[0]]).await.unwrap_err().kind,
        ErrorKind::Credentials
    );
}

#[tokio::test]
async fn s18_what_was_found_is_counted_without_reading_it_twice_but_only_once() {
    let server = small().await;
    let zilliz = server.connect(Request::default()).await;
    let found = found(&zilliz, &["b1"]).await.unwrap();
    for lists in [1, 2] {
        zilliz.census(&[&found.backups[0]]).await.unwrap();
        assert_eq!(server.asked("GET /v2/backups?"), lists);
    }
}

#[tokio::test]
async fn the_oldest_project_stands_for_the_organisation() {
    let server = small().await;
    let zilliz = server
        .connect(Request {
            cloud: Some(Cloud::Cn),
            ..Request::default()
        })
        .await;
    for _ in 0..2 {
        let identity = zilliz.identity().await.unwrap();
        assert_eq!(identity.account.as_deref(), Some("proj-1"));
        assert_eq!(identity.alias.as_deref(), Some("production, staging"));
        assert_eq!(identity.source, "ZILLIZ_API_KEY");
        assert_eq!(identity.endpoint, server.base);
        assert!(identity.endpoint_overridden);
    }
    assert_eq!(server.asked("/v2/projects"), 1);
    let notes = found(&zilliz, &["b9"]).await.unwrap().notes;
    assert!(notes[0].contains("--cloud chose nothing"), "{notes:?}");
}

#[tokio::test]
async fn s9_a_key_that_may_not_list_backups_finds_full_ids_but_no_keepers_and_nothing_absent() {
    let server = small().await;
    let denied = json!({"code": 96013, "message": "no permission"});
    server.answer("GET /v2/backups?", 200, &denied);
    let zilliz = server.connect(Request::default()).await;
    let one = found(&zilliz, &["in01-a/b1"]).await.unwrap();
    assert_eq!(one.backups[0].state, State::Healthy);
    assert!(one.totals.is_empty());
    let census = zilliz.census(&[&one.backups[0]]).await.unwrap();
    assert!(matches!(census["in01-a/CLUSTER"], Keepers::Unreadable(_)));
    for id in ["b1", "in01-a/b9"] {
        let error = found(&zilliz, &[id]).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Permission, "{id}");
    }
}
