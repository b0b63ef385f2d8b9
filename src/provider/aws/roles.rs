//! Other accounts: one role assumed in each, and assumed again before its credentials run out.
//!
//! Asked of STS where `GetCallerIdentity` is, with the credentials that the session holds. A role that cannot be assumed
//! ends everything before anything is read.

use std::{collections::BTreeMap, time::SystemTime};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, Result as Provided, error::CredentialsError, future},
};

use super::{Request, arn::Arn, error, held::Held, region::RATE};
use crate::{
    provider::{ErrorKind, ProviderError, SetupError},
    transport::{Transport, retry},
};

const ASSUME: &str = "AssumeRole";

/// What AWS' own logs call the session.
const SESSION: &str = "bkdel";

const FORM: &str = "a role's ARN is arn:aws:iam::ACCOUNT:role/NAME";

/// A role in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) account: String,
}

/// The roles that were asked for, each once, in that order.
pub(super) fn of(request: &Request) -> Result<Vec<Role>, SetupError> {
    check_external_id(request)?;
    let mut roles: Vec<Role> = Vec::new();
    let mut by_account: BTreeMap<String, String> = BTreeMap::new();
    for arn in &request.roles {
        let role = parse(arn)?;
        if roles.contains(&role) {
            continue;
        }
        if let Some(other) = by_account.insert(role.account.clone(), role.arn.clone()) {
            return Err(SetupError::usage_with(
                format!(
                    "--role-arn names two roles of account {}: {other} and {arn}",
                    role.account
                ),
                "name one role an account: what both may see would be there twice",
            ));
        }
        roles.push(role);
    }
    Ok(roles)
}

/// The accounts of the roles that were asked for, as far as they are roles.
pub(super) fn accounts(request: &Request) -> Vec<&str> {
    request
        .roles
        .iter()
        .filter_map(|role| Arn::parse(role).map(|arn| arn.account))
        .collect()
}

/// Leaves the account's own role. Where none is in it, all stay: whose they are then shows who was meant.
pub fn narrow_to(request: &mut Request, account: &str) {
    let own = |role: &String| Arn::parse(role).is_some_and(|arn| arn.account == account);
    if request.roles.iter().any(own) {
        request.roles.retain(own);
    }
}

/// Reads a role's ARN (S4, S5).
fn parse(text: &str) -> Result<Role, SetupError> {
    let name = Arn::parse(text)
        .filter(|arn| arn.service == "iam" && arn.region.is_empty() && is_account(arn.account))
        .and_then(|arn| Some((arn.account, arn.resource.strip_prefix("role/")?)))
        .filter(|(_, name)| name.split('/').all(is_name));
    match name {
        Some((account, _)) => Ok(Role {
            arn: text.to_owned(),
            account: account.to_owned(),
        }),
        None => Err(SetupError::usage_with(
            format!("--role-arn {text:?} is not a role's ARN"),
            FORM,
        )),
    }
}

/// Whether a text is an account's number.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_name(part: &str) -> bool {
    !part.is_empty()
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte))
}

fn check_external_id(request: &Request) -> Result<(), SetupError> {
    let Some(id) = &request.external_id else {
        return Ok(());
    };
    if request.roles.is_empty() {
        return Err(SetupError::usage_with(
            "--external-id is for assuming a role, and there is none",
            "name the role with --role-arn",
        ));
    }
    let fits = (2..=1224).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte));
    if fits {
        Ok(())
    } else {
        Err(SetupError::usage_with(
            "--external-id is empty, or cannot be one",
            "an external id has 2 to 1224 letters, digits and _+=,.@:/-",
        ))
    }
}

/// Assumes a role, so that what is wrong with it shows before anything else is done.
pub(super) async fn assume(
    role: &Role,
    request: &Request,
    base: &Held,
    sts: &aws_sdk_sts::Client,
    transport: &Transport,
) -> Result<Held, SetupError> {
    let assumed = Assumed {
        sts: sts.clone(),
        role: role.clone(),
        external_id: request.external_id.clone(),
        transport: transport.clone(),
        base: base.account_key().to_owned(),
    };
    let credentials = assumed
        .ask()
        .await
        .map_err(|error| refused(role, request, &error))?;
    let source = format!("role {}, assumed by {}", role.arn, base.source);
    Ok(Held::of(
        assumed,
        credentials,
        source,
        Some(role.account.clone()),
    ))
}

