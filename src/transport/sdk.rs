//! The AWS SDK's way into the transport: an HTTP client for it that has no connections of its own.

use std::time::Duration;

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
            http_client_fn,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    shared::IntoShared,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use super::{Failure, FailureKind, Lane, Transport};

/// An HTTP client for the AWS SDK, whose every request goes through `transport` on `lane`.
#[must_use]
pub fn http_client(transport: &Transport, lane: Lane) -> SharedHttpClient {
    let transport = transport.clone();
    http_client_fn(move |settings, _| {
        SharedHttpConnector::new(Connector {
            transport: transport.clone(),
            lane,
            // Instance metadata that is not there is waited for as briefly as the SDK asks.
            limit: settings.connect_timeout().zip(settings.read_timeout()),
        })
    })
    .into_shared()
}

#[derive(Debug)]
struct Connector {
    transport: Transport,
    lane: Lane,
    limit: Option<(Duration, Duration)>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = self.transport.clone();
        let lane = self.lane;
        let limit = self.limit;
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            // Every call of ours has its body in memory; a streaming one is no call of ours.
            let body = body.bytes().map(Bytes::copy_from_slice);
            let body = body.ok_or_else(|| ConnectorError::user("a streaming body".into()))?;
            let exchange = transport.exchange(lane, http::Request::from_parts(parts, body));
            let answer = match limit {
                Some((connect, read)) => {
                    tokio::time::timeout(connect.saturating_add(read), exchange)
                        .await
                        .map_err(|error| ConnectorError::timeout(error.into()))?
                }
                None => exchange.await,
            };
            let answer = answer.map_err(refused)?;
            let answer = answer.map(SdkBody::from);
            HttpResponse::try_from(answer)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The failure stays whole inside the SDK's error, so that the provider can take it out again.
fn refused(failure: Failure) -> ConnectorError {
    match &failure.kind {
        FailureKind::Timeout(_) => ConnectorError::timeout(failure.into()),
        FailureKind::Connect(_) | FailureKind::Certificate(_) => {
            ConnectorError::io(failure.into()).never_connected()
        }
        FailureKind::Broken(_)
        | FailureKind::Redirected(_)
        | FailureKind::TooLarge(_)
        | FailureKind::TooDeep => ConnectorError::io(failure.into()),
        FailureKind::Gate(_) | FailureKind::Rehearsed | FailureKind::Setup(_) => {
            ConnectorError::user(failure.into())
        }
    }
}
