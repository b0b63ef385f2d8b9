//! Past runs, and what was removed of them.

use std::io::{self, BufWriter, Write};

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    Format, Look,
    amount::{age, count},
    csv, escape, json,
    layout::{Row, amounts, rows, words},
    paint::Tint,
};
use crate::{
    run::journal::{
        glance::{Glance, State},
        prune::Pruned,
    },
    text::harmless,
};

/// A run in a list of them.
struct Run<'a>(&'a Glance);

impl Serialize for Run<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(glance) = self;
        let begin = &glance.begin;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("run_id", &begin.run_id)?;
        map.serialize_entry("file", &glance.path.display().to_string())?;
        map.serialize_entry("state", glance.state.word())?;
        map.serialize_entry("started_at", &glance.started_at)?;
        map.serialize_entry("finished_at", &glance.finished_at)?;
        let ended = glance.end.as_ref().and_then(|end| end.ended.as_deref());
        map.serialize_entry("ended", &ended)?;
        let code = glance.end.as_ref().map(|end| end.exit_code);
        map.serialize_entry("exit_code", &code)?;
        map.serialize_entry("plan_sha256", &begin.plan.sha256)?;
        map.serialize_entry("identities", &begin.by.identities)?;
        map.serialize_entry("host", &begin.by.host)?;
        map.serialize_entry("user", &begin.by.user)?;
        map.serialize_entry("reason", &begin.reason)?;
        map.serialize_entry("delete", &begin.plan.summary.delete)?;
        map.serialize_entry("summary", &glance.summary)?;
        map.end()
    }
}

#[derive(Serialize)]
struct Runs<'a> {
    schema: &'static str,
    runs: Vec<Run<'a>>,
}

/// Writes the runs, in the order given.
///
/// # Errors
/// Those of `out`.
pub fn runs(
    format: Format,
    glances: &[Glance],
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        Format::Human => human(glances, look, &mut out)?,
        Format::Json => {
            let runs = glances.iter().map(Run).collect();
            let schema = "bkdel.runs/v1";
            json::document(&Runs { schema, runs }, &mut out)?;
        }
        Format::Ndjson => {
            for glance in glances {
                escape::line(&Run(glance), &mut out)?;
            }
        }
        Format::Csv => {
            writeln!(
                out,
                "run_id,state,started_at,finished_at,exit_code,what,delete,reason,file"
            )?;
            for glance in glances {
                let end = glance.end.as_ref();
                csv::texts(
                    &[
                        &glance.begin.run_id,
                        glance.state.word(),
                        &glance.started_at.to_string(),
                        &glance
                            .finished_at
                            .map(|at| at.to_string())
                            .unwrap_or_default(),
                        &end.map(|end| end.exit_code.to_string()).unwrap_or_default(),
                        &what(glance),
                        &glance.begin.plan.summary.delete.to_string(),
                        glance.begin.reason.as_deref().unwrap_or_default(),
                        &glance.path.display().to_string(),
                    ],
                    &mut out,
                )?;
            }
        }
        Format::Ids => {
            for glance in glances {
                writeln!(out, "{}", harmless(&glance.begin.run_id))?;
            }
        }
    }
    out.flush()
}

fn human(glances: &[Glance], look: &Look, out: &mut dyn Write) -> io::Result<()> {
    if glances.is_empty() {
        return writeln!(out, "no runs");
    }
    let columns = [
        words("RUN"),
        words("STATE"),
        amounts("AGE"),
        amounts("OF"),
        words("CAME TO"),
        words("WHAT"),
        words("WHY"),
    ];
    let listed = || {
        glances.iter().map(|glance| {
            let (tint, state) = match glance.state {
                State::Finished => (Tint::Plain, "finished"),
                State::EndedEarly => (Tint::Yellow, "ended early"),
                State::Interrupted => (Tint::Red, "interrupted"),
                State::GoingOn => (Tint::Yellow, "going on"),
            };
            Row {
                tint,
                cells: vec![
                    harmless(&glance.begin.run_id).into_owned(),
                    state.to_owned(),
                    age(Some(glance.started_at), look.now),
                    glance.begin.plan.summary.delete.to_string(),
                    came_to(glance),
                    what(glance),
                    harmless(glance.begin.reason.as_deref().unwrap_or_default()).into_owned(),
                ],
            }
        })
    };
    rows(&columns, 1, listed, look, out)?;
    writeln!(out, "\n{}", count(glances.len(), "run"))
}

/// The outcomes that there are, such as `5 deleted, 1 failed`.
fn came_to(glance: &Glance) -> String {
    crate::backup::Outcome::ALL
        .iter()
        .filter_map(|outcome| {
            let number = glance.summary.get(outcome.word())?.as_u64()?;
            (number > 0).then(|| format!("{number} {}", outcome.word().replace('_', " ")))
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// The providers and accounts, such as `aws 111122223333`.
fn what(glance: &Glance) -> String {
    let identities = glance.begin.by.identities.iter().map(|identity| {
        let account = identity.account.as_deref().unwrap_or("unknown account");
        format!("{} {}", identity.provider, harmless(account))
    });
    identities.collect::<Vec<_>>().join(", ")
}

/// Writes what was removed.
///
/// # Errors
/// Those of `out`.
pub fn pruned(format: Format, pruned: &Pruned, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Kept<'a> {
        run_id: &'a str,
        why: &'a str,
    }
    #[derive(Serialize)]
    struct Document<'a> {
        schema: &'static str,
        dry_run: bool,
        removed: &'a [String],
        kept: Vec<Kept<'a>>,
    }
    let mut out = BufWriter::new(out);
    match format {
        Format::Json | Format::Ndjson => {
            let document = Document {
                schema: "bkdel.pruned/v1",
                dry_run: pruned.dry_run,
                removed: &pruned.removed,
                kept: pruned
                    .kept
                    .iter()
                    .map(|(run_id, why)| Kept { run_id, why })
                    .collect(),
            };
            if format == Format::Json {
                json::document(&document, &mut out)?;
            } else {
                escape::line(&document, &mut out)?;
            }
        }
        Format::Ids | Format::Csv => {
            for run_id in &pruned.removed {
                writeln!(out, "{}", harmless(run_id))?;
            }
        }
        Format::Human => {
            let word = if pruned.dry_run {
                "would remove"
            } else {
                "removed"
            };
            for run_id in &pruned.removed {
                writeln!(out, "{word} {}", harmless(run_id))?;
            }
            for (run_id, why) in &pruned.kept {
                writeln!(out, "kept {}: {}", harmless(run_id), harmless(why))?;
            }
            writeln!(out, "{word} {}", count(pruned.removed.len(), "record"))?;
        }
    }
    out.flush()
}
