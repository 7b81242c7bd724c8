"""Authenticates every request but those to public paths, and limits the requests of each user.

A route that forgets its own check still needs a valid token.
"""

import math
import time
from collections.abc import Collection

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from ifcjob_api.access.protocol import AccessControl, Caller
from ifcjob_api.problems import Problem, problem_response

READS = frozenset({"GET", "HEAD", "OPTIONS"})


class RateLimit:
    """Requests per user and minute, as counted by this replica; 0: no limit."""

    def __init__(self, reads: int, writes: int) -> None:
        self._limits = {
            "reads": RateLimitItemPerMinute(reads) if reads else None,
            "writes": RateLimitItemPerMinute(writes) if writes else None,
        }
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def take(self, caller: Caller, method: str) -> None:
        """Count a request; Problem 429 above the limit."""
        kind = "reads" if method in READS else "writes"
        limit = self._limits[kind]
        if limit is None or self._limiter.hit(limit, kind, caller.name):
            return
        reset = self._limiter.get_window_stats(limit, kind, caller.name).reset_time
        seconds = max(1, math.ceil(reset - time.time()))
        detail = f"More than {limit.amount} {kind} in a minute: wait {seconds} s."
        raise Problem(429, "TooManyRequests", detail, retry_after=seconds)


class Authentication:
    """Sets `request.state.caller`."""

    def __init__(self, app: ASGIApp, access: AccessControl, public: Collection[str], limit: RateLimit) -> None:
        self._app, self._access, self._public, self._limit = app, access, frozenset(public), limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["path"] in self._public:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            request.state.caller = await self._access.caller(request)
            self._limit.take(request.state.caller, request.method)
        except Problem as problem:
            await problem_response(request, problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)
