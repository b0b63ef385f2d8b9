"""Recovery points whose names are hard to write into a URL, each with a newer sibling, so that none is a last copy."""

from collections.abc import Iterator
from typing import Any

ACCOUNT, REGION = "111122223333", "eu-central-1"

#: Every form of recovery-point ARN that AWS Backup deletes by, save continuous ones, which need a word of their own.
ARNS = [
    f"arn:aws:ec2:{REGION}::snapshot/snap-0123456789abcdef0",
    f"arn:aws:ec2:{REGION}::image/ami-0123456789abcdef0",
    f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:awsbackup:job-3f7c81d2-94ab-4e05-b6d8-0c2e5a91f003",
    f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster-snapshot:awsbackup:job-b8e04c6f-2d51-4c7a-93fe-71a60d8c2b14",
    f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/sessions.v2_a/backup/01764201600000-8c1d7f3a",
    f"arn:aws:fsx:{REGION}:{ACCOUNT}:backup/backup-0123456789abcdef0",
    f"arn:aws:redshift:{REGION}:{ACCOUNT}:snapshot:cluster-1/awsbackup:snapshot-1",
    f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:snapshot/6a0b94f1-c2d7-4e38-8f15-d97e3b60c2a4",
    f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:6a0b94f1-c2d7-4e38-8f15-d97e3b60c2a4",
]

#: AWS's own vault for EFS has such a name, although the pattern of the model forbids it.
SLASHED = "aws/efs/team-vault"

#: What is deleted: every form in a vault with a plain name, and some in one with slashes.
POINTS = [("prod", arn) for arn in ARNS] + [
    (SLASHED, f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:0c73b8e5-f94a-4d61-a2b7-58d1e6f3c90a"),
    (SLASHED, f"arn:aws:ec2:{REGION}::snapshot/snap-0fedcba9876543210"),
]


def recovery_points() -> Iterator[dict[str, Any]]:
    """The points, and beside each a newer one of the same resource that stays."""
    for number, (vault, arn) in enumerate(POINTS):
        sibling = f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:00000000-0000-4000-8000-{number:012}"
        for where, which, month in ((vault, arn, "01"), ("kept", sibling, "06")):
            yield {
                "provider": "aws",
                "id": f"{where}/{which}",
                "scope": {"account": ACCOUNT, "region": REGION, "vault": where},
                "resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/source-{number}",
                "type": "DynamoDB",
                "name": f"source-{number}",
                "created_at": f"2026-{month}-02T03:04:05Z",
                "size_bytes": 1 << 30,
                "status": "COMPLETED",
            }
