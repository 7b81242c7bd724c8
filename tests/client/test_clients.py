"""Both clients run the same flows: retries, parallel calls, problems, tokens."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ifcjob_api.examples.uploads import COMPLETE, CREATED, SIGNED
from ifcjob_client import ApiError, AsyncClient, Client, ServerUnreachable, uploads
from ifcjob_client.flows import Call, Pause, json_of
from ifcjob_client.transport import retries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ifcjob_client.flows import Flow


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "wait", lambda _: 0.001)


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Run a flow against a function that answers, with one of the clients."""

    def run_sync(answer: Any, flow: Flow[Any], **options: Any) -> Any:
        with Client("http://api.test", transport=httpx.MockTransport(answer), **options) as client:
            return client.run(flow)

    def run_async(answer: Any, flow: Flow[Any], **options: Any) -> Any:
        async def main() -> Any:
            async with AsyncClient("http://api.test", transport=httpx.MockTransport(answer), **options) as client:
                return await client.run(flow)

        return asyncio.run(main())

    return run_sync if request.param == "sync" else run_async


def problem(status: int, code: str = "Busy", **fields: Any) -> httpx.Response:
    body = {"title": "t", "status": status, "code": code, "detail": "the detail"} | fields
    return httpx.Response(status, json=body, headers={"Content-Type": "application/problem+json"})


def test_a_flow_gets_the_json_of_its_call(run: Any) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"name": "house"})

    flow = json_of(Call("GET", "/namespaces/bim/jobs/house", params={"a": 1, "b": None}))
    assert run(answer, flow, token="secret") == {"name": "house"}
    assert str(seen[0].url) == "http://api.test/api/v1/namespaces/bim/jobs/house?a=1"
    assert seen[0].headers["Authorization"] == "Bearer secret"


def test_another_server_gets_no_token(run: Any) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    run(answer, json_of(Call("PUT", "http://store.test/bucket/key?signature=x")), token="secret")
    assert "Authorization" not in seen[0].headers


def test_a_problem_is_an_api_error_with_its_fields(run: Any) -> None:
    errors = [{"pointer": "/source", "detail": "is missing"}]
    with pytest.raises(ApiError, match="the detail\n  /source: is missing") as caught:
        run(lambda _: problem(422, "InvalidRequest", errors=errors), json_of(Call("POST", "/x")))
    assert (caught.value.status, caught.value.code) == (422, "InvalidRequest")


def test_another_servers_error_page_is_named(run: Any) -> None:
    with pytest.raises(ServerUnreachable, match=r"api\.test answers 404 without a problem: is it an ifcjob API\?"):
        run(lambda _: httpx.Response(404, text="<html>"), json_of(Call("GET", "/x")))


@pytest.mark.parametrize(
    ("call", "status", "sent"),
    [
        (Call("GET", "/x"), 503, retries.TRIES),
        (Call("POST", "/x"), 503, 1),
        (Call("POST", "/x", headers={"Idempotency-Key": "k"}), 503, retries.TRIES),
        (Call("POST", "/x"), 429, retries.TRIES),
        (Call("GET", "/x"), 500, 1),
    ],
)
def test_only_calls_that_may_arrive_twice_are_repeated(run: Any, call: Call, status: int, sent: int) -> None:
    count = [0]

    def answer(_: httpx.Request) -> httpx.Response:
        count[0] += 1
        return problem(status)

    with pytest.raises(ApiError):
        run(answer, json_of(call))
    assert count[0] == sent


def test_a_server_that_recovers_is_asked_again(run: Any) -> None:
    answers: list[httpx.Response | Exception] = [
        problem(503),
        httpx.ConnectError("refused"),
        httpx.Response(200, json="ok"),
    ]

    def answer(_: httpx.Request) -> httpx.Response:
        next_answer = answers.pop(0)
        if isinstance(next_answer, Exception):
            raise next_answer
        return next_answer

    assert run(answer, json_of(Call("GET", "/x"))) == "ok"


@pytest.mark.parametrize("lost", [504, httpx.ReadError("reset")], ids=["504", "no answer"])
def test_the_completion_of_an_upload_is_repeated_after_a_lost_answer(run: Any, lost: Any) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
        if len(seen) == 1:
            if isinstance(lost, Exception):
                raise lost
            return problem(lost)
        return httpx.Response(200, json=COMPLETE)

    assert run(answer, uploads.complete("0" * 32, "bim")).state == "Complete"
    assert seen == ["POST complete"] * 2


def test_a_server_that_never_answers_is_unreachable(run: Any) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    with pytest.raises(ServerUnreachable, match=r"no answer from http://api\.test: connection refused"):
        run(answer, json_of(Call("GET", "/x")))


@pytest.mark.parametrize("outage", [1, uploads.OUTAGE_TRIES])
def test_an_upload_waits_for_a_server_that_restarts(
    run: Any, outage: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "OUTAGE_PAUSE_SECONDS", 0)
    file = tmp_path / "house.ifc"
    file.write_bytes(bytes(20_000_000))
    sent, missing = [0], [SIGNED, SIGNED | {"parts": []}]
    refusals = [outage]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            sent[0] += 1
            return httpx.Response(200)
        if request.url.path.endswith("/parts"):
            refusals[0] -= 1
            if refusals[0] >= 0:
                raise httpx.ConnectError("refused")
            return httpx.Response(200, json=missing.pop(0))
        return httpx.Response(200, json=COMPLETE if request.url.path.endswith("/complete") else CREATED)

    assert run(answer, uploads.upload(file, "bim")).state == "Complete"
    assert sent[0] == 3, "the part that was missing after the outage is sent again"


def test_calls_of_one_step_are_sent_at_once_and_answered_in_order(run: Any) -> None:
    together = threading.Barrier(2, timeout=5)
    all_entered, entered = asyncio.Event(), [0]

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=request.url.path)

    async def answer_together(request: httpx.Request) -> httpx.Response:
        entered[0] += 1
        if entered[0] == 2:
            all_entered.set()
        await all_entered.wait()
        return answer(request)

    def answer_in_threads(request: httpx.Request) -> httpx.Response:
        together.wait()
        return answer(request)

    def flow() -> Flow[list[str]]:
        yield Pause(0.001)
        responses = yield [Call("GET", "/a"), Call("GET", "/b")]
        return [response.json() for response in responses]

    handler = answer_in_threads if run.__name__ == "run_sync" else answer_together
    assert run(handler, flow()) == ["/api/v1/a", "/api/v1/b"]
