//! Which services the request's scope is about, and which of their regions it names.

use super::{Aiven, api::Tries, api::trouble, config::Wanted, wire::Service};
use crate::{
    backup::Target,
    provider::{ErrorKind, ProviderError, near::near},
};

impl Aiven {
    /// The one project of the scope.
    pub(super) fn only_project(&self, operation: &'static str) -> Result<String, ProviderError> {
        match self.projects.as_slice() {
            [project] => Ok(project.clone()),
            [] => Err(
                trouble(operation, ErrorKind::NoSuchScope, "no project is named").with_hint(
                    "name it with --project or AIVEN_PROJECT, or with avn project switch",
                ),
            ),
            _ => Err(trouble(
                operation,
                ErrorKind::NoSuchScope,
                "several projects are named",
            )
            .with_hint("write PROJECT/SERVICE/REGION")),
        }
    }

    /// The one service that the scope names by its name.
    pub(super) fn only_service(&self) -> Option<String> {
        match self.services.as_slice() {
            [Wanted::Name(name)] => Some(name.clone()),
            _ => None,
        }
    }

    /// Whether a service of that name is in the scope.
    pub(super) fn wants(&self, service: &str) -> bool {
        self.services.is_empty() || self.services.iter().any(|wanted| wanted.is_match(service))
    }

    /// A service that is named and is nowhere is a mistake, not an empty list.
    pub(super) fn check_names(&self, known: &[String]) -> Result<(), ProviderError> {
        for wanted in &self.services {
            match wanted {
                Wanted::Name(name) if !known.contains(name) => {
                    return Err(no_service(name, known));
                }
                Wanted::Glob(glob) if !known.iter().any(|name| glob.is_match(name)) => {
                    return Err(no_match(glob.as_str(), known));
                }
                Wanted::Name(_) | Wanted::Glob(_) => {}
            }
        }
        Ok(())
    }

    pub(super) async fn scope_targets(&self) -> Result<Vec<Target>, ProviderError> {
        const OPERATION: &str = "ServiceList";
        if self.projects.is_empty() {
            self.only_project(OPERATION)?;
        }
        if self.services.is_empty() {
            return Err(
                trouble(OPERATION, ErrorKind::NoSuchScope, "no service is named").with_hint(
                    "name it with --service NAME; --service '*' is every one of the project",
                ),
            );
        }
        let mut targets = Vec::new();
        let mut listed = Vec::new();
        for project in &self.projects {
            listed.extend(self.add_project_targets(project, &mut targets).await?);
        }
        for wanted in &self.services {
            match wanted {
                Wanted::Glob(glob) if !listed.iter().any(|name| glob.is_match(name)) => {
                    return Err(no_match(glob.as_str(), &listed));
                }
                Wanted::Name(_) | Wanted::Glob(_) => {}
            }
        }
        Ok(targets)
    }

    /// The names of the project's services, where a glob made it necessary to list them.
    async fn add_project_targets(
        &self,
        project: &str,
        targets: &mut Vec<Target>,
    ) -> Result<Vec<String>, ProviderError> {
        let mut listed: Option<Vec<Service>> = None;
        for wanted in &self.services {
            match wanted {
                Wanted::Name(name) if self.all_regions => {
                    let service = match self.service(Tries::Repeated, project, name).await? {
                        Some(service) => service,
                        // With several projects the name need not be in each.
                        None if self.projects.len() > 1 => continue,
                        None => {
                            let known = self.services_of(project).await?;
                            let names: Vec<String> =
                                known.into_iter().map(|service| service.name).collect();
                            return Err(no_service(name, &names));
                        }
                    };
                    add(targets, project, name, service.regions());
                }
                // Whether it is there, looking it up will tell.
                Wanted::Name(name) => add(targets, project, name, &self.regions),
                Wanted::Glob(glob) => {
                    if listed.is_none() {
                        listed = Some(self.services_of(project).await?);
                    }
                    for service in listed.iter().flatten() {
                        if !glob.is_match(&service.name) {
                            continue;
                        }
                        let regions: Vec<String> = service
                            .regions()
                            .iter()
                            .filter(|region| self.all_regions || self.regions.contains(region))
                            .cloned()
                            .collect();
                        add(targets, project, &service.name, &regions);
                    }
                }
            }
        }
        Ok(listed
            .into_iter()
            .flatten()
            .map(|service| service.name)
            .collect())
    }
}

fn add(targets: &mut Vec<Target>, project: &str, service: &str, regions: &[String]) {
    for region in regions {
        let target = Target {
            container: Some(format!("{project}/{service}")),
            name: region.clone(),
        };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
}

fn no_match(glob: &str, known: &[String]) -> ProviderError {
    let mut known: Vec<&str> = known.iter().map(String::as_str).take(20).collect();
    known.sort_unstable();
    let hint = if known.is_empty() {
        "there is no service at all".to_owned()
    } else {
        format!("there are: {}", known.join(", "))
    };
    trouble(
        "ServiceList",
        ErrorKind::NoSuchScope,
        format!("--service {glob} matches no service"),
    )
    .with_hint(hint)
}

fn no_service(name: &str, known: &[String]) -> ProviderError {
    let near = near(name, known.iter().map(String::as_str));
    let hint = if near.is_empty() {
        "see bkdel aiven list, or avn service list".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    trouble(
        "ServiceList",
        ErrorKind::NoSuchScope,
        format!("there is no service {name}"),
    )
    .with_hint(hint)
}
