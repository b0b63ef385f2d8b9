//! `apply`: deletes what a saved plan lists, as far as it is still there as it was, and nothing else (S16–S18).

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    Context, act,
    act::Acting,
    look::{self, Looked},
    stopped,
};
use crate::{
    backup::{Backup, BackupId, Census, Deletion, Keepers, Outcome, Provider, State, Target},
    fatal::Fatal,
    plan::{
        Plan, Reason, Section, Verdict, fingerprint,
        saved::{Saved, SavedItem, SavedSection, Unfit},
    },
    provider::{Delete, ErrorKind, Identity, Request as ProviderRequest, credential::TokenRequest},
    select::{
        guards::{Candidate, Draft, Wish, Wishes},
        standing,
    },
    text::harmless,
};

/// The largest plan that is read.
const MAX_BYTES: u64 = 2 << 30;

/// As many of a group's keepers are looked up by their ids, where the provider does not count them by itself.
const KEEPERS: usize = 20;

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
    act::run(&request.act, &looked, skipped, context).await
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

/// What was read again.
#[derive(Default)]
struct Again {
    candidates: Vec<Candidate>,
    drifts: Vec<Drift>,
    wishes: Wishes,
    absent: Vec<BackupId>,
    notes: Vec<String>,
}

impl Again {
    async fn read(
        &mut self,
        section: usize,
        account: &Account,
        saved: &SavedSection,
        items: &[&SavedItem],
        targets: &[Target],
        now: Timestamp,
    ) -> Result<(), Fatal> {
        if saved.allowed("--include-continuous") {
            self.wishes.continuous_in.insert(section);
        }
        self.wishes.allow_last |= saved.allowed("--allow-last");
        if targets.is_empty() {
            return Ok(());
        }
        let found = account.provider.find(targets).await?;
        let planned: HashMap<&str, &SavedItem> = items
            .iter()
            .map(|item| (item.backup.id.as_str(), *item))
            .collect();
        self.wishes.totals.extend(found.totals);
        self.notes.extend(found.notes);
        self.absent.extend(found.absent);
        for mut backup in found.backups {
            standing::complete(&mut backup, now);
            let wish = match planned.get(backup.id.to_string().as_str()) {
                Some(item) => match self.compare(item, &backup) {
                    Some(why) => {
                        self.drifts.push(Drift {
                            id: backup.id.clone(),
                            why: why.clone(),
                        });
                        Wish::Left(vec![Reason::KeptByRule(why.as_str().into())])
                    }
                    None => Wish::Chosen(vec![Reason::Chosen(first(&item.reasons))]),
                },
                // Part of something planned, and new: what was never reviewed is not deleted.
                None => Wish::Left(vec![Reason::KeptByRule("not in the plan".into())]),
            };
            self.candidates.push(Candidate {
                backup,
                wish,
                section,
            });
        }
        Ok(())
    }

    /// What changed since the plan, if anything that it rested on did.
    #[allow(clippy::unused_self, reason = "it reads as a step of the others")]
    fn compare(&self, item: &SavedItem, backup: &Backup) -> Option<String> {
        // Somebody is deleting it already: there is nothing to send, and its end is waited for.
        if backup.state == State::Deleting && backup.created_at == item.backup.created_at {
            return None;
        }
        if fingerprint(backup) == item.fingerprint {
            return None;
        }
        let mut changes = Vec::new();
        if backup.created_at != item.backup.created_at {
            changes.push("it was made at another time".to_owned());
        }
        let protections: Vec<String> = backup
            .protection
            .iter()
            .filter(|protection| {
                !item
                    .backup
                    .protection
                    .iter()
                    .any(|known| known == protection.word())
            })
            .map(ToString::to_string)
            .collect();
        if !protections.is_empty() {
            changes.push(format!("protected since: {}", protections.join(", ")));
        }
        if backup.status.as_deref() != item.backup.status.as_deref() {
            changes.push(format!(
                "it was {} and is {}",
                item.backup.status.as_deref().unwrap_or("without a status"),
                backup.status.as_deref().unwrap_or("without a status")
            ));
        }
        if changes.is_empty() {
            changes.push("it changed since it was planned".to_owned());
        }
        Some(changes.join(", "))
    }

