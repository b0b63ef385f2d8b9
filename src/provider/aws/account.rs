//! The regions that an account may use, asked of the account itself (`--all-regions`).
//!
//! What is not opted in answers as if the credentials were bad, so those regions are left out, and said. Asked only once
//! something is to be listed: ids tell their regions by themselves.

use aws_config::{SdkConfig, profile::ProfileSet};
use aws_credential_types::provider::ProvideCredentials;
use bytes::Bytes;
use http::Uri;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Aws,
    arn::is_region,
    endpoint, error,
    region::{Pages, RATE},
    signing::{self, Place},
};
use crate::{
    environment::Environment,
    provider::{ErrorKind, ProviderError, SetupError},
    transport::{Lane, retry},
};

const LIST: &str = "ListRegions";

/// The right that it takes.
pub(super) const RIGHT: &str = "account:ListRegions";

/// The most regions a page, by AWS' model.
const PAGE: u64 = 50;

/// What to do where an account does not tell.
const NAME_THEM: &str = "name regions with --region";

/// The regions of an account, each with what AWS says about using it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Those that may be used.
    pub(super) enabled: Vec<String>,
    /// Those that may not, and why.
    pub(super) skipped: Vec<(String, String)>,
}

impl Told {
    /// What a person must know about the regions that are not looked in.
    pub(super) fn note(&self, account: Option<&str>) -> Option<String> {
        if self.skipped.is_empty() {
            return None;
        }
        let skipped: Vec<String> = self
            .skipped
            .iter()
            .map(|(region, why)| format!("{region} ({why})"))
            .collect();
        let whose = account.map_or_else(String::new, |account| format!(" of account {account}"));
        Some(format!("regions{whose} left out: {}", skipped.join(", ")))
    }

    fn take(&mut self, listed: Listed) -> Result<(), ProviderError> {
        let name = listed
            .region_name
            .filter(|name| is_region(name))
            .ok_or_else(|| malformed("a region without a name, or with one that is none"))?;
        let why = match listed.region_opt_status.as_deref() {
            Some("ENABLED" | "ENABLED_BY_DEFAULT") => {
                self.enabled.push(name);
                return Ok(());
            }
            Some("DISABLED") => "not opted in".to_owned(),
            Some("DISABLING") => "being disabled".to_owned(),
            Some("ENABLING") => "not enabled yet".to_owned(),
            Some(other) => format!("status {}", error::clean(other)),
            None => "no status".to_owned(),
        };
        self.skipped.push((name, why));
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    regions: Option<Vec<Listed>>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    region_name: Option<String>,
    region_opt_status: Option<String>,
}

/// Where an account is asked: where the SDK's settings say, beside a loopback AWS Backup, or at AWS. One for a partition,
/// which the session's region tells; `None` for a partition whose address is not known.
pub(super) fn place(
    sdk: &SdkConfig,
    environment: &Environment,
    profiles: &ProfileSet,
    backup: &str,
    region: &str,
) -> Result<Option<Place>, SetupError> {
    let (signed_for, suffix) = match region.split_once('-') {
        Some(("cn", _)) => ("cn-northwest-1", "amazonaws.com.cn"),
        Some(("us", rest)) if rest.starts_with("gov-") => ("us-gov-west-1", "amazonaws.com"),
        Some(("us", rest)) if rest.starts_with("iso") => return Ok(None),
        Some(("eusc", _)) => ("eusc-de-east-1", "amazonaws.eu"),
        Some(("eu", rest)) if rest.starts_with("isoe") => return Ok(None),
        Some(_) | None => ("us-east-1", "amazonaws.com"),
    };
    let configured = endpoint::past_blank(environment, profiles, "Account");
    let base = match configured {
        Some(base) => {
            check(&base)?;
            base
        }
        None if endpoint::is_loopback(backup) => backup.to_owned(),
        None => {
            let host = if sdk.use_fips().unwrap_or(false) {
                "account-fips"
            } else {
                "account"
            };
            format!("https://{host}.{signed_for}.{suffix}")
        }
    };
    Ok(Some(Place {
        address: format!("{}/listRegions", base.trim_end_matches('/')),
        region: signed_for,
        service: "account",
    }))
}

/// Refuses an endpoint that the gate would, and names where it comes from.
fn check(base: &str) -> Result<(), SetupError> {
    let uri: Option<Uri> = base.parse().ok();
    let fits = uri.is_some_and(|uri| {
        let safe = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => endpoint::is_loopback(base),
            Some(_) | None => false,
        };
        safe && uri.query().is_none()
            && uri
                .authority()
                .is_some_and(|authority| !authority.as_str().contains('@'))
    });
    if fits {
        Ok(())
    } else {
        Err(SetupError::usage_with(
            "the endpoint for the AWS Account service is no https address, nor http on loopback",
            "check AWS_ENDPOINT_URL_ACCOUNT, AWS_ENDPOINT_URL and `endpoint_url` of the profile",
        ))
    }
}

