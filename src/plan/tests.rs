//! Consent, digests and fingerprints.

use std::{collections::HashSet, io::Cursor, sync::Arc};

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    Body, Item, NoWarrant, Plan, Reason, Verdict, Warrant,
    consent::{Consent, Question, Refusal, Step},
    fingerprint,
    samples::{approved, item, plan},
    saved::{Saved, Unfit},
};
use crate::backup::{
    Backup, BackupId, Protection, Provider, SideEffect,
    samples::{at, backup, id, in_vault, vault},
};
use crate::shared::Shared;

const YES: Consent = Consent {
    yes: true,
    expect: None,
    skip_refused: false,
    max_delete: None,
    max_delete_percent: None,
    selected: false,
};

const ASK: Consent = Consent { yes: false, ..YES };

fn going(count: usize) -> Plan {
    plan(
        (0..count)
            .map(|number| item(backup(&format!("backup{number}"))))
            .collect(),
    )
}

fn refused(name: &str) -> Item {
    Item {
        verdict: Verdict::Keep,
        reasons: [Reason::Named, Reason::LastHealthy].into(),
        refused: true,
        ..item(backup(name))
    }
}

fn takes_last() -> Plan {
    let mut last = item(backup("last"));
    last.reasons.push(Reason::LastHealthyAllowed);
    plan(vec![last])
}

/// What the step is: how many are approved, or the question.
fn step(plan: &Plan, consent: Consent) -> Result<Result<usize, Question>, Refusal> {
    plan.seek(consent).map(|step| match step {
        Step::Approved(approved) => Ok(approved.items().len()),
        Step::Ask(question) => Err(question),
    })
}

#[test]
fn s9_what_a_guard_refuses_refuses_the_run_unless_it_is_to_be_skipped() {
    let mut plan = going(2);
    plan.items.push(refused("kept"));
    plan.items.push(refused("kept2"));
    let Err(Refusal::Guarded(list)) = step(&plan, YES) else {
        panic!("not refused");
    };
    let ids: Vec<&str> = list.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["in01/kept", "in01/kept2"], "every one is named");
    assert!(list[0].1.contains("--allow-last"), "{list:?}");
    let skip = Consent {
        skip_refused: true,
        ..YES
    };
    assert_eq!(step(&plan, skip), Ok(Ok(2)));
}

#[test]
fn s9_yes_takes_the_last_only_with_a_count() {
    assert_eq!(step(&takes_last(), YES), Err(Refusal::LastNeedsExpect));
    let expect = Consent {
        expect: Some(1),
        ..YES
    };
    assert_eq!(step(&takes_last(), expect), Ok(Ok(1)));
    let wrong = Consent {
        expect: Some(2),
        ..YES
    };
    assert_eq!(
        step(&takes_last(), wrong),
        Err(Refusal::Unexpected {
            found: 1,
            expected: 2
        })
    );
}

#[test]
fn s15_another_count_than_the_expected_one_refuses_with_and_without_yes() {
    for consent in [YES, ASK] {
        for (count, expected) in [(0, 1), (1, 0), (3, 2), (3, 4)] {
            let consent = Consent {
                expect: Some(expected),
                ..consent
            };
            assert_eq!(
                step(&going(count), consent),
                Err(Refusal::Unexpected {
                    found: count,
                    expected
                })
            );
        }
    }
}

#[test]
fn s12_nothing_to_delete_asks_nobody() {
    assert_eq!(step(&going(0), ASK), Ok(Ok(0)));
    assert_eq!(step(&going(0), YES), Ok(Ok(0)));
}

#[test]
fn s13_the_question_grows_with_the_damage() {
    assert_eq!(step(&going(1), ASK), Ok(Err(Question::One)));
    assert_eq!(step(&going(2), ASK), Ok(Err(Question::Count(2))));
    for count in [1, 2] {
        let grave = Plan {
            grave: vec!["prod".to_owned(), "test".to_owned()],
            ..going(count)
        };
        assert_eq!(
            step(&grave, ASK),
            Ok(Err(Question::Names(vec![
                "prod".to_owned(),
                "test".to_owned()
            ])))
        );
    }
}

