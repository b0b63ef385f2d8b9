//! What protects a backup by its own facts: its state, its dates, its tags (S7, S8).
//!
//! Providers add what only they know (locks, holds, termination protection); this is the same for all.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::backup::{Backup, Protection, State};

/// The tag that keeps a backup, and the one that keeps it for a time.
const KEEP: &str = "bkdel:keep";
const KEEP_UNTIL: &str = "bkdel:keep-until";

/// Adds to a backup's protections those that follow from its own facts.
pub fn complete(backup: &mut Backup, now: Timestamp) {
    let mut found = Vec::new();
    match backup.state {
        State::InProgress => found.push(Protection::InProgress),
        State::Unknown => {
            found.push(Protection::UnknownState(
                backup.status.as_deref().map(ToOwned::to_owned),
            ));
        }
        State::Healthy | State::Damaged | State::Deleting => {}
    }
    match backup.created_at {
        Some(at) if at > now => found.push(Protection::Undated(Some(at))),
        None if !backup.timeless => found.push(Protection::Undated(None)),
        Some(_) | None => {}
    }
    found.extend(keep_tag(backup, now));
    for protection in found {
        if !backup.protection.contains(&protection) {
            backup.protection.push(protection);
        }
    }
}

/// A tag that keeps the backup. One that cannot be understood protects (S8); only a plain `false` does not.
fn keep_tag(backup: &Backup, now: Timestamp) -> Option<Protection> {
    let tags = backup.tags.as_ref()?;
    if let Some(value) = tags.get(KEEP)
        && !value.trim().eq_ignore_ascii_case("false")
    {
        return Some(Protection::KeepTag(Cow::Owned(format!("{KEEP}={value}"))));
    }
    let value = tags.get(KEEP_UNTIL)?;
    let passed = instant(value.trim()).is_some_and(|until| until <= now);
    (!passed).then(|| Protection::KeepTag(Cow::Owned(format!("{KEEP_UNTIL}={value}"))))
}

/// RFC 3339, or a date: then its end in UTC, so that the day itself is covered.
fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    let end = date.tomorrow().ok()?;
    end.to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::{at, backup};

    const NOW: &str = "2025-06-15T12:00:00Z";

    fn words(mut backup: Backup) -> Vec<&'static str> {
        complete(&mut backup, at(NOW));
        let once = backup.protection.clone();
        complete(&mut backup, at(NOW));
        assert_eq!(backup.protection, once, "completing twice adds nothing");
        backup.protection.iter().map(Protection::word).collect()
    }

    fn in_state(state: State) -> Backup {
        Backup {
            state,
            ..backup("a")
        }
    }

    fn tagged(tags: &[(&str, &str)]) -> Vec<&'static str> {
        let tags = tags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        words(Backup {
            tags: Some(Box::new(tags)),
            ..backup("a")
        })
    }

    #[test]
    fn s7_what_is_being_made_or_unknown_is_kept_and_nothing_else() {
        assert_eq!(words(in_state(State::InProgress)), ["in_progress"]);
        assert_eq!(words(in_state(State::Unknown)), ["unknown_state"]);
        for state in [State::Healthy, State::Damaged, State::Deleting] {
            assert!(words(in_state(state)).is_empty(), "{state:?}");
        }
    }

    #[test]
    fn s7_an_unknown_status_is_told_in_the_providers_word() {
        let mut unknown = Backup {
            status: Some("MELTING".into()),
            ..in_state(State::Unknown)
        };
        complete(&mut unknown, at(NOW));
        assert!(unknown.protection[0].to_string().contains("MELTING"));
    }

    #[test]
    fn s7_what_has_no_time_or_one_to_come_is_kept() {
        let made = |created_at: Option<&str>, timeless| {
            words(Backup {
                created_at: created_at.map(at),
                timeless,
                ..backup("a")
            })
        };
        assert_eq!(made(None, false), ["undated"]);
        assert!(made(None, true).is_empty(), "without a time by its nature");
        assert_eq!(
            made(Some("2025-06-15T12:00:00.000000001Z"), false),
            ["undated"]
        );
        assert_eq!(made(Some("2999-01-01T00:00:00Z"), true), ["undated"]);
        assert!(made(Some(NOW), false).is_empty());
        assert!(made(Some("1970-01-01T00:00:00Z"), false).is_empty());
    }

    #[test]
    fn s8_the_keep_tag_protects_but_for_a_plain_false() {
        for value in [
            "true", "TRUE", "", " ", "yes", "0", "no", "falsch", "false!", "null",
        ] {
            assert_eq!(tagged(&[(KEEP, value)]), ["keep_tag"], "{value:?}");
        }
        for value in ["false", "False", " FALSE "] {
            assert!(tagged(&[(KEEP, value)]).is_empty(), "{value:?}");
        }
        assert!(tagged(&[("bkdel:Keep", "true"), ("keep", "true")]).is_empty());
        assert!(words(backup("a")).is_empty(), "no tags were read");
    }

    #[test]
    fn s8_keep_until_protects_up_to_that_time_and_when_it_cannot_be_understood() {
        for value in [
            "2025-06-15T12:00:01Z",
            "2025-06-15T12:00:01.5+00:00",
            "2025-06-15T07:00:01-05:00",
            // A day is covered to its end.
            "2025-06-15",
            "2025-06-16",
            "9999-12-31",
            // What nobody can read.
            "",
            " ",
            "soon",
            "15.06.2020",
            "06/15/2020",
            "2020-13-01",
            "2020-02-30",
            "2020",
            "1592179200",
            "-1",
            "never",
        ] {
            assert_eq!(tagged(&[(KEEP_UNTIL, value)]), ["keep_tag"], "{value:?}");
        }
        for value in [
            "2025-06-15T12:00:00Z",
            "2025-06-15T13:59:59+02:00",
            " 2025-06-14 ",
            "2025-06-14",
            "1999-12-31",
        ] {
            assert!(tagged(&[(KEEP_UNTIL, value)]).is_empty(), "{value:?}");
        }
    }

    #[test]
    fn s8_either_tag_protects_by_itself() {
        for (keep, until) in [("false", "2999-01-01"), ("true", "1999-01-01"), ("x", "x")] {
            assert_eq!(
                tagged(&[(KEEP, keep), (KEEP_UNTIL, until)]),
                ["keep_tag"],
                "{keep} {until}"
            );
        }
        assert!(tagged(&[(KEEP, "false"), (KEEP_UNTIL, "1999-01-01")]).is_empty());
    }

    #[test]
    fn s8_a_providers_own_protections_stay_and_all_reasons_are_told() {
        let found = words(Backup {
            protection: [Protection::LegalHold("case 7".to_owned())].into(),
            created_at: None,
            tags: Some(Box::new([(KEEP.to_owned(), String::new())].into())),
            ..in_state(State::Unknown)
        });
        assert_eq!(
            found,
            ["legal_hold", "unknown_state", "undated", "keep_tag"]
        );
    }
}
