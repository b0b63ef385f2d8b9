//! What a recovery point's id looks like, and what only looks like one (S4, S5).
//!
//! `VAULT/ARN`: a vault's name can hold `/` itself, so the id is split where the ARN begins. The forms are those that
//! AWS Backup documents for recovery points; everything else is the name of something that holds or was backed up.

use super::{Request, arn::Arn, roles, vaults::Names};
use crate::{backup::Target, glob::is_pattern, provider::SetupError};

/// What a person named: `VAULT/ARN`, or an ARN where `--vault` names the one vault. Pure: nothing is looked up.
///
/// # Errors
/// [`SetupError::Usage`] for everything that is not clearly one recovery point.
pub fn parse(text: &str, request: &Request) -> Result<Target, SetupError> {
    let text = text.trim_matches(' ');
    if text.is_empty() {
        return Err(SetupError::usage_with("an empty recovery point id", FORM));
    }
    if let Some(odd) = text.chars().find(|c| !c.is_ascii_graphic()) {
        return Err(SetupError::usage_with(
            format!("{text:?}: {odd:?} cannot be part of a recovery point id"),
            FORM,
        ));
    }
    let (vault, name) = split(text)?;
    let Some(arn) = Arn::parse(name) else {
        return Err(SetupError::usage_with(
            format!("{text:?} is not a recovery point id"),
            FORM,
        ));
    };
    let Some(_) = arn.store() else {
        return Err(no_recovery_point(name, &arn));
    };
    if name.contains("..") || name.split('/').any(|part| part.is_empty() || part == ".") {
        return Err(SetupError::usage_with(
            format!("{text:?} holds an empty part or dots"),
            FORM,
        ));
    }
    if !request.regions.is_empty() && !request.regions.iter().any(|region| region == arn.region) {
        return Err(SetupError::usage_with(
            format!(
                "{text} is in region {}, but --region says {}",
                arn.region,
                request.regions.join(", ")
            ),
            "drop --region: the ARN tells where the recovery point is",
        ));
    }
    let accounts = roles::accounts(request);
    if !arn.account.is_empty() && !accounts.is_empty() && !accounts.contains(&arn.account) {
        return Err(SetupError::usage_with(
            format!(
                "{text} is in account {}, but --role-arn says {}",
                arn.account,
                accounts.join(", ")
            ),
            "name a role in that account too, or drop the id",
        ));
    }
    let container = match vault {
        Some(vault) => named_vault(vault, text, request)?,
        None => only_vault(text, request)?,
    };
    Ok(Target {
        container: Some(container),
        name: name.to_owned(),
    })
}

const FORM: &str =
    "an id is VAULT/ARN, as `bkdel aws list -o ids` prints it; with --vault the ARN alone will do";

fn split(text: &str) -> Result<(Option<&str>, &str), SetupError> {
    let Some(at) = text.find("/arn:") else {
        if text.starts_with("arn:") {
            return Ok((None, text));
        }
        return Err(SetupError::usage_with(
            format!("{text:?} is not a recovery point id: it has no ARN"),
            FORM,
        ));
    };
    let (vault, rest) = text.split_at(at);
    Ok((Some(vault), rest.strip_prefix('/').unwrap_or(rest)))
}

fn named_vault(vault: &str, text: &str, request: &Request) -> Result<String, SetupError> {
    if let Some(name) = vault_of_arn(vault) {
        return Err(SetupError::usage_with(
            format!("{text:?} names its vault by ARN"),
            format!("an id begins with the vault's name: {name}/…"),
        ));
    }
    check_vault_name(vault)?;
    if !request.vaults.is_empty() && !Names::of(&request.vaults)?.admits(vault) {
        return Err(SetupError::usage_with(
            format!(
                "{text} is in vault {vault}, but --vault says {}",
                request.vaults.join(", ")
            ),
            "drop --vault: the id tells the vault",
        ));
    }
    Ok(vault.to_owned())
}

fn only_vault(text: &str, request: &Request) -> Result<String, SetupError> {
    match request.vaults.as_slice() {
        [vault] if !is_pattern(vault) => {
            check_vault_name(vault)?;
            Ok(vault.clone())
        }
        [] => Err(SetupError::usage_with(
            format!("{text} does not tell its vault"),
            "write VAULT/ARN, or name the vault with --vault",
        )),
        [_, ..] => Err(SetupError::usage_with(
            format!(
                "{text} could be in any of the vaults of --vault {}",
                request.vaults.join(", ")
            ),
            "write VAULT/ARN, or name exactly one vault with --vault",
        )),
    }
}

