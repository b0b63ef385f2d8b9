//! The recipes, each run as it stands in a sandbox of its own, and what is left there afterwards.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde_json::Value;

use crate::world::{Ran, World};

/// The recipes by their titles: the shell that each has, as it stands.
fn recipes() -> BTreeMap<&'static str, String> {
    let mut recipes = BTreeMap::new();
    for section in include_str!("../../docs/recipes.md").split("\n## ").skip(1) {
        let (title, text) = section.split_once('\n').unwrap();
        let blocks = text.split("```sh sandbox\n").skip(1);
        let shell: String = blocks
            .map(|rest| rest.split("```").next().unwrap())
            .collect();
        assert!(!shell.is_empty(), "{title} has nothing to run");
        for part in ["**Does:** ", "**Needs:** ", "**Fails:** "] {
            assert!(text.contains(part), "{title} does not tell {part}");
        }
        assert!(
            recipes.insert(title, shell).is_none(),
            "{title} is there twice"
        );
    }
    recipes
}

/// Runs a recipe with the environment that `bkdel sandbox` gives, and stops at the first command that fails.
#[track_caller]
fn run(world: &World, title: &str) -> Ran {
    let recipes = recipes();
    let shell = recipes
        .get(title)
        .unwrap_or_else(|| panic!("there is no recipe {title:?}"));
    let bkdel = Path::new(env!("CARGO_BIN_EXE_bkdel")).parent().unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-eu", "-c", shell])
        .current_dir(world.home())
        .env_clear();
    for (name, value) in world.command(&[]).get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    let path = format!(
        "{}:/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin",
        bkdel.display()
    );
    let ran = Ran::of(&command.env("PATH", path).output().unwrap());
    assert_eq!(ran.code, Some(0), "{title}: {ran:?}");
    ran
}

/// The points of a vault, or null where the vault is gone.
fn points(world: &World, region: &str, vault: &str) -> Value {
    world.state()["aws"]["vaults"][format!("111122223333/{region}/{vault}")]["points"].clone()
}

fn snapshot(number: &str) -> String {
    format!("arn:aws:ec2:eu-central-1::snapshot/{number}")
}

/// Which of the snapshots of one volume are left, by the ends of their names.
fn left_of_web_data(world: &World) -> Vec<String> {
    let points = points(world, "eu-central-1", "prod");
    let start = snapshot("snap-0a51c7e94d2b3f");
    let names = points.as_object().unwrap().keys();
    names
        .filter_map(|arn| Some(arn.strip_prefix(&start)?.to_owned()))
        .collect()
}

fn read(world: &World, name: &str) -> String {
    fs::read_to_string(world.home().join(name)).unwrap()
}

#[test]
fn each_recipe_has_its_test() {
    let tests = include_str!("recipes.rs");
    for title in recipes().keys() {
        assert!(tests.contains(&format!("{title:?}")), "{title}");
    }
}

#[test]
fn a_vault_is_emptied_before_it_goes() {
    let world = World::new();
    run(&world, "Empty a vault before it goes");
    let points = points(&world, "us-east-1", "disaster-recovery");
    assert!(points.as_object().unwrap().is_empty(), "{points}");
}

#[test]
fn a_vault_is_deleted_with_everything_in_it() {
    let world = World::new();
    run(&world, "Delete a vault with everything in it");
    assert!(points(&world, "us-east-1", "disaster-recovery").is_null());
    assert!(!points(&world, "us-east-1", "prod").is_null());
}

#[test]
fn expired_points_are_found_and_cleared_as_far_as_aws_lets_them() {
    let world = World::new();
    let ran = run(&world, "Find and clear EXPIRED recovery points");
    assert_eq!(ran.out.lines().last(), Some("1"), "{ran:?}");
    let points = points(&world, "eu-central-1", "prod");
    assert!(points[snapshot("snap-0e8d21f6b7a4c9001")].is_null());
    assert_eq!(
        points[snapshot("snap-0e8d21f6b7a4c9002")]["status"],
        "EXPIRED"
    );
    assert_eq!(
        points[snapshot("snap-0e8d21f6b7a4c9003")]["status"],
        "COMPLETED"
    );
    assert!(read(&world, "expired.csv").contains("Snapshot Lock"));
}

