//! Who the caller is: access keys, and as much of STS and IAM as tells and changes it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{
    HOME_ACCOUNT, HOME_REGION,
    failure::Failure,
    operation::{Operation, form},
    quirk::{Quirk, Quirks},
    signature::{Rejection, Signed},
    wire,
};
use crate::sandbox::{
    exchange::{Answer, Incoming},
    secret::hex_digits,
};

/// An access key that the sandbox has given out.
#[derive(Clone)]
pub struct AccessKey {
    /// `AKIA…`, or `ASIA…` for a session's.
    pub id: String,
    /// What requests are signed with.
    pub secret: String,
    session: Option<Session>,
    account: String,
    arn: String,
}

#[derive(Clone)]
struct Session {
    token: String,
    until: Timestamp,
}

/// The action that nobody signs: the token in it says who asks.
const WITH_TOKEN: &str = "AssumeRoleWithWebIdentity";

/// Who signed a request, and for which region.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account's number.
    pub account: String,
    /// The user or session.
    pub arn: String,
    /// The region signed for.
    pub region: String,
}

/// The keys given out, and the accounts' names.
#[derive(Default)]
pub struct Identities {
    keys: BTreeMap<String, AccessKey>,
    /// Aliases by account number.
    pub aliases: BTreeMap<String, String>,
    /// The accounts that have roles.
    pub accounts: BTreeSet<String>,
    /// The names of the roles that each of them has; `None` for whatever is asked for, so that a copy of real accounts
    /// can be rehearsed with their own roles.
    pub roles: Option<&'static [&'static str]>,
}

impl Identities {
    /// Gives out a key of the account's user `sandbox`.
    pub fn issue(&mut self, account: &str) -> AccessKey {
        let key = AccessKey {
            id: format!("AKIA{}", hex_digits(16).to_uppercase()),
            secret: hex_digits(40),
            session: None,
            account: account.to_owned(),
            arn: format!("arn:aws:iam::{account}:user/sandbox"),
        };
        self.keys.insert(key.id.clone(), key.clone());
        key
    }

    /// The account of a request that is only looked at, not answered.
    pub fn account_of(&self, signed: &Signed) -> Option<&str> {
        self.keys
            .get(&signed.key_id)
            .map(|key| key.account.as_str())
    }

    /// Verifies a request.
    pub fn caller(
        &self,
        request: &Incoming,
        operation: &Operation,
        now: Timestamp,
    ) -> Result<Caller, Rejection> {
        if operation.name() == WITH_TOKEN {
            return Ok(Caller {
                account: HOME_ACCOUNT.to_owned(),
                arn: "the bearer of a web identity token".to_owned(),
                region: HOME_REGION.to_owned(),
            });
        }
        let signed = Signed::read(&request.headers)?;
        let key = self.keys.get(&signed.key_id).ok_or(Rejection::UnknownKey)?;
        let token = request
            .headers
            .get("x-amz-security-token")
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        if token.as_deref() != key.session.as_ref().map(|session| session.token.as_str()) {
            return Err(Rejection::UnknownKey);
        }
        if key
            .session
            .as_ref()
            .is_some_and(|session| session.until < now)
        {
            return Err(Rejection::ExpiredToken);
        }
        signed.verify(request, &key.secret, operation.services(), now)?;
        Ok(Caller {
            account: key.account.clone(),
            arn: key.arn.clone(),
            region: signed.region,
        })
    }

    /// Answers STS and IAM.
    pub fn answer(
        &mut self,
        action: &str,
        request: &Incoming,
        caller: &Caller,
        quirks: &Quirks,
        now: Timestamp,
    ) -> Result<Answer, Failure> {
        match action {
            "GetCallerIdentity" => Ok(response(
                action,
                "https://sts.amazonaws.com/doc/2011-06-15/",
                &format!(
                    "<Arn>{}</Arn><UserId>AIDASANDBOXSANDBOX123</UserId><Account>{}</Account>",
                    wire::escape(&caller.arn),
                    caller.account
                ),
            )),
            "AssumeRole" | WITH_TOKEN => self.assume(action, request, caller, quirks, now),
            "ListAccountAliases" => {
                let alias = self.aliases.get(&caller.account);
                let member = alias
                    .map(|alias| format!("<member>{}</member>", wire::escape(alias)))
                    .unwrap_or_default();
                Ok(response(
                    action,
                    "https://iam.amazonaws.com/doc/2010-05-08/",
                    &format!(
                        "<IsTruncated>false</IsTruncated><AccountAliases>{member}</AccountAliases>"
                    ),
                ))
            }
            _ => Err(Failure::unknown_operation()),
        }
    }

