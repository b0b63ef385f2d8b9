//! Zilliz Cloud's control plane, as far as backups go, and the routes beside it that would do harm.
//!
//! Routing, the key, and the hooks of the [`Api`] trait are here; `organization` holds the state, `list` and `backup` the
//! calls, `answer` the envelope and its codes.

mod answer;
mod backup;
mod change;
mod list;
mod organization;
mod routes;
#[cfg(test)]
mod tests;

use std::time::Duration;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::exchange::{self, Answer, Api, Incoming};
use super::rest::{self, Faults};
use super::seed::Seed;
use answer::{
    BUSY, ILLEGAL_KEY, NO_BACKUP, NO_PERMISSION, Refusal, TOO_MANY, refused, refused_with, render,
};
use organization::{Backup, Cluster, Organization, default_policy};

/// The provider-specific faults. A value names the one backup that is meant (`kept=BACKUP_ID`, `code=N@BACKUP_ID`), or
/// switches the fault `off`. `clusters-hidden` and `project-hidden` take a project: the two ways in which the lists of a
/// restricted key could look.
pub const FAULTS: &[&str] = &[
    "auth-200",
    "clusters-denied",
    "clusters-hidden",
    "code",
    "code-after",
    "data-empty",
    "data-other",
    "deny-delete",
    "describe-deleted",
    "describe-denied",
    "empty-expire",
    "kept",
    "lag-list",
    "list-data-null",
    "list-denied",
    "not-found-404",
    "not-found-code",
    "orphan-96018",
    "project-hidden",
    "projects-denied",
    "rate-limit-200",
    "repeat-page",
    "retry-after",
    "shift-page",
    "short-page",
    "success-200",
    "twice-ok",
    "wrong-count",
];

/// Those of them that need a number.
const NUMBERS: &[&str] = &["code", "code-after", "not-found-code"];

/// A cluster to start with that has no backups, and so no seed to come from.
#[derive(Debug, Clone)]
pub struct ClusterSeed {
    /// Such as `in01-3f9a1c7be2d4650`.
    pub id: String,
    /// Its display name.
    pub name: String,
    /// Its project's id.
    pub project: String,
    /// Its project's name.
    pub project_name: String,
    /// Such as `aws-eu-central-1`.
    pub region: String,
    /// `Free`, `Serverless`, `Standard`, `Enterprise`.
    pub plan: String,
    /// `RUNNING`, `SUSPENDED`, `DELETED`, …
    pub status: String,
}

/// The API with its state.
#[derive(Debug)]
pub struct Zilliz {
    organization: Organization,
    faults: Faults,
    lag: Duration,
    key: String,
    requests: u64,
}

impl Zilliz {
    /// An organisation with these backups; seeds of other providers are passed over. `lag` is how long a new backup is
    /// CREATING, and what `lag-list` lasts.
    #[must_use]
    pub fn new(seeds: Vec<Seed>, lag: Duration, _now: Timestamp, key: String) -> Self {
        let mut organization = Organization::default();
        for seed in seeds.into_iter().filter(|seed| seed.provider == "zilliz") {
            // An id that is none cannot be served; a seed is data, so it is no reason to stop either.
            organization.add(&seed).unwrap_or_default();
        }
        Self {
            organization,
            faults: Faults::default(),
            lag,
            key,
            requests: 0,
        }
    }

    /// Adds clusters that have no backups.
    #[must_use]
    pub fn with_clusters(mut self, clusters: Vec<ClusterSeed>) -> Self {
        for cluster in clusters {
            self.organization
                .add_project(&cluster.project, Some(&cluster.project_name));
            self.organization.add_cluster(Cluster {
                id: cluster.id,
                name: cluster.name,
                project: cluster.project,
                region: cluster.region,
                plan: cluster.plan,
                status: Some(cluster.status),
                policy: default_policy(),
            });
        }
        self
    }

    fn request_id(&mut self, now: Timestamp) -> String {
        self.requests = self.requests.saturating_add(1);
        format!(
            "{:016x}{:016x}",
            now.as_millisecond(),
            self.requests.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        )
    }

