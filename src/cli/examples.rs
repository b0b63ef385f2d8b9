//! The examples of each command, for its help and its page of the manual.
//!
//! Each of them is run in the sandbox by a test, one after the other, beside `policy.toml`, `plan.json` and a run.

use std::fmt::Write;

/// An example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Example {
    /// What it does, in a few words.
    pub(super) title: &'static str,
    /// The command.
    pub(super) line: &'static str,
}

const fn example(title: &'static str, line: &'static str) -> Example {
    Example { title, line }
}

/// The section of the help.
pub(super) fn text(path: &[&str]) -> Option<String> {
    let examples = of(path);
    if examples.is_empty() {
        return None;
    }
    let mut text = "Examples:".to_owned();
    for Example { title, line } in examples {
        // Writing to a string cannot fail.
        write!(text, "\n  # {title}\n  {line}").ok();
    }
    Some(text)
}

/// Those of a command; `path` are the words behind `bkdel`.
pub(super) fn of(path: &[&str]) -> &'static [Example] {
    match path {
        [] => &BKDEL,
        ["aws"] => &AWS,
        ["aws", "list"] => &AWS_LIST,
        ["aws", "delete"] => &AWS_DELETE,
        ["zilliz"] => &ZILLIZ,
        ["zilliz", "list"] => &ZILLIZ_LIST,
        ["zilliz", "delete"] => &ZILLIZ_DELETE,
        ["aiven"] => &AIVEN,
        ["aiven", "list"] => &AIVEN_LIST,
        ["aiven", "delete"] => &AIVEN_DELETE,
        ["plan"] => &PLAN,
        ["apply"] => &APPLY,
        ["resume"] => &RESUME,
        ["runs"] => &RUNS,
        ["runs", "prune"] => &PRUNE,
        ["verify"] => &VERIFY,
        ["report"] => &REPORT,
        ["doctor"] => &DOCTOR,
        ["doctor", "aws"] => &DOCTOR_AWS,
        ["doctor", "zilliz"] => &DOCTOR_ZILLIZ,
        ["doctor", "aiven"] => &DOCTOR_AIVEN,
        ["config"] | ["config", "show"] => &CONFIG,
        ["sandbox"] => &SANDBOX,
        ["completions"] => &COMPLETIONS,
        ["man"] => &MAN,
        ["help"] => &HELP,
        _ => &[],
    }
}

const BKDEL: [Example; 4] = [
    example(
        "try it out, without an account",
        "bkdel sandbox -- bkdel aws list",
    ),
    example(
        "show what is older than 90 days and not the newest of its resource, and delete nothing",
        "bkdel aws delete --vault prod --older-than 90d --keep-last 1 --dry-run",
    ),
    example(
        "plan what a policy file would delete, to be reviewed",
        "bkdel plan policy.toml --out plan.json",
    ),
    example(
        "delete what the plan lists, and nothing else",
        "bkdel apply plan.json --yes",
    ),
];

const AWS: [Example; 2] = [
    example(
        "list a vault's recovery points",
        "bkdel aws list --vault prod",
    ),
    example(
        "show what would go if the newest three of each volume stayed",
        "bkdel aws delete --vault prod --type EBS --keep-last 3 --dry-run",
    ),
];

const AWS_LIST: [Example; 4] = [
    example("all of a vault", "bkdel aws list --vault prod"),
    example(
        "what AWS failed to delete in time, anywhere",
        "bkdel aws list --all-regions --expired",
    ),
    example(
        "ids alone, one a line",
        "bkdel aws list --vault prod --older-than 30d -o ids",
    ),
    example(
        "another account, for a spreadsheet",
        "bkdel aws list --role-arn arn:aws:iam::444455556666:role/bkdel -o csv",
    ),
];

const AWS_DELETE: [Example; 5] = [
    example(
        "one recovery point, without asking",
        "bkdel aws delete --yes prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f010",
    ),
    example(
        "show what retention would delete, with the reasons",
        "bkdel aws delete --vault prod --older-than 20d --keep-weekly 4 --dry-run --explain",
    ),
    example(
        "all but the newest seven of each volume, at most twenty",
        "bkdel aws delete --vault prod --type EBS --keep-last 7 --yes --max-delete 20",
    ),
    example(
        "those of another command",
        "bkdel aws list --expired -o ndjson | bkdel aws delete --dry-run --from -",
    ),
    example(
        "save the plan, and delete what it lists later",
        "bkdel aws delete --vault prod --keep-last 3 --dry-run --out plan.json",
    ),
];

const ZILLIZ: [Example; 2] = [
    example(
        "backups whose cluster is gone",
        "bkdel zilliz list --orphaned",
    ),
    example(
        "show which of them would go",
        "bkdel zilliz delete --orphaned --older-than 90d --keep-last 1 --dry-run",
    ),
];

const ZILLIZ_LIST: [Example; 3] = [
    example("all that the key reaches", "bkdel zilliz list"),
    example(
        "a cluster's",
        "bkdel zilliz list --cluster in01-3f9a1c7be2d4650",
    ),
    example(
        "those made by hand whose cluster is gone",
        "bkdel zilliz list --orphaned --method manual",
    ),
];

