//! What the renderers' tests render.

use std::sync::Arc;

use arcstr::ArcStr;
use jiff::Timestamp;

use super::Look;
use crate::{
    backup::{
        Attributes, Backup, BackupId, Deletion, Outcome, Protection, Provider, Scope, SideEffect,
        State,
    },
    plan::{Item, Plan, Reason, Remaining, Section, Selection, Verdict, fingerprint},
    provider::{ErrorKind, Identity, Keeper},
    run::record::Record,
    shared::Shared,
};

/// Red for whoever can be made to.
pub(super) const HOSTILE: &str =
    "\u{1b}]0;owned\u{7}\u{1b}[2J\n::error::boom ##[error]x\u{202E}=cmd()";

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn piped() -> Look {
    Look {
        color: false,
        width: None,
        now: at("2025-06-15T12:00:00Z"),
        terminal: false,
    }
}

pub(super) fn terminal(width: usize) -> Look {
    Look {
        width: Some(width),
        terminal: true,
        ..piped()
    }
}

fn volume(number: u32, snapshot: &str, created_at: &str, size_bytes: Option<u64>) -> Backup {
    let scope = Scope::new("prod")
        .with("account", Some("111122223333"))
        .with("region", Some("eu-central-1"))
        .with("vault", Some("prod"));
    let resource: ArcStr =
        format!("arn:aws:ec2:eu-central-1:111122223333:volume/vol-{number}").into();
    Backup {
        id: BackupId::new(
            Provider::Aws,
            "prod",
            format!("arn:aws:ec2:eu-central-1::snapshot/{snapshot}"),
        ),
        scope: Arc::new(scope),
        group: resource.clone(),
        resource: Some(resource),
        kind: Some("EBS".into()),
        name: None,
        created_at: Some(at(created_at)),
        timeless: false,
        expires_at: None,
        size_bytes,
        status: Some("COMPLETED".into()),
        state: State::Healthy,
        protection: Shared::default(),
        side_effect: None,
        parent: None,
        tags: None,
        attributes: Attributes::default(),
    }
}

pub(super) fn backups() -> Vec<Backup> {
    let locked = Protection::VaultLock {
        mode: "compliance",
        since: None,
    };
    vec![
        volume(1, "snap-0a", "2025-06-12T11:00:00Z", Some(4_509_715_660)),
        Backup {
            protection: [locked, Protection::LegalHold("case 7".to_owned())].into(),
            ..volume(1, "snap-0b", "2025-01-10T00:00:00Z", Some(1_048_576))
        },
        Backup {
            side_effect: Some(SideEffect::StopsContinuousBackup),
            ..volume(2, "snap-0c", "2023-05-01T00:00:00Z", None)
        },
    ]
}

/// Aiven's ids hold their whole scope, and are short enough for a table.
pub(super) fn regions() -> Vec<Backup> {
    let region = |service: &str, created_at: &str, size_bytes| {
        let scope = Scope::new(format!("acme/{service}"))
            .with("project", Some("acme"))
            .with("service", Some(service));
        let id = BackupId::new(
            Provider::Aiven,
            format!("acme/{service}"),
            "aws-eu-central-1",
        );
        Backup {
            id,
            scope: Arc::new(scope),
            status: Some("RUNNING".into()),
            resource: Some(service.into()),
            kind: Some("pg".into()),
            ..volume(1, "x", created_at, size_bytes)
        }
    };
    vec![
        region("pg-main", "2025-06-14T12:00:00Z", Some(2048)),
        Backup {
            created_at: None,
            timeless: true,
            protection: [Protection::TerminationProtection].into(),
            ..region("kafka", "2025-06-14T12:00:00Z", None)
        },
    ]
}

/// A backup whose every free text is hostile.
pub(super) fn hostile() -> Backup {
    let mut backup = volume(3, "snap-0d", "2025-06-01T00:00:00Z", Some(1));
    backup.name = Some(HOSTILE.to_owned().into());
    backup.status = Some(HOSTILE.into());
    backup.resource = Some(HOSTILE.into());
    backup.protection = [Protection::LegalHold(HOSTILE.to_owned())].into();
    backup
}

pub(super) fn identity() -> Identity {
    Identity {
        provider: Provider::Aws,
        account: Some("111122223333".to_owned()),
        alias: Some("acme-prod".to_owned()),
        principal: Some("arn:aws:sts::111122223333:assumed-role/ops/jane".to_owned()),
        source: "profile prod".to_owned(),
        endpoint: "https://backup.eu-central-1.amazonaws.com".to_owned(),
        endpoint_overridden: false,
    }
}

