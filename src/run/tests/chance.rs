//! Whatever a provider says and shows, the accounts are right: [`carry_out`] holds what must be true of every run.

use super::{
    double::{Double, Say, Show, script},
    *,
};
use crate::{
    backup::{
        State,
        samples::{Chance, id},
    },
    plan::Item,
    provider::{ErrorKind, Sent},
};

const SAYS: [Say; 21] = [
    Say::Yes,
    Say::Yes,
    Say::Absent,
    Say::AbsentUnasked,
    Say::No(ErrorKind::NotFound, Sent::Answered),
    Say::No(ErrorKind::NoSuchScope, Sent::Answered),
    Say::No(ErrorKind::Conflict, Sent::Answered),
    Say::No(ErrorKind::Throttled, Sent::Answered),
    Say::No(ErrorKind::Throttled, Sent::Answered),
    Say::No(ErrorKind::Server, Sent::Answered),
    Say::No(ErrorKind::Network, Sent::No),
    Say::No(ErrorKind::Network, Sent::Perhaps),
    Say::No(ErrorKind::Timeout, Sent::Perhaps),
    Say::No(ErrorKind::Malformed, Sent::Answered),
    Say::No(ErrorKind::Malformed, Sent::Perhaps),
    Say::No(ErrorKind::Refused, Sent::Perhaps),
    Say::No(ErrorKind::Refused, Sent::Answered),
    Say::No(ErrorKind::Permission, Sent::Answered),
    Say::No(ErrorKind::Drift, Sent::No),
    Say::No(ErrorKind::Gate, Sent::No),
    Say::No(ErrorKind::Credentials, Sent::Answered),
];

const SHOWS: [Show; 10] = [
    Show::Gone,
    Show::Gone,
    Show::Deleting,
    Show::Deleting,
    Show::Present("AVAILABLE"),
    Show::Present("EXPIRED"),
    Show::Kept,
    Show::Unreadable(ErrorKind::Server),
    Show::Unreadable(ErrorKind::Permission),
    Show::Unreadable(ErrorKind::Throttled),
];

fn some<T: Copy>(chance: &mut Chance, of: &[T], most: usize) -> Vec<T> {
    let count = chance.below(most).saturating_add(1);
    (0..count).map(|_| of[chance.below(of.len())]).collect()
}

fn world(chance: &mut Chance) -> (Double, Plan) {
    let count = chance.below(12).saturating_add(1);
    let mut scripts = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    for number in 0..count {
        let name = format!("backup{number}");
        // Credentials end the whole run, so they are rarer.
        let known = SAYS.len().saturating_sub(usize::from(chance.below(10) > 0));
        let mut say = some(chance, &SAYS[..known], 5);
        // Being too fast for ever, and nothing else, is a run without an end.
        if let Some(Say::No(ErrorKind::Throttled, _)) = say.last() {
            say.push(Say::Yes);
        }
        scripts.push((name.clone(), script(&say, &some(chance, &SHOWS, 6))));
        let mut backup = backup(&name);
        if chance.below(4) == 0 {
            backup.state = State::Damaged;
            backup.status = Some("EXPIRED".into());
        }
        if chance.below(4) == 0 {
            backup.parent = Some(id(&format!("backup{}", chance.below(count))).into());
        }
        let mut item = item(backup);
        if let (Some(parent), true) = (&item.backup.parent, chance.below(2) == 0) {
            item.reasons = [crate::plan::Reason::PartOf(parent.clone())].into();
        }
        items.push(item);
    }
    let mut double = Double::new(scripts);
    double.latency = Duration::from_millis(u64::try_from(chance.below(3_000)).unwrap());
    double.together = chance.below(5) == 0;
    double.sparing = chance.below(3) == 0;
    double.readings_missing = usize::from(chance.below(8) == 0);
    (double, plan(items))
}

#[tokio::test(start_paused = true)]
async fn s21_s22_s23_the_accounts_are_right_whatever_happens() {
    for seed in 0..600 {
        let mut chance = Chance::from_seed(seed);
        let (double, plan) = world(&mut chance);
        let manner = Manner {
            wait: Duration::from_secs([0, 5, 120, 900][chance.below(4)]),
            concurrency: [None, Some(1), Some(3)][chance.below(3)],
        };
        let limit = [
            None,
            Some(Duration::from_millis(
                u64::try_from(chance.below(20_000)).unwrap(),
            )),
        ][chance.below(2)];
        let (stop, _sender) = Stop::new(limit);
        let finished = carry_out(&double, &plan, manner, &stop).await;
        for result in &finished.results {
            let seen = double.seen(result.id.name());
            assert!(
                result.outcome != Outcome::Unknown || seen.sent > 0 || result.attempts == 0,
                "{seed}: {result:?}"
            );
            assert!(
                result.outcome != Outcome::WouldDelete,
                "{seed}: only a rehearsal would delete"
            );
            assert!(
                result.outcome != Outcome::NotAttempted || finished.ended.is_some(),
                "{seed}: {result:?}"
            );
        }
    }
}
