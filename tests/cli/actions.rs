//! The GitHub actions' steps, run as a runner runs them: what a job sees of a plan and of a run.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    subjects::AWS,
    tools::is_installed,
    world::{Ran, World},
};

const ACTIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.github/actions");
/// All that GitHub shows of a step.
const SUMMARY_LIMIT: usize = 1_048_576;
/// What chooses eleven snapshots of one volume.
const ELEVEN: &str = "aws\ndelete\n--vault\nprod\n--type\nEBS\n--keep-last\n3";
const HOSTILE: &str = "100%\r\n::error::boom\n::set-output name=x::y ##[error]z \u{1b}[31m";

/// A step, and the files that GitHub gives it.
struct Step {
    folder: PathBuf,
    command: Command,
}

/// What a step did.
#[derive(Debug)]
struct Done {
    ran: Ran,
    outputs: BTreeMap<String, String>,
    summary: String,
}

impl Step {
    fn new(world: &World, action: &str) -> Self {
        let mut command = Command::new("bash");
        command
            .arg(format!("{ACTIONS}/{action}/{action}.sh"))
            .current_dir(world.home())
            .env_clear();
        let template = world.command(&[]);
        command.envs(
            template
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let folder = world.home().join(action);
        fs::create_dir_all(&folder).unwrap();
        command
            .env("BKDEL", env!("CARGO_BIN_EXE_bkdel"))
            .env("ARGUMENTS", "")
            .env("ARTIFACT", "the-artifact")
            .env("FOLDER", folder.join("work"))
            .env("GITHUB_OUTPUT", folder.join("output"))
            .env("GITHUB_STEP_SUMMARY", folder.join("summary"))
            .stdin(Stdio::null());
        Self { folder, command }
    }

    fn plan(world: &World, arguments: &str) -> Self {
        Self::new(world, "plan")
            .with("POLICY", "")
            .with("ARGUMENTS", arguments)
    }

    /// Applies the plan of [`Step::plan`] with its own digest.
    fn apply(world: &World) -> Self {
        let plan = world.home().join("plan/work/plan.json");
        let sha256 = document(&plan)["sha256"].as_str().unwrap().to_owned();
        Self::new(world, "apply")
            .with("PLAN", plan.to_str().unwrap())
            .with("SHA256", &sha256)
            .with("ON_DRIFT", "fail")
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With another program in bkdel's place, which may call the real one as `$REAL`.
    fn with_program(self, script: &str) -> Self {
        let path = program(&self.folder, "bkdel", script);
        self.with("REAL", env!("CARGO_BIN_EXE_bkdel"))
            .with("BKDEL", path.to_str().unwrap())
    }

    fn run(mut self) -> Done {
        let ran = Ran::of(&self.command.output().unwrap());
        self.done(ran)
    }

    fn done(&self, ran: Ran) -> Done {
        let read = |name| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        let outputs = read("output")
            .lines()
            .map(|line| line.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let summary = read("summary");
        // A step's files are its own.
        for name in ["output", "summary"] {
            fs::remove_file(self.folder.join(name)).ok();
        }
        Done {
            ran,
            outputs,
            summary,
        }
    }
}

impl Done {
    #[track_caller]
    fn exits(&self, code: i32) -> &Self {
        self.ran.exits(code);
        self
    }

    /// The annotations of a level, as GitHub would take them from the log: each a line that begins so.
    fn annotations(&self, level: &str) -> Vec<&str> {
        let start = format!("::{level} ");
        let lines = self.ran.out.lines().chain(self.ran.err.lines());
        lines.filter(|line| line.starts_with(&start)).collect()
    }

    /// Every line that a runner obeys.
    fn commands(&self) -> Vec<&str> {
        let lines = self.ran.out.lines().chain(self.ran.err.lines());
        lines
            .filter(|line| line.trim_start().starts_with("::") || line.contains("##["))
            .collect()
    }
}

fn document(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// An executable script in a folder.
fn program(folder: &Path, name: &str, script: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/usr/bin/env bash\nset -eu\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A plan of two snapshots.
fn two(world: &World) {
    let arguments = format!("aws\ndelete\n{}", AWS.deletable.join("\n"));
    Step::plan(world, &arguments).run().exits(0);
}

#[test]
fn a_plan_is_in_the_summary_and_its_digest_count_and_path_are_outputs() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    let done = Step::plan(&world, ELEVEN).run();
    done.exits(0);
    let plan = document(Path::new(&done.outputs["plan"]));
    assert_eq!(plan["sha256"], done.outputs["sha256"]);
    assert_eq!(done.outputs["delete"], "11");
    assert_eq!(plan["summary"]["delete"], 11);
    assert!(
        done.summary
            .starts_with("## bkdel plan: 11 backups to delete")
    );
    assert_eq!(done.commands(), [""; 0]);
    assert_eq!(world.changes(), []);
}

#[test]
fn a_policy_is_planned_and_ending_with_10_is_no_failure() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    let policy = world.home().join("a policy.toml");
    fs::write(&policy, include_str!("../../src/cli/policy/example.toml")).unwrap();
    let done = Step::plan(&world, "--explain")
        .with("POLICY", policy.to_str().unwrap())
        .with("BKDEL_DETAILED_EXITCODE", "true")
        // What the job's environment sets for people must not change what the step reads.
        .with("BKDEL_OUTPUT", "json")
        .with("BKDEL_COLOR", "always")
        .run();
    done.exits(0);
    assert_ne!(done.outputs["delete"], "0");
    assert!(done.summary.contains("production snapshots"));
    assert_eq!(world.changes(), []);
}

#[test]
fn nothing_to_delete_is_a_plan_too() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    let done = Step::plan(&world, "aws\ndelete\n--vault\nprod\n--older-than\n90y\n").run();
    done.exits(0);
    assert_eq!(done.outputs["delete"], "0");
    assert!(done.summary.starts_with("## bkdel plan: nothing to delete"));
    let done = Step::apply(&world).run();
    done.exits(0);
    assert_eq!(done.outputs["exit-code"], "0");
    assert_eq!(world.changes(), []);
}

#[test]
fn an_argument_is_a_line_that_no_shell_reads() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    for (hostile, code) in [
        ("aws\ndelete\n--vault\n$(touch pwned)", 2),
        ("aws\ndelete\n--vault\n`touch pwned`", 2),
        ("aws\ndelete\n--vault\nprod; touch pwned\n--all", 2),
        // Windows' line ends are none of the argument; a blank in one does not part it.
        (
            "aws\r\ndelete\r\n--vault\r\nprod\r\n--name\r\n* of * \r\n",
            0,
        ),
    ] {
        let done = Step::plan(&world, hostile).run();
        assert_eq!(done.ran.code, Some(code), "{hostile}: {done:?}");
        assert!(!world.home().join("pwned").exists(), "{hostile}");
    }
    assert_eq!(world.changes(), []);
}

#[test]
fn a_step_that_plans_cannot_be_made_to_delete() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    for arguments in [
        "",
        "\n\n",
        "apply\nplan.json\n--yes",
        "aws\nlist",
        "aws",
        "delete\naws",
        "aws\ndelete",
        "aws\ndelete\n--vault\n\n--all",
    ] {
        let done = Step::plan(&world, arguments).run();
        done.exits(2);
        assert_eq!(done.annotations("error").len(), 1, "{done:?}");
        assert!(!done.outputs.contains_key("sha256"));
    }
    let yes = format!("aws\ndelete\n--yes\n--\n{}", AWS.deletable[0]);
    Step::plan(&world, &yes).run();
    assert_eq!(world.changes(), []);
}

