//! Which operation a request means, from its method and path.
//!
//! Paths are split before they are decoded, because vault names and ARNs hold `/`. Lists are taken with and without
//! the slash at the end: the SDKs differ.

use http::Method;
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use crate::sandbox::exchange::Incoming;

/// An operation with what its path names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "AWS's own names for its operations and their labels"
)]
pub enum Operation {
    ListBackupVaults,
    DescribeBackupVault {
        vault: String,
    },
    DeleteBackupVault {
        vault: String,
    },
    GetBackupVaultAccessPolicy {
        vault: String,
    },
    ListRecoveryPointsByBackupVault {
        vault: String,
    },
    DescribeRecoveryPoint {
        vault: String,
        arn: String,
    },
    DeleteRecoveryPoint {
        vault: String,
        arn: String,
    },
    DisassociateRecoveryPoint {
        vault: String,
        arn: String,
    },
    DisassociateRecoveryPointFromParent {
        vault: String,
        arn: String,
    },
    ListRecoveryPointsByResource {
        resource: String,
    },
    ListLegalHolds,
    ListRecoveryPointsByLegalHold {
        hold: String,
    },
    ListTags {
        arn: String,
    },
    /// The Account service's.
    ListRegions,
    /// STS and IAM: `POST /` with a form that names the action.
    Query {
        action: String,
    },
    /// Signed for AWS, and nothing that this sandbox has.
    Unknown,
}

impl Operation {
    /// Reads method and path; `None` for a path that is not AWS's.
    #[must_use]
    pub fn of(request: &Incoming) -> Option<Self> {
        let signed = request
            .headers
            .get("authorization")
            .is_some_and(|value| value.as_bytes().starts_with(b"AWS4-"));
        if request.path == "/" {
            let action = form(request).find_map(|(key, value)| (key == "Action").then_some(value));
            return match action {
                Some(action) if request.method == Method::POST => Some(Self::Query { action }),
                _ => signed.then_some(Self::Unknown),
            };
        }
        let path = request.path.trim_start_matches('/');
        let path = path.strip_suffix('/').unwrap_or(path);
        let segments: Vec<String> = path
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ours = signed
            || matches!(
                segments.as_slice(),
                ["backup-vaults" | "legal-holds" | "tags" | "resources", ..] | ["listRegions"]
            );
        Self::read(&request.method, &segments).or_else(|| ours.then_some(Self::Unknown))
    }

    fn read(method: &Method, segments: &[&str]) -> Option<Self> {
        let owned = |text: &str| text.to_owned();
        Some(match (method.as_str(), segments) {
            ("GET", ["backup-vaults"]) => Self::ListBackupVaults,
            ("GET", ["backup-vaults", vault]) => Self::DescribeBackupVault {
                vault: owned(vault),
            },
            ("DELETE", ["backup-vaults", vault]) => Self::DeleteBackupVault {
                vault: owned(vault),
            },
            ("GET", ["backup-vaults", vault, "access-policy"]) => {
                Self::GetBackupVaultAccessPolicy {
                    vault: owned(vault),
                }
            }
            ("GET", ["backup-vaults", vault, "recovery-points"]) => {
                Self::ListRecoveryPointsByBackupVault {
                    vault: owned(vault),
                }
            }
            ("GET", ["backup-vaults", vault, "recovery-points", arn]) => {
                Self::DescribeRecoveryPoint {
                    vault: owned(vault),
                    arn: owned(arn),
                }
            }
            ("DELETE", ["backup-vaults", vault, "recovery-points", arn]) => {
                Self::DeleteRecoveryPoint {
                    vault: owned(vault),
                    arn: owned(arn),
                }
            }
            (
                "POST",
                [
                    "backup-vaults",
                    vault,
                    "recovery-points",
                    arn,
                    "disassociate",
                ],
            ) => Self::DisassociateRecoveryPoint {
                vault: owned(vault),
                arn: owned(arn),
            },
            (
                "DELETE",
                [
                    "backup-vaults",
                    vault,
                    "recovery-points",
                    arn,
                    "parentAssociation",
                ],
            ) => Self::DisassociateRecoveryPointFromParent {
                vault: owned(vault),
                arn: owned(arn),
            },
            ("GET", ["resources", resource, "recovery-points"]) => {
                Self::ListRecoveryPointsByResource {
                    resource: owned(resource),
                }
            }
            ("GET", ["legal-holds"]) => Self::ListLegalHolds,
            ("GET", ["legal-holds", hold, "recovery-points"]) => {
                Self::ListRecoveryPointsByLegalHold { hold: owned(hold) }
            }
            ("GET", ["tags", arn]) => Self::ListTags { arn: owned(arn) },
            ("POST", ["listRegions"]) => Self::ListRegions,
            _ => return None,
        })
    }

