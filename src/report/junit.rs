//! The XML of `JUnit`, so that a CI job shows what could not be deleted: a test case a backup that was to go, a suite a target of
//! the policy or a resource.
//!
//! XML knows no way to write most control characters, so what a provider wrote goes through [`harmless`] first (S28).

use std::{
    borrow::Cow,
    collections::HashMap,
    io::{self, Write},
};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

use super::told::{Fate, Line, Told};
use crate::text::harmless;

/// What a test case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Passed,
    Failure,
    Error,
    Skipped,
}

/// None of what nobody wanted to go.
fn case(fate: Fate) -> Option<Case> {
    match fate {
        Fate::Failed | Fate::Refused => Some(Case::Failure),
        Fate::Unknown | Fate::Unverified | Fate::Pending => Some(Case::Error),
        Fate::Skipped | Fate::NotAttempted | Fate::ToDelete => Some(Case::Skipped),
        Fate::Deleted | Fate::AlreadyAbsent => Some(Case::Passed),
        Fate::Protected | Fate::Kept => None,
    }
}

/// One suite's cases, or all.
#[derive(Default)]
struct Tally {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    milliseconds: u64,
}

impl Tally {
    fn of<'a>(lines: impl Iterator<Item = &'a (&'a Line<'a>, Case)>) -> Self {
        let mut tally = Self::default();
        for (line, case) in lines {
            tally.tests = tally.tests.saturating_add(1);
            let count = match case {
                Case::Passed => None,
                Case::Failure => Some(&mut tally.failures),
                Case::Error => Some(&mut tally.errors),
                Case::Skipped => Some(&mut tally.skipped),
            };
            if let Some(count) = count {
                *count = count.saturating_add(1);
            }
            let took = took(line).unwrap_or(0);
            tally.milliseconds = tally.milliseconds.saturating_add(took);
        }
        tally
    }

    fn attributes(&self) -> [(&'static str, String); 5] {
        [
            ("tests", self.tests.to_string()),
            ("failures", self.failures.to_string()),
            ("errors", self.errors.to_string()),
            ("skipped", self.skipped.to_string()),
            ("time", seconds(self.milliseconds)),
        ]
    }
}

/// The test cases of one name.
struct Suite<'a> {
    told: &'a Told<'a>,
    name: String,
    cases: Vec<(&'a Line<'a>, Case)>,
}

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn told(told: &Told<'_>, out: &mut dyn Write) -> io::Result<()> {
    let name = match told.run {
        Some(run) => format!("bkdel run {} ({})", run.record.run_id, run.state.word()),
        None => "bkdel plan".to_owned(),
    };
    write(&name, &suites(told), out)
}

/// Writes one report over several runs. Suites of one name stay apart: their properties tell which run each is of.
///
/// # Errors
/// Those of `out`.
pub fn runs(tolds: &[Told<'_>], out: &mut dyn Write) -> io::Result<()> {
    let name = format!("bkdel, {} runs", tolds.len());
    let suites: Vec<Suite<'_>> = tolds.iter().flat_map(suites).collect();
    write(&name, &suites, out)
}

fn suites<'a>(told: &'a Told<'_>) -> Vec<Suite<'a>> {
    let mut suites: Vec<Suite<'a>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for line in &told.lines {
        let Some(case) = case(line.fate) else {
            continue;
        };
        let place = *places.entry(suite(told, line)).or_insert_with_key(|name| {
            suites.push(Suite {
                told,
                name: name.clone(),
                cases: Vec::new(),
            });
            suites.len().saturating_sub(1)
        });
        if let Some(suite) = suites.get_mut(place) {
            suite.cases.push((line, case));
        }
    }
    suites
}

