//! The HTTP side: reads requests whole, finds the API that owns them, and puts throttling and faults around it.
//!
//! Order of things for one request: noted, delayed, throttled, then the faults that keep a change from being applied,
//! then the API itself, then the faults that spoil an answer which was true.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Request, State},
    response::Response,
};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use tokio::time::sleep;

use super::{
    connection::Cord,
    control,
    exchange::{Answer, Api, Incoming},
    fault::{Aim, Fault, FaultError, Kind},
    record::Record,
    throttle::Throttle,
};

const MOST_BODY: usize = 1024 * 1024;
const HUGE_CHUNKS: usize = 100;

/// The APIs with everything around them, behind one lock: answers take microseconds, and one order of things is worth
/// more to a test than parallel ones.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<Inner>>);

/// What the lock guards.
pub struct Inner {
    /// The providers, in the order in which they are asked whether they own a request.
    pub providers: Vec<Provider>,
    /// The requests so far.
    pub record: Record,
}

/// One API with what goes wrong in front of it.
pub struct Provider {
    /// The API.
    pub api: Box<dyn Api>,
    /// Its generic faults.
    pub faults: Vec<Fault>,
    throttle: Throttle,
}

impl Provider {
    /// An API without faults.
    #[must_use]
    pub fn new(api: Box<dyn Api>) -> Self {
        Self {
            api,
            faults: Vec::new(),
            throttle: Throttle::default(),
        }
    }
}

impl Inner {
    /// Switches a fault on, for the API itself or in front of it.
    pub fn fault(&mut self, fault: Fault) -> Result<(), FaultError> {
        let names: Vec<&str> = self
            .providers
            .iter()
            .map(|provider| provider.api.name())
            .collect();
        let names = names.join(", ");
        let Some(provider) = self
            .providers
            .iter_mut()
            .find(|provider| provider.api.name() == fault.provider)
        else {
            return Err(FaultError::Provider(fault.provider, names));
        };
        if let Kind::Own { kind, value } = &fault.kind {
            if !provider.api.fault(kind, value.as_deref()) {
                let own = provider.api.fault_kinds().join(", ");
                return Err(FaultError::Kind {
                    fault: fault.to_string(),
                    own: if own.is_empty() {
                        "none of its own".to_owned()
                    } else {
                        own
                    },
                    provider: fault.provider,
                });
            }
        } else {
            // The same fault again replaces the one before: a rate is changed, not doubled.
            provider
                .faults
                .retain(|other| (other.kind.name(), other.aim) != (fault.kind.name(), fault.aim));
            provider.faults.push(fault);
        }
        Ok(())
    }

    /// Switches every fault off.
    pub fn clear_faults(&mut self) {
        for provider in &mut self.providers {
            provider.faults.clear();
            provider.throttle = Throttle::default();
            provider.api.clear_faults();
        }
    }
}

impl Shared {
    /// Puts the APIs behind their lock.
    #[must_use]
    pub fn new(providers: Vec<Provider>) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            providers,
            record: Record::default(),
        })))
    }

    /// A panic elsewhere leaves state that is as good as before: nothing here is half written across calls.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The service, for [`axum::serve`].
    pub fn router(self) -> Router {
        Router::new().fallback(serve).with_state(self)
    }
}

async fn serve(
    State(shared): State<Shared>,
    ConnectInfo(cord): ConnectInfo<Cord>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BODY).await else {
        return text(
            StatusCode::PAYLOAD_TOO_LARGE,
            "a request to the sandbox has at most 1 MiB\n",
        );
    };
    let incoming = Incoming {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: body.to_vec(),
    };
    if let Some(route) = incoming.path.strip_prefix(control::PREFIX) {
        return plain(control::answer(&shared, route, &incoming, Timestamp::now()));
    }
    let arrived = Instant::now();
    let (number, latency) = arrive(&shared, &incoming);
    // Half of it is the way there and half the way back. What the sandbox itself takes is no part of a provider's latency.
    let left = |share: f64| latency.mul_f64(share).saturating_sub(arrived.elapsed());
    if !latency.is_zero() {
        sleep(left(0.5)).await;
    }
    let verdict = decide(&shared, &incoming, number);
    if !latency.is_zero() {
        sleep(left(1.0)).await;
    }
    match verdict {
        Verdict::Answer(answer) => plain(answer),
        Verdict::Reset => {
            cord.pull();
            // Never seen by anybody: writing it is what makes the server notice the cut.
            Response::new(Body::empty())
        }
        Verdict::Hang => std::future::pending().await,
        Verdict::Huge => huge(),
    }
}

