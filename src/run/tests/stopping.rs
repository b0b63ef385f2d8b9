//! Signals, the end of time, and credentials that run out: nothing new leaves, and nothing is lost.

use std::sync::Arc;

use tokio::time::{Instant, sleep};

use super::{
    double::{Double, Say, Show, script},
    *,
};
use crate::{
    backup::samples::id,
    provider::{ErrorKind, Sent, Survey, Wants},
    run::{record::Ended, stop::Reason},
    transport::{Lane, Refusal},
};

const AVAILABLE: Show = Show::Present("AVAILABLE");

/// Twelve backups of every temper.
fn mixed() -> (Double, Vec<Backup>) {
    let busy = Say::No(ErrorKind::Conflict, Sent::Answered);
    let lost = Say::No(ErrorKind::Timeout, Sent::Perhaps);
    let slow = Say::No(ErrorKind::Throttled, Sent::Answered);
    let tempers: [(&[Say], &[Show]); 6] = [
        (&[Say::Yes], &[Show::Gone]),
        (&[Say::Yes], &[Show::Deleting, Show::Deleting, Show::Gone]),
        (&[lost, Say::Yes], &[AVAILABLE, AVAILABLE, Show::Gone]),
        (&[slow, slow, slow, Say::Yes], &[Show::Gone]),
        (&[busy, busy, Say::Yes], &[AVAILABLE, AVAILABLE, Show::Gone]),
        (&[Say::Absent], &[Show::Gone]),
    ];
    let backups = many(12);
    let scripts = backups
        .iter()
        .zip(tempers.iter().cycle())
        .map(|(backup, (say, show))| (backup.id.name().to_owned(), script(say, show)));
    (Double::new(scripts), backups)
}

