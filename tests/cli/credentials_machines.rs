//! AWS credentials that a platform hands to what runs on it: web identity, containers, instances.

use std::{
    fs,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use crate::{
    credentials::{SECRET, STAGING, asked, bare, file, lists, refused, with_profiles},
    issuer::{Asked, Issuer, ROLE, Sessions},
    world::{Ran, World, run},
};

fn web_identity(world: &World, token: Option<&str>, role: Option<&str>) -> Ran {
    let mut command = bare(world, &[]);
    let path = world.home().join("token");
    if let Some(token) = token {
        fs::write(&path, token).unwrap();
    }
    command.env("AWS_WEB_IDENTITY_TOKEN_FILE", path);
    command.envs(role.map(|role| ("AWS_ROLE_ARN", role)));
    run(&mut command)
}

#[test]
fn a_token_of_the_platform_is_taken_to_sts_as_github_and_eks_give_it() {
    let world = World::new();
    lists(&web_identity(&world, Some(SECRET), Some(ROLE)));
    let asked = asked(&world, "AssumeRoleWithWebIdentity");
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains(&format!("WebIdentityToken={SECRET}")));
    let ran = with_profiles(
        &world,
        &format!(
            "[profile pod]\nrole_arn = {ROLE}\nweb_identity_token_file = {}\n",
            world.home().join("token").display()
        ),
        &["--profile", "pod"],
    );
    lists(&run(&mut { ran }));
}

#[test]
fn a_token_file_that_is_not_there_or_empty_and_a_role_that_is_not_told_are_4_and_named() {
    let variable = "AWS_WEB_IDENTITY_TOKEN_FILE";
    for (token, role, said) in [
        (None, Some(ROLE), "cannot be read"),
        (Some(""), Some(ROLE), "is empty"),
        (Some("\n"), Some(ROLE), "is empty"),
        (Some(SECRET), None, "AWS_ROLE_ARN is not"),
        (Some(SECRET), Some(" "), "AWS_ROLE_ARN is not"),
    ] {
        let world = World::new();
        refused(
            &world,
            &web_identity(&world, token, role),
            &[variable, said],
        );
        assert_eq!(world.requests().len(), 0);
    }
    let world = World::new();
    let nobody = "arn:aws:iam::111122223333:role/nobody";
    let ran = web_identity(&world, Some(SECRET), Some(nobody));
    refused(&world, &ran, &[variable, nobody, "trust policy"]);
}

fn container(world: &World, issuer: &Issuer, set: &[(&str, &str)]) -> Ran {
    let mut command = bare(world, &[]);
    command
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            issuer.url("/v1/credentials"),
        )
        .envs(set.iter().copied());
    run(&mut command)
}

fn agent(world: &World, seconds: u32) -> Issuer {
    let sessions = Sessions::of(world);
    Issuer::saying(move |_| Some((200, sessions.lasting(seconds).json().to_string())))
}

#[test]
fn a_container_asks_its_agent_and_shows_the_token_or_that_in_the_file() {
    let world = World::new();
    let token_file = file(&world, "pod-token", "of-the-file");
    let token_file = token_file.to_str().unwrap();
    for (set, token) in [
        (&[][..], ""),
        (
            &[("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-the-variable")],
            "of-the-variable",
        ),
        (
            &[
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-the-variable"),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token_file),
            ],
            "of-the-file",
        ),
    ] {
        let issuer = agent(&world, 3600);
        lists(&container(&world, &issuer, set));
        assert_eq!(issuer.paths(), ["GET /v1/credentials"]);
        assert_eq!(issuer.asked()[0].header("authorization"), token);
    }
}

