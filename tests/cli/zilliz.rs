//! What only Zilliz Cloud does.

use std::fs;

use serde_json::{Value, json};

use crate::{
    subjects::ZILLIZ,
    world::{Ran, World, run},
};

const BACKUP: &str = ZILLIZ.deletable[0];
const OF_A_DROPPED_CLUSTER: &str = "in01-c05b9e12a7f8d43/backup1_60b2f9d8c1e4";
/// The cluster of [`BACKUP`], and the backup alone.
const CLUSTER: &str = "in01-3f9a1c7be2d4650";
const ALONE: &str = "backup1_17be03c95d2a";

/// `zilliz delete --yes -o json`, not for long, with more.
fn delete(world: &World, more: &[&str]) -> Ran {
    let patience = [
        "zilliz",
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

/// Whether the server's state has the backup.
fn is_there(world: &World, id: &str) -> bool {
    world.state()["zilliz"]["backups"]
        .as_array()
        .unwrap()
        .iter()
        .any(|backup| backup["id"] == id)
}

/// What must hold whatever went wrong: every cluster and every policy is as it was, and nothing but backups was named.
#[track_caller]
fn harmless(world: &World, before: &Value) {
    let after = world.state();
    for kept in ["clusters", "dropped_clusters", "projects"] {
        assert_eq!(after["zilliz"][kept], before["zilliz"][kept], "{kept}");
    }
    for request in world.requests() {
        let path = request["path"].as_str().unwrap();
        let route = path.rsplit('/').next().unwrap();
        assert!(!["drop", "policy", "create"].contains(&route), "{path}");
    }
}

#[track_caller]
fn list(world: &World, more: &[&str]) -> Vec<String> {
    let ran = world.bkdel(&[&["zilliz", "list", "-o", "ids"], more].concat());
    ran.exits(0);
    ran.out.lines().map(str::to_owned).collect()
}

#[test]
fn the_cluster_of_a_backup_that_is_named_alone_is_looked_up() {
    for scope in [
        &[][..],
        &["--cluster", CLUSTER],
        &["--cluster", "search-prod"],
        &["--cluster", "search-*", "--project", "acme-*"],
    ] {
        let world = World::new();
        let before = world.state();
        let ran = delete(&world, &[scope, &[ALONE]].concat());
        ran.exits(0);
        assert_eq!(result(&ran)["id"], BACKUP);
        assert_eq!(
            world.changes(),
            [(
                "DELETE".to_owned(),
                format!("/v2/clusters/{CLUSTER}/backups/{ALONE}")
            )]
        );
        assert!(!is_there(&world, BACKUP));
        harmless(&world, &before);
    }
}

#[test]
fn a_backup_of_another_cluster_than_the_one_named_is_2_and_the_right_one_is_told() {
    let world = World::new();
    delete(&world, &[&format!("in01-82d0e4f61b7c395/{ALONE}")])
        .exits(2)
        .says(BACKUP);
    delete(&world, &["--cluster", "embeddings-staging", ALONE])
        .exits(2)
        .says(BACKUP);
    delete(&world, &["--project", "acme-staging", BACKUP]).exits(2);
    assert_eq!(world.changes(), []);
    assert!(is_there(&world, BACKUP));
}

#[test]
fn s22_a_code_on_http_200_is_a_failure_and_the_backup_stays() {
    for (code, kind) in [
        (40013, "refused"),
        (63104, "refused"),
        (96021, "refused"),
        (96018, "not_found"),
    ] {
        let world = World::with(&[&format!("zilliz:code={code}")]);
        let before = world.state();
        let ran = delete(&world, &[BACKUP]);
        ran.exits(3);
        let result = result(&ran);
        assert_eq!(result["outcome"], "failed", "{code}");
        assert_eq!(result["kind"], kind, "{code}");
        assert_eq!(result["code"], code.to_string());
        assert!(result["message"].is_string());
        assert_ne!(result["request_ids"], json!([]));
        assert!(is_there(&world, BACKUP));
        harmless(&world, &before);
    }
}

#[test]
fn s22_a_code_after_the_deletion_was_done_is_settled_by_reading_back() {
    for code in [40013, 96409, 50000] {
        let world = World::with(&[&format!("zilliz:code-after={code}")]);
        let ran = delete(&world, &[BACKUP]);
        ran.exits(0);
        assert_eq!(result(&ran)["outcome"], "deleted", "{code}");
        assert!(!is_there(&world, BACKUP));
    }
}

#[test]
fn s22_answers_that_say_too_little_are_settled_by_reading_back() {
    for fault in [
        "data-empty",
        "data-other",
        "success-200",
        "not-found-404",
        "not-found-code=7777",
        "twice-ok",
        "describe-deleted",
        "empty-expire",
    ] {
        let world = World::with(&[&format!("zilliz:{fault}")]);
        let before = world.state();
        let ran = delete(&world, &[BACKUP]);
        ran.exits(0);
        let first = result(&ran);
        assert_eq!(first["outcome"], "deleted", "{fault}");
        assert!(first["verified_at"].is_string(), "{fault}");
        assert!(!is_there(&world, BACKUP), "{fault}");
        assert_eq!(world.changes().len(), 1, "{fault}");

        let again = delete(&world, &[BACKUP]);
        again.exits(0);
        assert_eq!(result(&again)["outcome"], "already_absent", "{fault}");
        assert_eq!(world.changes().len(), 1, "{fault}");
        harmless(&world, &before);
    }
}

#[test]
fn s22_what_is_kept_is_never_called_deleted() {
    for (faults, code, outcome) in [
        (&["zilliz:kept"][..], 8, "pending"),
        (&["zilliz:kept", "zilliz:success-200"], 8, "pending"),
        (&["zilliz:kept", "zilliz:data-empty"], 3, "failed"),
        (&["zilliz:kept", "zilliz:data-other"], 3, "failed"),
        (&["zilliz:kept", "zilliz:code-after=40013"], 3, "failed"),
    ] {
        let world = World::with(faults);
        let ran = delete(&world, &[BACKUP]);
        assert_eq!(ran.code, Some(code), "{faults:?}: {ran:?}");
        let result = result(&ran);
        assert_eq!(result["outcome"], outcome, "{faults:?}");
        assert_eq!(result["verified_at"], Value::Null, "{faults:?}");
        assert!(is_there(&world, BACKUP));
    }
}

#[test]
fn a_list_that_lags_behind_is_waited_for_and_then_pending() {
    let world = World::with(&["zilliz:lag-list=250ms"]);
    let ran = delete(&world, &[BACKUP]);
    ran.exits(0);
    assert_eq!(result(&ran)["outcome"], "deleted");
    let world = World::with(&["zilliz:lag-list=60s"]);
    let ran = delete(&world, &[BACKUP]);
    ran.exits(8);
    assert_eq!(result(&ran)["outcome"], "pending");
}

#[test]
fn s24_a_rate_limit_on_http_200_is_no_failure() {
    let world = World::with(&["zilliz:rate-limit-200", "zilliz:throttle=3/s"]);
    let ran = world.bkdel(&[
        "zilliz",
        "delete",
        "--yes",
        "-o",
        "json",
        ZILLIZ.deletable[0],
        ZILLIZ.deletable[1],
    ]);
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted", "deleted"]);
}

#[test]
fn a_key_that_is_refused_on_http_200_is_4() {
    let world = World::with(&["zilliz:auth-200"]);
    let mut command = world.command(&["zilliz", "delete", "--yes", BACKUP]);
    command.env("ZILLIZ_API_KEY", "wrong");
    run(&mut command).exits(4).says("80001").says("--cloud cn");
    assert_eq!(world.changes(), []);
}

#[test]
fn s22_a_dropped_cluster_that_is_not_found_does_not_make_its_backup_gone() {
    let world = World::with(&["zilliz:orphan-96018"]);
    let ran = delete(&world, &[OF_A_DROPPED_CLUSTER]);
    ran.exits(3);
    let result = result(&ran);
    assert_eq!(result["outcome"], "failed");
    assert_eq!(result["code"], "96018");
    assert!(is_there(&world, OF_A_DROPPED_CLUSTER));

    let world = World::new();
    delete(&world, &[OF_A_DROPPED_CLUSTER])
        .exits(0)
        .says("nothing can make them again");
    assert!(!is_there(&world, OF_A_DROPPED_CLUSTER));
}

#[test]
fn the_right_to_delete_is_not_the_right_to_list() {
    let world = World::with(&["zilliz:deny-delete"]);
    let ran = delete(&world, &[BACKUP]);
    ran.exits(3);
    let result = result(&ran);
    assert_eq!(result["outcome"], "failed");
    assert_eq!(result["kind"], "permission");
    assert_eq!(result["code"], "96012");
    assert!(
        result["hint"].as_str().unwrap().contains("backup: manage"),
        "{result}"
    );
    assert_eq!(world.changes().len(), 1, "a denial is not repeated");
    assert!(is_there(&world, BACKUP));
}

#[test]
fn s9_without_the_right_to_list_nobody_knows_that_it_is_not_the_last() {
    let world = World::with(&["zilliz:list-denied"]);
    world.bkdel(&["zilliz", "list"]).exits(4);
    delete(&world, &[BACKUP]).exits(5).says("--allow-last");
    // Alone, its cluster cannot be looked up either.
    delete(&world, &[ALONE]).exits(4);
    assert_eq!(world.changes(), []);
    let ran = delete(&world, &["--allow-last", "--expect", "1", BACKUP]);
    ran.exits(8);
    let outcome = result(&ran)["outcome"].clone();
    assert_eq!(outcome, "unverified", "the list may not be read back");
}

#[test]
fn neither_clusters_nor_projects_need_to_be_seen() {
    for fault in ["clusters-denied", "projects-denied", "describe-denied"] {
        let world = World::with(&[&format!("zilliz:{fault}")]);
        let ran = delete(&world, &[BACKUP]);
        assert!(matches!(ran.code, Some(0 | 8)), "{fault}: {ran:?}");
        assert!(!is_there(&world, BACKUP), "{fault}");
    }
    let world = World::with(&["zilliz:clusters-denied"]);
    world.bkdel(&["zilliz", "list", "--orphaned"]).exits(4);
}

#[test]
fn lists_by_project_and_cluster_by_name_id_and_glob_by_method_and_orphans() {
    let world = World::new();
    let all = list(&world, &[]);
    assert_eq!(all.len(), 15);
    for (arguments, count, of) in [
        (&["--orphaned"][..], 3, "in01-c05b9e12a7f8d43/"),
        (&["--project", "acme-staging"], 3, "in01-82d0e4f61b7c395/"),
        (
            &["--project", "proj-2e84d6b05fa1"],
            3,
            "in01-82d0e4f61b7c395/",
        ),
        (&["--project", "acme-st*"], 3, "in01-82d0e4f61b7c395/"),
        (
            &["--cluster", "embeddings-staging"],
            3,
            "in01-82d0e4f61b7c395/",
        ),
        (&["--cluster", "in01-3f9a1c7be2d4650"], 9, CLUSTER),
        (&["--cluster", "search-*"], 9, CLUSTER),
        (&["--cluster", "search-*", "--method", "auto"], 4, CLUSTER),
        (&["--method", "manual"], 10, "in01-"),
        (&["--project", "acme-*"], 15, "in01-"),
    ] {
        let ids = list(&world, arguments);
        assert_eq!(ids.len(), count, "{arguments:?}: {ids:?}");
        assert!(ids.iter().all(|id| id.starts_with(of)), "{arguments:?}");
    }
    for (arguments, said) in [
        (&["--project", "acme-pord"][..], "acme-prod"),
        (&["--project", "mars-*"], "acme-prod"),
        (&["--cluster", "embedings-staging"], "embeddings-staging"),
    ] {
        let ran = world.bkdel(&[&["zilliz", "list"], arguments].concat());
        ran.exits(2).says(said);
    }
}

#[test]
fn s3_a_list_that_does_not_fit_its_own_count_is_7() {
    // Enough for a second page: the demo fits on one.
    let more = |world: &World| {
        for number in 0..100 {
            world.change(&json!({"add": {
                "provider": "zilliz", "id": format!("{CLUSTER}/backup9_{number:03}"),
                "scope": {"project": "proj-7c1f0a9be3d2"}, "created_at": "2026-01-01T00:00:00Z",
            }}));
        }
    };
    let world = World::new();
    more(&world);
    assert_eq!(list(&world, &[]).len(), 115);
    for fault in ["wrong-count", "short-page", "repeat-page", "shift-page"] {
        let world = World::with(&[&format!("zilliz:{fault}")]);
        more(&world);
        let ran = world.bkdel(&["zilliz", "list", "-o", "ids"]);
        assert_eq!(ran.code, Some(7), "{fault}: {ran:?}");
        assert_eq!(ran.out, "", "{fault}");
        assert_eq!(delete(&world, &[BACKUP]).code, Some(7), "{fault}");
        assert_eq!(world.changes(), [], "{fault}");
    }
    let world = World::with(&["zilliz:list-data-null"]);
    delete(&world, &[BACKUP]).exits(7);
}

#[test]
fn a_size_of_0_is_unknown_and_what_is_being_made_is_protected() {
    let world = World::new();
    let backups = world.bkdel(&["zilliz", "list", "-o", "json"]).json();
    let of = |id: &str| {
        backups["backups"]
            .as_array()
            .unwrap()
            .iter()
            .find(|backup| backup["id"] == id)
            .unwrap()
            .clone()
    };
    let empty = of("in01-82d0e4f61b7c395/backup1_e09c57b34af2");
    assert_eq!(empty["size_bytes"], Value::Null);
    assert_eq!(empty["status"], "AVAILABLE");
    let creating = of(ZILLIZ.protected);
    assert_eq!(creating["status"], "CREATING");
    assert_eq!(creating["protection"], json!(["in_progress"]));
    delete(&world, &[ZILLIZ.protected])
        .exits(5)
        .says("still being made");
    assert_eq!(world.changes(), []);
}

#[test]
fn the_key_comes_from_the_first_place_that_has_one() {
    let world = World::new();
    let key = world.variable("ZILLIZ_API_KEY");
    let folder = world.home().join(".zilliz");
    fs::create_dir(&folder).unwrap();
    fs::write(
        folder.join("credentials"),
        format!(
            "[default]\napi_key = {key}\n[org.acme]\napi_key = {key}\n[org.old]\napi_key = wrong\n"
        ),
    )
    .unwrap();
    let variables = [
        "ZILLIZ_API_KEY",
        "ZILLIZCLOUD_API_KEY",
        "ZILLIZ_CLOUD_TOKEN",
    ];
    let with = |set: &[(&str, &str)], more: &[&str]| {
        let mut command = world.command(&[&["zilliz", "list", "-o", "ids"], more].concat());
        command.env_remove("ZILLIZ_CONFIG_DIR");
        for name in variables {
            command.env_remove(name);
        }
        command.envs(set.iter().copied());
        run(&mut command)
    };
    // The second is wrong, so that only the first can have been used.
    for (first, second) in [(0, 1), (0, 2), (1, 2)] {
        with(
            &[(variables[first], &key), (variables[second], "wrong")],
            &[],
        )
        .exits(0);
        with(
            &[(variables[first], "wrong"), (variables[second], &key)],
            &[],
        )
        .exits(4)
        .says("illegal");
    }
    // A variable goes before the file, and the file has sections.
    with(&[("ZILLIZ_CLOUD_TOKEN", "wrong")], &[]).exits(4);
    with(&[], &[]).exits(0);
    with(&[], &["--org", "acme"]).exits(0);
    with(&[], &["--org", "old"]).exits(4).says("illegal");
    with(&[], &["--org", "nobody"])
        .exits(4)
        .says("[org.nobody]");
    // With a key from elsewhere --org would choose nothing, and the key could be any organisation's.
    with(&[("ZILLIZ_API_KEY", &key)], &["--org", "acme"])
        .exits(2)
        .says("the key is from ZILLIZ_API_KEY");
}

#[test]
fn two_variables_with_different_keys_are_told() {
    let world = World::new();
    let mut command = world.command(&["zilliz", "delete", "-n", BACKUP]);
    command.env("ZILLIZCLOUD_API_KEY", "another");
    let different = run(&mut command);
    different.exits(0);
    let note = "ZILLIZ_API_KEY was used, ZILLIZCLOUD_API_KEY was not";
    assert!(different.out.contains(note), "{different:?}");
    let mut command = world.command(&["zilliz", "delete", "-n", BACKUP]);
    command.env("ZILLIZCLOUD_API_KEY", world.variable("ZILLIZ_API_KEY"));
    let same = run(&mut command);
    same.exits(0);
    assert!(!same.out.contains("was not"), "{same:?}");
}

#[test]
fn terraforms_address_may_end_in_the_version() {
    let world = World::new();
    for end in ["/v2", "/v2/", "/"] {
        let mut command = world.command(&["zilliz", "list", "-o", "ids"]);
        let address = format!("{}{end}", world.variable("ZILLIZCLOUD_HOST_ADDRESS"));
        command.env("ZILLIZCLOUD_HOST_ADDRESS", address);
        let ran = run(&mut command);
        ran.exits(0);
        assert_eq!(ran.out.lines().count(), 15, "{end}");
    }
}

#[test]
fn each_cloud_has_its_own_host() {
    let world = World::new();
    for (cloud, host) in [
        ("cn", "https://api.cloud.zilliz.com.cn/"),
        ("global", "https://api.cloud.zilliz.com/"),
    ] {
        let mut command =
            world.command(&["zilliz", "list", "--cloud", cloud, "--retry-for", "100ms"]);
        // Nothing is reached: neither Zilliz nor the proxy exists here.
        command
            .env_remove("ZILLIZCLOUD_HOST_ADDRESS")
            .env("HTTPS_PROXY", "http://127.0.0.1:9");
        run(&mut command).exits(7).says(host);
    }
}

#[test]
fn the_address_of_a_cluster_is_not_the_control_plane() {
    let world = World::new();
    let address = "https://in01-3f9a1c7be2d4650.aws-eu-central-1.vectordb.zillizcloud.com:19534";
    world
        .bkdel(&["zilliz", "list", "--endpoint-url", address])
        .exits(2)
        .says("cluster's own endpoint");
    let mut command = world.command(&["zilliz", "list"]);
    command.env("ZILLIZCLOUD_HOST_ADDRESS", address);
    run(&mut command).exits(2);
    // The variable that names a cluster for other tools is passed over.
    let mut command = world.command(&["zilliz", "list"]);
    command.env("ZILLIZ_CLOUD_URI", address);
    run(&mut command).exits(0);
}
