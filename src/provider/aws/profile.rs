//! Which profile counts, and how it comes to its credentials.

use std::fmt;

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::{Request, error};
use crate::{environment::Environment, provider::SetupError};

/// The profile that counts, and who says so.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) name: String,
    /// `--profile`: then keys in the environment do not count.
    pub(super) explicit: bool,
    pub(super) exists: bool,
    pub(super) how: How,
    /// Everything that the files hold.
    pub(super) set: ProfileSet,
}

impl Profile {
    /// Whether it says where credentials come from, and does not only set a region or the like.
    pub(super) fn is_set_up(&self) -> bool {
        self.how != How::Keys || self.assumes_a_role()
    }

    /// Whether STS is asked for a role, whatever it is assumed over.
    pub(super) fn assumes_a_role(&self) -> bool {
        let own = self.set.get_profile(&self.name);
        own.is_some_and(|own| {
            own.get("role_arn").is_some() && own.get("web_identity_token_file").is_none()
        })
    }
}

/// How a profile comes to its credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// IAM Identity Center: `aws sso login`.
    Sso,
    /// `credential_process`.
    Process,
    /// `aws login`.
    Login,
    /// `web_identity_token_file`.
    WebIdentity,
    /// `credential_source`: the environment, a container, an instance.
    Elsewhere,
    /// Keys, or nothing at all.
    Keys,
}

impl fmt::Display for How {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Sso => "SSO",
            Self::Process => "process",
            Self::Login => "aws login",
            Self::WebIdentity => "web identity",
            Self::Elsewhere => "credential_source",
            Self::Keys => "keys",
        })
    }
}

/// Finds the profile: `--profile`, `AWS_PROFILE`, `default`. One that was named must exist: falling through to other
/// credentials could be another account's.
pub(super) async fn find(
    request: &Request,
    environment: &Environment,
) -> Result<Profile, SetupError> {
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
    let how = how(&set, &name);
    Ok(Profile {
        name,
        explicit: request.profile.is_some(),
        exists,
        how,
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

/// How the profile, or the one that it builds on, comes to its credentials: what the SDK would find, in its order.
fn how(set: &ProfileSet, name: &str) -> How {
    let mut name = name;
    // Profiles can name each other in a circle.
    for _ in 0..8 {
        let Some(profile) = set.get_profile(name) else {
            return How::Keys;
        };
        let has = |key| profile.get(key).is_some();
        if has("web_identity_token_file") {
            return How::WebIdentity;
        }
        if has("role_arn")
            && let Some(next) = profile.get("source_profile")
            && next != name
        {
            name = next;
            continue;
        }
        return if has("credential_source") {
            How::Elsewhere
        } else if has("sso_session") || has("sso_start_url") {
            How::Sso
        } else if has("login_session") {
            How::Login
        } else if has("credential_process") {
            How::Process
        } else {
            How::Keys
        };
    }
    How::Keys
}
