"""The growing log of a job: streamed per attempt, and continued after a lost connection, until the job has finished."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ifcjob.resource import IfcJob
from ifcjob_client import jobs
from ifcjob_client.errors import ApiError, ServerUnreachable
from ifcjob_client.flows import Call, Flow, Pause

RECONNECT_SECONDS = 1.0
RECONNECTS = 10
"""Lost connections in a row, without a new byte between them."""
SILENT_SECONDS = 3600.0
"""A run may write nothing for a long time."""
_BUSY = frozenset({502, 503, 504})

Write = Callable[[bytes], Any]


def follow(
    name: str,
    namespace: str = jobs.DEFAULT_NAMESPACE,
    *,
    write: Write,
    attempt: int | None = None,
    tail: int | None = None,
) -> Flow[IfcJob]:
    """Write the log while it grows, of one attempt, or of the last one and all that follow; return the job."""
    job = yield from jobs.get(name, namespace)
    number = attempt or _last(job)
    while not job.status.is_finished and number is None:
        job = yield from jobs.follow(name, namespace, version=job.metadata.resource_version)
        number = _last(job)
    while True:
        yield from _attempt(name, namespace, number, tail, write)
        job, tail = (yield from jobs.get(name, namespace)), None
        while not job.status.is_finished and _last(job) == number and attempt is None:
            job = yield from jobs.follow(name, namespace, version=job.metadata.resource_version)
        if attempt is not None or _last(job) == number:
            return job
        number = _last(job)


@dataclass
class _Output:
    """The bytes of one attempt that were written already are skipped when they arrive again."""

    write: Write
    written: int = 0
    skipped: int = 0

    def take(self, chunk: bytes) -> None:
        new = chunk[max(0, self.written - self.skipped) :]
        self.skipped += len(chunk) - len(new)
        if new:
            self.written += len(new)
            self.skipped = self.written
            self.write(new)


def _attempt(name: str, namespace: str, number: int | None, tail: int | None, write: Write) -> Flow[None]:
    output, failures = _Output(write), 0
    params = {"attempt": number, "follow": True, "tail": tail}
    path = f"{jobs.job_path(name, namespace)}/logs"
    while True:
        before, output.skipped = output.written, 0
        try:
            yield Call("GET", path, params=params, timeout=SILENT_SECONDS, receive=output.take)
        except (ApiError, ServerUnreachable) as error:
            if isinstance(error, ApiError) and error.code != "LogsNotReady" and error.status not in _BUSY:
                raise
            failures = 1 if output.written > before else failures + 1
            # The last lines begin elsewhere when they are asked for again.
            if failures > RECONNECTS or (tail is not None and output.written):
                raise
        else:
            return
        yield Pause(RECONNECT_SECONDS)


def _last(job: IfcJob) -> int | None:
    return job.status.attempts[-1].number if job.status.attempts else None
