//! Many projects and services: what cannot be read, how far it is, and what is counted and told of what was chosen.

use std::sync::Mutex;

use http::Method;
use serde_json::json;

use super::{Fake, OTHER, REGION, aiven, aiven_with, group, scope};
use crate::{
    backup::Backup,
    provider::{ErrorKind, Inventory, Keepers, ProviderError, Seen, Survey, Wants},
};

const PROJECT: &str = "/v1/project/beta/service";
const BACKUPS: &str = "/v1/project/acme/service/pg/backups";

fn skipping() -> Wants {
    Wants {
        skip_unreadable: true,
        ..Wants::default()
    }
}

async fn survey(
    fake: &Fake,
    request: super::Request,
    wants: &Wants,
) -> Result<Survey, ProviderError> {
    let (aiven, _) = aiven_with(fake, request).await;
    aiven.survey(wants, &|_| {}).await
}

fn ids(survey: &Survey) -> Vec<String> {
    survey
        .backups
        .iter()
        .map(|backup| backup.id.to_string())
        .collect()
}

#[tokio::test]
async fn progress_counts_services_and_a_scope_of_several_regions_is_counted() {
    let fake = Fake::start().await;
    let (aiven, _) = aiven(&fake).await;
    let seen = Mutex::new(Vec::new());
    let survey = aiven
        .survey(&Wants::default(), &|now| seen.lock().unwrap().push(now))
        .await
        .unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(
        seen.first().map(|seen| (seen.scopes_done, seen.scopes)),
        Some((0, 2))
    );
    assert_eq!(
        seen.last(),
        Some(&Seen {
            scopes_done: 2,
            scopes: 2,
            backups: 3
        })
    );
    let totals: Vec<(&str, u64)> = survey
        .totals
        .iter()
        .map(|(scope, total)| (scope.name(), *total))
        .collect();
    assert_eq!(totals, [("acme/pg", 2)]);
    assert!(survey.notes.is_empty() && survey.unread.is_empty());
}

#[tokio::test]
async fn s3_a_scope_that_cannot_be_read_is_named_or_left_out_where_that_is_allowed() {
    for (path, name, left, status, kind) in [
        (PROJECT, "beta", 2, 403, ErrorKind::Incomplete),
        (PROJECT, "beta", 2, 500, ErrorKind::Server),
        (BACKUPS, "acme/pg", 1, 500, ErrorKind::Server),
        (BACKUPS, "acme/pg", 1, 400, ErrorKind::Refused),
        (BACKUPS, "acme/pg", 1, 404, ErrorKind::NotFound),
    ] {
        let fake = Fake::start().await;
        fake.refuse(Method::GET, path, status, "It is closed");
        let all = super::Request::default();
        let error = survey(&fake, all.clone(), &Wants::default())
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{path} {status}");
        assert!(error.message.starts_with(&format!("{name}: ")), "{error}");

        let survey = survey(&fake, all, &skipping()).await.unwrap();
        let unread: Vec<&str> = survey.unread.iter().map(|unread| &*unread.scope).collect();
        assert_eq!(unread, [name], "{path} {status}");
        assert!(survey.unread[0].why.contains("It is closed"));
        assert_eq!(survey.backups.len(), left, "{path} {status}");
    }
}

#[tokio::test]
async fn what_would_meet_every_scope_ends_the_survey_all_the_same() {
    for (path, status, message, kind) in [
        (
            BACKUPS,
            401,
            "Authentication failed",
            ErrorKind::Credentials,
        ),
        (PROJECT, 403, "Invalid token", ErrorKind::Credentials),
        ("/v1/project", 500, "no", ErrorKind::Server),
    ] {
        let fake = Fake::start().await;
        fake.refuse(Method::GET, path, status, message);
        let error = survey(&fake, super::Request::default(), &skipping())
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{path}");
    }
    let fake = Fake::start().await;
    let error = survey(&fake, scope(&["acme", "nope"], &[], &[]), &skipping())
        .await
        .unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::NoSuchScope,
        "a wrong name is no unreadable project"
    );
}

#[tokio::test]
async fn s4_a_name_that_may_be_in_what_could_not_be_read_is_not_called_wrong() {
    let fake = Fake::start().await;
    fake.refuse(Method::GET, PROJECT, 500, "no");
    let error = survey(&fake, scope(&[], &["only-in-beta"], &[]), &skipping())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Incomplete);
    assert!(error.message.contains("beta could not be read"), "{error}");
    let survey = survey(&fake, scope(&[], &["pg"], &[]), &skipping()).await;
    assert_eq!(survey.unwrap().backups.len(), 2);
}

