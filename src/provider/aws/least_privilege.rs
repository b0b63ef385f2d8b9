//! The IAM policy that bkdel needs, for the accounts, regions and vaults that are named; nobody is asked.
//!
//! Which action takes which resource is the Service Authorization Reference's to say. What bkdel calls itself stands apart
//! from what AWS Backup calls in its caller's name, and reading apart from deleting.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Request, account,
    arn::{Store, partition},
    check::check,
    roles::{self, is_account},
    vaults::Names,
};
use crate::provider::{LeastPrivilege, SetupError};

/// The most characters that a managed policy may have, white space aside.
const LONGEST: usize = 6_144;

/// The language's version, which is its only one that counts.
const VERSION: &str = "2012-10-17";

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: &'static str,
    effect: &'static str,
    action: Vec<String>,
    resource: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Value>,
}

impl Statement {
    fn allow(
        sid: &'static str,
        action: impl IntoIterator<Item = &'static str>,
        resource: Vec<String>,
    ) -> Self {
        let mut action: Vec<String> = action.into_iter().map(str::to_owned).collect();
        action.sort_unstable();
        Self {
            sid,
            effect: "Allow",
            action,
            resource,
            condition: None,
        }
    }

    fn only_if(mut self, condition: Value) -> Self {
        self.condition = Some(condition);
        self
    }
}

/// The policy for what the request names, and for these accounts; where none is named, for all that it is attached in.
///
/// # Errors
/// [`SetupError::Usage`] for what is no account, and for what one policy cannot say.
pub fn least_privilege(
    request: &Request,
    accounts: &[String],
) -> Result<LeastPrivilege, SetupError> {
    check(request)?;
    let roles = roles::of(request)?;
    let places = Places::of(request, accounts)?;
    let everything = || vec!["*".to_owned()];
    let mut statement = vec![
        Statement::allow(
            "ReadLists",
            [
                "backup:ListBackupVaults",
                "backup:ListLegalHolds",
                "backup:ListRecoveryPointsByResource",
            ],
            everything(),
        ),
        Statement::allow(
            "ReadVaults",
            ["backup:ListRecoveryPointsByBackupVault"],
            places.vaults(request)?,
        ),
        Statement::allow(
            "ReadLegalHolds",
            ["backup:ListRecoveryPointsByLegalHold"],
            places.arns("backup", "legal-hold:*"),
        ),
        Statement::allow(
            "ReadRecoveryPoints",
            ["backup:DescribeRecoveryPoint", "backup:ListTags"],
            places.points(|_| true),
        ),
        Statement::allow(
            "ReadAccount",
            [account::RIGHT, "iam:ListAccountAliases"],
            everything(),
        ),
        Statement::allow(
            "DeleteRecoveryPoints",
            ["backup:DeleteRecoveryPoint"],
            places.points(|_| true),
        ),
        Statement::allow(
            "DeleteInOwningServices",
            Store::FORMS.iter().filter_map(|(.., store)| store.action()),
            places.points(|store| store.action().is_some()),
        )
        .only_if(json!({"ForAnyValue:StringEquals": {"aws:CalledVia": ["backup.amazonaws.com"]}})),
        // What a point was made by may be gone; AWS Backup then deletes by a role of its own, which it may have to make.
        Statement::allow(
            "DeleteByServiceLinkedRole",
            ["iam:CreateServiceLinkedRole"],
            vec![format!(
                "arn:{}:iam::*:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup",
                places.partition
            )],
        )
        .only_if(json!({"StringEquals": {"iam:AWSServiceName": "backup.amazonaws.com"}})),
    ];
    if !roles.is_empty() {
        let arns = roles.into_iter().map(|role| role.arn).collect();
        statement.push(Statement::allow("AssumeRoles", ["sts:AssumeRole"], arns));
    }
    let policy = Policy {
        version: VERSION,
        statement,
    };
    let written = |error: serde_json::Error| SetupError::usage(format!("no policy: {error}"));
    let compact = serde_json::to_string(&policy).map_err(written)?;
    Ok(LeastPrivilege::Policy {
        document: serde_json::to_string_pretty(&policy).map_err(written)?,
        notes: notes(request, compact.len()),
    })
}

