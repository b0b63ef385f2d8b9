//! Credentials: found once, held, and renewed when they run out.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_config::{
    default_provider::credentials::DefaultCredentialsChain,
    imds,
    profile::{ProfileFileCredentialsProvider, ProfileSet},
    provider_config::ProviderConfig,
};
use aws_credential_types::{
    Credentials,
    credential_feature::AwsCredentialFeature,
    provider::{
        ProvideCredentials, Result, SharedCredentialsProvider, error::CredentialsError, future,
    },
};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::{
    os_shim_internal::{Env, Fs},
    region::Region,
};
use tokio::sync::Mutex;

use super::{Request, endpoint, error};
use crate::{environment::Environment, provider::SetupError};

/// Renewed this long before they run out.
const MARGIN: Duration = Duration::from_mins(5);

/// The profile that counts, and who says so.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) name: String,
    /// `--profile`: then keys in the environment do not count.
    explicit: bool,
    exists: bool,
    sso: bool,
    /// Everything that the files hold.
    pub(super) set: ProfileSet,
}

/// Finds the profile: `--profile`, `AWS_PROFILE`, `default`. One that was named must exist: falling through to other
/// credentials could be another account's.
pub(super) async fn profile(
    request: &Request,
    environment: &Environment,
) -> std::result::Result<Profile, SetupError> {
    let named = request
        .profile
        .as_deref()
        .or_else(|| environment.filled("AWS_PROFILE"));
    let name = named.unwrap_or("default").to_owned();
    let set = aws_config::profile::load(
        &Fs::real(),
        &Env::real(),
        &EnvConfigFiles::default(),
        Some(name.clone().into()),
    )
    .await
    .map_err(|error| SetupError::Credentials {
        message: format!(
            "the AWS profiles cannot be read: {}",
            error::reasons(&error)
        ),
        hint: Some("mend ~/.aws/config or ~/.aws/credentials".to_owned()),
    })?;
    let exists = set.get_profile(&name).is_some();
    if named.is_some() && !exists {
        return Err(unknown_profile(&name, &set, request.profile.is_some()));
    }
    let sso = uses_sso(&set, &name);
    Ok(Profile {
        name,
        explicit: request.profile.is_some(),
        exists,
        sso,
        set,
    })
}

fn unknown_profile(name: &str, set: &ProfileSet, explicit: bool) -> SetupError {
    let mut known: Vec<&str> = set.profiles().collect();
    known.sort_unstable();
    let source = if explicit { "--profile" } else { "AWS_PROFILE" };
    SetupError::Credentials {
        message: format!(
            "{source}: there is no profile {name:?} in ~/.aws/config or ~/.aws/credentials"
        ),
        hint: Some(if known.is_empty() {
            format!(
                "make it: `aws configure --profile {name}` or `aws configure sso --profile {name}`"
            )
        } else {
            format!("there are: {}", known.join(", "))
        }),
    }
}

/// Whether the profile, or one that it builds on, logs in through IAM Identity Center.
fn uses_sso(set: &ProfileSet, name: &str) -> bool {
    let mut name = name;
    // Profiles can name each other in a circle.
    for _ in 0..8 {
        let Some(profile) = set.get_profile(name) else {
            return false;
        };
        if profile.get("sso_session").is_some() || profile.get("sso_start_url").is_some() {
            return true;
        }
        match profile.get("source_profile") {
            Some(next) => name = next,
            None => return false,
        }
    }
    false
}

/// Refuses what would make the SDK panic: an endpoint variable that is set to nothing, where credentials come from a
/// service that the SDK calls by itself.
fn check_blank_endpoints(
    profile: &Profile,
    environment: &Environment,
) -> std::result::Result<(), SetupError> {
    let blank = [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_SSO",
        "AWS_ENDPOINT_URL_SSO_OIDC",
    ]
    .into_iter()
    .find(|name| endpoint::is_blank(environment, name));
    let has_keys = !profile.explicit && environment.filled("AWS_ACCESS_KEY_ID").is_some();
    let has_role = profile
        .set
        .get_profile(&profile.name)
        .is_some_and(|found| found.get("role_arn").is_some());
    let calls =
        profile.sso || has_role || environment.filled("AWS_WEB_IDENTITY_TOKEN_FILE").is_some();
    match blank {
        Some(name) if calls && !has_keys => Err(SetupError::usage_with(
            format!("{name} is set to nothing, and the credentials come from a service"),
            format!("unset {name}"),
        )),
        Some(_) | None => Ok(()),
    }
}

/// Instance metadata, asked once: where there is none, waiting for it is all that repeating does.
pub(super) fn imds(basis: &ProviderConfig) -> imds::Client {
    imds::Client::builder()
        .configure(basis)
        .max_attempts(1)
        .build()
}