#[test]
fn a_plan_that_may_not_be_made_ends_with_4_and_says_why_in_an_annotation() {
    if !is_installed("jq") {
        return;
    }
    let world = World::with(&["aws:deny=ListRecoveryPointsByBackupVault"]);
    let done = Step::plan(&world, ELEVEN).run();
    done.exits(4);
    let [error] = done.annotations("error")[..] else {
        panic!("{done:?}")
    };
    assert!(
        error.starts_with("::error title=bkdel plan%3A credentials or permission (exit code 4)::")
    );
    assert!(error.contains("backup:ListRecoveryPointsByBackupVault"));
    assert!(error.contains("%0Ahint: allow"), "{error}");
    assert!(done.summary.contains("no plan was made (exit code 4)"));
    assert!(done.summary.contains("    error: AWS Backup"));
    assert!(!done.outputs.contains_key("sha256"));
}

#[test]
fn a_runner_without_bkdel_is_told_what_to_give() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    two(&world);
    for bkdel in ["", "/nowhere/bkdel", "/"] {
        for step in [Step::plan(&world, ELEVEN), Step::apply(&world)] {
            let done = step.with("BKDEL", bkdel).run();
            done.exits(2);
            assert!(
                done.annotations("error")[0].contains("\"version\""),
                "{bkdel}"
            );
        }
    }
    assert_eq!(world.changes(), []);
}

