//! Where Aiven's users keep their token, project and endpoint already, in the order of Aiven's own tools.
//!
//! What is set and blank is an error wherever its turn comes: falling through to the next place could be another
//! organisation's (S4).

use std::path::{Path, PathBuf};

use serde::{Deserialize, de::DeserializeOwned};

use super::{Request, id};
use crate::{
    environment::Environment,
    glob::{Glob, is_pattern},
    provider::{
        SetupError,
        credential::{NoToken, Token},
        rest,
    },
};

/// Aiven's own endpoint.
const ENDPOINT: &str = "https://api.aiven.io";

/// `avn`'s variable for another.
pub(super) const WEB_URL: &str = "AIVEN_WEB_URL";

/// `avn`'s variable, then that of Terraform, the Go client and the MCP server.
const TOKEN_VARIABLES: [&str; 2] = ["AIVEN_AUTH_TOKEN", "AIVEN_TOKEN"];

/// A `--service`.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// One by its name.
    Name(String),
    /// Those that match.
    Glob(Glob),
}

impl Wanted {
    pub(super) fn is_match(&self, name: &str) -> bool {
        match self {
            Self::Name(wanted) => wanted == name,
            Self::Glob(glob) => glob.is_match(name),
        }
    }
}

/// All that was asked for and found out, checked.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) token: Token,
    pub(super) base: String,
    pub(super) overridden: bool,
    /// The request's, or the one that the environment names; empty for all that the token reaches.
    pub(super) projects: Vec<String>,
    pub(super) services: Vec<Wanted>,
    pub(super) regions: Vec<String>,
    pub(super) all_regions: bool,
}

impl Config {
    pub(super) async fn of(
        environment: &Environment,
        request: &Request,
    ) -> Result<Self, SetupError> {
        let services = services(request)?;
        check_regions(request)?;
        let (base, overridden) = endpoint(environment, request)?;
        Ok(Self {
            projects: projects(environment, request).await?,
            token: token(environment, request).await?,
            base,
            overridden,
            services,
            regions: unique(&request.regions),
            all_regions: request.all_regions,
        })
    }
}

fn unique(names: &[String]) -> Vec<String> {
    let mut unique: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        if !unique.contains(name) {
            unique.push(name.clone());
        }
    }
    unique
}

fn services(request: &Request) -> Result<Vec<Wanted>, SetupError> {
    unique(&request.services)
        .into_iter()
        .map(|text| {
            if text.trim().is_empty() {
                Err(SetupError::usage("--service is blank"))
            } else if is_pattern(&text) {
                id::glob(&text).map(Wanted::Glob)
            } else if id::is_name(&text) {
                Ok(Wanted::Name(text))
            } else {
                Err(SetupError::usage_with(
                    format!("--service {text:?} is no service's name"),
                    "give the name alone, and its project with --project",
                ))
            }
        })
        .collect()
}

fn check_regions(request: &Request) -> Result<(), SetupError> {
    if request.all_regions && !request.regions.is_empty() {
        return Err(SetupError::usage_with(
            "--region and --all-regions contradict each other",
            "leave one of them out",
        ));
    }
    match request.regions.iter().find(|region| !id::is_region(region)) {
        Some(region) => Err(SetupError::usage_with(
            format!(
                "--region {region:?} is no Aiven region (small letters, digits and -, such as aws-eu-central-1)"
            ),
            "name regions with --region NAME, or take all of a service's with --all-regions",
        )),
        None => Ok(()),
    }
}

fn endpoint(environment: &Environment, request: &Request) -> Result<(String, bool), SetupError> {
    if let Some(text) = &request.endpoint {
        return Ok((rest::base("--endpoint-url", text)?, true));
    }
    if let Some(text) = environment.text(WEB_URL) {
        return Ok((rest::base(WEB_URL, text)?, true));
    }
    Ok((rest::base("the endpoint", ENDPOINT)?, false))
}

async fn projects(environment: &Environment, request: &Request) -> Result<Vec<String>, SetupError> {
    if !request.projects.is_empty() {
        for project in &request.projects {
            check_project("--project", project)?;
        }
        return Ok(unique(&request.projects));
    }
    if let Some(project) = environment.text("AIVEN_PROJECT") {
        check_project("AIVEN_PROJECT", project)?;
        return Ok(vec![project.to_owned()]);
    }
    let Some(file) = File::find(environment, "AIVEN_CLIENT_CONFIG", "aiven-client.json")? else {
        return Ok(Vec::new());
    };
    let client: Option<Client> = file.read().await.map_err(SetupError::usage)?;
    let Some(project) = client.and_then(|client| client.default_project) else {
        return Ok(Vec::new());
    };
    check_project(
        &format!("default_project in {}", file.path.display()),
        &project,
    )?;
    Ok(vec![project])
}

