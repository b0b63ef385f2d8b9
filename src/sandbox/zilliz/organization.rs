//! What one Zilliz organisation holds: projects, clusters, backups, and what dropping a cluster does to its backups.
//!
//! Backups that were deleted stay here with the time, because a fault may have the API still show them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::rest::{self, Faults};
use super::super::seed::Seed;

/// A project.
#[derive(Debug, Clone)]
pub(super) struct Project {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) plan: String,
}

/// A cluster that exists or existed.
#[derive(Debug, Clone)]
pub(super) struct Cluster {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) project: String,
    pub(super) region: String,
    pub(super) plan: String,
    /// `None` when it was dropped: no list shows it any more.
    pub(super) status: Option<String>,
    pub(super) policy: Value,
}

/// A backup.
#[derive(Debug, Clone)]
pub(super) struct Backup {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) cluster: String,
    pub(super) cluster_name: String,
    pub(super) project: String,
    pub(super) region: String,
    pub(super) type_: String,
    pub(super) method: String,
    pub(super) status: String,
    pub(super) size: u64,
    pub(super) created_at: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) collections: Value,
    pub(super) deleted_at: Option<Timestamp>,
}

/// Everything that one API key reaches.
#[derive(Debug, Default)]
pub(super) struct Organization {
    pub(super) projects: Vec<Project>,
    pub(super) clusters: Vec<Cluster>,
    pub(super) backups: Vec<Backup>,
}

impl Organization {
    /// Adds a backup, and the project and the cluster that it belongs to where they are not there yet.
    pub(super) fn add(&mut self, seed: &Seed) -> Result<(), String> {
        let (cluster, id) = seed
            .id
            .split_once('/')
            .filter(|(cluster, id)| !cluster.is_empty() && !id.is_empty())
            .ok_or_else(|| format!("{:?} is not CLUSTER/BACKUP_ID", seed.id))?;
        let project = seed.scope_text("project").unwrap_or("proj-sandbox");
        let cluster_name = seed.attribute_text("cluster_name").unwrap_or(cluster);
        let region = seed
            .attribute_text("region_id")
            // The list does not tell a backup's region; its cluster's is the next best.
            .or_else(|| seed.attribute_text("cluster_region_id"))
            .unwrap_or("aws-eu-central-1");
        let plan = seed.attribute_text("plan").unwrap_or("Enterprise");
        self.add_project(project, seed.attribute_text("project_name"));
        self.add_cluster(Cluster {
            id: cluster.to_owned(),
            name: cluster_name.to_owned(),
            project: project.to_owned(),
            region: region.to_owned(),
            plan: plan.to_owned(),
            // Absent and null differ: null says that the cluster is gone.
            status: match seed.attributes.get("cluster_status") {
                None => Some("RUNNING".to_owned()),
                Some(status) => status.as_str().map(str::to_owned),
            },
            policy: default_policy(),
        });
        self.backups
            .retain(|backup| !(backup.id == id && backup.cluster == cluster));
        self.backups.push(Backup {
            id: id.to_owned(),
            name: seed.name.clone().unwrap_or_else(|| id.to_owned()),
            cluster: cluster.to_owned(),
            cluster_name: cluster_name.to_owned(),
            project: project.to_owned(),
            region: region.to_owned(),
            type_: seed.type_.clone().unwrap_or_else(|| "CLUSTER".to_owned()),
            method: seed
                .attribute_text("creation_method")
                .unwrap_or("MANUAL")
                .to_owned(),
            status: seed
                .status
                .clone()
                .unwrap_or_else(|| "AVAILABLE".to_owned()),
            size: seed.size_bytes.unwrap_or(0),
            created_at: seed.created_at,
            expires_at: seed.expires_at,
            collections: seed
                .attribute("db_collections")
                .cloned()
                .unwrap_or_else(|| json!([])),
            deleted_at: None,
        });
        Ok(())
    }

    /// Adds a project, unless it is there.
    pub(super) fn add_project(&mut self, id: &str, name: Option<&str>) {
        if self.projects.iter().all(|project| project.id != id) {
            self.projects.push(Project {
                id: id.to_owned(),
                name: name.unwrap_or(id).to_owned(),
                plan: "Enterprise".to_owned(),
            });
        }
    }

    /// Adds a cluster, unless it is there.
    pub(super) fn add_cluster(&mut self, cluster: Cluster) {
        if self.clusters.iter().all(|known| known.id != cluster.id) {
            self.clusters.push(cluster);
        }
    }

    /// Whether a restricted key sees nothing of a project, or its clusters at least not in the list.
    pub(super) fn hides(&self, faults: &Faults, project: &str) -> bool {
        let name = self.projects.iter().find(|known| known.id == project);
        let names: Vec<&str> = name
            .map(|known| known.name.as_str())
            .into_iter()
            .chain([project])
            .collect();
        ["clusters-hidden", "project-hidden"]
            .iter()
            .any(|fault| faults.on_for(fault, &names))
    }

