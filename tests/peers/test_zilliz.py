"""zilliz takes the sandbox for Zilliz Cloud: its lists and pages, the deletion, and both forms of error."""

import csv
import io
import json
from typing import Any

import pytest
from sandbox import Sandbox

REFUSED = 1
SEARCH = "in01-3f9a1c7be2d4650"
DROPPED = "in01-c05b9e12a7f8d43"
MANUAL = "backup1_17be03c95d2a"


def listed(sandbox: Sandbox, *filters: str) -> list[dict[str, Any]]:
    return sandbox.json("zilliz", "backup", "list", "--all", "-o", "json", *filters)


def answer(sandbox: Sandbox, *command: str, expect: int = 0) -> Any:
    """What zilliz prints as JSON: data on standard output, a refusal on standard error."""
    told = sandbox.run("zilliz", "backup", *command, "-o", "json", expect=expect)
    return json.loads(told.stderr if expect else told.stdout)


def delete(sandbox: Sandbox, cluster: str, backup: str, **how: Any) -> Any:
    return answer(sandbox, "delete", "--cluster-id", cluster, "--backup-id", backup, "-y", **how)


def describe(sandbox: Sandbox, cluster: str, backup: str, **how: Any) -> Any:
    return answer(sandbox, "describe", "--cluster-id", cluster, "--backup-id", backup, **how)


def ids(sandbox: Sandbox) -> set[str]:
    return {backup["backupId"] for backup in listed(sandbox)}


class TestReading:
    def test_projects_are_a_bare_array(self, sandbox: Sandbox) -> None:
        projects = sandbox.json("zilliz", "project", "list", "-o", "json")
        assert [project["projectName"] for project in projects] == ["acme-prod", "acme-staging"]
        assert "acme-prod" in sandbox.run("zilliz", "project", "list").stdout

    def test_dropped_clusters_are_not_listed_but_their_backups_are(self, sandbox: Sandbox) -> None:
        clusters = {cluster["clusterId"] for cluster in sandbox.json("zilliz", "cluster", "list", "--all", "-o", "json")}
        owners = {backup["clusterId"] for backup in listed(sandbox)}
        assert SEARCH in clusters and owners - clusters == {DROPPED}

    def test_every_page_is_read_once(self, sandbox: Sandbox) -> None:
        out = sandbox.run("zilliz", "backup", "list", "--all", "--page-size", "4", "-o", "csv").stdout
        rows = list(csv.DictReader(io.StringIO(out)))
        pages = [sent.query for sent in sandbox.requests("zilliz")]
        assert pages == [f"pageSize=4&currentPage={page}" for page in (1, 2, 3, 4)]
        assert len(rows) == 15 and len({row["backupId"] for row in rows}) == 15
        assert {row["status"] for row in rows} == {"AVAILABLE", "CREATING"}

    def test_without_all_it_is_ten_of_them(self, sandbox: Sandbox) -> None:
        assert "Showing 10 of 15 (page 1)" in sandbox.run("zilliz", "backup", "list").stdout

    def test_lists_are_filtered(self, sandbox: Sandbox) -> None:
        everything = listed(sandbox)
        for option, key, value in [
            ("--cluster-id", "clusterId", SEARCH),
            ("--creation-method", "creationMethod", "AUTO"),
            ("--backup-type", "backupType", "COLLECTION"),
            ("--project-id", "projectId", "proj-2e84d6b05fa1"),
        ]:
            wanted = [backup for backup in everything if backup[key] == value]
            assert wanted and listed(sandbox, option, value) == wanted

    def test_one_backup_is_described_with_its_region(self, sandbox: Sandbox) -> None:
        backup = describe(sandbox, SEARCH, MANUAL)
        assert (backup["backupName"], backup["status"]) == ("before-v2-migration", "AVAILABLE")
        assert backup["regionId"] == "aws-eu-central-1" and backup["size"] > 0 and backup["expireTime"] is None

    def test_the_policy_is_told(self, sandbox: Sandbox) -> None:
        policy = sandbox.json("zilliz", "backup", "describe-policy", "--cluster-id", SEARCH, "-o", "json")
        assert (policy["status"], policy["retentionDays"]) == ("ENABLED", 7)

    def test_a_code_of_200_is_success_too(self, sandbox: Sandbox) -> None:
        sandbox.fault("zilliz:success-200")
        assert len(listed(sandbox)) == 15


