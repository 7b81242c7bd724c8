"""Run clients that download: again when they fail, and with their own words in the error."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

ATTEMPTS = 5
WAIT = wait_exponential(multiplier=2)
LONGEST_ERROR = 2000


class DownloadFailed(Exception):
    """A client failed at every attempt; the message is its own."""


def download(command: Sequence[str], makes: Path | None = None, **options: Any) -> str:
    """Run a client until it succeeds and return its output. Raises DownloadFailed after five attempts in half a minute.

    A failed attempt's half of the folder that it `makes` is removed. `options` are those of `subprocess.run`.
    """
    retrying = Retrying(
        retry=retry_if_exception_type(DownloadFailed),
        stop=stop_after_attempt(ATTEMPTS),
        wait=WAIT,
        before_sleep=_announce,
        reraise=True,
    )
    return retrying(_run, command, makes, options)


def error_of(done: subprocess.CompletedProcess[str]) -> str:
    """Return the error that a client printed: to stderr, to stdout, or as the field `Error` of JSON on stdout."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(done.stdout)["Error"])
    texts = (text.strip() for text in (done.stdout, done.stderr))
    return "\n".join(text for text in texts if text)[-LONGEST_ERROR:] or f"exit code {done.returncode}"


def _run(command: Sequence[str], makes: Path | None, options: dict[str, Any]) -> str:
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command, capture_output=True, text=True, check=False, **options
        )
        if done.returncode == 0:
            return done.stdout
        message = error_of(done)
    except subprocess.TimeoutExpired as error:
        message = f"{command[0]} did not end within {error.timeout:.0f} s"
    if makes:
        shutil.rmtree(makes, ignore_errors=True)
    raise DownloadFailed(message)


def _announce(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    sys.stderr.write(f"attempt {state.attempt_number} of {ATTEMPTS} to download failed: {error}\n")
