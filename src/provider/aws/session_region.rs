//! Which regions are meant where nobody says `--all-regions`, and from where an account is asked where somebody does.

use aws_config::{
    imds::region::ImdsRegionProvider, meta::region::ProvideRegion,
    profile::ProfileFileRegionProvider,
};

use super::{
    Request,
    arn::{Arn, is_region},
};
use crate::{backup::Target, environment::Environment, provider::SetupError};

/// The region of AWS' partition that every account has.
const ANYWHERE: &str = "us-east-1";

/// The regions that are meant, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meant {
    /// Never empty.
    pub(super) names: Vec<String>,
    /// A flag, a variable, a profile.
    pub(super) source: String,
}

/// The regions: those that were named, those that the ids are in; else the session's own, the instance's last of all.
pub(super) async fn regions(
    request: &Request,
    targets: &[Target],
    environment: &Environment,
    profile: &str,
    of_instance: &ImdsRegionProvider,
) -> Result<Meant, SetupError> {
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
        let source = if request.regions.is_empty() {
            "the ids"
        } else {
            "--region"
        };
        return Ok(Meant {
            names: regions,
            source: source.to_owned(),
        });
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
    if let Some(region) = of_instance.region().await {
        return checked(region.as_ref(), "the instance metadata");
    }
    if request.all_regions {
        // Only the account is asked here which regions it has, and somewhere it must be asked.
        return Ok(Meant {
            names: vec![ANYWHERE.to_owned()],
            source: "--all-regions".to_owned(),
        });
    }
    Err(SetupError::usage_with(
        format!(
            "no region: looked at --region, the ids, AWS_REGION, AWS_DEFAULT_REGION, `region` of profile {profile} and the instance metadata"
        ),
        "name one: --region eu-central-1",
    ))
}

fn checked(region: &str, source: &str) -> Result<Meant, SetupError> {
    let region = region.trim();
    if is_region(region) {
        Ok(Meant {
            names: vec![region.to_owned()],
            source: source.to_owned(),
        })
    } else {
        Err(SetupError::usage_with(
            format!("{source} holds {region:?}, which is not a region"),
            "a region is written like eu-central-1",
        ))
    }
}

#[cfg(test)]
mod tests {
    use aws_config::provider_config::ProviderConfig;

    use super::*;
    use crate::transport::{Lane, Settings, Transport, sdk::http_client};

    fn of_instance() -> ImdsRegionProvider {
        let transport = Transport::new(Settings::default());
        let basis = ProviderConfig::without_region()
            .with_http_client(http_client(&transport, Lane::Credentials));
        ImdsRegionProvider::builder().configure(&basis).build()
    }

    fn request() -> Request {
        Request::default()
    }

    fn meant(region: &str, source: &str) -> Meant {
        Meant {
            names: vec![region.to_owned()],
            source: source.to_owned(),
        }
    }

    #[tokio::test]
    async fn a_blank_region_variable_is_as_good_as_none() {
        let environment =
            Environment::of(&[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "eu-west-3")]);
        let found = regions(&request(), &[], &environment, "default", &of_instance()).await;
        assert_eq!(found.unwrap(), meant("eu-west-3", "AWS_DEFAULT_REGION"));
    }

    #[tokio::test]
    async fn an_arn_tells_the_region_before_the_environment_does() {
        let environment = Environment::of(&[("AWS_REGION", "us-east-1")]);
        let target = Target {
            container: Some("v".to_owned()),
            name: "arn:aws:ec2:eu-central-1::snapshot/snap-1".to_owned(),
        };
        let found = regions(
            &request(),
            &[target],
            &environment,
            "default",
            &of_instance(),
        )
        .await;
        assert_eq!(found.unwrap(), meant("eu-central-1", "the ids"));
    }

    #[tokio::test]
    async fn all_regions_are_asked_for_from_the_region_of_the_session() {
        let everywhere = Request {
            all_regions: true,
            ..request()
        };
        let environment = Environment::of(&[("AWS_REGION", "cn-north-1")]);
        let found = regions(&everywhere, &[], &environment, "default", &of_instance()).await;
        assert_eq!(found.unwrap(), meant("cn-north-1", "AWS_REGION"));
    }
}
