//! Many accounts and regions at once: nothing waits for the slowest, and each is asked no more than once for what it tells.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bkdel::sandbox::seed::Seed;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::world::World;

const ACCOUNTS: usize = 50;
const REGIONS: [&str; 4] = ["ap-south-1", "eu-central-1", "eu-west-1", "us-east-1"];
/// In each scope, of one resource, of which the newest stays.
const POINTS: usize = 4;
/// The scope that holds more than the others.
const LARGEST: (usize, &str) = (23, "eu-west-1");
const MANY: usize = 21;
/// Deletions a second, of each account in each region.
const QUOTA: usize = 5;
/// Of every answer, so that reading one account after the other would show.
const LATENCY: u64 = 20;

fn account(number: usize) -> String {
    format!("{}", 200_000_000_000 + number)
}

fn holds(number: usize, region: &str) -> usize {
    if (number, region) == LARGEST {
        MANY
    } else {
        POINTS
    }
}

fn scopes() -> impl Iterator<Item = (usize, &'static str)> {
    (0..ACCOUNTS).flat_map(|number| REGIONS.map(|region| (number, region)))
}

fn seeds() -> Vec<Seed> {
    scopes()
        .flat_map(|(number, region)| (0..holds(number, region)).map(move |at| (number, region, at)))
        .map(|(number, region, at)| seed(number, region, at))
        .collect()
}

fn seed(number: usize, region: &str, point: usize) -> Seed {
    let account = account(number);
    let arn = format!("arn:aws:backup:{region}:{account}:recovery-point:{point:08}");
    let seed = json!({
        "provider": "aws",
        "id": format!("prod/{arn}"),
        "scope": {"account": account, "region": region, "vault": "prod"},
        "resource": format!("arn:aws:dynamodb:{region}:{account}:table/orders"),
        "type": "DynamoDB",
        "created_at": format!("2026-01-{:02}T00:00:00Z", point % 28 + 1),
        "status": "COMPLETED",
        "size_bytes": 1,
    });
    serde_json::from_value(seed).unwrap()
}

fn flags() -> Vec<String> {
    let roles = (0..ACCOUNTS)
        .map(|number| format!("--role-arn=arn:aws:iam::{}:role/bkdel", account(number)));
    let regions = REGIONS.iter().map(|region| format!("--region={region}"));
    roles.chain(regions).collect()
}

/// A request, and when it came.
struct Sent {
    at: Timestamp,
    account: String,
    region: String,
    operation: String,
    refused: bool,
}

fn sent(world: &World) -> Vec<Sent> {
    let of = |request: &Value| {
        let limit = request["limit"].as_str()?;
        let mut parts = limit.splitn(3, '/');
        Some(Sent {
            account: parts.next()?.to_owned(),
            region: parts.next()?.to_owned(),
            operation: parts.next()?.to_owned(),
            at: request["at"].as_str()?.parse().unwrap(),
            refused: request["fault"] == "throttle",
        })
    };
    world.requests().iter().filter_map(of).collect()
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

/// How many of them were under way at once on average: what each took, put together, over what all took.
fn side_by_side<'a>(requests: impl Iterator<Item = &'a Sent>) -> f64 {
    let mut spans: BTreeMap<&str, (Timestamp, Timestamp)> = BTreeMap::new();
    for request in requests {
        let span = spans.entry(&request.account);
        span.or_insert((request.at, request.at)).1 = request.at;
    }
    let first = spans.values().map(|span| span.0).min().unwrap();
    let last = spans.values().map(|span| span.1).max().unwrap();
    let each: f64 = spans.values().map(|span| seconds(span.0, span.1)).sum();
    each / seconds(first, last)
}

fn world() -> World {
    let faults = [
        format!("aws:throttle-delete={QUOTA}/s"),
        format!("aws:latency={LATENCY}ms"),
    ];
    let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
    World::of(Duration::ZERO, &faults, Some(seeds()))
}

fn bkdel(world: &World, command: &[&str], more: &[String]) -> crate::world::Ran {
    let more = more.iter().map(String::as_str);
    let arguments: Vec<&str> = command.iter().copied().chain(more).collect();
    world.bkdel(&arguments)
}

fn assumed(world: &World) -> usize {
    let of_sts = |request: &Value| {
        request["body"]
            .as_str()
            .is_some_and(|body| body.contains("Action=AssumeRole"))
    };
    let requests = world.requests();
    requests.iter().filter(|request| of_sts(request)).count()
}

