//! What Aiven sends and is sent, as far as it is needed.
//!
//! A service's body holds passwords and URIs. Only the fields below are ever kept of it (S27), and nothing here can be
//! printed that is not one of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value, json};

/// The one setting that this is about.
pub(super) const REGIONS: &str = "additional_backup_regions";

/// `GET /v1/project`.
#[derive(Debug, Deserialize)]
pub(super) struct Projects {
    pub(super) projects: Vec<Project>,
}

/// One project.
#[derive(Debug, Deserialize)]
pub(super) struct Project {
    pub(super) project_name: String,
}

/// `GET /v1/organizations`.
#[derive(Debug, Deserialize)]
pub(super) struct Organizations {
    pub(super) organizations: Vec<Organization>,
}

/// One organisation.
#[derive(Debug, Deserialize)]
pub(super) struct Organization {
    #[serde(rename = "organization_id")]
    pub(super) id: String,
    #[serde(rename = "organization_name")]
    pub(super) name: String,
}

/// `GET /v1/project/{project}/service`.
#[derive(Debug, Deserialize)]
pub(super) struct Services {
    pub(super) services: Vec<Service>,
}

/// `GET` and `PUT /v1/project/{project}/service/{service}`.
#[derive(Debug, Deserialize)]
pub(super) struct OneService {
    pub(super) service: Service,
}

/// One service. A required field that is missing makes the answer malformed: a service without its settings or its
/// termination protection must not look like one that has none.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Service {
    #[serde(rename = "service_name")]
    pub(super) name: String,
    #[serde(rename = "service_type")]
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) plan: Option<String>,
    pub(super) cloud_name: Option<String>,
    pub(super) termination_protection: bool,
    #[serde(deserialize_with = "present")]
    pub(super) user_config: Option<UserConfig>,
    pub(super) backups: Option<Vec<Copy>>,
    pub(super) tags: Option<BTreeMap<String, String>>,
}

/// The one setting of a service that is needed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct UserConfig {
    pub(super) additional_backup_regions: Option<Vec<String>>,
}

impl Service {
    /// The additional regions, in the service's own order.
    pub(super) fn regions(&self) -> &[String] {
        self.user_config
            .as_ref()
            .and_then(|config| config.additional_backup_regions.as_deref())
            .unwrap_or_default()
    }
}

/// A field that must be there, and may be `null`.
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer)
}

/// `GET …/service/{service}/backups`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Backups {
    pub(super) backups: Vec<Copy>,
    pub(super) pitr: Option<Pitr>,
}

/// One backup, with the additional regions that hold it too.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Copy {
    pub(super) backup_name: Option<String>,
    pub(super) backup_time: Option<String>,
    pub(super) data_size: Option<Number>,
    pub(super) storage_location: Option<String>,
    pub(super) additional_regions: Option<Vec<Place>>,
}

/// An additional region that holds a backup.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Place {
    pub(super) cloud: Option<String>,
    pub(super) region: Option<String>,
    pub(super) paused: Option<bool>,
    pub(super) pause_reason: Option<String>,
}

/// To which moments a service can be taken back.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Pitr {
    pub(super) additional_regions: Option<Vec<PitrRange>>,
}

/// The same, from the copies in one additional region.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct PitrRange {
    pub(super) cloud: Option<String>,
    pub(super) region: Option<String>,
    #[serde(rename = "pitr_range_start")]
    pub(super) start: Option<String>,
    #[serde(rename = "pitr_range_end")]
    pub(super) end: Option<String>,
}

/// `GET /v1/me`: an e-mail address in `user`.
#[derive(Debug, Deserialize)]
pub(super) struct Me {
    pub(super) user: User,
}

/// Whose token it is.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) user: Option<String>,
    pub(super) real_name: Option<String>,
}

/// The body of the one changing request. `user_config` is merged by key, so this changes the list and nothing else; what
/// is left out stays, and `plan`, `powered` and their like must never be in it.
pub(super) fn change(regions: &[&str]) -> Value {
    json!({"user_config": {REGIONS: regions}})
}

/// Whether a place that an answer names is the region. Which of the two fields holds the full name (`aws-eu-central-1`)
/// is not documented: the cloud alone, or the cloud and the provider's own name of the region.
pub(super) fn is_region(wanted: &str, cloud: Option<&str>, region: Option<&str>) -> bool {
    let joined = || {
        cloud
            .zip(region)
            .is_some_and(|(cloud, region)| wanted == format!("{cloud}-{region}"))
    };
    cloud == Some(wanted) || region == Some(wanted) || joined()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(more: &str) -> serde_json::Result<Service> {
        serde_json::from_str(&format!(
            r#"{{"service_name":"s","service_type":"pg","state":"RUNNING","termination_protection":false{more}}}"#
        ))
    }

    #[test]
    fn s3_a_service_without_its_settings_is_malformed_and_one_with_none_is_not() {
        assert!(service("").is_err(), "no user_config");
        for none in [
            r#","user_config":{}"#,
            r#","user_config":null"#,
            r#","user_config":{"additional_backup_regions":null}"#,
            r#","user_config":{"additional_backup_regions":[]}"#,
        ] {
            assert!(service(none).unwrap().regions().is_empty(), "{none}");
        }
        let two = service(r#","user_config":{"additional_backup_regions":["a-b","c-d"]}"#);
        assert_eq!(two.unwrap().regions(), ["a-b", "c-d"]);
        assert!(service(r#","user_config":{"additional_backup_regions":"a-b"}"#).is_err());
    }

    #[test]
    fn s27_nothing_of_a_service_is_kept_but_what_is_needed() {
        let service = service(
            r#","user_config":{"admin_password":"AVNS_x"},"service_uri":"postgres://u:AVNS_x@h","users":[{"password":"AVNS_x"}]"#,
        );
        assert!(!format!("{:?}", service.unwrap()).contains("AVNS_x"));
    }

    #[test]
    fn the_change_holds_exactly_the_list() {
        for (regions, body) in [
            (
                &[][..],
                r#"{"user_config":{"additional_backup_regions":[]}}"#,
            ),
            (
                &["a-b", "c-d"][..],
                r#"{"user_config":{"additional_backup_regions":["a-b","c-d"]}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&change(regions)).unwrap(), body);
        }
    }

    #[test]
    fn a_region_is_recognised_however_its_place_is_written() {
        const REGION: &str = "aws-eu-central-1";
        assert!(is_region(REGION, Some(REGION), None));
        assert!(is_region(REGION, Some(REGION), Some("eu-central-1")));
        assert!(is_region(REGION, Some("aws"), Some("eu-central-1")));
        assert!(is_region(REGION, None, Some(REGION)));
        assert!(!is_region(REGION, Some("aws-eu-central-2"), None));
        assert!(!is_region(REGION, Some("aws"), None));
        assert!(!is_region(REGION, None, None));
    }
}
