"""Who takes part: the command of each, how many it can be given, and how it says what it did."""

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seeding import VAULT

BOTO = str(Path(__file__).with_name("boto.py"))


@dataclass(frozen=True)
class Contender:
    name: str
    #: From the file with an ARN a line and how many there are.
    command: Callable[[Path, int], list[str]]
    #: From standard output, standard error and how many there were: how many it says it deleted.
    account: Callable[[str, str, int], int]
    #: About what it does a second at this latency in seconds, where that is far below what is asked for; `None`: no bound.
    speed: Callable[[float], float | None] = lambda latency: None


def bkdel(arns: Path, count: int) -> list[str]:
    """The command a person writes: it looks for itself at what there is, and never sees the list that the others are given."""
    return [
        os.environ["BKDEL"], "aws", "delete", "--vault", VAULT, "--keep-last", "1", "--yes", "--max-delete", str(count),
        "-o", "json", "--quiet", "--journal", str(arns.with_suffix(".journal")),
    ]  # fmt: skip


def boto(threads: int, *more: str) -> Callable[[Path, int], list[str]]:
    return lambda arns, _: [sys.executable, BOTO, str(threads), VAULT, str(arns), *more]


def sdk(retries: str) -> Callable[[Path, int], list[str]]:
    return lambda arns, _: [os.environ["PEERS_SDK"], retries, VAULT, str(arns)]


def cli(arns: Path, _: int) -> list[str]:
    aws = str(Path(sys.executable).with_name("aws"))
    call = ["backup", "delete-recovery-point", "--backup-vault-name", VAULT, "--recovery-point-arn"]
    return ["xargs", "-a", str(arns), "-P", "8", "-n", "1", aws, *call]


def own(out: str, _err: str, _count: int) -> int:
    return json.loads(out)["deleted"]


ALL = {
    "bkdel": Contender("bkdel, planned, journalled, read back", bkdel, lambda out, _, __: json.loads(out)["summary"]["deleted"]),
    "loop": Contender("boto3, a loop", boto(1), own, lambda latency: 1 / latency if latency else None),
    "verified": Contender(
        "boto3, a loop, each read back", boto(1, "--read-back"), own, lambda latency: 0.5 / latency if latency else None
    ),
    "threads": Contender("boto3, 32 threads", boto(32), own),
    "cli": Contender(
        "`aws` in `xargs -P 8`", cli, lambda _, err, count: count - len(re.findall("An error occurred", err)), lambda _: 2
    ),
    "sdk": Contender("Rust SDK, default retries, 64 at once", sdk("standard"), own),
    "adaptive": Contender("Rust SDK, adaptive retries, 64 at once", sdk("adaptive"), own),
}
