//! The demo's recovery points: two regions of one account, a little of a second one, and each special case once.

use jiff::Timestamp;
use serde_json::json;

use super::{
    accounts,
    build::{ago, point, protected, tagged, with, within},
    vaults::{EFS_VAULT, OTHER_REGION, SECOND_ACCOUNT},
};
use crate::sandbox::{
    aws::{HOME_ACCOUNT, HOME_REGION},
    seed::Seed,
};

/// The demo's recovery points.
#[must_use]
pub fn demo_aws(now: Timestamp) -> Vec<Seed> {
    let mut seeds = Vec::new();
    seeds.extend(machines(now));
    seeds.extend(databases(now));
    seeds.extend(files(now));
    seeds.extend(composites(now));
    seeds.extend(other_vaults(now));
    seeds.extend(accounts::points(now));
    seeds
}

/// EBS and AMIs: many daily ones, and each way of not being well.
fn machines(now: Timestamp) -> Vec<Seed> {
    let volume = "arn:aws:ec2:eu-central-1:111122223333:volume/vol-0f3a9c2d7e5b81460";
    // Daily for ten days, then weekly.
    let days = (1..=10_i64).chain([17, 24, 31, 38]);
    let mut seeds: Vec<Seed> = days
        .map(|day| {
            let arn = format!("arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f{day:03}");
            let seed = point(
                "prod",
                &arn,
                "EBS",
                volume,
                "web-data",
                ago(now, day, 2),
                40,
            );
            let expires = ago(now, day.saturating_sub(90), 2);
            Seed {
                expires_at: Some(expires),
                ..seed
            }
        })
        .collect();
    let lost = "arn:aws:ec2:eu-central-1:111122223333:volume/vol-0bb17e64c9d02a835";
    let lost_point = |number: u32, days| {
        let arn = format!("arn:aws:ec2:eu-central-1::snapshot/snap-0e8d21f6b7a4c9{number:03}");
        point(
            "prod",
            &arn,
            "EBS",
            lost,
            "build-cache",
            ago(now, days, 5),
            12,
        )
    };
    let expired = Seed {
        status: Some("EXPIRED".to_owned()),
        expires_at: Some(ago(now, 12, 0)),
        ..with(
            lost_point(1, 47),
            "status_message",
            json!(
                "IAM role arn:aws:iam::111122223333:role/old-backup-role used to delete the recovery point no longer exists"
            ),
        )
    };
    let snapshot_lock = "The snapshot is locked by Amazon EBS Snapshot Lock and cannot be deleted";
    let locked = Seed {
        status: Some("EXPIRED".to_owned()),
        expires_at: Some(ago(now, 3, 0)),
        ..with(
            with(lost_point(2, 38), "status_message", json!(snapshot_lock)),
            "on_delete",
            json!(format!("expired:{snapshot_lock}")),
        )
    };
    let overdue = Seed {
        expires_at: Some(ago(now, 0, 3)),
        ..lost_point(3, 30)
    };
    let instance = "arn:aws:ec2:eu-central-1:111122223333:instance/i-04d7c1a95be2f6038";
    let image = |number: u32, days| {
        let arn = format!("arn:aws:ec2:eu-central-1::image/ami-0c94e2b75fd1a8{number:03}");
        point(
            "prod",
            &arn,
            "EC2",
            instance,
            "bastion",
            ago(now, days, 4),
            24,
        )
    };
    let partial = Seed {
        status: Some("PARTIAL".to_owned()),
        ..with(
            image(3, 9),
            "status_message",
            json!("Windows VSS backup failed; the image is crash-consistent"),
        )
    };
    let creating = Seed {
        status: Some("CREATING".to_owned()),
        size_bytes: None,
        ..image(4, 0)
    };
    seeds.extend([
        expired,
        locked,
        overdue,
        image(1, 33),
        image(2, 16),
        partial,
        creating,
    ]);
    seeds
}

