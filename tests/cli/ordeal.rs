//! A plan that is carried out in as many goes as it takes, most of which are killed; and what must hold all the while.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use bkdel::run::journal::History;
use serde_json::Value;

use crate::{
    told::{self, Told},
    world::{Ran, World},
};

/// What may go at each provider, as a policy's target: several requests, and at Aiven one that removes two regions.
const TARGETS: [(&str, &str); 3] = [
    (
        "aws",
        "region = \"eu-central-1\"\nvault = \"prod\"\nresource = \"*vol-0f3a9c2d7e5b81460\"\nkeep-last = 12",
    ),
    (
        "zilliz",
        "cluster = \"in01-3f9a1c7be2d4650\"\nmethod = \"manual\"\ntype = \"CLUSTER\"\nolder-than = \"5d\"\nnewer-than = \"100d\"",
    ),
    (
        "aiven",
        "project = \"acme-prod\"\nservice = \"search-os\"\nregion = [\"azure-westeurope\", \"aws-eu-central-1\"]\nall = true",
    ),
];

/// No go of these takes longer, however busy the machine is.
const LONGEST: Duration = Duration::from_secs(20);

/// When a go is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kill {
    /// Once it has written so many lines, not counting the plan.
    AtLine(usize),
    /// So long after it began: wherever that is.
    After(Duration),
    /// Not at all.
    Never,
}

/// A saved plan over some of the providers, in a world of its own.
pub(crate) struct Ordeal {
    pub(crate) world: World,
    plan: PathBuf,
    /// What is to go, by full ids.
    pub(crate) planned: BTreeSet<String>,
    before: Value,
    /// More flags for every go.
    pub(crate) manner: Vec<String>,
}

