//! Where AWS is asked: endpoints that variables and profiles name, FIPS and dual stack, the partitions. What would leave
//! loopback is stopped by a proxy on it, which tells which hosts were asked for.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use bkdel::sandbox::seed;

use crate::{
    credentials::{file, keys, lists, with_profiles},
    issuer::{Issuer, Sessions},
    world::{Ran, World, run},
};

/// A proxy that lets nothing through, and keeps the hosts.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(BTreeSet::new()));
        let record = Arc::clone(&asked);
        thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut line = String::new();
                // A connection on which nobody asks for anything, because another was quicker or the command has ended.
                if !matches!(BufReader::new(&stream).read_line(&mut line), Ok(1..)) {
                    continue;
                }
                let host = line.strip_prefix("CONNECT ");
                let host = host.and_then(|rest| rest.split(' ').next());
                record
                    .lock()
                    .unwrap()
                    .insert(host.unwrap_or(&line).to_owned());
                stream
                    .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
                    .ok();
            }
        });
        Self { address, asked }
    }

    /// The hosts that a list asks for, and what came of it.
    fn hosts(&self, command: &mut Command) -> (Vec<String>, Ran) {
        command
            .args(["--retry-for", "100ms"])
            .env_remove("AWS_ENDPOINT_URL")
            .env("HTTPS_PROXY", format!("http://{}", self.address));
        let ran = run(command);
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        let hosts = asked
            .iter()
            .map(|host| host.trim_end_matches(":443").to_owned());
        (hosts.collect(), ran)
    }
}

fn list(world: &World, arguments: &[&str]) -> Command {
    world.command(&[&["aws", "list", "-o", "ids"], arguments].concat())
}

#[test]
fn each_partition_with_fips_and_dual_stack_has_its_own_hosts() {
    let world = World::new();
    let proxy = Proxy::start();
    let none: &[&str] = &[];
    let fips = &["AWS_USE_FIPS_ENDPOINT"][..];
    let dual = &["AWS_USE_DUALSTACK_ENDPOINT"][..];
    let both = &["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"][..];
    for (region, set, backup, sts, iam) in [
        (
            "eu-central-1",
            none,
            "backup.eu-central-1.amazonaws.com",
            "sts.eu-central-1.amazonaws.com",
            "iam.amazonaws.com",
        ),
        (
            "us-east-1",
            fips,
            "backup-fips.us-east-1.amazonaws.com",
            "sts-fips.us-east-1.amazonaws.com",
            "iam.amazonaws.com",
        ),
        (
            "us-east-1",
            dual,
            "backup.us-east-1.api.aws",
            "sts.us-east-1.api.aws",
            "iam.amazonaws.com",
        ),
        (
            "us-east-1",
            both,
            "backup-fips.us-east-1.api.aws",
            "sts-fips.us-east-1.api.aws",
            "iam.amazonaws.com",
        ),
        (
            "cn-north-1",
            none,
            "backup.cn-north-1.amazonaws.com.cn",
            "sts.cn-north-1.amazonaws.com.cn",
            "iam.cn-north-1.amazonaws.com.cn",
        ),
        (
            "cn-northwest-1",
            dual,
            "backup.cn-northwest-1.api.amazonwebservices.com.cn",
            "sts.cn-northwest-1.api.amazonwebservices.com.cn",
            "iam.cn-north-1.amazonaws.com.cn",
        ),
        (
            "us-gov-west-1",
            none,
            "backup.us-gov-west-1.amazonaws.com",
            "sts.us-gov-west-1.amazonaws.com",
            "iam.us-gov.amazonaws.com",
        ),
        (
            "us-gov-east-1",
            fips,
            "backup-fips.us-gov-east-1.amazonaws.com",
            "sts.us-gov-east-1.amazonaws.com",
            "iam.us-gov.amazonaws.com",
        ),
    ] {
        let mut command = list(&world, &["--region", region]);
        command.envs(set.iter().map(|&name| (name, "true")));
        let (hosts, ran) = proxy.hosts(&mut command);
        ran.exits(7).says(backup);
        for host in &hosts {
            assert!([backup, sts, iam].contains(&host.as_str()), "{hosts:?}");
        }
        assert!(
            hosts.iter().any(|host| host == backup),
            "{region} {hosts:?}"
        );
        // Who it is and what may be chosen are asked at once; a plan asks for both.
        let target = format!("v/arn:aws:ec2:{region}::snapshot/snap-0123456789abcdef0");
        let mut command = world.command(&["aws", "delete", "-n", &target]);
        command.envs(set.iter().map(|&name| (name, "true")));
        let (hosts, ran) = proxy.hosts(&mut command);
        ran.exits(7);
        for host in [sts, iam] {
            assert!(hosts.iter().any(|asked| asked == host), "{host}: {hosts:?}");
        }
    }
    // The profile's keys say the same.
    let profiles = format!(
        "[profile f]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\nregion = us-east-2\n{}",
        keys(&world)
    );
    let mut command = with_profiles(&world, &profiles, &["--profile", "f"]);
    command
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION");
    let (hosts, _) = proxy.hosts(&mut command);
    assert_eq!(hosts, ["backup-fips.us-east-2.api.aws"]);
}

