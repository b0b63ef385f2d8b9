//! `apply`: deletes what a saved plan lists, as far as it is still there as it was, and nothing else (S16–S18).

mod again;
mod survivors;

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::SignedDuration;

use super::{Context, act, act::Acting, carry_out, look::Looked, stopped};
use crate::{
    backup::{BackupId, Deletion, Outcome, Provider, Target},
    fatal::Fatal,
    plan::{
        Plan, Section,
        saved::{Saved, SavedItem, SavedSection, Unfit},
    },
    provider::{Delete, ErrorKind, Identity, Request as ProviderRequest, credential::TokenRequest},
    text::harmless,
};
use again::Again;

/// The largest plan that is read.
const MAX_BYTES: u64 = 2 << 30;

/// What to do with a backup that is no longer as it was planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDrift {
    /// Refuse the whole plan, before anything is sent.
    Fail,
    /// Leave it out, and tell.
    Skip,
}

/// What to apply, and how.
#[derive(Debug)]
pub struct Request {
    /// The saved plan.
    pub file: PathBuf,
    /// How.
    pub act: Acting,
    /// `--plan-sha256`.
    pub plan_sha256: Option<String>,
    /// `--on-drift`.
    pub on_drift: OnDrift,
    /// `--max-plan-age`.
    pub max_plan_age: Duration,
    /// `--endpoint-url`.
    pub endpoint: Option<String>,
    /// `--token-file` and `--token-command`.
    pub token: TokenRequest,
}

/// A planned item that does not go, and why.
struct Drift {
    id: BackupId,
    why: String,
}

/// Applies a plan.
pub(super) async fn run(request: Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    carry_out::prepare(&request.act, context)?;
    let saved = read(&request.file)?;
    let name = request.file.display().to_string();
    let max_age = SignedDuration::try_from(request.max_plan_age).unwrap_or(SignedDuration::MAX);
    saved
        .check(request.plan_sha256.as_deref(), max_age, context.now)
        .map_err(|unfit| refused(&name, &unfit))?;
    let progress = context.progress();
    progress.reading("the plan's backups");
    let reading = look_again(&request, &saved, context);
    let outcome = context.stop.or(reading).await;
    progress.clear();
    let (mut looked, drifts) = outcome.map_err(stopped)??;
    if !drifts.is_empty() && request.on_drift == OnDrift::Fail {
        return Err(drifted(&drifts));
    }
    looked.of_plan = Some(saved.sha256.clone());
    let skipped: Vec<Deletion> = drifts.into_iter().map(skipped).collect();
    if request.act.dry_run {
        for result in &skipped {
            let id = result.id.to_string();
            let why = result.message.clone().unwrap_or_default();
            context.say(&format!("left out: {}: {}", harmless(&id), harmless(&why)));
        }
        return act::rehearse(&request.act, &looked, None, context).await;
    }
    act::run(&request.act, &looked, skipped, None, context).await
}

/// Reads a saved plan.
pub(super) fn read(path: &Path) -> Result<Saved, Fatal> {
    let name = path.display().to_string();
    let bytes = (|| {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
        Ok::<_, io::Error>(bytes)
    })()
    .map_err(|error| Fatal::usage(format!("{name} cannot be read: {error}")))?;
    Saved::read(&bytes).map_err(|unfit| refused(&name, &unfit))
}

fn refused(name: &str, unfit: &Unfit) -> Fatal {
    let message = format!("{name}: {unfit}");
    match unfit {
        Unfit::NoPlan(_) => Fatal::Usage {
            message,
            hint: Some("a plan is made by `delete --dry-run --out PLAN.json`".to_owned()),
        },
        Unfit::Schema(_)
        | Unfit::Changed
        | Unfit::AnotherPlan { .. }
        | Unfit::TooOld(_)
        | Unfit::FromTheFuture(_) => Fatal::Drift {
            message,
            hint: Some("make a new plan, and review it".to_owned()),
        },
    }
}

fn drifted(drifts: &[Drift]) -> Fatal {
    const SHOWN: usize = 20;
    let mut told: Vec<String> = drifts
        .iter()
        .take(SHOWN)
        .map(|drift| format!("{}: {}", drift.id, drift.why))
        .collect();
    let more = drifts.len().saturating_sub(SHOWN);
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    Fatal::Drift {
        message: format!("the plan no longer fits what is there: {}", told.join("; ")),
        hint: Some("make a new plan, or delete what still fits with --on-drift skip".to_owned()),
    }
}

fn skipped(drift: Drift) -> Deletion {
    let mut result = Deletion::absent(drift.id, Outcome::Skipped);
    result.kind = Some(ErrorKind::Drift);
    result.message = Some(drift.why);
    result
}

/// One set of credentials, and who it turned out to be.
struct Account {
    provider: Box<dyn Delete>,
    identity: Identity,
}

/// Connects as the plan did, reads everything again that it wants deleted or counts on, and compares.
async fn look_again(
    request: &Request,
    saved: &Saved,
    context: &Context<'_>,
) -> Result<(Looked, Vec<Drift>), Fatal> {
    let mut looked = Looked {
        members: Vec::new(),
        plan: Plan {
            created_at: context.now,
            sections: Vec::new(),
            items: Vec::new(),
            absent: Vec::new(),
            remaining: Vec::new(),
            grave: Vec::new(),
            notes: Vec::new(),
        },
        of_plan: None,
        kept: saved.kept().collect(),
        targets: targets_of(saved),
    };
    let mut again = Again::default();
    let mut accounts: Vec<Account> = Vec::new();
    for (number, section) in saved.sections.iter().enumerate() {
        let asked = ProviderRequest::of_record(
            section.identity.provider,
            &section.scope,
            request.endpoint.clone(),
            &request.token,
        )
        .map_err(|error| Fatal::Drift {
            message: format!("{}: {error}", request.file.display()),
            hint: Some("make a new plan with this version".to_owned()),
        })?;
        let items: Vec<&SavedItem> = saved
            .to_delete()
            .filter(|item| item.section == number)
            .collect();
        let targets = targets(&asked, &items)?;
        for provider in asked
            .connect(&context.transport, context.environment, &targets)
            .await?
        {
            let identity = provider.identity().await?;
            accounts.push(Account { provider, identity });
        }
        let account = take_fitting(&mut accounts, section)?;
        again
            .read(number, &account, section, &items, &targets, context.now)
            .await?;
        looked.plan.sections.push(Section {
            target: section.target.clone(),
            identity: account.identity,
            scope: section.scope.clone(),
            selection: section.selection.clone(),
        });
        looked.members.push(account.provider);
    }
    again.decide(saved, looked, context.now).await
}

/// The targets of a policy, by the full ids of their backups.
fn targets_of(saved: &Saved) -> HashMap<String, Arc<str>> {
    let names: Vec<Option<Arc<str>>> = saved
        .sections
        .iter()
        .map(|section| section.target.as_deref().map(Into::into))
        .collect();
    saved
        .to_delete()
        .filter_map(|item| {
            let name = names.get(item.section)?.clone()?;
            Some((item.backup.id.clone(), name))
        })
        .collect()
}

fn targets(asked: &ProviderRequest, items: &[&SavedItem]) -> Result<Vec<Target>, Fatal> {
    items
        .iter()
        .map(|item| asked.parse(&item.backup.id).map_err(Fatal::from))
        .collect()
}

/// The account that the section was looked at with. Another one, or another endpoint, refuses the plan (S16).
fn take_fitting(accounts: &mut Vec<Account>, section: &SavedSection) -> Result<Account, Fatal> {
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