fn refused(role: &Role, request: &Request, error: &ProviderError) -> SetupError {
    let id = if request.external_id.is_some() {
        "--external-id must be the one that this policy wants"
    } else {
        "a policy that wants an external id needs --external-id"
    };
    let hint = if error.kind == ErrorKind::Permission {
        Some(format!(
            "the role's trust policy must name these credentials, and they must be allowed sts:AssumeRole on it; {id}"
        ))
    } else {
        error.hint.clone()
    };
    SetupError::Credentials {
        message: format!("the role {} cannot be assumed: {error}", role.arn),
        hint,
    }
}

/// Credentials of a role, new at each asking.
#[derive(Debug)]
struct Assumed {
    sts: aws_sdk_sts::Client,
    role: Role,
    external_id: Option<String>,
    transport: Transport,
    /// Whose limit counts.
    base: String,
}

impl Assumed {
    async fn ask(&self) -> Result<Credentials, ProviderError> {
        let limiter = self
            .transport
            .limiter(&format!("aws/{}/{ASSUME}", self.base), RATE);
        let answer = retry::reading(&limiter, self.transport.retry_for(), || async {
            self.sts
                .assume_role()
                .role_arn(&self.role.arn)
                .role_session_name(SESSION)
                .set_external_id(self.external_id.clone())
                .send()
                .await
                .map_err(|error| error::wire(ASSUME, &error))
        })
        .await?;
        let told = answer.credentials.ok_or_else(|| {
            error::own(
                ASSUME,
                ErrorKind::Malformed,
                "an answer without credentials",
            )
        })?;
        let until = SystemTime::try_from(told.expiration)
            .map_err(|_| error::own(ASSUME, ErrorKind::Malformed, "credentials without an end"))?;
        Ok(Credentials::new(
            told.access_key_id,
            told.secret_access_key,
            Some(told.session_token),
            Some(until),
            "AssumeRole",
        ))
    }
}

impl ProvideCredentials for Assumed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let renewed: Provided = self.ask().await.map_err(CredentialsError::provider_error);
            renewed
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::444455556666:role/bkdel";

    fn request(roles: &[&str], external_id: Option<&str>) -> Request {
        Request {
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
            external_id: external_id.map(str::to_owned),
            ..Request::default()
        }
    }

    #[test]
    fn roles_are_taken_once_and_in_order() {
        let other = "arn:aws-us-gov:iam::777788889999:role/a/path/Backup+x@y";
        let roles = of(&request(&[other, ROLE, other], Some("tango:1"))).unwrap();
        let accounts: Vec<&str> = roles.iter().map(|role| role.account.as_str()).collect();
        assert_eq!(accounts, ["777788889999", "444455556666"]);
        assert!(of(&Request::default()).unwrap().is_empty());
    }

    #[test]
    fn s4_s5_what_is_no_role_is_refused() {
        for bad in [
            "",
            " ",
            "bkdel",
            "arn:aws:iam::444455556666:user/bkdel",
            "arn:aws:iam::444455556666:role/",
            "arn:aws:iam::444455556666:role/a//b",
            "arn:aws:iam::444455556666:role/a b",
            "arn:aws:iam::44445555666:role/bkdel",
            "arn:aws:iam:eu-central-1:444455556666:role/bkdel",
            "arn:aws:sts::444455556666:assumed-role/bkdel/x",
            "arn:aws:iam::*:role/bkdel",
        ] {
            let error = of(&request(&[bad], None)).unwrap_err();
            assert!(matches!(error, SetupError::Usage { .. }), "{bad}");
        }
        let twice = of(&request(
            &[ROLE, "arn:aws:iam::444455556666:role/other"],
            None,
        ));
        assert!(
            twice
                .unwrap_err()
                .to_string()
                .contains("account 444455556666")
        );
        for (roles, id) in [
            (&[][..], "tango"),
            (&[ROLE], ""),
            (&[ROLE], "a"),
            (&[ROLE], "with space"),
        ] {
            assert!(of(&request(roles, Some(id))).is_err(), "{id:?}");
        }
    }

    #[test]
    fn a_role_that_is_denied_is_named_with_what_it_takes() {
        let role = parse(ROLE).unwrap();
        let denied = error::own(ASSUME, ErrorKind::Permission, "not authorized");
        let SetupError::Credentials { message, hint } =
            refused(&role, &request(&[ROLE], None), &denied)
        else {
            panic!("it is about credentials");
        };
        assert!(message.contains(ROLE));
        let hint = hint.unwrap();
        for word in ["trust policy", "sts:AssumeRole", "--external-id"] {
            assert!(hint.contains(word), "{word}");
        }
    }
}
