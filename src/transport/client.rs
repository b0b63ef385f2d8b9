//! The HTTP clients and their settings: one for the internet, one for loopback, no redirects, no repeats of their own.
//!
//! The TLS client is made at its first use: reading the machine's certificates takes longer than a whole run against
//! loopback.

use std::{io, path::PathBuf, sync::OnceLock, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use reqwest::{Certificate, Client, ClientBuilder, redirect};
use thiserror::Error;

use super::{bounds, failure::FailureKind};

/// Time to open a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What a transport needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The longest one attempt may take, connecting and reading included.
    pub attempt_timeout: Duration,
    /// How long reading repeats a call that fails.
    pub retry_for: Duration,
    /// The most requests a second on any one limit; `None` leaves it to what the provider grants.
    pub rate: Option<f64>,
    /// A CA bundle that replaces the machine's, as `SSL_CERT_FILE` does.
    pub roots: Option<CaFile>,
    /// CA bundles on top: `AWS_CA_BUNDLE`, `AIVEN_CA_CERT`.
    pub extra_roots: Vec<CaFile>,
    /// Hosts that the environment names for credentials.
    pub credential_hosts: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            attempt_timeout: Duration::from_secs(30),
            retry_for: Duration::from_secs(30),
            rate: None,
            roots: None,
            extra_roots: Vec::new(),
            credential_hosts: Vec::new(),
        }
    }
}

/// A PEM file of certificate authorities, and who named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaFile {
    /// The variable.
    pub variable: &'static str,
    /// The file.
    pub path: PathBuf,
}

impl CaFile {
    /// The certificates in it.
    ///
    /// # Errors
    /// [`SettingsError`] if it cannot be read or holds none.
    pub fn read(&self) -> Result<Vec<Certificate>, SettingsError> {
        let pem = std::fs::read(&self.path).map_err(|source| SettingsError::Unreadable {
            file: self.clone(),
            source,
        })?;
        let certificates = Certificate::from_pem_bundle(&pem).unwrap_or_default();
        if certificates.is_empty() {
            return Err(SettingsError::NoCertificate(self.clone()));
        }
        Ok(certificates)
    }
}

/// A transport that cannot be set up.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A CA file that cannot be read.
    #[error("{}: cannot read {}: {source}", file.variable, file.path.display())]
    Unreadable {
        /// Which.
        file: CaFile,
        /// Why.
        source: io::Error,
    },
    /// A CA file without a certificate.
    #[error("{}: no PEM certificate in {}", .0.variable, .0.path.display())]
    NoCertificate(CaFile),
    /// The HTTP client itself.
    #[error("the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

#[derive(Debug)]
pub(super) struct Clients {
    settings: Settings,
    tls: OnceLock<Client>,
    loopback: OnceLock<Client>,
}

impl Clients {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            tls: OnceLock::new(),
            loopback: OnceLock::new(),
        }
    }

    pub(super) fn for_scheme(&self, scheme: Option<&str>) -> Result<&Client, SettingsError> {
        let (slot, make): (_, fn(&Settings) -> _) = if scheme == Some("http") {
            (&self.loopback, loopback)
        } else {
            (&self.tls, tls)
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = make(&self.settings)?;
        Ok(slot.get_or_init(|| client))
    }
}

fn builder() -> ClientBuilder {
    // A second call finds the provider set already, which is all that is wanted.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT)
        .http1_only()
}

/// Plain http is for loopback and link-local metadata alone, which no proxy can reach.
fn loopback(_: &Settings) -> Result<Client, SettingsError> {
    Ok(builder().no_proxy().tls_certs_only([]).build()?)
}

fn tls(settings: &Settings) -> Result<Client, SettingsError> {
    let mut client = builder();
    let mut extra = Vec::new();
    for file in &settings.extra_roots {
        extra.extend(file.read()?);
    }
    client = match &settings.roots {
        Some(file) => {
            extra.extend(file.read()?);
            client.tls_certs_only(extra)
        }
        None if extra.is_empty() => client,
        None => client.tls_certs_merge(extra),
    };
    Ok(client.build()?)
}

/// Carries one request and reads its answer whole, within the bounds.
pub(super) async fn carry(
    client: &Client,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, FailureKind> {
    let request =
        reqwest::Request::try_from(request).map_err(|error| FailureKind::Setup(chain(&error)))?;
    let mut response = client
        .execute(request)
        .await
        .map_err(|error| classify(&error))?;
    let mut answer = Response::builder().status(response.status());
    if let Some(headers) = answer.headers_mut() {
        std::mem::swap(headers, response.headers_mut());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| FailureKind::Broken(chain(&error)))?
    {
        if body.len().saturating_add(chunk.len()) > bounds::MAX_BYTES {
            return Err(FailureKind::TooLarge(bounds::MAX_BYTES));
        }
        body.extend_from_slice(&chunk);
    }
    if bounds::too_deep(&body) {
        return Err(FailureKind::TooDeep);
    }
    answer
        .body(body.freeze())
        .map_err(|error| FailureKind::Broken(error.to_string()))
}

fn classify(error: &reqwest::Error) -> FailureKind {
    if let Some(problem) = certificate_problem(error) {
        FailureKind::Certificate(problem)
    } else if error.is_connect() || error.is_builder() {
        FailureKind::Connect(chain(error))
    } else {
        FailureKind::Broken(chain(error))
    }
}

/// What is wrong with the other side's certificate, if that is what is wrong: trying again does not help then.
fn certificate_problem(error: &reqwest::Error) -> Option<String> {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let tls = inner.downcast_ref::<rustls::Error>().or_else(|| {
            inner
                .downcast_ref::<io::Error>()
                .and_then(|error| error.get_ref()?.downcast_ref::<rustls::Error>())
        });
        if let Some(rustls::Error::InvalidCertificate(problem)) = tls {
            return Some(problem.to_string());
        }
        source = inner.source();
    }
    None
}

/// The innermost reasons of an error, without the URL that reqwest puts in front.
fn chain(error: &dyn std::error::Error) -> String {
    let mut reasons = Vec::new();
    let mut source = error.source();
    while let Some(inner) = source {
        reasons.push(inner.to_string());
        source = inner.source();
    }
    reasons.dedup();
    if reasons.is_empty() {
        "the request failed".to_owned()
    } else {
        reasons.join(": ")
    }
}
