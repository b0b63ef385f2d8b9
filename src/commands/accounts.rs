//! The accounts of a record: connected again as they were, and refused if they turn out to be others (S16).

use std::sync::Arc;

use super::Context;
use crate::{
    backup::{BackupId, Identity, Provider, Subject, Target},
    fatal::Fatal,
    plan::saved::{SavedItem, SavedSection},
    provider::{Delete, Request, credential::TokenRequest},
};

/// How providers are reached: what no record holds.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// `--endpoint-url`.
    pub endpoint: Option<String>,
    /// `--token-file` and `--token-command`.
    pub token: TokenRequest,
}

/// What is looked at again.
pub(super) struct Source {
    /// Its name: a plan's file, a run.
    pub(super) name: String,
    pub(super) reach: Reach,
}

/// One set of credentials, and who it turned out to be.
pub(super) struct Account {
    pub(super) provider: Box<dyn Delete>,
    pub(super) identity: Identity,
    /// The flags that it was connected with: they read its ids.
    pub(super) asked: Arc<Request>,
}

/// Connects the account of a section, and gives what is to be looked for in it.
pub(super) async fn connect(
    section: &SavedSection,
    items: &[&SavedItem],
    source: &Source,
    context: &Context<'_>,
) -> Result<(Account, Vec<Target>), Fatal> {
    let mut asked = Request::of_record(
        section.identity.provider,
        &section.scope,
        source.reach.endpoint.clone(),
        &source.reach.token,
    )
    .map_err(|error| Fatal::Drift {
        message: format!("{}: {error}", source.name),
        hint: Some("make a new plan with this version".to_owned()),
    })?;
    // Fifty accounts are fifty sections, each with the flags of all of them.
    if let Some(account) = &section.identity.account {
        asked.narrow_to(account);
    }
    let targets = targets(&asked, items)?;
    let asked = Arc::new(asked);
    let mut accounts = Vec::new();
    for provider in asked
        .connect(&context.transport, context.environment, &targets)
        .await?
    {
        let identity = provider.identity().await?;
        accounts.push(Account {
            provider,
            identity,
            asked: Arc::clone(&asked),
        });
    }
    Ok((fitting(accounts, section)?, targets))
}

fn targets(asked: &Request, items: &[&SavedItem]) -> Result<Vec<Target>, Fatal> {
    items.iter().map(|item| target(asked, &item.id())).collect()
}

/// What a record names. A backup's id is read as if a person had typed it; a vault's own nobody types.
pub(super) fn target(asked: &Request, id: &BackupId) -> Result<Target, Fatal> {
    match id.subject() {
        Subject::Backup => Ok(asked.parse(&id.to_string())?),
        Subject::Vault => Ok(Target::of(id)),
    }
}

/// The account that the section was looked at with. Another one, or another endpoint, refuses the plan (S16).
fn fitting(mut accounts: Vec<Account>, section: &SavedSection) -> Result<Account, Fatal> {
    let wanted = &section.identity;
    let fits = |account: &Account| {
        let identity = &account.identity;
        let same_endpoint = if identity.endpoint_overridden || wanted.endpoint_overridden {
            identity.endpoint == wanted.endpoint
        } else {
            // AWS has an endpoint a region, and its own are all the same to a plan.
            identity.provider == Provider::Aws || identity.endpoint == wanted.endpoint
        };
        identity.provider == wanted.provider && identity.account == wanted.account && same_endpoint
    };
    if let Some(place) = accounts.iter().position(fits) {
        return Ok(accounts.swap_remove(place));
    }
    let described = |identity: &Identity| {
        format!(
            "{} account {} at {}",
            identity.provider.title(),
            identity.account.as_deref().unwrap_or("unknown"),
            identity.endpoint
        )
    };
    let found: Vec<String> = accounts
        .iter()
        .map(|account| described(&account.identity))
        .collect();
    Err(Fatal::Drift {
        message: format!(
            "the plan was made for {}, and these credentials are of {}",
            described(wanted),
            found.join(", ")
        ),
        hint: Some("use the credentials that the plan was made with".to_owned()),
    })
}
