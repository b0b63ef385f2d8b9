//! What only Aiven does.

use std::fs;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    subjects::AIVEN,
    world::{Ran, World, run},
};

const REGION: &str = "acme-prod/search-os/aws-eu-central-1";
const OTHERS: [&str; 2] = ["google-europe-west4", "azure-westeurope"];
const SEARCH: [&str; 4] = ["--project", "acme-prod", "--service", "search-os"];

/// `aiven delete --yes -o json`, not for long, with more.
fn delete(world: &World, more: &[&str]) -> Ran {
    let patience = [
        "aiven",
        "delete",
        "--yes",
        "-o",
        "json",
        "--retry-for",
        "300ms",
        "--wait",
        "500ms",
    ];
    world.bkdel(&[&patience, more].concat())
}

/// The one result of a run.
#[track_caller]
fn result(ran: &Ran) -> Value {
    let run = ran.json();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 1, "{run}");
    results[0].clone()
}

/// A service in the server's state.
fn service(world: &World, project: &str, name: &str) -> Value {
    world.state()["aiven"]["services"]
        .as_array()
        .unwrap()
        .iter()
        .find(|service| service["project"] == project && service["service"] == name)
        .unwrap()
        .clone()
}

/// The additional regions that the server has for `search-os`.
fn regions(world: &World) -> Value {
    service(world, "acme-prod", "search-os")["user_config"]["additional_backup_regions"].clone()
}

/// The bodies of the requests that change something.
fn bodies(world: &World) -> Vec<Value> {
    world
        .requests()
        .iter()
        .filter(|request| request["mutates"] == true)
        .map(|request| serde_json::from_str(request["body"].as_str().unwrap()).unwrap())
        .collect()
}

fn list_of(regions: &[&str]) -> Value {
    json!({"user_config": {"additional_backup_regions": regions}})
}

#[test]
fn regions_of_one_service_leave_by_one_put_with_exactly_what_stays() {
    for (arguments, stay) in [
        (&["--region", "aws-eu-central-1"][..], &OTHERS[..]),
        (
            &["--region", "aws-eu-central-1", "--region", OTHERS[1]],
            &OTHERS[..1],
        ),
        (&["--region", OTHERS[0]], &["aws-eu-central-1", OTHERS[1]]),
        (&["--all-regions"], &[]),
    ] {
        let world = World::new();
        let before = service(&world, "acme-prod", "search-os");
        let ran = delete(&world, &[&SEARCH, arguments].concat());
        ran.exits(0);
        assert_eq!(ran.outcomes(), vec!["deleted"; 3 - stay.len()]);
        assert_eq!(bodies(&world), [list_of(stay)], "{arguments:?}");
        assert_eq!(
            world.changes(),
            [(
                "PUT".to_owned(),
                "/v1/project/acme-prod/service/search-os".to_owned()
            )]
        );
        let after = service(&world, "acme-prod", "search-os");
        assert_eq!(regions(&world), json!(stay));
        for key in ["plan", "state", "cloud_name", "settings", "primary_backups"] {
            assert_eq!(after[key], before[key], "{key}");
        }
        let rest = |service: &Value| {
            let mut config = service["user_config"].as_object().unwrap().clone();
            config.remove("additional_backup_regions");
            config
        };
        assert_eq!(rest(&after), rest(&before));
    }
}

#[test]
fn other_settings_survive() {
    let world = World::new();
    // The one service of the demo with another setting gets a region.
    world.change(&json!({"add": {
        "provider": "aiven", "id": "acme-prod/inventory-pg/aws-eu-north-1",
        "created_at": "2026-01-01T00:00:00Z",
    }}));
    let ran = delete(&world, &["acme-prod/inventory-pg/aws-eu-north-1"]);
    ran.exits(0);
    assert_eq!(bodies(&world), [list_of(&[])]);
    let config = service(&world, "acme-prod", "inventory-pg")["user_config"].clone();
    assert_eq!(
        config,
        json!({"ip_filter": ["10.0.0.0/8"], "additional_backup_regions": []})
    );
}

