//! From bytes to what is decided on: a page of a vault's list, and a saved plan.
//!
//! `cargo bench --bench parsing`. The page comes over loopback, as every page comes over the transport, together with the
//! lists of vaults and of legal holds. Nothing here passes or fails.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run should say so and end"
)]

mod backups;

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::Arc,
    thread,
};

use backups::{backups, end};
use bkdel::{
    backup::{Identity, Provider},
    environment::Environment,
    plan::{Item, Plan, Reason, Section, Selection, Verdict, fingerprint, saved::Saved},
    provider::{
        Inventory, Wants,
        aws::{self, Aws},
    },
    transport::{Settings, Transport},
};
use divan::counter::{BytesCount, ItemsCount};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// AWS' largest page.
const POINTS: usize = 1_000;

/// The SDK takes credentials from the process's own environment, so this is started once more with some.
const ENVIRONMENT: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AKIDBENCH"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    ("AWS_REGION", "eu-central-1"),
];

fn main() {
    if ENVIRONMENT
        .iter()
        .all(|(name, value)| std::env::var(name).is_ok_and(|known| known == *value))
    {
        return divan::main();
    }
    let itself = std::env::current_exe().unwrap();
    let mut child = Command::new(itself);
    child.args(std::env::args_os().skip(1));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        child.env_remove(name);
    }
    assert!(child.envs(ENVIRONMENT).status().unwrap().success());
}

fn vaults() -> Value {
    json!({"BackupVaultList": [{
        "BackupVaultName": "prod",
        "BackupVaultArn": "arn:aws:backup:eu-central-1:111122223333:backup-vault:prod",
        "VaultType": "BACKUP_VAULT",
        "NumberOfRecoveryPoints": POINTS,
        "Locked": false,
    }]})
}

fn page() -> Value {
    let point = |number: usize| {
        json!({
            "RecoveryPointArn": format!("arn:aws:ec2:eu-central-1::snapshot/snap-{number:017x}"),
            "BackupVaultName": "prod",
            "BackupVaultArn": "arn:aws:backup:eu-central-1:111122223333:backup-vault:prod",
            "ResourceArn": format!("arn:aws:ec2:eu-central-1:111122223333:volume/vol-{:017x}", number % 20),
            "ResourceType": "EBS",
            "ResourceName": "web-data",
            "IamRoleArn": "arn:aws:iam::111122223333:role/service-role/AWSBackupDefaultServiceRole",
            "Status": "COMPLETED",
            "CreationDate": 1_750_000_000.5 - 3600.0 * f64::from(u16::try_from(number).unwrap()),
            "CompletionDate": 1_750_000_000.5,
            "BackupSizeInBytes": 1_u64 << 30,
            "CreatedBy": {
                "BackupPlanId": "11111111-2222-3333-4444-555555555555",
                "BackupPlanArn": "arn:aws:backup:eu-central-1:111122223333:backup-plan:11111111-2222-3333-4444-555555555555",
                "BackupPlanVersion": "1",
                "BackupRuleId": "daily",
            },
            "CalculatedLifecycle": {"DeleteAt": 1_790_000_000.0},
            "Lifecycle": {"DeleteAfterDays": 365},
            "IsEncrypted": true,
            "IsParent": false,
        })
    };
    json!({"RecoveryPoints": (0..POINTS).map(point).collect::<Vec<_>>()})
}

/// Answers whatever it is asked with one of three answers that are there already.
fn serve(page: &str) -> String {
    let answers = Arc::new([
        page.to_owned(),
        vaults().to_string(),
        json!({"LegalHolds": []}).to_string(),
    ]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answers = Arc::clone(&answers);
            thread::spawn(move || converse(stream.unwrap(), &answers));
        }
    });
    format!("http://{address}")
}

fn converse(mut stream: TcpStream, [page, vaults, holds]: &[String; 3]) {
    stream.set_nodelay(true).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    while let Some(Ok(first)) = lines.next() {
        // No request of these has a body.
        lines
            .by_ref()
            .find(|line| line.as_ref().is_ok_and(String::is_empty));
        let body = if first.contains("/recovery-points") {
            page
        } else if first.contains("/legal-holds") {
            holds
        } else {
            vaults
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream
            .write_all(&[head.as_bytes(), body.as_bytes()].concat())
            .unwrap();
    }
}

async fn connect(endpoint: String) -> Aws {
    let request = aws::Request {
        endpoint: Some(endpoint),
        ..aws::Request::default()
    };
    let environment = Environment::of_process();
    let transport = Transport::new(Settings::default());
    let connected = aws::connect(&transport, &environment, request, &[]).await;
    connected.unwrap().remove(0)
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn a_page_of_a_thousand(bencher: divan::Bencher<'_, '_>) {
    let page = page().to_string();
    let runtime: Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let aws = runtime.block_on(connect(serve(&page)));
    let wants = Wants::default();
    let read = || {
        let survey = runtime.block_on(aws.survey(&wants, &|_| {})).unwrap();
        assert_eq!(survey.backups.len(), POINTS);
    };
    // Until the pace has found out that nothing is refused here.
    (0..100).for_each(|_| read());
    bencher
        .counter(ItemsCount::new(POINTS))
        .counter(BytesCount::new(page.len()))
        .bench_local(read);
}

fn plan(count: u64) -> Vec<u8> {
    let item = |backup| Item {
        fingerprint: fingerprint(&backup),
        backup: Arc::new(backup),
        verdict: Verdict::Delete,
        reasons: [Reason::Everything].into(),
        refused: false,
        section: 0,
    };
    let plan = Plan {
        created_at: end(),
        sections: vec![Section {
            target: None,
            identity: Identity::unknown(Provider::Aws),
            scope: Value::Null,
            selection: Selection::default(),
        }],
        items: backups(count).into_iter().map(item).collect(),
        absent: Vec::new(),
        remaining: Vec::new(),
        grave: Vec::new(),
        notes: Vec::new(),
    };
    serde_json::to_vec(&plan.document(false).unwrap()).unwrap()
}

#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 5, sample_size = 1)]
fn a_saved_plan(bencher: divan::Bencher<'_, '_>, count: u64) {
    let text = plan(count);
    bencher
        .counter(ItemsCount::new(count))
        .counter(BytesCount::new(text.len()))
        .bench(|| Saved::read(&text).unwrap());
}
