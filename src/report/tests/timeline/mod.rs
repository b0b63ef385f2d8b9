//! What a policy does, as a picture.

mod limits;
mod pictures;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    super::{
        samples::{self, at, named, plan_of, terminal},
        timeline::{Glyphs, timeline},
    },
    *,
};
use crate::plan::{Item, Verdict};

const DAY: i64 = 86_400;

fn item(resource: &str, created_at: Option<Timestamp>, verdict: Verdict) -> Item {
    let mut backup = samples::backups().remove(0);
    backup.resource = Some(resource.into());
    backup.group = resource.into();
    backup.created_at = created_at;
    Item {
        verdict,
        ..named(backup)
    }
}

/// So many backups of a resource at equal distances, the newest first; which of them are kept is the caller's.
fn every(
    seconds: i64,
    number: i64,
    resource: &str,
    kept: impl Fn(i64) -> bool,
) -> impl Iterator<Item = Item> {
    (0..number).map(move |back| {
        let ago = SignedDuration::from_secs(back.saturating_mul(seconds));
        let verdict = if kept(back) {
            Verdict::Keep
        } else {
            Verdict::Delete
        };
        let created_at = at("2025-06-15T03:00:00Z").checked_sub(ago).unwrap();
        item(resource, Some(created_at), verdict)
    })
}

fn volume(number: u32) -> String {
    format!("arn:aws:ec2:eu-central-1:111122223333:volume/vol-0123456789abcde{number:02}")
}

/// Two groups under different policies, and one that only began.
fn sample() -> Plan {
    let mut items: Vec<Item> =
        every(DAY, 38, &volume(1), |back| back < 7 || back % 7 == 0).collect();
    items.extend(every(DAY / 2, 60, &volume(2), |back| back < 10));
    items.extend(every(DAY, 3, &volume(3), |_| true));
    plan_of(items)
}

fn drawn(look: &Look, plan: &Plan) -> String {
    text(|out| timeline(plan, &TimeZone::UTC, Glyphs::Blocks, look, out))
}
