//! The routes under `/_sandbox/` by which a test, or a person with curl, looks at the sandbox and changes it.
//!
//! `GET state` · `GET requests` · `GET counts` · `DELETE requests` · `GET fault` · `POST fault` (body `aws:throttle=5/s`) ·
//! `DELETE fault` · `POST change` (body `{"provider":"aws","id":…,"set":{…}}`, `…"remove":id`, `…"add":{a backup}`).
//! No API owns them, none of them is noted, and no fault touches them.

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    exchange::{Answer, Incoming},
    fault::Fault,
    server::Shared,
};

/// What every control route's path begins with.
pub const PREFIX: &str = "/_sandbox/";

/// Answers one of the routes; `route` is what follows [`PREFIX`].
pub fn answer(shared: &Shared, route: &str, incoming: &Incoming, now: Timestamp) -> Answer {
    let mut inner = shared.lock();
    let inner = &mut *inner;
    let body = String::from_utf8_lossy(&incoming.body);
    match (&incoming.method, route) {
        (&Method::GET, "state") => {
            let mut state = Map::new();
            for provider in &mut inner.providers {
                state.insert(provider.api.name().to_owned(), provider.api.state(now));
            }
            done(&Value::Object(state))
        }
        (&Method::GET, "requests") => {
            let requests: Vec<Value> = inner
                .record
                .entries()
                .filter_map(|entry| serde_json::to_value(entry).ok())
                .collect();
            done(&json!({"dropped": inner.record.dropped(), "requests": requests}))
        }
        // Of a run of a million, where the requests themselves are no longer there.
        (&Method::GET, "counts") => done(&json!({"counts": inner.record.counts()})),
        (&Method::DELETE, "requests") => {
            inner.record.clear();
            done(&json!({}))
        }
        (&Method::GET, "fault") => {
            let faults: Vec<String> = inner
                .providers
                .iter()
                .flat_map(|provider| provider.faults.iter().map(ToString::to_string))
                .collect();
            done(&json!({"faults": faults}))
        }
        (&Method::POST, "fault") => {
            // Several may be set at once, one a line.
            for line in body.lines().map(str::trim).filter(|line| !line.is_empty()) {
                let set = line.parse::<Fault>().and_then(|fault| inner.fault(fault));
                if let Err(error) = set {
                    return wrong(&error.to_string());
                }
            }
            done(&json!({}))
        }
        (&Method::DELETE, "fault") => {
            inner.clear_faults();
            done(&json!({}))
        }
        (&Method::POST, "change") => {
            let change: Value = match serde_json::from_str(&body) {
                Ok(change) => change,
                Err(error) => return wrong(&format!("the change is no JSON: {error}")),
            };
            let name = change
                .get("provider")
                .or_else(|| change.get("add").and_then(|seed| seed.get("provider")))
                .and_then(Value::as_str)
                .unwrap_or_default();
            let provider = inner
                .providers
                .iter_mut()
                .find(|provider| provider.api.name() == name);
            let Some(provider) = provider else {
                return wrong(&format!(
                    "the change names no provider of this sandbox: {name:?}"
                ));
            };
            match provider.api.change(&change, now) {
                Ok(()) => done(&json!({})),
                Err(message) => wrong(&message),
            }
        }
        _ => Answer {
            status: StatusCode::NOT_FOUND,
            ..wrong("no such control route: state, requests, counts, fault, change")
        },
    }
}

fn done(value: &Value) -> Answer {
    Answer {
        status: StatusCode::OK,
        headers: vec![("content-type", "application/json".to_owned())],
        body: format!("{value}\n").into_bytes(),
    }
}

fn wrong(message: &str) -> Answer {
    Answer {
        status: StatusCode::BAD_REQUEST,
        ..done(&json!({"error": message}))
    }
}
