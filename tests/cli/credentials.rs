//! Where AWS credentials come from: each place that the SDKs know works, and each of its failures is 4, names the place and
//! the way out, and shows no secret. Here what all of them have in common, and keys; profiles and machines have files of
//! their own.

use std::{fs, path::PathBuf, process::Command};

use crate::world::{Ran, World, run};

/// What no output may hold, wherever a test puts it.
pub(crate) const SECRET: &str = "s3cr3t-never-shown";

pub(crate) const STAGING: &str = "arn:aws:iam::444455556666:role/bkdel";

/// `bkdel aws list` without the sandbox' keys.
pub(crate) fn bare(world: &World, arguments: &[&str]) -> Command {
    let mut command = world.command(&[&["aws", "list", "-vvv", "-o", "ids"], arguments].concat());
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env_remove(name);
    }
    command
}

/// The same with a file of profiles.
pub(crate) fn with_profiles(world: &World, text: &str, arguments: &[&str]) -> Command {
    let mut command = bare(world, arguments);
    command.env("AWS_CONFIG_FILE", file(world, "config", text));
    command
}

pub(crate) fn file(world: &World, name: &str, text: &str) -> PathBuf {
    let path = world.home().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

#[track_caller]
pub(crate) fn lists(ran: &Ran) {
    ran.exits(0);
    assert!(ran.out.lines().count() > 1, "{ran:?}");
}

/// Ends with 4, says all of this and no secret, and nothing was read.
#[track_caller]
pub(crate) fn refused(world: &World, ran: &Ran, words: &[&str]) {
    ran.exits(4);
    for word in words {
        ran.says(word);
    }
    assert_eq!(ran.out, "");
    assert!(!ran.err.contains(SECRET), "{ran:?}");
    for secret in world.secrets() {
        assert!(!ran.err.contains(&secret), "{ran:?}");
    }
    let reads = |path: &serde_json::Value| path.as_str().unwrap().starts_with("/backup-vaults");
    assert!(
        !world
            .requests()
            .iter()
            .any(|request| reads(&request["path"]))
    );
}

/// The keys of the sandbox as a profile has them.
pub(crate) fn keys(world: &World) -> String {
    format!(
        "aws_access_key_id = {}\naws_secret_access_key = {}\n",
        world.variable("AWS_ACCESS_KEY_ID"),
        world.variable("AWS_SECRET_ACCESS_KEY")
    )
}

/// How often the sandbox was asked for an action.
pub(crate) fn asked(world: &World, action: &str) -> Vec<String> {
    let bodies = world.requests().into_iter().filter_map(|request| {
        let body = request["body"].as_str()?.to_owned();
        body.contains(&format!("Action={action}&")).then_some(body)
    });
    bodies.collect()
}

#[test]
fn s4_keys_that_are_set_by_halves_are_no_reason_to_look_elsewhere() {
    let world = World::new();
    let profiles = format!("[default]\n{}", keys(&world));
    lists(&run(&mut with_profiles(&world, &profiles, &[])));
    for (set, blank) in [
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
    ] {
        let mut command = with_profiles(&world, &profiles, &[]);
        command.env(set, world.variable(set)).env(blank, " ");
        let world = World::new();
        let said = [
            format!("{set} is set, and {blank} is not"),
            format!("set {blank} too, or unset {set}"),
        ];
        refused(&world, &run(&mut command), &[&said[0], &said[1]]);
    }
    // With --profile the environment's keys do not count, half or whole.
    let mut command = with_profiles(&world, &profiles, &["--profile", "default"]);
    command.env("AWS_ACCESS_KEY_ID", "AKIA0");
    lists(&run(&mut command));
}
