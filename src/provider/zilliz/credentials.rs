//! Which key, from where: the flags, then the variables of Zilliz' three tools, then the file of its command line.
//!
//! A key decides which organisation is acted upon, so nothing here falls through from a place that was named to another.

use std::{
    io::ErrorKind as IoKind,
    path::{Path, PathBuf},
};

use super::Request;
use crate::{
    environment::Environment,
    provider::{
        SetupError,
        credential::{NoToken, Token},
    },
};

/// zilliz-cli's, Terraform's and the MCP server's, in this order.
const VARIABLES: [&str; 3] = [
    "ZILLIZ_API_KEY",
    "ZILLIZCLOUD_API_KEY",
    "ZILLIZ_CLOUD_TOKEN",
];

/// The variable that names the folder of zilliz-cli's files.
const FOLDER: &str = "ZILLIZ_CONFIG_DIR";

/// What Zilliz calls a token.
pub(super) const WORD: &str = "key";

/// A key, and what a person should know about where it is from.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) token: Token,
    /// The organisation whose section of the file it is from. Any other key could belong to any organisation.
    pub(super) organization: Option<String>,
}

/// The key to use.
///
/// # Errors
/// [`SetupError::Credentials`] if there is none, naming every place, or if the first place that is there holds none.
pub(super) async fn key(environment: &Environment, request: &Request) -> Result<Key, SetupError> {
    let plain = |token| Key {
        token,
        organization: None,
    };
    if let Some(token) = Token::requested(&request.token).await? {
        chooses(request, &token)?;
        return Ok(plain(token));
    }
    if let Some(token) = Token::of_variables(environment, &VARIABLES)? {
        chooses(request, &token)?;
        return Ok(plain(token));
    }
    let section = section(request);
    let file = file(environment)?;
    if let Some(path) = &file {
        let source = of_file(path, &section);
        let failed = |message: String| {
            SetupError::from(NoToken {
                message,
                hint: None,
            })
        };
        match tokio::fs::read_to_string(path).await {
            Ok(text) => {
                let found = api_key(&text, &section)
                    .map_err(|what| failed(format!("{}: {what}", path.display())))?;
                if let Some(text) = found {
                    return Ok(Key {
                        organization: request.org.clone(),
                        ..plain(Token::new(&text, source)?)
                    });
                }
            }
            Err(error) if error.kind() == IoKind::NotFound => {}
            Err(error) => {
                return Err(failed(format!(
                    "{} cannot be read: {error}",
                    path.display()
                )));
            }
        }
    }
    let file = file.map_or_else(
        || "~/.zilliz/credentials".to_owned(),
        |path| path.display().to_string(),
    );
    Err(SetupError::Credentials {
        message: format!(
            "no Zilliz Cloud API key: not in --token-file, --token-command, {}, nor in section [{section}] of {file}",
            VARIABLES.join(", ")
        ),
        hint: Some("run `zilliz login`, or set ZILLIZ_API_KEY".to_owned()),
    })
}

/// The places that hold a key, in the order in which they count. What is wrong with one is [`key`]'s to tell.
pub(super) async fn places(environment: &Environment, request: &Request) -> Vec<String> {
    let mut places = request.token.places(environment, &VARIABLES);
    if let Ok(Some(path)) = file(environment) {
        let section = section(request);
        let text = tokio::fs::read_to_string(&path).await.unwrap_or_default();
        // One that holds the key twice holds one.
        if !matches!(api_key(&text, &section), Ok(None)) {
            places.push(of_file(&path, &section));
        }
    }
    places
}

/// The section of zilliz-cli's file that is meant.
fn section(request: &Request) -> String {
    request
        .org
        .as_ref()
        .map_or_else(|| "default".to_owned(), |org| format!("org.{org}"))
}

fn of_file(path: &Path, section: &str) -> String {
    format!("{} [{section}]", path.display())
}

/// `--org` picks a section of zilliz-cli's file. With a key from elsewhere it would choose nothing, and the key could be
/// another organisation's (S4).
fn chooses(request: &Request, token: &Token) -> Result<(), SetupError> {
    match &request.org {
        None => Ok(()),
        Some(org) => Err(SetupError::usage_with(
            format!(
                "--org {org} picks a section of zilliz-cli's file, but the key is from {}",
                token.source
            ),
            format!(
                "leave out --org, or take {} away so that the file counts",
                token.source
            ),
        )),
    }
}

/// zilliz-cli's file; `None` without a home folder.
fn file(environment: &Environment) -> Result<Option<PathBuf>, SetupError> {
    if let Some(folder) = environment.text(FOLDER) {
        if folder.trim().is_empty() {
            return Err(SetupError::usage_with(
                format!("{FOLDER} is empty"),
                format!("unset {FOLDER}, or give it a folder"),
            ));
        }
        return Ok(Some(PathBuf::from(folder).join("credentials")));
    }
    Ok(environment.home(".zilliz/credentials"))
}

