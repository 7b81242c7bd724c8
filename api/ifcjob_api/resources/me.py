"""The caller: name, groups, and rights per namespace."""

import asyncio
from typing import Annotated, get_args

from fastapi import APIRouter, Depends

from ifcjob.http.caller import Me, NamespaceRights, Verb
from ifcjob_api.access.checks import caller
from ifcjob_api.access.protocol import Caller, Resource
from ifcjob_api.examples import operation
from ifcjob_api.problems import problem_responses
from ifcjob_api.services import Services, services_of

router = APIRouter(tags=["me"])


_EXAMPLE = {
    "name": "ann",
    "groups": ["bim"],
    "namespaces": [{"namespace": "bim", "ifcjobs": ["get", "list", "watch", "create"], "ifcqueues": ["get", "list"]}],
    "maxUploadBytes": 2**30,
}


@router.get(
    "/me",
    operation_id="getMe",
    summary="Get the caller and its rights",
    responses=problem_responses(401, 429, 503) | {200: operation.answer(_EXAMPLE, "The caller.")},
)
async def get_me(user: Annotated[Caller, Depends(caller)], services: Annotated[Services, Depends(services_of)]) -> Me:
    """Return the caller, and the rights in each namespace that has jobs or queues."""
    among = services.live.namespaces()
    pairs: list[tuple[Verb, Resource]] = [(verb, kind) for kind in get_args(Resource) for verb in get_args(Verb)]
    allowed = await asyncio.gather(
        *(services.access.allowed_namespaces(user, verb, kind, among) for verb, kind in pairs)
    )
    rights = {namespace: NamespaceRights(namespace=namespace) for namespace in among}
    for (verb, kind), namespaces in zip(pairs, allowed, strict=True):
        for namespace in namespaces:
            getattr(rights[namespace], kind).append(verb)
    visible = [right for right in rights.values() if right.ifcjobs or right.ifcqueues]
    return Me(
        name=user.name,
        groups=list(user.groups),
        expires_at=user.expires_at,
        namespaces=visible,
        max_upload_bytes=services.settings.max_upload_bytes,
    )
