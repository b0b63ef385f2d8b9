//! The provider against a scripted AWS: what is asked, and what becomes of the answers.

mod census;
mod deleting;
mod looking;
mod reading_back;
mod roles;
mod surveying;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use aws_credential_types::Credentials;
use aws_sdk_backup::config::{BehaviorVersion, Builder, Region as SdkRegion, retry::RetryConfig};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
    },
    shared::IntoShared,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::*;
use crate::{
    backup::{Outcome, State},
    plan::{Item, Plan, Section, Selection, Verdict, fingerprint},
    provider::{ErrorKind, Keepers, Sent},
    shared::Shared,
    transport::{Settings, Transport},
};

const R: &str = "eu-central-1";
const SNAP: &str = "arn:aws:ec2:eu-central-1::snapshot/snap-0a";
const POINT: &str = "arn:aws:backup:eu-central-1:111122223333:recovery-point:0a";
const PART: &str = "arn:aws:backup:eu-central-1:111122223333:recovery-point:0b";
const VOLUME: &str = "arn:aws:ec2:eu-central-1:111122223333:volume/vol-1";

/// An answer: a status, the error's type where it is one, and a body.
type Answer = (u16, &'static str, Value);
type Script = dyn Fn(&Asked) -> Answer + Send + Sync;

/// A request as AWS would see it.
#[derive(Debug, Clone)]
struct Asked {
    method: String,
    path: String,
    query: String,
    uri: String,
    /// The region that it is signed for.
    region: String,
}

impl Asked {
    fn is(&self, method: &str, start: &str) -> bool {
        self.method == method && self.path.starts_with(start)
    }

    fn says(&self, text: &str) -> bool {
        self.query.contains(text)
    }
}

#[derive(Clone)]
struct Fake {
    script: Arc<Script>,
    log: Arc<Mutex<Vec<Asked>>>,
    /// Counted where it is wanted; then answers take a moment.
    flight: Option<Arc<Flight>>,
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Fake")
    }
}

impl HttpConnector for Fake {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri: http::Uri = request.uri().parse().unwrap();
        let asked = Asked {
            method: request.method().to_owned(),
            path: uri.path().strip_prefix("/prefix").unwrap().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            uri: uri.to_string(),
            region: signed_for(&request),
        };
        let (status, code, body) = (self.script)(&asked);
        self.log.lock().unwrap().push(asked);
        let mut answer = http::Response::builder()
            .status(status)
            .header("x-amzn-requestid", "request-1");
        if !code.is_empty() {
            answer = answer.header("x-amzn-errortype", code);
        }
        let text = if body.is_null() {
            String::new()
        } else {
            body.as_str()
                .map_or_else(|| body.to_string(), ToOwned::to_owned)
        };
        let answer = answer.body(SdkBody::from(text)).unwrap();
        let answer = HttpResponse::try_from(answer).unwrap();
        let Some(flight) = &self.flight else {
            return HttpConnectorFuture::ready(Ok(answer));
        };
        let flight = Arc::clone(flight);
        HttpConnectorFuture::new(async move {
            let now = flight.now.fetch_add(1, Ordering::SeqCst).saturating_add(1);
            flight.most.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            flight.now.fetch_sub(1, Ordering::SeqCst);
            Ok(answer)
        })
    }
}

/// How many requests are under way, and how many were at most.
#[derive(Debug, Default)]
struct Flight {
    now: AtomicUsize,
    most: AtomicUsize,
}

fn signed_for(request: &HttpRequest) -> String {
    let signature = request.headers().get("authorization").unwrap_or_default();
    signature.split('/').nth(2).unwrap_or_default().to_owned()
}

