"""Search over many models: batch by batch, the models with the newest jobs first, until the page is full."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from ifcjob_api.models.artifact_cache import ArtifactCorrupt, ArtifactMissing, StoredArtifact
from ifcjob_api.models.query_engine import AnswerTooLarge, Cursor
from ifcjob_api.models.results import ModelResult
from ifcjob_api.models.store import ModelStore, problem_of
from ifcjob_api.problems import Problem

BATCH_MODELS = 250
"""Enough that opening files in parallel pays, few enough that a page that fills early reads little."""

Answer = TypeVar("Answer")
Query = Callable[[Cursor, list[list[Path]], list[ModelResult]], Answer]


@dataclass
class Batch(Generic[Answer]):
    """The answers of some models, and the models that could not be searched."""

    models: Sequence[ModelResult]
    answers: list[Answer] = field(default_factory=list)
    """One per group of models that was asked at once, in the order of the models."""
    skipped: list[tuple[ModelResult, Problem]] = field(default_factory=list)


class ModelSearch:
    """Asks one query of many models. Iterating it stops at the deadline, after at least one batch."""

    def __init__(self, store: ModelStore, names: Sequence[str]) -> None:
        """Read these artifacts of each model."""
        self._store, self._names = store, names

    async def batches(self, models: Sequence[ModelResult], query: Query[Answer]) -> AsyncIterator[Batch[Answer]]:
        """Yield the answers batch by batch."""
        end = time.monotonic() + self._store.search_seconds
        start = 0
        while start < len(models) and (start == 0 or time.monotonic() < end):
            batch = Batch[Answer](models[start : start + BATCH_MODELS])
            start += len(batch.models)
            for group in await self._groups(batch):
                await self._ask(group, query, batch)
            yield batch

    async def _groups(self, batch: Batch[Answer]) -> list[list[tuple[ModelResult, list[StoredArtifact]]]]:
        """Return the models with their artifacts, in groups that fit into the cache together."""
        stored_of_models = await asyncio.gather(*(self._artifacts(model) for model in batch.models))
        most, size = self._store.cache.max_bytes // 4, 0
        groups: list[list[tuple[ModelResult, list[StoredArtifact]]]] = [[]]
        for model, stored in zip(batch.models, stored_of_models, strict=True):
            if isinstance(stored, Problem):
                batch.skipped.append((model, stored))
                continue
            size += sum(artifact.bytes for artifact in stored)
            if groups[-1] and size > most:
                groups.append([])
                size = sum(artifact.bytes for artifact in stored)
            groups[-1].append((model, stored))
        return groups

    async def _artifacts(self, model: ModelResult) -> list[StoredArtifact] | Problem:
        try:
            listed = await self._store.artifacts(model)
            return [listed.stored(name) for name in self._names]
        except Exception as error:  # noqa: BLE001 - sorted by _skip
            return _skip(error)

    async def _ask(
        self, group: list[tuple[ModelResult, list[StoredArtifact]]], query: Query[Answer], batch: Batch[Answer]
    ) -> None:
        with ExitStack() as held:
            files = [held.enter_context(self._store.cache.hold(stored)) for _, stored in group]
            outcomes = await asyncio.gather(*(self._fetch(stored) for _, stored in group))
            readable = []
            for (model, _), paths, problem in zip(group, files, outcomes, strict=True):
                if problem is None:
                    readable.append((model, paths))
                else:
                    batch.skipped.append((model, problem))
            if readable:
                await self._query(readable, query, batch)

    async def _fetch(self, stored: Sequence[StoredArtifact]) -> Problem | None:
        try:
            for artifact in stored:
                await self._store.cache.fetch(artifact)
        except Exception as error:  # noqa: BLE001 - sorted by _skip
            return _skip(error)
        return None

    async def _query(
        self, readable: list[tuple[ModelResult, list[Path]]], query: Query[Answer], batch: Batch[Answer]
    ) -> None:
        """Ask the models together; when the answer of one fails, halve them until it is alone."""
        models, files = [model for model, _ in readable], [paths for _, paths in readable]
        try:
            answer = await self._store.engine.run(
                lambda cursor: query(cursor, files, models), self._store.query_seconds
            )
        except (ArtifactCorrupt, AnswerTooLarge) as error:
            if len(readable) == 1:
                batch.skipped.append((models[0], problem_of(error)))
                return
            middle = len(readable) // 2
            await self._query(readable[:middle], query, batch)
            await self._query(readable[middle:], query, batch)
        else:
            batch.answers.append(answer)


def _skip(error: Exception) -> Problem:
    """Return the problem of one model; raise one that concerns all, such as a store that does not answer."""
    if isinstance(error, ArtifactMissing | ArtifactCorrupt) or (isinstance(error, Problem) and error.status == 409):
        return problem_of(error)
    raise problem_of(error) from error
