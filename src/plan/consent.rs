//! Consent: the only way from a plan to something that can be carried out (S12–S15).
//!
//! Asked once the final set is known, with the facts; the default is no. How much must be typed grows with the damage.

use std::{
    collections::{HashMap, HashSet},
    io::{BufRead, Write},
};

use thiserror::Error;

use super::{Approved, Plan, Verdict};

/// How consent may be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consent {
    /// `--yes`.
    pub yes: bool,
    /// `--expect N`.
    pub expect: Option<usize>,
    /// `--skip-refused`.
    pub skip_refused: bool,
    /// `--max-delete N`.
    pub max_delete: Option<usize>,
    /// `--max-delete-percent P`, of each group.
    pub max_delete_percent: Option<Percent>,
    /// Filters or keep rules chose, not a person by ids: then `--yes` alone is good for [`MOST`].
    pub selected: bool,
}

/// How many `--yes` may delete of what a selection chose, where `--max-delete` says nothing (S10).
pub const MOST: usize = 100;

/// A share in percent, from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percent(u8);

impl Percent {
    /// Whether `part` is more than this share of `whole`.
    fn is_exceeded(self, part: usize, whole: usize) -> bool {
        let share = |number: usize, by: u64| {
            u128::try_from(number)
                .unwrap_or(u128::MAX)
                .saturating_mul(u128::from(by))
        };
        share(part, 100) > share(whole, u64::from(self.0))
    }
}

impl std::str::FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').unwrap_or(text);
        match number.parse::<u8>() {
            Ok(percent) if percent <= 100 => Ok(Self(percent)),
            Ok(_) | Err(_) => Err("a share is a whole number from 0 to 100".to_owned()),
        }
    }
}

/// What a person must type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// One backup: `y`.
    One,
    /// Several: how many.
    Count(usize),
    /// A last copy, a continuous backup, a whole scope: the scopes' names, one after the other.
    Names(Vec<String>),
}

/// No consent; nothing was sent.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// A guard refuses what was named.
    #[error("refused: {}", list(.0))]
    Guarded(Vec<(String, String)>),
    /// Another number than `--expect`.
    #[error("{found} would be deleted, but --expect says {expected}")]
    Unexpected {
        /// What the plan holds.
        found: usize,
        /// What was expected.
        expected: usize,
    },
    /// More than `--max-delete`, or than is deleted without it.
    #[error("{found} would be deleted, more than {}", allowance(*.limit, *.given))]
    TooMany {
        /// What the plan holds.
        found: usize,
        /// The limit.
        limit: usize,
        /// Whether `--max-delete` said so.
        given: bool,
    },
    /// Of some groups a larger share than `--max-delete-percent`.
    #[error("more than {percent}% would be deleted of {}", shares(.groups))]
    TooMuch {
        /// The limit.
        percent: u8,
        /// The groups: the resource, how many of it go, and how many there are.
        groups: Vec<(String, usize, usize)>,
    },
    /// `--allow-last` with `--yes` needs `--expect`.
    #[error(
        "--allow-last with --yes needs --expect N: the last healthy backup of a resource would go"
    )]
    LastNeedsExpect,
    /// Nobody to ask.
    #[error("nobody to ask: {0}")]
    NoTerminal(&'static str),
    /// Another answer than the one that was asked for, or none.
    #[error("declined")]
    Declined,
    /// The terminal could not be read or written.
    #[error("the terminal failed: {0}")]
    Terminal(String),
}

impl Refusal {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Guarded(_) => {
                Some("leave these out, or delete the others with --skip-refused".to_owned())
            }
            Self::Unexpected { .. } | Self::TooMuch { .. } => {
                Some("look at the plan with --dry-run".to_owned())
            }
            Self::TooMany { found, .. } => Some(format!(
                "look at the plan with --dry-run, then allow it with --max-delete {found}"
            )),
            Self::LastNeedsExpect => Some(
                "look at the plan with --dry-run, then say how many with --expect N".to_owned(),
            ),
            Self::NoTerminal(_) => {
                Some("look at the plan with --dry-run, then repeat with --yes".to_owned())
            }
            Self::Declined | Self::Terminal(_) => None,
        }
    }
}

fn allowance(limit: usize, given: bool) -> String {
    if given {
        format!("--max-delete {limit}")
    } else {
        format!("the {limit} that --yes is good for with a filter")
    }
}

