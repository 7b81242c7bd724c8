"""Authentication and authorization as the routes use them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from fastapi import Request

from ifcjob.http.caller import Verb

Resource = Literal["ifcjobs", "ifcqueues"]
"""Uploads, artifacts, logs, models and history need the verb on `ifcjobs`."""


@dataclass(frozen=True)
class Caller:
    """An authenticated user."""

    name: str
    groups: tuple[str, ...] = ()
    expires_at: datetime | None = None
    """When the credentials expire; an event stream ends then."""


@dataclass(frozen=True)
class CheckedRight:
    """The right that an operation needs, for the audit line: `request.state.right`."""

    verb: Verb
    resource: Resource
    namespace: str
    name: str
    allowed: bool


class AccessControl(Protocol):
    """Decides on requests. Raises Problem: 401 without valid credentials, 503 when a decision cannot be had."""

    async def caller(self, request: Request, /) -> Caller:
        """Authenticate the request."""

    async def allows(self, caller: Caller, verb: Verb, resource: Resource, namespace: str, name: str = "", /) -> bool:
        """Return whether the caller may do it now."""

    async def allowed_namespaces(
        self, caller: Caller, verb: Verb, resource: Resource, among: Collection[str], /
    ) -> frozenset[str]:
        """Return those of the namespaces in which the caller may do it, with few requests."""
