//! The provider against a small Aiven on loopback, through the real transport and its gate.

mod credentials;
mod deleting;
mod fake;
mod reading;
mod surveying;

use std::collections::HashSet;

use super::{Aiven, Request, connect};
use crate::{
    backup::{Backup, Target},
    environment::Environment,
    plan::{
        Approved, Plan, Section, Selection,
        consent::{Consent, Step},
    },
    provider::{Accepted, Delete, Found, Inventory, ProviderError, Reading},
    select::guards::{Wishes, decide},
    transport::{Settings, Transport},
};
use arcstr::ArcStr;
use fake::Fake;

pub(super) const REGION: &str = "aws-eu-central-1";
pub(super) const OTHER: &str = "google-europe-west4";

fn quick() -> Transport {
    Transport::new(Settings {
        retry_for: std::time::Duration::from_millis(300),
        ..Settings::default()
    })
}

/// A provider for the fake, with the scope of `request`.
async fn aiven_with(fake: &Fake, request: Request) -> (Aiven, Transport) {
    let transport = quick();
    let environment = Environment::of(&[("AIVEN_TOKEN", fake::TOKEN)]);
    let request = Request {
        endpoint: Some(fake.endpoint()),
        ..request
    };
    let aiven = connect(&transport, &environment, &request).await.unwrap();
    (aiven, transport)
}

async fn aiven(fake: &Fake) -> (Aiven, Transport) {
    aiven_with(fake, Request::default()).await
}

fn scope(projects: &[&str], services: &[&str], regions: &[&str]) -> Request {
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    Request {
        projects: owned(projects),
        services: owned(services),
        regions: owned(regions),
        ..Request::default()
    }
}

fn targets(ids: &[&str]) -> Vec<Target> {
    let request = Request::default();
    ids.iter()
        .map(|id| super::parse(id, &request).unwrap())
        .collect()
}

async fn find(aiven: &Aiven, ids: &[&str]) -> Result<Found, ProviderError> {
    aiven.find(&targets(ids)).await
}

/// Consent to what was found, guards and all.
async fn approve(aiven: &Aiven, found: Found) -> Approved {
    let plan = plan(aiven, found).await;
    let consent = Consent {
        yes: true,
        expect: Some(plan.to_delete().count()),
        skip_refused: false,
        ..Consent::default()
    };
    match plan.seek(consent).unwrap() {
        Step::Approved(approved) => approved,
        Step::Ask(question) => panic!("{question:?}"),
    }
}

async fn plan(aiven: &Aiven, found: Found) -> Plan {
    let census = aiven
        .census(&found.backups.iter().collect::<Vec<_>>())
        .await
        .unwrap();
    let named: HashSet<_> = found
        .backups
        .iter()
        .map(|backup| backup.id.clone())
        .collect();
    let wishes = Wishes {
        named,
        allow_last: true,
        totals: found.totals,
        ..Wishes::default()
    };
    let decision = decide(found.backups, &census, &wishes);
    Plan {
        created_at: jiff::Timestamp::UNIX_EPOCH,
        sections: vec![Section {
            target: None,
            identity: aiven.identity().await.unwrap(),
            scope: serde_json::Value::Null,
            selection: Selection::default(),
        }],
        items: decision.items,
        absent: found.absent,
        remaining: decision.remaining,
        grave: decision.grave,
        notes: found.notes,
    }
}

/// Looks up, approves, deletes: one result a removal, and the backups that were to go.
async fn delete(
    fake: &Fake,
    ids: &[&str],
    meanwhile: impl FnOnce(&Fake),
) -> (Vec<Result<Accepted, ProviderError>>, Vec<Backup>, Aiven) {
    let (aiven, transport) = aiven(fake).await;
    let approved = approve(&aiven, find(&aiven, ids).await.unwrap()).await;
    let removals = aiven.removals(&approved).unwrap();
    let armed = transport.arm(&approved, &removals).unwrap();
    meanwhile(fake);
    let mut results = Vec::new();
    for removal in &removals {
        results.push(aiven.delete(removal).await);
    }
    drop(armed);
    let items = approved.items().iter().map(|item| (**item).clone());
    (results, items.collect(), aiven)
}

async fn read_back(aiven: &Aiven, backups: &[Backup]) -> Vec<String> {
    let backups: Vec<&Backup> = backups.iter().collect();
    aiven
        .read_back(&backups)
        .await
        .iter()
        .map(|reading| match reading {
            Reading::Gone(_) => "gone".to_owned(),
            Reading::Deleting => "deleting".to_owned(),
            Reading::Present(_) => "present".to_owned(),
            Reading::Unchanged(error) | Reading::Kept(error) | Reading::Unreadable(error) => {
                error.kind.word().to_owned()
            }
        })
        .collect()
}

fn group(container: &str) -> ArcStr {
    ArcStr::from(container)
}
