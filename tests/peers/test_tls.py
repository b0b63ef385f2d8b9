"""Over https: the certificate must be vouched for, by the variables that people have set already, and proxies are used.

A door that speaks TLS stands in front of the sandbox, with a certificate of an authority that no machine knows. The official
clients go through it first: it is a door that opens.
"""

import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from doors import ConnectProxy, TlsDoor
from sandbox import Sandbox

PROVIDERS = ("aws", "zilliz", "aiven")
CA_VARIABLES = ("SSL_CERT_FILE", "AWS_CA_BUNDLE", "AIVEN_CA_CERT")
#: Never resolved by anybody (RFC 6761), so only a proxy can lead there.
NOWHERE = "sandbox.invalid"
INCOMPLETE = 7
#: A deletion at each provider, and how it is read back from the sandbox's state.
DELETE = {
    "aws": "prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a51c7e94d2b3f001",
    "zilliz": "in01-3f9a1c7be2d4650/backup1_17be03c95d2a",
    "aiven": "acme-prod/orders-pg/aws-eu-central-1",
}
every_provider = pytest.mark.parametrize("provider", PROVIDERS)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


@pytest.fixture
def door(authority: trustme.CA, sandbox: Sandbox) -> Iterator[TlsDoor]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", NOWHERE).configure_cert(tls)
    with TlsDoor(tls, urlsplit(sandbox.url).port) as door:
        yield door


@pytest.fixture
def proxy(door: TlsDoor) -> Iterator[ConnectProxy]:
    with ConnectProxy(door.port) as proxy:
        yield proxy


def at(host: str, door: TlsDoor) -> dict[str, str]:
    """The variables that lead to a door, by that name."""
    url = f"https://{host}:{door.port}"
    return {"AWS_ENDPOINT_URL": url, "ZILLIZCLOUD_HOST_ADDRESS": url, "AIVEN_WEB_URL": url}


def listed(sandbox: Sandbox, provider: str, env: dict[str, str] | None = None) -> set[str]:
    ids = sandbox.run("bkdel", provider, "list", "-o", "ids", env=env).stdout.split()
    assert ids
    return set(ids)


def refused(sandbox: Sandbox, door: TlsDoor, provider: str, env: dict[str, str]) -> None:
    """Neither reading nor deleting gets as far as a request."""
    before = sandbox.state(provider)
    for command in (("list",), ("delete", "--yes", DELETE[provider])):
        told = sandbox.run("bkdel", provider, *command, "--retry-for", "200ms", env=env, expect=INCOMPLETE)
        assert "certificate" in told.stderr.lower()
    assert door.opened == 0 and sandbox.requests() == [] and sandbox.state(provider) == before


