//! What is sent again, what is not, and how much of it.

use super::{
    double::{Double, Say, Show, script},
    *,
};
use crate::provider::{ErrorKind, Sent};

const AVAILABLE: Show = Show::Present("AVAILABLE");

fn answered(kind: ErrorKind) -> Say {
    Say::No(kind, Sent::Answered)
}

fn perhaps(kind: ErrorKind) -> Say {
    Say::No(kind, Sent::Perhaps)
}

#[tokio::test(start_paused = true)]
async fn s23_unanswered_and_gone_is_deleted() {
    for kind in [ErrorKind::Timeout, ErrorKind::Network, ErrorKind::Malformed] {
        let double = Double::one(&[perhaps(kind)], &[Show::Gone]);
        let result = run(&double).await;
        assert_eq!((result.outcome, result.attempts), (Outcome::Deleted, 1));
    }
    let double = Double::one(&[answered(ErrorKind::Server)], &[Show::Gone]);
    assert_eq!(run(&double).await.outcome, Outcome::Deleted);
    let double = Double::one(&[perhaps(ErrorKind::Refused)], &[Show::Gone]);
    assert_eq!(run(&double).await.outcome, Outcome::Deleted);
}

#[tokio::test(start_paused = true)]
async fn s23_unanswered_and_still_there_is_sent_again() {
    let double = Double::one(
        &[
            perhaps(ErrorKind::Timeout),
            answered(ErrorKind::Server),
            Say::Yes,
        ],
        &[AVAILABLE, AVAILABLE, Show::Deleting, Show::Gone],
    );
    let result = run(&double).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Deleted, 3));
    assert_eq!(result.kind, None);
}

#[tokio::test(start_paused = true)]
async fn s23_unanswered_then_not_found_was_our_own_doing() {
    for first in [
        perhaps(ErrorKind::Timeout),
        answered(ErrorKind::Server),
        answered(ErrorKind::Malformed),
    ] {
        for second in [
            Say::Absent,
            Say::AbsentUnasked,
            answered(ErrorKind::NotFound),
        ] {
            let double = Double::one(&[first, second], &[AVAILABLE, Show::Gone]);
            let result = run(&double).await;
            assert_eq!(result.outcome, Outcome::Deleted, "{first:?} {second:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s23_it_is_not_sent_again_for_ever() {
    let double = Double::one(&[perhaps(ErrorKind::Timeout)], &[AVAILABLE]);
    let started = tokio::time::Instant::now();
    let result = run(&double).await;
    assert_eq!(result.outcome, Outcome::Unknown);
    assert_eq!(result.kind, Some(ErrorKind::Timeout));
    assert!(result.attempts > 1);
    assert!(started.elapsed() < MANNER.wait.saturating_add(Duration::from_mins(1)));
}

#[tokio::test(start_paused = true)]
async fn s23_what_never_left_and_is_gone_was_absent_and_not_deleted() {
    let unsent = Say::No(ErrorKind::Network, Sent::No);
    let double = Double::one(&[unsent], &[Show::Gone]);
    let result = run(&double).await;
    assert_eq!(
        (result.outcome, result.attempts, result.sent_at),
        (Outcome::AlreadyAbsent, 0, None)
    );
    let double = Double::one(
        &[answered(ErrorKind::Server), unsent],
        &[AVAILABLE, Show::Gone],
    );
    assert_eq!(
        run(&double).await.outcome,
        Outcome::Deleted,
        "an earlier attempt may have done it"
    );
}

#[tokio::test(start_paused = true)]
async fn s23_what_never_left_is_sent_when_it_can() {
    let unsent = Say::No(ErrorKind::Network, Sent::No);
    let double = Double::one(
        &[unsent, unsent, Say::Yes],
        &[AVAILABLE, AVAILABLE, Show::Gone],
    );
    let result = run(&double).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Deleted, 1));
}

#[tokio::test(start_paused = true)]
async fn s24_a_hundred_refusals_for_going_too_fast_are_no_failure() {
    let mut say = vec![answered(ErrorKind::Throttled); 100];
    say.push(Say::Yes);
    let double = Double::one(&say, &[Show::Gone]);
    let result = run(&double).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Deleted, 101));
    assert_eq!(result.kind, None);
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_waited_for() {
    let busy = answered(ErrorKind::Conflict);
    let double = Double::one(
        &[busy, busy, busy, Say::Yes],
        &[AVAILABLE, AVAILABLE, AVAILABLE, Show::Gone],
    );
    let result = run(&double).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Deleted, 4));
    let double = Double::one(&[busy], &[AVAILABLE]);
    let result = run(&double).await;
    assert_eq!(result.outcome, Outcome::Failed);
    assert_eq!(result.kind, Some(ErrorKind::Conflict));
}

