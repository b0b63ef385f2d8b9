//! What a client sees of Zilliz, through the [`Api`] trait as the server calls it.

use std::time::Duration;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::exchange::Api;
use super::super::rest::request;
use super::{FAULTS, Zilliz};
use crate::sandbox::demo::{demo_zilliz, demo_zilliz_clusters};

const DROPPED: &str = "in01-c05b9e12a7f8d43";
const RECS: &str = "/v2/clusters/in01-c05b9e12a7f8d43/backups/backup1_60b2f9d8c1e4";
const SEARCH: &str = "in01-3f9a1c7be2d4650";
const LAG: Duration = Duration::from_secs(5);

fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn sandbox() -> Zilliz {
    Zilliz::new(demo_zilliz(now()), LAG, now(), "key".to_owned())
        .with_clusters(demo_zilliz_clusters())
}

fn send_at(api: &mut Zilliz, at: Timestamp, method: Method, target: &str) -> (StatusCode, Value) {
    let answer = api.answer(&request(method, target, "Bearer key", "{}"), at);
    assert!(answer.headers.iter().any(|(name, _)| *name == "requestid"));
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

fn send(api: &mut Zilliz, method: Method, target: &str) -> Value {
    send_at(api, now(), method, target).1
}

fn get(api: &mut Zilliz, target: &str) -> Value {
    send(api, Method::GET, target)
}

fn delete(api: &mut Zilliz, target: &str) -> Value {
    send(api, Method::DELETE, target)
}

fn listed(answer: &Value) -> Vec<String> {
    answer["data"]["backups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|backup| backup["backupId"].as_str().unwrap().to_owned())
        .collect()
}

fn on(kind: &str, value: Option<&str>) -> Zilliz {
    let mut api = sandbox();
    assert!(api.fault(kind, value), "{kind} is unknown");
    api
}

#[test]
fn refuses_a_wrong_key_with_the_published_code() {
    let answer = sandbox().answer(
        &request(Method::GET, "/v2/projects", "Bearer other", ""),
        now(),
    );
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        body,
        json!({"code": 21119, "message": "The apikey is illegal"})
    );
}

#[test]
fn pages_through_the_whole_organisation_once() {
    let mut api = sandbox();
    let mut all = Vec::new();
    for page in 1..=4 {
        let answer = get(
            &mut api,
            &format!("/v2/backups?pageSize=4&currentPage={page}"),
        );
        assert_eq!(answer["data"]["count"], 15);
        all.extend(listed(&answer));
    }
    assert_eq!(all.len(), 15);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 15);
    assert!(listed(&get(&mut api, "/v2/backups?currentPage=3")).is_empty());
}

#[test]
fn refuses_each_filter_with_its_own_code() {
    let mut api = sandbox();
    for (query, code) in [
        ("pageSize=0", 96008),
        ("pageSize=101", 96008),
        ("currentPage=0", 96009),
        ("projectId=proj-none", 96005),
        ("clusterId=in01-none", 96018),
        ("clusterId=a%2Fb", 96036),
        ("creationMethod=manual", 96030),
        ("backupType=ALL", 96029),
        ("start=yesterday", 96007),
        ("start=2026-05-02T00:00:00Z&end=2026-05-01T00:00:00Z", 96035),
    ] {
        let (status, body) = send_at(
            &mut api,
            now(),
            Method::GET,
            &format!("/v2/backups?{query}"),
        );
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::OK, &json!(code)),
            "{query}"
        );
    }
}

#[test]
fn filters_by_cluster_method_type_and_time() {
    let mut api = sandbox();
    let mut count = |query: &str| {
        get(&mut api, &format!("/v2/backups?pageSize=100&{query}"))["data"]["count"].clone()
    };
    assert_eq!(count(&format!("clusterId={DROPPED}")), 3);
    assert_eq!(count("creationMethod=AUTO"), 5);
    assert_eq!(count("backupType=COLLECTION"), 2);
    assert_eq!(count("projectId=proj-2e84d6b05fa1"), 3);
    assert_eq!(count("start=2026-05-31T00:00:00Z"), 3);
}

