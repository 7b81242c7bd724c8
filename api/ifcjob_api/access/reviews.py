"""Authorization by Kubernetes: a SubjectAccessReview per user, verb, resource and namespace."""

import asyncio
from collections.abc import Collection
from typing import Any

from ifcjob.http.caller import Verb
from ifcjob.labels import GROUP
from ifcjob_api.access.cache import AnswerCache
from ifcjob_api.access.kubernetes_review import review
from ifcjob_api.access.protocol import Caller, Resource
from ifcjob_backends.cluster.protocol import KubernetesApi

CACHE_SECONDS = 10.0
_CONCURRENT = 16
_ALL_NAMESPACES = ""

Question = tuple[str, tuple[str, ...], Verb, Resource, str, str]


class AccessReviews:
    """Asks Kubernetes what a caller may do."""

    def __init__(self, kubernetes: KubernetesApi, seconds: float = CACHE_SECONDS) -> None:
        self._kubernetes = kubernetes
        self._cache: AnswerCache[Question, bool] = AnswerCache(seconds)
        self._slots = asyncio.Semaphore(_CONCURRENT)

    async def allows(self, caller: Caller, verb: Verb, resource: Resource, namespace: str, name: str = "", /) -> bool:
        """Return whether the caller may do it, as of the last ten seconds; Problem 503."""
        question = (caller.name, caller.groups, verb, resource, namespace, name)

        async def ask() -> bool:
            async with self._slots:
                return await self._review(question)

        return await self._cache.get(question, ask)

    async def allowed_namespaces(
        self, caller: Caller, verb: Verb, resource: Resource, among: Collection[str], /
    ) -> frozenset[str]:
        """Return those of the namespaces in which the caller may do it: one request if in all; Problem 503."""
        if await self.allows(caller, verb, resource, _ALL_NAMESPACES):
            return frozenset(among)
        namespaces = sorted(set(among))
        answers = await asyncio.gather(*(self.allows(caller, verb, resource, namespace) for namespace in namespaces))
        return frozenset(namespace for namespace, allowed in zip(namespaces, answers, strict=True) if allowed)

    async def _review(self, question: Question) -> bool:
        user, groups, verb, resource, namespace, name = question
        attributes = {"group": GROUP, "resource": resource, "verb": verb, "namespace": namespace, "name": name}
        spec: dict[str, Any] = {"user": user, "groups": list(groups)}
        spec["resourceAttributes"] = {key: value for key, value in attributes.items() if value}
        status = await review(self._kubernetes, "SubjectAccessReview", spec)
        return status.get("allowed") is True and status.get("denied") is not True
