//! ARNs of recovery points: their forms, which AWS Backup documents service by service, and what follows from the form.

/// How AWS stores a recovery point, which decides whose right to delete it must be held too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Store {
    Backup,
    Ec2Snapshot,
    Ec2Image,
    RdsSnapshot,
    RdsClusterSnapshot,
    DynamoDb,
    Fsx,
    Redshift,
    RedshiftServerless,
}

impl Store {
    /// Service, beginning of the resource, and what it is.
    pub(super) const FORMS: [(&'static str, &'static str, Self); 9] = [
        ("backup", "recovery-point:", Self::Backup),
        ("ec2", "snapshot/", Self::Ec2Snapshot),
        ("ec2", "image/", Self::Ec2Image),
        ("rds", "snapshot:awsbackup:", Self::RdsSnapshot),
        (
            "rds",
            "cluster-snapshot:awsbackup:",
            Self::RdsClusterSnapshot,
        ),
        ("dynamodb", "table/", Self::DynamoDb),
        ("fsx", "backup/", Self::Fsx),
        ("redshift", "snapshot:", Self::Redshift),
        ("redshift-serverless", "snapshot/", Self::RedshiftServerless),
    ];

    /// The owning service's action that the caller must be allowed too, through AWS Backup (`aws:CalledVia`).
    pub(super) fn action(self) -> Option<&'static str> {
        match self {
            Self::Backup => None,
            Self::Ec2Snapshot => Some("ec2:DeleteSnapshot"),
            Self::Ec2Image => Some("ec2:DeregisterImage"),
            Self::RdsSnapshot => Some("rds:DeleteDBSnapshot"),
            Self::RdsClusterSnapshot => Some("rds:DeleteDBClusterSnapshot"),
            Self::DynamoDb => Some("dynamodb:DeleteBackup"),
            Self::Fsx => Some("fsx:DeleteBackup"),
            Self::Redshift => Some("redshift:DeleteClusterSnapshot"),
            Self::RedshiftServerless => Some("redshift-serverless:DeleteSnapshot"),
        }
    }
}

/// An ARN's parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arn<'a> {
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of an ARN of any partition.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let partition = parts.next()?;
        let is_partition = partition == "aws"
            || partition
                .strip_prefix("aws-")
                .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_word));
        let arn = Self {
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        (is_partition && !arn.service.is_empty() && !arn.resource.is_empty()).then_some(arn)
    }

    /// How the recovery point of this ARN is stored; `None` where it is no recovery point's.
    pub(super) fn store(&self) -> Option<Store> {
        let has_region = is_region(self.region);
        let has_account = self.account.is_empty()
            || (self.account.len() == 12 && self.account.bytes().all(|byte| byte.is_ascii_digit()));
        if !has_region || !has_account {
            return None;
        }
        let (store, rest) = Store::FORMS.iter().find_map(|(service, start, store)| {
            let rest = self.resource.strip_prefix(start)?;
            (self.service == *service).then_some((*store, rest))
        })?;
        let fits = match store {
            Store::Backup
            | Store::RdsSnapshot
            | Store::RdsClusterSnapshot
            | Store::Fsx
            | Store::RedshiftServerless => !rest.is_empty(),
            Store::Ec2Snapshot => rest.strip_prefix("snap-").is_some_and(|id| !id.is_empty()),
            Store::Ec2Image => rest.strip_prefix("ami-").is_some_and(|id| !id.is_empty()),
            Store::DynamoDb => rest
                .split_once("/backup/")
                .is_some_and(|(table, id)| !table.is_empty() && !id.is_empty()),
            Store::Redshift => rest
                .split_once("/awsbackup:")
                .is_some_and(|(cluster, id)| !cluster.is_empty() && !id.is_empty()),
        };
        fits.then_some(store)
    }
}

/// Whether a recovery point is a continuous one, whose deletion stops continuous backup (S11).
pub(super) fn is_continuous(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| {
        arn.service == "backup" && arn.resource.starts_with("recovery-point:continuous:")
    })
}

/// Whether a text can be a region: it becomes a part of a host name.
pub(super) fn is_region(text: &str) -> bool {
    (4..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.contains('-')
        && text.bytes().all(is_word)
}

/// The partition that a region is in.
pub(super) fn partition(region: &str) -> &'static str {
    [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ]
    .into_iter()
    .find(|(start, _)| region.starts_with(start))
    .map_or("aws", |(_, partition)| partition)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_tells_its_partition() {
        for (region, expected) in [
            ("eu-central-1", "aws"),
            ("us-east-1", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(partition(region), expected, "{region}");
        }
    }

    #[test]
    fn s11_only_a_continuous_point_is_continuous() {
        assert!(is_continuous(
            "arn:aws:backup:eu-west-1:111122223333:recovery-point:continuous:db-1a"
        ));
        assert!(!is_continuous(
            "arn:aws:backup:eu-west-1:111122223333:recovery-point:0A"
        ));
        assert!(!is_continuous(
            "arn:aws:fsx:eu-west-1:111122223333:backup/recovery-point:continuous:x"
        ));
    }
}
