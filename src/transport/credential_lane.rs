//! What the credential lane reaches: the services that hand out AWS credentials or say whose they are, nothing else.
//!
//! It is apart from the gate's rules because these calls are POST and PUT by nature, and the instance metadata is plain
//! http by nature; neither may become a way around the gate.

use bytes::Bytes;
use http::{Method, Request, Uri};

use super::gate::is_loopback;

/// Query actions that read or hand out credentials: STS's, and IAM's account alias.
const ACTIONS: [&str; 4] = [
    "GetCallerIdentity",
    "AssumeRole",
    "AssumeRoleWithWebIdentity",
    "ListAccountAliases",
];

/// Instance metadata and container credentials of EC2, ECS and EKS, IPv4 and IPv6.
const METADATA: [&str; 5] = [
    "169.254.169.254",
    "[fd00:ec2::254]",
    "169.254.170.2",
    "169.254.170.23",
    "[fd00:ec2::23]",
];

/// Whether the request is one that obtains credentials.
///
/// `hosts` are those that the environment and the profile name on top of AWS' own: endpoint overrides, the container's full
/// URI and another place of the metadata.
pub(super) fn admits(request: &Request<Bytes>, hosts: &[String]) -> bool {
    let uri = request.uri();
    let Some(host) = uri.host().map(str::to_ascii_lowercase) else {
        return false;
    };
    let encrypted = uri.scheme_str() == Some("https");
    let named = hosts.iter().any(|name| name.eq_ignore_ascii_case(&host));
    if METADATA.contains(&host.as_str()) {
        return is_metadata(request);
    }
    if !(encrypted || is_loopback(uri)) {
        return false;
    }
    if !(is_aws(&host) || is_loopback(uri) || named) {
        return false;
    }
    is_query_action(request) || is_sso(request, uri) || (named && is_metadata(request))
}

/// What a container's credentials and the instance metadata are asked with.
fn is_metadata(request: &Request<Bytes>) -> bool {
    let path = request.uri().path();
    request.body().is_empty()
        && (request.method() == Method::GET
            || (request.method() == Method::PUT && path == "/latest/api/token"))
}

/// Whether the host is AWS' own: of any partition, with FIPS or dual stack.
pub(crate) fn is_aws(host: &str) -> bool {
    [
        ".amazonaws.com",
        ".amazonaws.com.cn",
        ".amazonaws.eu",
        ".api.aws",
        ".api.amazonwebservices.com.cn",
        ".api.amazonwebservices.eu",
    ]
    .iter()
    .any(|end| host.ends_with(end))
}

/// `POST /` with a form whose one action is a credential action.
fn is_query_action(request: &Request<Bytes>) -> bool {
    if request.method() != Method::POST || request.uri().query().is_some() {
        return false;
    }
    let Ok(form) = std::str::from_utf8(request.body()) else {
        return false;
    };
    let mut actions = form
        .split('&')
        .filter_map(|pair| pair.strip_prefix("Action="));
    actions
        .next()
        .is_some_and(|action| ACTIONS.contains(&action))
        && actions.next().is_none()
}

/// IAM Identity Center: role credentials, and a new access token for a session that is about to end.
fn is_sso(request: &Request<Bytes>, uri: &Uri) -> bool {
    (request.method() == Method::GET
        && uri.path().ends_with("/federation/credentials")
        && request.body().is_empty())
        || (request.method() == Method::POST && uri.path() == "/token")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(method: &str, uri: &str, body: &'static str) -> bool {
        admitted_by(&["creds.example"], method, uri, body)
    }

    fn admitted_by(hosts: &[&str], method: &str, uri: &str, body: &'static str) -> bool {
        let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap();
        admits(&request, &hosts)
    }

    #[test]
    fn s2_metadata_elsewhere_is_reached_where_it_was_named_and_by_its_own_two_requests() {
        let base = "http://127.0.0.1:1338/latest";
        let admitted = |method, path, body| {
            admitted_by(&["127.0.0.1"], method, &format!("{base}{path}"), body)
        };
        assert!(admitted("PUT", "/api/token", ""));
        assert!(admitted("GET", "/meta-data/iam/security-credentials/", ""));
        assert!(!admitted("PUT", "/api/token", "{}"));
        assert!(!admitted("PUT", "/meta-data/iam/security-credentials/", ""));
        assert!(!admitted("DELETE", "/api/token", ""));
        let elsewhere = "http://10.0.0.1/latest/api/token";
        assert!(!admitted_by(&["10.0.0.1"], "PUT", elsewhere, ""));
    }

    #[test]
    fn s2_the_credential_lane_reaches_credentials_and_nothing_else() {
        let action = "Action=GetCallerIdentity&Version=2011-06-15";
        assert!(admitted(
            "POST",
            "https://sts.eu-central-1.amazonaws.com/",
            action
        ));
        assert!(admitted(
            "PUT",
            "http://169.254.169.254/latest/api/token",
            ""
        ));
        assert!(admitted(
            "GET",
            "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
            ""
        ));
        assert!(admitted(
            "GET",
            "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?role_name=x",
            ""
        ));
        assert!(admitted(
            "POST",
            "https://oidc.eu-west-1.amazonaws.com/token",
            "{}"
        ));
        assert!(admitted("GET", "https://creds.example/v1", ""));
        assert!(admitted(
            "POST",
            "https://sts.cn-north-1.api.amazonwebservices.com.cn/",
            action
        ));
        assert!(!admitted("GET", "http://creds.example/v1", ""));
        assert!(!admitted(
            "PUT",
            "http://127.0.0.1:1338/latest/api/token",
            ""
        ));

        assert!(!admitted(
            "DELETE",
            "https://backup.eu-central-1.amazonaws.com/backup-vaults/v/recovery-points/a",
            ""
        ));
        assert!(!admitted(
            "POST",
            "https://iam.amazonaws.com/",
            "Action=DeleteUser&UserName=a"
        ));
        assert!(!admitted(
            "POST",
            "https://iam.amazonaws.com/",
            "Action=ListAccountAliases&Action=DeleteUser"
        ));
        assert!(!admitted(
            "POST",
            "https://sts.amazonaws.com.evil.example/",
            action
        ));
        assert!(!admitted("POST", "http://sts.amazonaws.com/", action));
        assert!(!admitted(
            "DELETE",
            "http://169.254.169.254/latest/api/token",
            ""
        ));
        assert!(!admitted(
            "PUT",
            "http://169.254.169.254/latest/user-data",
            ""
        ));
        assert!(!admitted("GET", "https://api.aiven.io/v1/project", ""));
        assert!(!admitted("DELETE", "https://creds.example/v1", ""));
    }
}
