"""avn takes the sandbox for Aiven: what it reads, the one change that bkdel makes, and every refusal in its words."""

import json

import pytest
from sandbox import Sandbox, until

REFUSED = 1
PROD = ("--project", "acme-prod")


def update(sandbox: Sandbox, service: str, value: str, **how) -> str:
    """Sets the additional regions; answers what avn says when that is refused."""
    setting = f"additional_backup_regions={value}"
    return sandbox.run("avn", "service", "update", *PROD, service, "-c", setting, **how).stderr


def regions(sandbox: Sandbox, service: str) -> list[str]:
    return sandbox.json("avn", "service", "get", *PROD, service, "--json")["user_config"]["additional_backup_regions"]


def backups(sandbox: Sandbox, service: str) -> list[dict]:
    return sandbox.json("avn", "service", "backup-list", *PROD, service, "--json")


class TestReading:
    def test_tells_who_is_there(self, sandbox: Sandbox) -> None:
        assert sandbox.json("avn", "user", "info", "--json")[0]["user"] == "sandbox@example.com"
        projects = sandbox.json("avn", "project", "list", "--json")
        assert [project["project_name"] for project in projects] == ["acme-prod", "acme-staging"]

    def test_lists_services_in_every_state(self, sandbox: Sandbox) -> None:
        services = sandbox.json("avn", "service", "list", *PROD, "--json")
        states = {service["service_name"]: service["state"] for service in services}
        assert len(states) == len(services)
        assert {states["orders-pg"], states["sessions-valkey"], states["archive-pg"]} == {"RUNNING", "REBALANCING", "POWEROFF"}
        # The table is made from fields that JSON output does not touch.
        assert "orders-pg" in sandbox.run("avn", "service", "list", *PROD).stdout

    def test_shows_one_service(self, sandbox: Sandbox) -> None:
        service = sandbox.json("avn", "service", "get", *PROD, "search-os", "--json")
        assert service["user_config"]["additional_backup_regions"] == [
            "aws-eu-central-1", "google-europe-west4", "azure-westeurope"
        ]
        assert service["termination_protection"] is False and service["backups"] and service["plan"]
        assert "orders-pg" in sandbox.run("avn", "service", "get", *PROD, "orders-pg").stdout

    def test_lists_backups_and_the_regions_that_hold_them(self, sandbox: Sandbox) -> None:
        listed = backups(sandbox, "search-os")
        assert all(row["backup_name"] and row["backup_time"] and row["storage_location"] for row in listed)
        clouds = {region["cloud"] for row in listed for region in row.get("additional_regions", [])}
        assert clouds == {"aws-eu-central-1", "google-europe-west4", "azure-westeurope"}
        # A read replica has none, which is no error.
        assert backups(sandbox, "orders-pg-replica") == []

    def test_a_powered_off_service_still_lists_its_last_copies(self, sandbox: Sandbox) -> None:
        listed = backups(sandbox, "archive-pg")
        assert listed and all(row["additional_regions"] for row in listed)


class TestDeleting:
    def test_an_empty_list_removes_the_region(self, sandbox: Sandbox) -> None:
        sandbox.forget_requests()
        update(sandbox, "orders-pg", "[]")
        assert regions(sandbox, "orders-pg") == []
        until(
            lambda: not any("additional_regions" in row for row in backups(sandbox, "orders-pg")),
            "the backups list the region no more",
        )
        # The primary backups are still there.
        assert len(backups(sandbox, "orders-pg")) == 14

    def test_backups_list_the_region_a_while_longer(self, sandbox: Sandbox) -> None:
        sandbox.fault("aiven:lag-backups=30s")
        update(sandbox, "orders-pg", "[]")
        assert regions(sandbox, "orders-pg") == []
        assert any("additional_regions" in row for row in backups(sandbox, "orders-pg"))

    def test_one_of_several_regions_goes_and_the_rest_stays(self, sandbox: Sandbox) -> None:
        update(sandbox, "search-os", '["aws-eu-central-1","azure-westeurope"]')
        assert regions(sandbox, "search-os") == ["aws-eu-central-1", "azure-westeurope"]

    def test_the_history_of_a_region_does_not_come_back(self, sandbox: Sandbox) -> None:
        region = regions(sandbox, "orders-pg")
        update(sandbox, "orders-pg", "[]")
        update(sandbox, "orders-pg", json.dumps(region))
        assert regions(sandbox, "orders-pg") == region
        assert not any("additional_regions" in row for row in backups(sandbox, "orders-pg"))

    @pytest.mark.parametrize("slip", ['""', "{}", "()"])
    def test_slips_of_the_hand_delete_with_avn(self, sandbox: Sandbox, slip: str) -> None:
        """Why bkdel has no bracket syntax: each of these is an empty list to avn, exit 0."""
        update(sandbox, "orders-pg", slip)
        assert regions(sandbox, "orders-pg") == []

    def test_other_settings_survive(self, sandbox: Sandbox) -> None:
        before = sandbox.json("avn", "service", "get", *PROD, "orders-pg", "--json")
        update(sandbox, "orders-pg", "[]")
        after = sandbox.json("avn", "service", "get", *PROD, "orders-pg", "--json")
        before["user_config"]["additional_backup_regions"] = []
        assert after["user_config"] == before["user_config"]
        assert [after[key] for key in ("plan", "cloud_name", "state")] == [before[key] for key in ("plan", "cloud_name", "state")]


