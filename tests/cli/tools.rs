//! Other programs that some tests need: shells, and readers of the manual.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::world::World;

/// Whether a program is there. `.ci/run` installs what is needed, and sets the variable that makes a missing one fail.
pub(crate) fn is_installed(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    assert!(
        found || std::env::var_os("BKDEL_TEST_TOOLS").is_none_or(|wanted| wanted != "all"),
        "{program} is not installed, and BKDEL_TEST_TOOLS=all says that it must be"
    );
    if !found {
        eprintln!("{program} is not installed: left out");
    }
    found
}

/// A program in the world's environment, with bkdel on its PATH.
pub(crate) fn beside_bkdel(world: &World, program: &str) -> Command {
    let folder = Path::new(env!("CARGO_BIN_EXE_bkdel")).parent().unwrap();
    let mut command = Command::new(program);
    command.current_dir(world.home()).env_clear();
    for (name, value) in world.command(&[]).get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command.env(
        "PATH",
        format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display()),
    );
    command.stdin(Stdio::null());
    command
}