class TestDeleting:
    @pytest.mark.parametrize(
        ("cluster", "backup"),
        [(SEARCH, MANUAL), (SEARCH, "backup0_8f21c6d09a4e"), (DROPPED, "backup1_60b2f9d8c1e4"), (SEARCH, "backup2_31d5e8a06c7f")],
        ids=["manual", "automatic", "of a dropped cluster", "of a collection"],
    )
    def test_a_backup_is_gone_at_once(self, sandbox: Sandbox, cluster: str, backup: str) -> None:
        before = ids(sandbox)
        name = describe(sandbox, cluster, backup)["backupName"]
        assert delete(sandbox, cluster, backup) == {"backupId": backup, "backupName": name}
        assert ids(sandbox) == before - {backup}
        assert "does not exist" in describe(sandbox, cluster, backup, expect=REFUSED)["error"]["message"]

    def test_a_second_deletion_is_refused_or_taken(self, sandbox: Sandbox) -> None:
        delete(sandbox, SEARCH, MANUAL)
        assert "does not exist" in delete(sandbox, SEARCH, MANUAL, expect=REFUSED)["error"]["message"]
        sandbox.fault("zilliz:twice-ok")
        assert delete(sandbox, SEARCH, MANUAL)["backupId"] == MANUAL

    def test_the_list_can_lag_and_describe_can_say_deleted(self, sandbox: Sandbox) -> None:
        sandbox.fault("zilliz:lag-list=30s", "zilliz:describe-deleted")
        delete(sandbox, SEARCH, MANUAL)
        assert MANUAL in ids(sandbox)
        assert describe(sandbox, SEARCH, MANUAL)["status"] == "DELETED"

    def test_declining_deletes_nothing(self, sandbox: Sandbox) -> None:
        """And exits 0, with a question that names the cluster: why bkdel asks with the facts."""
        command = ("zilliz", "backup", "delete", "--cluster-id", SEARCH, "--backup-id", MANUAL)
        told = sandbox.run(*command, stdin="n\n", expect=0)
        assert f"cluster '{SEARCH}'" in told.stdout + told.stderr and MANUAL not in told.stdout + told.stderr
        assert sandbox.mutating() == []

    def test_an_id_cannot_leave_its_segment(self, sandbox: Sandbox) -> None:
        delete(sandbox, SEARCH, "../drop", expect=REFUSED)
        assert sandbox.mutating()[0].path == f"/v2/clusters/{SEARCH}/backups/..%2Fdrop"
        assert len(ids(sandbox)) == 15


class TestRefusals:
    def test_a_wrong_key_has_a_status_or_not(self, sandbox: Sandbox) -> None:
        wrong = {"env": {"ZILLIZ_API_KEY": "wrong"}, "expect": REFUSED}
        assert "[21119]" in sandbox.run("zilliz", "backup", "list", **wrong).stderr
        sandbox.fault("zilliz:auth-200")
        assert "[80001]" in sandbox.run("zilliz", "backup", "list", **wrong).stderr
        assert [sent.status for sent in sandbox.requests("zilliz")] == [401, 200]

    @pytest.mark.parametrize(
        ("cluster", "code"),
        [("in01-nowhere", 96018), ("in03-b71c2d9e04fa685", 96021), ("in05-4d8e60a1c93b7f2", 96022), ("in01.nowhere", 96025)],
        ids=["no such cluster", "Free", "Serverless", "no id"],
    )
    def test_clusters_without_backups(self, sandbox: Sandbox, cluster: str, code: int) -> None:
        assert describe(sandbox, cluster, MANUAL, expect=REFUSED)["error"]["code"] == code
        assert delete(sandbox, cluster, MANUAL, expect=REFUSED)["error"]["code"] == code
        assert {sent.status for sent in sandbox.requests("zilliz")} == {200}

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (("--page-size", "101"), 96008),
            (("--page-size", "0"), 96008),
            (("--page", "0"), 96009),
            (("--project-id", "proj-nowhere"), 96005),
            (("--cluster-id", "in01.nowhere"), 96036),
            (("--cluster-id", "in01-nowhere"), 96018),
        ],
    )
    def test_filters_that_make_no_sense(self, sandbox: Sandbox, arguments: tuple[str, str], code: int) -> None:
        assert answer(sandbox, "list", *arguments, expect=REFUSED)["error"]["code"] == code

    def test_no_permission_to_delete(self, sandbox: Sandbox) -> None:
        sandbox.fault("zilliz:deny-delete")
        assert delete(sandbox, SEARCH, MANUAL, expect=REFUSED)["error"]["code"] == 96012
        assert MANUAL in ids(sandbox)

    @pytest.mark.parametrize(("fault", "status"), [(None, 429), ("rate-limit-200", 200)])
    def test_too_many_requests(self, sandbox: Sandbox, fault: str | None, status: int) -> None:
        sandbox.fault("zilliz:throttle=1/min", *([f"zilliz:{fault}"] if fault else []))
        sandbox.run("zilliz", "project", "list")
        assert "rate limit" in sandbox.run("zilliz", "project", "list", expect=REFUSED).stderr
        assert [sent.status for sent in sandbox.requests("zilliz")] == [200, status]


class TestTrouble:
    def test_the_servers_own_failure(self, sandbox: Sandbox) -> None:
        sandbox.fault("zilliz:error-503")
        assert "[503]" in sandbox.run("zilliz", "project", "list", expect=REFUSED).stderr

    def test_a_gateways_page_is_no_answer(self, sandbox: Sandbox) -> None:
        sandbox.fault("zilliz:html")
        assert "Invalid JSON" in sandbox.run("zilliz", "project", "list", expect=REFUSED).stderr

    def test_a_failed_deletion_may_have_been_done(self, sandbox: Sandbox) -> None:
        sandbox.fault("zilliz:code-after=63104")
        assert delete(sandbox, SEARCH, MANUAL, expect=REFUSED)["error"]["code"] == 63104
        assert MANUAL not in ids(sandbox)

    def test_a_deletion_can_be_kept_from_happening(self, sandbox: Sandbox) -> None:
        sandbox.fault("zilliz:kept")
        assert delete(sandbox, SEARCH, MANUAL)["backupId"] == MANUAL
        assert MANUAL in ids(sandbox)
