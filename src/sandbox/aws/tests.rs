//! The AWS API as a client meets it: signed requests in, answers out, over the demo data.

use std::time::Duration;

use http::{HeaderMap, Method};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{AccessKey, Aws, HOME_REGION, signature::Signed};
use crate::sandbox::{
    exchange::{Answer, Api, Incoming},
    seed::Seed,
};

const SNAPSHOT: &str = "arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f001";
const HELD: &str = "arn:aws:rds:eu-central-1:111122223333:snapshot:awsbackup:job-3f7c81d2-94ab-4e05-b6d8-0c2e5a91f003";
const PARENT: &str =
    "arn:aws:backup:eu-central-1:111122223333:recovery-point:d60f2b94-8c1e-4753-b9a8-e5c7d3f01a26";
const NESTED: &str = "arn:aws:ec2:eu-central-1::snapshot/snap-09c4d7e1a2f8b5630";

const ROLE: &str = "arn:aws:iam::444455556666:role/bkdel";

struct Client {
    aws: Aws,
    key: AccessKey,
    now: Timestamp,
}

impl Client {
    fn new() -> Self {
        let now = Timestamp::UNIX_EPOCH
            .saturating_add(SignedDuration::from_hours(24 * 365 * 56))
            .unwrap_or(Timestamp::UNIX_EPOCH);
        let mut aws = Aws::demo(Duration::from_secs(2), now);
        let key = aws.issue_key();
        Self { aws, key, now }
    }

    fn send(&mut self, method: Method, path: &str, query: &str) -> anyhow::Result<Answer> {
        let request = Incoming {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        };
        let (id, secret) = (&self.key.id, &self.key.secret);
        let request = Signed::sign(request, id, secret, HOME_REGION, "backup", self.now)?;
        Ok(self.aws.answer(&request, self.now))
    }

    /// Status and error type, or a 200's status field.
    fn point(&mut self, method: Method, vault: &str, arn: &str) -> anyhow::Result<String> {
        let answer = self.send(method, &path(vault, arn), "")?;
        let kind = answer
            .headers
            .iter()
            .find(|(name, _)| *name == "x-amzn-errortype");
        if let Some((_, kind)) = kind {
            return Ok(format!("{} {kind}", answer.status.as_u16()));
        }
        if answer.body.is_empty() {
            return Ok("200".to_owned());
        }
        let body: Value = serde_json::from_slice(&answer.body)?;
        Ok(format!(
            "200 {}",
            body.get("Status")
                .and_then(Value::as_str)
                .unwrap_or_default()
        ))
    }

    fn delete(&mut self, vault: &str, arn: &str) -> anyhow::Result<String> {
        self.point(Method::DELETE, vault, arn)
    }

    fn describe(&mut self, arn: &str) -> anyhow::Result<String> {
        self.point(Method::GET, "prod", arn)
    }

    fn wait(&mut self, seconds: i64) {
        let later = self.now.saturating_add(SignedDuration::from_secs(seconds));
        self.now = later.unwrap_or(self.now);
    }

    fn fault(&mut self, kind: &str, value: Option<&str>) {
        assert!(self.aws.fault(kind, value), "{kind}");
    }
}

fn path(vault: &str, arn: &str) -> String {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    format!(
        "/backup-vaults/{}/recovery-points/{}",
        encode(vault),
        encode(arn)
    )
}

#[test]
fn a_deletion_is_accepted_then_under_way_then_done() -> anyhow::Result<()> {
    let mut client = Client::new();
    assert_eq!(client.delete("prod", SNAPSHOT)?, "200");
    assert_eq!(client.describe(SNAPSHOT)?, "200 DELETING");
    assert_eq!(
        client.delete("prod", SNAPSHOT)?,
        "400 InvalidResourceStateException"
    );
    client.wait(2);
    assert_eq!(client.describe(SNAPSHOT)?, "400 ResourceNotFoundException");
    assert_eq!(
        client.delete("prod", SNAPSHOT)?,
        "400 ResourceNotFoundException"
    );
    Ok(())
}

#[test]
fn a_deletion_may_end_as_expired_or_never() -> anyhow::Result<()> {
    let mut client = Client::new();
    client.fault("expired", Some("1"));
    assert_eq!(client.delete("prod", SNAPSHOT)?, "200");
    client.wait(3);
    assert_eq!(client.describe(SNAPSHOT)?, "200 EXPIRED");
    client.fault("stuck", None);
    assert_eq!(client.delete("prod", SNAPSHOT)?, "200");
    client.wait(3600);
    assert_eq!(client.describe(SNAPSHOT)?, "200 DELETING");
    Ok(())
}