#[test]
fn deletes_a_backup_and_nothing_else() {
    let mut api = sandbox();
    let answer = delete(&mut api, RECS);
    assert_eq!(
        answer,
        json!({"code": 0, "data": {"backupId": "backup1_60b2f9d8c1e4", "backupName": "recs-final"}})
    );
    assert_ne!(get(&mut api, RECS)["code"], 0);
    assert_ne!(delete(&mut api, RECS)["code"], 0);
    let state = api.state(now());
    assert_eq!(state["backups"].as_array().unwrap().len(), 14);
    assert_eq!(
        state["deleted_backups"],
        json!([format!("{DROPPED}/backup1_60b2f9d8c1e4")])
    );
}

#[test]
fn drops_a_cluster_with_its_auto_backups_alone() {
    let mut api = sandbox();
    assert_eq!(
        delete(&mut api, &format!("/v2/clusters/{SEARCH}/drop"))["code"],
        0
    );
    let answer = get(
        &mut api,
        &format!("/v2/backups?pageSize=100&clusterId={SEARCH}"),
    );
    assert_eq!(answer["data"]["count"], 5);
    assert_eq!(
        get(&mut api, &format!("/v2/clusters/{SEARCH}"))["code"],
        96018
    );
    assert_eq!(
        api.state(now())["dropped_clusters"],
        json!([SEARCH, DROPPED])
    );
}

#[test]
fn notices_a_delete_that_was_sent_to_the_policy() {
    let mut api = sandbox();
    let policy = format!("/v2/clusters/{SEARCH}/backups/policy");
    assert_eq!(get(&mut api, &policy)["data"]["status"], "ENABLED");
    delete(&mut api, &policy);
    assert_eq!(get(&mut api, &policy)["data"]["status"], "DISABLED");
}

#[test]
fn creates_a_backup_that_is_done_after_the_lag() {
    let mut api = sandbox();
    let made = send(
        &mut api,
        Method::POST,
        &format!("/v2/clusters/{SEARCH}/backups/create"),
    );
    let id = made["data"]["backupId"].as_str().unwrap();
    let target = format!("/v2/clusters/{SEARCH}/backups/{id}");
    assert_eq!(get(&mut api, &target)["data"]["status"], "CREATING");
    let later = now().checked_add(LAG).unwrap();
    let (_, body) = send_at(&mut api, later, Method::GET, &target);
    assert_eq!(body["data"]["status"], "AVAILABLE");
}

#[test]
fn has_no_backups_on_free_and_serverless_clusters() {
    let mut api = sandbox();
    for (cluster, code) in [
        ("in03-b71c2d9e04fa685", 96021),
        ("in05-4d8e60a1c93b7f2", 96022),
    ] {
        let answer = get(&mut api, &format!("/v2/clusters/{cluster}/backups/policy"));
        assert_eq!(answer["code"], code);
    }
}

#[test]
fn answers_a_code_with_and_without_doing_it() {
    let mut api = on("code", Some("40013"));
    assert_eq!(delete(&mut api, RECS)["code"], 40013);
    assert_eq!(get(&mut api, RECS)["code"], 0);
    let mut api = on("code-after", Some("40013@backup1_60b2f9d8c1e4"));
    assert_eq!(delete(&mut api, RECS)["code"], 40013);
    assert_ne!(get(&mut api, RECS)["code"], 0);
}

#[test]
fn answers_success_that_is_none() {
    let mut api = on("kept", None);
    assert_eq!(delete(&mut api, RECS)["code"], 0);
    assert_eq!(get(&mut api, RECS)["data"]["status"], "AVAILABLE");
    assert_eq!(
        delete(&mut on("data-empty", None), RECS)["data"],
        Value::Null
    );
    let other = delete(&mut on("data-other", None), RECS);
    assert_eq!(other["data"]["backupId"], "backup-of-somebody-else");
    assert_eq!(delete(&mut on("success-200", None), RECS)["code"], 200);
}

#[test]
fn answers_an_absent_backup_in_every_documented_and_undocumented_way() {
    let absent = |mut api: Zilliz| {
        delete(&mut api, RECS);
        let described = send_at(&mut api, now(), Method::GET, RECS);
        (described, delete(&mut api, RECS))
    };
    let ((status, body), _) = absent(on("not-found-404", None));
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_ne!(body["code"], 0);
    let ((status, body), _) = absent(on("not-found-code", Some("63104")));
    assert_eq!((status, &body["code"]), (StatusCode::OK, &json!(63104)));
    let ((_, body), _) = absent(on("describe-deleted", None));
    assert_eq!(body["data"]["status"], "DELETED");
    let (_, again) = absent(on("twice-ok", None));
    assert_eq!(again["code"], 0);
    let ((_, body), _) = absent(on("orphan-96018", None));
    assert_eq!(body["code"], 96018);
}

