//! The account's name for people. Only a courtesy: whatever goes wrong, there is none.

use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use bytes::Bytes;

use super::{
    Aws, endpoint, error,
    signing::{self, Place},
};
use crate::transport::Lane;

/// How long anybody should wait for a courtesy.
const PATIENCE: Duration = Duration::from_secs(2);

const FORM: &str = "application/x-www-form-urlencoded";
const BODY: &str = "Action=ListAccountAliases&Version=2010-05-08";

/// The alias, if IAM tells one.
pub(super) async fn read(aws: &Aws) -> Option<String> {
    tokio::time::timeout(PATIENCE, ask(aws)).await.ok()?
}

async fn ask(aws: &Aws) -> Option<String> {
    let place = place(aws)?;
    let credentials = aws.held.provide_credentials().await.ok()?;
    let request = signing::post(
        &place,
        FORM,
        Bytes::from_static(BODY.as_bytes()),
        credentials,
    )?;
    let answer = aws
        .transport
        .exchange(Lane::Credentials, request)
        .await
        .ok()?;
    if !answer.status().is_success() {
        return None;
    }
    first_alias(std::str::from_utf8(answer.body()).ok()?)
}

/// IAM's address and the region that it is signed for. It is one for a whole partition.
fn place(aws: &Aws) -> Option<Place> {
    let region = aws.scope.first()?;
    let place = |address, region| Place {
        address,
        region,
        service: "iam",
    };
    if endpoint::is_loopback(&region.base) {
        return Some(place(format!("{}/", region.base), "us-east-1"));
    }
    if aws.endpoint_overridden {
        return None;
    }
    let (host, signed_for) = match region.name.split_once('-')? {
        ("cn", _) => ("iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("us", rest) if rest.starts_with("gov-") => ("iam.us-gov.amazonaws.com", "us-gov-west-1"),
        ("us", rest) if rest.starts_with("iso") => return None,
        ("eusc" | "eu", rest) if rest.starts_with("isoe") || rest.starts_with("de-") => {
            return None;
        }
        _ => ("iam.amazonaws.com", "us-east-1"),
    };
    Some(place(format!("https://{host}/"), signed_for))
}

/// The first `member`; an account has one alias or none.
fn first_alias(xml: &str) -> Option<String> {
    let (_, rest) = xml.split_once("<AccountAliases>")?;
    let (_, rest) = rest.split_once("<member>")?;
    let (alias, _) = rest.split_once("</member>")?;
    let alias = error::clean(alias);
    // Aliases are letters, digits and hyphens; anything else is not worth unescaping.
    let fits = !alias.is_empty()
        && alias
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then_some(alias)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alias_is_the_first_member() {
        let xml = "<R><ListAccountAliasesResult><AccountAliases><member>prod-eu</member></AccountAliases></ListAccountAliasesResult></R>";
        assert_eq!(first_alias(xml).as_deref(), Some("prod-eu"));
        assert_eq!(first_alias("<R><AccountAliases/></R>"), None);
        assert_eq!(
            first_alias("<AccountAliases><member><b></member></AccountAliases>"),
            None
        );
    }
}
