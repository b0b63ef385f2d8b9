"""Sizes and scopes; started by `benches/scale/run`, which says what for."""

import argparse
import json
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox import Sandbox, Taken

#: More are listed and planned, and not deleted.
MOST_DELETED = 100_000
#: Recovery points of one resource, of which the newest stays.
EACH = 50
HOME, REGION = "111122223333", "eu-central-1"
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)
REGIONS = ["ap-south-1", "eu-central-1", "eu-west-1", "us-east-1"]
KEEP = ["--keep-last", "1"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benches/scale/run")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--points", type=int, action="append")
    parser.add_argument("--scopes", action="store_true")
    parser.add_argument("--accounts", type=int, default=50)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    with tempfile.TemporaryDirectory(prefix="bkdel-scale-") as name:
        folder = Path(name)
        if given.scopes:
            many_scopes(folder, given.accounts)
        else:
            sizes = given.points or [1_000, 10_000, 100_000]
            one_vault(folder, sizes + ([1_000_000] if given.million else []))


# One vault, ever larger.


def one_vault(folder: Path, sizes: list[int]) -> None:
    print("| points | what | time | CPU a point | peak memory | requests | other than deletions, a deletion |")
    print("|---|---|---|---|---|---|---|")
    for size in sizes:
        data = folder / "data.ndjson"
        with data.open("w") as file:
            for number in range(size):
                file.write(json.dumps(snapshot(number)) + "\n")
        with Sandbox(folder, data) as sandbox:
            for what, command in rows(folder, size):
                sandbox.forget_requests()
                taken = sandbox.timed(*command)
                counts = sandbox.counts()
                print(row(size, what, taken, counts), flush=True)
        for left in folder.glob("run*.ndjson"):
            left.unlink()


def rows(folder: Path, size: int) -> list[tuple[str, list[str]]]:
    vault = ["--vault", "bench"]
    delete = ["aws", "delete", *vault, *KEEP, "-q"]
    journal = str(folder / f"run-{size}.ndjson")
    all_sizes = [
        ("list, ndjson", ["aws", "list", *vault, "-o", "ndjson"]),
        ("list, a keep rule", ["aws", "list", *vault, *KEEP, "-o", "ids"]),
        ("dry run", [*delete, "--dry-run", "-o", "ids"]),
        ("dry run, saved", [*delete, "--dry-run", "-o", "ids", "--out", str(folder / "plan.json")]),
    ]
    if size > MOST_DELETED:
        return all_sizes
    return [
        *all_sizes,
        ("delete, verified", [*delete, "--yes", "--max-delete", str(size), "-o", "ndjson", "--journal", journal]),
        ("resume, nothing left", ["resume", journal, "-q"]),
        ("verify", ["verify", journal, "-q"]),
        ("report, html", ["report", journal, "-o", "html"]),
        ("report, json", ["report", journal, "-o", "json"]),
    ]


def row(size: int, what: str, taken: Taken, counts: dict[str, int]) -> str:
    deletions = sum(count for limit, count in counts.items() if limit.endswith("/DeleteRecoveryPoint"))
    requests = sum(counts.values())
    others = f"1 in {deletions / (requests - deletions):.0f}" if deletions else "–"
    return cells(
        f"{size:,}",
        what,
        f"{taken.seconds:.2f} s",
        f"{taken.cpu / size * 1e6:.1f} µs",
        f"{taken.peak_mib:.0f} MiB",
        f"{requests:,}",
        others,
    )


def snapshot(number: int) -> dict[str, Any]:
    volume, age = divmod(number, EACH)
    return {
        "provider": "aws",
        "id": f"bench/arn:aws:ec2:{REGION}::snapshot/snap-{number:017x}",
        "scope": {"account": HOME, "region": REGION, "vault": "bench"},
        "resource": f"arn:aws:ec2:{REGION}:{HOME}:volume/vol-{volume:017x}",
        "type": "EBS",
        "name": f"volume-{volume}",
        "created_at": made(age),
        "size_bytes": 1 << 30,
        "status": "COMPLETED",
    }


