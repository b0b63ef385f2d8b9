//! What one Aiven service holds: its settings, its primary backups, and what its additional regions hold.
//!
//! The list in `user_config.additional_backup_regions` is what counts; a region that has left it keeps its copies here
//! with the time, because the list of backups may show them a while longer.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::super::rest;
use super::super::seed::Seed;

/// The one setting that this project is about.
pub(super) const REGIONS: &str = "additional_backup_regions";

/// One backup, in the service's own region or copied to another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Copy {
    pub(super) name: String,
    pub(super) time: Option<Timestamp>,
    pub(super) size: Option<u64>,
}

/// An additional region and what it holds.
#[derive(Debug, Clone)]
pub(super) struct Region {
    pub(super) cloud: String,
    pub(super) paused: bool,
    pub(super) pause_reason: Option<String>,
    pub(super) copies: Vec<Copy>,
    pub(super) removed_at: Option<Timestamp>,
}

/// A service.
#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) project: String,
    pub(super) name: String,
    pub(super) type_: String,
    pub(super) plan: String,
    pub(super) cloud: String,
    pub(super) state: String,
    pub(super) termination_protection: bool,
    pub(super) read_replica_of: Option<String>,
    pub(super) user_config: Map<String, Value>,
    /// Whatever else a PUT has set, so that a body with too much in it is noticed.
    pub(super) settings: Map<String, Value>,
    pub(super) regions: Vec<Region>,
    pub(super) primary: Vec<Copy>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) puts: u64,
    pub(super) reads: u64,
}

impl Service {
    /// A running service without backups.
    pub(super) fn new(project: &str, name: &str, now: Timestamp) -> Self {
        Self {
            project: project.to_owned(),
            name: name.to_owned(),
            type_: "pg".to_owned(),
            plan: "business-4".to_owned(),
            cloud: "aws-eu-west-1".to_owned(),
            state: "RUNNING".to_owned(),
            termination_protection: false,
            read_replica_of: None,
            user_config: Map::new(),
            settings: Map::new(),
            regions: Vec::new(),
            primary: Vec::new(),
            created_at: now,
            updated_at: now,
            puts: 0,
            reads: 0,
        }
    }

    /// Takes over what a seed tells about the service itself.
    pub(super) fn describe_by(&mut self, seed: &Seed) {
        let text = |key: &str, field: &mut String| {
            if let Some(value) = seed.attribute_text(key) {
                value.clone_into(field);
            }
        };
        text("service_type", &mut self.type_);
        text("plan", &mut self.plan);
        text("cloud_name", &mut self.cloud);
        text("state", &mut self.state);
        if let Some(protected) = seed
            .attribute("termination_protection")
            .and_then(Value::as_bool)
        {
            self.termination_protection = protected;
        }
        if seed
            .protection
            .iter()
            .any(|word| word.contains("termination"))
        {
            self.termination_protection = true;
        }
        if let Some(copies) = seed.attribute("primary_backups") {
            // A list tells how many there are, and not when they were made: as often as the copies, which are daily.
            let newest = seed.created_at.unwrap_or(self.updated_at);
            self.primary =
                counted(copies, newest, None, None, "").unwrap_or_else(|| copies_of(copies));
        }
    }

    /// Adds the region that a seed stands for.
    pub(super) fn add_region(&mut self, seed: &Seed, cloud: &str) {
        let copies = match seed.attribute("copies") {
            Some(copies) => {
                let time = |key| {
                    seed.attribute_text(key)
                        .and_then(|text| text.parse::<Timestamp>().ok())
                };
                let newest = time("newest").or(seed.created_at);
                let size = seed.attribute("data_size_before_compression");
                newest
                    .and_then(|newest| {
                        counted(
                            copies,
                            newest,
                            time("oldest"),
                            size.and_then(Value::as_u64),
                            cloud,
                        )
                    })
                    .unwrap_or_else(|| copies_of(copies))
            }
            // What is listed was made at some time, so a seed with a time and no copies stands for one.
            None => seed
                .created_at
                .map(|time| Copy {
                    name: copy_name(time),
                    time: Some(time),
                    size: seed.size_bytes,
                })
                .into_iter()
                .collect(),
        };
        self.regions.retain(|region| region.cloud != cloud);
        self.regions.push(Region {
            cloud: cloud.to_owned(),
            paused: seed.attribute("paused").and_then(Value::as_bool) == Some(true),
            pause_reason: seed.attribute_text("pause_reason").map(str::to_owned),
            copies,
            removed_at: None,
        });
        self.list_regions();
    }

