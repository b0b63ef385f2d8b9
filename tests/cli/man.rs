//! The manual.

use std::{fs, path::Path};

use crate::{
    help::commands,
    tools::{beside_bkdel, is_installed},
    world::{World, run},
};

#[test]
fn every_command_has_a_page_and_each_is_for_all_to_read() {
    let world = World::new();
    world
        .bkdel(&["man", "--out", "share/man1"])
        .exits(0)
        .says("share/man1");
    let folder = world.home().join("share/man1");
    let mut expected: Vec<String> = commands()
        .iter()
        .map(|path| {
            format!(
                "{}.1",
                [&["bkdel".to_owned()], path.as_slice()].concat().join("-")
            )
        })
        .collect();
    expected.sort();
    let mut found: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, expected);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.join("bkdel.1"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o444, 0o444, "{mode:o}");
    }
    let alone = world.bkdel(&["man"]);
    alone.exits(0);
    assert_eq!(
        alone.out,
        fs::read_to_string(folder.join("bkdel.1")).unwrap()
    );
}

#[test]
fn the_main_page_has_what_scripts_need() {
    let world = World::new();
    let page = world.bkdel(&["man"]).out;
    for part in [
        ".SH NAME",
        ".SH SYNOPSIS",
        ".SH COMMANDS",
        ".SH EXAMPLES",
        ".SH \"EXIT STATUS\"",
        ".SH ENVIRONMENT",
        "BKDEL_MAX_DELETE",
        "AIVEN_TOKEN",
        ".SH FILES",
        ".SH \"SEE ALSO\"",
        "bkdel\\-aws",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[cfg(unix)]
#[test]
fn the_pages_are_sound() {
    if !is_installed("mandoc") {
        return;
    }
    let world = World::new();
    world.bkdel(&["man", "--out", "man1"]).exits(0);
    for entry in fs::read_dir(world.home().join("man1")).unwrap() {
        let page = entry.unwrap().path();
        let ran = run(beside_bkdel(&world, "mandoc")
            .args(["-Tlint", "-Wwarning"])
            .arg(&page));
        // When a page last changed is the packager's to say.
        let complaints: Vec<&str> = ran
            .out
            .lines()
            .filter(|line| !line.contains("missing date"))
            .collect();
        assert_eq!(complaints, [""; 0], "{}", page.display());
        let read = run(beside_bkdel(&world, "mandoc")
            .args(["-Tascii", "-Owidth=80"])
            .arg(&page));
        assert!(
            read.out.contains("SEE ALSO") || read.out.contains("S\u{8}SE"),
            "{read:?}"
        );
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let world = World::new();
    fs::write(world.home().join("file"), "").unwrap();
    let ran = world.bkdel(&["man", "--out", "file/man1"]);
    ran.exits(1).says("file/man1");
    world.bkdel(&["man", "--out", ""]).exits(2);
    world.bkdel(&["man", "bkdel"]).exits(2);
    assert!(!Path::new("file/man1").exists());
}
