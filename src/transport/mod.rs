//! The one way out: every request of every provider, the AWS SDK's too, leaves through [`Transport::exchange`].
//!
//! One attempt, no more: the gate decides whether it may leave, the client carries it, the answer's size and depth are
//! bounded. Whether to try again is [`retry`]'s business, how fast is [`pace`]'s, and what an answer means the provider's.

mod bounds;
mod client;
mod clock;
mod credential_lane;
mod failure;
mod gate;
pub mod pace;
mod region_lane;
pub mod retry;
pub mod sdk;

pub use client::{CaFile, Settings, SettingsError};
pub(crate) use credential_lane::is_aws;
pub(crate) use failure::request_id;
pub use failure::{Failure, FailureKind};
pub use gate::{Armed, Refusal};

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, uri::Authority};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::plan::{Approved, Removal};
use client::Clients;
use clock::Clocks;
use gate::{Gate, Pass};
use pace::{Limiter, Paces, Rate};

/// Which rules a request is under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// A provider's control plane.
    Control,
    /// Where AWS credentials come from: STS, SSO, container and instance metadata, and who they belong to.
    Credentials,
    /// Which regions an AWS account may use: a POST that reads.
    Regions,
}

/// The way out. Cheap to clone; all clones share the gate, the connections and the paces.
#[derive(Debug, Clone)]
pub struct Transport {
    inner: Arc<Inner>,
    /// The hosts that were named for credentials.
    credential_hosts: Arc<[String]>,
}

#[derive(Debug)]
struct Inner {
    settings: Settings,
    clients: Clients,
    gate: Gate,
    paces: Paces,
    clocks: Clocks,
}

impl Transport {
    /// A transport with its gate closed.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let clients = Clients::new(&settings);
        let paces = Paces::capped(settings.rate);
        Self {
            credential_hosts: settings.credential_hosts.clone().into(),
            inner: Arc::new(Inner {
                settings,
                clients,
                gate: Gate::default(),
                paces,
                clocks: Clocks::default(),
            }),
        }
    }

    /// The same way out for somebody who names more hosts for credentials: an AWS profile.
    #[must_use]
    pub fn naming(&self, hosts: &[String]) -> Self {
        Self {
            credential_hosts: self.credential_hosts.iter().chain(hosts).cloned().collect(),
            ..self.clone()
        }
    }

    /// How long reading repeats a call that fails.
    #[must_use]
    pub fn retry_for(&self) -> Duration {
        self.inner.settings.retry_for
    }

    /// The CA files that were named: those that replace the machine's, and those on top.
    #[must_use]
    pub fn ca_files(&self) -> (Option<&CaFile>, &[CaFile]) {
        let settings = &self.inner.settings;
        (settings.roots.as_ref(), &settings.extra_roots)
    }

    /// How far a clock is ahead of this machine's, by the last answer of one of `hosts`; `None` where none had a date.
    #[must_use]
    pub fn clock_ahead(&self, hosts: impl Fn(&Authority) -> bool) -> Option<SignedDuration> {
        self.inner.clocks.ahead(hosts)
    }

    /// The limiter of one limit, such as `aws/111122223333/eu-central-1/DeleteRecoveryPoint`; made at its first use.
    #[must_use]
    pub fn limiter(&self, limit: &str, rate: Rate) -> Arc<Limiter> {
        self.inner.paces.limiter(limit, rate)
    }

    /// Opens the gate for exactly the requests of `removals`, until the returned guard is dropped.
    ///
    /// Rehearsal approvals open nothing: their requests are checked and then withheld.
    ///
    /// # Errors
    /// [`Refusal::NotApproved`] if a removal covers a backup that was not approved.
    pub fn arm(&self, approved: &Approved, removals: &[Removal]) -> Result<Armed, Refusal> {
        for removal in removals {
            if removal.items().is_empty()
                || !removal.items().iter().all(|item| approved.covers(&item.id))
            {
                return Err(Refusal::NotApproved);
            }
        }
        let warrants = removals
            .iter()
            .map(|removal| Arc::clone(removal.warrant()))
            .collect();
        Ok(self.inner.gate.arm(warrants, approved.is_rehearsal()))
    }

    /// Sends one request once, and reads its answer whole.
    ///
    /// # Errors
    /// A [`Failure`] that tells whether the request can have reached the other side. An HTTP status is no failure here,
    /// but for redirects, which are never followed.
    pub async fn exchange(
        &self,
        lane: Lane,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Failure> {
        let started = Instant::now();
        let trace = failure::Trace::of(&request);
        let pass = self
            .inner
            .gate
            .check(lane, &request, &self.credential_hosts);
        match pass {
            Ok(Pass::Through) => {}
            Ok(Pass::Withheld) => return Err(trace.failure(FailureKind::Rehearsed, started)),
            Err(refusal) => return Err(trace.failure(FailureKind::Gate(refusal), started)),
        }
        let client = self
            .inner
            .clients
            .for_scheme(request.uri().scheme_str())
            .map_err(|error| trace.failure(FailureKind::Setup(error.to_string()), started))?;
        let host = request.uri().authority().cloned();
        let limit = self.inner.settings.attempt_timeout;
        let answer = tokio::time::timeout(limit, client::carry(client, request)).await;
        let elapsed = started.elapsed();
        if let (Ok(Ok(response)), Some(host)) = (&answer, &host) {
            let headers = response.headers();
            self.inner.clocks.note(host, headers, Timestamp::now());
        }
        match answer {
            Err(_) => Err(trace.failure(FailureKind::Timeout(limit), started)),
            Ok(Err(error)) => Err(trace.failure(error, started)),
            Ok(Ok(response)) if response.status().is_redirection() => Err(trace
                .failure(FailureKind::Redirected(response.status().as_u16()), started)
                .with_answer(response.headers())),
            Ok(Ok(response)) => {
                tracing::debug!(
                    method = %trace.method(),
                    url = %trace.url(),
                    status = response.status().as_u16(),
                    bytes = response.body().len(),
                    elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
                    "exchange"
                );
                Ok(response)
            }
        }
    }
}
