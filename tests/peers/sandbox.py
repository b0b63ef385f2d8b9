"""One `bkdel sandbox` for one test, with what the test asks of it and the clients that it is pointed at.

Every sandbox is a child of its own on a free port with its own data, so that no test sees another's deletions, and it is
stopped by its own process id.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

#: The variables without which a client would not find the sandbox; printed at its start.
NEEDED = {"AWS_ENDPOINT_URL", "AWS_SECRET_ACCESS_KEY", "ZILLIZ_CONFIG_DIR", "ZILLIZ_API_KEY", "AIVEN_WEB_URL", "AIVEN_AUTH_TOKEN"}

#: One attempt, soon given up: a test must see what one request is answered with, and may not hang.
ONE_ATTEMPT = {"total_max_attempts": 1, "mode": "standard"}

#: Loopback is asked directly, whatever proxy the machine is set up with.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Sent:
    """A request as the sandbox noted it. Of `Authorization`, the log keeps the scheme alone."""

    method: str
    path: str
    query: str
    body: str
    headers: Mapping[str, str]
    status: int | None
    provider: str | None
    mutates: bool

    @property
    def line(self) -> tuple[str, str]:
        return (self.method, self.path)

    @property
    def scheme(self) -> str:
        return self.headers.get("authorization", "").split(" ")[0]


class Sandbox:
    """A running `bkdel sandbox`."""

    def __init__(
        self,
        bkdel: Path,
        folder: Path,
        *,
        lag: str = "400ms",
        data: Iterable[Mapping[str, Any]] | None = None,
        faults: Iterable[str] = (),
    ):
        folder.mkdir(parents=True)
        self.bkdel = bkdel
        self.home = folder / "home"
        self.home.mkdir()
        temporary = folder / "tmp"
        temporary.mkdir()
        # Nothing of the machine's own settings, credentials or proxies.
        self.plain = {
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
            "TMPDIR": str(temporary),
            "PYTHONDONTWRITEBYTECODE": "1",
            # Tables of the clients are cut to the terminal's width.
            "COLUMNS": "300",
        }
        command = [str(bkdel), "sandbox", "--port", "0", "--lag", lag]
        if data is not None:
            # One array: an empty file would be no data, and an empty list is.
            file = folder / "data.json"
            file.write_text(json.dumps(list(data)))
            command += ["--data", str(file)]
        for fault in faults:
            command += ["--fault", fault]
        self.child = subprocess.Popen(
            command, env=self.plain, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        self.variables = self._read_variables()
        self.url = self.variables["AIVEN_WEB_URL"]

    def _read_variables(self) -> dict[str, str]:
        # A sandbox that does not start says nothing: it is stopped, and the reading below ends.
        watchdog = threading.Timer(15, self.child.kill)
        watchdog.start()
        variables: dict[str, str] = {}
        try:
            while not variables.keys() >= NEEDED:
                line = self.child.stdout.readline()
                if not line:
                    raise AssertionError(f"the sandbox did not start: {self.child.wait()}, {variables}")
                words = shlex.split(line)
                if words[0] == "export":
                    name, value = words[1].split("=", 1)
                    variables[name] = value
        finally:
            watchdog.cancel()
        return variables

    def stop(self) -> None:
        """Ends it as Ctrl-C does, so that it takes its files with it."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait(5)
        self.child.stdout.close()

    # What the sandbox tells about itself, and what is changed in it.

    def control(self, method: str, route: str, body: str | None = None) -> Any:
        """One of the routes under `/_sandbox/`, which no log and no fault concerns."""
        request = urllib.request.Request(
            f"{self.url}/_sandbox/{route}", method=method, data=body.encode() if body is not None else None
        )
        try:
            with DIRECT.open(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {route}: {error.read().decode()}") from error

    def state(self, provider: str) -> Any:
        return self.control("GET", "state")[provider]

    def fault(self, *faults: str) -> None:
        self.control("POST", "fault", "\n".join(faults))

    def no_faults(self) -> None:
        self.control("DELETE", "fault")

    def change(self, provider: str, **change: Any) -> None:
        """What somebody else does meanwhile."""
        self.control("POST", "change", json.dumps({"provider": provider, **change}))

    def requests(self, provider: str | None = None) -> list[Sent]:
        """What was sent so far, oldest first."""
        log = self.control("GET", "requests")
        assert log["dropped"] == 0
        return [
            Sent(
                method=entry["method"],
                path=entry["path"],
                query=entry["query"],
                body=entry["body"],
                headers=dict(entry["headers"]),
                status=entry["status"],
                provider=entry["provider"],
                mutates=entry["mutates"],
            )
            for entry in log["requests"]
            if provider in (None, entry["provider"])
        ]

    def mutating(self) -> list[Sent]:
        return [sent for sent in self.requests() if sent.mutates]

    def forget_requests(self) -> None:
        self.control("DELETE", "requests")

    def points(self, vault: str, place: str = "111122223333/eu-central-1") -> dict[str, Any]:
        """The recovery points of a vault, by ARN."""
        return self.state("aws")["vaults"][f"{place}/{vault}"]["points"]

    # The clients.

    def run(
        self, *command: str, expect: int | None = 0, env: Mapping[str, str] | None = None, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A client's command in the sandbox's environment; `expect` is its exit code, `None` for any."""
        program = [str(self.bkdel), *command[1:]] if command[0] == "bkdel" else list(command)
        done = subprocess.run(
            program,
            env={**self.plain, **self.variables, **(env or {})},
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            timeout=60,
        )
        told = f"{shlex.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert expect is None or done.returncode == expect, told
        return done

    def json(self, *command: str) -> Any:
        return json.loads(self.run(*command).stdout)

    def aws(self, *command: str, **how: Any) -> subprocess.CompletedProcess[str]:
        """`aws backup …`, one attempt."""
        env = {"AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "", **how.pop("env", {})}
        return self.run(
            "aws", "--cli-connect-timeout", "5", "--cli-read-timeout", "15", "backup", *command, env=env, **how
        )

    def boto3(self, service: str = "backup", region: str | None = None, **credentials: Any) -> Any:
        """A boto3 client; `credentials` (and `config`) take the place of the sandbox's own."""
        config = Config(retries=ONE_ATTEMPT, connect_timeout=5, read_timeout=15, proxies={})
        session = boto3.Session(
            aws_access_key_id=credentials.get("key", self.variables["AWS_ACCESS_KEY_ID"]),
            aws_secret_access_key=credentials.get("secret", self.variables["AWS_SECRET_ACCESS_KEY"]),
            aws_session_token=credentials.get("token"),
            region_name=region or self.variables["AWS_REGION"],
        )
        return session.client(
            service,
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            config=config.merge(credentials.get("config", Config())),
        )


def until(told: Callable[[], bool], what: str, seconds: float = 10) -> None:
    """Waits for something that takes the sandbox's lag."""
    end = time.monotonic() + seconds
    while not told():
        assert time.monotonic() < end, f"after {seconds} s still not: {what}"
        time.sleep(0.05)
