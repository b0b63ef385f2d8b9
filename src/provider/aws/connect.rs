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
    provider_config::ProviderConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_backup::{Client, config::Builder};
use aws_types::region::Region as SdkRegion;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Request,
    account::{self, Told},
    check::check,
    credentials, endpoint, error,
    held::Held,
    profile::{self, Profile},
    region::Region,
    roles,
    session_region::{Meant, regions},
    signing::Place,
    sound::Sound,
    vaults::Names,
};
use crate::{
    backup::Target,
    environment::Environment,
    provider::{ErrorKind, ProviderError, SetupError},
    transport::{Lane, Transport, sdk::http_client},
};

/// How AWS' own logs name us.
const APP_NAME: &str = "bkdel";

/// How many roles are assumed at once.
const AT_ONCE: usize = 8;

/// AWS Backup, as one set of credentials sees it.
#[derive(Debug)]
pub struct Aws {
    pub(super) transport: Transport,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) held: Held,
    pub(super) endpoint_overridden: bool,
    /// The regions that were asked for, in that order; with `--all-regions` the session's, from where the account is asked.
    pub(super) scope: Vec<Arc<Region>>,
    /// Who says that it is these regions.
    pub(super) region_source: String,
    everywhere: Option<Everywhere>,
    pub(super) names: Names,
    pub(super) identity: tokio::sync::OnceCell<crate::provider::Identity>,
    backup: Builder,
    others: Mutex<HashMap<String, Arc<Region>>>,
}

/// The regions of an account, once it was asked (`--all-regions`).
#[derive(Debug)]
struct Everywhere {
    place: Option<Place>,
    told: tokio::sync::OnceCell<Told>,
}

impl Aws {
    /// Whose credentials these are, as far as it is known without asking.
    pub(super) fn account(&self) -> Option<&str> {
        let told = self.identity.get().and_then(|who| who.account.as_deref());
        told.or(self.held.account.as_deref())
    }

    /// The regions to look in, and what a person must know about those that are left out.
    pub(super) async fn regions(
        &self,
    ) -> Result<(Vec<Arc<Region>>, Option<String>), ProviderError> {
        let Some(everywhere) = &self.everywhere else {
            return Ok((self.scope.clone(), None));
        };
        let told = everywhere
            .told
            .get_or_try_init(|| account::read(self, everywhere.place.as_ref()))
            .await?;
        let mut regions = Vec::new();
        for name in &told.enabled {
            let region = self.region(name).await.map_err(|reason| {
                error::own("ListRegions", ErrorKind::Refused, reason.to_string())
            })?;
            regions.push(region);
        }
        Ok((regions, told.note(self.account())))
    }

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

/// Sets AWS Backup up: finds the regions, the endpoint and the credentials, and assumes the roles. One for each account.
///
/// # Errors
/// [`SetupError::Usage`] for a request that cannot be, [`SetupError::Credentials`] where there are none, or for a role that
/// cannot be assumed.
pub async fn connect(
    transport: &Transport,
    environment: &Environment,
    request: Request,
    targets: &[Target],
) -> Result<Vec<Aws>, SetupError> {
    check(&request)?;
    let roles = roles::of(&request)?;
    let names = Names::of(&request.vaults)?.over(roles.len().max(1));
    let profile = profile::find(&request, environment).await?;
    let transport = &transport.naming(&endpoint::credential_hosts(&profile.set));
    let lane = http_client(transport, Lane::Credentials);
    let basis = ProviderConfig::without_region()
        .with_http_client(lane.clone())
        .with_retry_config(RetryConfig::disabled())
        .with_timeout_config(TimeoutConfig::disabled());
    let imds = credentials::imds(&profile, environment, &basis)?;
    let of_instance = ImdsRegionProvider::builder()
        .configure(&basis)
        .imds_client(imds.clone())
        .build();
    let regions = regions(&request, targets, environment, &profile.name, &of_instance).await?;
    let first = regions.names.first().cloned().unwrap_or_default();

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
    let held = credentials::resolve(&profile, environment, &imds, &basis).await?;
    let session = Session {
        transport,
        environment,
        request: &request,
        profile: &profile,
        sdk,
        regions,
        asks_account: request.all_regions && targets.is_empty(),
        names,
    };
    if roles.is_empty() {
        return Ok(vec![session.open(held).await?]);
    }
    let sts = session.sts(&held).await?;
    let members: Vec<_> = roles
        .iter()
        .map(|role| async {
            let assumed = roles::assume(role, &request, &held, &sts, transport).await?;
            session.open(assumed).await
        })
        .collect();
    stream::iter(members).buffered(AT_ONCE).try_collect().await
}

/// What all accounts of one command have in common.
struct Session<'a> {
    transport: &'a Transport,
    environment: &'a Environment,
    request: &'a Request,
    profile: &'a Profile,
    sdk: SdkConfig,
    regions: Meant,
    /// Whether the account tells the regions.
    asks_account: bool,
    names: Names,
}

