//! Colour, where it is wanted. It only repeats what the words say.

use super::Look;
use crate::environment::Environment;

/// Whether colours are wanted on a stream, and who says so: the flag, or its absence and the usual variables.
#[must_use]
pub fn wants_color(
    flag: Option<bool>,
    environment: &Environment,
    terminal: bool,
) -> (bool, &'static str) {
    let forced = environment
        .text("CLICOLOR_FORCE")
        .is_some_and(|value| !value.is_empty() && value != "0");
    if let Some(wanted) = flag {
        (wanted, "--color or BKDEL_COLOR")
    } else if environment.filled("NO_COLOR").is_some() {
        (false, "NO_COLOR")
    } else if environment.text("TERM") == Some("dumb") {
        (false, "TERM=dumb")
    } else if environment.text("CLICOLOR") == Some("0") {
        (false, "CLICOLOR=0")
    } else if forced {
        (true, "CLICOLOR_FORCE")
    } else if terminal {
        (true, "it is a terminal")
    } else {
        (false, "it is no terminal")
    }
}

/// What a colour stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tint {
    /// Failed, refused, dangerous.
    Red,
    /// Not settled, or about to go.
    Yellow,
    /// Done.
    Green,
    /// A heading.
    Bold,
    /// Nothing to look at.
    Plain,
}

/// The text in a colour, if the look has colours.
pub(super) fn paint(look: &Look, tint: Tint, text: &str) -> String {
    let code = match tint {
        Tint::Red => "31",
        Tint::Yellow => "33",
        Tint::Green => "32",
        Tint::Bold => "1",
        Tint::Plain => return text.to_owned(),
    };
    if look.color && !text.is_empty() {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