/// The `api_key` of one section of an INI file, as Python's configparser reads it: names of keys in any case, `=` or `:`.
/// The text of an error never holds a line of the file.
fn api_key(text: &str, section: &str) -> Result<Option<String>, String> {
    let mut current = None;
    let mut found = None;
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            current = Some(name);
            continue;
        }
        let Some((name, value)) = line.split_once(['=', ':']) else {
            continue;
        };
        if current != Some(section) || !name.trim().eq_ignore_ascii_case("api_key") {
            continue;
        }
        if found.replace(value.trim().to_owned()).is_some() {
            return Err(format!("section [{section}] has more than one api_key"));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const FILE: &str = "\u{feff}# zilliz\r\n[default]\r\nAPI_KEY = k-default\r\nendpoint = https://in01-x.vectordb.zillizcloud.com\r\n\
        [org.org-a]\napi_key: k-a\n[org.org-b]\napi_key =\n[twice]\napi_key=1\napi_key=2\n";

    /// A folder with a `credentials` file in it, removed again with the test's process being hermetic about its name.
    struct Folder(PathBuf);

    impl Folder {
        fn with(name: &str, text: Option<&str>) -> Self {
            let path =
                std::env::temp_dir().join(format!("bkdel-zilliz-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            if let Some(text) = text {
                std::fs::write(path.join("credentials"), text).unwrap();
            }
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).ok();
        }
    }

    async fn found(
        folder: &Folder,
        variables: &[(&str, &str)],
        org: Option<&str>,
    ) -> Result<(String, String), SetupError> {
        let mut all = vec![(FOLDER, folder.0.to_str().unwrap())];
        all.extend(variables);
        let request = Request {
            org: org.map(ToOwned::to_owned),
            ..Request::default()
        };
        let key = key(&Environment::of(&all), &request).await?;
        let source = key
            .token
            .told(WORD)
            .replace(folder.0.to_str().unwrap(), "~");
        Ok((key.token.secret.expose_secret().to_owned(), source))
    }

    #[tokio::test]
    async fn takes_the_key_from_the_first_place_that_has_one() {
        let folder = Folder::with("order", Some(FILE));
        for (variables, org, secret, source) in [
            (&[][..], None, "k-default", "~/credentials [default]"),
            (&[], Some("org-a"), "k-a", "~/credentials [org.org-a]"),
            (
                &[("ZILLIZ_CLOUD_TOKEN", "k-3")],
                None,
                "k-3",
                "ZILLIZ_CLOUD_TOKEN",
            ),
            (
                &[
                    ("ZILLIZ_CLOUD_TOKEN", "k-3"),
                    ("ZILLIZCLOUD_API_KEY", "k-2"),
                ],
                None,
                "k-2",
                "ZILLIZCLOUD_API_KEY (ZILLIZ_CLOUD_TOKEN holds another key)",
            ),
            (
                &[("ZILLIZ_API_KEY", "k-1"), ("ZILLIZCLOUD_API_KEY", " k-1 ")],
                None,
                "k-1",
                "ZILLIZ_API_KEY",
            ),
        ] {
            let (key, from) = found(&folder, variables, org).await.unwrap();
            assert_eq!((key.as_str(), from.as_str()), (secret, source));
        }
    }

    #[tokio::test]
    async fn s4_a_place_that_is_named_and_blank_is_an_error_and_not_the_next_place() {
        let folder = Folder::with("blank", Some(FILE));
        for (variables, org) in [
            (
                &[("ZILLIZ_API_KEY", " "), ("ZILLIZCLOUD_API_KEY", "k-2")][..],
                None,
            ),
            (&[], Some("org-b")),
            (&[], Some("org-c")),
            (&[(FOLDER, "")], None),
        ] {
            assert!(
                found(&folder, variables, org).await.is_err(),
                "{variables:?} {org:?}"
            );
        }
        assert!(api_key(FILE, "twice").is_err());
    }

    #[tokio::test]
    async fn names_every_place_when_there_is_no_key() {
        let folder = Folder::with("none", None);
        let error = found(&folder, &[], None).await.unwrap_err();
        let SetupError::Credentials { message, hint } = error else {
            unreachable!()
        };
        for place in [
            "--token-file",
            "--token-command",
            "[default]",
            "credentials",
        ]
        .iter()
        .chain(&VARIABLES)
        {
            assert!(message.contains(place), "{message}");
        }
        assert!(hint.unwrap().contains("zilliz login"));
    }
}
