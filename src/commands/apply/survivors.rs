//! The survivors: the backups that a saved plan counts on, looked up again before anything of their group goes (S18).

use std::collections::HashSet;

use arcstr::ArcStr;
use jiff::Timestamp;

use crate::{
    backup::{Census, Keepers},
    fatal::Fatal,
    plan::saved::Saved,
    provider::{Delete, ErrorKind, Request, credential::TokenRequest},
    select::guards::Draft,
};

/// As many of a group's keepers are looked up by their ids, where the provider does not count them by itself.
const KEEPERS: usize = 20;

/// The groups of which none of the recorded keepers is there and healthy any more (S18).
pub(super) async fn lost(
    saved: &Saved,
    members: &[Box<dyn Delete>],
    draft: &Draft,
    census: &Census,
    now: Timestamp,
) -> Result<HashSet<ArcStr>, Fatal> {
    let going: HashSet<ArcStr> = draft.going().map(|backup| backup.group.clone()).collect();
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
            lost.insert(remaining.group.clone());
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
            let Ok(asked) = Request::of_record(
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
