//! The one changing request, what stops it, and reading back.

use std::time::Duration;

use http::Method;
use serde_json::json;

use super::{
    Fake, OTHER, REGION, aiven, approve, delete,
    fake::{self, copy},
    find, read_back,
};
use crate::{
    plan::Approved,
    provider::{Delete, ErrorKind, Inventory, Sent},
};

const SERVICE: &str = "/v1/project/acme/service/pg";
const BACKUPS: &str = "/v1/project/acme/service/pg/backups";

fn one() -> String {
    format!("acme/pg/{REGION}")
}

fn both() -> [String; 2] {
    [one(), format!("acme/pg/{OTHER}")]
}

#[tokio::test]
async fn one_region_is_removed_by_sending_the_list_without_it_and_nothing_else() {
    let fake = Fake::start().await;
    let (results, items, aiven) = delete(&fake, &[&one()], |_| {}).await;
    let accepted = results[0].as_ref().unwrap();
    assert_eq!(
        (accepted.absent, accepted.request_id.as_deref()),
        (false, Some("r-1"))
    );
    let sent =
        format!(r#"PUT {SERVICE} {{"user_config":{{"additional_backup_regions":["{OTHER}"]}}}}"#);
    assert_eq!(fake.changes(), [sent]);
    assert_eq!(
        read_back(&aiven, &items).await,
        ["deleting"],
        "copies still carry it"
    );
    fake.with(|inside| {
        inside
            .backups
            .insert("acme/pg".to_owned(), json!({"backups": []}))
    });
    assert_eq!(read_back(&aiven, &items).await, ["gone"]);
}

#[tokio::test]
async fn all_regions_of_a_service_are_one_request() {
    let fake = Fake::start().await;
    let ids = both();
    let ids = [
        ids[0].as_str(),
        ids[1].as_str(),
        &format!("beta/pg/{REGION}"),
    ];
    let (results, ..) = delete(&fake, &ids, |_| {}).await;
    assert!(results.iter().all(Result::is_ok));
    let empty = r#"{"user_config":{"additional_backup_regions":[]}}"#;
    let beta = SERVICE.replace("acme", "beta");
    assert_eq!(
        fake.changes(),
        [
            format!("PUT {SERVICE} {empty}"),
            format!("PUT {beta} {empty}")
        ]
    );
}

#[tokio::test]
async fn the_list_is_not_sent_where_it_is_what_was_wanted_already() {
    for regions in [&[OTHER][..], &[], &["azure-westeurope"]] {
        let fake = Fake::start().await;
        let (results, items, aiven) =
            delete(&fake, &[&one()], |fake| fake.list("acme/pg", regions)).await;
        let accepted = results[0].as_ref().unwrap();
        assert!(accepted.absent && !accepted.sent);
        assert!(fake.changes().is_empty(), "{regions:?}");
        assert_eq!(read_back(&aiven, &items).await, ["deleting"]);
    }
    let fake = Fake::start().await;
    let (results, items, aiven) = delete(&fake, &[&one()], |fake| {
        fake.with(|inside| inside.services.remove("acme/pg"));
    })
    .await;
    let accepted = results[0].as_ref().unwrap();
    assert!(accepted.absent && !accepted.sent);
    assert_eq!(read_back(&aiven, &items).await, ["gone"]);
}

#[tokio::test]
async fn s8_s17_what_changed_since_the_plan_stops_the_request() {
    type Change = fn(&Fake);
    let cases: [(Change, ErrorKind); 5] = [
        (
            |fake| fake.list("acme/pg", &[REGION, OTHER, "do-ams"]),
            ErrorKind::Drift,
        ),
        (|fake| fake.list("acme/pg", &[REGION]), ErrorKind::Drift),
        (
            |fake| fake.set("acme/pg", "state", json!("MIGRATING")),
            ErrorKind::Drift,
        ),
        (
            |fake| fake.set("acme/pg", "state", json!("POWEROFF")),
            ErrorKind::Drift,
        ),
        (
            |fake| fake.set("acme/pg", "termination_protection", json!(true)),
            ErrorKind::Protected,
        ),
    ];
    for (number, (change, kind)) in cases.into_iter().enumerate() {
        let fake = Fake::start().await;
        let (results, ..) = delete(&fake, &[&one()], change).await;
        let error = results[0].as_ref().unwrap_err();
        assert_eq!((error.kind, error.sent), (kind, Sent::No), "case {number}");
        assert!(fake.changes().is_empty(), "case {number}");
    }
}

#[tokio::test]
async fn the_order_of_the_list_and_a_rebalancing_are_no_drift() {
    let fake = Fake::start().await;
    let (results, ..) = delete(&fake, &[&one()], |fake| {
        fake.list("acme/pg", &[OTHER, REGION]);
        fake.set("acme/pg", "state", json!("REBALANCING"));
    })
    .await;
    assert!(results[0].is_ok());
    assert_eq!(fake.changes().len(), 1);
}

#[tokio::test]
async fn s22_s23_what_an_answer_means_is_read_off_it() {
    let refusal = |message: &str| {
        format!(r#"{{"errors":[{{"message":"{message}","status":0}}],"message":"{message}"}}"#)
    };
    for (status, body, kind, sent) in [
        (
            400,
            refusal("Invalid 'user_config': has too many items"),
            ErrorKind::Refused,
            Sent::Answered,
        ),
        (
            401,
            refusal("Authentication failed"),
            ErrorKind::Credentials,
            Sent::Answered,
        ),
        (
            403,
            refusal("Service is protected against termination"),
            ErrorKind::Protected,
            Sent::Answered,
        ),
        (403, refusal("no"), ErrorKind::Permission, Sent::Answered),
        (
            404,
            refusal("Service pg does not exist"),
            ErrorKind::NotFound,
            Sent::Answered,
        ),
        (408, "<html>".to_owned(), ErrorKind::Timeout, Sent::Perhaps),
        (502, "<html>".to_owned(), ErrorKind::Server, Sent::Perhaps),
        (503, String::new(), ErrorKind::Server, Sent::Perhaps),
        (
            403,
            "<html>".to_owned(),
            ErrorKind::Malformed,
            Sent::Perhaps,
        ),
        (
            200,
            "<html>".to_owned(),
            ErrorKind::Malformed,
            Sent::Perhaps,
        ),
        (200, "{}".to_owned(), ErrorKind::Malformed, Sent::Perhaps),
        (
            200,
            r#"{"error":"Internal error"}"#.to_owned(),
            ErrorKind::Server,
            Sent::Perhaps,
        ),
        (302, String::new(), ErrorKind::Malformed, Sent::Perhaps),
    ] {
        let fake = Fake::start().await;
        fake.script(Method::PUT, SERVICE, status, &body, 1);
        let (results, items, aiven) = delete(&fake, &[&one()], |_| {}).await;
        let error = results[0].as_ref().unwrap_err();
        assert_eq!((error.kind, error.sent), (kind, sent), "{status} {body}");
        assert_eq!(read_back(&aiven, &items).await, ["present"]);
        assert_eq!(fake.changes().len(), 1, "sent once, whatever comes");
    }
}

#[tokio::test]
async fn s24_the_wait_of_a_throttled_request_is_in_its_message() {
    let fake = Fake::start().await;
    let message = "Request denied: Rate limit 120 exceeded - try again in 28s";
    fake.refuse(Method::PUT, SERVICE, 429, message);
    let (results, ..) = delete(&fake, &[&one()], |_| {}).await;
    let error = results[0].as_ref().unwrap_err();
    assert_eq!(
        (error.kind, error.wait),
        (ErrorKind::Throttled, Some(Duration::from_secs(28)))
    );
}

#[tokio::test]
async fn an_answer_that_still_lists_the_region_is_left_to_reading_back() {
    let fake = Fake::start().await;
    let still = fake.with(|inside| json!({"service": inside.services["acme/pg"]}).to_string());
    fake.script(Method::PUT, SERVICE, 200, &still, 1);
    let (results, items, aiven) = delete(&fake, &[&one()], |_| {}).await;
    let error = results[0].as_ref().unwrap_err();
    assert_eq!(
        (error.kind, error.sent),
        (ErrorKind::Malformed, Sent::Perhaps)
    );
    assert_eq!(read_back(&aiven, &items).await, ["present"]);
}

#[tokio::test]
async fn s22_reading_back_is_gone_only_on_a_positive_answer() {
    let fake = Fake::start().await;
    let (aiven, _) = aiven(&fake).await;
    let ids = both();
    let found = find(&aiven, &[&ids[0], &ids[1]]).await.unwrap().backups;
    assert_eq!(read_back(&aiven, &found).await, ["present", "present"]);
    fake.list("acme/pg", &[OTHER]);
    assert_eq!(read_back(&aiven, &found).await, ["deleting", "present"]);
    let only_here = json!({"backups": [copy("b1", 1, json!({"storage_location": REGION}))]});
    fake.with(|inside| inside.backups.insert("acme/pg".to_owned(), only_here));
    assert_eq!(read_back(&aiven, &found).await, ["deleting", "present"]);
    fake.refuse(Method::GET, BACKUPS, 403, "You do not have permission");
    assert_eq!(
        read_back(&aiven, &found).await,
        ["gone", "present"],
        "where it may be read"
    );
    fake.refuse(Method::GET, SERVICE, 403, "You do not have permission");
    assert_eq!(
        read_back(&aiven, &found).await,
        ["permission", "permission"]
    );
    let fake = Fake::start().await;
    let (aiven, _) = super::aiven(&fake).await;
    fake.list("acme/pg", &[]);
    fake.script(Method::GET, BACKUPS, 500, "", 1);
    assert_eq!(read_back(&aiven, &found).await, ["server", "server"]);
    fake.script(Method::GET, SERVICE, 404, "<html>", 1);
    assert_eq!(read_back(&aiven, &found).await, ["malformed", "malformed"]);
    fake.with(|inside| inside.services.remove("acme/pg"));
    assert_eq!(read_back(&aiven, &found).await, ["gone", "gone"]);
}

#[tokio::test]
async fn s2_s19_nothing_leaves_unarmed_or_in_a_rehearsal() {
    let fake = Fake::start().await;
    let (aiven, transport) = aiven(&fake).await;
    let found = find(&aiven, &[&one()]).await.unwrap();
    let plan = super::plan(&aiven, found.clone()).await;
    let approved = approve(&aiven, found).await;
    let removals = aiven.removals(&approved).unwrap();
    let error = aiven.delete(&removals[0]).await.unwrap_err();
    assert_eq!((error.kind, error.sent), (ErrorKind::Gate, Sent::No));
    let rehearsal = Approved::rehearsal(&plan);
    let removals = aiven.removals(&rehearsal).unwrap();
    let armed = transport.arm(&rehearsal, &removals).unwrap();
    let error = aiven.delete(&removals[0]).await.unwrap_err();
    assert_eq!((error.kind, error.sent), (ErrorKind::Rehearsed, Sent::No));
    drop(armed);
    assert!(fake.changes().is_empty());
}

#[tokio::test]
async fn s17_regions_that_were_read_at_different_times_make_no_request() {
    let fake = Fake::start().await;
    let (aiven, _) = aiven(&fake).await;
    let ids = both();
    let mut found = find(&aiven, &[&ids[0]]).await.unwrap();
    fake.list("acme/pg", &[REGION, OTHER, "do-ams"]);
    let later = find(&aiven, &[&ids[1]]).await.unwrap();
    found.backups.extend(later.backups);
    let approved = approve(&aiven, found).await;
    let error = aiven.removals(&approved).unwrap_err();
    assert_eq!((error.kind, error.sent), (ErrorKind::Drift, Sent::No));
}

#[tokio::test]
async fn s27_no_error_shows_the_token_or_a_service_body() {
    let fake = Fake::start().await;
    let leak = format!(r#"{{"service": "{}"}}"#, fake::SECRET);
    fake.script(Method::GET, SERVICE, 200, &leak, u32::MAX);
    let (aiven, _) = aiven(&fake).await;
    let error = find(&aiven, &[&one()]).await.unwrap_err();
    let shown = format!("{error} {error:?} {aiven:?} {:?}", aiven.identity().await);
    assert!(
        !shown.contains(fake::SECRET) && !shown.contains(fake::TOKEN),
        "{shown}"
    );
}