    /// AWS's name for it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::ListBackupVaults => "ListBackupVaults",
            Self::DescribeBackupVault { .. } => "DescribeBackupVault",
            Self::DeleteBackupVault { .. } => "DeleteBackupVault",
            Self::GetBackupVaultAccessPolicy { .. } => "GetBackupVaultAccessPolicy",
            Self::ListRecoveryPointsByBackupVault { .. } => "ListRecoveryPointsByBackupVault",
            Self::DescribeRecoveryPoint { .. } => "DescribeRecoveryPoint",
            Self::DeleteRecoveryPoint { .. } => "DeleteRecoveryPoint",
            Self::DisassociateRecoveryPoint { .. } => "DisassociateRecoveryPoint",
            Self::DisassociateRecoveryPointFromParent { .. } => {
                "DisassociateRecoveryPointFromParent"
            }
            Self::ListRecoveryPointsByResource { .. } => "ListRecoveryPointsByResource",
            Self::ListLegalHolds => "ListLegalHolds",
            Self::ListRecoveryPointsByLegalHold { .. } => "ListRecoveryPointsByLegalHold",
            Self::ListTags { .. } => "ListTags",
            Self::ListRegions => "ListRegions",
            Self::Query { action } => action,
            Self::Unknown => "Unknown",
        }
    }

    /// Whether it changes something.
    #[must_use]
    pub fn mutates(&self) -> bool {
        match self {
            Self::DeleteBackupVault { .. }
            | Self::DeleteRecoveryPoint { .. }
            | Self::DisassociateRecoveryPoint { .. }
            | Self::DisassociateRecoveryPointFromParent { .. } => true,
            Self::ListBackupVaults
            | Self::DescribeBackupVault { .. }
            | Self::GetBackupVaultAccessPolicy { .. }
            | Self::ListRecoveryPointsByBackupVault { .. }
            | Self::DescribeRecoveryPoint { .. }
            | Self::ListRecoveryPointsByResource { .. }
            | Self::ListLegalHolds
            | Self::ListRecoveryPointsByLegalHold { .. }
            | Self::ListTags { .. }
            | Self::ListRegions
            | Self::Query { .. }
            | Self::Unknown => false,
        }
    }

    /// The services whose signature it may carry.
    #[must_use]
    pub fn services(&self) -> &'static [&'static str] {
        match self {
            Self::Query { action } if action == "ListAccountAliases" => &["iam"],
            Self::Query { .. } => &["sts", "iam"],
            Self::ListRegions => &["account"],
            Self::ListBackupVaults
            | Self::DescribeBackupVault { .. }
            | Self::DeleteBackupVault { .. }
            | Self::GetBackupVaultAccessPolicy { .. }
            | Self::ListRecoveryPointsByBackupVault { .. }
            | Self::DescribeRecoveryPoint { .. }
            | Self::DeleteRecoveryPoint { .. }
            | Self::DisassociateRecoveryPoint { .. }
            | Self::DisassociateRecoveryPointFromParent { .. }
            | Self::ListRecoveryPointsByResource { .. }
            | Self::ListLegalHolds
            | Self::ListRecoveryPointsByLegalHold { .. }
            | Self::ListTags { .. }
            | Self::Unknown => &["backup"],
        }
    }

    /// What it is about, as messages name it.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self {
            Self::DescribeRecoveryPoint { arn, .. }
            | Self::DeleteRecoveryPoint { arn, .. }
            | Self::DisassociateRecoveryPoint { arn, .. }
            | Self::DisassociateRecoveryPointFromParent { arn, .. }
            | Self::ListTags { arn } => arn,
            Self::DescribeBackupVault { vault }
            | Self::DeleteBackupVault { vault }
            | Self::GetBackupVaultAccessPolicy { vault }
            | Self::ListRecoveryPointsByBackupVault { vault } => vault,
            Self::ListRecoveryPointsByResource { resource } => resource,
            Self::ListRecoveryPointsByLegalHold { hold } => hold,
            Self::ListBackupVaults
            | Self::ListLegalHolds
            | Self::ListRegions
            | Self::Query { .. }
            | Self::Unknown => "*",
        }
    }

    /// The vault that its path names.
    #[must_use]
    pub fn vault(&self) -> Option<&str> {
        match self {
            Self::DescribeBackupVault { vault }
            | Self::DeleteBackupVault { vault }
            | Self::GetBackupVaultAccessPolicy { vault }
            | Self::ListRecoveryPointsByBackupVault { vault }
            | Self::DescribeRecoveryPoint { vault, .. }
            | Self::DeleteRecoveryPoint { vault, .. }
            | Self::DisassociateRecoveryPoint { vault, .. }
            | Self::DisassociateRecoveryPointFromParent { vault, .. } => Some(vault),
            Self::ListBackupVaults
            | Self::ListRecoveryPointsByResource { .. }
            | Self::ListLegalHolds
            | Self::ListRecoveryPointsByLegalHold { .. }
            | Self::ListTags { .. }
            | Self::ListRegions
            | Self::Query { .. }
            | Self::Unknown => None,
        }
    }
}

/// The form in the body.
pub fn form(request: &Incoming) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(&request.body).map(|(key, value)| (key.into_owned(), value.into_owned()))
}

/// The pairs of the query.
#[must_use]
pub fn query(request: &Incoming) -> Vec<(String, String)> {
    form_urlencoded::parse(request.query.as_bytes())
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect()
}
