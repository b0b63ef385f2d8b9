//! What leaves, and every near miss that must not.

use serde_json::json;

use super::*;
use crate::{
    backup::{
        ErrorKind, Sent,
        samples::{backup, id},
    },
    plan::{
        Approved,
        samples::{approved, item, plan},
    },
    transport::{Settings, Transport},
};

const HOST: &str = "https://backup.eu-central-1.amazonaws.com";
const PATH: &str = "/backup-vaults/prod/recovery-points/arn%3Aaws%3Aec2%3A%3Asnapshot%2Fsnap-1";

fn request(method: &str, url: &str, body: &str) -> Request<Bytes> {
    Request::builder()
        .method(method)
        .uri(url)
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap()
}

fn warrant(method: Method, url: &str, body: Body) -> Warrant {
    Warrant::new(method, &url.parse().unwrap(), body, vec![id("a")]).unwrap()
}

fn delete_of(url: &str) -> Warrant {
    warrant(Method::DELETE, url, Body::Empty)
}

fn check(gate: &Gate, method: &str, url: &str, body: &str) -> Result<Pass, Refusal> {
    gate.check(Lane::Control, &request(method, url, body), &[])
}

fn point() -> String {
    format!("{HOST}{PATH}")
}

#[test]
fn s2_a_closed_gate_lets_reading_through_and_nothing_else() {
    let gate = Gate::default();
    assert_eq!(check(&gate, "GET", &point(), ""), Ok(Pass::Through));
    assert_eq!(
        check(&gate, "GET", "https://api.aiven.io/v1/project?limit=1", ""),
        Ok(Pass::Through)
    );
    for method in [
        "DELETE", "PUT", "POST", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PURGE", "get",
        "delete",
    ] {
        assert_eq!(
            check(&gate, method, &point(), ""),
            Err(Refusal::NotArmed),
            "{method}"
        );
    }
}

#[test]
fn s2_the_list_of_regions_has_its_own_lane_and_no_other() {
    let gate = Gate::default();
    let url = "https://account.us-east-1.amazonaws.com/listRegions";
    let mut list = request("POST", url, "{}");
    let signed =
        "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/account/aws4_request, Signature=0";
    list.headers_mut()
        .insert("authorization", signed.parse().unwrap());
    for (lane, expected) in [
        (Lane::Regions, Ok(Pass::Through)),
        (Lane::Control, Err(Refusal::NotArmed)),
        (Lane::Credentials, Err(Refusal::NotCredentials)),
    ] {
        assert_eq!(gate.check(lane, &list, &[]), expected, "{lane:?}");
    }
    let _armed = gate.arm(vec![delete_of(&point()).into()], false);
    let delete = request("DELETE", &point(), "");
    assert_eq!(
        gate.check(Lane::Regions, &delete, &[]),
        Err(Refusal::NotRegions)
    );
    list.headers_mut()
        .insert("x-http-method-override", "DELETE".parse().unwrap());
    assert_eq!(
        gate.check(Lane::Regions, &list, &[]),
        Err(Refusal::MethodOverride)
    );
}

#[test]
fn s2_a_get_with_a_body_is_no_reading() {
    let gate = Gate::default();
    assert_eq!(check(&gate, "GET", &point(), "{}"), Err(Refusal::NotArmed));
    let _armed = gate.arm(vec![delete_of(&point()).into()], false);
    assert_eq!(
        check(&gate, "GET", &point(), "{}"),
        Err(Refusal::NotApproved)
    );
}

#[test]
fn s2_armed_exactly_the_approved_request_leaves() {
    let gate = Gate::default();
    let _armed = gate.arm(vec![delete_of(&point()).into()], false);
    assert_eq!(check(&gate, "DELETE", &point(), ""), Ok(Pass::Through));
    // The same place in another spelling of host and port.
    assert_eq!(
        check(
            &gate,
            "DELETE",
            &format!("https://BACKUP.eu-central-1.amazonaws.com:443{PATH}"),
            ""
        ),
        Ok(Pass::Through)
    );
}

