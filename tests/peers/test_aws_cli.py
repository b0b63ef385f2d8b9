"""The AWS CLI takes the sandbox for AWS Backup, led there by the sandbox's variables alone.

The CLI carries a botocore of its own, so this is a second opinion, and the one whose exit codes and words people know.
"""

import json
from collections.abc import Callable

from sandbox import Sandbox, until

SNAPSHOT = "arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f001"
POINT = ("--backup-vault-name", "prod", "--recovery-point-arn", SNAPSHOT)
FAILED = 255


def test_lists_all_pages_of_a_vault(sandbox: Sandbox) -> None:
    listed = sandbox.aws(
        "list-recovery-points-by-backup-vault", "--backup-vault-name", "prod", "--page-size", "7",
        "--query", "RecoveryPoints[].RecoveryPointArn",
    )  # fmt: skip
    assert sorted(json.loads(listed.stdout)) == sorted(sandbox.points("prod"))
    assert [sent.query for sent in sandbox.requests("aws")][0] == "maxResults=7"
    assert len(sandbox.requests("aws")) > 3


def test_lists_vaults_whose_names_hold_slashes(sandbox: Sandbox) -> None:
    vaults = json.loads(sandbox.aws("list-backup-vaults").stdout)["BackupVaultList"]
    name = "aws/efs/automatic-backup-vault"
    assert name in [vault["BackupVaultName"] for vault in vaults]
    points = json.loads(sandbox.aws("list-recovery-points-by-backup-vault", "--backup-vault-name", name).stdout)
    assert len(points["RecoveryPoints"]) == 2


def test_deletes_and_reads_back(start: Callable[..., Sandbox]) -> None:
    # Long enough for the CLI to start in meanwhile.
    sandbox = start(lag="3s")
    assert sandbox.aws("delete-recovery-point", *POINT).stdout == ""
    assert json.loads(sandbox.aws("describe-recovery-point", *POINT).stdout)["Status"] == "DELETING"
    until(lambda: SNAPSHOT not in sandbox.points("prod"), "the point is gone")
    again = sandbox.aws("describe-recovery-point", *POINT, expect=FAILED)
    assert "(ResourceNotFoundException)" in again.stderr


def test_knows_the_refusals_by_their_codes(sandbox: Sandbox) -> None:
    ledger = next(iter(sandbox.points("audit-compliance")))
    cases = [
        (("--backup-vault-name", "nowhere", "--recovery-point-arn", SNAPSHOT), "(AccessDeniedException)"),
        (("--backup-vault-name", "prod", "--recovery-point-arn", SNAPSHOT + "0"), "(ResourceNotFoundException)"),
        (("--backup-vault-name", "audit-compliance", "--recovery-point-arn", ledger), "(InvalidRequestException)"),
    ]
    for arguments, code in cases:
        told = sandbox.aws("delete-recovery-point", *arguments, expect=FAILED)
        assert code in told.stderr and "DeleteRecoveryPoint operation" in told.stderr


def test_deletes_a_vault_that_is_empty(sandbox: Sandbox) -> None:
    full = sandbox.aws("delete-backup-vault", "--backup-vault-name", "prod", expect=FAILED)
    assert "(InvalidRequestException)" in full.stderr and "DeleteBackupVault operation" in full.stderr
    assert sandbox.aws("delete-backup-vault", "--backup-vault-name", "old-project").stdout == ""
    names = sandbox.aws("list-backup-vaults", "--query", "BackupVaultList[].BackupVaultName").stdout
    assert "old-project" not in json.loads(names)


def test_a_wrong_secret_is_found_out(sandbox: Sandbox) -> None:
    told = sandbox.aws("delete-recovery-point", *POINT, expect=FAILED, env={"AWS_SECRET_ACCESS_KEY": "wrong"})
    assert "(InvalidSignatureException)" in told.stderr
    assert sandbox.points("prod")[SNAPSHOT]["status"] == "COMPLETED"


def test_goes_where_the_region_says(sandbox: Sandbox) -> None:
    listed = sandbox.aws("list-backup-vaults", "--region", "us-east-1", "--query", "BackupVaultList[].BackupVaultName")
    assert json.loads(listed.stdout) == ["disaster-recovery", "prod"]


def test_tells_the_caller(sandbox: Sandbox) -> None:
    told = json.loads(sandbox.run("aws", "sts", "get-caller-identity").stdout)
    assert told["Account"] == "111122223333"


def test_tells_the_regions_of_the_account(sandbox: Sandbox) -> None:
    told = json.loads(sandbox.run("aws", "account", "list-regions", "--page-size", "2").stdout)["Regions"]
    regions = {region["RegionName"]: region["RegionOptStatus"] for region in told}
    assert regions["eu-central-1"] == "ENABLED_BY_DEFAULT" and regions["af-south-1"] == "DISABLED"
    assert len(sandbox.requests("aws")) == 3
    enabled = sandbox.run(
        "aws", "account", "list-regions", "--region-opt-status-contains", "ENABLED",
        "--query", "Regions[].RegionName",
    )  # fmt: skip
    assert json.loads(enabled.stdout) == ["eu-south-1"]
    sandbox.fault("aws:deny=ListRegions")
    denied = sandbox.run("aws", "account", "list-regions", expect=FAILED)
    assert "(AccessDeniedException)" in denied.stderr and "account:ListRegions" in denied.stderr


def test_assumes_roles_that_are_there(sandbox: Sandbox) -> None:
    def assume(role: str, **how: int) -> str:
        ran = sandbox.run("aws", "sts", "assume-role", "--role-arn", role, "--role-session-name", "peers", **how)
        return ran.stdout or ran.stderr

    told = json.loads(assume("arn:aws:iam::777788889999:role/bkdel"))
    assert told["AssumedRoleUser"]["Arn"] == "arn:aws:sts::777788889999:assumed-role/bkdel/peers"
    for role in ("arn:aws:iam::777788889999:role/nobody", "arn:aws:iam::000000000000:role/bkdel"):
        assert "(AccessDenied)" in assume(role, expect=FAILED)
