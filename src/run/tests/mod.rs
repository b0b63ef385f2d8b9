//! The executor against a provider that follows a script, on a clock that does not wait.

mod chance;
mod containers;
mod double;
mod long;
mod outcomes;
mod record;
mod repeating;
mod stopping;
mod together;

use std::{collections::HashMap, time::Duration};

use super::{
    earlier::Earlier,
    execute::{Finished, Manner, News, Orders, execute},
    fleet::Fleet,
    journal::Ledger,
    stop::Stop,
};
use crate::{
    backup::{Backup, Deletion, Outcome, samples::backup},
    plan::{
        Plan,
        samples::{approved, item, plan},
    },
    transport::{Settings, Transport},
};
use double::Double;

const MANNER: Manner = Manner {
    wait: Duration::from_mins(15),
    concurrency: None,
};

fn plan_of(backups: Vec<Backup>) -> Plan {
    plan(backups.into_iter().map(item).collect())
}

fn many(count: usize) -> Vec<Backup> {
    (0..count)
        .map(|number| backup(&format!("backup{number}")))
        .collect()
}

/// Carries the plan out, and holds what must be true of every run.
async fn carry_out(double: &Double, plan: &Plan, manner: Manner, stop: &Stop) -> Finished {
    let approved = approved(plan);
    let transport = Transport::new(Settings::default());
    let mut told: Vec<Deletion> = Vec::new();
    let (mut accepted, mut accepted_and_settled) = (0_usize, 0_usize);
    let finished = execute(
        &Fleet::one(double),
        &transport,
        Orders {
            plan,
            approved: &approved,
            manner,
            earlier: &Earlier::default(),
        },
        Ledger::none(),
        stop,
        &mut |news| match news {
            News::Accepted => accepted = accepted.saturating_add(1),
            News::Settled {
                result,
                accepted: before,
            } => {
                accepted_and_settled = accepted_and_settled.saturating_add(usize::from(before));
                told.push(result.clone());
            }
        },
    )
    .await
    .unwrap();
    assert_eq!(
        accepted, accepted_and_settled,
        "what was accepted is settled"
    );
    let mut results: HashMap<String, &Deletion> = HashMap::new();
    for result in &finished.results {
        let id = result.id.to_string();
        assert!(results.insert(id, result).is_none(), "one result an item");
    }
    let wanted = plan.to_delete().count();
    assert_eq!(
        results.len(),
        wanted
            .saturating_add(plan.absent.len())
            .saturating_add(plan.refused().count()),
        "a result for every item"
    );
    assert_eq!(told.len(), wanted, "each result is told, and told once");
    for told in &told {
        let result = results[&told.id.to_string()];
        assert_eq!(
            format!("{told:?}"),
            format!("{result:?}"),
            "what was told stays true"
        );
        let seen = double.seen(result.id.name());
        if matches!(result.outcome, Outcome::Deleted | Outcome::AlreadyAbsent) {
            assert!(seen.gone, "nothing is gone that was not read as gone");
            assert!(result.verified_at.is_some());
        } else {
            assert_eq!(result.verified_at, None);
        }
        if result.outcome == Outcome::AlreadyAbsent || result.outcome == Outcome::Deleted {
            assert_eq!(result.kind, None);
        }
        if !double.together {
            assert_eq!(result.attempts, seen.sent, "{result:?}");
        }
        assert_eq!(result.attempts > 0, result.sent_at.is_some(), "{result:?}");
    }
    finished
}

async fn run_with(double: &Double, backups: Vec<Backup>, manner: Manner) -> Finished {
    carry_out(double, &plan_of(backups), manner, &Stop::new(None).0).await
}

/// One backup's result.
async fn run(double: &Double) -> Deletion {
    let mut finished = run_with(double, vec![backup("a")], MANNER).await;
    assert_eq!(finished.ended, None);
    finished.results.pop().unwrap()
}

fn outcomes(finished: &Finished) -> Vec<(&str, Outcome)> {
    finished
        .results
        .iter()
        .map(|result| (result.id.name(), result.outcome))
        .collect()
}
