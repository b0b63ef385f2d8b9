//! Where requests really go.
//!
//! Warrants must match what the SDK sends, byte for byte, whatever made up the endpoint: a flag, a variable, a profile's
//! `services` section, FIPS, dual stack, a path in front. So nothing is computed here: the SDK is made to build a
//! request, and a connector that goes nowhere tells its address.

use std::sync::{Arc, Mutex, PoisonError};

use aws_config::{SdkConfig, profile::ProfileSet};
use aws_credential_types::Credentials;
use aws_runtime::env_config::EnvConfigValue;
use aws_sdk_backup::{
    Client,
    config::{
        Builder,
        endpoint::{DefaultResolver, Params, ResolveEndpoint},
    },
};
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
            http_client_fn,
        },
        orchestrator::HttpRequest,
        result::ConnectorError,
    },
    shared::IntoShared,
};
use aws_types::os_shim_internal::Env;
use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error;
use crate::{
    environment::Environment,
    provider::{SetupError, examination::named_by},
};

/// What the SDK leaves as it is in a path's label: RFC 3986's unreserved characters.
const LABEL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The path of a recovery point below the endpoint.
pub(super) fn path(vault: &str, arn: &str) -> String {
    format!(
        "/backup-vaults/{}/recovery-points/{}",
        utf8_percent_encode(vault, LABEL),
        utf8_percent_encode(arn, LABEL)
    )
}

/// The path of a vault below the endpoint.
pub(super) fn vault_path(vault: &str) -> String {
    format!("/backup-vaults/{}", utf8_percent_encode(vault, LABEL))
}

/// Origin and leading path of what a client of this configuration sends.
pub(super) async fn base(config: &Builder, region: &str) -> Result<String, SetupError> {
    let seen = Seen::default();
    let config = config
        .clone()
        .http_client(dead_end(&seen))
        .credentials_provider(nobody());
    let answer = Client::from_conf(config.build())
        .delete_recovery_point()
        .backup_vault_name("v")
        .recovery_point_arn("r")
        .send()
        .await;
    let base = seen
        .take()
        .and_then(|uri| uri.strip_suffix(&path("v", "r")).map(ToOwned::to_owned));
    let Some(base) = base else {
        let reason = answer.err().map_or_else(String::new, |error| {
            format!(": {}", error::innermost(&error))
        });
        return Err(SetupError::usage_with(
            format!("no endpoint for AWS Backup in {region}{reason}"),
            WHERE,
        ));
    };
    // Shown nowhere: what stands before the @ is a secret.
    if base.contains('@') {
        return Err(SetupError::usage_with(
            "the endpoint holds a user name or a password",
            WHERE,
        ));
    }
    if base.starts_with("http://") && !is_loopback(&base) {
        return Err(SetupError::usage_with(
            format!("the endpoint {base} is plain http, which is for loopback alone"),
            WHERE,
        ));
    }
    Ok(base)
}

/// Where an endpoint can come from.
const WHERE: &str = "check --endpoint-url, AWS_ENDPOINT_URL_BACKUP, AWS_ENDPOINT_URL and `endpoint_url` of the profile";

/// Whether `base` is AWS' own address for the region.
pub(super) async fn is_own(sdk: &SdkConfig, region: &str, base: &str) -> bool {
    let params = Params::builder()
        .region(region)
        .use_fips(sdk.use_fips().unwrap_or(false))
        .use_dual_stack(sdk.use_dual_stack().unwrap_or(false))
        .build();
    let Ok(params) = params else { return false };
    DefaultResolver::new()
        .resolve_endpoint(&params)
        .await
        .is_ok_and(|endpoint| endpoint.url().trim_end_matches('/') == base.trim_end_matches('/'))
}

/// Who says where AWS Backup is, where it is not at AWS' own address; in the SDK's order.
pub(super) fn set_by(environment: &Environment, named: Option<&str>) -> &'static str {
    if let Some(url) = named {
        return named_by(environment, url, "--endpoint-url", "BKDEL_ENDPOINT_URL");
    }
    ["AWS_ENDPOINT_URL_BACKUP", VARIABLE]
        .into_iter()
        .find(|name| environment.filled(name).is_some())
        .unwrap_or("`endpoint_url` of the profile")
}

/// The SDK's variables for endpoints, by service.
const VARIABLE: &str = "AWS_ENDPOINT_URL";

/// Whether one of a service's variables is set to nothing. That counts as not set, as in every AWS tool; the SDK for Rust
/// takes it for an endpoint, and panics.
pub(super) fn has_blank(environment: &Environment, service: &str) -> bool {
    variables(service)
        .iter()
        .any(|name| is_blank(environment, name))
}

fn variables(service: &str) -> [String; 2] {
    let own = format!("{VARIABLE}_{}", service.to_uppercase().replace(' ', "_"));
    [VARIABLE.to_owned(), own]
}

/// A service's endpoint as the SDK would find it, were blank variables not there.
pub(super) fn past_blank(
    environment: &Environment,
    profiles: &ProfileSet,
    service: &str,
) -> Option<String> {
    if is_ignored(environment, profiles) {
        return None;
    }
    configured(environment, profiles, service)
}

