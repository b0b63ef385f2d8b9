//! AWS credentials of profiles: IAM Identity Center, roles over roles, processes.

use std::fs;
#[cfg(unix)]
use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    credentials::{SECRET, STAGING, asked, file, keys, lists, refused, with_profiles},
    issuer::{Issuer, ROLE, Session, Sessions},
    world::{Ran, World, run},
};

/// The cache's names: SHA-1 of `work`, and of the start URL.
const OF_SESSION: &str = ".aws/sso/cache/e274eeff768c6396088ec6eb091f4bf4d47ab1e0.json";
const OF_URL: &str = ".aws/sso/cache/e8be5486177c5b5392bd9aa76563515b29358e6e.json";

const SSO: &str = "[profile new]
sso_session = work
sso_account_id = 111122223333
sso_role_name = Backups
[sso-session work]
sso_region = eu-central-1
sso_start_url = https://example.awsapps.com/start
[profile old]
sso_region = eu-central-1
sso_start_url = https://example.awsapps.com/start
sso_account_id = 111122223333
sso_role_name = Backups
";

fn cached(until: &str) -> serde_json::Value {
    json!({"accessToken": format!("{SECRET}-access"), "expiresAt": until, "region": "eu-central-1"})
}

/// Identity Center: role credentials for the access token that it knows, and a new one for a refresh token.
fn identity_center(world: &World) -> Issuer {
    let sessions = Sessions::of(world);
    Issuer::saying(move |asked| match asked.path.split('?').next() {
        Some("/federation/credentials")
            if asked.header("x-amz-sso_bearer_token").ends_with("-access") =>
        {
            let Session {
                key, secret, token, ..
            } = sessions.lasting(3600);
            let credentials = json!({
                "accessKeyId": key, "secretAccessKey": secret, "sessionToken": token,
                "expiration": 4_102_444_800_000_i64,
            });
            Some((200, json!({"roleCredentials": credentials}).to_string()))
        }
        Some("/token") => {
            let token = json!({"accessToken": format!("{SECRET}-new-access"), "expiresIn": 3600, "tokenType": "Bearer"});
            Some((200, token.to_string()))
        }
        Some(_) | None => Some((
            401,
            json!({"message": "Session token not found or invalid"}).to_string(),
        )),
    })
}

fn sso(world: &World, issuer: &Issuer, profile: &str) -> Ran {
    let mut command = with_profiles(world, SSO, &["--profile", profile]);
    command
        .env("AWS_ENDPOINT_URL_SSO", issuer.url(""))
        .env("AWS_ENDPOINT_URL_SSO_OIDC", issuer.url(""));
    run(&mut command)
}

#[test]
fn sso_takes_the_token_that_the_aws_cli_has_cached_by_session_and_by_start_url() {
    for (profile, cache) in [("new", OF_SESSION), ("old", OF_URL)] {
        let world = World::new();
        let issuer = identity_center(&world);
        file(&world, cache, &cached("2099-01-01T00:00:00Z").to_string());
        lists(&sso(&world, &issuer, profile));
        let asked = issuer.asked();
        assert_eq!(asked.len(), 1, "{profile}");
        assert_eq!(
            asked[0].header("x-amz-sso_bearer_token"),
            format!("{SECRET}-access")
        );
        for part in ["role_name=Backups", "account_id=111122223333"] {
            assert!(asked[0].path.contains(part), "{}", asked[0].path);
        }
    }
}

#[test]
fn sso_renews_a_token_that_has_run_out_where_it_may() {
    let world = World::new();
    let issuer = identity_center(&world);
    let mut token = cached("2020-01-01T00:00:00Z");
    token["refreshToken"] = json!(format!("{SECRET}-refresh"));
    token["clientId"] = json!("client");
    token["clientSecret"] = json!(SECRET);
    token["registrationExpiresAt"] = json!("2099-01-01T00:00:00Z");
    let path = file(&world, OF_SESSION, &token.to_string());
    lists(&sso(&world, &issuer, "new"));
    assert_eq!(issuer.paths()[0], "POST /token");
    let asked = issuer.asked();
    assert_eq!(
        asked[1].header("x-amz-sso_bearer_token"),
        format!("{SECRET}-new-access")
    );
    assert!(fs::read_to_string(path).unwrap().contains("-new-access"));
}

#[test]
fn sso_that_has_run_out_or_was_never_logged_in_is_4_and_names_the_login() {
    for (profile, cache) in [("new", OF_SESSION), ("old", OF_URL)] {
        let login = format!("aws sso login --profile {profile}");
        let said = [login.as_str(), "SSO", profile];
        let world = World::new();
        let issuer = identity_center(&world);
        refused(&world, &sso(&world, &issuer, profile), &said);
        assert_eq!(issuer.paths(), [""; 0]);
        // One that has run out, one that Identity Center does not know, and one that is no token.
        let mut unknown = cached("2099-01-01T00:00:00Z");
        unknown["accessToken"] = json!(SECRET);
        for token in [
            cached("2020-01-01T00:00:00Z")
                .to_string()
                .replace("-access", ""),
            unknown.to_string(),
            format!("{{\"accessToken\": \"{SECRET}\""),
        ] {
            file(&world, cache, &token);
            refused(&world, &sso(&world, &issuer, profile), &said);
        }
    }
    let world = World::new();
    let ran = run(&mut with_profiles(
        &world,
        "[profile new]\nsso_session = gone\nsso_account_id = 1\nsso_role_name = r\n",
        &["--profile", "new"],
    ));
    refused(&world, &ran, &["gone", "profile new"]);
}

