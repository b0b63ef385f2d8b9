//! What `doctor` finds at Aiven: whose token it is, where it came from, and what it may.
//!
//! Which permission a call takes is from the list that Aiven's own Go client is made with.

use super::{Aiven, Request, api::BACKUPS, config, config::WEB_URL, connect, wire::User};
use crate::{
    backup::Provider,
    environment::Environment,
    provider::{
        Check, ErrorKind, Examination, LeastPrivilege, Need, ProviderError, Standing,
        examination::{clock_at, endpoint, let_in, named_by, proxy, tokens},
    },
    transport::Transport,
};

/// The most projects whose services are asked for: Aiven grants two requests a second.
const PROJECTS: usize = 10;

/// Looks at everything that a command at Aiven would need, and changes nothing.
pub async fn examine(
    transport: &Transport,
    environment: &Environment,
    request: &Request,
) -> Examination {
    let places = config::places(environment, request).await;
    let aiven = match connect(transport, environment, request).await {
        Ok(aiven) => aiven,
        Err(error) => {
            return Examination::not_set_up(Provider::Aiven, error, &places);
        }
    };
    let mut checks = Vec::new();
    let user = aiven.user().await;
    let let_in = let_in(user.as_ref().err());
    checks.push(who(&user));
    if let_in.is_ok() {
        checks.push(organizations(&aiven).await);
    }
    checks.extend(tokens(&aiven.token_source, let_in.is_ok(), &places));
    let base = aiven.rest.base.as_str();
    let by = aiven.overridden.then(|| {
        request.endpoint.as_deref().map_or(WEB_URL, |url| {
            named_by(environment, url, "--endpoint-url", "BKDEL_ENDPOINT_URL")
        })
    });
    checks.push(endpoint(base, by));
    checks.push(proxy(environment, base));
    let rights = match let_in {
        Ok(()) => rights(&aiven).await,
        Err(why) => Check::no_rights_tried(why),
    };
    checks.push(clock_at(transport, base));
    checks.extend(rights);
    Examination {
        provider: Provider::Aiven,
        set_up: true,
        checks,
    }
}

fn who(user: &Result<User, ProviderError>) -> Check {
    let user = match user {
        Ok(user) => user,
        Err(error) => return Check::failed("identity", error),
    };
    let email = user.user.as_deref();
    let name = user.real_name.as_deref();
    let mut found = email.unwrap_or("a user without an address").to_owned();
    if let Some(name) = name {
        found = format!("{found} ({name})");
    }
    Check::new("identity", Standing::Ok, found)
        .with("account", email)
        .with("alias", name)
}

/// The user's organisations. Nothing of bkdel's needs them: that they are not told is no fault.
async fn organizations(aiven: &Aiven) -> Check {
    const NAME: &str = "organisations";
    match aiven.organizations().await {
        Ok(all) => {
            let told: Vec<String> = all
                .iter()
                .map(|one| format!("{} ({})", one.name, one.id))
                .collect();
            let ids: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
            let found = if told.is_empty() {
                "none".to_owned()
            } else {
                told.join(", ")
            };
            Check::new(NAME, Standing::Ok, found).with("organizations", ids)
        }
        Err(error) => Check {
            standing: Standing::Note,
            ..Check::failed(NAME, &error)
        },
    }
}

async fn rights(aiven: &Aiven) -> Vec<Check> {
    let mut checks = Vec::new();
    let projects = if aiven.projects.is_empty() {
        let listed = aiven.reachable_projects().await;
        let found = match &listed {
            Ok(projects) => Ok(format!("allowed; projects: {}", projects.len())),
            Err(error) => Err(error),
        };
        checks.push(Check::right("ProjectList", Need::Must, found));
        listed.unwrap_or_default()
    } else {
        aiven.projects.clone()
    };
    let mut tried = false;
    for project in projects.iter().take(PROJECTS) {
        let listed = aiven.services_of(project).await;
        let found = match &listed {
            Ok(services) => Ok(format!(
                "allowed in {project}; services: {}",
                services.len()
            )),
            Err(error) => Err(error),
        };
        let mut check = Check::right("ServiceList", Need::Must, found);
        if check.kind == Some(ErrorKind::Permission) {
            check.hint = Some(format!("grant project:services:read in {project}"));
        }
        checks.push(check);
        let holder = listed.ok().and_then(|services| {
            let mut services = services.into_iter();
            services.find(|service| !service.regions().is_empty())
        });
        if let Some(service) = holder
            && !tried
        {
            tried = true;
            checks.push(backups(aiven, project, &service.name).await);
        }
    }
    let more = projects.len().saturating_sub(PROJECTS);
    if more > 0 {
        checks.push(Check::untried(
            "ServiceList",
            format!("not tried in {more} more projects; name them with --project"),
        ));
    }
    checks.push(Check::untried(
        "ServiceUpdate",
        "nothing shows it but removing a region: see `bkdel doctor aiven --print-policy`",
    ));
    checks
}

async fn backups(aiven: &Aiven, project: &str, service: &str) -> Check {
    let answer = aiven.try_backups(project, service).await;
    let found = match &answer {
        Ok(()) => Ok(format!("allowed on {project}/{service}")),
        Err(error) => Err(error),
    };
    let mut check = Check::right(BACKUPS, Need::Should, found);
    if check.kind == Some(ErrorKind::Permission) {
        check.hint = Some(
            "grant service:configuration:write: without it copies may be missing from the list, and removing a region is likely refused too"
                .to_owned(),
        );
    }
    check
}

/// What a token must be allowed, in words: Aiven takes no policy.
#[must_use]
pub fn least_privilege() -> LeastPrivilege {
    LeastPrivilege::Words(
        [
            "no permission: UserInfo, UserOrganizationsList and ProjectList are open to every token",
            "reading (list, delete --dry-run, verify): project:services:read in the project, for ServiceList and ServiceGet; service:configuration:write for ServiceBackupsGet, without which copies may be missing from the list",
            "deleting: service:configuration:write in the project (project:services:write holds more), for ServiceUpdate, which is sent with additional_backup_regions and nothing else",
            "there is no permission for a single service or for backups alone: prefer a token of an application user that is in the projects that are meant",
        ]
        .map(str::to_owned)
        .to_vec(),
    )
}
