//! The one request that changes something: the list of a service's additional regions, without those that go.
//!
//! It sets the whole list, so the service is read again right before, and what is not as it was planned is left alone.

use std::sync::Arc;

use http::{Method, Uri};

use super::{
    Aiven,
    api::{Tries, service_path, trouble},
    backup::{POWERED_OFF, is_known_state, planned_regions},
    error, id, wire,
    wire::{OneService, Service},
};
use crate::{
    backup::{Backup, BackupId},
    plan::{Approved, Body, NoWarrant, Warrant},
    provider::{Accepted, ErrorKind, ProviderError, Removal, Sent},
};

const OPERATION: &str = "ServiceUpdate";

impl Aiven {
    /// One removal a service: two of them would each put back what the other takes out.
    pub(super) fn plan_removals(&self, approved: &Approved) -> Result<Vec<Removal>, ProviderError> {
        let mut services: Vec<(&str, Vec<&Arc<Backup>>)> = Vec::new();
        for item in approved.items() {
            let container = item.id.container();
            match services.iter_mut().find(|(known, _)| *known == container) {
                Some((_, items)) => items.push(item),
                None => services.push((container, vec![item])),
            }
        }
        services
            .into_iter()
            .map(|(container, items)| self.plan_removal(approved, container, &items))
            .collect()
    }

    fn plan_removal(
        &self,
        approved: &Approved,
        container: &str,
        items: &[&Arc<Backup>],
    ) -> Result<Removal, ProviderError> {
        let (project, service) = place(container)?;
        let planned = planned(items)?;
        let stay: Vec<&str> = planned
            .iter()
            .map(String::as_str)
            .filter(|region| !items.iter().any(|item| item.id.name() == *region))
            .collect();
        let url: Uri = self
            .rest
            .url(&service_path(project, service))
            .parse()
            .map_err(|_| unsent(ErrorKind::Setup, format!("{container} makes no address")))?;
        let ids: Vec<BackupId> = items.iter().map(|item| item.id.clone()).collect();
        let refused =
            |refusal: NoWarrant| unsent(ErrorKind::Gate, format!("{container}: {refusal}"));
        let body = Body::Json(wire::change(&stay));
        let warrant = Warrant::new(Method::PUT, &url, body, ids).map_err(refused)?;
        let items = items.iter().map(|item| Arc::clone(item)).collect();
        approved.removal(items, warrant).map_err(refused)
    }

    pub(super) async fn remove(&self, removal: &Removal) -> Result<Accepted, ProviderError> {
        let items: Vec<&Arc<Backup>> = removal.items().iter().collect();
        let Some(first) = items.first() else {
            return Err(unsent(ErrorKind::Gate, "nothing to remove"));
        };
        let (project, name) = place(first.id.container())?;
        let planned = planned(&items)?;
        let present = match self.service(Tries::Repeated, project, name).await {
            Ok(Some(service)) => service,
            Ok(None) => return Ok(absent()),
            Err(error) => {
                return Err(ProviderError {
                    sent: Sent::No,
                    ..error
                });
            }
        };
        if !items.iter().any(|item| {
            present
                .regions()
                .iter()
                .any(|region| region == item.id.name())
        }) {
            return Ok(absent());
        }
        still_fits(&present, &planned, first)?;
        self.send(removal, project, name).await
    }

    async fn send(
        &self,
        removal: &Removal,
        project: &str,
        name: &str,
    ) -> Result<Accepted, ProviderError> {
        let body = match removal.warrant().body() {
            Body::Json(body) => body,
            Body::Empty => return Err(unsent(ErrorKind::Gate, "a removal without a list")),
        };
        let path = service_path(project, name);
        let answer = self
            .rest
            .call(OPERATION, Method::PUT, &path, &[], Some(body))
            .await
            .and_then(|answer| {
                // The answer shows the service as it is now. One that still lists a region accepts nothing: reading back
                // has to tell, as it has to after no answer.
                let OneService { service } = error::body(&answer)?;
                let kept = removal.items().iter().find(|item| {
                    service
                        .regions()
                        .iter()
                        .any(|region| region == item.id.name())
                });
                if let Some(item) = kept {
                    let mut error = unsent(
                        ErrorKind::Malformed,
                        format!("the answer still lists {}", item.id.name()),
                    );
                    error.sent = Sent::Perhaps;
                    error.request_id = answer.request_id;
                    return Err(error);
                }
                Ok(Accepted {
                    request_id: answer.request_id,
                    status: Some(answer.status.as_u16()),
                    absent: false,
                    sent: true,
                })
            });
        self.account_for(answer.as_ref().err());
        answer.map_err(|error| {
            if error.kind == ErrorKind::Refused && error.message.contains("too many items") {
                error.with_hint(
                    "Aiven takes no list of several regions any more: remove all of them at once with --all-regions",
                )
            } else {
                error
            }
        })
    }
}

/// Whether the service is as it was when its removal was approved.
fn still_fits(present: &Service, planned: &[String], item: &Backup) -> Result<(), ProviderError> {
    let container = item.id.container();
    let sorted = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list
    };
    if sorted(present.regions()) != sorted(planned) {
        return Err(drift(format!(
            "{container} lists the regions {} now, and listed {} when this was planned",
            shown(present.regions()),
            shown(planned)
        )));
    }
    if present.termination_protection {
        return Err(unsent(
            ErrorKind::Protected,
            format!("{container} has termination protection"),
        ));
    }
    if !is_known_state(&present.state) {
        return Err(drift(format!(
            "{container} is in the unknown state {:?}",
            present.state
        )));
    }
    // Powered off, a service's primary backups no longer count: what was one copy of several may be the last now.
    if present.state == POWERED_OFF && item.status.as_deref() != Some(POWERED_OFF) {
        return Err(drift(format!("{container} was powered off meanwhile")));
    }
    Ok(())
}

fn shown(regions: &[String]) -> String {
    if regions.is_empty() {
        "none".to_owned()
    } else {
        regions.join(", ")
    }
}

/// The whole list that the approved regions were read from. All of one service must have been read from the same one.
fn planned(items: &[&Arc<Backup>]) -> Result<Vec<String>, ProviderError> {
    let mut lists = items.iter().map(|item| planned_regions(item));
    let first = lists.next().flatten();
    let agree = lists.all(|list| list == first);
    first
        .filter(|list| {
            agree
                && items
                    .iter()
                    .all(|item| list.iter().any(|region| region == item.id.name()))
        })
        .ok_or_else(|| drift("the regions of one service were not read together".to_owned()))
}

fn place(container: &str) -> Result<(&str, &str), ProviderError> {
    id::halves(container)
        .filter(|(project, service)| id::is_name(project) && id::is_name(service))
        .ok_or_else(|| unsent(ErrorKind::Gate, format!("{container} is no service")))
}

fn absent() -> Accepted {
    Accepted {
        request_id: None,
        status: None,
        absent: true,
        sent: false,
    }
}

fn drift(message: String) -> ProviderError {
    unsent(ErrorKind::Drift, message).with_hint("look again, and plan anew")
}

fn unsent(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError {
        sent: Sent::No,
        ..trouble(OPERATION, kind, message)
    }
}
