"""A `bkdel sandbox` as a child, commands timed against it by GNU time, and what it says they asked for."""

import json
import os
import re
import shlex
import signal
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

#: The variable that is printed last.
LAST = "AIVEN_AUTH_TOKEN"

#: Loopback is asked directly, whatever proxy the machine is set up with.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Taken:
    seconds: float
    cpu: float
    peak_mib: float


class Sandbox:
    def __init__(self, folder: Path, data: Path, *faults: str):
        self.bkdel, self.folder = os.environ["BKDEL"], folder
        self.env = {"HOME": str(folder), "PATH": os.environ["PATH"], "BKDEL_STATE_DIR": str(folder / "state")}
        self.started = 0.0
        command = [self.bkdel, "sandbox", "--port", "0", "--lag", "0s", "--data", str(data)]
        for fault in faults:
            command += ["--fault", fault]
        self.child = subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> "Sandbox":
        while LAST not in self.env:
            line = self.child.stdout.readline()
            if not line:
                raise SystemExit(f"scale: the sandbox did not start: {self.child.wait()}")
            words = shlex.split(line)
            if words[0] == "export":
                name, value = words[1].split("=", 1)
                self.env[name] = value
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Ends it as Ctrl-C does, so that it takes its files with it."""
        self.child.send_signal(signal.SIGINT)
        self.child.wait(30)
        self.child.stdout.close()

    def timed(self, *arguments: str) -> Taken:
        """One command of bkdel, which must end with 0. What it prints goes to a file, as in a script."""
        figures, said = self.folder / "time", self.folder / "err"
        with (self.folder / "out").open("w") as out, said.open("w") as err:
            self.started = time.time()
            command = ["/usr/bin/time", "-v", "-o", figures, self.bkdel, *arguments]
            done = subprocess.run(command, env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            seconds = time.time() - self.started
        if done.returncode:
            raise SystemExit(f"scale: {shlex.join(arguments)} ended with {done.returncode}: {said.read_text()[-2000:]}")
        told = figures.read_text()

        def figure(name: str) -> float:
            return float(re.search(rf"{re.escape(name)}.*: ([\d.]+)", told).group(1))

        cpu = figure("User time (seconds)") + figure("System time (seconds)")
        return Taken(seconds, cpu, figure("Maximum resident set size (kbytes)") / 1024)

    def control(self, method: str, route: str) -> Any:
        request = urllib.request.Request(f"{self.env['AWS_ENDPOINT_URL']}/_sandbox/{route}", method=method)
        with DIRECT.open(request, timeout=60) as answer:
            return json.load(answer)

    def forget_requests(self) -> None:
        self.control("DELETE", "requests")

    def counts(self) -> dict[str, int]:
        """How many requests of each limit there were; the record itself keeps the last fifty thousand."""
        return self.control("GET", "counts")["counts"]

    def requests(self) -> list[dict[str, Any]]:
        log = self.control("GET", "requests")
        assert log["dropped"] == 0
        return log["requests"]

    def since_start(self, request: dict[str, Any]) -> float:
        """Seconds from the start of the last command."""
        # Nanoseconds are more than Python reads.
        whole, _, fraction = request["at"].rstrip("Z").partition(".")
        return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{fraction or 0}") - self.started
