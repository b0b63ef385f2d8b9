//! `runs`, `runs prune` and `verify`: what was recorded, and whether it still holds.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use crate::{
    subjects::{ALL, AWS, Subject},
    world::World,
};

fn delete(world: &World, subject: Subject, more: &[&str]) -> String {
    let mut arguments = vec![
        subject.provider,
        "delete",
        "--yes",
        "-o",
        "json",
        subject.deletable[0],
    ];
    arguments.extend(more);
    let ran = world.bkdel(&arguments);
    ran.json()["run_id"].as_str().unwrap().to_owned()
}

fn journals(world: &World) -> Vec<PathBuf> {
    let folder = world.home().join(".local/state/bkdel/runs");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    paths.sort();
    paths
}

/// The backup as `list` prints it, to be put back later.
fn backup(world: &World, subject: Subject) -> Value {
    let ran = world.bkdel(&[subject.provider, "list", "-o", "json", subject.deletable[0]]);
    ran.json()["backups"][0].clone()
}

fn finding(ran: &Value) -> String {
    let checked = ran["checked"].as_array().unwrap();
    assert_eq!(checked.len(), 1, "{ran}");
    checked[0]["finding"].as_str().unwrap().to_owned()
}

#[test]
fn s26_what_was_deleted_is_verified_to_be_gone_and_found_if_it_is_back() {
    for subject in ALL {
        let world = World::new();
        let there = backup(&world, subject);
        let run = delete(&world, subject, &[]);
        let verify = || world.bkdel(&["verify", &run, "-o", "json"]);

        let ran = verify();
        ran.exits(0);
        assert_eq!(finding(&ran.json()), "gone", "{}", subject.provider);
        let before = fs::read(&journals(&world)[0]).unwrap();

        world.change(&json!({ "add": there }));
        let ran = verify();
        ran.exits(3);
        assert_eq!(finding(&ran.json()), "back", "{}", subject.provider);
        let human = world.bkdel(&["verify", &run]);
        human.exits(3);
        assert!(human.out.contains("1 BACK"), "{human:?}");
        // Looking changes nothing where nothing was settled.
        assert_eq!(fs::read(&journals(&world)[0]).unwrap(), before);
        let changes = world.changes();
        assert_eq!(changes.len(), 1, "verifying sends nothing: {changes:?}");
    }
}

#[test]
fn another_backup_that_came_to_the_id_later_is_told_apart() {
    let world = World::new();
    let subject = AWS;
    let mut there = backup(&world, subject);
    let run = delete(&world, subject, &[]);
    there["created_at"] = json!("2999-01-01T00:00:00Z");
    world.change(&json!({ "add": there }));
    let ran = world.bkdel(&["verify", &run, "-o", "json"]);
    ran.exits(0);
    assert_eq!(finding(&ran.json()), "recreated");
}

#[test]
fn what_was_pending_is_settled_and_written_down() {
    for subject in ALL {
        let world = World::lagging(std::time::Duration::from_millis(400), &[]);
        let run = delete(&world, subject, &["--no-wait"]);
        let pending = |world: &World| {
            let runs = world.bkdel(&["runs", "-o", "json"]).json();
            runs["runs"][0]["summary"]["pending"].as_u64().unwrap()
        };
        if pending(&world) == 0 {
            // Where a deletion is done at once, nothing is ever pending.
            assert_ne!(subject.provider, "aws");
            continue;
        }
        let mut settled = false;
        for _ in 0..100 {
            let ran = world.bkdel(&["verify", &run, "-o", "json"]);
            let document = ran.json();
            match finding(&document).as_str() {
                "still_there" => {
                    ran.exits(3);
                }
                "settled" => {
                    ran.exits(0);
                    settled = true;
                    break;
                }
                other => panic!("{other}"),
            }
        }
        assert!(settled);
        assert_eq!(pending(&world), 0);
        let again = world.bkdel(&["verify", &run, "-o", "json"]);
        again.exits(0);
        assert_eq!(finding(&again.json()), "gone");
        world
            .bkdel(&["resume", &run, "--yes"])
            .exits(0)
            .says("nothing to do");
    }
}

#[test]
fn s26_verify_names_the_line_of_a_changed_record_before_it_asks_anybody() {
    let world = World::new();
    delete(&world, AWS, &[]);
    let path = journals(&world).remove(0);
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let asked = world.requests().len();
    let verify = |text: String| {
        fs::write(&path, text).unwrap();
        world.bkdel(&["verify", "last"])
    };
    let changed = whole.replacen("\"accepted\":true", "\"accepted\":true ", 1);
    let line = lines
        .iter()
        .position(|line| line.contains("\"accepted\":true"))
        .unwrap();
    verify(changed)
        .exits(6)
        .says(&format!("chain breaks at line {}", line + 1));
    let mut without = lines.clone();
    without.remove(line);
    verify(without.join("\n") + "\n").exits(6).says("line");
    let mut swapped = lines.clone();
    swapped.swap(line, line + 1);
    verify(swapped.join("\n") + "\n").exits(6).says("line");
    let newer = whole.replacen("bkdel.journal/v1", "bkdel.journal/v2", 1);
    verify(newer).exits(6);
    verify("hello\n".to_owned()).exits(2).says("no journal");
    verify(String::new()).exits(2).says("empty");
    assert_eq!(world.requests().len(), asked, "nobody was asked");
    verify(whole).exits(0);
}

