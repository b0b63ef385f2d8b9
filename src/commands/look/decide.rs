//! From what was read to a plan: one verdict a backup, whatever number of targets and accounts there are.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use jiff::Timestamp;

use super::{
    Aim, Looked, Read, Selected, containers, containers::DELETE_EMPTY_VAULT, side_by_side, told,
};
use crate::{
    backup::{Backup, BackupId},
    fatal::Fatal,
    plan::{Item, Plan, Reason, Section, Selection, Verdict},
    provider::{Census, Delete, Identity, Keepers},
    select::{
        choose::once,
        guards::{Candidate, Decision, Draft, Wish, Wishes},
        shard::Shard,
    },
};

/// Verdicts on everything that was read, and what follows from them.
pub(super) async fn decide(
    aims: &[Aim<'_>],
    reads: Vec<Read>,
    allow_last: bool,
    shard: Option<Shard>,
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
    containers::check(aims, &reads)?;
    let mut going_too: Vec<(usize, Backup)> = Vec::new();
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
            sections.push(aim.section(read.identity, allow_last, shard, unread));
        }
        members.push(read.provider);
        going_too.extend(read.containers.into_iter().map(|one| (section, one)));
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
    let mut decision = draft.decide(&census, &wishes);
    if let Some(shard) = shard {
        notes.extend(split(&mut decision, shard, &wishes, &sections));
        // Nothing is sent for these, but each is to be told of once.
        absent.retain(|id| shard.drawing(id) == shard);
    }
    for (section, container) in going_too {
        containers::add(container, section, &mut decision, now);
    }
    notes_on(&members, &decision.items, now, &mut notes);
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
        kept: Vec::new(),
        // Only a saved plan of a policy is carried out.
        targets: HashMap::new(),
    })
}

/// What a person must know before saying yes to what goes, each sentence once.
fn notes_on(members: &[Box<dyn Delete>], items: &[Item], now: Timestamp, notes: &mut Vec<String>) {
    for (section, member) in members.iter().enumerate() {
        let going: Vec<&Backup> = items
            .iter()
            .filter(|item| item.section == section && item.verdict == Verdict::Delete)
            .map(|item| &*item.backup)
            .collect();
        for note in member.notes_on(&going, now) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
}

/// Leaves to the other shards what is theirs, and says how much that is.
fn split(
    decision: &mut Decision,
    shard: Shard,
    wishes: &Wishes,
    sections: &[Section],
) -> Option<String> {
    decision.leave(wishes, |item| {
        let section = sections.get(item.section);
        let account = section.and_then(|section| section.identity.account.as_deref());
        let holding = shard.holding(&item.backup, account);
        (holding != shard).then(|| Reason::AnotherShard(holding.to_string().into()))
    });
    let others = decision
        .items
        .iter()
        .filter(|item| item.is_another_shards());
    match others.count() {
        0 => None,
        one => Some(format!(
            "shard {shard} of the plan: {one} more would be deleted by the other shards"
        )),
    }
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
    fn section(
        &self,
        identity: Identity,
        allow_last: bool,
        shard: Option<Shard>,
        unread: Vec<String>,
    ) -> Section {
        let inputs = &self.asked.inputs;
        let words = [
            (allow_last, "--allow-last"),
            (self.include_continuous, "--include-continuous"),
            (self.delete_emptied, DELETE_EMPTY_VAULT),
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
                shard: shard.map(|shard| shard.to_string()),
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
pub(in crate::commands) async fn count_all(
    members: &[Box<dyn Delete>],
    draft: &Draft,
) -> Result<Census, Fatal> {
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
    let jobs = members
        .iter()
        .zip(&asked)
        .filter(|(_, backups)| !backups.is_empty())
        .map(|(member, backups)| member.census(backups))
        .collect();
    let mut census = Census::new();
    for counted in side_by_side(jobs).await? {
        for (group, keepers) in counted {
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
