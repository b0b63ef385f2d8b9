//! Disks that are full, read-only or pulled out: what cannot be written down is not sent (S20).

use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    ordeal::Ordeal,
    subjects::AWS,
    world::{Ran, World, run},
};

/// One kibibyte: what bash counts file sizes in.
const BLOCK: u64 = 1024;

/// The command as it would run on a disk that has room for files of this size only.
fn limited(command: &Command, blocks: u64) -> Command {
    let mut shell = Command::new("bash");
    shell
        .arg("-c")
        // Without the trap, the kernel's signal would end it before it could say anything.
        .arg(format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""
        ))
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .stdin(Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell
}

fn size(ordeal: &Ordeal) -> u64 {
    fs::metadata(ordeal.journal().unwrap()).unwrap().len()
}

#[test]
fn s20_a_disk_that_fills_up_ends_the_run_before_what_it_cannot_write_down_and_it_is_gone_on_with() {
    let whole = {
        let ordeal = Ordeal::of(&["aws", "zilliz", "aiven"], Duration::ZERO, &[], &[]);
        run(&mut ordeal.command()).exits(0);
        size(&ordeal) / BLOCK
    };
    let (mut refused, mut lost) = (0, 0);
    for blocks in whole.saturating_sub(22)..=whole {
        let ordeal = Ordeal::of(
            &["aws", "zilliz", "aiven"],
            Duration::ZERO,
            &[],
            &["--concurrency", "1"],
        );
        let ran = run(&mut limited(&ordeal.command(), blocks));
        // Whatever was sent is in the journal.
        ordeal.holds();
        if ran.code == Some(0) {
            continue;
        }
        ran.exits(1);
        if ordeal.journal().is_none() {
            // Not even its plan had room.
            assert_eq!(ordeal.arrived(), 0, "{blocks}: {ran:?}");
            refused += 1;
            continue;
        }
        lost += 1;
        assert_eq!(
            ran.outcomes().len(),
            ordeal.planned.len(),
            "{blocks}: every item is accounted for"
        );
        ran.says("can no longer be written");
        // With no room at all it cannot be gone on with, and nothing is sent.
        let arrived = ordeal.arrived();
        run(&mut limited(&ordeal.command(), 1)).exits(1);
        assert_eq!(ordeal.arrived(), arrived, "{blocks}");
        ordeal.ends_well();
        assert!(ordeal.all_gone(), "{blocks}");
    }
    assert!(refused > 0 && lost > 3, "{whole}: {refused} {lost}");
}

#[test]
fn s20_a_journal_that_may_only_be_read_is_not_gone_on_with() {
    use std::os::unix::fs::PermissionsExt;
    let ordeal = Ordeal::of(
        &["aws"],
        Duration::ZERO,
        &["aws:unauthorized-delete=1"],
        &[],
    );
    run(&mut ordeal.command()).exits(3);
    let journal = ordeal.journal().unwrap();
    fs::set_permissions(&journal, fs::Permissions::from_mode(0o400)).unwrap();
    if fs::OpenOptions::new().append(true).open(&journal).is_ok() {
        // Nothing keeps the superuser from writing.
        return;
    }
    let asked = ordeal.world.requests().len();
    run(&mut ordeal.command())
        .exits(1)
        .says("cannot be written");
    assert_eq!(ordeal.world.requests().len(), asked);
}

#[test]
fn s20_a_journal_that_is_removed_or_replaced_ends_the_run_before_its_next_request() {
    for replaced in [false, true] {
        let ordeal = Ordeal::of(
            &["aws"],
            Duration::ZERO,
            &["aws:latency-delete=700ms"],
            &["--concurrency", "1"],
        );
        let child = ordeal.begin();
        let begun = Instant::now();
        while ordeal.arrived() == 0 {
            assert!(begun.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(5));
        }
        let journal = ordeal.journal().unwrap();
        fs::remove_file(&journal).unwrap();
        if replaced {
            fs::write(&journal, "").unwrap();
        }
        let ran = Ran::of(&child.wait_with_output().unwrap());
        ran.exits(1).says("can no longer be written");
        assert_eq!(ran.outcomes(), ["deleted", "not_attempted"]);
        assert_eq!(ordeal.arrived(), 1);
    }
}

#[test]
fn s20_without_a_place_for_the_journal_nobody_is_even_asked() {
    let world = World::new();
    let file = world.home().join("file");
    fs::write(&file, "").unwrap();
    let name = file.to_str().unwrap();
    let below = format!("{name}/runs");
    // No process can make a file there, whoever runs it.
    for folder in [name, &below, "/proc/bkdel"] {
        if folder.starts_with("/proc") && !cfg!(target_os = "linux") {
            continue;
        }
        let mut command =
            world.command(&["aws", "delete", "--yes", "-o", "json", AWS.deletable[0]]);
        let ran = run(command.env("BKDEL_STATE_DIR", folder));
        ran.exits(1).says(folder);
        let error: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
        assert_eq!(error["kind"], "journal", "{ran:?}");
    }
    for journal in [&below, "nowhere/run.ndjson"] {
        world
            .bkdel(&[
                "aws",
                "delete",
                "--yes",
                "--journal",
                journal,
                AWS.deletable[0],
            ])
            .exits(1)
            .says(journal);
    }
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn s20_no_journal_is_written_over_and_none_through_a_link() {
    let world = World::new();
    let file = world.home().join("mine.ndjson");
    fs::write(&file, "mine").unwrap();
    let link = world.home().join("link.ndjson");
    std::os::unix::fs::symlink(world.home().join("elsewhere"), &link).unwrap();
    for path in [&file, &link] {
        let path = path.to_str().unwrap();
        world
            .bkdel(&[
                "aws",
                "delete",
                "--yes",
                "--journal",
                path,
                AWS.deletable[0],
            ])
            .exits(2)
            .says("exists already");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert!(!world.home().join("elsewhere").exists());
    assert_eq!(world.requests().len(), 0);
    let new = world.home().join("new.ndjson");
    let path = new.to_str().unwrap();
    world
        .bkdel(&[
            "aws",
            "delete",
            "--yes",
            "--journal",
            path,
            AWS.deletable[0],
        ])
        .exits(0);
    world
        .bkdel(&["resume", path, "--yes"])
        .exits(0)
        .says("nothing to do");
    assert_eq!(world.changes().len(), 1);
}