#[test]
fn services_are_changed_each_by_its_own_put() {
    let world = World::new();
    let ran = delete(
        &world,
        &[
            AIVEN.deletable[0],
            REGION,
            "acme-prod/search-os/azure-westeurope",
        ],
    );
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted"; 3]);
    let mut sent = bodies(&world);
    sent.sort_by_key(|body| body.to_string().len());
    assert_eq!(sent, [list_of(&[]), list_of(&OTHERS[..1])]);
}

#[test]
fn a_service_without_regions_gets_no_put() {
    let world = World::new();
    for name in ["audit-pg", "inventory-pg", "orders-pg-replica"] {
        let ran = delete(
            &world,
            &["--project", "acme-prod", "--service", name, "--all-regions"],
        );
        assert_eq!(ran.code, Some(0), "{name}: {ran:?}");
    }
    let ran = delete(
        &world,
        &[
            "--project",
            "acme-prod",
            "--service",
            "audit-pg",
            "--region",
            "aws-eu-central-1",
        ],
    );
    ran.exits(0);
    assert_eq!(result(&ran)["outcome"], "already_absent");
    assert_eq!(world.changes(), []);
}

#[test]
fn s17_a_list_that_changed_since_it_was_planned_is_left_alone() {
    let world = World::with(&["aiven:drift"]);
    let ran = delete(&world, &[REGION]);
    ran.exits(6);
    let result = result(&ran);
    assert_eq!(result["outcome"], "skipped");
    assert_eq!(result["kind"], "drift");
    assert_eq!(result["sent_at"], Value::Null);
    let message = result["message"].as_str().unwrap();
    assert!(message.contains("aws-ap-southeast-2"), "{message}");
    assert_eq!(world.changes(), []);
    assert_eq!(regions(&world).as_array().unwrap().len(), 4);

    // Where something else was deleted, the run did not send nothing.
    let world = World::with(&["aiven:drift=search-os"]);
    let ran = delete(&world, &[REGION, AIVEN.deletable[0]]);
    ran.exits(3);
    let mut outcomes = ran.outcomes();
    outcomes.sort();
    assert_eq!(outcomes, ["deleted", "skipped"]);
    assert_eq!(bodies(&world), [list_of(&[])]);
}

#[test]
fn s22_what_aiven_keeps_is_never_called_deleted() {
    for (faults, code, outcome) in [
        (&["aiven:kept"][..], 8, "pending"),
        (&["aiven:kept", "aiven:answer-lists-region"], 3, "failed"),
        (&["aiven:kept", "aiven:error-200-after"], 3, "failed"),
        (&["aiven:kept", "aiven:html-408-after"], 3, "failed"),
        (&["aiven:kept", "aiven:reset-after-delete"], 3, "unknown"),
    ] {
        let world = World::with(faults);
        let ran = delete(&world, &[REGION]);
        assert_eq!(ran.code, Some(code), "{faults:?}: {ran:?}");
        let result = result(&ran);
        assert_eq!(result["outcome"], outcome, "{faults:?}");
        assert_eq!(result["verified_at"], Value::Null);
        assert_eq!(regions(&world).as_array().unwrap().len(), 3);
    }
}

#[test]
fn backups_that_still_list_the_region_are_waited_for_and_then_pending() {
    let world = World::with(&["aiven:lag-backups=250ms"]);
    let ran = delete(&world, &[REGION]);
    ran.exits(0);
    assert_eq!(result(&ran)["outcome"], "deleted");
    let world = World::with(&["aiven:lag-backups=60s"]);
    let ran = delete(&world, &[REGION]);
    ran.exits(8);
    assert_eq!(result(&ran)["outcome"], "pending");
    assert_eq!(regions(&world), json!(OTHERS));
}

#[test]
fn without_the_list_of_backups_the_service_itself_is_read_back() {
    let world = World::with(&["aiven:backups-denied"]);
    let ran = delete(&world, &[REGION]);
    ran.exits(0).says("service:configuration:write");
    assert_eq!(result(&ran)["outcome"], "deleted");
    assert_eq!(regions(&world), json!(OTHERS));
}

