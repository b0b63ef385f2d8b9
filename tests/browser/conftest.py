"""Fixtures: reports that the real binary wrote, and browsers that know nothing of whoever runs the suite."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from journals import Journal
from page import Page
from selenium import webdriver


@pytest.fixture(scope="session")
def bkdel() -> Path:
    """The binary; `tests/browser/run` builds it and says where it is."""
    path = os.environ.get("BKDEL")
    if not path:
        pytest.exit("BKDEL names no binary: start the suite with tests/browser/run", returncode=2)
    return Path(path)


@pytest.fixture(scope="session")
def report(bkdel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes the report of a journal, once: `report("hostile", journal(20, hostile=True))`."""
    folder = tmp_path_factory.mktemp("reports")

    def write(name: str, made: Callable[[], Journal]) -> Path:
        page = folder / f"{name}.html"
        if not page.exists():
            journal = made().write(folder / f"{name}.ndjson")
            command = [bkdel, "report", journal, "-o", "html", "--out", page]
            subprocess.run(command, check=True, timeout=300, env={"HOME": str(folder), "PATH": os.environ["PATH"]})
        return page

    return write


@pytest.fixture
def browse(tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens pages: `browse(path, width=360, dark=True, scripts=False)`."""
    drivers: list[webdriver.Chrome] = []

    def begin(path: Path, width: int = 1280, height: int = 900, dark: bool = False, scripts: bool = True) -> Page:
        options = webdriver.ChromeOptions()
        options.binary_location = os.environ["CHROMIUM"]
        for flag in (
            "--headless",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            f"--user-data-dir={tmp_path / f'profile-{len(drivers)}'}",
        ):
            options.add_argument(flag)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = webdriver.ChromeService(executable_path=os.environ["CHROMEDRIVER"])
        driver = webdriver.Chrome(options=options, service=service)
        drivers.append(driver)
        return Page(driver, path, width, height, dark, scripts)

    yield begin
    for driver in drivers:
        driver.quit()
