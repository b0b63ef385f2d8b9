//! What a later look at a run came to.

use std::io::{self, BufWriter, Write};

use super::{
    Format, Look,
    amount::count,
    csv, escape, json,
    layout::{Row, folded, rows, words},
    paint::Tint,
};
use crate::{
    run::verify::{Checked, Finding, Verification},
    text::harmless,
};

/// Writes it.
///
/// # Errors
/// Those of `out`.
pub fn verification(
    format: Format,
    verification: &Verification,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        Format::Human => human(verification, look, &mut out)?,
        Format::Json => json::document(verification, &mut out)?,
        Format::Ndjson => {
            for checked in &verification.checked {
                escape::line(checked, &mut out)?;
            }
        }
        Format::Csv => {
            writeln!(out, "provider,id,recorded,finding,details")?;
            for checked in &verification.checked {
                csv::texts(
                    &[
                        checked.id.provider().name(),
                        &checked.id.to_string(),
                        checked.recorded.word(),
                        checked.finding.word(),
                        &checked.finding.details().unwrap_or_default(),
                    ],
                    &mut out,
                )?;
            }
        }
        // What is not as the record says: to be looked into.
        Format::Ids => {
            for checked in verification.checked.iter().filter(|one| is_there(one)) {
                writeln!(out, "{}", harmless(&checked.id.to_string()))?;
            }
        }
    }
    out.flush()
}

fn is_there(checked: &Checked) -> bool {
    match checked.finding {
        Finding::Back { .. } | Finding::Open { .. } => true,
        Finding::Gone
        | Finding::Recreated { .. }
        | Finding::Settled(_)
        | Finding::Unreadable { .. } => false,
    }
}

fn human(verification: &Verification, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let worth_telling = || {
        verification
            .checked
            .iter()
            .filter(|checked| !matches!(checked.finding, Finding::Gone))
    };
    if worth_telling().next().is_some() {
        let columns = [
            words("FOUND"),
            words("ID"),
            words("RECORDED"),
            words("WHAT"),
        ];
        let listed = || {
            worth_telling().map(|checked| Row {
                tint: match checked.finding {
                    Finding::Back { .. } | Finding::Open { .. } => Tint::Red,
                    Finding::Unreadable { .. } => Tint::Yellow,
                    Finding::Gone | Finding::Recreated { .. } | Finding::Settled(_) => Tint::Plain,
                },
                cells: vec![
                    checked.finding.word().replace('_', " "),
                    harmless(&checked.id.to_string()).into_owned(),
                    checked.recorded.word().replace('_', " "),
                    harmless(&checked.finding.details().unwrap_or_default()).into_owned(),
                ],
            })
        };
        rows(&columns, 2, listed, look, out)?;
        writeln!(out)?;
    }
    let chain = format!(
        "chain: {} whole, the last one's digest is {}",
        count(
            usize::try_from(verification.lines).unwrap_or(usize::MAX),
            "line"
        ),
        verification.head_sha256
    );
    writeln!(out, "{}", folded(&chain, look, "  "))?;
    if let Some(torn) = verification.torn {
        writeln!(
            out,
            "line {} was cut off after {} bytes, by a crash or a full disk",
            torn.line, torn.bytes
        )?;
    }
    let mut sum = Vec::new();
    for (word, told) in [
        ("gone", "gone, as recorded"),
        ("recreated", "gone, with another backup under its id"),
        ("settled", "settled now"),
        ("back", "BACK"),
        ("still_there", "still there"),
        ("unreadable", "not readable"),
    ] {
        match verification.count(word) {
            0 => {}
            number => sum.push(format!("{number} {told}")),
        }
    }
    if sum.is_empty() {
        sum.push("nothing was called deleted".to_owned());
    }
    writeln!(out, "{}", folded(&sum.join(", "), look, "  "))
}
