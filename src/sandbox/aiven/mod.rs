//! Aiven's API, as far as a service's additional backup regions go, and the calls beside it that would do harm.
//!
//! Routing, the token, and the hooks of the [`Api`] trait are here; `service` holds the state, `update` the PUT, `body` the
//! JSON with its fake secrets.

mod answer;
mod body;
mod change;
mod put;
mod routes;
mod schema;
mod service;
#[cfg(test)]
mod tests;
mod update;

use std::collections::BTreeSet;
use std::time::Duration;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::exchange::{self, Answer, Api, Incoming};
use super::rest::{self, Faults};
use super::seed::Seed;
use answer::{Refusal, refused, render};
use put::Put;
use service::{Service, copies_of};

pub use body::SECRET;

/// The provider-specific faults. A value names the one service that is meant (`kept=orders-pg`), or the one project
/// (`not-a-member=acme-staging`, `services-denied=…`, `services-error=…`), gives a lag its length, or switches the fault
/// `off`.
pub const FAULTS: &[&str] = &[
    "answer-lists-region",
    "auth-403",
    "backups-denied",
    "backups-error",
    "deny-update",
    "drift",
    "error-200",
    "error-200-after",
    "error-200-read",
    "html-408",
    "html-408-after",
    "kept",
    "lag-backups",
    "limit-many",
    "limit-one",
    "not-a-member",
    "organizations-denied",
    "put-twice-400",
    "retry-after",
    "services-denied",
    "services-error",
];

/// The region that the fault `drift` adds between two reads.
pub const DRIFT_REGION: &str = "aws-ap-southeast-2";

/// A service to start with that has no additional region, and so no seed to come from.
#[derive(Debug, Clone)]
pub struct ServiceSeed {
    /// Its project.
    pub project: String,
    /// Its name.
    pub name: String,
    /// `pg`, `mysql`, …
    pub service_type: String,
    /// Such as `business-4`.
    pub plan: String,
    /// Such as `aws-eu-west-1`.
    pub cloud_name: String,
    /// `RUNNING`, `POWEROFF`, `REBALANCING`, `REBUILDING`.
    pub state: String,
    /// The service that it is a read replica of; a replica has no backups.
    pub read_replica_of: Option<String>,
    /// Its primary backups, as in the seeds' attribute of that name.
    pub primary_backups: Value,
    /// Its settings.
    pub user_config: serde_json::Map<String, Value>,
}

/// The API with its state.
#[derive(Debug)]
pub struct Aiven {
    services: Vec<Service>,
    projects: BTreeSet<String>,
    deleted: Vec<String>,
    faults: Faults,
    lag: Duration,
    token: String,
    started_at: Timestamp,
}

impl Aiven {
    /// The services that these regions belong to; seeds of other providers are passed over. `lag` is how long the backups
    /// still list a region that has left the service.
    #[must_use]
    pub fn new(seeds: Vec<Seed>, lag: Duration, now: Timestamp, token: String) -> Self {
        let mut services = Vec::new();
        for seed in seeds.into_iter().filter(|seed| seed.provider == "aiven") {
            // An id that is none cannot be served; a seed is data, so it is no reason to stop either.
            change::add(&mut services, &seed, now).unwrap_or_default();
        }
        let mut aiven = Self {
            services,
            projects: BTreeSet::new(),
            deleted: Vec::new(),
            faults: Faults::default(),
            lag,
            token,
            started_at: now,
        };
        aiven.know_projects();
        aiven
    }

    /// Adds services that have no additional region.
    #[must_use]
    pub fn with_services(mut self, services: Vec<ServiceSeed>) -> Self {
        for seed in services {
            let mut service = Service::new(
                &seed.project,
                &seed.name,
                change::a_year_before(self.started_at),
            );
            service.type_ = seed.service_type;
            service.plan = seed.plan;
            service.cloud = seed.cloud_name;
            service.state = seed.state;
            service.read_replica_of = seed.read_replica_of;
            service.primary = copies_of(&seed.primary_backups);
            service.user_config = seed.user_config;
            service.follow_setting(self.started_at);
            self.services.push(service);
        }
        self.know_projects();
        self
    }

