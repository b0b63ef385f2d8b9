"""One contender in one sandbox: what it took, what it says, and what the sandbox says."""

import os
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from contenders import Contender
from sandbox import Sandbox
from seeding import ACCOUNT, REGION, VAULT, points


@dataclass(frozen=True)
class Circumstances:
    #: Deletions a second that the provider grants; `None`: all.
    quota: float | None
    #: Of every answer, in seconds.
    latency: float
    lag: str

    def faults(self) -> list[str]:
        faults = [f"aws:latency={self.latency * 1000:.0f}ms"] if self.latency else []
        return faults + ([f"aws:throttle-delete={self.quota:g}/s"] if self.quota else [])

    def ideal(self, count: int) -> float | None:
        """When the last is granted to somebody who loses nothing: the bucket is full at the start, and holds a second's."""
        return max(count - self.quota, 0) / self.quota if self.quota else None


def measured(contender: Contender, circumstances: Circumstances, count: int, folder: Path) -> dict[str, Any]:
    folder.mkdir(parents=True)
    seeds, going = points(count)
    arns = folder / "arns"
    arns.write_text("".join(f"{arn}\n" for arn in going))
    sandbox = Sandbox(
        Path(os.environ["BKDEL"]), folder / "sandbox", lag=circumstances.lag, data=seeds, faults=circumstances.faults()
    )
    try:
        load = os.getloadavg()[0]
        taken, began = timed(contender.command(arns, count), sandbox, folder)
        said = contender.account(taken.pop("out"), taken.pop("err"), count)
        left = sandbox.state("aws")["vaults"][f"{ACCOUNT}/{REGION}/{VAULT}"]["points"]
        deleted = count - sum(arn in left for arn in going)
        # One that must stay and is gone would be the end of all comparing.
        assert len(left) == len(seeds) - deleted
        return {
            "contender": contender.name,
            **asdict(circumstances),
            "count": count,
            **taken,
            "deleted_it_says": said,
            "deleted": deleted,
            "failed": count - deleted,
            **requests(sandbox, began),
            "load_before": load,
        }
    finally:
        sandbox.stop()


def timed(command: Sequence[str], sandbox: Sandbox, folder: Path) -> tuple[dict[str, Any], float]:
    figures, out, err = folder / "time", folder / "out", folder / "err"
    # boto3 and the CLI load what they need from the sandbox's variables as bkdel does; pagers and colours are off by no terminal.
    env = {**sandbox.plain, **sandbox.variables, "BKDEL_STATE_DIR": str(folder / "state")}
    with out.open("w") as to, err.open("w") as errors:
        began = time.time()
        done = subprocess.run(
            ["/usr/bin/time", "-v", "-o", figures, *command], env=env, stdin=subprocess.DEVNULL, stdout=to, stderr=errors
        )
        wall = time.time() - began
    told = figures.read_text()

    def figure(name: str) -> float:
        return float(re.search(rf"{re.escape(name)}.*: ([\d.]+)", told).group(1))

    return {
        "command": [str(word) for word in command],
        "exit": done.returncode,
        "wall": wall,
        "cpu": figure("User time (seconds)") + figure("System time (seconds)"),
        "peak_kib": figure("Maximum resident set size (kbytes)"),
        "out": out.read_text(),
        "err": err.read_text(),
    }, began


def requests(sandbox: Sandbox, began: float) -> dict[str, Any]:
    log = sandbox.control("GET", "requests")
    entries = log["requests"]
    deletes = [entry for entry in entries if entry["mutates"]]
    first = min((seconds(entry) for entry in entries), default=began) if not log["dropped"] else None
    return {
        "requests": len(entries),
        "deletes_sent": len(deletes),
        "refused": sum(entry["fault"] == "throttle" for entry in deletes),
        # The sandbox keeps the last fifty thousand.
        "requests_forgotten": log["dropped"],
        "start_up": first - began if first else None,
        "first_delete": min(map(seconds, deletes), default=began) - began,
        "last_delete": max(map(seconds, deletes), default=began) - began,
        "last_request": max(map(seconds, entries), default=began) - began,
    }


def seconds(entry: dict[str, Any]) -> float:
    # Nanoseconds are more than Python reads.
    whole, _, fraction = entry["at"].rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{fraction or 0}")
