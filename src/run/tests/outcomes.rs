//! Every outcome of the contract is reached, and only by what it means.

use super::{
    double::{Double, Say, Show, script},
    *,
};
use crate::{
    backup::{State, samples::id},
    fatal::Fatal,
    plan::{Reason, Verdict},
    provider::{ErrorKind, Sent},
};

const YES: &[Say] = &[Say::Yes];
const AVAILABLE: Show = Show::Present("AVAILABLE");

fn answered(kind: ErrorKind) -> Say {
    Say::No(kind, Sent::Answered)
}

#[tokio::test(start_paused = true)]
async fn s22_what_was_accepted_is_deleted_once_it_is_read_as_gone() {
    let double = Double::one(
        YES,
        &[AVAILABLE, Show::Deleting, Show::Deleting, Show::Gone],
    );
    let result = run(&double).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Deleted, 1));
    assert_eq!(result.request_ids, ["request-1"]);
    assert_eq!(double.seen("a").readings.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn s22_a_success_is_no_evidence() {
    let double = Double::one(YES, &[AVAILABLE]);
    let result = run(&double).await;
    assert_eq!(result.outcome, Outcome::Pending);
    let double = Double::one(YES, &[Show::Kept]);
    let result = run(&double).await;
    assert_eq!(result.outcome, Outcome::Failed);
    assert_eq!(result.kind, Some(ErrorKind::Kept));
}

#[tokio::test(start_paused = true)]
async fn s22_what_expired_instead_of_going_was_kept() {
    for show in [
        &[Show::Present("EXPIRED")][..],
        &[Show::Deleting, Show::Present("EXPIRED")],
    ] {
        let double = Double::one(YES, show);
        let expired = Backup {
            state: State::Damaged,
            status: Some("EXPIRED".into()),
            ..backup("a")
        };
        let result = run_with(&double, vec![expired], MANNER)
            .await
            .results
            .remove(0);
        assert_eq!(result.outcome, Outcome::Failed);
        assert_eq!(result.kind, Some(ErrorKind::Kept), "{result:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn s22_the_minute_of_an_expired_one_counts_from_its_acceptance() {
    let busy = answered(ErrorKind::Conflict);
    let mut say = vec![busy; 60];
    say.push(Say::Yes);
    let mut show = vec![Show::Present("EXPIRED"); 62];
    show.extend([Show::Deleting, Show::Gone]);
    let double = Double::one(&say, &show);
    let expired = Backup {
        state: State::Damaged,
        status: Some("EXPIRED".into()),
        ..backup("a")
    };
    let finished = run_with(&double, vec![expired], MANNER).await;
    assert_eq!(outcomes(&finished), [("a", Outcome::Deleted)]);
}

#[tokio::test(start_paused = true)]
async fn s22_what_goes_back_from_deleting_was_kept() {
    let double = Double::one(YES, &[Show::Deleting, AVAILABLE]);
    let result = run(&double).await;
    assert_eq!(result.outcome, Outcome::Failed);
    assert_eq!(result.kind, Some(ErrorKind::Kept));
    // It may also waver, and go in the end.
    let double = Double::one(
        YES,
        &[Show::Deleting, AVAILABLE, Show::Deleting, Show::Gone],
    );
    assert_eq!(run(&double).await.outcome, Outcome::Deleted);
}

#[tokio::test(start_paused = true)]
async fn what_is_still_going_when_the_wait_ends_is_pending() {
    let double = Double::one(YES, &[Show::Deleting]);
    let started = tokio::time::Instant::now();
    let result = run(&double).await;
    assert_eq!(result.outcome, Outcome::Pending);
    assert!(started.elapsed() >= MANNER.wait);
    assert!(started.elapsed() < MANNER.wait + Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn no_wait_reads_back_once() {
    let no_wait = Manner {
        wait: Duration::ZERO,
        ..MANNER
    };
    for (show, outcome) in [
        (Show::Gone, Outcome::Deleted),
        (Show::Deleting, Outcome::Pending),
        (AVAILABLE, Outcome::Pending),
        (Show::Unreadable(ErrorKind::Server), Outcome::Unverified),
    ] {
        let double = Double::one(YES, &[show]);
        let finished = run_with(&double, vec![backup("a")], no_wait).await;
        assert_eq!(outcomes(&finished), [("a", outcome)], "{show:?}");
        assert_eq!(double.seen("a").readings.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn s22_what_the_provider_does_not_find_is_absent_only_if_a_reading_agrees() {
    let double = Double::one(&[Say::Absent], &[Show::Gone]);
    let result = run(&double).await;
    assert_eq!(
        (result.outcome, result.attempts),
        (Outcome::AlreadyAbsent, 1)
    );
    let double = Double::one(&[answered(ErrorKind::NotFound)], &[Show::Gone]);
    assert_eq!(run(&double).await.outcome, Outcome::AlreadyAbsent);
    for say in [Say::Absent, answered(ErrorKind::NotFound)] {
        let double = Double::one(&[say], &[AVAILABLE]);
        assert_eq!(run(&double).await.outcome, Outcome::Failed, "{say:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn absent_without_a_request_counts_none() {
    let double = Double::one(&[Say::AbsentUnasked], &[Show::Gone]);
    let result = run(&double).await;
    assert_eq!(
        (result.outcome, result.attempts, result.sent_at),
        (Outcome::AlreadyAbsent, 0, None)
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_back_is_unverified() {
    for kind in [ErrorKind::Permission, ErrorKind::Credentials] {
        let double = Double::one(YES, &[AVAILABLE, Show::Unreadable(kind)]);
        let result = run(&double).await;
        assert_eq!(result.outcome, Outcome::Unverified);
        assert_eq!(result.kind, Some(kind));
        assert_eq!(double.seen("a").readings.len(), 2, "it is not asked again");
    }
    let passing = [Show::Unreadable(ErrorKind::Server), Show::Gone];
    assert_eq!(
        run(&Double::one(YES, &passing)).await.outcome,
        Outcome::Deleted
    );
}

#[tokio::test(start_paused = true)]
async fn s23_what_went_unanswered_and_cannot_be_read_is_unknown() {
    let double = Double::one(
        &[Say::No(ErrorKind::Timeout, Sent::Perhaps)],
        &[Show::Unreadable(ErrorKind::Server)],
    );
    let result = run(&double).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Unknown, 1));
    assert_eq!(result.kind, Some(ErrorKind::Timeout));
}

#[tokio::test(start_paused = true)]
async fn what_never_left_and_cannot_be_read_failed() {
    let double = Double::one(
        &[Say::No(ErrorKind::Network, Sent::No)],
        &[Show::Unreadable(ErrorKind::Network)],
    );
    let result = run(&double).await;
    assert_eq!(
        (result.outcome, result.attempts, result.sent_at),
        (Outcome::Failed, 0, None),
        "unknown is for what was sent"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_fails_at_once_and_is_not_repeated() {
    for kind in [
        ErrorKind::Permission,
        ErrorKind::Protected,
        ErrorKind::Refused,
        ErrorKind::Kept,
    ] {
        let double = Double::one(&[answered(kind)], &[AVAILABLE]);
        let result = run(&double).await;
        assert_eq!((result.outcome, result.attempts), (Outcome::Failed, 1));
        assert_eq!(result.kind, Some(kind));
        assert_eq!(double.seen("a").readings.len(), 0);
    }
    let double = Double::one(&[Say::No(ErrorKind::Gate, Sent::No)], &[AVAILABLE]);
    let result = run(&double).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Failed, 0));
}

#[tokio::test(start_paused = true)]
async fn s17_what_drifted_is_skipped_and_nothing_was_sent() {
    let double = Double::one(&[Say::No(ErrorKind::Drift, Sent::No)], &[AVAILABLE]);
    let result = run(&double).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Skipped, 0));
    assert_eq!(result.kind, Some(ErrorKind::Drift));
}

#[tokio::test(start_paused = true)]
async fn s19_a_withheld_request_would_delete() {
    let double = Double::one(&[Say::No(ErrorKind::Rehearsed, Sent::No)], &[AVAILABLE]);
    let result = run(&double).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::WouldDelete, 0));
}

pub(super) fn deleting(name: &str) -> crate::plan::Item {
    let mut deleting = item(Backup {
        state: State::Deleting,
        status: Some("DELETING".into()),
        ..backup(name)
    });
    deleting.reasons.push(Reason::DeletingAlready);
    deleting
}

#[tokio::test(start_paused = true)]
async fn s7_what_the_provider_is_deleting_is_watched_and_never_sent_for() {
    for (show, outcome) in [
        (&[Show::Deleting, Show::Gone][..], Outcome::Deleted),
        (&[Show::Deleting], Outcome::Pending),
        (&[Show::Deleting, AVAILABLE], Outcome::Failed),
        (&[AVAILABLE], Outcome::Failed),
        (&[Show::Unreadable(ErrorKind::Permission)], Outcome::Unknown),
    ] {
        let double = Double::one(YES, show);
        let plan = plan(vec![deleting("a")]);
        let finished = carry_out(&double, &plan, MANNER, &Stop::new(None).0).await;
        assert_eq!(outcomes(&finished), [("a", outcome)], "{show:?}");
        assert!(double.seen("a").calls.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn every_item_has_its_result_in_the_plans_order() {
    let all = ["a", "b", "c", "d"].map(|name| {
        let show: &[Show] = if name == "a" {
            &[Show::Deleting, Show::Deleting, Show::Gone]
        } else {
            &[Show::Gone]
        };
        (name.to_owned(), script(YES, show))
    });
    let double = Double::new(all);
    let mut refused = item(backup("b"));
    refused.verdict = Verdict::Keep;
    refused.refused = true;
    refused.reasons.push(Reason::LastHealthy);
    let mut plan = plan(vec![
        item(backup("a")),
        refused,
        deleting("c"),
        item(backup("d")),
    ]);
    plan.absent = vec![id("never there")];
    let finished = carry_out(&double, &plan, MANNER, &Stop::new(None).0).await;
    assert_eq!(
        outcomes(&finished),
        [
            ("a", Outcome::Deleted),
            ("b", Outcome::Skipped),
            ("c", Outcome::Deleted),
            ("d", Outcome::Deleted),
            ("never there", Outcome::AlreadyAbsent),
        ]
    );
    assert_eq!(finished.results[1].kind, Some(ErrorKind::Guard));
    assert!(double.seen("b").calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_gives_too_few_readings_has_not_read_the_rest() {
    let mut double = Double::new(
        many(3)
            .iter()
            .map(|backup| (backup.id.name().to_owned(), script(YES, &[Show::Gone]))),
    );
    double.readings_missing = 1;
    let finished = run_with(&double, many(3), MANNER).await;
    // The last one is alone in the end, and never read.
    assert_eq!(
        outcomes(&finished),
        [
            ("backup0", Outcome::Deleted),
            ("backup1", Outcome::Deleted),
            ("backup2", Outcome::Unverified),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_forgets_what_was_approved_is_not_started() {
    let mut double = Double::new(
        many(2)
            .iter()
            .map(|backup| (backup.id.name().to_owned(), script(YES, &[Show::Gone]))),
    );
    double.forgets = Some("backup1");
    let plan = plan_of(many(2));
    let fatal = execute(
        &Fleet::one(&double),
        &Transport::new(Settings::default()),
        Orders {
            plan: &plan,
            approved: &approved(&plan),
            manner: MANNER,
            earlier: &Earlier::default(),
        },
        Ledger::none(),
        &Stop::new(None).0,
        &mut |_| {},
    )
    .await
    .unwrap_err();
    assert!(matches!(fatal, Fatal::Unexpected(_)), "{fatal:?}");
    assert!(double.seen("backup0").calls.is_empty());
}
