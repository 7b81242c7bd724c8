"""Short pauses of the garbage collector.

Thousands of jobs are half a million objects, and nothing else runs while a full collection visits them. So the objects
that have survived are frozen every two seconds, and a collection visits only those that were made since.
"""

import asyncio
import gc
import itertools

FREEZE_SECONDS = 2.0
FULL_TURNS = 300
"""After this many collections, one visits all objects: frozen ones may have become garbage."""
_NEVER = 2**30


async def keep_pauses_short() -> None:
    """Collect and freeze until cancelled."""
    before = gc.get_threshold()
    gc.set_threshold(*before[:2], _NEVER)
    try:
        for turn in itertools.count(1):
            gc.freeze()
            await asyncio.sleep(FREEZE_SECONDS)
            if turn % FULL_TURNS == 0:
                gc.unfreeze()
            gc.collect()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