#[test]
fn s13_a_vault_is_asked_for_by_its_name_and_counts_as_no_backup() {
    let mut vaults = plan(vec![item(vault("prod"))]);
    vaults.grave = vec!["prod".to_owned()];
    let named = Question::Names(vec!["prod".to_owned()]);
    assert_eq!(step(&vaults, ASK), Ok(Err(named)));
    let none = Consent {
        expect: Some(0),
        max_delete: Some(0),
        ..YES
    };
    assert_eq!(step(&vaults, none), Ok(Ok(1)));
    let summary = vaults.summary();
    assert_eq!((summary.delete, summary.delete_vaults), (0, 1));
    let without = plan(Vec::new());
    assert_ne!(vaults.sha256().unwrap(), without.sha256().unwrap());
}

#[test]
fn s2_consent_to_what_is_in_a_vault_does_not_cover_the_vault() {
    let inside = approved(&plan(vec![item(in_vault("prod", "a"))]));
    let warrant = || {
        let url = "http://127.0.0.1:9/backup-vaults/prod".parse().unwrap();
        Warrant::new(Method::DELETE, &url, Body::Empty, vec![vault("prod").id]).unwrap()
    };
    let vaults = || vec![Arc::new(vault("prod"))];
    let refused = inside.removal(vaults(), warrant()).unwrap_err();
    assert_eq!(refused, NoWarrant::NotApproved);
    let both = approved(&plan(vec![
        item(in_vault("prod", "a")),
        item(vault("prod")),
    ]));
    assert!(both.removal(vaults(), warrant()).is_ok());
}

fn answer(question: &Question, typed: &[u8]) -> Result<usize, Refusal> {
    let mut shown = Vec::new();
    let answer = going(2).ask(question, &mut Cursor::new(typed), &mut shown);
    assert!(!shown.is_empty(), "something was asked");
    answer.map(|approved| approved.items().len())
}

#[test]
fn s13_s14_only_the_exact_answer_is_a_yes() {
    let names = Question::Names(vec!["prod".to_owned(), "Test".to_owned()]);
    let cases: [(&Question, &[&str], &[&str]); 3] = [
        (
            &Question::One,
            &["y\n", "Y\n", "yes\n", "y\r\n"],
            &[
                "",
                "\n",
                "\r\n",
                "n\n",
                "no\n",
                " y\n",
                "y \n",
                "YES\n",
                "Yes\n",
                "yy\n",
                "1\n",
                "true\n",
                "n\ny\n",
                "\ny\n",
                "y",
                "\u{feff}y\n",
            ],
        ),
        (
            &Question::Count(12),
            &["12\n", "12\r\n", "12\ngarbage"],
            &[
                "", "\n", "y\n", "yes\n", "1\n", "120\n", "012\n", "+12\n", "12.0\n", " 12\n",
                "12 \n", "twelve\n", "1\n2\n", "12",
            ],
        ),
        (
            &names,
            &["prod\nTest\n"],
            &[
                "",
                "\n",
                "prod\n",
                "prod\n\n",
                "prod\ntest\n",
                "Prod\nTest\n",
                "prod\nTest",
                "Test\nprod\n",
                "prod Test\n",
                "prod\n\nTest\n",
                "y\ny\n",
                "2\n",
                "prod \nTest\n",
            ],
        ),
    ];
    for (question, good, bad) in cases {
        for typed in good {
            assert_eq!(answer(question, typed.as_bytes()), Ok(2), "{typed:?}");
        }
        for typed in bad {
            assert_eq!(
                answer(question, typed.as_bytes()),
                Err(Refusal::Declined),
                "{question:?} {typed:?}"
            );
        }
    }
    assert!(matches!(
        answer(&Question::One, b"\xff\xfe\n"),
        Err(Refusal::Terminal(_))
    ));
}

