//! What choosing by filters rests on: narrowed lists, totals, orphans that cannot be told, and what must be known.

use serde_json::json;

use super::super::{Method, Request};
use super::server::{Server, backup, small, with};
use crate::provider::{
    ErrorKind, Inventory, Keepers, Narrow, ProviderError, Seen, Survey, Unread, Wants,
};

fn orphaned() -> Request {
    Request {
        orphaned: true,
        ..Request::default()
    }
}

fn skipping() -> Wants {
    Wants {
        skip_unreadable: true,
        ..Wants::default()
    }
}

fn narrow() -> Wants {
    Wants {
        narrow: Narrow {
            created_before: Some("2026-02-01T00:00:00.5Z".parse().unwrap()),
            created_after: Some("2026-01-01T00:00:00Z".parse().unwrap()),
            kind: Some("cluster".to_owned()),
            resource: None,
        },
        ..Wants::default()
    }
}

async fn survey(server: &Server, request: Request, wants: &Wants) -> Result<Survey, ProviderError> {
    server.connect(request).await.survey(wants, &|_| {}).await
}

fn names(survey: &Survey) -> Vec<&str> {
    survey
        .backups
        .iter()
        .map(|backup| backup.id.name())
        .collect()
}

#[tokio::test]
async fn a_scope_that_was_read_whole_is_counted() {
    let server = small().await;
    let zilliz = server.connect(Request::default()).await;
    let last = std::sync::Mutex::new(Seen::default());
    let survey = zilliz
        .survey(&Wants::default(), &|seen| *last.lock().unwrap() = seen)
        .await
        .unwrap();
    let totals: Vec<u64> = survey
        .backups
        .iter()
        .map(|backup| survey.totals[&backup.scope])
        .collect();
    assert_eq!(totals, [2, 2, 1, 1]);
    assert_eq!(
        *last.lock().unwrap(),
        Seen {
            scopes_done: 3,
            scopes: 3,
            backups: 4
        }
    );
    // A method leaves out a part of a cluster, and the cluster still counts whole.
    let auto = Request {
        method: Some(Method::Auto),
        ..Request::default()
    };
    let survey = self::survey(&server, auto, &Wants::default())
        .await
        .unwrap();
    assert_eq!(names(&survey), ["b2"]);
    assert_eq!(survey.totals[&survey.backups[0].scope], 2);
}

#[tokio::test]
async fn zilliz_is_told_what_may_be_left_out_and_nothing_is_counted_then() {
    let server = small().await;
    let request = Request {
        method: Some(Method::Manual),
        ..Request::default()
    };
    let survey = survey(&server, request, &narrow()).await.unwrap();
    assert_eq!(survey.totals.len(), 0);
    for filter in [
        "start=2025-12-31T23%3A59%3A59Z",
        "end=2026-02-01T00%3A00%3A01Z",
        "backupType=CLUSTER",
        "creationMethod=MANUAL",
    ] {
        assert_eq!(server.asked(filter), 1, "{filter}");
    }
}

#[tokio::test]
async fn one_resource_is_asked_for_where_it_is_listed() {
    for (resource, filters) in [
        ("in01-a", 1),
        ("in01-gone", 0),
        ("drop", 0),
        ("search-prod", 0),
    ] {
        let server = small().await;
        let mut wants = Wants::default();
        wants.narrow.resource = Some(resource.to_owned());
        survey(&server, Request::default(), &wants).await.unwrap();
        assert_eq!(server.asked("clusterId="), filters, "{resource}");
    }
}

#[tokio::test]
async fn s9_a_census_never_rests_on_a_narrowed_list() {
    let server = small().await;
    let project = Request {
        projects: vec!["proj-1".to_owned()],
        ..Request::default()
    };
    for (request, wants, reads_again) in [
        (Request::default(), Wants::default(), false),
        (Request::default(), narrow(), true),
        (project, Wants::default(), true),
    ] {
        let zilliz = server.connect(request.clone()).await;
        let survey = zilliz.survey(&wants, &|_| {}).await.unwrap();
        let before = server.asked("GET /v2/backups?pageSize");
        let census = zilliz.census(&[&survey.backups[0]]).await.unwrap();
        let after = server.asked("GET /v2/backups?pageSize");
        assert_eq!(after > before, reads_again, "{request:?}");
        let Keepers::Known(keepers) = &census[&survey.backups[0].group] else {
            panic!("{census:?}")
        };
        assert_eq!(keepers.len(), 2);
    }
}

#[tokio::test]
async fn s4_a_filter_that_zilliz_refuses_is_done_without() {
    for code in [96007, 96029, 96035, 96018] {
        let server = small().await;
        server.world().hook = Some(Box::new(move |line| {
            line.contains("start=")
                .then(|| (200, json!({"code": code, "message": "no"}).to_string()))
        }));
        let survey = survey(&server, Request::default(), &narrow())
            .await
            .unwrap();
        assert_eq!(survey.backups.len(), 4, "{code}");
        assert_eq!(survey.totals.len(), 3, "then it is whole");
    }
}

