"""bkdel asks the providers for what their own clients ask for, byte by byte where it deletes.

The same backups are deleted in two fresh sandboxes, by bkdel and by the official client, and the two logs are laid side by
side. Where bkdel differs on purpose, the difference is written down here and nothing else may differ.
"""

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import seeds
from known import aws_calls, aws_path, known, zilliz_calls
from sandbox import Sandbox, Sent

Start = Callable[..., Sandbox]

SEARCH, DROPPED = "in01-3f9a1c7be2d4650", "in01-c05b9e12a7f8d43"
ZILLIZ_BACKUPS = [(SEARCH, "backup1_17be03c95d2a"), (SEARCH, "backup0_8f21c6d09a51"), (DROPPED, "backup1_60b2f9d8c1e4")]
REGIONS = "additional_backup_regions"


def outcomes(sandbox: Sandbox, *command: str) -> dict[str, str]:
    """What became of each backup, by its id, according to bkdel."""
    record = sandbox.json("bkdel", *command, "--yes", "-o", "json")
    return {result["id"]: result["outcome"] for result in record["results"]}


def lines(sent: list[Sent]) -> list[tuple[str, str, str]]:
    return sorted((one.method, one.path, one.query) for one in sent)


def names_both_ends(sandbox: Sandbox, sent: list[Sent]) -> None:
    """Every request names the host that it is sent to, and bkdel as the sender: it is what an audit log will show."""
    host = urlsplit(sandbox.url).netloc
    assert {one.headers["host"] for one in sent} == {host}
    anonymous = [one for one in sent if "bkdel" not in one.headers.get("user-agent", "")]
    assert not anonymous


class TestAws:
    @pytest.fixture
    def ours(self, start: Start) -> Sandbox:
        """Where bkdel has deleted the points."""
        sandbox = start(data=seeds.recovery_points())
        ids = [f"{vault}/{arn}" for vault, arn in seeds.POINTS]
        assert outcomes(sandbox, "aws", "delete", *ids) == dict.fromkeys(ids, "deleted")
        return sandbox

    def test_deletes_as_boto3_does(self, ours: Sandbox, start: Start) -> None:
        theirs = start(data=seeds.recovery_points())
        backup = theirs.boto3()
        for vault, arn in seeds.POINTS:
            backup.delete_recovery_point(BackupVaultName=vault, RecoveryPointArn=arn)
        assert lines(ours.mutating()) == lines(theirs.mutating())
        assert {one.body for one in ours.mutating() + theirs.mutating()} == {""}

    def test_deletes_as_the_aws_cli_does(self, ours: Sandbox, start: Start) -> None:
        theirs = start(data=seeds.recovery_points())
        # Some of each kind: the CLI takes its time to start, and boto3 has been through all of them.
        some = [point for number, point in enumerate(seeds.POINTS) if number % 3 == 0 or point[0] == seeds.SLASHED]
        for vault, arn in some:
            theirs.aws("delete-recovery-point", "--backup-vault-name", vault, "--recovery-point-arn", arn)
        assert len(theirs.mutating()) == len(some) and set(lines(theirs.mutating())) <= set(lines(ours.mutating()))

    def test_slashes_and_colons_stay_inside_their_segment(self, ours: Sandbox) -> None:
        for sent in ours.mutating():
            _, vaults, vault, points, arn = sent.path.split("/")
            assert (vaults, points) == ("backup-vaults", "recovery-points")
            assert ":" not in arn and arn.startswith("arn%3A") and vault in ("prod", "aws%2Fefs%2Fteam-vault")

    def test_signs_everything_and_sends_no_body_with_a_deletion(self, ours: Sandbox) -> None:
        sent = ours.requests("aws")
        assert {one.scheme for one in sent} == {"AWS4-HMAC-SHA256"} and all(one.headers["x-amz-date"] for one in sent)
        assert all(one.headers.get("content-length", "0") == "0" for one in ours.mutating())

    def test_names_itself_in_every_request(self, ours: Sandbox) -> None:
        names_both_ends(ours, ours.requests())

    def test_every_call_is_one_that_botocore_would_write_so(self, ours: Sandbox) -> None:
        self.all_known(ours)

    @pytest.mark.parametrize(
        "scope",
        [
            (),
            ("--vault", "prod"),
            ("--vault", "aws/efs/*"),
            ("--region", "us-east-1"),
            ("--role-arn", "arn:aws:iam::444455556666:role/bkdel"),
        ],
        ids=" ".join,
    )
    def test_lists_by_calls_that_botocore_knows(self, sandbox: Sandbox, scope: tuple[str, ...]) -> None:
        sandbox.run("bkdel", "aws", "list", "-o", "ndjson", *scope)
        self.all_known(sandbox)
        assert sandbox.mutating() == []

    def test_asks_for_the_regions_as_boto3_does(self, start: Start) -> None:
        ours, theirs = start(), start()
        ours.run("bkdel", "aws", "list", "--all-regions", "-o", "ids")
        theirs.boto3("account").list_regions(MaxResults=50)
        sent = [[one for one in box.requests() if one.path == "/listRegions"] for box in (ours, theirs)]
        assert lines(sent[0]) == lines(sent[1])
        assert [json.loads(one.body) for one in sent[0]] == [json.loads(one.body) for one in sent[1]]
        names_both_ends(ours, sent[0])
        assert ours.mutating() == []

    def test_assumes_a_role_in_the_same_words(self, start: Start) -> None:
        ours, theirs = start(), start()
        role = "arn:aws:iam::444455556666:role/bkdel"
        ours.run("bkdel", "aws", "list", "--role-arn", role, "--external-id", "tango", "-o", "ids")
        theirs.boto3("sts").assume_role(RoleArn=role, RoleSessionName="bkdel", ExternalId="tango")
        forms = [[parse_qs(one.body) for one in box.requests() if one.path == "/"] for box in (ours, theirs)]
        assert forms[0] == forms[1]

    def all_known(self, sandbox: Sandbox) -> None:
        client = sandbox.boto3()
        calls = aws_calls(client)
        sent = [one for one in sandbox.requests() if one.path != "/"]
        assert sent and {one.provider for one in sent} == {"aws"}
        for one in sent:
            call, labels = known(one, calls)
            assert one.path.rstrip("/") == aws_path(client, call, labels).rstrip("/")

    def test_asks_who_it_is_in_the_same_words(self, ours: Sandbox, start: Start) -> None:
        theirs = start(data=[])
        theirs.boto3("sts").get_caller_identity()
        theirs.boto3("iam").list_account_aliases()
        forms = [{action: parse_qs(one.body) for one in box.requests() if one.path == "/"
                  for action in parse_qs(one.body)["Action"]} for box in (ours, theirs)]  # fmt: skip
        assert forms[0] and forms[0].items() <= forms[1].items()


