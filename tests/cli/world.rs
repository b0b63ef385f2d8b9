//! A hermetic world for one test: a sandbox of its own, an empty home, and the real binary.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use bkdel::sandbox::{self, Options, seed::Seed};
use serde_json::Value;
use tempfile::TempDir;

/// A sandbox on a thread of its own, and what points at it.
pub(crate) struct World {
    address: SocketAddr,
    environment: Vec<(String, String)>,
    home: TempDir,
    // Dropped and joined at the end, so that the sandbox takes its folder with it.
    end: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl World {
    /// The demo data, deletions at once, and what goes wrong.
    pub(crate) fn with(faults: &[&str]) -> Self {
        Self::lagging(Duration::ZERO, faults)
    }

    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    pub(crate) fn lagging(lag: Duration, faults: &[&str]) -> Self {
        Self::of(lag, faults, None)
    }

    pub(crate) fn of(lag: Duration, faults: &[&str], data: Option<Vec<Seed>>) -> Self {
        let faults = faults
            .iter()
            .map(|fault| fault.parse().expect("a fault"))
            .collect();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let (ready, started) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let sandbox = sandbox::start(Options {
                    port: 0,
                    lag,
                    data,
                    faults,
                })
                .await
                .unwrap();
                ready
                    .send((sandbox.address(), sandbox.environment()))
                    .unwrap();
                ended.await.ok();
            });
        });
        let (address, environment) = started.recv().unwrap();
        let environment = environment
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            address,
            environment,
            home: tempfile::tempdir().unwrap(),
            end: Some(end),
            thread: Some(thread),
        }
    }

    /// The home folder of every command.
    pub(crate) fn home(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    /// The values that must appear nowhere.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let secret = |name: &String| {
            ["KEY", "TOKEN"].iter().any(|word| name.contains(word)) && !name.ends_with("KEY_ID")
        };
        self.environment
            .iter()
            .filter(|(name, _)| secret(name))
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// A variable that points at the sandbox.
    pub(crate) fn variable(&self, name: &str) -> String {
        self.environment
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
            .unwrap()
    }

    /// The binary with its environment, to be changed and run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bkdel"));
        command
            .args(arguments)
            .env_clear()
            .current_dir(self.home.path());
        for name in ["PATH", "SystemRoot", "TEMP", "TMP", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("HOME", self.home.path())
            .env("USERPROFILE", self.home.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// Runs the binary.
    pub(crate) fn bkdel(&self, arguments: &[&str]) -> Ran {
        run(&mut self.command(arguments))
    }

    /// Runs the binary with text on its standard input.
    pub(crate) fn bkdel_reading(&self, input: &str, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = thread::spawn(move || pipe.write_all(input.as_bytes()).ok());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ran::of(&output)
    }

    /// One request to the sandbox' control routes.
    pub(crate) fn control(&self, method: &str, route: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} /_sandbox/{route} HTTP/1.1\r\nhost: sandbox\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("HTTP/1.1 200"),
            "{method} {route}: {answer}"
        );
        serde_json::from_str(body).unwrap()
    }

    /// Sets a fault from now on.
    pub(crate) fn fault(&self, fault: &str) {
        self.control("POST", "fault", fault);
    }

    /// A change from outside.
    pub(crate) fn change(&self, change: &Value) {
        self.control("POST", "change", &change.to_string());
    }

    /// The state of all three.
    pub(crate) fn state(&self) -> Value {
        self.control("GET", "state", "")
    }

    /// The requests that were received, oldest first.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.control("GET", "requests", "")["requests"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// The requests that would change something at a provider: method and path.
    pub(crate) fn changes(&self) -> Vec<(String, String)> {
        self.requests()
            .iter()
            .map(|request| (text(&request["method"]), text(&request["path"])))
            .filter(|(method, path)| method != "GET" && path != "/")
            .collect()
    }

    /// Whether the sandbox still has the backup of this full id.
    pub(crate) fn has(&self, provider: &str, id: &str) -> bool {
        let ran = self.bkdel(&[provider, "list", "-o", "ids", id]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.out.lines().any(|line| line == id)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    Ran::of(&command.output().unwrap())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The outcomes of a run's document, in order.
    #[track_caller]
    pub(crate) fn outcomes(&self) -> Vec<String> {
        self.json()["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| text(&result["outcome"]))
            .collect()
    }

    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(
            self.code,
            Some(code),
            "\n--- stdout\n{}\n--- stderr\n{}",
            self.out,
            self.err
        );
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(
            self.err.contains(text),
            "{text:?} is not in\n--- stderr\n{}\n--- stdout\n{}",
            self.err,
            self.out
        );
        self
    }
}
