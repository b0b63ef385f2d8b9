//! What must hold at every provider alike.

use std::time::Duration;

use crate::{
    subjects::{ALL, Subject},
    world::World,
};

#[track_caller]
fn for_all(case: impl Fn(Subject)) {
    for subject in ALL {
        eprintln!("-- {}", subject.provider);
        case(subject);
    }
}

#[test]
fn s22_deletes_what_is_named_and_calls_it_deleted_only_after_reading_it_back() {
    for_all(|subject| {
        let world = World::new();
        let id = subject.deletable[0];
        assert!(world.has(subject.provider, id));
        let ran = world.bkdel(&[subject.provider, "delete", "--yes", "-o", "json", id]);
        ran.exits(0);
        let run = ran.json();
        assert_eq!(run["schema"], "bkdel.run/v1");
        assert_eq!(run["dry_run"], false);
        assert_eq!(run["summary"]["deleted"], 1);
        let result = &run["results"][0];
        assert_eq!(result["outcome"], "deleted");
        assert_eq!(result["provider"], subject.provider);
        assert_eq!(result["id"], id);
        assert_eq!(result["attempts"], 1);
        assert!(
            !result["request_ids"].as_array().unwrap().is_empty() || subject.provider == "aiven",
            "{result}"
        );
        for time in ["sent_at", "verified_at"] {
            assert!(result[time].as_str().unwrap().ends_with('Z'), "{result}");
        }
        let changes = world.changes();
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!(changes[0].0, subject.method);
        assert!(!world.has(subject.provider, id));
    });
}

#[test]
fn deletes_several_and_an_id_that_is_named_twice_once() {
    for_all(|subject| {
        let world = World::new();
        let [first, second] = subject.deletable;
        let ran = world.bkdel(&[
            subject.provider,
            "delete",
            "--yes",
            "-o",
            "json",
            first,
            second,
            first,
            second,
            first,
        ]);
        ran.exits(0);
        assert_eq!(ran.outcomes(), ["deleted", "deleted"]);
        assert_eq!(world.changes().len(), 2);
    });
}

#[test]
fn what_is_not_there_is_already_absent_and_nothing_is_sent() {
    for_all(|subject| {
        let world = World::new();
        let ran = world.bkdel(&[
            subject.provider,
            "delete",
            "--yes",
            "-o",
            "json",
            subject.absent,
        ]);
        ran.exits(0);
        assert_eq!(ran.outcomes(), ["already_absent"]);
        assert_eq!(ran.json()["results"][0]["id"], subject.absent);
        assert_eq!(world.changes(), []);
    });
}

#[test]
fn s19_a_dry_run_shows_the_plan_and_sends_nothing_that_deletes() {
    for_all(|subject| {
        let world = World::new();
        let before = world.state();
        let ran = world.bkdel(&[
            subject.provider,
            "delete",
            "-n",
            "-o",
            "json",
            subject.deletable[0],
        ]);
        ran.exits(0);
        let plan = ran.json();
        assert_eq!(plan["schema"], "bkdel.plan/v1");
        assert_eq!(plan["dry_run"], true);
        assert_eq!(plan["complete"], true);
        assert_eq!(plan["items"][0]["verdict"], "delete");
        assert_eq!(plan["items"][0]["backup"]["id"], subject.deletable[0]);
        assert_eq!(plan["summary"]["delete"], 1);
        assert_eq!(plan["sha256"].as_str().unwrap().len(), 64);
        let ids = world.bkdel(&[
            subject.provider,
            "delete",
            "-n",
            "-o",
            "ids",
            subject.deletable[0],
        ]);
        assert_eq!(ids.out.trim_end(), subject.deletable[0]);
        let line = world.bkdel(&[
            subject.provider,
            "delete",
            "-n",
            "-o",
            "ndjson",
            subject.deletable[0],
        ]);
        assert!(line.out.contains("\"would_delete\""), "{line:?}");
        let human = world.bkdel(&[subject.provider, "delete", "-n", subject.deletable[0]]);
        human.exits(0).says("Dry run");
        assert_eq!(world.changes(), []);
        assert_eq!(world.state(), before);
    });
}

#[test]
fn s19_the_plans_of_a_dry_run_and_of_a_run_are_equal_but_for_time() {
    for_all(|subject| {
        let world = World::new();
        let plan = |_| {
            let mut plan = world
                .bkdel(&[
                    subject.provider,
                    "delete",
                    "-n",
                    "-o",
                    "json",
                    subject.deletable[0],
                    subject.absent,
                ])
                .json();
            for time in ["created_at", "id", "sha256"] {
                plan.as_object_mut().unwrap().remove(time);
            }
            // What a running service can be recovered to moves on between two looks at it.
            let range = "/items/0/backup/attributes/pitr";
            if let Some(serde_json::Value::Object(range)) = plan.pointer_mut(range) {
                assert!(range.remove("end").is_some(), "{range:?}");
            }
            plan
        };
        assert_eq!(plan(1), plan(2));
    });
}

