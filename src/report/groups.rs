//! A plan's items by group, those that lose most first: what people compare.
//!
//! Only counts and order are settled here, in one pass over the items; how a group is shown is the renderers'.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use crate::{
    backup::Subject,
    plan::{Item, Plan, Verdict},
};

/// The items of one group.
#[derive(Debug, Clone)]
pub(super) struct Group<'a> {
    key: &'a str,
    /// In the plan's order.
    pub(super) items: Vec<&'a Item>,
    /// How many of them go.
    pub(super) going: usize,
}

impl<'a> Group<'a> {
    /// How many of them stay.
    pub(super) fn staying(&self) -> usize {
        self.items.len().saturating_sub(self.going)
    }

    /// The resource, where one is known.
    pub(super) fn resource(&self) -> Option<&'a str> {
        let resources = self
            .items
            .iter()
            .map(|item| item.backup.resource.as_deref());
        resources.flatten().find(|resource| !resource.is_empty())
    }
}

/// The groups, those that lose most first, then by their key: the order of the items never matters.
pub(super) fn by_loss(plan: &Plan) -> Vec<Group<'_>> {
    let mut groups: HashMap<&str, Group<'_>> = HashMap::new();
    let backups = plan.items.iter();
    for item in backups.filter(|item| item.subject() == Subject::Backup) {
        let key = &*item.backup.group;
        let group = groups.entry(key).or_insert_with(|| Group {
            key,
            items: Vec::new(),
            going: 0,
        });
        group.items.push(item);
        let goes = match item.verdict {
            Verdict::Delete => 1,
            Verdict::Keep => 0,
        };
        group.going = group.going.saturating_add(goes);
    }
    let mut groups: Vec<Group<'_>> = groups.into_values().collect();
    groups.sort_unstable_by_key(|group| (Reverse(group.going), group.key));
    groups
}

/// What each group is called: its resource, or its own key where it has none or shares it with another one of these.
pub(super) fn names<'a>(groups: &[Group<'a>]) -> Vec<&'a str> {
    let mut bearers: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in groups.iter().filter_map(Group::resource) {
        let bearers = bearers.entry(resource).or_default();
        *bearers = bearers.saturating_add(1);
    }
    let name = |group: &Group<'a>| {
        let resource = group.resource();
        let own = resource.filter(|resource| bearers.get(resource) == Some(&1));
        own.unwrap_or(group.key)
    };
    groups.iter().map(name).collect()
}