#[test]
fn an_old_plan_is_never_taken_for_one_that_could_not_be_made() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    Step::plan(&world, ELEVEN).run().exits(0);
    world.fault("aws:error-503-read");
    let done = Step::plan(&world, ELEVEN)
        .with("BKDEL_RETRY_FOR", "1s")
        .run();
    done.exits(7);
    assert!(!world.home().join("plan/work/plan.json").exists());
}

#[test]
fn what_was_reviewed_is_applied_and_the_run_is_in_the_summary() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    two(&world);
    let done = Step::apply(&world)
        .with("ARGUMENTS", "--max-delete=2")
        .run();
    done.exits(0);
    assert_eq!(done.outputs["exit-code"], "0");
    assert!(done.summary.starts_with("## bkdel run: 2 deleted"));
    assert_eq!(done.commands(), [""; 0]);
    assert!(!world.has("aws", AWS.deletable[0]));
    // The journal is kept as an artifact, which anybody can go by.
    let journal = &done.outputs["journal"];
    world.bkdel(&["verify", journal]).exits(0);
}

#[test]
fn s16_another_digest_than_the_reviewed_one_is_refused_and_none_is_misuse() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    two(&world);
    let done = Step::apply(&world).with("SHA256", &"0".repeat(64)).run();
    done.exits(6);
    let [error] = done.annotations("error")[..] else {
        panic!("{done:?}")
    };
    assert!(error.contains("the plan no longer fits (exit code 6)"));
    assert!(error.contains("--plan-sha256 says 000"));
    assert!(
        done.summary
            .starts_with("## bkdel apply: nothing was sent (exit code 6)")
    );
    assert_eq!(done.outputs["exit-code"], "6");
    let done = Step::apply(&world).with("SHA256", "").run();
    done.exits(2);
    assert_eq!(done.annotations("error").len(), 1);
    assert_eq!(world.changes(), []);
}

#[test]
fn s17_drift_refuses_the_plan_or_leaves_one_out_with_a_warning() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    two(&world);
    world.change(&json!({
        "provider": "aws", "id": AWS.deletable[0], "set": {"protection": ["legal_hold"]},
    }));
    let done = Step::apply(&world).run();
    done.exits(6);
    assert!(done.annotations("error")[0].contains("legal hold"));
    assert_eq!(world.changes(), []);
    let done = Step::apply(&world).with("ON_DRIFT", "skip").run();
    done.exits(3);
    let [warning] = done.annotations("warning")[..] else {
        panic!("{done:?}")
    };
    assert!(warning.starts_with("::warning title=bkdel apply%3A skipped"));
    assert!(warning.contains(AWS.deletable[0]));
    assert!(world.has("aws", AWS.deletable[0]));
    assert!(!world.has("aws", AWS.deletable[1]));
}

#[test]
fn a_guard_ends_the_step_with_5_and_a_missing_right_with_4() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    two(&world);
    let done = Step::apply(&world).with("ARGUMENTS", "--expect=77").run();
    done.exits(5);
    let error = done.annotations("error")[0];
    assert!(
        error.contains("refused (exit code 5)::2 would be deleted"),
        "{error}"
    );
    world.fault("aws:deny=DescribeRecoveryPoint");
    world.fault("aws:deny=ListRecoveryPointsByBackupVault");
    let done = Step::apply(&world).run();
    done.exits(4);
    let error = done.annotations("error")[0];
    assert!(error.contains("not authorized to perform"), "{error}");
    assert_eq!(world.changes(), []);
}

#[test]
fn ten_failures_are_shown_and_the_tenth_says_how_many_more_there_are() {
    if !is_installed("jq") {
        return;
    }
    let world = World::with(&["aws:deny=DeleteRecoveryPoint"]);
    Step::plan(&world, ELEVEN).run().exits(0);
    let done = Step::apply(&world).run();
    done.exits(3);
    let errors = done.annotations("error");
    assert_eq!(errors.len(), 10, "{errors:?}");
    for error in &errors[..9] {
        assert!(error.starts_with(
            "::error title=bkdel apply%3A failed (AccessDeniedException)::prod/arn:aws:ec2"
        ));
        assert!(error.contains("%0Ahint: allow backup:DeleteRecoveryPoint"));
    }
    assert_eq!(
        errors[9],
        "::error title=bkdel apply::2 more; the summary and the artifact have them"
    );
    assert!(done.summary.starts_with("## bkdel run: 11 failed"));
}