    fn assume(
        &mut self,
        action: &str,
        request: &Incoming,
        caller: &Caller,
        quirks: &Quirks,
        now: Timestamp,
    ) -> Result<Answer, Failure> {
        let fields: BTreeMap<String, String> = form(request).collect();
        let role = fields
            .get("RoleArn")
            .map(String::as_str)
            .unwrap_or_default();
        let session_name = fields
            .get("RoleSessionName")
            .map(String::as_str)
            .unwrap_or_default();
        let parts: Vec<&str> = role.splitn(6, ':').collect();
        let &["arn", partition, "iam", "", account, resource] = parts.as_slice() else {
            return Err(invalid(format!("{role} is invalid")));
        };
        let Some(path) = resource.strip_prefix("role/") else {
            return Err(invalid(format!("{role} is invalid")));
        };
        if session_name.is_empty() {
            return Err(invalid("RoleSessionName is missing".to_owned()));
        }
        let with_token = action == WITH_TOKEN;
        // The token is looked at no closer than this: it has an issuer that no sandbox can stand for.
        if with_token
            && fields
                .get("WebIdentityToken")
                .is_none_or(|token| token.len() < 4)
        {
            return Err(invalid(
                "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must \
                 have length greater than or equal to 4"
                    .to_owned(),
            ));
        }
        let wanted = quirks.find(|quirk| {
            if let Quirk::ExternalId(id) = quirk {
                Some(id.clone())
            } else {
                None
            }
        });
        // No web identity has one.
        let wanted = wanted.filter(|_| !with_token);
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_there =
            self.accounts.contains(account) && self.roles.is_none_or(|roles| roles.contains(&name));
        // AWS does not tell a role that is not there from one that trusts somebody else.
        if !is_there || (wanted.is_some() && wanted.as_ref() != fields.get("ExternalId")) {
            return Err(Failure::denied(format!(
                "User: {} is not authorized to perform: sts:{action} on resource: {role}",
                caller.arn
            )));
        }
        let seconds: i64 = fields
            .get("DurationSeconds")
            .and_then(|text| text.parse().ok())
            .unwrap_or(3600);
        let until = now
            .saturating_add(SignedDuration::from_secs(seconds))
            .unwrap_or(now);
        let key = AccessKey {
            id: format!("ASIA{}", hex_digits(16).to_uppercase()),
            secret: hex_digits(40),
            session: Some(Session {
                token: hex_digits(64),
                until,
            }),
            account: account.to_owned(),
            arn: format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session_name}"),
        };
        let token = key
            .session
            .as_ref()
            .map(|session| session.token.as_str())
            .unwrap_or_default();
        let body = format!(
            "<AssumedRoleUser><AssumedRoleId>AROASANDBOXSANDBOX123:{session_name}</AssumedRoleId>\
             <Arn>{}</Arn></AssumedRoleUser><Credentials><AccessKeyId>{}</AccessKeyId>\
             <SecretAccessKey>{}</SecretAccessKey><SessionToken>{token}</SessionToken>\
             <Expiration>{}</Expiration></Credentials>",
            wire::escape(&key.arn),
            key.id,
            key.secret,
            until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            session_name = wire::escape(session_name),
        );
        self.keys.insert(key.id.clone(), key);
        Ok(response(
            action,
            "https://sts.amazonaws.com/doc/2011-06-15/",
            &body,
        ))
    }
}

fn invalid(message: String) -> Failure {
    Failure::of_query("ValidationError", message)
}

fn response(action: &str, namespace: &str, result: &str) -> Answer {
    wire::xml(&format!(
        "<{action}Response xmlns=\"{namespace}\"><{action}Result>{result}</{action}Result>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{action}Response>",
        wire::REQUEST_ID
    ))
}
