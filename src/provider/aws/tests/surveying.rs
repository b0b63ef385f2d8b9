//! Surveys over many scopes: what is left out, what ends them, what AWS is told to leave out by itself.

use super::*;
use crate::{
    backup::ErrorKind::{Credentials, Incomplete},
    provider::{Narrow, Seen},
};

const OTHER: &str = "eu-west-1";
const PROD: &str = "/backup-vaults/prod/recovery-points";

fn skipping() -> Wants {
    Wants {
        skip_unreadable: true,
        ..Wants::default()
    }
}

fn narrowed() -> Wants {
    Wants {
        narrow: Narrow {
            created_before: Some("2026-01-10T12:00:00Z".parse().unwrap()),
            created_after: Some("2025-01-10T12:00:00Z".parse().unwrap()),
            kind: Some("ebs".to_owned()),
            resource: Some(VOLUME.to_owned()),
        },
        ..Wants::default()
    }
}

async fn survey(world: &World, wants: &Wants) -> Result<Survey, ProviderError> {
    world.aws.survey(wants, &|_| {}).await
}

/// One vault of these facts, and `points` in it.
fn one_vault(
    facts: Value,
    points: Vec<Value>,
) -> impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static {
    move |asked| match asked.path.trim_end_matches('/') {
        "/backup-vaults" => ok(json!({"BackupVaultList": [vault("prod", facts.clone())]})),
        PROD => ok(json!({ "RecoveryPoints": points })),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_cannot_be_listed_ends_it_or_is_left_out_and_told() {
    let world = world(|asked| match asked.path.as_str() {
        PROD => Some(denied("no")),
        "/backup-vaults/aws%2Fefs%2Fx/recovery-points" => {
            ok(json!({"RecoveryPoints": [point(POINT, json!({}))]}))
        }
        _ => None,
    })
    .await;
    let error = survey(&world, &Wants::default()).await.unwrap_err();
    assert_eq!(error.kind, Incomplete);
    assert_eq!(error.message, format!("in 111122223333/{R}/prod: no"));

    let read = survey(&world, &skipping()).await.unwrap();
    assert_eq!(read.backups.len(), 1);
    assert_eq!(read.unread.len(), 1);
    assert_eq!(read.unread[0].scope, format!("111122223333/{R}/prod"));
    let why = &read.unread[0].why;
    assert!(
        why.contains("no") && why.contains("backup:ListRecoveryPointsByBackupVault on vault prod")
    );
    let scopes: Vec<&str> = read.totals.keys().map(|scope| scope.name()).collect();
    assert_eq!(scopes, ["aws/efs/x"], "what was not read has no total");
}

#[tokio::test(start_paused = true)]
async fn a_region_that_cannot_be_read_ends_it_or_is_left_out_and_told() {
    let mut world = world_in(&[R, OTHER], None, |asked| {
        (asked.region == OTHER && asked.path.starts_with("/backup-vaults"))
            .then(|| denied("with an explicit deny in a service control policy"))
    })
    .await;
    world.aws.held.account = Some("111122223333".to_owned());
    let error = survey(&world, &Wants::default()).await.unwrap_err();
    assert!(
        error
            .message
            .starts_with(&format!("in 111122223333/{OTHER}: "))
    );
    let read = survey(&world, &skipping()).await.unwrap();
    assert_eq!(read.unread.len(), 1);
    assert_eq!(read.unread[0].scope, format!("111122223333/{OTHER}"));
    assert!(read.unread[0].why.contains("service control policy"));
    assert_eq!(read.totals.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_not_good_always_end_it() {
    for broken in ["/backup-vaults", PROD] {
        let world = world(move |asked| {
            (asked.path.trim_end_matches('/') == broken)
                .then(|| refusal(403, "ExpiredTokenException", "expired"))
        })
        .await;
        let error = survey(&world, &skipping()).await.unwrap_err();
        assert_eq!(error.kind, Credentials);
    }
}

#[tokio::test(start_paused = true)]
async fn s3_a_vault_whose_pages_turn_in_a_circle_is_never_read_in_part() {
    let world = world(|asked| {
        (asked.path == PROD).then(|| {
            let points = [point(POINT, json!({}))];
            (200, "", json!({"RecoveryPoints": points, "NextToken": "a"}))
        })
    })
    .await;
    let error = survey(&world, &Wants::default()).await.unwrap_err();
    assert_eq!(error.kind, Incomplete);
    assert!(
        error
            .message
            .starts_with(&format!("in 111122223333/{R}/prod: "))
    );
    let read = survey(&world, &skipping()).await.unwrap();
    assert!(read.backups.is_empty());
    assert_eq!(read.unread[0].scope, format!("111122223333/{R}/prod"));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_may_be_in_what_was_left_out_is_told_and_ends_nothing() {
    let mut world = world_in(&[R, OTHER], None, |asked| {
        (asked.region == OTHER).then(|| denied("no"))
    })
    .await;
    world.aws.names = vaults::Names::of(&["elsewhere".to_owned()]).unwrap();
    let read = survey(&world, &skipping()).await.unwrap();
    assert_eq!(read.unread.len(), 1);
    assert!(read.notes.iter().any(|note| note.contains("\"elsewhere\"")));
}

#[tokio::test(start_paused = true)]
async fn a_vault_need_not_be_in_each_of_several_accounts_but_in_one() {
    let names = vaults::Names::of(&["staging*".to_owned()]).unwrap().over(2);
    let mut first = world(|_| None).await;
    let mut second = world(|_| None).await;
    first.aws.names = names.clone();
    second.aws.names = names;
    second.aws.held.account = Some("444455556666".to_owned());
    let read = survey(&first, &Wants::default()).await.unwrap();
    assert!(read.backups.is_empty() && read.notes[0].contains("staging*"));
    let error = survey(&second, &Wants::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoSuchScope);
    assert!(error.message.contains("of account 444455556666"));
}

#[tokio::test(start_paused = true)]
async fn an_id_without_an_account_is_looked_for_in_each_of_several() {
    let targets = |arn: &str| {
        [Target {
            container: Some("staging".to_owned()),
            name: arn.to_owned(),
        }]
    };
    let names = vaults::Names::of(&[]).unwrap().over(2);
    let mut first = world(|_| None).await;
    let mut second = world(|_| None).await;
    first.aws.names = names.clone();
    second.aws.names = names;
    second.aws.held.account = Some("444455556666".to_owned());
    let found = first.aws.find(&targets(SNAP)).await.unwrap();
    assert_eq!(found.absent.len(), 1);
    let error = second.aws.find(&targets(SNAP)).await.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::NoSuchScope,
        "a typing error after all"
    );
    let error = first.aws.find(&targets(POINT)).await.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::NoSuchScope,
        "its account is this one"
    );
}

#[tokio::test(start_paused = true)]
async fn aws_leaves_out_of_a_large_vault_what_is_not_wanted() {
    let large = one_vault(
        json!({"NumberOfRecoveryPoints": 5000}),
        vec![point(SNAP, json!({}))],
    );
    let world = world(large).await;
    let read = survey(&world, &narrowed()).await.unwrap();
    assert_eq!(
        read.backups.len(),
        1,
        "a narrowed list is not held against the count"
    );
    assert_eq!(read.totals[&read.backups[0].scope], 5000);
    let asked = world.asked();
    let list = asked.iter().find(|asked| asked.path == PROD).unwrap();
    for part in [
        "createdBefore=2026-01-10T12%3A00%3A02Z",
        "createdAfter=2025-01-10T11%3A59%3A58Z",
        "resourceType=EBS",
        "resourceArn=arn%3Aaws%3Aec2%3A",
    ] {
        assert!(list.says(part), "{part}: {}", list.query);
    }
    let error = survey(&world, &Wants::default()).await.unwrap_err();
    assert_eq!(error.kind, Incomplete, "without a filter the count counts");
}

#[tokio::test(start_paused = true)]
async fn what_fits_a_page_is_read_whole_and_checked() {
    let points = vec![point(SNAP, json!({})), point(POINT, json!({}))];
    let small = world(one_vault(json!({"NumberOfRecoveryPoints": 2}), points)).await;
    let read = survey(&small, &narrowed()).await.unwrap();
    assert_eq!(read.totals[&read.backups[0].scope], 2);
    assert!(!small.asked().iter().any(|asked| asked.says("created")));
    let cut = one_vault(
        json!({"NumberOfRecoveryPoints": 900}),
        vec![point(SNAP, json!({}))],
    );
    let error = survey(&world(cut).await, &narrowed()).await.unwrap_err();
    assert_eq!(error.kind, Incomplete);
}

#[tokio::test(start_paused = true)]
async fn parts_know_their_whole_also_where_only_the_whole_was_wanted() {
    let script = |count: u64| {
        move |asked: &Asked| {
            let whole = point(POINT, json!({"IsParent": true}));
            let part = point(PART, json!({"ParentRecoveryPointArn": POINT}));
            match asked.path.as_str() {
                "/backup-vaults" => ok(json!({"BackupVaultList": [
                    vault("prod", json!({"NumberOfRecoveryPoints": count}))
                ]})),
                PROD if asked.says("parentRecoveryPointArn=") => {
                    ok(json!({"RecoveryPoints": [part]}))
                }
                PROD if asked.says("resourceType=") => ok(json!({"RecoveryPoints": [whole]})),
                PROD => ok(json!({"RecoveryPoints": [whole, part]})),
                _ => None,
            }
        }
    };
    for count in [2, 5000] {
        let world = world(script(count)).await;
        let read = survey(&world, &narrowed()).await.unwrap();
        assert_eq!(read.backups.len(), 2, "{count}");
        assert_eq!(read.backups[1].parent.as_deref(), Some(&read.backups[0].id));
    }
}

#[tokio::test(start_paused = true)]
async fn progress_counts_vaults_and_points() {
    let world = world_in(&[R, OTHER], None, |asked| {
        (asked.path == PROD).then(|| (200, "", json!({"RecoveryPoints": [point(SNAP, json!({}))]})))
    })
    .await;
    let seen = Mutex::new(Vec::new());
    let progress = |now: Seen| seen.lock().unwrap().push(now);
    world
        .aws
        .survey(&Wants::default(), &progress)
        .await
        .unwrap();
    let seen = seen.into_inner().unwrap();
    let at = |scopes_done, backups| Seen {
        scopes_done,
        scopes: 4,
        backups,
    };
    assert_eq!(seen.first(), Some(&at(0, 0)));
    assert_eq!(seen.last(), Some(&at(4, 2)));
}

#[tokio::test(start_paused = true)]
async fn never_more_than_eight_vaults_are_read_at_once() {
    let flight = Arc::new(Flight::default());
    let world = world_in(&[R, OTHER], Some(Arc::clone(&flight)), |asked| {
        let all: Vec<Value> = (0..15)
            .map(|index| vault(&format!("v{index}"), json!({"NumberOfRecoveryPoints": 0})))
            .collect();
        (asked.path.trim_end_matches('/') == "/backup-vaults")
            .then(|| (200, "", json!({ "BackupVaultList": all })))
    })
    .await;
    survey(&world, &Wants::default()).await.unwrap();
    assert_eq!(world.count("GET", "/backup-vaults/v"), 30);
    assert_eq!(flight.most.load(Ordering::SeqCst), 8);
}

#[tokio::test(start_paused = true)]
async fn what_names_another_account_cannot_be_in_this_one() {
    let mut world = world(|_| None).await;
    assert!(
        world.aws.may_hold(&target(POINT)),
        "nobody knows the account"
    );
    world.aws.held.account = Some("444455556666".to_owned());
    assert!(!world.aws.may_hold(&target(POINT)));
    assert!(
        world.aws.may_hold(&target(SNAP)),
        "its ARN names no account"
    );
    world.aws.held.account = Some("111122223333".to_owned());
    assert!(world.aws.may_hold(&target(POINT)));
}

#[tokio::test(start_paused = true)]
async fn what_must_be_known_of_chosen_points_is_told_of_these_alone() {
    let points = vec![
        point(SNAP, json!({})),
        point(POINT, json!({"ResourceType": "S3"})),
    ];
    let world = world(one_vault(json!({}), points)).await;
    let read = survey(&world, &Wants::default()).await.unwrap();
    assert!(read.notes.is_empty());
    let now = jiff::Timestamp::UNIX_EPOCH;
    let notes = world.aws.notes_on(&[&read.backups[0]], now);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("1 are EBS snapshots"));
    assert!(world.aws.notes_on(&[&read.backups[1]], now).is_empty());
}
