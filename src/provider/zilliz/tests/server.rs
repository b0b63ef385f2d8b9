//! A small organisation on loopback, for what needs more than a function to be tried.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Body as HttpBody,
    extract::{Request as HttpRequest, State as Shared},
    response::Response,
};
use serde_json::{Value, json};

use super::super::{Request, Zilliz, connect};
use crate::{
    environment::Environment,
    transport::{Settings, Transport},
};

/// What to answer to a request line instead of the truth.
type Hook = Box<dyn FnMut(&str) -> Option<(u16, String)> + Send>;

#[derive(Default)]
pub(super) struct World {
    pub(super) projects: Vec<Value>,
    pub(super) clusters: Vec<Value>,
    pub(super) backups: Vec<Value>,
    /// Every request line, in order.
    pub(super) log: Vec<String>,
    pub(super) hook: Option<Hook>,
}

#[derive(Clone)]
pub(super) struct Server {
    world: Arc<Mutex<World>>,
    pub(super) base: String,
    pub(super) transport: Transport,
}

pub(super) fn backup(cluster: &str, id: &str) -> Value {
    json!({
        "projectId": "proj-1", "backupId": id, "backupName": format!("name of {id}"), "backupType": "CLUSTER",
        "creationMethod": "MANUAL", "size": 10, "expireTime": null, "clusterId": cluster, "clusterName": "old name",
        "createTime": "2026-01-02T03:04:05Z", "status": "AVAILABLE",
    })
}

pub(super) fn with(mut row: Value, field: &str, value: impl Into<Value>) -> Value {
    row[field] = value.into();
    row
}

impl Server {
    pub(super) async fn start(backups: Vec<Value>) -> Self {
        let world = Arc::new(Mutex::new(World {
            projects: vec![
                json!({"projectId": "proj-2", "projectName": "staging", "createTime": "2025-06-01T00:00:00Z"}),
                json!({"projectId": "proj-1", "projectName": "production", "createTime": "2025-01-01T00:00:00Z"}),
            ],
            clusters: vec![
                json!({"clusterId": "in01-a", "clusterName": "search-prod", "status": "RUNNING", "regionId": "r", "projectId": "proj-1"}),
                json!({"clusterId": "in01-b", "clusterName": "search-test", "status": "DELETED", "projectId": "proj-2"}),
            ],
            backups,
            ..World::default()
        }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&world));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let transport = Transport::new(Settings {
            retry_for: std::time::Duration::from_millis(50),
            ..Settings::default()
        });
        Self {
            world,
            base,
            transport,
        }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers to request lines that begin with `line` with this instead.
    pub(super) fn answer(&self, line: &'static str, status: u16, body: &Value) {
        // A text is a body that is no JSON.
        let text = body
            .as_str()
            .map_or_else(|| body.to_string(), ToOwned::to_owned);
        self.world().hook = Some(Box::new(move |asked| {
            asked.starts_with(line).then(|| (status, text.clone()))
        }));
    }

    pub(super) fn asked(&self, what: &str) -> usize {
        self.world()
            .log
            .iter()
            .filter(|line| line.contains(what))
            .count()
    }

    pub(super) async fn connect(&self, request: Request) -> Zilliz {
        let request = Request {
            endpoint: Some(self.base.clone()),
            ..request
        };
        let environment = Environment::of(&[("ZILLIZ_API_KEY", "secret")]);
        connect(&self.transport, &environment, &request)
            .await
            .unwrap()
    }
}

async fn answer(world: Shared<Arc<Mutex<World>>>, request: HttpRequest) -> Response {
    let line = format!("{} {}", request.method(), request.uri());
    let mut world = world.0.lock().unwrap_or_else(PoisonError::into_inner);
    world.log.push(line.clone());
    let key = request.headers().get("authorization");
    let mut hook = world.hook.take();
    let hooked = hook.as_mut().and_then(|hook| hook(&line));
    world.hook = hook;
    let (status, body) = match hooked {
        Some(answer) => answer,
        None if key.is_none_or(|key| key != "Bearer secret") => (
            401,
            json!({"code": 21119, "message": "The apikey is illegal"}).to_string(),
        ),
        None => (
            200,
            world
                .answer(request.method().as_str(), request.uri())
                .to_string(),
        ),
    };
    Response::builder()
        .status(status)
        .header("requestid", "r-1")
        .body(HttpBody::from(body))
        .unwrap()
}

impl World {
    fn answer(&mut self, method: &str, uri: &http::Uri) -> Value {
        let query: HashMap<String, String> =
            url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let segments: Vec<&str> = uri.path().split('/').skip(2).collect();
        match (method, segments.as_slice()) {
            ("GET", ["projects"]) => json!({"code": 0, "data": self.projects}),
            ("GET", ["clusters"]) => page(&self.clusters, "clusters", &query),
            ("GET", ["backups"]) => page(&self.backups, "backups", &query),
            ("GET", ["clusters", cluster, "backups", id]) => match self.position(cluster, id) {
                Some(place) => {
                    let data = with(self.backups[place].clone(), "regionId", "far-away");
                    json!({"code": 0, "data": data})
                }
                None => absent(),
            },
            ("DELETE", ["clusters", cluster, "backups", id]) => match self.position(cluster, id) {
                Some(place) => {
                    self.backups.remove(place);
                    json!({"code": 0, "data": {"backupId": id, "backupName": "name"}})
                }
                None => absent(),
            },
            _ => json!({"code": 404, "message": "no such route"}),
        }
    }

    fn position(&self, cluster: &str, id: &str) -> Option<usize> {
        self.backups
            .iter()
            .position(|row| row["clusterId"] == cluster && row["backupId"] == id)
    }
}

fn absent() -> Value {
    json!({"code": 99999, "message": "The backup does not exist"})
}

fn page(rows: &[Value], name: &str, query: &HashMap<String, String>) -> Value {
    let number = |name: &str| query[name].parse::<usize>().unwrap();
    let (size, current) = (number("pageSize"), number("currentPage"));
    let rows: Vec<&Value> = rows
        .iter()
        .filter(|row| {
            ["clusterId", "projectId", "creationMethod"]
                .iter()
                .all(|field| query.get(*field).is_none_or(|wanted| row[field] == *wanted))
        })
        .collect();
    let start = current.saturating_sub(1).saturating_mul(size);
    let page: Vec<&&Value> = rows.iter().skip(start).take(size).collect();
    json!({"code": 0, "data": {"count": rows.len(), "currentPage": current, "pageSize": size, name: page}})
}

/// Two of a live cluster, one of a cluster that is listed as deleted, one of a cluster that is not listed.
pub(super) async fn small() -> Server {
    Server::start(vec![
        backup("in01-a", "b1"),
        with(backup("in01-a", "b2"), "creationMethod", "AUTO"),
        with(backup("in01-b", "b3"), "projectId", "proj-2"),
        backup("in01-gone", "b4"),
    ])
    .await
}
