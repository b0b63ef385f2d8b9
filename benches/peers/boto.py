"""What a person would write with boto3: one call after the other, or from 32 threads, with boto3's default retries.

`boto.py THREADS VAULT FILE [--read-back]`, where the file holds an ARN a line. Prints how many calls succeeded and with what the
others ended, as JSON; with `--read-back`, a call succeeded when the point was then no longer found.
"""

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

threads, vault, file = int(sys.argv[1]), sys.argv[2], sys.argv[3]
read_back = sys.argv[4:] == ["--read-back"]
# Without this, boto3 keeps ten connections, and 32 threads would open one a call.
client = boto3.client("backup", config=Config(max_pool_connections=max(threads, 10)))


def delete(arn: str) -> str | None:
    """The error's code, or nothing."""
    try:
        client.delete_recovery_point(BackupVaultName=vault, RecoveryPointArn=arn)
        if read_back:
            client.describe_recovery_point(BackupVaultName=vault, RecoveryPointArn=arn)
            return "still there"
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return None if read_back and code == "ResourceNotFoundException" else code
    except BotoCoreError as error:
        return type(error).__name__
    return None


with open(file, encoding="utf-8") as lines:
    arns = lines.read().split()
if threads == 1:
    ended = Counter(map(delete, arns))
else:
    with ThreadPoolExecutor(threads) as pool:
        ended = Counter(pool.map(delete, arns))
deleted = ended.pop(None, 0)
print(json.dumps({"deleted": deleted, "errors": ended}))
