"""Facts and run requests for tests that are about neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ifcjob.quantity import as_bytes
from ifcjob.request import Output, RunRequest, Source
from ifcjob_operator.planning.observation import CachedResult, MemoryAdvice
from tests.support.builders import GIB, INPUT

if TYPE_CHECKING:
    from ifcjob.resource import IfcJob
    from ifcjob.status import Attempt, ObservedInput


class SomeFacts:
    """A source that exists, and no earlier result."""

    async def input(self, _: IfcJob) -> ObservedInput:
        return INPUT

    async def cached_result(self, *_: object) -> CachedResult:
        return CachedResult()

    async def memory(self, ifcjob: IfcJob, *_: object) -> MemoryAdvice:
        requested = ifcjob.spec.resources.memory
        return MemoryAdvice(GIB if requested == "auto" else as_bytes(requested), "formula")

    async def published(self, *_: object) -> bool:
        return False


async def simple_request(_: IfcJob, attempt: Attempt) -> RunRequest:
    """Make a request of an attempt."""
    uploads = {"manifest.json": f"https://s3.example.com/{attempt.job_name}"}
    return RunRequest(source=Source(uri="https://s3.example.com/house.ifc"), output=Output(uploads=uploads))
