//! One subject a provider, so that the same behaviour is tested for all three from one table.

/// Ids from the demo data, by what is special about them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject {
    pub provider: &'static str,
    /// Two that may go; other healthy backups of their resource stay.
    pub deletable: [&'static str; 2],
    /// Well-formed, in a container that exists, and not there.
    pub absent: &'static str,
    /// Protected.
    pub protected: &'static str,
    /// The last healthy one of its resource, and the name that must be typed for it.
    pub last: &'static str,
    pub last_scope: &'static str,
    /// What is no backup, but looks a little like one: containers, resources, routes.
    pub no_ids: &'static [&'static str],
    /// The method that deletes.
    pub method: &'static str,
    /// The variables that hold its credentials.
    pub credentials: &'static [&'static str],
    /// The variable that holds its endpoint.
    pub endpoint: &'static str,
}

pub(crate) const AWS: Subject = Subject {
    provider: "aws",
    deletable: [
        "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f010",
        "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f009",
    ],
    absent: "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0123456789abcdef0",
    protected: "prod/arn:aws:rds:eu-central-1:111122223333:snapshot:awsbackup:job-3f7c81d2-94ab-4e05-b6d8-0c2e5a91f003",
    last: "prod/arn:aws:fsx:eu-central-1:111122223333:backup/backup-0b62e7d9f4c18a001",
    last_scope: "prod",
    no_ids: &[
        "arn:aws:backup:eu-central-1:111122223333:backup-vault:prod",
        "prod/arn:aws:backup:eu-central-1:111122223333:backup-vault:prod",
        "prod/arn:aws:ec2:eu-central-1:111122223333:volume/vol-0f3a9c2d7e5b81460",
        "prod/arn:aws:rds:eu-central-1:111122223333:db:orders",
        "prod/snap-0a51c7e94d2b3f010",
        "prod",
        "prod/",
        "/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f010",
    ],
    method: "DELETE",
    credentials: &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    endpoint: "AWS_ENDPOINT_URL",
};

pub(crate) const ZILLIZ: Subject = Subject {
    provider: "zilliz",
    deletable: [
        "in01-3f9a1c7be2d4650/backup1_17be03c95d2a",
        "in01-3f9a1c7be2d4650/backup1_5c3d81fa0e96",
    ],
    absent: "in01-3f9a1c7be2d4650/backup1_000000000000",
    protected: "in01-3f9a1c7be2d4650/backup1_9a0e77bb41cd",
    last: "in01-3f9a1c7be2d4650/backup2_31d5e8a06c7f",
    last_scope: "search-prod",
    no_ids: &[
        "in01-3f9a1c7be2d4650",
        "in01-3f9a1c7be2d4650/drop",
        "in01-3f9a1c7be2d4650/policy",
        "in01-3f9a1c7be2d4650/create",
        "in01-3f9a1c7be2d4650/..",
        "in01-3f9a1c7be2d4650/a%2fb",
        "in01-3f9a1c7be2d4650/",
        "in01-3f9a1c7be2d4650/backups/x",
        "drop",
        "..",
    ],
    method: "DELETE",
    credentials: &["ZILLIZ_API_KEY"],
    endpoint: "ZILLIZCLOUD_HOST_ADDRESS",
};

pub(crate) const AIVEN: Subject = Subject {
    provider: "aiven",
    deletable: [
        "acme-prod/orders-pg/aws-eu-central-1",
        "acme-prod/search-os/aws-eu-central-1",
    ],
    absent: "acme-prod/orders-pg/aws-ap-south-1",
    protected: "acme-prod/billing-mysql/aws-eu-north-1",
    last: "acme-prod/archive-pg/aws-eu-north-1",
    last_scope: "acme-prod/archive-pg",
    no_ids: &[
        "acme-prod/orders-pg",
        "acme-prod",
        "acme-prod/orders-pg/",
        "acme-prod/orders-pg/[]",
        "acme-prod/orders-pg/..",
        "acme-prod//aws-eu-central-1",
        "acme-prod/orders-pg/aws%2feu",
        "acme-prod/orders-pg/AWS",
    ],
    method: "PUT",
    credentials: &["AIVEN_AUTH_TOKEN"],
    endpoint: "AIVEN_WEB_URL",
};

pub(crate) const ALL: [Subject; 3] = [AWS, ZILLIZ, AIVEN];