#[test]
fn s22_answers_that_are_errors_or_no_answers_are_settled_by_reading_back() {
    for fault in [
        "error-200-after",
        "html-408-after",
        "answer-lists-region",
        "put-twice-400",
        "reset-after-delete",
        "empty-delete",
    ] {
        let world = World::with(&[&format!("aiven:{fault}")]);
        let ran = delete(&world, &[REGION]);
        ran.exits(0);
        assert_eq!(result(&ran)["outcome"], "deleted", "{fault}");
        assert_eq!(bodies(&world), [list_of(&OTHERS)], "once: {fault}");
        assert_eq!(regions(&world), json!(OTHERS), "{fault}");
    }
}

#[test]
fn s22_a_put_that_is_never_applied_is_a_failure_and_the_regions_stay() {
    for (fault, kind, said) in [
        ("error-200", "server", "Internal error"),
        ("html-408", "timeout", "web page"),
        ("limit-one", "refused", "at most 1"),
        ("deny-update", "permission", "permission"),
    ] {
        let world = World::with(&[&format!("aiven:{fault}")]);
        let ran = delete(&world, &[REGION]);
        ran.exits(3);
        let result = result(&ran);
        assert_eq!(result["outcome"], "failed", "{fault}");
        assert_eq!(result["kind"], kind, "{fault}");
        let message = result["message"].as_str().unwrap();
        assert!(message.contains(said), "{fault}: {message}");
        assert_eq!(regions(&world).as_array().unwrap().len(), 3, "{fault}");
    }
    // Where a list of two is refused, all of them at once are not.
    let world = World::with(&["aiven:limit-one"]);
    delete(&world, &[REGION]).exits(3).says("");
    assert!(
        result(&delete(&world, &[REGION]))["hint"]
            .as_str()
            .unwrap()
            .contains("--all-regions")
    );
    delete(&world, &[&SEARCH[..], &["--all-regions"]].concat()).exits(0);
    assert_eq!(regions(&world), json!([]));
}

#[test]
fn s8_termination_protection_is_honoured_also_where_it_came_after_the_plan() {
    let world = World::new();
    delete(&world, &[AIVEN.protected])
        .exits(5)
        .says("termination protection");
    delete(&world, &[AIVEN.protected, "--allow-last", "--expect", "1"]).exits(5);
    assert_eq!(world.changes(), []);
    world.change(&json!({"provider": "aiven", "id": "acme-prod/search-os", "set": {"termination_protection": true}}));
    delete(&world, &[REGION, AIVEN.deletable[0]])
        .exits(5)
        .says(REGION);
    assert_eq!(world.changes(), []);
}

#[test]
fn s9_a_service_that_is_powered_off_or_lists_no_primary_backup_has_its_last_copy_in_the_region() {
    let world = World::new();
    for id in [AIVEN.last, "acme-staging/reports-pg/aws-us-east-1"] {
        delete(&world, &[id])
            .exits(5)
            .says("last healthy backup")
            .says(id);
    }
    // What a service lists while it is powered off cannot be restored from.
    world.change(
        &json!({"provider": "aiven", "id": "acme-prod/orders-pg", "set": {"state": "POWEROFF"}}),
    );
    delete(&world, &[AIVEN.deletable[0]]).exits(5);
    // Several regions keep each other, unless all of them go.
    world.change(
        &json!({"provider": "aiven", "id": "acme-prod/search-os", "set": {"primary_backups": []}}),
    );
    delete(&world, &[&SEARCH[..], &["--all-regions"]].concat()).exits(5);
    assert_eq!(world.changes(), []);
    delete(&world, &[REGION]).exits(0);
    assert_eq!(regions(&world), json!(OTHERS));
}

