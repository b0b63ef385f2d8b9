//! Which filters a provider cannot honour. Such a filter is a usage error, never "none" and never "all" (S4).

use std::fmt;

use super::{Filters, Kind};
use crate::backup::Provider;

/// A filter that was given and that the provider cannot honour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsupported {
    kind: Kind,
    provider: Provider,
    lack: Lack,
}

/// What is lacking, and what to use instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lack {
    why: &'static str,
    instead: &'static str,
}

impl Unsupported {
    /// What to use instead: a hint.
    #[must_use]
    pub fn instead(&self) -> &'static str {
        self.lack.instead
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} cannot be used with {}: {}",
            self.kind.flag(),
            self.provider.title(),
            self.lack.why
        )
    }
}

impl Filters {
    /// Every filter that was given and that the provider cannot honour, in the order of the documentation.
    #[must_use]
    pub fn unsupported_by(&self, provider: Provider) -> Vec<Unsupported> {
        self.given()
            .filter_map(|kind| {
                lack(provider, kind).map(|lack| Unsupported {
                    kind,
                    provider,
                    lack,
                })
            })
            .collect()
    }
}

/// What [`crate::backup::Backup`] never holds of a provider's backups.
fn lack(provider: Provider, kind: Kind) -> Option<Lack> {
    let lack = |why, instead| Some(Lack { why, instead });
    match (provider, kind) {
        (Provider::Aws, _)
        | (
            _,
            Kind::OlderThan
            | Kind::NewerThan
            | Kind::CreatedBefore
            | Kind::CreatedAfter
            | Kind::Type
            | Kind::Resource
            | Kind::Status,
        )
        | (Provider::Zilliz, Kind::Name | Kind::LargerThan | Kind::Expired) => None,
        (Provider::Zilliz, Kind::Tag) => lack(
            "its backups have no tags",
            "choose by name: --name, --cluster or --project, each a name or a pattern",
        ),
        (Provider::Zilliz, Kind::ResourceGone) => lack(
            "it tells by its clusters",
            "--orphaned: backups whose cluster exists no more",
        ),
        (Provider::Aiven, Kind::Name) => lack(
            "its backup regions have no names of their own",
            "choose the service: --service, a name or a pattern; or the region: --region",
        ),
        (Provider::Aiven, Kind::LargerThan) => lack(
            "it tells the sizes before compression only, not what a backup region takes up",
            "choose by --older-than, --type or --service",
        ),
        (Provider::Aiven, Kind::Expired) => lack(
            "a backup region does not expire",
            "choose by age: --older-than, by the newest copy that the region holds",
        ),
        (Provider::Aiven, Kind::Tag) => lack(
            "its tags are those of services, not of backups",
            "choose the service: --service, a name or a pattern",
        ),
        (Provider::Aiven, Kind::ResourceGone) => lack(
            "a backup region goes with its service",
            "choose the service: --service, a name or a pattern",
        ),
    }
}
