//! What is wrong or right about a request before the first call: the endpoint, the scope's texts, the key.

use http::Uri;
use tokio::sync::OnceCell;

use super::{Cloud, Request, Zilliz, api::Api, credentials, scope::Wanted};
use crate::{
    environment::Environment,
    glob::Glob,
    provider::{SetupError, rest},
    transport::Transport,
};

/// The variable of Zilliz' Terraform provider.
pub(super) const HOST: &str = "ZILLIZCLOUD_HOST_ADDRESS";

/// Finds the key and the endpoint. Nothing is sent.
///
/// # Errors
/// A usage error for a setting that cannot be meant; [`SetupError::Credentials`] without a key.
pub async fn connect(
    transport: &Transport,
    environment: &Environment,
    request: &Request,
) -> Result<Zilliz, SetupError> {
    let wanted = wanted(request)?;
    let (base, overridden) = endpoint(environment, request)?;
    let key = credentials::key(environment, request).await?;
    let mut notes: Vec<String> = key.token.note("keys").into_iter().collect();
    if overridden && request.cloud.is_some() {
        // The order of the places is Zilliz' own tools'; that a flag loses against a variable must still be seen.
        notes.push(format!(
            "--cloud chose nothing: the endpoint is set to {base}"
        ));
    }
    Ok(Zilliz {
        source: key.token.told(credentials::WORD),
        notes,
        organization: key.organization.clone(),
        overridden,
        wanted,
        projects: OnceCell::new(),
        fresh: std::sync::Mutex::default(),
        api: Api::new(transport, base, key.token),
    })
}

fn wanted(request: &Request) -> Result<Wanted, SetupError> {
    for (flag, values) in [
        ("--project", &request.projects),
        ("--cluster", &request.clusters),
    ] {
        if values.iter().any(|value| value.trim().is_empty()) {
            return Err(SetupError::usage(format!("{flag} is empty")));
        }
    }
    if let Some(org) = &request.org
        && (org.trim().is_empty() || org.contains(['[', ']', '\n', '\r']))
    {
        return Err(SetupError::usage("--org is empty, or no organisation's id"));
    }
    Ok(Wanted {
        projects: globs("--project", &request.projects)?,
        clusters: globs("--cluster", &request.clusters)?,
        method: request.method,
        orphaned: request.orphaned,
    })
}

fn globs(flag: &str, texts: &[String]) -> Result<Vec<Glob>, SetupError> {
    texts
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|error| SetupError::usage(format!("{flag}: {error}")))
        })
        .collect()
}

/// The base of every path, and whether somebody set it.
fn endpoint(environment: &Environment, request: &Request) -> Result<(String, bool), SetupError> {
    let named = request
        .endpoint
        .as_deref()
        .map(|text| ("--endpoint-url", text))
        .or_else(|| environment.text(HOST).map(|text| (HOST, text)));
    let Some((source, text)) = named else {
        let base = match request.cloud {
            Some(Cloud::Cn) => "https://api.cloud.zilliz.com.cn",
            Some(Cloud::Global) | None => "https://api.cloud.zilliz.com",
        };
        return Ok((base.to_owned(), false));
    };
    let base = rest::base(source, text)?;
    // Terraform's variable ends in the API's version, which is part of our paths.
    let base = base.strip_suffix("/v2").unwrap_or(&base).to_owned();
    if is_data_plane(&base) {
        return Err(SetupError::usage_with(
            format!("{source} names a cluster's own endpoint, which knows no backups"),
            "the control plane is https://api.cloud.zilliz.com, or https://api.cloud.zilliz.com.cn",
        ));
    }
    Ok((base, true))
}

/// Whether the host is a cluster: `in01-3f9a.aws-eu-central-1.vectordb.zillizcloud.com`.
fn is_data_plane(base: &str) -> bool {
    base.parse::<Uri>().is_ok_and(|uri| {
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        host.split('.').any(|label| label == "vectordb")
            || (host.contains(".zillizcloud.")
                && host.split('.').next().is_some_and(super::id::is_cluster))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(
        endpoint_url: Option<&str>,
        variables: &[(&str, &str)],
        cloud: Option<Cloud>,
    ) -> Result<(String, bool), SetupError> {
        let request = Request {
            endpoint: endpoint_url.map(ToOwned::to_owned),
            cloud,
            ..Request::default()
        };
        endpoint(&Environment::of(variables), &request)
    }

    #[test]
    fn takes_the_endpoint_from_the_first_place_that_names_one() {
        let default = ("https://api.cloud.zilliz.com".to_owned(), false);
        let china = ("https://api.cloud.zilliz.com.cn".to_owned(), false);
        let variable = (HOST, "https://host.example/v2");
        let found = |text: &str| (text.to_owned(), true);
        assert_eq!(base(None, &[], None), Ok(default.clone()));
        assert_eq!(base(None, &[], Some(Cloud::Global)), Ok(default.clone()));
        assert_eq!(base(None, &[], Some(Cloud::Cn)), Ok(china));
        assert_eq!(
            base(None, &[variable], Some(Cloud::Cn)),
            Ok(found("https://host.example"))
        );
        assert_eq!(
            base(Some("http://127.0.0.1:9/v2/"), &[variable], None),
            Ok(found("http://127.0.0.1:9"))
        );
        let data_plane = (
            "ZILLIZ_CLOUD_URI",
            "https://in01-x.vectordb.zillizcloud.com",
        );
        assert_eq!(base(None, &[data_plane], None), Ok(default));
    }

    #[test]
    fn s4_refuses_an_endpoint_that_is_blank_or_a_cluster() {
        for text in [
            "",
            " ",
            "http://api.cloud.zilliz.com",
            "https://in01-3f9a.aws-eu-central-1.vectordb.zillizcloud.com:19534",
            "https://in03-3f9a.serverless.aws-eu-central-1.cloud.zillizcloud.com",
        ] {
            assert!(base(Some(text), &[], None).is_err(), "{text}");
            assert!(base(None, &[(HOST, text)], None).is_err(), "{text}");
        }
    }

    #[test]
    fn s4_refuses_blank_scopes_and_broken_globs() {
        let blank = || vec![" ".to_owned()];
        for request in [
            Request {
                projects: blank(),
                ..Request::default()
            },
            Request {
                clusters: blank(),
                ..Request::default()
            },
            Request {
                clusters: vec!["a[".to_owned()],
                ..Request::default()
            },
            Request {
                org: Some(String::new()),
                ..Request::default()
            },
        ] {
            assert!(wanted(&request).is_err(), "{request:?}");
        }
    }
}
