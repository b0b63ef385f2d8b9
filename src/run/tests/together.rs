//! Parts after their whole, and one request for several backups.

use super::{
    double::{Double, Say, Show, script},
    *,
};
use crate::{
    backup::samples::id,
    plan::{Item, Reason},
    provider::{ErrorKind, Sent},
};

const AVAILABLE: Show = Show::Present("AVAILABLE");
const REFUSED: &[Say] = &[Say::No(ErrorKind::Protected, Sent::Answered)];

pub(super) fn part(name: &str, whole: &str, named: bool) -> Item {
    let mut part = item(Backup {
        parent: Some(id(whole).into()),
        ..backup(name)
    });
    if !named {
        part.reasons = [Reason::PartOf(id(whole).into())].into();
    }
    part
}

async fn family(
    whole: (&[Say], &[Show]),
    part_: (&[Say], &[Show]),
    named: bool,
) -> (Finished, Double) {
    let double = Double::new([
        ("whole".to_owned(), script(whole.0, whole.1)),
        ("part".to_owned(), script(part_.0, part_.1)),
    ]);
    // In the plan the part may well come first.
    let plan = plan(vec![part("part", "whole", named), item(backup("whole"))]);
    let finished = carry_out(&double, &plan, MANNER, &Stop::new(None).0).await;
    (finished, double)
}

