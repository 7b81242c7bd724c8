"""The two object stores of the API, behind the same tests: a real S3 server, and a folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Literal

from ifcjob_backends.storage.folder import FolderObjects
from ifcjob_backends.storage.objects import S3Objects
from tests.support.operator_s3 import store_options
from tests.support.s3 import s3_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from ifcjob_api.store import Store

OpenStore = Callable[[], "AbstractAsyncContextManager[Store]"]


async def chunks(*content: bytes) -> AsyncIterator[bytes]:
    """Yield the chunks of a request's body."""
    for chunk in content:
        yield chunk


@contextmanager
def open_stores(kind: Literal["folder", "s3", "s3-through-the-api"], folder: Path) -> Iterator[OpenStore]:
    """Run a store with the bucket `models`; yield what opens a client of it.

    `s3-through-the-api`: clients cannot reach the server.
    """
    if kind == "folder":
        yield lambda: _folder(folder)
    else:
        with s3_store(folder) as server:
            options = store_options(server, folder / "credentials")
            yield lambda: S3Objects(options, server.endpoint if kind == "s3" else None)


@asynccontextmanager
async def _folder(folder: Path) -> AsyncIterator[Store]:
    yield FolderObjects(folder)