/// Every change of one fact that a plan records.
fn changes() -> Vec<(&'static str, Plan)> {
    let base = || plan(vec![item(backup("a")), refused("b")]);
    let mut changed = Vec::new();
    let mut change = |what: &'static str, change: fn(&mut Plan)| {
        let mut plan = base();
        change(&mut plan);
        changed.push((what, plan));
    };
    change("nothing", |_| {});
    change("time", |plan| plan.created_at = at("2025-02-01T00:00:00Z"));
    change("account", |plan| plan.sections[0].identity.account = None);
    change("alias", |plan| {
        plan.sections[0].identity.alias = Some("b".to_owned());
    });
    change("principal", |plan| {
        plan.sections[0].identity.principal = Some("x".to_owned());
    });
    change("source", |plan| {
        plan.sections[0].identity.source = "file".to_owned();
    });
    change("endpoint", |plan| {
        plan.sections[0].identity.endpoint = "https://other.example".to_owned();
    });
    change("overridden", |plan| {
        plan.sections[0].identity.endpoint_overridden = true;
    });
    change("ids", |plan| {
        plan.sections[0].selection.ids = vec!["a".to_owned()];
    });
    change("from", |plan| {
        plan.sections[0].selection.from = vec!["-".to_owned()];
    });
    change("inputs", |plan| {
        plan.sections[0].selection.inputs_sha256 = Some("00".to_owned());
    });
    change("allowed", |plan| {
        plan.sections[0].selection.allowed = vec!["--allow-last".to_owned()];
    });
    change("absent", |plan| plan.absent = vec![id("gone")]);
    change("notes", |plan| plan.notes = vec!["note".to_owned()]);
    change("order", |plan| plan.items.reverse());
    change("fewer", |plan| plan.items.truncate(1));
    change("verdict", |plan| plan.items[0].verdict = Verdict::Keep);
    change("refused", |plan| plan.items[1].refused = false);
    change("reasons", |plan| plan.items[0].reasons = Shared::default());
    change("fingerprint", |plan| {
        plan.items[0].fingerprint = fingerprint(&backup("another"));
    });
    change("backup's id", |plan| {
        Arc::make_mut(&mut plan.items[0].backup).id = id("c");
    });
    change("backup's time", |plan| {
        Arc::make_mut(&mut plan.items[0].backup).created_at = None;
    });
    change("backup's size", |plan| {
        Arc::make_mut(&mut plan.items[0].backup).size_bytes = None;
    });
    change("backup's resource", |plan| {
        Arc::make_mut(&mut plan.items[0].backup).resource = None;
    });
    change("backup's protection", |plan| {
        Arc::make_mut(&mut plan.items[0].backup).protection = [Protection::InProgress].into();
    });
    changed
}

fn document(plan: &Plan, dry_run: bool) -> Value {
    serde_json::to_value(plan.document(dry_run).unwrap()).unwrap()
}

#[test]
fn s16_the_digest_of_a_plan_changes_with_every_fact_in_it() {
    let mut digests = HashSet::new();
    for (what, plan) in changes() {
        assert!(digests.insert(plan.sha256().unwrap()), "{what}");
    }
}

#[test]
fn s19_the_mark_of_a_dry_run_is_the_only_difference_between_the_documents() {
    for (what, plan) in changes() {
        let mut dry = document(&plan, true);
        let mut real = document(&plan, false);
        assert_eq!(dry["dry_run"], true);
        assert_eq!(dry["sha256"], plan.sha256().unwrap(), "{what}");
        assert_ne!(dry, real);
        for document in [&mut dry, &mut real] {
            document.as_object_mut().unwrap().remove("dry_run");
        }
        assert_eq!(dry, real, "{what}");
        assert_eq!(
            serde_json::to_vec(&dry).unwrap(),
            serde_json::to_vec(&real).unwrap()
        );
        for key in ["schema", "id", "created_at", "tool", "identity", "endpoint"] {
            assert!(dry[key] != Value::Null, "{key}");
        }
    }
}

