use super::*;

fn keys() -> Keys {
    let mut tree = tree::command();
    tree.build();
    Keys::of(&tree)
}

#[test]
fn s4_consent_and_what_chooses_are_in_no_table() {
    for (table, known) in keys().tables() {
        for key in [
            "yes",
            "expect",
            "allow-last",
            "skip-refused",
            "include-continuous",
            "dry-run",
            "all",
            "from",
            "vault",
            "cluster",
            "service",
            "project",
            "older-than",
            "keep-last",
            "plan-sha256",
            "config",
            "context",
        ] {
            assert!(!known.contains(key), "{key} in [{table}]");
        }
    }
}

#[test]
fn what_goes_to_one_provider_is_no_key_of_all() {
    let keys = keys();
    for key in [
        "endpoint-url",
        "token-file",
        "token-command",
        "region",
        "org",
    ] {
        assert!(!keys.table("defaults").unwrap().contains(key), "{key}");
    }
    assert!(keys.table("aws").unwrap().contains("endpoint-url"));
    assert!(!keys.table("aws").unwrap().contains("token-command"));
    assert!(keys.table("aiven").unwrap().contains("token-command"));
}

#[test]
fn what_is_added_stands_before_what_belongs_to_another_program() {
    let line = |text: &str| -> Vec<OsString> { text.split(' ').map(Into::into).collect() };
    let added = || line("--wait=3s");
    assert_eq!(
        with(&line("bkdel runs"), added()),
        line("bkdel runs --wait=3s")
    );
    assert_eq!(
        with(&line("bkdel sandbox -- sh --"), added()),
        line("bkdel sandbox --wait=3s -- sh --")
    );
}
