"""Journals of any size, with a chain that holds (`src/run/journal/chain.rs`), for the real binary to report on."""

import hashlib
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

STARTED = datetime(2026, 3, 1, 2, 0, tzinfo=timezone.utc)
ACCOUNT = "111122223333"
OUTCOMES = ("deleted", "already_absent", "pending", "unverified", "failed", "unknown", "skipped", "not_attempted")

#: Texts as somebody writes them who may name a backup, and wants more.
HOSTILE = (
    "<script>document.title='owned'</script>",
    "</script><script>document.title='owned'</script>",
    "\" onmouseover=\"document.title='owned'",
    "'><img src=x onerror=document.title='owned'>",
    "<!--<script>",
    "\u001b[31mred\u0007\u0000\u202egpj.exe",
    "{{data}} ${7*7} &lt;b&gt; \u2028\u2029 ]]>",
)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Journal:
    """Lines, each with the digest of the one before."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.head = "0" * 64

    def line(self, event: str, at: datetime, **fields: Any) -> None:
        text = json.dumps({"event": event, **fields, "at": stamp(at)}, separators=(",", ":"), ensure_ascii=False)
        text = f'{text[:-1]},"prev":"{self.head}'
        own = hashlib.sha256(text.encode()).hexdigest()
        line = f'{text}","sha256":"{own}"}}'.encode()
        self.head = hashlib.sha256(line).hexdigest()
        self.lines.append(line)

    def write(self, path: Path) -> Path:
        path.write_bytes(b"".join(line + b"\n" for line in self.lines))
        return path


def identity() -> dict[str, Any]:
    return {
        "provider": "aws",
        "account": ACCOUNT,
        "alias": "acme-prod",
        "principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/backup-operator/jane",
        "source": "profile prod",
        "endpoint": "https://backup.eu-central-1.amazonaws.com",
        "endpoint_overridden": False,
    }


def backup(number: int, resource: int, age: timedelta) -> dict[str, Any]:
    """The parts of a backup that a journal holds."""
    return {
        "provider": "aws",
        "id": f"prod/arn:aws:ec2:eu-central-1::snapshot/snap-{number:017x}",
        "scope": {"account": ACCOUNT, "region": "eu-central-1", "vault": "prod"},
        "resource": f"arn:aws:ec2:eu-central-1:{ACCOUNT}:volume/vol-{resource:017x}",
        "type": "EBS",
        "name": None,
        "created_at": stamp(STARTED - age),
        "expires_at": None,
        "size_bytes": None if number % 17 == 0 else 1_000_000_000 + number * 7919 % 90_000_000_000,
        "status": "COMPLETED",
        "healthy": True,
        "protection": [],
    }


def fate(number: int) -> str:
    """What becomes of the backup of this number: mostly it goes, and of each outcome there are some."""
    if number % 10 in (0, 1, 2):
        return "protected" if number % 70 == 0 else "kept"
    if number in (5, 14):
        return "failed" if number == 5 else "unknown"
    if number % 37 == 0:
        return OUTCOMES[number // 37 % len(OUTCOMES)]
    return "deleted"


FAILURES = {
    "failed": ("permission", "AccessDeniedException", "not authorized to perform backup:DeleteRecoveryPoint", "see what is missing with: bkdel doctor aws --print-policy"),
    "unknown": ("timeout", None, "no answer in 30 s, and reading back did not settle it", "look again: bkdel verify last"),
    "unverified": ("permission", "AccessDeniedException", "accepted, and backup:DescribeRecoveryPoint is not allowed", "allow backup:DescribeRecoveryPoint"),
    "pending": (None, None, "still listed as DELETING", None),
    "skipped": ("drift", None, "a legal hold was put on it since the plan", "make a new plan, and review it"),
    "not_attempted": ("interrupted", None, "the run ended before its turn", "go on with it: bkdel resume last"),
}


def journal(size: int, resources: int | None = None, hostile: bool = False, ended: bool = True) -> Journal:
    """A run over so many backups of so many resources."""
    resources = resources or max(2, size // 50)
    made = Journal()
    items = []
    keepers: dict[str, list[dict[str, Any]]] = {}
    for number in range(size):
        # One backup a day of each resource, the newest first.
        one = backup(number, number % resources, timedelta(days=number // resources, minutes=number % 60))
        if hostile:
            text = HOSTILE[number % len(HOSTILE)]
            one["name"] = text
            one["status"] = text
            one["resource"] = f"{text} {number % resources}"
        becomes = fate(number)
        going = becomes not in ("kept", "protected")
        if becomes == "protected":
            one["protection"] = ["legal_hold"]
        reasons = ["not the newest 3", "older than 20 days"] if going else ["kept by keep-weekly 4"]
        if becomes == "protected":
            reasons = ['legal hold "case 7"']
        if hostile:
            reasons = [HOSTILE[(number + 1) % len(HOSTILE)]]
        item = {
            "backup": one,
            "verdict": "delete" if going else "keep",
            "reasons": reasons,
            "fingerprint": f"{number:064x}",
            "refused": False,
            "section": 0,
            "group": one["resource"],
        }
        items.append((item, becomes))
        found = keepers.setdefault(one["resource"], [])
        if becomes == "kept":
            found.append(
                {"id": one["id"], "place": "prod", "created_at": one["created_at"]}
            )
    at = STARTED
    by = {"tool": "bkdel 0.1.0", "host": "ci-runner-7", "user": "jane", "identities": [identity()]}
    reason = HOSTILE[0] if hostile else "quarterly clean-up, CHG-4711"
    made.line(
        "begin",
        at,
        schema="bkdel.journal/v1",
        run_id="20260301T020000Z-7f3a",
        **by,
        reason=reason,
        items=len(items),
        plan={
            "sha256": "ab" * 32,
            "created_at": stamp(at - timedelta(minutes=9)),
            "sections": [
                {
                    "target": None,
                    "identity": identity(),
                    "scope": {"vault": ["prod"]},
                    "selection": {
                        "ids": [],
                        "from": [],
                        "inputs_sha256": None,
                        "allowed": [],
                        "older-than": "20d",
                        "keep-weekly": 4,
                        "unread": [],
                    },
                }
            ],
            "keepers": [
                {"group": group, "resource": group, "keepers": found} for group, found in keepers.items()
            ],
            "grave": [],
            "absent": [],
            "notes": [],
            "summary": {},
        },
    )
    for item, _ in items:
        made.line("item", at, **item)
    request = 0
    for item, becomes in items:
        if item["verdict"] == "keep":
            continue
        if not ended and request > size // 3:
            return made
        one = item["backup"]
        at += timedelta(milliseconds=120)
        result = {
            "provider": "aws",
            "id": one["id"],
            "scope": one["scope"],
            "resource": one["resource"],
            "outcome": becomes,
            "kind": None,
            "code": None,
            "message": None,
            "hint": None,
            "request_ids": [],
            "attempts": 0,
            "sent_at": None,
            "verified_at": None,
            "verified_by": None,
            "size_bytes": one["size_bytes"],
        }
        if becomes not in ("skipped", "not_attempted", "already_absent"):
            arn = one["id"].removeprefix("prod/").replace(":", "%3A").replace("/", "%2F")
            made.line(
                "intent",
                at,
                request=request,
                ids=[one["id"]],
                method="DELETE",
                url=f"https://backup.eu-central-1.amazonaws.com:443/backup-vaults/prod/recovery-points/{arn}",
            )
            request += 1
            result["request_ids"] = [f"{request:08x}-0000-4000-8000-{request:012x}"]
            result["attempts"] = 1
            result["sent_at"] = stamp(at)
        if becomes == "deleted":
            result["verified_at"] = stamp(at + timedelta(seconds=3))
            result["verified_by"] = "DescribeRecoveryPoint"
        if becomes in FAILURES:
            kind, code, message, hint = FAILURES[becomes]
            if hostile:
                code = message = hint = HOSTILE[request % len(HOSTILE)]
            result |= {"kind": kind, "code": code, "message": message, "hint": hint}
        made.line("outcome", at, result=result)
    if ended:
        made.line("end", at + timedelta(seconds=5), ended=None, exit_code=3, summary={})
    return made


if __name__ == "__main__":
    import sys

    journal(int(sys.argv[1])).write(Path(sys.argv[2]))
