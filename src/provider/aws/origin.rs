//! The places that credentials come from, in the order of every AWS SDK, each known by its name.
//!
//! The SDK's own chain does not tell which of them failed, and walks on from one that is set by halves. And it begins anew
//! whenever credentials run out: here the place that had them is the only one that is asked again, because another one in
//! the middle of a run could be another account's.

use aws_config::{
    ecs::EcsCredentialsProvider,
    environment::EnvironmentVariableCredentialsProvider,
    imds::{self, credentials::ImdsCredentialsProvider},
    profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
    web_identity_token::WebIdentityTokenCredentialsProvider,
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError},
};

use super::{held::within_limit, profile::Profile};
use crate::environment::Environment;

pub(super) const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
pub(super) const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
pub(super) const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
pub(super) const METADATA: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const ROLE: &str = "AWS_ROLE_ARN";
const KEY: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const CONTAINER_TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// A place that credentials can come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Keys in the environment.
    Environment,
    /// A profile: keys, SSO, a process, a role.
    Profile,
    /// A token that the platform wrote into a file.
    WebIdentity,
    /// A container's own service: ECS, EKS pod identity.
    Container,
    /// The instance's metadata.
    Instance,
}

/// In this order.
const ALL: [Origin; 5] = [
    Origin::Environment,
    Origin::Profile,
    Origin::WebIdentity,
    Origin::Container,
    Origin::Instance,
];

/// Credentials, and who gives out new ones.
pub(super) struct Found {
    pub(super) origin: Origin,
    pub(super) provider: SharedCredentialsProvider,
    pub(super) credentials: Credentials,
}

/// No credentials: the place that should have had them, and why it has none.
pub(super) struct Lost {
    pub(super) origin: Origin,
    pub(super) reason: Reason,
}

/// Why a place has no credentials.
pub(super) enum Reason {
    /// Nothing is set up there. Told of the last place, it is true of all of them.
    Nothing,
    /// What is set up there is wrong: what, and the way out.
    Wrong(String, String),
    /// Whoever was asked failed.
    Failed(CredentialsError),
}

/// The credentials of the first place that is set up.
pub(super) async fn first(
    profile: &Profile,
    environment: &Environment,
    imds: &imds::Client,
    basis: &ProviderConfig,
) -> Result<Found, Lost> {
    let places: &[Origin] = if profile.explicit {
        &[Origin::Profile]
    } else {
        &ALL
    };
    let mut asked = Origin::Profile;
    for &origin in places {
        asked = origin;
        let lost = |reason| Lost { origin, reason };
        match check(origin, environment).await {
            Ok(true) => {}
            Ok(false) => continue,
            Err((what, way_out)) => return Err(lost(Reason::Wrong(what, way_out))),
        }
        let provider = provider(origin, profile, imds, basis);
        match within_limit(provider.provide_credentials()).await {
            Ok(credentials) => {
                return Ok(Found {
                    origin,
                    provider,
                    credentials,
                });
            }
            Err(CredentialsError::CredentialsNotLoaded(_))
                if !is_set_up(origin, profile, environment) => {}
            Err(error) => return Err(lost(Reason::Failed(error))),
        }
    }
    Err(Lost {
        origin: asked,
        reason: Reason::Nothing,
    })
}

/// Whether somebody set a place up: the SDK takes a profile whose source is not there for one without credentials.
fn is_set_up(origin: Origin, profile: &Profile, environment: &Environment) -> bool {
    match origin {
        Origin::Environment => false,
        Origin::Profile => profile.is_set_up(),
        Origin::WebIdentity | Origin::Container => true,
        Origin::Instance => environment.filled(METADATA).is_some() && !is_switched_off(environment),
    }
}

