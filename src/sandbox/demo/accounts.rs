//! The demo's other AWS accounts: vaults that are reached by assuming a role, and never with the home account's key.

use jiff::Timestamp;

use super::{
    build::{ago, point, within},
    vaults::{OTHER_REGION, SECOND_ACCOUNT, THIRD_ACCOUNT},
};
use crate::sandbox::{aws::HOME_REGION, seed::Seed};

/// Recovery points whose ARNs name their account, which those of EBS do not.
pub(super) fn points(now: Timestamp) -> Vec<Seed> {
    let of_files = |account: &str, region: &str, vault: &str, number: u32, days| {
        let arn = format!(
            "arn:aws:backup:{region}:{account}:recovery-point:5b7c1e90-42d8-4f6a-9b03-d81e6f2a7{number:03}"
        );
        let resource = format!(
            "arn:aws:elasticfilesystem:{region}:{account}:file-system/fs-0b9d3e7a1c5f24680"
        );
        let at = ago(now, days, 3);
        let seed = point(vault, &arn, "EFS", &resource, "shared", at, 6);
        within(seed, account, region)
    };
    vec![
        of_files(SECOND_ACCOUNT, OTHER_REGION, "staging-archive", 1, 60),
        of_files(SECOND_ACCOUNT, OTHER_REGION, "staging-archive", 2, 120),
        of_files(THIRD_ACCOUNT, HOME_REGION, "tooling", 1, 10),
    ]
}
