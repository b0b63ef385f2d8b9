//! Writing HTML: what is ours goes out as it is, and everything else as text (S28).

use std::io::{self, Write};

use crate::text::harmless;

/// A page that is being written.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
}

impl<'a> Page<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out }
    }

    /// What is written in this program.
    pub(super) fn raw(&mut self, html: &'static str) -> io::Result<()> {
        self.out.write_all(html.as_bytes())
    }

    /// The page's own style or script.
    pub(super) fn own(&mut self, code: &str) -> io::Result<()> {
        self.out.write_all(code.as_bytes())
    }

    /// Anything, as text, in an element or in an attribute between double quotes.
    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        let clean = harmless(text);
        let mut rest = &*clean;
        while let Some((at, character)) = rest.char_indices().find(|(_, c)| special(*c).is_some()) {
            let (before, after) = rest.split_at(at);
            self.out.write_all(before.as_bytes())?;
            self.out
                .write_all(special(character).unwrap_or_default().as_bytes())?;
            rest = after.get(character.len_utf8()..).unwrap_or_default();
        }
        self.out.write_all(rest.as_bytes())
    }

    /// Anything, as a string in JSON that stands in a `<script>`: nothing in it can end that element.
    pub(super) fn json(&mut self, text: &str) -> io::Result<()> {
        let clean = harmless(text);
        self.out.write_all(b"\"")?;
        let mut rest = &*clean;
        while let Some((at, character)) = rest.char_indices().find(|(_, c)| {
            matches!(c, '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}') || c.is_control()
        }) {
            let (before, after) = rest.split_at(at);
            self.out.write_all(before.as_bytes())?;
            write!(self.out, "\\u{:04x}", u32::from(character))?;
            rest = after.get(character.len_utf8()..).unwrap_or_default();
        }
        self.out.write_all(rest.as_bytes())?;
        self.out.write_all(b"\"")
    }

    pub(super) fn number(&mut self, number: impl Into<i128>) -> io::Result<()> {
        write!(self.out, "{}", number.into())
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn special(character: char) -> Option<&'static str> {
    match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::odd_texts;

    fn written(write: impl FnOnce(&mut Page<'_>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut Page::new(&mut out)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn s28_no_text_can_leave_its_element_or_its_attribute() {
        let hostile = "</script><script>x</script><!-- \" ' onmouseover=x & ]]>";
        assert_eq!(
            written(|page| page.text(hostile)),
            "&lt;/script&gt;&lt;script&gt;x&lt;/script&gt;&lt;!-- &quot; &#39; onmouseover=x &amp; ]]&gt;"
        );
        for odd in odd_texts() {
            let shown = written(|page| page.text(&format!("{odd}<{odd}\"")));
            assert!(!shown.contains(['<', '>', '"', '\'']), "{odd:?}");
            assert!(!shown.chars().any(crate::text::harmful), "{odd:?}");
        }
    }

    #[test]
    fn s28_no_string_can_end_the_data_and_every_one_is_read_again() {
        let mut texts = odd_texts();
        texts.push("</script><!--<script>\\\"&amp;\u{2028}".to_owned());
        for odd in texts {
            let shown = written(|page| page.json(&odd));
            assert!(!shown.contains(['<', '>', '&']), "{odd:?}");
            let read: String = serde_json::from_str(&shown).unwrap();
            assert_eq!(read, *harmless(&odd));
        }
    }
}
