//! `bkdel sandbox`: the APIs of the three providers on one loopback port, with state.
//!
//! For trying bkdel out without an account, for rehearsing against a copy of one (`--data`), and for every test: a
//! provider's API accepts what the provider accepts, refuses what it refuses, and goes wrong on demand (`--fault`).
//! What an API can do is in its folder; the rest here is HTTP, faults and data.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use jiff::Timestamp;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use self::{
    aiven::Aiven,
    connection::{Cord, Doorway},
    exchange::Api,
    fault::Fault,
    secret::hex_digits,
    seed::Seed,
    server::{Provider, Shared},
    zilliz::Zilliz,
};

pub mod aiven;
pub mod aws;
pub mod command;
pub mod connection;
pub mod control;
pub mod demo;
pub mod exchange;
pub mod fault;
pub mod record;
mod rest;
pub mod secret;
pub mod seed;
pub mod server;
pub mod throttle;
pub mod zilliz;

/// How a sandbox starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// How long a deletion takes after it was accepted.
    pub lag: Duration,
    /// The backups to start with; `None` is the demo data.
    pub data: Option<Vec<Seed>>,
    /// What goes wrong from the start.
    pub faults: Vec<Fault>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            lag: Duration::from_secs(2),
            data: None,
            faults: Vec::new(),
        }
    }
}

/// A running sandbox. Dropping it ends it.
pub struct Sandbox {
    address: SocketAddr,
    environment: Vec<(&'static str, String)>,
    // The official clients' configuration; goes with the sandbox.
    _folder: TempDir,
    server: JoinHandle<io::Result<()>>,
}

/// Starts a sandbox on loopback. Fails when the port is taken, or with `InvalidInput` when a fault does not exist.
pub async fn start(options: Options) -> io::Result<Sandbox> {
    let now = Timestamp::now();
    let lag = options.lag;
    let (apis, keys) = apis(options.data, lag, now);
    let shared = Shared::new(apis.into_iter().map(Provider::new).collect());
    for fault in options.faults {
        shared
            .lock()
            .fault(fault)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let address = listener.local_addr()?;
    let service = shared
        .router()
        .into_make_service_with_connect_info::<Cord>();
    let server = tokio::spawn(async move { axum::serve(Doorway(listener), service).await });
    let folder = client_folder(address)?;
    let environment = environment(address, &keys, folder.path());
    Ok(Sandbox {
        address,
        environment,
        _folder: folder,
        server,
    })
}

/// The three APIs with their data, and the keys that they accept.
fn apis(data: Option<Vec<Seed>>, lag: Duration, now: Timestamp) -> (Vec<Box<dyn Api>>, Keys) {
    let (zilliz_key, aiven_token) = (hex_digits(40), hex_digits(64));
    let (for_zilliz, for_aiven) = (zilliz_key.clone(), aiven_token.clone());
    let (mut aws, zilliz, aiven) = match data {
        None => (
            aws::Aws::demo(lag, now),
            Zilliz::new(demo::demo_zilliz(now), lag, now, for_zilliz)
                .with_clusters(demo::demo_zilliz_clusters()),
            Aiven::new(demo::demo_aiven(now), lag, now, for_aiven)
                .with_services(demo::demo_aiven_services(now)),
        ),
        // Each API takes the backups that are its own, and passes over the rest.
        Some(data) => {
            let of = |provider: &str| -> Vec<Seed> {
                data.iter()
                    .filter(|seed| seed.provider == provider)
                    .cloned()
                    .collect()
            };
            (
                aws::Aws::new(of("aws"), lag, now),
                Zilliz::new(of("zilliz"), lag, now, for_zilliz),
                Aiven::new(of("aiven"), lag, now, for_aiven),
            )
        }
    };
    let keys = Keys {
        aws: aws.issue_key(),
        zilliz: zilliz_key,
        aiven: aiven_token,
    };
    (vec![Box::new(aws), Box::new(zilliz), Box::new(aiven)], keys)
}

impl Sandbox {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The variables that point a client (bkdel, the AWS CLI, an SDK, `avn`) at this sandbox and at nothing else.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        self.environment.clone()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What clients identify themselves with.
struct Keys {
    aws: aws::AccessKey,
    zilliz: String,
    aiven: String,
}

/// A folder for the official clients' configuration: `zilliz` can be pointed elsewhere by its own file alone, and a
/// user's files must not be mixed in.
fn client_folder(address: SocketAddr) -> io::Result<TempDir> {
    let folder = tempfile::Builder::new()
        .prefix("bkdel-sandbox-")
        .tempdir()?;
    std::fs::write(
        folder.path().join("config"),
        format!("[default]\nbase_url = http://{address}\n"),
    )?;
    Ok(folder)
}

fn environment(address: SocketAddr, keys: &Keys, folder: &Path) -> Vec<(&'static str, String)> {
    let base = format!("http://{address}");
    // A user's own profiles must not be mixed in: they may name a role, a region or an endpoint of the real thing.
    let nothing = if cfg!(windows) { "NUL" } else { "/dev/null" };
    vec![
        ("AWS_ENDPOINT_URL", base.clone()),
        ("AWS_ACCESS_KEY_ID", keys.aws.id.clone()),
        ("AWS_SECRET_ACCESS_KEY", keys.aws.secret.clone()),
        ("AWS_REGION", aws::HOME_REGION.to_owned()),
        ("AWS_DEFAULT_REGION", aws::HOME_REGION.to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_CONFIG_FILE", nothing.to_owned()),
        ("AWS_SHARED_CREDENTIALS_FILE", nothing.to_owned()),
        ("ZILLIZ_CONFIG_DIR", folder.display().to_string()),
        ("AIVEN_CONFIG_DIR", folder.display().to_string()),
        ("ZILLIZCLOUD_HOST_ADDRESS", base.clone()),
        ("ZILLIZ_API_KEY", keys.zilliz.clone()),
        ("AIVEN_WEB_URL", base),
        ("AIVEN_AUTH_TOKEN", keys.aiven.clone()),
    ]
}
