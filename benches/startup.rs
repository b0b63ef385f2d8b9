//! From the start of the process to its first request, and to the end of one verified deletion, as a person waits for it.
//!
//! `cargo bench --bench startup`. Where the AWS CLI is on PATH (or `AWS_CLI` names it), it is timed beside bkdel at the
//! same loopback addresses. Medians of whole processes; nothing here passes or fails.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run should say so and end"
)]

use std::{
    ffi::OsString,
    net::TcpListener,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use bkdel::sandbox::{self, Options};

const RUNS: usize = 21;
const VAULT: &str = "prod";
const POINT: &str = "arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f";

fn main() {
    let environment = sandbox_environment();
    let bkdel = OsString::from(env!("CARGO_BIN_EXE_bkdel"));
    let aws = std::env::var_os("AWS_CLI").unwrap_or_else(|| "aws".into());
    let has_aws = Command::new(&aws)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());

    println!(
        "{:<58} {:>9} {:>9}",
        "median of whole processes", "median", "fastest"
    );
    let version = || vec!["--version".to_owned()];
    row("bkdel --version", || {
        timed(&bkdel, &version(), &environment)
    });
    let listing = || {
        ["aws", "list", "--vault", VAULT]
            .map(str::to_owned)
            .to_vec()
    };
    row("bkdel aws list: start to first connection", || {
        until_connected(&bkdel, &listing(), &environment)
    });
    let mut next = 1;
    row("bkdel aws delete: one point, deleted and read back", || {
        // Each run has a sandbox of its own, so that there is always something left to delete.
        let environment = sandbox_environment();
        let id = format!("{VAULT}/{POINT}{:03}", next % 9 + 1);
        next += 1;
        timed(
            &bkdel,
            &["aws", "delete", "--yes", "-q", &id].map(str::to_owned),
            &environment,
        )
    });
    if !has_aws {
        println!("(the AWS CLI is not there: set AWS_CLI or PATH to time it beside)");
        return;
    }
    row("aws --version", || timed(&aws, &version(), &environment));
    let delete = || {
        let point = format!("{POINT}001");
        [
            "backup",
            "delete-recovery-point",
            "--backup-vault-name",
            VAULT,
            "--recovery-point-arn",
            &point,
        ]
        .map(str::to_owned)
        .to_vec()
    };
    row(
        "aws backup delete-recovery-point: start to first connection",
        || until_connected(&aws, &delete(), &environment),
    );
    row(
        "aws backup delete-recovery-point: sent, not read back",
        || timed(&aws, &delete(), &sandbox_environment()),
    );
}

fn row(name: &str, mut run: impl FnMut() -> Duration) {
    run();
    let mut times: Vec<Duration> = (0..RUNS).map(|_| run()).collect();
    times.sort();
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    println!(
        "{name:<58} {:>9} {:>9}",
        milliseconds(times[RUNS / 2]),
        milliseconds(times[0])
    );
}

/// A sandbox on a thread, which lives as long as the benchmark.
fn sandbox_environment() -> Vec<(String, String)> {
    let (ready, started) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let options = Options {
                lag: Duration::ZERO,
                ..Options::default()
            };
            let sandbox = sandbox::start(options).await.unwrap();
            ready.send(sandbox.environment()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    started
        .recv()
        .unwrap()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn command(program: &OsString, arguments: &[String], environment: &[(String, String)]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn timed(program: &OsString, arguments: &[String], environment: &[(String, String)]) -> Duration {
    let mut command = command(program, arguments, environment);
    let start = Instant::now();
    assert!(
        command.status().unwrap().success(),
        "{} {arguments:?}",
        program.display()
    );
    start.elapsed()
}

/// The time until the program knocks at the endpoint; then it is ended.
fn until_connected(
    program: &OsString,
    arguments: &[String],
    environment: &[(String, String)],
) -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let mut command = command(program, arguments, environment);
    command.env("AWS_ENDPOINT_URL", endpoint);
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    listener.accept().unwrap();
    let elapsed = start.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    elapsed
}