#[test]
fn of_two_hundred_scopes_none_waits_for_another_and_the_largest_ends_the_run() {
    let world = world();
    let listed = bkdel(&world, &["aws", "list", "-o", "ids"], &flags());
    listed.exits(0);
    let accounts: Vec<&str> = listed
        .out
        .lines()
        .map(|id| id.split(':').nth(4).unwrap())
        .collect();
    let all = (ACCOUNTS * REGIONS.len() - 1) * POINTS + MANY;
    assert_eq!(accounts.len(), all);
    assert!(accounts.is_sorted(), "in the order of the flags");
    let reads = sent(&world);
    let overlap = side_by_side(reads.iter());
    assert!(overlap > 3.0, "list: {overlap}");

    world.control("DELETE", "requests", "");
    let delete = ["aws", "delete", "--all-vaults", "--keep-last", "1"];
    let way = ["--yes", "--max-delete", "10000", "-o", "json"];
    let ran = bkdel(&world, &[&delete[..], &way].concat(), &flags());
    ran.exits(0);
    let going = all - ACCOUNTS * REGIONS.len();
    assert_eq!(ran.outcomes(), vec!["deleted"; going]);
    let state = world.state();
    for (number, region) in scopes() {
        let vault = format!("{}/{region}/prod", account(number));
        let points = state["aws"]["vaults"][&vault]["points"].as_object();
        assert_eq!(points.map(serde_json::Map::len), Some(1), "{vault}");
    }

    let requests = sent(&world);
    let is_delete = |one: &&Sent| one.operation == "DeleteRecoveryPoint";
    let first_delete = requests.iter().find(is_delete).unwrap().at;
    let overlap = side_by_side(requests.iter().filter(|one| one.at < first_delete));
    assert!(overlap > 3.0, "plan: {overlap}");
    let mut ends: BTreeMap<(&str, &str), Timestamp> = BTreeMap::new();
    let mut counts: BTreeMap<(&str, &str, &str), (usize, usize)> = BTreeMap::new();
    for one in &requests {
        let scope = (one.account.as_str(), one.region.as_str());
        let count = counts
            .entry((scope.0, scope.1, &one.operation))
            .or_default();
        count.0 += 1;
        count.1 += usize::from(one.refused);
        if is_delete(&one) {
            ends.insert(scope, one.at);
        }
    }
    assert_eq!(ends.len(), ACCOUNTS * REGIONS.len());
    let largest = account(LARGEST.0);
    let largest = (largest.as_str(), LARGEST.1);
    let last = ends[&largest];
    // How long it takes beside the largest alone is for benches/scale: a busy machine would fail it here.
    let overlap = side_by_side(requests.iter().filter(is_delete));
    assert!(overlap > 3.0, "delete: {overlap}");
    let others = ends.iter().filter(|(scope, _)| **scope != largest);
    let after = others.filter(|(_, end)| **end >= last);
    assert_eq!(after.count(), 0, "the largest is the last");
    for ((account, region, operation), (sent, refused)) in counts {
        let deletes = holds(account.parse::<usize>().unwrap() - 200_000_000_000, region) - 1;
        let most = match operation {
            "DeleteRecoveryPoint" => deletes + refused,
            // A tag each, because it could protect.
            "ListTags" => deletes,
            // When planning, and then where several are read back at once.
            _ => 4 + deletes,
        };
        assert!(
            sent <= most,
            "{account}/{region}: {sent} {operation}, at most {most}"
        );
    }
}

#[test]
fn a_plan_over_fifty_accounts_is_applied_and_verified_with_each_role_assumed_once() {
    let world = world();
    let plan = [
        "aws",
        "delete",
        "--all-vaults",
        "--keep-last",
        "3",
        "--dry-run",
        "-q",
    ];
    let plan = [&plan[..], &["-o", "ids", "--out", "plan.json"]].concat();
    let planned = bkdel(&world, &plan, &flags());
    planned.exits(0);
    assert_eq!(assumed(&world), ACCOUNTS);
    for (command, more) in [
        ("apply", &["plan.json", "--yes", "-o", "ids"][..]),
        ("verify", &["last", "-q"]),
    ] {
        world.control("DELETE", "requests", "");
        bkdel(&world, &[&[command], more].concat(), &[]).exits(0);
        assert_eq!(assumed(&world), ACCOUNTS, "{command}");
        let requests = sent(&world);
        let roles: BTreeSet<&str> = requests.iter().map(|one| one.account.as_str()).collect();
        assert_eq!(roles.len(), ACCOUNTS, "{command}");
        let is_delete = |one: &&Sent| one.operation == "DeleteRecoveryPoint";
        let deletes = requests.iter().filter(is_delete).filter(|one| !one.refused);
        let expected = planned.out.lines().count() * usize::from(command == "apply");
        assert_eq!(deletes.count(), expected, "{command}");
    }
}

#[test]
fn s22_reading_a_large_set_back_costs_a_page_for_a_thousand_deletions_and_shows_soon_whether_they_work()
 {
    const POINTS: usize = 3_000;
    let seeds = (0..POINTS).map(|at| seed(0, "eu-central-1", at)).collect();
    let world = World::of(Duration::ZERO, &[], Some(seeds));
    let delete = ["aws", "delete", "--vault", "prod", "--keep-last", "1"];
    let role = format!("arn:aws:iam::{}:role/bkdel", account(0));
    let scope = [
        "--role-arn",
        &role,
        "--region",
        "eu-central-1",
        "--rate",
        "1000/s",
    ];
    let way = ["--yes", "--max-delete", "4000", "-o", "json"];
    let ran = world.bkdel(&[&delete[..], &scope, &way].concat());
    ran.exits(0);
    assert_eq!(ran.outcomes(), vec!["deleted"; POINTS - 1]);
    let requests = sent(&world);
    let first = requests
        .iter()
        .position(|one| one.operation == "DeleteRecoveryPoint");
    let (before, after) = requests.split_at(first.unwrap());
    let pages = |of: &[Sent]| {
        let is_list = |one: &&Sent| one.operation == "ListRecoveryPointsByBackupVault";
        of.iter().filter(is_list).count()
    };
    assert_eq!(pages(before), POINTS / 1_000);
    assert!(
        (1..=POINTS / 1_000).contains(&pages(after)),
        "{}",
        pages(after)
    );
    let last = after
        .iter()
        .rposition(|one| one.operation == "DeleteRecoveryPoint");
    let described = |one: &Sent| one.operation == "DescribeRecoveryPoint";
    let soon = after.iter().position(described).unwrap();
    assert!(soon < last.unwrap() / 2, "{soon}");
    // Two a round; of those there are more where the machine is slow.
    assert!(after.iter().filter(|one| described(one)).count() <= 40);
}
