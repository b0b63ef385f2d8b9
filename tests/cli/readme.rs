//! The README's examples, run as they stand, in one sandbox.

use std::process::Command;

use crate::world::{Ran, World};

#[cfg(unix)]
#[test]
fn the_readmes_examples_run_in_the_sandbox() {
    let readme = include_str!("../../README.md");
    let world = World::new();
    let mut examples = 0;
    for block in readme.split("```sh sandbox\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for line in block.lines() {
            let bkdel = std::path::Path::new(env!("CARGO_BIN_EXE_bkdel"));
            let path = format!(
                "{}:/usr/local/bin:/usr/bin:/bin",
                bkdel.parent().unwrap().display()
            );
            let mut shell = Command::new("sh");
            shell.args(["-c", line]).current_dir(world.home());
            let template = world.command(&[]);
            shell.env_clear();
            for (name, value) in template.get_envs() {
                if let Some(value) = value {
                    shell.env(name, value);
                }
            }
            let ran = Ran::of(&shell.env("PATH", path).output().unwrap());
            assert_eq!(ran.code, Some(0), "{line}\n{ran:?}");
            examples += 1;
        }
    }
    assert!(examples >= 12, "{examples}");
}

#[test]
fn the_readmes_policy_is_the_one_that_is_tested() {
    let readme = include_str!("../../README.md");
    let policy = readme
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    assert_eq!(policy, include_str!("../../src/cli/policy/example.toml"));
}
