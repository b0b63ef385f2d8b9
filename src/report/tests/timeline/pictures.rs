//! Pictures as a person sees them.
#![expect(
    clippy::needless_raw_string_hashes,
    reason = "snapbox writes the expected output in this form"
)]

use std::sync::Arc;

use snapbox::{assert_data_eq, str};

use super::{super::super::samples::piped, *};

#[test]
fn r11_a_person_sees_what_a_policy_keeps() {
    let plan = sample();
    assert_data_eq!(
        drawn(&terminal(80), &plan),
        str![[r#"
OF                        KEEP  DELETE  2025-05-09 ──────────────── 2025-06-15
…e/vol-0123456789abcde02    10      50  ·······xxxxxxxxxxxxxxxxxxxxxxxxx▒█████
…e/vol-0123456789abcde01    12      26  xx█xxxxxx█xxxxxx█xxxxxx█xxxxxx████████
…e/vol-0123456789abcde03     3       0  ···································███
█ keep, x delete, ▒ both, · nothing; one cell is a day, UTC

"#]]
    );
    assert_data_eq!(
        drawn(&terminal(40), &plan),
        str![[r#"
  2025-05-09 ──────────────── 2025-06-15
…l-0123456789abcde02  10 keep, 50 delete
  ·······xxxxxxxxxxxxxxxxxxxxxxxxx▒█████
…l-0123456789abcde01  12 keep, 26 delete
  xx█xxxxxx█xxxxxx█xxxxxx█xxxxxx████████
…vol-0123456789abcde03  3 keep, 0 delete
  ···································███
█ keep, x delete, ▒ both, · nothing; one
  cell is a day, UTC

"#]]
    );
    assert_data_eq!(
        drawn(&terminal(200), &plan),
        str![[r#"
OF                                                                  KEEP  DELETE  2025-05-09 ──────────────── 2025-06-15
arn:aws:ec2:eu-central-1:111122223333:volume/vol-0123456789abcde02    10      50  ·······xxxxxxxxxxxxxxxxxxxxxxxxx▒█████
arn:aws:ec2:eu-central-1:111122223333:volume/vol-0123456789abcde01    12      26  xx█xxxxxx█xxxxxx█xxxxxx█xxxxxx████████
arn:aws:ec2:eu-central-1:111122223333:volume/vol-0123456789abcde03     3       0  ···································███
█ keep, x delete, ▒ both, · nothing; one cell is a day, UTC

"#]]
    );
    assert_eq!(drawn(&piped(), &plan), drawn(&terminal(80), &plan));
}

#[test]
fn ascii_will_do() {
    let shown = text(|out| timeline(&sample(), &TimeZone::UTC, Glyphs::Ascii, &terminal(80), out));
    assert!(shown.is_ascii(), "{shown}");
    assert_data_eq!(
        shown,
        str![[r#"
OF                        KEEP  DELETE  2025-05-09 ---------------- 2025-06-15
...vol-0123456789abcde02    10      50  .......xxxxxxxxxxxxxxxxxxxxxxxxx+KKKKK
...vol-0123456789abcde01    12      26  xxKxxxxxxKxxxxxxKxxxxxxKxxxxxxKKKKKKKK
...vol-0123456789abcde03     3       0  ...................................KKK
K keep, x delete, + both, . nothing; one cell is a day, UTC

"#]]
    );
}

#[test]
fn ten_years_fit_and_a_period_with_both_is_told() {
    let items = every(30 * DAY, 122, "orders", |back| back % 12 == 0 || back < 6);
    let mut plan = plan_of(items.collect());
    plan.items.extend(every(365 * DAY, 6, "users", |_| false));
    assert_data_eq!(
        drawn(&terminal(80), &plan),
        str![[r#"
OF      KEEP  DELETE  2015-07 ──────────────────────── 2025-06
orders    16     106  ▒xxx▒xxx▒xxx▒xxx▒xxx▒xxx▒xxx▒xx▒xxx▒xx██
users      0       6  ···················x···x···x···x···x···x
█ keep, x delete, ▒ both, · nothing; one cell is a quarter, UTC

"#]]
    );
    assert_data_eq!(
        drawn(&terminal(200), &plan),
        str![[r#"
OF      KEEP  DELETE  2015-07 ──────────────────────────────────────────────────────────────────────────────────────────────────────── 2025-06
orders    16     106  x█xxxxxxxxxxx▒xxxxxxxxxx█xxxxxxxxxxx█xxxxxxxxxxx█xxxxxxxxxxx█xxxxxxxxxxx█xxxxxxxxxxx▒xxxxxxxxxx█xxxxxxxxxxx█xxxxxx██████
users      0       6  ···························································x···········x···········x···········x···········x···········x
█ keep, x delete, ▒ both, · nothing; one cell is a month, UTC

"#]]
    );
}

#[test]
fn one_backup_many_at_once_and_none_with_a_date() {
    let one = plan_of(every(DAY, 1, "orders", |_| false).collect());
    assert_data_eq!(
        drawn(&terminal(80), &one),
        str![[r#"
OF      KEEP  DELETE  2025-06-15 03:00
orders     0       1  x
█ keep, x delete, ▒ both, · nothing; one cell is an hour, UTC

"#]]
    );
    let at_once = plan_of(every(0, 5, "orders", |back| back == 0).collect());
    assert_data_eq!(
        drawn(&terminal(80), &at_once),
        str![[r#"
OF      KEEP  DELETE  2025-06-15 03:00
orders     1       4  ▒
█ keep, x delete, ▒ both, · nothing; one cell is an hour, UTC

"#]]
    );
    let undated = [Verdict::Keep, Verdict::Delete].map(|verdict| item("orders", None, verdict));
    let mut plan = plan_of(undated.into());
    assert_data_eq!(
        drawn(&terminal(80), &plan),
        str![[r#"
OF      KEEP  DELETE  UNDATED
orders     1       1        2

"#]]
    );
    plan.items.extend(every(DAY, 40, "orders", |back| back < 7));
    plan.items
        .extend(every(DAY, 40, &volume(1), |back| back < 7));
    assert_data_eq!(
        drawn(&terminal(80), &plan),
        str![[r#"
OF               KEEP  DELETE  UNDATED  2025-05-07 ────────────────── 2025-06-15
orders              8      34        2  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx███████
…3456789abcde01     7      33        0  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx███████
█ keep, x delete, ▒ both, · nothing; one cell is a day, UTC

"#]]
    );
    assert_data_eq!(
        drawn(&terminal(100), &plan),
        str![[r#"
OF                                   KEEP  DELETE  UNDATED  2025-05-07 ────────────────── 2025-06-15
orders                                  8      34        2  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx███████
…23333:volume/vol-0123456789abcde01     7      33        0  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx███████
█ keep, x delete, ▒ both, · nothing; one cell is a day, UTC

"#]]
    );
    assert_eq!(drawn(&terminal(80), &plan_of(Vec::new())), "");
}

#[test]
fn days_are_those_of_the_zone() {
    let mut items = vec![item(
        "orders",
        Some(at("2025-06-01T22:30:00Z")),
        Verdict::Delete,
    )];
    items.extend(every(DAY, 3, "orders", |_| true));
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let plan = plan_of(items);
    let shown = text(|out| timeline(&plan, &zone, Glyphs::Blocks, &terminal(80), out));
    assert_data_eq!(
        shown,
        str![[r#"
OF      KEEP  DELETE  2025-06-02 to 2025-06-15
orders     3       1  x··········███
█ keep, x delete, ▒ both, · nothing; one cell is a day, Europe/Berlin

"#]]
    );
}

#[test]
fn groups_of_one_resource_and_names_that_end_alike_stay_apart() {
    let mut items: Vec<Item> = every(DAY, 4, "in01", |_| false).collect();
    for (item, group) in items
        .iter_mut()
        .zip(["in01/CLUSTER", "in01/COLLECTION"].repeat(2))
    {
        Arc::make_mut(&mut item.backup).group = group.into();
    }
    let plan = plan_of(items);
    assert_data_eq!(
        drawn(&terminal(80), &plan),
        str![[r#"
OF               KEEP  DELETE  2025-06-12 to 2025-06-15
in01/CLUSTER        0       2  ·x·x
in01/COLLECTION     0       2  x·x·
█ keep, x delete, ▒ both, · nothing; one cell is a day, UTC

"#]]
    );
    let table = |region: &str| format!("arn:aws:dynamodb:{region}:111122223333:table/a-long-name");
    let mut plan = plan_of(every(DAY, 2, &table("eu-central-1"), |_| false).collect());
    plan.items
        .extend(every(DAY, 2, &table("us-east-1"), |_| false));
    assert_data_eq!(
        drawn(&terminal(80), &plan),
        str![[r#"
  2025-06-14 03:00 to 2025-06-15 03:00
arn:aws:dynamodb:eu-central-1:111122223333:table/a-long-name  0 keep, 2 delete
  x·······················x
arn:aws:dynamodb:us-east-1:111122223333:table/a-long-name  0 keep, 2 delete
  x·······················x
█ keep, x delete, ▒ both, · nothing; one cell is an hour, UTC

"#]]
    );
    // Without a resource it is the group's own key.
    plan.items.truncate(2);
    for item in &mut plan.items {
        Arc::make_mut(&mut item.backup).resource = None;
    }
    assert!(drawn(&terminal(200), &plan).contains("\narn:aws:dynamodb:eu-central-1:"));
}

#[test]
fn a_name_in_wide_characters_keeps_the_columns() {
    let mut plan = plan_of(every(DAY, 3, "夜間", |back| back == 0).collect());
    plan.items.extend(every(DAY, 2, "pg-main", |_| true));
    plan.items
        .extend(every(DAY, 2, &"夜間".repeat(20), |_| true));
    assert_data_eq!(
        drawn(&terminal(80), &plan),
        str![[r#"
OF                        KEEP  DELETE  2025-06-13 to 2025-06-15
夜間                         1       2  xx█
pg-main                      2       0  ·██
…間夜間夜間夜間夜間夜間      2       0  ·██
█ keep, x delete, ▒ both, · nothing; one cell is a day, UTC

"#]]
    );
}