#[test]
fn s2_every_near_miss_of_the_approved_request_is_refused() {
    let gate = Gate::default();
    let _armed = gate.arm(vec![delete_of(&point()).into()], false);
    let other_paths = [
        // Decoded, encoded twice, in other hexadecimal, with dots, with more or fewer slashes, its container.
        "/backup-vaults/prod/recovery-points/arn:aws:ec2::snapshot/snap-1".to_owned(),
        PATH.replace('%', "%25"),
        PATH.replace("%3A", "%3a"),
        format!("{PATH}/"),
        format!("/{PATH}"),
        format!("/x/..{PATH}"),
        format!("/.{PATH}"),
        PATH.replace("/recovery-points/", "/recovery-points/./"),
        PATH.replace("/prod/", "//prod/"),
        PATH.replace("/prod/", "/PROD/"),
        PATH.replace("snap-1", "snap-10"),
        PATH.replace("snap-1", "snap-"),
        "/backup-vaults/prod".to_owned(),
        "/".to_owned(),
        format!("{PATH}/drop"),
        format!("{PATH};x"),
        format!("{PATH}%00"),
        format!("{PATH}?force=true"),
        format!("{PATH}?a"),
    ];
    for path in other_paths {
        assert_eq!(
            check(&gate, "DELETE", &format!("{HOST}{path}"), ""),
            Err(Refusal::NotApproved),
            "{path}"
        );
    }
    for host in [
        "https://backup.eu-central-2.amazonaws.com",
        "https://backup.eu-central-1.amazonaws.com.evil.example",
        "https://backup.eu-central-1.amazonaws.com.",
        "https://backup.eu-central-1.amazonaws.com:8443",
        "https://127.0.0.1",
        "http://127.0.0.1:443",
    ] {
        assert_eq!(
            check(&gate, "DELETE", &format!("{host}{PATH}"), ""),
            Err(Refusal::NotApproved),
            "{host}"
        );
    }
    assert_eq!(
        check(&gate, "DELETE", &point().replacen("https", "http", 1), ""),
        Err(Refusal::PlainHttp)
    );
    for method in ["POST", "PUT", "PATCH", "delete", "HEAD"] {
        assert_eq!(
            check(&gate, method, &point(), ""),
            Err(Refusal::NotApproved),
            "{method}"
        );
    }
    for body in ["{}", " ", "null", "\0"] {
        assert_eq!(
            check(&gate, "DELETE", &point(), body),
            Err(Refusal::ForeignBody),
            "{body:?}"
        );
    }
}

#[test]
fn s2_the_list_of_aivens_regions_is_the_approved_one_to_the_byte() {
    let url = "https://api.aiven.io/v1/project/acme/service/pg";
    let body = json!({ "user_config": { "additional_backup_regions": ["aws-eu-west-1"] } });
    let gate = Gate::default();
    let _armed = gate.arm(
        vec![warrant(Method::PUT, url, Body::Json(body.clone())).into()],
        false,
    );
    assert_eq!(
        check(&gate, "PUT", url, &body.to_string()),
        Ok(Pass::Through)
    );
    for body in [
        // More than was approved, less than was approved, another one, in another type.
        r#"{"user_config":{"additional_backup_regions":[]}}"#,
        r#"{"user_config":{"additional_backup_regions":["aws-eu-west-1","x"]}}"#,
        r#"{"user_config":{"additional_backup_regions":["aws-eu-west-2"]}}"#,
        r#"{"user_config":{"additional_backup_regions":"aws-eu-west-1"}}"#,
        r#"{"user_config":{"additional_backup_regions":null}}"#,
        r#"{"user_config":null}"#,
        r#"{"user_config":{}}"#,
        "{}",
        "null",
        "[]",
        "",
        // What turns the service off, moves it, or resizes it.
        r#"{"powered":false,"user_config":{"additional_backup_regions":["aws-eu-west-1"]}}"#,
        r#"{"user_config":{"additional_backup_regions":["aws-eu-west-1"]},"plan":"hobbyist"}"#,
        r#"{"cloud":"x","user_config":{"additional_backup_regions":["aws-eu-west-1"]}}"#,
        r#"{"termination_protection":false,"user_config":{"additional_backup_regions":["aws-eu-west-1"]}}"#,
        r#"{"user_config":{"additional_backup_regions":["aws-eu-west-1"],"admin_password":"x"}}"#,
        // The same value to a parser that takes the last of two keys, and another to one that takes the first.
        r#"{"user_config":{"additional_backup_regions":[]},"user_config":{"additional_backup_regions":["aws-eu-west-1"]}}"#,
        r#"{"user_config":{"additional_backup_regions":[],"additional_backup_regions":["aws-eu-west-1"]}}"#,
        // The same value in other bytes, and with a tail.
        r#"{ "user_config":{"additional_backup_regions":["aws-eu-west-1"]}}"#,
        r#"{"user_config":{"additional_backup_regions":["aws-eu-west-\u0031"]}}"#,
        r#"{"user_config":{"additional_backup_regions":["aws-eu-west-1"]}}{}"#,
        "{\"user_config\":{\"additional_backup_regions\":[\"aws-eu-west-1\"]}}\n",
    ] {
        assert_eq!(
            check(&gate, "PUT", url, body),
            Err(Refusal::ForeignBody),
            "{body}"
        );
    }
    for method in ["DELETE", "POST", "PATCH"] {
        assert_eq!(
            check(&gate, method, url, &body.to_string()),
            Err(Refusal::NotApproved),
            "{method}"
        );
    }
}

