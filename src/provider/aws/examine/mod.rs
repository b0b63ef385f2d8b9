//! What `doctor` finds at AWS: who these credentials are and where they came from, where they act, and what they may.
//!
//! Everything is asked of the same clients that list and delete, so what works here works there.

mod rights;
mod sources;

use std::time::Duration;

use http::uri::Authority;
use jiff::{SignedDuration, Timestamp};

use super::{Aws, Request, connect, endpoint};
use crate::{
    backup::Provider,
    environment::Environment,
    provider::{
        Check, Examination, Identity, Inventory, ProviderError, SetupError, Standing,
        examination::{Signatures, clock, endpoint as endpoint_check, host_of, let_in, proxy},
    },
    transport::{Transport, is_aws},
};
use sources::Sources;

/// How far off a clock may be before AWS refuses what was signed by it.
const TOLERATED: Duration = Duration::from_mins(5);

/// From when on credentials that run out are worth a warning.
const SOON: SignedDuration = SignedDuration::from_mins(15);

/// Looks at everything that a command at AWS Backup would need, and changes nothing.
pub async fn examine(
    transport: &Transport,
    environment: &Environment,
    request: &Request,
    now: Timestamp,
) -> Examination {
    let sources = Sources::seen(request, environment).await;
    let mut checks = Vec::new();
    let members = match connect(transport, environment, request.clone(), &[]).await {
        Ok(members) => members,
        Err(error) => {
            let says_so = matches!(error, SetupError::Credentials { .. });
            checks.extend(sources.none().filter(|_| !says_so));
            checks.push(Check::unset(error));
            checks.extend(sources.beside(None));
            // A role can have been refused for nothing but the time.
            let named = addresses(environment, request);
            checks.extend(answered(transport, &named, false));
            return Examination {
                provider: Provider::Aws,
                set_up: !sources.is_empty(),
                checks,
            };
        }
    };
    for (number, aws) in members.iter().enumerate() {
        let identity = aws.identity().await;
        let let_in = let_in(identity.as_ref().err());
        let accepted = let_in.is_ok();
        checks.push(who(&identity));
        checks.push(credentials(aws, &sources, accepted, now).await);
        if number == 0 {
            checks.extend(sources.beside(Some(&aws.held.source)));
        }
        checks.push(region(aws));
        checks.extend(way(environment, request, aws));
        let rights = match let_in {
            Ok(()) => rights::probe(aws, request).await,
            Err(why) => Check::no_rights_tried(why),
        };
        let mut named = addresses(environment, request);
        named.extend(aws.scope.iter().filter_map(|region| host_of(&region.base)));
        checks.push(time(transport, &named, accepted));
        checks.extend(rights);
    }
    Examination {
        provider: Provider::Aws,
        set_up: true,
        checks,
    }
}

/// The addresses that somebody named for AWS' services.
fn addresses(environment: &Environment, request: &Request) -> Vec<Authority> {
    let variables = [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_BACKUP",
        "AWS_ENDPOINT_URL_STS",
    ];
    let set = variables.iter().filter_map(|name| environment.filled(name));
    set.chain(request.endpoint.as_deref())
        .filter_map(host_of)
        .collect()
}

/// This machine's clock, by any answer of AWS', or of an address that was named for it.
fn time(transport: &Transport, named: &[Authority], accepted: bool) -> Check {
    let is_aws = |host: &Authority| named.contains(host) || is_aws(host.host());
    let signatures = Signatures::Dated {
        tolerated: TOLERATED,
        accepted,
    };
    clock(transport, is_aws, signatures)
}

/// The same, where there was an answer.
fn answered(transport: &Transport, named: &[Authority], accepted: bool) -> Option<Check> {
    Some(time(transport, named, accepted)).filter(|check| check.standing != Standing::Unknown)
}

fn who(identity: &Result<Identity, ProviderError>) -> Check {
    let identity = match identity {
        Ok(identity) => identity,
        Err(error) => return Check::failed("identity", error),
    };
    let account = identity.account.as_deref();
    let alias = identity.alias.as_deref();
    let principal = identity.principal.as_deref();
    let standing = if principal.is_some() {
        Standing::Ok
    } else {
        Standing::Warning
    };
    let found = format!(
        "account {} ({}), {}",
        account.unwrap_or("unknown"),
        alias.unwrap_or("no alias is told"),
        principal.unwrap_or("STS does not tell as whom")
    );
    Check::new("identity", standing, found)
        .with("account", account)
        .with("alias", alias)
        .with("principal", principal)
}

async fn credentials(aws: &Aws, sources: &Sources, accepted: bool, now: Timestamp) -> Check {
    let held = &aws.held;
    let end = held.key_end();
    let found = format!("{}, access key ****{end}", sources.told(&held.source));
    let until = held
        .until()
        .await
        .and_then(|end| Timestamp::try_from(end).ok());
    let left = until.map(|until| (until, until.duration_since(now)));
    let check = match left {
        None => Check::new("credentials", Standing::of(accepted), found),
        Some((until, left)) => {
            let found = format!("{found}, until {until:.0} ({} min)", left.as_mins());
            if left < SOON {
                Check::new("credentials", Standing::Warning, found)
                    .hinted("renewed by themselves where their source can; else log in again")
            } else {
                Check::new("credentials", Standing::of(accepted), found)
            }
        }
    };
    check
        .with("source", held.source.as_str())
        .with("key_end", end)
        .with("expires_at", until.map(|until| until.to_string()))
}

fn region(aws: &Aws) -> Check {
    let names: Vec<&str> = aws
        .scope
        .iter()
        .map(|region| region.name.as_str())
        .collect();
    Check::new(
        "region",
        Standing::Ok,
        format!("{}, from {}", names.join(", "), aws.region_source),
    )
    .with("regions", names)
    .with("source", aws.region_source.as_str())
}

/// Endpoint and proxy, once for each address.
fn way(environment: &Environment, request: &Request, aws: &Aws) -> Vec<Check> {
    let by = aws
        .endpoint_overridden
        .then(|| endpoint::set_by(environment, request.endpoint.as_deref()));
    let mut bases: Vec<&str> = aws
        .scope
        .iter()
        .map(|region| region.base.as_str())
        .collect();
    bases.dedup();
    let first = bases.first().copied().unwrap_or_default();
    let endpoints = bases.iter().map(|base| endpoint_check(base, by));
    let proxy = proxy(environment, first);
    endpoints.chain([proxy]).collect()
}
