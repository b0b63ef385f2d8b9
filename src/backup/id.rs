//! Ids: which provider, which container, which backup.
//!
//! What a well-formed id is, only its provider can tell (`provider/*/id.rs`); the types here keep the parts apart.

use std::fmt;

use arcstr::ArcStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Who keeps the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provider {
    /// AWS Backup: recovery points in vaults.
    Aws,
    /// Zilliz Cloud: backups of a cluster.
    Zilliz,
    /// Aiven: the secondary regions of a service's backups.
    Aiven,
}

impl Provider {
    /// The name as the contract writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Zilliz => "zilliz",
            Self::Aiven => "aiven",
        }
    }

    /// The name as people write it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Aws => "AWS Backup",
            Self::Zilliz => "Zilliz Cloud",
            Self::Aiven => "Aiven",
        }
    }

    /// What the provider's documentation calls one backup.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Aws => "recovery point",
            Self::Zilliz => "backup",
            Self::Aiven => "backup region",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Provider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        [Self::Aws, Self::Zilliz, Self::Aiven]
            .into_iter()
            .find(|provider| provider.name() == name)
            .ok_or_else(|| de::Error::custom(format!("there is no provider {name:?}")))
    }
}

impl Serialize for Provider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What an id is the id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A backup: everything that can be named, listed and chosen.
    Backup,
    /// An AWS vault itself, which goes only once it was verified empty (`--delete-empty-vault`).
    Vault,
}

/// A full id: `VAULT/ARN`, `CLUSTER/BACKUP_ID` or `PROJECT/SERVICE/REGION`. A vault's own ends in the vault's ARN, so that
/// vaults of one name in two regions stay apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BackupId {
    provider: Provider,
    container: ArcStr,
    name: ArcStr,
}

impl BackupId {
    /// Puts an id together. The caller has checked the parts' form.
    pub fn new(provider: Provider, container: impl Into<ArcStr>, name: impl Into<ArcStr>) -> Self {
        Self {
            provider,
            container: container.into(),
            name: name.into(),
        }
    }

    /// Takes apart what [`Display`](fmt::Display) put together, without a look at the parts' form: of a record, not of what
    /// people type.
    #[must_use]
    pub fn of_record(provider: Provider, full: &str) -> Self {
        let parts = match full.find("/arn:") {
            Some(place) => full.split_at_checked(place),
            None => full
                .rfind('/')
                .and_then(|place| full.split_at_checked(place)),
        };
        match parts {
            Some((container, name)) => {
                Self::new(provider, container, name.strip_prefix('/').unwrap_or(name))
            }
            None => Self::new(provider, "", full),
        }
    }

    /// The provider.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// The container: a vault's name, a cluster's id, `PROJECT/SERVICE`.
    #[must_use]
    pub fn container(&self) -> &str {
        &self.container
    }

    /// The last part: a recovery point's ARN, a backup's id, a region.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is the id of. It follows from the id alone, so that no record can say otherwise.
    #[must_use]
    pub fn subject(&self) -> Subject {
        // arn:PARTITION:backup:REGION:ACCOUNT:backup-vault:NAME
        let mut parts = self.name.split(':');
        let is_vault = self.provider == Provider::Aws
            && parts.next() == Some("arn")
            && parts.nth(1) == Some("backup")
            && parts.nth(2) == Some("backup-vault");
        if is_vault {
            Subject::Vault
        } else {
            Subject::Backup
        }
    }
}

impl fmt::Display for BackupId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A Zilliz backup that was named without its cluster, and is nowhere to be found, has no container.
        if self.container.is_empty() {
            return formatter.write_str(&self.name);
        }
        write!(formatter, "{}/{}", self.container, self.name)
    }
}

impl Serialize for BackupId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a person named: a full id, or its last part where the container is still to be looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// The container, where it is known.
    pub container: Option<String>,
    /// The last part.
    pub name: String,
}

impl Target {
    /// What a record names.
    #[must_use]
    pub fn of(id: &BackupId) -> Self {
        Self {
            container: Some(id.container().to_owned()),
            name: id.name().to_owned(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.container {
            Some(container) => write!(formatter, "{container}/{}", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_vaults_own_arn_is_the_id_of_a_vault() {
        let vault = "arn:aws:backup:eu-central-1:111122223333:backup-vault:prod";
        let subject = |provider, name: &str| BackupId::new(provider, "prod", name).subject();
        assert_eq!(subject(Provider::Aws, vault), Subject::Vault);
        let partition = vault.replace("arn:aws:", "arn:aws-cn:");
        assert_eq!(subject(Provider::Aws, &partition), Subject::Vault);
        let read = BackupId::of_record(Provider::Aws, &format!("aws/efs/x/{vault}"));
        assert_eq!(
            (read.container(), read.subject()),
            ("aws/efs/x", Subject::Vault)
        );
        for other in [
            "arn:aws:backup:eu-central-1:111122223333:recovery-point:backup-vault",
            "arn:aws:ec2:eu-central-1::snapshot/snap-1",
            "arn:aws:other:eu-central-1:111122223333:backup-vault:prod",
            "backup-vault:prod",
            "",
        ] {
            assert_eq!(subject(Provider::Aws, other), Subject::Backup, "{other}");
        }
        assert_eq!(subject(Provider::Zilliz, vault), Subject::Backup);
    }
}