/// RDS, Aurora and `DynamoDB`: continuous points, legal holds.
fn databases(now: Timestamp) -> Vec<Seed> {
    let orders = "arn:aws:rds:eu-central-1:111122223333:db:orders";
    let snapshot = |number: u32, days| {
        let arn = format!(
            "arn:aws:rds:eu-central-1:111122223333:snapshot:awsbackup:job-3f7c81d2-94ab-4e05-b6d8-0c2e5a91f{number:03}"
        );
        point(
            "prod",
            &arn,
            "RDS",
            orders,
            "orders",
            ago(now, days, 3),
            180,
        )
    };
    let held = |seed| {
        with(
            protected(seed, "legal_hold"),
            "legal_hold",
            json!("Case 2026-17: order data"),
        )
    };
    let cluster = "arn:aws:rds:eu-central-1:111122223333:cluster:catalogue";
    let table = "arn:aws:dynamodb:eu-central-1:111122223333:table/sessions";
    vec![
        snapshot(1, 1),
        snapshot(2, 8),
        held(snapshot(3, 40)),
        held(snapshot(4, 71)),
        Seed {
            status: Some("AVAILABLE".to_owned()),
            ..point(
                "prod",
                "arn:aws:backup:eu-central-1:111122223333:recovery-point:continuous:orders-5d1c8a07",
                "RDS",
                orders,
                "orders",
                ago(now, 210, 0),
                180,
            )
        },
        point(
            "prod",
            "arn:aws:rds:eu-central-1:111122223333:cluster-snapshot:awsbackup:job-b8e04c6f-2d51-4c7a-93fe-71a60d8c2b14",
            "Aurora",
            cluster,
            "catalogue",
            ago(now, 6, 1),
            320,
        ),
        point(
            "prod",
            "arn:aws:rds:eu-central-1:111122223333:cluster-snapshot:awsbackup:job-c1a57d20-8e46-4b93-a0fd-36e9b5f4d782",
            "Aurora",
            cluster,
            "catalogue",
            ago(now, 20, 1),
            310,
        ),
        point(
            "prod",
            "arn:aws:dynamodb:eu-central-1:111122223333:table/sessions/backup/01764201600000-8c1d7f3a",
            "DynamoDB",
            table,
            "sessions",
            ago(now, 14, 6),
            5,
        ),
        point(
            "prod",
            "arn:aws:backup:eu-central-1:111122223333:recovery-point:6a0b94f1-c2d7-4e38-8f15-d97e3b60c2a4",
            "DynamoDB",
            table,
            "sessions",
            ago(now, 5, 6),
            5,
        ),
    ]
}

/// EFS, S3 and `FSx`: tags, cold storage, the only healthy one.
fn files(now: Timestamp) -> Vec<Seed> {
    let share =
        "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-07b2e9d14c6a8f350";
    let of_share = |vault, uuid: &str, days| {
        let arn = format!("arn:aws:backup:eu-central-1:111122223333:recovery-point:{uuid}");
        point(vault, &arn, "EFS", share, "home", ago(now, days, 7), 75)
    };
    let bucket = "arn:aws:s3:::example-production-invoices";
    let of_bucket = |name: &str, days| {
        let arn = format!("arn:aws:backup:eu-central-1:111122223333:recovery-point:{name}");
        point(
            "prod",
            &arn,
            "S3",
            bucket,
            "example-production-invoices",
            ago(now, days, 8),
            64,
        )
    };
    let windows = "arn:aws:fsx:eu-central-1:111122223333:file-system/fs-0d84a1f7c3e962b05";
    let of_windows = |number: u32, days| {
        let arn = format!(
            "arn:aws:fsx:eu-central-1:111122223333:backup/backup-0b62e7d9f4c18a{number:03}"
        );
        point(
            "prod",
            &arn,
            "FSx",
            windows,
            "finance-share",
            ago(now, days, 9),
            210,
        )
    };
    vec![
        of_share(EFS_VAULT, "b5d27c80-14fe-4a96-9d3b-60e8f1a7c245", 1),
        of_share(EFS_VAULT, "e91f3a67-d0c8-45b2-87e4-2f5d6b90a1c3", 2),
        with(
            with(
                Seed {
                    expires_at: Some(ago(now, -180, 0)),
                    ..of_share("prod", "0c73b8e5-f94a-4d61-a2b7-58d1e6f3c90a", 185)
                },
                "storage_class",
                json!("COLD"),
            ),
            "move_to_cold_storage_at",
            json!(ago(now, 155, 0)),
        ),
        Seed {
            status: Some("AVAILABLE".to_owned()),
            ..of_bucket("continuous:example-production-invoices-9e4f12b7", 95)
        },
        tagged(
            of_bucket("4d8e1b72-a5c0-4f93-b6e7-c21f09d3a584", 65),
            "bkdel:keep",
            "true",
        ),
        tagged(
            of_bucket("f3a6d910-7b2e-48c5-91d4-0e5b8c7f2a63", 35),
            "bkdel:keep-until",
            &ago(now, -60, 0).to_string(),
        ),
        tagged(
            of_bucket("82c5f07e-3d19-4ba6-8e0f-d4a7b1952c6e", 32),
            "team",
            "billing",
        ),
        of_windows(1, 45),
        Seed {
            status: Some("EXPIRED".to_owned()),
            ..with(
                of_windows(2, 80),
                "status_message",
                json!("The file system of the recovery point was deleted"),
            )
        },
    ]
}

