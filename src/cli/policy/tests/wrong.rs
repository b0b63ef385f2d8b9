//! Everything that is no policy (S4), with the message that tells it.

use super::*;

#[test]
fn s4_whatever_is_wrong_is_told_with_its_place() {
    for (text, told) in [
        // The file.
        ("", "p.toml: it has no target | write [[target]]"),
        ("[defaults]\nall = true\n", "it has no target"),
        ("[defaults]\n[[target]]\n", "[defaults] is empty"),
        ("defaults = 1\n", "`defaults` is a table, not a number"),
        ("target = []\n", "`target` is an empty list"),
        ("target = [1]\n", "a target is a table, not a number"),
        (
            "[target]\nprovider = \"aws\"\n",
            "`target` is a list of tables, not a table",
        ),
        (
            "older-than = \"90d\"\n",
            "`older-than` is outside of all targets | a policy holds [defaults] and [[target]]",
        ),
        (
            "[[targets]]\nall = true\n",
            "`targets` is outside of all targets",
        ),
        ("[[target]]\n", "target \"target 1\": it is empty"),
        (
            "[[target]]\nall = true\nall = true\n",
            "p.toml:3:1: duplicate key",
        ),
        ("[[target]]\r\nall = \r\n", "p.toml:2:7: "),
        ("[[target]\n", "p.toml:1:"),
        // The provider.
        (
            "[[target]]\nall = true\n",
            "target \"target 1\": it has no `provider` | add provider = \"aws\" or \"zilliz\" or \"aiven\"",
        ),
        (
            "[[target]]\nprovider = \"azure\"\n",
            "`provider` is \"azure\", and none that is known",
        ),
        (
            "[[target]]\nprovider = \"AWS\"\n",
            "`provider` is \"AWS\", and none",
        ),
        (
            "[[target]]\nprovider = \"\"\n",
            "`provider` is \"\", and none",
        ),
        (
            "[[target]]\nprovider = 1\n",
            "`provider` is a number, and none",
        ),
        (
            "[[target]]\nprovider = [\"aws\"]\n",
            "`provider` is a list, and none",
        ),
        // The name.
        (
            "[[target]]\nprovider = \"aws\"\nvault = \"v\"\nall = true\nname = \" \"\n",
            "`name` is blank",
        ),
        (
            "[[target]]\nprovider = \"aws\"\nvault = \"v\"\nall = true\nname = 1\n",
            "`name` takes text, not a number",
        ),
        (
            "[defaults]\nname = \"x\"\n[[target]]\nprovider = \"aws\"\nall = true\n",
            "[defaults]: `name` is each target's own",
        ),
        // Where, and what.
        (
            "[[target]]\nprovider = \"aws\"\nolder-than = \"90d\"\n",
            "it says what, but not where | add `vault`",
        ),
        (
            "[[target]]\nprovider = \"zilliz\"\nall = true\n",
            "it says what, but not where | add `cluster`, `project`",
        ),
        (
            "[[target]]\nprovider = \"aiven\"\nall = true\n",
            "it says what, but not where",
        ),
        (
            "[[target]]\nprovider = \"aws\"\nvault = \"v\"\n",
            "it says where, but not what | add a filter such as `older-than`",
        ),
        (
            "[[target]]\nprovider = \"aws\"\nvault = \"v\"\nall = false\n",
            "it says where, but not what",
        ),
        (
            "[[target]]\nprovider = \"aiven\"\nproject = \"p\"\nregion = \"r\"\n",
            "it says where, but not what",
        ),
    ] {
        let message = message(text);
        assert!(message.starts_with("p.toml:"), "{message}");
        assert!(message.contains(told), "{text:?}: {message}");
    }
}

/// Each line in a target that is right without it, and what is told.
fn all_wrong(lines: &[(&str, &str)]) {
    for (line, told) in lines {
        let text = format!("{AWS}{line}\n");
        let message = message(&text);
        let place = if line.contains("\nname = ") {
            "p.toml: target \"t\": "
        } else {
            "p.toml: target \"target 1\": "
        };
        assert!(message.starts_with(place), "{message}");
        assert!(message.contains(told), "{line}: {message}");
        assert!(
            !message.contains("--older") || line.contains("--older"),
            "{message}"
        );
    }
}

