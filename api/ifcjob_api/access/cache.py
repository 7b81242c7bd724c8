"""Answers of Kubernetes, kept for a few seconds; concurrent questions with one key become one request."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class AnswerCache(Generic[Key, Value]):
    """A bounded cache. An answer's age counts from the moment of its request."""

    def __init__(self, seconds: float, size: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._size, self._clock = seconds, size, clock
        self._answers: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._requests: dict[Key, asyncio.Task[Value]] = {}

    async def get(self, key: Key, request: Callable[[], Awaitable[Value]]) -> Value:
        """Return the kept answer, or make the request; its error is not kept."""
        answer = self._answers.get(key)
        if answer is not None and self._clock() < answer[0] + self._seconds:
            return answer[1]
        task = self._requests.get(key)
        if task is None:
            task = asyncio.create_task(self._fetch(key, request))
            self._requests[key] = task
        # A caller that goes away must not end the request of the others.
        return await asyncio.shield(task)

    async def _fetch(self, key: Key, request: Callable[[], Awaitable[Value]]) -> Value:
        started = self._clock()
        try:
            value = await request()
        finally:
            del self._requests[key]
        self._answers[key] = (started, value)
        self._answers.move_to_end(key)
        while len(self._answers) > self._size:
            self._answers.popitem(last=False)
        return value