#[test]
fn s2_the_siblings_of_a_zilliz_backup_are_refused() {
    let url = "https://api.cloud.zilliz.com/v2/clusters/in01-a/backups/backup1";
    let gate = Gate::default();
    let _armed = gate.arm(vec![delete_of(url).into()], false);
    assert_eq!(check(&gate, "DELETE", url, ""), Ok(Pass::Through));
    for (method, url) in [
        (
            "DELETE",
            "https://api.cloud.zilliz.com/v2/clusters/in01-a/drop",
        ),
        (
            "DELETE",
            "https://api.cloud.zilliz.com/v2/clusters/in01-a/backups/backup1/drop",
        ),
        ("DELETE", "https://api.cloud.zilliz.com/v2/clusters/in01-a"),
        (
            "DELETE",
            "https://api.cloud.zilliz.com/v2/clusters/in01-a/backups/../drop",
        ),
        (
            "POST",
            "https://api.cloud.zilliz.com/v2/clusters/in01-a/drop",
        ),
        (
            "DELETE",
            "https://api.cloud.zilliz.com.cn/v2/clusters/in01-a/backups/backup1",
        ),
    ] {
        assert_eq!(
            check(&gate, method, url, ""),
            Err(Refusal::NotApproved),
            "{method} {url}"
        );
    }
}

#[test]
fn s2_plain_http_reaches_this_machine_alone() {
    let gate = Gate::default();
    for origin in [
        "http://127.0.0.1:8080",
        "http://127.8.9.1",
        "http://[::1]:8080",
        "http://localhost:1",
        "http://LOCALHOST",
    ] {
        let url = format!("{origin}/v1");
        assert_eq!(check(&gate, "GET", &url, ""), Ok(Pass::Through), "{origin}");
        let _armed = gate.arm(vec![delete_of(&url).into()], false);
        assert_eq!(
            check(&gate, "DELETE", &url, ""),
            Ok(Pass::Through),
            "{origin}"
        );
    }
    for origin in [
        "http://localhost.evil.example",
        "http://localhost.",
        "http://api.aiven.io",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://127.0.0.1.evil.example",
        "http://127.1",
        "http://[::]",
        "http://[2001:db8::1]",
        "http://169.254.169.254",
    ] {
        assert_eq!(
            check(&gate, "GET", &format!("{origin}/v1"), ""),
            Err(Refusal::PlainHttp),
            "{origin}"
        );
    }
}

#[test]
fn s2_what_hides_where_it_goes_is_no_address() {
    let gate = Gate::default();
    let _armed = gate.arm(vec![delete_of(&point()).into()], false);
    for url in [
        format!("https://backup.eu-central-1.amazonaws.com@evil.example{PATH}"),
        format!("https://user@backup.eu-central-1.amazonaws.com{PATH}"),
        format!("https://user:pass@backup.eu-central-1.amazonaws.com{PATH}"),
        format!("ftp://backup.eu-central-1.amazonaws.com{PATH}"),
        PATH.to_owned(),
        "https://user@api.aiven.io/v1/project".to_owned(),
    ] {
        for method in ["GET", "DELETE"] {
            assert_eq!(
                check(&gate, method, &url, ""),
                Err(Refusal::NoAddress),
                "{method} {url}"
            );
        }
    }
    for url in [
        "/relative",
        "https://h.example/p?force=1",
        "https://h.example/p?",
    ] {
        assert_eq!(
            Warrant::new(
                Method::DELETE,
                &url.parse().unwrap(),
                Body::Empty,
                vec![id("a")]
            ),
            Err(NoWarrant::NoAddress),
            "{url}"
        );
    }
    assert!(
        Warrant::new(
            Method::DELETE,
            &point().parse().unwrap(),
            Body::Empty,
            vec![]
        )
        .is_err(),
        "a warrant for nothing"
    );
}

