//! Writing and reading the journal of ten thousand deletions: the disk must not be the limit.
//!
//! `cargo bench --bench journal`. Thirty-two requests are under way at once, as at AWS, and each waits until its intent is on
//! disk. Nothing here passes or fails.
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run should say so and end"
)]

use std::path::Path;

use bkdel::{
    backup::{BackupId, Deletion, Outcome, Provider},
    plan::Summary,
    run::journal::{
        Event, History, Journal, SCHEMA,
        entry::{Answer, Begin, By, End, Intent, Outline, Reached},
    },
};
use divan::counter::ItemsCount;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;

const DELETIONS: u64 = 10_000;
const AT_ONCE: usize = 32;

fn main() {
    divan::main();
}

fn begin() -> Begin {
    Begin {
        schema: SCHEMA.to_owned(),
        run_id: "bench".to_owned(),
        by: By {
            tool: "bench".to_owned(),
            host: None,
            user: None,
            identities: Vec::new(),
        },
        reason: None,
        items: 0,
        plan: Outline {
            sha256: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
            sections: Vec::new(),
            keepers: Vec::new(),
            grave: Vec::new(),
            absent: Vec::new(),
            notes: Vec::new(),
            summary: Summary::default(),
        },
    }
}

async fn delete(journal: &Journal, request: u64) {
    let id = BackupId::new(
        Provider::Aws,
        "prod",
        format!("arn:aws:ec2:eu-central-1::snapshot/snap-{request:017x}"),
    );
    let intent = Event::Intent(Intent {
        request,
        ids: vec![id.to_string()],
        method: "DELETE".to_owned(),
        url: format!(
            "https://backup.eu-central-1.amazonaws.com:443/backup-vaults/prod/recovery-points/{id}"
        ),
    });
    journal.on_disk(intent).await.unwrap();
    journal.note(Event::Answer(Answer {
        request,
        accepted: true,
        absent: false,
        sent: Reached::Answered,
        status: Some(200),
        kind: None,
        code: None,
        message: None,
        request_id: Some("1c3869d6-c66e-442f-a40e-be1d6a55b27e".to_owned()),
    }));
    journal.note(Event::Outcome {
        result: Box::new(Deletion::absent(id, Outcome::Deleted)),
    });
}

fn write(path: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let journal = Journal::begin(path, Timestamp::now(), begin(), std::iter::empty()).unwrap();
        stream::iter(0..DELETIONS)
            .for_each_concurrent(AT_ONCE, |request| delete(&journal, request))
            .await;
        let end = Event::End(End {
            ended: None,
            exit_code: 0,
            summary: serde_json::Map::new(),
        });
        journal.on_disk(end).await.unwrap();
    });
}

#[divan::bench(sample_count = 5)]
fn written(bencher: divan::Bencher<'_, '_>) {
    // Where the state folder would be, not on a memory disk.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut number = 0_u32;
    bencher.counter(ItemsCount::new(DELETIONS)).bench_local(|| {
        number = number.wrapping_add(1);
        write(&folder.path().join(format!("{number}.ndjson")));
    });
}

#[divan::bench(sample_count = 5)]
fn read_and_checked(bencher: divan::Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    write(&path);
    bencher
        .counter(ItemsCount::new(DELETIONS))
        .bench_local(|| History::open(&path).unwrap());
}
