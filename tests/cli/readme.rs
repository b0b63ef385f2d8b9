//! The examples of the README and of the pages in `docs`: run as they stand, page by page, each in a sandbox of its own.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use crate::world::{Ran, World};

/// The policy that the README shows.
const POLICY: &str = include_str!("../../src/cli/policy/example.toml");

/// Blocks of shell that are not run here, by a line of each, and why.
const NOT_RUN: [(&str, &str); 5] = [
    (
        "cargo run -- sandbox --",
        "run by its own test, without building",
    ),
    ("cargo test", "this"),
    (
        "bkdel completions zsh",
        "tests/cli/completions* run the scripts",
    ),
    ("aws batch submit-job", "needs AWS Batch"),
    ("gh run download", "needs GitHub"),
];

fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = fs::read_dir(root.join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect();
    paths.sort();
    paths.insert(0, root.join("README.md"));
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// The blocks of a page, each with what stands behind its fence.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((_, fenced)) = rest.split_once("\n```") {
        let (kind, body) = fenced.split_once('\n').unwrap();
        let (body, after) = body.split_once("```").unwrap();
        blocks.push((kind, body));
        rest = after;
    }
    blocks
}

#[cfg(unix)]
fn shell(world: &World, program: &str, line: &str) -> Ran {
    let bkdel = Path::new(env!("CARGO_BIN_EXE_bkdel"));
    let path = format!(
        "{}:/usr/local/bin:/usr/bin:/bin",
        bkdel.parent().unwrap().display()
    );
    let mut shell = Command::new(program);
    shell.args(["-c", line]).current_dir(world.home());
    let template = world.command(&[]);
    shell.env_clear();
    for (name, value) in template.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    Ran::of(&shell.env("PATH", path).output().unwrap())
}

#[cfg(unix)]
#[test]
fn every_example_runs_in_the_sandbox() {
    let mut run = BTreeSet::new();
    // Recipes are whole scripts, run one by one in tests/cli/recipes.rs.
    for (name, page) in pages().into_iter().filter(|(name, _)| name != "recipes.md") {
        let world = World::new();
        fs::write(world.home().join("policy.toml"), POLICY).unwrap();
        for (kind, body) in blocks(&page) {
            if kind != "sh sandbox" {
                continue;
            }
            for line in body.lines() {
                let ran = shell(&world, "sh", line);
                assert_eq!(ran.code, Some(0), "{name}: {line}\n{ran:?}");
                run.insert(format!("{name}: {line}"));
            }
        }
    }
    assert!(run.len() >= 30, "{}", run.len());
}

#[cfg(unix)]
#[test]
fn the_first_command_deletes_two_recovery_points_in_the_sandbox() {
    let readme = &pages()[0].1;
    let (_, first) = blocks(readme)[0];
    let line = first.trim().replacen("cargo run --", "bkdel", 1);
    assert!(
        line.starts_with("bkdel sandbox -- bkdel aws delete"),
        "{line}"
    );
    let ran = shell(&World::new(), "sh", &line);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("2 deleted"), "{ran:?}");
}

#[test]
fn what_is_not_run_is_known() {
    let mut seen: BTreeSet<&(&str, &str)> = BTreeSet::new();
    for (name, page) in pages() {
        for (kind, body) in blocks(&page) {
            if !matches!(kind, "sh" | "bash" | "console" | "shell") {
                continue;
            }
            let known = NOT_RUN.iter().find(|(line, _)| body.contains(line));
            assert!(known.is_some(), "{name}: is run by no test:\n{body}");
            seen.extend(known);
        }
    }
    assert_eq!(seen.len(), NOT_RUN.len(), "{seen:?}");
}

#[test]
fn what_the_pages_link_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, page) in pages() {
        let folder = if name == "README.md" {
            root.to_owned()
        } else {
            root.join("docs")
        };
        for link in page.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            let target = target.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            assert!(folder.join(target).exists(), "{name}: {target}");
        }
    }
}

#[test]
fn the_readmes_policy_is_the_one_that_is_tested() {
    let readme = &pages()[0].1;
    let policies: Vec<_> = blocks(readme)
        .into_iter()
        .filter(|(kind, _)| *kind == "toml")
        .map(|(_, body)| body)
        .collect();
    assert!(policies.contains(&POLICY));
}
