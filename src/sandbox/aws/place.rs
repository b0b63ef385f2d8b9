//! An account in a region: what AWS Backup keeps its state by, and what its ARNs are made of.

/// One account in one region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Twelve digits.
    pub account: String,
    /// Such as `eu-central-1`.
    pub region: String,
}

impl Place {
    /// `arn:aws:backup:REGION:ACCOUNT:REST`.
    #[must_use]
    pub fn arn(&self, rest: &str) -> String {
        let partition = if self.region.starts_with("cn-") {
            "aws-cn"
        } else if self.region.starts_with("us-gov-") {
            "aws-us-gov"
        } else {
            "aws"
        };
        format!(
            "arn:{partition}:backup:{}:{}:{rest}",
            self.region, self.account
        )
    }

    /// The ARN of a vault.
    #[must_use]
    pub fn vault_arn(&self, name: &str) -> String {
        self.arn(&format!("backup-vault:{name}"))
    }

    /// The ARN of the key that everything here is encrypted with.
    #[must_use]
    pub fn key_arn(&self) -> String {
        format!(
            "arn:aws:kms:{}:{}:key/0d5e1c3a-9b7f-4c62-8a14-6f2e3b9d7c50",
            self.region, self.account
        )
    }

    /// The ARN of the role that makes backups.
    #[must_use]
    pub fn role_arn(&self) -> String {
        format!(
            "arn:aws:iam::{}:role/service-role/AWSBackupDefaultServiceRole",
            self.account
        )
    }
}