#[test]
fn credentials_are_fetched_in_the_partition_of_the_session_and_by_its_settings() {
    let world = World::new();
    let proxy = Proxy::start();
    let token = file(&world, "token", "a-token");
    for (region, fips, host) in [
        ("eu-west-3", "false", "sts.eu-west-3.amazonaws.com"),
        ("us-west-2", "true", "sts-fips.us-west-2.amazonaws.com"),
        ("cn-north-1", "false", "sts.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "false", "sts.us-gov-west-1.amazonaws.com"),
    ] {
        let mut command = list(&world, &["--region", region]);
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            command.env_remove(name);
        }
        command
            .env("AWS_USE_FIPS_ENDPOINT", fips)
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
            .env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/bkdel");
        let (hosts, ran) = proxy.hosts(&mut command);
        assert_eq!(hosts, [host], "{ran:?}");
        ran.exits(4)
            .says("AWS_WEB_IDENTITY_TOKEN_FILE")
            .says("HTTPS_PROXY");
    }
    let sso = "[profile s]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = r\n[sso-session s]\nsso_region = cn-north-1\nsso_start_url = https://example/start\n";
    // SHA-1 of `s`.
    file(
        &world,
        ".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json",
        r#"{"accessToken":"a","expiresAt":"2099-01-01T00:00:00Z"}"#,
    );
    let (hosts, ran) = proxy.hosts(&mut with_profiles(&world, sso, &["--profile", "s"]));
    assert_eq!(hosts, ["portal.sso.cn-north-1.amazonaws.com.cn"], "{ran:?}");
    ran.exits(4);
}

#[test]
fn an_endpoint_is_that_of_the_most_particular_place_that_names_one() {
    let world = World::new();
    let base = world.variable("AWS_ENDPOINT_URL");
    let nowhere = "http://127.0.0.1:1";
    let services = |backup: &str| {
        format!(
            "services = s\n[services s]\nbackup =\n  endpoint_url = {backup}\nsts =\n  endpoint_url = {base}\n"
        )
    };
    for (variables, profile) in [
        (&[("AWS_ENDPOINT_URL", base.as_str())][..], String::new()),
        (
            &[
                ("AWS_ENDPOINT_URL", nowhere),
                ("AWS_ENDPOINT_URL_BACKUP", &base),
                ("AWS_ENDPOINT_URL_STS", &base),
            ],
            String::new(),
        ),
        (&[], services(&base)),
        (&[], format!("endpoint_url = {base}\n")),
        (
            &[],
            format!("endpoint_url = {nowhere}\n{}", services(&base)),
        ),
        (
            &[("AWS_ENDPOINT_URL_BACKUP", base.as_str())],
            services(nowhere),
        ),
    ] {
        let profiles = format!("[default]\n{}{profile}", keys(&world));
        let mut command = with_profiles(&world, &profiles, &[]);
        command
            .env_remove("AWS_ENDPOINT_URL")
            .envs(variables.iter().copied());
        lists(&run(&mut command));
    }
}

