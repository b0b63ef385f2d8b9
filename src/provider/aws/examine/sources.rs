//! The places that AWS credentials could come from, as far as they are filled; nobody is asked, nothing is opened.
//!
//! In the order in which the SDK goes through them. Instance metadata is not among them: only asking shows it.

use aws_config::profile::Profile;

use super::super::{Request, profile};
use crate::{
    environment::Environment,
    provider::{Check, ErrorKind, Standing},
};

/// A place with something in it.
#[derive(Debug)]
struct Source {
    /// What the winner's name begins with, if it is this one.
    name: String,
    /// The same for people, with who says so.
    told: String,
}

/// All that there are.
#[derive(Debug)]
pub(super) struct Sources {
    seen: Vec<Source>,
    /// `AWS_PROFILE` names a profile, and no flag does.
    profile_named: bool,
}

impl Sources {
    pub(super) async fn seen(request: &Request, environment: &Environment) -> Self {
        let mut seen = Vec::new();
        let set = |name: &str| environment.filled(name).is_some();
        if set("AWS_ACCESS_KEY_ID") || set("AWS_SECRET_ACCESS_KEY") {
            let missing = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
                .into_iter()
                .find(|name| !set(name));
            seen.push(Source {
                name: "environment".to_owned(),
                told: match missing {
                    None if set("AWS_SESSION_TOKEN") => {
                        "environment (AWS_ACCESS_KEY_ID, with AWS_SESSION_TOKEN)".to_owned()
                    }
                    None => "environment (AWS_ACCESS_KEY_ID)".to_owned(),
                    Some(name) => format!("environment (without {name})"),
                },
            });
        }
        seen.extend(of_profile(request, environment).await);
        let web = set("AWS_WEB_IDENTITY_TOKEN_FILE").then_some("AWS_WEB_IDENTITY_TOKEN_FILE");
        let container = [
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ]
        .into_iter()
        .find(|name| set(name));
        for (name, variable) in [("web identity", web), ("container", container)] {
            if let Some(variable) = variable {
                seen.push(Source {
                    name: name.to_owned(),
                    told: format!("{name} ({variable})"),
                });
            }
        }
        Self {
            seen,
            profile_named: request.profile.is_none() && set("AWS_PROFILE"),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// That there is nothing anywhere. Whatever else is missing then matters less.
    pub(super) fn none(&self) -> Option<Check> {
        let check = Check {
            kind: Some(ErrorKind::Credentials),
            ..Check::new(
                "credentials",
                Standing::Broken,
                "none: no keys in the environment (AWS_ACCESS_KEY_ID), no profile with any (~/.aws/config, ~/.aws/credentials), no web identity, no container",
            )
        };
        let hint = "`aws configure` or `aws configure sso`; or name a profile with --profile";
        self.seen.is_empty().then(|| check.hinted(hint))
    }

    /// The winner for people, with who says so.
    pub(super) fn told(&self, winner: &str) -> String {
        let told = self.seen.iter().find(|source| source.is(winner));
        told.map_or_else(|| winner.to_owned(), |source| source.told.clone())
    }

    /// Those that were there besides the winner.
    pub(super) fn beside(&self, winner: Option<&str>) -> Vec<Check> {
        // A role was assumed with what stands behind these words.
        let winner = winner.map(|name| name.rsplit("assumed by ").next().unwrap_or(name));
        self.seen
            .iter()
            .filter(|source| !winner.is_some_and(|winner| source.is(winner)))
            .map(|source| {
                let ignored =
                    self.profile_named && winner.is_some() && source.name.starts_with("profile ");
                if ignored {
                    let found = format!(
                        "{}: AWS_PROFILE names it, but keys in the environment win",
                        source.told
                    );
                    return Check::new("not_used", Standing::Warning, found)
                        .hinted("unset AWS_ACCESS_KEY_ID, or name the profile with --profile")
                        .with("source", source.name.as_str());
                }
                Check::new("not_used", Standing::Note, source.told.clone())
                    .with("source", source.name.as_str())
            })
            .collect()
    }
}

impl Source {
    /// Whether it is the one that the credentials are from, by their name.
    fn is(&self, winner: &str) -> bool {
        let rest = winner.strip_prefix(self.name.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
    }
}

/// The profile that counts, if it is there or was named.
async fn of_profile(request: &Request, environment: &Environment) -> Option<Source> {
    let named = request
        .profile
        .as_deref()
        .or_else(|| environment.filled("AWS_PROFILE"));
    let name = named.unwrap_or("default");
    let profile = profile::find(request, environment).await.ok();
    let found = profile
        .as_ref()
        .and_then(|profile| profile.set.get_profile(name));
    let by = match (&request.profile, named) {
        (Some(_), _) => ", by --profile",
        (None, Some(_)) => ", by AWS_PROFILE",
        (None, None) => "",
    };
    let how = match found {
        Some(profile) => how(profile),
        None if named.is_some() => Some("not there"),
        None => None,
    };
    // A profile that only says a region holds no credentials.
    let how = how.or_else(|| named.map(|_| "no credentials"))?;
    Some(Source {
        name: format!("profile {name}"),
        told: format!("profile {name} ({how}{by})"),
    })
}

/// How a profile comes by its credentials, in the SDK's order; `None` where it does not.
fn how(profile: &Profile) -> Option<&'static str> {
    [
        ("role_arn", "role"),
        ("web_identity_token_file", "web identity"),
        ("sso_session", "SSO"),
        ("sso_start_url", "SSO"),
        ("aws_access_key_id", "keys"),
        ("credential_process", "process"),
        ("login_session", "login"),
    ]
    .into_iter()
    .find(|(key, _)| profile.get(key).is_some())
    .map(|(_, how)| how)
}
