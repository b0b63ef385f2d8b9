//! Signed calls to services that bkdel asks one thing of: the SDK for each would be larger than bkdel.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use bytes::Bytes;
use http::{
    Method, Request,
    header::{CONTENT_TYPE, USER_AGENT},
};

/// Where a call goes, and what it is signed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) address: String,
    pub(super) region: &'static str,
    pub(super) service: &'static str,
}

/// A signed POST; `None` where it cannot be put together.
pub(super) fn post(
    place: &Place,
    content_type: &str,
    body: Bytes,
    credentials: Credentials,
) -> Option<Request<Bytes>> {
    let identity = credentials.into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(place.region)
        .name(place.service)
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let signable = SignableRequest::new(
        "POST",
        &place.address,
        [(CONTENT_TYPE.as_str(), content_type)].into_iter(),
        SignableBody::Bytes(&body),
    )
    .ok()?;
    let (instructions, _) = sign(signable, &params).ok()?.into_parts();
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(&place.address)
        .header(CONTENT_TYPE, content_type)
        // As the SDK names it, so that CloudTrail shows who asked.
        .header(
            USER_AGENT,
            concat!("app/bkdel bkdel/", env!("CARGO_PKG_VERSION")),
        )
        .body(body)
        .ok()?;
    instructions.apply_to_request_http1x(&mut request);
    Some(request)
}
