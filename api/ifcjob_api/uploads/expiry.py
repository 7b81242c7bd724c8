"""Abort expired uploads from time to time; every replica does it, and once more does no harm."""

import asyncio

import structlog

from ifcjob_api.uploads.directory import Uploads

INTERVAL_SECONDS = 3600
_log = structlog.get_logger()


async def run(uploads: Uploads, interval_seconds: float = INTERVAL_SECONDS) -> None:
    """Abort expired uploads until cancelled; the store may be down."""
    while True:
        await asyncio.sleep(interval_seconds)
        try:
            if aborted := await uploads.abort_expired():
                await _log.ainfo("expired uploads were aborted", uploads=aborted)
        except Exception as error:  # noqa: BLE001 - the next round tries again
            await _log.awarning("expired uploads cannot be aborted", error=str(error))
