"""Post progress from a separate process, so that no server can block a run or make it fail.

`python -m ifcjob_runner.progress.poster` reads the target and then one progress event per line from stdin.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from ifcjob.report import Progress
from ifcjob.request import ProgressTarget, RunRequest
from ifcjob_runner.progress.observer import Observer
from ifcjob_runner.progress.stage_log import StageLog

TIMEOUT_SECONDS = 5.0
SHUTDOWN_SECONDS = 2.0


class PostingObserver(StageLog):
    """Logs stages and writes progress to the poster process."""

    def __init__(self, stream: IO[bytes], **fields: str | int | None) -> None:
        super().__init__(**fields)
        self._stream = stream

    def on_progress(self, progress: Progress) -> None:
        """Queue the event; drop it when the poster is behind or has ended."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ValueError):
            self._stream.write(progress.to_json().encode() + b"\n")


@contextmanager
def posting_observer(request: RunRequest) -> Iterator[Observer]:
    """Yield an observer that logs stages, and posts progress if the request names a URL."""
    fields = {"ifcjob": request.ifcjob, "uid": request.uid, "attempt": request.attempt}
    if request.progress is None:
        yield StageLog(**fields)
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "ifcjob_runner.progress.poster"],
        stdin=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )
    assert process.stdin is not None
    process.stdin.write(request.progress.to_json().encode() + b"\n")
    os.set_blocking(process.stdin.fileno(), False)
    try:
        yield PostingObserver(process.stdin, **fields)
    finally:
        process.stdin.close()
        try:
            process.wait(SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main() -> None:
    """Post events until stdin ends: always the newest, never a backlog."""
    import urllib3  # this process only

    # Unbuffered: a buffer would consume events after the first line.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as stdin:
        target = ProgressTarget.model_validate_json(stdin.readline())
    headers = {"Content-Type": "application/json"}
    if target.token:
        headers["Authorization"] = f"Bearer {target.token}"
    pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT_SECONDS)
    for event in _newest(sys.stdin.fileno()):
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            pool.request("POST", target.url, body=event, headers=headers, redirect=False)


def _newest(descriptor: int) -> Iterator[bytes]:
    """Yield the last complete line that has arrived, until the end."""
    rest = b""
    while chunk := os.read(descriptor, 1 << 20):
        *lines, rest = (rest + chunk).split(b"\n")
        if lines:
            yield lines[-1]


if __name__ == "__main__":
    main()