#[tokio::test(start_paused = true)]
async fn the_wait_counts_from_the_acceptance() {
    let mut say = vec![answered(ErrorKind::Conflict); 5];
    say.push(Say::Yes);
    let mut show = vec![AVAILABLE; 5];
    show.extend([Show::Deleting; 6]);
    show.push(Show::Gone);
    let double = Double::one(&say, &show);
    let manner = Manner {
        wait: Duration::from_secs(20),
        ..MANNER
    };
    let finished = run_with(&double, vec![backup("a")], manner).await;
    assert_eq!(outcomes(&finished), [("a", Outcome::Deleted)]);
}

#[tokio::test(start_paused = true)]
async fn s23_one_items_failure_stops_no_other() {
    let mut scripts: Vec<_> = many(20)
        .iter()
        .map(|backup| {
            (
                backup.id.name().to_owned(),
                script(&[Say::Yes], &[Show::Gone]),
            )
        })
        .collect();
    scripts[3].1 = script(&[answered(ErrorKind::Permission)], &[AVAILABLE]);
    let double = Double::new(scripts);
    let finished = run_with(&double, many(20), MANNER).await;
    for (number, (_, outcome)) in outcomes(&finished).into_iter().enumerate() {
        let wanted = if number == 3 {
            Outcome::Failed
        } else {
            Outcome::Deleted
        };
        assert_eq!(outcome, wanted, "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_are_under_way_at_once_than_were_asked_for() {
    for (concurrency, most) in [(None, 4), (Some(1), 1), (Some(7), 7), (Some(0), 1)] {
        let double = Double::new(many(30).iter().map(|backup| {
            (
                backup.id.name().to_owned(),
                script(&[answered(ErrorKind::Throttled), Say::Yes], &[Show::Gone]),
            )
        }));
        let manner = Manner {
            concurrency,
            ..MANNER
        };
        run_with(&double, many(30), manner).await;
        assert_eq!(double.most_at_once(), most, "{concurrency:?}");
    }
}

/// A clock that is looked at without pause would never move on here.
#[tokio::test(start_paused = true)]
async fn it_sleeps_while_slow_requests_are_under_way_and_nothing_is_to_be_read() {
    let mut double = Double::new(many(9).iter().map(|backup| {
        (
            backup.id.name().to_owned(),
            script(&[Say::Yes], &[Show::Gone]),
        )
    }));
    double.latency = Duration::from_secs(25);
    let finished = run_with(&double, many(9), MANNER).await;
    assert!(
        outcomes(&finished)
            .iter()
            .all(|(_, outcome)| *outcome == Outcome::Deleted)
    );
}

#[tokio::test(start_paused = true)]
async fn many_are_deleted_in_reasonable_time() {
    const MANY: usize = 5_000;
    let double = Double::new(many(MANY).iter().map(|backup| {
        let say = [answered(ErrorKind::Throttled), Say::Yes];
        (
            backup.id.name().to_owned(),
            script(&say, &[Show::Deleting, Show::Gone]),
        )
    }));
    let started = std::time::Instant::now();
    let finished = run_with(&double, many(MANY), MANNER).await;
    assert!(
        finished
            .results
            .iter()
            .all(|result| result.outcome == Outcome::Deleted)
    );
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "{:?}",
        started.elapsed()
    );
}
