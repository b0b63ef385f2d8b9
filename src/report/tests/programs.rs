//! JSON, NDJSON, CSV, ids, and what holds for every format.

use serde_json::Value;

use super::{
    super::samples::{self, HOSTILE, hostile, named, piped, plan_of, terminal},
    *,
};
use crate::{
    backup::{BackupId, Outcome, Provider},
    run::record::Ended,
};

const FORMATS: [Format; 5] = [
    Format::Human,
    Format::Json,
    Format::Ndjson,
    Format::Csv,
    Format::Ids,
];

fn lines_of_json(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn s28_what_a_provider_wrote_is_harmless_in_every_format() {
    let mut failed = Deletion::of(&hostile(), Outcome::Failed);
    failed.message = Some(HOSTILE.to_owned());
    failed.hint = Some(HOSTILE.to_owned());
    failed.code = Some(HOSTILE.to_owned());
    failed.request_ids = vec![HOSTILE.to_owned()];
    let sample = Record {
        results: vec![failed],
        ended: Some(Ended::Credentials(HOSTILE.to_owned())),
        ..samples::record()
    };
    let mut planned = plan_of(vec![named(hostile())]);
    planned.sections[0].identity.alias = Some(HOSTILE.to_owned());
    planned.notes = vec![HOSTILE.to_owned()];
    for look in [piped(), terminal(40), terminal(80), terminal(1000)] {
        for format in FORMATS {
            let shown = [
                text(|out| backups(format, &[hostile()], &look, out)),
                text(|out| plan(format, &planned, DRY, &look, out)),
                text(|out| record(format, &sample, &look, out)),
                text(|out| result(format, &sample.results[0], out)),
            ];
            for shown in &shown {
                assert_harmless(shown);
            }
        }
    }
}

#[test]
fn a_list_in_json_holds_what_ndjson_holds_line_by_line() {
    let sample = samples::backups();
    let whole: Value =
        serde_json::from_str(&text(|out| backups(Format::Json, &sample, &piped(), out))).unwrap();
    let lines = lines_of_json(&text(|out| backups(Format::Ndjson, &sample, &piped(), out)));
    assert_eq!(whole["schema"], "bkdel.backups/v1");
    assert_eq!(whole["backups"], Value::Array(lines.clone()));
    assert!(lines.iter().all(|line| line["schema"] == "bkdel.backup/v1"));
}

#[test]
fn s19_a_dry_run_cannot_be_taken_for_a_run_in_json_either() {
    let sample = samples::plan();
    let whole: Value =
        serde_json::from_str(&text(|out| plan(Format::Json, &sample, DRY, &piped(), out))).unwrap();
    assert_eq!(whole["schema"], "bkdel.plan/v1");
    assert_eq!(whole["dry_run"], true);
    let lines = lines_of_json(&text(|out| {
        plan(Format::Ndjson, &sample, DRY, &piped(), out)
    }));
    let outcomes: Vec<&Value> = lines.iter().map(|line| &line["outcome"]).collect();
    assert_eq!(
        serde_json::to_value(outcomes).unwrap(),
        serde_json::json!(["would_delete", null, "would_delete", null, "already_absent"])
    );
    assert!(lines.iter().all(|line| line["dry_run"] == true));
    let item = &lines[0];
    assert_eq!(item["schema"], "bkdel.item/v1");
    assert_eq!(item["backup"], whole["items"][0]["backup"]);
    assert_eq!(item["fingerprint"], whole["items"][0]["fingerprint"]);
}

#[test]
fn results_stream_as_lines_and_nothing_is_written_twice() {
    let sample = samples::record();
    let streamed = text(|out| {
        let mut results = sample.results.iter();
        results.try_for_each(|one| result(Format::Ndjson, one, out))
    });
    let whole: Value =
        serde_json::from_str(&text(|out| record(Format::Json, &sample, &piped(), out))).unwrap();
    assert_eq!(whole["results"], Value::Array(lines_of_json(&streamed)));
    assert_eq!(
        text(|out| record(Format::Ndjson, &sample, &piped(), out)),
        ""
    );
    for format in [Format::Human, Format::Json, Format::Csv, Format::Ids] {
        assert_eq!(text(|out| result(format, &sample.results[0], out)), "");
    }
}

#[test]
fn ids_are_those_that_are_there_would_go_or_went() {
    let id = |snapshot: &str| format!("prod/arn:aws:ec2:eu-central-1::snapshot/{snapshot}\n");
    assert_eq!(
        text(|out| backups(Format::Ids, &samples::backups(), &piped(), out)),
        [id("snap-0a"), id("snap-0b"), id("snap-0c")].concat()
    );
    assert_eq!(
        text(|out| plan(Format::Ids, &samples::plan(), DRY, &piped(), out)),
        [id("snap-0a"), id("snap-0c")].concat()
    );
    let mut sample = samples::record();
    assert_eq!(
        text(|out| record(Format::Ids, &sample, &piped(), out)),
        id("snap-0a")
    );
    sample.dry_run = true;
    sample.results[1].outcome = Outcome::WouldDelete;
    assert_eq!(
        text(|out| record(Format::Ids, &sample, &piped(), out)),
        id("snap-0b")
    );
}

#[test]
fn s28_an_id_that_is_not_one_line_is_an_error_and_no_list() {
    let mut sample = samples::backups();
    sample[2].id = BackupId::new(Provider::Zilliz, "in01", "a\nin01/b");
    let mut out = Vec::new();
    let error = backups(Format::Ids, &sample, &piped(), &mut out).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(out.is_empty());
}

#[test]
fn csv_has_as_many_cells_in_every_record() {
    for shown in [
        text(|out| backups(Format::Csv, &samples::backups(), &piped(), out)),
        text(|out| plan(Format::Csv, &samples::plan(), DRY, &piped(), out)),
        text(|out| record(Format::Csv, &samples::record(), &piped(), out)),
    ] {
        let cells = |line: &str| {
            let mut quoted = false;
            line.chars()
                .filter(|c| {
                    quoted ^= *c == '"';
                    *c == ',' && !quoted
                })
                .count()
        };
        let header = cells(shown.lines().next().unwrap());
        assert!(shown.lines().all(|line| cells(line) == header), "{shown}");
        assert!(!shown.contains('\r'));
    }
}

/// A writer whose reader has gone.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn a_closed_pipe_is_told_as_such_in_every_format() {
    for format in FORMATS {
        let error = backups(format, &samples::backups(), &piped(), &mut Closed).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{format:?}");
    }
}
