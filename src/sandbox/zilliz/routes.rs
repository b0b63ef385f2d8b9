//! Zilliz' routes, those included that a wrong id could lead to.

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::exchange::Incoming;
use super::super::rest;
use super::answer::{
    BAD_PROJECT, ILLEGAL_TOKEN, NO_CLUSTER, NO_LIST_PERMISSION, Outcome, no_route, refused,
};
use super::organization::{Cluster, Project};
use super::{Zilliz, backup, illegal_key, list};

impl Zilliz {
    pub(super) fn outcome(&mut self, request: &Incoming, now: Timestamp) -> Outcome {
        if rest::token(request, &["Bearer"]) != Some(self.key.as_str()) {
            return Err(if self.faults.on("auth-200") {
                refused(ILLEGAL_TOKEN, "The token is illegal")
            } else {
                illegal_key()
            });
        }
        self.settle(now);
        let segments = rest::segments(&request.path).ok_or_else(no_route)?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let body = rest::object(request).unwrap_or_default();
        if request.method == Method::GET
            && let Some(listed) = self.list(request, &segments, now)
        {
            return listed;
        }
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["v2", "clusters", id]) => self.cluster(id),
            ("DELETE", ["v2", "clusters", id, "drop"]) => {
                let name = backup::live(&self.organization, id)?.name.clone();
                self.organization.drop_cluster(id, now);
                Ok(
                    json!({"clusterId": id, "prompt": format!("The cluster {name} has been deleted.")}),
                )
            }
            (
                "POST",
                [
                    "v2",
                    "clusters",
                    id,
                    action @ ("suspend" | "resume" | "modify"),
                ],
            ) => {
                backup::live(&self.organization, id)?;
                Ok(self.act(id, action))
            }
            ("GET", ["v2", "clusters", id, "backups", "policy"]) => {
                backup::policy(&self.organization, id)
            }
            ("POST", ["v2", "clusters", id, "backups", "policy"]) => {
                backup::set_policy(&mut self.organization, id, &body)
            }
            ("DELETE", ["v2", "clusters", id, "backups", "policy"]) => {
                let mut off = serde_json::Map::new();
                off.insert("enabled".to_owned(), json!(false));
                backup::set_policy(&mut self.organization, id, &off)
            }
            ("POST", ["v2", "clusters", id, "backups", "create"]) => {
                backup::create(&mut self.organization, id, &body, now)
            }
            ("GET", ["v2", "clusters", cluster, "backups", id]) => {
                backup::describe(&self.organization, &self.faults, cluster, id)
            }
            ("DELETE", ["v2", "clusters", cluster, "backups", id]) => {
                backup::delete(&mut self.organization, &self.faults, cluster, id, now)
            }
            _ => Err(no_route()),
        }
    }

    /// One cluster. A key that does not see its project is told that there is none, or that it may not.
    fn cluster(&self, id: &str) -> Outcome {
        let cluster = backup::live(&self.organization, id);
        let project = self
            .organization
            .cluster(id)
            .map(|cluster| &cluster.project);
        if !project.is_some_and(|project| self.organization.hides(&self.faults, project)) {
            return cluster.map(Cluster::to_json);
        }
        Err(if self.faults.on("clusters-hidden") {
            refused(
                NO_LIST_PERMISSION,
                "You have no permission for this operation",
            )
        } else {
            refused(NO_CLUSTER, format!("The cluster {id} does not exist"))
        })
    }

    /// The calls that read more than one cluster's things; `None` when the path is none of them.
    pub(super) fn list(
        &self,
        request: &Incoming,
        segments: &[&str],
        now: Timestamp,
    ) -> Option<Outcome> {
        let ["v2", what, rest @ ..] = segments else {
            return None;
        };
        if let ("projects", [id]) = (*what, rest) {
            let found = self
                .organization
                .projects
                .iter()
                .find(|project| project.id == *id);
            return Some(
                found
                    .map(Project::to_json)
                    .ok_or_else(|| refused(BAD_PROJECT, format!("Invalid projectId {id}"))),
            );
        }
        if !rest.is_empty() {
            return None;
        }
        let denied = match *what {
            "projects" => "projects-denied",
            "clusters" => "clusters-denied",
            "backups" => "list-denied",
            "clouds" | "regions" => "",
            _ => return None,
        };
        if self.faults.on(denied) {
            return Some(Err(refused(
                NO_LIST_PERMISSION,
                "You have no permission for this operation",
            )));
        }
        Some(match *what {
            "projects" => Ok(self
                .organization
                .projects
                .iter()
                .filter(|project| {
                    let names = [project.id.as_str(), project.name.as_str()];
                    !self.faults.on_for("project-hidden", &names)
                })
                .map(Project::to_json)
                .collect()),
            "clusters" => list::clusters(&self.organization, &self.faults, request),
            "backups" => list::backups(&self.organization, &self.faults, request, self.lag, now),
            "clouds" => Ok(json!([
                {"cloudId": "aws", "description": "Amazon Web Services"},
                {"cloudId": "gcp", "description": "Google Cloud Platform"},
                {"cloudId": "azure", "description": "Microsoft Azure"},
            ])),
            _ => Ok(json!([
                {"cloudId": "aws", "regionId": "aws-eu-central-1", "domain": "aws-eu-central-1.vectordb.zillizcloud.com"},
                {"cloudId": "aws", "regionId": "aws-us-west-2", "domain": "aws-us-west-2.vectordb.zillizcloud.com"},
            ])),
        })
    }

    pub(super) fn act(&mut self, id: &str, action: &str) -> Value {
        if let Some(cluster) = self.organization.cluster_mut(id) {
            match action {
                "suspend" => cluster.status = Some("SUSPENDED".to_owned()),
                "resume" => cluster.status = Some("RUNNING".to_owned()),
                _ => cluster.status = Some("MODIFYING".to_owned()),
            }
        }
        json!({"clusterId": id, "prompt": "Submitted."})
    }
}
