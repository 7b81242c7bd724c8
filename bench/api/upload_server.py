"""The API over a store: `python -m bench.api.upload_server PORT FOLDER [ENDPOINT ACCESS_FILE SECRET_FILE]`.

Started by bench.api.uploads. With an endpoint the store is an S3 server that clients do not reach, else the folder.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.app import create_app
from ifcjob_api.services import Services
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.storage.folder import FolderObjects
from ifcjob_backends.storage.objects import S3Objects
from ifcjob_backends.storage.signing.options import KeyFiles, StoreOptions

if TYPE_CHECKING:
    from ifcjob_api.store import Store

BUCKET = "models"


async def serve(port: int, folder: Path, endpoint: str = "", access: str = "", secret: str = "") -> None:
    """Serve until the process is stopped."""
    async with AsyncExitStack() as stack:
        store: Store = FolderObjects(folder)
        if endpoint:
            options = StoreOptions(endpoint, KeyFiles(Path(access), Path(secret)))
            store = await stack.enter_async_context(S3Objects(options))
        settings = ApiSettings(_env_prefix="BENCH_", auth_mode="none", address="loopback", upload_bucket=BUCKET)
        app = create_app(Services(settings, cast("Any", None), store, OpenAccess()))
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off")
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