    async fn decide(
        mut self,
        saved: &Saved,
        mut looked: Looked,
        now: Timestamp,
    ) -> Result<(Looked, Vec<Drift>), Fatal> {
        self.wishes.now = now;
        let planned: HashSet<&str> = saved
            .to_delete()
            .map(|item| item.backup.id.as_str())
            .collect();
        let draft = Draft::of(self.candidates, &self.wishes);
        let census = look::count_all(&looked.members, &draft).await?;
        let lost = lost(saved, &looked.members, &draft, &census, now).await?;
        let mut decision = draft.decide(&census, &self.wishes);
        let told: HashSet<BackupId> = self.drifts.iter().map(|drift| drift.id.clone()).collect();
        for item in &mut decision.items {
            let id = &item.backup.id;
            if item.verdict == Verdict::Delete && lost.contains(&item.backup.group) {
                item.verdict = Verdict::Keep;
                self.drifts.push(Drift {
                    id: id.clone(),
                    why:
                        "none of the backups that the plan counts on is there and healthy any more"
                            .to_owned(),
                });
            } else if item.verdict == Verdict::Keep
                && planned.contains(id.to_string().as_str())
                && !told.contains(id)
            {
                self.drifts.push(Drift {
                    id: id.clone(),
                    why: item.decisive(),
                });
            }
        }
        decision
            .items
            .retain(|item| item.verdict == Verdict::Delete);
        decision
            .remaining
            .retain(|remaining| !lost.contains(&remaining.group));
        looked.plan.items = decision.items;
        looked.plan.remaining = decision.remaining;
        looked.plan.grave = decision.grave;
        looked.plan.absent = self.absent;
        looked.plan.notes = self.notes;
        Ok((looked, self.drifts))
    }
}

fn first(reasons: &[String]) -> Arc<str> {
    reasons
        .first()
        .map_or_else(|| "planned".into(), |reason| reason.as_str().into())
}

/// The groups of which none of the recorded keepers is there and healthy any more (S18).
async fn lost(
    saved: &Saved,
    members: &[Box<dyn Delete>],
    draft: &Draft,
    census: &Census,
    now: Timestamp,
) -> Result<HashSet<Arc<str>>, Fatal> {
    let going: HashSet<Arc<str>> = draft
        .going()
        .map(|backup| Arc::clone(&backup.group))
        .collect();
    let mut lost = HashSet::new();
    for remaining in &saved.keepers {
        let Some(keepers) = remaining
            .keepers
            .as_deref()
            .filter(|keepers| !keepers.is_empty())
        else {
            continue;
        };
        if !going.contains(&remaining.group) {
            continue;
        }
        let counted = match census.get(&remaining.group) {
            Some(Keepers::Known(known)) => keepers
                .iter()
                .any(|keeper| known.iter().any(|there| there.id == keeper.id)),
            Some(Keepers::Unreadable(_)) | None => false,
        };
        if counted {
            continue;
        }
        let ids = keepers
            .iter()
            .take(KEEPERS)
            .map(|keeper| keeper.id.as_str());
        if !survives(saved, members, ids, now).await? {
            lost.insert(Arc::clone(&remaining.group));
        }
    }
    Ok(lost)
}

/// Whether one of these is there and can be restored from, wherever it sits.
async fn survives(
    saved: &Saved,
    members: &[Box<dyn Delete>],
    ids: impl Iterator<Item = &str>,
    now: Timestamp,
) -> Result<bool, Fatal> {
    for id in ids {
        for (member, section) in members.iter().zip(&saved.sections) {
            let Ok(asked) = ProviderRequest::of_record(
                section.identity.provider,
                &section.scope,
                None,
                &TokenRequest::default(),
            ) else {
                continue;
            };
            // What is no id of ours (Aiven's primary copies) was counted above, or is not there.
            let Ok(target) = asked.parse(id) else {
                continue;
            };
            if !member.may_hold(&target) {
                continue;
            }
            match member.find(&[target]).await {
                Ok(found) => {
                    let healthy = found.backups.iter().any(|backup| {
                        backup.id.to_string() == id
                            && backup.healthy()
                            && backup.expires_at.is_none_or(|end| end > now)
                    });
                    if healthy {
                        return Ok(true);
                    }
                }
                Err(error) if error.kind == ErrorKind::NoSuchScope => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(false)
}