/// Whether the instance metadata is not to be asked.
pub(super) fn is_switched_off(environment: &Environment) -> bool {
    environment
        .filled("AWS_EC2_METADATA_DISABLED")
        .is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn provider(
    origin: Origin,
    profile: &Profile,
    imds: &imds::Client,
    basis: &ProviderConfig,
) -> SharedCredentialsProvider {
    match origin {
        Origin::Environment => {
            SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())
        }
        Origin::Profile => SharedCredentialsProvider::new(
            ProfileFileCredentialsProvider::builder()
                .profile_name(&profile.name)
                .with_custom_provider("Ec2InstanceMetadata", instance(imds, basis))
                .configure(basis)
                .build(),
        ),
        Origin::WebIdentity => SharedCredentialsProvider::new(
            WebIdentityTokenCredentialsProvider::builder()
                .configure(basis)
                .build(),
        ),
        Origin::Container => SharedCredentialsProvider::new(
            EcsCredentialsProvider::builder().configure(basis).build(),
        ),
        Origin::Instance => SharedCredentialsProvider::new(instance(imds, basis)),
    }
}

fn instance(imds: &imds::Client, basis: &ProviderConfig) -> ImdsCredentialsProvider {
    ImdsCredentialsProvider::builder()
        .imds_client(imds.clone())
        .configure(basis)
        .build()
}

/// Whether a place is to be asked. What is set by halves is an error: the next place could be another account's (S4).
async fn check(origin: Origin, environment: &Environment) -> Result<bool, (String, String)> {
    let filled = |name| environment.filled(name).is_some();
    match origin {
        // The SDK looks for the secret under its older name too.
        Origin::Environment => match (filled(KEY), filled(SECRET) || filled("SECRET_ACCESS_KEY")) {
            (true, false) => Err(half(KEY, SECRET)),
            (false, true) if filled(SECRET) => Err(half(SECRET, KEY)),
            (_, secret) => Ok(secret),
        },
        Origin::Profile | Origin::Instance => Ok(true),
        Origin::WebIdentity => match environment.filled(TOKEN_FILE) {
            None => Ok(false),
            Some(_) if !filled(ROLE) => Err(half(TOKEN_FILE, ROLE)),
            Some(path) => check_file(TOKEN_FILE, path).await.map(|()| true),
        },
        Origin::Container => {
            if !filled(RELATIVE_URI) && !filled(FULL_URI) {
                return Ok(false);
            }
            // The SDK takes the first one that is set, to nothing or not.
            if !filled(RELATIVE_URI) && environment.text(RELATIVE_URI).is_some() {
                return Err((
                    format!("{RELATIVE_URI} is set to nothing"),
                    format!("unset {RELATIVE_URI}"),
                ));
            }
            // Shown nowhere: what stands before the @ is a secret.
            if environment
                .filled(FULL_URI)
                .is_some_and(|uri| uri.contains('@'))
            {
                return Err((
                    format!("{FULL_URI} holds a user name or a password"),
                    "put the secret into AWS_CONTAINER_AUTHORIZATION_TOKEN".to_owned(),
                ));
            }
            if let Some(path) = environment.text(CONTAINER_TOKEN_FILE) {
                check_file(CONTAINER_TOKEN_FILE, path).await?;
            }
            Ok(true)
        }
    }
}

fn half(is_set: &str, is_not: &str) -> (String, String) {
    (
        format!("{is_set} is set, and {is_not} is not"),
        format!("set {is_not} too, or unset {is_set}"),
    )
}

/// A token file that the SDK is about to read: its own errors name neither the file nor the variable.
async fn check_file(variable: &str, path: &str) -> Result<(), (String, String)> {
    let wrong = |what: String| {
        (
            format!("{variable} {path} {what}"),
            format!(
                "the platform writes a token into this file; unset {variable} where it is none of it"
            ),
        )
    };
    match tokio::fs::read(path).await {
        Ok(bytes) if bytes.trim_ascii().is_empty() => Err(wrong("is empty".to_owned())),
        Ok(_) => Ok(()),
        Err(error) => Err(wrong(format!("cannot be read: {error}"))),
    }
}
