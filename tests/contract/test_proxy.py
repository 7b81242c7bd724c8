"""Which proxy the environment names for a URL."""

import pytest

from ifcjob.proxy import proxy_of

PLAIN, SECURE = "http://plain.example:3128", "http://secure.example:3128"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


@pytest.fixture(autouse=True)
def proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HTTP_PROXY", PLAIN)
    monkeypatch.setenv("HTTPS_PROXY", SECURE)


@pytest.mark.parametrize(("url", "proxy"), [("http://a.example/b?c=d", PLAIN), ("https://a.example:8443/b", SECURE)])
def test_each_scheme_has_its_proxy(url: str, proxy: str) -> None:
    assert proxy_of(url) == proxy


def test_names_in_lower_case_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://lower.example:1")
    assert proxy_of("https://a.example/") == "http://lower.example:1"


def test_without_the_variable_of_its_scheme_a_url_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HTTP_PROXY")
    assert proxy_of("http://a.example/") is None


@pytest.mark.parametrize(
    ("url", "direct"),
    [
        ("http://store.svc:9000/bucket", True),
        ("http://key:secret@store.svc:9000/bucket", True),
        ("http://svc/bucket", True),
        ("http://my-svc/bucket", False),
        ("https://files.example.com/a", True),
        ("https://www.files.example.com/a", True),
        ("https://example.com/a", False),
        ("http://192.0.2.7/a", True),
        ("http://192.0.2.77/a", False),
        ("http://host.example:8080/a", True),
        ("http://host.example:8081/a", False),
        ("https://usual.example/a", True),
        ("https://usual.example:443/a", True),
        ("https://usual.example:8443/a", False),
        ("http://[2001:db8::1]:9000/a", True),
        ("http://[2001:db8::2]/a", True),
        ("http://[2001:db8::3]/a", False),
    ],
)
def test_no_proxy_lists_hosts_domains_and_addresses(url: str, direct: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a parameter
    monkeypatch.setenv(
        "NO_PROXY", ".svc, files.example.com,192.0.2.7,host.example:8080,usual.example:443,2001:db8::1,[2001:db8::2]"
    )
    assert (proxy_of(url) is None) == direct


def test_a_proxy_without_a_scheme_speaks_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "secure.example:3128")
    assert proxy_of("https://a.example/") == SECURE


def test_an_asterisk_is_every_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    assert proxy_of("https://a.example/") is None
