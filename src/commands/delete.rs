//! `delete`: look, plan, ask, delete, read back, report.

use std::{collections::HashSet, path::PathBuf, sync::Arc};

use jiff::Timestamp;

use super::{Context, inputs, inputs::Inputs, only, stopped, terminal, written};
use crate::{
    backup::{Deletion, Outcome},
    fatal::Fatal,
    plan::{
        Approved, Plan, Selection,
        consent::{Consent, Refusal, Step},
    },
    provider::{self, Delete, ErrorKind, Inventory},
    report,
    run::{
        execute::{Finished, Manner, execute},
        record::{Ended, Record},
        stop::Reason,
    },
    select::{guards, standing},
    text::harmless,
};

/// What to delete, and how.
#[derive(Debug)]
pub struct Request {
    /// Where.
    pub provider: provider::Request,
    /// The ids that were named.
    pub ids: Vec<String>,
    /// Files that hold more of them.
    pub from: Vec<PathBuf>,
    /// How to carry it out.
    pub manner: Manner,
    /// How consent may be had.
    pub consent: Consent,
    /// Show, and send nothing.
    pub dry_run: bool,
    /// `--allow-last`.
    pub allow_last: bool,
    /// `--include-continuous`.
    pub include_continuous: bool,
    /// `--reason`.
    pub reason: Option<String>,
}

/// Deletes what was named.
pub(super) async fn run(request: Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let inputs = inputs::read(
        &request.provider,
        &request.ids,
        &request.from,
        &context.stop,
    )
    .await?;
    if inputs.targets.is_empty() && !request.provider.names_by_scope() {
        return Err(nothing_named(&request));
    }
    let (provider, plan) = look(&request, inputs, context).await?;
    if request.dry_run {
        return rehearse(&request, provider.as_ref(), &plan, context).await;
    }
    let approved = consent(&request, &plan, context).await?;
    carry_out(&request, provider.as_ref(), &plan, &approved, context).await
}

fn nothing_named(request: &Request) -> Fatal {
    let noun = request.provider.provider().noun();
    let name = request.provider.provider().name();
    Fatal::usage_with(
        format!("nothing to delete was named: no {noun} id, no --from"),
        format!("`bkdel {name} list -o ids` prints ids; name those that are to go"),
    )
}

/// Reads what was named and all that decides about it, and makes the plan.
async fn look(
    request: &Request,
    inputs: Inputs,
    context: &mut Context<'_>,
) -> Result<(Box<dyn Delete>, Plan), Fatal> {
    let progress = context.progress();
    progress.reading(request.provider.provider().title());
    let reading = async {
        let provider = only(
            request
                .provider
                .connect(&context.transport, context.environment, &inputs.targets)
                .await?,
        )?;
        let (found, census, identity) = read(
            provider.as_ref(),
            &inputs,
            request.provider.names_by_scope(),
            context.now,
        )
        .await?;
        Ok::<_, Fatal>((provider, found, census, identity))
    };
    let outcome = context.stop.or(reading).await;
    progress.clear();
    let (provider, (found, named), census, identity) = outcome.map_err(stopped)??;

    let wishes = guards::Wishes {
        named,
        allow_last: request.allow_last,
        include_continuous: request.include_continuous,
        totals: found.totals,
    };
    let decision = guards::decide(found.backups, &census, &wishes);
    let allowed = [
        (request.allow_last, "--allow-last"),
        (request.include_continuous, "--include-continuous"),
    ];
    let plan = Plan {
        created_at: context.now,
        identity,
        selection: Selection {
            ids: inputs.texts,
            from: inputs.from,
            inputs_sha256: inputs.sha256,
            allowed: allowed
                .into_iter()
                .filter(|(given, _)| *given)
                .map(|(_, word)| word)
                .collect(),
        },
        items: decision.items,
        absent: found.absent,
        remaining: decision.remaining,
        grave: decision.grave,
        notes: found.notes,
    };
    Ok((provider, plan))
}

type Named = HashSet<crate::backup::BackupId>;

/// Everything that the decision needs: the backups, what else there is of their resources, and who is asking.
async fn read(
    provider: &dyn Inventory,
    inputs: &Inputs,
    by_scope: bool,
    now: Timestamp,
) -> Result<
    (
        (provider::Found, Named),
        provider::Census,
        provider::Identity,
    ),
    Fatal,
