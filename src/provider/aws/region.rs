//! One region: its client, its pace, and what every call there has in common.

use std::{
    collections::HashSet,
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use aws_sdk_backup::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::time::Instant;

use super::{delete::DELETE, error, vaults::Vaults};
use crate::{
    provider::{ErrorKind, ProviderError},
    transport::{Transport, pace::Limiter, pace::Rate, retry},
};

/// AWS publishes no figures that we have: start low, and let the pace find the limit.
pub(super) const RATE: Rate = Rate {
    start: 5.0,
    burst: 20.0,
    ceiling: None,
};

/// Deletions of a run come in hundreds, and all of what leaves too many at the start is refused.
const DELETING: Rate = Rate { burst: 5.0, ..RATE };

/// How long a list of vaults is good enough to explain a refusal by.
const RECENT: Duration = Duration::from_secs(10);

/// The most items a page, by AWS' model.
pub(super) const PAGE: i32 = 1000;

/// The same, to count with.
pub(super) const ON_A_PAGE: u64 = 1000;

/// How long [`Patience::Briefly`] repeats.
const BRIEFLY: Duration = Duration::from_secs(10);

/// Whether a reading call is repeated through passing trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// As long as the transport says.
    Repeat,
    /// For a moment.
    Briefly,
    /// Not at all: somebody else decides about that.
    Once,
}

/// A region as one set of credentials sees it.
#[derive(Debug)]
pub(super) struct Region {
    pub(super) name: String,
    pub(super) client: Client,
    /// Where requests go: origin, and the path in front of AWS' own where an endpoint has one.
    pub(super) base: String,
    /// Whose limits count: the first part of every limiter's name.
    pub(super) account: String,
    pub(super) transport: Transport,
    known: RwLock<Option<Arc<Vaults>>>,
    /// The vaults as they were read to explain a refusal. One caller reads them anew while the others wait for the outcome.
    diagnosed: tokio::sync::Mutex<Option<(Instant, Arc<Vaults>)>>,
}

impl Region {
    pub(super) fn new(
        name: String,
        client: Client,
        base: String,
        account: String,
        transport: Transport,
    ) -> Self {
        Self {
            name,
            client,
            base,
            account,
            transport,
            known: RwLock::default(),
            diagnosed: tokio::sync::Mutex::default(),
        }
    }

    /// The account, where its number is known: what stands for it in limits can be a key.
    pub(super) fn owner(&self) -> Option<&str> {
        let is_number = self.account.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some(self.account.as_str())
    }

    /// The vaults as they were last read; for diagnosing and for saving calls, never for deciding what is there.
    pub(super) fn known_vaults(&self) -> Option<Arc<Vaults>> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn remember(&self, vaults: Arc<Vaults>) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(vaults);
    }

    /// The vaults as they are after a refusal: those that the plan was made with do not tell what came later, such as a
    /// lock. A thousand refusals must not become a thousand lists, so one serves for moments. `None` where they cannot be
    /// read.
    pub(super) async fn recent_vaults(&self) -> Option<Arc<Vaults>> {
        let mut diagnosed = self.diagnosed.lock().await;
        if let Some((at, vaults)) = &*diagnosed
            && at.elapsed() < RECENT
        {
            return Some(Arc::clone(vaults));
        }
        let vaults = Vaults::read_once(self).await.ok()?;
        *diagnosed = Some((Instant::now(), Arc::clone(&vaults)));
        Some(vaults)
    }

    pub(super) fn limiter(&self, operation: &str) -> Arc<Limiter> {
        let limit = format!("aws/{}/{}/{operation}", self.account, self.name);
        let rate = if operation == DELETE { DELETING } else { RATE };
        self.transport.limiter(&limit, rate)
    }

    /// A reading call.
    pub(super) async fn read<T, E, F, Fut>(
        &self,
        operation: &'static str,
        patience: Patience,
        mut call: F,
    ) -> Result<T, ProviderError>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let limiter = self.limiter(operation);
        let patience = match patience {
            Patience::Repeat => self.transport.retry_for(),
            Patience::Briefly => self.transport.retry_for().min(BRIEFLY),
            Patience::Once => Duration::ZERO,
        };
        retry::reading(&limiter, patience, || {
            let answer = call();
            async move { answer.await.map_err(|error| error::wire(operation, &error)) }
        })
        .await
        .map_err(|error| self.perhaps_no_region(error))
    }

    /// A region that AWS does not have has no address, which looks like a network that is down.
    fn perhaps_no_region(&self, mut error: ProviderError) -> ProviderError {
        let own = format!("https://backup.{}.", self.name);
        if error.kind == ErrorKind::Network && self.base.starts_with(&own) {
            let hint = error.hint.as_deref().unwrap_or("check the network");
            error.hint = Some(format!(
                "{hint}; or does AWS have no region {:?}?",
                self.name
            ));
        }
        error
    }
}

/// The state of one list that is read page by page.
///
/// The SDK's own paginator takes a repeated token for the end, which would make half a list look whole (S3).
#[derive(Debug)]
pub(super) struct Pages {
    operation: &'static str,
    seen: HashSet<String>,
    next: Option<String>,
    begun: bool,
}

impl Pages {
    pub(super) fn of(operation: &'static str) -> Self {
        Self {
            operation,
            seen: HashSet::new(),
            next: None,
            begun: false,
        }
    }

    /// Whether there is a page still to be read.
    pub(super) fn more(&self) -> bool {
        !self.begun || self.next.is_some()
    }

    /// The token to ask for it with; `None` for the first.
    pub(super) fn token(&self) -> Option<String> {
        self.next.clone()
    }

    /// Takes the token that a page brought. Pages may be short or empty: only the token tells whether there are more.
    pub(super) fn turn(&mut self, token: Option<String>) -> Result<(), ProviderError> {
        self.begun = true;
        self.next = token.filter(|token| !token.is_empty());
        if let Some(token) = &self.next
            && !self.seen.insert(token.clone())
        {
            return Err(error::own(
                self.operation,
                ErrorKind::Incomplete,
                "the list is not whole: AWS sent the same page token twice",
            )
            .with_hint("try again; if it stays, tell AWS support the request id"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_a_repeated_token_is_an_error_and_not_the_end() {
        let mut pages = Pages::of("List");
        assert!(pages.more() && pages.token().is_none());
        pages.turn(Some("a".to_owned())).unwrap();
        assert!(pages.more());
        assert_eq!(pages.token().as_deref(), Some("a"));
        pages.turn(Some("b".to_owned())).unwrap();
        let error = pages.turn(Some("a".to_owned())).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Incomplete);
    }

    #[test]
    fn a_null_or_empty_token_is_the_end() {
        for end in [None, Some(String::new())] {
            let mut pages = Pages::of("List");
            pages.turn(end).unwrap();
            assert!(!pages.more());
        }
    }
}
