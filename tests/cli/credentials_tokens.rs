//! Tokens of Zilliz Cloud and Aiven: files, commands and variables with everything that is usually wrong with them. Each
//! failure is 4, names the place, and shows neither the token nor what a command printed.

#[cfg(unix)]
use std::time::{Duration, Instant};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;

use crate::world::{Ran, World, run};

/// What no output may hold, wherever a test puts it.
const SECRET: &str = "s3cr3t-never-shown";

/// A provider whose token is wanted: its variables in their order, and its tool's own file.
struct Taker {
    provider: &'static str,
    variables: &'static [&'static str],
    file: &'static str,
    word: &'static str,
}

const ZILLIZ: Taker = Taker {
    provider: "zilliz",
    variables: &[
        "ZILLIZ_API_KEY",
        "ZILLIZCLOUD_API_KEY",
        "ZILLIZ_CLOUD_TOKEN",
    ],
    file: ".zilliz/credentials",
    word: "key",
};

const AIVEN: Taker = Taker {
    provider: "aiven",
    variables: &["AIVEN_AUTH_TOKEN", "AIVEN_TOKEN"],
    file: ".config/aiven/aiven-credentials.json",
    word: "token",
};

const BOTH: [Taker; 2] = [ZILLIZ, AIVEN];

impl Taker {
    /// The token that the sandbox takes.
    fn token(&self, world: &World) -> String {
        world.variable(self.variables[0])
    }

    /// `list` without a token.
    fn bare(&self, world: &World, arguments: &[&str]) -> Command {
        let mut command =
            world.command(&[&[self.provider, "list", "-vvv", "-o", "ids"], arguments].concat());
        for name in self.variables {
            command.env_remove(name);
        }
        command
            .env_remove("ZILLIZ_CONFIG_DIR")
            .env_remove("AIVEN_CONFIG_DIR");
        command
    }

    fn list(&self, world: &World, arguments: &[&str]) -> Ran {
        run(&mut self.bare(world, arguments))
    }

    /// Ends with 4 before anything is asked, says all of this and no secret.
    #[track_caller]
    fn refuses(&self, world: &World, ran: &Ran, words: &[&str]) {
        ran.exits(4);
        for word in words {
            ran.says(word);
        }
        assert!(!ran.err.contains(SECRET), "{}: {ran:?}", self.provider);
        assert!(!ran.err.contains(&self.token(world)), "{ran:?}");
        assert_eq!(ran.out, "");
        assert_eq!(world.requests().len(), 0);
    }
}