#[test]
fn s8_what_is_protected_is_refused_by_name_and_nothing_is_sent() {
    for_all(|subject| {
        let world = World::new();
        let arguments = [
            subject.provider,
            "delete",
            "--yes",
            subject.protected,
            subject.deletable[0],
        ];
        let ran = world.bkdel(&arguments);
        ran.exits(5).says(subject.protected);
        assert_eq!(world.changes(), []);

        let mut arguments = arguments.to_vec();
        arguments.extend(["--skip-refused", "-o", "json"]);
        let ran = world.bkdel(&arguments);
        ran.exits(3);
        let mut outcomes = ran.outcomes();
        outcomes.sort();
        assert_eq!(outcomes, ["deleted", "skipped"]);
        assert!(world.has(subject.provider, subject.protected));
        assert!(!world.has(subject.provider, subject.deletable[0]));
    });
}

#[test]
fn s9_refuses_to_delete_the_last_healthy_backup() {
    for_all(|subject| {
        let world = World::new();
        let delete = |more: &[&str]| {
            let mut arguments = vec![subject.provider, "delete", "--yes", subject.last];
            arguments.extend(more);
            world.bkdel(&arguments)
        };
        delete(&[])
            .exits(5)
            .says("last healthy backup")
            .says(subject.last);
        delete(&["--allow-last"]).exits(5).says("--expect");
        delete(&["--allow-last", "--expect", "2"])
            .exits(5)
            .says("--expect");
        assert_eq!(world.changes(), []);
        delete(&["--allow-last", "--expect", "1"]).exits(0);
        assert!(!world.has(subject.provider, subject.last));
    });
}

#[test]
fn s15_yes_without_an_id_is_a_usage_error() {
    for_all(|subject| {
        let world = World::new();
        for flags in [&["--yes"][..], &[], &["-n"]] {
            let mut arguments = vec![subject.provider, "delete"];
            arguments.extend(flags);
            world.bkdel(&arguments).exits(2);
        }
        assert_eq!(world.requests().len(), 0, "nothing is even read");
    });
}

#[test]
fn s15_another_count_than_expected_is_refused() {
    for_all(|subject| {
        let world = World::new();
        let [first, second] = subject.deletable;
        world
            .bkdel(&[
                subject.provider,
                "delete",
                "--yes",
                "--expect",
                "1",
                first,
                second,
            ])
            .exits(5)
            .says("2 would be");
        assert_eq!(world.changes(), []);
        world
            .bkdel(&[
                subject.provider,
                "delete",
                "--yes",
                "--expect",
                "2",
                first,
                second,
            ])
            .exits(0);
    });
}

#[test]
fn s4_s5_what_is_no_id_of_a_backup_is_a_usage_error_that_names_it() {
    for_all(|subject| {
        let world = World::new();
        for id in subject
            .no_ids
            .iter()
            .chain(&["", " ", "\t", "a\u{1b}[31mb/c", "*"])
        {
            let ran = world.bkdel(&[
                subject.provider,
                "delete",
                "--yes",
                subject.deletable[0],
                id,
            ]);
            assert_eq!(ran.code, Some(2), "{id:?}: {ran:?}");
            assert!(!ran.err.contains('\u{1b}'), "{ran:?}");
        }
        assert_eq!(world.requests().len(), 0);
    });
}

#[test]
fn without_credentials_it_is_4_and_every_place_is_named() {
    for_all(|subject| {
        let world = World::new();
        let mut command =
            world.command(&[subject.provider, "delete", "--yes", subject.deletable[0]]);
        for name in subject.credentials {
            command.env_remove(name);
        }
        let ran = crate::world::run(&mut command);
        ran.exits(4);
        ran.says(subject.credentials[0]).says("hint:");
        assert_eq!(world.requests().len(), 0);
    });
}

#[test]
fn credentials_that_are_not_accepted_are_4_and_nothing_is_sent() {
    for_all(|subject| {
        let world = World::new();
        let mut command = world.command(&[
            subject.provider,
            "delete",
            "--yes",
            "-o",
            "json",
            subject.deletable[0],
        ]);
        for name in subject.credentials {
            command.env(name, "AKIAWRONGWRONGWRONG1");
        }
        let ran = crate::world::run(&mut command);
        ran.exits(4);
        let error: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
        assert_eq!(error["schema"], "bkdel.error/v1");
        assert_eq!(error["code"], 4);
        assert_eq!(error["kind"], "credentials");
        assert_eq!(world.changes(), []);
    });
}

