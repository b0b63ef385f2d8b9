//! Reading all that decides, and making the plan of it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::{
    Context,
    inputs::{self, Inputs},
    only,
    selecting::{Selecting, meaningless},
    stopped,
};
use crate::{
    backup::{Backup, BackupId, Target},
    fatal::Fatal,
    plan::{Plan, Selection},
    provider::{self, Delete, Found, Identity, Inventory, Narrow, Survey, Wants},
    report::progress::Progress,
    select::{
        choose::{Chosen, choose},
        filter::{Filters, Resolved},
        guards::{Draft, Wish, Wishes},
        retention::Warning,
        standing,
    },
};

/// The words that lift a guard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifted {
    pub(super) allow_last: bool,
    pub(super) include_continuous: bool,
}

/// What a selection found.
pub(super) struct Selected {
    pub(super) backups: Vec<Backup>,
    pub(super) chosen: Chosen,
    pub(super) absent: Vec<BackupId>,
    pub(super) notes: Vec<String>,
    pub(super) unread: Vec<String>,
    totals: HashMap<std::sync::Arc<crate::backup::Scope>, u64>,
    /// The full ids that were named; empty for a selection.
    named: HashSet<BackupId>,
}

/// What was asked for, read and put together with what was given on standard input.
pub(super) struct Asked<'a> {
    pub(super) provider: &'a provider::Request,
    pub(super) select: &'a Selecting,
    pub(super) inputs: Inputs,
    filters: Resolved,
    /// Without tags, where these are read apart.
    filters_but_tags: Resolved,
}

impl<'a> Asked<'a> {
    /// Checks what was asked for, and reads what it names.
    pub(super) async fn read(
        provider: &'a provider::Request,
        select: &'a Selecting,
        context: &Context<'_>,
    ) -> Result<Self, Fatal> {
        select.check(provider)?;
        let zone = &select.criteria.rules.zone;
        let resolve = |filters: &Filters| {
            filters
                .resolve(context.now, zone)
                .map_err(|error| meaningless(&error.into()))
        };
        let filters = resolve(&select.criteria.filters)?;
        let filters_but_tags = resolve(&Filters {
            tags: Vec::new(),
            ..select.criteria.filters.clone()
        })?;
        let inputs = inputs::read(provider, &select.ids, &select.from, &context.stop).await?;
        Ok(Self {
            provider,
            select,
            inputs,
            filters,
            filters_but_tags,
        })
    }

    /// Whether ids are looked up, or a scope is gone through.
    pub(super) fn by_id(&self) -> bool {
        !self.inputs.targets.is_empty()
            || (self.select.criteria.is_empty() && self.provider.names_by_scope())
    }

    /// Reads the scope, or what is named, and chooses.
    pub(super) async fn select(
        &self,
        provider: &dyn Inventory,
        now: Timestamp,
        whole: bool,
        progress: &Progress,
    ) -> Result<Selected, Fatal> {
        self.select_by(self.by_id(), provider, now, whole, progress)
            .await
    }

    async fn select_by(
        &self,
        by_id: bool,
        provider: &dyn Inventory,
        now: Timestamp,
        whole: bool,
        progress: &Progress,
    ) -> Result<Selected, Fatal> {
        let mut selected = if by_id {
            self.look_up(provider).await?
        } else {
            self.go_through(provider, whole, progress).await?
        };
        for backup in &mut selected.backups {
            standing::complete(backup, now);
        }
        let criteria = &self.select.criteria;
        if criteria.needs_tags() {
            let candidates = selected
                .backups
                .iter_mut()
                .filter(|backup| self.filters_but_tags.judge(backup).is_ok())
                .filter(|backup| backup.tags.is_none())
                .collect();
            let notes = provider.read_tags(candidates).await?;
            selected.notes.extend(notes);
            for backup in &mut selected.backups {
                standing::complete(backup, now);
            }
        }
        let Selected { backups, named, .. } = &selected;
        let is_named = |id: &BackupId| named.contains(id);
        let by_name: Option<&dyn Fn(&BackupId) -> bool> = by_id.then_some(&is_named);
        let chosen = choose(backups, criteria, &self.filters, by_name, now);
        selected.chosen = chosen;
        Ok(selected)
    }

    /// The same for `list`, which takes a scope's flags for a scope, and never for names.
    pub(super) async fn list(
        &self,
        provider: &dyn Inventory,
        now: Timestamp,
        progress: &Progress,
    ) -> Result<Selected, Fatal> {
        self.select_by(
            !self.inputs.targets.is_empty(),
            provider,
            now,
            false,
            progress,
        )
        .await
    }

