//! What a client sees of Aiven, through the [`Api`] trait as the server calls it.

use std::time::Duration;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::exchange::{Answer, Api};
use super::super::rest::request;
use super::{Aiven, DRIFT_REGION, FAULTS, SECRET};
use crate::sandbox::demo::{demo_aiven, demo_aiven_services};

const ORDERS: &str = "/v1/project/acme-prod/service/orders-pg";
const SEARCH: &str = "/v1/project/acme-prod/service/search-os";
const LAG: Duration = Duration::from_secs(5);
const EMPTY: &str = r#"{"user_config":{"additional_backup_regions":[]}}"#;

fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn sandbox() -> Aiven {
    Aiven::new(demo_aiven(now()), LAG, now(), "token".to_owned())
        .with_services(demo_aiven_services(now()))
}

fn on(kind: &str) -> Aiven {
    let mut api = sandbox();
    assert!(api.fault(kind, None), "{kind} is unknown");
    api
}

fn raw(api: &mut Aiven, method: Method, target: &str, body: &str) -> Answer {
    api.answer(&request(method, target, "aivenv1 token", body), now())
}

fn send(api: &mut Aiven, method: Method, target: &str, body: &str) -> (u16, Value) {
    let answer = raw(api, method, target, body);
    (
        answer.status.as_u16(),
        serde_json::from_slice(&answer.body).unwrap(),
    )
}

fn get(api: &mut Aiven, target: &str) -> Value {
    send(api, Method::GET, target, "").1
}

fn put(api: &mut Aiven, target: &str, body: &str) -> (u16, Value) {
    send(api, Method::PUT, target, body)
}

fn regions(service: &Value) -> &Value {
    &service["service"]["user_config"]["additional_backup_regions"]
}

fn carried(api: &mut Aiven, service: &str, at: Timestamp) -> usize {
    let asked = request(
        Method::GET,
        &format!("{service}/backups"),
        "Bearer token",
        "",
    );
    let body: Value = serde_json::from_slice(&api.answer(&asked, at).body).unwrap();
    body["backups"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|backup| backup.get("additional_regions").is_some())
        .count()
}

#[test]
fn takes_both_schemes_and_no_other_token() {
    let mut api = sandbox();
    for (auth, status) in [
        ("Bearer token", 200),
        ("aivenv1 token", 200),
        ("Bearer other", 401),
        ("Basic token", 401),
    ] {
        let answer = api.answer(&request(Method::GET, "/v1/me", auth, ""), now());
        assert_eq!(answer.status.as_u16(), status, "{auth}");
    }
}

#[test]
fn forbids_a_wrong_project_and_misses_a_wrong_service() {
    let mut api = sandbox();
    let (status, body) = send(&mut api, Method::GET, "/v1/project/other/service", "");
    assert_eq!(
        (status, &body["message"]),
        (403, &json!("Not a project member"))
    );
    assert_eq!(body["errors"][0]["status"], 403);
    let (status, body) = put(&mut api, "/v1/project/acme-prod/service/none", EMPTY);
    assert_eq!(
        (status, &body["message"]),
        (404, &json!("Service none does not exist"))
    );
}

