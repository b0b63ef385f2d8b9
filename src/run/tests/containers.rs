//! A container goes last, once everything in it is gone, and only if a last look finds nothing against it.

use super::{
    double::{Double, Say, Show, script},
    *,
};
use crate::{
    backup::samples::{in_vault, vault},
    plan::Approved,
    provider::{ErrorKind, Sent},
};

const THERE: Show = Show::Present("COMPLETED");
const BUSY: Say = Say::No(ErrorKind::Conflict, Sent::Answered);

/// Two backups in a vault, one in another, and the vault, which comes first in the plan.
struct Case {
    first: (Say, Show),
    elsewhere: (Say, Show),
    vault: (&'static [Say], &'static [Show]),
    unfit: &'static [Option<ErrorKind>],
}

const GOOD: Case = Case {
    first: (Say::Yes, Show::Gone),
    elsewhere: (Say::Yes, Show::Gone),
    vault: (&[Say::Yes], &[Show::Gone]),
    unfit: &[],
};

fn name() -> String {
    vault("prod").id.name().to_owned()
}

async fn finish(case: Case) -> (Deletion, Double) {
    let one = |(say, show): (Say, Show)| script(&[say], &[show]);
    let mut double = Double::new([
        ("first".to_owned(), one(case.first)),
        ("second".to_owned(), one((Say::Yes, Show::Gone))),
        ("elsewhere".to_owned(), one(case.elsewhere)),
        (name(), script(case.vault.0, case.vault.1)),
    ]);
    double.unfit = case
        .unfit
        .iter()
        .copied()
        .collect::<std::collections::VecDeque<_>>()
        .into();
    let plan = plan_of(vec![
        vault("prod"),
        in_vault("prod", "first"),
        in_vault("prod", "second"),
        in_vault("test", "elsewhere"),
    ]);
    let finished = carry_out(&double, &plan, MANNER, &Stop::new(None).0).await;
    (finished.results[0].clone(), double)
}

#[tokio::test(start_paused = true)]
async fn a_container_is_sent_after_everything_in_it_is_read_as_gone() {
    let (result, double) = finish(GOOD).await;
    assert_eq!(result.outcome, Outcome::Deleted);
    let sent = double.seen(&name()).calls[0];
    for inside in ["first", "second"] {
        let seen = double.seen(inside);
        assert!(
            seen.gone && seen.calls[0] + double.latency * 2 <= sent,
            "{inside}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn s22_nothing_is_sent_for_a_container_in_which_anything_is_not_gone() {
    let refused = Say::No(ErrorKind::Protected, Sent::Answered);
    let lost = Say::No(ErrorKind::Network, Sent::Perhaps);
    for (first, outcome, kind) in [
        ((refused, THERE), Outcome::Skipped, ErrorKind::Guard),
        ((Say::Yes, Show::Kept), Outcome::Skipped, ErrorKind::Guard),
        ((lost, THERE), Outcome::Skipped, ErrorKind::Guard),
        (
            (Say::Yes, Show::Deleting),
            Outcome::Skipped,
            ErrorKind::Conflict,
        ),
        ((Say::Yes, THERE), Outcome::Skipped, ErrorKind::Conflict),
        (
            (Say::Yes, Show::Unreadable(ErrorKind::Permission)),
            Outcome::Skipped,
            ErrorKind::Conflict,
        ),
        (
            (Say::No(ErrorKind::Credentials, Sent::Answered), THERE),
            Outcome::NotAttempted,
            ErrorKind::Interrupted,
        ),
    ] {
        let (result, double) = finish(Case { first, ..GOOD }).await;
        assert_eq!(
            (result.outcome, result.kind),
            (outcome, Some(kind)),
            "{first:?}"
        );
        assert_eq!(double.seen(&name()).calls.len(), 0, "{first:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_fails_in_another_container_holds_nothing_up() {
    let elsewhere = (Say::No(ErrorKind::Protected, Sent::Answered), THERE);
    let (result, _) = finish(Case { elsewhere, ..GOOD }).await;
    assert_eq!(result.outcome, Outcome::Deleted);
}

#[tokio::test(start_paused = true)]
async fn s17_nothing_is_sent_for_what_the_last_look_finds_unfit() {
    for kind in ErrorKind::ALL {
        let unfit: &'static [Option<ErrorKind>] = Box::leak(Box::new([Some(kind)]));
        let (result, double) = finish(Case { unfit, ..GOOD }).await;
        // Somebody else was quicker, and reading back agrees.
        let expected = if matches!(kind, ErrorKind::NotFound | ErrorKind::NoSuchScope) {
            (Outcome::AlreadyAbsent, None)
        } else {
            (Outcome::Skipped, Some(kind))
        };
        assert_eq!((result.outcome, result.kind), expected);
        assert_eq!(double.seen(&name()).calls.len(), 0, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn s23_a_container_is_looked_at_again_before_it_is_asked_for_again() {
    let (result, double) = finish(Case {
        vault: (&[BUSY, Say::Yes], &[THERE, Show::Gone]),
        unfit: &[None, None],
        ..GOOD
    })
    .await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Deleted, 2));
    assert_eq!(double.unfit.lock().unwrap().len(), 0);
    // What left without an answer stays unknown, also where it may not be sent again.
    let (result, double) = finish(Case {
        vault: (&[Say::No(ErrorKind::Timeout, Sent::Perhaps)], &[THERE]),
        unfit: &[None, Some(ErrorKind::Guard)],
        ..GOOD
    })
    .await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Unknown, 1));
    assert_eq!(double.seen(&name()).calls.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn s19_a_dry_run_looks_at_no_container_for_nothing_in_it_will_be_gone() {
    let rehearsed = || script(&[Say::No(ErrorKind::Rehearsed, Sent::No)], &[THERE]);
    let double = Double::new([("first".to_owned(), rehearsed()), (name(), rehearsed())]);
    double
        .unfit
        .lock()
        .unwrap()
        .push_back(Some(ErrorKind::Guard));
    let plan = plan_of(vec![vault("prod"), in_vault("prod", "first")]);
    let finished = execute(
        &Fleet::one(&double),
        &Transport::new(Settings::default()),
        Orders {
            plan: &plan,
            approved: &Approved::rehearsal(&plan),
            manner: MANNER,
            earlier: &Earlier::default(),
        },
        Ledger::none(),
        &Stop::new(None).0,
        &mut |_: News<'_>| {},
    )
    .await
    .unwrap();
    let results = finished.results.iter();
    assert!(results.map(|one| one.outcome).eq([Outcome::WouldDelete; 2]));
    assert_eq!(double.unfit.lock().unwrap().len(), 1);
}
