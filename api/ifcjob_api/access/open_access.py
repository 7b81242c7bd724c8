"""`auth.mode=none`: everybody who reaches the loopback address may do everything."""

from collections.abc import Collection

from fastapi import Request

from ifcjob.http.caller import Verb
from ifcjob_api.access.protocol import Caller, Resource


class OpenAccess:
    """Lets the user of this machine do everything."""

    async def caller(self, _request: Request, /) -> Caller:
        """Return the local user."""
        return Caller("local")

    async def allows(
        self, _caller: Caller, _verb: Verb, _resource: Resource, _namespace: str, _name: str = "", /
    ) -> bool:
        """Allow everything."""
        return True

    async def allowed_namespaces(
        self, _caller: Caller, _verb: Verb, _resource: Resource, among: Collection[str], /
    ) -> frozenset[str]:
        """Allow every namespace."""
        return frozenset(among)
