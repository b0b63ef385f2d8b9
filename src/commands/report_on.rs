//! `report`: a saved plan or a run, for those who review it.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use super::{Context, apply, recorded, written};
use crate::{
    environment::Environment,
    fatal::Fatal,
    file,
    plan::saved::Saved,
    report::{
        self, Format, Look, csv, html, json, junit, markdown, recorded::Recorded, told::Told,
    },
    run::journal::{History, glance, place},
};

/// As much of a file tells what it is.
const TELLING: u64 = 4096;

/// What a report is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One page for a browser, and for paper.
    Html,
    /// For a pull request, or a job's summary.
    Markdown,
    /// For machines; complete.
    Json,
    /// For spreadsheets.
    Csv,
    /// For a CI job.
    Junit,
}

/// What to report on.
#[derive(Debug)]
pub struct Request {
    /// Runs, by what people call them or by their journals; or one saved plan.
    pub subjects: Vec<String>,
    /// What in.
    pub form: Form,
    /// Where to; `None` is standard output.
    pub out: Option<PathBuf>,
}

/// Writes the report. A plan or a journal that was changed is none to report on.
pub(super) fn run(request: &Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let [subject] = request.subjects.as_slice() else {
        return several(request, context);
    };
    let path = place::find(subject, context.environment)?;
    let look = context.look;
    if is_plan(&path) {
        let saved = apply::read(&path)?;
        deliver(request, context, |out| {
            plan(&saved, request.form, &look, out)
        })?;
    } else {
        let (path, history, is_written) = read(subject, context.environment)?;
        let run = Recorded::new(&history, path.display().to_string(), is_written);
        deliver(request, context, |out| {
            of_run(&run, request.form, &look, out)
        })?;
    }
    Ok(0)
}

/// One report over several runs: of the shards of a plan, or of a week.
fn several(request: &Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    if request.form == Form::Html {
        return Err(Fatal::usage_with(
            "-o html is of one run",
            "give one run, or -o markdown, json, csv or junit for several",
        ));
    }
    let mut opened: Vec<(PathBuf, History, bool)> = Vec::new();
    for subject in &request.subjects {
        if is_plan(&place::find(subject, context.environment)?) {
            return Err(Fatal::usage_with(
                format!("{subject} is no run's journal, and a report on several is of runs alone"),
                "a saved plan is reported on by itself: `bkdel report PLAN.json`",
            ));
        }
        let one = read(subject, context.environment)?;
        let id = &one.1.begin.run_id;
        // It would count twice.
        if opened.iter().any(|(_, known, _)| known.begin.run_id == *id) {
            return Err(Fatal::usage_with(
                format!("{subject} is the run {id}, which is named twice"),
                "name each run once; `bkdel runs` lists them",
            ));
        }
        opened.push(one);
    }
    let runs: Vec<Recorded<'_>> = opened
        .iter()
        .map(|(path, history, is_written)| {
            Recorded::new(history, path.display().to_string(), *is_written)
        })
        .collect();
    deliver(request, context, |out| of_runs(&runs, request.form, out))?;
    Ok(0)
}

/// Whether a file is a plan or a journal is told by what it holds: a journal begins with an event, and a plan is a document
/// over several lines. What is neither is taken for what its name says, so that the error speaks of that.
fn is_plan(path: &Path) -> bool {
    let named_journal = path
        .extension()
        .is_some_and(|extension| extension == "ndjson");
    // A pipe could not be read from its beginning again.
    if !path.is_file() {
        return !named_journal;
    }
    let head = File::open(path).and_then(|file| {
        let mut head = Vec::new();
        file.take(TELLING).read_to_end(&mut head)?;
        Ok(head)
    });
    let head = head.unwrap_or_default();
    let begins = |event: &[u8]| head.windows(event.len()).any(|bytes| bytes == event);
    match head.as_slice() {
        [b'{', b'"', ..] if begins(b"\"event\":\"begin\"") => false,
        [b'{', b'\n' | b'\r', ..] => true,
        _ => !named_journal,
    }
}

/// The journal, and whether its run is going on.
fn read(name: &str, environment: &Environment) -> Result<(PathBuf, History, bool), Fatal> {
    let (path, history) = recorded::open(name, environment)?;
    if history.ended().is_some() {
        return Ok((path, history, false));
    }
    let is_written = glance::is_written(&path);
    if !is_written && recorded::has_grown(&path, &history) {
        // It ended in between.
        let history = recorded::read(&path)?;
        return Ok((path, history, false));
    }
    Ok((path, history, is_written))
}

fn deliver(
    request: &Request,
    context: &mut Context<'_>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Fatal> {
    let Some(path) = &request.out else {
        let mut out = io::BufWriter::with_capacity(1 << 16, &mut *context.out);
        return written(write(&mut out).and_then(|()| out.flush()));
    };
    file::write_whole(path, write).map_err(|error| {
        Fatal::Unexpected(
            anyhow::Error::new(error).context(format!("failed to write {}", path.display())),
        )
    })
}

fn plan(saved: &Saved, form: Form, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Html => html::told(&Told::of_plan(saved), out),
        Form::Markdown => markdown::plan(&saved.shown(), &saved.sha256, out),
        Form::Json => {
            serde_json::to_writer_pretty(&mut *out, &saved.document)?;
            out.write_all(b"\n")
        }
        Form::Csv => {
            let shown = report::Shown {
                dry_run: true,
                explain: true,
            };
            report::plan(Format::Csv, &saved.shown(), shown, look, out)
        }
        Form::Junit => junit::told(&Told::of_plan(saved), out),
    }
}

fn of_run(run: &Recorded<'_>, form: Form, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Html => html::told(&Told::of_run(run), out),
        Form::Markdown => markdown::run(&Told::of_run(run), run, out),
        Form::Json => json::document(run, out),
        Form::Csv => report::record(Format::Csv, &run.record, look, out),
        Form::Junit => junit::told(&Told::of_run(run), out),
    }
}

fn of_runs(runs: &[Recorded<'_>], form: Form, out: &mut dyn Write) -> io::Result<()> {
    let tolds = || -> Vec<Told<'_>> { runs.iter().map(Told::of_run).collect() };
    match form {
        Form::Markdown => markdown::runs(&tolds(), out),
        Form::Json => json::runs(runs, out),
        Form::Csv => csv::records(runs.iter().map(|run| &run.record), out),
        Form::Junit => junit::runs(&tolds(), out),
        // Refused before anything was read.
        Form::Html => Ok(()),
    }
}