#[test]
fn s4_a_value_that_is_blank_or_of_the_wrong_type_is_told_with_its_key() {
    all_wrong(&[
        // Blank.
        (
            "older-than = \"\"",
            "`older-than` is blank | leave the key out",
        ),
        ("older-than = \" \\t\"", "`older-than` is blank"),
        ("type = []", "`type` is an empty list"),
        ("type = [\"EBS\", \"\"]", "`type` is blank"),
        ("older-than = []", "`older-than` is an empty list"),
        (
            "tag = {}",
            "`tag` takes text, or a list of texts, not a table",
        ),
        // The wrong type.
        (
            "older-than = 90",
            "`older-than` takes text, not a number | put it in quotes: older-than = \"90\"",
        ),
        (
            "older-than = 1.5",
            "`older-than` takes text, not a fraction",
        ),
        (
            "older-than = [\"90d\"]",
            "`older-than` takes text, not a list",
        ),
        (
            "older-than = 2026-01-31",
            "`older-than` takes text, not a date",
        ),
        (
            "older-than = { days = 90 }",
            "`older-than` takes text, not a table",
        ),
        (
            "tag.env = \"dev\"",
            "`tag` takes text, or a list of texts, not a table",
        ),
        (
            "older-than = true",
            "`older-than` takes text, not true or false",
        ),
        (
            "type = [[\"EBS\"]]",
            "`type` takes text, or a list of texts, not a list",
        ),
        ("type = [1]", "not a number"),
        (
            "keep-last = 7.0",
            "`keep-last` takes a whole number, not a fraction",
        ),
        (
            "keep-last = true",
            "`keep-last` takes a whole number, not true or false",
        ),
        (
            "keep-last = [7]",
            "`keep-last` takes a whole number, not a list",
        ),
        ("keep-last = inf", "not a fraction"),
        ("all = 1", "`all` takes true or false, not a number"),
        (
            "all = \"true\"",
            "`all` takes true or false, not text | leave out the quotes: all = true",
        ),
        ("all = []", "`all` takes true or false, not a list"),
        (
            "must-match = \"yes\"",
            "`must-match` takes true or false, not text",
        ),
        (
            "created-before = 2026-01-31T10:00:00",
            "does not say in which zone",
        ),
        ("created-before = 10:00:00", "is no point in time"),
    ]);
}

#[test]
fn s4_a_value_that_cannot_be_meant_is_told_with_its_key() {
    all_wrong(&[
        // The wrong value.
        ("older-than = \"1m\"", "`older-than`: \"1m\""),
        (
            "older-than = \"-90d\"",
            "`older-than`: \"-90d\" is negative",
        ),
        (
            "keep-last = -2",
            "`keep-last`: \"-2\" is no number of backups",
        ),
        ("keep-within = \"1m\"", "`keep-within`: "),
        (
            "timezone = \"Mars\"",
            "`timezone`: there is no time zone \"Mars\"",
        ),
        ("group-by = \"colour\"", "`group-by`: "),
        ("tag = \"env\"", "`tag`: \"env\" has no value"),
        (
            "backup-name = \"a[\"\nname = \"t\"",
            "`backup-name`: \"a[\" is no pattern",
        ),
        ("larger-than = \"5m\"", "`larger-than`: "),
        (
            "created-before = \"soon\"",
            "`created-before`: \"soon\" is no point in time",
        ),
        // What comes to nothing, or contradicts.
        ("keep-last = 0", "all keep rules are 0"),
        (
            "keep-last = 0\nkeep-daily = 0\nolder-than = \"90d\"",
            "all keep rules are 0",
        ),
        (
            "group-by = \"resource\"\nall = true",
            "`group-by` says what keep rules are applied to, and no keep rule was given | give one, such as `keep-last` 7",
        ),
        (
            "all = true\nolder-than = \"90d\"",
            "`all` is everything in the scope, and contradicts filters and keep rules | leave out `all`",
        ),
        (
            "older-than = \"1d\"\nnewer-than = \"1d\"\ncreated-before = \"-9999-01-01\"",
            "`created-before`",
        ),
    ]);
}

