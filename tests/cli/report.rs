//! Reports on runs and on saved plans, in every form.

use std::fs::{self, File};

use bkdel::run::journal::chain::Head;
use quick_xml::{Reader, events::Event};
use serde_json::{Value, json};

use crate::{
    journals::{Journal, RUN, id, identity},
    world::{Ran, World},
};

const HOSTILE: &str =
    "</script><script>x</script>\u{1b}[31m\u{0}\u{202E}\" '&]]>|`@team\n::error::x";
pub(crate) const FORMS: [&str; 5] = ["html", "markdown", "json", "csv", "junit"];

pub(crate) fn mixed() -> Journal {
    let outcomes = [
        "deleted",
        "failed",
        "unknown",
        "skipped",
        "kept",
        "protected",
        "deleted",
    ];
    Journal::of(&outcomes, "nightly").ended()
}

pub(crate) fn report(world: &World, run: &str, form: &str) -> Ran {
    world.bkdel(&["report", run, "-o", form])
}

#[test]
fn a_run_is_reported_on_in_every_form_by_every_name_that_it_has() {
    let world = World::new();
    let path = mixed().kept_in(&world, RUN);
    for form in FORMS {
        let whole = report(&world, RUN, form);
        whole.exits(0);
        assert!(whole.out.contains(&id(1)), "{form}: {}", whole.out);
        assert_eq!(whole.err, "");
        let elsewhere = world.home().join("a copy");
        fs::copy(&path, &elsewhere).unwrap();
        let copied = report(&world, elsewhere.to_str().unwrap(), form);
        copied.exits(0);
        assert!(copied.out.contains(&id(1)), "{form}");
        for name in ["last", "20260301", path.to_str().unwrap()] {
            assert_eq!(report(&world, name, form).out, whole.out, "{form} {name}");
        }
    }
    // What nobody said otherwise is Markdown.
    let plain = world.bkdel(&["report", "last"]);
    assert_eq!(plain.out, report(&world, "last", "markdown").out);
    assert!(
        plain
            .out
            .starts_with("## bkdel run: 1 failed, 1 unknown, 1 skipped, 2 deleted\n")
    );
    for word in [
        "NIST SP 800-88r2",
        "`dr/kept`",
        "by DescribeRecoveryPoint",
        "`bkdel doctor aws`",
        "`req-1`",
    ] {
        assert!(plain.out.contains(word), "{word}");
    }
}

#[test]
fn the_json_of_a_run_is_its_document_and_more() {
    let world = World::new();
    let path = mixed().kept_in(&world, RUN);
    let document = report(&world, "last", "json").json();
    let last = fs::read_to_string(path).unwrap();
    let mut head = Head::default();
    head.check(last.lines().next().unwrap().as_bytes()).unwrap();
    assert_eq!(document["schema"], "bkdel.run/v1");
    assert_eq!(document["run_id"], RUN);
    assert_eq!(document["dry_run"], false);
    assert_eq!(document["plan_sha256"], "ab".repeat(32));
    assert_eq!(document["identity"]["account"], "111122223333");
    assert_eq!(document["finished_at"], "2026-03-01T02:01:00Z");
    assert_eq!(document["summary"]["deleted"], 2);
    assert_eq!(document["results"].as_array().unwrap().len(), 5);
    assert_eq!(document["state"], "finished");
    assert_eq!(document["exit_code"], 3);
    assert_eq!(document["user"], "jane");
    assert_eq!(document["items"].as_array().unwrap().len(), 7);
    assert_eq!(document["requests"][0]["method"], "DELETE");
    assert_eq!(
        document["plan"]["keepers"][0]["keepers"][0]["id"],
        "dr/kept"
    );
    assert_eq!(document["goes"][0]["what"], "begin");
    assert_eq!(document["journal"]["lines"], last.lines().count());
    assert_eq!(document["journal"]["torn"], Value::Null);
    assert_eq!(
        document["journal"]["head_sha256"].as_str().unwrap().len(),
        64
    );
}

