//! AWS Backup in the sandbox, with as much of STS, IAM and the Account service as tells who the caller is, and where.
//!
//! A request is looked at in AWS's order: signature, permission, operation. State is kept by the account of the key and
//! the region that the request is signed for.

use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use self::{
    delete::Writer,
    failure::Failure,
    identity::{Caller, Identities},
    operation::Operation,
    place::Place,
    quirk::{Quirk, Quirks},
    read::Reader,
    signature::{Rejection, Signed},
    state::{Region, World},
};
use super::{
    demo,
    exchange::{Answer, Api, Incoming, Refusal},
    secret::{hex, hex_digits},
    seed::Seed,
};

pub use self::identity::AccessKey;

pub mod account;
pub mod change;
pub mod delete;
pub mod failure;
pub mod identity;
pub mod load;
pub mod operation;
pub mod page;
pub mod place;
pub mod quirk;
pub mod read;
pub mod signature;
pub mod state;
pub mod wire;

#[cfg(test)]
mod tests;

/// The account whose key the sandbox gives out.
pub const HOME_ACCOUNT: &str = "111122223333";
/// The region that clients are told.
pub const HOME_REGION: &str = "eu-central-1";

/// The AWS API of one sandbox.
pub struct Aws {
    world: World,
    identities: Identities,
    quirks: Quirks,
    lag: Duration,
}

impl Aws {
    /// With the backups given; those of other providers are passed over. Vaults come to be by being named.
    #[must_use]
    pub fn new(backups: Vec<Seed>, lag: Duration, now: Timestamp) -> Self {
        let mut aws = Self::empty(lag);
        // Each seed is let go once it is loaded: a million of them weigh more than what they become.
        for seed in backups.into_iter().filter(|seed| seed.provider == "aws") {
            // A backup that is no recovery point has no place here; the rest is still worth having.
            if let Err(reason) = aws.world.load(&seed, now) {
                tracing::warn!("the sandbox leaves a backup out: {reason}");
            }
        }
        let accounts = aws.world.regions.keys().map(|place| place.account.clone());
        aws.identities.accounts.extend(accounts);
        aws
    }

    /// With the demo data.
    #[must_use]
    pub fn demo(lag: Duration, now: Timestamp) -> Self {
        let mut aws = Self::new(demo::demo_aws(now), lag, now);
        aws.identities.roles = Some(&demo::ROLES);
        for facts in demo::demo_aws_vaults(now) {
            let place = Place {
                account: facts.account.to_owned(),
                region: facts.region.to_owned(),
            };
            let region = aws.world.regions.entry(place).or_default();
            let vault = region
                .vaults
                .entry(facts.name.into())
                .or_insert_with(|| state::Vault::new(facts.created));
            vault.created = facts.created;
            vault.kind = facts.kind;
            vault.lock = facts.lock;
            vault.retention = facts.retention;
            vault.policy = facts.policy.map(str::to_owned);
        }
        aws
    }

    fn empty(lag: Duration) -> Self {
        let mut identities = Identities::default();
        identities
            .aliases
            .insert(HOME_ACCOUNT.to_owned(), "example-production".to_owned());
        identities.aliases.insert(
            demo::SECOND_ACCOUNT.to_owned(),
            "example-staging".to_owned(),
        );
        identities.accounts = [HOME_ACCOUNT, demo::SECOND_ACCOUNT, demo::THIRD_ACCOUNT]
            .map(str::to_owned)
            .into();
        Self {
            world: World::default(),
            identities,
            quirks: Quirks::default(),
            lag,
        }
    }

    /// Gives out an access key of the home account.
    pub fn issue_key(&mut self) -> AccessKey {
        self.identities.issue(HOME_ACCOUNT)
    }

    fn decide(
        &mut self,
        operation: &Operation,
        request: &Incoming,
        now: Timestamp,
    ) -> Result<Answer, Failure> {
        let clock = self.quirks.clock(now);
        let caller = self.identities.caller(request, operation, clock)?;
        if self.quirks.token_expired() {
            return Err(Rejection::ExpiredToken.into());
        }
        let of_backup = operation.services() == ["backup"];
        if of_backup && account::is_disabled(&caller.region) {
            return Err(Rejection::UnknownKey.into());
        }
        self.permitted(operation, &caller)?;
        let place = Place {
            account: caller.account.clone(),
            region: caller.region.clone(),
        };
        let mut writer = Writer {
            caller: &caller.arn,
            place: &place,
            world: &mut self.world,
            quirks: &mut self.quirks,
            lag: self.lag,
            now,
        };
        match operation {
            Operation::DeleteRecoveryPoint { vault, arn } => writer.delete(vault, arn),
            Operation::DeleteBackupVault { vault } => writer.delete_vault(vault),
            Operation::DisassociateRecoveryPoint { vault, arn } => writer.disassociate(vault, arn),
            Operation::DisassociateRecoveryPointFromParent { vault, arn } => {
                writer.leave_parent(vault, arn)
            }
            Operation::Query { action } => {
                self.identities
                    .answer(action, request, &caller, &self.quirks, now)
            }
            Operation::ListRegions => {
                account::list_regions(&self.world, &caller.account, request, &self.quirks)
            }
            Operation::ListBackupVaults
            | Operation::DescribeBackupVault { .. }
            | Operation::GetBackupVaultAccessPolicy { .. }
            | Operation::ListRecoveryPointsByBackupVault { .. }
            | Operation::DescribeRecoveryPoint { .. }
            | Operation::ListRecoveryPointsByResource { .. }
            | Operation::ListLegalHolds
            | Operation::ListRecoveryPointsByLegalHold { .. }
            | Operation::ListTags { .. }
            | Operation::Unknown => {
                let nothing = Region::default();
                let reader = Reader {
                    place: &place,
                    region: self.world.regions.get(&place).unwrap_or(&nothing),
                    quirks: &self.quirks,
                    query: &operation::query(request),
                };
                reader.answer(operation)
            }
        }
    }

