//! Tags of the candidates, because a tag can protect (S8). One call a point. AWS Backup tells them for points of its own;
//! for those that another service stores it may refuse, and then their tags are unknown, which is said.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Aws,
    arn::{Arn, Store},
    region::{PAGE, Pages, Patience, Region},
};
use crate::{
    backup::Backup,
    provider::{ErrorKind, ProviderError},
};

const LIST: &str = "ListTags";

/// Calls under way at once; the pace decides how many leave.
const AT_ONCE: usize = 64;

/// Of points that another service stores, so many are asked about first. Where AWS Backup tells of none of them it does not
/// for any, and ten thousand refusals would tell no more.
const TRIED: usize = 8;

/// What asking for tags brought.
enum Tags {
    Read(BTreeMap<String, String>),
    Denied,
    None,
}

/// Reads the tags of these. What a person must know of those that could not be read.
pub(super) async fn fill(
    aws: &Aws,
    mut backups: Vec<&mut Backup>,
) -> Result<Vec<String>, ProviderError> {
    let mut kinds: HashMap<Kind, Vec<Job>> = HashMap::new();
    for (index, backup) in backups.iter().enumerate() {
        if let Some((kind, region)) = kind_of(aws, backup) {
            let arn = backup.id.name().to_owned();
            kinds.entry(kind).or_default().push((region, index, arn));
        }
    }
    let mut first = Vec::new();
    let mut rest = HashMap::new();
    for (kind, mut jobs) in kinds {
        let later = match kind.1 {
            Some(Store::Backup) | None => Vec::new(),
            Some(_) => jobs.split_off(jobs.len().min(TRIED)),
        };
        first.extend(jobs.into_iter().map(|job| (kind.clone(), job)));
        rest.insert(kind, later);
    }
    let mut answers = ask(first).await?;
    let told: HashSet<Kind> = answers
        .iter()
        .filter(|(_, _, tags)| !matches!(tags, Tags::None))
        .map(|(kind, _, _)| kind.clone())
        .collect();
    let mut second = Vec::new();
    for (kind, jobs) in rest {
        if told.contains(&kind) {
            second.extend(jobs.into_iter().map(|job| (kind.clone(), job)));
        } else {
            answers.extend(
                jobs.into_iter()
                    .map(|(_, index, _)| (kind.clone(), index, Tags::None)),
            );
        }
    }
    answers.extend(ask(second).await?);
    let mut denied = 0_usize;
    let mut untold = 0_usize;
    for (_, index, tags) in answers {
        match tags {
            Tags::Read(tags) => {
                if let Some(backup) = backups.get_mut(index) {
                    backup.tags = Some(Box::new(tags));
                }
            }
            Tags::Denied => denied = denied.saturating_add(1),
            Tags::None => untold = untold.saturating_add(1),
        }
    }
    let mut notes = Vec::new();
    if untold > 0 {
        notes.push(format!(
            "AWS Backup does not tell the tags of {untold}: a bkdel:keep tag on them would not be seen"
        ));
    }
    if denied > 0 {
        notes.push(format!(
            "the tags of {denied} could not be read: a bkdel:keep tag would not be seen (allow backup:ListTags)"
        ));
    }
    Ok(notes)
}

/// A region, and who stores the points there.
type Kind = (String, Option<Store>);

/// A point to ask about: its region, its place among all, its ARN.
type Job = (Arc<Region>, usize, String);

fn kind_of(aws: &Aws, backup: &Backup) -> Option<(Kind, Arc<Region>)> {
    let arn = Arn::parse(backup.id.name())?;
    let region = aws.known_region(arn.region)?;
    Some(((arn.region.to_owned(), arn.store()), region))
}

async fn ask(jobs: Vec<(Kind, Job)>) -> Result<Vec<(Kind, usize, Tags)>, ProviderError> {
    stream::iter(jobs)
        .map(|(kind, (region, index, arn))| async move {
            let tags = one(&region, &arn).await?;
            Ok((kind, index, tags))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn one(region: &Region, arn: &str) -> Result<Tags, ProviderError> {
    match read(region, arn).await {
        Ok(tags) => Ok(Tags::Read(tags)),
        Err(error) => match error.kind {
            ErrorKind::Permission => Ok(Tags::Denied),
            // AWS does not tell for every kind of resource, and a point can be gone by now.
            ErrorKind::NotFound | ErrorKind::Refused | ErrorKind::Conflict => Ok(Tags::None),
            ErrorKind::Credentials
            | ErrorKind::NoSuchScope
            | ErrorKind::Protected
            | ErrorKind::Kept
            | ErrorKind::Throttled
            | ErrorKind::Server
            | ErrorKind::Network
            | ErrorKind::Certificate
            | ErrorKind::Timeout
            | ErrorKind::Malformed
            | ErrorKind::Incomplete
            | ErrorKind::Drift
            | ErrorKind::Guard
            | ErrorKind::Gate
            | ErrorKind::Rehearsed
            | ErrorKind::Setup
            | ErrorKind::Interrupted => Err(error),
        },
    }
}

async fn read(region: &Region, arn: &str) -> Result<BTreeMap<String, String>, ProviderError> {
    let mut tags = BTreeMap::new();
    let mut pages = Pages::of(LIST);
    while pages.more() {
        let page = region
            .read(LIST, Patience::Repeat, || {
                region
                    .client
                    .list_tags()
                    .resource_arn(arn)
                    .max_results(PAGE)
                    .set_next_token(pages.token())
                    .send()
            })
            .await?;
        tags.extend(page.tags.unwrap_or_default());
        pages.turn(page.next_token)?;
    }
    Ok(tags)
}