#[tokio::test]
async fn s4_a_cluster_that_only_a_later_backup_tells_of_is_found_all_the_same() {
    let server = small().await;
    server.world().hook = Some(Box::new(|line| {
        let body = json!({"code": 0, "data": {"count": 0, "currentPage": 1, "backups": []}});
        line.contains("start=").then(|| (200, body.to_string()))
    }));
    let request = Request {
        clusters: vec!["in01-go*".to_owned()],
        ..Request::default()
    };
    let survey = survey(&server, request, &narrow()).await.unwrap();
    assert_eq!(names(&survey), ["b4"]);
}

#[tokio::test]
async fn s7_without_the_lists_no_orphan_can_be_told_whatever_may_be_skipped() {
    for path in ["GET /v2/clusters?", "GET /v2/projects"] {
        for wants in [Wants::default(), skipping()] {
            let server = small().await;
            let denied = json!({"code": 96013, "message": "no permission"});
            server.answer(path, 200, &denied);
            let error = survey(&server, orphaned(), &wants).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Permission, "{path}");
            let survey = survey(&server, Request::default(), &wants).await.unwrap();
            assert_eq!(survey.backups.len(), 4);
            let notes = survey.notes.join("\n");
            assert!(notes.contains("exist"), "{path}: {notes}");
            assert!(notes.contains("not known"), "{path}: {notes}");
        }
    }
}

/// A cluster of a project that this key sees is not listed, and asking for it brings `status` and `body`.
async fn hidden(status: u16, body: serde_json::Value) -> Server {
    let server = small().await;
    server.answer("GET /v2/clusters/in01-gone", status, &body);
    server
}

#[tokio::test]
async fn s7_a_cluster_that_is_not_listed_is_gone_only_where_zilliz_says_so() {
    let denied = json!({"code": 96012, "message": "no permission"});
    for (status, body, kind) in [
        (200, denied, ErrorKind::Permission),
        (
            200,
            json!({"code": 40013, "message": "no"}),
            ErrorKind::Refused,
        ),
        (404, json!("<html>gateway</html>"), ErrorKind::NotFound),
        (502, json!("<html>gateway</html>"), ErrorKind::Server),
        (200, json!({"code": 0, "data": {}}), ErrorKind::Malformed),
    ] {
        let server = hidden(status, body.clone()).await;
        let all = survey(&server, Request::default(), &Wants::default())
            .await
            .unwrap();
        let fact = all.backups[3].attributes.find("orphaned").unwrap();
        assert!(fact.is_null(), "{body}");
        assert!(all.notes.iter().any(|note| note.contains("not known")));

        let error = survey(&server, orphaned(), &Wants::default())
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{body}");
        assert!(error.message.contains("in01-gone"), "{error}");

        let skipped = survey(&server, orphaned(), &skipping()).await.unwrap();
        assert_eq!(names(&skipped), ["b3"], "{body}");
        let scopes: Vec<&str> = skipped
            .unread
            .iter()
            .map(|Unread { scope, .. }| scope.as_str())
            .collect();
        assert_eq!(scopes, ["in01-gone"], "{body}");
    }
}

#[tokio::test]
async fn a_cluster_that_is_there_and_not_listed_is_no_orphans() {
    let row = json!({"clusterId": "in01-gone", "clusterName": "quiet", "status": "RUNNING"});
    let server = hidden(200, json!({"code": 0, "data": row})).await;
    let survey = survey(&server, orphaned(), &Wants::default())
        .await
        .unwrap();
    assert_eq!(names(&survey), ["b3"]);
    assert_eq!(survey.unread, []);
}

#[tokio::test]
async fn s7_a_project_that_the_key_does_not_see_has_no_orphans_that_anybody_knows_of() {
    let unseen = with(backup("in01-x", "b9"), "projectId", "proj-unseen");
    let server = Server::start(vec![unseen, backup("in01-gone", "b4")]).await;
    let error = survey(&server, orphaned(), &Wants::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Permission);
    assert!(error.message.contains("proj-unseen"), "{error}");
    // A scope that leaves that project out need not know.
    let request = Request {
        projects: vec!["production".to_owned()],
        ..orphaned()
    };
    let survey = survey(&server, request, &Wants::default()).await.unwrap();
    assert_eq!(names(&survey), ["b4"]);
}

#[tokio::test]
async fn what_must_be_known_before_they_go_is_said_of_what_was_chosen() {
    let server = small().await;
    let zilliz = server.connect(Request::default()).await;
    let survey = zilliz.survey(&Wants::default(), &|_| {}).await.unwrap();
    let chosen: Vec<_> = survey.backups.iter().collect();
    let now = jiff::Timestamp::UNIX_EPOCH;
    let notes = zilliz.notes_on(&chosen, now).join("\n");
    for words in [
        "no undelete",
        "other regions",
        "3 made by hand",
        "2 of clusters",
    ] {
        assert!(notes.contains(words), "{words}: {notes}");
    }
    assert!(zilliz.notes_on(&[], now).is_empty());
    assert_eq!(survey.notes, Vec::<String>::new());
}
