"""Merge patches between two statuses."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.failures import FailureReason
from ifcjob.report import Failure
from ifcjob.status import JobProgress
from ifcjob_operator.applying.apply import changed_fields
from ifcjob_operator.planning.actions import Plan
from tests.support.builders import (
    INPUT,
    a_status,
    between,
    finished,
    running,
    starting,
)

if TYPE_CHECKING:
    from ifcjob.status import IfcJobStatus
    from tests.operator.applying.house import House

FAILURE = Failure(reason=FailureReason.OUT_OF_MEMORY, message="m", hint="h", retryable=True, element="3x")
PROGRESS = JobProgress(percent=50, stage="geometry", updated_at=datetime(2026, 3, 1, tzinfo=UTC))
STATUSES = {
    "new": a_status(),
    "with input": a_status(input=INPUT),
    "with a checksum": a_status(input=INPUT.model_copy(update={"etag": None, "sha256": "0" * 64})),
    "starting": starting(),
    "running": running(progress=PROGRESS),
    "failed once": between(failure=FAILURE, retries=1, next_memory="2Gi"),
    "without the element": between(number=2, failure=FAILURE.model_copy(update={"element": None})),
    "finished": finished(),
}


@pytest.mark.parametrize(("old", "new"), list(permutations(STATUSES, 2)))
def test_a_patch_turns_the_old_status_into_the_new_one(old: str, new: str) -> None:
    before, after = (as_json(STATUSES[name]) for name in (old, new))
    assert merged(before, changed_fields(STATUSES[old], STATUSES[new])) == after


def test_the_api_server_merges_a_patch_as_expected(with_house: Any) -> None:
    async def use(house: House) -> None:
        for name in [*STATUSES, *reversed(STATUSES)]:
            await house.apply(Plan(status=STATUSES[name]), await house.ifcjob())
            assert (await house.ifcjob()).status == STATUSES[name], name

    with_house(use)


def as_json(status: IfcJobStatus) -> dict[str, Any]:
    return status.model_dump(mode="json", by_alias=True, exclude_none=True)


def merged(old: Any, patch: Any) -> Any:
    """Apply a merge patch, as RFC 7396 says."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        result[name] = merged(result.get(name), value)
        if value is None:
            del result[name]
    return result
