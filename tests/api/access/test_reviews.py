"""Caches and failures of reviews, without a cluster: few requests, and no access without an answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob_api.access.cache import AnswerCache
from ifcjob_api.access.protocol import Caller
from ifcjob_api.access.reviews import AccessReviews
from ifcjob_api.access.token_review import TokenReviews
from ifcjob_api.problems import Problem
from ifcjob_backends.cluster.errors import ClusterError, ClusterUnavailable, Refused
from tests.support.async_tests import finish

if TYPE_CHECKING:
    from collections.abc import Callable

ANN = Caller("ann", ("bim",))


class Reviewer:
    """Answers reviews, and counts them."""

    def __init__(self, status: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.status = status
        self.specs: list[dict[str, Any]] = []
        self.running = self.most = 0

    async def ask(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answer a review."""
        assert method == "POST"
        assert path.endswith(("/tokenreviews", "/subjectaccessreviews"))
        self.specs.append(body["spec"])
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        return {"status": self.status(body["spec"])}


def in_bim(spec: dict[str, Any]) -> dict[str, Any]:
    namespace = spec["resourceAttributes"].get("namespace", "")
    return {"allowed": namespace.startswith("bim")}


def user(spec: dict[str, Any]) -> dict[str, Any]:
    if not spec["token"].startswith("good"):
        return {"user": {}}
    return {"authenticated": True, "user": {"username": spec["token"]}, "audiences": spec.get("audiences", [])}


def test_a_right_is_reviewed_once_in_ten_seconds() -> None:
    reviewer = Reviewer(in_bim)
    reviews = AccessReviews(reviewer)  # type: ignore[arg-type]
    now = [0.0]
    reviews._cache._clock = lambda: now[0]

    async def run() -> None:
        answers = await asyncio.gather(*(reviews.allows(ANN, "get", "ifcjobs", "bim") for _ in range(50)))
        assert answers == [True] * 50
        assert len(reviewer.specs) == 1
        assert reviewer.specs[0]["resourceAttributes"] == {
            "group": "ifcjob.io",
            "resource": "ifcjobs",
            "verb": "get",
            "namespace": "bim",
        }
        reviewer.status = lambda _: {"allowed": False}
        now[0] = 9.9
        assert await reviews.allows(ANN, "get", "ifcjobs", "bim")
        now[0] = 10.0
        assert not await reviews.allows(ANN, "get", "ifcjobs", "bim")

    finish(run())


def test_rights_differ_by_user_groups_verb_resource_and_namespace() -> None:
    reviewer = Reviewer(in_bim)
    reviews = AccessReviews(reviewer)  # type: ignore[arg-type]

    async def run() -> None:
        for caller in (ANN, Caller("ann"), Caller("bob", ("bim",))):
            assert await reviews.allows(caller, "get", "ifcjobs", "bim")
        assert await reviews.allows(ANN, "list", "ifcjobs", "bim")
        assert await reviews.allows(ANN, "get", "ifcqueues", "bim")
        assert not await reviews.allows(ANN, "get", "ifcjobs", "other")
        assert len(reviewer.specs) == 6

    finish(run())


def test_many_namespaces_are_reviewed_with_bounded_concurrency() -> None:
    reviewer = Reviewer(in_bim)
    reviews = AccessReviews(reviewer)  # type: ignore[arg-type]
    among = [f"bim-{number}" for number in range(100)] + [f"other-{number}" for number in range(100)]

    async def run() -> None:
        allowed = await reviews.allowed_namespaces(ANN, "list", "ifcjobs", among)
        assert allowed == set(among[:100])
        assert len(reviewer.specs) == 201
        assert reviewer.most <= 16
        reviewer.status = lambda _: {"allowed": True}
        assert await reviews.allowed_namespaces(Caller("admin"), "list", "ifcjobs", among) == set(among)
        assert len(reviewer.specs) == 202, "a right in all namespaces needs no other review"

    finish(run())


def _failure(error: Exception) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def fail(_: dict[str, Any]) -> dict[str, Any]:
        raise error

    return fail


@pytest.mark.parametrize(
    "error",
    [ClusterUnavailable(0, "no answer"), ClusterError(500, "broken"), Refused(403, "may not review"), TimeoutError()],
    ids=["down", "broken", "forbidden", "slow"],
)
def test_nobody_has_a_right_while_kubernetes_does_not_answer(error: Exception) -> None:
    reviewer = Reviewer(_failure(error))

    async def run() -> None:
        for review in (
            AccessReviews(reviewer).allows(ANN, "get", "ifcjobs", "bim"),  # type: ignore[arg-type]
            AccessReviews(reviewer).allowed_namespaces(ANN, "get", "ifcjobs", ["bim"]),  # type: ignore[arg-type]
            TokenReviews(reviewer).authenticate("good"),  # type: ignore[arg-type]
        ):
            with pytest.raises(Problem) as unavailable:
                await review
            assert (unavailable.value.status, unavailable.value.headers["Retry-After"]) == (503, "5")
        # The failure is not kept.
        reviewer.status = in_bim
        assert await AccessReviews(reviewer).allows(ANN, "get", "ifcjobs", "bim")  # type: ignore[arg-type]

    finish(run())


@pytest.mark.parametrize("status", [{}, {"allowed": "yes"}, {"allowed": True, "denied": True}, {"allowed": None}])
def test_only_a_clear_answer_is_a_right(status: dict[str, Any]) -> None:
    reviews = AccessReviews(Reviewer(lambda _: status))  # type: ignore[arg-type]
    assert finish(reviews.allows(ANN, "get", "ifcjobs", "bim")) is False


def test_a_token_is_reviewed_once_and_not_kept() -> None:
    reviewer = Reviewer(user)
    reviews = TokenReviews(reviewer)  # type: ignore[arg-type]

    async def run() -> None:
        for _ in range(3):
            assert (await reviews.authenticate("good-token")).name == "good-token"
            with pytest.raises(Problem, match="does not accept"):
                await reviews.authenticate("bad")
        assert len(reviewer.specs) == 2
        assert "good-token" not in str(list(reviews._cache._answers))

    finish(run())


def test_a_token_for_other_audiences_is_refused() -> None:
    reviewer = Reviewer(lambda spec: user(spec) | {"audiences": ["other"]})
    with pytest.raises(Problem) as refused:
        finish(TokenReviews(reviewer, ["ifcjob"]).authenticate("good"))  # type: ignore[arg-type]
    assert refused.value.status == 401
    assert reviewer.specs[0]["audiences"] == ["ifcjob"]


def test_ten_thousand_random_tokens_use_bounded_memory() -> None:
    reviewer = Reviewer(user)
    reviews = TokenReviews(reviewer)  # type: ignore[arg-type]
    reviews._cache._size = 1000

    async def run() -> None:
        for number in range(10_000):
            with pytest.raises(Problem):
                await reviews.authenticate(f"random-{number}")
        assert len(reviews._cache._answers) == 1000
        assert not reviews._cache._requests

    finish(run())


def test_a_caller_that_goes_away_does_not_end_the_request_of_others() -> None:
    async def run() -> None:
        cache: AnswerCache[str, int] = AnswerCache(10)
        release = asyncio.Event()

        async def request() -> int:
            await release.wait()
            return 7

        first, second = (asyncio.create_task(cache.get("key", request)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        release.set()
        assert await second == 7

    finish(run())