    /// The additional regions as the setting lists them.
    pub(super) fn listed(&self) -> Vec<String> {
        self.user_config
            .get(REGIONS)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    /// Writes the setting anew from the regions that are not removed.
    pub(super) fn list_regions(&mut self) {
        let listed: Vec<Value> = self
            .regions
            .iter()
            .filter(|region| region.removed_at.is_none())
            .map(|region| json!(region.cloud))
            .collect();
        self.user_config.insert(REGIONS.to_owned(), json!(listed));
    }

    /// Makes the regions follow the setting after it changed. A region that comes back is empty: history does not return.
    pub(super) fn follow_setting(&mut self, now: Timestamp) {
        let listed = self.listed();
        for region in &mut self.regions {
            if region.removed_at.is_none() && !listed.contains(&region.cloud) {
                region.removed_at = Some(now);
            }
        }
        for cloud in listed {
            if self
                .regions
                .iter()
                .any(|region| region.cloud == cloud && region.removed_at.is_none())
            {
                continue;
            }
            self.regions.retain(|region| region.cloud != cloud);
            self.regions.push(Region {
                cloud,
                paused: false,
                pause_reason: None,
                copies: Vec::new(),
                removed_at: None,
            });
        }
    }

    /// The service for people and tests: what is there, without the secrets.
    pub(super) fn to_json(&self) -> Value {
        let copies = |copies: &[Copy]| copies.iter().map(Copy::to_json).collect::<Vec<_>>();
        json!({
            "project": self.project,
            "service": self.name,
            "service_type": self.type_,
            "plan": self.plan,
            "cloud_name": self.cloud,
            "state": self.state,
            "termination_protection": self.termination_protection,
            "read_replica_of": self.read_replica_of,
            "user_config": self.user_config,
            "settings": self.settings,
            "regions": self.regions.iter().filter(|region| region.removed_at.is_none()).map(|region| json!({
                "id": format!("{}/{}/{}", self.project, self.name, region.cloud),
                "cloud": region.cloud,
                "paused": region.paused,
                "copies": copies(&region.copies),
            })).collect::<Vec<_>>(),
            "primary_backups": copies(&self.primary),
            "puts": self.puts,
        })
    }
}

impl Copy {
    /// The backup as Aiven shows it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "backup_name": self.name,
            "backup_time": self.time.map(rest::time),
            "data_size": self.size,
        })
    }
}

/// The copies in an attribute `[{backup_name, backup_time, data_size}]`.
pub(super) fn copies_of(value: &Value) -> Vec<Copy> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .map(|copy| {
            let time = copy
                .get("backup_time")
                .and_then(Value::as_str)
                .and_then(|time| time.parse().ok());
            Copy {
                name: copy
                    .get("backup_name")
                    .and_then(Value::as_str)
                    .map_or_else(|| copy_name(time.unwrap_or_default()), str::to_owned),
                time,
                size: copy.get("data_size").and_then(Value::as_u64),
            }
        })
        .collect()
}

/// As many copies as a number says, the newest and the oldest as told, the others daily before the newest; what they hold
/// together is shared out evenly. Their names tell the place, because what has one name is one backup. `None` for what is no number: then it is the copies themselves.
fn counted(
    number: &Value,
    newest: Timestamp,
    oldest: Option<Timestamp>,
    size: Option<u64>,
    place: &str,
) -> Option<Vec<Copy>> {
    let number = number.as_u64()?;
    let share = size.and_then(|size| size.checked_div(number));
    let rest = size.and_then(|size| size.checked_rem(number)).unwrap_or(0);
    (0..number)
        .map(|day| {
            let hours = i64::try_from(day).ok()?.checked_mul(24)?;
            let daily = newest.checked_sub(SignedDuration::from_hours(hours)).ok()?;
            let last = day.saturating_add(1) == number;
            let time = oldest.filter(|_| last).unwrap_or(daily);
            let more = if day == 0 { rest } else { 0 };
            Some(Copy {
                name: format!("{}{place}", copy_name(time)),
                time: Some(time),
                size: share.map(|share| share.saturating_add(more)),
            })
        })
        .collect()
}

/// A name as pghoard gives it.
pub(super) fn copy_name(time: Timestamp) -> String {
    format!("{}_0.00000000.pghoard", time.strftime("%Y-%m-%d_%H-%M"))
}