#[tokio::test(start_paused = true)]
async fn s25_a_signal_at_any_moment_loses_nothing_and_sends_nothing_more() {
    for moment in (0..4_000).step_by(35) {
        let (double, backups) = mixed();
        let plan = plan_of(backups);
        let (stop, sender) = Stop::new(None);
        let at = Instant::now() + Duration::from_millis(moment);
        let signal = async {
            if moment > 0 {
                sleep(Duration::from_millis(moment)).await;
            }
            sender.send_replace(Some(Reason::Signal(130)));
        };
        let run = carry_out(&double, &plan, MANNER, &stop);
        let finished = if moment == 0 {
            signal.await;
            run.await
        } else {
            tokio::join!(run, signal).0
        };
        let over = finished.ended.is_none();
        assert!(over || finished.ended == Some(Ended::Signal(130)));
        if !over {
            assert!(
                double.last_call().is_none_or(|call| call <= at),
                "{moment} ms: something was sent after the signal"
            );
        }
        if moment == 0 {
            assert_eq!(double.last_call(), None);
        }
        for result in &finished.results {
            if result.outcome == Outcome::NotAttempted {
                assert_eq!(result.kind, Some(ErrorKind::Interrupted));
                let throttled = result.id.name().trim_start_matches("backup");
                assert!(
                    result.attempts == 0 || ["3", "9"].contains(&throttled),
                    "{moment} ms: {result:?}"
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s25_the_end_of_time_at_any_moment_loses_nothing_and_sends_nothing_more() {
    for moment in (0..4_000).step_by(35) {
        let (double, backups) = mixed();
        let plan = plan_of(backups);
        let limit = Duration::from_millis(moment);
        let at = Instant::now() + limit;
        let (stop, _sender) = Stop::new(Some(limit));
        let finished = carry_out(&double, &plan, MANNER, &stop).await;
        assert!(finished.ended.is_none() || finished.ended == Some(Ended::Timeout));
        if finished.ended.is_some() {
            assert!(double.last_call().is_none_or(|call| call <= at), "{moment}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s25_what_is_under_way_at_the_signal_is_read_back() {
    let mut double = Double::one(&[Say::Yes], &[Show::Gone]);
    double.latency = Duration::from_secs(10);
    let (stop, sender) = Stop::new(None);
    let plan = plan_of(vec![backup("a")]);
    let signal = async {
        sleep(Duration::from_secs(1)).await;
        sender.send_replace(Some(Reason::Signal(143)));
    };
    let (finished, ()) = tokio::join!(carry_out(&double, &plan, MANNER, &stop), signal);
    assert_eq!(finished.ended, Some(Ended::Signal(143)));
    assert_eq!(outcomes(&finished), [("a", Outcome::Deleted)]);
}

/// Whether it is being read, waits for its next attempt or is under way when the time is over: the same answer.
#[tokio::test(start_paused = true)]
async fn s25_what_failed_before_the_end_says_so() {
    for (say, wanted) in [
        (
            Say::No(ErrorKind::Timeout, Sent::Perhaps),
            (Outcome::Unknown, ErrorKind::Timeout),
        ),
        (
            Say::No(ErrorKind::Server, Sent::Answered),
            (Outcome::Failed, ErrorKind::Server),
        ),
    ] {
        for moment in (1_000..6_000).step_by(35) {
            let double = Double::one(&[say], &[AVAILABLE]);
            let (stop, _sender) = Stop::new(Some(Duration::from_millis(moment)));
            let plan = plan_of(vec![backup("a")]);
            let result = carry_out(&double, &plan, MANNER, &stop)
                .await
                .results
                .remove(0);
            assert_eq!(
                (result.outcome, result.kind),
                (wanted.0, Some(wanted.1)),
                "{moment} ms: {result:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s23_when_the_credentials_run_out_the_rest_is_not_attempted() {
    let mut scripts: Vec<_> = many(30)
        .iter()
        .map(|backup| {
            (
                backup.id.name().to_owned(),
                script(&[Say::Yes], &[Show::Gone]),
            )
        })
        .collect();
    for (_, script) in &mut scripts[10..] {
        script.say = [Say::No(ErrorKind::Credentials, Sent::Answered)].into();
    }
    let double = Double::new(scripts);
    let manner = Manner {
        concurrency: Some(1),
        ..MANNER
    };
    let finished = run_with(&double, many(30), manner).await;
    assert!(matches!(finished.ended, Some(Ended::Credentials(_))));
    for (number, result) in finished.results.iter().enumerate() {
        let wanted = match number {
            0..10 => Outcome::Deleted,
            10 => Outcome::Failed,
            _ => Outcome::NotAttempted,
        };
        assert_eq!(result.outcome, wanted, "{number}");
    }
    assert!(double.seen("backup11").calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn s23_credentials_that_were_never_accepted_attempt_nothing() {
    let none = Say::No(ErrorKind::Credentials, Sent::No);
    let double = Double::new(
        many(3)
            .iter()
            .map(|backup| (backup.id.name().to_owned(), script(&[none], &[AVAILABLE]))),
    );
    let finished = run_with(&double, many(3), MANNER).await;
    assert!(
        finished
            .results
            .iter()
            .all(|result| result.outcome == Outcome::NotAttempted && result.attempts == 0)
    );
}

/// A family whose whole is not attempted: its part was not, either.
#[tokio::test(start_paused = true)]
async fn s25_a_part_whose_whole_had_no_turn_had_none() {
    let part = Backup {
        parent: Some(id("a").into()),
        ..backup("b")
    };
    let none = Say::No(ErrorKind::Credentials, Sent::No);
    let double =
        Double::new(["a", "b"].map(|name| (name.to_owned(), script(&[none], &[AVAILABLE]))));
    let finished = run_with(&double, vec![backup("a"), part], MANNER).await;
    assert_eq!(
        outcomes(&finished),
        [("a", Outcome::NotAttempted), ("b", Outcome::NotAttempted)]
    );
}

#[tokio::test(start_paused = true)]
async fn s25_a_part_that_was_never_sent_when_the_run_ends_was_not_attempted() {
    let mut part = item(Backup {
        parent: Some(id("a").into()),
        ..backup("b")
    });
    part.reasons = [crate::plan::Reason::PartOf(id("a").into())].into();
    let double = Double::new(["a", "b"].map(|name| {
        let show = if name == "a" { Show::Gone } else { AVAILABLE };
        (name.to_owned(), script(&[Say::Yes], &[show]))
    }));
    let plan = plan(vec![item(backup("a")), part]);
    // The whole is gone after 100 ms, and its part is being read.
    let (stop, _sender) = Stop::new(Some(Duration::from_millis(120)));
    let finished = carry_out(&double, &plan, MANNER, &stop).await;
    assert_eq!(
        outcomes(&finished),
        [("a", Outcome::Deleted), ("b", Outcome::NotAttempted)]
    );
}

/// A request that waits for its pace when the signal comes has not left, must not, and holds nothing up.
#[tokio::test(start_paused = true)]
async fn s25_what_waits_for_its_pace_ends_with_the_signal_at_once() {
    let plan = plan_of(vec![backup("a"), backup("b")]);
    let approved = approved(&plan);
    let transport = Transport::new(Settings::default());
    let (stop, sender) = Stop::new(None);
    let double = Late {
        inner: Double::one(&[Say::Yes], &[AVAILABLE]),
        transport: transport.clone(),
        refused: std::sync::Mutex::default(),
        sender: Arc::clone(&sender),
        pace: Duration::from_hours(1),
    };
    let started = tokio::time::Instant::now();
    tokio::spawn(async move {
        sleep(Duration::from_secs(3)).await;
        sender.send_replace(Some(Reason::Signal(130)));
    });
    let finished = execute(
        &Fleet::one(&double),
        &transport,
        Orders {
            plan: &plan,
            approved: &approved,
            manner: MANNER,
            earlier: &Earlier::default(),
        },
        Ledger::none(),
        &stop,
        &mut |_| {},
    )
    .await
    .unwrap();
    assert_eq!(
        outcomes(&finished),
        [("a", Outcome::NotAttempted), ("b", Outcome::NotAttempted)]
    );
    assert!(
        finished
            .results
            .iter()
            .all(|result| result.attempts == 0 && result.sent_at.is_none())
    );
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!(
        *double.refused.lock().unwrap(),
        None,
        "nothing got as far as the gate"
    );
}

/// What is looked at once more before it leaves stays in when the signal comes meanwhile.
#[tokio::test]
async fn s25_the_gate_is_closed_by_the_signal() {
    let plan = plan_of(vec![backup("a")]);
    let approved = approved(&plan);
    let transport = Transport::new(Settings::default());
    let (stop, sender) = Stop::new(None);
    let double = Late {
        inner: Double::one(&[Say::Yes], &[AVAILABLE]),
        transport: transport.clone(),
        refused: std::sync::Mutex::default(),
        sender,
        pace: Duration::ZERO,
    };
    let finished = execute(
        &Fleet::one(&double),
        &transport,
        Orders {
            plan: &plan,
            approved: &approved,
            manner: MANNER,
            earlier: &Earlier::default(),
        },
        Ledger::none(),
        &stop,
        &mut |_| {},
    )
    .await
    .unwrap();
    assert_eq!(*double.refused.lock().unwrap(), Some(Refusal::NotArmed));
    assert_eq!(outcomes(&finished), [("a", Outcome::NotAttempted)]);
    assert_eq!(finished.results[0].attempts, 0);
    assert_eq!(finished.results[0].kind, Some(ErrorKind::Interrupted));
}

/// A provider whose request gets to the gate only after the signal.
struct Late {
    inner: Double,
    transport: Transport,
    refused: std::sync::Mutex<Option<Refusal>>,
    sender: Arc<tokio::sync::watch::Sender<Option<Reason>>>,
    pace: Duration,
}

mod late {
    use async_trait::async_trait;
    use bytes::Bytes;

    use super::*;
    use crate::{
        backup::{Provider, Target},
        plan::Approved,
        provider::{
            Accepted, Census, Delete, Found, Identity, Inventory, Progress, ProviderError, Reading,
            Removal,
        },
        transport::FailureKind,
    };

    #[async_trait]
    impl Inventory for Late {
        async fn identity(&self) -> Result<Identity, ProviderError> {
            self.inner.identity().await
        }

        async fn survey(
            &self,
            wants: &Wants,
            progress: Progress<'_>,
        ) -> Result<Survey, ProviderError> {
            self.inner.survey(wants, progress).await
        }

        async fn find(&self, targets: &[Target]) -> Result<Found, ProviderError> {
            self.inner.find(targets).await
        }

        async fn census(&self, backups: &[&Backup]) -> Result<Census, ProviderError> {
            self.inner.census(backups).await
        }

        async fn read_back(&self, backups: &[&Backup]) -> Vec<Reading> {
            self.inner.read_back(backups).await
        }
    }

    #[async_trait]
    impl Delete for Late {
        fn removals(&self, approved: &Approved) -> Result<Vec<Removal>, ProviderError> {
            self.inner.removals(approved)
        }

        async fn turn(&self, _removal: &Removal) {
            sleep(self.pace).await;
        }

        async fn delete(&self, removal: &Removal) -> Result<Accepted, ProviderError> {
            self.sender.send_replace(Some(Reason::Signal(130)));
            sleep(Duration::from_millis(20)).await;
            let request = http::Request::builder()
                .method(removal.warrant().method())
                .uri(removal.warrant().url())
                .body(Bytes::new())
                .unwrap();
            let failure = self
                .transport
                .exchange(Lane::Control, request)
                .await
                .unwrap_err();
            if let FailureKind::Gate(refusal) = &failure.kind {
                *self.refused.lock().unwrap() = Some(*refusal);
            }
            Err(failure.as_error(Provider::Zilliz, "delete"))
        }

        fn concurrency(&self) -> usize {
            1
        }
    }
}
