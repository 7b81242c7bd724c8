"""Dependencies of routes: the caller, after a check of the right that the operation needs."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Path, Request

from ifcjob.http.caller import Verb
from ifcjob_api.access.protocol import Caller, CheckedRight, Resource
from ifcjob_api.problems import Problem
from ifcjob_api.services import Services, services_of

DNS_LABEL = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
Namespace = Annotated[str, Path(pattern=DNS_LABEL, description="The namespace.", examples=["bim"])]


async def caller(request: Request, services: Annotated[Services, Depends(services_of)]) -> Caller:
    """Return the caller that the middleware has authenticated; 401 otherwise."""
    authenticated: Caller | None = getattr(request.state, "caller", None)
    return authenticated or await services.access.caller(request)


def allowed(verb: Verb, resource: Resource, audited: Verb | None = None) -> Callable[..., Awaitable[Caller]]:
    """Return a dependency that allows an operation in the path's namespace, or ends it with 403.

    The audit line has `audited` if the operation is another verb than the right that it needs.
    """

    async def check(
        namespace: Namespace,
        user: Annotated[Caller, Depends(caller)],
        services: Annotated[Services, Depends(services_of)],
        request: Request,
    ) -> Caller:
        is_allowed = await services.access.allows(user, verb, resource, namespace)
        name = "/".join(str(value) for key, value in request.path_params.items() if key != "namespace")
        request.state.right = CheckedRight(audited or verb, resource, namespace, name, is_allowed)
        if not is_allowed:
            detail = f"{user.name} may not {verb} {resource} in the namespace {namespace}: ask for a RoleBinding."
            raise Problem(403, "Forbidden", detail)
        return user

    return check