    /// A backup that was started through the API is done once the lag has passed; one that a seed calls CREATING stays so.
    fn settle(&mut self, now: Timestamp) {
        for backup in &mut self.organization.backups {
            if backup.status == "CREATING"
                && backup.id.starts_with("backup-sandbox-")
                && backup
                    .created_at
                    .is_some_and(|created| !rest::within(created, now, self.lag))
            {
                "AVAILABLE".clone_into(&mut backup.status);
                backup.size = 1_048_576;
            }
        }
    }
}

impl Api for Zilliz {
    fn name(&self) -> &'static str {
        "zilliz"
    }

    fn owns(&self, request: &Incoming) -> bool {
        request.path.starts_with("/v2/")
    }

    fn mutates(&self, request: &Incoming) -> bool {
        request.method != Method::GET && request.method != Method::HEAD
    }

    /// The limit counts by user and API, so by method and route.
    fn limit(&self, request: &Incoming) -> String {
        let segments = rest::segments(&request.path).unwrap_or_default();
        let route: Vec<&str> = segments
            .iter()
            .enumerate()
            .map(|(place, segment)| match (place, segment.as_str()) {
                (2, _) => "{id}",
                (4, segment) if segment != "policy" && segment != "create" => "{backup}",
                (_, segment) => segment,
            })
            .collect();
        format!("{} /{}", request.method, route.join("/"))
    }

    fn throttled(&self, _request: &Incoming, wait: u64) -> Answer {
        let message = "Request was denied due to rate limit exceeded";
        let refusal = if self.faults.on("rate-limit-200") {
            refused(TOO_MANY, message)
        } else {
            refused_with(StatusCode::TOO_MANY_REQUESTS, TOO_MANY, message)
        };
        let mut answer = render(&Err(refusal), 0, format!("{:032x}", self.requests));
        if self.faults.on("retry-after") {
            answer.headers.push(("retry-after", wait.to_string()));
        }
        answer
    }

    fn broken(&self, _request: &Incoming, status: StatusCode) -> Answer {
        let refusal = refused_with(status, i64::from(status.as_u16()), "Internal server error");
        render(&Err(refusal), 0, format!("{:032x}", self.requests))
    }

    fn answer(&mut self, request: &Incoming, now: Timestamp) -> Answer {
        let id = self.request_id(now);
        let outcome = self.outcome(request, now);
        let success = if self.faults.on("success-200") {
            200
        } else {
            0
        };
        render(&outcome, success, id)
    }

    fn state(&mut self, now: Timestamp) -> Value {
        self.settle(now);
        self.organization.to_json()
    }

    fn fault(&mut self, kind: &str, value: Option<&str>) -> bool {
        self.faults.switch(FAULTS, NUMBERS, kind, value)
    }

    fn fault_kinds(&self) -> &'static [&'static str] {
        FAULTS
    }

    fn clear_faults(&mut self) {
        self.faults.clear();
    }

    fn refused(&self, _request: &Incoming, refusal: exchange::Refusal) -> Answer {
        let refusal = match refusal {
            exchange::Refusal::Unauthorized => illegal_key(),
            exchange::Refusal::Forbidden => {
                refused(NO_PERMISSION, "You have no permission for this operation")
            }
            exchange::Refusal::NotFound => refused(NO_BACKUP, "The backup does not exist"),
            exchange::Refusal::Conflict => refused(BUSY, "Another operation is in progress"),
        };
        render(&Err(refusal), 0, format!("{:032x}", self.requests))
    }

    fn change(&mut self, change: &Value, _now: Timestamp) -> Result<(), String> {
        change::apply(&mut self.organization, change)
    }
}

fn illegal_key() -> Refusal {
    refused_with(
        StatusCode::UNAUTHORIZED,
        ILLEGAL_KEY,
        "The apikey is illegal",
    )
}

/// Whether a text can be an id at all. `drop`, `policy` and `create` can: the real routes do not keep them apart either.
fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// How a backup without an expiry is shown is not documented: null, or through a fault an empty text.
fn expiry(faults: &Faults, backup: &Backup, mut body: Value) -> Value {
    if faults.on("empty-expire")
        && backup.expires_at.is_none()
        && let Some(body) = body.as_object_mut()
    {
        body.insert("expireTime".to_owned(), json!(""));
    }
    body
}
