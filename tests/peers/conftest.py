"""Fixtures: the binary under test, and sandboxes that end with their test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sandbox import Sandbox

#: What of the machine could lead a client that runs inside pytest (boto3) elsewhere.
ASTRAY = ("AWS_", "AIVEN_", "ZILLIZ", "BKDEL_")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(scope="session")
def bkdel() -> Path:
    """The binary; `tests/peers/run` builds it and says where it is."""
    path = os.environ.get("BKDEL")
    if not path:
        pytest.exit("BKDEL names no binary: start the suite with tests/peers/run", returncode=2)
    return Path(path)


@pytest.fixture(autouse=True)
def hermetic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials, profiles or proxies of whoever runs the suite."""
    for name in list(os.environ):
        if name.upper().startswith(ASTRAY) or name.upper() in PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def start(bkdel: Path, tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """Starts sandboxes: `start(lag="0s", data=[…], faults=[…])`."""
    started: list[Sandbox] = []

    def begin(**options) -> Sandbox:
        sandbox = Sandbox(bkdel, tmp_path / f"sandbox-{len(started)}", **options)
        started.append(sandbox)
        return sandbox

    yield begin
    for sandbox in started:
        sandbox.stop()


@pytest.fixture
def sandbox(start: Callable[..., Sandbox]) -> Sandbox:
    """A sandbox with the demo data."""
    return start()
