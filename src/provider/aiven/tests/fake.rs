//! A small Aiven: services with their lists, answers that a test puts in between, and a record of what came in.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{Router, extract::State, response::Response};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::{OTHER, REGION};

pub(super) const TOKEN: &str = "aivtok-secret";

/// What a password in a service's body looks like; it must turn up nowhere.
pub(super) const SECRET: &str = "AVNS_secret";

#[derive(Debug, Default)]
pub(super) struct Inside {
    pub(super) projects: Vec<&'static str>,
    pub(super) services: BTreeMap<String, Value>,
    pub(super) backups: BTreeMap<String, Value>,
    /// Answers in place of the fake's own: method, path, status, body, and how often.
    scripted: Vec<(Method, String, u16, String, u32)>,
    pub(super) log: Vec<(Method, String, String)>,
}

pub(super) struct Fake {
    address: std::net::SocketAddr,
    inside: Arc<Mutex<Inside>>,
}

impl Fake {
    /// Two projects: `acme/pg` with two regions, `acme/plain` with none, and `beta/pg` with one that is empty.
    pub(super) async fn start() -> Self {
        let mut inside = Inside {
            projects: vec!["acme", "beta"],
            ..Inside::default()
        };
        inside.add("acme/pg", &[REGION, OTHER]);
        inside.add("acme/plain", &[]);
        inside.add("beta/pg", &[REGION]);
        inside.backups.insert(
            "acme/pg".to_owned(),
            json!({
                "backups": [
                    copy("b1", 1, json!({"storage_location": "aws-eu-west-1", "additional_regions": [{"cloud": REGION}]})),
                    copy("b2", 2, json!({"storage_location": "aws-eu-west-1", "additional_regions": [{"cloud": REGION}, {"cloud": OTHER, "paused": true, "pause_reason": "quota"}]})),
                ],
                "pitr": {"primary_region": {"pitr_range_start": null, "pitr_range_end": null}, "additional_regions": [
                    {"cloud": REGION, "region": "eu-central-1", "pitr_range_start": "2026-01-01T00:00:00Z", "pitr_range_end": "2026-01-03T00:00:00Z"},
                ]},
            }),
        );
        let inside = Arc::new(Mutex::new(inside));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, inside }
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub(super) fn with<T>(&self, change: impl FnOnce(&mut Inside) -> T) -> T {
        change(&mut self.inside.lock().unwrap())
    }

    /// Answers a call in this way, the next `times`.
    pub(super) fn script(&self, method: Method, path: &str, status: u16, body: &str, times: u32) {
        let scripted = (method, path.to_owned(), status, body.to_owned(), times);
        self.with(|inside| inside.scripted.push(scripted));
    }

    /// Aiven's way to refuse.
    pub(super) fn refuse(&self, method: Method, path: &str, status: u16, message: &str) {
        let body = json!({"errors": [{"message": message, "status": status}], "message": message});
        self.script(method, path, status, &body.to_string(), u32::MAX);
    }

    /// The bodies of the changing requests that came in.
    pub(super) fn changes(&self) -> Vec<String> {
        self.with(|inside| {
            inside
                .log
                .iter()
                .filter(|(method, ..)| method != Method::GET)
                .map(|(method, path, body)| format!("{method} {path} {body}"))
                .collect()
        })
    }

    pub(super) fn set(&self, service: &str, key: &str, value: Value) {
        self.with(|inside| {
            inside.services.get_mut(service).unwrap()[key] = value;
        });
    }

    pub(super) fn list(&self, service: &str, regions: &[&str]) {
        self.set(
            service,
            "user_config",
            json!({"additional_backup_regions": regions, "admin_password": SECRET}),
        );
    }
}

