"""Liveness: event-loop lag, watch age, resync misses."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass, field

from ifcjob_operator import metrics
from ifcjob_operator.observing.watching import WatchAges

WATCH_SECONDS = 180.0
"""The API server sends a bookmark every minute."""
LAG_SECONDS = 10.0
MISSES_IN_A_ROW = 2


@dataclass
class Health:
    """The state behind liveness and readiness."""

    ages: WatchAges = field(default_factory=WatchAges)
    leading: bool = False
    synced: bool = False
    lag: float = 0.0
    resyncs_with_misses: int = 0
    """Consecutive resyncs that found missed changes."""

    def problems(self) -> dict[str, str]:
        """Return the problems by name; empty when the process is healthy."""
        problems: dict[str, str] = {}
        if self.lag > LAG_SECONDS:
            problems["eventLoop"] = f"a timer fired {self.lag:.0f} s late"
        if not self.synced:
            return problems
        for (resource, namespace), age in self.ages.by_watch().items():
            if age > WATCH_SECONDS:
                name = f"{namespace}/{resource}" if namespace else resource
                problems[f"watch/{name}"] = f"no event or bookmark for {age:.0f} s"
        if self.resyncs_with_misses >= MISSES_IN_A_ROW:
            problems["resync"] = f"{self.resyncs_with_misses} consecutive resyncs found changes that watches had missed"
        return problems

    def note_synced(self, namespaces: Collection[str] = ()) -> None:
        """Note that everything in these namespaces, or in all, has been listed once: from now on it is watched."""
        self.synced = True
        self.ages.expect(namespaces)

    async def run(self) -> None:
        """Measure the lag every second, until cancelled."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(1)
            self.lag = time.monotonic() - before - 1
            metrics.LOOP_LAG.set(max(0.0, self.lag))
            for kind, age in self.ages.ages().items():
                metrics.WATCH_AGE.labels(kind).set(age)
