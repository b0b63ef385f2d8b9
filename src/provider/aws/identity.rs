//! Who acts, where: STS tells, and where it cannot be reached a vault's ARN still tells the account.

use std::time::Duration;

use super::{Aws, alias, arn::Arn, error, region::RATE, vaults::Vaults};
use crate::{
    backup::Provider,
    provider::{ErrorKind, Identity, ProviderError},
    transport::retry,
};

const CALLER: &str = "GetCallerIdentity";

/// How long STS is asked again. Where only AWS Backup can be reached, nobody should wait for it.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn read(aws: &Aws) -> Result<Identity, ProviderError> {
    let (caller, alias) = tokio::join!(caller(aws), alias::read(aws));
    let (account, principal) = match caller {
        Ok(caller) => caller,
        Err(error) if error.kind == ErrorKind::Credentials => return Err(error),
        Err(error) => {
            tracing::info!(%error, "the account is taken from a vault's ARN");
            (account_of_a_vault(aws).await?, None)
        }
    };
    let mut endpoints: Vec<&str> = aws
        .scope
        .iter()
        .map(|region| region.base.as_str())
        .collect();
    endpoints.dedup();
    Ok(Identity {
        provider: Provider::Aws,
        account: account.or_else(|| aws.held.account.clone()),
        alias,
        principal,
        source: aws.held.source.clone(),
        endpoint: endpoints.join(", "),
        endpoint_overridden: aws.endpoint_overridden,
    })
}

async fn caller(aws: &Aws) -> Result<(Option<String>, Option<String>), ProviderError> {
    let limit = format!("aws/{}/{CALLER}", aws.held.account_key());
    let limiter = aws.transport.limiter(&limit, RATE);
    let patience = PATIENCE.min(aws.transport.retry_for());
    let answer = retry::reading(&limiter, patience, || async {
        aws.sts
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| error::wire(CALLER, &error))
    })
    .await?;
    Ok((answer.account, answer.arn))
}

async fn account_of_a_vault(aws: &Aws) -> Result<Option<String>, ProviderError> {
    let Some(region) = aws.scope.first() else {
        return Ok(None);
    };
    match Vaults::read_once(region).await {
        Ok(vaults) => Ok(vaults.iter().find_map(|vault| {
            let arn = Arn::parse(vault.arn.as_deref()?)?;
            (!arn.account.is_empty()).then(|| arn.account.to_owned())
        })),
        Err(error) if error.kind == ErrorKind::Credentials => Err(error),
        Err(_) => Ok(None),
    }
}
