//! Text that came from a provider, made harmless (S28).
//!
//! Names, tags and messages are written by whoever may write to the account. On a terminal they could move the cursor
//! or turn a line around, in a CI log they could be taken for commands, and with a newline one value could pass for two.

use std::borrow::Cow;

/// The text as one line that neither a terminal nor GitHub Actions obeys.
///
/// A line break becomes `⏎`, every other control, invisible or direction-changing character U+FFFD. `::` at the start
/// of a word becomes `: :` and `##[` becomes `## [`: a runner looks for the first at the start of a line, where a value
/// may come to stand, and for the second anywhere. `::` within a word stays, because every ARN of a snapshot has one.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##[") && !text.chars().any(harmful) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len().saturating_add(8));
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let word_starts = clean.chars().next_back().is_none_or(separates);
        match character {
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('⏎'),
            character if harmful(character) => clean.push(char::REPLACEMENT_CHARACTER),
            ':' if word_starts && characters.peek() == Some(&':') => clean.push_str(": "),
            '[' if clean.ends_with("##") => clean.push_str(" ["),
            character => clean.push(character),
        }
    }
    Cow::Owned(clean)
}

/// What stands before a word: also what was put in place of something that a reader of the raw text would skip.
fn separates(character: char) -> bool {
    character.is_whitespace() || matches!(character, '⏎' | char::REPLACEMENT_CHARACTER)
}

/// Whether the character does something other than stand for itself.
pub(super) fn harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{AD}'
                | '\u{61C}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E007F}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::odd_texts;

    #[test]
    fn leaves_ordinary_text_and_arns_alone() {
        for text in [
            "",
            "nightly – größer, 夜間",
            "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0123456789abcdef0",
            "a#b [c]",
        ] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn s28_takes_out_escapes_and_keeps_a_value_on_one_line() {
        assert_eq!(harmless("a\u{1b}[31mred"), "a\u{FFFD}[31mred");
        assert_eq!(harmless("one\ntwo\r\n"), "one⏎two\u{FFFD}⏎");
        assert_eq!(harmless("gpj\u{202E}exe"), "gpj\u{FFFD}exe");
        assert_eq!(harmless("a\u{9b}2Jb\u{7f}"), "a\u{FFFD}2Jb\u{FFFD}");
    }

    #[test]
    fn s28_a_ci_runner_finds_no_command() {
        assert_eq!(harmless("::error::boom"), ": :error::boom");
        assert_eq!(harmless(" \u{a0}::add-mask::x"), " \u{a0}: :add-mask::x");
        assert_eq!(harmless("\u{200b}::error::x"), "\u{FFFD}: :error::x");
        assert_eq!(harmless("a\n::error::x"), "a⏎: :error::x");
        assert_eq!(harmless(":::"), ": : :");
        assert_eq!(harmless("a ##[error]b"), "a ## [error]b");
        assert_eq!(harmless("###[error]"), "### [error]");
    }

    #[test]
    fn s28_holds_for_odd_texts_and_changes_nothing_twice() {
        for text in odd_texts() {
            let clean = harmless(&text).into_owned();
            assert!(!clean.chars().any(harmful), "{text:?} → {clean:?}");
            assert!(
                !clean.trim_start().starts_with("::"),
                "{text:?} → {clean:?}"
            );
            assert!(
                clean.split_whitespace().all(|word| !word.starts_with("::")),
                "{text:?} → {clean:?}"
            );
            assert!(!clean.contains("##["), "{text:?} → {clean:?}");
            assert_eq!(harmless(&clean), clean);
        }
    }
}
