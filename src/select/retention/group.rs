//! What the rules are applied to, one group after another (R1).

use std::{collections::HashMap, fmt, str::FromStr};

use crate::backup::{Backup, Scope};

/// By what backups are grouped: those that agree in all of it are one group. Nothing at all makes one group of everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupBy(Vec<Aspect>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aspect {
    /// What can stand in for each other: [`Backup::group`], which is finer than the resource where it must be.
    Resource,
    Scope,
    Type,
    Name,
}

impl Aspect {
    const ALL: [Self; 4] = [Self::Resource, Self::Scope, Self::Type, Self::Name];

    fn word(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Scope => "scope",
            Self::Type => "type",
            Self::Name => "name",
        }
    }
}

/// A backup with its place in the list that was grouped.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Its index there.
    pub index: usize,
    /// The backup.
    pub backup: &'a Backup,
}

/// What two backups of one group have in common; `None` also for what is not asked for.
#[derive(Default, PartialEq, Eq, Hash)]
struct Key<'a> {
    group: Option<&'a str>,
    scope: Option<&'a Scope>,
    kind: Option<&'a str>,
    name: Option<&'a str>,
}

impl GroupBy {
    /// Sorts backups into groups. Both the groups and their members are in the order in which they come.
    pub fn groups<'a>(
        &self,
        backups: impl IntoIterator<Item = &'a Backup>,
    ) -> Vec<Vec<Member<'a>>> {
        let mut places: HashMap<Key<'a>, usize> = HashMap::new();
        let mut groups: Vec<Vec<Member<'a>>> = Vec::new();
        for (index, backup) in backups.into_iter().enumerate() {
            let next = groups.len();
            let place = *places.entry(self.key(backup)).or_insert(next);
            let member = Member { index, backup };
            match groups.get_mut(place) {
                Some(group) => group.push(member),
                None => groups.push(vec![member]),
            }
        }
        groups
    }

    fn key<'a>(&self, backup: &'a Backup) -> Key<'a> {
        let mut key = Key::default();
        for aspect in &self.0 {
            match aspect {
                Aspect::Resource => key.group = Some(&backup.group),
                Aspect::Scope => key.scope = Some(&backup.scope),
                Aspect::Type => key.kind = backup.kind.as_deref(),
                Aspect::Name => key.name = backup.name.as_deref(),
            }
        }
        key
    }

    /// What the group of a backup is called.
    #[must_use]
    pub fn name(&self, backup: &Backup) -> String {
        let parts: Vec<&str> = self
            .0
            .iter()
            .map(|aspect| match aspect {
                Aspect::Resource => &backup.group,
                Aspect::Scope => backup.scope.name(),
                Aspect::Type => backup.kind.as_deref().unwrap_or("without a type"),
                Aspect::Name => backup.name.as_deref().unwrap_or("without a name"),
            })
            .collect();
        if parts.is_empty() {
            return "all backups".to_owned();
        }
        parts.join(", ")
    }
}

impl Default for GroupBy {
    fn default() -> Self {
        Self(vec![Aspect::Resource])
    }
}

impl FromStr for GroupBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(Vec::new()));
        }
        let mut aspects = Vec::new();
        for word in text.split(',') {
            let aspect = Aspect::ALL
                .into_iter()
                .find(|aspect| aspect.word() == word)
                .ok_or_else(|| refusal(word))?;
            if aspects.contains(&aspect) {
                return Err(format!("{word} is there twice"));
            }
            aspects.push(aspect);
        }
        Ok(Self(aspects))
    }
}

fn refusal(word: &str) -> String {
    let known = Aspect::ALL.map(Aspect::word).join(", ");
    match word {
        "none" => "none stands alone".to_owned(),
        _ if word.trim().is_empty() => format!("a word is missing: {known} or none"),
        _ => format!("unknown word {word:?}: {known}, several with commas, or none"),
    }
}

impl fmt::Display for GroupBy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("none");
        }
        let words: Vec<&str> = self.0.iter().copied().map(Aspect::word).collect();
        formatter.write_str(&words.join(","))
    }
}
