//! What the README has in its tables too, word for word: a test compares them.
//!
//! Code is in backticks, as there; a terminal and a page of the manual show it without them.

/// What a command's exit code tells.
pub(in crate::cli) const EXIT_CODES: [(&str, &str); 11] = [
    (
        "0",
        "everything asked for is gone, or there was nothing to do; with `--dry-run` and `plan`: the plan was made",
    ),
    ("1", "bkdel itself failed"),
    ("2", "usage or configuration"),
    ("3", "some could not be deleted, or their fate is unknown"),
    ("4", "credentials or permission; no delete was sent"),
    (
        "5",
        "refused by a guard, declined, or another process is at the same run; no delete was sent",
    ),
    (
        "6",
        "the plan no longer fits what is there, or a record was changed; no delete was sent",
    ),
    (
        "7",
        "the inventory could not be read completely; no delete was sent",
    ),
    ("8", "accepted, not yet confirmed gone"),
    (
        "10",
        "with `--detailed-exitcode`, a dry run or `plan`: there is something to delete",
    ),
    ("130, 143", "interrupted"),
];

/// The documents, and what is in them.
pub(super) const SCHEMAS: [(&str, &str); 14] = [
    ("bkdel.backups/v1", "`backups[]`"),
    (
        "bkdel.backup/v1",
        "`provider, id, scope{}, resource, type, name, created_at, expires_at, size_bytes, status, healthy, protected, protection[], tags, attributes{}`; what is not known is `null`",
    ),
    (
        "bkdel.plan/v1",
        "`id, created_at, tool, identity, endpoint, selection, sections[{target, identity, scope, selection}], complete, items[{backup, verdict, reasons[], fingerprint, refused, section, group}], keepers[], grave[], absent[], notes[], summary, dry_run, sha256`; of several sections `identity`, `endpoint` and `selection` are `null`",
    ),
    (
        "bkdel.run/v1",
        "`run_id, dry_run, plan_sha256, identity, reason, started_at, finished_at, summary{per outcome, bytes}, results[]`; `report` adds `state` (`finished`, `ended_early`, `interrupted` or `going_on`) and `ended, exit_code, host, user, tool, plan{}, items[], requests[], readings, goes[], journal{file, lines, head_sha256, torn}`, and `finished_at` is `null` where there is no end",
    ),
    ("bkdel.reports/v1", "`runs[]`, of `report` over several"),
    (
        "bkdel.result/v1",
        "`provider, id, scope, resource, outcome, kind, code, message, hint, request_ids[], attempts, sent_at, verified_at, verified_by, size_bytes`",
    ),
    (
        "bkdel.runs/v1",
        "`runs[{run_id, file, state, started_at, finished_at, ended, exit_code, plan_sha256, identities[], host, user, reason, delete, summary}]`, newest first",
    ),
    (
        "bkdel.verification/v1",
        "`run_id, journal{file, lines, head_sha256, torn}, finished, verified_at, summary, checked[{provider, id, recorded, finding, details}]`; `finding` is `gone`, `recreated`, `settled`, `back`, `still_there` or `unreadable`",
    ),
    (
        "bkdel.journal/v1",
        "a line each: `begin, item, intent, withheld, answer, reading, outcome, end, resume, verify` in `event`, with `at`, `prev` and `sha256`",
    ),
    (
        "bkdel.doctor/v1",
        "`version, checked_at, exit_code, providers[{provider, verdict, checks[]}], machine[]`; `verdict` is `ready`, `not_set_up` or `broken`; a check is `check, subject, standing, found, kind, hint, details{}`, its `standing` `ok`, `note`, `warning`, `broken` or `unknown`; with `-o ndjson` a `bkdel.check/v1` a line, with `provider`",
    ),
    (
        "bkdel.rights/v1",
        "of `doctor --print-policy` for Zilliz and Aiven: `provider, needs[]`",
    ),
    (
        "bkdel.config/v1",
        "of `config show`: `file, context, settings[{provider, key, value, from}]`",
    ),
    (
        "bkdel.version/v1",
        "of `--version --json`: `version, commit, modified, target`; what is not known is `null`",
    ),
    (
        "bkdel.error/v1",
        "on standard error, with `-o json` and `ndjson`: `code, kind, message, hint`",
    ),
];

/// What became of a backup.
pub(super) const OUTCOMES: [(&str, &str); 8] = [
    ("deleted", "asked for, and read back as gone"),
    ("already_absent", "was not there"),
    ("pending", "accepted; still listed when the wait ended"),
    ("unverified", "accepted; it may not be read back"),
    (
        "failed",
        "refused, or kept, with kind, code, message, request ids and a hint",
    ),
    (
        "unknown",
        "sent, no answer, and reading back did not settle it",
    ),
    ("skipped", "not sent: a guard, a protection or drift"),
    ("not_attempted", "the run ended before its turn"),
];

/// What `-o json` and `-o ndjson` have in common.
pub(super) const OUTPUT: &str = "Standard output is data, standard error is talk. `-o human|json|ndjson|csv|ids`; every JSON document carries `schema`.";

/// How `-o ndjson` tells the parts of a document.
pub(super) const NDJSON: &str = "With `-o ndjson`, `list` prints a backup a line, `delete` a result a line as it is settled, `delete --dry-run` an item a line. `protection[]` holds `vault_lock`, `legal_hold`, `vault_type`, `termination_protection`, `in_progress`, `unknown_state`, `undated`, `keep_tag`.";

/// What a policy's keys are.
pub(super) const KEYS: &str = "A key is the flag without its dashes, but for `name`, which is the target's own: the filter of that flag is `backup-name`. A policy takes nothing from `BKDEL_*` variables. A backup that two targets claim goes only if neither keeps it. `bkdel plan --print-schema` prints the JSON schema for editors.";
