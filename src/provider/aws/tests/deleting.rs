//! Deleting: what is sent, and what a refusal is taken for.

use super::*;

/// Finds a point of `prod` and deletes it, where AWS answers the deletion like this and then tells of these vaults.
async fn deletion(
    arn: &'static str,
    answer: Answer,
    vaults: Value,
) -> Result<Accepted, ProviderError> {
    let sent = AtomicBool::new(false);
    let world = world(move |asked| {
        if asked.method == "DELETE" {
            sent.store(true, Ordering::SeqCst);
            return Some(answer.clone());
        }
        if asked.path == "/backup-vaults" && sent.load(Ordering::SeqCst) {
            return ok(json!({ "BackupVaultList": vaults }));
        }
        (asked.path == encoded(arn)).then(|| (200, "", point(arn, json!({}))))
    })
    .await;
    let found = world.aws.find(&[target(arn)]).await.unwrap();
    let approved = approve(found.backups);
    let removals = world.aws.removals(&approved).unwrap();
    // What was read before the deletion is too old to explain it by.
    tokio::time::advance(std::time::Duration::from_mins(1)).await;
    let answer = world.aws.delete(&removals[0]).await;
    assert_eq!(world.count("DELETE", ""), 1, "a deletion is sent once");
    answer
}

async fn refused(answer: Answer, vaults: Value, kind: ErrorKind, hint: &str) {
    let said = format!("{answer:?}");
    let error = deletion(SNAP, answer, vaults).await.unwrap_err();
    assert_eq!(error.kind, kind, "{said}: {error}");
    assert_eq!(error.sent, Sent::Answered, "{said}");
    assert_eq!(error.request_id.as_deref(), Some("request-1"), "{said}");
    let told = error.hint.unwrap_or_default();
    assert!(told.contains(hint), "{said}: {told}");
}

#[tokio::test(start_paused = true)]
async fn a_denial_tells_whose_right_is_missing() {
    let there = json!([vault("prod", json!({}))]);
    let lacks = |action: &str| {
        denied(&format!(
            "User: arn:aws:iam::1:user/a is not authorized to perform: {action} on resource: x"
        ))
    };
    let policy = "… with an explicit deny in a resource-based policy";
    let own = lacks("backup:DeleteRecoveryPoint");
    let theirs = lacks("ec2:DeleteSnapshot");
    let silent = (403, "", Value::Null);
    for (answer, hint) in [
        (own, "allow backup:DeleteRecoveryPoint on arn:aws:ec2"),
        (theirs, "allow ec2:DeleteSnapshot too"),
        (denied(policy), "access policy of vault prod"),
        (denied(""), "ec2:DeleteSnapshot with aws:CalledVia"),
        (silent, "ec2:DeleteSnapshot with aws:CalledVia"),
    ] {
        refused(answer, there.clone(), ErrorKind::Permission, hint).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_denial_over_a_lock_or_a_vault_that_is_gone_is_no_matter_of_rights() {
    let locked = json!([vault("prod", json!({"Locked": true}))]);
    let gone = json!([vault("prod-eu", json!({}))]);
    let denial = denied("Insufficient privileges to perform this action.");
    let invalid = refusal(400, "InvalidRequestException", "anything");
    let missing = ErrorKind::NoSuchScope;
    refused(denial.clone(), gone, missing, "prod-eu").await;
    for answer in [denial, invalid] {
        refused(answer, locked.clone(), ErrorKind::Protected, "locked vault").await;
    }
}

#[tokio::test(start_paused = true)]
async fn other_refusals_keep_their_kind() {
    let there = json!([vault("prod", json!({}))]);
    let invalid = "InvalidRequestException";
    let hold = "Cannot delete: active legal hold(s)";
    for (answer, kind, hint) in [
        (refusal(400, invalid, "anything"), ErrorKind::Refused, ""),
        (
            refusal(400, invalid, hold),
            ErrorKind::Protected,
            "cancel-legal-hold",
        ),
        (
            refusal(400, "InvalidResourceStateException", "busy"),
            ErrorKind::Conflict,
            "under way",
        ),
        (
            refusal(400, "ThrottlingException", "Rate exceeded"),
            ErrorKind::Throttled,
            "",
        ),
        (
            refusal(500, "ServiceUnavailableException", "no"),
            ErrorKind::Server,
            "",
        ),
        (
            refusal(403, "ExpiredTokenException", "old"),
            ErrorKind::Credentials,
            "aws sso login",
        ),
    ] {
        refused(answer, there.clone(), kind, hint).await;
    }
}

#[tokio::test(start_paused = true)]
async fn s22_a_not_found_is_an_answer_and_an_odd_one_is_none() {
    let there = json!([vault("prod", json!({}))]);
    let missing = (400, "ResourceNotFoundException", json!({"Message": "no"}));
    assert!(deletion(SNAP, missing, there.clone()).await.unwrap().absent);
    let accepted = deletion(SNAP, (200, "", Value::Null), there.clone()).await;
    let accepted = accepted.unwrap();
    assert!(!accepted.absent);
    assert_eq!(accepted.request_id.as_deref(), Some("request-1"));
    for status in [200, 404] {
        let odd = (status, "", json!("<html>not here</html>"));
        let error = deletion(SNAP, odd, there.clone()).await.unwrap_err();
        assert_eq!(
            (error.kind, error.sent),
            (ErrorKind::Malformed, Sent::Perhaps)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn s2_the_warrant_is_what_the_sdk_sends() {
    let continuous =
        "arn:aws:backup:eu-central-1:111122223333:recovery-point:continuous:db~x-1+2,3@4";
    for (vault, arn) in [
        ("prod", SNAP),
        ("prod", continuous),
        ("aws/efs/x", POINT),
        (
            "aws/efs/x",
            "arn:aws:dynamodb:eu-central-1:111122223333:table/T.a_b/backup/0153",
        ),
    ] {
        let world = world(move |asked| {
            if asked.method == "DELETE" {
                return ok(Value::Null);
            }
            (asked.path == endpoint::path(vault, arn))
                .then(|| (200, "", point(arn, json!({"BackupVaultName": vault}))))
        })
        .await;
        let named = Target {
            container: Some(vault.to_owned()),
            name: arn.to_owned(),
        };
        let found = world.aws.find(&[named]).await.unwrap();
        let removals = world.aws.removals(&approve(found.backups)).unwrap();
        world.aws.delete(&removals[0]).await.unwrap();
        let sent = world.asked().pop().unwrap();
        assert_eq!(sent.method, "DELETE");
        assert_eq!(sent.uri, removals[0].warrant().url());
        assert!(!sent.uri.contains('?'));
    }
}
