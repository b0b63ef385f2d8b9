//! The one error that ends a command, on standard error.

use std::io::{self, Write};

use super::{
    Look,
    amount::count,
    escape::line,
    paint::{Tint, paint},
};
use crate::{fatal::Fatal, plan::consent::Refusal, text::harmless};

/// Writes the error: a line of JSON for programs, `error: …` and `hint: …` for people.
///
/// # Errors
/// Those of `err`.
pub fn fatal(machine: bool, fatal: &Fatal, look: &Look, err: &mut dyn Write) -> io::Result<()> {
    if machine {
        return line(&fatal.document(), err);
    }
    let error = paint(look, Tint::Red, "error:");
    if let Fatal::Refused(Refusal::Guarded(refused)) = fatal {
        // One a line: this list is what has to be gone through before trying again.
        let backups = count(refused.len(), "backup");
        writeln!(err, "{error} refused to delete {backups}; nothing was sent")?;
        for (id, why) in refused {
            writeln!(err, "  {}: {}", harmless(id), harmless(why))?;
        }
    } else {
        writeln!(err, "{error} {}", harmless(&fatal.to_string()))?;
    }
    if let Some(hint) = fatal.hint() {
        let word = paint(look, Tint::Yellow, "hint:");
        writeln!(err, "{word} {}", harmless(&hint))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{HOSTILE, piped};

    fn shown(machine: bool, error: &Fatal) -> String {
        let mut err = Vec::new();
        fatal(machine, error, &piped(), &mut err).unwrap();
        String::from_utf8(err).unwrap()
    }

    #[test]
    fn an_error_comes_with_its_hint() {
        let error = Fatal::usage_with("--vault is empty", "name one with --vault NAME");
        assert_eq!(
            shown(false, &error),
            "error: --vault is empty\nhint: name one with --vault NAME\n"
        );
        assert_eq!(
            shown(true, &error),
            "{\"code\":2,\"hint\":\"name one with --vault NAME\",\"kind\":\"usage\",\
             \"message\":\"--vault is empty\",\"schema\":\"bkdel.error/v1\"}\n"
        );
    }

    #[test]
    fn every_refused_id_has_a_line_of_its_own() {
        let refused = vec![
            ("prod/a".to_owned(), "vault locked (compliance)".to_owned()),
            ("prod/b".to_owned(), HOSTILE.to_owned()),
        ];
        let text = shown(false, &Refusal::Guarded(refused).into());
        assert!(text.starts_with(
            "error: refused to delete 2 backups; nothing was sent\n  prod/a: vault locked (compliance)\n  prod/b: "
        ));
        assert_eq!(text.lines().count(), 4);
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn s28_a_message_of_a_provider_stays_one_line() {
        let text = shown(false, &Fatal::usage_with(HOSTILE, HOSTILE));
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains(['\u{1b}', '\u{202E}']) && !text.contains("##["));
        assert_eq!(shown(true, &Fatal::usage(HOSTILE)).lines().count(), 1);
    }
}