fn notes(request: &Request, length: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if !request.vaults.is_empty() {
        notes.push(
            "deleting is not bound to the vaults: IAM knows a recovery point by its ARN, which does not name its vault; \
             the access policy of a vault can deny it there"
                .to_owned(),
        );
    }
    if !request.roles.is_empty() {
        notes.push(
            "AssumeRoles is for the credentials that assume the roles; everything else is for the roles"
                .to_owned(),
        );
    }
    if length > LONGEST {
        notes.push(format!(
            "{length} characters are more than the {LONGEST} of a managed policy: name fewer regions or accounts, or none"
        ));
    }
    notes
}

/// Where the policy is good: one partition, its regions, its accounts.
#[derive(Debug)]
struct Places {
    partition: &'static str,
    regions: Vec<String>,
    accounts: Vec<String>,
}

impl Places {
    fn of(request: &Request, accounts: &[String]) -> Result<Self, SetupError> {
        if let Some(bad) = accounts.iter().find(|account| !is_account(account)) {
            return Err(SetupError::usage_with(
                format!("--account {bad:?} is no account's number"),
                "an account's number has twelve digits",
            ));
        }
        let partitions: BTreeSet<&'static str> = request
            .regions
            .iter()
            .map(|region| partition(region))
            .collect();
        if partitions.len() > 1 {
            return Err(SetupError::usage_with(
                format!(
                    "--region names regions of several partitions ({}), and a policy is for one",
                    partitions.into_iter().collect::<Vec<_>>().join(", ")
                ),
                "print one for each",
            ));
        }
        let accounts: BTreeSet<&str> = if accounts.is_empty() {
            roles::accounts(request).into_iter().collect()
        } else {
            accounts.iter().map(String::as_str).collect()
        };
        let regions: BTreeSet<&str> = request.regions.iter().map(String::as_str).collect();
        Ok(Self {
            partition: partitions.first().copied().unwrap_or("aws"),
            regions: or_any(regions),
            accounts: or_any(accounts),
        })
    }

    /// A resource of a service, in every region and account.
    fn arns(&self, service: &str, resource: &str) -> Vec<String> {
        let mut arns = Vec::new();
        for region in &self.regions {
            // The names of snapshots and images hold no account.
            let accounts: &[String] = if service == "ec2" {
                &[String::new()]
            } else {
                &self.accounts
            };
            for account in accounts {
                arns.push(format!(
                    "arn:{}:{service}:{region}:{account}:{resource}",
                    self.partition
                ));
            }
        }
        arns
    }

    /// The recovery points that are stored in such a way.
    fn points(&self, wanted: impl Fn(Store) -> bool) -> Vec<String> {
        Store::FORMS
            .iter()
            .filter(|(.., store)| wanted(*store))
            .flat_map(|(service, start, store)| {
                let rest = match store {
                    Store::Backup
                    | Store::Ec2Snapshot
                    | Store::Ec2Image
                    | Store::RdsSnapshot
                    | Store::RdsClusterSnapshot
                    | Store::Fsx
                    | Store::RedshiftServerless => "*",
                    Store::DynamoDb => "*/backup/*",
                    Store::Redshift => "*/awsbackup:*",
                };
                self.arns(service, &format!("{start}{rest}"))
            })
            .collect()
    }