#[tokio::test(start_paused = true)]
async fn s11_a_part_is_sent_only_after_its_whole_is_gone_and_only_if_it_is_still_there() {
    let slow = [Show::Deleting, Show::Deleting, Show::Gone];
    let (finished, double) = family(
        (&[Say::Yes], &slow),
        (&[Say::Yes], &[AVAILABLE, Show::Gone]),
        false,
    )
    .await;
    assert_eq!(
        outcomes(&finished),
        [("part", Outcome::Deleted), ("whole", Outcome::Deleted)]
    );
    assert!(double.seen("part").calls[0] > double.seen("whole").calls[0] + double.latency * 3);

    let (finished, double) =
        family((&[Say::Yes], &slow), (&[Say::Yes], &[Show::Gone]), false).await;
    assert_eq!(
        outcomes(&finished),
        [("part", Outcome::Deleted), ("whole", Outcome::Deleted)],
        "the whole took it along"
    );
    assert!(double.seen("part").calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn s11_a_part_stays_when_its_whole_does_unless_it_was_named() {
    let gone: (&[Say], &[Show]) = (&[Say::Yes], &[Show::Gone]);
    let (finished, double) = family((REFUSED, &[AVAILABLE]), gone, false).await;
    assert_eq!(
        outcomes(&finished),
        [("part", Outcome::Skipped), ("whole", Outcome::Failed)]
    );
    assert!(double.seen("part").calls.is_empty());
    let (finished, _) = family((REFUSED, &[AVAILABLE]), gone, true).await;
    assert_eq!(
        outcomes(&finished),
        [("part", Outcome::Deleted), ("whole", Outcome::Failed)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_part_whose_whole_is_not_in_the_run_waits_for_nothing() {
    let double = Double::new([("part".to_owned(), script(&[Say::Yes], &[Show::Gone]))]);
    let plan = plan(vec![part("part", "elsewhere", true)]);
    let finished = carry_out(&double, &plan, MANNER, &Stop::new(None).0).await;
    assert_eq!(outcomes(&finished), [("part", Outcome::Deleted)]);
}

#[tokio::test(start_paused = true)]
async fn s29_families_that_go_in_circles_do_not_hang_the_run() {
    for parents in [["a", "b"], ["b", "a"]] {
        let names = ["a", "b"];
        let double =
            Double::new(names.map(|name| (name.to_owned(), script(&[Say::Yes], &[Show::Gone]))));
        let items = names
            .iter()
            .zip(parents)
            .map(|(name, parent)| part(name, parent, true))
            .collect();
        let plan = plan(items);
        let run = carry_out(&double, &plan, MANNER, &Stop::new(None).0).await;
        assert_eq!(
            outcomes(&run),
            [("a", Outcome::Deleted), ("b", Outcome::Deleted)]
        );
    }
}

/// Three regions of one service, in one request; the first one's script speaks for the request.
async fn service(say: &[Say], shows: [&[Show]; 3]) -> (Finished, Double) {
    let names = ["a", "b", "c"];
    let mut double = Double::new(
        names
            .iter()
            .zip(shows)
            .map(|(name, show)| ((*name).to_owned(), script(say, show))),
    );
    double.together = true;
    let backups = names.iter().map(|name| backup(name)).collect();
    let finished = run_with(&double, backups, MANNER).await;
    (finished, double)
}

fn attempts(finished: &Finished) -> Vec<u32> {
    finished
        .results
        .iter()
        .map(|result| result.attempts)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn s22_of_one_request_for_several_each_is_read_back_by_itself() {
    let (finished, double) = service(
        &[Say::Yes],
        [&[Show::Gone], &[AVAILABLE, Show::Gone], &[Show::Deleting]],
    )
    .await;
    assert_eq!(
        outcomes(&finished),
        [
            ("a", Outcome::Deleted),
            ("b", Outcome::Deleted),
            ("c", Outcome::Pending)
        ]
    );
    assert_eq!(attempts(&finished), [1, 1, 1]);
    assert_eq!(
        double.seen("a").readings.len(),
        1,
        "what is settled is not read again"
    );
}

#[tokio::test(start_paused = true)]
async fn s23_a_request_for_several_is_sent_again_for_those_that_are_still_there() {
    let lost = Say::No(ErrorKind::Timeout, Sent::Perhaps);
    for shows in [
        [
            &[Show::Gone][..],
            &[AVAILABLE, Show::Gone],
            &[Show::Deleting, Show::Gone],
        ],
        [
            &[Show::Gone],
            &[AVAILABLE, Show::Gone],
            &[AVAILABLE, Show::Gone],
        ],
    ] {
        let (finished, double) = service(&[lost, Say::Yes], shows).await;
        assert!(
            outcomes(&finished)
                .iter()
                .all(|(_, outcome)| *outcome == Outcome::Deleted),
            "{finished:?}"
        );
        assert_eq!(attempts(&finished), [1, 2, 2]);
        assert_eq!(double.seen("b").sent, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_for_several_fails_for_all_that_are_left() {
    let lost = Say::No(ErrorKind::Timeout, Sent::Perhaps);
    let (finished, _) = service(
        &[lost, REFUSED[0]],
        [&[Show::Gone], &[AVAILABLE], &[AVAILABLE]],
    )
    .await;
    assert_eq!(
        outcomes(&finished),
        [
            ("a", Outcome::Deleted),
            ("b", Outcome::Failed),
            ("c", Outcome::Failed)
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn no_limit_waits_for_a_slower_one() {
    let names = |limit: &'static str| (0..50).map(move |number| format!("{limit}-{number:02}"));
    let all: Vec<String> = names("slow").chain(names("fast")).collect();
    let mut double = Double::new(
        all.iter()
            .map(|name| (name.clone(), script(&[Say::Yes], &[Show::Gone]))),
    );
    double.slow = Some("slow");
    let backups = all.iter().map(|name| backup(name)).collect();
    let started = tokio::time::Instant::now();
    let finished = run_with(&double, backups, MANNER).await;
    assert!(
        outcomes(&finished)
            .iter()
            .all(|(_, outcome)| *outcome == Outcome::Deleted)
    );
    let last = |limit: &'static str| {
        names(limit)
            .filter_map(|name| double.seen(&name).calls.last().copied())
            .max()
            .unwrap()
            .duration_since(started)
    };
    // Four at once on each, 50 ms a request.
    assert!(last("fast") < Duration::from_secs(1), "{:?}", last("fast"));
    assert!(last("slow") > Duration::from_secs(10), "{:?}", last("slow"));
}

#[tokio::test(start_paused = true)]
async fn what_is_said_of_all_counts_over_all_limits() {
    let names = ["a-1", "a-2", "b-1", "b-2", "c-1", "c-2"];
    let double = Double::new(
        names
            .iter()
            .map(|name| ((*name).to_owned(), script(&[Say::Yes], &[Show::Gone]))),
    );
    let backups = names.iter().map(|name| backup(name)).collect();
    let manner = Manner {
        concurrency: Some(2),
        ..MANNER
    };
    run_with(&double, backups, manner).await;
    assert_eq!(double.most_at_once(), 2);
}
