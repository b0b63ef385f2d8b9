//! Everything in the scope: the regions of the services of every project, several services at once.
//!
//! Listing a project's services tells their regions, and asking each service for its backups tells what these hold; so a
//! service is left out before it costs a call. Where it was allowed, what cannot be read is left out and told.

use std::sync::{
    Arc, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use super::{
    Aiven,
    api::{Tries, trouble},
    backup,
    find::Look,
    notes,
    wire::Service,
};
use crate::{
    backup::{Backup, Scope},
    provider::{ErrorKind, Narrow, Progress, ProviderError, Seen, Survey, Unread, Wants},
};

/// Projects and services that are read at once. The limiter sets the pace; this hides the answers' time.
const AT_ONCE: usize = 8;

/// One service to be read.
struct Job {
    project: String,
    service: Service,
    scope: Arc<Scope>,
}

/// A service as it was read, or why it is left out.
enum Outcome {
    Read(Box<Look>),
    /// It was deleted meanwhile.
    Gone,
    Unread(Unread),
}

impl Aiven {
    pub(super) async fn survey_scope(
        &self,
        wants: &Wants,
        progress: Progress<'_>,
    ) -> Result<Survey, ProviderError> {
        let mut survey = Survey::default();
        let jobs = self.jobs(wants, &mut survey.unread).await?;
        let scopes = jobs.len();
        let (done, backups) = (AtomicUsize::new(0), AtomicUsize::new(0));
        progress(Seen {
            scopes,
            ..Seen::default()
        });
        let read: Vec<(Job, Outcome)> = stream::iter(jobs)
            .map(|job| {
                let (done, backups) = (&done, &backups);
                async move {
                    let outcome = self
                        .read_service(&job, wants.skip_unreadable)
                        .await
                        .map_err(|error| error.of_one_among(scopes))?;
                    let more = match &outcome {
                        Outcome::Read(_) => self.regions_wanted(&job.service).count(),
                        Outcome::Gone | Outcome::Unread(_) => 0,
                    };
                    let before = backups.fetch_add(more, Ordering::Relaxed);
                    progress(Seen {
                        scopes_done: done.fetch_add(1, Ordering::Relaxed).saturating_add(1),
                        scopes,
                        backups: before.saturating_add(more),
                    });
                    Ok::<_, ProviderError>((job, outcome))
                }
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        // At this pace the first service was read minutes ago. A census that follows is to rest on what was chosen from.
        let at = Instant::now();
        let mut partly = Vec::new();
        for (job, outcome) in read {
            match outcome {
                Outcome::Read(look) => {
                    survey.backups.extend(self.backups_of(&job, &look));
                    if !look.holdings.complete {
                        partly.push(job.scope.name().to_owned());
                    }
                    let total = u64::try_from(look.service.regions().len()).unwrap_or(u64::MAX);
                    // A service's only region is one backup like any other, as where it is named.
                    if total > 1 {
                        survey.totals.insert(Arc::clone(&job.scope), total);
                    }
                    let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.insert(job.scope.name().to_owned(), (at, *look));
                }
                Outcome::Gone => {}
                Outcome::Unread(unread) => survey.unread.push(unread),
            }
        }
        survey.notes.extend(self.notes.iter().cloned());
        survey.notes.extend(notes::listed(&partly));
        Ok(survey)
    }

    /// The services that are to be read.
    async fn jobs(
        &self,
        wants: &Wants,
        unread: &mut Vec<Unread>,
    ) -> Result<Vec<Job>, ProviderError> {
        let projects = if self.projects.is_empty() {
            self.reachable_projects().await?
        } else {
            self.projects.clone()
        };
        let scopes = projects.len();
        let lists: Vec<(String, Result<Vec<Service>, ProviderError>)> = stream::iter(projects)
            .map(|project| async move {
                let services = self.services_of(&project).await;
                (project, services)
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        let mut names = Vec::new();
        let mut jobs = Vec::new();
        for (project, services) in lists {
            match services {
                Ok(services) => {
                    names.extend(services.iter().map(|service| service.name.clone()));
                    let wanted = services
                        .into_iter()
                        .filter(|service| self.wants(&service.name))
                        .filter(|service| self.regions_wanted(service).next().is_some());
                    for service in wanted {
                        let scope = backup::scope(&project, &service.name);
                        if fits(&wants.narrow, &service, &scope) {
                            jobs.push(Job {
                                project: project.clone(),
                                service,
                                scope,
                            });
                        }
                    }
                }
                Err(error) => unread.push(
                    unread_or(error, &project, wants.skip_unreadable)
                        .map_err(|error| error.of_one_among(scopes))?,
                ),
            }
        }
        self.check_names(&names).map_err(|error| {
            // It may be in what could not be read.
            let Some(first) = unread.first() else {
                return error;
            };
            let what = format!("{}, and {} could not be read", error.message, first.scope);
            trouble("ServiceList", ErrorKind::Incomplete, what)
                .with_hint("name the project of the service with --project")
        })?;
        Ok(jobs)
    }

    async fn read_service(&self, job: &Job, skip: bool) -> Result<Outcome, ProviderError> {
        let Job {
            project, service, ..
        } = job;
        let holdings = match self.holdings(Tries::Repeated, project, service).await {
            Err(error) if error.kind == ErrorKind::NotFound => {
                match self.service(Tries::Repeated, project, &service.name).await {
                    Ok(None) => return Ok(Outcome::Gone),
                    Ok(Some(_)) => Err(error),
                    Err(error) => Err(error),
                }
            }
            holdings => holdings,
        };
        match holdings {
            Ok(holdings) => Ok(Outcome::Read(Box::new(Look {
                service: service.clone(),
                holdings,
            }))),
            Err(error) => unread_or(error, job.scope.name(), skip).map(Outcome::Unread),
        }
    }

    fn backups_of(&self, job: &Job, look: &Look) -> Vec<Backup> {
        let Look { service, holdings } = look;
        self.regions_wanted(service)
            .map(|region| backup::backup(&job.project, service, holdings, region, &job.scope))
            .collect()
    }

    fn regions_wanted<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a String> {
        service
            .regions()
            .iter()
            .filter(|region| self.regions.is_empty() || self.regions.contains(region))
    }
}

/// Whether a service can hold what is looked for. Its type and its name are those of all its regions.
fn fits(narrow: &Narrow, service: &Service, scope: &Scope) -> bool {
    let kind = narrow.kind.as_deref();
    let resource = narrow.resource.as_deref();
    kind.is_none_or(|kind| kind.eq_ignore_ascii_case(&service.kind))
        && resource.is_none_or(|resource| resource == scope.name())
}

/// What could not be read, where it may be left out; else the error, which names it.
fn unread_or(error: ProviderError, scope: &str, skip: bool) -> Result<Unread, ProviderError> {
    let of_scope = is_of_scope(error.kind);
    if skip && of_scope {
        return Ok(Unread {
            scope: scope.to_owned(),
            why: error.to_string(),
        });
    }
    Err(if of_scope {
        ProviderError {
            message: format!("{scope}: {}", error.message),
            ..error
        }
    } else {
        error
    })
}

/// Whether such an error is about one project or service. Others would meet every one: a wrong token, no network; or are a
/// wrong name.
fn is_of_scope(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Permission
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Protected
        | ErrorKind::Refused
        | ErrorKind::Kept
        | ErrorKind::Throttled
        | ErrorKind::Server
        | ErrorKind::Timeout
        | ErrorKind::Malformed
        | ErrorKind::Incomplete => true,
        ErrorKind::Credentials
        | ErrorKind::NoSuchScope
        | ErrorKind::Network
        | ErrorKind::Certificate
        | ErrorKind::Drift
        | ErrorKind::Guard
        | ErrorKind::Gate
        | ErrorKind::Rehearsed
        | ErrorKind::Setup
        | ErrorKind::Interrupted => false,
    }
}