impl Ordeal {
    /// Makes the plan; the faults come to be once it is made.
    pub(crate) fn of(providers: &[&str], lag: Duration, faults: &[&str], manner: &[&str]) -> Self {
        let world = World::lagging(lag, &[]);
        let policy: String = TARGETS
            .iter()
            .filter(|(provider, _)| providers.contains(provider))
            .map(|(provider, target)| {
                let name = format!("name = \"{provider}\"\nprovider = \"{provider}\"");
                ["[[target]]", &name, target, ""].join("\n")
            })
            .collect();
        let plan = world.home().join("plan.json");
        fs::write(world.home().join("policy.toml"), policy).unwrap();
        let out = plan.to_str().unwrap();
        world
            .bkdel(&["plan", "policy.toml", "-q", "--out", out])
            .exits(0);
        let document: Value = serde_json::from_str(&fs::read_to_string(&plan).unwrap()).unwrap();
        let planned: BTreeSet<String> = document["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["verdict"] == "delete")
            .map(|item| told::text(&item["backup"]["id"]))
            .collect();
        assert_eq!(planned.len(), 2 * providers.len(), "{planned:?}");
        let before = world.state();
        world.fault(&faults.join("\n"));
        let manner = manner.iter().map(ToString::to_string).collect();
        Self {
            world,
            plan,
            planned,
            before,
            manner,
        }
    }

    /// The run's journal, once there is one.
    pub(crate) fn journal(&self) -> Option<PathBuf> {
        let folder = self.world.home().join(".local/state/bkdel/runs");
        let mut journals: Vec<PathBuf> = fs::read_dir(folder)
            .ok()?
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "ndjson"))
            .collect();
        assert!(journals.len() <= 1, "one run, one journal: {journals:?}");
        journals.pop()
    }

    /// How many lines it has that tell what happened; `None` without a journal.
    fn happened(&self) -> Option<usize> {
        let bytes = fs::read(self.journal()?).ok()?;
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        Some(lines.filter(|line| !of_the_plan(line)).count())
    }

    /// Takes away the end of the journal, as a crash does with what was not flushed: of what was written since the last
    /// request, this share stays. A request waits for its flush, so nothing before it can be missing.
    pub(crate) fn lose_what_was_not_flushed(&self, stays: f64) {
        let Some(path) = self.journal() else { return };
        let journal = fs::read(&path).unwrap();
        let (mut end, mut flushed) = (0, 0);
        for line in journal.split_inclusive(|byte| *byte == b'\n') {
            end += line.len();
            if of_the_plan(line) || line.starts_with(b"{\"event\":\"intent") {
                flushed = end;
            }
        }
        let loose = u32::try_from(journal.len() - flushed).unwrap();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a length is a length"
        )]
        let kept = (f64::from(loose) * stays) as usize;
        fs::write(&path, &journal[..flushed + kept]).unwrap();
    }

    /// Takes away the journal's last line.
    pub(crate) fn lose_the_last_line(&self) {
        let path = self.journal().unwrap();
        let journal = fs::read_to_string(&path).unwrap();
        let (whole, _) = journal.trim_end().rsplit_once('\n').unwrap();
        fs::write(&path, format!("{whole}\n")).unwrap();
    }

    /// Whether all that was planned is gone.
    pub(crate) fn all_gone(&self) -> bool {
        self.planned.is_disjoint(&present(&self.world.state()))
    }

    /// How many requests arrived that change something.
    pub(crate) fn arrived(&self) -> usize {
        let requests = self.world.requests();
        requests
            .iter()
            .filter(|request| request["mutates"] == true)
            .count()
    }

    /// Whether a request that changes something has arrived at this provider.
    pub(crate) fn asked_at(&self, provider: &str) -> bool {
        let requests = self.world.requests();
        requests
            .iter()
            .any(|request| request["mutates"] == true && request["provider"] == provider)
    }

    /// The next go: the plan, or what is left of its run.
    pub(crate) fn command(&self) -> Command {
        let plan = self.plan.to_str().unwrap();
        let arguments = if self.journal().is_some() {
            ["resume", "last"]
        } else {
            ["apply", plan]
        };
        let mut command = self.world.command(&arguments);
        command.args(["--yes", "-o", "json"]).args(&self.manner);
        command
    }

    /// Begins it.
    pub(crate) fn begin(&self) -> Child {
        self.command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// One go. `None`: it was killed before it ended by itself.
    pub(crate) fn go(&self, kill: Kill) -> Option<Ran> {
        let begun = Instant::now();
        let before = self.happened().unwrap_or(0);
        let mut child = self.begin();
        loop {
            if child.try_wait().unwrap().is_some() {
                return Some(Ran::of(&child.wait_with_output().unwrap()));
            }
            let due = match kill {
                Kill::AtLine(lines) => self.happened().is_some_and(|now| now >= before + lines),
                Kill::After(delay) => begun.elapsed() >= delay,
                Kill::Never => false,
            };
            if due {
                child.kill().unwrap();
                let ran = Ran::of(&child.wait_with_output().unwrap());
                // It may have come to its end in that very moment.
                return ran.code.map(|_| ran);
            }
            assert!(begun.elapsed() < LONGEST, "{kill:?}: it does not end");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Goes on, unhindered, until nothing is left to do; and accounts for everything.
    #[track_caller]
    pub(crate) fn ends_well(&self) {
        for _ in 0..8 {
            let finished = self.told().is_some_and(|told| told.finished);
            let ran = self.go(Kill::Never).unwrap();
            self.holds();
            let ended_early = ran.err.contains("go on with: bkdel resume");
            if !ended_early {
                self.is_accounted_for(&ran, finished);
                self.is_finished();
                return;
            }
        }
        panic!("it never comes to its end");
    }

    /// What the journal tells; its chain holds (S26).
    pub(crate) fn told(&self) -> Option<Told> {
        let path = self.journal()?;
        if let Err(unfit) = History::open(&path) {
            panic!("{}: {unfit}", path.display());
        }
        Some(Told::by(&fs::read_to_string(path).unwrap()))
    }

    /// What must hold after each go, whatever became of it.
    #[track_caller]
    pub(crate) fn holds(&self) {
        let now = self.world.state();
        assert_eq!(
            without(&now, &self.planned),
            without(&self.before, &self.planned),
            "what is not planned is as it was"
        );
        let told = self.told().unwrap_or_default();
        // S20: what arrived was written down before. What was written down need not have arrived.
        let mut arrived: BTreeMap<String, usize> = BTreeMap::new();
        for request in self.world.requests() {
            if request["mutates"] == true {
                *arrived.entry(told::text(&request["path"])).or_default() += 1;
            }
        }
        for (path, arrived) in arrived {
            let intended = told.intended.get(&path).copied().unwrap_or_default();
            assert!(
                arrived <= intended,
                "{path}: {arrived} arrived, and {intended} were written down"
            );
        }
        // S22: what is called deleted is not there.
        let there = present(&now);
        for id in &told.deleted {
            assert!(
                !there.contains(id),
                "{id} is called deleted, and it is there"
            );
        }
    }

    /// What must hold once a go has come to the run's end. `finished`: it had done so before, and there was nothing to do.
    #[track_caller]
    fn is_accounted_for(&self, ran: &Ran, finished: bool) {
        let there = present(&self.world.state());
        let document = ran.json();
        let results = document["results"].as_array().unwrap();
        let ids: Vec<String> = results
            .iter()
            .map(|result| told::text(&result["id"]))
            .collect();
        let once: BTreeSet<String> = ids.iter().cloned().collect();
        assert_eq!(ids.len(), once.len(), "one outcome each: {ids:?}");
        assert_eq!(once, self.planned, "every item is accounted for");
        let mut gone = 0;
        for result in results {
            let id = told::text(&result["id"]);
            match result["outcome"].as_str().unwrap() {
                // Nobody else is at it, so what is gone is this run's doing.
                "deleted" => {
                    assert!(!there.contains(&id), "{result}");
                    gone += 1;
                }
                "failed" => assert!(there.contains(&id), "{result}"),
                _ => panic!("nothing is left open: {result}"),
            }
        }
        assert_eq!(document["summary"]["deleted"], gone);
        let all = usize::try_from(gone).unwrap() == self.planned.len();
        ran.exits(if all || finished { 0 } else { 3 });
    }

    /// Once more: there is nothing to do, and nothing is even asked (S21).
    #[track_caller]
    pub(crate) fn is_finished(&self) {
        let before = self.world.requests().len();
        let ran = self.go(Kill::Never).unwrap();
        ran.exits(0).says("nothing to do");
        assert_eq!(self.world.requests().len(), before);
    }
}

/// Whether a journal's line is one of those that it begins with.
pub(crate) fn of_the_plan(line: &[u8]) -> bool {
    line.starts_with(b"{\"event\":\"begin") || line.starts_with(b"{\"event\":\"item")
}

/// The full ids of everything that is there.
pub(crate) fn present(state: &Value) -> BTreeSet<String> {
    let mut there = BTreeSet::new();
    for (place, vault) in state["aws"]["vaults"].as_object().unwrap() {
        let vault_name = place.splitn(3, '/').nth(2).unwrap();
        let home = place.starts_with("111122223333/eu-central-1/");
        for arn in vault["points"].as_object().unwrap().keys() {
            if home {
                there.insert(format!("{vault_name}/{arn}"));
            }
        }
    }
    for backup in state["zilliz"]["backups"].as_array().unwrap() {
        there.insert(told::text(&backup["id"]));
    }
    for service in state["aiven"]["services"].as_array().unwrap() {
        for region in service["regions"].as_array().unwrap() {
            there.insert(told::text(&region["id"]));
        }
    }
    there
}

/// The state of everything but these.
fn without(state: &Value, planned: &BTreeSet<String>) -> Value {
    let mut state = state.clone();
    for (place, vault) in state["aws"]["vaults"].as_object_mut().unwrap() {
        let vault_name = place.splitn(3, '/').nth(2).unwrap();
        vault["points"]
            .as_object_mut()
            .unwrap()
            .retain(|arn, _| !planned.contains(&format!("{vault_name}/{arn}")));
    }
    let keep_others = |list: &mut Value| {
        list.as_array_mut()
            .unwrap()
            .retain(|one| !planned.contains(&told::text(&one["id"])));
    };
    keep_others(&mut state["zilliz"]["backups"]);
    state["zilliz"]["deleted_backups"].take();
    for service in state["aiven"]["services"].as_array_mut().unwrap() {
        keep_others(&mut service["regions"]);
        service["puts"].take();
        // The setting that names the regions.
        let name = format!(
            "{}/{}",
            told::text(&service["project"]),
            told::text(&service["service"])
        );
        if let Some(named) = service.pointer_mut("/user_config/additional_backup_regions") {
            named
                .as_array_mut()
                .unwrap()
                .retain(|region| !planned.contains(&format!("{name}/{}", told::text(region))));
        }
    }
    state
}