#[test]
fn merges_user_config_by_key() {
    let mut api = sandbox();
    let target = "/v1/project/acme-prod/service/inventory-pg";
    let both = r#"{"user_config":{"additional_backup_regions":["aws-eu-north-1"],"pg":{"a":1}}}"#;
    assert_eq!(put(&mut api, target, both).0, 200);
    assert_eq!(
        put(&mut api, target, r#"{"user_config":{"pg":{"b":2}}}"#).0,
        200
    );
    assert_eq!(put(&mut api, target, "{}").0, 200);
    let config = get(&mut api, target)["service"]["user_config"].clone();
    assert_eq!(
        config,
        json!({"additional_backup_regions": ["aws-eu-north-1"], "ip_filter": ["10.0.0.0/8"], "pg": {"a": 1, "b": 2}})
    );
    assert_eq!(put(&mut api, target, EMPTY).0, 200);
    let service = get(&mut api, target);
    assert_eq!(regions(&service), &json!([]));
    assert_eq!(
        service["service"]["user_config"]["ip_filter"],
        json!(["10.0.0.0/8"])
    );
}

#[test]
fn refuses_what_is_no_list_of_regions() {
    let mut api = sandbox();
    for value in [
        "null",
        r#""aws-eu-north-1""#,
        r#"["AWS"]"#,
        "[1]",
        r#"["a","b"]"#,
    ] {
        let body = format!(r#"{{"user_config":{{"additional_backup_regions":{value}}}}}"#);
        let (status, answer) = put(&mut api, ORDERS, &body);
        assert_eq!(status, 400, "{value}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.starts_with("Invalid 'user_config': "), "{message}");
    }
    assert_eq!(
        regions(&get(&mut api, ORDERS)),
        &json!(["aws-eu-central-1"])
    );
}

#[test]
fn removes_one_of_several_regions_and_keeps_the_copies_of_the_others() {
    let mut api = sandbox();
    let body =
        r#"{"user_config":{"additional_backup_regions":["aws-eu-central-1","azure-westeurope"]}}"#;
    assert_eq!(put(&mut api, SEARCH, body).0, 200);
    let state = api.state(now());
    let service = state["services"]
        .as_array()
        .unwrap()
        .iter()
        .find(|service| service["service"] == "search-os")
        .unwrap();
    let held: Vec<usize> = service["regions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|region| region["copies"].as_array().unwrap().len())
        .collect();
    assert_eq!((held, &service["puts"]), (vec![3, 2], &json!(1)));
    let mut strict = on("limit-one");
    assert_eq!(put(&mut strict, SEARCH, body).0, 400);
    let grown = r#"{"user_config":{"additional_backup_regions":["a-1","b-1"]}}"#;
    assert_eq!(put(&mut on("limit-many"), SEARCH, grown).0, 200);
}

#[test]
fn shows_a_removed_region_in_the_backups_for_the_lag_alone() {
    let mut api = sandbox();
    assert_eq!(carried(&mut api, ORDERS, now()), 14);
    put(&mut api, ORDERS, EMPTY);
    assert_eq!(carried(&mut api, ORDERS, now()), 14);
    assert_eq!(
        carried(&mut api, ORDERS, now().checked_add(LAG).unwrap()),
        0
    );
    let again = r#"{"user_config":{"additional_backup_regions":["aws-eu-central-1"]}}"#;
    put(&mut api, ORDERS, again);
    // History does not come back.
    assert_eq!(carried(&mut api, ORDERS, now()), 0);
}

#[test]
fn does_the_harm_that_a_wrong_body_asks_for() {
    let mut api = sandbox();
    let body = r#"{"plan":"startup-1","cloud":"aws-us-east-1","powered":false,"project_vpc_id":null,"user_config":{"backup_retention_days":2}}"#;
    assert_eq!(put(&mut api, ORDERS, body).0, 200);
    let service = get(&mut api, ORDERS)["service"].clone();
    assert_eq!(service["plan"], "startup-1");
    assert_eq!(service["cloud_name"], "aws-us-east-1");
    assert_eq!(service["state"], "POWEROFF");
    assert_eq!(service["backups"].as_array().unwrap().len(), 2);
    assert_eq!(send(&mut api, Method::DELETE, ORDERS, "").0, 200);
    assert_eq!(send(&mut api, Method::GET, ORDERS, "").0, 404);
    assert_eq!(
        api.state(now())["deleted_services"],
        json!(["acme-prod/orders-pg"])
    );
}

#[test]
fn protects_against_termination_but_not_against_losing_a_region() {
    let mut api = sandbox();
    let billing = "/v1/project/acme-prod/service/billing-mysql";
    assert_eq!(send(&mut api, Method::DELETE, billing, "").0, 403);
    assert_eq!(put(&mut api, billing, r#"{"powered":false}"#).0, 403);
    assert_eq!(put(&mut api, billing, EMPTY).0, 200);
}

#[test]
fn carries_secrets_in_a_service_but_not_in_the_state() {
    let mut api = sandbox();
    let service = get(&mut api, ORDERS)["service"].clone();
    for path in [
        "/service_uri",
        "/service_uri_params/password",
        "/users/0/password",
        "/connection_info/pg/0",
    ] {
        let text = service.pointer(path).and_then(Value::as_str).unwrap();
        assert!(text.contains(SECRET), "{path}");
    }
    assert!(!api.state(now()).to_string().contains(SECRET));
}

#[test]
fn has_no_backups_on_a_read_replica() {
    let mut api = sandbox();
    let replica = "/v1/project/acme-prod/service/orders-pg-replica";
    assert_eq!(
        get(&mut api, &format!("{replica}/backups")),
        json!({"backups": []})
    );
}

#[test]
fn says_and_does_different_things() {
    let mut api = on("kept");
    let (_, answer) = put(&mut api, ORDERS, EMPTY);
    assert_eq!(regions(&answer), &json!([]));
    assert_eq!(
        regions(&get(&mut api, ORDERS)),
        &json!(["aws-eu-central-1"])
    );
    let mut api = on("answer-lists-region");
    let (_, answer) = put(&mut api, ORDERS, EMPTY);
    assert_eq!(regions(&answer), &json!(["aws-eu-central-1"]));
    assert_eq!(regions(&get(&mut api, ORDERS)), &json!([]));
}

#[test]
fn fails_in_every_form_before_and_after_doing_it() {
    for (kind, status, left) in [
        ("error-200", 200, json!(["aws-eu-central-1"])),
        ("error-200-after", 200, json!([])),
        ("html-408", 408, json!(["aws-eu-central-1"])),
        ("html-408-after", 408, json!([])),
        ("deny-update", 403, json!(["aws-eu-central-1"])),
    ] {
        let mut api = on(kind);
        let answer = raw(&mut api, Method::PUT, ORDERS, EMPTY);
        assert_eq!(answer.status.as_u16(), status, "{kind}");
        assert_eq!(regions(&get(&mut api, ORDERS)), &left, "{kind}");
    }
}

#[test]
fn drifts_between_two_reads() {
    let mut api = on("drift");
    assert_eq!(
        regions(&get(&mut api, ORDERS)),
        &json!(["aws-eu-central-1"])
    );
    let drifted = json!(["aws-eu-central-1", DRIFT_REGION]);
    assert_eq!(regions(&get(&mut api, ORDERS)), &drifted);
    assert_eq!(regions(&get(&mut api, ORDERS)), &drifted);
}

#[test]
fn refuses_a_put_that_changes_nothing_where_told_to() {
    let mut api = on("put-twice-400");
    assert_eq!(put(&mut api, ORDERS, EMPTY).0, 200);
    assert_eq!(put(&mut api, ORDERS, EMPTY).0, 400);
}

#[test]
fn denies_the_backups_while_the_service_may_be_read() {
    let mut api = on("backups-denied");
    assert_eq!(
        send(&mut api, Method::GET, &format!("{ORDERS}/backups"), "").0,
        403
    );
    let service = get(&mut api, ORDERS);
    assert_eq!(service["service"]["backups"].as_array().unwrap().len(), 14);
}

#[test]
fn closes_one_project_or_one_service() {
    let get_status = |api: &mut super::Aiven, path: &str| send(api, Method::GET, path, "").0;
    let list = "/v1/project/acme-prod/service";
    let backups = format!("{ORDERS}/backups");
    for (kind, value, path, status) in [
        ("not-a-member", "acme-prod", list, 403),
        ("services-denied", "acme-prod", list, 403),
        ("services-error", "acme-prod", list, 500),
        ("backups-error", "orders-pg", &backups, 500),
        ("backups-error", "acme-prod/orders-pg", &backups, 500),
    ] {
        let mut api = sandbox();
        assert!(api.fault(kind, Some(value)));
        assert_eq!(get_status(&mut api, path), status, "{kind}={value}");
        assert_eq!(get_status(&mut api, "/v1/project"), 200, "{kind}={value}");
        assert!(api.fault(kind, Some("another")));
        assert_eq!(get_status(&mut api, path), 200, "{kind}=another");
    }
}

#[test]
fn throttles_with_the_wait_in_the_message() {
    let asked = request(Method::GET, "/v1/project", "Bearer token", "");
    let answer = sandbox().throttled(&asked, 28);
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let body = String::from_utf8(answer.body).unwrap();
    assert!(
        body.contains("Rate limit 120 exceeded - try again in 28s"),
        "{body}"
    );
    assert!(
        answer
            .headers
            .iter()
            .all(|(name, _)| *name != "retry-after")
    );
}

#[test]
fn takes_changes_from_outside() {
    let mut api = sandbox();
    let mut change = |change: Value| api.change(&change, now());
    change(json!({"id": "acme-prod/orders-pg/aws-eu-central-1", "set": {"paused": true}})).unwrap();
    change(json!({"id": "acme-prod/orders-pg", "set": {"termination_protection": true}})).unwrap();
    change(json!({"remove": "acme-prod/search-os/azure-westeurope"})).unwrap();
    change(json!({"add": {"provider": "aiven", "id": "new/pg-1/aws-eu-north-1"}})).unwrap();
    assert!(change(json!({"remove": "acme-prod/search-os/azure-westeurope"})).is_err());
    assert!(change(json!({"id": "acme-prod", "set": {}})).is_err());
    let service = get(&mut api, ORDERS);
    assert_eq!(service["service"]["termination_protection"], true);
    let backups = get(&mut api, &format!("{ORDERS}/backups"));
    assert_eq!(
        backups["backups"][0]["additional_regions"][0]["paused"],
        true
    );
    assert_eq!(
        regions(&get(&mut api, SEARCH)),
        &json!(["aws-eu-central-1", "google-europe-west4"])
    );
    assert_eq!(
        regions(&get(&mut api, "/v1/project/new/service/pg-1")),
        &json!(["aws-eu-north-1"])
    );
}

#[test]
fn knows_the_faults_it_names_and_no_others() {
    let mut api = sandbox();
    for kind in FAULTS {
        assert!(api.fault(kind, None), "{kind}");
    }
    assert!(!api.fault("no-such-thing", None));
}
