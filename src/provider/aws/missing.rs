//! Why there are no AWS credentials: the place that should have had them, the reason, and the way out.

use std::{error::Error, fmt};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::{
    error::SdkError,
    operation::{
        assume_role::AssumeRoleError, assume_role_with_web_identity::AssumeRoleWithWebIdentityError,
    },
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::{
    error::{self, find_source},
    origin::{FULL_URI, Lost, METADATA, Origin, RELATIVE_URI, Reason, TOKEN_FILE, is_switched_off},
    profile::{How, Profile},
};
use crate::{environment::Environment, provider::SetupError, transport::Failure};

/// The error for a person.
pub(super) fn told(lost: &Lost, profile: &Profile, environment: &Environment) -> SetupError {
    let (message, hint) = match &lost.reason {
        Reason::Nothing if profile.explicit => (
            format!(
                "no AWS credentials in profile {} (keys, SSO, process, role)",
                profile.name
            ),
            set_up(profile),
        ),
        Reason::Nothing => (
            nowhere(profile, environment, "no answer, or no role"),
            set_up(profile),
        ),
        Reason::Wrong(what, way_out) => (
            format!("the AWS credentials cannot be used: {what}"),
            way_out.clone(),
        ),
        // The metadata is the last place: where nobody asked for it, that it refuses is the same as nothing anywhere.
        Reason::Failed(error)
            if lost.origin == Origin::Instance && environment.filled(METADATA).is_none() =>
        {
            (
                nowhere(profile, environment, &reason(error)),
                set_up(profile),
            )
        }
        Reason::Failed(error) => (
            format!(
                "the AWS credentials of {} cannot be had: {}",
                name(lost.origin, profile),
                reason(error)
            ),
            way_out(lost.origin, profile, Some(error)),
        ),
    };
    SetupError::Credentials {
        message,
        hint: Some(hint),
    }
}

/// What a place is called.
fn name(origin: Origin, profile: &Profile) -> String {
    match origin {
        Origin::Environment => "the environment".to_owned(),
        Origin::Profile => {
            let role = if profile.assumes_a_role() {
                "role over "
            } else {
                ""
            };
            format!("profile {} ({role}{})", profile.name, profile.how)
        }
        Origin::WebIdentity => format!("web identity ({TOKEN_FILE})"),
        Origin::Container => {
            format!("the container ({RELATIVE_URI} or {FULL_URI})")
        }
        Origin::Instance => format!("the instance metadata ({METADATA})"),
    }
}

/// What to do about a place that has none, or has none any more.
pub(super) fn way_out(
    origin: Origin,
    profile: &Profile,
    error: Option<&CredentialsError>,
) -> String {
    let failure = error.and_then(|error| find_source::<Failure>(error));
    // What is said of proxies and certificates is true of services, not of what is beside this machine.
    let by_service = matches!(origin, Origin::Profile | Origin::WebIdentity);
    if let Some(hint) = failure.and_then(Failure::hint).filter(|_| by_service) {
        return hint;
    }
    let by_role = error.is_some_and(|error| find_source::<RoleError>(error).is_some());
    match origin {
        Origin::Environment => {
            "put new keys into AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
                .to_owned()
        }
        Origin::Profile if by_role => {
            "the role's trust policy must name the credentials that assume it, and they must be allowed sts:AssumeRole on it; `external_id` of the profile must be the one that it wants".to_owned()
        }
        Origin::Profile => in_profile(profile),
        Origin::WebIdentity => {
            "the role's trust policy must accept the token's issuer, audience and subject, and the token must not be older than the platform lets it be".to_owned()
        }
        Origin::Container => {
            "see whether the task has a role (ECS), or the pod an identity association (EKS), and whether its agent runs".to_owned()
        }
        Origin::Instance => {
            "see whether the instance has a role, and whether its metadata may be asked from here (hop limit, AWS_EC2_METADATA_SERVICE_ENDPOINT)".to_owned()
        }
    }
}

fn in_profile(profile: &Profile) -> String {
    let name = &profile.name;
    match &profile.how {
        How::Sso => format!("log in: `aws sso login --profile {name}`"),
        How::Process => format!(
            "run the credential_process of profile {name} by itself, and see what it prints; it must print the JSON that AWS documents for it, and end"
        ),
        How::Login => format!(
            "bkdel cannot use `aws login` by itself: give another profile `credential_process = aws configure export-credentials --profile {name}`"
        ),
        How::WebIdentity => format!(
            "web_identity_token_file of profile {name} must hold a token that the role's trust policy accepts"
        ),
        How::Elsewhere => format!(
            "credential_source of profile {name} must be Environment, Ec2InstanceMetadata or EcsContainer, and there must be credentials there"
        ),
        How::Keys => set_up(profile),
    }
}

fn set_up(profile: &Profile) -> String {
    let name = &profile.name;
    if profile.how == How::Sso {
        format!("log in: `aws sso login --profile {name}`")
    } else if profile.exists && name != "default" {
        format!("`aws configure --profile {name}`, or `aws configure sso --profile {name}`")
    } else {
        "`aws configure` or `aws configure sso`; or name a profile with --profile".to_owned()
    }
}

type RoleError = SdkError<AssumeRoleError, HttpResponse>;
type TokenError = SdkError<AssumeRoleWithWebIdentityError, HttpResponse>;

/// The reason in one line. What STS says is told as every answer of AWS' is.
pub(super) fn reason(error: &CredentialsError) -> String {
    let answered = |error: &dyn fmt::Display| error.to_string();
    if let Some(refused) = find_source::<RoleError>(error) {
        return answered(&error::wire("AssumeRole", refused));
    }
    if let Some(refused) = find_source::<TokenError>(error) {
        return answered(&error::wire("AssumeRoleWithWebIdentity", refused));
    }
    let error: &(dyn Error + 'static) = error;
    error::reasons(error)
}

/// Every place that was looked in, and what was there.
fn nowhere(profile: &Profile, environment: &Environment, instance: &str) -> String {
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
        "no AWS credentials: looked in the environment (AWS_ACCESS_KEY_ID {}), profile {} of ~/.aws/config and ~/.aws/credentials: keys, SSO, process, role ({there}), web identity ({TOKEN_FILE} {}), container ({RELATIVE_URI} {}, {FULL_URI} {}), instance metadata ({})",
        set("AWS_ACCESS_KEY_ID"),
        profile.name,
        set(TOKEN_FILE),
        set(RELATIVE_URI),
        set(FULL_URI),
        if is_switched_off(environment) {
            "switched off"
        } else {
            instance
        },
    )
}