#[test]
fn s2_a_method_cannot_be_overridden_nor_the_host_by_a_header() {
    let gate = Gate::default();
    let _armed = gate.arm(vec![delete_of(&point()).into()], false);
    for name in [
        "X-HTTP-Method-Override",
        "x-http-method",
        "X-Method-Override",
    ] {
        for (method, lane) in [
            ("GET", Lane::Control),
            ("DELETE", Lane::Control),
            ("GET", Lane::Credentials),
        ] {
            let mut request = request(method, &point(), "");
            request.headers_mut().insert(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                "DELETE".parse().unwrap(),
            );
            assert_eq!(
                gate.check(lane, &request, &[]),
                Err(Refusal::MethodOverride),
                "{name} {method}"
            );
        }
    }
    let with_host = |host: &str| {
        let mut request = request("DELETE", &point(), "");
        request
            .headers_mut()
            .insert(http::header::HOST, host.parse().unwrap());
        gate.check(Lane::Control, &request, &[])
    };
    for same in [
        "backup.eu-central-1.amazonaws.com",
        "Backup.eu-central-1.amazonaws.com:443",
    ] {
        assert_eq!(with_host(same), Ok(Pass::Through), "{same}");
    }
    for other in ["evil.example", "", "backup.eu-central-1.amazonaws.com:8443"] {
        assert_eq!(with_host(other), Err(Refusal::NoAddress), "{other:?}");
    }
}

#[test]
fn s2_the_credential_lane_reaches_no_providers_delete_even_when_armed() {
    let gate = Gate::default();
    let zilliz = "https://api.cloud.zilliz.com/v2/clusters/in01/backups/b";
    let aiven = "https://api.aiven.io/v1/project/acme/service/pg";
    let body = json!({ "user_config": {} });
    let _armed = gate.arm(
        vec![
            delete_of(&point()).into(),
            delete_of(zilliz).into(),
            warrant(Method::PUT, aiven, Body::Json(body.clone())).into(),
        ],
        false,
    );
    for (method, url, body) in [
        ("DELETE", point(), String::new()),
        ("DELETE", zilliz.to_owned(), String::new()),
        ("PUT", aiven.to_owned(), body.to_string()),
        ("GET", zilliz.to_owned(), String::new()),
    ] {
        assert_eq!(
            gate.check(Lane::Credentials, &request(method, &url, &body), &[]),
            Err(Refusal::NotCredentials),
            "{method} {url}"
        );
    }
}

#[test]
fn s2_the_gate_closes_when_the_guard_is_dropped() {
    let gate = Gate::default();
    let armed = gate.arm(vec![delete_of(&point()).into()], false);
    assert_eq!(check(&gate, "DELETE", &point(), ""), Ok(Pass::Through));
    drop(armed);
    assert_eq!(check(&gate, "DELETE", &point(), ""), Err(Refusal::NotArmed));
}

#[test]
fn s2_two_armed_sets_do_not_close_each_other() {
    let gate = Gate::default();
    let other = format!("{HOST}/backup-vaults/prod/recovery-points/other");
    let first = gate.arm(
        vec![delete_of(&point()).into(), delete_of(&other).into()],
        false,
    );
    let second = gate.arm(vec![delete_of(&other).into()], false);
    drop(second);
    assert_eq!(check(&gate, "DELETE", &point(), ""), Ok(Pass::Through));
    assert_eq!(
        check(&gate, "DELETE", &other, ""),
        Ok(Pass::Through),
        "the first set holds it too"
    );
    let third = gate.arm(vec![delete_of(&other).into()], false);
    drop(first);
    assert_eq!(check(&gate, "DELETE", &other, ""), Ok(Pass::Through));
    assert_eq!(
        check(&gate, "DELETE", &point(), ""),
        Err(Refusal::NotApproved)
    );
    drop(third);
    assert_eq!(check(&gate, "DELETE", &other, ""), Err(Refusal::NotArmed));
}

