//! One page, in one file, that needs no network: for a browser in light and dark, for a phone and for paper.
//!
//! What matters stands in it as HTML ([`parts`]); the timelines and the table are made by its script from the data
//! ([`data`]). Whatever came from a provider is text: escaped where it is HTML, put in as text where a script does it, and a
//! Content-Security-Policy lets nothing run and nothing load but the page's own script and style (S28).

mod certified;
mod data;
mod look;
mod parts;
mod text;
mod trouble;

use std::io::{self, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use self::text::Page;
use super::told::Told;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = concat!(
    include_str!("script/data.js"),
    include_str!("script/details.js"),
    include_str!("script/order.js"),
    include_str!("script/table.js"),
    include_str!("script/timelines.js"),
    include_str!("script/paper.js"),
    include_str!("script/start.js"),
);

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn told(told: &Told<'_>, out: &mut dyn Write) -> io::Result<()> {
    // A browser digests what it reads, where every line ends alike.
    let style = STYLE.replace("\r\n", "\n");
    let script = SCRIPT.replace("\r\n", "\n");
    let mut page = Page::new(out);
    let mut pieces = PAGE.split("{{");
    page.raw(pieces.next().unwrap_or_default())?;
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").unwrap_or((piece, ""));
        match name {
            "policy" => page.text(&policy(&style, &script))?,
            "style" => page.own(&style)?,
            "script" => page.own(&script)?,
            "data" => data::write(told, &mut page)?,
            part => parts::write(part, told, &mut page)?,
        }
        page.raw(rest)?;
    }
    page.flush()
}

/// Nothing is loaded from anywhere, and nothing runs but what these digests name.
fn policy(style: &str, script: &str) -> String {
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(script),
        digest(style)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_in_the_page_has_its_part() {
        for piece in PAGE.split("{{").skip(1) {
            let (name, _) = piece.split_once("}}").unwrap();
            assert!(
                ["policy", "style", "script", "data"].contains(&name)
                    || parts::NAMES.contains(&name),
                "{name}"
            );
        }
    }

    #[test]
    fn s28_nothing_of_ours_could_end_its_element() {
        for text in [STYLE, SCRIPT] {
            let text = text.to_ascii_lowercase();
            for end in [
                "</s",
                "<!--",
                "innerhtml",
                "outerhtml",
                "insertadjacent",
                "document.write",
                "eval(",
            ] {
                assert!(!text.contains(end), "{end}");
            }
        }
    }
}