fn check_project(source: &str, project: &str) -> Result<(), SetupError> {
    if project.trim().is_empty() {
        return Err(SetupError::usage_with(
            format!("{source} is blank"),
            "name a project, or leave it out",
        ));
    }
    if id::is_name(project) {
        return Ok(());
    }
    Err(SetupError::usage_with(
        format!("{source} {project:?} is no project's name"),
        "name one project; several with several --project",
    ))
}

async fn token(environment: &Environment, request: &Request) -> Result<Token, SetupError> {
    if let Some(token) = Token::requested(&request.token).await? {
        return Ok(token);
    }
    if let Some(token) = Token::of_variables(environment, &TOKEN_VARIABLES)? {
        return Ok(token);
    }
    let file = credentials_file(environment)?;
    if let Some(file) = &file {
        let unreadable = |message| SetupError::Credentials {
            message,
            hint: Some("log in again with avn user login".to_owned()),
        };
        let found: Option<Credentials> = file.read().await.map_err(unreadable)?;
        if let Some(text) = found.and_then(|found| found.auth_token) {
            return Ok(Token::new(&text, of_file(file))?);
        }
    }
    let place = file.map_or_else(
        || "aiven-credentials.json (no home folder)".to_owned(),
        |file| file.path.display().to_string(),
    );
    Err(SetupError::from(NoToken {
        message: format!(
            "no Aiven token: looked at --token-file, --token-command, {}, and auth_token in {place}",
            TOKEN_VARIABLES.join(", ")
        ),
        hint: Some(
            "log in with avn user login, or put a token into AIVEN_TOKEN or --token-file"
                .to_owned(),
        ),
    }))
}

/// The places that hold a token, in the order in which they count. What is wrong with one is [`Config::of`]'s to tell.
pub(super) async fn places(environment: &Environment, request: &Request) -> Vec<String> {
    let mut places = request.token.places(environment, &TOKEN_VARIABLES);
    if let Ok(Some(file)) = credentials_file(environment) {
        let read: Result<Option<Credentials>, _> = file.read().await;
        // A file that was named is a place, whatever is in it.
        let holds = match read {
            Ok(found) => found.is_some_and(|found| found.auth_token.is_some()),
            Err(_) => true,
        };
        if holds {
            places.push(of_file(&file));
        }
    }
    places
}

fn credentials_file(environment: &Environment) -> Result<Option<File>, SetupError> {
    File::find(
        environment,
        "AIVEN_CREDENTIALS_FILE",
        "aiven-credentials.json",
    )
}

fn of_file(file: &File) -> String {
    format!("auth_token in {}", file.path.display())
}

/// `aiven-credentials.json`, as `avn user login` writes it.
#[derive(Deserialize)]
struct Credentials {
    auth_token: Option<String>,
}

/// `aiven-client.json`, as `avn project switch` writes it.
#[derive(Deserialize)]
struct Client {
    default_project: Option<String>,
}

/// What Windows' editors put in front of UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// One of `avn`'s files.
struct File {
    path: PathBuf,
    /// The variable that names it; one that is named must be there.
    variable: Option<&'static str>,
}

impl File {
    /// Where the file is: where its own variable says, else in `avn`'s folder.
    fn find(
        environment: &Environment,
        variable: &'static str,
        name: &str,
    ) -> Result<Option<Self>, SetupError> {
        if let Some(path) = path_of(environment, variable)? {
            return Ok(Some(Self {
                path,
                variable: Some(variable),
            }));
        }
        let folder = match path_of(environment, "AIVEN_CONFIG_DIR")? {
            Some(folder) => Some(folder),
            None => environment.home(Path::new(".config").join("aiven")),
        };
        Ok(folder.map(|folder| Self {
            path: folder.join(name),
            variable: None,
        }))
    }

    /// What is in it; `None` where it is not there and need not be. What is wrong with it never quotes it: it holds a token.
    async fn read<T: DeserializeOwned>(&self) -> Result<Option<T>, String> {
        let shown = match self.variable {
            Some(variable) => format!("{} ({variable})", self.path.display()),
            None => self.path.display().to_string(),
        };
        match tokio::fs::read(&self.path).await {
            Ok(bytes) => serde_json::from_slice(bytes.strip_prefix(MARK).unwrap_or(&bytes))
                .map(Some)
                .map_err(|_| format!("{shown} is not the JSON that avn writes")),
            Err(error)
                if error.kind() == std::io::ErrorKind::NotFound && self.variable.is_none() =>
            {
                Ok(None)
            }
            Err(error) => Err(format!("{shown} cannot be read: {error}")),
        }
    }
}

fn path_of(environment: &Environment, variable: &str) -> Result<Option<PathBuf>, SetupError> {
    match environment.text(variable) {
        Some(text) if text.trim().is_empty() => Err(SetupError::usage_with(
            format!("{variable} is blank"),
            format!("unset {variable}, or give it a path"),
        )),
        Some(_) | None => Ok(environment.path(variable)),
    }
}