fn item(backup: Backup, reasons: Vec<Reason>) -> Item {
    let refused = reasons.iter().any(|reason| {
        matches!(
            reason,
            Reason::Protected(_) | Reason::SideEffect(_) | Reason::LastHealthy
        )
    });
    Item {
        fingerprint: fingerprint(&backup),
        verdict: if refused {
            Verdict::Keep
        } else {
            Verdict::Delete
        },
        backup: backup.into(),
        reasons: reasons.into(),
        refused,
        section: 0,
    }
}

pub(super) fn plan_of(items: Vec<Item>) -> Plan {
    Plan {
        created_at: at("2025-06-15T12:00:00Z"),
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

pub(super) fn named(backup: Backup) -> Item {
    item(backup, vec![Reason::Named])
}

pub(super) fn plan() -> Plan {
    let mut items = Vec::new();
    for backup in backups() {
        let mut reasons = vec![Reason::Named];
        let protection = backup.protection.iter().cloned();
        reasons.extend(protection.map(Box::new).map(Reason::Protected));
        reasons.extend(backup.side_effect.map(Reason::SideEffectAllowed));
        items.push(item(backup, reasons));
    }
    let mut last = volume(4, "snap-0e", "2025-06-15T11:30:00Z", Some(100));
    last.resource = None;
    items.push(item(last, vec![Reason::Named, Reason::LastHealthy]));
    let mut plan = plan_of(items);
    plan.absent = vec![BackupId::new(
        Provider::Aws,
        "prod",
        "arn:aws:ec2:eu-central-1::snapshot/snap-0f",
    )];
    let keeper = |id: &str, created_at| Keeper {
        id: id.to_owned(),
        place: "dr".to_owned(),
        created_at: Some(at(created_at)),
    };
    let keepers = vec![
        keeper("dr/snap-1", "2025-06-01T00:00:00Z"),
        keeper("dr/snap-2", "2025-06-13T00:00:00Z"),
    ];
    let volume = |number| format!("arn:aws:ec2:eu-central-1:111122223333:volume/vol-{number}");
    plan.remaining = vec![
        Remaining {
            group: "group".into(),
            resource: volume(1),
            keepers: Some(keepers),
        },
        Remaining {
            group: "group".into(),
            resource: volume(2),
            keepers: Some(Vec::new()),
        },
        Remaining {
            group: "group".into(),
            resource: volume(5),
            keepers: None,
        },
    ];
    plan.grave = vec!["prod".to_owned()];
    plan.notes = vec!["tags could not be read".to_owned()];
    plan
}

pub(super) fn record() -> Record {
    let of = |backup: &Backup, outcome| Deletion {
        attempts: 1,
        ..Deletion::of(backup, outcome)
    };
    let failed = |backup: &Backup| Deletion {
        kind: Some(ErrorKind::Permission),
        code: Some("AccessDeniedException".to_owned()),
        message: Some("not authorized to perform backup:DeleteRecoveryPoint".to_owned()),
        hint: Some("see what is missing with: bkdel doctor aws --print-policy".to_owned()),
        request_ids: vec!["req-1".to_owned()],
        ..of(backup, Outcome::Failed)
    };
    let backups = backups();
    Record {
        run_id: "20250615T120000Z-7f3a".to_owned(),
        dry_run: false,
        plan_sha256: "0".repeat(64),
        identities: vec![identity()],
        reason: None,
        started_at: at("2025-06-15T12:00:00Z"),
        finished_at: at("2025-06-15T12:01:00Z"),
        results: vec![
            Deletion {
                verified_at: Some(at("2025-06-15T12:00:30Z")),
                ..of(&backups[0], Outcome::Deleted)
            },
            failed(&backups[1]),
            failed(&volume(4, "snap-0e", "2025-06-15T11:30:00Z", Some(100))),
            Deletion {
                message: Some("still listed as DELETING".to_owned()),
                ..of(&backups[2], Outcome::Pending)
            },
        ],
        ended: None,
    }
}

/// Texts put together from the pieces that hurt, in every order of three, always the same.
pub(crate) fn odd_texts() -> Vec<String> {
    const PIECES: [&str; 26] = [
        "",
        "a",
        " ",
        "\u{a0}",
        "::",
        ":",
        "#",
        "##[",
        "[",
        "=",
        "+1",
        "-",
        "@",
        "\t",
        "\r",
        "\n",
        "\"",
        ",",
        "\u{1b}[2J",
        "\u{9b}",
        "\u{202E}",
        "\u{200B}",
        "\u{2028}",
        "夜",
        "\u{E0041}",
        "\u{0}",
    ];
    let mut texts = Vec::new();
    for first in PIECES {
        for second in PIECES {
            for third in PIECES {
                texts.push(format!("{first}{second}{third}"));
            }
        }
    }
    texts
}
