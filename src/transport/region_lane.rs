//! What the region lane reaches: the one call that tells which regions an AWS account may use, nothing else.
//!
//! `ListRegions` reads, but is a POST, and the gate takes every POST for a change. So it has a passage of its own, which is
//! as narrow as the call: this path, this shape of body, and a signature that no other service of AWS accepts.

use bytes::Bytes;
use http::{Method, Request, header::AUTHORIZATION};
use serde_json::{Map, Value};

use super::{credential_lane::is_aws, gate::is_loopback};

const PATH: &str = "/listRegions";

/// What the signature is for: it ends with service and terminator.
const SIGNED_FOR: &str = "/account/aws4_request";

/// Whether the request is one that asks an account for its regions.
pub(super) fn admits(request: &Request<Bytes>) -> bool {
    let uri = request.uri();
    let Some(host) = uri.host().map(str::to_ascii_lowercase) else {
        return false;
    };
    let own = is_aws(&host);
    let fits = if own {
        uri.path() == PATH
            && ["account.", "account-fips."]
                .iter()
                .any(|start| host.starts_with(start))
    } else {
        // An endpoint of a person's own choice may have a path in front.
        uri.path().ends_with(PATH)
    };
    fits && (uri.scheme_str() == Some("https") || is_loopback(uri))
        && uri.query().is_none()
        && request.method() == Method::POST
        && is_signed_for_account(request)
        && asks_for_a_page(request.body())
}

fn is_signed_for_account(request: &Request<Bytes>) -> bool {
    let mut headers = request.headers().get_all(AUTHORIZATION).iter();
    let (Some(header), None) = (headers.next(), headers.next()) else {
        return false;
    };
    header
        .to_str()
        .ok()
        .and_then(|text| text.split_once("Credential="))
        .and_then(|(_, rest)| rest.split(',').next())
        .is_some_and(|credential| credential.trim().ends_with(SIGNED_FOR))
}

/// A JSON object that names a page and nothing else.
fn asks_for_a_page(body: &[u8]) -> bool {
    serde_json::from_slice::<Map<String, Value>>(body).is_ok_and(|fields| {
        fields
            .keys()
            .all(|field| matches!(field.as_str(), "MaxResults" | "NextToken"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "https://account.us-east-1.amazonaws.com/listRegions";

    fn signed(service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        )
    }

    fn admitted(method: &str, uri: &str, body: &str, authorization: &str) -> bool {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(AUTHORIZATION, authorization)
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        admits(&request)
    }

    #[test]
    fn s2_the_region_lane_reaches_the_list_of_regions_and_nothing_else() {
        let account = signed("account");
        for uri in [
            OWN,
            "https://account-fips.us-east-1.amazonaws.com/listRegions",
            "https://account.cn-northwest-1.amazonaws.com.cn/listRegions",
            "http://127.0.0.1:4566/listRegions",
            "https://aws.example/prefix/listRegions",
        ] {
            assert!(
                admitted(
                    "POST",
                    uri,
                    r#"{"MaxResults":50,"NextToken":"a"}"#,
                    &account
                ),
                "{uri}"
            );
        }
        for (method, uri, body, authorization) in [
            ("PUT", OWN, "{}", &account),
            ("DELETE", OWN, "{}", &account),
            (
                "POST",
                "https://account.us-east-1.amazonaws.com/disableRegion",
                "{}",
                &account,
            ),
            (
                "POST",
                "https://account.us-east-1.amazonaws.com/x/listRegions",
                "{}",
                &account,
            ),
            (
                "POST",
                "https://account.us-east-1.amazonaws.com/listRegions?a=b",
                "{}",
                &account,
            ),
            (
                "POST",
                "https://account.us-east-1.amazonaws.com/listRegions/",
                "{}",
                &account,
            ),
            (
                "POST",
                "https://backup.us-east-1.amazonaws.com/listRegions",
                "{}",
                &account,
            ),
            (
                "POST",
                "http://account.us-east-1.amazonaws.com/listRegions",
                "{}",
                &account,
            ),
            ("POST", OWN, "", &account),
            ("POST", OWN, "[]", &account),
            ("POST", OWN, r#"{"RegionName":"eu-west-1"}"#, &account),
            ("POST", OWN, "{}", &signed("backup")),
            (
                "POST",
                "https://aws.example/listRegions",
                "{}",
                &"Bearer token".to_owned(),
            ),
        ] {
            assert!(
                !admitted(method, uri, body, authorization),
                "{method} {uri} {body} {authorization}"
            );
        }
    }
}