#[test]
fn services_that_are_not_running_can_be_changed_and_unknown_states_not() {
    let world = World::new();
    for (id, note) in [
        ("acme-prod/sessions-valkey/aws-eu-central-1", "7 copies"),
        ("acme-staging/orders-pg/aws-us-east-1", "6 copies"),
        ("acme-staging/queue-redis/aws-us-east-1", "1 cop"),
        (
            "acme-prod/dashboards/aws-eu-central-1",
            "paused: storage quota exceeded",
        ),
        (
            "acme-staging/catalog-mysql/google-us-east1",
            "holds no copy yet",
        ),
    ] {
        let ran = delete(&world, &[id]);
        ran.exits(0).says(note);
        assert_eq!(result(&ran)["outcome"], "deleted", "{id}");
    }
    let before = world.changes().len();
    world.change(
        &json!({"provider": "aiven", "id": "acme-prod/search-os", "set": {"state": "MELTING"}}),
    );
    delete(&world, &[REGION]).exits(5).says("MELTING");
    assert_eq!(world.changes().len(), before);
}

#[test]
fn a_service_that_does_not_exist_is_already_absent_and_near_names_are_told() {
    let world = World::new();
    let ran = world.bkdel(&[
        "aiven",
        "delete",
        "--yes",
        "acme-prod/order-pg/aws-eu-central-1",
    ]);
    ran.exits(0).says("did you mean orders-pg");
    assert!(ran.out.contains("already absent"), "{ran:?}");
    world
        .bkdel(&["aiven", "list", "--service", "order-pg"])
        .exits(2)
        .says("did you mean orders-pg?");
    delete(
        &world,
        &[
            "--project",
            "acme-prod",
            "--service",
            "order-pg",
            "--all-regions",
        ],
    )
    .exits(2)
    .says("did you mean orders-pg?");
    assert_eq!(world.changes(), []);
}

#[test]
fn a_project_that_is_not_ones_own_is_2_with_near_names() {
    let world = World::new();
    delete(&world, &["acme-pord/orders-pg/aws-eu-central-1"])
        .exits(2)
        .says("did you mean acme-prod?");
    world
        .bkdel(&["aiven", "list", "--project", "acme-pord"])
        .exits(2)
        .says("did you mean acme-prod?");
    assert_eq!(world.changes(), []);
}

#[test]
fn a_token_that_is_refused_with_403_is_4() {
    let world = World::with(&["aiven:auth-403"]);
    let mut command = world.command(&["aiven", "delete", "--yes", REGION]);
    command.env("AIVEN_AUTH_TOKEN", "wrong");
    run(&mut command).exits(4).says("AIVEN_AUTH_TOKEN");
    assert_eq!(world.changes(), []);
}

#[test]
fn s24_the_wait_that_the_message_of_a_429_names_is_kept() {
    for more in [&[][..], &["aiven:retry-after"]] {
        let world = World::with(&[&["aiven:throttle=3/s"], more].concat());
        let ran = world.bkdel(&["aiven", "delete", "--yes", "-o", "json", REGION]);
        ran.exits(0);
        assert_eq!(result(&ran)["outcome"], "deleted");
        assert_eq!(regions(&world), json!(OTHERS));
        let requests = world.requests();
        let refused = requests
            .iter()
            .position(|request| request["status"] == 429)
            .unwrap();
        let at = |index: usize| -> Timestamp {
            requests[index]["at"].as_str().unwrap().parse().unwrap()
        };
        // "try again in 1s": the same is not asked for again before that.
        let again = (refused + 1..requests.len())
            .find(|index| requests[*index]["path"] == requests[refused]["path"])
            .unwrap();
        let waited = at(again).duration_since(at(refused));
        assert!(waited.as_millis() >= 950, "{waited}");
    }
}

