//! A selection as it was asked for: filters, keep rules, or everything (R10).

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::{
    filter::{Filters, Unresolvable, Unsupported},
    retention::{GroupBy, Rules},
};
use crate::backup::Provider;

/// What is asked for besides ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Criteria {
    /// Which backups are candidates.
    pub filters: Filters,
    /// Which of them stay. Their clock is that of the filters too.
    pub rules: Rules,
    /// What the rules are applied to; `None` is by resource.
    pub group_by: Option<GroupBy>,
    /// Everything in the scope (`--all`).
    pub all: bool,
}

/// Criteria that cannot be meant. A usage error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Meaningless {
    /// Filters that the provider cannot honour.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unsupported(Vec<Unsupported>),
    /// Times that leave nothing between them, or lie beyond all dates.
    #[error(transparent)]
    Unresolvable(#[from] Unresolvable),
    /// Keep rules that come to nothing (R5).
    #[error("{0}")]
    NoRule(String),
    /// `--group-by` without a keep rule.
    #[error("--group-by says what keep rules are applied to, and no keep rule was given")]
    GroupsOfNothing,
    /// `--all` beside what chooses.
    #[error("--all is everything in the scope, and contradicts filters and keep rules")]
    AllAndSome,
    /// `--keep-tag` where backups have no tags.
    #[error("--keep-tag: {0} has no tags on backups")]
    NoTags(&'static str),
    /// Keep rules beside ids.
    #[error("keep rules look at all backups of a resource, and contradict ids")]
    RulesAndIds,
}

impl Meaningless {
    /// The way out, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unsupported(filters) => filters
                .first()
                .map(Unsupported::instead)
                .filter(|text| !text.is_empty())
                .map(ToOwned::to_owned),
            Self::GroupsOfNothing => Some("give one, such as --keep-last 7".to_owned()),
            Self::AllAndSome => Some("leave out --all, or the others".to_owned()),
            Self::NoTags(_) => Some("keep by time or number, such as --keep-daily 7".to_owned()),
            Self::RulesAndIds => Some("name a scope instead of ids".to_owned()),
            Self::Unresolvable(_) | Self::NoRule(_) => None,
        }
    }
}

impl Criteria {
    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.all && self.filters.is_empty() && self.rules.is_empty()
    }

    /// Refuses what cannot be meant or honoured (S4, R5).
    ///
    /// # Errors
    /// The first that is [`Meaningless`].
    pub fn check(&self, provider: Provider, has_ids: bool) -> Result<(), Meaningless> {
        let unsupported = self.filters.unsupported_by(provider);
        if !unsupported.is_empty() {
            return Err(Meaningless::Unsupported(unsupported));
        }
        self.rules.check().map_err(Meaningless::NoRule)?;
        if !self.rules.tags.is_empty() && provider != Provider::Aws {
            return Err(Meaningless::NoTags(provider.title()));
        }
        if self.group_by.is_some() && self.rules.is_empty() {
            return Err(Meaningless::GroupsOfNothing);
        }
        if self.all && (!self.filters.is_empty() || !self.rules.is_empty() || has_ids) {
            return Err(Meaningless::AllAndSome);
        }
        if has_ids && !self.rules.is_empty() {
            return Err(Meaningless::RulesAndIds);
        }
        Ok(())
    }

    /// Whether the tags of candidates must be read to decide.
    #[must_use]
    pub fn needs_tags(&self) -> bool {
        self.filters.needs_tags() || !self.rules.tags.is_empty()
    }

    /// What the rules are applied to.
    #[must_use]
    pub fn groups(&self) -> GroupBy {
        self.group_by.clone().unwrap_or_default()
    }

    /// The criteria for a plan's record, by the flags' names.
    #[must_use]
    pub fn recorded(&self) -> Map<String, Value> {
        let mut recorded = match serde_json::to_value(&self.filters) {
            Ok(Value::Object(filters)) => filters,
            Ok(_) | Err(_) => Map::new(),
        };
        let rules: Vec<String> = self
            .rules
            .effective()
            .iter()
            .map(ToString::to_string)
            .collect();
        if !rules.is_empty() {
            recorded.insert("keep".to_owned(), json!(rules));
            recorded.insert("group-by".to_owned(), json!(self.groups().to_string()));
        }
        if self.all {
            recorded.insert("all".to_owned(), Value::Bool(true));
        }
        if !recorded.is_empty() {
            recorded.insert("timezone".to_owned(), json!(zone_name(&self.rules.zone)));
        }
        recorded
    }
}

/// The zone's IANA name (R6).
fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}
