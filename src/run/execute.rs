//! The executor: sends what was approved, reads it back, and accounts for every item. A dry run goes through here too, over
//! a gate that withholds (S19).

use std::{collections::HashSet, sync::Arc, time::Duration};

use super::{
    course::Run,
    earlier::Earlier,
    fleet::Fleet,
    job::{Job, Patience},
    journal::Ledger,
    record::Ended,
    results,
    rounds::Rounds,
    stop::Stop,
    turns::Turns,
};
use crate::{
    backup::{BackupId, Deletion},
    fatal::Fatal,
    plan::{Approved, Plan, Reason},
    provider::Removal,
    transport::Transport,
};

/// How to carry out.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// How long to wait until a deletion is verified; zero reads back once.
    pub wait: Duration,
    /// How many requests may be under way at once; `None` leaves it to the provider module.
    pub concurrency: Option<usize>,
}

/// What became of everything that was named.
#[derive(Debug)]
pub struct Finished {
    /// One result an item: in the plan's order, then what was absent from the start.
    pub results: Vec<Deletion>,
    /// Why it ended early, if it did.
    pub ended: Option<Ended>,
}

/// What to carry out.
#[derive(Debug, Clone, Copy)]
pub struct Orders<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What of it was approved.
    pub approved: &'a Approved,
    /// How.
    pub manner: Manner,
    /// What is to be taken up where an earlier go at the run has left it.
    pub earlier: &'a Earlier,
}

/// What happens during a run, for whoever looks on.
#[derive(Debug, Clone, Copy)]
pub enum News<'a> {
    /// The provider accepted the deletion of one more backup, whose result is still to come.
    Accepted,
    /// One more backup has its result.
    Settled {
        /// The result.
        result: &'a Deletion,
        /// Whether [`News::Accepted`] was said of it before.
        accepted: bool,
    },
}

/// Carries out what was approved.
///
/// # Errors
/// [`Fatal`] if not even the first request could be prepared; nothing was sent then.
pub async fn execute(
    fleet: &Fleet<'_>,
    transport: &Transport,
    orders: Orders<'_>,
    ledger: Ledger<'_>,
    stop: &Stop,
    on_news: &mut (dyn FnMut(News<'_>) + Send),
) -> Result<Finished, Fatal> {
    let Orders {
        plan,
        approved,
        manner,
        earlier,
    } = orders;
    let removals = fleet.removals(approved)?;
    if !each_once(approved, &removals) {
        return Err(Fatal::Unexpected(anyhow::anyhow!(
            "the requests do not cover what was approved, each once"
        )));
    }
    let armed = transport.arm(approved, &removals).map_err(|refusal| {
        Fatal::Unexpected(anyhow::anyhow!("the gate cannot be armed: {refusal}"))
    })?;
    let patience = Patience {
        wait: manner.wait,
        retry_for: transport.retry_for(),
    };
    let mut jobs: Vec<Job> = removals
        .into_iter()
        .map(|removal| Job::to_send(removal, patience))
        .collect();
    // A rehearsal waits for nobody's deletion.
    for item in plan
        .to_delete()
        .filter(|item| item.reasons.contains(&Reason::DeletingAlready) && !approved.is_rehearsal())
    {
        jobs.push(Job::to_watch(Arc::clone(&item.backup), patience));
    }
    for (backup, _) in &earlier.watched {
        jobs.push(Job::to_watch(Arc::clone(backup), patience));
    }
    for job in &mut jobs {
        job.asked_before(&earlier.asked);
    }
    let lanes = fleet.lanes(
        jobs.iter().map(|job| job.removal.as_deref()),
        manner.concurrency,
    );
    let mut run = Run {
        fleet,
        turns: Turns::of(&jobs, lanes),
        rounds: Rounds::new(manner.wait),
        jobs,
        armed: Some(armed),
        rehearsal: approved.is_rehearsal(),
        named: named(plan),
        on_news,
        ledger,
        ended: None,
        stopping: false,
    };
    run.release_parts_of_what_stays();
    run.hasten_watched_wholes();
    run.until_done(stop).await;
    let Run { jobs, ended, .. } = run;
    Ok(Finished {
        results: results::of(plan, jobs),
        ended,
    })
}

/// Whether every approved backup is in one request, and nothing else is in any.
fn each_once(approved: &Approved, removals: &[Removal]) -> bool {
    let mut removed = HashSet::new();
    let no_doubles = removals
        .iter()
        .flat_map(Removal::items)
        .all(|item| removed.insert(&item.id));
    let wanted: HashSet<&BackupId> = approved.items().iter().map(|item| &item.id).collect();
    no_doubles && removed == wanted
}

fn named(plan: &Plan) -> HashSet<&BackupId> {
    plan.items
        .iter()
        .filter(|item| item.reasons.contains(&Reason::Named))
        .map(|item| &item.backup.id)
        .collect()
}
