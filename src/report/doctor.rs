//! What `doctor` found: a mark, a word and a sentence a line, so that it reads without colour and without width.

use std::io::{self, BufWriter, Write};

use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    Format, Look, escape, json,
    layout::folded,
    paint::{Tint, paint},
};
use crate::{
    provider::{Check, Examination, Standing, Verdict},
    text::harmless,
};

/// Everything that was found.
#[derive(Debug)]
pub struct Diagnosis<'a> {
    /// When.
    pub at: Timestamp,
    /// What the command ends with.
    pub exit_code: u8,
    /// Whether the providers were named: then one that is not set up is wrong.
    pub named: bool,
    /// The providers that were looked at.
    pub providers: &'a [Examination],
    /// This machine.
    pub machine: &'a [Check],
}

impl Serialize for Diagnosis<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", "bkdel.doctor/v1")?;
        map.serialize_entry("version", env!("CARGO_PKG_VERSION"))?;
        map.serialize_entry("checked_at", &self.at)?;
        map.serialize_entry("exit_code", &self.exit_code)?;
        map.serialize_entry("providers", self.providers)?;
        map.serialize_entry("machine", self.machine)?;
        map.end()
    }
}

/// A check with whose it is, for a line of its own.
#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    provider: Option<&'static str>,
    #[serde(flatten)]
    check: &'a Check,
}

/// How wide the marks and the words are.
const MARK: usize = 7;
const WORD: usize = 13;

impl Diagnosis<'_> {
    /// Writes it. Formats without rows of checks are not asked for.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, format: Format, look: &Look, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        match format {
            Format::Json => json::document(self, &mut out)?,
            Format::Ndjson => self.lines(&mut out)?,
            Format::Human | Format::Csv | Format::Ids => self.human(look, &mut out)?,
        }
        out.flush()
    }

    fn lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let of_providers = self.providers.iter().flat_map(|one| {
            let name = one.provider.name();
            one.checks.iter().map(move |check| (Some(name), check))
        });
        let of_machine = self.machine.iter().map(|check| (None, check));
        for (provider, check) in of_providers.chain(of_machine) {
            let schema = "bkdel.check/v1";
            escape::line(
                &Line {
                    schema,
                    provider,
                    check,
                },
                out,
            )?;
        }
        Ok(())
    }

    fn human(&self, look: &Look, out: &mut dyn Write) -> io::Result<()> {
        for one in self.providers {
            let (tint, verdict) = match one.verdict() {
                Verdict::Ready => (Tint::Green, "ready"),
                Verdict::NotSetUp if self.named => (Tint::Red, "not set up"),
                Verdict::NotSetUp => (Tint::Plain, "not set up"),
                Verdict::Broken => (Tint::Red, "cannot work"),
            };
            let title = paint(look, Tint::Bold, one.provider.title());
            writeln!(out, "{title}: {}", paint(look, tint, verdict))?;
            for check in &one.checks {
                let excused = one.verdict() == Verdict::NotSetUp && !self.named;
                let standing = if excused && check.standing == Standing::Broken {
                    Standing::Note
                } else {
                    check.standing
                };
                row(check, standing, look, out)?;
            }
            writeln!(out)?;
        }
        writeln!(out, "{}", paint(look, Tint::Bold, "This machine"))?;
        for check in self.machine {
            row(check, check.standing, look, out)?;
        }
        Ok(())
    }
}

fn row(check: &Check, standing: Standing, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let (tint, mark) = match standing {
        Standing::Ok => (Tint::Green, "ok"),
        Standing::Note => (Tint::Plain, "-"),
        Standing::Warning => (Tint::Yellow, "WARNING"),
        Standing::Broken => (Tint::Red, "BROKEN"),
        Standing::Unknown => (Tint::Plain, "?"),
    };
    let name = check.name.replace('_', " ");
    let found = harmless(&check.found);
    let found = match &check.subject {
        Some(subject) => format!("{}: {found}", harmless(subject)),
        None => found.into_owned(),
    };
    let indent = " ".repeat(MARK.saturating_add(WORD).saturating_add(4));
    // Painted once it is folded: a colour has no width.
    let plain = folded(
        &format!("  {mark:MARK$} {name:WORD$} {found}"),
        look,
        &indent,
    );
    let rest = plain
        .get(mark.len().saturating_add(2)..)
        .unwrap_or_default();
    writeln!(out, "  {}{rest}", paint(look, tint, mark))?;
    if let Some(hint) = &check.hint {
        let plain = folded(&format!("{indent}hint: {}", harmless(hint)), look, &indent);
        let rest = plain
            .get(indent.len().saturating_add(5)..)
            .unwrap_or_default();
        writeln!(out, "{indent}{}{rest}", paint(look, Tint::Yellow, "hint:"))?;
    }
    Ok(())
}
