//! The faults that only AWS has: `--fault aws:KIND[=VALUE]`.
//!
//! Some are things that AWS really does and a client has to survive; some are facts that nobody could verify, where
//! either answer has to be handled.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quirk {
    /// `expired[=N]`: deletions answer 200, and the point goes to EXPIRED, as if the role lacked permissions.
    Expired(Count),
    /// `stuck[=N]`: deletions answer 200, and the point stays DELETING for ever.
    Stuck(Count),
    /// `no-lag`: deletions are done at once.
    NoLag,
    /// `tombstone`: a deleted point can still be described, with the storage class DELETED.
    Tombstone,
    /// `repeated-token[=VAULT]`: lists (or that vault's) never end, because a page's `NextToken` is the one that was sent.
    RepeatedToken(Option<String>),
    /// `short-page[=N]`: pages hold at most N items (3), whatever was asked for; with 0 the first one is empty.
    ShortPage(usize),
    /// `null-token`: the last page has `"NextToken": null`.
    NullToken,
    /// `cut-list`: the first page has no `NextToken` although there is more.
    CutList,
    /// `expired-token[=N]`: `ExpiredTokenException`, from the start or after N good requests.
    ExpiredToken(u32),
    /// `clock-skew[=behind]`: the sandbox's clock is an hour ahead (or behind), so every signature is too old (or new).
    ClockSkew(SignedDuration),
    /// `deny=Action`: `AccessDeniedException` for that action; may be given several times.
    Deny(String),
    /// `deny-region=REGION`: a service control policy denies AWS Backup in that region.
    DenyRegion(String),
    /// `deny-vault=VAULT`: nothing that names that vault is allowed; `ListBackupVaults` still tells of it.
    DenyVault(String),
    /// `deny-delete-message-empty`: deletions are denied with an empty message.
    DenyDeleteMessageEmpty,
    /// `deny-resource-policy`: deletions are denied "with an explicit deny in a resource-based policy".
    DenyResourcePolicy,
    /// `lock-error=invalid|denied`: how a locked vault refuses: `InvalidRequestException` (so without the fault), or
    /// `AccessDeniedException`.
    LockError(Refused),
    /// `hold-late[=N]`: the first deletion finds its point under a legal hold that was put after the list was read.
    HoldLate(Count),
    /// `late-count[=N]`: a vault from which everything is gone is refused as not empty, as AWS does for a while.
    LateCount(Count),
    /// `absent-vault`: deleting a vault that is not there answers 200, and not `AccessDeniedException`.
    AbsentVault,
    /// `nested=refuse|allow|cascade`: deleting a nested point while its parent is there is refused (so without the
    /// fault) or allowed; deleting a parent deletes its nested points too.
    Nested(Nested),
    /// `tags-error=not-found`: `ListTags` on points that have no tags in AWS Backup answers `ResourceNotFoundException` in
    /// place of `InvalidParameterValueException`.
    TagsNotFound,
    /// `null-vault`: `ListRecoveryPointsByResource` names no vaults.
    NullVault,
    /// `external-id=X`: `AssumeRole` wants this external id.
    ExternalId(String),
}

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Always.
    Always,
    /// This often, from here on.
    Left(u32),
}

/// How a lock refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// `InvalidRequestException`.
    Invalid,
    /// `AccessDeniedException`.
    Denied,
}

/// What becomes of nested points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nested {
    /// They cannot be deleted before their parent.
    Refuse,
    /// They can.
    Allow,
    /// They go with their parent.
    Cascade,
}

/// The kinds, as the message about an unknown one lists them.
pub const KINDS: &[&str] = &[
    "expired[=N]",
    "stuck[=N]",
    "no-lag",
    "tombstone",
    "repeated-token[=VAULT]",
    "short-page[=N]",
    "null-token",
    "cut-list",
    "expired-token[=N]",
    "clock-skew[=behind]",
    "deny=Action",
    "deny-region=REGION",
    "deny-vault=VAULT",
    "deny-delete-message-empty",
    "deny-resource-policy",
    "lock-error=invalid|denied",
    "hold-late[=N]",
    "late-count[=N]",
    "absent-vault",
    "nested=refuse|allow|cascade",
    "tags-error=not-found",
    "null-vault",
    "external-id=X",
];

impl FromStr for Quirk {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, value) = match text.split_once('=') {
            Some((kind, value)) => (kind, Some(value)),
            None => (text, None),
        };
        Self::of(kind, value).ok_or_else(|| {
            format!(
                "no fault {text:?} (or not with that value): there are {}",
                KINDS.join(", ")
            )
        })
    }
}