#[test]
fn verify_wants_the_account_that_deleted() {
    let world = World::new();
    let run = delete(&world, AWS, &[]);
    let other = World::new();
    fs::create_dir_all(other.home().join("s")).unwrap();
    let copy = other.home().join("s/run.ndjson");
    fs::copy(&journals(&world)[0], &copy).unwrap();
    // The endpoint is another sandbox's.
    other
        .bkdel(&["verify", copy.to_str().unwrap()])
        .exits(6)
        .says("AWS Backup account 111122223333");
    world.bkdel(&["verify", &run]).exits(0);
}

#[test]
fn runs_lists_the_newest_first_and_says_how_they_ended() {
    let world = World::new();
    let none = world.bkdel(&["runs"]);
    none.exits(0);
    assert_eq!(none.out, "no runs\n");
    assert_eq!(
        world.bkdel(&["runs", "-o", "json"]).json(),
        json!({"schema": "bkdel.runs/v1", "runs": []})
    );
    let first = delete(&world, AWS, &["--reason", "a reason"]);
    let second = delete(&world, AWS, &[]);
    let ran = world.bkdel(&["runs", "-o", "json"]);
    ran.exits(0);
    let document = ran.json();
    assert_eq!(document["schema"], "bkdel.runs/v1");
    let runs = document["runs"].as_array().unwrap();
    let ids: Vec<&str> = runs
        .iter()
        .map(|run| run["run_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [&*second, &*first]);
    assert_eq!(runs[1]["reason"], "a reason");
    assert_eq!(runs[1]["state"], "finished");
    assert_eq!(runs[1]["summary"]["deleted"], 1);
    assert_eq!(runs[0]["summary"]["already_absent"], 1);
    let lines = world.bkdel(&["runs", "-o", "ids"]).out;
    assert_eq!(lines.lines().collect::<Vec<_>>(), [&*second, &*first]);
    let human = world.bkdel(&["runs"]);
    assert!(human.out.contains("1 deleted"), "{human:?}");
    // A name in the folder that is none of ours harms nothing.
    fs::write(journals(&world)[0].with_file_name("x.ndjson"), "hello\n").unwrap();
    let ran = world.bkdel(&["runs", "-o", "json"]);
    ran.exits(0).says("x.ndjson");
    assert_eq!(ran.json()["runs"].as_array().unwrap().len(), 2);
}

#[test]
fn a_run_is_meant_by_its_id_a_prefix_that_fits_one_last_or_its_file() {
    let world = World::new();
    let first = delete(&world, AWS, &[]);
    delete(&world, AWS, &[]);
    let verify = |run: &str| world.bkdel(&["verify", run]);
    verify(&first).exits(0);
    verify(&first[..first.len() - 1]).exits(0);
    verify("last").exits(0);
    verify(journals(&world)[0].to_str().unwrap()).exits(0);
    verify("20").exits(2).says("fits several runs");
    verify("nothing").exits(2).says("there is no run");
    verify("").exits(2);
    verify("/nowhere/x.ndjson").exits(2).says("cannot be read");
}

#[test]
fn prune_removes_what_is_old_and_finished_and_nothing_else() {
    let world = World::new();
    delete(&world, AWS, &[]);
    let path = journals(&world).remove(0);
    let cut = path.with_file_name("20000101T000000000Z-cut.ndjson");
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    fs::write(&cut, lines[..lines.len() - 1].concat()).unwrap();
    let prune = |more: &[&str]| {
        let mut arguments = vec!["runs", "prune", "--older-than", "1s", "-o", "json"];
        arguments.extend(more);
        world.bkdel(&arguments)
    };
    world
        .bkdel(&["runs", "prune", "--older-than", "1d"])
        .exits(0);
    assert_eq!(journals(&world).len(), 2);
    // Until it is older than a second.
    let mut seen = prune(&["-n"]);
    for _ in 0..100 {
        if seen.json()["removed"].as_array().unwrap().len() == 1 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        seen = prune(&["-n"]);
    }
    assert_eq!(journals(&world).len(), 2, "a dry run removes nothing");
    let ran = prune(&[]);
    ran.exits(0);
    let document = ran.json();
    assert_eq!(document["removed"].as_array().unwrap().len(), 1);
    assert_eq!(document["kept"][0]["run_id"], "20000101T000000000Z-cut");
    assert_eq!(journals(&world), [cut]);
    prune(&["--unfinished"]).exits(0);
    assert_eq!(journals(&world), Vec::<PathBuf>::new());
    for wrong in [
        &["runs", "prune"][..],
        &["runs", "prune", "--older-than", "0d"],
    ] {
        world.bkdel(wrong).exits(2);
    }
}
