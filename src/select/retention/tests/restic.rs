//! restic's way through one group, written out slowly: an oracle for count and within rules.
//!
//! It looks at calendars through jiff's own fields, takes one rule at a time, and says its reasons in words. In one thing
//! it is ours (R6): an hour that comes twice is two hours.

use jiff::Zoned;

use super::*;

/// The reasons for each backup, whose times are newest first.
pub(super) fn reasons(times: &[Timestamp], rules: &Rules) -> Vec<Vec<String>> {
    let mut reasons = vec![Vec::new(); times.len()];
    let clocks: Vec<Zoned> = times
        .iter()
        .map(|time| time.to_zoned(rules.zone.clone()))
        .collect();
    for rule in rules.effective() {
        apply(&rule, &clocks, &mut reasons);
    }
    reasons
}

fn apply(rule: &Rule, clocks: &[Zoned], reasons: &mut [Vec<String>]) {
    let (mut left, bound, period, word) = match rule {
        Rule::Last(quota) => (count(*quota), None, None, format!("last {quota}")),
        Rule::Each(period, quota) => (count(*quota), None, Some(*period), period.word().to_owned()),
        Rule::Within(length) => (
            i128::MAX,
            Some(bound(*length, clocks)),
            None,
            format!("within {length}"),
        ),
        Rule::EachWithin(period, length) => (
            i128::MAX,
            Some(bound(*length, clocks)),
            Some(*period),
            format!("{} within {length}", period.word()),
        ),
        Rule::Tag { .. } => unreachable!("the oracle knows no tags"),
    };
    let word = word.replace(" unlimited", "");
    let mut taken = None;
    for (index, clock) in clocks.iter().enumerate() {
        if left == 0 || bound.is_some_and(|bound| clock.timestamp() <= bound) {
            continue;
        }
        let bucket = match period {
            None => format!("number {index}"),
            Some(period) => bucket(period, clock),
        };
        let oldest = index + 1 == clocks.len();
        let new = taken.as_ref() != Some(&bucket);
        if new || oldest {
            let prefix = if new { "" } else { "oldest " };
            reasons[index].push(format!("{prefix}{word}"));
            taken = Some(bucket);
            left -= 1;
        }
    }
}

fn count(quota: Quota) -> i128 {
    match quota {
        Quota::AtMost(count) => count.into(),
        Quota::Unlimited => i128::MAX,
    }
}

fn bound(length: Length, clocks: &[Zoned]) -> Timestamp {
    let span: Span = length.to_string().replace("min", "m").parse().unwrap();
    clocks[0].checked_sub(span).unwrap().timestamp()
}

fn bucket(period: Period, clock: &Zoned) -> String {
    match period {
        Period::Hour => clock.strftime("%Y-%m-%d %H %z").to_string(),
        Period::Day => clock.strftime("%Y-%m-%d").to_string(),
        Period::IsoWeek => clock.strftime("%G-W%V").to_string(),
        Period::Month => clock.strftime("%Y-%m").to_string(),
        Period::Year => clock.strftime("%Y").to_string(),
    }
}
