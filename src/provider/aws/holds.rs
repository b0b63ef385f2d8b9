//! Legal holds: which recovery points may not go, and under which title.

use std::collections::HashMap;

use super::{
    error,
    region::{PAGE, Pages, Patience, Region},
    vaults::permission,
};
use crate::{
    backup::Protection,
    provider::{ErrorKind, ProviderError},
};

pub(super) const LIST: &str = "ListLegalHolds";
pub(super) const MEMBERS: &str = "ListRecoveryPointsByLegalHold";

/// The holds of one region that hold.
#[derive(Debug, Default)]
pub(super) struct Holds {
    by_arn: HashMap<String, Vec<String>>,
    /// What a person must know where they could not be read.
    pub(super) note: Option<String>,
}

impl Holds {
    /// Reads them all. Without the right to read them the list goes on with a note: AWS itself refuses to delete what is
    /// held, so not knowing deletes nothing.
    pub(super) async fn read(region: &Region) -> Result<Self, ProviderError> {
        let mut holds = Self::default();
        match holds.fill(region).await {
            Ok(()) => Ok(holds),
            Err(error) if error.kind == ErrorKind::Permission => {
                tracing::warn!(%error, region = %region.name, "legal holds cannot be read");
                holds.note = Some(format!(
                    "legal holds in {} could not be read (allow backup:ListLegalHolds and backup:ListRecoveryPointsByLegalHold); AWS refuses to delete what one holds",
                    region.name
                ));
                Ok(holds)
            }
            Err(error) => Err(error),
        }
    }

    async fn fill(&mut self, region: &Region) -> Result<(), ProviderError> {
        for (id, title) in list(region).await? {
            let mut pages = Pages::of(MEMBERS);
            while pages.more() {
                let page = region
                    .read(MEMBERS, Patience::Repeat, || {
                        region
                            .client
                            .list_recovery_points_by_legal_hold()
                            .legal_hold_id(&id)
                            .max_results(PAGE)
                            .set_next_token(pages.token())
                            .send()
                    })
                    .await
                    .map_err(|error| permission(error, "backup:ListRecoveryPointsByLegalHold"))?;
                for member in page.recovery_points.unwrap_or_default() {
                    if let Some(arn) = member.recovery_point_arn {
                        self.by_arn.entry(arn).or_default().push(title.clone());
                    }
                }
                pages.turn(page.next_token)?;
            }
        }
        Ok(())
    }

    /// The holds on one recovery point, as protections.
    pub(super) fn on(&self, arn: &str) -> impl Iterator<Item = Protection> {
        self.by_arn
            .get(arn)
            .into_iter()
            .flatten()
            .map(|title| Protection::LegalHold(title.clone()))
    }
}

/// The ids and titles of the holds that hold.
pub(super) async fn list(region: &Region) -> Result<Vec<(String, String)>, ProviderError> {
    let mut holds = Vec::new();
    let mut pages = Pages::of(LIST);
    while pages.more() {
        let page = region
            .read(LIST, Patience::Repeat, || {
                region
                    .client
                    .list_legal_holds()
                    .max_results(PAGE)
                    .set_next_token(pages.token())
                    .send()
            })
            .await
            .map_err(|error| permission(error, "backup:ListLegalHolds"))?;
        for hold in page.legal_holds.unwrap_or_default() {
            // Everything but a cancelled one holds, a state that this version does not know included.
            if hold
                .status
                .as_ref()
                .is_some_and(|status| status.as_str() == "CANCELED")
            {
                continue;
            }
            let Some(id) = hold.legal_hold_id.filter(|id| !id.is_empty()) else {
                return Err(error::own(
                    LIST,
                    ErrorKind::Malformed,
                    "a legal hold without an id",
                ));
            };
            let title = hold.title.unwrap_or_else(|| id.clone());
            holds.push((id, title));
        }
        pages.turn(page.next_token)?;
    }
    Ok(holds)
}