    fn vaults(&self, request: &Request) -> Result<Vec<String>, SetupError> {
        Names::of(&request.vaults)?;
        let names: BTreeSet<&str> = request.vaults.iter().map(String::as_str).collect();
        let mut arns = Vec::new();
        for name in or_any(names) {
            // `*` and `?` mean the same to IAM; what else a pattern can say, IAM cannot.
            let fits = name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_./*?".contains(&byte));
            if !fits {
                return Err(SetupError::usage_with(
                    format!("--vault {name:?} cannot be said in an IAM policy"),
                    "write names, or patterns with * and ? alone",
                ));
            }
            arns.extend(self.arns("backup", &format!("backup-vault:{name}")));
        }
        Ok(arns)
    }
}

fn or_any(names: BTreeSet<&str>) -> Vec<String> {
    if names.is_empty() {
        return vec!["*".to_owned()];
    }
    names.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    fn resources(regions: &[&str], vaults: &[&str], accounts: &[&str], sid: &str) -> Vec<String> {
        let request = Request {
            regions: texts(regions),
            vaults: texts(vaults),
            ..Request::default()
        };
        let LeastPrivilege::Policy { document, .. } =
            least_privilege(&request, &texts(accounts)).unwrap()
        else {
            panic!("AWS takes a policy");
        };
        let policy: Value = serde_json::from_str(&document).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        let found = statements.iter().find(|one| one["Sid"] == sid).unwrap();
        let resources = found["Resource"].as_array().unwrap();
        resources
            .iter()
            .map(|arn| arn.as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_policy_is_bound_to_what_is_named_and_to_nothing_else() {
        assert_eq!(
            resources(
                &["cn-north-1", "cn-northwest-1"],
                &["prod", "aws/*"],
                &["111122223333"],
                "ReadVaults"
            ),
            [
                "arn:aws-cn:backup:cn-north-1:111122223333:backup-vault:aws/*",
                "arn:aws-cn:backup:cn-northwest-1:111122223333:backup-vault:aws/*",
                "arn:aws-cn:backup:cn-north-1:111122223333:backup-vault:prod",
                "arn:aws-cn:backup:cn-northwest-1:111122223333:backup-vault:prod",
            ]
        );
        assert_eq!(
            resources(&[], &[], &[], "ReadVaults"),
            ["arn:aws:backup:*:*:backup-vault:*"]
        );
        assert_eq!(
            resources(
                &["us-gov-west-1"],
                &[],
                &["111122223333"],
                "DeleteRecoveryPoints"
            ),
            [
                "arn:aws-us-gov:backup:us-gov-west-1:111122223333:recovery-point:*",
                "arn:aws-us-gov:ec2:us-gov-west-1::snapshot/*",
                "arn:aws-us-gov:ec2:us-gov-west-1::image/*",
                "arn:aws-us-gov:rds:us-gov-west-1:111122223333:snapshot:awsbackup:*",
                "arn:aws-us-gov:rds:us-gov-west-1:111122223333:cluster-snapshot:awsbackup:*",
                "arn:aws-us-gov:dynamodb:us-gov-west-1:111122223333:table/*/backup/*",
                "arn:aws-us-gov:fsx:us-gov-west-1:111122223333:backup/*",
                "arn:aws-us-gov:redshift:us-gov-west-1:111122223333:snapshot:*/awsbackup:*",
                "arn:aws-us-gov:redshift-serverless:us-gov-west-1:111122223333:snapshot/*",
            ]
        );
    }

    #[test]
    fn what_one_policy_cannot_say_is_refused() {
        let refused = |regions: &[&str], vaults: &[&str], accounts: &[&str]| {
            let request = Request {
                regions: texts(regions),
                vaults: texts(vaults),
                ..Request::default()
            };
            least_privilege(&request, &texts(accounts)).is_err()
        };
        assert!(refused(&["eu-central-1", "cn-north-1"], &[], &[]));
        assert!(refused(&["x"], &[], &[]));
        for vault in [
            "",
            "a b",
            "{a,b}",
            "${aws:username}",
            "arn:aws:backup:eu-central-1:111122223333:backup-vault:p",
        ] {
            assert!(refused(&[], &[vault], &[]), "{vault}");
        }
        for account in ["", "123", "*", "11112222333a"] {
            assert!(refused(&[], &[], &[account]), "{account}");
        }
    }

    #[test]
    fn a_policy_that_is_too_long_to_be_managed_says_so() {
        let request = Request {
            regions: texts(&["eu-central-1", "eu-west-1", "us-east-1"]),
            ..Request::default()
        };
        let accounts = texts(&["111122223333", "444455556666", "777788889999"]);
        let LeastPrivilege::Policy { notes, .. } = least_privilege(&request, &accounts).unwrap()
        else {
            panic!("AWS takes a policy");
        };
        assert!(notes.iter().any(|note| note.contains("6144")), "{notes:?}");
    }
}
