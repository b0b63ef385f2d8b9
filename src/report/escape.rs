//! JSON that survives being looked at: valid, lossless, and without a raw character that does something (S28).
//!
//! serde escapes what the grammar asks for, which leaves U+007F–U+009F, the line separators and the characters that turn
//! text around as they are; a terminal or a CI log obeys them all the same.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::text::harmful;

/// Writes a document over several lines, indented by two, with a newline at its end.
pub(super) fn pretty<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    write(value, PrettyFormatter::new(), out)
}

/// Writes a value as one line, with a newline at its end.
pub(super) fn line<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    write(value, CompactFormatter, out)
}

fn write<T: Serialize + ?Sized>(
    value: &T,
    shape: impl Formatter,
    mut out: &mut dyn Write,
) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut out, Escaped(shape)))?;
    out.write_all(b"\n")
}

/// The shape of another formatter, with more escapes in strings.
struct Escaped<F>(F);

impl<F: Formatter> Formatter for Escaped<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Nearly every text is plain, and there may be a million.
        if fragment
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && byte != b'#')
        {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        // `##[` is a command of a GitHub runner wherever it stands in a line. `::` is one at a line's start only, and no
        // line of JSON starts within a string.
        while let Some((at, character)) = rest
            .char_indices()
            .find(|(at, character)| harmful(*character) || begins_command(rest, *at))
        {
            let (before, after) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after.get(character.len_utf8()..).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

fn begins_command(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|text| text.starts_with("##["))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::odd_texts;

    #[test]
    fn s28_json_is_lossless_and_obeyed_by_nobody() {
        for text in odd_texts() {
            for write in [pretty, line] {
                let mut out = Vec::new();
                write(&[&text], &mut out).unwrap();
                let written = String::from_utf8(out).unwrap();
                let read: Vec<String> = serde_json::from_str(&written).unwrap();
                assert_eq!(read, [text.as_str()]);
                let body = written.replace('\n', "");
                assert!(!body.chars().any(harmful), "{written:?}");
                assert!(!body.contains("##["), "{written:?}");
            }
        }
    }

    #[test]
    fn a_document_is_indented_by_two_and_a_line_is_one_line() {
        let value = serde_json::json!({"a": [1], "b": {}});
        let mut out = Vec::new();
        pretty(&value, &mut out).unwrap();
        line(&value, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}\n{\"a\":[1],\"b\":{}}\n"
        );
    }

    #[test]
    fn characters_beyond_sixteen_bits_are_written_as_a_pair() {
        let mut out = Vec::new();
        line("\u{E0041}", &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\"\\udb40\\udc41\"\n");
    }
}