#[test]
fn s2_two_approved_bodies_for_one_address_are_both_let_through() {
    let url = "https://api.aiven.io/v1/project/acme/service/pg";
    let bodies = [json!({ "a": 1 }), json!({ "a": 2 })];
    let gate = Gate::default();
    let _armed = gate.arm(
        bodies
            .iter()
            .map(|body| warrant(Method::PUT, url, Body::Json(body.clone())).into())
            .collect(),
        false,
    );
    for body in &bodies {
        assert_eq!(
            check(&gate, "PUT", url, &body.to_string()),
            Ok(Pass::Through),
            "{body}"
        );
    }
    assert_eq!(
        check(&gate, "PUT", url, r#"{"a":3}"#),
        Err(Refusal::ForeignBody)
    );
}

#[test]
fn s19_a_rehearsal_withholds_what_would_leave_and_refuses_what_would_be_refused() {
    let gate = Gate::default();
    let armed = gate.arm(vec![delete_of(&point()).into()], true);
    assert_eq!(check(&gate, "DELETE", &point(), ""), Ok(Pass::Withheld));
    assert_eq!(check(&gate, "GET", &point(), ""), Ok(Pass::Through));
    assert_eq!(
        check(&gate, "DELETE", &point(), "{}"),
        Err(Refusal::ForeignBody)
    );
    assert_eq!(
        check(&gate, "DELETE", &format!("{}/", point()), ""),
        Err(Refusal::NotApproved)
    );
    // A rehearsal next to a run lets nothing more through.
    let real = gate.arm(vec![delete_of(&point()).into()], false);
    assert_eq!(check(&gate, "DELETE", &point(), ""), Ok(Pass::Withheld));
    drop(armed);
    assert_eq!(check(&gate, "DELETE", &point(), ""), Ok(Pass::Through));
    drop(real);
}

fn consent_to(names: &[&str]) -> Approved {
    approved(&plan(names.iter().map(|name| item(backup(name))).collect()))
}

fn warrant_for(names: &[&str]) -> Warrant {
    Warrant::new(
        Method::DELETE,
        &"http://127.0.0.1:9/v1/x".parse().unwrap(),
        Body::Empty,
        names.iter().map(|name| id(name)).collect(),
    )
    .unwrap()
}

#[test]
fn s1_a_removal_is_made_of_what_was_approved_and_of_nothing_else() {
    let consent = consent_to(&["a", "b"]);
    let removal = |items: &[&str], warranted: &[&str]| {
        let items = items.iter().map(|name| Arc::new(backup(name))).collect();
        consent.removal(items, warrant_for(warranted)).is_ok()
    };
    assert!(removal(&["a"], &["a"]));
    assert!(removal(&["a", "b"], &["b", "a"]));
    assert!(!removal(&[], &["a"]), "nothing");
    assert!(!removal(&["c"], &["c"]), "not approved");
    assert!(!removal(&["a", "c"], &["a", "c"]), "one not approved");
    assert!(!removal(&["a"], &["b"]), "a warrant for another");
    assert!(!removal(&["a"], &["a", "b"]), "a warrant for more");
    assert!(!removal(&["a", "b"], &["a"]), "a warrant for less");
    assert!(
        !removal(&["a", "a"], &["a", "c"]),
        "one twice hides one that nobody approved"
    );
    assert!(!removal(&["a", "a"], &["a"]), "one twice");
}

#[test]
fn s2_the_transport_is_not_armed_beyond_the_approval() {
    let wide = consent_to(&["a", "b"]);
    let narrow = consent_to(&["a"]);
    let removal = wide
        .removal(
            vec![Arc::new(backup("a")), Arc::new(backup("b"))],
            warrant_for(&["a", "b"]),
        )
        .unwrap();
    let transport = Transport::new(Settings::default());
    assert_eq!(
        transport.arm(&narrow, std::slice::from_ref(&removal)).err(),
        Some(Refusal::NotApproved)
    );
    assert!(transport.arm(&wide, &[removal]).is_ok());
}

#[tokio::test]
async fn s2_s19_the_transport_itself_asks_the_gate() {
    let url = "http://127.0.0.1:9/v1/x";
    let transport = Transport::new(Settings::default());
    let outcome = async |transport: &Transport| {
        let failure = transport
            .exchange(Lane::Control, request("DELETE", url, ""))
            .await
            .unwrap_err();
        (failure.error_kind(), failure.sent())
    };
    assert_eq!(outcome(&transport).await, (ErrorKind::Gate, Sent::No));
    let plan = plan(vec![item(backup("a"))]);
    let rehearsal = Approved::rehearsal(&plan);
    let removal = rehearsal
        .removal(vec![Arc::new(backup("a"))], warrant_for(&["a"]))
        .unwrap();
    let armed = transport.arm(&rehearsal, &[removal]).unwrap();
    assert_eq!(outcome(&transport).await, (ErrorKind::Rehearsed, Sent::No));
    drop(armed);
    assert_eq!(outcome(&transport).await, (ErrorKind::Gate, Sent::No));
}