class TestZilliz:
    @pytest.fixture
    def ours(self, sandbox: Sandbox) -> Sandbox:
        """Where bkdel has deleted the backups."""
        ids = [f"{cluster}/{backup}" for cluster, backup in ZILLIZ_BACKUPS]
        assert outcomes(sandbox, "zilliz", "delete", *ids) == dict.fromkeys(ids, "deleted")
        return sandbox

    def test_deletes_as_zilliz_does(self, ours: Sandbox, start: Start) -> None:
        theirs = start()
        for cluster, backup in ZILLIZ_BACKUPS:
            theirs.run("zilliz", "backup", "delete", "--cluster-id", cluster, "--backup-id", backup, "-y")
        assert lines(ours.mutating()) == lines(theirs.mutating())
        # The reference has no body there; the client sends an empty object with every request that is no GET.
        assert {one.body for one in theirs.mutating()} == {"{}"}
        assert {one.body for one in ours.mutating()} == {""}
        assert all(one.headers.get("content-length", "0") == "0" for one in ours.mutating())

    def test_bears_its_key_and_reaches_nothing_else(self, ours: Sandbox) -> None:
        sent = ours.requests()
        assert {one.provider for one in sent} == {"zilliz"} and {one.scheme for one in sent} == {"Bearer"}
        names_both_ends(ours, sent)

    def test_every_call_is_one_of_zilliz(self, ours: Sandbox) -> None:
        calls = zilliz_calls()
        assert {known(one, calls)[0].operation for one in ours.mutating()} == {"backup delete"}
        assert all(known(one, calls) for one in ours.requests())

    @pytest.mark.parametrize(
        "scope",
        [(), ("--cluster", SEARCH), ("--project", "acme-prod"), ("--method", "manual"), ("--orphaned",)],
        ids=" ".join,
    )
    def test_lists_by_calls_and_queries_that_zilliz_knows(self, sandbox: Sandbox, scope: tuple[str, ...]) -> None:
        sandbox.run("bkdel", "zilliz", "list", "-o", "ndjson", *scope)
        calls = zilliz_calls()
        operations = {known(one, calls)[0].operation for one in sandbox.requests()}
        # A cluster that is not listed is asked for by its id before it is called gone.
        known_calls = {"backup list", "cluster list", "cluster describe", "project list"}
        assert "backup list" in operations and operations <= known_calls
        assert sandbox.mutating() == []


