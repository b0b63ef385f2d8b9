//! Listing, looking up, and what stays.

use http::Method;
use serde_json::{Value, json};

use super::{Fake, OTHER, REGION, aiven, aiven_with, fake, find, group, plan, scope};
use crate::{
    backup::{Backup, Protection, State},
    provider::{ErrorKind, Inventory, Keepers, ProviderError, Wants},
};

const SERVICE: &str = "/v1/project/acme/service/pg";
const BACKUPS: &str = "/v1/project/acme/service/pg/backups";

async fn list(fake: &Fake, request: super::Request) -> Result<Vec<Backup>, ProviderError> {
    let (aiven, _) = aiven_with(fake, request).await;
    aiven
        .survey(&Wants::default(), &|_| {})
        .await
        .map(|survey| survey.backups)
}

fn ids(backups: &[Backup]) -> Vec<String> {
    backups.iter().map(|backup| backup.id.to_string()).collect()
}

fn attribute<'a>(backup: &'a Backup, name: &str) -> &'a Value {
    backup.attributes.find(name).unwrap()
}

#[tokio::test]
async fn a_region_of_every_service_that_has_one_is_listed_with_what_it_holds() {
    let fake = Fake::start().await;
    let backups = list(&fake, super::Request::default()).await.unwrap();
    assert_eq!(
        ids(&backups),
        [
            format!("acme/pg/{REGION}"),
            format!("acme/pg/{OTHER}"),
            format!("beta/pg/{REGION}")
        ]
    );
    let [first, paused, empty] = backups.as_slice() else {
        panic!()
    };
    assert_eq!(first.state, State::Healthy);
    assert_eq!(
        first.created_at.unwrap().to_string(),
        "2026-01-02T03:00:00Z"
    );
    assert_eq!(
        first.size_bytes, None,
        "sizes before compression free nothing"
    );
    assert_eq!(attribute(first, "copies"), 2);
    assert_eq!(attribute(first, "data_size_before_compression"), 200);
    assert_eq!(attribute(first, "primary_backups"), 2);
    assert_eq!(attribute(first, "pitr")["start"], "2026-01-01T00:00:00Z");
    assert_eq!(first.tags.as_ref().unwrap()["team"], "a");
    assert_eq!(paused.state, State::Damaged);
    assert_eq!(attribute(paused, "pause_reason"), "quota");
    assert_eq!((empty.state, empty.timeless), (State::Damaged, true));
    let text = serde_json::to_string(&backups).unwrap() + &format!("{backups:?}");
    assert!(!text.contains(fake::SECRET), "S27");
}

#[tokio::test]
async fn a_scope_narrows_the_list_and_a_service_that_is_nowhere_is_an_error() {
    let fake = Fake::start().await;
    for (request, count) in [
        (scope(&["acme"], &[], &[]), 2),
        (scope(&[], &["p*"], &[]), 3),
        (scope(&["acme"], &["pg"], &[OTHER]), 1),
        (scope(&["acme"], &["plain"], &[]), 0),
    ] {
        let shown = format!("{request:?}");
        assert_eq!(list(&fake, request).await.unwrap().len(), count, "{shown}");
    }
    let error = list(&fake, scope(&["acme"], &["pgg"], &[]))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoSuchScope);
    assert_eq!(error.hint.as_deref(), Some("did you mean pg?"));
    let error = list(&fake, scope(&["acme"], &["x*"], &[]))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoSuchScope);
    assert!(error.message.contains("x* matches no service"), "{error}");
}

#[tokio::test]
async fn s3_an_answer_that_cannot_be_understood_is_no_empty_list() {
    const LIST: &str = "/v1/project/acme/service";
    for (body, kind) in [
        ("{}", ErrorKind::Malformed),
        ("", ErrorKind::Malformed),
        ("<html>", ErrorKind::Malformed),
        (
            r#"{"services":[{"service_name":"pg"}]}"#,
            ErrorKind::Malformed,
        ),
        (
            r#"{"services":[{"service_name":"../x","service_type":"pg","state":"RUNNING","termination_protection":false,"user_config":{}}]}"#,
            ErrorKind::Malformed,
        ),
        (
            r#"{"error":"Internal error","services":[]}"#,
            ErrorKind::Server,
        ),
        (
            r#"{"errors":[{"message":"no"}],"services":[]}"#,
            ErrorKind::Server,
        ),
    ] {
        let fake = Fake::start().await;
        fake.script(Method::GET, LIST, 200, body, u32::MAX);
        let error = list(&fake, scope(&["acme"], &[], &[])).await.unwrap_err();
        assert_eq!(error.kind, kind, "{body}");
    }
}

