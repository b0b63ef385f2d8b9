//! What was asked for of one scope, and what is chosen there.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    backup::{Backup, BackupId, Provider, Scope, Target},
    commands::{
        Context,
        inputs::{self, Inputs},
        selecting::{Selecting, meaningless},
    },
    fatal::Fatal,
    provider::{self, Delete, ErrorKind, Found, Inventory, Narrow, Progress, Survey, Wants},
    select::{
        choose::{Chosen, choose},
        filter::{Filters, Resolved},
        guards::Wish,
        standing,
    },
};

/// What a selection found.
pub(in crate::commands) struct Selected {
    pub(in crate::commands) backups: Vec<Backup>,
    pub(in crate::commands) chosen: Chosen,
    pub(in crate::commands) absent: Vec<BackupId>,
    pub(in crate::commands) notes: Vec<String>,
    pub(in crate::commands) unread: Vec<String>,
    pub(super) totals: HashMap<Arc<Scope>, u64>,
    /// The full ids that were named; empty for a selection.
    pub(super) named: HashSet<BackupId>,
}

/// What was asked for, read and put together with what was given on standard input.
pub(in crate::commands) struct Asked<'a> {
    pub(in crate::commands) provider: &'a provider::Request,
    pub(in crate::commands) select: &'a Selecting,
    pub(in crate::commands) inputs: Inputs,
    filters: Resolved,
    /// Without tags, where these are read apart.
    filters_but_tags: Resolved,
}

impl<'a> Asked<'a> {
    /// Checks what was asked for, and reads what it names.
    pub(in crate::commands) async fn read(
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
    pub(in crate::commands) fn by_id(&self) -> bool {
        !self.inputs.targets.is_empty()
            || (self.select.criteria.is_empty() && self.provider.names_by_scope())
    }

    /// Reads the scope, or what is named, and chooses.
    pub(in crate::commands) async fn select(
        &self,
        provider: &dyn Inventory,
        now: Timestamp,
        whole: bool,
        progress: Progress<'_>,
    ) -> Result<Selected, Fatal> {
        // Zilliz and Aiven save nothing by leaving out what no filter could choose, and then cannot tell what empties a
        // scope (S13).
        let whole = whole || self.provider.provider() != Provider::Aws;
        self.select_by(self.by_id(), provider, now, whole, progress)
            .await
    }

    async fn select_by(
        &self,
        by_id: bool,
        provider: &dyn Inventory,
        now: Timestamp,
        whole: bool,
        progress: Progress<'_>,
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
        // Everything was asked for: of a million backups that need not be said of each.
        if criteria.is_empty() && !by_id {
            return Ok(selected);
        }
        let Selected { backups, named, .. } = &selected;
        let is_named = |id: &BackupId| named.contains(id);
        let by_name: Option<&dyn Fn(&BackupId) -> bool> = by_id.then_some(&is_named);
        let chosen = choose(backups, criteria, &self.filters, by_name, now);
        selected.chosen = chosen;
        Ok(selected)
    }

    /// The same for `list`, which takes a scope's flags for a scope, and never for names.
    pub(in crate::commands) async fn list(
        &self,
        provider: &dyn Inventory,
        now: Timestamp,
        progress: Progress<'_>,
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
        // Of several accounts each is asked for what can be its own.
        targets.retain(|target| provider.may_hold(target));
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
        progress: Progress<'_>,
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
        let survey = provider.survey(&wants, progress).await?;
        let Survey {
            backups,
            notes,
            totals,
            unread,
        } = survey;
        // To go on without some is one thing; to have read nothing at all is no empty list (S3).
        if let (true, Some(first)) = (backups.is_empty(), unread.first()) {
            return Err(Fatal::Inventory {
                kind: ErrorKind::Incomplete,
                message: format!(
                    "nothing was read: {} of the scopes could not be, and the others hold nothing; {}: {}",
                    unread.len(),
                    first.scope,
                    first.why
                ),
                hint: Some("name a scope that can be read".to_owned()),
            });
        }
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

/// A tag can protect what was chosen (S8). What was named has its tags already.
pub(super) async fn read_protecting_tags(
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