#[test]
fn the_monthly_clean_up_takes_the_old_ones_and_is_quiet() {
    let world = World::new();
    let ran = run(&world, "Clean up once a month, by cron");
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    let left = left_of_web_data(&world);
    assert_eq!(left.len(), 12, "{left:?}");
    assert!(
        !left.iter().any(|name| name == "031" || name == "038"),
        "{left:?}"
    );
    assert!(read(&world, "monthly.log").contains("2 deleted"));
    // The line for cron is the one that was run.
    let text = include_str!("../../docs/recipes.md");
    let cron = text
        .lines()
        .find_map(|line| line.strip_prefix("17 4 1 * *  cd /var/lib/bkdel && "))
        .unwrap();
    assert_eq!(text.matches(cron).count(), 2, "{cron}");
}

#[test]
fn orphaned_zilliz_backups_go_and_the_newest_of_each_stays() {
    let world = World::new();
    let ran = run(&world, "Delete Zilliz backups whose cluster is gone");
    assert!(ran.out.contains("1 deleted"), "{ran:?}");
    assert!(world.has("zilliz", "in01-c05b9e12a7f8d43/backup1_60b2f9d8c1e4"));
    let listed = world.bkdel(&["zilliz", "list", "--orphaned", "-o", "ids"]);
    assert!(!listed.out.contains("backup1_60b2f9d8c1e5"), "{listed:?}");
}

#[test]
fn secondary_regions_are_disabled_but_for_those_that_something_keeps() {
    let world = World::new();
    run(
        &world,
        "Disable secondary backup regions of Aiven in all projects",
    );
    let kept = [
        "acme-prod/billing-mysql/aws-eu-north-1",
        "acme-prod/archive-pg/aws-eu-north-1",
        "acme-staging/reports-pg/aws-us-east-1",
    ];
    assert_eq!(read(&world, "left.txt").lines().collect::<Vec<_>>(), kept);
    let listed = world.bkdel(&["aiven", "list", "-o", "ids"]);
    assert_eq!(listed.out.lines().collect::<Vec<_>>(), kept);
}

#[test]
fn a_report_needs_no_right_to_delete_and_changes_nothing() {
    let world = World::with(&["aws:deny=DeleteRecoveryPoint"]);
    let before = world.state();
    run(&world, "Report only, with no right to delete");
    assert_eq!(world.changes(), []);
    assert_eq!(world.state(), before);
    assert!(read(&world, "would.html").contains("snap-0a51c7e94d2b3f038"));
    assert!(read(&world, "would.md").contains("to delete"));
}

#[test]
fn what_a_spreadsheet_marks_goes_and_the_rest_stays() {
    let world = World::new();
    run(&world, "Delete what a spreadsheet says");
    let left = left_of_web_data(&world);
    assert_eq!(left.len(), 12, "{left:?}");
    assert!(left.iter().any(|name| name == "024"), "{left:?}");
    assert!(read(&world, "inventory.csv").contains(&snapshot("snap-0a51c7e94d2b3f031")));
}

#[test]
fn sizes_are_summed_before_and_after() {
    // `cargo test` must pass where Rust alone is installed; where changes are checked, jq is.
    let has_jq = Command::new("jq").arg("--version").output().is_ok();
    if !has_jq && std::env::var_os("CI").is_none() {
        eprintln!("not run: there is no jq");
        return;
    }
    let world = World::new();
    run(&world, "Sizes before and after");
    let left = left_of_web_data(&world);
    assert_eq!(left, ["001", "002", "003"]);
    let sizes = read(&world, "sizes.txt");
    // 11 of 40 GiB.
    assert!(sizes.contains("11 deleted, 440 GiB"), "{sizes}");
    let mut numbers = sizes
        .split_whitespace()
        .filter_map(|word| word.parse::<u64>().ok());
    let (before, after) = (numbers.next().unwrap(), numbers.next().unwrap());
    assert_eq!(before - after, 440, "{sizes}");
}
