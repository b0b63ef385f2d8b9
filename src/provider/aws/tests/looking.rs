//! Looking up and listing: what is there, and what protects it.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_composite_point_brings_its_parts_and_goes_before_them() {
    let world = world(|asked| {
        if asked.path == encoded(POINT) {
            return ok(point(POINT, json!({"IsParent": true})));
        }
        let nested = point(PART, json!({"ParentRecoveryPointArn": POINT}));
        asked.says("parentRecoveryPointArn=").then(|| {
            (
                200,
                "",
                json!({"RecoveryPoints": [nested, point(SNAP, json!({}))]}),
            )
        })
    })
    .await;
    let found = world.aws.find(&[target(POINT)]).await.unwrap();
    let names: Vec<&str> = found.backups.iter().map(|found| found.id.name()).collect();
    assert_eq!(
        names,
        [POINT, PART],
        "and not what a filter let through by mistake"
    );
    assert_eq!(
        found.backups[1].parent.as_deref(),
        Some(&found.backups[0].id)
    );
    let mut backups = found.backups;
    backups.reverse();
    let removals = world.aws.removals(&approve(backups)).unwrap();
    let order: Vec<&str> = removals.iter().map(|r| r.items()[0].id.name()).collect();
    assert_eq!(order, [POINT, PART]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_absent_and_a_vault_that_is_not_there_is_an_error() {
    let world = world(|asked| {
        (asked.path == encoded(PART))
            .then(|| (200, "", point(PART, json!({"StorageClass": "DELETED"}))))
    })
    .await;
    let found = world
        .aws
        .find(&[target(POINT), target(PART)])
        .await
        .unwrap();
    assert!(found.backups.is_empty());
    assert_eq!(found.absent.len(), 2);

    let mistyped = Target {
        container: Some("prdo".to_owned()),
        name: POINT.to_owned(),
    };
    let error = world.aws.find(&[mistyped]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoSuchScope);
    assert!(error.hint.unwrap().contains("did you mean prod"));
}

#[tokio::test(start_paused = true)]
async fn an_access_denied_in_a_vault_that_is_there_names_the_missing_action() {
    let world = world(|asked| (asked.path == encoded(POINT)).then(|| denied("no"))).await;
    let error = world.aws.find(&[target(POINT)]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Permission);
    assert!(error.hint.unwrap().contains("backup:DescribeRecoveryPoint"));
}

#[tokio::test(start_paused = true)]
async fn s3_an_answer_about_another_point_is_no_answer() {
    let world =
        world(|asked| (asked.path == encoded(POINT)).then(|| (200, "", point(PART, json!({})))))
            .await;
    let error = world.aws.find(&[target(POINT)]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed);
}

#[tokio::test(start_paused = true)]
async fn s8_locks_types_and_holds_protect() {
    let world = world(|asked| match asked.path.trim_end_matches('/') {
        "/backup-vaults" => ok(json!({"BackupVaultList": [vault("prod", json!({
            "Locked": true, "LockDate": 1.0, "VaultType": "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
        }))]})),
        "/legal-holds" => ok(json!({"LegalHolds": [
            {"LegalHoldId": "a", "Title": "Case 7", "Status": "CANCELING"},
            {"LegalHoldId": "b", "Title": "Old", "Status": "CANCELED"},
        ]})),
        "/legal-holds/a/recovery-points" => {
            ok(json!({"RecoveryPoints": [{"RecoveryPointArn": POINT}]}))
        }
        path if path == encoded(POINT) => ok(point(POINT, json!({}))),
        _ => None,
    })
    .await;
    let found = world.aws.find(&[target(POINT)]).await.unwrap();
    let words: Vec<String> = found.backups[0]
        .protection
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        words,
        [
            "vault locked (compliance, 1970-01-01T00:00:01Z)",
            "nothing can be deleted from a vault of type LOGICALLY_AIR_GAPPED_BACKUP_VAULT",
            "legal hold \"Case 7\"",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn s8_tags_are_read_and_unreadable_ones_are_told() {
    let world = world(|asked| {
        if asked.path == encoded(POINT) {
            return ok(point(POINT, json!({})));
        }
        if asked.path == encoded(PART) {
            return ok(point(PART, json!({})));
        }
        if asked.path == encoded(SNAP) {
            return ok(point(SNAP, json!({})));
        }
        if !asked.path.starts_with("/tags") {
            return None;
        }
        if asked.path.contains("0a") {
            ok(json!({"Tags": {"bkdel:keep": "true"}}))
        } else {
            Some(denied("no"))
        }
    })
    .await;
    let targets = [target(POINT), target(PART), target(SNAP)];
    let found = world.aws.find(&targets).await.unwrap();
    let tags = found.backups[0].tags.as_ref().unwrap();
    assert_eq!(tags["bkdel:keep"], "true");
    assert!(found.backups[1].tags.is_none());
    assert_eq!(
        found.backups[2].tags, found.backups[0].tags,
        "also of what another service stores"
    );
    assert_eq!(world.count("GET", "/tags"), 3);
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("backup:ListTags"))
    );
}

#[tokio::test(start_paused = true)]
async fn legal_holds_that_may_not_be_read_are_told() {
    let world = world(|asked| {
        if asked.path.starts_with("/legal-holds") {
            return Some(denied("no"));
        }
        (asked.path == encoded(POINT)).then(|| (200, "", point(POINT, json!({}))))
    })
    .await;
    let found = world.aws.find(&[target(POINT)]).await.unwrap();
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("backup:ListLegalHolds"))
    );
}

