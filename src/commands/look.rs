//! Reading all that decides, and making the plan of it.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    Context,
    inputs::{self, Inputs},
    selecting::{Selecting, meaningless},
    stopped,
};
use crate::{
    backup::{Backup, BackupId, Scope, Target},
    fatal::Fatal,
    plan::{Item, Plan, Reason, Section, Selection, Verdict},
    provider::{self, Census, Delete, Found, Identity, Inventory, Keepers, Narrow, Survey, Wants},
    report::progress::Progress,
    run::fleet::Fleet,
    select::{
        choose::{Chosen, choose, once},
        filter::{Filters, Resolved},
        guards::{Candidate, Draft, Wish, Wishes},
        retention::Warning,
        standing,
    },
};

/// What a selection found.
pub(super) struct Selected {
    pub(super) backups: Vec<Backup>,
    pub(super) chosen: Chosen,
    pub(super) absent: Vec<BackupId>,
    pub(super) notes: Vec<String>,
    pub(super) unread: Vec<String>,
    totals: HashMap<Arc<Scope>, u64>,
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

/// One target: what was asked for, and the word that is given for it alone.
pub(super) struct Aim<'a> {
    /// The target's name in a policy file.
    pub(super) name: Option<String>,
    pub(super) asked: Asked<'a>,
    pub(super) include_continuous: bool,
    /// That it chooses nothing is an error (`must-match` of a policy).
    pub(super) must_match: bool,
}

/// What was looked at: one provider a section of the plan, in that order.
pub(super) struct Looked {
    pub(super) members: Vec<Box<dyn Delete>>,
    pub(super) plan: Plan,
    /// The digest of the saved plan that is applied; otherwise it is this one's own.
    pub(super) of_plan: Option<String>,
}

impl Looked {
    /// The providers, each for its section.
    pub(super) fn fleet(&self) -> Fleet<'_> {
        let members = self.members.iter().map(AsRef::as_ref).collect();
        Fleet::of(members, &self.plan)
    }
}

/// What one section brought.
struct Read {
    provider: Box<dyn Delete>,
    identity: Identity,
    selected: Selected,
    aim: usize,
}

