//! Credentials that are held, and renewed before they run out.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{
        ProvideCredentials, Result, SharedCredentialsProvider, error::CredentialsError, future,
    },
};
use tokio::{sync::Mutex, time::Instant};

use super::{error, missing};
use crate::{
    provider::{ErrorKind, ProviderError},
    transport::Failure,
};

/// Renewed this long before they run out.
const MARGIN: Duration = Duration::from_mins(5);

/// Where there were no new ones, they are not asked for again so soon, unless the end is near.
const REST: Duration = Duration::from_secs(10);

/// How long anybody may take to hand credentials out; a process may have to ask a person for a fingerprint.
const LIMIT: Duration = Duration::from_mins(2);

/// Bounds the asking: a process can wait for a person, and for ever.
pub(super) async fn within_limit(asking: impl Future<Output = Result>) -> Result {
    match tokio::time::timeout(LIMIT, asking).await {
        Ok(answer) => answer,
        Err(_) => Err(CredentialsError::provider_error(format!(
            "no credentials within {} s",
            LIMIT.as_secs()
        ))),
    }
}

/// Credentials that were found, and are found anew only when they are about to run out.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// Where they came from.
    pub(super) source: String,
    /// Whose they are, where the place that they came from says so.
    pub(super) account: Option<String>,
    key: String,
    /// What to do where there are no new ones.
    way_out: Option<Arc<str>>,
    provider: SharedCredentialsProvider,
    current: Arc<Mutex<Current>>,
}

#[derive(Debug)]
struct Current {
    credentials: Credentials,
    /// When new ones were last asked for in vain.
    failed: Option<Instant>,
}

impl Current {
    /// How long they still are good for; `None` for those without an end.
    fn left(&self) -> Option<Duration> {
        let end = self.credentials.expiry()?;
        Some(end.duration_since(SystemTime::now()).unwrap_or_default())
    }

    /// Whether they are used as they are.
    fn suffices(&self) -> bool {
        let Some(left) = self.left() else { return true };
        let rests = self.failed.is_some_and(|at| at.elapsed() < REST);
        left > if rests { REST } else { MARGIN }
    }
}

impl Held {
    /// Credentials that were just had, and who renews them.
    pub(super) fn of(
        provider: impl ProvideCredentials + 'static,
        credentials: Credentials,
        source: String,
        account: Option<String>,
    ) -> Self {
        Self {
            source,
            account,
            key: credentials.access_key_id().to_owned(),
            way_out: None,
            provider: SharedCredentialsProvider::new(provider),
            current: Arc::new(Mutex::new(Current {
                credentials,
                failed: None,
            })),
        }
    }

    /// The same, with what to do where they cannot be renewed.
    pub(super) fn with_way_out(mut self, way_out: String) -> Self {
        self.way_out = Some(way_out.into());
        self
    }

    /// What stands for the account in the names of limits.
    pub(super) fn account_key(&self) -> &str {
        self.account.as_deref().unwrap_or(&self.key)
    }

    /// The end of the access key's id, as much of it as the AWS CLI shows.
    pub(super) fn key_end(&self) -> String {
        let skipped = self.key.chars().count().saturating_sub(4);
        self.key.chars().skip(skipped).collect()
    }

    /// When they run out, where they do.
    pub(super) async fn until(&self) -> Option<SystemTime> {
        self.current.lock().await.credentials.expiry()
    }

    async fn credentials(&self) -> Result {
        let mut current = self.current.lock().await;
        if current.suffices() {
            return Ok(current.credentials.clone());
        }
        match within_limit(self.provider.provide_credentials()).await {
            Ok(credentials) => {
                *current = Current {
                    credentials,
                    failed: None,
                };
            }
            // They are asked for well before the end, so that whoever gives them out may fail for a while.
            Err(error) if current.left().is_some_and(|left| !left.is_zero()) => {
                tracing::info!(reason = %missing::reason(&error), "no new credentials yet");
                current.failed = Some(Instant::now());
            }
            Err(error) => return Err(self.not_renewed(error)),
        }
        Ok(current.credentials.clone())
    }

    /// Says whose credentials these were, and what to do. What bkdel's own transport or calls said stays whole in it.
    fn not_renewed(&self, error: CredentialsError) -> CredentialsError {
        let own = error::find_source::<ProviderError>(&error).is_some()
            || error::find_source::<Failure>(&error).is_some();
        if own {
            return error;
        }
        let told = error::own(
            "credentials",
            ErrorKind::Credentials,
            format!(
                "those from {} have run out, and there are no new ones: {}",
                self.source,
                missing::reason(&error)
            ),
        );
        CredentialsError::provider_error(ProviderError {
            hint: self.way_out.as_deref().map(str::to_owned),
            ..told
        })
    }
}

impl ProvideCredentials for Held {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

#[cfg(test)]
impl Held {
    pub(super) fn of_keys(key: &str, secret: &str) -> Self {
        let credentials = Credentials::new(key, secret, None, None, "test");
        Self::of(credentials.clone(), credentials, "test".to_owned(), None)
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::credential_fn::provide_credentials_fn;

    use super::*;

    fn lasting(left: Duration) -> Credentials {
        let end = SystemTime::now().checked_add(left);
        Credentials::new("AKIATEST", "secret", None, end, "test")
    }

    fn held(left: Duration, provider: impl ProvideCredentials + 'static) -> Held {
        Held::of(provider, lasting(left), "a process".to_owned(), None).with_way_out("see".into())
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_never_hands_anything_out_is_waited_for_two_minutes() {
        let never = provide_credentials_fn(std::future::pending::<Result>);
        let begun = Instant::now();
        let held = held(Duration::ZERO, never);
        let error = held.provide_credentials().await.unwrap_err();
        assert_eq!(begun.elapsed().as_secs(), LIMIT.as_secs());
        let told = error::find_source::<ProviderError>(&error).unwrap();
        assert_eq!(told.kind, ErrorKind::Credentials);
        assert_eq!(told.hint.as_deref(), Some("see"));
        assert!(told.message.contains("a process"), "{told}");
        assert!(told.message.contains("120 s"), "{told}");
    }

    #[tokio::test]
    async fn what_is_good_for_a_while_is_used_where_there_is_nothing_new() {
        let failing = || {
            provide_credentials_fn(|| async { Err(CredentialsError::provider_error("not now")) })
        };
        let old = held(Duration::from_mins(1), failing());
        assert!(old.provide_credentials().await.is_ok());
        assert!(old.current.lock().await.failed.is_some());
        let over = held(Duration::ZERO, failing());
        assert!(over.provide_credentials().await.is_err());
    }

    #[tokio::test]
    async fn what_is_about_to_run_out_is_renewed_and_the_rest_is_not() {
        for (left, renewed) in [(MARGIN / 2, true), (MARGIN * 2, false)] {
            let renewing = provide_credentials_fn(|| async { Ok(lasting(MARGIN * 3)) });
            let held = held(left, renewing);
            let given = held.provide_credentials().await.unwrap();
            let far = SystemTime::now().checked_add(MARGIN * 2).unwrap();
            assert_eq!(given.expiry().unwrap() > far, renewed, "{left:?}");
        }
    }
}