const ZILLIZ_DELETE: [Example; 3] = [
    example(
        "one backup, without asking",
        "bkdel zilliz delete --yes in01-3f9a1c7be2d4650/backup1_17be03c95d2a",
    ),
    example(
        "the same by its own id",
        "bkdel zilliz delete --yes backup1_5c3d81fa0e96",
    ),
    example(
        "backups of clusters that are gone, but for the newest of each",
        "bkdel zilliz delete --orphaned --older-than 90d --keep-last 1 --yes",
    ),
];

const AIVEN: [Example; 2] = [
    example(
        "a project's secondary regions",
        "bkdel aiven list --project acme-prod",
    ),
    example(
        "show which would go",
        "bkdel aiven delete --project acme-prod --service 'search-*' --all --dry-run",
    ),
];

const AIVEN_LIST: [Example; 2] = [
    example(
        "a project's secondary regions",
        "bkdel aiven list --project acme-prod",
    ),
    example(
        "a service's, as JSON",
        "bkdel aiven list --project acme-prod --service orders-pg -o json",
    ),
];

const AIVEN_DELETE: [Example; 3] = [
    example(
        "one secondary region, without asking",
        "bkdel aiven delete --yes acme-prod/orders-pg/aws-eu-central-1",
    ),
    example(
        "the same by flags",
        "bkdel aiven delete --yes --project acme-prod --service search-os --region aws-eu-central-1",
    ),
    example(
        "show what would go of all services called so",
        "bkdel aiven delete --project acme-prod --service 'search-*' --all --dry-run",
    ),
];

const PLAN: [Example; 3] = [
    example(
        "plan, review, apply",
        "bkdel plan policy.toml --out plan.json",
    ),
    example(
        "give the reasons of all",
        "bkdel plan policy.toml --explain",
    ),
    example(
        "complete and check policies in an editor",
        "bkdel plan --print-schema > bkdel-policy.schema.json",
    ),
];

const APPLY: [Example; 2] = [
    example("show what would be sent", "bkdel apply plan.json --dry-run"),
    example(
        "delete what the plan lists, and leave out what has changed since",
        "bkdel apply plan.json --yes --on-drift skip",
    ),
];

const RESUME: [Example; 1] = [example(
    "go on with the newest run",
    "bkdel resume last --yes",
)];

const RUNS: [Example; 2] = [
    example("what was recorded", "bkdel runs"),
    example("the same for programs", "bkdel runs -o json"),
];

const PRUNE: [Example; 1] = [example(
    "see which records a year of keeping them would remove",
    "bkdel runs prune --older-than 1y --dry-run",
)];

const VERIFY: [Example; 1] = [example(
    "is what the newest run deleted still gone?",
    "bkdel verify last",
)];

const REPORT: [Example; 4] = [
    example(
        "the newest run, for whoever has to sign",
        "bkdel report last -o html --out run.html",
    ),
    example("for a CI job's summary", "bkdel report last -o markdown"),
    example(
        "what could not be deleted as failed tests",
        "bkdel report last -o junit --out deletions.xml",
    ),
    example("a saved plan, for its review", "bkdel report plan.json"),
];

const DOCTOR: [Example; 2] = [
    example("look at all three, and at this machine", "bkdel doctor"),
    example(
        "in a script: does AWS work with these credentials",
        "bkdel doctor aws -o json",
    ),
];

const DOCTOR_AWS: [Example; 2] = [
    example(
        "what may be done in one vault, and what not",
        "bkdel doctor aws --region eu-central-1 --vault prod",
    ),
    example(
        "the policy that bkdel needs for it, to be attached to a role",
        "bkdel doctor aws --region eu-central-1 --vault prod --account 111122223333 --print-policy",
    ),
];

const DOCTOR_ZILLIZ: [Example; 1] = [example(
    "which key is used, and what it may read",
    "bkdel doctor zilliz",
)];

const DOCTOR_AIVEN: [Example; 1] = [example(
    "whose token is used, and what it may read",
    "bkdel doctor aiven",
)];

const CONFIG: [Example; 1] = [example(
    "what holds, and which flag, variable or table says so",
    "bkdel config show",
)];

const SANDBOX: [Example; 3] = [
    example("one command in it", "bkdel sandbox -- bkdel aws list"),
    example(
        "rehearse a provider that throttles",
        "bkdel sandbox --fault aws:throttle=5/s -- bkdel aws list --vault prod -o ids",
    ),
    example(
        "rehearse with a copy of what is there",
        "bkdel aws list -o json > copy.json && bkdel sandbox --data copy.json -- bkdel aws list",
    ),
];

const COMPLETIONS: [Example; 3] = [
    example("bash: in ~/.bashrc", "eval \"$(bkdel completions bash)\""),
    example(
        "zsh: in ~/.zshrc, behind compinit",
        "source <(bkdel completions zsh)",
    ),
    example(
        "fish: in ~/.config/fish/config.fish",
        "bkdel completions fish | source",
    ),
];

const MAN: [Example; 2] = [
    example(
        "write the pages of all commands",
        "bkdel man --out man/man1",
    ),
    example("the main page alone", "bkdel man > bkdel.1"),
];

const HELP: [Example; 3] = [
    example("a command's", "bkdel help aws delete"),
    example("what the exit codes mean", "bkdel help exit-codes"),
    example("how a policy is written", "bkdel help policy"),
];