#[tokio::test]
async fn a_service_that_went_while_it_was_read_is_not_there() {
    let fake = Fake::start().await;
    for path in [BACKUPS, "/v1/project/acme/service/pg"] {
        fake.refuse(Method::GET, path, 404, "Service pg does not exist");
    }
    let survey = survey(&fake, super::Request::default(), &Wants::default())
        .await
        .unwrap();
    assert_eq!(ids(&survey), [format!("beta/pg/{REGION}")]);
}

#[tokio::test]
async fn what_cannot_be_meant_is_not_asked_for() {
    let fake = Fake::start().await;
    let mut kind = Wants::default();
    kind.narrow.kind = Some("MySQL".to_owned());
    let mut resource = Wants::default();
    resource.narrow.resource = Some("beta/pg".to_owned());
    for (request, wants, left) in [
        (super::Request::default(), kind, 0),
        (super::Request::default(), resource, 1),
        (scope(&[], &[], &[OTHER]), Wants::default(), 1),
    ] {
        fake.with(|inside| inside.log.clear());
        let survey = survey(&fake, request, &wants).await.unwrap();
        assert_eq!(survey.backups.len(), left, "{wants:?}");
        let asked = fake.with(|inside| {
            let paths = inside
                .log
                .iter()
                .filter(|(_, path, _)| path.ends_with("/backups"));
            paths.count()
        });
        assert_eq!(asked, left, "{wants:?}");
    }
}

#[tokio::test]
async fn s7_a_region_whose_copies_may_not_all_be_listed_has_no_age() {
    let fake = Fake::start().await;
    fake.refuse(Method::GET, BACKUPS, 403, "You do not have permission");
    fake.set(
        "acme/pg",
        "backups",
        json!([super::fake::copy(
            "b1",
            1,
            json!({"additional_regions": [{"cloud": REGION}]})
        )]),
    );
    let survey = survey(&fake, super::Request::default(), &Wants::default())
        .await
        .unwrap();
    let region = &survey.backups[0];
    assert_eq!((region.created_at, region.timeless), (None, true));
    assert_eq!(
        region.attributes.find("newest").unwrap(),
        "2026-01-01T03:00:00Z"
    );
    let [note] = survey.notes.as_slice() else {
        panic!("{:?}", survey.notes)
    };
    assert!(note.contains("acme/pg") && note.contains("service:configuration:write"));
}

#[tokio::test]
async fn a_census_rests_on_what_was_chosen_from() {
    let fake = Fake::start().await;
    let (aiven, _) = aiven(&fake).await;
    let survey = aiven.survey(&Wants::default(), &|_| {}).await.unwrap();
    let before = fake.with(|inside| inside.log.len());
    let chosen: Vec<&Backup> = survey.backups.iter().collect();
    let census = aiven.census(&chosen).await.unwrap();
    assert_eq!(fake.with(|inside| inside.log.len()), before);
    assert!(matches!(&census[&group("acme/pg")], Keepers::Known(keepers) if keepers.len() == 3));
}

#[tokio::test]
async fn what_must_be_known_before_they_go_is_said_of_what_was_chosen() {
    let fake = Fake::start().await;
    fake.set("beta/pg", "state", json!("POWEROFF"));
    let (aiven, _) = aiven(&fake).await;
    let survey = aiven.survey(&Wants::default(), &|_| {}).await.unwrap();
    let now = jiff::Timestamp::UNIX_EPOCH;
    let chosen: Vec<&Backup> = survey.backups.iter().collect();
    let few = aiven.notes_on(&chosen, now).join("\n");
    for words in [
        "holds 2 copies, the oldest of 2026-01-01T03:00:00Z",
        "paused: quota",
        "2 primary backups of acme/pg",
        "beta/pg is powered off",
        "once in 24 h",
    ] {
        assert!(few.contains(words), "{words}: {few}");
    }
    // Of very many, one sentence for what is out of the ordinary.
    let many: Vec<&Backup> = chosen.iter().copied().cycle().take(30).collect();
    let many = aiven.notes_on(&many, now);
    assert!(many.len() < 8, "{many:?}");
    let many = many.join("\n");
    assert!(
        many.contains("powered off") && many.contains("beta/pg"),
        "{many}"
    );
    assert!(many.contains("of 1 of the 2 services stay"), "{many}");
    assert!(aiven.notes_on(&[], now).is_empty());
}
