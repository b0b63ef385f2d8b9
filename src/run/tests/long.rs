//! A run that goes on for minutes: how often it reads back, and what does not wait for that.

use super::{
    double::{Double, Say, Show, script},
    outcomes::deleting,
    together::part,
    *,
};
use crate::{
    backup::samples::in_vault,
    provider::{ErrorKind, Sent},
};

/// Four a second.
const MANY: usize = 400;

fn names() -> impl Iterator<Item = String> {
    (0..MANY).map(|number| format!("slow-{number:03}"))
}

/// `also` has a limit of its own.
fn slow(also: impl IntoIterator<Item = (String, double::Script)>) -> Double {
    let scripts = names().map(|name| (name, script(&[Say::Yes], &[Show::Gone])));
    let mut double = Double::new(scripts.chain(also));
    double.slow = Some("slow");
    double
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_is_not_read_back_every_second() {
    let double = slow([]);
    let backups = names().map(|name| backup(&name)).collect();
    let finished = run_with(&double, backups, MANNER).await;
    let deleted = |(_, outcome): &(&str, Outcome)| *outcome == Outcome::Deleted;
    assert!(outcomes(&finished).iter().all(deleted));
    assert!((6..=20).contains(&double.rounds()), "{}", double.rounds());
    let readings = names().map(|name| double.seen(&name).readings.len());
    assert_eq!(readings.max(), Some(1));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_worth_a_reading_yet_is_read_when_nothing_more_goes_beside_it() {
    let quick = || (0..8).map(|number| format!("quick-{number}"));
    let mut double = slow(quick().map(|name| (name, script(&[Say::Yes], &[Show::Gone]))));
    double.sparing = true;
    let mut backups: Vec<Backup> = names().map(|name| in_vault("large", &name)).collect();
    backups.extend(quick().map(|name| in_vault("small", &name)));
    let finished = run_with(&double, backups, MANNER).await;
    let deleted = |(_, outcome): &(&str, Outcome)| *outcome == Outcome::Deleted;
    assert!(outcomes(&finished).iter().all(deleted));
    let last_call = double.last_call().unwrap();
    // The small vault does not wait for the large one, of which a few show meanwhile whether deleting works.
    for name in quick() {
        let seen = double.seen(&name);
        assert_eq!(seen.readings.len(), 1, "{name}");
        assert!(seen.readings[0].duration_since(seen.calls[0]) < Duration::from_secs(9));
    }
    let early = names().filter(|name| double.seen(name).readings[0] < last_call);
    assert!((3..=20).contains(&early.count()));
}

#[tokio::test(start_paused = true)]
async fn s22_what_could_not_be_read_early_is_read_again() {
    for kind in [ErrorKind::Permission, ErrorKind::Throttled] {
        let mut double = slow([]);
        double.sparing = true;
        // The first is the one that is read early.
        let shows = [Show::Unreadable(kind), Show::Gone];
        double.rewrite("slow-000", script(&[Say::Yes], &shows));
        let backups = names().take(40).map(|name| backup(&name)).collect();
        let finished = run_with(&double, backups, MANNER).await;
        let deleted = |(_, outcome): &(&str, Outcome)| *outcome == Outcome::Deleted;
        assert!(outcomes(&finished).iter().all(deleted), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn s22_nothing_awaits_its_first_reading_for_more_than_half_of_its_wait() {
    let mut double = slow([]);
    double.sparing = true;
    let backups = names().map(|name| backup(&name)).collect();
    let manner = Manner {
        wait: Duration::from_secs(24),
        ..MANNER
    };
    let finished = run_with(&double, backups, manner).await;
    let deleted = |(_, outcome): &(&str, Outcome)| *outcome == Outcome::Deleted;
    assert!(outcomes(&finished).iter().all(deleted));
    let waited = || {
        names().map(|name| {
            let seen = double.seen(&name);
            seen.readings[0].duration_since(seen.calls[0])
        })
    };
    let longest = waited().max().unwrap();
    let half = Duration::from_secs(12);
    assert!(
        longest >= half && longest < half + Duration::from_secs(4),
        "{longest:?}"
    );
    // Those that lie beside an overdue one are read with it.
    let early = waited().filter(|waited| *waited < half / 2).count();
    assert!(early > MANY / 3, "{early}");
}

#[tokio::test(start_paused = true)]
async fn s11_a_part_does_not_wait_for_a_long_run_where_its_whole_is_being_deleted_already() {
    let mut shows = vec![Show::Deleting; 6];
    shows.push(Show::Gone);
    let mut double = slow([
        ("whole".to_owned(), script(&[Say::Yes], &shows)),
        (
            "part-1".to_owned(),
            script(&[Say::Yes], &[Show::Present("AVAILABLE"), Show::Gone]),
        ),
    ]);
    double.sparing = true;
    let mut items: Vec<_> = names().map(|name| item(backup(&name))).collect();
    items.push(deleting("whole"));
    items.push(part("part-1", "whole", true));
    carry_out(&double, &plan(items), MANNER, &Stop::new(None).0).await;
    let first = double.seen("slow-000").calls[0];
    let sent = double.seen("part-1").calls[0];
    assert!(sent.duration_since(first) < Duration::from_secs(12));
}

#[tokio::test(start_paused = true)]
async fn a_part_and_what_is_in_doubt_do_not_wait_for_a_long_run() {
    let lost = Say::No(ErrorKind::Timeout, Sent::Perhaps);
    let there = Show::Present("AVAILABLE");
    let shows = [there, there, Show::Gone];
    let double = slow([("part-1".to_owned(), script(&[lost, Say::Yes], &shows))]);
    let whole = names().nth(MANY / 2).unwrap();
    let mut items: Vec<_> = names().map(|name| item(backup(&name))).collect();
    items.push(part("part-1", &whole, true));
    carry_out(&double, &plan(items), MANNER, &Stop::new(None).0).await;
    let accepted = double.seen(&whole).calls[0];
    let calls = double.seen("part-1").calls;
    let soon = Duration::from_secs(4);
    assert!(calls[0].duration_since(accepted) < soon, "after its whole");
    assert!(calls[1].duration_since(calls[0]) < soon, "sent again");
    assert!(double.rounds() < 30, "{}", double.rounds());
}
