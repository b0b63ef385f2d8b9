//! What the page's script draws from: columns of numbers, and each text once.
//!
//! A hundred thousand backups share a few reasons, resources and messages, so a column holds their numbers. What is of one
//! backup alone (its id, its request) stands in the column itself.

use std::{
    collections::{HashMap, HashSet},
    io,
};

use jiff::Timestamp;

use super::{
    look::{shape, tone},
    text::Page,
};
use crate::{
    backup::{ErrorKind, Provider},
    report::{
        certificate,
        told::{Fate, Line, Told},
    },
};

/// So many copies that remain are named of each group.
const KEEPERS: usize = 5;
/// Stands for a text that is not known.
const NONE: i64 = -1;

/// Texts, each with its number.
#[derive(Default)]
struct Strings {
    numbers: HashMap<String, i64>,
    texts: Vec<String>,
}

impl Strings {
    fn number(&mut self, text: Option<&str>) -> i64 {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return NONE;
        };
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = i64::try_from(self.texts.len()).unwrap_or(NONE);
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }
}

/// Writes the data as one JSON document.
pub(super) fn write(told: &Told<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let mut strings = Strings::default();
    page.raw("{\"subject\":")?;
    page.json(if told.run.is_some() { "run" } else { "plan" })?;
    fates(page)?;
    page.raw(",\n\"columns\":{\"fate\":")?;
    list(told.lines.iter(), page, |line, page| {
        let number = Fate::ALL.iter().position(|fate| *fate == line.fate);
        page.number(i64::try_from(number.unwrap_or_default()).unwrap_or(NONE))
    })?;
    shared(told, &mut strings, page)?;
    own(told, page)?;
    page.raw("},\n\"keepers\":")?;
    keepers(told, &mut strings, page)?;
    page.raw(",\n\"strings\":")?;
    list(strings.texts.iter(), page, |text, page| page.json(text))?;
    page.raw("}")
}

fn fates(page: &mut Page<'_>) -> io::Result<()> {
    page.raw(",\n\"fates\":")?;
    list(Fate::ALL.into_iter(), page, |fate, page| {
        page.raw("{\"word\":")?;
        page.json(fate.word())?;
        page.raw(",\"meaning\":")?;
        page.json(fate.meaning())?;
        page.raw(",\"tone\":")?;
        page.json(tone(fate))?;
        page.raw(",\"shape\":")?;
        page.json(shape(fate))?;
        page.raw(",\"trouble\":")?;
        page.number(i64::from(fate.is_trouble()))?;
        page.raw("}")
    })
}

/// Columns of texts that many backups share.
fn shared(told: &Told<'_>, strings: &mut Strings, page: &mut Page<'_>) -> io::Result<()> {
    let mut column = |name: &'static str, of: &dyn Fn(&Line<'_>) -> Option<String>| {
        page.raw(",\n\"")?;
        page.raw(name)?;
        page.raw("\":")?;
        list(told.lines.iter(), page, |line, page| {
            page.number(strings.number(of(line).as_deref()))
        })
    };
    let text = |text: Option<&str>| text.map(ToOwned::to_owned);
    column("provider", &|line| {
        text(line.provider().map(Provider::title))
    })?;
    column("resource", &|line| text(line.resource()))?;
    column("group", &|line| {
        let group = line.item.map(|item| &*item.group);
        text(group.or(line.resource()))
    })?;
    column("type", &|line| text(line.item?.backup.kind.as_deref()))?;
    column("status", &|line| text(line.item?.backup.status.as_deref()))?;
    column("protection", &|line| {
        Some(line.item?.backup.protection.join(", "))
    })?;
    column("reasons", &|line| Some(line.reasons().join("; ")))?;
    column("target", &|line| {
        text(told.section(line)?.target.as_deref())
    })?;
    column("message", &|line| text(line.result?.message.as_deref()))?;
    column("hint", &|line| text(line.result?.hint.as_deref()))?;
    column("code", &|line| text(line.result?.code.as_deref()))?;
    column("kind", &|line| text(line.result?.kind.map(ErrorKind::word)))?;
    column("performer", &|line| certificate::performer(told, line))?;
    column("machine", &|line| certificate::place(told, line))?;
    column("by", &|line| text(line.result?.verified_by.as_deref()))
}

/// Columns of what is each backup's own.
fn own(told: &Told<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let mut texts = |name: &'static str, of: &dyn Fn(&Line<'_>) -> Option<String>| {
        page.raw(",\n\"")?;
        page.raw(name)?;
        page.raw("\":")?;
        list(told.lines.iter(), page, |line, page| {
            page.json(&of(line).unwrap_or_default())
        })
    };
    texts("id", &|line| Some(line.id().into_owned()))?;
    texts("name", &|line| line.item?.backup.name.clone())?;
    texts("how", &certificate::how)?;
    texts("requests", &|line| {
        Some(line.result?.request_ids.join(", "))
    })?;
    let mut numbers = |name: &'static str, of: &dyn Fn(&Line<'_>) -> Option<i128>| {
        page.raw(",\n\"")?;
        page.raw(name)?;
        page.raw("\":")?;
        list(told.lines.iter(), page, |line, page| match of(line) {
            Some(number) => page.number(number),
            None => page.raw("null"),
        })
    };
    let seconds = |at: Option<Timestamp>| at.map(|at| i128::from(at.as_second()));
    numbers("created", &|line| seconds(line.created_at()))?;
    numbers("expires", &|line| seconds(line.item?.backup.expires_at))?;
    numbers("size", &|line| line.size_bytes().map(i128::from))?;
    numbers("sent", &|line| seconds(line.result?.sent_at))?;
    numbers("verified", &|line| seconds(line.result?.verified_at))?;
    numbers("attempts", &|line| Some(line.result?.attempts.into()))
}

/// What the plan counts on, for the groups of which something is told.
fn keepers(told: &Told<'_>, strings: &mut Strings, page: &mut Page<'_>) -> io::Result<()> {
    let groups: HashSet<&str> = told
        .lines
        .iter()
        .filter_map(|line| Some(&*line.item?.group))
        .collect();
    let keepers = told.keepers.iter();
    let keepers = keepers.filter(|remaining| groups.contains(&*remaining.group));
    list(keepers, page, |remaining, page| {
        page.raw("[")?;
        page.number(strings.number(Some(&remaining.group)))?;
        page.raw(",")?;
        match certificate::remaining(Some(remaining)) {
            None => page.raw("null")?,
            Some(keepers) => {
                page.number(i64::try_from(keepers.len()).unwrap_or(i64::MAX))?;
                page.raw(",")?;
                list(keepers.iter().take(KEEPERS), page, |keeper, page| {
                    page.json(&keeper.id)
                })?;
            }
        }
        page.raw("]")
    })
}

fn list<T>(
    values: impl Iterator<Item = T>,
    page: &mut Page<'_>,
    mut write: impl FnMut(T, &mut Page<'_>) -> io::Result<()>,
) -> io::Result<()> {
    page.raw("[")?;
    for (index, value) in values.enumerate() {
        if index > 0 {
            page.raw(",")?;
        }
        write(value, page)?;
    }
    page.raw("]")
}
