//! Deleting and reading back.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{Request, Zilliz, parse};
use super::server::{Server, backup, with};
use crate::{
    backup::Backup,
    plan::{
        Approved, Item, Plan, Reason, Section, Selection, Verdict,
        consent::{Consent, Step},
        fingerprint,
    },
    provider::{Accepted, Delete, ErrorKind, Inventory, ProviderError, Reading, Wants},
    transport::retry::{AfterChange, after_change},
};

async fn plan(zilliz: &Zilliz, backups: &[Backup]) -> Plan {
    let items = backups.iter().map(|backup| Item {
        fingerprint: fingerprint(backup),
        backup: backup.clone().into(),
        verdict: Verdict::Delete,
        reasons: [Reason::Named].into(),
        refused: false,
        section: 0,
    });
    Plan {
        created_at: Timestamp::UNIX_EPOCH,
        sections: vec![Section {
            target: None,
            identity: zilliz.identity().await.unwrap(),
            scope: serde_json::Value::Null,
            selection: Selection::default(),
        }],
        items: items.collect(),
        absent: Vec::new(),
        remaining: Vec::new(),
        grave: Vec::new(),
        notes: Vec::new(),
    }
}

async fn approved(zilliz: &Zilliz, backups: &[Backup]) -> Approved {
    let consent = Consent {
        yes: true,
        ..Consent::default()
    };
    match plan(zilliz, backups).await.seek(consent).unwrap() {
        Step::Approved(approved) => approved,
        Step::Ask(question) => panic!("{question:?}"),
    }
}

async fn found(zilliz: &Zilliz, id: &str) -> Backup {
    let target = parse(id, &Request::default()).unwrap();
    zilliz.find(&[target]).await.unwrap().backups.remove(0)
}

async fn delete(
    server: &Server,
    zilliz: &Zilliz,
    approved: &Approved,
) -> Result<Accepted, ProviderError> {
    let removals = zilliz.removals(approved).unwrap();
    let _armed = server.transport.arm(approved, &removals).unwrap();
    zilliz.delete(&removals[0]).await
}

async fn two() -> Server {
    Server::start(vec![backup("in01-a", "b1"), backup("in01-a", "b2")]).await
}

#[tokio::test]
async fn s22_deletes_one_backup_and_reads_back_that_it_is_gone() {
    let server = two().await;
    let zilliz = server.connect(Request::default()).await;
    let one = found(&zilliz, "b1").await;
    let two = found(&zilliz, "b2").await;
    let approved = approved(&zilliz, std::slice::from_ref(&one)).await;
    let accepted = delete(&server, &zilliz, &approved).await.unwrap();
    assert_eq!(
        (accepted.request_id.as_deref(), accepted.absent),
        (Some("r-1"), false)
    );
    let readings = zilliz.read_back(&[&two, &one]).await;
    assert!(matches!(&readings[0], Reading::Present(Some(status)) if status == "AVAILABLE"));
    assert!(matches!(&readings[1], Reading::Gone(_)));
    assert_eq!(server.asked("DELETE"), 1);
    assert_eq!(server.asked("DELETE /v2/clusters/in01-a/backups/b1"), 1);
}

#[tokio::test]
async fn s2_nothing_leaves_that_is_not_armed_or_is_a_rehearsal() {
    let server = two().await;
    let zilliz = server.connect(Request::default()).await;
    let one = found(&zilliz, "b1").await;
    let approved = approved(&zilliz, std::slice::from_ref(&one)).await;
    let removals = zilliz.removals(&approved).unwrap();
    assert_eq!(
        zilliz.delete(&removals[0]).await.unwrap_err().kind,
        ErrorKind::Gate
    );
    let rehearsal = Approved::rehearsal(&plan(&zilliz, &[one]).await);
    let error = delete(&server, &zilliz, &rehearsal).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Rehearsed);
    assert_eq!(server.asked("DELETE"), 0);
}

#[tokio::test]
async fn s5_no_request_is_made_for_an_id_that_is_a_route() {
    let server = Server::start(vec![backup("in01-a", "drop")]).await;
    let zilliz = server.connect(Request::default()).await;
    let backups = zilliz
        .survey(&Wants::default(), &|_| {})
        .await
        .unwrap()
        .backups;
    let approved = approved(&zilliz, &backups).await;
    assert_eq!(
        zilliz.removals(&approved).unwrap_err().kind,
        ErrorKind::Gate
    );
}