/// Asks the account for all its regions.
pub(super) async fn read(aws: &Aws, place: Option<&Place>) -> Result<Told, ProviderError> {
    let Some(place) = place else {
        return Err(error::own(
            LIST,
            ErrorKind::Refused,
            "the address of this partition's Account service is not known",
        )
        .with_hint(NAME_THEM));
    };
    let mut told = Told::default();
    let mut pages = Pages::of(LIST);
    while pages.more() {
        let page = page(aws, place, pages.token()).await?;
        let regions = page
            .regions
            .ok_or_else(|| malformed("an answer without a list"))?;
        for region in regions {
            told.take(region)?;
        }
        pages.turn(page.next_token)?;
    }
    if told.enabled.is_empty() {
        return Err(malformed("an account without a region"));
    }
    Ok(told)
}

async fn page(aws: &Aws, place: &Place, token: Option<String>) -> Result<Page, ProviderError> {
    let mut fields = Map::new();
    fields.insert("MaxResults".to_owned(), json!(PAGE));
    fields.extend(token.map(|token| ("NextToken".to_owned(), json!(token))));
    let body = Bytes::from(Value::Object(fields).to_string());
    let limit = format!("aws/{}/{LIST}", aws.held.account_key());
    let limiter = aws.transport.limiter(&limit, RATE);
    retry::reading(&limiter, aws.transport.retry_for(), || {
        ask(aws, place, body.clone())
    })
    .await
    .map_err(|error| match error.kind {
        ErrorKind::Permission => error.with_hint(format!(
            "allow account:ListRegions to these credentials, or {NAME_THEM}"
        )),
        ErrorKind::Network => ProviderError {
            hint: Some(format!("check the network, or {NAME_THEM}")),
            ..error
        },
        ErrorKind::Credentials
        | ErrorKind::NotFound
        | ErrorKind::NoSuchScope
        | ErrorKind::Conflict
        | ErrorKind::Protected
        | ErrorKind::Refused
        | ErrorKind::Kept
        | ErrorKind::Throttled
        | ErrorKind::Server
        | ErrorKind::Certificate
        | ErrorKind::Timeout
        | ErrorKind::Malformed
        | ErrorKind::Incomplete
        | ErrorKind::Drift
        | ErrorKind::Guard
        | ErrorKind::Gate
        | ErrorKind::Rehearsed
        | ErrorKind::Setup
        | ErrorKind::Interrupted => error,
    })
}

async fn ask(aws: &Aws, place: &Place, body: Bytes) -> Result<Page, ProviderError> {
    let credentials = aws
        .held
        .provide_credentials()
        .await
        .map_err(|reason| error::no_credentials(LIST, &reason))?;
    let request = signing::post(place, "application/json", body, credentials)
        .ok_or_else(|| error::own(LIST, ErrorKind::Setup, "the request cannot be signed"))?;
    let answer = aws
        .transport
        .exchange(Lane::Regions, request)
        .await
        .map_err(|failure| failure.as_error(crate::backup::Provider::Aws, LIST))?;
    if !answer.status().is_success() {
        return Err(error::answered(LIST, &answer));
    }
    serde_json::from_slice(answer.body())
        .map_err(|_| malformed("answered with something that is no AWS answer"))
}

