//! Listing: pages, joins, filters.

use serde_json::{Value, json};

use super::super::{Method, Request};
use super::server::{Server, backup, small, with};
use crate::{
    backup::State,
    provider::{ErrorKind, Inventory, ProviderError, Wants},
};

async fn ids(server: &Server, request: Request) -> Result<Vec<String>, ProviderError> {
    let backups = server
        .connect(request)
        .await
        .survey(&Wants::default(), &|_| {})
        .await?
        .backups;
    Ok(backups
        .iter()
        .map(|backup| backup.id.name().to_owned())
        .collect())
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn s3_lists_every_page_and_tells_how_far_it_is() {
    let backups = (0..250)
        .map(|n| backup("in01-a", &format!("b{n}")))
        .collect();
    let server = Server::start(backups).await;
    let zilliz = server.connect(Request::default()).await;
    let seen = std::sync::Mutex::new(Vec::new());
    let list = zilliz
        .survey(&Wants::default(), &|seen_now| {
            seen.lock().unwrap().push(seen_now.backups);
        })
        .await
        .unwrap();
    assert_eq!(list.backups.len(), 250);
    assert_eq!(*seen.lock().unwrap(), [100, 200, 250, 250]);
}

#[tokio::test]
async fn s3_a_list_that_changes_is_read_again_and_one_that_never_fits_is_an_error() {
    let wrong =
        json!({"code": 0, "data": {"count": 9, "currentPage": 1, "backups": []}}).to_string();
    for (times, expected) in [(2, Ok(4)), (9, Err(ErrorKind::Incomplete))] {
        let server = small().await;
        let (mut left, wrong) = (times, wrong.clone());
        server.world().hook = Some(Box::new(move |line| {
            let lies = line.contains("/v2/backups") && left > 0;
            left -= i32::from(lies);
            lies.then(|| (200, wrong.clone()))
        }));
        let read = ids(&server, Request::default()).await;
        assert_eq!(
            read.map(|ids| ids.len()).map_err(|error| error.kind),
            expected
        );
    }
}

#[tokio::test]
async fn s3_an_answer_that_is_no_list_is_an_error_and_never_an_empty_list() {
    for (status, body, kind) in [
        (200, json!({"code": 0, "data": null}), ErrorKind::Malformed),
        (
            200,
            json!({"code": 0, "data": {"backups": []}}),
            ErrorKind::Malformed,
        ),
        (200, json!("<html>gateway</html>"), ErrorKind::Malformed),
        (
            200,
            json!({"data": {"count": 0, "backups": []}}),
            ErrorKind::Malformed,
        ),
        (502, json!("<html>gateway</html>"), ErrorKind::Server),
        (
            200,
            json!({"code": 96013, "message": "no"}),
            ErrorKind::Permission,
        ),
        (
            200,
            json!({"code": 80001, "message": "no"}),
            ErrorKind::Credentials,
        ),
        (
            401,
            json!({"code": 21119, "message": "no"}),
            ErrorKind::Credentials,
        ),
    ] {
        let server = small().await;
        server.answer("GET /v2/backups?", status, &body);
        let error = ids(&server, Request::default()).await.unwrap_err();
        assert_eq!(
            (error.kind, error.request_id.as_deref()),
            (kind, Some("r-1")),
            "{body}"
        );
        assert!(!error.to_string().contains("gateway"), "{error}");
    }
}

#[tokio::test]
async fn describes_a_backup_by_what_the_lists_say_together() {
    let server = Server::start(vec![
        with(backup("in01-a", "b1"), "size", 0),
        with(backup("in01-a", "b2"), "status", "CREATING"),
        with(backup("in01-a", "b3"), "status", "MIGRATING"),
        with(backup("in01-a", "b4"), "status", "DELETED"),
        with(backup("in01-b", "b5"), "expireTime", "2026-02-02T00:00:00Z"),
        backup("in01-gone", "b6"),
        with(backup("in01-hidden", "b7"), "projectId", "proj-unseen"),
        backup("in01-a", "drop"),
    ])
    .await;
    let list = server
        .connect(Request::default())
        .await
        .survey(&Wants::default(), &|_| {})
        .await
        .unwrap()
        .backups;
    let facts: Vec<(&str, State, Option<bool>, &str)> = list
        .iter()
        .map(|backup| {
            let orphaned = backup.attributes.find("orphaned").and_then(Value::as_bool);
            (
                backup.id.name(),
                backup.state,
                orphaned,
                backup.scope.name(),
            )
        })
        .collect();
    assert_eq!(
        facts,
        [
            ("b1", State::Healthy, Some(false), "search-prod"),
            ("b2", State::InProgress, Some(false), "search-prod"),
            ("b3", State::Unknown, Some(false), "search-prod"),
            ("b5", State::Healthy, Some(true), "search-test"),
            ("b6", State::Healthy, Some(true), "old name"),
            ("b7", State::Healthy, None, "old name"),
            ("drop", State::Unknown, Some(false), "search-prod"),
        ]
    );
    let first = serde_json::to_value(&list[0]).unwrap();
    assert_eq!(first["id"], "in01-a/b1");
    assert_eq!(
        first["scope"],
        json!({"project": "proj-1", "cluster": "in01-a"})
    );
    assert_eq!(
        (&first["resource"], &first["type"]),
        (&json!("in01-a"), &json!("CLUSTER"))
    );
    assert_eq!(first["size_bytes"], Value::Null, "0 is unknown, not free");
    assert_eq!(first["created_at"], "2026-01-02T03:04:05Z");
    assert_eq!(first["attributes"]["project_name"], "production");
    assert_eq!(first["attributes"]["cluster_status"], "RUNNING");
    assert_eq!(&*list[0].group, "in01-a/CLUSTER");
}

#[tokio::test]
async fn filters_by_project_cluster_method_and_orphans() {
    let scope = |projects: &[&str], clusters: &[&str]| Request {
        projects: texts(projects),
        clusters: texts(clusters),
        ..Request::default()
    };
    let method = |method| Request {
        method: Some(method),
        ..Request::default()
    };
    for (request, expected, asked_for) in [
        (
            scope(&[], &[]),
            &["b1", "b2", "b3", "b4"][..],
            "/v2/backups?pageSize",
        ),
        (
            scope(&["proj-1"], &[]),
            &["b1", "b2", "b4"],
            "projectId=proj-1&",
        ),
        (scope(&["staging"], &[]), &["b3"], "projectId=proj-2&"),
        (
            scope(&["staging", "proj-1"], &[]),
            &["b1", "b2", "b3", "b4"],
            "/v2/backups?pageSize",
        ),
        (scope(&[], &["in01-a"]), &["b1", "b2"], "clusterId=in01-a&"),
        (
            scope(&[], &["search-*"]),
            &["b1", "b2", "b3"],
            "/v2/backups?pageSize",
        ),
        // Zilliz may not filter for a cluster that it does not list.
        (scope(&[], &["in01-gone"]), &["b4"], "/v2/backups?pageSize"),
        (scope(&[], &["old name"]), &["b4"], "/v2/backups?pageSize"),
        // The clusters are read whole all the same: how much of each goes must be known.
        (
            method(Method::Manual),
            &["b1", "b3", "b4"],
            "/v2/backups?pageSize",
        ),
        (method(Method::Auto), &["b2"], "/v2/backups?pageSize"),
        (
            Request {
                orphaned: true,
                ..Request::default()
            },
            &["b3", "b4"],
            "/v2/backups?pageSize",
        ),
        (
            Request {
                orphaned: true,
                ..scope(&[], &["in01-a"])
            },
            &[],
            "clusterId=in01-a&",
        ),
    ] {
        let server = small().await;
        assert_eq!(
            ids(&server, request.clone()).await.unwrap(),
            expected,
            "{request:?}"
        );
        assert_eq!(server.asked(asked_for), 1, "{request:?}");
    }
}

#[tokio::test]
async fn s4_a_filter_that_the_server_ignores_still_holds() {
    let server = small().await;
    let all = server.world().backups.clone();
    server.answer(
        "GET /v2/backups?",
        200,
        &json!({"code": "0", "data": {"count": "4", "currentPage": "1", "backups": all}}),
    );
    let request = Request {
        method: Some(Method::Auto),
        ..Request::default()
    };
    assert_eq!(ids(&server, request).await.unwrap(), ["b2"]);
}

#[tokio::test]
async fn s4_a_name_that_nothing_has_is_an_error_with_what_there_is() {
    let server = small().await;
    for (request, offered) in [
        (
            Request {
                projects: texts(&["prod"]),
                ..Request::default()
            },
            "there is production,",
        ),
        (
            Request {
                clusters: texts(&["search-pro"]),
                ..Request::default()
            },
            "there is search-prod,",
        ),
        (
            Request {
                clusters: texts(&["in01-a", "nope-*"]),
                ..Request::default()
            },
            "there is",
        ),
    ] {
        let error = ids(&server, request.clone()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NoSuchScope, "{request:?}");
        assert!(
            error.hint.as_ref().unwrap().starts_with(offered),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_key_that_may_not_list_clusters_lists_backups_but_knows_no_orphans() {
    for path in ["GET /v2/clusters?", "GET /v2/projects"] {
        let server = small().await;
        server.answer(
            path,
            200,
            &json!({"code": 96013, "message": "no permission"}),
        );
        assert_eq!(ids(&server, Request::default()).await.unwrap().len(), 4);
        let request = Request {
            orphaned: true,
            ..Request::default()
        };
        assert_eq!(
            ids(&server, request).await.unwrap_err().kind,
            ErrorKind::Permission
        );
    }
}
