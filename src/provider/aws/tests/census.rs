//! What counts as something that can be restored from.

use super::*;

async fn census_of(
    script: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
) -> Result<Keepers, ProviderError> {
    let world = world(move |asked| {
        script(asked)
            .or_else(|| {
                let elsewhere = asked.path.starts_with("/backup-vaults/other/");
                elsewhere.then(|| (200, "", point(POINT, json!({"BackupVaultName": "other"}))))
            })
            .or_else(|| (asked.path == encoded(SNAP)).then(|| (200, "", point(SNAP, json!({})))))
    })
    .await;
    let found = world.aws.find(&[target(SNAP)]).await.unwrap();
    let backups: Vec<&Backup> = found.backups.iter().collect();
    let census = world.aws.census(&backups).await?;
    Ok(census[VOLUME].clone())
}

fn by_resource(points: Value) -> impl Fn(&Asked) -> Option<Answer> {
    move |asked| {
        asked
            .path
            .starts_with("/resources/")
            .then(|| (200, "", json!({"RecoveryPoints": points.clone()})))
    }
}

#[tokio::test(start_paused = true)]
async fn s9_only_what_can_be_restored_from_keeps_and_a_point_without_a_vault_is_itself() {
    let keepers = census_of(by_resource(json!([
        {"RecoveryPointArn": SNAP, "Status": "COMPLETED", "BackupVaultName": null},
        {"RecoveryPointArn": POINT, "Status": "AVAILABLE", "BackupVaultName": "other"},
        {"RecoveryPointArn": PART, "Status": "EXPIRED", "BackupVaultName": "other"},
        {"RecoveryPointArn": PART, "Status": "COMPLETED", "BackupVaultName": "view",
         "VaultType": "RESTORE_ACCESS_BACKUP_VAULT"},
    ])))
    .await
    .unwrap();
    let Keepers::Known(mut keepers) = keepers else {
        panic!("everything was readable");
    };
    keepers.sort_by(|a, b| a.id.cmp(&b.id));
    let ids: Vec<&str> = keepers.iter().map(|keeper| keeper.id.as_str()).collect();
    assert_eq!(ids, [format!("other/{POINT}"), format!("prod/{SNAP}")]);
    assert_eq!(keepers[0].place, "other in eu-central-1");
}

#[tokio::test(start_paused = true)]
async fn s9_what_aws_is_about_to_delete_by_itself_is_no_keeper() {
    for (lifecycle, expected) in [
        (json!({"CalculatedLifecycle": {"DeleteAt": 1.0}}), 1),
        (
            json!({"CalculatedLifecycle": {"DeleteAt": 4_102_444_800.0}}),
            2,
        ),
        (json!({}), 2),
    ] {
        let listed = by_resource(json!([
            {"RecoveryPointArn": SNAP, "Status": "COMPLETED", "BackupVaultName": "prod"},
            {"RecoveryPointArn": POINT, "Status": "COMPLETED", "BackupVaultName": "other"},
        ]));
        let keepers = census_of(move |asked: &Asked| {
            let described = asked.path.starts_with("/backup-vaults/other/");
            listed(asked).or_else(|| described.then(|| (200, "", point(POINT, lifecycle.clone()))))
        })
        .await
        .unwrap();
        let Keepers::Known(keepers) = keepers else {
            panic!("everything was readable");
        };
        assert_eq!(keepers.len(), expected, "{keepers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn s9_what_cannot_be_looked_up_is_no_keeper() {
    let refused = |code: &'static str| {
        move |asked: &Asked| {
            asked
                .path
                .starts_with("/resources/")
                .then(|| (403, code, json!({"Message": "no"})))
        }
    };
    let keepers = census_of(refused("AccessDeniedException")).await.unwrap();
    let Keepers::Unreadable(why) = keepers else {
        panic!("it was not readable");
    };
    assert!(why.contains("backup:ListRecoveryPointsByResource"));
    let error = census_of(refused("ExpiredTokenException"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
}
