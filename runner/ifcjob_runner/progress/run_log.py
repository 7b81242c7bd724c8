"""The log of a run: written to stderr, and its end kept for an upload beside the artifacts."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from threading import Thread
from typing import TextIO, cast

from ifcjob.failures import RunFailure
from ifcjob.manifest import RUN_LOG_BYTES
from ifcjob_runner.transfer import http_pool

UPLOAD_SECONDS = 2.0
"""For the whole upload: a pod that is stopped has five seconds."""


class RunLog:
    """A text stream that passes everything on and keeps the end of it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._kept = bytearray()

    def write(self, text: str) -> int:
        """Write and keep the text."""
        self.keep(text)
        return self._stream.write(text)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self._stream.isatty()

    def keep(self, text: str) -> None:
        """Keep the text without writing it."""
        self._kept += text.encode("utf-8", "backslashreplace")
        if len(self._kept) > 2 * RUN_LOG_BYTES:
            self._kept = bytearray(self.end())

    def end(self) -> bytes:
        """Return the last whole lines, at most RUN_LOG_BYTES."""
        if len(self._kept) <= RUN_LOG_BYTES:
            return bytes(self._kept)
        # With the byte before them: the first line is whole if that byte ends another one.
        return bytes(self._kept[-RUN_LOG_BYTES - 1 :].partition(b"\n")[2])


@contextmanager
def keeping_log() -> Iterator[RunLog]:
    """Keep what this process writes to stderr."""
    log = RunLog(sys.stderr)
    with redirect_stderr(cast("TextIO", log)):
        yield log


def upload_log(content: bytes, url: str) -> None:
    """Upload the log of a run that has ended, or give up: neither changes the outcome or the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # A thread, because only it can be left behind: a timeout of HTTP covers neither names nor a slow server.
    upload = Thread(target=_put, args=(content, url), daemon=True)
    upload.start()
    upload.join(UPLOAD_SECONDS)


def _put(content: bytes, url: str) -> None:
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    with suppress(RunFailure, ValueError), http_pool.request("PUT", url, body=content, headers=headers) as response:
        response.drain_conn()
