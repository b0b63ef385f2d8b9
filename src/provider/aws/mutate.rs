//! What all mutating requests have in common: the warrant that the gate asks for, and sending them once.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};

use aws_sdk_backup::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::BeforeDeserializationInterceptorContextRef,
    },
    error::{BoxError, ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use http::{Method, Uri};
use tokio::time::Instant;

use super::{Aws, arn::Arn, error, region::Region};
use crate::{
    backup::{Backup, Provider},
    plan::{Approved, Body, Warrant},
    provider::{Accepted, ErrorKind, ProviderError, Removal, Sent},
};

/// The region that a backup is in.
pub(super) fn region_of(aws: &Aws, backup: &Backup) -> Option<Arc<Region>> {
    let of_scope = backup.scope.part("region");
    let of_arn = Arn::parse(backup.id.name()).map(|arn| arn.region);
    aws.known_region(of_scope.or(of_arn)?)
}

/// The request by which AWS deletes this: its name, and its path under the region's endpoint.
pub(super) fn removal(
    aws: &Aws,
    approved: &Approved,
    backup: &Arc<Backup>,
    (operation, path): (&'static str, &str),
) -> Result<Removal, ProviderError> {
    let refused = |reason: String| own_fault(operation, &format!("{}: {reason}", backup.id));
    let region =
        region_of(aws, backup).ok_or_else(|| refused("its region was not set up".to_owned()))?;
    let uri: Uri = format!("{}{path}", region.base)
        .parse()
        .map_err(|error| refused(format!("it makes no address: {error}")))?;
    let warrant = Warrant::new(Method::DELETE, &uri, Body::Empty, vec![backup.id.clone()])
        .map_err(|reason| refused(reason.to_string()))?;
    approved
        .removal(vec![Arc::clone(backup)], warrant)
        .map_err(|reason| refused(reason.to_string()))
}

/// Sends a request once, and tells its limit how it went.
pub(super) async fn once<T, E, Answer>(
    region: &Region,
    operation: &'static str,
    call: impl FnOnce(Status) -> Answer,
) -> Result<Accepted, ProviderError>
where
    T: RequestId,
    E: Error + ProvideErrorMetadata + 'static,
    Answer: Future<Output = Result<T, SdkError<E>>>,
{
    let limiter = region.limiter(operation);
    let status = Status::default();
    let started = Instant::now();
    let error = match call(status.clone()).await {
        Ok(answer) => {
            limiter.granted_within(started.elapsed());
            return Ok(Accepted {
                request_id: answer.request_id().map(error::clean),
                status: status.seen(),
                absent: false,
                sent: true,
            });
        }
        Err(error) => error::wire(operation, &error),
    };
    if error.kind == ErrorKind::Throttled {
        limiter.refused(error.wait);
    } else if error.sent == Sent::Answered {
        limiter.granted();
    }
    Err(error)
}

/// The HTTP status of an answer, which the SDK keeps to itself where it is content with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Status(Arc<AtomicU16>);

impl Status {
    fn seen(&self) -> Option<u16> {
        Some(self.0.load(Ordering::Relaxed)).filter(|status| *status > 0)
    }
}

impl Intercept for Status {
    fn name(&self) -> &'static str {
        "Status"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0
            .store(context.response().status().as_u16(), Ordering::Relaxed);
        Ok(())
    }
}

pub(super) fn own_fault(operation: &'static str, message: &str) -> ProviderError {
    ProviderError {
        sent: Sent::No,
        ..ProviderError::new(Provider::Aws, operation, ErrorKind::Gate, message)
    }
}
