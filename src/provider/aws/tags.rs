//! Tags of the candidates, because a tag can protect (S8). One call a point. AWS Backup tells them for points of its own;
//! for those that another service stores it may refuse, and then their tags are unknown, which is said.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Aws,
    arn::Arn,
    find::AT_ONCE,
    region::{PAGE, Pages, Patience, Region},
};
use crate::{
    backup::Backup,
    provider::{ErrorKind, ProviderError},
};

const LIST: &str = "ListTags";

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
    let mut jobs = Vec::new();
    for (index, backup) in backups.iter().enumerate() {
        if let Some(region) = region_of(aws, backup) {
            jobs.push(one(region, index, backup.id.name().to_owned()));
        }
    }
    let answers: Vec<(usize, Tags)> = stream::iter(jobs)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let mut denied = 0_usize;
    let mut untold = 0_usize;
    for (index, tags) in answers {
        match tags {
            Tags::Read(tags) => {
                if let Some(backup) = backups.get_mut(index) {
                    backup.tags = Some(tags);
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

fn region_of(aws: &Aws, backup: &Backup) -> Option<std::sync::Arc<Region>> {
    let arn = Arn::parse(backup.id.name())?;
    aws.known_region(arn.region)
}

async fn one(
    region: std::sync::Arc<Region>,
    index: usize,
    arn: String,
) -> Result<(usize, Tags), ProviderError> {
    match read(&region, &arn).await {
        Ok(tags) => Ok((index, Tags::Read(tags))),
        Err(error) => match error.kind {
            ErrorKind::Permission => Ok((index, Tags::Denied)),
            // AWS does not tell for every kind of resource, and a point can be gone by now.
            ErrorKind::NotFound | ErrorKind::Refused | ErrorKind::Conflict => {
                Ok((index, Tags::None))
            }
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
