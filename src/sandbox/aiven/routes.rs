//! Aiven's routes, but for the PUT on a service, which is in `put`.

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::exchange::Incoming;
use super::super::rest;
use super::answer::{Outcome, Refusal, bad_body, no_route, refused};
use super::service::{self, Service};
use super::{Aiven, DRIFT_REGION, body, forbidden, schema, update};

impl Aiven {
    pub(super) fn call(
        &mut self,
        request: &Incoming,
        segments: &[&str],
        now: Timestamp,
    ) -> Outcome {
        if request.method == Method::GET && self.faults.on("error-200-read") {
            return Ok(json!({"error": "Internal error, please try again"}));
        }
        match (request.method.as_str(), segments) {
            ("GET", ["v1", "me"]) => Ok(json!({"user": {
                "user": "sandbox@example.com",
                "user_id": "u2f0a1c9d8e7b",
                "real_name": "Sandbox User",
                "state": "active",
                "auth": ["password"],
                "create_time": "2025-02-03T09:00:00Z",
                "token_validity_begin": "2025-02-03T09:00:00Z",
                "projects": self.projects,
            }})),
            ("GET", ["v1", "organizations"]) => {
                if self.faults.on("organizations-denied") {
                    return Err(forbidden());
                }
                Ok(json!({"organizations": [{
                    "account_id": "a4b2c0d1e9f8",
                    "create_time": "2025-02-03T09:00:00Z",
                    "organization_id": "org4b2c0d1e9f8",
                    "organization_name": "Acme",
                    "tier": "business",
                    "update_time": "2025-02-03T09:00:00Z",
                }]}))
            }
            ("GET", ["v1", "project"]) => {
                let projects: Vec<Value> = self.projects.iter().map(|name| project(name)).collect();
                let membership: serde_json::Map<String, Value> = self
                    .projects
                    .iter()
                    .map(|name| (name.clone(), json!("admin")))
                    .collect();
                Ok(json!({"projects": projects, "project_membership": membership}))
            }
            ("GET", ["v1", "project", name]) => Ok(json!({"project": project(name)})),
            ("GET", ["v1", "clouds"] | ["v1", "project", _, "clouds"]) => Ok(json!({"clouds": []})),
            ("GET", ["v1", "service_versions"]) => Ok(json!({"service_versions": []})),
            ("GET", ["v1", "project", _, "vpcs"]) => Ok(json!({"vpcs": []})),
            ("GET", ["v1", "project", _, "service_types"] | ["v1", "service_types"]) => {
                Ok(schema::service_types())
            }
            ("GET", ["v1", "project", _, "service-types", name]) => schema::service_type(name)
                .ok_or_else(|| refused(StatusCode::NOT_FOUND, "Service type does not exist")),
            ("GET", ["v1", "project", project, "service"]) => {
                if self.faults.on_for("services-denied", &[project]) {
                    return Err(forbidden());
                }
                if self.faults.on_for("services-error", &[project]) {
                    return Err(failed());
                }
                let names: Vec<String> = self
                    .services
                    .iter()
                    .filter(|service| service.project == *project)
                    .map(|service| service.name.clone())
                    .collect();
                let services: Result<Vec<Value>, Refusal> = names
                    .iter()
                    .map(|name| self.read(project, name, now))
                    .collect();
                Ok(json!({"services": services?}))
            }
            ("POST", ["v1", "project", project, "service"]) => self.create(project, request, now),
            ("GET", ["v1", "project", project, "service", name]) => {
                Ok(json!({"service": self.read(project, name, now)?}))
            }
            ("DELETE", ["v1", "project", project, "service", name]) => {
                let place = self.position(project, name)?;
                if self
                    .services
                    .get(place)
                    .is_some_and(|service| service.termination_protection)
                {
                    return Err(update::protected());
                }
                self.services.remove(place);
                self.deleted.push(format!("{project}/{name}"));
                Ok(json!({"message": "deleted"}))
            }
            ("GET", ["v1", "project", project, "service", name, "backups"]) => {
                let full = format!("{project}/{name}");
                let denied = self.faults.on_for("backups-denied", &[name, &full]);
                let broken = self.faults.on_for("backups-error", &[name, &full]);
                let lag = self.faults.lag("lag-backups", self.lag).unwrap_or(self.lag);
                let service = self.service(project, name)?;
                if denied {
                    return Err(forbidden());
                }
                if broken {
                    return Err(failed());
                }
                Ok(body::backups(service, lag, now))
            }
            _ => Err(no_route()),
        }
    }

    /// A service as it is read. With `drift`, its second reading finds that somebody has added a region meanwhile.
    pub(super) fn read(&mut self, project: &str, name: &str, now: Timestamp) -> Outcome {
        let drift = self.faults.on_for("drift", &[name]);
        let service = self.service(project, name)?;
        service.reads = service.reads.saturating_add(1);
        if drift && service.reads >= 2 {
            let mut listed = service.listed();
            if !listed.iter().any(|region| region == DRIFT_REGION) {
                listed.push(DRIFT_REGION.to_owned());
                service
                    .user_config
                    .insert(service::REGIONS.to_owned(), json!(listed));
                service.follow_setting(now);
            }
        }
        Ok(body::service(service))
    }

    pub(super) fn create(&mut self, project: &str, request: &Incoming, now: Timestamp) -> Outcome {
        let body = rest::object(request).ok_or_else(bad_body)?;
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        let name = text("service_name").ok_or_else(bad_body)?;
        if self.position(project, name).is_ok() {
            return Err(refused(StatusCode::CONFLICT, "Service already exists"));
        }
        let mut service = Service::new(project, name, now);
        if let Some(type_) = text("service_type") {
            type_.clone_into(&mut service.type_);
        }
        "REBUILDING".clone_into(&mut service.state);
        let answer = json!({"service": body::service(&service)});
        self.services.push(service);
        Ok(answer)
    }

    pub(super) fn position(&self, project: &str, name: &str) -> Result<usize, Refusal> {
        self.services
            .iter()
            .position(|service| service.project == project && service.name == name)
            .ok_or_else(|| {
                refused(
                    StatusCode::NOT_FOUND,
                    format!("Service {name} does not exist"),
                )
            })
    }

    pub(super) fn service(&mut self, project: &str, name: &str) -> Result<&mut Service, Refusal> {
        let place = self.position(project, name)?;
        self.services.get_mut(place).ok_or_else(no_route)
    }
}

fn failed() -> Refusal {
    refused(
        StatusCode::INTERNAL_SERVER_ERROR,
        "An unexpected error occurred",
    )
}

fn project(name: &str) -> Value {
    json!({
        "project_name": name,
        "default_cloud": "aws-eu-west-1",
        "account_id": "a4b2c0d1e9f8",
        "account_name": "Acme",
        "billing_currency": "EUR",
        "billing_address": "",
        "billing_extra_text": null,
        "country_code": "DE",
        "estimated_balance": "0.00",
        "tags": {},
        "vat_id": "",
    })
}
