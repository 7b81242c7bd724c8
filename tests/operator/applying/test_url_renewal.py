"""The Secret of a pod whose URLs end with a session, on a real API server."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ifcjob.request import Renewal, RunRequest
from ifcjob_operator.planning.actions import Plan
from tests.operator.applying.house import House, first_attempt, request_of

if TYPE_CHECKING:
    from ifcjob.resource import IfcJob
    from ifcjob.status import Attempt


class Sessions:
    """Makes requests whose URLs end at a time."""

    def __init__(self, minutes: int) -> None:
        self.expires_at = datetime.now(UTC) + timedelta(minutes=minutes)

    async def __call__(self, ifcjob: IfcJob, attempt: Attempt) -> RunRequest:
        renewal = Renewal(file="/run/ifcjob/request.json", expires_at=self.expires_at)
        return (await request_of(ifcjob, attempt)).model_copy(update={"renewal": renewal})


def test_the_urls_of_an_existing_secret_are_renewed(with_house: Any) -> None:
    async def use(house: House) -> None:
        ifcjob, now = await house.ifcjob(), datetime.now(UTC)
        first = await house.apply(first_attempt(ifcjob), ifcjob, Sessions(minutes=10))
        assert first.renew_urls_at is not None
        assert timedelta(minutes=4) < first.renew_urls_at - now < timedelta(minutes=6)
        (before,) = await house.secrets()
        later = Sessions(minutes=60)
        again = await house.apply(Plan(ensure_secret=True), await house.ifcjob(), later)
        assert again.renew_urls_at is not None
        assert again.renew_urls_at - now > timedelta(minutes=29)
        (after,) = await house.secrets()
        assert after["metadata"]["uid"] == before["metadata"]["uid"]
        request = RunRequest.model_validate_json(base64.b64decode(after["data"]["request.json"]))
        assert request.renewal is not None
        assert request.renewal.expires_at == later.expires_at

    with_house(use)


def test_a_session_that_outlasts_the_attempt_renews_the_urls_of_a_shorter_one(with_house: Any) -> None:
    async def use(house: House) -> None:
        ifcjob = await house.ifcjob()
        await house.apply(first_attempt(ifcjob), ifcjob, Sessions(minutes=10))
        house.server.seen.clear()
        again = await house.apply(Plan(ensure_secret=True), await house.ifcjob())
        assert again.renew_urls_at is None
        (secret,) = await house.secrets()
        assert RunRequest.model_validate_json(base64.b64decode(secret["data"]["request.json"])).renewal is None
        # A POST would be rejected at a quota of Secrets.
        assert house.writes == [f"PATCH secrets/{secret['metadata']['name']}"]

    with_house(use)


def test_an_immutable_secret_keeps_its_urls(with_house: Any) -> None:
    """It was made with keys, before the operator's credentials became sessions."""

    async def use(house: House) -> None:
        await house.start()
        (before,) = await house.secrets()
        applied = await house.apply(Plan(ensure_secret=True), await house.ifcjob(), Sessions(minutes=60))
        assert applied.secret_ensured
        assert await house.secrets() == [before]

    with_house(use)
