//! Journals that were written and are read again: whole, cut and changed.

use std::{fs, io::Write, path::Path};

use jiff::Timestamp;
use serde_json::Map;

use super::{
    Event, History, Journal, SCHEMA, Unfit,
    entry::{Begin, By, End, Intent, Outline},
    writer::{Unopened, open_locked},
};
use crate::{
    backup::{Deletion, Outcome, samples::backup},
    plan::{Item, Summary, samples::item},
};

fn begin(items: usize) -> Begin {
    Begin {
        schema: SCHEMA.to_owned(),
        run_id: "run".to_owned(),
        by: By {
            tool: "bkdel 0".to_owned(),
            host: Some("host".to_owned()),
            user: None,
            identities: Vec::new(),
        },
        reason: Some("why".to_owned()),
        items,
        plan: Outline {
            sha256: "ab".to_owned(),
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

fn intent(request: u64, name: &str) -> Event {
    Event::Intent(Intent {
        request,
        ids: vec![backup(name).id.to_string()],
        method: "DELETE".to_owned(),
        url: "https://example.com:443/x".to_owned(),
    })
}

fn outcome(name: &str, outcome: Outcome) -> Event {
    Event::Outcome {
        result: Box::new(Deletion::of(&backup(name), outcome)),
    }
}

fn end() -> Event {
    Event::End(End {
        ended: None,
        exit_code: 0,
        summary: Map::new(),
    })
}

fn items() -> Vec<Item> {
    ["a", "b", "c"].map(|name| item(backup(name))).into()
}

/// A journal of three backups: one deleted, one asked for, one whose turn has not come.
async fn written(path: &Path) {
    let items = items();
    let journal = Journal::begin(path, Timestamp::now(), begin(3), items.iter()).unwrap();
    journal.on_disk(intent(0, "a")).await.unwrap();
    journal.note(outcome("a", Outcome::Deleted));
    journal.on_disk(intent(1, "b")).await.unwrap();
}

#[tokio::test]
async fn s20_what_was_written_is_read_and_every_item_is_accounted_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    written(&path).await;
    let history = History::open(&path).unwrap();
    assert_eq!(history.begin.run_id, "run");
    assert_eq!(history.items.len(), 3);
    assert_eq!(history.requests.len(), 2);
    assert!(!history.is_finished());
    assert_eq!(history.torn, None);
    let outcomes: Vec<(String, Outcome)> = history
        .accounted()
        .iter()
        .map(|result| (result.id.name().to_owned(), result.outcome))
        .collect();
    assert_eq!(
        outcomes,
        [
            ("a".to_owned(), Outcome::Deleted),
            ("b".to_owned(), Outcome::Unknown),
            ("c".to_owned(), Outcome::NotAttempted)
        ]
    );
}

#[tokio::test]
async fn s20_a_journal_is_its_owners_alone_and_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    written(&path).await;
    let before = fs::read(&path).unwrap();
    let again = Journal::begin(&path, Timestamp::now(), begin(0), std::iter::empty());
    assert!(matches!(again, Err(Unopened::Exists(_))), "{again:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[tokio::test]
async fn s21_a_journal_is_locked_while_it_is_written_and_not_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    let journal = Journal::begin(&path, Timestamp::now(), begin(0), std::iter::empty()).unwrap();
    assert!(matches!(open_locked(&path), Err(Unopened::Locked(_))));
    // What is being written can be read.
    History::open(&path).unwrap();
    journal.on_disk(end()).await.unwrap();
    drop(journal);
    open_locked(&path).unwrap();
}

#[tokio::test]
async fn s20_a_journal_that_is_removed_or_replaced_is_lost() {
    for replaced in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.ndjson");
        let journal =
            Journal::begin(&path, Timestamp::now(), begin(0), std::iter::empty()).unwrap();
        journal.on_disk(intent(0, "a")).await.unwrap();
        fs::remove_file(&path).unwrap();
        if replaced {
            fs::write(&path, "").unwrap();
        }
        let lost = journal.on_disk(intent(1, "b")).await.unwrap_err();
        assert!(lost.path.contains("run.ndjson"), "{lost}");
        assert_eq!(journal.lost().await, lost);
        assert_eq!(journal.on_disk(end()).await, Err(lost));
    }
}

/// Goes on with a journal as `resume` does.
async fn gone_on_with(path: &Path) {
    let history = History::open(path).unwrap();
    let file = open_locked(path).unwrap();
    let journal = Journal::resume(path, file, history.head, history.end).unwrap();
    journal.on_disk(end()).await.unwrap();
}

#[tokio::test]
async fn s21_a_torn_last_line_is_told_and_cut_off_when_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    written(&path).await;
    let whole = fs::read(&path).unwrap();
    let last_line = whole[..whole.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap()
        + 1;
    for cut in last_line..whole.len() {
        for zeros in [0, 512] {
            let path = folder.path().join(format!("{cut}-{zeros}.ndjson"));
            let mut file = fs::File::create(&path).unwrap();
            file.write_all(&whole[..cut]).unwrap();
            if cut < whole.len() - 1 {
                file.write_all(&vec![0; zeros]).unwrap();
            }
            let history = History::open(&path).unwrap();
            // The line feed alone makes no difference.
            let is_torn = cut < whole.len() - 1 && cut + zeros > last_line;
            assert_eq!(history.torn.is_some(), is_torn, "{cut} {zeros}");
            assert_eq!(
                history.requests.len(),
                if cut == whole.len() - 1 { 2 } else { 1 }
            );
            gone_on_with(&path).await;
            let history = History::open(&path).unwrap();
            assert_eq!(history.torn, None);
            assert!(history.is_finished());
        }
    }
}

#[tokio::test]
async fn s26_a_change_of_any_byte_and_a_missing_line_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    written(&path).await;
    gone_on_with(&path).await;
    let whole = fs::read(&path).unwrap();
    let mut line = 1;
    for place in 0..whole.len() {
        for other in [b' ', b'"', b'}', b'\n', b'0', 0, whole[place] ^ 1] {
            if other == whole[place] {
                continue;
            }
            let mut changed = whole.clone();
            changed[place] = other;
            match History::read(&*changed) {
                Err(Unfit::Broken { line: found, .. }) => assert_eq!(found, line, "byte {place}"),
                // In the first line the mark of a journal can be lost.
                Err(Unfit::NotOurs(_) | Unfit::Schema(_)) => assert_eq!(line, 1),
                found => panic!("byte {place} as {other}: {found:?}"),
            }
        }
        if whole[place] == b'\n' {
            line += 1;
        }
    }
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    for missing in 0..lines.len() - 1 {
        let rest: Vec<u8> = lines
            .iter()
            .enumerate()
            .filter(|(number, _)| *number != missing)
            .flat_map(|(_, line)| line.iter().copied())
            .collect();
        assert!(
            History::read(&*rest).is_err(),
            "without line {}",
            missing + 1
        );
    }
    // Its plan is there whole, or it is no journal.
    let head: Vec<u8> = lines[..3].concat();
    assert!(matches!(
        History::read(&*head),
        Err(Unfit::Broken { line: 4, .. })
    ));
}

#[test]
fn a_file_that_is_none_of_ours_is_told_from_a_changed_one() {
    let read = |text: &str| History::read(text.as_bytes()).unwrap_err();
    for (text, says) in [
        ("", "it is empty"),
        ("hello", "none of a journal"),
        ("{\"schema\":\"bkdel.plan/v1\"}\n", "bkdel.plan/v1"),
        ("[1,2]\n", "none of a journal"),
    ] {
        let unfit = read(text);
        assert!(
            matches!(&unfit, Unfit::NotOurs(why) if why.contains(says)),
            "{text}: {unfit}"
        );
    }
    let newer = read("{\"schema\":\"bkdel.journal/v2\"}\n");
    assert!(matches!(newer, Unfit::Schema(_)), "{newer}");
    let changed = read("{\"event\":\"begin\",\"schema\":\"bkdel.journal/v1\"}\n");
    assert!(
        matches!(changed, Unfit::Broken { line: 1, .. }),
        "{changed}"
    );
}
