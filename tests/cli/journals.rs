//! Journals of runs that never were, with a chain that holds.

use std::{fs, path::PathBuf};

use bkdel::run::journal::chain::Head;
use serde_json::{Value, json};

use crate::world::World;

pub(crate) const RUN: &str = "20260301T020000Z-7f3a";

/// Lines as a journal has them.
pub(crate) struct Journal {
    pub lines: Vec<Value>,
}

pub(crate) fn id(number: usize) -> String {
    format!("prod/arn:aws:ec2:eu-central-1::snapshot/snap-{number:017x}")
}

pub(crate) fn identity() -> Value {
    json!({
        "provider": "aws", "account": "111122223333", "alias": "acme-prod", "principal": "arn:aws:sts::111122223333:assumed-role/ops/jane",
        "source": "profile prod", "endpoint": "https://backup.eu-central-1.amazonaws.com", "endpoint_overridden": false,
    })
}

impl Journal {
    /// A run over these outcomes; `kept` and `protected` are what its plan keeps.
    pub(crate) fn of(outcomes: &[&str], text: &str) -> Self {
        let at = "2026-03-01T02:00:00Z";
        let mut lines = vec![json!({
            "event": "begin", "schema": "bkdel.journal/v1", "run_id": RUN, "tool": "bkdel 0.1.0", "host": "ci-7", "user": "jane",
            "identities": [identity()], "reason": text, "items": outcomes.len(),
            "plan": {
                "sha256": "ab".repeat(32), "created_at": at,
                "sections": [{"target": null, "identity": identity(), "scope": null, "selection": {
                    "ids": [], "from": [], "inputs_sha256": null, "allowed": [], "unread": [], "older-than": "20d",
                }}],
                "keepers": [{"group": text, "resource": text, "keepers": [{"id": "dr/kept", "place": "dr", "created_at": at}]}],
                "grave": [], "absent": [], "notes": [], "summary": {},
            },
            "at": at,
        })];
        for (number, outcome) in outcomes.iter().enumerate() {
            let kept = matches!(*outcome, "kept" | "protected");
            lines.push(json!({
                "event": "item",
                "backup": {
                    "provider": "aws", "id": id(number), "scope": {"vault": "prod"}, "resource": text, "type": "EBS", "name": text,
                    "created_at": at, "expires_at": null, "size_bytes": null, "status": "COMPLETED", "healthy": true,
                    "protection": if *outcome == "protected" { json!(["legal_hold"]) } else { json!([]) },
                },
                "verdict": if kept { "keep" } else { "delete" }, "reasons": [text], "fingerprint": "0".repeat(64), "refused": false,
                "section": 0, "group": text, "at": at,
            }));
        }
        let mut request = 0;
        for (number, outcome) in outcomes.iter().enumerate() {
            if matches!(*outcome, "kept" | "protected" | "") {
                continue;
            }
            lines.push(json!({
                "event": "intent", "request": request, "ids": [id(number)], "method": "DELETE",
                "url": format!("https://backup.eu-central-1.amazonaws.com/{number}"), "at": at,
            }));
            request += 1;
            let deleted = *outcome == "deleted";
            lines.push(json!({
                "event": "outcome", "at": at,
                "result": {
                    "provider": "aws", "id": id(number), "scope": {"vault": "prod"}, "resource": text, "outcome": outcome,
                    "kind": if deleted { Value::Null } else { json!("permission") }, "code": null,
                    "message": if deleted { Value::Null } else { json!(text) }, "hint": if deleted { Value::Null } else { json!("bkdel doctor aws") },
                    "request_ids": [format!("req-{number}")], "attempts": 1, "sent_at": at,
                    "verified_at": if deleted { json!("2026-03-01T02:00:03Z") } else { Value::Null },
                    "verified_by": if deleted { json!("DescribeRecoveryPoint") } else { Value::Null }, "size_bytes": 7,
                },
            }));
        }
        Self { lines }
    }

    pub(crate) fn ended(mut self) -> Self {
        self.lines.push(json!({
            "event": "end", "ended": null, "exit_code": 3, "summary": {}, "at": "2026-03-01T02:01:00Z",
        }));
        self
    }

    fn text(&self) -> String {
        let mut head = Head::default();
        let lines = self.lines.iter();
        lines.map(|line| head.seal(&line.to_string())).collect()
    }

    /// Where `report` looks for it.
    pub(crate) fn kept_in(&self, world: &World, run: &str) -> PathBuf {
        let folder = world.home().join(".local/state/bkdel/runs");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{run}.ndjson"));
        fs::write(&path, self.text()).unwrap();
        path
    }
}
