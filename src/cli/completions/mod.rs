//! `bkdel completions`: scripts that have bkdel itself asked what fits, and the answers.
//!
//! A script runs bkdel with [`VARIABLE`] set and the words of the line behind `--`. Without the two, which no command
//! line begins with, nothing here is in the way of a command. Values come from journals and files alone: no provider is
//! asked and no secret is known here.

mod values;

use std::{ffi::OsString, io, path::Path};

use clap::ValueEnum;
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use super::tree;
use crate::{commands::Command, environment::Environment, fatal::Fatal};

/// Names the shell that asks.
const VARIABLE: &str = "BKDEL_COMPLETE";

/// A script that completes bkdel's commands, flags and values in a shell
///
/// The script asks bkdel itself, which answers from its commands, from files and from the journals of past runs: vaults,
/// clusters, projects, services, regions and runs. No provider is asked, and nothing secret is known to it. Make it anew
/// with every version of bkdel, best of all where a shell starts.
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// A shell that can be completed in.
#[allow(missing_docs, reason = "each is a shell, by its name")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

impl Shell {
    fn completer(self) -> &'static dyn EnvCompleter {
        match self {
            Self::Bash => &Bash,
            Self::Zsh => &Zsh,
            Self::Fish => &Fish,
            Self::Powershell => &Powershell,
            Self::Elvish => &Elvish,
        }
    }
}

impl Completions {
    pub(super) fn request(&self) -> Result<Command, Fatal> {
        let mut script = Vec::new();
        self.shell
            .completer()
            .write_registration(VARIABLE, "bkdel", "bkdel", "bkdel", &mut script)
            .map_err(anyhow::Error::from)?;
        Ok(Command::Text(String::from_utf8_lossy(&script).into_owned()))
    }
}

/// The shell that asks what fits, if one does.
#[must_use]
pub fn asked(arguments: &[OsString], environment: &Environment) -> Option<Shell> {
    let name = environment.filled(VARIABLE)?;
    match arguments {
        [_, dashes, _, ..] if dashes == "--" => Shell::from_str(name, false).ok(),
        _ => None,
    }
}

/// What fits, in the form in which that shell wants to be told.
///
/// # Errors
/// Where the words do not go as far as the cursor.
pub fn answer(
    shell: Shell,
    arguments: &[OsString],
    folder: Option<&Path>,
    environment: &Environment,
) -> io::Result<String> {
    let mut words: Vec<OsString> = arguments.iter().skip(2).cloned().collect();
    let mut command = values::added(tree::command(), environment);
    command.build();
    let mut text = Vec::new();
    if shell == Shell::Bash {
        let index = environment
            .text("_CLAP_COMPLETE_INDEX")
            .and_then(|index| index.parse().ok())
            .unwrap_or_default();
        let index = rejoin(&mut words, index);
        let candidates = clap_complete::engine::complete(&mut command, words, index, folder)?;
        let between = environment.text("_CLAP_IFS").unwrap_or("\n");
        let candidates: Vec<_> = candidates
            .iter()
            .map(|candidate| candidate.get_value().to_string_lossy())
            // bash puts a word into the line as it is. Without any, it completes files by itself, and quotes them.
            .filter(|word| values::is_harmless(word))
            .collect();
        return Ok(candidates.join(between));
    }
    shell
        .completer()
        .write_complete(&mut command, words, folder, &mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// bash parts words at `=`, and replaces only what stands behind it: `--vault = pr` is `--vault pr` to us. Where the
/// cursor's word is afterwards.
fn rejoin(words: &mut Vec<OsString>, index: usize) -> usize {
    let mut at = 0_usize;
    let mut moved = index;
    words.retain(|word| {
        let is_sign = word == "=" && at > 0 && at < index;
        if is_sign {
            moved = moved.saturating_sub(1);
        }
        at = at.saturating_add(1);
        !is_sign
    });
    moved
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    #[test]
    fn a_command_is_completed_only_where_the_script_asks() {
        let asked = |words: &[&str], value: &str| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            asked(&words, &Environment::of(&[(VARIABLE, value)]))
        };
        assert_eq!(asked(&["bkdel", "--", "bkdel"], "zsh"), Some(Shell::Zsh));
        for (words, value) in [
            (&["bkdel", "aws", "list"][..], "zsh"),
            (&["bkdel"], "zsh"),
            (&["bkdel", "--"], "fish"),
            (&["bkdel", "--", "bkdel"], ""),
            (&["bkdel", "--", "bkdel"], "0"),
            (&["bkdel", "--", "bkdel"], "cmd"),
        ] {
            assert_eq!(asked(words, value), None, "{words:?} {value:?}");
        }
    }

    proptest! {
        #[test]
        fn s29_no_words_are_too_odd_to_be_answered(
            words in vec(
                prop_oneof![
                    4 => select(vec![
                        "aws", "delete", "list", "report", "help", "runs", "sandbox", "--", "-", "", "=", "-o", "-vo",
                        "--vault", "--vault=", "--region=a,b", "--keep-last", "-1", "--older-than", "--no", "-n", "é",
                    ])
                    .prop_map(str::to_owned),
                    1 => any::<String>(),
                ],
                1..7,
            ),
            shell in select(Shell::value_variants().to_vec()),
            index in 0_usize..8,
        ) {
            let index = index.to_string();
            let environment = Environment::of(&[("_CLAP_COMPLETE_INDEX", &index)]);
            let arguments: Vec<OsString> = ["bkdel", "--", "bkdel"]
                .into_iter()
                .map(OsString::from)
                .chain(words.iter().map(OsString::from))
                .collect();
            let answered = answer(shell, &arguments, None, &environment);
            // Only a shell that says where its cursor is can say so wrongly.
            let counts = matches!(shell, Shell::Bash | Shell::Zsh | Shell::Elvish);
            prop_assert!(counts || answered.is_ok(), "{answered:?}");
        }
    }

    #[test]
    fn a_word_that_bash_parted_is_whole_again() {
        let rejoined = |words: &[&str], index| {
            let mut words: Vec<OsString> = words.iter().map(OsString::from).collect();
            let index = rejoin(&mut words, index);
            let words: Vec<_> = words
                .iter()
                .map(|word| word.to_string_lossy().into_owned())
                .collect();
            (words.join(" "), index)
        };
        let expected = ("bkdel --vault pr".to_owned(), 2);
        assert_eq!(rejoined(&["bkdel", "--vault", "=", "pr"], 3), expected);
        assert_eq!(rejoined(&["bkdel", "--vault", "pr"], 2), expected);
        assert_eq!(
            rejoined(&["bkdel", "a", "="], 1),
            ("bkdel a =".to_owned(), 1)
        );
    }
}
