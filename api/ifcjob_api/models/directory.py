"""The models that a caller may see: those with a result in a namespace where the caller may `get ifcjobs`."""

from collections.abc import Collection, Sequence

from ifcjob_api.access.protocol import AccessControl, Caller
from ifcjob_api.models.results import ModelResult, ResultSource
from ifcjob_api.problems import Problem


class ModelDirectory:
    """Finds models by their checksum, first in the cluster, then in the catalog."""

    def __init__(
        self, access: AccessControl, sources: Sequence[ResultSource], namespaces: Collection[str] = ()
    ) -> None:
        """Restrict the models to some namespaces, if given."""
        self._access, self._sources, self._namespaces = access, sources, frozenset(namespaces)

    async def find(self, caller: Caller, sha256: str) -> ModelResult:
        """Return the newest result of a model; a Problem 404 when the caller sees none."""
        for source in self._sources:
            if allowed := await self._allowed(caller, source):
                newest = await source.newest(allowed, sha256)
                if newest:
                    return max(newest, key=lambda model: model.age)
        detail = (
            f"No job in your namespaces has processed a file with the SHA-256 {sha256}: submit it, or check the sum."
        )
        raise Problem(404, "ModelNotFound", detail)

    async def all(self, caller: Caller) -> list[ModelResult]:
        """Return the newest result of each model that the caller may see, newest first."""
        newest: dict[str, ModelResult] = {}
        for source in self._sources:
            if allowed := await self._allowed(caller, source):
                for result in await source.newest(allowed):
                    if result.sha256 not in newest or result.age > newest[result.sha256].age:
                        newest[result.sha256] = result
        return sorted(newest.values(), key=lambda model: model.age, reverse=True)

    async def _allowed(self, caller: Caller, source: ResultSource) -> Collection[str]:
        among = frozenset(await source.namespaces())
        among &= self._namespaces or among
        return await self._access.allowed_namespaces(caller, "get", "ifcjobs", among) if among else among
