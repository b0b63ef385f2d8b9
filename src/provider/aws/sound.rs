//! Whether a success is one: what AWS answers with 200 has a form, and what stands in for AWS (a captive portal, a proxy)
//! has not.
//!
//! The SDK takes an empty body for an empty list, and never looks at the body that answers a deletion. Both would be a
//! lie (S3, S22), so the body is looked at before the SDK does.

use aws_sdk_backup::config::{
    ConfigBag, Intercept, RuntimeComponents,
    interceptors::BeforeDeserializationInterceptorContextRef,
};
use aws_smithy_runtime_api::{box_error::BoxError, client::orchestrator::Metadata};

/// Refuses successes that AWS cannot have sent.
#[derive(Debug)]
pub(super) struct Sound;

impl Intercept for Sound {
    fn name(&self) -> &'static str {
        "bkdel::Sound"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response();
        if !answer.status().is_success() {
            return Ok(());
        }
        let body = answer.body().bytes().unwrap_or_default();
        let deletes = config
            .load::<Metadata>()
            .is_some_and(|operation| operation.name() == "DeleteRecoveryPoint");
        if is_sound(deletes, body) {
            Ok(())
        } else {
            Err("a success without AWS' answer".into())
        }
    }
}

fn is_sound(deletes: bool, body: &[u8]) -> bool {
    let body = body.trim_ascii();
    body.first() == Some(&b'{') || (deletes && body.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_nothing_is_no_list_and_s22_a_page_is_no_deletion() {
        assert!(is_sound(false, b" {\"BackupVaultList\": []}"));
        assert!(!is_sound(false, b""));
        assert!(!is_sound(false, b"<html>"));
        assert!(is_sound(true, b""));
        assert!(is_sound(true, b"{}"));
        assert!(!is_sound(true, b"<html>"));
    }
}
