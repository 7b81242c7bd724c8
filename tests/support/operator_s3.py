"""The operator's view of a real S3 server: options with credential files, and one question at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

from ifcjob_backends.storage.s3 import ObjectStore
from ifcjob_backends.storage.signing.options import KeyFiles, StoreOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.support.s3 import Store

Answer = TypeVar("Answer")

REQUESTS: Counter[tuple[str, int]] = Counter()
"""The number of requests by method and status code."""


def store_options(store: Store, folder: Path, **changed: Any) -> StoreOptions:
    """Write the credentials into files and say where they are; `secret` and `access` replace them."""
    folder.mkdir(parents=True, exist_ok=True)
    access, secret = folder / "access-key", folder / "secret-key"
    access.write_text(changed.pop("access", store.access_key) + "\n", encoding="utf-8")
    secret.write_text(changed.pop("secret", store.secret_key), encoding="utf-8")
    values: dict[str, Any] = {"endpoint": store.endpoint, "credentials": KeyFiles(access, secret)}
    return StoreOptions(**(values | changed))


def ask(
    options: StoreOptions, question: Callable[[ObjectStore], Awaitable[Answer]], answer_seconds: float = 15
) -> Answer:
    """Open the store, await the question's answer, close the store."""

    def count(method: str, status: int) -> None:
        REQUESTS[method, status] += 1

    async def main() -> Answer:
        async with ObjectStore(options, answer_seconds=answer_seconds, on_request=count) as store:
            return await question(store)

    return asyncio.run(main())