#[test]
fn a_vault_that_is_not_there_is_no_privilege() -> anyhow::Result<()> {
    let mut client = Client::new();
    assert_eq!(
        client.delete("nowhere", SNAPSHOT)?,
        "403 AccessDeniedException"
    );
    assert_eq!(
        client.delete("aws/efs/automatic-backup-vault", SNAPSHOT)?,
        "403 AccessDeniedException"
    );
    Ok(())
}

#[test]
fn locks_and_holds_refuse() -> anyhow::Result<()> {
    let mut client = Client::new();
    assert_eq!(client.delete("prod", HELD)?, "400 InvalidRequestException");
    let locked = "arn:aws:rds:eu-central-1:111122223333:snapshot:awsbackup:copyjob-d92a4f17-6c3b-4e80-a5d9-84b1e0f7c001";
    assert_eq!(
        client.delete("finance-governance", locked)?,
        "400 InvalidRequestException"
    );
    client.fault("lock-error", Some("denied"));
    assert_eq!(
        client.delete("finance-governance", locked)?,
        "403 AccessDeniedException"
    );
    client.fault("hold-late", Some("1"));
    assert_eq!(
        client.delete("prod", SNAPSHOT)?,
        "400 InvalidRequestException"
    );
    assert_eq!(
        client.delete("prod", SNAPSHOT)?,
        "400 InvalidRequestException"
    );
    Ok(())
}

#[test]
fn nested_points_follow_their_parent() -> anyhow::Result<()> {
    let mut client = Client::new();
    assert_eq!(
        client.delete("prod", NESTED)?,
        "400 InvalidRequestException"
    );
    assert_eq!(client.delete("prod", PARENT)?, "200");
    assert_eq!(client.delete("prod", NESTED)?, "200");
    let mut client = Client::new();
    client.fault("nested", Some("cascade"));
    assert_eq!(client.delete("prod", PARENT)?, "200");
    assert_eq!(client.describe(NESTED)?, "200 DELETING");
    Ok(())
}

#[test]
fn somebody_else_can_change_everything() -> anyhow::Result<()> {
    let mut client = Client::new();
    let id = format!("prod/{SNAPSHOT}");
    let now = client.now;
    let change = |client: &mut Client, change: Value| {
        client.aws.change(&change, now).map_err(anyhow::Error::msg)
    };
    change(
        &mut client,
        json!({"id": id, "set": {"protection": ["legal_hold"]}}),
    )?;
    assert_eq!(
        client.delete("prod", SNAPSHOT)?,
        "400 InvalidRequestException"
    );
    change(
        &mut client,
        json!({"id": id, "set": {"protection": [], "status": "PARTIAL"}}),
    )?;
    assert_eq!(client.describe(SNAPSHOT)?, "200 PARTIAL");
    change(
        &mut client,
        json!({"id": "prod", "set": {"lock": "immutable"}}),
    )?;
    assert_eq!(
        client.delete("prod", SNAPSHOT)?,
        "400 InvalidRequestException"
    );
    change(&mut client, json!({"remove": id}))?;
    assert_eq!(client.describe(SNAPSHOT)?, "400 ResourceNotFoundException");
    change(
        &mut client,
        json!({"add": {"provider": "aws", "id": id, "status": "COMPLETED"}}),
    )?;
    assert_eq!(client.describe(SNAPSHOT)?, "200 COMPLETED");
    Ok(())
}

#[test]
fn what_goes_wrong_before_the_operation_is_told_apart() -> anyhow::Result<()> {
    for (kind, value, expected) in [
        ("clock-skew", None, "403 InvalidSignatureException"),
        ("expired-token", None, "403 ExpiredTokenException"),
        (
            "deny",
            Some("DescribeRecoveryPoint"),
            "403 AccessDeniedException",
        ),
    ] {
        let mut client = Client::new();
        client.fault(kind, value);
        assert_eq!(client.describe(SNAPSHOT)?, expected, "{kind}");
        client.aws.clear_faults();
        assert_eq!(client.describe(SNAPSHOT)?, "200 COMPLETED", "{kind}");
    }
    Ok(())
}

#[test]
fn data_alone_makes_vaults_with_their_protections() -> anyhow::Result<()> {
    let seed: Seed = serde_json::from_value(json!({
        "provider": "aws",
        "id": format!("a/b/{SNAPSHOT}"),
        "scope": {"account": "111122223333", "region": "eu-central-1", "vault": "a/b"},
        "protection": ["vault_lock"],
    }))?;
    let mut client = Client::new();
    client.aws = Aws::new(vec![seed], Duration::ZERO, client.now);
    client.key = client.aws.issue_key();
    assert_eq!(
        client.delete("a/b", SNAPSHOT)?,
        "400 InvalidRequestException"
    );
    Ok(())
}