/// Whether endpoints that were configured are not to count.
pub(super) fn is_ignored(environment: &Environment, profiles: &ProfileSet) -> bool {
    environment
        .filled("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .or_else(|| profiles.get("ignore_configured_endpoint_urls"))
        .is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
}

/// A service's endpoint as it was configured, whether it counts or not.
pub(super) fn configured(
    environment: &Environment,
    profiles: &ProfileSet,
    service: &str,
) -> Option<String> {
    let names = variables(service);
    let filled: Vec<(&str, &str)> = names
        .iter()
        .filter_map(|name| Some((name.as_str(), environment.filled(name)?)))
        .collect();
    let environment = Env::from_slice(&filled);
    EnvConfigValue::new()
        .env(VARIABLE)
        .profile("endpoint_url")
        .service_id(service)
        .load(&environment, Some(profiles))
        .map(|(value, _)| value.into_owned())
}

/// Where a profile says that the instance metadata is.
pub(super) const METADATA_KEY: &str = "ec2_metadata_service_endpoint";

/// The services that hand out credentials.
pub(super) const FOR_CREDENTIALS: [&str; 3] = ["STS", "SSO", "SSO OIDC"];

/// The hosts that a profile names for the services that hand out credentials, and for the metadata.
pub(super) fn credential_hosts(profiles: &ProfileSet) -> Vec<String> {
    let nothing = Environment::default();
    FOR_CREDENTIALS
        .iter()
        .filter_map(|service| past_blank(&nothing, profiles, service))
        .chain(profiles.get(METADATA_KEY).map(str::to_owned))
        .filter_map(|url| Some(url.parse::<Uri>().ok()?.host()?.to_ascii_lowercase()))
        .collect()
}

/// A client for STS: at AWS' address, or where the SDK's settings say; beside a loopback AWS Backup, at the same place.
pub(super) async fn sts(
    sdk: &SdkConfig,
    environment: &Environment,
    profiles: &ProfileSet,
    backup: &str,
) -> aws_sdk_sts::Client {
    let mut config = aws_sdk_sts::config::Builder::from(sdk);
    if has_blank(environment, "STS") {
        config.set_endpoint_url(past_blank(environment, profiles, "STS"));
    }
    if is_loopback(backup) {
        let seen = Seen::default();
        let probe = config
            .clone()
            .http_client(dead_end(&seen))
            .credentials_provider(nobody());
        // It always fails: what matters is where it would have gone.
        drop(
            aws_sdk_sts::Client::from_conf(probe.build())
                .get_caller_identity()
                .send()
                .await,
        );
        let elsewhere = seen
            .take()
            .and_then(|uri| uri.parse::<Uri>().ok())
            .and_then(|uri| uri.host().map(str::to_owned))
            .is_some_and(|host| !host.contains(".amazonaws.") && !host.ends_with(".api.aws"));
        if !elsewhere {
            config = config.endpoint_url(backup);
        }
    }
    aws_sdk_sts::Client::from_conf(config.build())
}

/// Whether an address names a host by http or https.
pub(super) fn is_web(base: &str) -> bool {
    base.parse::<Uri>()
        .is_ok_and(|uri| uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https")))
}

/// Whether an address is this machine's.
pub(super) fn is_loopback(base: &str) -> bool {
    let Ok(uri) = base.parse::<Uri>() else {
        return false;
    };
    let Some(host) = uri.host() else { return false };
    host.eq_ignore_ascii_case("localhost")
        || host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Whether a variable is set to nothing, which counts as not set, as in every AWS tool.
pub(super) fn is_blank(environment: &Environment, name: &str) -> bool {
    environment
        .text(name)
        .is_some_and(|text| text.trim().is_empty())
}

/// Credentials that sign what is never sent.
fn nobody() -> Credentials {
    Credentials::new("nobody", "nothing", None, None, "bkdel")
}

#[derive(Debug, Clone, Default)]
struct Seen(Arc<Mutex<Option<String>>>);

impl Seen {
    fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn dead_end(seen: &Seen) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(DeadEnd(seen.clone()));
    http_client_fn(move |_, _| connector.clone()).into_shared()
}

#[derive(Debug)]
struct DeadEnd(Seen);

impl HttpConnector for DeadEnd {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(request.uri().to_owned());
        HttpConnectorFuture::ready(Err(ConnectorError::user("never sent".into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_endpoint_variable_is_as_good_as_none() {
        let profiles = ProfileSet::default();
        let own = "AWS_ENDPOINT_URL_BACKUP";
        let url = "http://127.0.0.1:1";
        for (set, blank, found) in [
            (vec![], false, None),
            (vec![(VARIABLE, url)], false, Some(url)),
            (vec![(VARIABLE, " ")], true, None),
            (vec![(VARIABLE, ""), (own, "")], true, None),
            (vec![(VARIABLE, url), (own, "")], true, Some(url)),
            (vec![(VARIABLE, ""), (own, url)], true, Some(url)),
        ] {
            let environment = Environment::of(&set);
            assert_eq!(has_blank(&environment, "Backup"), blank, "{set:?}");
            let configured = past_blank(&environment, &profiles, "Backup");
            assert_eq!(configured.as_deref(), found, "{set:?}");
        }
    }
}
