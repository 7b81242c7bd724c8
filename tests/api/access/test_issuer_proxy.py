"""An issuer that the API reaches through a real proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.async_tests import finish
from tests.support.forward_proxy import LOGIN, forward_proxy
from tests.support.oidc import oidc_issuer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_keys_are_fetched_through_the_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> tuple[str, str]:
        async with oidc_issuer() as issuer:
            caller = await issuer.authenticator().authenticate(issuer.token())
            return issuer.url, caller.name

    with forward_proxy(tmp_path / "proxy", LOGIN) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        url, name = finish(run())
        assert name == "ann"
        assert proxy.requests(1) == [f"GET {url.removeprefix('http://')}"], "one connection for discovery and keys"