#[tokio::test(start_paused = true)]
async fn s3_a_list_is_whole_over_short_pages_and_an_error_over_a_repeated_token() {
    let pages = |last: Value| {
        move |asked: &Asked| {
            (asked.path == "/backup-vaults/prod/recovery-points").then(|| {
                let (arn, next) = if asked.says("nextToken=a") {
                    (None, json!("b"))
                } else if asked.says("nextToken=b") {
                    (Some(PART), last.clone())
                } else {
                    (Some(POINT), json!("a"))
                };
                let points: Vec<Value> = arn.into_iter().map(|arn| point(arn, json!({}))).collect();
                (
                    200,
                    "",
                    json!({"RecoveryPoints": points, "NextToken": next}),
                )
            })
        }
    };
    let whole = world(pages(Value::Null)).await;
    let seen = Mutex::new(0);
    let progress = |seen_now: crate::provider::Seen| *seen.lock().unwrap() = seen_now.backups;
    let backups = whole
        .aws
        .survey(&Wants::default(), &progress)
        .await
        .unwrap()
        .backups;
    assert_eq!(backups.len(), 2);
    assert_eq!(*seen.lock().unwrap(), 2);
    assert_eq!(backups[0].state, State::Healthy);
    assert_eq!(backups[0].scope.part("account"), Some("111122223333"));

    let circle = world(pages(json!("a"))).await;
    let error = circle
        .aws
        .survey(&Wants::default(), &|_| {})
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Incomplete);
}

#[tokio::test(start_paused = true)]
async fn s3_a_point_without_an_arn_spoils_the_list() {
    let world = world(|asked| {
        (asked.path == "/backup-vaults/prod/recovery-points").then(|| {
            (
                200,
                "",
                json!({"RecoveryPoints": [{"Status": "COMPLETED"}]}),
            )
        })
    })
    .await;
    let error = world
        .aws
        .survey(&Wants::default(), &|_| {})
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed);
}

#[tokio::test(start_paused = true)]
async fn many_ids_of_one_vault_are_looked_up_by_listing_it() {
    let arn = |index: usize| format!("arn:aws:ec2:eu-central-1::snapshot/snap-{index}");
    let world = world(move |asked| {
        (asked.path == "/backup-vaults/prod/recovery-points").then(|| {
            let points: Vec<Value> = (0..150).map(|at| point(&arn(at), json!({}))).collect();
            (200, "", json!({"RecoveryPoints": points}))
        })
    })
    .await;
    let targets: Vec<Target> = (50..200).map(|index| target(&arn(index))).collect();
    let found = world.aws.find(&targets).await.unwrap();
    assert_eq!((found.backups.len(), found.absent.len()), (100, 50));
    assert_eq!(found.backups[0].id.name(), arn(50));
    assert_eq!(world.count("GET", "/backup-vaults/prod/"), 1);
    assert_eq!(found.totals[&found.backups[0].scope], 150);
}

#[tokio::test(start_paused = true)]
async fn s3_a_list_far_shorter_than_its_vault_is_no_list() {
    let world = world(|asked| {
        (asked.path == "/backup-vaults").then(|| {
            let vaults = [vault("prod", json!({"NumberOfRecoveryPoints": 40}))];
            (200, "", json!({ "BackupVaultList": vaults }))
        })
    })
    .await;
    let error = world
        .aws
        .survey(&Wants::default(), &|_| {})
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Incomplete);
    assert!(error.message.contains("holds 40"));
}

#[tokio::test(start_paused = true)]
async fn s3_an_empty_answer_is_no_empty_list() {
    for body in [Value::Null, json!("<html>"), json!({})] {
        let world = world(move |asked| {
            (asked.path == "/backup-vaults/prod/recovery-points").then(|| (200, "", body.clone()))
        })
        .await;
        let error = world
            .aws
            .survey(&Wants::default(), &|_| {})
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Malformed);
    }
}
