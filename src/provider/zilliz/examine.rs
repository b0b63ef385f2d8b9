//! What `doctor` finds at Zilliz Cloud: which organisation a key is of, where it came from, and what it may.

use super::{
    Request, Zilliz,
    api::{List, Patience},
    connect, credentials, id,
    setup::HOST,
    wire::BackupRow,
};
use crate::{
    backup::{BackupId, Provider},
    environment::Environment,
    provider::{
        Check, Examination, Identity, Inventory, LeastPrivilege, Need, ProviderError, Standing,
        examination::{clock_at, endpoint, let_in, named_by, proxy, tokens},
    },
    transport::Transport,
};

/// Looks at everything that a command at Zilliz Cloud would need, and changes nothing.
pub async fn examine(
    transport: &Transport,
    environment: &Environment,
    request: &Request,
) -> Examination {
    let places = credentials::places(environment, request).await;
    let zilliz = match connect(transport, environment, request).await {
        Ok(zilliz) => zilliz,
        Err(error) => {
            return Examination::not_set_up(Provider::Zilliz, error, &places);
        }
    };
    let mut checks = Vec::new();
    let identity = zilliz.identity().await;
    checks.push(who(&identity));
    let let_in = let_in(identity.as_ref().err());
    checks.extend(tokens(&zilliz.source, let_in.is_ok(), &places));
    let notes = zilliz.notes.iter();
    checks.extend(notes.map(|note| Check::new("settings", Standing::Warning, note.as_str())));
    let base = zilliz.api.base();
    checks.push(endpoint(base, set_by(&zilliz, environment, request)));
    checks.push(proxy(environment, base));
    let rights = match let_in {
        Ok(()) => rights(&zilliz).await,
        Err(why) => Check::no_rights_tried(why),
    };
    checks.push(clock_at(transport, base));
    checks.extend(rights);
    Examination {
        provider: Provider::Zilliz,
        set_up: true,
        checks,
    }
}

fn who(identity: &Result<Identity, ProviderError>) -> Check {
    let identity = match identity {
        Ok(identity) => identity,
        Err(error) => return Check::failed("identity", error),
    };
    let projects = identity.alias.as_deref();
    let check = match projects {
        Some(projects) => Check::new(
            "identity",
            Standing::Ok,
            format!("an organisation with the projects {projects}; the API does not name it"),
        ),
        None => Check::new(
            "identity",
            Standing::Note,
            "the key is accepted, and shows no project",
        ),
    };
    check
        .with("account", identity.account.as_deref())
        .with("alias", projects)
}

fn set_by(zilliz: &Zilliz, environment: &Environment, request: &Request) -> Option<&'static str> {
    if !zilliz.overridden {
        return None;
    }
    Some(request.endpoint.as_deref().map_or(HOST, |url| {
        named_by(environment, url, "--endpoint-url", "BKDEL_ENDPOINT_URL")
    }))
}

async fn rights(zilliz: &Zilliz) -> Vec<Check> {
    let mut checks = Vec::new();
    let projects = match zilliz.projects().await {
        Ok(Ok(projects)) => Ok(format!("allowed; projects: {}", projects.len())),
        Ok(Err(error)) => Err(error.clone()),
        Err(error) => Err(error),
    };
    checks.push(right("ListProjects", Need::Should, projects.as_ref()));
    let one = [
        ("pageSize", "1".to_owned()),
        ("currentPage", "1".to_owned()),
    ];
    let clusters = zilliz.api.page(List::Clusters, &one, Patience::Usual).await;
    let found = clusters.map(|page| format!("allowed; clusters: {}", page.count));
    checks.push(right("ListClusters", Need::Should, found.as_ref()));
    let backups = zilliz.api.page(List::Backups, &one, Patience::Usual).await;
    let found = match &backups {
        Ok(page) => Ok(format!("allowed; backups: {}", page.count)),
        Err(error) => Err(error.clone()),
    };
    checks.push(right("ListBackups", Need::Must, found.as_ref()));
    let first = backups
        .ok()
        .and_then(|page| page.rows.first().and_then(BackupRow::of))
        .and_then(|row| Some((row.cluster?, row.id?)))
        .filter(|(cluster, backup)| id::is_id(cluster) && id::is_id(backup))
        .map(|(cluster, backup)| BackupId::new(Provider::Zilliz, cluster, backup));
    checks.push(match first {
        Some(first) => {
            let answer = zilliz.api.describe(&first, Patience::Usual).await;
            let found = answer.map(|_| format!("allowed on {first}"));
            right("DescribeBackup", Need::Should, found.as_ref())
        }
        None => Check::untried("DescribeBackup", "not tried: no backup was seen"),
    });
    checks.push(Check::untried(
        "DeleteBackup",
        "nothing shows it but deleting: see `bkdel doctor zilliz --print-policy`",
    ));
    checks
}

fn right(name: &str, need: Need, answer: Result<&String, &ProviderError>) -> Check {
    Check::right(name, need, answer.cloned())
}

/// What a key must be allowed, in words: Zilliz Cloud takes no policy.
#[must_use]
pub fn least_privilege() -> LeastPrivilege {
    LeastPrivilege::Words(
        [
            "reading (list, delete --dry-run, verify): a key that sees the project, its clusters and its backups; ListProjects, ListClusters, DescribeCluster, ListBackups and DescribeBackup are asked",
            "deleting: the project role Project Admin in the backup's project, the organisation role Organization Owner, or a custom project role with `backup: manage`; DeleteBackup is asked",
            "there is no grant for a single backup, and none that allows deleting without making: prefer a key that is restricted to the projects that are meant",
        ]
        .map(str::to_owned)
        .to_vec(),
    )
}