impl Session<'_> {
    /// AWS Backup as these credentials see it.
    async fn open(&self, held: Held) -> Result<Aws, SetupError> {
        let sdk = self.sdk_of(&held);
        let backup = self.backup_config(&sdk);
        let mut scope = Vec::new();
        for name in &self.regions.names {
            let region = open(&backup, name, held.account_key(), self.transport).await?;
            scope.push(Arc::new(region));
        }
        let (first, base) = scope.first().map_or(("", ""), |region| {
            (region.name.as_str(), region.base.as_str())
        });
        let endpoint_overridden = !endpoint::is_own(&sdk, first, base).await;
        let profiles = &self.profile.set;
        let sts = endpoint::sts(&sdk, self.environment, profiles, base).await;
        let everywhere = if self.asks_account {
            let place = account::place(&sdk, self.environment, profiles, base, first)?;
            Some(Everywhere {
                place,
                told: tokio::sync::OnceCell::new(),
            })
        } else {
            None
        };
        Ok(Aws {
            transport: self.transport.clone(),
            sts,
            held,
            endpoint_overridden,
            scope,
            region_source: self.regions.source.clone(),
            everywhere,
            names: self.names.clone(),
            identity: tokio::sync::OnceCell::new(),
            backup,
            others: Mutex::default(),
        })
    }

    /// STS, for assuming roles with the session's own credentials.
    async fn sts(&self, held: &Held) -> Result<aws_sdk_sts::Client, SetupError> {
        let sdk = self.sdk_of(held);
        let first = self.regions.names.first().map_or("", String::as_str);
        let base = endpoint::base(
            &self
                .backup_config(&sdk)
                .region(SdkRegion::new(first.to_owned())),
            first,
        )
        .await?;
        Ok(endpoint::sts(&sdk, self.environment, &self.profile.set, &base).await)
    }

    fn sdk_of(&self, held: &Held) -> SdkConfig {
        self.sdk
            .clone()
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(held.clone()))
            .build()
    }

    fn backup_config(&self, sdk: &SdkConfig) -> Builder {
        let mut builder =
            Builder::from(sdk).http_client(http_client(self.transport, Lane::Control));
        if let Some(endpoint) = &self.request.endpoint {
            builder = builder.endpoint_url(endpoint);
        } else if endpoint::has_blank(self.environment, "Backup") {
            let url = endpoint::past_blank(self.environment, &self.profile.set, "Backup");
            builder.set_endpoint_url(url);
        }
        builder
    }
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

#[cfg(test)]
impl Aws {
    /// AWS Backup behind a connector of a test's.
    pub(super) async fn scripted(backup: Builder, transport: Transport, regions: &[&str]) -> Self {
        let mut scope = Vec::new();
        for region in regions {
            let opened = open(&backup, region, "test", &transport).await.unwrap();
            scope.push(Arc::new(opened));
        }
        let region = regions[0];
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
            scope,
            region_source: "test".to_owned(),
            everywhere: None,
            names: Names::of(&[]).unwrap(),
            identity: tokio::sync::OnceCell::new(),
            backup,
            others: Mutex::default(),
        }
    }
}
