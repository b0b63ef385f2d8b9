//! Setting up: regions, endpoint and credentials, once and up front, through the one way out.
//!
//! The AWS SDK does what it does in every program: profiles, SSO, roles, containers, instances. What is ours is that
//! nothing is retried behind our back, that an explicit `--profile` wins over keys in the environment as in the AWS CLI,
//! and that a missing profile never falls through to somebody else's credentials.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_config::{
    AppName, BehaviorVersion, SdkConfig, imds::region::ImdsRegionProvider,
    meta::region::ProvideRegion, profile::ProfileFileRegionProvider,
    provider_config::ProviderConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_sdk_backup::{Client, config::Builder};
use aws_types::region::Region as SdkRegion;
use http::Uri;

use super::{
    Request,
    arn::{Arn, is_region},
    credentials::{self, Held, Profile},
    endpoint,
    region::Region,
    sound::Sound,
    vaults::Names,
};
use crate::{
    backup::Target,
    environment::Environment,
    provider::SetupError,
    transport::{Lane, Transport, sdk::http_client},
};

/// How AWS' own logs name us.
const APP_NAME: &str = "bkdel";

/// AWS Backup, as one set of credentials sees it.
#[derive(Debug)]
pub struct Aws {
    pub(super) transport: Transport,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) held: Held,
    pub(super) endpoint_overridden: bool,
    /// The regions that were asked for, in that order.
    pub(super) scope: Vec<Arc<Region>>,
    pub(super) names: Names,
    pub(super) identity: tokio::sync::OnceCell<crate::provider::Identity>,
    backup: Builder,
    others: Mutex<HashMap<String, Arc<Region>>>,
}

impl Aws {
    /// A region that was not asked for, but that a resource lives in.
    pub(super) async fn region(&self, name: &str) -> Result<Arc<Region>, SetupError> {
        if let Some(known) = self.known_region(name) {
            return Ok(known);
        }
        let region = open(&self.backup, name, self.held.account_key(), &self.transport).await?;
        let region = Arc::new(region);
        self.others
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), Arc::clone(&region));
        Ok(region)
    }

    /// A region that is open already.
    pub(super) fn known_region(&self, name: &str) -> Option<Arc<Region>> {
        let asked = self.scope.iter().find(|region| region.name == name);
        asked.cloned().or_else(|| {
            self.others
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(name)
                .cloned()
        })
    }
}

/// Sets AWS Backup up: finds the regions, the endpoint and the credentials.
///
/// # Errors
/// [`SetupError::Usage`] for a request that cannot be, [`SetupError::Credentials`] where there are none.
pub async fn connect(
    transport: &Transport,
    environment: &Environment,
    request: Request,
    targets: &[Target],
) -> Result<Aws, SetupError> {
    check(&request)?;
    let names = Names::of(&request.vaults)?;
    let profile = credentials::profile(&request, environment).await?;
    let lane = http_client(transport, Lane::Credentials);
    let basis = ProviderConfig::without_region()
        .with_http_client(lane.clone())
        .with_retry_config(RetryConfig::disabled())
        .with_timeout_config(TimeoutConfig::disabled());
    let regions = regions(&request, targets, environment, &profile.name, &basis).await?;
    let first = regions.first().cloned().unwrap_or_default();

    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(SdkRegion::new(first.clone()))
        .http_client(lane)
        .retry_config(RetryConfig::disabled())
        // The transport has its own limits.
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .profile_name(&profile.name)
        .no_credentials();
    if let Ok(name) = AppName::new(APP_NAME) {
        loader = loader.app_name(name);
    }
    let sdk = loader.load().await;
    let basis = basis
        .with_region(Some(SdkRegion::new(first.clone())))
        .with_use_fips(sdk.use_fips())
        .with_use_dual_stack(sdk.use_dual_stack());
    let held = credentials::resolve(&profile, environment, &first, basis).await?;
    let sdk = sdk
        .into_builder()
        .credentials_provider(
            aws_credential_types::provider::SharedCredentialsProvider::new(held.clone()),
        )
        .build();

    let backup = backup_config(transport, environment, &request, &profile, &sdk);
    let mut scope = Vec::new();
    for name in &regions {
        let region = open(&backup, name, held.account_key(), transport).await?;
        scope.push(Arc::new(region));
    }
    let base = scope.first().map_or("", |region| region.base.as_str());
    let endpoint_overridden = !endpoint::is_own(&sdk, &first, base).await;
    let sts = endpoint::sts(&sdk, environment, &profile.set, base).await;
    Ok(Aws {
        transport: transport.clone(),
        sts,
        held,
        endpoint_overridden,
        scope,
        names,
        identity: tokio::sync::OnceCell::new(),
        backup,
        others: Mutex::default(),
    })
}

fn backup_config(
    transport: &Transport,
    environment: &Environment,
    request: &Request,
    profile: &Profile,
    sdk: &SdkConfig,
) -> Builder {
    let mut builder = Builder::from(sdk).http_client(http_client(transport, Lane::Control));
    if let Some(endpoint) = &request.endpoint {
        builder = builder.endpoint_url(endpoint);
    } else if endpoint::has_blank(environment, "Backup") {
        builder.set_endpoint_url(endpoint::past_blank(environment, &profile.set, "Backup"));
    }
    builder
}

/// A client for one region, and where its requests really go.
async fn open(
    backup: &Builder,
    name: &str,
    account: &str,
    transport: &Transport,
) -> Result<Region, SetupError> {
    let config = backup.clone().region(SdkRegion::new(name.to_owned()));
    let base = endpoint::base(&config, name).await?;
    let config = config.interceptor(Sound);
    Ok(Region::new(
        name.to_owned(),
        Client::from_conf(config.build()),
        base,
        account.to_owned(),
        transport.clone(),
    ))
}

