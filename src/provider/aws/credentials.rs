//! Credentials: found once, up front, so that everything that is wrong with them shows before anything else is done.

use aws_config::{imds, provider_config::ProviderConfig};
use aws_credential_types::{Credentials, credential_feature::AwsCredentialFeature};

use super::{
    endpoint, error,
    held::Held,
    missing, origin,
    profile::{How, Profile},
};
use crate::{environment::Environment, provider::SetupError};

/// Refuses what would make the SDK panic: an endpoint variable that is set to nothing, where credentials come from a
/// service that the SDK calls by itself.
fn check_blank_endpoints(profile: &Profile, environment: &Environment) -> Result<(), SetupError> {
    let blank = [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_SSO",
        "AWS_ENDPOINT_URL_SSO_OIDC",
    ]
    .into_iter()
    .find(|name| endpoint::is_blank(environment, name));
    match blank {
        Some(name) if asks_a_service(profile, environment) => Err(SetupError::usage_with(
            format!("{name} is set to nothing, and the credentials come from a service"),
            format!("unset {name}"),
        )),
        Some(_) | None => Ok(()),
    }
}

/// Refuses to show credentials to an endpoint that is to be ignored: the SDK does not ignore it there.
fn check_ignored_endpoints(profile: &Profile, environment: &Environment) -> Result<(), SetupError> {
    let set = &profile.set;
    let configured = endpoint::FOR_CREDENTIALS
        .iter()
        .any(|service| endpoint::configured(environment, set, service).is_some());
    if configured && endpoint::is_ignored(environment, set) && asks_a_service(profile, environment)
    {
        return Err(SetupError::usage_with(
            "configured endpoints are to be ignored, but the AWS SDK would ask one of them for credentials",
            "take AWS_ENDPOINT_URL or `endpoint_url` away instead of ignoring them",
        ));
    }
    Ok(())
}

/// Whether STS or Identity Center is asked for the credentials.
fn asks_a_service(profile: &Profile, environment: &Environment) -> bool {
    let has_keys = !profile.explicit && environment.filled("AWS_ACCESS_KEY_ID").is_some();
    let by_profile = matches!(profile.how, How::Sso | How::WebIdentity) || profile.assumes_a_role();
    let by_token = !profile.explicit && environment.filled(origin::TOKEN_FILE).is_some();
    !has_keys && (by_profile || by_token)
}

/// Instance metadata, asked once: where there is none, waiting for it is all that repeating does.
///
/// The SDK would look into another profile than `--profile` for its address, and take a blank variable for one.
///
/// # Errors
/// [`SetupError::Credentials`] for an address that is none.
pub(super) fn imds(
    profile: &Profile,
    environment: &Environment,
    basis: &ProviderConfig,
) -> Result<imds::Client, SetupError> {
    let set = |variable, key| {
        let in_profile = || profile.set.get(key).filter(|text| !text.trim().is_empty());
        environment.filled(variable).or_else(in_profile)
    };
    let mode = set(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        "ec2_metadata_service_endpoint_mode",
    );
    let own = if mode.is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6")) {
        "http://[fd00:ec2::254]"
    } else {
        "http://169.254.169.254"
    };
    let address = set(origin::METADATA, endpoint::METADATA_KEY).unwrap_or(own);
    let client = imds::Client::builder().configure(basis).max_attempts(1);
    match client.endpoint(address) {
        Ok(client) if endpoint::is_web(address) => Ok(client.build()),
        Ok(_) | Err(_) => Err(SetupError::Credentials {
            message: format!(
                "the address of the instance metadata is none: {}",
                error::clean(address)
            ),
            hint: Some(format!(
                "check {} and `{}` of the profile",
                origin::METADATA,
                endpoint::METADATA_KEY
            )),
        }),
    }
}

/// Finds credentials, so that everything that is wrong with them shows before anything else is done.
pub(super) async fn resolve(
    profile: &Profile,
    environment: &Environment,
    imds: &imds::Client,
    basis: &ProviderConfig,
) -> Result<Held, SetupError> {
    check_blank_endpoints(profile, environment)?;
    check_ignored_endpoints(profile, environment)?;
    let found = origin::first(profile, environment, imds, basis)
        .await
        .map_err(|lost| missing::told(&lost, profile, environment))?;
    let source = source(&found.credentials, profile);
    let account = found
        .credentials
        .account_id()
        .map(|id| id.as_str().to_owned());
    let held = Held::of(found.provider, found.credentials, source, account);
    Ok(held.with_way_out(missing::way_out(found.origin, profile, None)))
}

/// Where the credentials came from, in words.
fn source(credentials: &Credentials, profile: &Profile) -> String {
    let features = credentials
        .get_property::<Vec<AwsCredentialFeature>>()
        .cloned()
        .unwrap_or_default();
    let has = |feature: &AwsCredentialFeature| features.contains(feature);
    let name = &profile.name;
    let how = [
        (AwsCredentialFeature::CredentialsSso, "SSO"),
        (AwsCredentialFeature::CredentialsProcess, "process"),
        (
            AwsCredentialFeature::CredentialsProfileStsWebIdToken,
            "web identity",
        ),
        (AwsCredentialFeature::CredentialsStsAssumeRole, "role"),
        (AwsCredentialFeature::CredentialsHttp, "container"),
        (AwsCredentialFeature::CredentialsImds, "instance metadata"),
    ]
    .iter()
    .find(|(feature, _)| has(feature))
    .map(|(_, how)| *how);
    if has(&AwsCredentialFeature::CredentialsProfile) {
        match how {
            Some(how) => format!("profile {name} ({how})"),
            None => format!("profile {name}"),
        }
    } else if has(&AwsCredentialFeature::CredentialsEnvVars) {
        "environment".to_owned()
    } else {
        how.unwrap_or("unknown").to_owned()
    }
}
