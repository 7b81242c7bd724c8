"""Post progress, and the report of a run that has published, from a thread that no run waits for longer than seconds.

No server can block a run or make it fail: the thread alone talks to it, reads little of its answers, and is left behind
at the end.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Condition, Thread
from typing import TYPE_CHECKING

from ifcjob.report import Progress, RunReport
from ifcjob.request import ProgressTarget, RunRequest
from ifcjob_runner.progress.stage_log import StageLog

if TYPE_CHECKING:
    from urllib3 import PoolManager

TIMEOUT_SECONDS = 5.0
SHUTDOWN_SECONDS = 2.0
INTERVAL_SECONDS = 0.2
"""The least time between two posts."""
REPORT_TRIES = 8
"""Only one replica of the operator takes reports, and a new connection leads to any of them."""
ANSWER_BYTES = 4096
ANOTHER_SERVER = 421


class Poster:
    """The thread; it posts the newest event, never a backlog."""

    def __init__(self, target: ProgressTarget) -> None:
        self._target = target
        self._newest: bytes | None = None
        self._report: bytes | None = None
        self._is_closed = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, event: bytes) -> None:
        """Post an event unless a newer one follows soon."""
        with self._changed:
            self._newest = event
            self._changed.notify()

    def close(self, report: RunReport | None) -> None:
        """Post the last event, and the report of a run that has published; give up after seconds."""
        with self._changed:
            if report is not None and report.outcome == "Succeeded":
                self._report = report.as_termination_message().encode()
            self._is_closed = True
            self._changed.notify()
        self._thread.join(SHUTDOWN_SECONDS)

    def _run(self) -> None:
        import urllib3  # a run on local files without progress does not need it

        pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT_SECONDS)
        while (event := self._next()) is not None:
            self._post(pool, self._target.url, event)
            with self._changed:
                self._changed.wait_for(lambda: self._is_closed, INTERVAL_SECONDS)
        if self._report is None or not self._target.report_url:
            return
        for _ in range(REPORT_TRIES):
            pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT_SECONDS)
            if self._post(pool, self._target.report_url, self._report) != ANOTHER_SERVER:
                return

    def _next(self) -> bytes | None:
        """Wait for an event, and return the newest; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._is_closed)
            event, self._newest = self._newest, None
            return event

    def _post(self, pool: "PoolManager", url: str, body: bytes) -> int | None:
        """Return the status of the answer; None when there is none."""
        from urllib3.exceptions import HTTPError  # see `_run`

        headers = {"Content-Type": "application/json"}
        if self._target.token:
            headers["Authorization"] = f"Bearer {self._target.token}"
        with suppress(HTTPError, OSError, ValueError):  # ValueError: of a token or URL that is not valid in HTTP
            response = pool.request("POST", url, body=body, headers=headers, redirect=False, preload_content=False)
            response.read(ANSWER_BYTES)
            response.release_conn()
            return response.status
        return None


class PostingObserver(StageLog):
    """Logs stages, and posts progress and the report if the request names a URL for them."""

    def __init__(self, request: RunRequest) -> None:
        super().__init__(ifcjob=request.ifcjob, uid=request.uid, attempt=request.attempt)
        self._poster = None if request.progress is None else Poster(request.progress)
        self._report: RunReport | None = None

    def on_progress(self, progress: Progress) -> None:
        """Have the progress posted."""
        if self._poster is not None:
            self._poster.put(progress.to_json().encode())

    def post_report(self, report: RunReport) -> None:
        """Have the report posted at the end."""
        self._report = report

    def close(self) -> None:
        """Wait for the last posts, for seconds at most."""
        if self._poster is not None:
            self._poster.close(self._report)


@contextmanager
def posting_observer(request: RunRequest) -> Iterator[PostingObserver]:
    """Yield an observer for one run; leaving the context waits for its last posts."""
    observer = PostingObserver(request)
    try:
        yield observer
    finally:
        observer.close()