    /// A project stays when its last service is deleted.
    fn know_projects(&mut self) {
        self.projects
            .extend(self.services.iter().map(|service| service.project.clone()));
    }

    fn outcome(&mut self, request: &Incoming, now: Timestamp) -> Put {
        let segments = rest::segments(&request.path).unwrap_or_default();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if let Err(refusal) = self.admit(request, &segments) {
            return Put::Body(Err(refusal));
        }
        if let ("PUT", ["v1", "project", project, "service", name]) =
            (request.method.as_str(), segments.as_slice())
        {
            return self.put(project, name, request, now);
        }
        Put::Body(self.call(request, &segments, now))
    }

    /// The token, and that the project is one of its own: a wrong one is forbidden, not absent.
    fn admit(&self, request: &Incoming, segments: &[&str]) -> Result<(), Refusal> {
        if rest::token(request, &["Bearer", "aivenv1"]) != Some(self.token.as_str()) {
            return Err(if self.faults.on("auth-403") {
                refused(StatusCode::FORBIDDEN, "Invalid token")
            } else {
                unauthorized()
            });
        }
        match segments {
            // A project can be listed and still be closed to the token.
            ["v1", "project", project, ..]
                if !self.projects.contains(*project)
                    || self.faults.on_for("not-a-member", &[project]) =>
            {
                Err(refused(StatusCode::FORBIDDEN, "Not a project member"))
            }
            _ => Ok(()),
        }
    }
}

impl Api for Aiven {
    fn name(&self) -> &'static str {
        "aiven"
    }

    fn owns(&self, request: &Incoming) -> bool {
        request.path.starts_with("/v1/")
    }

    fn mutates(&self, request: &Incoming) -> bool {
        request.method != Method::GET && request.method != Method::HEAD
    }

    /// The limit counts by token, whatever is asked for.
    fn limit(&self, _request: &Incoming) -> String {
        "token".to_owned()
    }

    fn throttled(&self, _request: &Incoming, wait: u64) -> Answer {
        let mut answer = render(&Err(refused(
            StatusCode::TOO_MANY_REQUESTS,
            format!("Request denied: Rate limit 120 exceeded - try again in {wait}s"),
        )));
        if self.faults.on("retry-after") {
            answer.headers.push(("retry-after", wait.to_string()));
        }
        answer
    }

    fn broken(&self, _request: &Incoming, status: StatusCode) -> Answer {
        render(&Err(refused(status, "An unexpected error occurred")))
    }

    fn answer(&mut self, request: &Incoming, now: Timestamp) -> Answer {
        match self.outcome(request, now) {
            Put::Body(outcome) => render(&outcome),
            Put::Raw(answer) => answer,
        }
    }

    fn state(&mut self, _now: Timestamp) -> Value {
        json!({
            "projects": self.projects,
            "services": self.services.iter().map(Service::to_json).collect::<Vec<_>>(),
            "deleted_services": self.deleted,
        })
    }

    fn fault(&mut self, kind: &str, value: Option<&str>) -> bool {
        self.faults.switch(FAULTS, &[], kind, value)
    }

    fn fault_kinds(&self) -> &'static [&'static str] {
        FAULTS
    }

    fn clear_faults(&mut self) {
        self.faults.clear();
    }

    fn refused(&self, _request: &Incoming, refusal: exchange::Refusal) -> Answer {
        render(&Err(match refusal {
            exchange::Refusal::Unauthorized => unauthorized(),
            exchange::Refusal::Forbidden => forbidden(),
            exchange::Refusal::NotFound => refused(StatusCode::NOT_FOUND, "Service does not exist"),
            exchange::Refusal::Conflict => refused(
                StatusCode::CONFLICT,
                "Service is being modified by another request",
            ),
        }))
    }

    fn change(&mut self, change: &Value, now: Timestamp) -> Result<(), String> {
        change::apply(&mut self.services, change, now)?;
        self.know_projects();
        Ok(())
    }
}

fn unauthorized() -> Refusal {
    refused(StatusCode::UNAUTHORIZED, "Authentication failed")
}

fn forbidden() -> Refusal {
    refused(
        StatusCode::FORBIDDEN,
        "You do not have permission to perform this operation",
    )
}
