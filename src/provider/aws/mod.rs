//! AWS Backup: recovery points in vaults, over the AWS SDK.