#[test]
fn an_agent_that_refuses_or_talks_nonsense_and_a_token_that_is_not_there_are_4_and_named() {
    let uri = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    for (status, body) in [
        (
            403,
            format!("{{\"code\": \"AccessDenied\", \"message\": \"{SECRET}\"}}"),
        ),
        (200, format!("<html>{SECRET}")),
        (
            200,
            format!("{{\"AccessKeyId\": \"AKIA\", \"SecretAccessKey\": \"{SECRET}\"}}"),
        ),
    ] {
        let world = World::new();
        let issuer = Issuer::saying(move |_| Some((status, body.clone())));
        refused(
            &world,
            &container(&world, &issuer, &[]),
            &["the container", uri],
        );
    }
    let world = World::new();
    let issuer = agent(&world, 3600);
    let empty = file(&world, "empty", "");
    let lines = file(&world, "lines", &format!("{SECRET}\n"));
    let name = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
    for (path, said) in [
        ("/nonexistent/token", "cannot be read"),
        ("", "cannot be read"),
        (empty.to_str().unwrap(), "is empty"),
        (lines.to_str().unwrap(), "the container"),
    ] {
        let ran = container(&world, &issuer, &[(name, path)]);
        refused(&world, &ran, &[said]);
    }
    for (set, said) in [
        ((uri, "http://agent.example/"), "agent.example"),
        (
            (uri, "http://user:s3cr3t-never-shown@127.0.0.1:1/"),
            "user name",
        ),
        (
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", ""),
            "set to nothing",
        ),
    ] {
        refused(&world, &container(&world, &issuer, &[set]), &[said]);
    }
    assert_eq!(issuer.paths(), [""; 0]);
}

/// Deletes so slowly that credentials of a few seconds run out on the way.
fn delete_slowly(world: &World, issuer: &Issuer, rate: &str) -> Ran {
    let ids: Vec<String> = (5..=9)
        .map(|day| format!("prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f{day:03}"))
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let flags = [
        "aws",
        "delete",
        "--yes",
        "-o",
        "json",
        "--rate",
        rate,
        "--concurrency",
        "1",
    ];
    let mut command = world.command(&[&flags[..], &ids].concat());
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env_remove(name);
    }
    command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", issuer.url("/"));
    run(&mut command)
}

#[test]
fn s23_credentials_of_a_container_are_renewed_as_they_run_out_and_the_run_goes_on() {
    let world = World::new();
    let issuer = agent(&world, 4);
    let begun = Instant::now();
    let ran = delete_slowly(&world, &issuer, "1/s");
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted"; 5]);
    assert!(begun.elapsed() > Duration::from_secs(4), "none ran out");
}

#[test]
fn s23_an_agent_that_gives_nothing_new_for_a_while_does_not_end_a_run() {
    let world = World::new();
    let sessions = Sessions::of(&world);
    let first = AtomicBool::new(true);
    // Good for less than the five minutes at which new ones are asked for, and for longer than the run.
    let issuer = Issuer::saying(move |_| {
        let session = sessions.lasting(120).json().to_string();
        Some(if first.swap(false, Ordering::SeqCst) {
            (200, session)
        } else {
            (500, String::new())
        })
    });
    let ran = delete_slowly(&world, &issuer, "2/s");
    ran.exits(0);
    assert_eq!(ran.outcomes(), ["deleted"; 5]);
    assert!(issuer.asked().len() > 1, "{:?}", issuer.paths());
}

#[test]
fn s23_credentials_that_run_out_for_good_stop_the_run_and_say_whose_they_were() {
    let world = World::new();
    let sessions = Sessions::of(&world);
    let issuer = Issuer::saying(move |_| {
        Some(if sessions.has_deleted() {
            (403, format!("{{\"message\": \"{SECRET}\"}}"))
        } else {
            (200, sessions.lasting(3).json().to_string())
        })
    });
    let ran = delete_slowly(&world, &issuer, "1/s");
    ran.exits(3);
    let document = ran.json();
    let results = document["results"].as_array().unwrap();
    let told = results
        .iter()
        .find(|result| result["kind"] == "credentials")
        .unwrap_or_else(|| panic!("{document}"));
    let text = |name: &str| told[name].as_str().unwrap();
    assert!(text("message").contains("container"), "{told}");
    assert!(text("hint").contains("EKS"), "{told}");
    let first = results[0]["outcome"].as_str().unwrap();
    assert!(["deleted", "unverified"].contains(&first), "{document}");
    assert_eq!(results[4]["outcome"], "not_attempted", "{document}");
    assert!(!ran.out.contains(SECRET) && !ran.err.contains(SECRET));
}

