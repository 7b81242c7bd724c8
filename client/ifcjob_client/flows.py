"""Flows: operations that describe their requests, so that a synchronous and an asynchronous client can run them.

A flow is a generator. It yields a `Call`, and gets the response or the error; several calls at once, and gets the
responses in the same order; or a `Pause`. It returns the operation's result.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

Result = TypeVar("Result")


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    """Below the server's `/api/v1`, with or without it, or a whole URL."""
    params: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    content: Callable[[], bytes] | None = None
    """Makes the body when the request is sent, so that waiting parts are not in memory."""
    headers: dict[str, str] = field(default_factory=dict)
    done: Callable[[], None] | None = None
    """Called after a successful response."""
    timeout: float | None = None
    """Seconds to wait for the answer; default: the client's."""
    repeats: bool = False
    """Whether the server has the same outcome for a POST that arrives twice."""
    save_to: Path | None = None
    """File that the body of the response is written to, in pieces; it appears under its name when it is complete."""

    receive: Callable[[bytes], None] | None = None
    """Takes the body of the response, piece by piece, as it arrives."""

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent again without knowing whether the first one arrived."""
        if self.receive is not None:  # it has perhaps taken a part
            return False
        is_idempotent = self.method in {"GET", "HEAD", "PUT", "DELETE"}
        return is_idempotent or self.repeats or "Idempotency-Key" in self.headers


@dataclass(frozen=True)
class Pause:
    """Wait before the next step."""

    seconds: float


Flow = Generator[Call | Sequence[Call] | Pause, Any, Result]


def response_to(call: Call) -> Flow[httpx.Response]:
    """Send one request and return its response."""
    response = yield call
    assert isinstance(response, httpx.Response)
    return response


def json_of(call: Call) -> Flow[Any]:
    """Send one request and return the JSON of its response."""
    response = yield from response_to(call)
    return response.json()
