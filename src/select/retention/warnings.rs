//! What is odd about rules and backups together, though it is no error (R12).

use std::{collections::HashSet, fmt, sync::Arc};

use jiff::SignedDuration;

use super::{Decision, Rule, decide::Mark, pace::Stopped};

/// One oddity that a person should hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// There are several groups, and each holds one backup: perhaps they are grouped by the wrong thing.
    SingleBackups {
        /// How many groups there are.
        groups: usize,
    },
    /// The rules keep every backup.
    KeepsAll {
        /// How many there are.
        backups: usize,
    },
    /// The newest healthy backup of a group is older than the usual distance between its backups.
    Stopped {
        /// The group's name.
        group: String,
        /// How old its newest healthy backup is.
        age: SignedDuration,
        /// The median distance between its healthy backups.
        usual: SignedDuration,
    },
    /// A rule keeps nothing that the others do not keep; without all rules of which this is said the same is kept.
    Swallowed(Arc<Rule>),
}

/// All warnings about a decision: about the whole first, then group by group by name, then the rules.
#[must_use]
pub fn warnings(decision: &Decision) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let groups = decision.sizes.len();
    if groups > 1 && decision.sizes.iter().all(|size| *size == 1) {
        warnings.push(Warning::SingleBackups { groups });
    }
    let keeps_all = (0..decision.len()).all(|index| decision.keeps(index));
    if keeps_all && !decision.is_empty() {
        warnings.push(Warning::KeepsAll {
            backups: decision.len(),
        });
    }
    warnings.extend(
        decision
            .stopped
            .iter()
            .map(|Stopped { group, age, usual }| Warning::Stopped {
                group: group.clone(),
                age: *age,
                usual: *usual,
            }),
    );
    // Where everything is kept, rules say the same because there is too little to tell them apart.
    if !keeps_all {
        warnings.extend(swallowed(decision).into_iter().map(Warning::Swallowed));
    }
    warnings
}

/// The rules that could all be left out, the last ones first.
///
/// A rule whose reach is longer than all there is yet is none of them: it will have something to keep. Nor is one about
/// tags, which has no reach: it stands for backups, not for their number.
fn swallowed(decision: &Decision) -> Vec<Arc<Rule>> {
    let combinations = combinations(decision);
    let mut left_out: Vec<usize> = Vec::new();
    let rules = decision.rules.iter().zip(&decision.limited).enumerate();
    let candidates: Vec<(usize, &Arc<Rule>)> = rules
        .filter(|(_, (rule, limited))| **limited || rule.is_unlimited())
        .map(|(index, (rule, _))| (index, rule))
        .collect();
    let mut swallowed = Vec::new();
    for (index, rule) in candidates.into_iter().rev() {
        let needed = combinations.iter().any(|combination| {
            let mut others = combination
                .iter()
                .filter(|other| **other != index && !left_out.contains(*other));
            combination.contains(&index) && others.next().is_none()
        });
        if !needed {
            left_out.push(index);
            swallowed.push(Arc::clone(rule));
        }
    }
    swallowed
}

/// Which rules keep a backup together: each such set once, however many backups there are.
fn combinations(decision: &Decision) -> Vec<Vec<usize>> {
    let distinct: HashSet<&[Mark]> = (0..decision.len())
        .map(|index| decision.marks(index))
        .collect();
    distinct
        .into_iter()
        .map(|marks| marks.iter().filter_map(rule).collect())
        .collect()
}

/// The rule behind a reason. What is kept without being counted is no rule's merit.
fn rule(mark: &Mark) -> Option<usize> {
    match mark {
        Mark::By(rule) | Mark::Oldest(rule) => Some(*rule),
        Mark::NotCounted(_) | Mark::TagsUnread => None,
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SingleBackups { groups } => write!(
                formatter,
                "each of {groups} groups holds exactly one backup: check --group-by"
            ),
            Self::KeepsAll { backups } => {
                write!(formatter, "the keep rules keep every backup ({backups})")
            }
            Self::Stopped { group, age, usual } => write!(
                formatter,
                "{group}: backups seem to have stopped: the newest healthy one is {} old, and the usual distance is {}",
                rough(*age),
                rough(*usual)
            ),
            Self::Swallowed(rule) => write!(
                formatter,
                "{rule} keeps nothing that another rule does not keep already"
            ),
        }
    }
}

/// In the largest unit of which there are at least two, rounded down.
fn rough(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let (length, unit) = match seconds {
        ..120 => (1, "s"),
        120..7_200 => (60, "min"),
        7_200..172_800 => (3_600, "h"),
        172_800.. => (86_400, "d"),
    };
    format!("{}{unit}", seconds.checked_div(length).unwrap_or(seconds))
}
