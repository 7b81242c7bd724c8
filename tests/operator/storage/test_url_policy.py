"""Which URLs a source may name: an administrator's list, and addresses that no list opens."""

from __future__ import annotations

import os
import re
from ipaddress import IPv4Network, ip_address, ip_network

import pytest
from yarl import URL

from ifcjob_backends.settings.environment import InvalidSettings
from ifcjob_operator.settings.load import read_settings
from ifcjob_operator.storage.url_policy import REFUSED, WebPolicy

POLICY = WebPolicy(
    (
        *("files.example.org", "*.models.example.org", "files.example.org:8443", "192.0.2.7", "[2001:db8::7]:8080"),
        *("169.254.169.254", "intern.example.org", "2130706433", "0x7f000001"),
    )
)


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example.org/a.ifc",
        "http://files.example.org:80/a.ifc",
        "https://FILES.Example.ORG/a.ifc?token=1",
        "https://files.example.org:8443/a.ifc",
        "http://files.example.org:8443/a.ifc",
        "https://a.models.example.org",
        "https://a.b.models.example.org/x",
        "http://192.0.2.7/a.ifc",
        "http://[2001:db8::7]:8080/a.ifc",
    ],
)
def test_listed_hosts_are_allowed(url: str) -> None:
    assert POLICY.refusal(URL(url)) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://example.org/a.ifc", "do not allow"),
        ("https://models.example.org/a.ifc", "do not allow"),
        ("https://evilmodels.example.org/a.ifc", "do not allow"),
        ("https://files.example.org.evil.example/a.ifc", "do not allow"),
        ("https://files.example.org:9200/a.ifc", r"files\.example\.org:9200, which"),
        ("http://files.example.org:443/a.ifc", "do not allow"),
        ("http://files.example.org./a.ifc", "no proper host"),
        ("https://files.example.org@evil.example/a.ifc", "user name"),
        ("https://user:secret@files.example.org/a.ifc", "user name"),
        ("https://evil.example/?.models.example.org", "do not allow"),
        ("https://evil.example#.models.example.org", "do not allow"),
        ("http://2001:db8::7/", "no proper host|do not allow"),
        ("ftp://files.example.org/a.ifc", "http"),
        ("file:///etc/passwd", "http"),
        ("//files.example.org/a.ifc", "http"),
        ("http://169.254.169.254/latest/meta-data", "address that sources must not have"),
        ("http://[::ffff:192.0.2.7]/", "do not allow"),
        ("http://2130706433/", "no proper host"),
        ("http://0x7f000001/", "no proper host"),
        ("http://127.1/", "no proper host"),
        ("http://0177.0.0.1/", "no proper host"),
        ("http://%66iles.example.org/", "no proper host|do not allow"),
        ("http://files.example.org\\.models.example.org/", "no proper host|do not allow"),
    ],
)
def test_unlisted_hosts_are_refused(url: str, why: str) -> None:
    try:
        parsed = URL(url)
    except ValueError:
        return  # not a URL at all: refused before any policy
    refusal = POLICY.refusal(parsed)
    assert refusal is not None
    assert re.search(why, refusal), refusal
    assert "secret" not in refusal


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1:0:0:0:0",
    ],
)
def test_refused_addresses_are_never_contacted(address: str) -> None:
    assert POLICY.is_refused(ip_address(address))


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", "fd12::7", 0x0A000007, 0xAC100001, 0xC0A80101])
def test_public_and_private_addresses_are_allowed(address: str | int) -> None:
    assert not POLICY.is_refused(ip_address(address))


def test_the_clusters_networks_are_refused() -> None:
    services = IPv4Network((0x0A600000, 12))
    policy = WebPolicy(["intern.example.org"], [*REFUSED, services, ip_network("fd12::/64")])
    assert policy.is_refused(services[1])
    assert policy.is_refused(ip_address(f"::ffff:{services[1]}"))
    assert policy.is_refused(ip_address("fd12::1"))
    assert policy.is_refused(ip_address("127.0.0.1"))
    assert not policy.is_refused(services[0] - 1)


@pytest.mark.parametrize("entry", ["*", "*.", "", "https://files.example.org", "files.example.org/x", "a b", "*.[::1]"])
def test_an_invalid_host_entry_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="is not a host"):
        WebPolicy([entry])


def test_an_invalid_entry_stops_the_start_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("IFCJOB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("IFCJOB_RUNNER_IMAGE", "runner:1")
    monkeypatch.setenv("IFCJOB_HTTP_HOSTS", "files.example.org, https://x")
    with pytest.raises(InvalidSettings, match=r"IFCJOB_HTTP_HOSTS: 'https://x' is not a host: write files\."):
        read_settings()


def test_no_host_is_allowed_without_a_list() -> None:
    assert WebPolicy([]).refusal(URL("https://files.example.org/a.ifc"))
