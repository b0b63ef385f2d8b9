"""bkdel lists what the official clients list: the same backups, with the same states, times and sizes."""

import json
from datetime import datetime
from typing import Any

import pytest
from sandbox import Sandbox


def backups(sandbox: Sandbox, *command: str) -> dict[str, dict[str, Any]]:
    """What bkdel lists, by id."""
    lines = sandbox.run("bkdel", *command, "-o", "ndjson").stdout.splitlines()
    listed = {backup["id"]: backup for backup in map(json.loads, lines)}
    assert len(listed) == len(lines) and {backup["schema"] for backup in listed.values()} == {"bkdel.backup/v1"}
    return listed


def time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1"])
def test_recovery_points_as_boto3_lists_them(sandbox: Sandbox, region: str) -> None:
    ours = backups(sandbox, "aws", "list", "--region", region)
    backup = sandbox.boto3(region=region)
    theirs = {}
    for vault in backup.list_backup_vaults()["BackupVaultList"]:
        pages = backup.get_paginator("list_recovery_points_by_backup_vault")
        for page in pages.paginate(BackupVaultName=vault["BackupVaultName"]):
            for point in page["RecoveryPoints"]:
                theirs[f"{vault['BackupVaultName']}/{point['RecoveryPointArn']}"] = (vault, point)
    assert ours.keys() == theirs.keys()
    for id_, (vault, point) in theirs.items():
        mine = ours[id_]
        assert mine["status"] == point["Status"] and mine["type"] == point["ResourceType"]
        assert mine["resource"] == point["ResourceArn"] and mine["size_bytes"] == point.get("BackupSizeInBytes")
        assert time(mine["created_at"]) == point["CreationDate"]
        assert time(mine["expires_at"]) == point.get("CalculatedLifecycle", {}).get("DeleteAt")
        assert mine["scope"]["vault"] == vault["BackupVaultName"] and mine["scope"]["region"] == region
        assert mine["protected"] or not vault["Locked"], f"{id_} is in a locked vault"


def test_backups_as_zilliz_lists_them(sandbox: Sandbox) -> None:
    ours = backups(sandbox, "zilliz", "list")
    rows = sandbox.json("zilliz", "backup", "list", "--all", "-o", "json")
    theirs = {f"{row['clusterId']}/{row['backupId']}": row for row in rows}
    assert ours.keys() == theirs.keys()
    for id_, row in theirs.items():
        mine = ours[id_]
        assert (mine["status"], mine["name"], mine["type"]) == (row["status"], row["backupName"], row["backupType"])
        assert time(mine["created_at"]) == time(row["createTime"]) and time(mine["expires_at"]) == time(row["expireTime"])
        # Zilliz says 0 for what it does not know.
        assert (mine["size_bytes"] or 0) == row["size"] and mine["size_bytes"] != 0
        assert mine["healthy"] is (row["status"] == "AVAILABLE")


def test_regions_as_avn_lists_them(sandbox: Sandbox) -> None:
    ours = backups(sandbox, "aiven", "list")
    theirs = {}
    for project in sandbox.json("avn", "project", "list", "--json"):
        name = project["project_name"]
        for service in sandbox.json("avn", "service", "list", "--project", name, "--json"):
            for region in service["user_config"].get("additional_backup_regions", []):
                theirs[f"{name}/{service['service_name']}/{region}"] = service
    assert ours.keys() == theirs.keys()
    for id_, service in theirs.items():
        assert ours[id_]["protected"] is service["termination_protection"]
        assert ours[id_]["scope"]["service"] == service["service_name"]
