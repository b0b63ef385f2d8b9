//! What stands in a cell. No two marks look alike without colour.

use super::super::paint::Tint;
use crate::{environment::Environment, plan::Verdict};

/// The characters that a timeline is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    /// Blocks and dots.
    #[default]
    Blocks,
    /// Nothing beyond ASCII, for terminals that show nothing else.
    Ascii,
}

impl Glyphs {
    /// Blocks, unless the terminal is a dumb one or the locale names another encoding than UTF-8.
    ///
    /// Without any locale it is blocks too: containers and CI have none, and show UTF-8.
    #[must_use]
    pub fn fitting(environment: &Environment) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| environment.filled(name));
        let other_encoding = locale.is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            !locale.contains("utf-8") && !locale.contains("utf8")
        });
        if other_encoding || environment.text("TERM") == Some("dumb") {
            Self::Ascii
        } else {
            Self::Blocks
        }
    }

    pub(super) fn of(self, mark: Mark) -> char {
        match (self, mark) {
            (Self::Blocks, Mark::Nothing) => '·',
            (Self::Blocks, Mark::Keep) => '█',
            (Self::Blocks, Mark::Both) => '▒',
            (Self::Ascii, Mark::Nothing) => '.',
            (Self::Ascii, Mark::Keep) => 'K',
            (Self::Ascii, Mark::Both) => '+',
            (Self::Blocks | Self::Ascii, Mark::Delete) => 'x',
        }
    }

    /// What the axis is drawn with.
    pub(super) fn rule(self) -> &'static str {
        match self {
            Self::Blocks => "─",
            Self::Ascii => "-",
        }
    }

    /// What stands for what was left out.
    pub(super) fn ellipsis(self) -> &'static str {
        match self {
            Self::Blocks => "…",
            Self::Ascii => "...",
        }
    }
}

/// What there is in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mark {
    #[default]
    Nothing,
    Keep,
    Delete,
    Both,
}

impl Mark {
    /// With one more backup in it.
    pub(super) fn and(self, verdict: Verdict) -> Self {
        match (self, verdict) {
            (Self::Nothing | Self::Keep, Verdict::Keep) => Self::Keep,
            (Self::Nothing | Self::Delete, Verdict::Delete) => Self::Delete,
            (Self::Both, Verdict::Keep | Verdict::Delete)
            | (Self::Keep, Verdict::Delete)
            | (Self::Delete, Verdict::Keep) => Self::Both,
        }
    }

    pub(super) fn tint(self) -> Tint {
        match self {
            Self::Nothing => Tint::Plain,
            Self::Keep => Tint::Green,
            Self::Delete | Self::Both => Tint::Yellow,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_for_dumb_terminals_and_other_encodings() {
        for (variables, glyphs) in [
            (&[][..], Glyphs::Blocks),
            (&[("LANG", "C.UTF-8")], Glyphs::Blocks),
            (&[("LANG", "de_DE.utf8"), ("LC_ALL", "")], Glyphs::Blocks),
            (
                &[("LANG", "C"), ("LC_CTYPE", "en_US.UTF-8")],
                Glyphs::Blocks,
            ),
            (&[("LANG", "C")], Glyphs::Ascii),
            (&[("LANG", "de_DE.ISO-8859-1")], Glyphs::Ascii),
            (
                &[("LANG", "en_US.UTF-8"), ("LC_ALL", "POSIX")],
                Glyphs::Ascii,
            ),
            (&[("LANG", "en_US.UTF-8"), ("TERM", "dumb")], Glyphs::Ascii),
        ] {
            let environment = Environment::of(variables);
            assert_eq!(Glyphs::fitting(&environment), glyphs, "{variables:?}");
        }
    }

    #[test]
    fn no_two_marks_look_alike() {
        for glyphs in [Glyphs::Blocks, Glyphs::Ascii] {
            let marks = [Mark::Nothing, Mark::Keep, Mark::Delete, Mark::Both];
            let mut seen = marks.map(|mark| glyphs.of(mark)).to_vec();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), marks.len(), "{glyphs:?}");
        }
    }
}
