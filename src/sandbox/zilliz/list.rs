//! Zilliz' lists: which filters they take and refuse, how they page, and the ways in which paging can go wrong.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::exchange::Incoming;
use super::super::rest::{Faults, parameter, within};
use super::answer::{
    BAD_CLUSTER_FILTER, BAD_CURRENT_PAGE, BAD_METHOD, BAD_PAGE_SIZE, BAD_PROJECT, BAD_RANGE,
    BAD_TIME, BAD_TYPE, NO_CLUSTER, Outcome, Refusal, refused,
};
use super::is_id;
use super::organization::{Backup, Organization};

struct Page {
    size: usize,
    current: usize,
}

impl Page {
    fn read(request: &Incoming) -> Result<Self, Refusal> {
        let size = match parameter(request, "pageSize") {
            None => 10,
            Some(text) => text
                .parse()
                .ok()
                .filter(|size| (1..=100).contains(size))
                .ok_or_else(|| refused(BAD_PAGE_SIZE, "The pageSize must be between 1 and 100"))?,
        };
        let current = match parameter(request, "currentPage") {
            None => 1,
            Some(text) => text
                .parse()
                .ok()
                .filter(|current| *current >= 1)
                .ok_or_else(|| refused(BAD_CURRENT_PAGE, "The currentPage must be at least 1"))?,
        };
        Ok(Self { size, current })
    }

    fn of(&self, rows: &[Value], name: &str, faults: &Faults) -> Value {
        let mut count = rows.len();
        let read = if faults.on("repeat-page") {
            1
        } else {
            self.current
        };
        let mut start = read.saturating_sub(1).saturating_mul(self.size);
        if faults.on("shift-page") && self.current > 1 {
            // Somebody deleted an entry of an earlier page: everything moves up by one and this page starts one late.
            start = start.saturating_add(1);
            count = count.saturating_sub(1);
        }
        let mut page: Vec<&Value> = rows.iter().skip(start).take(self.size).collect();
        if faults.on("short-page") {
            page.pop();
        }
        if faults.on("wrong-count") {
            count = count.saturating_add(1);
        }
        json!({"count": count, "currentPage": self.current, "pageSize": self.size, name: page})
    }
}

/// `GET /v2/clusters`.
pub(super) fn clusters(
    organization: &Organization,
    faults: &Faults,
    request: &Incoming,
) -> Outcome {
    let page = Page::read(request)?;
    let rows: Vec<Value> = organization
        .clusters
        .iter()
        .filter(|cluster| cluster.status.is_some())
        .filter(|cluster| !organization.hides(faults, &cluster.project))
        .map(super::organization::Cluster::to_json)
        .collect();
    Ok(page.of(&rows, "clusters", faults))
}

/// `GET /v2/backups`, over the whole organisation.
pub(super) fn backups(
    organization: &Organization,
    faults: &Faults,
    request: &Incoming,
    lag: Duration,
    now: Timestamp,
) -> Outcome {
    let page = Page::read(request)?;
    if faults.on("list-data-null") {
        return Ok(Value::Null);
    }
    let filter = Filter::read(organization, faults, request)?;
    let lag = faults.lag("lag-list", lag);
    let mut found: Vec<&Backup> = organization
        .backups
        .iter()
        .filter(|backup| match backup.deleted_at {
            None => true,
            Some(deleted) => lag.is_some_and(|lag| within(deleted, now, lag)),
        })
        .filter(|backup| filter.takes(backup))
        .collect();
    found.sort_by(|one, other| (other.created_at, &one.id).cmp(&(one.created_at, &other.id)));
    let rows: Vec<Value> = found
        .into_iter()
        .map(|backup| super::expiry(faults, backup, backup.listed()))
        .collect();
    Ok(page.of(&rows, "backups", faults))
}

struct Filter {
    project: Option<String>,
    cluster: Option<String>,
    method: Option<String>,
    type_: Option<String>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Filter {
    fn read(
        organization: &Organization,
        faults: &Faults,
        request: &Incoming,
    ) -> Result<Self, Refusal> {
        let project = parameter(request, "projectId");
        if let Some(id) = &project
            && organization.projects.iter().all(|known| known.id != *id)
        {
            return Err(refused(BAD_PROJECT, format!("Invalid projectId {id}")));
        }
        let cluster = parameter(request, "clusterId");
        if let Some(id) = &cluster {
            if !is_id(id) {
                return Err(refused(BAD_CLUSTER_FILTER, "Invalid clusterId"));
            }
            let known = organization.cluster(id);
            let dropped = known.is_none_or(|cluster| cluster.status.is_none());
            if known.is_none() || (dropped && faults.on("orphan-96018")) {
                return Err(refused(
                    NO_CLUSTER,
                    format!("The cluster {id} does not exist"),
                ));
            }
        }
        let method = one_of(request, "creationMethod", &["MANUAL", "AUTO"], BAD_METHOD)?;
        let type_ = one_of(request, "backupType", &["CLUSTER", "COLLECTION"], BAD_TYPE)?;
        // The reference calls them by both pairs of names.
        let start = time(request, &["start", "startTime"])?;
        let end = time(request, &["end", "endTime"])?;
        if let (Some(start), Some(end)) = (start, end)
            && start > end
        {
            return Err(refused(BAD_RANGE, "The start time is after the end time"));
        }
        Ok(Self {
            project,
            cluster,
            method,
            type_,
            start,
            end,
        })
    }

    fn takes(&self, backup: &Backup) -> bool {
        let fits = |wanted: &Option<String>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        fits(&self.project, &backup.project)
            && fits(&self.cluster, &backup.cluster)
            && fits(&self.method, &backup.method)
            && fits(&self.type_, &backup.type_)
            && self
                .start
                .is_none_or(|start| backup.created_at.is_some_and(|created| created >= start))
            && self
                .end
                .is_none_or(|end| backup.created_at.is_some_and(|created| created <= end))
    }
}

fn one_of(
    request: &Incoming,
    name: &str,
    known: &[&str],
    code: i64,
) -> Result<Option<String>, Refusal> {
    match parameter(request, name) {
        Some(value) if !known.contains(&value.as_str()) => {
            Err(refused(code, format!("Invalid {name} {value}")))
        }
        value => Ok(value),
    }
}

fn time(request: &Incoming, names: &[&str]) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = names.iter().find_map(|name| parameter(request, name)) else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| refused(BAD_TIME, format!("Invalid time {text}")))
}
