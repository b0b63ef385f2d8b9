//! The gate: what may leave (S2).
//!
//! Closed, it lets reading through. Armed with warrants, it lets through exactly those requests besides, compared by
//! method, origin, encoded path and body, so that a bug above it, an odd id or a redirect cannot delete what nobody
//! approved. In a rehearsal it compares just the same, and then withholds (S19).

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use arcstr::ArcStr;
use bytes::Bytes;
use http::{
    Method, Request, Uri,
    header::{HOST, HeaderName},
};
use serde_json::Value;
use thiserror::Error;

use super::{Lane, credential_lane, region_lane};
use crate::plan::{Body, NoWarrant, Warrant, origin};

#[cfg(test)]
mod tests;

/// Why the gate refused a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It would change something, and nothing is armed.
    #[error("a changing request while nothing is approved")]
    NotArmed,
    /// It would change something, and it is not one of the approved requests.
    #[error("a changing request that nobody approved")]
    NotApproved,
    /// An approved request with another body.
    #[error("an approved request with another body than the approved one")]
    ForeignBody,
    /// Plain http to another host than this one.
    #[error("plain http to a host that is not loopback")]
    PlainHttp,
    /// A URL without a scheme or a host, or with a scheme that is not http.
    #[error("not a web address")]
    NoAddress,
    /// A header that turns a reading method into another one.
    #[error("a header that overrides the method")]
    MethodOverride,
    /// The credential lane reaches credential services and nothing else.
    #[error("not a credential request")]
    NotCredentials,
    /// The region lane reaches the list of an account's regions and nothing else.
    #[error("not a request for an account's regions")]
    NotRegions,
}

impl From<NoWarrant> for Refusal {
    fn from(reason: NoWarrant) -> Self {
        match reason {
            NoWarrant::NoAddress => Self::NoAddress,
            NoWarrant::NotApproved => Self::NotApproved,
        }
    }
}

type Key = (Method, ArcStr, ArcStr);

fn key(warrant: &Warrant) -> Key {
    (
        warrant.method().clone(),
        warrant.origin().clone(),
        warrant.path().clone(),
    )
}

fn fits_body(warrant: &Warrant, body: &[u8]) -> bool {
    match warrant.body() {
        Body::Empty => body.is_empty(),
        // A body with a key twice parses to the last one; the provider might read the first. So the text must also be
        // what serialising the value gives.
        Body::Json(value) => {
            serde_json::from_slice::<Value>(body).is_ok_and(|sent| sent == *value)
                && serde_json::to_vec(value).is_ok_and(|text| text == body)
        }
    }
}

/// The gate itself. One a transport.
#[derive(Debug, Default)]
pub(super) struct Gate {
    armed: Arc<RwLock<Warrants>>,
}

#[derive(Debug, Default)]
struct Warrants {
    last_series: u64,
    // Several where two armed sets hold the same request, or one address has two approved bodies.
    open: HashMap<Key, Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    series: u64,
    rehearsal: bool,
    warrant: Arc<Warrant>,
}

/// What the gate says to a request that it does not refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// It may leave.
    Through,
    /// It could leave, were this not a rehearsal.
    Withheld,
}

impl Gate {
    pub(super) fn arm(&self, warrants: Vec<Arc<Warrant>>, rehearsal: bool) -> Armed {
        let mut state = self.armed.write().unwrap_or_else(PoisonError::into_inner);
        state.last_series = state.last_series.wrapping_add(1);
        let series = state.last_series;
        for warrant in warrants {
            // Hardly ever more than one, and there may be a million.
            let entries = state
                .open
                .entry(key(&warrant))
                .or_insert_with(|| Vec::with_capacity(1));
            entries.push(Entry {
                series,
                rehearsal,
                warrant,
            });
        }
        Armed {
            gate: Arc::clone(&self.armed),
            series,
        }
    }

    pub(super) fn check(
        &self,
        lane: Lane,
        request: &Request<Bytes>,
        credential_hosts: &[String],
    ) -> Result<Pass, Refusal> {
        let uri = request.uri();
        let origin = origin(uri).ok_or(Refusal::NoAddress)?;
        if !names_the_same_host(request, &origin) {
            return Err(Refusal::NoAddress);
        }
        if request.headers().keys().any(overrides_method) {
            return Err(Refusal::MethodOverride);
        }
        match lane {
            Lane::Credentials => {
                if credential_lane::admits(request, credential_hosts) {
                    Ok(Pass::Through)
                } else {
                    Err(Refusal::NotCredentials)
                }
            }
            Lane::Regions => {
                if region_lane::admits(request) {
                    Ok(Pass::Through)
                } else {
                    Err(Refusal::NotRegions)
                }
            }
            Lane::Control => {
                if uri.scheme_str() == Some("http") && !is_loopback(uri) {
                    return Err(Refusal::PlainHttp);
                }
                if request.method() == Method::GET && request.body().is_empty() {
                    return Ok(Pass::Through);
                }
                self.check_change(request, origin)
            }
        }
    }

    fn check_change(&self, request: &Request<Bytes>, origin: String) -> Result<Pass, Refusal> {
        let state = self.armed.read().unwrap_or_else(PoisonError::into_inner);
        if state.open.is_empty() {
            return Err(Refusal::NotArmed);
        }
        let key = (
            request.method().clone(),
            origin.into(),
            request.uri().path().into(),
        );
        let entries = state.open.get(&key).ok_or(Refusal::NotApproved)?;
        if request.uri().query().is_some_and(|query| !query.is_empty()) {
            return Err(Refusal::NotApproved);
        }
        let mut fitting = entries
            .iter()
            .filter(|entry| fits_body(&entry.warrant, request.body()))
            .peekable();
        if fitting.peek().is_none() {
            return Err(Refusal::ForeignBody);
        }
        // Next to a run, a rehearsal of the same request still lets nothing through.
        Ok(if fitting.any(|entry| entry.rehearsal) {
            Pass::Withheld
        } else {
            Pass::Through
        })
    }
}

/// Keeps the gate open for one set of warrants; dropping it closes the gate for them.
#[derive(Debug)]
pub struct Armed {
    gate: Arc<RwLock<Warrants>>,
    series: u64,
}

impl Drop for Armed {
    fn drop(&mut self) {
        let mut state = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        state.open.retain(|_, entries| {
            entries.retain(|entry| entry.series != self.series);
            !entries.is_empty()
        });
    }
}

/// Whether the address is this machine. `localhost` counts; every other name could resolve to anywhere.
pub(super) fn is_loopback(uri: &Uri) -> bool {
    let Some(host) = uri.host() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// A `Host` header can only say again what the URL says: a front end would go by the header.
fn names_the_same_host(request: &Request<Bytes>, wanted: &str) -> bool {
    let scheme = request.uri().scheme_str().unwrap_or_default();
    request.headers().get_all(HOST).iter().all(|host| {
        host.to_str()
            .ok()
            .and_then(|host| format!("{scheme}://{host}/").parse().ok())
            .and_then(|uri| origin(&uri))
            .is_some_and(|named| named == wanted)
    })
}

fn overrides_method(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "x-http-method-override" | "x-http-method" | "x-method-override"
    )
}
