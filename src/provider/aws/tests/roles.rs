//! Roles against a scripted STS: assumed with what was asked for, and again before their credentials run out.

use std::sync::atomic::AtomicU64;

use aws_credential_types::provider::ProvideCredentials;

use super::super::{held::Held, roles};
use super::*;
use crate::provider::SetupError;

const ROLE: &str = "arn:aws:iam::444455556666:role/bkdel";

/// STS whose sessions last so many seconds from 2026 on, and what it was asked.
#[derive(Debug, Clone)]
struct Sts {
    until: &'static str,
    count: Arc<AtomicU64>,
    forms: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Sts {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let form = String::from_utf8_lossy(request.body().bytes().unwrap()).into_owned();
        self.forms.lock().unwrap().push(form);
        let number = self.count.fetch_add(1, Ordering::SeqCst);
        let (status, body) = if self.until.is_empty() {
            (403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>".to_owned())
        } else {
            let body = format!(
                "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
                self.until
            );
            (200, body)
        };
        let answer = http::Response::builder()
            .status(status)
            .body(SdkBody::from(body))
            .unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(answer).unwrap()))
    }
}

async fn assumed(until: &'static str) -> (Sts, Result<Held, SetupError>) {
    let sts = Sts {
        until,
        count: Arc::default(),
        forms: Arc::default(),
    };
    let connector = SharedHttpConnector::new(sts.clone());
    let client: aws_smithy_runtime_api::client::http::SharedHttpClient =
        http_client_fn(move |_, _| connector.clone()).into_shared();
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(SdkRegion::new(R))
        .credentials_provider(Credentials::new("AKIATEST", "secret", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(client)
        .build();
    let request = Request {
        roles: vec![ROLE.to_owned()],
        external_id: Some("tango".to_owned()),
        ..Request::default()
    };
    let role = &roles::of(&request).unwrap()[0];
    let base = Held::of_keys("AKIATEST", "secret");
    let transport = Transport::new(Settings {
        retry_for: std::time::Duration::ZERO,
        ..Settings::default()
    });
    let client = aws_sdk_sts::Client::from_conf(config);
    let held = roles::assume(role, &request, &base, &client, &transport).await;
    (sts, held)
}

#[tokio::test(start_paused = true)]
async fn a_session_that_lasts_is_asked_for_once_and_one_that_ends_again() {
    for (until, expected) in [
        ("2999-01-01T00:00:00Z", ["ASIA0", "ASIA0"]),
        ("2020-01-01T00:00:00Z", ["ASIA1", "ASIA2"]),
    ] {
        let (sts, held) = assumed(until).await;
        let held = held.unwrap();
        assert_eq!(held.account.as_deref(), Some("444455556666"));
        assert_eq!(held.account_key(), "444455556666");
        assert!(held.source.contains(ROLE));
        for key in expected {
            let credentials = held.provide_credentials().await.unwrap();
            assert_eq!(credentials.access_key_id(), key, "{until}");
        }
        let forms = sts.forms.lock().unwrap();
        for part in [
            "Action=AssumeRole",
            "RoleSessionName=bkdel",
            "ExternalId=tango",
        ] {
            assert!(forms[0].contains(part), "{part}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_is_denied_is_an_error_of_credentials() {
    let (_, held) = assumed("").await;
    let Err(SetupError::Credentials { message, hint }) = held else {
        panic!("it was denied");
    };
    assert!(message.contains(ROLE) && message.contains("not authorized"));
    assert!(hint.unwrap().contains("trust policy"));
}
