//! What a service can be restored from: its primary backups, and the copies in its additional regions.

use std::{collections::BTreeSet, sync::PoisonError, time::Duration};

use super::{
    Aiven,
    api::Tries,
    backup::{POWERED_OFF, is_known_state},
    find::Look,
    holdings::Paused,
    id,
};
use crate::{
    backup::Backup,
    provider::{Census, ErrorKind, Keeper, Keepers, ProviderError},
};
use arcstr::ArcStr;

/// How old what was read may be to serve a census: as long as one command needs from looking up to planning.
const FRESH: Duration = Duration::from_mins(1);

impl Aiven {
    pub(super) async fn take_census(&self, backups: &[&Backup]) -> Result<Census, ProviderError> {
        let mut census = Census::new();
        let groups: BTreeSet<ArcStr> = backups.iter().map(|backup| backup.group.clone()).collect();
        for group in groups {
            let keepers = self.keepers(&group).await?;
            census.insert(group, keepers);
        }
        Ok(census)
    }

    async fn keepers(&self, container: &str) -> Result<Keepers, ProviderError> {
        let Some((project, service)) = id::halves(container) else {
            return Ok(Keepers::Unreadable(format!("{container} is no service")));
        };
        let look = match self.just_seen(container) {
            Some(look) => Ok(Some(look)),
            None => self.look(Tries::Repeated, project, service).await,
        };
        match look {
            Ok(Some(look)) => Ok(keepers_of(project, &look)),
            Ok(None) => Ok(Keepers::Known(Vec::new())),
            Err(error) if error.kind == ErrorKind::Credentials => Err(error),
            Err(error) => Ok(Keepers::Unreadable(error.to_string())),
        }
    }

    /// What looking up read a moment ago. It serves once: who takes a census again wants to know what is there now (S18).
    fn just_seen(&self, container: &str) -> Option<Look> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, look) = seen.remove(container)?;
        (at.elapsed() <= FRESH).then_some(look)
    }
}

fn keepers_of(project: &str, look: &Look) -> Keepers {
    let Look { service, holdings } = look;
    let container = format!("{project}/{}", service.name);
    if !is_known_state(&service.state) {
        return Keepers::Unreadable(format!(
            "{container} is in the unknown state {:?}",
            service.state
        ));
    }
    let Some(primaries) = holdings.primaries(service) else {
        return Keepers::Unreadable(format!(
            "the token may not read the backups of {container}, and the service lists none itself"
        ));
    };
    let cloud = service.cloud_name.as_deref().unwrap_or("unknown cloud");
    let mut keepers = Vec::new();
    if service.state != POWERED_OFF {
        keepers.extend(primaries.into_iter().map(|primary| Keeper {
            id: primary.name.unwrap_or_else(|| {
                let at = primary.at.map(|at| format!(" of {at:.0}"));
                format!("primary backup{}", at.unwrap_or_default())
            }),
            place: format!("primary, {cloud}"),
            created_at: primary.at,
        }));
    }
    for region in service.regions() {
        let held = holdings.held(service, region);
        if held.paused == Paused::No && held.copies.is_some_and(|copies| copies > 0) {
            keepers.push(Keeper {
                id: format!("{container}/{region}"),
                place: region.clone(),
                created_at: held.newest,
            });
        }
    }
    Keepers::Known(keepers)
}
