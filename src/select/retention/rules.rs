//! The keep rules that were given.

use std::fmt;

use jiff::tz::TimeZone;

use super::{Length, PerPeriod, Period, Quota};

/// All keep rules of a run, as flags or a policy file give them. `None` is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// `--keep-last`: the newest, whatever their time.
    pub last: Option<Quota>,
    /// `--keep-hourly` to `--keep-yearly`: the newest of each bucket.
    pub count: PerPeriod<Option<Quota>>,
    /// `--keep-within`: everything younger than that.
    pub within: Option<Length>,
    /// `--keep-within-hourly` to `--keep-within-yearly`: the newest of each bucket inside it.
    pub count_within: PerPeriod<Option<Length>>,
    /// `--keep-tag`: whatever carries this key with this value, beside what the other rules count.
    pub tags: Vec<(String, String)>,
    /// `--timezone`: the clock that cuts buckets and counts back. Never the machine's (R6).
    pub zone: TimeZone,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            last: None,
            count: PerPeriod::default(),
            within: None,
            count_within: PerPeriod::default(),
            tags: Vec::new(),
            zone: TimeZone::UTC,
        }
    }
}

impl Rules {
    /// The rules that come to something, in the order of the flags. A zero is as if it were not given (R5).
    #[must_use]
    pub fn effective(&self) -> Vec<Rule> {
        let counts = self.last.map(Rule::Last).into_iter().chain(
            self.count
                .iter()
                .filter_map(|(period, quota)| Some(Rule::Each(period, quota?))),
        );
        let lengths = self.within.map(Rule::Within).into_iter().chain(
            self.count_within
                .iter()
                .filter_map(|(period, length)| Some(Rule::EachWithin(period, length?))),
        );
        let tags = self.tags.iter().map(|(key, value)| Rule::Tag {
            key: key.clone(),
            value: value.clone(),
        });
        counts
            .chain(lengths)
            .chain(tags)
            .filter(|rule| !rule.is_zero())
            .collect()
    }

    /// Whether no rule comes to anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.effective().is_empty()
    }

    /// Refuses rules that were given and come to nothing: an empty policy is never "keep nothing" (R5).
    ///
    /// Where no rule was given at all there is nothing to refuse.
    pub fn check(&self) -> Result<(), String> {
        if self.tags.iter().any(|(key, _)| key.trim().is_empty()) {
            return Err("the tag to keep has no key: K=V".to_owned());
        }
        if self.given() && self.is_empty() {
            return Err(
                "all keep rules are 0, which would keep nothing: give one of them more, or none at all"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn given(&self) -> bool {
        self.last.is_some()
            || self.within.is_some()
            || !self.tags.is_empty()
            || self.count.iter().any(|(_, quota)| quota.is_some())
            || self.count_within.iter().any(|(_, length)| length.is_some())
    }
}

/// One keep rule. Displays as its flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// The newest, whatever their time.
    Last(Quota),
    /// The newest of each bucket.
    Each(Period, Quota),
    /// Everything younger than that.
    Within(Length),
    /// The newest of each bucket inside it.
    EachWithin(Period, Length),
    /// Whatever carries the tag.
    Tag {
        /// The tag's key.
        key: String,
        /// Its value, which must be the same to the letter.
        value: String,
    },
}

impl Rule {
    fn is_zero(&self) -> bool {
        match self {
            Self::Last(quota) | Self::Each(_, quota) => quota.is_zero(),
            Self::Within(length) | Self::EachWithin(_, length) => length.is_zero(),
            Self::Tag { .. } => false,
        }
    }

    /// Whether it counts without end.
    pub(super) fn is_unlimited(&self) -> bool {
        match self {
            Self::Last(quota) | Self::Each(_, quota) => *quota == Quota::Unlimited,
            Self::Within(_) | Self::EachWithin(..) | Self::Tag { .. } => false,
        }
    }

    /// What it says about a backup that it keeps: of all backups the same, as restic does, and no running number.
    pub(super) fn reason(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(Quota::Unlimited) => formatter.write_str("last"),
            Self::Last(quota @ Quota::AtMost(_)) => write!(formatter, "last {quota}"),
            Self::Each(period, _) => formatter.write_str(period.word()),
            Self::Within(length) => write!(formatter, "within {length}"),
            Self::EachWithin(period, length) => {
                write!(formatter, "{} within {length}", period.word())
            }
            Self::Tag { key, value } => write!(formatter, "tag {key}={value}"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(quota) => write!(formatter, "--keep-last {quota}"),
            Self::Each(period, quota) => write!(formatter, "--keep-{} {quota}", period.word()),
            Self::Within(length) => write!(formatter, "--keep-within {length}"),
            Self::EachWithin(period, length) => {
                write!(formatter, "--keep-within-{} {length}", period.word())
            }
            Self::Tag { key, value } => write!(formatter, "--keep-tag {key}={value}"),
        }
    }
}