/// Refuses what cannot be a vault's name. `/` is allowed: AWS' own `aws/efs/automatic-backup-vault` has it.
pub(super) fn check_vault_name(name: &str) -> Result<(), SetupError> {
    if let Some(inner) = vault_of_arn(name) {
        return Err(SetupError::usage_with(
            format!("{name:?} is a vault's ARN"),
            format!("name the vault: {inner}"),
        ));
    }
    let fits = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'));
    let whole = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if fits && whole && name.len() <= 128 {
        Ok(())
    } else {
        Err(SetupError::usage_with(
            format!("{name:?} is not a vault's name"),
            "`bkdel aws list` shows the vaults' names",
        ))
    }
}

fn vault_of_arn(text: &str) -> Option<&str> {
    let arn = Arn::parse(text)?;
    (arn.service == "backup")
        .then(|| arn.resource.strip_prefix("backup-vault:"))
        .flatten()
}

fn no_recovery_point(name: &str, arn: &Arn<'_>) -> SetupError {
    if let Some(vault) = vault_of_arn(name) {
        return SetupError::usage_with(
            format!("{name} is a vault, not a recovery point"),
            format!(
                "`bkdel aws list --vault {vault}` shows what it holds; to empty it, `bkdel aws delete --vault {vault} --all`"
            ),
        );
    }
    let kind = arn
        .resource
        .split([':', '/'])
        .next()
        .filter(|kind| *kind != arn.resource)
        .map_or_else(
            || arn.service.to_owned(),
            |kind| format!("{} {kind}", arn.service),
        );
    SetupError::usage_with(
        format!("{name} is not a recovery point, but something else ({kind})"),
        "`bkdel aws list -o ids` prints the ids of recovery points",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(regions: &[&str], vaults: &[&str]) -> Request {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Request {
            regions: owned(regions),
            vaults: owned(vaults),
            ..Request::default()
        }
    }

    fn refusal(text: &str, request: &Request) -> String {
        match parse(text, request) {
            Err(SetupError::Usage { message, hint }) => {
                format!("{message}; {}", hint.expect("a way out"))
            }
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn every_form_of_a_recovery_point_is_taken() {
        for (arn, action) in [
            (
                "arn:aws:ec2:eu-west-1::snapshot/snap-0123",
                Some("ec2:DeleteSnapshot"),
            ),
            (
                "arn:aws:ec2:eu-west-1::image/ami-0123",
                Some("ec2:DeregisterImage"),
            ),
            (
                "arn:aws:rds:eu-west-1:111122223333:snapshot:awsbackup:job-1",
                Some("rds:DeleteDBSnapshot"),
            ),
            (
                "arn:aws:rds:eu-west-1:111122223333:cluster-snapshot:awsbackup:job-1",
                Some("rds:DeleteDBClusterSnapshot"),
            ),
            (
                "arn:aws:dynamodb:eu-west-1:111122223333:table/T/backup/0153-a",
                Some("dynamodb:DeleteBackup"),
            ),
            (
                "arn:aws:fsx:eu-west-1:111122223333:backup/backup-1",
                Some("fsx:DeleteBackup"),
            ),
            (
                "arn:aws:redshift:eu-west-1:111122223333:snapshot:C/awsbackup:job-1",
                Some("redshift:DeleteClusterSnapshot"),
            ),
            (
                "arn:aws:redshift-serverless:eu-west-1:111122223333:snapshot/1-2",
                Some("redshift-serverless:DeleteSnapshot"),
            ),
            (
                "arn:aws:backup:eu-west-1:111122223333:recovery-point:0A-b",
                None,
            ),
            (
                "arn:aws:backup:eu-west-1:111122223333:recovery-point:continuous:db-1a",
                None,
            ),
            (
                "arn:aws-us-gov:backup:us-gov-west-1:111122223333:recovery-point:0A",
                None,
            ),
            (
                "arn:aws-cn:ec2:cn-north-1::snapshot/snap-1",
                Some("ec2:DeleteSnapshot"),
            ),
        ] {
            for (text, vault, request) in [
                (format!("prod/{arn}"), "prod", request(&[], &[])),
                (format!(" prod/{arn} "), "prod", request(&[], &["p*"])),
                (
                    format!("aws/efs/automatic-backup-vault/{arn}"),
                    "aws/efs/automatic-backup-vault",
                    request(&[], &[]),
                ),
                (arn.to_owned(), "night", request(&[], &["night"])),
            ] {
                let target = parse(&text, &request).unwrap();
                assert_eq!(target.container.as_deref(), Some(vault), "{text}");
                assert_eq!(target.name, arn, "{text}");
            }
            let store = Arn::parse(arn).unwrap().store().unwrap();
            assert_eq!(store.action(), action, "{arn}");
        }
    }

    #[test]
    fn s4_a_blank_or_odd_id_is_refused() {
        let point = "arn:aws:backup:eu-west-1:111122223333:recovery-point:0A";
        for bad in [
            String::new(),
            "  ".to_owned(),
            "prod/".to_owned(),
            "prod".to_owned(),
            "arn:".to_owned(),
            format!("/{point}"),
            format!("prod//{point}"),
            format!("../{point}"),
            format!("a/../b/{point}"),
            format!("pr*d/{point}"),
            format!("prod/{point}\n"),
            format!("prod/{point}\u{1b}[2J"),
            format!("prod/{point} x"),
            format!("prod/{point}/../x"),
            format!("prod/{point}//"),
            "prod/arn:aws:backup:eu-west-1:111122223333:recovery-point:".to_owned(),
            "prod/arn:aws:backup::111122223333:recovery-point:0A".to_owned(),
            "prod/arn:aws:backup:eu-west-1:1111:recovery-point:0A".to_owned(),
            "prod/arn:evil:backup:eu-west-1:111122223333:recovery-point:0A".to_owned(),
            "prod/arn:aws:backup:x.example/:111122223333:recovery-point:0A".to_owned(),
            "prod/arn:aws:ec2:eu-west-1::snapshot/".to_owned(),
            "prod/arn:aws:ec2:eu-west-1::snapshot/vol-1".to_owned(),
            "prod/arn:aws:rds:eu-west-1:111122223333:snapshot:mine".to_owned(),
        ] {
            refusal(&bad, &request(&[], &["prod"]));
        }
    }

    #[test]
    fn s5_a_vaults_arn_is_no_recovery_point() {
        let vault = "arn:aws:backup:eu-west-1:111122223333:backup-vault:prod";
        for text in [vault.to_owned(), format!("prod/{vault}")] {
            let refusal = refusal(&text, &request(&[], &["prod"]));
            assert!(
                refusal.contains("is a vault, not a recovery point"),
                "{refusal}"
            );
            assert!(refusal.contains("--vault prod"), "{refusal}");
        }
        let text = format!("{vault}/arn:aws:ec2:eu-west-1::snapshot/snap-1");
        assert!(refusal(&text, &request(&[], &[])).contains("names its vault by ARN"));
    }

    #[test]
    fn s5_a_resource_is_no_recovery_point() {
        for arn in [
            "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1",
            "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
            "arn:aws:rds:eu-west-1:111122223333:db:main",
            "arn:aws:rds:eu-west-1:111122223333:cluster:main",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/T",
            "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1",
            "arn:aws:fsx:eu-west-1:111122223333:file-system/fs-1",
            "arn:aws:s3:::bucket",
            "arn:aws:backup:eu-west-1:111122223333:backup-plan:1",
        ] {
            let refusal = refusal(arn, &request(&[], &["prod"]));
            assert!(refusal.contains("not a recovery point"), "{refusal}");
        }
    }

    #[test]
    fn s4_an_id_that_contradicts_the_scope_is_refused() {
        let arn = "arn:aws:ec2:eu-west-1::snapshot/snap-1";
        let id = format!("prod/{arn}");
        assert!(refusal(&id, &request(&["us-east-1"], &[])).contains("--region says us-east-1"));
        assert!(refusal(&id, &request(&[], &["test", "dev*"])).contains("--vault says test, dev*"));
        assert!(refusal(arn, &request(&[], &[])).contains("does not tell its vault"));
        assert!(refusal(arn, &request(&[], &["a", "b"])).contains("any of the vaults"));
        assert!(refusal(arn, &request(&[], &["a*"])).contains("any of the vaults"));
        assert!(parse(&id, &request(&["us-east-1", "eu-west-1"], &["p?od"])).is_ok());
    }
}
