"""Access on a cluster: bearer tokens, and Kubernetes' RBAC decides."""

from collections.abc import Collection
from typing import Protocol

from fastapi import Request

from ifcjob.http.caller import Verb
from ifcjob_api.access.bearer import bearer_token
from ifcjob_api.access.protocol import Caller, Resource
from ifcjob_api.access.reviews import AccessReviews


class Authenticator(Protocol):
    """Knows the user of a token."""

    async def authenticate(self, token: str, /) -> Caller:
        """Return the token's user; Problem 401 or 503."""


class ClusterAccess:
    """Authenticates by token, and authorizes by SubjectAccessReview."""

    def __init__(self, authenticator: Authenticator, reviews: AccessReviews) -> None:
        self._authenticator, self._reviews = authenticator, reviews

    async def caller(self, request: Request, /) -> Caller:
        """Authenticate the request; Problem 401 or 503."""
        return await self._authenticator.authenticate(bearer_token(request))

    async def allows(self, caller: Caller, verb: Verb, resource: Resource, namespace: str, name: str = "", /) -> bool:
        """Return whether the caller may do it; Problem 503."""
        return await self._reviews.allows(caller, verb, resource, namespace, name)

    async def allowed_namespaces(
        self, caller: Caller, verb: Verb, resource: Resource, among: Collection[str], /
    ) -> frozenset[str]:
        """Return those of the namespaces in which the caller may do it; Problem 503."""
        return await self._reviews.allowed_namespaces(caller, verb, resource, among)