class TestAiven:
    def by_avn(self, sandbox: Sandbox, service: str, left: list[str]) -> Sent:
        setting = f"{REGIONS}={json.dumps(left)}"
        sandbox.run("avn", "service", "update", "--project", "acme-prod", service, "-c", setting)
        [put] = sandbox.mutating()
        return put

    @pytest.mark.parametrize(
        ("service", "region", "left"),
        [
            ("orders-pg", "aws-eu-central-1", []),
            ("search-os", "google-europe-west4", ["aws-eu-central-1", "azure-westeurope"]),
        ],
    )
    def test_removes_a_region_as_avn_does(
        self, sandbox: Sandbox, start: Start, service: str, region: str, left: list[str]
    ) -> None:
        id_ = f"acme-prod/{service}/{region}"
        assert outcomes(sandbox, "aiven", "delete", id_) == {id_: "deleted"}
        [ours], theirs = sandbox.mutating(), self.by_avn(start(), service, left)
        assert (ours.method, ours.path, ours.query) == (theirs.method, theirs.path, theirs.query)
        assert ours.headers["content-type"] == theirs.headers["content-type"] == "application/json"
        # avn reads the plan and sends it back, which can undo a change of it that was made meanwhile.
        body, with_plan = json.loads(ours.body), json.loads(theirs.body)
        assert body == {"user_config": {REGIONS: left}}
        assert with_plan.pop("plan") and with_plan == body

    def test_removes_all_regions_by_the_same_route(self, sandbox: Sandbox, start: Start) -> None:
        scope = ("--project", "acme-prod", "--service", "search-os", "--all-regions")
        assert set(outcomes(sandbox, "aiven", "delete", *scope).values()) == {"deleted"}
        theirs = self.by_avn(start(), "search-os", [])
        assert {one.line for one in sandbox.mutating()} == {theirs.line}
        bodies = [json.loads(one.body) for one in sandbox.mutating()]
        assert all(body.keys() == {"user_config"} and body["user_config"].keys() == {REGIONS} for body in bodies)
        # However many steps it takes, each leaves less, and the last nothing.
        sizes = [len(body["user_config"][REGIONS]) for body in bodies]
        assert sizes == sorted(set(sizes), reverse=True) and sizes[-1] == 0

    def test_bears_its_token_and_reaches_nothing_else(self, sandbox: Sandbox) -> None:
        sandbox.run("bkdel", "aiven", "delete", "--yes", "acme-prod/orders-pg/aws-eu-central-1")
        sent = sandbox.requests()
        assert {one.provider for one in sent} == {"aiven"} and {one.scheme for one in sent} == {"Bearer"}
        names_both_ends(sandbox, sent)

    def test_reads_by_avns_calls_without_a_query(self, sandbox: Sandbox, start: Start) -> None:
        sandbox.run("bkdel", "aiven", "list", "-o", "ndjson")
        sandbox.run("bkdel", "aiven", "delete", "--yes", "acme-prod/orders-pg/aws-eu-central-1")
        theirs = start()
        theirs.run("avn", "user", "info")
        for project in theirs.json("avn", "project", "list", "--json"):
            scope = ("--project", project["project_name"])
            # Each with its own words for one service and all of them.
            for service in theirs.json("avn", "service", "list", *scope, "--json"):
                theirs.run("avn", "service", "backup-list", *scope, service["service_name"])
        theirs.run("avn", "service", "get", "--project", "acme-prod", "orders-pg")
        read = [one for one in sandbox.requests() if not one.mutates]
        assert {one.line for one in read} <= {one.line for one in theirs.requests()}
        assert {one.query for one in sandbox.requests()} == {""} and {one.body for one in read} == {""}