#[test]
fn what_is_not_confirmed_yet_is_a_warning_and_ends_with_8() {
    if !is_installed("jq") {
        return;
    }
    let world = World::lagging(Duration::from_mins(1), &[]);
    two(&world);
    let done = Step::apply(&world).with("ARGUMENTS", "--no-wait").run();
    done.exits(8);
    assert_eq!(done.annotations("warning").len(), 2);
    assert_eq!(done.annotations("error"), [""; 0]);
}

#[test]
fn s28_no_text_of_a_provider_is_a_command_of_the_runner() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    world.change(&json!({"add": {
        "provider": "aws", "type": "EBS", "status": "COMPLETED", "name": HOSTILE,
        "id": "prod/arn:aws:ec2:eu-central-1::snapshot/snap-00000000000000aaa",
        "scope": {"account": "111122223333", "region": "eu-central-1", "vault": "prod"},
        "resource": "arn:aws:ec2:eu-central-1:111122223333:volume/vol-0f3a9c2d7e5b81460",
        "created_at": "2024-01-01T00:00:00Z",
    }}));
    let done = Step::plan(&world, ELEVEN).run();
    done.exits(0);
    assert_eq!(done.outputs["delete"], "12");
    assert_eq!(done.commands(), [""; 0]);
    let done = Step::apply(&world).run();
    done.exits(0);
    assert_eq!(done.commands(), [""; 0]);

    // The document that the annotations are made of holds what a provider said, to the letter.
    let result = json!({"id": "prod/a, b: c", "outcome": "failed", "code": "A,B", "message": HOSTILE, "hint": null});
    fs::write(
        world.home().join("run.json"),
        json!({"results": [result]}).to_string(),
    )
    .unwrap();
    let done = Step::apply(&world)
        .with_program(
            "case \"$*\" in *'--output json'*) exec cat run.json ;; esac\n\
             [ \"$1\" = report ] || { touch apply/work/run.ndjson; exit 3; }",
        )
        .run();
    done.exits(3);
    assert_eq!(
        done.commands(),
        [
            "::error title=bkdel apply%3A failed (A%2CB)::prod/a, b: c: 100%25%0D%0A::error::boom\
          %0A::set-output name=x::y ## [error]z \u{fffd}[31m"
        ]
    );
}

#[test]
fn a_summary_is_cut_at_what_github_shows_and_names_the_artifact() {
    if !is_installed("jq") {
        return;
    }
    let world = World::new();
    for (lines, is_cut) in [(20_000, false), (200_000, true)] {
        let done = Step::plan(&world, ELEVEN)
            .with("ARTIFACT", "plan of `main`")
            .with_program(&format!(
                "\"$REAL\" \"$@\"\nif [ \"$1\" = report ]; then yes 'größer 夜間' | head -n {lines} || true; fi"
            ))
            .run();
        done.exits(0);
        assert!(
            done.summary.len() <= SUMMARY_LIMIT,
            "{}",
            done.summary.len()
        );
        let note = "> **Cut at 1 MiB**, which is all that GitHub shows. Everything is in the artifact `plan of main`.";
        assert_eq!(done.summary.starts_with(note), is_cut);
        assert!(done.summary.contains("## bkdel plan: 11 backups"));
        assert!(done.summary.ends_with("größer 夜間\n"), "cut within a line");
        if is_cut {
            assert!(done.summary.len() > SUMMARY_LIMIT - 2048);
        }
    }
}

