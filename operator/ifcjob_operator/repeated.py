"""Warnings that each retry would log again: logged when their text changes, and again after some minutes."""

import time
from collections.abc import Callable
from typing import Any

import structlog

REPEAT_SECONDS = 300.0
"""The runbooks look at the last ten minutes of the log."""
MAX_REMEMBERED = 10_000

log = structlog.get_logger()


class RepeatedWarnings:
    """Remembers the last warning of each subject."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._logged: dict[tuple[str, str], tuple[str, float]] = {}

    def warn(self, subject: str, event: str, error: str, **fields: Any) -> None:
        """Log a warning, unless the last one of this subject, such as a uid, was the same and is recent."""
        now, key = self._clock(), (subject, event)
        last = self._logged.get(key)
        if last is not None and last[0] == error and now - last[1] < REPEAT_SECONDS:
            return
        if len(self._logged) >= MAX_REMEMBERED:
            self._logged.clear()
        self._logged[key] = (error, now)
        log.warning(event, **fields, error=error)
