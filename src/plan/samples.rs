//! Plans for tests.

use jiff::Timestamp;

use super::{
    Approved, Item, Plan, Reason, Section, Selection, Verdict,
    consent::{Consent, Step},
    fingerprint,
};
use crate::{
    backup::{Backup, Provider},
    provider::Identity,
};

pub(crate) fn identity() -> Identity {
    Identity {
        provider: Provider::Zilliz,
        account: Some("org-1".to_owned()),
        alias: Some("acme".to_owned()),
        principal: None,
        source: "ZILLIZ_API_KEY".to_owned(),
        endpoint: "https://api.example".to_owned(),
        endpoint_overridden: false,
    }
}

/// A backup that was named, and goes.
pub(crate) fn item(backup: Backup) -> Item {
    Item {
        fingerprint: fingerprint(&backup),
        backup: backup.into(),
        verdict: Verdict::Delete,
        reasons: [Reason::Named].into(),
        refused: false,
        section: 0,
    }
}

pub(crate) fn plan(items: Vec<Item>) -> Plan {
    Plan {
        created_at: Timestamp::UNIX_EPOCH,
        sections: vec![Section {
            target: None,
            identity: identity(),
            scope: serde_json::Value::Null,
            selection: Selection::default(),
        }],
        items,
        absent: Vec::new(),
        remaining: Vec::new(),
        grave: Vec::new(),
        notes: Vec::new(),
    }
}

/// Consent to everything that the plan wants deleted.
pub(crate) fn approved(plan: &Plan) -> Approved {
    let consent = Consent {
        yes: true,
        expect: Some(plan.backups_to_delete().count()),
        skip_refused: true,
        ..Consent::default()
    };
    match plan.seek(consent).unwrap() {
        Step::Approved(approved) => approved,
        Step::Ask(question) => panic!("{question:?}"),
    }
}
