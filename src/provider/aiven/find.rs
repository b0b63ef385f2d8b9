//! Looking up what was named.

use std::sync::PoisonError;

use tokio::time::Instant;

use super::{
    Aiven,
    api::{Tries, trouble},
    backup,
    holdings::Holdings,
    id, notes,
    wire::Service,
};
use crate::{
    backup::Target,
    provider::{ErrorKind, Found, ProviderError, near::near},
};

/// A service, and the lists of its backups.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) service: Service,
    pub(super) holdings: Holdings,
}

/// What is named of one service.
struct Named {
    project: String,
    service: String,
    regions: Vec<String>,
}

impl Aiven {
    /// A service with its backups, or `None` where Aiven says that it does not exist.
    pub(super) async fn look(
        &self,
        tries: Tries,
        project: &str,
        name: &str,
    ) -> Result<Option<Look>, ProviderError> {
        let Some(service) = self.service(tries, project, name).await? else {
            return Ok(None);
        };
        let holdings = self.holdings(tries, project, &service).await?;
        Ok(Some(Look { service, holdings }))
    }

    fn remember(&self, project: &str, look: Look) {
        let container = format!("{project}/{}", look.service.name);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(container, (Instant::now(), look));
    }

    pub(super) async fn find_targets(&self, targets: &[Target]) -> Result<Found, ProviderError> {
        let mut found = Found::default();
        for named in self.by_service(targets)? {
            let Named {
                project,
                service,
                regions,
            } = named;
            let Some(look) = self.look(Tries::Repeated, &project, &service).await? else {
                found.notes.push(self.no_service(&project, &service).await);
                let ids = regions
                    .iter()
                    .map(|region| id::full(&project, &service, region));
                found.absent.extend(ids);
                continue;
            };
            let scope = backup::scope(&project, &service);
            let (there, absent): (Vec<_>, Vec<_>) = regions
                .into_iter()
                .partition(|region| look.service.regions().contains(region));
            found.absent.extend(
                absent
                    .iter()
                    .map(|region| id::full(&project, &service, region)),
            );
            found.backups.extend(there.iter().map(|region| {
                backup::backup(&project, &look.service, &look.holdings, region, &scope)
            }));
            let total = u64::try_from(look.service.regions().len()).unwrap_or(u64::MAX);
            // A service's only region is one backup like any other; to name the service is for taking all of several.
            if total > 1 {
                found.totals.insert(scope, total);
            }
            self.remember(&project, look);
        }
        found.notes.extend(self.notes.iter().cloned());
        found.notes.extend(notes::deleting(found.backups.iter()));
        Ok(found)
    }

    /// The targets, each once, by service in the order given. A service is read once however many of its regions go.
    fn by_service(&self, targets: &[Target]) -> Result<Vec<Named>, ProviderError> {
        let mut all: Vec<Named> = Vec::new();
        for target in targets {
            let (project, service) = self.place_of(target)?;
            let region = target.name.clone();
            match all
                .iter_mut()
                .find(|named| named.project == project && named.service == service)
            {
                Some(named) if named.regions.contains(&region) => {}
                Some(named) => named.regions.push(region),
                None => all.push(Named {
                    project,
                    service,
                    regions: vec![region],
                }),
            }
        }
        Ok(all)
    }

    /// The project and the service of a target; of a region alone, those that the scope names.
    fn place_of(&self, target: &Target) -> Result<(String, String), ProviderError> {
        let halves = if let Some(container) = target.container.as_deref() {
            id::halves(container).map(|(project, service)| (project.to_owned(), service.to_owned()))
        } else {
            let project = self.only_project("ServiceGet")?;
            self.only_service().map(|service| (project, service))
        };
        halves
            .filter(|(project, service)| id::is_name(project) && id::is_name(service))
            .ok_or_else(|| {
                trouble(
                    "ServiceGet",
                    ErrorKind::NoSuchScope,
                    format!("{target} does not say of which service"),
                )
                .with_hint("write PROJECT/SERVICE/REGION")
            })
    }

    /// A wrong name looks like a service that is gone, so near ones are told.
    async fn no_service(&self, project: &str, service: &str) -> String {
        let known = self.services_of(project).await.unwrap_or_default();
        let near = near(service, known.iter().map(|service| service.name.as_str()));
        let question = if near.is_empty() {
            String::new()
        } else {
            format!(" (did you mean {}?)", near.join(" or "))
        };
        format!(
            "there is no service {project}/{service}, and so none of its backup regions{question}"
        )
    }
}