fn shares(groups: &[(String, usize, usize)]) -> String {
    groups
        .iter()
        .map(|(resource, going, whole)| format!("{resource} ({going} of {whole})"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn list(refused: &[(String, String)]) -> String {
    refused
        .iter()
        .map(|(id, why)| format!("{id}: {why}"))
        .collect::<Vec<_>>()
        .join("; ")
}

/// What follows once the guards and the flags have been looked at.
#[derive(Debug)]
pub enum Step {
    /// Consent is there.
    Approved(Approved),
    /// A person has to be asked.
    Ask(Question),
}

impl Plan {
    /// Looks at the guards and the flags, before anybody is asked.
    ///
    /// # Errors
    /// A [`Refusal`] by a guard, or by a flag that does not fit.
    pub fn seek(&self, consent: Consent) -> Result<Step, Refusal> {
        let refused: Vec<(String, String)> = self
            .refused()
            .map(|item| (item.backup.id.to_string(), item.decisive()))
            .collect();
        if !refused.is_empty() && !consent.skip_refused {
            return Err(Refusal::Guarded(refused));
        }
        let count = self.backups_to_delete().count();
        if let Some(expected) = consent.expect
            && expected != count
        {
            return Err(Refusal::Unexpected {
                found: count,
                expected,
            });
        }
        self.within_limits(consent, count)?;
        // Nothing to send needs no consent: what the provider is deleting already is only waited for.
        if self.to_send().next().is_none() {
            return Ok(Step::Approved(Approved::by_consent(self)));
        }
        if consent.yes {
            let takes_last = self
                .to_delete()
                .any(|item| item.reasons.contains(&super::Reason::LastHealthyAllowed));
            if takes_last && consent.expect.is_none() {
                return Err(Refusal::LastNeedsExpect);
            }
            return Ok(Step::Approved(Approved::by_consent(self)));
        }
        Ok(Step::Ask(match count {
            _ if !self.grave.is_empty() => Question::Names(self.grave.clone()),
            1 => Question::One,
            _ => Question::Count(count),
        }))
    }

    /// The limits hold for the whole plan, before the first call (S10).
    fn within_limits(&self, consent: Consent, count: usize) -> Result<(), Refusal> {
        let most = (consent.yes && consent.selected).then_some(MOST);
        if let Some(limit) = consent.max_delete.or(most)
            && count > limit
        {
            return Err(Refusal::TooMany {
                found: count,
                limit,
                given: consent.max_delete.is_some(),
            });
        }
        let Some(percent) = consent.max_delete_percent else {
            return Ok(());
        };
        let groups: Vec<_> = self
            .shares()
            .into_iter()
            .filter(|(_, going, whole)| percent.is_exceeded(*going, *whole))
            .collect();
        if groups.is_empty() {
            Ok(())
        } else {
            Err(Refusal::TooMuch {
                percent: percent.0,
                groups,
            })
        }
    }

    /// Of each group from which something goes: its resource, how many go, and how many there are as far as can be seen.
    fn shares(&self) -> Vec<(String, usize, usize)> {
        let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
        for item in &self.items {
            let (going, whole) = counts.entry(&item.backup.group).or_default();
            *whole = whole.saturating_add(1);
            // Or every shard could delete as much of one resource as all of them together may.
            if item.verdict == Verdict::Delete || item.is_another_shards() {
                *going = going.saturating_add(1);
            }
        }
        let seen: HashSet<String> = self
            .items
            .iter()
            .map(|item| item.backup.id.to_string())
            .collect();
        self.remaining
            .iter()
            .map(|remaining| {
                let (going, whole) = counts.get(&*remaining.group).copied().unwrap_or_default();
                let elsewhere = remaining
                    .keepers
                    .iter()
                    .flatten()
                    .filter(|keeper| !seen.contains(&keeper.id))
                    .count();
                (
                    remaining.resource.clone(),
                    going,
                    whole.saturating_add(elsewhere),
                )
            })
            .collect()
    }

    /// Asks. Exact and case-sensitive; everything else, an empty line and the end of input are a no.
    ///
    /// # Errors
    /// [`Refusal::Declined`], or [`Refusal::Terminal`].
    pub fn ask(
        &self,
        question: &Question,
        input: &mut dyn BufRead,
        output: &mut dyn Write,
    ) -> Result<Approved, Refusal> {
        let mut say = |text: &str, wanted: &[&str]| -> Result<(), Refusal> {
            let failed = |error: std::io::Error| Refusal::Terminal(error.to_string());
            write!(output, "{text}")
                .and_then(|()| output.flush())
                .map_err(failed)?;
            let mut line = String::new();
            input.read_line(&mut line).map_err(failed)?;
            // A line that just ends was cut off before the person confirmed it.
            let answer = line
                .strip_suffix('\n')
                .map(|answer| answer.strip_suffix('\r').unwrap_or(answer));
            if answer.is_some_and(|answer| wanted.contains(&answer)) {
                Ok(())
            } else {
                Err(Refusal::Declined)
            }
        };
        match question {
            Question::One => say("Delete it? [y/N] ", &["y", "Y", "yes"])?,
            Question::Count(count) => {
                let count = count.to_string();
                say(
                    &format!("Delete {count} backups? Type the number to confirm: "),
                    &[&count],
                )?;
            }
            Question::Names(names) => {
                for name in names {
                    let shown = crate::text::harmless(name);
                    say(
                        &format!("This cannot be made good. Type {shown} to confirm: "),
                        &[name.as_str()],
                    )?;
                }
            }
        }
        Ok(Approved::by_consent(self))
    }
}