#[test]
fn a_profile_assumes_its_role_over_another_profiles_role_and_with_its_external_id() {
    let world = World::with(&["aws:external-id=tango"]);
    let over = |id: &str| {
        let profiles = format!(
            "[profile far]\nrole_arn = {STAGING}\nsource_profile = near\nexternal_id = {id}\nrole_session_name = nightly\n\
             [profile near]\nrole_arn = {ROLE}\nsource_profile = base\nexternal_id = tango\n[profile base]\n{}",
            keys(&world)
        );
        run(&mut with_profiles(&world, &profiles, &["--profile", "far"]))
    };
    let said = [
        "profile far",
        "sts:AssumeRole",
        "trust policy",
        "external_id",
        STAGING,
    ];
    refused(&world, &over("foxtrot"), &said);
    world.control("DELETE", "requests", "");
    let ran = over("tango");
    ran.exits(0);
    assert_eq!(ran.out.lines().count(), 2, "those of the other account");
    let assumed = asked(&world, "AssumeRole");
    assert_eq!(assumed.len(), 2);
    assert!(assumed[0].contains("111122223333") && assumed[1].contains("444455556666"));
    assert!(assumed[1].contains("RoleSessionName=nightly"));
    assert!(assumed.iter().all(|body| body.contains("ExternalId=tango")));
}

#[test]
fn a_profile_takes_the_keys_of_the_environment_where_it_says_so() {
    let world = World::new();
    let profiles = format!("[profile ci]\nrole_arn = {STAGING}\ncredential_source = Environment\n");
    let mut command = with_profiles(&world, &profiles, &["--profile", "ci"]);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env(name, world.variable(name));
    }
    let ran = run(&mut command);
    ran.exits(0);
    assert_eq!(ran.out.lines().count(), 2);
    let world = World::new();
    let ran = run(&mut with_profiles(&world, &profiles, &["--profile", "ci"]));
    refused(&world, &ran, &["profile ci", "credential_source"]);
}

#[test]
fn roles_in_a_circle_over_nobody_or_over_both_are_4_and_named() {
    let world = World::new();
    let role = format!("role_arn = {ROLE}\n");
    for (profiles, said) in [
        (
            format!(
                "[profile a]\n{role}source_profile = b\n[profile b]\n{role}source_profile = a\n"
            ),
            "infinite loop",
        ),
        (
            format!("[profile a]\n{role}source_profile = nobody\n"),
            "nobody",
        ),
        (format!("[profile a]\n{role}"), "source_profile"),
        (
            format!("[profile a]\n{role}source_profile = a\ncredential_source = Environment\n"),
            "credential_source",
        ),
        (
            format!("[profile a]\n{role}credential_source = Elsewhere\n"),
            "Elsewhere",
        ),
    ] {
        for by in ["--profile", "AWS_PROFILE"] {
            let mut command = if by == "--profile" {
                with_profiles(&world, &profiles, &[by, "a"])
            } else {
                let mut command = with_profiles(&world, &profiles, &[]);
                command.env(by, "a");
                command
            };
            refused(&world, &run(&mut command), &[said, "profile a"]);
        }
    }
}

#[cfg(unix)]
fn process(world: &World, script: &str, arguments: &[&str]) -> Ran {
    let path = file(world, "process.sh", script);
    let profiles = format!(
        "[profile p]\ncredential_process = sh '{}'\n",
        path.display()
    );
    let arguments = [&["--profile", "p"], arguments].concat();
    run(&mut with_profiles(world, &profiles, &arguments))
}

#[cfg(unix)]
#[test]
fn a_process_hands_out_credentials() {
    let world = World::new();
    let session = Sessions::of(&world).lasting(3600).json();
    lists(&process(&world, &format!("echo '{session}'"), &[]));
}

#[cfg(unix)]
#[test]
fn a_process_that_fails_talks_nonsense_or_never_ends_is_4_or_ends_with_the_timeout() {
    for (script, said) in [
        (format!("echo {SECRET} >&2; echo {SECRET}; exit 7"), "7"),
        (format!("echo {SECRET}"), "JSON"),
        (String::new(), "process"),
        (
            format!("echo '{{\"Version\": 2, \"AccessKeyId\": \"{SECRET}\"}}'"),
            "version",
        ),
        (
            format!(
                "echo '{{\"Version\": 1, \"AccessKeyId\": \"a\", \"SecretAccessKey\": \"{SECRET}\", \"Expiration\": \"soon\"}}'"
            ),
            "Expiration",
        ),
    ] {
        let world = World::new();
        let ran = process(&world, &script, &["-vvv"]);
        refused(&world, &ran, &["profile p", "credential_process", said]);
    }
    let world = World::new();
    let begun = Instant::now();
    let ran = process(&world, "exec sleep 100", &["--timeout", "1s"]);
    assert_ne!(ran.code, Some(0), "{ran:?}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn a_login_that_bkdel_does_not_know_is_4_with_the_way_around() {
    let world = World::new();
    let ran = run(&mut with_profiles(
        &world,
        "[profile console]\nlogin_session = arn:aws:iam::111122223333:user/a\n",
        &["--profile", "console"],
    ));
    refused(
        &world,
        &ran,
        &["aws login", "export-credentials --profile console"],
    );
}
