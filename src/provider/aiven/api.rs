//! The calls that read, by the names that Aiven's own clients give them.

use http::Method;
use serde::de::DeserializeOwned;

use super::{
    Aiven, error,
    holdings::Holdings,
    id,
    wire::{
        Backups, Me, OneService, Organization, Organizations, Projects, Service, Services, User,
    },
};
use crate::{
    backup::Provider,
    provider::{ErrorKind, ProviderError, Sent, near::near, rest::segment},
    transport::retry,
};

/// The call that lists a service's backups.
pub(super) const BACKUPS: &str = "ServiceBackupsGet";

/// Whether a call is repeated when passing trouble breaks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tries {
    /// For a bounded time.
    Repeated,
    /// Not at all: the caller decides.
    Once,
}

/// The path of a service.
pub(super) fn service_path(project: &str, service: &str) -> String {
    format!(
        "/v1/project/{}/service/{}",
        segment(project),
        segment(service)
    )
}

/// An error of ours about an answer or a request, for which nothing was sent that changes anything.
pub(super) fn trouble(
    operation: &'static str,
    kind: ErrorKind,
    message: impl Into<String>,
) -> ProviderError {
    ProviderError::new(Provider::Aiven, operation, kind, message)
}

impl Aiven {
    async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
    ) -> Result<T, ProviderError> {
        let answer = self
            .rest
            .call(operation, Method::GET, path, &[], None)
            .await?;
        error::body(&answer)
    }

    async fn read<T: DeserializeOwned>(
        &self,
        tries: Tries,
        operation: &'static str,
        path: &str,
    ) -> Result<T, ProviderError> {
        match tries {
            Tries::Repeated => {
                let patience = self.rest.transport.retry_for();
                retry::reading(&self.limiter, patience, || self.call(operation, path)).await
            }
            Tries::Once => {
                self.limiter.turn().await;
                let answer = self.call(operation, path).await;
                self.account_for(answer.as_ref().err());
                answer
            }
        }
    }

    /// Tells the limiter how a request of its turn fared.
    pub(super) fn account_for(&self, error: Option<&ProviderError>) {
        match error {
            Some(error) if error.kind == ErrorKind::Throttled => self.limiter.refused(error.wait),
            Some(error) if error.sent != Sent::Answered => {}
            Some(_) | None => self.limiter.granted(),
        }
    }

    /// Every project that the token reaches.
    pub(super) async fn reachable_projects(&self) -> Result<Vec<String>, ProviderError> {
        const OPERATION: &str = "ProjectList";
        let answer: Projects = self.read(Tries::Repeated, OPERATION, "/v1/project").await?;
        answer
            .projects
            .into_iter()
            .map(|project| checked(OPERATION, project.project_name))
            .collect()
    }

    /// All services of a project, in one answer.
    pub(super) async fn services_of(&self, project: &str) -> Result<Vec<Service>, ProviderError> {
        const OPERATION: &str = "ServiceList";
        let path = format!("/v1/project/{}/service", segment(project));
        let answer = self.read(Tries::Repeated, OPERATION, &path).await;
        let Services { services } = match answer {
            Ok(services) => services,
            Err(error) => return Err(self.explained(project, error).await),
        };
        for service in &services {
            checked(OPERATION, service.name.clone())?;
        }
        Ok(services)
    }

    /// One service, or `None` where Aiven says that it does not exist.
    pub(super) async fn service(
        &self,
        tries: Tries,
        project: &str,
        name: &str,
    ) -> Result<Option<Service>, ProviderError> {
        const OPERATION: &str = "ServiceGet";
        let path = service_path(project, name);
        let answer: Result<OneService, _> = self.read(tries, OPERATION, &path).await;
        match answer {
            Ok(OneService { service }) if service.name == name => Ok(Some(service)),
            Ok(_) => Err(trouble(
                OPERATION,
                ErrorKind::Malformed,
                format!("answered with another service than {project}/{name}"),
            )),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) if tries == Tries::Repeated => Err(self.explained(project, error).await),
            Err(error) => Err(error),
        }
    }

    /// The list of a service's backups, or the service's own where the token may not read the list.
    pub(super) async fn holdings(
        &self,
        tries: Tries,
        project: &str,
        service: &Service,
    ) -> Result<Holdings, ProviderError> {
        let path = format!("{}/backups", service_path(project, &service.name));
        let answer: Result<Backups, _> = self.read(tries, BACKUPS, &path).await;
        match answer {
            Ok(backups) => Ok(Holdings::all(backups)),
            Err(error) if error.kind == ErrorKind::Permission => Ok(Holdings::of_service(service)),
            Err(error) => Err(error),
        }
    }

    /// Whose token it is, where that can be found out. What passes must not make another account of it: plans and journals
    /// are held against it.
    pub(super) async fn me(&self) -> Option<User> {
        self.user().await.ok()
    }

    /// The same, or why it cannot be found out.
    pub(super) async fn user(&self) -> Result<User, ProviderError> {
        let me: Me = self.read(Tries::Repeated, "UserInfo", "/v1/me").await?;
        Ok(me.user)
    }

    /// The organisations that the user belongs to.
    pub(super) async fn organizations(&self) -> Result<Vec<Organization>, ProviderError> {
        const OPERATION: &str = "UserOrganizationsList";
        let answer: Organizations = self
            .read(Tries::Repeated, OPERATION, "/v1/organizations")
            .await?;
        Ok(answer.organizations)
    }

    /// Asks for the list of a service's backups, only to see whether it may be read.
    pub(super) async fn try_backups(
        &self,
        project: &str,
        service: &str,
    ) -> Result<(), ProviderError> {
        let path = format!("{}/backups", service_path(project, service));
        let answer: Result<Backups, _> = self.read(Tries::Repeated, BACKUPS, &path).await;
        answer.map(drop)
    }

    /// A project that does not exist is forbidden like one that is somebody else's; the list of projects tells them apart.
    async fn explained(&self, project: &str, error: ProviderError) -> ProviderError {
        let missing = error.kind == ErrorKind::NoSuchScope;
        if !missing && !error::is_about_membership(&error) {
            return error;
        }
        let Ok(known) = self.reachable_projects().await else {
            return error;
        };
        if known.iter().any(|name| name == project) {
            return error;
        }
        let near = near(project, known.iter().map(String::as_str));
        let hint = if near.is_empty() {
            format!(
                "the token reaches {} projects; see avn project list",
                known.len()
            )
        } else {
            format!("did you mean {}?", near.join(" or "))
        };
        ProviderError {
            kind: ErrorKind::NoSuchScope,
            message: format!(
                "no project {project} that this token reaches: {}",
                error.message
            ),
            hint: Some(hint),
            ..error
        }
    }
}

/// A name that may be put into a path; what an answer says is no more trusted than what a person types.
fn checked(operation: &'static str, name: String) -> Result<String, ProviderError> {
    if id::is_name(&name) {
        return Ok(name);
    }
    Err(trouble(
        operation,
        ErrorKind::Malformed,
        "answered with a name that is none",
    ))
}