class TestRefusals:
    @pytest.mark.parametrize(
        ("project", "service", "words"),
        [
            ("acme-prod", "nowhere", "Service nowhere does not exist (status 404)"),
            # A project that is not one's own is forbidden, not absent.
            ("nowhere", "orders-pg", "Not a project member (status 403)"),
        ],
    )
    def test_what_is_not_there(self, sandbox: Sandbox, project: str, service: str, words: str) -> None:
        for command in (("get",), ("backup-list",), ("update", "-c", "additional_backup_regions=[]")):
            told = sandbox.run("avn", "service", *command, "--project", project, service, expect=REFUSED)
            assert words in told.stderr
        assert sandbox.mutating() == []

    @pytest.mark.parametrize(("fault", "status"), [(None, 401), ("auth-403", 403)])
    def test_a_wrong_token(self, sandbox: Sandbox, fault: str | None, status: int) -> None:
        if fault:
            sandbox.fault(f"aiven:{fault}")
        told = sandbox.run("avn", "project", "list", expect=REFUSED, env={"AIVEN_AUTH_TOKEN": "wrong"})
        assert f"(status {status})" in told.stderr

    @pytest.mark.parametrize(
        ("value", "words"),
        [('["NO SUCH"]', "does not match"), ('["aws-eu-north-1","aws-us-east-1"]', "too many items")],
    )
    def test_regions_that_the_schema_forbids(self, sandbox: Sandbox, value: str, words: str) -> None:
        assert words in update(sandbox, "orders-pg", value, expect=REFUSED)
        assert regions(sandbox, "orders-pg") == ["aws-eu-central-1"]

    def test_termination_protection_is_of_the_service_not_of_its_regions(self, sandbox: Sandbox) -> None:
        for command in (("terminate", "--force"), ("update", "--power-off")):
            told = sandbox.run("avn", "service", *command, *PROD, "billing-mysql", expect=REFUSED)
            assert "Service is protected against termination" in told.stderr
        update(sandbox, "billing-mysql", "[]")
        assert regions(sandbox, "billing-mysql") == []

    def test_no_permission(self, sandbox: Sandbox) -> None:
        sandbox.fault("aiven:deny-update", "aiven:backups-denied")
        assert "do not have permission" in update(sandbox, "orders-pg", "[]", expect=REFUSED)
        assert "(status 403)" in sandbox.run("avn", "service", "backup-list", *PROD, "orders-pg", expect=REFUSED).stderr
        assert regions(sandbox, "orders-pg") == ["aws-eu-central-1"]

    def test_too_many_requests_tell_the_wait_in_words(self, sandbox: Sandbox) -> None:
        sandbox.fault("aiven:throttle=1/min")
        sandbox.run("avn", "project", "list")
        told = sandbox.run("avn", "project", "list", expect=REFUSED).stderr
        assert "Rate limit 120 exceeded - try again in" in told and "(status 429)" in told


class TestTrouble:
    @pytest.mark.parametrize(
        ("fault", "words", "applied"),
        [
            ("html-408", "408 Request Timeout", False),
            ("html-408-after", "408 Request Timeout", True),
            # A 200 that carries an error: avn's own exception for it.
            ("error-200", "server returned error", False),
            ("error-200-after", "server returned error", True),
            ("error-500-delete", "An unexpected error occurred", False),
        ],
    )
    def test_a_failed_change_may_have_been_applied(self, sandbox: Sandbox, fault: str, words: str, applied: bool) -> None:
        sandbox.fault(f"aiven:{fault}")
        assert words in update(sandbox, "orders-pg", "[]", expect=REFUSED)
        assert (regions(sandbox, "orders-pg") == []) is applied

    def test_a_lost_answer_is_a_failure_to_avn(self, sandbox: Sandbox) -> None:
        sandbox.fault("aiven:reset-after-delete=1")
        update(sandbox, "orders-pg", "[]", expect=REFUSED)
        assert regions(sandbox, "orders-pg") == []

    def test_a_change_can_be_kept_from_happening(self, sandbox: Sandbox) -> None:
        sandbox.fault("aiven:kept")
        update(sandbox, "orders-pg", "[]")
        assert regions(sandbox, "orders-pg") == ["aws-eu-central-1"]