> {
    let mut targets = inputs.targets.clone();
    if by_scope {
        for target in provider.named_by_scope().await? {
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
    }
    let found = async {
        let mut found = provider.find(&targets).await?;
        for backup in &mut found.backups {
            standing::complete(backup, now);
        }
        let census = provider
            .census(&found.backups.iter().collect::<Vec<_>>())
            .await?;
        Ok::<_, Fatal>((found, census))
    };
    let identity = async { provider.identity().await.map_err(Fatal::from) };
    let ((found, census), identity) = tokio::try_join!(found, identity)?;
    let asked: HashSet<(Option<&str>, &str)> = targets
        .iter()
        .map(|target| (target.container.as_deref(), target.name.as_str()))
        .collect();
    let named = found
        .backups
        .iter()
        .map(|backup| &backup.id)
        .filter(|id| {
            asked.contains(&(Some(id.container()), id.name())) || asked.contains(&(None, id.name()))
        })
        .cloned()
        .collect();
    Ok(((found, named), census, identity))
}

/// The dry run: the executor over a gate that withholds, then the plan (S19).
async fn rehearse(
    request: &Request,
    provider: &dyn Delete,
    plan: &Plan,
    context: &mut Context<'_>,
) -> Result<u8, Fatal> {
    let approved = Approved::rehearsal(plan);
    let mut quiet = |_: &Deletion| {};
    let rehearsed = execute(
        provider,
        &context.transport,
        plan,
        &approved,
        request.manner,
        &context.stop,
        &mut quiet,
    )
    .await?;
    match rehearsed.ended {
        None => {}
        Some(Ended::Signal(code)) => return Err(stopped(Reason::Signal(code))),
        Some(Ended::Timeout) => return Err(stopped(Reason::Timeout)),
        Some(Ended::Credentials(message)) => {
            return Err(Fatal::Credentials {
                kind: ErrorKind::Credentials,
                message,
                hint: None,
            });
        }
    }
    for result in rehearsed
        .results
        .iter()
        .filter(|result| approved.covers(&result.id))
    {
        if result.outcome != Outcome::WouldDelete {
            let id = harmless(&result.id.to_string()).into_owned();
            let why = result.message.as_deref().map(harmless).unwrap_or_default();
            context.say(&format!(
                "a run would end with {} for {id}: {why}",
                result.outcome.word()
            ));
        }
    }
    if !context.for_machine() && !context.talk.quiet {
        report::question::summary(plan, &context.look_err, context.err).ok();
        context.say("Dry run: nothing was sent that deletes.");
    }
    written(report::plan(
        context.talk.format,
        plan,
        true,
        &context.look,
        context.out,
    ))?;
    if let Err(refusal) = plan.seek(request.consent) {
        context.say(&format!(
            "a run would be refused (5): {}",
            harmless(&refusal.to_string())
        ));
    }
    Ok(0)
}

/// Consent, by flag or by a person, or the refusal that ends the command.
async fn consent(
    request: &Request,
    plan: &Plan,
    context: &mut Context<'_>,
) -> Result<Approved, Fatal> {
    let step = plan.seek(request.consent)?;
    let question = match step {
        Step::Approved(approved) => {
            if context.talk.quiet {
                return Ok(approved);
            }
            if plan.to_delete().next().is_some() {
                report::question::facts(plan, &context.look_err, context.err).ok();
            } else {
                // Nothing to do, but perhaps not for the reason that was meant: a name with a slip in it, say.
                for note in &plan.notes {
                    context.say(&format!("note: {}", harmless(note)));
                }
            }
            return Ok(approved);
        }
        Step::Ask(question) => question,
    };
    if context.talk.no_input {
        return Err(Refusal::NoTerminal("--no-input was given, and --yes was not").into());
    }
    if context.for_machine() {
        return Err(Refusal::NoTerminal(
            "-o json and -o ndjson do not ask, and --yes was not given",
        )
        .into());
    }
    if !context.look_err.terminal {
        return Err(
            Refusal::NoTerminal("standard error is no terminal, and --yes was not given").into(),
        );
    }
    report::question::facts(plan, &context.look_err, context.err)
        .map_err(|error| Refusal::Terminal(error.to_string()))?;
    let answer = terminal::ask(plan, question, &context.stop)
        .await
        .map_err(unanswered)?;
    Ok(answer?)
}

/// A prompt that was left without an answer.
fn unanswered(reason: Reason) -> Fatal {
    match reason {
        Reason::Signal(code) => Fatal::Interrupted { code },
        Reason::Timeout => {
            Refusal::Terminal("--timeout came before an answer; no delete was sent".to_owned())
                .into()
        }
    }
}

/// Deletes, reads back, and reports.
async fn carry_out(
    request: &Request,
    provider: &dyn Delete,
    plan: &Plan,
    approved: &Approved,
    context: &mut Context<'_>,
) -> Result<u8, Fatal> {
    let started_at = Timestamp::now();
    let progress = Arc::new(context.progress());
    progress.deleting(plan.to_delete().count());
    let format = context.talk.format;
    let mut failed_writing = None;
    let finished = {
        let out = &mut *context.out;
        let mut settled = |result: &Deletion| {
            progress.settled(result);
            // A reader who has gone does not stop what was approved; that it could not be told is told at the end.
            if failed_writing.is_none() {
                failed_writing = report::result(format, result, out).err();
            }
        };
        execute(
            provider,
            &context.transport,
            plan,
            approved,
            request.manner,
            &context.stop,
            &mut settled,
        )
        .await
    };
    progress.clear();
    let Finished { results, ended } = finished?;
    // What never ran has not streamed by: what a guard refused, and what was not there.
    let ran: HashSet<_> = plan.to_delete().map(|item| &item.backup.id).collect();
    for result in results.iter().filter(|result| !ran.contains(&result.id)) {
        if failed_writing.is_none() {
            failed_writing = report::result(format, result, context.out).err();
        }
    }
    let record = Record {
        run_id: run_id(started_at),
        dry_run: false,
        plan_sha256: plan.sha256().map_err(anyhow::Error::from)?,
        identity: plan.identity.clone(),
        reason: request.reason.clone(),
        started_at,
        finished_at: Timestamp::now(),
        results,
        ended,
    };
    let told = match failed_writing {
        Some(error) => Err(error),
        None => report::record(format, &record, &context.look, context.out),
    };
    if let Some(Ended::Credentials(why)) = &record.ended {
        context.say(&format!("the run ended early: {}", harmless(why)));
    }
    let code = record.exit_code();
    match written(told) {
        // An interrupted run stays an interrupted run; of the rest, a failure of ours comes first.
        Err(fatal) if !matches!(record.ended, Some(Ended::Signal(_))) => Err(fatal),
        Err(_) | Ok(()) => Ok(code),
    }
}

/// The run's time, and some chance: sorts by time, and two at once differ.
fn run_id(at: Timestamp) -> String {
    use std::hash::{BuildHasher, Hasher};
    let chance = std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
        & 0xFF_FFFF;
    format!("{}-{chance:06x}", at.strftime("%Y%m%dT%H%M%SZ"))
}
