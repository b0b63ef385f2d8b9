mod same;
mod schema;
mod wrong;

use super::*;
use crate::provider::Request;

/// A target that is right, without the key that a test is about.
const AWS: &str = "[[target]]\nprovider = \"aws\"\nvault = \"prod\"\n";

fn message(text: &str) -> String {
    match read(text, "p.toml") {
        Ok(targets) => panic!("{text:?} is {targets:?}"),
        Err(error) => {
            assert_eq!(error.exit_code(), 2, "{text:?}");
            format!("{error} | {}", error.hint().unwrap_or_default())
        }
    }
}

fn one(text: &str) -> Target {
    let mut targets = read(text, "p.toml").unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert_eq!(targets.len(), 1, "{text}");
    targets.remove(0)
}

#[test]
fn every_target_of_the_example_is_read() {
    let targets = read(EXAMPLE, "policy.toml").unwrap();
    let read: Vec<_> = targets
        .iter()
        .map(|target| {
            (
                target.name.as_str(),
                target.provider.provider().name(),
                target.must_match,
            )
        })
        .collect();
    assert_eq!(
        read,
        [
            ("production snapshots", "aws", true),
            ("clusters that are gone", "zilliz", false),
            ("no copy of search in a third cloud", "aiven", false),
        ]
    );
    for target in &targets {
        assert_eq!(
            target.select.criteria.rules.zone.iana_name(),
            Some("Europe/Berlin")
        );
    }
}

#[test]
fn two_targets_have_two_names() {
    let target = |title: &str| format!("{AWS}all = true\n{title}\n");
    let twice = target("name = \"a\"").repeat(2);
    assert!(message(&twice).contains("two targets are called \"a\" | give each a `name`"));
    // A generated name is a name.
    let second = format!("{}{}", target("name = \"target 2\""), target(""));
    assert!(message(&second).contains("two targets are called \"target 2\""));
    let both = format!("{}{}", target("name = \"target 1\""), target(""));
    let names: Vec<_> = read(&both, "p")
        .unwrap()
        .into_iter()
        .map(|target| target.name)
        .collect();
    assert_eq!(names, ["target 1", "target 2"]);
}

#[test]
fn a_default_holds_where_the_target_says_nothing() {
    let targets = read(
        "[defaults]\nprovider = \"aws\"\nvault = [\"prod\"]\nolder-than = \"90d\"\nskip-unreadable = true\nregion = \"eu-central-1\"\n\
         [[target]]\nmust-match = true\n\
         [[target]]\nvault = \"dr\"\nolder-than = \"1y\"\nskip-unreadable = false\n\
         [[target]]\nprovider = \"zilliz\"\ncluster = \"c\"\n",
        "p",
    )
    .unwrap();
    let [first, second, third] = targets.as_slice() else {
        panic!("{targets:?}")
    };
    let older = |target: &Target| {
        target
            .select
            .criteria
            .filters
            .older_than
            .as_ref()
            .map(ToString::to_string)
    };
    let vaults = |target: &Target| match &target.provider {
        Request::Aws(request) => (request.vaults.clone(), request.regions.clone()),
        other @ (Request::Zilliz(_) | Request::Aiven(_)) => panic!("{other:?}"),
    };
    let text = ToOwned::to_owned;
    assert_eq!(
        vaults(first),
        (vec![text("prod")], vec![text("eu-central-1")])
    );
    assert_eq!(
        vaults(second),
        (vec![text("dr")], vec![text("eu-central-1")])
    );
    assert_eq!(
        [older(first), older(second), older(third)].map(Option::unwrap),
        ["90d", "1y", "90d"]
    );
    assert!(
        first.select.skip_unreadable
            && !second.select.skip_unreadable
            && third.select.skip_unreadable
    );
    assert!(first.must_match && !second.must_match);
}

#[test]
fn a_file_is_read_as_editors_write_it_and_not_without_end() {
    let text = format!("{AWS}older-than = \"90d\"\n");
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(one(&windows).select.criteria, one(&text).select.criteria);
    assert!(message(&"\u{feff}".repeat(2)).contains("p.toml"));
    let huge = format!("{text}#{}", "x".repeat(LARGEST));
    assert!(message(&huge).contains("larger than 1024 KiB"));
    let deep = format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(message(&deep).starts_with("p.toml:1:"));
}