struct World {
    aws: Aws,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl World {
    fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    fn count(&self, method: &str, start: &str) -> usize {
        let asked = self.asked();
        asked.iter().filter(|asked| asked.is(method, start)).count()
    }
}

/// AWS Backup with what every script shares: no holds, no tags, and the vaults `prod` and `aws/efs/x`.
async fn world(script: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> World {
    world_in(&[R], None, script).await
}

/// The same over several regions.
async fn world_in(
    regions: &[&str],
    flight: Option<Arc<Flight>>,
    script: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
) -> World {
    let whole = move |asked: &Asked| {
        script(asked).unwrap_or_else(|| {
            if asked.is("GET", "/backup-vaults/") && asked.path.contains("/recovery-points") {
                if asked
                    .path
                    .trim_end_matches('/')
                    .ends_with("/recovery-points")
                {
                    return (200, "", json!({"RecoveryPoints": []}));
                }
                return (400, "ResourceNotFoundException", json!({"Message": "no"}));
            }
            match asked.path.trim_end_matches('/') {
                "/backup-vaults" => (
                    200,
                    "",
                    json!({"BackupVaultList": [
                    vault("prod", json!({})), vault("aws/efs/x", json!({}))
                ], "NextToken": null}),
                ),
                "/legal-holds" => (200, "", json!({"LegalHolds": []})),
                path if path.starts_with("/tags") => (200, "", json!({"Tags": {}})),
                path => panic!("not in the script: {} {path}", asked.method),
            }
        })
    };
    let log = Arc::default();
    let fake = Fake {
        script: Arc::new(whole),
        log: Arc::clone(&log),
        flight,
    };
    let connector = SharedHttpConnector::new(fake);
    let client: aws_smithy_runtime_api::client::http::SharedHttpClient =
        http_client_fn(move |_, _| connector.clone()).into_shared();
    let backup = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(SdkRegion::new(R))
        .endpoint_url("http://127.0.0.1:9/prefix")
        .credentials_provider(Credentials::new("AKIATEST", "secret", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(client);
    let transport = Transport::new(Settings {
        retry_for: std::time::Duration::ZERO,
        ..Settings::default()
    });
    World {
        aws: Aws::scripted(backup, transport, regions).await,
        log,
    }
}

fn vault(name: &str, more: Value) -> Value {
    let mut vault = json!({
        "BackupVaultName": name,
        "BackupVaultArn": format!("arn:aws:backup:{R}:111122223333:backup-vault:{name}"),
        "VaultType": "BACKUP_VAULT",
        "NumberOfRecoveryPoints": 2,
    });
    merge(&mut vault, more);
    vault
}

fn point(arn: &str, more: Value) -> Value {
    let mut point = json!({
        "RecoveryPointArn": arn,
        "BackupVaultName": "prod",
        "ResourceArn": VOLUME,
        "ResourceType": "EBS",
        "Status": "COMPLETED",
        "CreationDate": 1.578_560_834_253E9,
        "BackupSizeInBytes": 1024,
    });
    merge(&mut point, more);
    point
}

fn merge(value: &mut Value, more: Value) {
    if let (Value::Object(value), Value::Object(more)) = (value, more) {
        value.extend(more);
    }
}

fn encoded(arn: &str) -> String {
    endpoint::path("prod", arn)
}

fn target(arn: &str) -> Target {
    Target {
        container: Some("prod".to_owned()),
        name: arn.to_owned(),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a script answers, or leaves it to the others'"
)]
fn ok(body: Value) -> Option<Answer> {
    Some((200, "", body))
}

fn refusal(status: u16, code: &'static str, message: &str) -> Answer {
    (status, code, json!({ "Message": message }))
}

fn denied(message: &str) -> Answer {
    refusal(403, "AccessDeniedException", message)
}

fn approve(backups: Vec<Backup>) -> Approved {
    let items = backups
        .into_iter()
        .map(|backup| Item {
            fingerprint: fingerprint(&backup),
            backup: backup.into(),
            verdict: Verdict::Delete,
            reasons: Shared::default(),
            refused: false,
            section: 0,
        })
        .collect();
    Approved::rehearsal(&Plan {
        created_at: jiff::Timestamp::UNIX_EPOCH,
        sections: vec![Section {
            target: None,
            identity: Identity {
                provider: crate::backup::Provider::Aws,
                account: None,
                alias: None,
                principal: None,
                source: String::new(),
                endpoint: String::new(),
                endpoint_overridden: false,
            },
            scope: Value::Null,
            selection: Selection::default(),
        }],
        items,
        absent: Vec::new(),
        remaining: Vec::new(),
        grave: Vec::new(),
        notes: Vec::new(),
    })
}
