//! A plan in a pull request.
#![expect(
    clippy::needless_raw_string_hashes,
    reason = "snapbox writes the expected output in this form"
)]

use std::sync::Arc;

use snapbox::{assert_data_eq, str};

use super::{
    super::{
        markdown,
        samples::{self, HOSTILE, hostile, named, plan_of},
    },
    *,
};
use crate::{
    backup::{BackupId, Provider, Scope},
    plan::{Reason, Remaining, Verdict},
};

/// Stands for the digest, which is another's business.
const SHA256: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn page(sample: &Plan) -> String {
    text(|out| markdown::plan(sample, SHA256, out))
}

#[test]
fn a_plan_is_a_comment() {
    let mut sample = samples::plan();
    sample.sections[0].selection.ids = (0..7).map(|number| format!("prod/snap-{number}")).collect();
    sample.sections[0].selection.allowed = vec!["--include-continuous".to_owned()];
    assert_data_eq!(
        page(&sample),
        str![[r###"
## bkdel plan: 2 backups to delete (4.2 GiB, 1 of unknown size)

- **Provider:** AWS Backup
- **Account:** `111122223333` (`acme-prod`)
- **As:** `arn:aws:sts::111122223333:assumed-role/ops/jane`
- **Credentials:** `profile prod`
- **Endpoint:** `https://backup.eu-central-1.amazonaws.com`
- **Made:** 2025-06-15T12:00:00Z
- **SHA-256:** `[..]`
- **Selection**, `allowed`: `--include-continuous`
- **Selection**, `ids`: `prod/snap-0`, `prod/snap-1`, `prod/snap-2`, `prod/snap-3`, `prod/snap-4` and 2 more

### Before you approve

- **Continuous**: 1 backup whose deletion ends point-in-time recovery.
- **To be typed before a run**, because a last copy, a continuous backup or all in it goes: `prod`.
- `tags could not be read`

| Delete | Keep | Of these refused | Not there | Size of what goes |
|---:|---:|---:|---:|---:|
| 2 | 2 | 2 | 1 | 4.2 GiB, 1 of unknown size |

Not there: `prod/arn:aws:ec2:eu-central-1::snapshot/snap-0f`

### By resource

| Of | In | Delete | Keep | Oldest to go | Newest to go | What stays |
|---|---|---:|---:|---|---|---|
| `arn:aws:ec2:eu-central-1:111122223333:volume/vol-2` | `111122223333/eu-central-1/prod` | 1 | 0 | 2023-05-01T00:00:00Z | 2023-05-01T00:00:00Z | **NOTHING** |
| `arn:aws:ec2:eu-central-1:111122223333:volume/vol-1` | `111122223333/eu-central-1/prod` | 1 | 1 | 2025-06-12T11:00:00Z | 2025-06-12T11:00:00Z | 2 backups, the newest of 2025-06-13T00:00:00Z |
| `arn:aws:ec2:eu-central-1:111122223333:volume/vol-4` | `111122223333/eu-central-1/prod` | 0 | 1 | – | – | – |

<details>
<summary>2 backups to delete</summary>

| ID | Created | Size | Why |
|---|---|---:|---|
| `prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a` | 2025-06-12T11:00:00Z | 4.2 GiB | `named` |
| `prod/arn:aws:ec2:eu-central-1::snapshot/snap-0c` | 2023-05-01T00:00:00Z | – | `named; continuous, stops point-in-time recovery, allowed` |

</details>

<details>
<summary>2 backups kept</summary>

| ID | Created | Size | Why |
|---|---|---:|---|
| `prod/arn:aws:ec2:eu-central-1::snapshot/snap-0b` | 2025-01-10T00:00:00Z | 1.0 MiB | **refused**: `named; vault locked (compliance); legal hold "case 7"` |
| `prod/arn:aws:ec2:eu-central-1::snapshot/snap-0e` | 2025-06-15T11:30:00Z | 100 B | **refused**: `named; last healthy backup of its resource (--allow-last)` |

</details>

"###]]
    );
}

#[test]
fn a_plan_that_deletes_nothing_says_so() {
    assert_data_eq!(
        page(&plan_of(Vec::new())),
        str![[r#"
## bkdel plan: nothing to delete

- **Provider:** AWS Backup
- **Account:** `111122223333` (`acme-prod`)
- **As:** `arn:aws:sts::111122223333:assumed-role/ops/jane`
- **Credentials:** `profile prod`
- **Endpoint:** `https://backup.eu-central-1.amazonaws.com`
- **Made:** 2025-06-15T12:00:00Z
- **SHA-256:** `[..]`

| Delete | Keep | Of these refused | Not there | Size of what goes |
|---:|---:|---:|---:|---:|
| 0 | 0 | 0 | 0 | 0 B |

"#]]
    );
}

#[test]
fn s12_an_overridden_endpoint_and_last_copies_come_first() {
    let mut sample = samples::plan();
    sample.sections[0].identity.endpoint = "http://127.0.0.1:4566".to_owned();
    sample.sections[0].identity.endpoint_overridden = true;
    sample.items[0].reasons.push(Reason::LastHealthyAllowed);
    let shown = page(&sample);
    let (before, _) = shown.split_once("### By resource").unwrap();
    assert!(
        before.contains("- **The endpoint is overridden**"),
        "{before}"
    );
    assert!(before.contains("- **Last copies**: 1 backup "), "{before}");
    assert!(before.contains("- **Continuous**: 1 backup "), "{before}");
}

#[test]
fn s12_a_resource_of_which_nothing_stays_is_the_last_to_be_left_out() {
    let items = (0..2_000).flat_map(|number| {
        let of = move |index: u32| {
            let mut backup = samples::backups().remove(0);
            backup.id = BackupId::new(Provider::Aws, "prod", format!("{number}-{index}"));
            backup.group = format!("volume-{number:04}").into();
            backup.resource = Some(backup.group.clone());
            named(backup)
        };
        (0..if number == 1_999 { 1 } else { 2 }).map(of)
    });
    let mut sample = plan_of(items.collect());
    sample.remaining = vec![Remaining {
        group: "group".into(),
        resource: "volume-1999".to_owned(),
        keepers: Some(Vec::new()),
    }];
    let shown = page(&sample);
    let (_, groups) = shown
        .split_once("|---|---|---:|---:|---|---|---|\n")
        .unwrap();
    let first = groups.lines().next().unwrap();
    assert!(first.starts_with("| `volume-1999` | "), "{first}");
    assert!(first.ends_with(" | **NOTHING** |"), "{first}");
}

/// The text outside of code, which is all that a renderer makes something of.
fn outside_of_code(markdown: &str) -> String {
    let mut outside = String::new();
    for (index, part) in markdown.split('`').enumerate() {
        if index % 2 == 0 {
            outside.push_str(part);
        }
    }
    let mut parts = outside.split("<code>");
    let mut rest = parts.next().unwrap().to_owned();
    for part in parts {
        rest.push_str(part.split_once("</code>").unwrap().1);
    }
    rest
}

const INJECTIONS: [&str; 16] = [
    "</details><script>alert(1)</script>",
    "@everyone",
    "| x |",
    "`@acme/admins`",
    "``` \n# title\n```",
    "a\\|b",
    "#123 GH-123 acme/app#123",
    "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "https://evil.example www.evil.example a@evil.example",
    "`https://evil.example www.evil.example a@evil.example",
    "<!-- --> --> &lt;b&gt;",
    "|---|\n| x |",
    "</code></details>|`",
    "*a* _b_ ~~c~~ :tada: $x$",
    "- [ ] task\n\n> quote",
    HOSTILE,
];

#[test]
fn s28_what_others_wrote_stays_text() {
    let harmless_page = page(&planned("harmless"));
    let cells = |line: &str| line.matches('|').count();
    for injection in INJECTIONS {
        let shown = page(&planned(injection));
        assert_harmless(&shown);
        // But for the code, it is the page that anybody else gets, with as many cells in every line.
        assert_eq!(
            outside_of_code(&shown),
            outside_of_code(&harmless_page),
            "{injection:?}"
        );
        for (line, same) in shown.lines().zip(harmless_page.lines()) {
            assert_eq!(cells(line), cells(same), "{line}");
        }
    }
    let shown = page(&planned("| x |"));
    assert!(shown.contains("<code>&#124; x &#124;</code>"), "{shown}");
    let shown = page(&planned("@everyone"));
    assert!(shown.contains("`@everyone`"), "{shown}");
}

/// A plan in which everything that others write is this.
fn planned(text: &str) -> Plan {
    let mut backup = hostile();
    backup.id = BackupId::new(Provider::Zilliz, text, text);
    backup.resource = Some(text.into());
    backup.group = text.into();
    backup.scope = Scope::new(text).with("vault", Some(text)).into();
    let mut kept = named(backup.clone());
    kept.verdict = Verdict::Keep;
    kept.reasons = [Reason::OthersUnreadable(text.to_owned().into())].into();
    let mut sample = plan_of(vec![named(backup.clone()), kept]);
    sample.sections[0].identity.account = Some(text.to_owned());
    sample.sections[0].identity.alias = Some(text.to_owned());
    sample.sections[0].identity.principal = Some(text.to_owned());
    sample.sections[0].identity.source = text.to_owned();
    sample.sections[0].identity.endpoint = text.to_owned();
    sample.sections[0].selection.ids = vec![text.to_owned(); 9];
    sample.sections[0].selection.from = vec![text.to_owned()];
    sample.absent = vec![backup.id; 9];
    sample.remaining = vec![Remaining {
        group: "group".into(),
        resource: text.to_owned(),
        keepers: None,
    }];
    sample.grave = vec![text.to_owned(); 9];
    sample.notes = vec![text.to_owned(); 3];
    sample
}

#[test]
fn it_fits_a_comment_and_counts_what_it_leaves_out() {
    for text in ["x", "long ", "@|", "夜", "\u{1b}`"] {
        let mut sample = planned(&text.repeat(1_000));
        sample.notes = vec![text.repeat(1_000); 300];
        let item = sample.items[0].clone();
        sample.items.extend((0..300).map(|number| {
            let mut item = item.clone();
            Arc::make_mut(&mut item.backup).group = format!("{number}{text}").into();
            item
        }));
        let kept = sample.items[1].clone();
        sample.items.extend(vec![kept; 300]);
        let shown = page(&sample);
        assert!(shown.len() < 65_000, "{}", shown.len());
        assert_eq!(shown.matches("<details>").count(), 2);
        assert_eq!(shown.matches("</details>").count(), 2);
        assert_eq!(shown.matches("… and ").count(), 4, "{text:?}");
    }
    let item = samples::plan().items.remove(0);
    let shown = page(&plan_of(vec![item; 1_000]));
    let rows = shown.lines().filter(|line| line.starts_with("| `prod/"));
    let left_out = 1_000 - rows.count();
    let said = format!("\n… and {left_out} more; `bkdel report PLAN.json -o json` has them all.\n");
    assert!(left_out > 0 && shown.contains(&said), "{shown}");
}