    fn permitted(&self, operation: &Operation, caller: &Caller) -> Result<(), Failure> {
        let action = operation.name();
        let service = operation.services().first().copied().unwrap_or("backup");
        let denied = |why: &str| {
            Failure::denied(format!(
                "User: {} is not authorized to perform: {service}:{action} on resource: {} {why}",
                caller.arn,
                operation.subject()
            ))
        };
        if self.quirks.has(&Quirk::Deny(action.to_owned())) {
            return Err(denied(&format!(
                "because no identity-based policy allows the {service}:{action} action"
            )));
        }
        let region = Quirk::DenyRegion(caller.region.clone());
        if service == "backup" && self.quirks.has(&region) {
            return Err(denied("with an explicit deny in a service control policy"));
        }
        let vault = operation
            .vault()
            .map(|vault| Quirk::DenyVault(vault.to_owned()));
        if vault.is_some_and(|vault| self.quirks.has(&vault)) {
            return Err(denied("with an explicit deny in an identity-based policy"));
        }
        Ok(())
    }

    fn fail(request: &Incoming, failure: &Failure) -> Answer {
        Self::leave(match Operation::of(request) {
            Some(Operation::Query { .. }) => failure.xml(),
            _ => failure.json(),
        })
    }

    /// Gives the answer its request id.
    fn leave(mut answer: Answer) -> Answer {
        let id = uuid(&hex_digits(64));
        if answer.headers.iter().any(|(_, value)| value == "text/xml") {
            let text = String::from_utf8_lossy(&answer.body).replace(wire::REQUEST_ID, &id);
            answer.body = text.into_bytes();
        }
        answer.headers.push(("x-amzn-requestid", id));
        answer
    }
}

impl Api for Aws {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn owns(&self, request: &Incoming) -> bool {
        Operation::of(request).is_some()
    }

    fn mutates(&self, request: &Incoming) -> bool {
        Operation::of(request).is_some_and(|operation| operation.mutates())
    }

    fn limit(&self, request: &Incoming) -> String {
        let operation = Operation::of(request).unwrap_or(Operation::Unknown);
        let Ok(signed) = Signed::read(&request.headers) else {
            return format!("unsigned/{}", operation.name());
        };
        match self.identities.account_of(&signed) {
            // One account is the usual case, and then its number says nothing.
            Some(account) if account != HOME_ACCOUNT => {
                format!("{account}/{}/{}", signed.region, operation.name())
            }
            _ => format!("{}/{}", signed.region, operation.name()),
        }
    }

    fn throttled(&self, request: &Incoming, _wait: u64) -> Answer {
        // AWS does not tell how long to wait.
        Self::fail(request, &Failure::throttled())
    }

    fn broken(&self, request: &Incoming, status: StatusCode) -> Answer {
        Self::fail(request, &Failure::broken(status))
    }

    fn refused(&self, request: &Incoming, refusal: Refusal) -> Answer {
        let failure = match refusal {
            Refusal::Unauthorized => Rejection::UnknownKey.into(),
            Refusal::Forbidden => Failure::denied("User is not authorized to perform this action"),
            Refusal::NotFound => Failure::not_found("The resource does not exist."),
            Refusal::Conflict => {
                Failure::invalid_state("Another action is already under way on this resource.")
            }
        };
        Self::fail(request, &failure)
    }

    fn answer(&mut self, request: &Incoming, now: Timestamp) -> Answer {
        self.world.settle(now);
        let operation = Operation::of(request).unwrap_or(Operation::Unknown);
        let mut answer = match self.decide(&operation, request, now) {
            Ok(answer) => Self::leave(answer),
            Err(failure) => Self::fail(request, &failure),
        };
        let clock = self.quirks.clock(now);
        if clock != now {
            let date = clock.strftime("%a, %d %b %Y %H:%M:%S GMT");
            answer.headers.push(("date", date.to_string()));
        }
        answer
    }

    fn state(&mut self, now: Timestamp) -> Value {
        self.world.settle(now);
        self.world.show()
    }

    fn fault_kinds(&self) -> &'static [&'static str] {
        quirk::KINDS
    }

    fn fault(&mut self, kind: &str, value: Option<&str>) -> bool {
        let quirk = Quirk::of(kind, value);
        let known = quirk.is_some();
        if let Some(quirk) = quirk {
            self.quirks.add(quirk);
        }
        known
    }

    fn clear_faults(&mut self) {
        self.quirks.clear();
    }

    fn change(&mut self, change: &Value, now: Timestamp) -> Result<(), String> {
        self.world.settle(now);
        self.world.change(change, now)
    }
}

/// A UUID that the text alone decides.
fn uuid(text: &str) -> String {
    let digits = hex(&Sha256::digest(text));
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-4{}-a{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}
