//! Reading back: a region is gone once a fresh reading of the service does not list it, and no listed backup carries it.

use super::{
    Aiven,
    api::{Tries, trouble},
    id,
};
use crate::{
    backup::Backup,
    provider::{ErrorKind, ProviderError, Reading},
};

impl Aiven {
    pub(super) async fn read_regions_back(&self, backups: &[&Backup]) -> Vec<Reading> {
        // A service is read once, however many of its regions are asked for.
        let mut read: Vec<(&Backup, Reading)> = Vec::with_capacity(backups.len());
        for backup in backups {
            let container = backup.id.container();
            if read.iter().any(|(known, _)| known.id == backup.id) {
                continue;
            }
            let of_service: Vec<&Backup> = backups
                .iter()
                .filter(|other| other.id.container() == container)
                .copied()
                .collect();
            let readings = self.read_service_back(container, &of_service).await;
            read.extend(of_service.into_iter().zip(readings));
        }
        backups
            .iter()
            .map(|backup| {
                read.iter()
                    .find(|(known, _)| known.id == backup.id)
                    .map_or_else(
                        || Reading::unreadable(nowhere(backup.id.container())),
                        |(_, reading)| reading.clone(),
                    )
            })
            .collect()
    }

    async fn read_service_back(&self, container: &str, backups: &[&Backup]) -> Vec<Reading> {
        // The region has no status of its own, and the service's would read as if it were the region's.
        let present = || Reading::Present(Some("listed".to_owned()));
        let all = |reading: &Reading| vec![reading.clone(); backups.len()];
        let Some((project, name)) = id::halves(container) else {
            return all(&Reading::unreadable(nowhere(container)));
        };
        let service = match self.service(Tries::Once, project, name).await {
            Ok(Some(service)) => service,
            Ok(None) => return all(&Reading::Gone("ServiceGet")),
            Err(error) => return all(&Reading::unreadable(error)),
        };
        let listed = |backup: &&&Backup| {
            service
                .regions()
                .iter()
                .any(|region| region == backup.id.name())
        };
        if backups.iter().all(|backup| listed(&backup)) {
            return all(&present());
        }
        let holdings = self.holdings(Tries::Once, project, &service).await;
        backups
            .iter()
            .map(|backup| {
                if listed(&backup) {
                    return present();
                }
                match &holdings {
                    // The list of backups may lag behind the setting. Where it may not be read, the service's own list
                    // stands in, and the setting decides.
                    Ok(holdings) if holdings.carry(&service, backup.id.name()) => Reading::Deleting,
                    Ok(_) => Reading::Gone("ServiceGet, ServiceBackupsGet"),
                    Err(error) => Reading::unreadable(error.clone()),
                }
            })
            .collect()
    }
}

fn nowhere(container: &str) -> ProviderError {
    trouble(
        "ServiceGet",
        ErrorKind::Malformed,
        format!("{container} is no service"),
    )
}