    /// A cluster, also one that was dropped.
    pub(super) fn cluster(&self, id: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.id == id)
    }

    /// A cluster that was not dropped, to change it.
    pub(super) fn cluster_mut(&mut self, id: &str) -> Option<&mut Cluster> {
        self.clusters
            .iter_mut()
            .find(|cluster| cluster.id == id && cluster.status.is_some())
    }

    /// A backup, also one that was deleted.
    pub(super) fn backup(&self, cluster: &str, id: &str) -> Option<&Backup> {
        self.backups
            .iter()
            .find(|backup| backup.cluster == cluster && backup.id == id)
    }

    /// A backup, to change it.
    pub(super) fn backup_mut(&mut self, cluster: &str, id: &str) -> Option<&mut Backup> {
        self.backups
            .iter_mut()
            .find(|backup| backup.cluster == cluster && backup.id == id)
    }

    /// Drops a cluster: its AUTO backups go with it, its MANUAL ones stay for ever. Answers whether it was there.
    pub(super) fn drop_cluster(&mut self, id: &str, now: Timestamp) -> bool {
        let Some(cluster) = self.cluster_mut(id) else {
            return false;
        };
        cluster.status = None;
        for backup in &mut self.backups {
            if backup.cluster == id && backup.method == "AUTO" && backup.deleted_at.is_none() {
                backup.deleted_at = Some(now);
            }
        }
        true
    }

    /// The state for people and tests.
    pub(super) fn to_json(&self) -> Value {
        let present = |backup: &&Backup| backup.deleted_at.is_none();
        json!({
            "projects": self.projects.iter().map(Project::to_json).collect::<Vec<_>>(),
            "clusters": self.clusters.iter().filter(|cluster| cluster.status.is_some()).map(|cluster| {
                let mut body = cluster.to_json();
                if let Some(body) = body.as_object_mut() {
                    body.insert("policy".to_owned(), cluster.policy.clone());
                }
                body
            }).collect::<Vec<_>>(),
            "dropped_clusters": self.clusters.iter().filter(|cluster| cluster.status.is_none()).map(|cluster| &cluster.id).collect::<Vec<_>>(),
            "backups": self.backups.iter().filter(present).map(|backup| {
                let mut body = backup.described();
                if let Some(body) = body.as_object_mut() {
                    body.insert("id".to_owned(), json!(backup.full_id()));
                }
                body
            }).collect::<Vec<_>>(),
            "deleted_backups": self.backups.iter().filter(|backup| !present(backup)).map(Backup::full_id).collect::<Vec<_>>(),
        })
    }
}

impl Project {
    /// The project as the API shows it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "projectId": self.id,
            "projectName": self.name,
            "orgType": "SAAS",
            "plan": self.plan,
            "instanceCount": 1,
            "createTime": "2025-02-03T09:00:00Z",
        })
    }
}

impl Cluster {
    /// The cluster as the API shows it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "clusterId": self.id,
            "clusterName": self.name,
            "projectId": self.project,
            "regionId": self.region,
            "plan": self.plan,
            "status": self.status,
            "description": "",
            "cuType": "Performance-optimized",
            "cuSize": 1,
            "replica": 1,
            "connectAddress": format!("https://{}.{}.vectordb.zillizcloud.com:19534", self.id, self.region),
            "privateLinkAddress": "",
            "createTime": "2025-02-03T09:10:00Z",
        })
    }
}

impl Backup {
    /// The contract's id.
    pub(super) fn full_id(&self) -> String {
        format!("{}/{}", self.cluster, self.id)
    }

    /// The backup as the list shows it.
    pub(super) fn listed(&self) -> Value {
        json!({
            "projectId": self.project,
            "backupId": self.id,
            "backupName": self.name,
            "backupType": self.type_,
            "creationMethod": self.method,
            "size": self.size,
            "expireTime": self.expires_at.map(rest::time),
            "clusterId": self.cluster,
            "clusterName": self.cluster_name,
            "createTime": self.created_at.map(rest::time),
            "status": self.status,
        })
    }

    /// The backup as describing shows it.
    pub(super) fn described(&self) -> Value {
        let mut body = self.listed();
        if let Some(body) = body.as_object_mut() {
            body.insert("regionId".to_owned(), json!(self.region));
            body.insert("dbCollections".to_owned(), self.collections.clone());
        }
        body
    }
}

/// The policy of a cluster that nobody configured.
pub(super) fn default_policy() -> Value {
    json!({
        "status": "ENABLED",
        "frequency": "1,2,3,4,5,6,7",
        "startTime": "02:00-04:00",
        "retentionDays": 7,
        "crossRegionCopies": [],
    })
}