fn malformed(message: &str) -> ProviderError {
    error::own(LIST, ErrorKind::Malformed, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWS: &str = "https://backup.eu-central-1.amazonaws.com";
    const LOCAL: &str = "http://127.0.0.1:7";

    type Variables<'a> = &'a [(&'a str, &'a str)];

    fn place_of(variables: Variables<'_>, backup: &str, region: &str) -> Option<String> {
        let sdk = SdkConfig::builder().build();
        let environment = Environment::of(variables);
        place(&sdk, &environment, &ProfileSet::default(), backup, region)
            .unwrap()
            .map(|place| format!("{} {}", place.address, place.region))
    }

    #[test]
    fn an_account_is_asked_where_its_partition_or_a_setting_says() {
        let own = "AWS_ENDPOINT_URL_ACCOUNT";
        let all = "AWS_ENDPOINT_URL";
        let cases: [(Variables<'_>, &str, &str, &str); 8] = [
            (
                &[],
                AWS,
                "eu-central-1",
                "https://account.us-east-1.amazonaws.com/listRegions us-east-1",
            ),
            (
                &[],
                AWS,
                "cn-north-1",
                "https://account.cn-northwest-1.amazonaws.com.cn/listRegions cn-northwest-1",
            ),
            (
                &[],
                AWS,
                "us-gov-east-1",
                "https://account.us-gov-west-1.amazonaws.com/listRegions us-gov-west-1",
            ),
            (
                &[],
                LOCAL,
                "eu-central-1",
                "http://127.0.0.1:7/listRegions us-east-1",
            ),
            (
                &[(all, "http://127.0.0.1:8/")],
                AWS,
                "eu-central-1",
                "http://127.0.0.1:8/listRegions us-east-1",
            ),
            (
                &[(all, LOCAL), (own, "https://a.example/p")],
                LOCAL,
                "eu-central-1",
                "https://a.example/p/listRegions us-east-1",
            ),
            (
                &[(own, " ")],
                LOCAL,
                "eu-central-1",
                "http://127.0.0.1:7/listRegions us-east-1",
            ),
            (
                &[
                    (all, LOCAL),
                    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
                ],
                AWS,
                "us-east-1",
                "https://account.us-east-1.amazonaws.com/listRegions us-east-1",
            ),
        ];
        for (variables, backup, region, expected) in cases {
            assert_eq!(
                place_of(variables, backup, region).as_deref(),
                Some(expected),
                "{variables:?}"
            );
        }
        assert_eq!(
            place_of(&[], AWS, "eusc-de-east-1").as_deref(),
            Some("https://account.eusc-de-east-1.amazonaws.eu/listRegions eusc-de-east-1")
        );
        assert_eq!(place_of(&[], AWS, "us-iso-east-1"), None);
        for bad in [
            "http://a.example",
            "https://u:p@a.example",
            "ftp://a",
            "a.example",
        ] {
            let environment = Environment::of(&[(own, bad)]);
            let sdk = SdkConfig::builder().build();
            let place = place(&sdk, &environment, &ProfileSet::default(), AWS, "us-east-1");
            assert!(place.is_err(), "{bad}");
        }
    }

    #[test]
    fn only_what_is_enabled_is_looked_in_and_the_rest_is_told() {
        let mut told = Told::default();
        for (name, status) in [
            ("eu-central-1", Some("ENABLED_BY_DEFAULT")),
            ("eu-south-1", Some("ENABLED")),
            ("af-south-1", Some("DISABLED")),
            ("me-south-1", Some("DISABLING")),
            ("ap-east-1", Some("ENABLING")),
            ("ap-east-2", Some("SOMETHING_NEW")),
            ("ap-south-2", None),
        ] {
            told.take(Listed {
                region_name: Some(name.to_owned()),
                region_opt_status: status.map(str::to_owned),
            })
            .unwrap();
        }
        assert_eq!(told.enabled, ["eu-central-1", "eu-south-1"]);
        assert_eq!(
            told.note(Some("111122223333")).unwrap(),
            "regions of account 111122223333 left out: af-south-1 (not opted in), me-south-1 (being disabled), ap-east-1 (not enabled yet), ap-east-2 (status SOMETHING_NEW), ap-south-2 (no status)"
        );
        assert_eq!(Told::default().note(None), None);
        for bad in [None, Some(""), Some("evil.example/")] {
            let listed = Listed {
                region_name: bad.map(str::to_owned),
                region_opt_status: Some("ENABLED".to_owned()),
            };
            assert_eq!(told.take(listed).unwrap_err().kind, ErrorKind::Malformed);
        }
    }
}
