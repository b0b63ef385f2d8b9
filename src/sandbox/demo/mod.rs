//! What a sandbox without `--data` holds: a small company's backups, with every special case that the providers have.
//!
//! All times are relative to the start, so that "older than a week" means the same every day.

mod accounts;
mod aiven;
mod aws;
mod build;
mod vaults;
mod zilliz;

pub use self::{
    aiven::{demo_aiven, demo_aiven_services},
    aws::demo_aws,
    vaults::{ROLES, SECOND_ACCOUNT, THIRD_ACCOUNT, demo_aws_vaults},
    zilliz::{demo_zilliz, demo_zilliz_clusters},
};