#[tokio::test]
async fn a_project_that_is_not_there_is_told_from_one_that_is_forbidden() {
    let fake = Fake::start().await;
    let (aiven, _) = aiven(&fake).await;
    let error = find(&aiven, &[&format!("acmee/pg/{REGION}")])
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoSuchScope);
    assert_eq!(error.hint.as_deref(), Some("did you mean acme?"));
    fake.refuse(Method::GET, SERVICE, 403, "Not a project member");
    let error = find(&aiven, &[&format!("acme/pg/{REGION}")])
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Permission);
}

#[tokio::test]
async fn errors_are_of_the_kind_that_the_status_and_the_words_mean() {
    for (status, message, kind) in [
        (401, "Authentication failed", ErrorKind::Credentials),
        (403, "Invalid token", ErrorKind::Credentials),
        (403, "Token has expired", ErrorKind::Credentials),
        (403, "You do not have permission", ErrorKind::Permission),
        (
            403,
            "Service is protected against termination and shutdown",
            ErrorKind::Protected,
        ),
        (404, "Project acme does not exist", ErrorKind::NoSuchScope),
        (400, "Invalid 'user_config': x", ErrorKind::Refused),
        (409, "Service is being modified", ErrorKind::Conflict),
        (500, "An unexpected error occurred", ErrorKind::Server),
    ] {
        let fake = Fake::start().await;
        fake.refuse(Method::GET, SERVICE, status, message);
        let (aiven, _) = aiven(&fake).await;
        let error = find(&aiven, &[&format!("acme/pg/{REGION}")])
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{status} {message}");
        assert_eq!(error.request_id.as_deref(), Some("r-1"));
        assert!(error.message.contains(message), "{}", error.message);
    }
}

#[tokio::test]
async fn s22_only_aivens_own_word_makes_a_service_absent() {
    for (body, absent) in [
        (
            r#"{"errors":[{"message":"Service pg does not exist","status":404}],"message":"x"}"#,
            true,
        ),
        ("<html>404</html>", false),
        (r#"{"message":"no route"}"#, false),
        ("", false),
        ("{}", false),
    ] {
        let fake = Fake::start().await;
        fake.script(Method::GET, SERVICE, 404, body, u32::MAX);
        let (aiven, _) = aiven(&fake).await;
        let found = find(&aiven, &[&format!("acme/pg/{REGION}")]).await;
        match found {
            Ok(found) => assert!(absent && found.absent.len() == 1 && found.backups.is_empty()),
            Err(error) => assert!(!absent && error.kind == ErrorKind::Malformed, "{body}"),
        }
    }
}

#[tokio::test]
async fn what_is_named_is_found_or_absent_with_what_must_be_known() {
    let fake = Fake::start().await;
    let (aiven, _) = aiven(&fake).await;
    let named = [
        format!("acme/pg/{REGION}"),
        format!("acme/pg/{REGION}"),
        "acme/pg/azure-westeurope".to_owned(),
        format!("acme/pgs/{REGION}"),
    ];
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let found = find(&aiven, &named).await.unwrap();
    assert_eq!(ids(&found.backups), [format!("acme/pg/{REGION}")]);
    assert_eq!(found.absent.len(), 2);
    assert_eq!(found.totals.values().copied().collect::<Vec<_>>(), [2]);
    let notes = found.notes.join("\n");
    for words in [
        "holds 2 copies, the oldest of 2026-01-01T03:00:00Z",
        "2 primary backups of acme/pg in aws-eu-west-1 stay",
        "did you mean pg?",
        "removed from the service",
        "does not bring its history back",
        "once in 24 h",
        "limited availability",
    ] {
        assert!(notes.contains(words), "{words}: {notes}");
    }
    assert!(!notes.contains("are erased"));
}

#[tokio::test]
async fn s9_the_census_counts_primary_backups_and_unpaused_regions() {
    let fake = Fake::start().await;
    let (aiven, _) = aiven(&fake).await;
    let found = find(&aiven, &[&format!("acme/pg/{REGION}")]).await.unwrap();
    let backups: Vec<&Backup> = found.backups.iter().collect();
    let kept = |census: &crate::provider::Census| match &census[&group("acme/pg")] {
        Keepers::Known(keepers) => keepers
            .iter()
            .map(|keeper| format!("{} @ {}", keeper.id, keeper.place))
            .collect(),
        Keepers::Unreadable(why) => vec![format!("unreadable: {why}")],
    };
    let reads = |fake: &Fake| fake.with(|inside| inside.log.len());
    let before = reads(&fake);
    let all = kept(&aiven.census(&backups).await.unwrap());
    assert_eq!(reads(&fake), before, "what was just read is not read again");
    assert_eq!(
        all,
        [
            "b1 @ primary, aws-eu-west-1".to_owned(),
            "b2 @ primary, aws-eu-west-1".to_owned(),
            format!("acme/pg/{REGION} @ {REGION}")
        ]
    );
    fake.set("acme/pg", "state", json!("POWEROFF"));
    let off = kept(&aiven.census(&backups).await.unwrap());
    assert_eq!(
        off,
        [format!("acme/pg/{REGION} @ {REGION}")],
        "S18: read again"
    );
    fake.set("acme/pg", "state", json!("MIGRATING"));
    assert!(kept(&aiven.census(&backups).await.unwrap())[0].contains("MIGRATING"));
}

#[tokio::test]
async fn s9_where_the_backups_may_not_be_read_the_services_own_list_counts_or_nothing_does() {
    let fake = Fake::start().await;
    fake.refuse(Method::GET, BACKUPS, 403, "You do not have permission");
    let (aiven, _) = aiven(&fake).await;
    let named = [&*format!("acme/pg/{REGION}")];
    let found = find(&aiven, &named).await.unwrap();
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("may hold more"))
    );
    let backup = &found.backups[0];
    assert_eq!((backup.state, backup.timeless), (State::Healthy, true));
    assert_eq!(attribute(backup, "copies"), &Value::Null);
    let census = aiven.census(&[backup]).await.unwrap();
    assert!(matches!(&census[&group("acme/pg")], Keepers::Known(keepers) if keepers.len() == 2));
    fake.set("acme/pg", "backups", json!([]));
    let found = find(&aiven, &named).await.unwrap();
    let census = aiven.census(&[&found.backups[0]]).await.unwrap();
    assert!(matches!(&census[&group("acme/pg")], Keepers::Unreadable(_)));
    let plan = plan(&aiven, found).await;
    assert_eq!(
        plan.grave,
        ["acme/pg"],
        "the last copy, for all that is known"
    );
}