/// A stack, backed up as one: a parent with what is nested in it.
fn composites(now: Timestamp) -> Vec<Seed> {
    let parent = "arn:aws:backup:eu-central-1:111122223333:recovery-point:d60f2b94-8c1e-4753-b9a8-e5c7d3f01a26";
    let nested = |seed| with(seed, "parent_recovery_point_arn", json!(parent));
    let at = ago(now, 28, 2);
    vec![
        with(
            Seed {
                size_bytes: None,
                ..point(
                    "prod",
                    parent,
                    "CloudFormation",
                    "arn:aws:cloudformation:eu-central-1:111122223333:stack/shop/1f8b6c20-a4d3-11f0-9e57-0a2c4e6f8b1d",
                    "shop",
                    at,
                    0,
                )
            },
            "is_parent",
            json!(true),
        ),
        nested(point(
            "prod",
            "arn:aws:backup:eu-central-1:111122223333:recovery-point:a17d5e3c-90b4-4f82-b6c1-3e8f2d7a5904",
            "S3",
            "arn:aws:s3:::example-shop-assets",
            "example-shop-assets",
            at,
            18,
        )),
        nested(point(
            "prod",
            "arn:aws:ec2:eu-central-1::snapshot/snap-09c4d7e1a2f8b5630",
            "EBS",
            "arn:aws:ec2:eu-central-1:111122223333:volume/vol-02e6b8d4f1a3c5790",
            "shop-data",
            at,
            30,
        )),
    ]
}

/// Locked vaults, the other region's copies, the second account.
fn other_vaults(now: Timestamp) -> Vec<Seed> {
    let ledger = "arn:aws:rds:eu-central-1:111122223333:db:ledger";
    let of_ledger = |vault, number: u32, days| {
        let arn = format!(
            "arn:aws:rds:eu-central-1:111122223333:snapshot:awsbackup:copyjob-d92a4f17-6c3b-4e80-a5d9-84b1e0f7c{number:03}"
        );
        let seed = point(vault, &arn, "RDS", ledger, "ledger", ago(now, days, 3), 90);
        with(
            seed,
            "source_backup_vault_arn",
            json!("arn:aws:backup:eu-central-1:111122223333:backup-vault:prod"),
        )
    };
    let volume = "arn:aws:ec2:eu-central-1:111122223333:volume/vol-0f3a9c2d7e5b81460";
    let copy = |number: u32, days| {
        let arn = format!("arn:aws:ec2:us-east-1::snapshot/snap-0d13b8f52e6c7a{number:03}");
        let seed = point(
            "disaster-recovery",
            &arn,
            "EBS",
            volume,
            "web-data",
            ago(now, days, 1),
            40,
        );
        let seed = with(
            seed,
            "source_backup_vault_arn",
            json!("arn:aws:backup:eu-central-1:111122223333:backup-vault:prod"),
        );
        within(seed, HOME_ACCOUNT, OTHER_REGION)
    };
    let staging = |number: u32, days| {
        let arn = format!("arn:aws:ec2:eu-central-1::snapshot/snap-07f9a2c6e4d1b8{number:03}");
        let resource = "arn:aws:ec2:eu-central-1:444455556666:volume/vol-0c5e7a913b2d4f680";
        let seed = point(
            "staging",
            &arn,
            "EBS",
            resource,
            "staging-data",
            ago(now, days, 2),
            8,
        );
        within(seed, SECOND_ACCOUNT, HOME_REGION)
    };
    vec![
        of_ledger("finance-governance", 1, 60),
        of_ledger("payroll-grace", 2, 50),
        of_ledger("audit-compliance", 3, 400),
        of_ledger("airgap", 4, 100),
        of_ledger("restore-access", 5, 20),
        copy(1, 4),
        copy(2, 18),
        within(
            point(
                "prod",
                "arn:aws:dynamodb:us-east-1:111122223333:table/edge-config/backup/01762128000000-4be07a19",
                "DynamoDB",
                "arn:aws:dynamodb:us-east-1:111122223333:table/edge-config",
                "edge-config",
                ago(now, 22, 0),
                1,
            ),
            HOME_ACCOUNT,
            OTHER_REGION,
        ),
        staging(1, 3),
        staging(2, 45),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;

    use super::demo_aws;
    use crate::sandbox::demo::demo_aws_vaults;

    #[test]
    fn ids_are_unique_and_vaults_are_known() {
        let now = Timestamp::UNIX_EPOCH;
        let seeds = demo_aws(now);
        let ids: BTreeSet<&str> = seeds.iter().map(|seed| seed.id.as_str()).collect();
        assert_eq!(ids.len(), seeds.len());
        let vaults = demo_aws_vaults(now);
        for seed in &seeds {
            let known = vaults.iter().any(|vault| {
                Some(vault.name) == seed.scope_text("vault")
                    && Some(vault.region) == seed.scope_text("region")
            });
            assert!(known, "{}", seed.id);
        }
    }
}
