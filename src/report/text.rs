//! Text that came from a provider, made harmless (S28).

use std::borrow::Cow;

/// The text without control characters, escapes, and the characters that turn a line around or hide in it.
///
/// On GitHub Actions a line that begins with `::` is a command; it gets a zero-width-free space in front.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    let command = text.trim_start().starts_with("::") || text.contains("##[");
    if !command && !text.chars().any(harmful) {
        return Cow::Borrowed(text);
    }
    let mut clean: String = text
        .chars()
        .map(|c| if harmful(c) { '\u{FFFD}' } else { c })
        .collect();
    if command {
        clean = clean.replace("::", ": :").replace("##[", "## [");
    }
    Cow::Owned(clean)
}

fn harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}
