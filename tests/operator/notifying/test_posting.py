"""Posting to a real receiver on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob_operator.notifying.posting import Poster
from ifcjob_operator.storage.checked_http import CheckedHttp
from ifcjob_operator.storage.url_policy import REFUSED, WebPolicy
from tests.operator.notifying.receivers import NEW, OLD, Secrets, delivery, secret_data, verified
from tests.support.web import Answer, Site, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ifcjob_catalog import Delivery, Tried


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def post(made: Delivery, site: Site, *, refused: Any = (), seconds: float = 10, **secrets: dict[str, str]) -> Tried:
    """Post as an operator that allows the receiver; loopback, where it is, is not refused."""

    async def main() -> Tried:
        policy = WebPolicy([site.url.removeprefix("http://")], refused)
        async with CheckedHttp(policy, answer_seconds=seconds) as http:
            return await Poster(http, Secrets(**{"hook": secret_data(OLD, NEW)} | secrets)).post(made)

    return asyncio.run(main())


def test_a_receiver_gets_a_signed_cloud_event(site: Site) -> None:
    made = delivery(site.at("/hook", Answer(status=204)))
    assert post(made, site).error is None
    [seen] = site.seen
    assert (seen.method, verified(seen), verified(seen, OLD)) == ("POST", made.body, made.body)
    assert seen.headers["Content-Type"].startswith("application/cloudevents+json")


def test_a_redirect_is_not_followed(site: Site) -> None:
    site.at("/other", Answer())
    tried = post(delivery(site.at("/hook", Answer(status=307, headers={"Location": "/other"}))), site)
    assert "redirects are not followed" in str(tried.error)
    assert [seen.path for seen in site.seen] == ["/hook"]


def test_the_body_of_an_answer_is_not_read(site: Site) -> None:
    hold = threading.Event()
    try:
        assert post(delivery(site.at("/hook", Answer(claimed_length=2**40, hold=hold))), site).error is None
    finally:
        hold.set()


def test_a_host_that_is_not_listed_gets_no_request(site: Site) -> None:
    with serve() as other:
        tried = post(delivery(other.at("/hook", Answer())), site)
        assert other.seen == []
    assert tried.retry_at is None
    assert "IFCJOB_NOTIFICATION_HOSTS" in str(tried.error)


def test_a_receiver_that_does_not_answer_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        tried = post(delivery(url), Site(url), seconds=0.3)
    assert tried.retry_at is not None


def test_a_refused_address_gets_no_request(site: Site) -> None:
    tried = post(delivery(site.at("/hook", Answer())), site, refused=REFUSED)
    assert "IFCJOB_NOTIFICATION_HOSTS" in str(tried.error)
    assert (tried.retry_at, site.seen) == (None, [])


def test_a_missing_secret_is_waited_for(site: Site) -> None:
    tried = post(delivery(site.at("/hook", Answer()), secret="other"), site)
    assert tried.retry_at is not None
    assert tried.error == (
        "Secret bim/other: it does not exist: create it, with a value whsec_ and 24 to 64 bytes in Base64"
    )
    assert site.seen == []