#[test]
fn a_cancelled_job_stops_bkdel_which_records_and_reports_what_it_did() {
    if !is_installed("jq") {
        return;
    }
    // One in ten seconds: however slow the machine is, the rest is still to go when it is cancelled.
    let world = World::with(&["aws:throttle-delete=6/min"]);
    Step::plan(&world, ELEVEN).run().exits(0);
    let mut step = Step::apply(&world);
    let child = step
        .command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let journal = world.home().join("apply/work/run.ndjson");
    let patience = Instant::now() + Duration::from_mins(1);
    while !fs::read_to_string(&journal).is_ok_and(|text| text.contains("\"event\":\"answer\"")) {
        assert!(Instant::now() < patience, "nothing was sent");
        thread::sleep(Duration::from_millis(20));
    }
    // What a runner does first: only the step's own shell is told.
    let interrupt = ["-INT".to_owned(), child.id().to_string()];
    assert!(
        Command::new("kill")
            .args(interrupt)
            .status()
            .unwrap()
            .success()
    );
    let done = step.done(Ran::of(&child.wait_with_output().unwrap()));
    done.exits(143);
    assert_eq!(done.outputs["exit-code"], "143");
    assert!(done.summary.starts_with("## bkdel run: "));
    assert!(done.summary.contains("not attempted"), "{}", done.summary);
    assert!(done.annotations("warning").len() >= 2, "{done:?}");
}

#[test]
fn a_run_that_cannot_be_summarised_keeps_its_exit_code() {
    if !is_installed("jq") {
        return;
    }
    let world = World::with(&["aws:deny=DeleteRecoveryPoint"]);
    two(&world);
    let nowhere = world.home().join("nowhere/summary");
    let done = Step::apply(&world)
        .with("GITHUB_STEP_SUMMARY", nowhere.to_str().unwrap())
        .run();
    done.exits(3);
    assert_eq!(done.annotations("error").len(), 2);
}

#[test]
fn a_release_is_installed_only_with_its_digest_and_its_attestation() {
    let world = World::new();
    let bin = world.home().join("bin");
    fs::create_dir_all(&bin).unwrap();
    // A release with one archive, as gh would download it, and whether its attestation holds.
    program(
        &bin,
        "gh",
        "case \"$1\" in\n\
         release) mkdir -p bkdel-1.2.3-x86_64-unknown-linux-musl && echo hello >bkdel-1.2.3-x86_64-unknown-linux-musl/bkdel\n\
         tar -czf bkdel-1.2.3-x86_64-unknown-linux-musl.tar.gz bkdel-1.2.3-x86_64-unknown-linux-musl && rm -r bkdel-1.2.3-x86_64-unknown-linux-musl\n\
         { sha256sum bkdel-*.gz || shasum -a 256 bkdel-*.gz; } 2>/dev/null | sed \"$CHANGED\" >SHA256SUMS ;;\n\
         attestation) echo \"$*\" >>\"$HOME/attested\"; exit \"$FORGED\" ;;\n\
         esac",
    );
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let install = |version: &str, architecture: &str, changed: &str, forged: &str| {
        let added = world.home().join("path");
        fs::write(&added, "").unwrap();
        let done = Step::new(&world, "install")
            .with("VERSION", version)
            .with("RUNNER_OS", "Linux")
            .with("RUNNER_ARCH", architecture)
            .with("RUNNER_TEMP", world.home().to_str().unwrap())
            .with("GITHUB_PATH", added.to_str().unwrap())
            .with("PATH", &path)
            .with("CHANGED", changed)
            .with("FORGED", forged)
            .run();
        (done, fs::read_to_string(added).unwrap())
    };
    let (done, added) = install("1.2.3", "X64", "", "0");
    done.exits(0);
    assert_eq!(
        fs::read_to_string(Path::new(added.trim()).join("bkdel")).unwrap(),
        "hello\n"
    );
    let attested = fs::read_to_string(world.home().join("attested")).unwrap();
    assert!(attested.contains("--repo bkdel/bkdel"));
    assert!(attested.contains("--signer-workflow bkdel/bkdel/.github/workflows/release.yml"));

    for (version, architecture, changed, forged) in [
        ("", "X64", "", "0"),
        ("latest", "X64", "", "0"),
        ("1.2.3; touch pwned", "X64", "", "0"),
        ("1.2.3", "ARM", "", "0"),
        // Its line is missing, or of other bytes; then somebody else's attestation.
        ("1.2.3", "X64", "d", "0"),
        ("1.2.3", "X64", "s/^..../0000/", "0"),
        ("1.2.3", "X64", "", "1"),
    ] {
        let (done, added) = install(version, architecture, changed, forged);
        assert_ne!(
            done.ran.code,
            Some(0),
            "{version} {architecture} {changed} {forged}"
        );
        assert_eq!(added, "");
    }
}
