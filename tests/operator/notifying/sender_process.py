"""A sender as a process, so that a test can kill it: `DATABASE_URL HOST`."""

from __future__ import annotations

import asyncio
import sys

from ifcjob_catalog import Catalog
from ifcjob_operator.notifying.posting import Poster
from ifcjob_operator.notifying.sender import Sender
from ifcjob_operator.storage.checked_http import CheckedHttp
from ifcjob_operator.storage.url_policy import WebPolicy
from tests.operator.notifying.receivers import NEW, Secrets, secret_data


async def main(database_url: str, host: str) -> None:
    """Send until killed."""
    async with CheckedHttp(WebPolicy([host], ()), answer_seconds=1) as http:
        await Sender(Catalog.open(database_url), Poster(http, Secrets(hook=secret_data(NEW)))).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
