//! What each command prints, as a whole.

mod markdown;
mod people;
mod programs;
mod question;
mod timeline;

use super::*;

fn text(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A dry run that shows all.
const DRY: Shown = Shown {
    dry_run: true,
    explain: true,
};

/// What no text of a provider may bring into any output.
fn assert_harmless(shown: &str) {
    assert!(
        !shown.chars().any(|c| c != '\n' && crate::text::harmful(c)),
        "{shown:?}"
    );
    assert!(!shown.contains("##["), "{shown}");
    assert!(
        shown
            .lines()
            .all(|line| !line.trim_start().starts_with("::")),
        "{shown}"
    );
}

fn without_colours(text: String) -> String {
    const CODES: [&str; 5] = [
        "\u{1b}[31m",
        "\u{1b}[33m",
        "\u{1b}[32m",
        "\u{1b}[1m",
        "\u{1b}[0m",
    ];
    CODES.iter().fold(text, |text, code| text.replace(code, ""))
}