/// The elements of a document that a parser took, with how many there are of each name.
pub(crate) fn elements(text: &str) -> std::collections::BTreeMap<String, usize> {
    let mut reader = Reader::from_str(text);
    let mut found = std::collections::BTreeMap::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                for attribute in element.attributes() {
                    attribute.unwrap();
                }
                let name = format!("{:?}", element.name());
                let name = name.trim_start_matches("QName(\"").trim_end_matches("\")");
                *found.entry(name.to_owned()).or_default() += 1;
            }
            Event::Eof => return found,
            Event::End(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

#[test]
fn s28_ci_shows_failures_as_failures_and_no_text_breaks_the_xml() {
    let world = World::new();
    let outcomes = [
        "deleted",
        "failed",
        "unknown",
        "pending",
        "unverified",
        "skipped",
        "not_attempted",
        "kept",
    ];
    Journal::of(&outcomes, HOSTILE).ended().kept_in(&world, RUN);
    let ran = report(&world, "last", "junit");
    ran.exits(0);
    assert!(
        ran.out
            .contains(r#"tests="7" failures="1" errors="3" skipped="2" time="3.000""#),
        "{}",
        ran.out
    );
    let found = elements(&ran.out);
    let count = |name: &str| {
        found
            .iter()
            .filter(|(found, _)| found.contains(name))
            .map(|(_, count)| count)
            .sum::<usize>()
    };
    assert_eq!(
        [
            count("testcase"),
            count("failure"),
            count("error"),
            count("skipped")
        ],
        [7, 1, 3, 2],
        "{found:?}"
    );
    assert!(ran.out.contains("hint: bkdel doctor aws"));
    assert!(!ran.out.contains(['\u{0}', '\u{1b}']));
}

#[test]
fn s28_what_a_provider_wrote_is_text_in_every_form() {
    let world = World::new();
    Journal::of(&["deleted", "failed", "kept"], HOSTILE).kept_in(&world, RUN);
    for form in FORMS {
        let ran = report(&world, "last", form);
        ran.exits(0);
        assert!(
            !ran.out.contains('\u{1b}') && !ran.out.contains('\u{202E}'),
            "{form}"
        );
        if form == "html" {
            assert!(!ran.out.contains("<script>x"), "{}", ran.out);
            assert_eq!(ran.out.matches("</script>").count(), 2);
            assert!(ran.out.contains("default-src &#39;none&#39;"));
        }
    }
}

#[test]
fn a_page_loads_nothing_and_is_one_file() {
    let world = World::new();
    mixed().kept_in(&world, RUN);
    let page = report(&world, "last", "html").out;
    for attribute in [" src=", "@import", "url(", "<link", "<img", "<iframe"] {
        assert!(!page.contains(attribute), "{attribute}");
    }
}

#[test]
fn s29_a_report_is_written_whole_and_for_its_owner_alone() {
    let world = World::new();
    mixed().kept_in(&world, RUN);
    for form in FORMS {
        let ran = world.bkdel(&["report", "last", "-o", form, "--out", "report.file"]);
        ran.exits(0);
        assert_eq!(ran.out, "");
        let path = world.home().join("report.file");
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            report(&world, "last", form).out
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }
}

#[test]
fn a_run_that_is_killed_has_no_end_and_accounts_for_everything() {
    let world = World::new();
    let path = Journal::of(&["deleted", "", "kept"], "nightly").kept_in(&world, RUN);
    let mut text = fs::read_to_string(&path).unwrap();
    let document = report(&world, "last", "json").json();
    assert_eq!(document["state"], "interrupted");
    assert_eq!(document["finished_at"], Value::Null);
    assert_eq!(document["results"][1]["outcome"], "not_attempted");
    // Half a line more, as a crash leaves it.
    text.push_str("{\"event\":\"outc");
    fs::write(&path, &text).unwrap();
    let torn = report(&world, "last", "json").json();
    assert_eq!(torn["journal"]["torn"], json!({"line": 7, "bytes": 14}));
    let page = report(&world, "last", "markdown").out;
    assert!(
        page.contains("bkdel resume") && page.contains("**Torn**"),
        "{page}"
    );
}

#[test]
fn s21_a_run_that_goes_on_is_reported_as_such_and_not_disturbed() {
    let world = World::new();
    let path = Journal::of(&["deleted", ""], "nightly").kept_in(&world, RUN);
    let writer = File::options().append(true).open(&path).unwrap();
    writer.try_lock().unwrap();
    let document = report(&world, "last", "json").json();
    assert_eq!(document["state"], "going_on");
    assert_eq!(document["finished_at"], Value::Null);
    assert_eq!(
        document["results"][1]["message"],
        "the run is still going on"
    );
    for form in ["html", "markdown"] {
        let page = report(&world, "last", form).out;
        assert!(
            page.contains("still going on") && page.contains("no end yet"),
            "{page}"
        );
    }
    drop(writer);
    File::options()
        .append(true)
        .open(&path)
        .unwrap()
        .try_lock()
        .unwrap();
    assert_eq!(
        report(&world, "last", "json").json()["state"],
        "interrupted"
    );
}

#[test]
fn a_deletion_is_attributed_to_whoever_went_on_with_the_run() {
    let world = World::new();
    let mut run = Journal::of(&["deleted", "deleted"], "nightly");
    let outcome = run.lines.pop().unwrap();
    let intent = run.lines.pop().unwrap();
    let mut john = identity();
    john["principal"] = json!("arn:aws:sts::111122223333:assumed-role/ops/john");
    run.lines.push(json!({
        "event": "resume", "tool": "bkdel 0.2.0", "host": "desk-3", "user": "john", "identities": [john],
        "at": "2026-03-01T09:00:00Z",
    }));
    run.lines.push(intent);
    run.lines.push(outcome);
    let last = run.lines.len() - 1;
    run.lines[last]["result"]["sent_at"] = json!("2026-03-01T09:00:01Z");
    run.ended().kept_in(&world, RUN);
    let page = report(&world, "last", "markdown").out;
    let row = |number| {
        let start = format!("| `{}` |", id(number));
        page.lines()
            .find(|line| line.starts_with(&start))
            .unwrap_or_else(|| panic!("{page}"))
    };
    assert!(row(0).contains("ops/jane") && !row(0).contains("ops/john"));
    assert!(row(1).contains("ops/john") && !row(1).contains("ops/jane"));
    assert!(page.contains("**Resumed:** 2026-03-01T09:00:00Z by `john on desk-3, bkdel 0.2.0`"));
    let page = report(&world, "last", "html").out;
    assert!(page.contains("john on desk-3"));
}

#[test]
fn markdown_ends_before_a_summary_does_and_counts_what_it_left_out() {
    let world = World::new();
    let outcomes = vec!["deleted"; 3000];
    Journal::of(&outcomes, &"long ".repeat(60))
        .ended()
        .kept_in(&world, RUN);
    let page = report(&world, "last", "markdown").out;
    assert!(page.len() < 900_000, "{}", page.len());
    assert!(page.contains("more; `bkdel report RUN -o json` has them all"));
}

#[test]
fn a_saved_plan_is_reported_on_in_every_form() {
    let world = World::new();
    let held = "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f006";
    let free = "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f009";
    world.change(&json!({"provider": "aws", "id": held, "set": {"protection": ["legal_hold"]}}));
    let arguments = [
        "aws",
        "delete",
        held,
        free,
        "--skip-refused",
        "-n",
        "-q",
        "--out",
        "plan.json",
    ];
    world.bkdel(&arguments).exits(0);
    for form in FORMS {
        let ran = report(&world, "plan.json", form);
        ran.exits(0);
        assert!(ran.out.contains(held) && ran.out.contains(free), "{form}");
    }
    // Its name says nothing.
    fs::copy(
        world.home().join("plan.json"),
        world.home().join("plan.ndjson"),
    )
    .unwrap();
    report(&world, "plan.ndjson", "html").exits(0);
    let cases = report(&world, "plan.json", "junit").out;
    assert!(
        cases.contains(r#"tests="2" failures="1" errors="0" skipped="1""#),
        "{cases}"
    );
    assert!(
        cases.contains("planned, nothing was sent") && cases.contains("legal hold"),
        "{cases}"
    );
    let page = report(&world, "plan.json", "html").out;
    assert!(page.contains("nothing was sent") && !page.contains("Certificate"));
    let table = report(&world, "plan.json", "csv").out;
    assert!(table.contains("would_delete") && table.ends_with("true\n"));
    // A plan that was changed is none to report on.
    let path = world.home().join("plan.json");
    fs::write(
        &path,
        fs::read_to_string(&path).unwrap().replace("f009", "f010"),
    )
    .unwrap();
    report(&world, "plan.json", "html").exits(6);
}