impl Quirk {
    /// The fault of that kind and value, if there is one.
    #[must_use]
    pub fn of(kind: &str, value: Option<&str>) -> Option<Self> {
        let count = || match value {
            None => Some(Count::Always),
            Some(value) => value.parse().ok().map(Count::Left),
        };
        Some(match (kind, value) {
            ("expired", _) => Self::Expired(count()?),
            ("stuck", _) => Self::Stuck(count()?),
            ("no-lag", None) => Self::NoLag,
            ("tombstone", None) => Self::Tombstone,
            ("repeated-token", vault) => Self::RepeatedToken(vault.map(str::to_owned)),
            ("short-page", value) => Self::ShortPage(value.unwrap_or("3").parse().ok()?),
            ("null-token", None) => Self::NullToken,
            ("cut-list", None) => Self::CutList,
            ("expired-token", value) => Self::ExpiredToken(value.unwrap_or("0").parse().ok()?),
            ("clock-skew", None) => Self::ClockSkew(SignedDuration::from_hours(1)),
            ("clock-skew", Some("behind")) => Self::ClockSkew(SignedDuration::from_hours(-1)),
            ("deny", Some(action)) => {
                Self::Deny(action.rsplit(':').next().unwrap_or(action).to_owned())
            }
            ("deny-region", Some(region)) => Self::DenyRegion(region.to_owned()),
            ("deny-vault", Some(vault)) => Self::DenyVault(vault.to_owned()),
            ("deny-delete-message-empty", None) => Self::DenyDeleteMessageEmpty,
            ("deny-resource-policy", None) => Self::DenyResourcePolicy,
            ("lock-error", Some("invalid")) => Self::LockError(Refused::Invalid),
            ("lock-error", Some("denied")) => Self::LockError(Refused::Denied),
            ("hold-late", _) => Self::HoldLate(count()?),
            ("late-count", _) => Self::LateCount(count()?),
            ("absent-vault", None) => Self::AbsentVault,
            ("nested", Some("refuse")) => Self::Nested(Nested::Refuse),
            ("nested", Some("allow")) => Self::Nested(Nested::Allow),
            ("nested", Some("cascade")) => Self::Nested(Nested::Cascade),
            ("tags-error", Some("not-found")) => Self::TagsNotFound,
            ("null-vault", None) => Self::NullVault,
            ("external-id", Some(id)) => Self::ExternalId(id.to_owned()),
            _ => return None,
        })
    }
}

/// The faults that are on.
#[derive(Debug, Default)]
pub struct Quirks(Vec<Quirk>);

impl Quirks {
    /// Switches one on. A later one of the same kind goes before an earlier one.
    pub fn add(&mut self, quirk: Quirk) {
        self.0.insert(0, quirk);
    }

    /// Switches all off.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether a fault without a value is on.
    #[must_use]
    pub fn has(&self, quirk: &Quirk) -> bool {
        self.0.contains(quirk)
    }

    /// The first thing that a fault says.
    pub fn find<T>(&self, pick: impl Fn(&Quirk) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(pick)
    }

    /// Whether a counted fault strikes, which uses up one of its count.
    pub fn strikes(&mut self, pick: impl Fn(&mut Quirk) -> Option<&mut Count>) -> bool {
        self.0.iter_mut().filter_map(pick).any(|count| match count {
            Count::Always => true,
            Count::Left(0) => false,
            Count::Left(left) => {
                *left = left.saturating_sub(1);
                true
            }
        })
    }

    /// Whether the session is over by now; counts the requests until then.
    pub fn token_expired(&mut self) -> bool {
        self.0.iter_mut().any(|quirk| {
            let Quirk::ExpiredToken(left) = quirk else {
                return false;
            };
            let over = *left == 0;
            *left = left.saturating_sub(1);
            over
        })
    }

    /// The sandbox's own time.
    #[must_use]
    pub fn clock(&self, now: Timestamp) -> Timestamp {
        let skew = self.find(|quirk| {
            if let Quirk::ClockSkew(skew) = quirk {
                Some(*skew)
            } else {
                None
            }
        });
        skew.and_then(|skew| now.saturating_add(skew).ok())
            .unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, KINDS, Quirk, Quirks};

    #[test]
    fn every_listed_kind_exists() {
        for kind in KINDS {
            let text = kind
                .replace("[=N]", "=2")
                .replace("[=behind]", "=behind")
                .replace("[=VAULT]", "=prod")
                .split('|')
                .next()
                .unwrap_or_default()
                .to_owned();
            assert!(text.parse::<Quirk>().is_ok(), "{text}");
        }
        assert!(
            "nonsense"
                .parse::<Quirk>()
                .is_err_and(|message| message.contains("short-page"))
        );
    }

    #[test]
    fn a_counted_fault_wears_off() {
        let mut quirks = Quirks::default();
        quirks.add(Quirk::Expired(Count::Left(1)));
        let mut strikes = || {
            quirks.strikes(|quirk| {
                if let Quirk::Expired(count) = quirk {
                    Some(count)
                } else {
                    None
                }
            })
        };
        assert!(strikes());
        assert!(!strikes());
    }
}
