//! What is wrong with a request by itself, before anything is looked up.

use http::Uri;

use super::{Request, arn::is_region};
use crate::provider::SetupError;

/// Refuses what is blank or cannot be (S4).
pub(super) fn check(request: &Request) -> Result<(), SetupError> {
    for region in &request.regions {
        if !is_region(region) {
            return Err(SetupError::usage_with(
                format!("--region {region:?} is not a region"),
                "a region is written like eu-central-1",
            ));
        }
    }
    for (all, named, flag) in [
        (request.all_regions, !request.regions.is_empty(), "region"),
        (request.all_vaults, !request.vaults.is_empty(), "vault"),
    ] {
        if all && named {
            return Err(SetupError::usage_with(
                format!("--all-{flag}s and --{flag} contradict each other"),
                format!("name one of them; --{flag} may be repeated"),
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
            Request {
                all_regions: true,
                regions: vec!["eu-central-1".to_owned()],
                ..request()
            },
            Request {
                all_vaults: true,
                vaults: vec!["prod".to_owned()],
                ..request()
            },
        ] {
            assert!(check(&bad).is_err(), "{bad:?}");
        }
        assert!(check(&request()).is_ok());
    }
}
