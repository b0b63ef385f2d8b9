//! One report over several runs.

use serde_json::json;

use crate::{
    journals::{Journal, RUN, id},
    report::{elements, mixed},
    world::{Ran, World},
};

const OTHER: &str = "20260302T020000Z-81c0";

fn other(outcomes: &[&str], text: &str) -> Journal {
    let mut journal = Journal::of(outcomes, text);
    journal.lines[0]["run_id"] = json!(OTHER);
    journal.ended()
}

/// A world with two runs: five results and one.
fn two() -> World {
    let world = World::new();
    mixed().kept_in(&world, RUN);
    other(&["deleted", "kept"], "weekly").kept_in(&world, OTHER);
    world
}

fn report(world: &World, form: &str) -> Ran {
    let ran = world.bkdel(&["report", RUN, OTHER, "-o", form]);
    ran.exits(0);
    assert_eq!(ran.err, "");
    ran
}

#[test]
fn json_holds_the_document_of_each_run() {
    let world = two();
    let document = report(&world, "json").json();
    assert_eq!(document["schema"], "bkdel.reports/v1");
    let runs = document["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    for (run, name) in runs.iter().zip([RUN, OTHER]) {
        let alone = world.bkdel(&["report", name, "-o", "json"]);
        assert_eq!(*run, alone.json());
    }
}

#[test]
fn csv_is_one_table_whose_last_column_tells_the_run() {
    let world = two();
    let table = report(&world, "csv").out;
    let alone = world.bkdel(&["report", RUN, "-o", "csv"]).out;
    let mut lines = table.lines();
    let header = alone.lines().next().unwrap();
    assert_eq!(lines.next().unwrap(), format!("{header},run_id"));
    let rows: Vec<&str> = lines.collect();
    assert_eq!(rows.len(), 6);
    for (row, alone) in rows.iter().zip(alone.lines().skip(1)) {
        assert_eq!(**row, format!("{alone},{RUN}"));
    }
    assert!(rows[5].ends_with(OTHER));
}

#[test]
fn junit_is_one_document_with_the_suites_of_all() {
    let world = two();
    let text = report(&world, "junit").out;
    assert!(
        text.contains(r#"name="bkdel, 2 runs" tests="6" failures="1" errors="1" skipped="1""#),
        "{text}"
    );
    for name in [RUN, OTHER] {
        assert!(text.contains(name), "{text}");
    }
    // A parser takes it.
    elements(&text);
    assert_eq!(text.matches("<testsuites ").count(), 1);
    assert_eq!(text.matches("<testcase ").count(), 6);
}

#[test]
fn markdown_begins_with_a_table_over_the_runs_and_ends_before_a_summary_does() {
    let world = two();
    let page = report(&world, "markdown").out;
    assert!(page.starts_with("## bkdel: 2 runs\n"), "{page}");
    assert!(page.contains("| deleted | 3 |"), "{page}");
    let row = |name: &str| page.find(&format!("| `{name}` |")).unwrap();
    assert!(
        row(RUN) < row(OTHER),
        "what has to be looked at comes first"
    );
    assert_eq!(page.matches("\n## bkdel run: ").count(), 2);
    assert!(page.contains(&id(0)));

    let outcomes = vec!["deleted"; 2000];
    let long = "long ".repeat(60);
    Journal::of(&outcomes, &long).ended().kept_in(&world, RUN);
    other(&outcomes, &long).kept_in(&world, OTHER);
    let page = report(&world, "markdown").out;
    assert!(page.len() < 900_000, "{}", page.len());
    assert_eq!(page.matches("\n## bkdel run: ").count(), 2);
    assert_eq!(page.matches("more; `bkdel report RUN -o json`").count(), 2);
}

#[test]
fn what_cannot_be_in_one_report_is_a_usage_error() {
    let world = two();
    world
        .bkdel(&["report", RUN, OTHER, "-o", "html"])
        .exits(2)
        .says("html is of one run");
    // The last one is named already.
    world
        .bkdel(&["report", OTHER, RUN, "last"])
        .exits(2)
        .says("named twice");
    let plan = [
        "aws",
        "delete",
        "--vault",
        "prod",
        "--all",
        "-nq",
        "--out",
        "plan.json",
    ];
    world.bkdel(&plan).exits(0);
    world
        .bkdel(&["report", RUN, "plan.json"])
        .exits(2)
        .says("plan.json is no run's journal");
    world.bkdel(&["report", RUN, "nowhere"]).exits(2);
    world.bkdel(&["report", RUN, ""]).exits(2);
    world.bkdel(&["report"]).exits(2);
}