#[test]
fn the_token_comes_from_the_first_place_that_has_one_and_the_project_from_aivens_file() {
    let world = World::new();
    let token = world.variable("AIVEN_AUTH_TOKEN");
    let folder = world.home().join(".config/aiven");
    fs::create_dir_all(&folder).unwrap();
    let credentials = |name: &str, token: &str| {
        let file = world.home().join(name);
        fs::write(&file, json!({"auth_token": token}).to_string()).unwrap();
        file
    };
    credentials(".config/aiven/aiven-credentials.json", &token);
    let wrong = credentials("wrong.json", "wrong");
    let right = credentials("right.json", &token);
    fs::write(
        folder.join("aiven-client.json"),
        r#"{"default_project": "acme-prod"}"#,
    )
    .unwrap();
    let with = |set: &[(&str, &str)], arguments: &[&str]| {
        let mut command = world.command(arguments);
        for name in ["AIVEN_AUTH_TOKEN", "AIVEN_CONFIG_DIR"] {
            command.env_remove(name);
        }
        command.envs(set.iter().copied());
        run(&mut command)
    };
    let list = ["aiven", "list", "-o", "ids"];
    with(
        &[("AIVEN_AUTH_TOKEN", &token), ("AIVEN_TOKEN", "wrong")],
        &list,
    )
    .exits(0);
    with(
        &[("AIVEN_AUTH_TOKEN", "wrong"), ("AIVEN_TOKEN", &token)],
        &list,
    )
    .exits(4);
    let wrong = wrong.to_str().unwrap();
    with(
        &[("AIVEN_TOKEN", &token), ("AIVEN_CREDENTIALS_FILE", wrong)],
        &list,
    )
    .exits(0);
    with(&[("AIVEN_CREDENTIALS_FILE", wrong)], &list).exits(4);
    let right = right.to_str().unwrap();
    with(&[("AIVEN_CREDENTIALS_FILE", right)], &list).exits(0);
    with(&[], &list).exits(0);

    // A service alone is one of the default project; the variable goes before the file.
    let plan = [
        "aiven",
        "delete",
        "-n",
        "-o",
        "ids",
        "--service",
        "orders-pg",
        "--all-regions",
    ];
    let ran = with(&[], &plan);
    ran.exits(0);
    assert_eq!(ran.out.trim_end(), AIVEN.deletable[0]);
    let ran = with(&[("AIVEN_PROJECT", "acme-staging")], &plan);
    ran.exits(0);
    assert_eq!(ran.out.trim_end(), "acme-staging/orders-pg/aws-us-east-1");
    world
        .bkdel(&[
            "aiven",
            "delete",
            "-n",
            "--service",
            "orders-pg",
            "--all-regions",
        ])
        .exits(2)
        .says("no project is named");
}

#[test]
fn s12_the_facts_say_what_each_region_holds_what_stays_and_never_that_something_is_erased() {
    let world = World::new();
    let ran = world.bkdel(&["aiven", "delete", "--yes", REGION, AIVEN.deletable[0]]);
    ran.exits(0);
    for fact in [
        "acme-prod/search-os/aws-eu-central-1 holds 3 copies",
        "acme-prod/orders-pg/aws-eu-central-1 holds 14 copies",
        "14 primary backups of acme-prod/search-os in aws-eu-west-1 stay",
        "regions are removed from the service",
        "once in 24 h",
    ] {
        ran.says(fact);
    }
    let dry = world.bkdel(&[
        "aiven",
        "delete",
        "-n",
        "acme-prod/search-os/azure-westeurope",
    ]);
    for text in [&ran.out, &ran.err, &dry.out, &dry.err] {
        // The one sentence that has the word says that nobody knows.
        let text = text.replace("when Aiven erases the copies in them is not documented", "");
        assert!(!text.contains("erase"), "{text}");
    }
}

#[test]
fn s16_trouble_that_passes_makes_no_other_account_of_the_token() {
    let world = World::new();
    let plan = world.home().join("plan.json");
    let plan = plan.to_str().unwrap();
    world
        .bkdel(&["aiven", "delete", "-n", "-q", "--out", plan, REGION])
        .exits(0);
    for kind in ["error-500-read=1", "reset-after-read=1", "truncated-read=1"] {
        world.fault(&format!("aiven:{kind}"));
        world.bkdel(&["apply", plan, "-n"]).exits(0);
    }
}