#[test]
fn s4_what_is_no_key_is_told_with_a_way_out() {
    all_wrong(&[
        // What is no key.
        (
            "oldr-than = \"90d\"",
            "`oldr-than` is no key of aws targets | did you mean `older-than`?",
        ),
        ("older_than = \"90d\"", "did you mean `older-than`?"),
        ("must_match = true", "did you mean `must-match`?"),
        ("Vault = \"prod\"", "did you mean `vault`?"),
        (
            "zzzzzz = 1",
            "`zzzzzz` is no key of aws targets | the keys are all, ",
        ),
        ("\"\" = 1", "\"\" is no key of aws targets"),
        ("\"older-than=1d\" = 1", "\"older-than=1d\" is no key"),
        (
            "\"--older-than\" = \"1d\"",
            "`--older-than` is no key of aws targets",
        ),
        ("\"a\\nb\" = 1", "\"a\\nb\" is no key"),
        ("help = true", "`help` is no key"),
        ("backup-vault-name = \"prod\"", "| write `vault`"),
        (
            "cluster = \"c\"",
            "`cluster` is no key of aws targets | it is a key of zilliz targets",
        ),
        (
            "token-file = \"f\"",
            "it is a key of zilliz and aiven targets",
        ),
        ("max-delete = 5", "--max-delete is said on the command line"),
        ("yes = true", "--yes is said on the command line"),
        ("id = \"x\"", "ids are for `delete`"),
        ("ids = [\"x\"]", "ids are for `delete`"),
        ("from = \"ids.txt\"", "ids are for `delete`"),
        ("recovery-point-arn = \"x\"", "ids are for `delete`"),
    ]);
}

#[test]
fn s4_a_key_of_another_provider_is_none() {
    for (provider, scope, line, told) in [
        (
            "zilliz",
            "cluster = \"c\"",
            "vault = \"v\"",
            "it is a key of aws targets",
        ),
        (
            "zilliz",
            "cluster = \"c\"",
            "include-continuous = true",
            "it is a key of aws targets",
        ),
        (
            "aiven",
            "project = \"p\"",
            "cluster = \"c\"",
            "it is a key of zilliz targets",
        ),
        (
            "zilliz",
            "cluster = \"c\"",
            "cloud = \"mars\"",
            "`cloud`: \"mars\" is none of global, cn",
        ),
        (
            "zilliz",
            "cluster = \"c\"",
            "tag = \"a=b\"",
            "`tag` cannot be used with Zilliz Cloud: its backups have no tags | choose by name: `name`, `cluster` or `project`",
        ),
        (
            "aiven",
            "project = \"p\"",
            "larger-than = \"1GB\"",
            "| choose by `older-than`, `type` or `service`",
        ),
        (
            "aiven",
            "region = \"r\"",
            "all-regions = true",
            "contradicts",
        ),
        (
            "aiven",
            "token-file = \"r\"",
            "token-command = \"c\"",
            "contradicts",
        ),
    ] {
        let rest = if line.contains("= \"a=b\"") || line.contains("1GB") {
            ""
        } else {
            "all = true\n"
        };
        let message = message(&format!(
            "[[target]]\nprovider = \"{provider}\"\n{scope}\n{line}\n{rest}"
        ));
        assert!(message.contains(told), "{line}: {message}");
        assert!(!message.contains("`--"), "{message}");
    }
}

#[test]
fn s4_a_wrong_default_is_refused_even_where_no_target_uses_it() {
    let with = |defaults: &str| {
        message(&format!(
            "[defaults]\n{defaults}\n{AWS}older-than = \"90d\"\n"
        ))
    };
    for (defaults, told) in [
        (
            "cluster = \"c\"",
            "`cluster` is no key of aws targets, and there are no others | it is a key of zilliz targets",
        ),
        ("oldr-than = \"1d\"", "did you mean `older-than`?"),
        ("older-than = \"1m\"", "`older-than`: \"1m\""),
        ("older-than = \"\"", "`older-than` is blank"),
        ("vault = []", "`vault` is an empty list"),
        ("older-than = 7", "`older-than` takes text"),
        ("from = \"f\"", "ids are for `delete`"),
        ("max-delete = 3", "--max-delete is said on the command line"),
    ] {
        let message = with(defaults);
        assert!(message.starts_with("p.toml: [defaults]: "), "{message}");
        assert!(message.contains(told), "{defaults}: {message}");
    }
    // A default that is right by itself is the target's where it contradicts.
    assert!(with("all = true").starts_with("p.toml: target \"target 1\": `all` is everything"));
    assert!(
        read(
            &format!("[defaults]\nall = true\n{AWS}older-than = \"90d\"\nall = false\n"),
            "p"
        )
        .is_ok()
    );
}

#[test]
fn s27_a_line_that_cannot_be_read_is_not_shown() {
    let message = message("[[target]]\ntoken = \"s3cr3t-\u{1}\n");
    assert!(message.starts_with("p.toml:2:"), "{message}");
    assert!(!message.contains("s3cr3t"), "{message}");
}