fn written(world: &World, name: &str, bytes: &[u8]) -> PathBuf {
    let path = world.home().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_token_file_may_have_a_mark_in_front_and_line_ends_of_any_kind_behind() {
    for taker in BOTH {
        let world = World::new();
        let token = taker.token(&world);
        for form in ["{}", "{}\n", "{}\r\n", "\u{feff}{}\r\n", "\n {} \n\n"] {
            let path = written(&world, "token", form.replace("{}", &token).as_bytes());
            taker.list(&world, &["--token-file", text(&path)]).exits(0);
        }
    }
}

#[test]
fn a_token_file_that_is_none_is_4_and_named() {
    for taker in BOTH {
        let world = World::new();
        let missing = world.home().join("missing");
        let refuses = |path: &Path, said: &str| {
            let ran = taker.list(&world, &["--token-file", text(path)]);
            taker.refuses(&world, &ran, &["--token-file", text(path), said]);
        };
        refuses(&missing, "cannot be read");
        refuses(&world.home(), "cannot be read");
        let utf16: Vec<u8> = format!("\u{feff}{SECRET}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let lines = format!("{SECRET}\nlogin: {SECRET}\n");
        for (bytes, said) in [
            (&b""[..], "is empty"),
            (b" \r\n", "is empty"),
            (lines.as_bytes(), "several lines"),
            (&utf16, "PowerShell"),
            (format!("{SECRET} {SECRET}").as_bytes(), "no token"),
            ("t".repeat(20_000).as_bytes(), "no token"),
        ] {
            refuses(&written(&world, "token", bytes), said);
        }
        taker.list(&world, &["--token-file", ""]).exits(2);
    }
}

#[cfg(unix)]
#[test]
fn a_token_file_may_be_what_a_shell_puts_in_its_place() {
    for taker in BOTH {
        let world = World::new();
        let mut command = Command::new("bash");
        let script = format!(
            "\"$BKDEL\" {} list -o ids --token-file <(sleep 0.2; printf '%s\\n' \"$TOKEN\")",
            taker.provider
        );
        command.args(["-c", &script]).env_clear();
        for (name, value) in taker.bare(&world, &[]).get_envs() {
            command.envs(value.map(|value| (name, value)));
        }
        command
            .env("BKDEL", env!("CARGO_BIN_EXE_bkdel"))
            .env("TOKEN", taker.token(&world));
        run(&mut command).exits(0);
        let pipe = world.home().join("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let mut child = taker
            .bare(&world, &["--token-file", text(&pipe)])
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        fs::write(&pipe, taker.token(&world)).unwrap();
        assert!(child.wait().unwrap().success());
        // One into which nobody writes holds nothing up that has a limit.
        let begun = Instant::now();
        let ran = taker.list(&world, &["--token-file", text(&pipe), "--timeout", "1s"]);
        assert_ne!(ran.code, Some(0));
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[cfg(unix)]
#[test]
fn a_token_command_is_the_shells_with_its_quotes_and_pipes() {
    for taker in BOTH {
        let world = World::new();
        let token = taker.token(&world);
        let vault = written(
            &world,
            "a vault",
            format!("{token}\nlogin: me\n").as_bytes(),
        );
        for command in [
            format!("printf '%s' \"{token}\""),
            format!("head -n 1 '{}'", vault.display()),
            format!("cat \"{}\" | head -n 1; echo done >&2", vault.display()),
            format!("x={token} && echo \"$x\""),
        ] {
            taker.list(&world, &["--token-command", &command]).exits(0);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_token_command_that_brings_no_token_is_4_and_shows_its_last_words_but_never_what_it_printed() {
    for taker in BOTH {
        let world = World::new();
        for (command, said) in [
            (
                format!(
                    "echo {SECRET}; echo sealed >&2; printf 'vault: is \\033[31msealed\\n\\n' >&2; exit 7"
                ),
                &["7", ": vault: is", "sealed"][..],
            ),
            (format!("echo {SECRET}; exit 1"), &["1", "by itself"]),
            ("no-such-command-here".to_owned(), &["127", "not found"]),
            ("kill -9 $$".to_owned(), &["9"]),
            ("true".to_owned(), &["is empty", "nothing else"]),
            ("echo".to_owned(), &["is empty"]),
            (
                format!("echo {SECRET}; echo user: {SECRET}"),
                &["several lines", "nothing else"],
            ),
            (format!("printf '\\377{SECRET}'"), &["no text"]),
        ] {
            let ran = taker.list(&world, &["--token-command", &command]);
            taker.refuses(&world, &ran, &["--token-command"]);
            for word in said {
                ran.says(word);
            }
            let told = ran.err.lines().find(|line| line.starts_with("error:"));
            assert!(!told.unwrap().contains('\u{1b}'), "{ran:?}");
        }
        taker.list(&world, &["--token-command", " "]).exits(2);
        let begun = Instant::now();
        let ran = taker.list(
            &world,
            &["--token-command", "exec sleep 100", "--timeout", "1s"],
        );
        assert_ne!(ran.code, Some(0));
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn s4_a_variable_that_is_blank_or_no_token_is_not_the_next_place() {
    for taker in BOTH {
        let world = World::new();
        for value in ["", " ", "two words", "\u{201c}quoted\u{201d}"] {
            let mut command = taker.bare(&world, &[]);
            command.env(taker.variables[0], value);
            command.env(taker.variables[1], taker.token(&world));
            let unset = format!("unset {}", taker.variables[0]);
            let ran = run(&mut command);
            ran.exits(4).says(taker.variables[0]).says(&unset);
            assert_eq!(world.requests().len(), 0);
        }
        #[cfg(unix)]
        {
            use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
            let mut command = taker.bare(&world, &[]);
            command.env(taker.variables[0], OsStr::from_bytes(&[0xff, b't']));
            command.env(taker.variables[1], taker.token(&world));
            taker.refuses(&world, &run(&mut command), &[taker.variables[0]]);
        }
    }
}

#[test]
fn variables_with_different_tokens_are_told_by_a_list_too_and_equal_ones_are_not() {
    for taker in BOTH {
        let world = World::new();
        let [first, .., last] = taker.variables else {
            panic!("several")
        };
        let with = |value: &str| {
            let mut command = taker.bare(&world, &[]);
            command.env(first, taker.token(&world)).env(last, value);
            run(&mut command)
        };
        let note = format!(
            "several variables hold different {}s: {first} was used, {last} was not",
            taker.word
        );
        let different = with(SECRET);
        different.exits(0).says(&note);
        assert!(!different.err.contains(SECRET));
        let same = with(&taker.token(&world));
        same.exits(0);
        assert!(!same.err.contains("was not"), "{same:?}");
    }
    let world = World::new();
    let mut command = world.command(&[
        "aiven",
        "delete",
        "-n",
        "acme-prod/orders-pg/aws-eu-central-1",
    ]);
    command.env("AIVEN_TOKEN", SECRET);
    let ran = run(&mut command);
    ran.exits(0);
    for text in [
        "AIVEN_AUTH_TOKEN was used, AIVEN_TOKEN was not",
        "AIVEN_AUTH_TOKEN (AIVEN_TOKEN holds another token)",
    ] {
        assert!(ran.out.contains(text) || ran.err.contains(text), "{ran:?}");
    }
}

#[test]
fn the_files_of_zilliz_and_avn_may_come_from_windows() {
    for taker in BOTH {
        let world = World::new();
        let token = taker.token(&world);
        let file = match taker.provider {
            "aiven" => format!("\u{feff}{{\r\n  \"auth_token\": \"{token}\"\r\n}}\r\n"),
            _ => format!("\u{feff}[default]\r\napi_key = {token}\r\n"),
        };
        written(&world, taker.file, file.as_bytes());
        taker.list(&world, &[]).exits(0);
    }
}

#[test]
fn files_of_zilliz_and_avn_that_cannot_be_understood_are_4_and_named_and_never_quoted() {
    for (taker, file, said) in [
        (AIVEN, SECRET.to_owned(), "avn user login"),
        (
            AIVEN,
            format!("{{\"auth_token\": \"{SECRET}\""),
            "not the JSON",
        ),
        (AIVEN, format!("\"{SECRET}\""), "not the JSON"),
        (
            AIVEN,
            json!({"auth_token": [SECRET]}).to_string(),
            "not the JSON",
        ),
        (AIVEN, json!({"auth_token": ""}).to_string(), "is empty"),
        (
            AIVEN,
            json!({"user_email": "a"}).to_string(),
            "avn user login",
        ),
        (AIVEN, String::new(), "not the JSON"),
        (ZILLIZ, SECRET.to_owned(), "zilliz login"),
        (ZILLIZ, "[default]\napi_key =\n".to_owned(), "is empty"),
        (
            ZILLIZ,
            format!("[default]\napi_key = {SECRET} {SECRET}\n"),
            "no token",
        ),
        (
            ZILLIZ,
            format!("[other]\napi_key = {SECRET}\n"),
            "[default]",
        ),
        (
            ZILLIZ,
            format!("[default]\napi_key = {SECRET}\napi_key = {SECRET}\n"),
            "more than one",
        ),
    ] {
        let world = World::new();
        let name = Path::new(taker.file).file_name().unwrap();
        written(&world, taker.file, file.as_bytes());
        let said = [name.to_str().unwrap(), said];
        taker.refuses(&world, &taker.list(&world, &[]), &said);
        // A folder in its place.
        let world = World::new();
        fs::create_dir_all(world.home().join(taker.file)).unwrap();
        taker.refuses(
            &world,
            &taker.list(&world, &[]),
            &[said[0], "cannot be read"],
        );
    }
}