impl Inside {
    fn add(&mut self, id: &str, regions: &[&str]) {
        let (_, name) = id.split_once('/').unwrap();
        let service = json!({
            "service_name": name,
            "service_type": "pg",
            "plan": "business-4",
            "cloud_name": "aws-eu-west-1",
            "state": "RUNNING",
            "termination_protection": false,
            "service_uri": format!("postgres://u:{SECRET}@h/d"),
            "users": [{"username": "u", "password": SECRET}],
            "user_config": {"additional_backup_regions": regions, "ip_filter": ["0.0.0.0/0"], "admin_password": SECRET},
            "backups": [copy("b1", 1, json!({})), copy("b2", 2, json!({}))],
            "tags": {"team": "a"},
        });
        self.services.insert(id.to_owned(), service);
        self.backups.insert(
            id.to_owned(),
            json!({"backups": [copy("b1", 1, json!({})), copy("b2", 2, json!({}))]}),
        );
    }
}

pub(super) fn copy(name: &str, day: u32, more: Value) -> Value {
    let mut copy = json!({"backup_name": name, "backup_time": format!("2026-01-0{day}T03:00:00Z"), "data_size": 100});
    if let (Some(copy), Value::Object(more)) = (copy.as_object_mut(), more) {
        copy.extend(more);
    }
    copy
}

async fn answer(
    State(inside): State<Arc<Mutex<Inside>>>,
    request: Request<axum::body::Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let mut inside = inside.lock().unwrap();
    let path = parts.uri.path().to_owned();
    let entry = (
        parts.method.clone(),
        parts.uri.to_string(),
        String::from_utf8(body.to_vec()).unwrap(),
    );
    inside.log.push(entry);
    let authorized = parts
        .headers
        .get("authorization")
        .is_some_and(|value| value == &format!("Bearer {TOKEN}"));
    let (status, text) = if authorized {
        inside.answer(&parts.method, &path, &body)
    } else {
        refusal(401, "Authentication failed")
    };
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header("x-request-id", "r-1")
        .body(text.into())
        .unwrap()
}

impl Inside {
    fn answer(&mut self, method: &Method, path: &str, body: &[u8]) -> (u16, String) {
        let scripted = self
            .scripted
            .iter_mut()
            .find(|(m, p, .., times)| m == method && p == path && *times > 0);
        if let Some((.., status, body, times)) = scripted {
            *times = times.saturating_sub(1);
            return (*status, body.clone());
        }
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        if let ["v1", "project", project, ..] = parts.as_slice()
            && !self.projects.contains(project)
        {
            return refusal(403, "Not a project member");
        }
        match (method.as_str(), parts.as_slice()) {
            ("GET", ["v1", "me"]) => {
                ok(&json!({"user": {"user": "a@example.com", "real_name": "A"}}))
            }
            ("GET", ["v1", "project"]) => {
                let list: Vec<Value> = self
                    .projects
                    .iter()
                    .map(|name| json!({"project_name": name}))
                    .collect();
                ok(&json!({"projects": list}))
            }
            ("GET", ["v1", "project", project, "service"]) => {
                let prefix = format!("{project}/");
                let list: Vec<&Value> = self
                    .services
                    .iter()
                    .filter(|(id, _)| id.starts_with(&prefix))
                    .map(|(_, service)| service)
                    .collect();
                ok(&json!({"services": list}))
            }
            (_, ["v1", "project", project, "service", name, rest @ ..]) => {
                let id = format!("{project}/{name}");
                let Some(service) = self.services.get_mut(&id) else {
                    return refusal(404, "Service does not exist");
                };
                match (method.as_str(), rest) {
                    ("GET", []) => ok(&json!({"service": service})),
                    ("GET", ["backups"]) => ok(&self.backups[&id]),
                    ("PUT", []) => {
                        let body: Value = serde_json::from_slice(body).unwrap();
                        for (key, value) in body["user_config"].as_object().unwrap() {
                            service["user_config"][key] = value.clone();
                        }
                        ok(&json!({"service": service}))
                    }
                    _ => refusal(404, "Not Found"),
                }
            }
            _ => refusal(404, "Not Found"),
        }
    }
}

fn ok(body: &Value) -> (u16, String) {
    (200, body.to_string())
}

fn refusal(status: u16, message: &str) -> (u16, String) {
    let body = json!({"errors": [{"message": message, "status": status}], "message": message});
    (status, body.to_string())
}
