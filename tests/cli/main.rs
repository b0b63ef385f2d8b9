//! The real binary against the sandbox: exit codes, output, the requests that must not happen, and then the state of
//! what was deleted from.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    reason = "a test that fails must fail loudly"
)]

#[cfg(unix)]
mod actions;
mod aiven;
mod apply;
mod aws;
mod aws_scopes;
#[cfg(unix)]
mod completions;
mod config;
mod consent;
mod credentials;
mod credentials_endpoints;
mod credentials_machines;
mod credentials_profiles;
mod credentials_tokens;
#[cfg(unix)]
mod disk;
mod doctor;
mod doctor_wrong;
mod faults;
mod help;
mod inputs;
mod issuer;
mod journals;
#[cfg(unix)]
mod killed;
mod least_privilege;
mod man;
#[cfg(unix)]
mod nights;
#[cfg(unix)]
mod ordeal;
mod output;
mod policy;
mod readme;
#[cfg(unix)]
mod recipes;
#[cfg(unix)]
mod release;
mod report;
mod report_runs;
mod report_wrong;
#[cfg(unix)]
mod resume;
mod runs;
mod sandbox;
mod scale;
#[cfg(unix)]
mod schedules;
mod scopes;
mod secrets;
mod selecting;
mod shard;
mod subjects;
mod table;
#[cfg(unix)]
mod told;
#[cfg(unix)]
mod tools;
mod vault;
mod version;
mod world;
mod zilliz;
