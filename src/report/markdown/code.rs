//! Text that came from somewhere else, as code: no Markdown, HTML, mention, issue or link comes of it (S28).
//!
//! Escapes alone would not do: GitHub looks for `@name` and `#123` in what was rendered, where an escaped character is
//! itself again. It leaves code alone.

use std::fmt::Write;

use crate::text::harmless;

/// What is not known.
pub(super) const UNKNOWN: &str = "–";
/// No text takes more bytes than about this, however long it is.
const LONGEST: usize = 600;

/// The text on one line, as code, in a table's cell or elsewhere. It is cut where it is very long.
pub(super) fn code(text: &str) -> String {
    let start = head(text);
    let clean = harmless(start);
    let shown = head(&clean);
    let whole = start.len() == text.len() && shown.len() == clean.len();
    if shown.trim().is_empty() {
        return UNKNOWN.to_owned();
    }
    // A span cannot hold its own mark; and in a table a `|` needs a `\` that cannot be told from one of the text.
    if shown.contains(['`', '|', '\\']) {
        let (escaped, all) = entities(shown);
        let more = if whole && all { "" } else { "…" };
        format!("<code>{escaped}{more}</code>")
    } else {
        let more = if whole { "" } else { "…" };
        format!("`{shown}{more}`")
    }
}

/// Several texts, each as code, of which so many are shown.
pub(super) fn codes(
    mut texts: impl ExactSizeIterator<Item = impl AsRef<str>>,
    most: usize,
) -> String {
    let shown = texts.by_ref().take(most);
    let shown: Vec<String> = shown.map(|text| code(text.as_ref())).collect();
    let shown = shown.join(", ");
    match texts.len() {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The text with every sign as an entity, and whether that is all of it.
fn entities(text: &str) -> (String, bool) {
    let mut escaped = String::with_capacity(text.len().saturating_mul(2));
    for character in text.chars() {
        if escaped.len() > LONGEST {
            return (escaped, false);
        }
        if character.is_ascii_punctuation() {
            // Writing to a string cannot fail.
            write!(escaped, "&#{};", u32::from(character)).ok();
        } else {
            escaped.push(character);
        }
        // A renderer looks for addresses around an `@` after it has decoded it, though not across a comment.
        if character == '@' {
            escaped.push_str("<!---->");
        }
    }
    (escaped, true)
}

/// As much of a text as is looked at: a name may be a megabyte.
fn head(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::odd_texts;

    #[test]
    fn a_span_where_it_can_hold_the_text_as_it_is() {
        for (text, shown) in [
            ("prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a", None),
            ("</details><script>alert(1)</script>", None),
            ("@everyone #123 GH-1 a/b#2 [x](https://evil.example)", None),
            ("*bold* _thin_ ~~gone~~ $x$ :tada: <!-- &lt;", None),
            ("夜間 größer", None),
            ("one\ntwo", Some("`one⏎two`")),
            ("a\u{202E}b", Some("`a\u{FFFD}b`")),
            ("", Some("–")),
            (" ", Some("–")),
        ] {
            let same = format!("`{text}`");
            assert_eq!(code(text), shown.unwrap_or(&same), "{text:?}");
        }
    }

    #[test]
    fn entities_where_a_span_cannot() {
        for (text, shown) in [
            ("| x |", "&#124; x &#124;"),
            ("a`b", "a&#96;b"),
            ("a\\|b", "a&#92;&#124;b"),
            ("`<b>`", "&#96;&#60;b&#62;&#96;"),
            ("a`@b", "a&#96;&#64;<!---->b"),
        ] {
            assert_eq!(code(text), format!("<code>{shown}</code>"), "{text:?}");
        }
    }

    #[test]
    fn a_text_without_end_is_cut() {
        for text in ["long ", "夜", "|", "@`", "\u{1b}", "::"] {
            let shown = code(&text.repeat(100_000));
            assert!(shown.len() < LONGEST + 40, "{text:?}: {}", shown.len());
            assert!(shown.contains('…'), "{shown}");
        }
        assert!(code(&"\u{1b}".repeat(LONGEST / 2)).ends_with("…`"));
        let exact = "a".repeat(LONGEST);
        assert_eq!(code(&exact), format!("`{exact}`"));
    }

    #[test]
    fn of_many_some_are_shown() {
        let texts = ["a", "b", "c"];
        assert_eq!(codes(texts.into_iter(), 3), "`a`, `b`, `c`");
        assert_eq!(codes(texts.into_iter(), 1), "`a` and 2 more");
    }

    #[test]
    fn s28_odd_texts_are_code_and_nothing_else() {
        for odd in odd_texts() {
            for text in [odd.clone(), format!("`{odd}"), format!("{odd}|")] {
                let shown = code(&text);
                let span = shown
                    .strip_prefix('`')
                    .and_then(|rest| rest.strip_suffix('`'));
                let entities = shown
                    .strip_prefix("<code>")
                    .and_then(|rest| rest.strip_suffix("</code>"));
                match (span, entities) {
                    (Some(inner), None) => assert!(!inner.contains(['`', '|', '\\', '\n'])),
                    (None, Some(inner)) => {
                        let inner = inner.replace("<!---->", "");
                        assert!(!inner.contains(['`', '|', '\\', '<', '[', '@', '\n', ':']));
                    }
                    _ => assert_eq!(shown, UNKNOWN, "{text:?}"),
                }
            }
        }
    }
}