#[test]
fn endpoints_are_ignored_where_the_settings_say_so() {
    let world = World::new();
    let proxy = Proxy::start();
    let base = world.variable("AWS_ENDPOINT_URL");
    let aws = "backup.eu-central-1.amazonaws.com";
    let profiles = |more: &str| format!("[default]\n{more}endpoint_url = {base}\n{}", keys(&world));
    let mut command = with_profiles(&world, &profiles(""), &[]);
    command
        .env("AWS_ENDPOINT_URL_BACKUP", &base)
        .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    let (hosts, ran) = proxy.hosts(&mut command);
    assert_eq!(hosts, [aws], "{ran:?}");
    let ignoring = profiles("ignore_configured_endpoint_urls = true\n");
    let (hosts, ran) = proxy.hosts(&mut with_profiles(&world, &ignoring, &[]));
    assert_eq!(hosts, [aws], "{ran:?}");
    // The SDK would show a role's or a session's credentials to the endpoint all the same.
    let role = format!(
        "[profile r]\nrole_arn = arn:aws:iam::111122223333:role/bkdel\nsource_profile = default\n{ignoring}"
    );
    let (hosts, ran) = proxy.hosts(
        with_profiles(&world, &role, &["--profile", "r"])
            .env("AWS_ENDPOINT_URL_STS", &base)
            .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
    );
    assert_eq!(hosts, [""; 0]);
    ran.exits(2).says("endpoint_url");
    assert!(world.requests().is_empty());
    // A flag is no configured endpoint.
    let mut command = with_profiles(&world, &ignoring, &["--endpoint-url", &base]);
    command.env_remove("AWS_ENDPOINT_URL");
    lists(&run(&mut command));
    assert!(!world.requests().is_empty());
}

#[test]
fn s2_the_hosts_that_a_profile_names_are_let_through_for_credentials_and_by_https_alone() {
    let world = World::new();
    let proxy = Proxy::start();
    let role = "role_arn = arn:aws:iam::111122223333:role/bkdel\nsource_profile = base\n";
    let profiles = |url: &str| {
        format!(
            "[profile r]\nservices = s\n{role}[profile base]\n{}[services s]\nsts =\n  endpoint_url = {url}\n",
            keys(&world)
        )
    };
    let named = profiles("https://sts.example");
    let (hosts, ran) = proxy.hosts(&mut with_profiles(&world, &named, &["--profile", "r"]));
    assert_eq!(hosts, ["sts.example"], "{ran:?}");
    ran.exits(4);
    let plain = profiles("http://sts.example");
    let (hosts, ran) = proxy.hosts(&mut with_profiles(&world, &plain, &["--profile", "r"]));
    assert_eq!(hosts, [""; 0]);
    ran.exits(4).says("gate").says("sts.example");
}

#[test]
fn recovery_points_and_roles_of_china_and_govcloud_are_deleted_like_any_other() {
    for (partition, region) in [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")] {
        let volume = format!("arn:{partition}:ec2:{region}:111122223333:volume/vol-1");
        let id =
            |number: u32| format!("prod/arn:{partition}:ec2:{region}::snapshot/snap-0{number}");
        let lines: Vec<String> = (1..=3)
            .map(|number| {
                format!(
                    r#"{{"provider":"aws","id":"{}","scope":{{"account":"111122223333"}},"resource":"{volume}","type":"EBS","status":"COMPLETED","created_at":"2026-01-0{number}T00:00:00Z"}}"#,
                    id(number)
                )
            })
            .collect();
        let data = seed::parse(&lines.join("\n")).unwrap();
        let world = World::of(std::time::Duration::ZERO, &[], Some(data));
        let role = format!("arn:{partition}:iam::111122223333:role/bkdel");
        for more in [&[][..], &["--role-arn", &role]] {
            let ran = run(&mut list(&world, &[&["--region", region], more].concat()));
            ran.exits(0);
            assert_eq!(ran.out.lines().count(), 3);
        }
        let flags = ["aws", "delete", "--yes", "-o", "json", "--role-arn", &role];
        let ran = world.bkdel(&[&flags[..], &[&id(1)]].concat());
        ran.exits(0);
        assert_eq!(ran.outcomes(), ["deleted"]);
        // The scope's account is in the role of its own partition.
        let who = format!("arn:{partition}:sts::111122223333:assumed-role/bkdel/bkdel");
        assert!(ran.err.contains(&who), "{ran:?}");
    }
}

#[test]
fn a_container_hands_out_credentials_for_any_partition() {
    let world = World::new();
    let proxy = Proxy::start();
    let sessions = Sessions::of(&world);
    let issuer = Issuer::saying(move |_| Some((200, sessions.lasting(3600).json().to_string())));
    let mut command = list(&world, &["--region", "cn-north-1"]);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env_remove(name);
    }
    command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", issuer.url("/"));
    let (hosts, ran) = proxy.hosts(&mut command);
    assert_eq!(hosts, ["backup.cn-north-1.amazonaws.com.cn"], "{ran:?}");
    assert_eq!(issuer.paths(), ["GET /"]);
}
