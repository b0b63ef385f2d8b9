//! What holds for every picture: how wide, how many lines, how soon, and that nothing in it is obeyed.

use std::{sync::Arc, time::Instant};

use super::{
    super::super::{layout::cell_width, samples::HOSTILE},
    *,
};
use crate::backup::samples::Chance;
use arcstr::ArcStr;

#[test]
fn of_many_groups_those_that_lose_most_are_shown() {
    let mut items = Vec::new();
    for number in 0..25 {
        items.extend(every(DAY, 30, &format!("volume-{number}"), |back| {
            back >= number
        }));
    }
    let mut plan = plan_of(items);
    let shown = drawn(&terminal(80), &plan);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 1 + 20 + 2, "{shown}");
    assert!(lines[1].starts_with("volume-24 "), "{shown}");
    assert!(lines[20].starts_with("volume-5 "), "{shown}");
    assert_eq!(
        lines[22],
        "… and 5 more groups (140 keep, 10 delete); -o json or --explain tells of all"
    );
    // The order of the items never matters.
    Chance::from_seed(7).shuffle(&mut plan.items);
    assert_eq!(drawn(&terminal(80), &plan), shown);
}

/// Plans of all kinds, always the same.
fn odd_plans() -> Vec<Plan> {
    let mut chance = Chance::from_seed(28);
    let wide = "夜間バックアップ".repeat(9);
    let long = "a long name, in words, ".repeat(30);
    let zero_width = format!("e{}", "\u{301}".repeat(5_000));
    let names = ["pg", &wide, &long, HOSTILE, &zero_width, "👩‍🚀❤️🇩🇪", "", " "];
    let spans = [0, 1, 3_600, DAY, 31 * DAY, 366 * DAY, 40 * 366 * DAY];
    let plans = spans.into_iter().flat_map(|seconds| {
        let several = [1, 3, names.len()];
        several.map(|groups| {
            let mut items = Vec::new();
            for name in &names[..groups] {
                let number = i64::try_from(chance.below(60)).unwrap();
                items.extend(every(seconds, number, name, |back| back % 3 == 0));
                items.push(item(name, None, Verdict::Keep));
            }
            items.push(item(names[0], Some(Timestamp::MAX), Verdict::Keep));
            if chance.below(3) > 0 {
                items.pop();
            }
            plan_of(items)
        })
    });
    plans.collect()
}

#[test]
fn s28_no_line_is_wider_than_the_terminal_and_none_is_obeyed() {
    for plan in odd_plans() {
        for width in [40, 41, 60, 79, 80, 81, 100, 132, 200, 5_000] {
            for glyphs in [Glyphs::Blocks, Glyphs::Ascii] {
                let look = terminal(width);
                let shown = text(|out| timeline(&plan, &TimeZone::UTC, glyphs, &look, out));
                assert_harmless(&shown);
                for line in shown.lines() {
                    assert!(cell_width(line) <= width, "{width}: {line}");
                }
            }
        }
    }
}

#[test]
fn colours_only_repeat_what_the_cells_say() {
    let plan = sample();
    for width in [40, 80] {
        let black = terminal(width);
        let look = Look {
            color: true,
            ..black
        };
        let shown = drawn(&look, &plan);
        assert!(shown.contains("\u{1b}[32m███\u{1b}[0m\n"), "{shown}");
        assert!(shown.contains("\u{1b}[33mxxxxxx\u{1b}[0m"), "{shown}");
        assert_eq!(without_colours(shown), drawn(&black, &plan));
    }
}

#[test]
fn r13_very_many_take_no_time_to_speak_of() {
    let names: Vec<ArcStr> = (0..1_000).map(|number| volume(number).into()).collect();
    let one = item("x", Some(at("2025-06-15T03:00:00Z")), Verdict::Delete);
    let items = names.iter().cycle().take(200_000).map(|name| {
        let mut item = one.clone();
        Arc::make_mut(&mut item.backup).group = name.clone();
        Arc::make_mut(&mut item.backup).resource = Some(name.clone());
        item
    });
    let plan = plan_of(items.collect());
    let begun = Instant::now();
    let shown = drawn(&terminal(80), &plan);
    // Without optimisation, on a machine that others use: many times what it takes.
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    assert!(
        shown.contains("… and 980 more groups (0 keep, 196000 delete)"),
        "{shown}"
    );
}