/// Finds credentials, so that everything that is wrong with them shows before anything else is done.
pub(super) async fn resolve(
    profile: &Profile,
    environment: &Environment,
    region: &str,
    basis: ProviderConfig,
) -> std::result::Result<Held, SetupError> {
    check_blank_endpoints(profile, environment)?;
    let provider = if profile.explicit {
        SharedCredentialsProvider::new(
            ProfileFileCredentialsProvider::builder()
                .profile_name(&profile.name)
                .configure(&basis)
                .build(),
        )
    } else {
        let chain = DefaultCredentialsChain::builder()
            .profile_name(&profile.name)
            .imds_client(imds(&basis))
            .region(Region::new(region.to_owned()))
            .configure(basis)
            .build()
            .await;
        SharedCredentialsProvider::new(chain)
    };
    let credentials = provider
        .provide_credentials()
        .await
        .map_err(|error| missing(&error, profile, environment))?;
    let source = source(&credentials, profile);
    let account = credentials.account_id().map(|id| id.as_str().to_owned());
    Ok(Held::of(provider, credentials, source, account))
}

fn missing(error: &CredentialsError, profile: &Profile, environment: &Environment) -> SetupError {
    let name = &profile.name;
    let hint = if profile.sso {
        format!("log in: `aws sso login --profile {name}`")
    } else if profile.exists && profile.name != "default" {
        format!("`aws configure --profile {name}`, or `aws configure sso --profile {name}`")
    } else {
        "`aws configure` or `aws configure sso`; or name a profile with --profile".to_owned()
    };
    let reason = error::reasons(error);
    // The metadata is the last place: that it refuses, or is not there, is the same as nothing anywhere.
    let last_place = !profile.explicit && reason.contains("IMDS");
    let message = if matches!(error, CredentialsError::CredentialsNotLoaded(_)) || last_place {
        if profile.explicit {
            format!("no AWS credentials in profile {name} (keys, SSO, process, role)")
        } else {
            format!(
                "no AWS credentials: looked in {}",
                places(profile, environment)
            )
        }
    } else {
        format!("the AWS credentials cannot be used: {reason}")
    };
    SetupError::Credentials {
        message,
        hint: Some(hint),
    }
}

/// Every place that was looked in, and what was there.
fn places(profile: &Profile, environment: &Environment) -> String {
    let set = |name: &str| {
        if environment.filled(name).is_some() {
            "set"
        } else {
            "not set"
        }
    };
    let there = if profile.exists {
        "without credentials"
    } else {
        "not there"
    };
    format!(
        "the environment (AWS_ACCESS_KEY_ID {}), profile {} of ~/.aws/config and ~/.aws/credentials: keys, SSO, process, role ({there}), web identity (AWS_WEB_IDENTITY_TOKEN_FILE {}), container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI {}, AWS_CONTAINER_CREDENTIALS_FULL_URI {}), instance metadata ({})",
        set("AWS_ACCESS_KEY_ID"),
        profile.name,
        set("AWS_WEB_IDENTITY_TOKEN_FILE"),
        set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
        set("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        if environment
            .filled("AWS_EC2_METADATA_DISABLED")
            .is_some_and(|text| text.eq_ignore_ascii_case("true"))
        {
            "switched off"
        } else {
            "no answer, or no role"
        },
    )
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

/// Credentials that were found, and are found anew only when they are about to run out.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// Where they came from.
    pub(super) source: String,
    /// Whose they are, where the place that they came from says so.
    pub(super) account: Option<String>,
    key: String,
    provider: SharedCredentialsProvider,
    current: Arc<Mutex<Credentials>>,
}

impl Held {
    /// Credentials that were just had, and who renews them.
    pub(super) fn of(
        provider: impl ProvideCredentials + 'static,
        credentials: Credentials,
        source: String,
        account: Option<String>,
    ) -> Self {
        Self {
            source,
            account,
            key: credentials.access_key_id().to_owned(),
            provider: SharedCredentialsProvider::new(provider),
            current: Arc::new(Mutex::new(credentials)),
        }
    }

    /// What stands for the account in the names of limits.
    pub(super) fn account_key(&self) -> &str {
        self.account.as_deref().unwrap_or(&self.key)
    }

    /// The end of the access key's id, as much of it as the AWS CLI shows.
    pub(super) fn key_end(&self) -> String {
        let skipped = self.key.chars().count().saturating_sub(4);
        self.key.chars().skip(skipped).collect()
    }

    /// When they run out, where they do.
    pub(super) async fn until(&self) -> Option<SystemTime> {
        self.current.lock().await.expiry()
    }

    async fn credentials(&self) -> Result {
        let mut current = self.current.lock().await;
        let fresh = current.expiry().is_none_or(|end| {
            SystemTime::now()
                .checked_add(MARGIN)
                .is_some_and(|at| at < end)
        });
        if !fresh {
            *current = self.provider.provide_credentials().await?;
        }
        Ok(current.clone())
    }
}

impl ProvideCredentials for Held {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

#[cfg(test)]
impl Held {
    pub(super) fn of_keys(key: &str, secret: &str) -> Self {
        let credentials = Credentials::new(key, secret, None, None, "test");
        Self::of(credentials.clone(), credentials, "test".to_owned(), None)
    }
}
