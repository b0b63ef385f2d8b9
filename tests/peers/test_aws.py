"""boto3 takes the sandbox for AWS Backup: every call that bkdel uses, its pages, and its refusals by code.

botocore is the judge of shapes here: it parses by the service's own model, so a wrong field, time or error type shows
as a missing key, an exception of its own, or the code "Unknown".
"""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, PaginationError
from sandbox import Sandbox, until

EFS_VAULT = "aws/efs/automatic-backup-vault"
SNAPSHOT = "arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f001"
VOLUME = "arn:aws:ec2:eu-central-1:111122223333:volume/vol-0f3a9c2d7e5b81460"
CONTINUOUS = "arn:aws:backup:eu-central-1:111122223333:recovery-point:continuous:orders-5d1c8a07"
HELD = "arn:aws:rds:eu-central-1:111122223333:snapshot:awsbackup:job-3f7c81d2-94ab-4e05-b6d8-0c2e5a91f003"
CREATING = "arn:aws:ec2:eu-central-1::image/ami-0c94e2b75fd1a8004"
DENIED, INVALID, NOT_FOUND = "AccessDeniedException", "InvalidRequestException", "ResourceNotFoundException"


def refusal(call: Any, **arguments: Any) -> tuple[str, int, str]:
    """The code, status and message that botocore sees."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["RequestId"]
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def arns(pages: Any) -> list[str]:
    return [point["RecoveryPointArn"] for page in pages for point in page["RecoveryPoints"]]


def gone(backup: Any, vault: str, arn: str) -> bool:
    try:
        backup.describe_recovery_point(BackupVaultName=vault, RecoveryPointArn=arn)
    except ClientError as error:
        assert error.response["Error"]["Code"] == NOT_FOUND
        return True
    return False


class TestReading:
    def test_the_vaults_tell_their_locks_and_types(self, sandbox: Sandbox) -> None:
        pages = sandbox.boto3().get_paginator("list_backup_vaults").paginate(PaginationConfig={"PageSize": 3})
        vaults = {vault["BackupVaultName"]: vault for page in pages for vault in page["BackupVaultList"]}
        now = datetime.now(timezone.utc)
        assert {name for name, vault in vaults.items() if vault["Locked"]} == {
            "airgap", "audit-compliance", "finance-governance", "payroll-grace"
        }
        assert "LockDate" not in vaults["finance-governance"]
        assert vaults["payroll-grace"]["LockDate"] > now > vaults["audit-compliance"]["LockDate"]
        assert vaults["payroll-grace"]["MinRetentionDays"] == 30
        assert vaults["airgap"]["VaultType"] == "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
        assert vaults["restore-access"]["VaultType"] == "RESTORE_ACCESS_BACKUP_VAULT"
        assert vaults["prod"]["NumberOfRecoveryPoints"] == len(sandbox.points("prod"))
        assert vaults[EFS_VAULT]["BackupVaultArn"].endswith(f":backup-vault:{EFS_VAULT}")

    def test_one_vault_is_described_under_its_name_with_slashes(self, sandbox: Sandbox) -> None:
        vault = sandbox.boto3().describe_backup_vault(BackupVaultName=EFS_VAULT)
        assert vault["BackupVaultName"] == EFS_VAULT and vault["NumberOfRecoveryPoints"] == 2

    def test_a_region_has_its_own_vaults(self, sandbox: Sandbox) -> None:
        names = [vault["BackupVaultName"] for vault in sandbox.boto3(region="us-east-1").list_backup_vaults()["BackupVaultList"]]
        assert names == ["disaster-recovery", "prod"]

    @pytest.mark.parametrize("fault", [None, "short-page", "short-page=0", "null-token"])
    def test_every_page_is_read_once(self, sandbox: Sandbox, fault: str | None) -> None:
        if fault:
            sandbox.fault(f"aws:{fault}")
        pages = sandbox.boto3().get_paginator("list_recovery_points_by_backup_vault")
        listed = arns(pages.paginate(BackupVaultName="prod", PaginationConfig={"PageSize": 5}))
        assert len(sandbox.requests("aws")) > 3
        assert sorted(listed) == sorted(sandbox.points("prod")) and len(set(listed)) == len(listed)

    def test_a_repeated_token_is_what_botocore_calls_one(self, sandbox: Sandbox) -> None:
        sandbox.fault("aws:repeated-token")
        pages = sandbox.boto3().get_paginator("list_recovery_points_by_backup_vault")
        with pytest.raises(PaginationError, match="same next token"):
            arns(pages.paginate(BackupVaultName="prod", PaginationConfig={"PageSize": 5}))

    def test_page_sizes_beyond_the_limits_are_refused(self, sandbox: Sandbox) -> None:
        backup = sandbox.boto3(config=Config(parameter_validation=False))
        for size in (0, 1001):
            code, status, _ = refusal(backup.list_recovery_points_by_backup_vault, BackupVaultName="prod", MaxResults=size)
            assert (code, status) == ("InvalidParameterValueException", 400)

    def test_lists_are_filtered_as_the_model_says(self, sandbox: Sandbox) -> None:
        backup = sandbox.boto3()

        def listed(**filters: Any) -> set[str]:
            pages = backup.get_paginator("list_recovery_points_by_backup_vault")
            return set(arns(pages.paginate(BackupVaultName="prod", **filters)))

        points = sandbox.points("prod")
        boundary = datetime.now(timezone.utc) - timedelta(days=30)

        def created(point: dict[str, Any]) -> datetime:
            return datetime.fromisoformat(point["created_at"].replace("Z", "+00:00"))

        assert listed(ByResourceArn=VOLUME) == {arn for arn, point in points.items() if point["resource"] == VOLUME}
        assert listed(ByResourceType="RDS") == {arn for arn, point in points.items() if point["type"] == "RDS"}
        assert listed(ByCreatedBefore=boundary) == {arn for arn, point in points.items() if created(point) < boundary}
        assert listed(ByCreatedAfter=boundary) == {arn for arn, point in points.items() if created(point) > boundary}
        parents = {point["parent"] for point in points.values() if point["parent"]}
        assert parents
        for parent in parents:
            assert listed(ByParentRecoveryPointArn=parent) == {arn for arn, point in points.items() if point["parent"] == parent}
        assert listed(ByBackupPlanId="00000000-0000-0000-0000-000000000000") == set()

    def test_a_point_is_described_with_times_and_sizes(self, sandbox: Sandbox) -> None:
        point = sandbox.boto3().describe_recovery_point(BackupVaultName="prod", RecoveryPointArn=SNAPSHOT)
        assert (point["Status"], point["ResourceType"], point["ResourceArn"]) == ("COMPLETED", "EBS", VOLUME)
        assert point["BackupSizeInBytes"] == 40 << 30 and point["StorageClass"] == "WARM" and point["IsParent"] is False
        age = datetime.now(timezone.utc) - point["CreationDate"]
        assert timedelta(days=1) < age < timedelta(days=1, hours=3)
        assert point["CalculatedLifecycle"]["DeleteAt"] > datetime.now(timezone.utc)

    def test_what_has_gone_wrong_with_a_point_is_told(self, sandbox: Sandbox) -> None:
        arn = next(arn for arn, point in sandbox.points("prod").items() if point["status"] == "EXPIRED")
        point = sandbox.boto3().describe_recovery_point(BackupVaultName="prod", RecoveryPointArn=arn)
        assert point["Status"] == "EXPIRED" and point["StatusMessage"]

    def test_points_are_found_by_their_resource(self, sandbox: Sandbox) -> None:
        pages = sandbox.boto3().get_paginator("list_recovery_points_by_resource")
        listed = arns(pages.paginate(ResourceArn=VOLUME, PaginationConfig={"PageSize": 4}))
        assert sorted(listed) == sorted(arn for arn, point in sandbox.points("prod").items() if point["resource"] == VOLUME)

    def test_legal_holds_name_their_points(self, sandbox: Sandbox) -> None:
        backup = sandbox.boto3()
        held: set[str] = set()
        for page in backup.get_paginator("list_legal_holds").paginate():
            for hold in page["LegalHolds"]:
                assert hold["Status"] in ("CREATING", "ACTIVE", "CANCELING", "CANCELED") and hold["Title"]
                pages = backup.get_paginator("list_recovery_points_by_legal_hold").paginate(
                    LegalHoldId=hold["LegalHoldId"], PaginationConfig={"PageSize": 1}
                )
                held |= set(arns(pages))
        assert HELD in held

    def test_tags_and_policies_are_read(self, sandbox: Sandbox) -> None:
        backup = sandbox.boto3()
        own = [arn for arn in sandbox.points("prod") if arn.startswith("arn:aws:backup:")]
        assert any(backup.list_tags(ResourceArn=arn)["Tags"] for arn in own)
        assert refusal(backup.list_tags, ResourceArn=SNAPSHOT)[0] == "InvalidParameterValueException"
        assert '"Deny"' in backup.get_backup_vault_access_policy(BackupVaultName=EFS_VAULT)["Policy"]
        assert refusal(backup.get_backup_vault_access_policy, BackupVaultName="prod")[0] == NOT_FOUND


class TestWho:
    def test_the_caller_and_the_accounts_alias_are_told(self, sandbox: Sandbox) -> None:
        caller = sandbox.boto3("sts").get_caller_identity()
        assert caller["Account"] == "111122223333" and caller["Arn"].startswith("arn:aws:iam::")
        assert sandbox.boto3("iam").list_account_aliases()["AccountAliases"] == ["example-production"]

    def test_a_role_opens_the_other_account(self, sandbox: Sandbox) -> None:
        role = {"RoleArn": "arn:aws:iam::444455556666:role/Backup", "RoleSessionName": "peers"}
        keys = sandbox.boto3("sts").assume_role(**role)["Credentials"]
        assert keys["Expiration"] > datetime.now(timezone.utc)
        own = {"key": keys["AccessKeyId"], "secret": keys["SecretAccessKey"]}
        vaults = sandbox.boto3(**own, token=keys["SessionToken"]).list_backup_vaults()["BackupVaultList"]
        assert [vault["BackupVaultName"] for vault in vaults] == ["staging"]
        assert refusal(sandbox.boto3(**own).list_backup_vaults)[0] == "UnrecognizedClientException"

    def test_a_role_can_want_an_external_id(self, sandbox: Sandbox) -> None:
        sandbox.fault("aws:external-id=tango")
        role = {"RoleArn": "arn:aws:iam::444455556666:role/Backup", "RoleSessionName": "peers"}
        assert refusal(sandbox.boto3("sts").assume_role, **role)[:2] == ("AccessDenied", 403)
        assert sandbox.boto3("sts").assume_role(**role, ExternalId="tango")["Credentials"]

    def test_a_wrong_signature_is_found_out(self, sandbox: Sandbox) -> None:
        code, status, message = refusal(sandbox.boto3(secret="wrong").list_backup_vaults)
        assert (code, status) == ("InvalidSignatureException", 403) and "does not match" in message
        assert refusal(sandbox.boto3(key="AKIAUNKNOWNUNKNOWN00").list_backup_vaults)[0] == "UnrecognizedClientException"
        unsigned = sandbox.boto3(config=Config(signature_version=UNSIGNED))
        assert refusal(unsigned.list_backup_vaults)[0] == "MissingAuthenticationTokenException"
        assert refusal(sandbox.boto3("sts", secret="wrong").get_caller_identity)[0] == "SignatureDoesNotMatch"

    def test_a_wrong_signature_deletes_nothing(self, sandbox: Sandbox) -> None:
        point = {"BackupVaultName": "prod", "RecoveryPointArn": SNAPSHOT}
        assert refusal(sandbox.boto3(secret="wrong").delete_recovery_point, **point)[0] == "InvalidSignatureException"
        assert sandbox.points("prod")[SNAPSHOT]["status"] == "COMPLETED"

    @pytest.mark.parametrize(
        ("fault", "code", "words"),
        [
            ("clock-skew", "InvalidSignatureException", "Signature expired"),
            ("clock-skew=behind", "InvalidSignatureException", "Signature not yet current"),
            ("expired-token", "ExpiredTokenException", "expired"),
        ],
    )
    def test_time_runs_out(self, sandbox: Sandbox, fault: str, code: str, words: str) -> None:
        sandbox.fault(f"aws:{fault}")
        told, status, message = refusal(sandbox.boto3().list_backup_vaults)
        assert (told, status) == (code, 403) and words in message


class TestDeleting:
    def test_a_point_is_deleting_and_then_gone(self, sandbox: Sandbox) -> None:
        backup, point = sandbox.boto3(), {"BackupVaultName": "prod", "RecoveryPointArn": SNAPSHOT}
        answer = backup.delete_recovery_point(**point)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert backup.describe_recovery_point(**point)["Status"] == "DELETING"
        assert refusal(backup.delete_recovery_point, **point)[:2] == ("InvalidResourceStateException", 400)
        until(lambda: gone(backup, "prod", SNAPSHOT), "the point is gone")
        assert refusal(backup.delete_recovery_point, **point)[:2] == (NOT_FOUND, 400)
        assert SNAPSHOT not in arns([backup.list_recovery_points_by_backup_vault(BackupVaultName="prod")])

    def test_a_200_can_end_in_expired(self, sandbox: Sandbox) -> None:
        sandbox.fault("aws:expired=1")
        backup, point = sandbox.boto3(), {"BackupVaultName": "prod", "RecoveryPointArn": SNAPSHOT}
        backup.delete_recovery_point(**point)
        until(lambda: backup.describe_recovery_point(**point)["Status"] == "EXPIRED", "the point is EXPIRED")
        assert "insufficient permissions" in backup.describe_recovery_point(**point)["StatusMessage"]
        backup.delete_recovery_point(**point)
        until(lambda: gone(backup, "prod", SNAPSHOT), "the second try takes it away")

    def test_a_deletion_can_stick_and_can_leave_a_tombstone(self, sandbox: Sandbox) -> None:
        sandbox.fault("aws:stuck=1", "aws:tombstone", "aws:no-lag")
        backup = sandbox.boto3()
        point = {"BackupVaultName": "prod", "RecoveryPointArn": SNAPSHOT}
        backup.delete_recovery_point(**point)
        assert backup.describe_recovery_point(**point)["Status"] == "DELETING"
        other = {**point, "RecoveryPointArn": SNAPSHOT.replace("f001", "f002")}
        backup.delete_recovery_point(**other)
        assert backup.describe_recovery_point(**other)["StorageClass"] == "DELETED"
        assert other["RecoveryPointArn"] not in arns([backup.list_recovery_points_by_backup_vault(BackupVaultName="prod")])

    @pytest.mark.parametrize(
        ("vault", "code", "words"),
        [
            ("finance-governance", INVALID, "locked"),
            ("payroll-grace", INVALID, "locked"),
            ("audit-compliance", INVALID, "locked"),
            ("airgap", INVALID, "air-gapped"),
            ("restore-access", INVALID, "restore access"),
            (EFS_VAULT, DENIED, "explicit deny in a resource-based policy"),
        ],
    )
    def test_vaults_protect_their_points(self, sandbox: Sandbox, vault: str, code: str, words: str) -> None:
        before = sandbox.points(vault)
        delete = sandbox.boto3().delete_recovery_point
        for arn in before:
            told, _, message = refusal(delete, BackupVaultName=vault, RecoveryPointArn=arn)
            assert told == code and words in message
        assert sandbox.points(vault) == before

    def test_a_lock_can_refuse_in_other_words(self, sandbox: Sandbox) -> None:
        sandbox.fault("aws:lock-error=denied")
        arn = next(iter(sandbox.points("audit-compliance")))
        code, status, _ = refusal(
            sandbox.boto3().delete_recovery_point, BackupVaultName="audit-compliance", RecoveryPointArn=arn
        )
        assert (code, status) == (DENIED, 403)

    def test_a_legal_hold_protects_and_can_come_late(self, sandbox: Sandbox) -> None:
        delete = sandbox.boto3().delete_recovery_point
        code, _, message = refusal(delete, BackupVaultName="prod", RecoveryPointArn=HELD)
        assert code == INVALID and "active legal hold(s)" in message
        sandbox.fault("aws:hold-late=1")
        assert "legal hold" in refusal(delete, BackupVaultName="prod", RecoveryPointArn=SNAPSHOT)[2]
        assert sandbox.points("prod")[SNAPSHOT]["status"] == "COMPLETED"

    @pytest.mark.parametrize(
        ("vault", "arn", "answer"),
        [
            ("nowhere", SNAPSHOT, (DENIED, 403, "Insufficient privileges to perform this action.")),
            ("prod", SNAPSHOT + "0", (NOT_FOUND, 400, None)),
            ("prod", CREATING, ("InvalidResourceStateException", 400, None)),
        ],
    )
    def test_what_cannot_be_deleted_is_told_apart(self, sandbox: Sandbox, vault: str, arn: str, answer: tuple) -> None:
        code, status, message = refusal(sandbox.boto3().delete_recovery_point, BackupVaultName=vault, RecoveryPointArn=arn)
        assert (code, status) == answer[:2] and answer[2] in (None, message)

    def test_a_refusal_can_be_without_a_word(self, sandbox: Sandbox) -> None:
        sandbox.fault("aws:deny-delete-message-empty")
        point = {"BackupVaultName": "prod", "RecoveryPointArn": SNAPSHOT}
        assert refusal(sandbox.boto3().delete_recovery_point, **point) == (DENIED, 403, "")

    def test_permissions_are_of_single_actions(self, sandbox: Sandbox) -> None:
        sandbox.fault("aws:deny=DeleteRecoveryPoint", "aws:deny=ListTags")
        backup, point = sandbox.boto3(), {"BackupVaultName": "prod", "RecoveryPointArn": SNAPSHOT}
        code, _, message = refusal(backup.delete_recovery_point, **point)
        assert code == DENIED and "backup:DeleteRecoveryPoint" in message
        assert refusal(backup.list_tags, ResourceArn=CONTINUOUS)[0] == DENIED
        assert backup.describe_recovery_point(**point)["Status"] == "COMPLETED"

    def test_a_nested_point_goes_after_its_parent(self, sandbox: Sandbox) -> None:
        backup, points = sandbox.boto3(), sandbox.points("prod")
        child, parent = next((arn, point["parent"]) for arn, point in points.items() if point["parent"])
        code, _, message = refusal(backup.delete_recovery_point, BackupVaultName="prod", RecoveryPointArn=child)
        assert code == INVALID and parent in message
        for arn in (parent, child):
            backup.delete_recovery_point(BackupVaultName="prod", RecoveryPointArn=arn)
            until(lambda arn=arn: gone(backup, "prod", arn), f"{arn} is gone")

    def test_a_continuous_point_takes_something_with_it(self, sandbox: Sandbox) -> None:
        sandbox.boto3().delete_recovery_point(BackupVaultName="prod", RecoveryPointArn=CONTINUOUS)
        assert any("rebooted" in effect for effect in sandbox.state("aws")["side_effects"])


class TestDeletingVaults:
    def test_only_an_empty_vault_goes(self, sandbox: Sandbox) -> None:
        backup = sandbox.boto3()
        code, status, message = refusal(backup.delete_backup_vault, BackupVaultName="prod")
        assert (code, status) == (INVALID, 400) and "contains recovery points" in message
        answer = backup.delete_backup_vault(BackupVaultName="old-project")
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        names = [vault["BackupVaultName"] for vault in backup.list_backup_vaults()["BackupVaultList"]]
        assert "old-project" not in names and "prod" in names

    def test_an_absent_vault_is_a_matter_of_rights_or_of_no_word(self, sandbox: Sandbox) -> None:
        delete = sandbox.boto3().delete_backup_vault
        assert refusal(delete, BackupVaultName="nowhere") == (DENIED, 403, "Insufficient privileges to perform this action.")
        sandbox.fault("aws:absent-vault")
        assert delete(BackupVaultName="nowhere")["ResponseMetadata"]["HTTPStatusCode"] == 200

    def test_locks_rights_and_policies_keep_an_empty_vault(self, sandbox: Sandbox) -> None:
        delete = sandbox.boto3().delete_backup_vault
        sandbox.change("aws", id="old-project", set={"lock": "immutable"})
        code, _, message = refusal(delete, BackupVaultName="old-project")
        assert code == INVALID and "locked" in message
        sandbox.change("aws", id="old-project", set={"lock": "none"})
        code, _, message = refusal(delete, BackupVaultName=EFS_VAULT)
        assert code == DENIED and "backup:DeleteBackupVault" in message and "resource-based policy" in message
        sandbox.fault("aws:deny=DeleteBackupVault")
        assert refusal(delete, BackupVaultName="old-project")[0] == DENIED

    def test_what_is_gone_can_count_for_a_while(self, sandbox: Sandbox) -> None:
        sandbox.fault("aws:late-count=1")
        delete = sandbox.boto3().delete_backup_vault
        assert "contains recovery points" in refusal(delete, BackupVaultName="old-project")[2]
        delete(BackupVaultName="old-project")


class TestTrouble:
    def test_too_many_requests_are_throttled(self, sandbox: Sandbox) -> None:
        sandbox.fault("aws:throttle=1/min")
        list_vaults = sandbox.boto3().list_backup_vaults
        list_vaults()
        assert refusal(list_vaults) == ("ThrottlingException", 400, "Rate exceeded")

    def test_a_failure_of_the_service_is_the_models(self, sandbox: Sandbox) -> None:
        sandbox.fault("aws:error-500-delete")
        point = {"BackupVaultName": "prod", "RecoveryPointArn": SNAPSHOT}
        assert refusal(sandbox.boto3().delete_recovery_point, **point)[:2] == ("ServiceUnavailableException", 500)
        assert sandbox.points("prod")[SNAPSHOT]["status"] == "COMPLETED"

    def test_a_lost_answer_leaves_the_deletion_standing(self, sandbox: Sandbox) -> None:
        sandbox.fault("aws:reset-after-delete=1")
        point = {"BackupVaultName": "prod", "RecoveryPointArn": SNAPSHOT}
        backup = sandbox.boto3()
        with pytest.raises(Exception, match="(?i)connection"):
            backup.delete_recovery_point(**point)
        assert backup.describe_recovery_point(**point)["Status"] == "DELETING"