/// Refuses what is blank or cannot be (S4).
fn check(request: &Request) -> Result<(), SetupError> {
    for region in &request.regions {
        if !is_region(region) {
            return Err(SetupError::usage_with(
                format!("--region {region:?} is not a region"),
                "a region is written like eu-central-1",
            ));
        }
    }
    if let Some(profile) = &request.profile
        && profile.trim().is_empty()
    {
        return Err(SetupError::usage("--profile is empty"));
    }
    if let Some(endpoint) = &request.endpoint {
        let uri: Option<Uri> = endpoint.parse().ok();
        let fits = uri.is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.query().is_none()
                && uri
                    .authority()
                    .is_some_and(|authority| !authority.as_str().contains('@'))
        });
        if !fits {
            return Err(SetupError::usage_with(
                "--endpoint-url is not an address, or holds a user name or a query",
                "write https://HOST, or http://127.0.0.1:PORT",
            ));
        }
    }
    Ok(())
}

/// The regions: those that were named, those that the ids are in; else the session's own, the instance's last of all.
async fn regions(
    request: &Request,
    targets: &[Target],
    environment: &Environment,
    profile: &str,
    basis: &ProviderConfig,
) -> Result<Vec<String>, SetupError> {
    let mut regions: Vec<String> = Vec::new();
    let of_targets = targets
        .iter()
        .filter_map(|target| Arn::parse(&target.name).map(|arn| arn.region.to_owned()));
    for region in request.regions.iter().cloned().chain(of_targets) {
        if is_region(&region) && !regions.contains(&region) {
            regions.push(region);
        }
    }
    if !regions.is_empty() {
        return Ok(regions);
    }
    for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if let Some(region) = environment.filled(variable) {
            return checked(region, variable);
        }
    }
    let of_profile = ProfileFileRegionProvider::builder()
        .profile_name(profile)
        .build();
    if let Some(region) = of_profile.region().await
        && !region.as_ref().trim().is_empty()
    {
        return checked(region.as_ref(), &format!("`region` of profile {profile}"));
    }
    let of_instance = ImdsRegionProvider::builder()
        .configure(basis)
        .imds_client(credentials::imds(basis))
        .build();
    if let Some(region) = of_instance.region().await {
        return checked(region.as_ref(), "the instance metadata");
    }
    Err(SetupError::usage_with(
        format!(
            "no region: looked at --region, the ids, AWS_REGION, AWS_DEFAULT_REGION, `region` of profile {profile} and the instance metadata"
        ),
        "name one: --region eu-central-1",
    ))
}

fn checked(region: &str, source: &str) -> Result<Vec<String>, SetupError> {
    let region = region.trim();
    if is_region(region) {
        Ok(vec![region.to_owned()])
    } else {
        Err(SetupError::usage_with(
            format!("{source} holds {region:?}, which is not a region"),
            "a region is written like eu-central-1",
        ))
    }
}

#[cfg(test)]
impl Aws {
    /// AWS Backup behind a connector of a test's.
    pub(super) async fn scripted(backup: Builder, transport: Transport, region: &str) -> Self {
        let opened = open(&backup, region, "test", &transport).await.unwrap();
        let held = Held::of_keys("AKIATEST", "secret");
        let sts = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(SdkRegion::new(region.to_owned()))
            .credentials_provider(held.clone())
            .http_client(http_client(&transport, Lane::Credentials))
            .build();
        Self {
            transport,
            sts: aws_sdk_sts::Client::from_conf(sts),
            held,
            endpoint_overridden: true,
            scope: vec![Arc::new(opened)],
            names: Names::of(&[]).unwrap(),
            identity: tokio::sync::OnceCell::new(),
            backup,
            others: Mutex::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request::default()
    }

    #[test]
    fn s4_blank_and_impossible_settings_are_refused() {
        for bad in [
            Request {
                regions: vec![String::new()],
                ..request()
            },
            Request {
                regions: vec!["eu-central-1.evil.example/".to_owned()],
                ..request()
            },
            Request {
                profile: Some(" ".to_owned()),
                ..request()
            },
            Request {
                endpoint: Some(String::new()),
                ..request()
            },
            Request {
                endpoint: Some("https://user@host".to_owned()),
                ..request()
            },
            Request {
                endpoint: Some("ftp://host".to_owned()),
                ..request()
            },
        ] {
            assert!(check(&bad).is_err(), "{bad:?}");
        }
        assert!(check(&request()).is_ok());
    }

    #[tokio::test]
    async fn a_blank_region_variable_is_as_good_as_none() {
        let environment =
            Environment::of(&[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "eu-west-3")]);
        let basis = ProviderConfig::without_region();
        let found = regions(&request(), &[], &environment, "default", &basis).await;
        assert_eq!(found, Ok(vec!["eu-west-3".to_owned()]));
    }

    #[tokio::test]
    async fn an_arn_tells_the_region_before_the_environment_does() {
        let environment = Environment::of(&[("AWS_REGION", "us-east-1")]);
        let target = Target {
            container: Some("v".to_owned()),
            name: "arn:aws:ec2:eu-central-1::snapshot/snap-1".to_owned(),
        };
        let basis = ProviderConfig::without_region();
        let found = regions(&request(), &[target], &environment, "default", &basis).await;
        assert_eq!(found, Ok(vec!["eu-central-1".to_owned()]));
    }
}
