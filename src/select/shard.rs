//! A run that is split over machines: which of them deletes what.
//!
//! Providers limit requests by account, AWS by account and region, so everything under one quota is one shard's: shards
//! never slow each other down. The machine is computed, not agreed on, so that nobody has to keep a list of who does what.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{
    backup::{Backup, BackupId, Provider},
    environment::Environment,
    fatal::Fatal,
};

/// Where those who start many machines alike tell each its number; both count from 0.
const INDEXES: [&str; 2] = ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"];

/// One of several parts of a plan; counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    of: u32,
}

/// A shard as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// `K/N`.
    This(Shard),
    /// `index/N`: whichever the environment says.
    Index(u32),
}

impl Shard {
    /// `None` where there is no such part.
    #[must_use]
    pub fn new(number: u32, of: u32) -> Option<Self> {
        (1..=of).contains(&number).then_some(Self { number, of })
    }

    /// The shard that deletes a backup. `account`: of whoever read it, where the backup's own scope names none.
    #[must_use]
    pub fn holding(self, backup: &Backup, account: Option<&str>) -> Self {
        let provider = backup.id.provider();
        let scope = &backup.scope;
        let region = match provider {
            Provider::Aws => scope.part("region"),
            // One token has one quota, wherever the backups are.
            Provider::Zilliz | Provider::Aiven => None,
        };
        let account = scope.part("account").or(account);
        self.drawn([Some(provider.name()), account, region])
    }

    /// The shard that tells of something that is not there, of which only the id is known.
    #[must_use]
    pub fn drawing(self, id: &BackupId) -> Self {
        self.drawn([Some(id.provider().name()), Some(&id.to_string()), None])
    }

    fn drawn(self, parts: [Option<&str>; 3]) -> Self {
        let parts = parts.map(Option::unwrap_or_default);
        let digest = Sha256::digest(parts.join("/").as_bytes());
        let drawn = digest
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        let number = drawn.checked_rem(u64::from(self.of)).unwrap_or(0);
        Self {
            number: u32::try_from(number).unwrap_or(0).saturating_add(1),
            of: self.of,
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.of)
    }
}

impl Wanted {
    /// Reads `K/N` or `index/N`.
    ///
    /// # Errors
    /// Why it is neither, as a fragment.
    pub fn read(text: &str) -> Result<Self, String> {
        const FORM: &str = "a shard is written K/N, such as 2/8, or index/N";
        let (number, of) = text.split_once('/').ok_or(FORM)?;
        let of = counted(of).filter(|of| *of > 0).ok_or(FORM)?;
        if number == "index" {
            return Ok(Self::Index(of));
        }
        let number = counted(number).ok_or(FORM)?;
        Shard::new(number, of).map(Self::This).ok_or_else(|| {
            format!("there is no shard {number} of {of}: they are counted from 1 to {of}")
        })
    }

    /// The shard that is meant.
    ///
    /// # Errors
    /// Usage, where the environment ought to say and does not.
    pub fn resolve(self, environment: &Environment) -> Result<Shard, Fatal> {
        let of = match self {
            Self::This(shard) => return Ok(shard),
            Self::Index(of) => of,
        };
        let [kubernetes, batch] = INDEXES;
        let told = INDEXES
            .iter()
            .find_map(|name| Some((name, environment.filled(name)?)));
        let (name, text) = told.ok_or_else(|| {
            Fatal::usage_with(
                format!("--shard index/{of}: neither {kubernetes} nor {batch} is set"),
                format!("they are set in a Kubernetes Indexed Job and in an AWS Batch array; elsewhere write --shard 1/{of}"),
            )
        })?;
        counted(text)
            .and_then(|index| Shard::new(index.checked_add(1)?, of))
            .ok_or_else(|| {
                Fatal::usage_with(
                    format!("--shard index/{of}: {name} is {text:?}, and not from 0 to one less than {of}"),
                    format!("give the job {of} completions, or --shard index/ the number that it has"),
                )
            })
    }
}

/// A number of digits alone: a sign or a blank is a slip.
fn counted(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::backup::{Scope, samples::backup};

    fn this(text: &str) -> Shard {
        Wanted::read(text)
            .unwrap()
            .resolve(&Environment::default())
            .unwrap()
    }

    fn in_region(account: u32, region: &str) -> Backup {
        let scope = Scope::new("prod")
            .with("account", Some(account.to_string()))
            .with("region", Some(region));
        Backup {
            id: BackupId::new(Provider::Aws, "prod", "arn:x"),
            scope: Arc::new(scope),
            ..backup("x")
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for wrong in [
            "",
            " ",
            "1",
            "/",
            "1/",
            "/4",
            "0/4",
            "5/4",
            "1/0",
            "a/b",
            "-1/4",
            "+1/4",
            "1/ 4",
            "1/4/2",
            "index",
            "index/0",
            "Index/4",
            "1/4294967296",
        ] {
            assert!(Wanted::read(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(this("02/4").to_string(), "2/4");
    }

    #[test]
    fn an_index_counts_from_zero_and_comes_from_either_of_two() {
        let wanted = Wanted::read("index/4").unwrap();
        let with = |variables: &[(&str, &str)]| {
            wanted
                .resolve(&Environment::of(variables))
                .map(|shard| shard.to_string())
                .map_err(|error| error.to_string())
        };
        assert_eq!(with(&[("JOB_COMPLETION_INDEX", "0")]), Ok("1/4".to_owned()));
        assert_eq!(
            with(&[("AWS_BATCH_JOB_ARRAY_INDEX", "3")]),
            Ok("4/4".to_owned())
        );
        for wrong in ["4", "-1", "x", "4294967295"] {
            let error = with(&[("JOB_COMPLETION_INDEX", wrong)]).unwrap_err();
            assert!(error.contains("JOB_COMPLETION_INDEX"), "{error}");
        }
        let error = with(&[("JOB_COMPLETION_INDEX", " ")]).unwrap_err();
        for name in INDEXES {
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn every_backup_is_in_one_shard_and_one_of_one_is_the_whole() {
        for of in 1..=9 {
            for account in 0..20 {
                let backup = in_region(account, "eu-central-1");
                let holding: Vec<Shard> = (1..=of)
                    .filter_map(|number| Shard::new(number, of))
                    .filter(|shard| shard.holding(&backup, None) == *shard)
                    .collect();
                assert_eq!(holding.len(), 1, "{account} of {of}: {holding:?}");
            }
        }
    }

    /// Other machines, and later versions, must draw the same: these are `printf 'aws/1/eu-central-1' | sha256sum`.
    #[test]
    fn a_quota_is_always_the_same_shards() {
        let shard = this("1/8");
        let drawn = |backup: &Backup, account| shard.holding(backup, account).to_string();
        assert_eq!(drawn(&in_region(1, "eu-central-1"), None), "3/8");
        // The backup's own account counts before that of whoever read it.
        assert_eq!(drawn(&in_region(1, "eu-central-1"), Some("2")), "3/8");
        assert_eq!(drawn(&in_region(1, "eu-west-1"), None), "2/8");
        let zilliz = Backup {
            id: BackupId::new(Provider::Zilliz, "in01", "b"),
            scope: Arc::new(Scope::new("in01").with("region", Some("anywhere"))),
            ..backup("x")
        };
        assert_eq!(drawn(&zilliz, Some("org-1")), "5/8");
    }
}
