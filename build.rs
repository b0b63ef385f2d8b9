//! Finds out what is being built, for `bkdel --version -o json`: the target, and the commit where it can be known.
//!
//! A crate from a registry says in `.cargo_vcs_info.json` which commit it was packed from; a clone says so itself. Anywhere
//! else the commit is left out, and nothing fails.

#![allow(
    clippy::print_stdout,
    reason = "a build script speaks to cargo on standard output"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What ends up in the binary.
const SOURCES: [&str; 4] = ["src", "Cargo.toml", "Cargo.lock", "build.rs"];

fn main() {
    for source in SOURCES {
        println!("cargo:rerun-if-changed={source}");
    }
    let target = env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=BKDEL_TARGET={target}");
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let (commit, modified) = packed(&folder)
        .or_else(|| cloned(&folder))
        .map_or_else(Default::default, |(commit, modified)| {
            (commit, modified.to_string())
        });
    // Said in any case: cargo's own environment must not pass for it.
    println!("cargo:rustc-env=BKDEL_COMMIT={commit}");
    println!("cargo:rustc-env=BKDEL_MODIFIED={modified}");
}

/// The commit of a packed crate, and whether there were changes beside it.
fn packed(folder: &Path) -> Option<(String, bool)> {
    let text = fs::read_to_string(folder.join(".cargo_vcs_info.json")).ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    let commit = rest.split('"').nth(1)?;
    is_commit(commit).then(|| (commit.to_owned(), text.contains("\"dirty\": true")))
}

/// The commit of a clone, and whether the sources differ from it.
fn cloned(folder: &Path) -> Option<(String, bool)> {
    // A copy within somebody else's repository is none of its commits.
    let top = git(folder, &["rev-parse", "--show-toplevel"])?;
    if fs::canonicalize(top).ok()? != fs::canonicalize(folder).ok()? {
        return None;
    }
    watch_head(folder);
    let commit = git(folder, &["rev-parse", "HEAD"])?;
    let mut status = vec!["status", "--porcelain", "--"];
    status.extend(SOURCES);
    let modified = !git(folder, &status)?.is_empty();
    is_commit(&commit).then_some((commit, modified))
}

/// Has this run again when HEAD is somewhere else, and not for what else happens in a repository. HEAD itself changes with
/// the branch; its log grows with every commit, wherever the branch is stored.
fn watch_head(folder: &Path) {
    for name in ["HEAD", "logs/HEAD"] {
        let path = git(folder, &["rev-parse", "--git-path", name]).map(|path| folder.join(path));
        if let Some(path) = path.filter(|path| path.is_file()) {
            println!("cargo:rerun-if-changed={}", path.display());
        } else {
            // A file that is not there has cargo run this every time, which is slow and right.
            println!(
                "cargo:rerun-if-changed={}",
                folder.join(".git").join(name).display()
            );
        }
    }
}

fn is_commit(text: &str) -> bool {
    text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        // A hook's variables speak of what is being committed there.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        // Reading must not write to the index that somebody else may be at.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
