//! What a Rust program without bkdel would be: the SDK, its own HTTP client, sixty-four deletions at a time, and one of the
//! SDK's own ways to retry.
//!
//! Started by `benches/peers/run` as `peers-sdk standard|adaptive VAULT FILE`, where the file holds an ARN a line. Prints how
//! many calls succeeded and with what the others ended, as JSON. Nothing is read back.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "a contender that cannot run should say so and end"
)]

use std::collections::BTreeMap;

use aws_config::{BehaviorVersion, retry::RetryConfig};
use aws_sdk_backup::{Client, error::ProvideErrorMetadata};
use futures_util::{StreamExt, stream};
use serde_json::json;

/// Enough for 500 a second at 100 ms each.
const AT_ONCE: usize = 64;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [retries, vault, file] = arguments.as_slice() else {
        println!("peers-sdk is started by benches/peers/run");
        return;
    };
    let retries = match retries.as_str() {
        "adaptive" => RetryConfig::adaptive(),
        _ => RetryConfig::standard(),
    };
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(retries)
        .load()
        .await;
    let client = Client::new(&config);
    let arns = std::fs::read_to_string(file).unwrap();
    let mut deleted = 0;
    let mut errors: BTreeMap<String, u32> = BTreeMap::new();
    let mut calls = stream::iter(arns.lines())
        .map(|arn| {
            client
                .delete_recovery_point()
                .backup_vault_name(vault)
                .recovery_point_arn(arn)
                .send()
        })
        .buffer_unordered(AT_ONCE);
    while let Some(answer) = calls.next().await {
        match answer {
            Ok(_) => deleted += 1,
            Err(error) => {
                let code = error.code().unwrap_or("no answer").to_owned();
                *errors.entry(code).or_default() += 1;
            }
        }
    }
    println!("{}", json!({"deleted": deleted, "errors": errors}));
}
