//! Where the token, the project and the endpoint come from, in which order.

use std::path::{Path, PathBuf};

use super::{Request, connect, quick};
use crate::{
    environment::Environment,
    provider::{Inventory, SetupError, credential::TokenRequest},
};

/// A folder of its own, gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let folder =
            std::env::temp_dir().join(format!("bkdel-aiven-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            std::fs::write(folder.join(file), text).unwrap();
        }
        Self(folder)
    }
}

impl std::ops::Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::of(variables)
}

async fn source(variables: &[(&str, &str)], request: Request) -> Result<String, SetupError> {
    let aiven = connect(&quick(), &environment(variables), &request).await?;
    Ok(aiven.token_source)
}

async fn projects(variables: &[(&str, &str)], request: Request) -> Result<Vec<String>, SetupError> {
    let mut all = vec![("AIVEN_TOKEN", "t")];
    all.extend_from_slice(variables);
    let aiven = connect(&quick(), &environment(&all), &request).await?;
    Ok(aiven.projects)
}

#[tokio::test]
async fn the_token_comes_from_the_first_place_that_has_one() {
    let folder = Folder::with(
        "token",
        &[
            (
                "aiven-credentials.json",
                r#"{"auth_token": "t", "user_email": "a"}"#,
            ),
            ("other.json", r#"{"auth_token": "t"}"#),
            ("file", "t\n"),
        ],
    );
    let path = |name: &str| folder.join(name).display().to_string();
    let (folder_path, other) = (folder.display().to_string(), path("other.json"));
    let variables = [
        ("AIVEN_AUTH_TOKEN", "t"),
        ("AIVEN_TOKEN", "t"),
        ("AIVEN_CREDENTIALS_FILE", other.as_str()),
        ("AIVEN_CONFIG_DIR", folder_path.as_str()),
    ];
    let file = Request {
        token: TokenRequest {
            file: Some(folder.join("file")),
            command: None,
        },
        ..Request::default()
    };
    let command = Request {
        token: TokenRequest {
            file: None,
            command: Some("echo t".to_owned()),
        },
        ..Request::default()
    };
    assert_eq!(
        source(&variables, file).await.unwrap(),
        format!("--token-file {}", path("file"))
    );
    assert_eq!(
        source(&variables, command).await.unwrap(),
        "--token-command"
    );
    for (skip, wanted) in [
        (0, "AIVEN_AUTH_TOKEN".to_owned()),
        (1, "AIVEN_TOKEN".to_owned()),
        (2, format!("auth_token in {other}")),
        (
            3,
            format!("auth_token in {}", path("aiven-credentials.json")),
        ),
    ] {
        let found = source(&variables[skip..], Request::default()).await;
        assert_eq!(found.unwrap(), wanted);
    }
}

#[tokio::test]
async fn without_a_token_every_place_is_named_and_the_login() {
    let error = source(&[("HOME", "/nonexistent")], Request::default())
        .await
        .unwrap_err();
    let SetupError::Credentials { message, hint } = &error else {
        panic!("{error:?}")
    };
    for place in [
        "--token-file",
        "--token-command",
        "AIVEN_AUTH_TOKEN",
        "AIVEN_TOKEN",
        "/nonexistent/.config/aiven/aiven-credentials.json",
    ] {
        assert!(message.contains(place), "{message}");
    }
    assert!(hint.as_deref().unwrap().contains("avn user login"));
}

#[tokio::test]
async fn s4_what_is_set_and_blank_or_broken_is_an_error() {
    let broken_folder = Folder::with("broken", &[("aiven-credentials.json", "aivtok-secret")]);
    let broken = broken_folder.display().to_string();
    let none_folder = Folder::with(
        "none",
        &[("aiven-credentials.json", r#"{"auth_token": " "}"#)],
    );
    let none = none_folder.display().to_string();
    for variables in [
        vec![("AIVEN_AUTH_TOKEN", ""), ("AIVEN_TOKEN", "t")],
        vec![("AIVEN_TOKEN", " ")],
        vec![("AIVEN_CREDENTIALS_FILE", "")],
        vec![("AIVEN_CREDENTIALS_FILE", "/nonexistent/c.json")],
        vec![("AIVEN_CONFIG_DIR", " ")],
        vec![("AIVEN_CONFIG_DIR", broken.as_str())],
        vec![("AIVEN_CONFIG_DIR", none.as_str())],
        vec![("AIVEN_TOKEN", "t"), ("AIVEN_PROJECT", "")],
        vec![("AIVEN_TOKEN", "t"), ("AIVEN_PROJECT", "a/b")],
        vec![("AIVEN_TOKEN", "t"), ("AIVEN_WEB_URL", "")],
        vec![
            ("AIVEN_TOKEN", "t"),
            ("AIVEN_WEB_URL", "http://api.aiven.io"),
        ],
        vec![
            ("AIVEN_TOKEN", "t"),
            ("AIVEN_CLIENT_CONFIG", "/nonexistent/c.json"),
        ],
    ] {
        let error = source(&variables, Request::default()).await;
        let error = error.expect_err(&format!("{variables:?}"));
        assert!(!error.to_string().contains("aivtok"), "{error}");
    }
}

#[tokio::test]
async fn the_project_comes_from_the_flag_the_variable_or_avns_file() {
    let files = Folder::with(
        "project",
        &[("aiven-client.json", r#"{"default_project": "c"}"#)],
    );
    let folder = files.display().to_string();
    let variables = [
        ("AIVEN_PROJECT", "b"),
        ("AIVEN_CONFIG_DIR", folder.as_str()),
    ];
    let request = super::scope(&["a"], &[], &[]);
    assert_eq!(projects(&variables, request).await.unwrap(), ["a"]);
    let request = Request::default;
    assert_eq!(projects(&variables, request()).await.unwrap(), ["b"]);
    assert_eq!(projects(&variables[1..], request()).await.unwrap(), ["c"]);
    assert!(projects(&[], request()).await.unwrap().is_empty());
}

const SET: &[(&str, &str)] = &[
    ("AIVEN_TOKEN", "t"),
    ("AIVEN_WEB_URL", "https://b.example/"),
];

#[tokio::test]
async fn the_endpoint_comes_from_the_flag_the_variable_or_is_aivens_own() {
    let endpoint = |variables: &'static [(&str, &str)], flag: Option<&str>| {
        let request = Request {
            endpoint: flag.map(ToOwned::to_owned),
            ..Request::default()
        };
        async move {
            let aiven = connect(&quick(), &environment(variables), &request).await;
            let aiven = aiven.unwrap();
            (aiven.rest.base.clone(), aiven.overridden)
        }
    };
    let own = ("https://api.aiven.io".to_owned(), false);
    assert_eq!(endpoint(&SET[..1], None).await, own);
    let variable = ("https://b.example".to_owned(), true);
    assert_eq!(endpoint(SET, None).await, variable);
    let flag = ("http://127.0.0.1:1".to_owned(), true);
    assert_eq!(endpoint(SET, Some("http://127.0.0.1:1/")).await, flag);
}

#[tokio::test]
async fn s4_a_scope_that_is_blank_malformed_or_contradicts_itself_is_refused() {
    let both = Request {
        all_regions: true,
        ..super::scope(&["p"], &["s"], &[super::REGION])
    };
    for request in [
        both,
        super::scope(&[""], &[], &[]),
        super::scope(&["p*"], &[], &[]),
        super::scope(&["p"], &[" "], &[]),
        super::scope(&["p"], &["a/b"], &[]),
        super::scope(&["p"], &["s["], &[]),
        super::scope(&["p"], &["s"], &[""]),
        super::scope(&["p"], &["s"], &["[]"]),
        super::scope(&["p"], &["s"], &["AWS"]),
    ] {
        let shown = format!("{request:?}");
        let error = source(&[("AIVEN_TOKEN", "t")], request).await;
        assert!(matches!(error, Err(SetupError::Usage { .. })), "{shown}");
    }
}

#[tokio::test]
async fn the_identity_tells_the_tokens_source_and_never_fails_for_a_name() {
    let fake = super::Fake::start().await;
    let (aiven, _) = super::aiven_with(&fake, super::scope(&["acme"], &[], &[])).await;
    let identity = aiven.identity().await.unwrap();
    assert_eq!(identity.account.as_deref(), Some("a@example.com"));
    assert_eq!(identity.source, "AIVEN_TOKEN");
    assert!(identity.endpoint_overridden);
    fake.refuse(http::Method::GET, "/v1/me", 403, "no");
    let identity = aiven.identity().await.unwrap();
    assert_eq!(identity.account.as_deref(), Some("acme"));
    assert_eq!(identity.principal, None);
}
