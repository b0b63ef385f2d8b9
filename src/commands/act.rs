//! Acting on a plan: the dry run, consent, carrying out, and the report. The same for every command that deletes.

use std::{io::Write, path::Path};

use jiff::tz::TimeZone;

use super::{
    Context, acting::Acting, carry_out, look::Looked, recording::Again, stopped, terminal, written,
};
use crate::{
    backup::{Deletion, Outcome},
    fatal::Fatal,
    file,
    plan::{
        Approved, Plan,
        consent::{Refusal, Step},
    },
    provider::ErrorKind,
    report::{self, Format, Shown, timeline::Glyphs},
    run::{
        earlier::Earlier,
        execute::{News, Orders, execute},
        journal::Ledger,
        record::Ended,
        stop::Reason,
    },
    text::harmless,
};

/// The exit code of a dry run that found something, where `--detailed-exitcode` was given.
pub(super) const SOMETHING_TO_DELETE: u8 = 10;

/// So many requests are rehearsed at once: what is known of each while it is under way is larger than the plan's item.
const REHEARSED_AT_ONCE: usize = 50_000;

/// Asks, and carries out. `before`: results that are known without sending anything. `again`: the run that this goes on
/// with.
pub(super) async fn run(
    acting: &Acting,
    looked: &Looked,
    before: Vec<Deletion>,
    again: Option<Again>,
    context: &mut Context<'_>,
) -> Result<u8, Fatal> {
    let approved = consent(acting, &looked.plan, context).await?;
    carry_out::run(acting, looked, &approved, before, again, context).await
}

/// Writes the plan where it can be reviewed and applied.
pub(super) fn save(plan: &Plan, path: &Path) -> Result<(), Fatal> {
    let document = plan.document(true).map_err(anyhow::Error::from)?;
    let write = |out: &mut dyn Write| {
        serde_json::to_writer_pretty(&mut *out, &document)?;
        out.write_all(b"\n")
    };
    file::write_whole(path, write).map_err(|error| {
        Fatal::Unexpected(
            anyhow::Error::new(error).context(format!("failed to write {}", path.display())),
        )
    })
}

/// The dry run: the executor over a gate that withholds, then the plan (S19).
///
/// `picture`: the zone in which to draw what the plan does to each resource.
pub(super) async fn rehearse(
    acting: &Acting,
    looked: &Looked,
    picture: Option<&TimeZone>,
    context: &mut Context<'_>,
) -> Result<u8, Fatal> {
    let plan = &looked.plan;
    for part in Approved::rehearsal(plan).parts(REHEARSED_AT_ONCE) {
        rehearse_part(acting, looked, &part, context).await?;
    }
    if !context.for_machine() && !context.talk.quiet {
        report::question::summary(plan, &context.look_err, context.err).ok();
        context.say("Dry run: nothing was sent that deletes.");
    }
    let show = Shown {
        dry_run: true,
        explain: acting.explain,
    };
    if let Some(zone) = picture.filter(|_| context.talk.format == Format::Human) {
        written(report::timeline::timeline(
            plan,
            zone,
            Glyphs::fitting(context.environment),
            &context.look,
            context.out,
        ))?;
        written(writeln!(context.out))?;
    }
    written(report::plan(
        context.talk.format,
        plan,
        show,
        &context.look,
        context.out,
    ))?;
    if let Some(path) = &acting.out {
        save(plan, path)?;
        context.say(&format!(
            "The plan is in {}; look at it, then: bkdel apply {0}",
            harmless(&path.display().to_string())
        ));
    }
    if let Err(refusal) = plan.seek(acting.consent) {
        context.say(&format!(
            "a run would be refused (5): {}",
            harmless(&refusal.to_string())
        ));
    }
    let something = acting.detailed_exitcode && plan.to_delete().next().is_some();
    Ok(if something { SOMETHING_TO_DELETE } else { 0 })
}

/// Sends some of what would go to the gate, and says what a run would come to otherwise.
async fn rehearse_part(
    acting: &Acting,
    looked: &Looked,
    part: &Approved,
    context: &mut Context<'_>,
) -> Result<(), Fatal> {
    let mut quiet = |_: News<'_>| {};
    let rehearsed = execute(
        &looked.fleet(&Earlier::default()),
        &context.transport,
        Orders {
            plan: &looked.plan,
            approved: part,
            manner: acting.manner,
            earlier: &Earlier::default(),
        },
        Ledger::none(),
        &context.stop,
        &mut quiet,
    )
    .await?;
    match rehearsed.ended {
        None => {}
        Some(Ended::Signal(code)) => return Err(stopped(Reason::Signal(code))),
        Some(Ended::Timeout) => return Err(stopped(Reason::Timeout)),
        // A rehearsal has no journal.
        Some(Ended::Journal(why)) => return Err(Fatal::Unexpected(anyhow::anyhow!(why))),
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
        .filter(|result| part.covers(&result.id))
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
    Ok(())
}

/// Consent, by flag or by a person, or the refusal that ends the command.
async fn consent(
    acting: &Acting,
    plan: &Plan,
    context: &mut Context<'_>,
) -> Result<Approved, Fatal> {
    let step = plan.seek(acting.consent)?;
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
