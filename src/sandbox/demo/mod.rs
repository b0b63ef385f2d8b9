//! What a sandbox without `--data` holds: a small company's backups, with every special case that the providers have.
//!
//! All times are relative to the start, so that "older than a week" means the same every day.

mod aws;
mod build;
mod vaults;

pub use self::{
    aws::demo_aws,
    vaults::{SECOND_ACCOUNT, demo_aws_vaults},
};