enum Verdict {
    Answer(Answer),
    Reset,
    Hang,
    Huge,
}

/// Notes the request and tells how long its answer takes.
fn arrive(shared: &Shared, incoming: &Incoming) -> (u64, Duration) {
    let mut inner = shared.lock();
    let inner = &mut *inner;
    let mut latency = Duration::ZERO;
    let mut owner = None;
    if let Some(provider) = inner
        .providers
        .iter_mut()
        .find(|provider| provider.api.owns(incoming))
    {
        let mutates = provider.api.mutates(incoming);
        owner = Some((provider.api.name(), provider.api.limit(incoming), mutates));
        for fault in &mut provider.faults {
            if let Kind::Latency(more) = fault.kind
                && fault.strikes(mutates)
            {
                latency = latency.saturating_add(more);
            }
        }
    }
    (
        inner.record.note(incoming, Timestamp::now(), owner),
        latency,
    )
}

fn decide(shared: &Shared, incoming: &Incoming, number: u64) -> Verdict {
    let mut inner = shared.lock();
    let Inner { providers, record } = &mut *inner;
    let Some(provider) = providers
        .iter_mut()
        .find(|provider| provider.api.owns(incoming))
    else {
        let answer = Answer {
            status: StatusCode::NOT_FOUND,
            headers: vec![("content-type", "text/plain; charset=utf-8".to_owned())],
            body: b"no provider's API in this sandbox has such a path\n".to_vec(),
        };
        record.settle(number, Some(answer.status), None);
        return Verdict::Answer(answer);
    };
    let (mut verdict, fault) = provider.decide(incoming);
    if let Verdict::Answer(answer) = &mut verdict {
        provider.date(answer, incoming);
    }
    let status = match &verdict {
        Verdict::Answer(answer) => Some(answer.status),
        Verdict::Huge => Some(StatusCode::OK),
        Verdict::Reset | Verdict::Hang => None,
    };
    record.settle(number, status, fault);
    verdict
}

impl Provider {
    fn decide(&mut self, incoming: &Incoming) -> (Verdict, Option<String>) {
        let mutates = self.api.mutates(incoming);
        if let Some(answer) = self.throttled(incoming, mutates) {
            return (Verdict::Answer(answer), Some("throttle".to_owned()));
        }
        let struck = self
            .faults
            .iter_mut()
            .filter(|fault| !is_beside(&fault.kind))
            .find_map(|fault| fault.strikes(mutates).then(|| fault.kind.clone()));
        let Some(kind) = struck else {
            return (
                Verdict::Answer(self.api.answer(incoming, Timestamp::now())),
                None,
            );
        };
        let name = kind.name().to_owned();
        let verdict = match kind {
            Kind::Error(status) => Verdict::Answer(self.api.broken(incoming, status)),
            Kind::Refused(refusal) => Verdict::Answer(self.api.refused(incoming, refusal)),
            Kind::ResetBefore => Verdict::Reset,
            Kind::Hang => Verdict::Hang,
            Kind::ResetAfter => {
                self.api.answer(incoming, Timestamp::now());
                Verdict::Reset
            }
            Kind::HangAfter => {
                self.api.answer(incoming, Timestamp::now());
                Verdict::Hang
            }
            Kind::Html => Verdict::Answer(page(StatusCode::OK, "Welcome to the guest network")),
            Kind::Html502 => Verdict::Answer(page(StatusCode::BAD_GATEWAY, "502 Bad Gateway")),
            Kind::Empty => {
                let mut answer = self.api.answer(incoming, Timestamp::now());
                answer.body.clear();
                Verdict::Answer(answer)
            }
            Kind::Truncated => {
                let mut answer = self.api.answer(incoming, Timestamp::now());
                answer.body.truncate(answer.body.len() / 2);
                Verdict::Answer(answer)
            }
            Kind::Huge => Verdict::Huge,
            Kind::Nested => Verdict::Answer(json(nested())),
            Kind::Redirect => Verdict::Answer(redirect(incoming)),
            Kind::Throttle(_) | Kind::Latency(_) | Kind::Clock(_) | Kind::Own { .. } => {
                Verdict::Answer(self.api.answer(incoming, Timestamp::now()))
            }
        };
        (verdict, Some(name))
    }