#[tokio::test]
async fn s7_s8_unknown_states_and_protected_services_are_kept() {
    let fake = Fake::start().await;
    fake.set("acme/pg", "state", json!("MIGRATING"));
    fake.set("beta/pg", "termination_protection", json!(true));
    let backups = list(&fake, super::Request::default()).await.unwrap();
    assert_eq!(backups[0].state, State::Unknown);
    assert_eq!(backups[0].status.as_deref(), Some("MIGRATING"));
    assert_eq!(
        backups[2].protection,
        [Protection::TerminationProtection].into()
    );
}

#[tokio::test]
async fn a_scope_becomes_targets() {
    let fake = Fake::start().await;
    let of = |request: super::Request| async {
        let (aiven, _) = aiven_with(&fake, request).await;
        let targets = aiven.targets_of_scope().await?;
        Ok::<_, ProviderError>(targets.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let every = |request| super::Request {
        all_regions: true,
        ..request
    };
    let (first, second) = (format!("acme/pg/{REGION}"), format!("acme/pg/{OTHER}"));
    assert_eq!(
        of(scope(&["acme"], &["pg"], &["do-ams"])).await.unwrap(),
        ["acme/pg/do-ams"],
        "looking it up makes it absent"
    );
    let all = of(every(scope(&["acme"], &["pg"], &[]))).await.unwrap();
    assert_eq!(all, [first.clone(), second.clone()]);
    let all = of(every(scope(&["acme"], &["p*"], &[]))).await.unwrap();
    assert_eq!(all, [first, second.clone()]);
    let some = of(scope(&["acme", "beta"], &["p*"], &[OTHER]))
        .await
        .unwrap();
    assert_eq!(some, [second]);
    for request in [
        every(scope(&[], &["pg"], &[])),
        every(scope(&["acme"], &[], &[])),
        every(scope(&["acme"], &["pgg"], &[])),
        every(scope(&["nope"], &["p*"], &[])),
    ] {
        let shown = format!("{request:?}");
        let error = of(request).await.expect_err(&shown);
        assert_eq!(error.kind, ErrorKind::NoSuchScope, "{shown}");
    }
}

#[tokio::test]
async fn a_region_alone_takes_its_project_from_the_scope() {
    let fake = Fake::start().await;
    let request = scope(&[], &["pg"], &[]);
    let target = crate::provider::aiven::parse(REGION, &request).unwrap();
    let (narrow, _) = aiven_with(&fake, scope(&["acme"], &["pg"], &[])).await;
    let found = narrow.find(std::slice::from_ref(&target)).await.unwrap();
    assert_eq!(ids(&found.backups), [format!("acme/pg/{REGION}")]);
    let (wide, _) = aiven_with(&fake, request).await;
    let error = wide.find(&[target]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoSuchScope);
}
