//! A mutating request to come, as it looks on the wire: what consent covers, and what the gate compares with.

use arcstr::ArcStr;
use http::{Method, Uri};
use serde_json::Value;
use thiserror::Error;

use crate::backup::BackupId;

/// Why there is no warrant, or no removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoWarrant {
    /// A URL without a scheme or a host, or with a query, or a request that names no backup.
    #[error("not the address of a backup")]
    NoAddress,
    /// Consent does not cover it.
    #[error("nobody approved it")]
    NotApproved,
}

/// The body that a warrant demands.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// No byte.
    Empty,
    /// This JSON value and nothing else; the order of keys and white space do not count.
    Json(Value),
}

/// One changing request that may leave, as it looks on the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Warrant {
    method: Method,
    origin: ArcStr,
    path: ArcStr,
    body: Body,
    ids: Box<[BackupId]>,
}

impl Warrant {
    /// A warrant for `method` on `url`, whose path is percent-encoded already.
    ///
    /// # Errors
    /// [`NoWarrant::NoAddress`] for a URL without origin, or with a query: no call of ours has one.
    pub fn new(
        method: Method,
        url: &Uri,
        body: Body,
        ids: Vec<BackupId>,
    ) -> Result<Self, NoWarrant> {
        let origin = origin(url).ok_or(NoWarrant::NoAddress)?;
        if url.query().is_some() || ids.is_empty() {
            return Err(NoWarrant::NoAddress);
        }
        Ok(Self {
            method,
            origin: origin.into(),
            path: url.path().into(),
            body,
            ids: ids.into(),
        })
    }

    /// The backups that the request removes.
    #[must_use]
    pub fn ids(&self) -> &[BackupId] {
        &self.ids
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &ArcStr {
        &self.origin
    }

    /// The path, percent-encoded.
    #[must_use]
    pub fn path(&self) -> &ArcStr {
        &self.path
    }

    /// The whole URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// The body as it is to be sent.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }
}

/// Scheme, host and port, in one spelling; `None` for what is no plain web address.
pub(crate) fn origin(uri: &Uri) -> Option<String> {
    let scheme = uri.scheme_str()?;
    let default = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let host = uri
        .host()
        .filter(|host| !host.is_empty())?
        .to_ascii_lowercase();
    // `user@host` is legal in a URL and a classic way to hide where it goes.
    if uri.authority()?.as_str().contains('@') {
        return None;
    }
    Some(format!(
        "{scheme}://{host}:{}",
        uri.port_u16().unwrap_or(default)
    ))
}