/// Connects, reads all that decides, and makes the plan.
pub(super) async fn plan(
    aims: &[Aim<'_>],
    allow_last: bool,
    whole: bool,
    context: &mut Context<'_>,
) -> Result<Looked, Fatal> {
    let progress = context.progress();
    if let Some(aim) = aims.first() {
        progress.reading(aim.asked.provider.provider().title());
    }
    let now = context.now;
    let reading = async {
        let mut reads = Vec::new();
        for (number, aim) in aims.iter().enumerate() {
            reads.extend(read(aim, number, whole, context, &progress).await?);
        }
        decide(aims, reads, allow_last, now).await
    };
    let outcome = context.stop.or(reading).await;
    progress.clear();
    outcome.map_err(stopped)?
}

/// Reads one target with each of its accounts.
async fn read(
    aim: &Aim<'_>,
    number: usize,
    whole: bool,
    context: &Context<'_>,
    progress: &Progress,
) -> Result<Vec<Read>, Fatal> {
    let asked = &aim.asked;
    let members = asked
        .provider
        .connect(
            &context.transport,
            context.environment,
            &asked.inputs.targets,
        )
        .await?;
    let only = members.len() == 1;
    let mut reads = Vec::new();
    let mut elsewhere = None;
    for provider in members {
        let reading = async {
            let identity = async { provider.identity().await.map_err(Fatal::from) };
            let selecting = async {
                let mut selected = asked
                    .select(provider.as_ref(), context.now, whole, progress)
                    .await?;
                read_protecting_tags(provider.as_ref(), &mut selected, context.now).await?;
                Ok(selected)
            };
            tokio::try_join!(identity, selecting)
        };
        match reading.await {
            Ok((identity, selected)) => reads.push(Read {
                provider,
                identity,
                selected,
                aim: number,
            }),
            // What is named is in one of the accounts; a vault that this one does not have, another may.
            Err(fatal) if !only && asked.by_id() && fatal.exit_code() == 2 => {
                elsewhere = Some(fatal);
            }
            Err(fatal) => return Err(fatal),
        }
    }
    match elsewhere {
        Some(fatal) if reads.is_empty() => Err(fatal),
        Some(_) | None => Ok(reads),
    }
}

/// Verdicts on everything that was read, and what follows from them.
async fn decide(
    aims: &[Aim<'_>],
    reads: Vec<Read>,
    allow_last: bool,
    now: Timestamp,
) -> Result<Looked, Fatal> {
    let mut members = Vec::new();
    let mut sections = Vec::new();
    let mut candidates = Vec::new();
    let mut absent: Vec<BackupId> = Vec::new();
    let mut notes: Vec<String> = Vec::new();
    let mut wishes = Wishes {
        allow_last,
        now,
        ..Wishes::default()
    };
    matched(aims, &reads, &mut notes)?;
    for (section, read) in reads.into_iter().enumerate() {
        let Selected {
            backups,
            chosen,
            absent: not_there,
            notes: more,
            unread,
            totals,
            named,
        } = read.selected;
        for note in more.into_iter().chain(told(&chosen.warnings)).chain(
            unread
                .iter()
                .map(|unread| format!("not read, and left as it is: {unread}")),
        ) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        for id in not_there {
            if !absent.contains(&id) {
                absent.push(id);
            }
        }
        wishes.totals.extend(totals);
        wishes.named.extend(named);
        if let Some(aim) = aims.get(read.aim) {
            if aim.include_continuous {
                wishes.continuous_in.insert(section);
            }
            sections.push(aim.section(read.identity, allow_last, unread));
        }
        members.push(read.provider);
        candidates.extend(
            backups
                .into_iter()
                .zip(chosen.wishes)
                .map(|(backup, wish)| Candidate {
                    backup,
                    wish,
                    section,
                }),
        );
    }
    let candidates = once(candidates);
    let there: HashSet<&BackupId> = candidates.iter().map(|one| &one.backup.id).collect();
    absent.retain(|id| !there.contains(id));
    drop(there);
    let draft = Draft::of(candidates, &wishes);
    let census = count(&members, &draft, now).await?;
    let decision = draft.decide(&census, &wishes);
    for (section, member) in members.iter().enumerate() {
        let going: Vec<&Backup> = decision
            .items
            .iter()
            .filter(|item| item.section == section && item.verdict == Verdict::Delete)
            .map(|item| &item.backup)
            .collect();
        for note in member.notes_on(&going, now) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    Ok(Looked {
        members,
        plan: Plan {
            created_at: now,
            sections,
            items: decision.items,
            absent,
            remaining: decision.remaining,
            grave: decision.grave,
            notes,
        },
        of_plan: None,
    })
}

/// A target of a policy of which no backup fits the filters is warned of, or refused where it must match. What keep rules
/// keep did fit.
fn matched(aims: &[Aim<'_>], reads: &[Read], notes: &mut Vec<String>) -> Result<(), Fatal> {
    for (number, aim) in aims.iter().enumerate() {
        let Some(name) = &aim.name else { continue };
        let fits = |wish: &Wish| match wish {
            Wish::Left(reasons) => !matches!(reasons.first(), Some(Reason::NotChosen(_))),
            Wish::Named | Wish::Chosen(_) | Wish::Part(_) => true,
        };
        let chosen = |read: &Read| read.selected.chosen.wishes.iter().any(fits);
        if reads.iter().any(|read| read.aim == number && chosen(read)) {
            continue;
        }
        let nothing = format!("target {name:?} matches nothing");
        if aim.must_match {
            return Err(Fatal::usage_with(
                format!("{nothing}, and it has must-match"),
                "look at its scope and filters with `bkdel PROVIDER list`",
            ));
        }
        notes.push(nothing);
    }
    Ok(())
}

impl Aim<'_> {
    fn section(&self, identity: Identity, allow_last: bool, unread: Vec<String>) -> Section {
        let inputs = &self.asked.inputs;
        let words = [
            (allow_last, "--allow-last"),
            (self.include_continuous, "--include-continuous"),
        ];
        Section {
            target: self.name.clone(),
            identity,
            scope: self.asked.provider.recorded(),
            selection: Selection {
                ids: inputs.texts.clone(),
                from: inputs.from.clone(),
                inputs_sha256: inputs.sha256.clone(),
                allowed: words
                    .into_iter()
                    .filter(|(given, _)| *given)
                    .map(|(_, word)| word.to_owned())
                    .collect(),
                criteria: self.asked.select.criteria.recorded(),
                unread,
            },
        }
    }
}

/// The keepers of every group about which the reading alone does not tell enough, asked of the account that it was read in.
async fn count(
    members: &[Box<dyn Delete>],
    draft: &Draft,
    now: Timestamp,
) -> Result<Census, Fatal> {
    census(members, draft.unsure(now)).await
}

/// The same for everything that was looked at.
pub(super) async fn count_all(members: &[Box<dyn Delete>], draft: &Draft) -> Result<Census, Fatal> {
    census(members, draft.items()).await
}

async fn census(
    members: &[Box<dyn Delete>],
    items: impl Iterator<Item = &Item>,
) -> Result<Census, Fatal> {
    let mut asked: Vec<Vec<&Backup>> = vec![Vec::new(); members.len()];
    for item in items {
        if let Some(backups) = asked.get_mut(item.section) {
            backups.push(&item.backup);
        }
    }
    let mut census = Census::new();
    for (member, backups) in members.iter().zip(asked) {
        if backups.is_empty() {
            continue;
        }
        for (group, keepers) in member.census(&backups).await? {
            match census.entry(group) {
                Entry::Vacant(entry) => {
                    entry.insert(keepers);
                }
                Entry::Occupied(mut entry) => {
                    let both = together(entry.get().clone(), keepers);
                    entry.insert(both);
                }
            }
        }
    }
    Ok(census)
}

/// Two accounts' keepers of one group. What one of them could not read counts only while the other knows of none.
fn together(one: Keepers, other: Keepers) -> Keepers {
    match (one, other) {
        (Keepers::Known(mut known), Keepers::Known(more)) => {
            known.extend(more);
            Keepers::Known(known)
        }
        (Keepers::Known(known), Keepers::Unreadable(why))
        | (Keepers::Unreadable(why), Keepers::Known(known)) => {
            if known.is_empty() {
                Keepers::Unreadable(why)
            } else {
                Keepers::Known(known)
            }
        }
        (unreadable @ Keepers::Unreadable(_), Keepers::Unreadable(_)) => unreadable,
    }
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