# Many accounts and regions, one of them larger than the others.

QUOTA, SMALL, LARGE = 10, 50, 250


def many_scopes(folder: Path, accounts: int) -> None:
    names = [str(200_000_000_000 + number) for number in range(accounts)]
    largest = (names[accounts // 2], "eu-west-1")
    print(f"{QUOTA} deletions a second of each account and region, {SMALL:,} recovery points in each, {LARGE:,} in one;")
    print("every answer is late by 75 ms.\n")
    print("| scopes | list | delete, verified | first deletion | last deletion of the largest, of the others | CPU a deletion "
          "| peak memory | refused | other than deletions, a deletion |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    for chosen in ([largest], [(name, region) for name in names for region in REGIONS]):
        seeds = [
            own_point(account, region, number)
            for account, region in chosen
            for number in range(LARGE if (account, region) == largest else SMALL)
        ]
        data = folder / "data.ndjson"
        data.write_text("\n".join(json.dumps(seed) for seed in seeds))
        flags = [f"--role-arn=arn:aws:iam::{account}:role/bkdel" for account in dict.fromkeys(a for a, _ in chosen)]
        flags += [f"--region={region}" for region in dict.fromkeys(region for _, region in chosen)]
        with Sandbox(folder, data, "aws:latency=75ms", f"aws:throttle-delete={QUOTA}/s") as sandbox:
            listed = sandbox.timed("aws", "list", *flags, "-o", "ids")
            sandbox.forget_requests()
            act = ["--all-vaults", *KEEP, "--yes", "--max-delete", str(len(seeds)), "-q", "-o", "json"]
            taken = sandbox.timed("aws", "delete", *flags, *act, "--journal", str(folder / f"run-{len(chosen)}.ndjson"))
            print(scopes_row(len(chosen), "/".join(largest), listed, taken, sandbox), flush=True)


def scopes_row(scopes: int, largest: str, listed: Taken, taken: Taken, sandbox: Sandbox) -> str:
    requests = sandbox.requests()
    deletes = [request for request in requests if request["mutates"]]
    refused = sum(request["fault"] == "throttle" for request in deletes)
    deletions = len(deletes) - refused
    ends = {request["limit"].rsplit("/", 1)[0]: sandbox.since_start(request) for request in deletes}
    others = max((end for scope, end in ends.items() if scope != largest), default=None)
    return cells(
        str(scopes),
        f"{listed.seconds:.1f} s",
        f"{taken.seconds:.1f} s",
        f"{sandbox.since_start(deletes[0]):.1f} s",
        f"{ends[largest]:.1f} s, {f'{others:.1f} s' if others else '–'}",
        f"{taken.cpu / deletions * 1e6:.0f} µs",
        f"{taken.peak_mib:.0f} MiB",
        f"{refused / len(deletes):.1%}",
        f"{(len(requests) - len(deletes)) / deletions:.2f}",
    )


def own_point(account: str, region: str, number: int) -> dict[str, Any]:
    table, age = divmod(number, EACH)
    return {
        "provider": "aws",
        "id": f"prod/arn:aws:ec2:{region}::snapshot/snap-{account}{number:08x}",
        "scope": {"account": account, "region": region, "vault": "prod"},
        "resource": f"arn:aws:ec2:{region}:{account}:volume/vol-{table:017x}",
        "type": "EBS",
        "created_at": made(age),
        "size_bytes": 1 << 30,
        "status": "COMPLETED",
    }


def made(age: int) -> str:
    return (NEWEST - timedelta(days=age)).isoformat().replace("+00:00", "Z")


def cells(*texts: str) -> str:
    return f"| {' | '.join(texts)} |"


if __name__ == "__main__":
    main()