#[test]
fn lists_with_and_without_the_slash_at_the_end() -> anyhow::Result<()> {
    let mut client = Client::new();
    for path in ["/backup-vaults", "/backup-vaults/"] {
        let answer = client.send(Method::GET, path, "maxResults=1000")?;
        let body: Value = serde_json::from_slice(&answer.body)?;
        let vaults = body
            .get("BackupVaultList")
            .and_then(Value::as_array)
            .map(Vec::len);
        assert_eq!(vaults, Some(8), "{path}");
    }
    Ok(())
}

impl Client {
    /// A signed POST, in the service's own form.
    fn post(&mut self, service: &str, path: &str, body: &str) -> anyhow::Result<Answer> {
        let request = Incoming {
            method: Method::POST,
            path: path.to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        };
        let (id, secret) = (&self.key.id, &self.key.secret);
        let request = Signed::sign(request, id, secret, "us-east-1", service, self.now)?;
        Ok(self.aws.answer(&request, self.now))
    }

    fn assume(&mut self, role: &str, external_id: &str) -> anyhow::Result<u16> {
        let body = format!(
            "Action=AssumeRole&Version=2011-06-15&RoleSessionName=t&RoleArn={}{external_id}",
            utf8_percent_encode(role, NON_ALPHANUMERIC)
        );
        Ok(self.post("sts", "/", &body)?.status.as_u16())
    }
}

#[test]
fn an_account_tells_its_regions_page_by_page_to_what_is_signed_for_it() -> anyhow::Result<()> {
    let mut client = Client::new();
    let mut body = json!({"MaxResults": 2});
    let mut regions = Vec::new();
    loop {
        let answer = client.post("account", "/listRegions", &body.to_string())?;
        let page: Value = serde_json::from_slice(&answer.body)?;
        regions.extend(page["Regions"].as_array().into_iter().flatten().cloned());
        if page["NextToken"].is_null() {
            break;
        }
        body["NextToken"] = page["NextToken"].clone();
    }
    let disabled: Vec<&Value> = regions
        .iter()
        .filter(|region| region["RegionOptStatus"] == "DISABLED")
        .collect();
    assert_eq!(regions.len(), 5);
    assert_eq!(disabled.len(), 1);
    for (service, body, status) in [
        ("backup", "{}", 403),
        ("account", "", 400),
        ("account", r#"{"MaxResults": 51}"#, 400),
        ("account", r#"{"NextToken": "zz"}"#, 400),
    ] {
        let answer = client.post(service, "/listRegions", body)?;
        assert_eq!(answer.status.as_u16(), status, "{service} {body}");
    }
    Ok(())
}

#[test]
fn a_role_is_assumed_where_it_is_and_with_the_external_id_that_it_wants() -> anyhow::Result<()> {
    let mut client = Client::new();
    assert_eq!(client.assume(ROLE, "")?, 200);
    for nobody in [
        "arn:aws:iam::444455556666:role/nobody",
        "arn:aws:iam::000000000000:role/bkdel",
    ] {
        assert_eq!(client.assume(nobody, "")?, 403, "{nobody}");
    }
    client.fault("external-id", Some("tango"));
    assert_eq!(client.assume(ROLE, "")?, 403);
    assert_eq!(client.assume(ROLE, "&ExternalId=foxtrot")?, 403);
    assert_eq!(client.assume(ROLE, "&ExternalId=tango")?, 200);
    Ok(())
}

#[test]
fn a_role_is_assumed_for_a_token_that_nobody_signs() {
    let mut client = Client::new();
    for (role, token, status) in [
        (ROLE, "a-token", 200),
        (ROLE, "", 400),
        ("arn:aws:iam::444455556666:role/nobody", "a-token", 403),
        ("nobody", "a-token", 400),
    ] {
        let body = format!(
            "Action=AssumeRoleWithWebIdentity&RoleSessionName=t&RoleArn={}&WebIdentityToken={token}",
            utf8_percent_encode(role, NON_ALPHANUMERIC)
        );
        let request = Incoming {
            method: Method::POST,
            path: "/".to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: body.into_bytes(),
        };
        let answer = client.aws.answer(&request, client.now);
        assert_eq!(answer.status.as_u16(), status, "{role} {token}");
    }
}

#[test]
fn a_region_or_a_vault_can_be_denied_and_the_rest_stays() -> anyhow::Result<()> {
    let mut client = Client::new();
    client.fault("deny-vault", Some("prod"));
    assert_eq!(client.describe(SNAPSHOT)?, "403 AccessDeniedException");
    assert_eq!(client.send(Method::GET, "/backup-vaults", "")?.status, 200);
    client.fault("deny-region", Some(HOME_REGION));
    let answer = client.send(Method::GET, "/backup-vaults", "")?;
    assert!(String::from_utf8_lossy(&answer.body).contains("service control policy"));
    assert_eq!(client.assume(ROLE, "")?, 200);
    Ok(())
}