#[tokio::test]
async fn s22_only_an_answer_that_names_the_backup_is_a_deletion_and_all_else_is_read_back() {
    use AfterChange::{EndRun, ReadBack, Refused, Requeue, Wait};
    let server = two().await;
    let zilliz = server.connect(Request::default()).await;
    let one = found(&zilliz, "b1").await;
    let approved = approved(&zilliz, &[one]).await;
    let ok = |data: Value| json!({"code": 0, "data": data});
    let code = |code: i64| json!({"code": code, "message": "no"});
    for (status, body, expected) in [
        (200, ok(json!({"backupId": "b1"})), None),
        (200, with(ok(json!({"backupId": "b1"})), "code", 200), None),
        (200, with(ok(json!({"backupId": "b1"})), "code", "0"), None),
        (200, ok(json!({"backupId": "b2"})), Some(ReadBack)),
        (200, ok(json!({})), Some(ReadBack)),
        (200, ok(json!(null)), Some(ReadBack)),
        (
            200,
            with(ok(json!({"backupId": "b1"})), "code", 5),
            Some(ReadBack),
        ),
        (200, json!({"data": {"backupId": "b1"}}), Some(ReadBack)),
        (200, json!("<html>"), Some(ReadBack)),
        (200, json!(""), Some(ReadBack)),
        (200, json!("{\"code\": 0, \"da"), Some(ReadBack)),
        (500, ok(json!({"backupId": "b1"})), Some(ReadBack)),
        (502, json!("<html>"), Some(ReadBack)),
        (404, json!("<html>"), Some(ReadBack)),
        (302, json!(""), Some(ReadBack)),
        (200, code(40013), Some(ReadBack)),
        (400, code(40013), Some(ReadBack)),
        (200, code(96018), Some(ReadBack)),
        (200, code(96025), Some(ReadBack)),
        (200, code(96021), Some(ReadBack)),
        (409, code(40013), Some(Wait)),
        (200, code(96012), Some(Refused)),
        (403, json!("<html>"), Some(Refused)),
        (401, code(21119), Some(EndRun)),
        (200, code(80001), Some(EndRun)),
        (
            200,
            json!({"code": 1, "message": "Rate limit exceeded"}),
            Some(Requeue),
        ),
        (429, json!("<html>"), Some(Requeue)),
    ] {
        server.answer("DELETE", status, &body);
        let result = delete(&server, &zilliz, &approved).await;
        let after = result.as_ref().err().map(after_change);
        assert_eq!(after, expected, "{status} {body}: {result:?}");
        if let Err(error) = result {
            assert_eq!(error.request_id.as_deref(), Some("r-1"), "{status} {body}");
        }
    }
}

#[tokio::test]
async fn s22_a_code_alone_never_makes_a_backup_gone() {
    let gone = || json!({"code": 99999, "message": "whatever"});
    for (described, lists_it, expected) in [
        (gone(), true, "Deleting"),
        (gone(), false, "Gone"),
        (
            json!({"code": 96018, "message": "no cluster"}),
            true,
            "Present",
        ),
        (
            json!({"code": 96018, "message": "no cluster"}),
            false,
            "Gone",
        ),
        (
            json!({"code": 0, "data": with(backup("in01-a", "b1"), "status", "DELETED")}),
            true,
            "Deleting",
        ),
        (
            json!({"code": 0, "data": with(backup("in01-a", "b1"), "status", "DELETED")}),
            false,
            "Gone",
        ),
        (
            json!({"code": 0, "data": backup("in01-a", "b1")}),
            false,
            "Present",
        ),
        (json!({"code": 96012, "message": "no"}), false, "Unreadable"),
        (json!({"code": 80001, "message": "no"}), false, "Unreadable"),
        (json!({"code": 96025, "message": "no"}), false, "Unreadable"),
        (json!("<html>"), false, "Unreadable"),
    ] {
        let server = two().await;
        let zilliz = server.connect(Request::default()).await;
        let one = found(&zilliz, "b1").await;
        server.answer("GET /v2/clusters/in01-a/backups/b1", 200, &described);
        if !lists_it {
            server.world().backups.remove(0);
        }
        let reading = zilliz.read_back(&[&one]).await;
        let shown = format!("{:?}", reading[0]);
        assert!(
            shown.starts_with(expected),
            "{described} {lists_it}: {shown}"
        );
    }
}

#[tokio::test]
async fn s22_a_list_that_cannot_be_read_leaves_it_open_and_is_read_once_for_all() {
    let server = two().await;
    let zilliz = server.connect(Request::default()).await;
    let backups = zilliz
        .survey(&Wants::default(), &|_| {})
        .await
        .unwrap()
        .backups;
    let backups: Vec<&Backup> = backups.iter().collect();
    server.world().backups.clear();
    server.world().log.clear();
    server.answer(
        "GET /v2/backups?",
        200,
        &json!({"code": 0, "data": {"count": 3, "backups": []}}),
    );
    for reading in zilliz.read_back(&backups).await {
        assert!(
            matches!(reading, Reading::Unreadable(error) if error.kind == ErrorKind::Incomplete)
        );
    }
    server.world().hook = None;
    for reading in zilliz.read_back(&backups).await {
        assert!(matches!(reading, Reading::Gone(_)));
    }
    assert_eq!(server.asked("GET /v2/backups?"), 2);
}