fn metadata(world: &World) -> Issuer {
    let sessions = Sessions::of(world);
    let role = "/latest/meta-data/iam/security-credentials/";
    Issuer::saying(move |asked: &Asked| {
        if asked.method == "PUT" {
            return Some((200, SECRET.to_owned()));
        }
        if asked.header("x-aws-ec2-metadata-token") != SECRET {
            return Some((401, String::new()));
        }
        Some(match asked.path.strip_prefix(role) {
            Some("") => (200, "backups".to_owned()),
            Some("backups") => (200, sessions.lasting(3600).json().to_string()),
            None if asked.path == "/latest/meta-data/placement/region" => {
                (200, "eu-central-1".to_owned())
            }
            Some(_) | None => (404, String::new()),
        })
    })
}

fn on_instance(world: &World, issuer: &Issuer) -> Command {
    let mut command = bare(world, &[]);
    command
        .env_remove("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", issuer.url(""));
    command
}

#[test]
fn an_instance_asks_its_metadata_by_the_second_version_for_role_and_region() {
    let world = World::new();
    let issuer = metadata(&world);
    lists(&run(&mut on_instance(&world, &issuer)));
    let role = "GET /latest/meta-data/iam/security-credentials/";
    let paths = [
        "PUT /latest/api/token".to_owned(),
        role.to_owned(),
        format!("{role}backups"),
    ];
    assert_eq!(issuer.paths(), paths);
    let mut command = on_instance(&world, &issuer);
    command
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION");
    lists(&run(&mut command));
    assert!(
        issuer
            .paths()
            .contains(&"GET /latest/meta-data/placement/region".to_owned())
    );
    // A profile can say where it is, and take its own credentials from there.
    let issuer = metadata(&world);
    let profiles = format!(
        "[profile vm]\nec2_metadata_service_endpoint = {}\nrole_arn = {STAGING}\ncredential_source = Ec2InstanceMetadata\n",
        issuer.url("")
    );
    let mut command = with_profiles(&world, &profiles, &["--profile", "vm"]);
    command.env_remove("AWS_EC2_METADATA_DISABLED");
    let ran = run(&mut command);
    ran.exits(0);
    assert_eq!(ran.out.lines().count(), 2);
    assert_eq!(issuer.paths(), paths);
}

#[test]
fn metadata_that_is_switched_off_is_not_asked() {
    let world = World::new();
    let issuer = metadata(&world);
    let mut command = on_instance(&world, &issuer);
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    refused(
        &world,
        &run(&mut command),
        &["switched off", "no AWS credentials"],
    );
    assert_eq!(issuer.paths(), [""; 0]);
}

#[test]
fn metadata_that_refuses_has_no_role_or_never_answers_is_4_and_soon() {
    for (said, word) in [
        (Some((404, String::new())), "instance metadata"),
        (Some((403, SECRET.to_owned())), "instance metadata"),
        // Whatever it is asked for: a role of that name, and credentials that are none.
        (Some((200, "nonsense".to_owned())), "instance metadata"),
        (None, "instance metadata"),
    ] {
        let world = World::new();
        let issuer = Issuer::saying(move |_| said.clone());
        let begun = Instant::now();
        let mut command = on_instance(&world, &issuer);
        refused(&world, &run(&mut command), &[word]);
        // About two seconds where nothing answers, on a machine at rest; without a limit of its own half a minute.
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(15), "{took:?}");
    }
    let world = World::new();
    let issuer = metadata(&world);
    for url in ["http://10.255.255.1", "169.254.169.254", "nonsense:"] {
        let mut command = on_instance(&world, &issuer);
        command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
        let ran = run(&mut command);
        refused(&world, &ran, &["AWS_EC2_METADATA_SERVICE_ENDPOINT", url]);
    }
    // Set to nothing is not set: the profile tells then.
    let profiles = format!(
        "[default]\nec2_metadata_service_endpoint = {}\n",
        issuer.url("")
    );
    let mut command = with_profiles(&world, &profiles, &[]);
    command
        .env_remove("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "");
    lists(&run(&mut command));
}