fn named(container: &str, name: &str) -> Backup {
    Backup {
        id: BackupId::new(Provider::Zilliz, container, name),
        ..backup("x")
    }
}

#[test]
fn s17_a_fingerprint_differs_when_a_fact_does_and_not_with_what_may_change() {
    let base = backup("a");
    let mut seen = HashSet::from([fingerprint(&base)]);
    let text = |text: &str| Some(text.into());
    for (what, changed) in [
        ("id", backup("b")),
        ("container", named("in02", "a")),
        (
            "provider",
            Backup {
                id: BackupId::new(Provider::Aws, "in01", "a"),
                ..base.clone()
            },
        ),
        (
            "time",
            Backup {
                created_at: Some(at("2025-01-01T00:00:00.001Z")),
                ..base.clone()
            },
        ),
        (
            "no time",
            Backup {
                created_at: None,
                ..base.clone()
            },
        ),
        (
            "resource",
            Backup {
                resource: text("in02"),
                ..base.clone()
            },
        ),
        (
            "no resource",
            Backup {
                resource: None,
                ..base.clone()
            },
        ),
        (
            "empty resource",
            Backup {
                resource: text(""),
                ..base.clone()
            },
        ),
        (
            "kind",
            Backup {
                kind: None,
                ..base.clone()
            },
        ),
        (
            "status",
            Backup {
                status: text("DELETING"),
                ..base.clone()
            },
        ),
        (
            "protection",
            Backup {
                protection: [Protection::InProgress].into(),
                ..base.clone()
            },
        ),
        (
            "two protections",
            Backup {
                protection: [Protection::InProgress, Protection::TerminationProtection].into(),
                ..base.clone()
            },
        ),
    ] {
        assert!(seen.insert(fingerprint(&changed)), "{what}");
    }
    let same = Backup {
        size_bytes: None,
        name: Some("other".into()),
        tags: Some(Box::new([("a".to_owned(), "b".to_owned())].into())),
        side_effect: Some(SideEffect::StopsContinuousBackup),
        ..base.clone()
    };
    assert_eq!(fingerprint(&same), fingerprint(&base));
}

#[test]
fn s17_neighbouring_facts_of_a_fingerprint_do_not_run_together() {
    let facts = |resource: Option<&str>, kind: Option<&str>, status: Option<&str>| {
        fingerprint(&Backup {
            resource: resource.map(Into::into),
            kind: kind.map(Into::into),
            status: status.map(Into::into),
            ..backup("a")
        })
    };
    let mut seen = HashSet::new();
    for facts in [
        facts(Some("ab"), Some("c"), None),
        facts(Some("a"), Some("bc"), None),
        facts(Some("abc"), None, None),
        facts(Some("abc"), Some(""), None),
        facts(None, Some("abc"), None),
        facts(None, None, Some("abc")),
        facts(Some(""), Some("abc"), None),
        facts(Some("abc"), None, Some("")),
    ] {
        assert!(seen.insert(facts));
    }
}

/// A plan as it is written to a file.
fn saved(plan: &Plan) -> Vec<u8> {
    serde_json::to_vec_pretty(&document(plan, true)).unwrap()
}

fn with_odd_numbers() -> Plan {
    let mut odd = backup("odd");
    odd.attributes = odd
        .attributes
        .with("third", 1.0 / 3.0)
        .with("small", 5e-324)
        .with("large", u64::MAX)
        .with("text", "a\u{202e}b\u{0}");
    plan(vec![item(odd), refused("kept")])
}