#[test]
fn lists_a_deleted_backup_for_the_lag_alone() {
    let mut api = on("lag-list", None);
    delete(&mut api, RECS);
    let mut count = |after: Duration| {
        let at = now().checked_add(after).unwrap();
        send_at(&mut api, at, Method::GET, "/v2/backups").1["data"]["count"].clone()
    };
    assert_eq!(count(Duration::from_secs(4)), 15);
    assert_eq!(count(LAG), 14);
}

#[test]
fn goes_wrong_while_paging() {
    let first = listed(&get(&mut sandbox(), "/v2/backups?pageSize=10"));
    let second = "/v2/backups?pageSize=10&currentPage=2";
    assert_eq!(listed(&get(&mut on("repeat-page", None), second)), first);
    assert_eq!(listed(&get(&mut on("short-page", None), second)).len(), 4);
    assert_eq!(
        get(&mut on("wrong-count", None), second)["data"]["count"],
        16
    );
    let shifted = get(&mut on("shift-page", None), second);
    assert_eq!(
        (listed(&shifted).len(), &shifted["data"]["count"]),
        (4, &json!(14))
    );
    assert_eq!(
        get(&mut on("list-data-null", None), second)["data"],
        Value::Null
    );
}

#[test]
fn denies_deleting_while_listing_works_and_the_other_way_round() {
    let mut api = on("deny-delete", None);
    assert_eq!(delete(&mut api, RECS)["code"], 96012);
    assert_eq!(get(&mut api, "/v2/backups")["code"], 0);
    let mut api = on("list-denied", None);
    assert_eq!(get(&mut api, "/v2/backups")["code"], 96013);
    assert_eq!(delete(&mut api, RECS)["code"], 0);
}

#[test]
fn throttles_in_both_forms() {
    let asked = request(Method::GET, "/v2/backups", "Bearer key", "");
    let plain = sandbox().throttled(&asked, 3);
    assert_eq!(plain.status, StatusCode::TOO_MANY_REQUESTS);
    let odd = on("rate-limit-200", None).throttled(&asked, 3);
    assert_eq!(odd.status, StatusCode::OK);
    let body = String::from_utf8(odd.body).unwrap();
    assert!(body.contains("rate limit"), "{body}");
}

#[test]
fn counts_the_limit_by_route_and_not_by_id() {
    let api = sandbox();
    let limit = |target: &str| api.limit(&request(Method::DELETE, target, "Bearer key", ""));
    assert_eq!(limit(RECS), limit("/v2/clusters/other/backups/other"));
    assert_ne!(limit(RECS), limit("/v2/clusters/other/backups/policy"));
    assert_ne!(limit(RECS), limit("/v2/clusters/other/drop"));
}

#[test]
fn takes_changes_from_outside() {
    let mut api = sandbox();
    let id = format!("{DROPPED}/backup1_60b2f9d8c1e4");
    let mut change = |change: Value| api.change(&change, now());
    change(json!({"id": id, "set": {"status": "CREATING", "size_bytes": 7, "created_at": null}}))
        .unwrap();
    assert!(change(json!({"id": id, "set": {"colour": 1}})).is_err());
    assert!(change(json!({"remove": format!("{DROPPED}/nothing")})).is_err());
    change(json!({"remove": format!("{DROPPED}/backup1_60b2f9d8c1e5")})).unwrap();
    change(json!({"add": {"provider": "zilliz", "id": "in01-new/backup-9"}})).unwrap();
    let body = get(&mut api, RECS);
    assert_eq!(body["data"]["status"], "CREATING");
    assert_eq!(body["data"]["size"], 7);
    assert_eq!(body["data"]["createTime"], Value::Null);
    assert_eq!(
        get(&mut api, "/v2/clusters/in01-new/backups/backup-9")["code"],
        0
    );
}

#[test]
fn knows_the_faults_it_names_and_no_others() {
    let mut api = sandbox();
    for kind in FAULTS {
        assert!(api.fault(kind, Some("1")), "{kind}");
        assert!(api.fault(kind, Some("off")), "{kind}");
    }
    assert!(!api.fault("code", None));
    assert!(!api.fault("no-such-thing", None));
}
