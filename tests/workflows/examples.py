"""Takes the examples out of docs/ci.md into files for the linters, and checks what no linter does.

    examples.py ROOT FOLDER

A block's language is followed by the word for what it is: `github`, `gitlab`, `nightly`, `service`, `timer`.
"""

import pathlib
import re
import sys

import yaml

root, folder = map(pathlib.Path, sys.argv[1:])
wrong = []


def blocks():
    page = (root / "docs/ci.md").read_text()
    for block in re.finditer(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        yield block[2] or block[1], block[3]


def actions_of(workflow):
    """The steps that use this project's actions, with the files of those."""
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if name := re.fullmatch(r"bkdel/bkdel/(\.github/actions/\w+)@.*", step.get("uses", "")):
                yield step, yaml.safe_load((root / name[1] / "action.yml").read_text())


def check_inputs(workflow):
    used = 0
    for step, action in actions_of(workflow):
        used += 1
        given = set(step.get("with", {}))
        required = {name for name, value in action["inputs"].items() if value.get("required")}
        wrong.extend(f"{step['uses']}: no input {name}" for name in given - set(action["inputs"]))
        wrong.extend(f"{step['uses']}: {name} is required" for name in required - given)
    if used < 2:
        wrong.append("the example uses neither action")


def check_outputs(workflow):
    """What later jobs read of the plan is what the action gives."""
    outputs = yaml.safe_load((root / ".github/actions/plan/action.yml").read_text())["outputs"]
    for value in workflow["jobs"]["plan"]["outputs"].values():
        name = re.fullmatch(r"\$\{\{ steps\.plan\.outputs\.(\w+) \}\}", value)[1]
        if name not in outputs:
            wrong.append(f"the action plan has no output {name}")


def gitlab_scripts(pipeline):
    """Every script of a pipeline as one for a shell."""
    for name, job in pipeline.items():
        if isinstance(job, dict):
            for part in ("before_script", "script", "after_script"):
                if part in job:
                    yield f"gitlab-{name.strip('.')}-{part}.sh", "#!/bin/sh\n" + "\n".join(job[part]) + "\n"


found = {}
scripts = folder / "scripts"
scripts.mkdir(parents=True)
for kind, text in blocks():
    found.setdefault(kind, text)
    if kind == "sh":
        (scripts / f"sh-{len(list(scripts.iterdir()))}.sh").write_text("#!/bin/sh\n" + text)

missing = {"github", "gitlab", "nightly", "service", "timer", "cron"} - set(found)
if missing:
    sys.exit(f"docs/ci.md has no example of {', '.join(sorted(missing))}")

workflow = yaml.safe_load(found["github"])
check_inputs(workflow)
check_outputs(workflow)
workflows = folder / ".github/workflows"
workflows.mkdir(parents=True)
(workflows / "example.yml").write_text(found["github"])

for name, text in gitlab_scripts(yaml.safe_load(found["gitlab"])):
    (scripts / name).write_text(text)
nightly = scripts / "nightly"
nightly.write_text(found["nightly"])
nightly.chmod(0o755)
for line in found["cron"].splitlines():
    (scripts / "cron.sh").write_text("#!/bin/sh\n" + line.split(maxsplit=5)[5] + "\n")

# A unit is judged by the files that it names, and this machine has them elsewhere.
installed = "/usr/local/lib/bkdel/nightly"
if installed not in found["service"]:
    wrong.append(f"the service does not start {installed}")
(folder / "bkdel.service").write_text(found["service"].replace(installed, str(nightly)))
(folder / "bkdel.timer").write_text(found["timer"])

# What the examples say in words that programs must keep to.
if "SuccessExitStatus=8" not in found["service"] or "Persistent=true" not in found["timer"]:
    wrong.append("exit code 8 fails the service, or the timer forgets a missed night")

if wrong:
    sys.exit("\n".join(wrong))
