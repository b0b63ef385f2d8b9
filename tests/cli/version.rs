//! `--version`, for people and for programs.

use std::{path::Path, process::Command};

use crate::world::{World, run};

/// What git says in the folder of the sources, where they are a clone.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[test]
fn the_version_is_one_line_for_people_and_a_document_for_programs() {
    let world = World::new();
    let plain = world.bkdel(&["--version"]);
    plain.exits(0);
    assert_eq!(
        plain.out,
        concat!("bkdel ", env!("CARGO_PKG_VERSION"), "\n")
    );
    let document = world.bkdel(&["--version", "--json"]).exits(0).json();
    assert_eq!(document["schema"], "bkdel.version/v1");
    assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
    assert!(document["target"].as_str().unwrap().contains('-'));
    for arguments in [
        &["--json", "--version"][..],
        &["--version", "-o", "json"],
        &["-o", "json", "--version"],
        &["--output=json", "-V"],
        &["aws", "list", "--version", "-o", "json"],
    ] {
        assert_eq!(
            world.bkdel(arguments).exits(0).json(),
            document,
            "{arguments:?}"
        );
    }
    let mut command = world.command(&["--version"]);
    let by_variable = run(command.env("BKDEL_OUTPUT", "json"));
    assert_eq!(by_variable.json(), document);
}

#[test]
fn the_commit_is_the_one_that_was_built() {
    let world = World::new();
    let document = world.bkdel(&["--version", "--json"]).json();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .canonicalize()
        .unwrap();
    let is_clone = git(&["rev-parse", "--show-toplevel"])
        .is_some_and(|top| Path::new(&top).canonicalize().unwrap() == folder);
    if is_clone {
        assert_eq!(document["commit"], git(&["rev-parse", "HEAD"]).unwrap());
        let changes = git(&[
            "status",
            "--porcelain",
            "--",
            "src",
            "Cargo.toml",
            "Cargo.lock",
            "build.rs",
        ]);
        assert_eq!(document["modified"], !changes.unwrap().is_empty());
    } else if let Some(commit) = document["commit"].as_str() {
        assert!(folder.join(".cargo_vcs_info.json").is_file(), "{commit}");
    } else {
        assert!(document["modified"].is_null());
    }
}

#[test]
fn json_without_version_says_how_it_is_written_here() {
    let world = World::new();
    world
        .bkdel(&["--json", "aws", "list"])
        .exits(2)
        .says("-o json");
    world
        .bkdel(&["aws", "list", "--json"])
        .exits(2)
        .says("-o json");
    assert_eq!(world.requests().len(), 0);
}
