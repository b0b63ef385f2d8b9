"""The recovery points: EBS snapshots of volumes in one vault, of which each volume's newest stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

ACCOUNT, REGION, VAULT = "111122223333", "eu-central-1", "bench"
EACH = 50


def arn(number: int) -> str:
    return f"arn:aws:ec2:{REGION}::snapshot/snap-{number:017x}"


def points(count: int) -> tuple[list[dict[str, Any]], list[str]]:
    """The vault's points, and the ARNs of the `count` of them that are to go."""
    seeds, going = [], []
    newest = datetime(2026, 11, 1, tzinfo=UTC)
    for number in range(count):
        volume, age = divmod(number, EACH)
        if age == 0:
            seeds.append(point(len(seeds), volume, newest))
        going.append(arn(len(seeds)))
        seeds.append(point(len(seeds), volume, newest - timedelta(days=age + 1)))
    return seeds, going


def point(number: int, volume: int, made: datetime) -> dict[str, Any]:
    return {
        "provider": "aws",
        "id": f"{VAULT}/{arn(number)}",
        "scope": {"account": ACCOUNT, "region": REGION, "vault": VAULT},
        "resource": f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-{volume:017x}",
        "type": "EBS",
        "name": f"volume-{volume}",
        "created_at": made.isoformat().replace("+00:00", "Z"),
        "size_bytes": 1 << 30,
        "status": "COMPLETED",
    }