fn write(name: &str, suites: &[Suite<'_>], out: &mut dyn Write) -> io::Result<()> {
    let all = Tally::of(suites.iter().flat_map(|suite| &suite.cases)).attributes();
    let mut writer = Writer::new_with_indent(out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuites")
        .with_attribute(("name", text(name)))
        .with_attributes(owned(&all))
        .write_inner_content(|writer| {
            suites
                .iter()
                .try_for_each(|suite| write_suite(suite.told, &suite.name, &suite.cases, writer))
        })?;
    let out = writer.into_inner();
    out.write_all(b"\n")?;
    out.flush()
}

fn suite(told: &Told<'_>, line: &Line<'_>) -> String {
    if let Some(target) = told
        .section(line)
        .and_then(|section| section.target.as_ref())
    {
        return target.clone();
    }
    let provider = line
        .provider()
        .map_or("unknown", |provider| provider.name());
    match line.resource() {
        Some(resource) => format!("{provider}: {resource}"),
        None => format!("{provider}: unknown resource"),
    }
}

fn write_suite<W: Write>(
    told: &Told<'_>,
    name: &str,
    cases: &[(&Line<'_>, Case)],
    writer: &mut Writer<W>,
) -> io::Result<()> {
    let tally = Tally::of(cases.iter()).attributes();
    let started_at = told.run.map(|run| run.record.started_at);
    let timestamp = format!("{:.0}", started_at.unwrap_or(told.created_at));
    writer
        .create_element("testsuite")
        .with_attribute(("name", text(name)))
        .with_attribute(("timestamp", timestamp.as_str()))
        .with_attributes(owned(&tally))
        .write_inner_content(|writer| {
            writer
                .create_element("properties")
                .write_inner_content(|writer| {
                    for (name, value) in properties(told) {
                        writer
                            .create_element("property")
                            .with_attribute(("name", name))
                            .with_attribute(("value", text(&value)))
                            .write_empty()?;
                    }
                    Ok(())
                })?;
            cases
                .iter()
                .try_for_each(|(line, case)| write_case(told, line, *case, writer))
        })?;
    Ok(())
}

fn properties(told: &Told<'_>) -> Vec<(&'static str, String)> {
    let mut properties = vec![("plan_sha256", told.sha256.to_owned())];
    if let Some(run) = told.run {
        properties.push(("run_id", run.record.run_id.clone()));
        properties.push(("state", run.state.word().to_owned()));
        properties.extend(run.record.reason.clone().map(|reason| ("reason", reason)));
        properties.push(("journal_head_sha256", run.history.head.sha256.clone()));
    }
    properties
}

fn write_case<W: Write>(
    told: &Told<'_>,
    line: &Line<'_>,
    case: Case,
    writer: &mut Writer<W>,
) -> io::Result<()> {
    let id = line.id();
    let provider = line
        .provider()
        .map_or("unknown", |provider| provider.name());
    let class = format!("{provider}.{}", line.container().replace('.', "_"));
    let mut element = writer
        .create_element("testcase")
        .with_attribute(("classname", text(&class)))
        .with_attribute(("name", text(&id)));
    let took = took(line).map(seconds);
    if let Some(took) = &took {
        element = element.with_attribute(("time", took.as_str()));
    }
    let kind = line
        .result
        .and_then(|result| result.kind)
        .map_or(line.fate.word(), |kind| kind.word());
    let message = if told.run.is_none() && line.fate == Fate::ToDelete {
        format!("planned, nothing was sent: {}", line.why())
    } else {
        line.why()
    };
    let tag = match case {
        Case::Passed => {
            element.write_empty()?;
            return Ok(());
        }
        Case::Skipped => "skipped",
        Case::Failure => "failure",
        Case::Error => "error",
    };
    element.write_inner_content(|writer| {
        let mut element = writer
            .create_element(tag)
            .with_attribute(("message", text(&message)));
        if case == Case::Skipped {
            element.write_empty()?;
        } else {
            element = element.with_attribute(("type", kind));
            element.write_text_content(BytesText::new(&more(line)))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// What a person needs who sees a failure: what it is, what to do, and what to ask the provider with.
fn more(line: &Line<'_>) -> String {
    let mut lines = vec![format!("{}: {}", line.fate.word(), line.fate.meaning())];
    if let Some(result) = line.result {
        lines.extend(result.code.as_ref().map(|code| format!("code: {code}")));
        lines.extend(result.hint.as_ref().map(|hint| format!("hint: {hint}")));
        if !result.request_ids.is_empty() {
            lines.push(format!("request ids: {}", result.request_ids.join(", ")));
        }
    }
    let lines: Vec<Cow<'_, str>> = lines.iter().map(|line| text(line)).collect();
    lines.join("\n")
}

/// From the last request until it was read back as gone, in milliseconds.
fn took(line: &Line<'_>) -> Option<u64> {
    let result = line.result?;
    let took = result.verified_at?.duration_since(result.sent_at?);
    u64::try_from(took.as_millis()).ok()
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

fn owned<'a>(
    attributes: &'a [(&'static str, String); 5],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    attributes
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
}

/// As much as XML can hold: neither control characters nor the two that are none.
fn text(text: &str) -> Cow<'_, str> {
    let clean = harmless(text);
    if clean.contains(['\u{FFFE}', '\u{FFFF}']) {
        let clean = clean.replace(['\u{FFFE}', '\u{FFFF}'], "\u{FFFD}");
        Cow::Owned(clean)
    } else {
        clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::odd_texts;

    #[test]
    fn s28_no_character_gets_in_that_xml_cannot_hold() {
        for odd in odd_texts() {
            let odd = format!("{odd}\u{FFFE}\u{FFFF}\u{8}");
            let clean = text(&odd);
            assert!(
                clean.chars().all(|character| matches!(
                    character,
                    ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..
                )),
                "{odd:?} → {clean:?}"
            );
        }
    }

    #[test]
    fn times_are_seconds() {
        assert_eq!(seconds(0), "0.000");
        assert_eq!(seconds(61_007), "61.007");
    }
}
