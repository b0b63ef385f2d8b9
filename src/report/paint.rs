//! Colour, where it is wanted. It only repeats what the words say.

use super::Look;

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
