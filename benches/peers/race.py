"""bkdel beside what people would use instead; started by `benches/peers/run`. Prints the table; every figure goes to `--out`."""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contenders import ALL, Contender
from measure import Circumstances, measured

#: What is slower than the quota by itself is given what it can do in so many seconds.
SLOW = 10

#: Of these it is told how long one deletion takes, as a process of its own.
SINGLE = ["bkdel", "loop", "cli", "sdk"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benches/peers/run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="five seconds each: for trying the benchmark itself")
    parser.add_argument("--seconds", type=float, help="how long each quota is to be kept busy [30]")
    parser.add_argument("--quota", type=float, action="append", help="deletions a second; repeatable [10, 100, 500]")
    parser.add_argument("--unbounded", type=int, help="deletions without a quota; 0 leaves them out [5000]")
    parser.add_argument("--latency", type=float, default=75, help="milliseconds until each answer [75]")
    parser.add_argument("--lag", default="0s", help="how long a deletion takes after it was accepted [0s]")
    parser.add_argument("--only", action="append", choices=ALL, help="this contender alone; repeatable")
    parser.add_argument("--single", type=int, help="runs of the row of single deletions; 0 leaves it out [11]")
    parser.add_argument("--out", type=Path, help="a file for every figure, as JSON")
    given = parser.parse_args()
    for name, quick, full in (("seconds", 5, 30), ("unbounded", 500, 5000), ("single", 3, 11)):
        if getattr(given, name) is None:
            setattr(given, name, quick if given.quick else full)
    given.quota = given.quota or [10, 100, 500]
    return given


def main() -> None:
    given = arguments()
    chosen = {key: ALL[key] for key in given.only or ALL}
    results: list[dict[str, Any]] = []
    rounds: list[tuple[Circumstances, int]] = [
        (Circumstances(quota, given.latency / 1000, given.lag), round(quota * given.seconds)) for quota in given.quota
    ]
    if given.unbounded:
        rounds += [(Circumstances(None, latency, given.lag), given.unbounded) for latency in (given.latency / 1000, 0)]
    with tempfile.TemporaryDirectory(prefix="bkdel-race-") as name:
        folder = Path(name)

        def run(contender: Contender, circumstances: Circumstances, count: int) -> dict[str, Any]:
            own = fitting(contender, circumstances, count)
            result = measured(contender, circumstances, own, folder / str(len(list(folder.iterdir()))))
            results.append({**result, "of": count, "over": over(result, circumstances, count)})
            if given.out:
                given.out.write_text(json.dumps(document(given, results), indent=1))
            return results[-1]

        print("\n".join(header()))
        for circumstances, count in rounds:
            for key, contender in chosen.items():
                # Reading back is a matter of the comparison without a quota.
                if key == "verified" and circumstances.quota:
                    continue
                print(row(run(contender, circumstances, count)), flush=True)
        if given.single:
            print("\n| one deletion, no latency | median | CPU | peak memory |\n|---|---|---|---|")
            for key in SINGLE:
                if key in chosen:
                    runs = [run(chosen[key], Circumstances(None, 0, given.lag), 1) for _ in range(given.single)]
                    print(single(chosen[key], runs), flush=True)


def fitting(contender: Contender, circumstances: Circumstances, count: int) -> int:
    """Each row says its own count: hours of one call after the other would tell no more."""
    speed = contender.speed(circumstances.latency)
    if speed is None or (circumstances.quota and circumstances.quota < speed):
        return count
    return min(count, max(round(speed * SLOW), 1))


def over(result: dict[str, Any], circumstances: Circumstances, count: int) -> float | None:
    """How many times the ideal: of what it deleted, or of all of them at its speed where it was given fewer."""
    fewer = result["count"] < count
    ideal = circumstances.ideal(count if fewer else result["deleted"])
    return result["wall"] * (count / result["count"] if fewer else 1) / ideal if ideal else None


def document(given: argparse.Namespace, results: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(),
        "machine": f"{os.cpu_count()}-core {platform.machine()}, {platform.system()} {platform.release()}",
        "arguments": sys.argv[1:],
        "seconds": given.seconds,
        "results": results,
    }


def header() -> list[str]:
    return [
        "| quota, latency | contender | time | over the ideal | deleted | failed | refused | a second | CPU per deletion "
        "| peak memory | start-up |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]


def row(result: dict[str, Any]) -> str:
    quota = f"{result['quota']:g}/s" if result["quota"] else "none"
    deleted, over = result["deleted"], result["over"]
    about = "≈ " if result["count"] < result["of"] else ""
    # Its own account, where it is not the truth.
    said = "" if result["deleted_it_says"] == deleted else f" (says {result['deleted_it_says']:,})"
    sent = result["deletes_sent"]
    return cells(
        f"{quota}, {result['latency'] * 1000:.0f} ms",
        result["contender"],
        f"{result['wall']:.1f} s",
        f"{about}{over:.0f}" if over and about else f"{over:.2f}" if over else "–",
        f"{deleted:,}{said}",
        f"{result['failed']:,}",
        f"{'≥ ' if result['requests_forgotten'] else ''}{result['refused'] / sent:.1%}" if sent else "–",
        f"{deleted / result['wall']:.0f}",
        f"{result['cpu'] / deleted * 1000:.2f} ms" if deleted else "–",
        memory(result),
        f"{result['start_up'] * 1000:.0f} ms" if result["start_up"] is not None else "–",
    )


def single(contender: Contender, runs: list[dict[str, Any]]) -> str:
    assert all(run["deleted"] == 1 for run in runs)
    median = {name: statistics.median(run[name] for run in runs) for name in ("wall", "cpu", "peak_kib")}
    return cells(contender.name, f"{median['wall'] * 1000:.0f} ms", f"{median['cpu'] * 1000:.0f} ms", memory(median))


def memory(result: dict[str, Any]) -> str:
    return f"{result['peak_kib'] / 1024:.0f} MiB"


def cells(*texts: str) -> str:
    return f"| {' | '.join(texts)} |"


if __name__ == "__main__":
    main()