    /// Dates an answer by a clock that is wrong; the server dates all others.
    fn date(&mut self, answer: &mut Answer, incoming: &Incoming) {
        let mutates = self.api.mutates(incoming);
        let now = Timestamp::now();
        for fault in &mut self.faults {
            if let Kind::Clock(ahead) = fault.kind
                && fault.strikes(mutates)
                && let Ok(there) = now.saturating_add(ahead)
            {
                let date = there.strftime("%a, %d %b %Y %H:%M:%S GMT");
                answer.headers.push(("date", date.to_string()));
            }
        }
    }

    fn throttled(&mut self, incoming: &Incoming, mutates: bool) -> Option<Answer> {
        for fault in &self.faults {
            let aimed = match fault.aim {
                Aim::All => true,
                Aim::Mutating => mutates,
                Aim::Reading => !mutates,
            };
            if let Kind::Throttle(rate) = fault.kind
                && aimed
                && let Err(wait) =
                    self.throttle
                        .take(&self.api.limit(incoming), rate, Instant::now())
            {
                let wait = wait
                    .as_secs()
                    .saturating_add(u64::from(wait.subsec_nanos() > 0));
                return Some(self.api.throttled(incoming, wait));
            }
        }
        None
    }
}

/// Whether a fault goes with whatever else happens to the request.
fn is_beside(kind: &Kind) -> bool {
    matches!(kind, Kind::Throttle(_) | Kind::Latency(_) | Kind::Clock(_))
}

/// An answer as HTTP. A header that cannot be one is left out rather than turned into a failure.
fn plain(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn text(status: StatusCode, body: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
}

fn page(status: StatusCode, title: &str) -> Answer {
    Answer {
        status,
        headers: vec![("content-type", "text/html".to_owned())],
        body: format!(
            "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        )
        .into_bytes(),
    }
}

fn json(body: Vec<u8>) -> Answer {
    Answer {
        status: StatusCode::OK,
        headers: vec![("content-type", "application/json".to_owned())],
        body,
    }
}

fn nested() -> Vec<u8> {
    const DEPTH: usize = 100_000;
    let mut body = vec![b'['; DEPTH];
    body.resize(DEPTH * 2, b']');
    body
}

fn redirect(incoming: &Incoming) -> Answer {
    let mut location = format!("/redirected{}", incoming.path);
    if !incoming.query.is_empty() {
        location.push('?');
        location.push_str(&incoming.query);
    }
    Answer {
        status: StatusCode::TEMPORARY_REDIRECT,
        headers: vec![("location", location)],
        body: Vec::new(),
    }
}

/// 100 MB of one JSON text, made as it is read, and without a length that would warn the reader.
fn huge() -> Response {
    let (mut sender, body) =
        http_body_util::channel::Channel::<Bytes, std::convert::Infallible>::new(2);
    tokio::spawn(async move {
        let chunk = Bytes::from(vec![b'a'; 1024 * 1024]);
        let mut sent = sender
            .send_data(Bytes::from_static(b"{\"filler\":\""))
            .await
            .is_ok();
        for _ in 0..HUGE_CHUNKS {
            // A reader that has had enough hangs up.
            sent = sent && sender.send_data(chunk.clone()).await.is_ok();
        }
        if sent {
            sender.send_data(Bytes::from_static(b"\"}")).await.ok();
        }
    });
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
