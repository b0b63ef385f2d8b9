//! The real binary against the sandbox: exit codes, output, the requests that must not happen, and then the state of
//! what was deleted from.

mod aiven;
mod aws;
mod consent;
mod faults;
mod inputs;
mod output;
mod secrets;
mod subjects;
mod table;
mod world;
mod zilliz;
