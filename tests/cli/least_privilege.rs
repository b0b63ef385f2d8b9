//! `doctor PROVIDER --print-policy`: what must be allowed is what bkdel asks for, and nothing more.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::world::World;

const ROLE: &str = "arn:aws:iam::444455556666:role/bkdel";
const SNAPSHOT: &str = "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f010";

fn policy(world: &World, more: &[&str]) -> Value {
    let ran = world.bkdel(&[&["doctor", "aws", "--print-policy"], more].concat());
    ran.exits(0);
    ran.json()
}

/// The actions of the statements that bkdel itself needs, or of those that AWS Backup needs in its caller's name.
fn actions(policy: &Value, own: bool) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().unwrap().iter();
    statements
        .filter(|statement| statement["Condition"].is_null() == own)
        .flat_map(|statement| statement["Action"].as_array().unwrap())
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

/// An operation of the sandbox' record as IAM calls it; `None` for what every caller may do.
fn action(operation: &str) -> Option<String> {
    let service = match operation {
        "GetCallerIdentity" => return None,
        "AssumeRole" => "sts",
        "ListAccountAliases" => "iam",
        "ListRegions" => "account",
        _ => "backup",
    };
    Some(format!("{service}:{operation}"))
}

#[test]
fn the_policy_allows_what_the_whole_command_set_asks_for_and_nothing_else() {
    let world = World::new();
    for (arguments, code) in [
        (&["aws", "list", "--all-regions"][..], 0),
        (
            &["aws", "list", "--tag", "team=data", "--older-than", "1d"],
            0,
        ),
        (&["aws", "list", "--role-arn", ROLE, "--keep-last", "1"], 0),
        (
            &[
                "aws",
                "delete",
                "--all-vaults",
                "--type",
                "EBS",
                "--keep-last",
                "3",
                "-n",
                "--out",
                "plan.json",
            ],
            0,
        ),
        (
            &[
                "apply",
                "plan.json",
                "--yes",
                "--no-wait",
                "--journal",
                "a.ndjson",
            ],
            0,
        ),
        (
            &["aws", "delete", "--yes", "--journal", "b.ndjson", SNAPSHOT],
            0,
        ),
        (
            &[
                "aws",
                "delete",
                "--vault",
                "prod",
                "--all",
                "--allow-last",
                "--include-continuous",
                "-n",
            ],
            0,
        ),
        (&["resume", "b.ndjson", "--yes"], 0),
        (&["verify", "b.ndjson"], 0),
        (&["doctor", "aws", "--all-regions", "--role-arn", ROLE], 0),
        (&["doctor", "aws"], 0),
    ] {
        let ran = world.bkdel(arguments);
        eprintln!("-- {arguments:?}: {:?}", ran.code);
        assert!(ran.code == Some(code) || ran.code == Some(8), "{ran:?}");
    }
    let asked: BTreeSet<String> = world
        .requests()
        .iter()
        .filter(|request| request["provider"] == "aws")
        .filter_map(|request| {
            action(
                request["limit"]
                    .as_str()
                    .unwrap()
                    .rsplit('/')
                    .next()
                    .unwrap(),
            )
        })
        .collect();
    assert!(asked.contains("backup:DeleteRecoveryPoint"), "{asked:?}");
    assert_eq!(actions(&policy(&world, &["--role-arn", ROLE]), true), asked);
}

#[test]
fn reading_and_deleting_are_apart_by_sid_and_what_aws_does_for_the_caller_is_bound_to_it() {
    let world = World::new();
    let policy = policy(
        &world,
        &[
            "--vault",
            "prod",
            "--account",
            "111122223333",
            "--region",
            "eu-central-1",
        ],
    );
    assert_eq!(policy["Version"], "2012-10-17");
    let mut sids = BTreeSet::new();
    for statement in policy["Statement"].as_array().unwrap() {
        let sid = statement["Sid"].as_str().unwrap();
        assert!(sids.insert(sid) && sid.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(statement["Effect"], "Allow");
        let writes = |action: &Value| {
            let name = action.as_str().unwrap().split(':').nth(1).unwrap();
            !name.starts_with("List") && !name.starts_with("Describe")
        };
        let all = statement["Action"].as_array().unwrap();
        assert!(
            all.iter().all(writes) || !all.iter().any(writes),
            "{statement}"
        );
        assert_eq!(sid.starts_with("Delete"), all.iter().any(writes), "{sid}");
        if all.iter().any(writes) {
            let resources = statement["Resource"].as_array().unwrap();
            assert!(resources.iter().all(|one| one != "*"), "{statement}");
        }
        for resource in statement["Resource"].as_array().unwrap() {
            let resource = resource.as_str().unwrap();
            assert!(
                resource == "*" || resource.starts_with("arn:aws:"),
                "{resource}"
            );
        }
    }
    for action in actions(&policy, false) {
        assert!(!action.starts_with("backup:"), "{action}");
    }
    assert!(!sids.contains("AssumeRoles"));
}

#[test]
fn a_policy_is_printed_without_credentials_and_without_asking_anybody() {
    let world = World::new();
    for provider in ["aws", "zilliz", "aiven"] {
        for format in ["human", "json", "ndjson"] {
            let mut command = world.command(&["doctor", provider, "--print-policy", "-o", format]);
            for name in [
                "AWS_ACCESS_KEY_ID",
                "AWS_REGION",
                "ZILLIZ_API_KEY",
                "AIVEN_AUTH_TOKEN",
            ] {
                command.env_remove(name);
            }
            let ran = crate::world::run(&mut command);
            ran.exits(0);
            assert!(!ran.out.is_empty());
            if format != "human" {
                ran.json();
            }
        }
    }
    for (provider, word) in [
        ("zilliz", "backup: manage"),
        ("aiven", "service:configuration:write"),
    ] {
        let ran = world.bkdel(&["doctor", provider, "--print-policy"]);
        assert!(ran.out.contains(word), "{}", ran.out);
    }
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn what_a_policy_cannot_say_is_a_usage_error_and_what_it_does_not_say_is_told() {
    let world = World::new();
    for wrong in [
        &["--account", "123"][..],
        &["--account", ""],
        &["--vault", "{a,b}"],
        &["--region", "cn-north-1", "--region", "eu-central-1"],
        &["--region", "nowhere at all"],
        &["--role-arn", "arn:aws:iam::444455556666:user/x"],
    ] {
        let ran = world.bkdel(&[&["doctor", "aws", "--print-policy"], wrong].concat());
        ran.exits(2);
        assert_eq!(ran.out, "", "{wrong:?}");
    }
    world
        .bkdel(&["doctor", "aws", "--print-policy", "--vault", "prod"])
        .exits(0)
        .says("deleting is not bound to the vaults");
    let china = world.bkdel(&["doctor", "aws", "--print-policy", "--region", "cn-north-1"]);
    china.exits(0);
    assert!(!china.out.contains("arn:aws:"), "{}", china.out);
}