    async fn look_up(&self, provider: &dyn Inventory) -> Result<Selected, Fatal> {
        let mut targets = self.inputs.targets.clone();
        if self.select.criteria.is_empty() && self.provider.names_by_scope() {
            for target in provider.named_by_scope().await? {
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
        let found = provider.find(&targets).await?;
        let named = named(&found, &targets);
        Ok(Selected {
            backups: found.backups,
            chosen: Chosen::default(),
            absent: found.absent,
            notes: found.notes,
            unread: Vec::new(),
            totals: found.totals,
            named,
        })
    }

    /// `whole`: nothing may be left out while reading, because shares of groups are counted.
    async fn go_through(
        &self,
        provider: &dyn Inventory,
        whole: bool,
        progress: &Progress,
    ) -> Result<Selected, Fatal> {
        // Keep rules look at all backups of a group, candidates or not (R10).
        let narrow = if whole || !self.select.criteria.rules.is_empty() {
            Narrow::default()
        } else {
            let narrow = self.filters.narrow();
            Narrow {
                created_before: narrow.created_before,
                created_after: narrow.created_after,
                kind: narrow.kind.map(ToOwned::to_owned),
                resource: narrow.resource.map(ToOwned::to_owned),
            }
        };
        let wants = Wants {
            narrow,
            skip_unreadable: self.select.skip_unreadable,
        };
        let survey = provider.survey(&wants, &|seen| progress.seen(seen)).await?;
        let Survey {
            backups,
            notes,
            totals,
            unread,
        } = survey;
        Ok(Selected {
            backups,
            chosen: Chosen::default(),
            absent: Vec::new(),
            notes,
            unread: unread
                .into_iter()
                .map(|unread| format!("{}: {}", unread.scope, unread.why))
                .collect(),
            totals,
            named: HashSet::new(),
        })
    }
}

/// Of what was found, what was named itself: the rest are members of families.
fn named(found: &Found, targets: &[Target]) -> HashSet<BackupId> {
    let asked: HashSet<(Option<&str>, &str)> = targets
        .iter()
        .map(|target| (target.container.as_deref(), target.name.as_str()))
        .collect();
    found
        .backups
        .iter()
        .map(|backup| &backup.id)
        .filter(|id| {
            asked.contains(&(Some(id.container()), id.name())) || asked.contains(&(None, id.name()))
        })
        .cloned()
        .collect()
}

/// Connects, reads all that decides, and makes the plan.
pub(super) async fn plan(
    asked: &Asked<'_>,
    lifted: Lifted,
    whole: bool,
    context: &mut Context<'_>,
) -> Result<(Box<dyn Delete>, Plan), Fatal> {
    let progress = context.progress();
    progress.reading(asked.provider.provider().title());
    let now = context.now;
    let reading = async {
        let members = asked
            .provider
            .connect(
                &context.transport,
                context.environment,
                &asked.inputs.targets,
            )
            .await?;
        let provider = only(members)?;
        let identity = async { provider.identity().await.map_err(Fatal::from) };
        let plan = read(asked, provider.as_ref(), lifted, whole, now, &progress);
        let (mut plan, identity) = tokio::try_join!(plan, identity)?;
        plan.identity = identity;
        Ok::<_, Fatal>((provider, plan))
    };
    let outcome = context.stop.or(reading).await;
    progress.clear();
    outcome.map_err(stopped)?
}

/// The plan, but for who made it.
async fn read(
    asked: &Asked<'_>,
    provider: &dyn Delete,
    lifted: Lifted,
    whole: bool,
    now: Timestamp,
    progress: &Progress,
) -> Result<Plan, Fatal> {
    let mut selected = asked.select(provider, now, whole, progress).await?;
    read_protecting_tags(provider, &mut selected, now).await?;
    let by_id = asked.by_id();
    let Selected {
        backups,
        chosen,
        absent,
        mut notes,
        unread,
        totals,
        named,
    } = selected;
    notes.extend(told(&chosen.warnings));
    notes.extend(
        unread
            .iter()
            .map(|unread| format!("not read, and left as it is: {unread}")),
    );
    let wishes = Wishes {
        named,
        allow_last: lifted.allow_last,
        include_continuous: lifted.include_continuous,
        totals,
        now,
    };
    let draft = Draft::of(backups.into_iter().zip(chosen.wishes).collect(), &wishes);
    let unsure: Vec<&Backup> = if by_id {
        draft.all()
    } else {
        draft.endangered(now)
    };
    let census = provider.census(&unsure).await?;
    let decision = draft.decide(&census, &wishes);
    let words = [
        (lifted.allow_last, "--allow-last"),
        (lifted.include_continuous, "--include-continuous"),
    ];
    let inputs = &asked.inputs;
    Ok(Plan {
        created_at: now,
        identity: Identity::unknown(asked.provider.provider()),
        selection: Selection {
            ids: inputs.texts.clone(),
            from: inputs.from.clone(),
            inputs_sha256: inputs.sha256.clone(),
            allowed: words
                .into_iter()
                .filter(|(given, _)| *given)
                .map(|(_, word)| word)
                .collect(),
            criteria: asked.select.criteria.recorded(),
            unread,
        },
        items: decision.items,
        absent,
        remaining: decision.remaining,
        grave: decision.grave,
        notes,
    })
}

/// Each warning (R12) in a sentence; of many groups in which backups seem to have stopped, the first few.
pub(super) fn told(warnings: &[Warning]) -> Vec<String> {
    const FEW: usize = 5;
    let (stopped, others): (Vec<_>, Vec<_>) = warnings
        .iter()
        .partition(|warning| matches!(warning, Warning::Stopped { .. }));
    let more = stopped.len().saturating_sub(FEW);
    let mut told: Vec<String> = others
        .into_iter()
        .chain(stopped.into_iter().take(FEW))
        .map(ToString::to_string)
        .collect();
    if more > 0 {
        told.push(format!(
            "in {more} more groups backups seem to have stopped"
        ));
    }
    told
}

/// A tag can protect what was chosen (S8). What was named has its tags already.
async fn read_protecting_tags(
    provider: &dyn Delete,
    selected: &mut Selected,
    now: Timestamp,
) -> Result<(), Fatal> {
    let chosen = selected
        .backups
        .iter_mut()
        .zip(&selected.chosen.wishes)
        .filter(|(backup, wish)| !matches!(wish, Wish::Left(_)) && backup.tags.is_none())
        .map(|(backup, _)| backup)
        .collect();
    let notes = provider.read_tags(chosen).await?;
    selected.notes.extend(notes);
    for backup in &mut selected.backups {
        standing::complete(backup, now);
    }
    Ok(())
}
