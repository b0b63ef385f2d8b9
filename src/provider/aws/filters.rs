//! What AWS itself can leave out of a vault's list. Only to save reading: whoever asked filters again, so everything here
//! lets through rather too much than too little.

use aws_sdk_backup::primitives::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::arn::Arn;
use crate::{glob, provider::Narrow};

/// AWS' names for kinds of resources, as far as its own rules for the filter's value admit them: those with spaces in
/// them do not fit the pattern that the service's model has for it.
const KINDS: [&str; 15] = [
    "Aurora",
    "CloudFormation",
    "DocumentDB",
    "DynamoDB",
    "EBS",
    "EC2",
    "EFS",
    "EKS",
    "FSx",
    "Neptune",
    "RDS",
    "Redshift",
    "S3",
    "Timestream",
    "VirtualMachine",
];

/// AWS' bounds may or may not include themselves, and it keeps times to the millisecond.
const MARGIN: SignedDuration = SignedDuration::from_secs(2);

/// The filters of one call.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Filters {
    pub(super) parent: Option<String>,
    pub(super) created_before: Option<DateTime>,
    pub(super) created_after: Option<DateTime>,
    pub(super) kind: Option<&'static str>,
    pub(super) resource: Option<String>,
}

impl Filters {
    /// Those that AWS has for what is wanted.
    pub(super) fn of(narrow: &Narrow) -> Self {
        let before = narrow
            .created_before
            .and_then(|at| at.checked_add(MARGIN).ok());
        let after = narrow
            .created_after
            .and_then(|at| at.checked_sub(MARGIN).ok());
        Self {
            parent: None,
            created_before: before.map(whole_second),
            created_after: after.map(whole_second),
            kind: narrow.kind.as_deref().and_then(kind),
            resource: narrow
                .resource
                .clone()
                .filter(|text| Arn::parse(text).is_some() && !glob::is_pattern(text)),
        }
    }

    /// What is nested in one composite recovery point.
    pub(super) fn nested_in(parent: &str) -> Self {
        Self {
            parent: Some(parent.to_owned()),
            ..Self::default()
        }
    }

    /// Whether nothing is left out.
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

fn whole_second(at: Timestamp) -> DateTime {
    DateTime::from_secs(at.as_second())
}

/// AWS' own spelling of a kind; `None` for what it does not know, which then filters nothing here.
fn kind(text: &str) -> Option<&'static str> {
    KINDS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_wider_than_what_is_wanted() {
        let at: Timestamp = "2026-01-10T12:00:00.7Z".parse().unwrap();
        let filters = Filters::of(&Narrow {
            created_before: Some(at),
            created_after: Some(at),
            ..Narrow::default()
        });
        let seconds = |bound: Option<DateTime>| bound.unwrap().secs();
        assert_eq!(seconds(filters.created_before), at.as_second() + 2);
        assert_eq!(seconds(filters.created_after), at.as_second() - 2);
        assert!(seconds(filters.created_before) * 1000 > at.as_millisecond());
        assert!(seconds(filters.created_after) * 1000 < at.as_millisecond());
        let endless = Filters::of(&Narrow {
            created_before: Some(Timestamp::MAX),
            created_after: Some(Timestamp::MIN),
            ..Narrow::default()
        });
        assert!(endless.is_none());
    }

    #[test]
    fn only_what_aws_knows_is_passed_on() {
        for (text, expected) in [
            ("ebs", Some("EBS")),
            ("DYNAMODB", Some("DynamoDB")),
            ("virtualmachine", Some("VirtualMachine")),
            ("Storage Gateway", None),
            ("E*", None),
            ("", None),
        ] {
            assert_eq!(kind(text), expected, "{text:?}");
        }
        for (text, passes) in [
            ("arn:aws:ec2:eu-central-1:111122223333:volume/vol-1", true),
            ("arn:aws:ec2:eu-central-1:111122223333:volume/*", false),
            ("vol-1", false),
        ] {
            let narrow = Narrow {
                resource: Some(text.to_owned()),
                ..Narrow::default()
            };
            assert_eq!(!Filters::of(&narrow).is_none(), passes, "{text}");
        }
    }
}
