//! Reading back.

use super::*;

/// Points of `prod` that were found with the status `before`, where only `after` is left of them, and the vault says that it
/// holds so many.
async fn deleted(
    arns: &[&'static str],
    before: &str,
    after: Value,
    held: usize,
) -> (World, Vec<Backup>) {
    let found_as = before.to_owned();
    let deleted = Arc::new(AtomicBool::new(false));
    let now = Arc::clone(&deleted);
    let known: Vec<&'static str> = arns.to_vec();
    let world = world(move |asked| {
        let later = now.load(Ordering::SeqCst);
        if later && asked.path == "/backup-vaults/prod/recovery-points" {
            return Some((200, "", json!({"RecoveryPoints": [after]})));
        }
        if later && asked.path == "/backup-vaults" {
            let vaults = [vault("prod", json!({ "NumberOfRecoveryPoints": held }))];
            return ok(json!({ "BackupVaultList": vaults }));
        }
        let arn = known.iter().find(|arn| asked.path == encoded(arn))?;
        if !later {
            return ok(point(arn, json!({ "Status": found_as })));
        }
        (after["RecoveryPointArn"] == **arn).then(|| (200, "", after.clone()))
    })
    .await;
    let targets: Vec<Target> = arns.iter().map(|arn| target(arn)).collect();
    let found = world.aws.find(&targets).await.unwrap();
    deleted.store(true, Ordering::SeqCst);
    world.log.lock().unwrap().clear();
    (world, found.backups)
}

async fn readings(
    arns: &[&'static str],
    before: &str,
    after: Value,
    held: usize,
) -> (Vec<String>, usize) {
    let (world, backups) = deleted(arns, before, after, held).await;
    let backups: Vec<&Backup> = backups.iter().collect();
    let readings = world.aws.read_back(&backups).await;
    let words = readings.iter().map(word).collect();
    (words, world.asked().len())
}

fn word(reading: &Reading) -> String {
    match reading {
        Reading::Gone(_) => Outcome::Deleted.word().to_owned(),
        Reading::Deleting => "deleting".to_owned(),
        Reading::Present(status) => format!("present {}", status.as_deref().unwrap_or("")),
        Reading::Unchanged(error) => {
            format!("present {}", error.code.as_deref().unwrap_or_default())
        }
        Reading::Kept(error) => format!("{}: {}", error, error.hint.as_deref().unwrap_or("")),
        Reading::Unreadable(error) => format!("unreadable: {error}"),
    }
}

#[tokio::test(start_paused = true)]
async fn s22_only_reading_back_tells_that_it_is_gone() {
    let is = |status: &str| point(SNAP, json!({ "Status": status }));
    let gone = point(POINT, json!({}));
    let cases = [
        (gone.clone(), "deleted"),
        (is("DELETING"), "deleting"),
        (is("COMPLETED"), "present COMPLETED"),
        (
            point(
                SNAP,
                json!({"Status": "COMPLETED", "StorageClass": "DELETED"}),
            ),
            "deleted",
        ),
    ];
    for (after, expected) in cases {
        let (words, calls) = readings(&[SNAP], "COMPLETED", after, 1).await;
        assert_eq!((words[0].as_str(), calls), (expected, 1));
    }
    // More than the vault has pages: its list and its count instead; and where they do not fit, one by one.
    for (held, expected) in [(1, 2), (3, 4)] {
        let (words, calls) =
            readings(&[SNAP, POINT, PART], "COMPLETED", is("DELETING"), held).await;
        assert_eq!(words, ["deleting", "deleted", "deleted"]);
        assert_eq!(calls, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn s22_a_point_that_turns_expired_was_kept_and_one_that_was_expired_may_still_go() {
    let expired = point(
        SNAP,
        json!({"Status": "EXPIRED", "StatusMessage": "no rights"}),
    );
    let (words, _) = readings(&[SNAP], "COMPLETED", expired.clone(), 1).await;
    assert!(
        words[0].contains("kept the recovery point as EXPIRED: no rights"),
        "{words:?}"
    );
    assert!(words[0].contains("ec2:DeleteSnapshot"), "{words:?}");
    let (words, _) = readings(&[SNAP], "EXPIRED", expired, 1).await;
    assert_eq!(words[0], "present EXPIRED");
}

#[tokio::test(start_paused = true)]
async fn s22_one_reading_does_not_describe_a_whole_vault_of_which_the_list_is_cut() {
    let arns: Vec<&'static str> = (0..700)
        .map(|number| &*format!("{POINT}{number:04}").leak())
        .collect();
    let (world, backups) = deleted(&arns, "COMPLETED", point(arns[9], json!({})), 3_000).await;
    let backups: Vec<&Backup> = backups.iter().collect();
    // The vault is known by its count from here on.
    let all = world.aws.read_back(&backups).await;
    assert_eq!(all.len(), arns.len());
    for (effort, expected) in [(Effort::Moment, 501), (Effort::Sparing, 2)] {
        let read = world.aws.read_some_back(&backups, effort).await;
        assert_eq!(read.len(), expected, "{effort:?}");
        for (place, reading) in read {
            let gone = matches!(reading, Reading::Gone(_));
            assert_eq!(gone, place != 9, "{effort:?} {place}");
        }
    }
}