class TestTheDoor:
    """The official clients pass it with their variables: what bkdel is then held to is not the door's fault."""

    def test_opens_to_the_aws_cli(self, sandbox: Sandbox, door: TlsDoor, ca_file: str) -> None:
        sandbox.aws("list-backup-vaults", env={**at("localhost", door), "AWS_CA_BUNDLE": ca_file})
        assert door.opened == 1

    def test_opens_to_avn(self, sandbox: Sandbox, door: TlsDoor, ca_file: str) -> None:
        sandbox.run("avn", "project", "list", env={**at("localhost", door), "AIVEN_CA_CERT": ca_file})
        assert door.opened == 1

    def test_opens_to_zilliz(self, sandbox: Sandbox, door: TlsDoor, ca_file: str, tmp_path: Path) -> None:
        # The one client whose endpoint comes from a file alone.
        folder = tmp_path / "zilliz"
        folder.mkdir()
        (folder / "config").write_text(f"[default]\nbase_url = https://localhost:{door.port}\n")
        sandbox.run("zilliz", "project", "list", env={"ZILLIZ_CONFIG_DIR": str(folder), "SSL_CERT_FILE": ca_file})
        assert door.opened == 1

    def test_opens_to_avn_by_way_of_the_proxy(
        self, sandbox: Sandbox, door: TlsDoor, proxy: ConnectProxy, ca_file: str
    ) -> None:
        env = {**at(NOWHERE, door), "AIVEN_CA_CERT": ca_file, "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}
        sandbox.run("avn", "project", "list", env=env)
        assert proxy.asked == [f"CONNECT {NOWHERE}:{door.port}"] and door.opened == 1

    def test_is_closed_to_avn_without_them(self, sandbox: Sandbox, door: TlsDoor) -> None:
        sandbox.run("avn", "project", "list", env=at("localhost", door), expect=1)
        assert door.opened == 0


@every_provider
class TestCertificates:
    @pytest.mark.parametrize("variable", CA_VARIABLES)
    def test_a_named_authority_is_trusted(
        self, sandbox: Sandbox, door: TlsDoor, ca_file: str, provider: str, variable: str
    ) -> None:
        ids = listed(sandbox, provider)
        assert listed(sandbox, provider, {**at("localhost", door), variable: ca_file}) == ids
        assert door.opened > 0

    def test_deletes_behind_tls(self, sandbox: Sandbox, door: TlsDoor, ca_file: str, provider: str) -> None:
        env = {**at("localhost", door), "SSL_CERT_FILE": ca_file}
        sandbox.run("bkdel", provider, "delete", "--yes", DELETE[provider], env=env)
        assert door.opened > 0 and len(sandbox.mutating()) == 1
        assert DELETE[provider] not in listed(sandbox, provider)

    def test_an_unknown_authority_is_refused(self, sandbox: Sandbox, door: TlsDoor, provider: str) -> None:
        refused(sandbox, door, provider, at("localhost", door))

    def test_another_authority_is_refused(self, sandbox: Sandbox, door: TlsDoor, provider: str, tmp_path: Path) -> None:
        other = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(str(other))
        refused(sandbox, door, provider, {**at("localhost", door), "SSL_CERT_FILE": str(other)})

    def test_a_certificate_of_another_name_is_refused(
        self, sandbox: Sandbox, door: TlsDoor, ca_file: str, provider: str
    ) -> None:
        refused(sandbox, door, provider, {**at("127.0.0.1", door), "SSL_CERT_FILE": ca_file})


@every_provider
class TestProxies:
    @pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
    def test_https_goes_through_the_proxy(
        self, sandbox: Sandbox, door: TlsDoor, proxy: ConnectProxy, ca_file: str, provider: str, variable: str
    ) -> None:
        env = {**at(NOWHERE, door), "SSL_CERT_FILE": ca_file, variable: f"http://127.0.0.1:{proxy.port}"}
        sandbox.run("bkdel", provider, "delete", "--yes", DELETE[provider], env=env)
        assert set(proxy.asked) == {f"CONNECT {NOWHERE}:{door.port}"}
        assert len(sandbox.mutating()) == 1 and DELETE[provider] not in listed(sandbox, provider)

    @pytest.mark.parametrize("exempt", ["localhost", "example.com,localhost", "*"])
    def test_no_proxy_keeps_hosts_from_it(
        self, sandbox: Sandbox, door: TlsDoor, proxy: ConnectProxy, ca_file: str, provider: str, exempt: str
    ) -> None:
        env = {**at("localhost", door), "SSL_CERT_FILE": ca_file, "NO_PROXY": exempt}
        env["HTTPS_PROXY"] = f"http://127.0.0.1:{proxy.port}"
        listed(sandbox, provider, env)
        assert proxy.asked == [] and door.opened > 0

    def test_a_proxy_vouches_for_nobody(
        self, sandbox: Sandbox, door: TlsDoor, proxy: ConnectProxy, provider: str
    ) -> None:
        env = {**at(NOWHERE, door), "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}
        refused(sandbox, door, provider, env)
        assert set(proxy.asked) == {f"CONNECT {NOWHERE}:{door.port}"}

    def test_plain_loopback_is_nobody_elses(self, sandbox: Sandbox, proxy: ConnectProxy, provider: str) -> None:
        """What is sent over plain http bears credentials; a proxy would read them."""
        url = f"http://127.0.0.1:{proxy.port}"
        listed(sandbox, provider, {"HTTP_PROXY": url, "http_proxy": url, "HTTPS_PROXY": url, "ALL_PROXY": url})
        assert proxy.asked == []