#[test]
fn the_right_to_read_is_missing_is_4() {
    for_all(|subject| {
        let world = World::with(&[&format!("{}:forbidden-read", subject.provider)]);
        world.bkdel(&[subject.provider, "list"]).exits(4);
        world
            .bkdel(&[subject.provider, "delete", "--yes", subject.deletable[0]])
            .exits(4);
        assert_eq!(world.changes(), []);
    });
}

#[test]
fn the_right_to_delete_is_missing_is_a_failure_of_each_and_3() {
    for_all(|subject| {
        let world = World::with(&[&format!("{}:forbidden-delete", subject.provider)]);
        let ran = world.bkdel(&[
            subject.provider,
            "delete",
            "--yes",
            "-o",
            "json",
            subject.deletable[0],
            subject.deletable[1],
        ]);
        ran.exits(3);
        assert_eq!(ran.outcomes(), ["failed", "failed"]);
        let result = &ran.json()["results"][0];
        assert_eq!(result["kind"], "permission");
        assert!(result["hint"].is_string(), "{result}");
        assert!(world.has(subject.provider, subject.deletable[0]));
    });
}

#[test]
fn s23_an_auth_error_in_the_middle_stops_the_run() {
    for_all(|subject| {
        let world = World::with(&[&format!("{}:unauthorized-delete", subject.provider)]);
        let [first, second] = subject.deletable;
        let ran = world.bkdel(&[
            subject.provider,
            "delete",
            "--yes",
            "--concurrency",
            "1",
            "-o",
            "json",
            first,
            second,
        ]);
        ran.exits(3);
        assert_eq!(ran.outcomes(), ["failed", "not_attempted"]);
        assert_eq!(world.changes().len(), 1);
        assert!(world.has(subject.provider, first));
    });
}

#[test]
fn no_network_is_7_and_names_what_could_not_be_reached() {
    for_all(|subject| {
        let world = World::new();
        let closed = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let mut command = world.command(&[
            subject.provider,
            "delete",
            "--yes",
            "--retry-for",
            "300ms",
            subject.deletable[0],
        ]);
        command.env(subject.endpoint, format!("http://{closed}"));
        let ran = crate::world::run(&mut command);
        ran.exits(7).says(&closed.to_string());
        assert!(!ran.err.contains("panicked"), "{ran:?}");
    });
}

#[test]
fn s2_plain_http_off_loopback_is_refused() {
    for_all(|subject| {
        let world = World::new();
        let ran = world.bkdel(&[
            subject.provider,
            "list",
            "--endpoint-url",
            "http://192.0.2.1",
        ]);
        ran.exits(2).says("http");
    });
}

#[test]
fn no_wait_reads_back_once_and_says_what_is_not_confirmed() {
    for_all(|subject| {
        let lag = if subject.provider == "zilliz" {
            vec!["zilliz:lag-list=60s"]
        } else {
            vec![]
        };
        let world = World::lagging(Duration::from_mins(1), &lag);
        let ran = world.bkdel(&[
            subject.provider,
            "delete",
            "--yes",
            "--no-wait",
            "-o",
            "json",
            subject.deletable[0],
        ]);
        ran.exits(8);
        assert_eq!(ran.outcomes(), ["pending"]);
        assert_eq!(
            ran.json()["results"][0]["verified_at"],
            serde_json::Value::Null
        );
    });
}

#[test]
fn waits_until_the_deletion_is_done() {
    for_all(|subject| {
        let lag = if subject.provider == "zilliz" {
            vec!["zilliz:lag-list=600ms"]
        } else {
            vec![]
        };
        let world = World::lagging(Duration::from_millis(600), &lag);
        let ran = world.bkdel(&[
            subject.provider,
            "delete",
            "--yes",
            "-o",
            "json",
            subject.deletable[0],
        ]);
        ran.exits(0);
        assert_eq!(ran.outcomes(), ["deleted"]);
    });
}

#[test]
fn a_timeout_while_reading_is_7() {
    for_all(|subject| {
        let world = World::with(&[&format!("{}:hang-read", subject.provider)]);
        world
            .bkdel(&[
                subject.provider,
                "delete",
                "--yes",
                "--timeout",
                "300ms",
                subject.deletable[0],
            ])
            .exits(7)
            .says("--timeout");
        assert_eq!(world.changes(), []);
    });
}

#[test]
fn s24_throttling_is_no_failure() {
    for_all(|subject| {
        let world = World::with(&[&format!("{}:throttle=20/s", subject.provider)]);
        let [first, second] = subject.deletable;
        let ran = world.bkdel(&[
            subject.provider,
            "delete",
            "--yes",
            "-o",
            "json",
            first,
            second,
        ]);
        ran.exits(0);
        assert_eq!(ran.outcomes(), ["deleted", "deleted"]);
    });
}
