//! Reports on what is no run, or no longer the run that it was.

use std::{fs, path::Path};

use crate::{
    journals::RUN,
    report::{FORMS, mixed, report},
    world::World,
};

fn wrong(world: &World, path: &Path, bytes: &[u8], code: i32, says: &str) {
    fs::write(path, bytes).unwrap();
    for form in FORMS {
        let ran = report(world, "last", form);
        ran.exits(code).says(says);
        assert_eq!(
            ran.out, "",
            "nothing is said of a journal that is not believed"
        );
    }
}

#[test]
fn s26_a_journal_that_is_not_what_it_was_is_refused_by_its_line() {
    let world = World::new();
    let path = mixed().kept_in(&world, RUN);
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    wrong(
        &world,
        &path,
        text.replacen("nightly", "nightlx", 1).as_bytes(),
        6,
        "line 1",
    );
    let edited = text.replacen("\"unknown\"", "\"deleted\"", 1);
    wrong(&world, &path, edited.as_bytes(), 6, "line 14");
    let mut moved = lines.clone();
    moved.swap(9, 10);
    wrong(&world, &path, moved.concat().as_bytes(), 6, "line 10");
    wrong(
        &world,
        &path,
        lines[..4].concat().as_bytes(),
        6,
        "4 of the plan's 7 backups".replace('4', "3").as_str(),
    );
    wrong(&world, &path, &text.as_bytes()[..40], 6, "line 1");
    let newer = text.replacen("bkdel.journal/v1", "bkdel.journal/v2", 1);
    wrong(&world, &path, newer.as_bytes(), 6, "bkdel.journal/v2");
    wrong(&world, &path, b"", 2, "it is empty");
    wrong(&world, &path, b"hello\n", 2, "it is no journal");
    wrong(
        &world,
        &path,
        b"{\"schema\":\"bkdel.backup/v1\"}\n",
        2,
        "bkdel.backup/v1",
    );
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    report(&world, "last", "json")
        .exits(2)
        .says("cannot be read");
}

#[test]
fn a_name_that_fits_no_run_or_two_is_a_usage_error() {
    let world = World::new();
    report(&world, "last", "json")
        .exits(2)
        .says("no run is recorded in");
    mixed().kept_in(&world, "20260301T020000Z-7f3a");
    mixed().kept_in(&world, "20260301T020000Z-7f3b");
    report(&world, "2026", "json")
        .exits(2)
        .says("-7f3a")
        .says("-7f3b")
        .says("give more of its id");
    report(&world, "2027", "html")
        .exits(2)
        .says("there is no run \"2027\"");
    report(&world, "./none.ndjson", "json")
        .exits(2)
        .says("cannot be read");
    report(&world, "last", "ndjson")
        .exits(2)
        .says("html, markdown, json, csv or junit");
    for form in ["html", "junit", "markdown"] {
        world
            .bkdel(&["aws", "list", "-o", form])
            .exits(2)
            .says("is for `report`");
    }
}
