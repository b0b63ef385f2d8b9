//! No secret in output, logs, errors or files (S27).

use std::{fs, path::Path};

use crate::{subjects::ALL, world::World};

fn files_below(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            found.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn s27_no_secret_is_anywhere_not_even_in_the_loudest_log() {
    for subject in ALL {
        for fault in [
            "",
            "error-500-read=1",
            "unauthorized-read",
            "html-delete=1",
            "truncated-read=1",
            "forbidden-delete",
        ] {
            let faults: Vec<String> = (!fault.is_empty())
                .then(|| format!("{}:{fault}", subject.provider))
                .into_iter()
                .collect();
            let world = World::with(&faults.iter().map(String::as_str).collect::<Vec<_>>());
            let mut secrets = world.secrets();
            assert_eq!(secrets.len(), 3, "the secrets in play");
            // What the sandbox' Aiven services carry: passwords and connection strings.
            secrets.push("AVNS_SandboxSecret".to_owned());
            // What signs or authorises a request.
            secrets.extend(["Signature=", "Bearer ", "aivenv1 "].map(str::to_owned));
            for arguments in [
                &[subject.provider, "list", "-vvv", "-o", "json"][..],
                &[subject.provider, "list", "-vvv"],
                &[
                    subject.provider,
                    "delete",
                    "-n",
                    "-vvv",
                    subject.deletable[0],
                ],
                &[
                    subject.provider,
                    "delete",
                    "--yes",
                    "-vvv",
                    "--retry-for",
                    "1s",
                    subject.deletable[0],
                ],
                &[
                    subject.provider,
                    "delete",
                    "--yes",
                    "-vvv",
                    "-o",
                    "ndjson",
                    subject.deletable[1],
                ],
            ] {
                let ran = crate::world::run(world.command(arguments).env("RUST_LOG", "trace"));
                let mut found = vec![
                    ("stdout".to_owned(), ran.out),
                    ("stderr".to_owned(), ran.err),
                ];
                files_below(&world.home(), &mut found);
                for (place, text) in found {
                    for secret in &secrets {
                        assert!(
                            !text.contains(secret),
                            "{secret} of {} is in {place}: {text}",
                            subject.provider
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn s27_a_token_of_a_file_or_a_command_is_used_and_not_shown() {
    let world = World::new();
    for (provider, variable) in [("zilliz", "ZILLIZ_API_KEY"), ("aiven", "AIVEN_AUTH_TOKEN")] {
        let token = world.variable(variable);
        fs::write(world.home().join("token"), format!("{token}\n")).unwrap();
        for (flag, value) in [("--token-file", "token"), ("--token-command", "cat token")] {
            let mut command = world.command(&[provider, "list", "-vvv", flag, value]);
            command.env(variable, "wrong");
            let ran = crate::world::run(&mut command);
            ran.exits(0);
            assert!(!ran.out.contains(&token) && !ran.err.contains(&token));
        }
        for (flag, value) in [
            ("--token-file", "nowhere"),
            ("--token-command", "false"),
            ("--token-command", "true"),
            ("--token-command", "echo one; echo two"),
        ] {
            let ran = world.bkdel(&[provider, "list", flag, value]);
            ran.exits(4).says(flag);
        }
    }
}