#[test]
fn s16_what_is_saved_comes_back_with_the_same_digest() {
    for plan in [going(0), going(3), with_odd_numbers()] {
        let back = Saved::read(&saved(&plan)).unwrap();
        assert_eq!(back.sha256, plan.sha256().unwrap());
        assert_eq!(back.to_delete().count(), plan.to_delete().count());
        for (there, here) in back.items.iter().zip(&plan.items) {
            assert_eq!(there.fingerprint, here.fingerprint);
            assert_eq!(there.backup.id, here.backup.id.to_string());
        }
    }
}

#[test]
fn s16_no_byte_of_a_saved_plan_can_be_changed_unseen() {
    let text = saved(&going(2));
    let unharmed = Saved::read(&text).unwrap().sha256;
    for place in 0..text.len() {
        let mut changed = text.clone();
        changed[place] ^= 1;
        if let Ok(read) = Saved::read(&changed) {
            // White space, and the mark of a dry run, are not part of the plan.
            assert_eq!(read.sha256, unharmed, "byte {place}");
            assert_eq!(read.to_delete().count(), 2);
        }
        assert!(Saved::read(&text[..place]).is_err(), "cut at {place}");
    }
}

#[test]
fn s16_a_plan_ages_and_none_comes_from_the_future() {
    let saved = Saved::read(&saved(&going(1))).unwrap();
    let day = SignedDuration::from_hours(24);
    let at = |seconds| Timestamp::from_second(seconds).unwrap();
    assert_eq!(saved.check(None, day, at(0)), Ok(()));
    assert_eq!(saved.check(None, day, at(86_400)), Ok(()));
    assert!(matches!(
        saved.check(None, day, at(86_401)),
        Err(Unfit::TooOld(_))
    ));
    // Clocks differ a little, and a clock that was set back is told.
    assert_eq!(saved.check(None, day, at(-200)), Ok(()));
    assert!(matches!(
        saved.check(None, day, at(-400)),
        Err(Unfit::FromTheFuture(_))
    ));
    let sha256 = saved.sha256.clone();
    assert_eq!(saved.check(Some(&sha256), day, at(0)), Ok(()));
    assert!(matches!(
        saved.check(Some(&"0".repeat(64)), day, at(0)),
        Err(Unfit::AnotherPlan { .. })
    ));
}

#[test]
fn s10_the_share_of_a_resource_is_counted_over_all_shards() {
    let of = |elsewhere: usize| {
        let items = (0..4).map(|number| {
            let mut item = item(backup(&format!("backup{number}")));
            if number > 0 {
                item.verdict = Verdict::Keep;
            }
            if (1..=elsewhere).contains(&number) {
                item.reasons.push(Reason::AnotherShard("2/2".into()));
            }
            item
        });
        let mut plan = plan(items.collect());
        plan.remaining = vec![super::Remaining {
            group: "in01".into(),
            resource: "in01".to_owned(),
            keepers: Some(Vec::new()),
        }];
        let consent = Consent {
            max_delete_percent: Some("60".parse().unwrap()),
            ..YES
        };
        plan.seek(consent).map(|_| ())
    };
    assert_eq!(of(1), Ok(()));
    assert_eq!(
        of(2),
        Err(Refusal::TooMuch {
            percent: 60,
            groups: vec![("in01".to_owned(), 3, 4)],
        })
    );
}

#[test]
fn s16_the_shard_is_part_of_the_digest_and_a_plan_without_one_is_as_it_was() {
    let whole = going(2);
    let mut part = going(2);
    part.sections[0].selection.shard = Some("1/2".to_owned());
    assert_ne!(whole.sha256().unwrap(), part.sha256().unwrap());
    let whole = document(&whole, true);
    assert_eq!(whole["selection"].get("shard"), None);
    let text = serde_json::to_vec(&document(&part, true)).unwrap();
    let read = Saved::read(&text).unwrap();
    let shard = read.sections[0].selection.shard.as_deref();
    assert_eq!(shard, Some("1/2"));
}
